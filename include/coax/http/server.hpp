// The server's end of a connection: requests in, responses out.
#pragma once

#include "duty.hpp"
#include "message_reader.hpp"
#include "message_sender.hpp"
#include "outgoing.hpp"
#include "state.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// A server's connection: keep-alive, pipelining, interim responses, upgrades and tunnels, errors, closing.
///
///     server http;
///     for (bool more = true; more;) {
///       const event e = http.next(context, input);
///       switch (e.kind) {
///       case event_kind::request: ...                       // view_request(e.head, input.data(), table)
///       case event_kind::data: ...
///       case event_kind::end: {
///         response_head head(out, 200);
///         transmit(out, http.send(head, content::of(5)));   // the head
///         transmit("hello", http.send_data(5));             // the payload, in its framing
///         break;
///       }
///       case event_kind::failed: transmit(out, http.answer_failure(out)); more = false; break;
///       default: more = false;                              // need_more, paused, switched, closed
///       }
///       input.remove_prefix(e.consumed);
///     }
///
/// Each request is one cycle: its head, its data, its end; any number of interim responses and one response,
/// which may begin before the request has ended. The next cycle begins by itself once both have ended. Until
/// then next() answers paused and looks at no byte of what follows.
///
/// What the caller sends is written into the spans it passes, all or nothing: with an error not a byte is
/// written and the state has not changed, except that a body which ends too early cannot be mended.
///
/// State is a small value without pointers: copy it, move it, keep it anywhere.
class server : public detail::message_sender<server> {
public:
  constexpr server() noexcept = default;

  /// What a server is part of.
  struct options {
    /// A proxy does not keep the connections of HTTP/1.0 clients (RFC 9112 §9.3).
    bool proxy = false;
  };
  constexpr explicit server(options o) noexcept : proxy_(o.proxy) {}

  // --- receiving ---------------------------------------------------------------------------------------

  /// The next event in `in`, which begins with the first byte that was not consumed yet; see request_reader
  /// for `max_data`, views and offsets. Besides what that reports:
  ///
  /// - request: framing.expects_continue is set only while the client really waits (RFC 9110 §10.1.1).
  /// - paused: the request is complete and the response is not; or it is a CONNECT or offers an upgrade, and
  ///   what follows may be another protocol's. Send; then call again.
  /// - switched: 101 was sent and the request has ended, or a tunnel was granted. `in` is the other
  ///   protocol's.
  /// - closed: no further request is read, nor the rest of one whose response has ended and was the last: its
  ///   `end` does not come then. next_duty() tells how to close.
  constexpr event next(const context &ctx, std::string_view in, std::size_t max_data = no_cap) noexcept {
    return step_on(ctx, in, nullptr, max_data);
  }
  /// The same, honouring leniency::unfold.
  template <std::same_as<std::span<char>> Writable>
  constexpr event next(const context &ctx, Writable in, std::size_t max_data = no_cap) noexcept {
    return step_on(ctx, {in.data(), in.size()}, in.data(), max_data);
  }

  /// The client sends no more; `clean` as for request_reader::end_of_input(). failed with incomplete inside a
  /// request, else closed; a request that is complete can still be answered. paused, or switched, while bytes
  /// are held that next() has not seen yet: call it again behind them.
  constexpr event end_of_input(const context &ctx, bool clean) noexcept {
    input_ended_ = true;
    if (receiving_ == phase::done && sending_ == phase::switched) return step_on(ctx, {}, nullptr, 0);
    if (receiving_ == phase::done && held_) return event_kind::paused;
    if (receiving_ == phase::idle || receiving_ == phase::body) {
      const event e = reader_.end_of_input(ctx, clean);
      if (e.kind == event_kind::failed) return fail(e.ec, e.why);
      if (e.kind == event_kind::end) {
        keep_ = false;
        (void)advance(machine::server_receiving, receiving_, signal::end);
        return e;
      }
    }
    return give_up();
  }

  /// The caller's own verdict: its buffer is full (errc::head_too_large), a timer ran out (errc::timed_out),
  /// a body is not wanted any more (errc::body_too_large). Answer it like any failure, with answer_failure().
  constexpr event fail(errc ec) noexcept { return fail(ec, {}); }

  /// No further request: the response that is due, or else the next one, says so and is the last. An idle
  /// connection is over at once.
  constexpr void close() noexcept {
    closing_ = true;
    keep_ = false;
    if (is_idle()) (void)give_up();
  }

  // --- sending -----------------------------------------------------------------------------------------

  /// Completes a head, in the span it was begun in: `size` bytes from the span's start are to be sent.
  ///
  /// A 1xx code is an interim response, 101 switches (the request has to have offered the protocols of its
  /// Upgrade field), a 2xx to CONNECT opens the tunnel; anything else is the final response. Framing, and
  /// Connection where it is due, are added. With content::streamed() the body is chunked, or runs until the
  /// close for an HTTP/1.0 client. Responses to HEAD, and 304, may tell a size, but have no body: see
  /// body_wanted(). A response without body is complete at once.
  ///
  /// Errors: those of the head; invalid_input if content and fields contradict one another or the code (RFC
  /// 9112 §6.1, RFC 9110 §8.6), for 1xx to an HTTP/1.0 client, for 101 and 426 without Upgrade, for 101 to
  /// what was not offered; wrong_state if no response is due, or for 101 while the client waits for 100;
  /// buffer_too_small, `required` says how much the whole head takes.
  constexpr written<errc> send(const response_head &head, content c = content::none()) noexcept {
    return detail::behind(send(head.prepared(), c, head.room()), head.required());
  }
  /// Completes a prepared head: writes only what follows it into `out`. Send prepared_response::text first.
  constexpr written<errc> send(const prepared_response &head, content c, std::span<char> out) noexcept {
    if (head.ec == errc::invalid_input) return {head.ec};
    if (head.ec != errc::ok) out = {};
    if (head.code == 101) return send_switch(head, c, out);
    if (is_informational(head.code)) return send_interim(head, c, out);
    return send_final(head, c, out);
  }

  /// Writes 100 (Continue) if the client waits for it, else nothing.
  constexpr written<errc> send_continue(std::span<char> out) noexcept {
    return awaits_continue() ? send(response_head(out, 100)) : written<errc>{};
  }

  /// Writes the complete answer to what failed: the suggested status, `Connection: close`, and one line of
  /// text. Nothing (size 0) where no answer is possible or due: a response has begun, nothing was asked, or
  /// the error has no status. `date` goes into Date, which servers that have a clock owe (RFC 9110 §6.6.1).
  /// To answer otherwise, send() a response: it is accepted under the same conditions.
  constexpr written<errc> answer_failure(std::span<char> out, std::string_view date = {}) noexcept {
    if (!can_answer_failure()) return {};
    const std::string_view text = asked_.head ? std::string_view{} : message(ec_);
    const std::size_t size = text.empty() ? 0 : name(ec_).size() + text.size() + 3;
    server after = *this;
    response_head head(out, suggested_status(ec_));
    if (!date.empty()) head.field(field_id::date, date);
    if (size != 0) head.field(field_id::content_type, "text/plain");
    const written<errc> sent = after.send(head, content::of(size));
    if (sent.ec == errc::buffer_too_small) return {sent.ec, 0, sent.required + size};
    if (!sent) return sent;
    bounded_writer body(out.subspan(sent.size));
    if (size != 0) body.put(name(ec_)).put(": ").put(text).put('\n');
    if (!body.fits()) return {errc::buffer_too_small, 0, sent.size + size};
    (void)after.send_data(size);
    *this = after;
    return {errc::ok, sent.size + size, sent.size + size};
  }

  // --- what holds now ----------------------------------------------------------------------------------

  /// What to do next.
  constexpr duty next_duty() const noexcept {
    const bool to_send = sending_ == phase::due || sending_ == phase::body;
    if (sending_ == phase::failed) return duty::close;
    switch (receiving_) {
    case phase::switched: return duty::take_over;
    case phase::body: return sending_ == phase::body || awaits_continue() ? duty::send : duty::read;
    case phase::done: return to_send ? duty::send : duty::read;
    case phase::over:
    case phase::failed:
      if (receiving_ == phase::failed ? can_answer_failure() || sending_ == phase::body : to_send)
        return duty::send;
      return input_ended_ ? duty::close : duty::shutdown_then_discard;
    default: return duty::read;
    }
  }
  /// What the connection waits for.
  constexpr waiting waits_for() const noexcept {
    switch (next_duty()) {
    case duty::send: return waiting::answer;
    case duty::shutdown_then_discard: return waiting::linger;
    case duty::close:
    case duty::take_over: return waiting::nothing;
    default: break;
    }
    if (receiving_ == phase::body) return waiting::body;
    return reader_.idle() || receiving_ == phase::done ? waiting::idle : waiting::head;
  }
  /// Whether no byte of a request has been seen and no response is outstanding: it can be closed without loss
  /// (RFC 9112 §9.5).
  constexpr bool is_idle() const noexcept {
    return (receiving_ == phase::idle && reader_.idle()) ||
           (receiving_ == phase::done && sending_ == phase::done);
  }
  /// Whether the client waits for 100 (Continue) or a final response before it sends the body.
  constexpr bool awaits_continue() const noexcept { return expects_ && sending_ == phase::due; }
  /// Whether the client takes trailers (TE: trailers); otherwise send only what may be lost on the way.
  constexpr bool trailers_wanted() const noexcept { return trailers_; }
  /// Whether the connection will carry another request, as far as is known.
  constexpr bool keeps_alive() const noexcept { return keep_ && !closing_; }
  /// Whether an answer to a failure can still be sent.
  constexpr bool can_answer_failure() const noexcept {
    return receiving_ == phase::failed && !silent_ && suggested_status(ec_) != 0 &&
           permits(machine::server_sending, sending_, signal::error_head);
  }
  /// The phase of the receiving direction, for logs and tests.
  constexpr phase receiving() const noexcept { return receiving_; }
  /// Octets of the current or last request body handed out so far.
  constexpr std::uint64_t body_received() const noexcept { return reader_.body_received(); }
  /// Deviations tolerated in the current or last request; see request_reader::seen().
  constexpr deviations seen() const noexcept { return reader_.seen(); }

private:
  constexpr event step_on(const context &ctx, std::string_view in, char *writable,
                          std::size_t max_data) noexcept {
    event e;
    if (receiving_ == phase::idle || receiving_ == phase::body || go_on(in, e))
      read(ctx, in, writable, max_data, e);
    return e;
  }

  /// Behind a request. True if another is to be read now, else `e` is what there is to say.
  constexpr bool go_on(std::string_view in, event &e) noexcept {
    if (receiving_ == phase::done && sending_ == phase::done) {
      if (keep_) return next_cycle(), true;
      e = give_up();
    } else if (receiving_ == phase::done && sending_ != phase::switched) {
      held_ = held_ || !in.empty();
      e.kind = event_kind::paused;
    } else {
      (void)advance(machine::server_receiving, receiving_, signal::protocol); // where it was granted
      e = over();
    }
    return false;
  }

  constexpr void read(const context &ctx, std::string_view in, char *writable, std::size_t max_data,
                      event &e) noexcept {
    std::uint64_t left = no_cap;
    if (receiving_ == phase::body) {
      if (!in.empty()) expects_ = false; // RFC 9110 §10.1.1
      if (sending_ == phase::done)       // RFC 9112 §9.3: read the rest, or close
        left = ctx.limits.drain - std::min(reader_.body_received() - drained_from_, ctx.limits.drain);
    }
    max_data = static_cast<std::size_t>(std::min<std::uint64_t>(max_data, left));
    if (writable == nullptr)
      reader_.step_on(ctx, in, max_data, e);
    else
      reader_.step_on(ctx, std::span<char>(writable, in.size()), max_data, e);
    switch (e.kind) {
    case event_kind::need_more:
      if (left == 0 && e.hint == 0) e.kind = give_up().kind; // payload is due, and not wanted
      break;
    case event_kind::request: begin(ctx, in.data(), e, in.size() > e.consumed); break;
    case event_kind::end:
      held_ = in.size() > e.consumed;
      (void)advance(machine::server_receiving, receiving_, signal::end);
      break;
    case event_kind::failed: e = fail(e.ec, e.why); break;
    default: break;
    }
  }

  constexpr void begin(const context &ctx, const char *base, event &e, bool more) noexcept {
    const request r = view_request(e.head, base, ctx.table);
    (void)advance(machine::server_receiving, receiving_, signal::head);
    (void)advance(machine::server_sending, sending_, signal::expect);
    offered_ = {};
    if (e.framing.upgrade)
      for (const field_ref &ref : r.fields.refs())
        if (ref.framing == field_id::upgrade)
          (void)offered_.add({r.fields.base() + ref.value, ref.value_size});
    asked_ = {r.minor, r.method == method::head, r.method == method::connect};
    trailers_ = e.framing.accepts_trailers;
    if (more) e.framing.expects_continue = false; // the body has begun to arrive, RFC 9110 §10.1.1
    expects_ = e.framing.expects_continue;
    keep_ = e.framing.keep_alive && !closing_ && !(proxy_ && r.minor == 0);
    held_ = more;
    forget_message();
  }

  constexpr void next_cycle() noexcept {
    (void)advance(machine::server_receiving, receiving_, signal::next);
    (void)advance(machine::server_sending, sending_, signal::next);
    if (asked_.connect) reader_.resume();
  }

  /// No further byte is read. A response that is due or has begun goes on.
  constexpr event give_up() noexcept {
    keep_ = false;
    if (advance(machine::server_receiving, receiving_, signal::last))
      (void)advance(machine::server_sending, sending_, signal::last);
    return over();
  }

  constexpr event over() const noexcept {
    if (receiving_ == phase::failed) return {ec_, why_};
    return receiving_ == phase::switched ? event_kind::switched : event_kind::closed;
  }

  constexpr event fail(errc ec, fault why) noexcept {
    const bool untouched = is_idle();
    if (!advance(machine::server_receiving, receiving_, signal::fault)) return over();
    if (sending_ == phase::done) (void)advance(machine::server_sending, sending_, signal::last);
    // Nothing shows yet that the client speaks HTTP/1.1 (RFC 9112 §6.1).
    if (sending_ == phase::idle) asked_ = {0, reader_.method_so_far() == method::head, false};
    silent_ = untouched && ec == errc::timed_out; // RFC 9110 §15.5.9: nothing was asked
    keep_ = expects_ = false;
    ec_ = ec;
    why_ = why;
    return over();
  }

  constexpr written<errc> send_interim(const prepared_response &head, content c,
                                       std::span<char> out) noexcept {
    if (!permits(machine::server_sending, sending_, signal::interim) || receiving_ == phase::failed)
      return {errc::wrong_state};
    if (asked_.minor == 0 || !detail::is_bare(head, c)) return {errc::invalid_input}; // RFC 9110 §15.2
    const written<errc> sent = detail::tail_of_interim(head).write(out);
    if (sent && head.code == 100) expects_ = false;
    return sent;
  }

  constexpr written<errc> send_switch(const prepared_response &head, content c,
                                      std::span<char> out) noexcept {
    if (!permits(machine::server_sending, sending_, signal::protocol) || receiving_ == phase::failed ||
        expects_)
      return {errc::wrong_state}; // RFC 9110 §7.8: 100 precedes 101
    if (!head.facts.upgrade || offered_.empty() || !offered_.contains(head.facts.protocols) ||
        !detail::is_bare(head, c))
      return {errc::invalid_input};
    const written<errc> sent = detail::tail_of_interim(head).write(out);
    if (sent) (void)advance(machine::server_sending, sending_, signal::protocol);
    return sent;
  }

  constexpr written<errc> send_final(const prepared_response &head, content c, std::span<char> out) noexcept {
    const bool broken = receiving_ == phase::failed;
    const bool tunnel = detail::opens_tunnel(asked_, head.code);
    const signal on = broken ? signal::error_head : tunnel ? signal::protocol : signal::head;
    if (broken ? !can_answer_failure() : !permits(machine::server_sending, sending_, on))
      return {errc::wrong_state};
    if (broken && tunnel) return {errc::invalid_input};
    detail::sending_plan plan = detail::plan_response(head, c, asked_);
    if (plan.ec != errc::ok) return {plan.ec};
    // RFC 9112 §9.6. A client that was not told to go on may send the body or not; behind a refused CONNECT
    // may come what was meant for the tunnel.
    if (!tunnel &&
        (!keep_ || broken || expects_ || plan.kind == body_kind::until_close || (asked_.connect && held_)))
      plan.tail.close = true;
    const written<errc> sent = plan.tail.write(out);
    if (!sent) return sent;

    keep_ = keep_ && !plan.tail.close;
    expects_ = false;
    (void)advance(machine::server_sending, sending_, on);
    if (!tunnel) begin_body(plan.kind, plan.tail.length);
    return sent;
  }

  friend class detail::message_sender<server>;
  constexpr void end_message() noexcept {
    (void)advance(machine::server_sending, sending_, signal::end);
    drained_from_ = reader_.body_received();
    if (keep_) return;
    if (receiving_ != phase::failed) (void)advance(machine::server_receiving, receiving_, signal::last);
    (void)advance(machine::server_sending, sending_, signal::last);
  }
  constexpr void break_message() noexcept { // RFC 9112 §8: only the close tells the client
    keep_ = false;
    (void)advance(machine::server_sending, sending_, signal::fault);
    (void)advance(machine::server_receiving, receiving_, signal::last);
  }

  request_reader reader_{};
  std::uint64_t drained_from_ = 0; // octets of the body that had arrived when the response ended
  protocol_set offered_{};
  fault why_{};
  detail::request_facts asked_{};
  phase receiving_ = phase::idle;
  errc ec_ = errc::ok;
  bool proxy_ = false;       // see options
  bool trailers_ = false;    // the client takes trailers
  bool expects_ = false;     // the client waits for 100
  bool held_ = false;        // bytes followed the request before it was answered
  bool keep_ = true;         // another request may follow
  bool closing_ = false;     // close() was called
  bool input_ended_ = false; // the client sends no more
  bool silent_ = false;      // the failure is not to be answered
};
static_assert(std::is_trivially_copyable_v<server> && sizeof(server) <= 248);

} // namespace coax::inline v0_1::http
