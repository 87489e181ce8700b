// The client's end of a connection: requests out, responses in.
#pragma once

#include "duty.hpp"
#include "message_reader.hpp"
#include "message_sender.hpp"
#include "outgoing.hpp"
#include "request_queue.hpp"
#include "state.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// A client's connection: keep-alive, pipelining, 100-continue, early responses, upgrades and tunnels,
/// closing.
///
///     client http;
///     request_head head(out, "GET", "/", "example.com");
///     transmit(out, http.send(head));
///     for (bool more = true; more;) {
///       const event e = http.next(context, input);
///       switch (e.kind) {
///       case event_kind::informational: break;              // 100: send the body now
///       case event_kind::response: ...                      // view_response(e.head, input.data(), table)
///       case event_kind::data: ...
///       case event_kind::end: ...                           // the next request can be sent
///       default: more = false;                              // need_more, switched, closed, failed
///       }
///       input.remove_prefix(e.consumed);
///     }
///
/// Responses come in the order of the requests, of which sixteen may be outstanding. What the caller sends is
/// written into the spans it passes, all or nothing: with an error not a byte is written and the state has
/// not changed, except that a body which ends too early cannot be mended.
///
/// State is a small value without pointers: copy it, move it, keep it anywhere.
class client : public detail::message_sender<client> {
public:
  constexpr client() noexcept = default;

  /// What is known of the server.
  struct options {
    /// The server is known to speak HTTP/1.1, so that content of unknown length can be sent to it in the
    /// first request. It is known anyhow once a response of that version has come (RFC 9112 §6.1).
    bool assume_http11 = false;
  };
  constexpr explicit client(options o) noexcept : knows_http11_(o.assume_http11) {}

  // --- sending -----------------------------------------------------------------------------------------

  /// Completes a head, in the span it was begun in: `size` bytes from the span's start are to be sent.
  ///
  /// Framing, and Connection where it is due, are added. A POST, PUT or PATCH without content says so. A
  /// request without body is complete at once; otherwise send_data() and send_end() follow.
  ///
  /// Errors: those of the head; invalid_input if content and fields contradict one another or the method, for
  /// Expect: 100-continue without content, for streamed content to a server that may not know chunked;
  /// wrong_state while another request is being sent, behind one that said close or that may switch
  /// protocols, behind a response that closes, and with sixteen requests outstanding; buffer_too_small,
  /// `required` says how much the whole head takes.
  constexpr written<errc> send(const request_head &head, content c = content::none()) noexcept {
    return detail::behind(send(head.prepared(), c, head.room()), head.required());
  }
  /// Completes a prepared head: writes only what follows it into `out`. Send prepared_request::text first.
  constexpr written<errc> send(const prepared_request &head, content c, std::span<char> out) noexcept {
    if (head.ec == errc::invalid_input) return {head.ec};
    if (head.ec != errc::ok) out = {};
    if (!permits(machine::client_sending, sending_, signal::head) || queue_.full())
      return {errc::wrong_state};
    const detail::sending_plan plan = detail::plan_request(head, c, knows_http11_);
    if (plan.ec != errc::ok) return {plan.ec};
    const written<errc> sent = plan.tail.write(out);
    if (!sent) return sent;

    const bool connect = head.method == method::connect;
    queue_.push({head.method == method::head, connect, is_idempotent(head.method), head.facts.upgrade});
    if (receiving_ == phase::idle) expect_response();
    (void)advance(machine::client_sending, sending_, signal::head);
    offered_ = head.facts.protocols;
    may_switch_ = connect || head.facts.upgrade;
    last_ = plan.tail.close || (head.minor == 0 && !plan.tail.keep_alive);
    awaits_continue_ = head.facts.expects_continue;
    begin_body(plan.kind, plan.tail.length);
    return sent;
  }

  // --- receiving ---------------------------------------------------------------------------------------

  /// The next event in `in`, which begins with the first byte that was not consumed yet; see response_reader
  /// for `max_data`, views and offsets. Besides what that reports:
  ///
  /// - informational: any number up to limits::interim. 100 ends awaits_continue().
  /// - response: it answers the oldest outstanding request. If it closes, or comes while the server has not
  ///   asked for a body that waits for 100, sending is over: send_data() answers wrong_state.
  /// - switched: a 101 to what was offered, or a tunnel. `in` behind `consumed` is the other protocol's. If a
  ///   101 comes before the body of the request has been sent, that has to be ended first, see next_duty().
  /// - closed: no further response comes. outstanding() tells how many requests stay unanswered.
  /// - failed with unexpected_data: bytes where no response is due; empty lines there are dropped.
  constexpr event next(const context &ctx, std::string_view in, std::size_t max_data = no_cap) noexcept {
    return step_on(ctx, in, nullptr, max_data);
  }
  /// The same, honouring leniency::unfold.
  template <std::same_as<std::span<char>> Writable>
  constexpr event next(const context &ctx, Writable in, std::size_t max_data = no_cap) noexcept {
    return step_on(ctx, {in.data(), in.size()}, in.data(), max_data);
  }

  /// The server sends no more; `clean` as for response_reader::end_of_input(). Call it until it answers
  /// closed or failed: a response that runs until the close ends first.
  constexpr event end_of_input(const context &ctx, bool clean) noexcept {
    input_ended_ = true;
    if (receiving_ == phase::due || receiving_ == phase::body) {
      const event e = reader_.end_of_input(ctx, clean);
      if (e.kind == event_kind::failed) return fail(e.ec, e.why);
      stop_sending();
      if (e.kind == event_kind::end) {
        end_response();
        return e;
      }
    }
    stop_sending();
    (void)advance(machine::client_receiving, receiving_, signal::last);
    return over();
  }

  /// The caller's own verdict: its buffer is full, a timer ran out, the response is not wanted any more.
  /// Nothing more is sent or read; close the transport.
  constexpr event fail(errc ec) noexcept { return fail(ec, {}); }

  /// No further request will be sent. What is outstanding is still read. An idle connection is over at once.
  constexpr void close() noexcept {
    last_ = true;
    if (sending_ == phase::idle) stop_sending();
    close_if_over();
  }

  // --- what holds now ----------------------------------------------------------------------------------

  /// What to do next: send, where a request may be sent and nothing is outstanding, or the rest of one is to
  /// be; look for responses meanwhile.
  constexpr duty next_duty() const noexcept {
    if (sending_ == phase::failed) return duty::close;
    switch (receiving_) {
    case phase::switched: return sending_ == phase::body ? duty::send : duty::take_over;
    case phase::over:
    case phase::failed: return duty::close;
    case phase::idle: return duty::send;
    default: return sending_ == phase::body && !awaits_continue() ? duty::send : duty::read;
    }
  }
  /// What the connection waits for.
  constexpr waiting waits_for() const noexcept {
    switch (receiving_) {
    case phase::idle: return sending_ == phase::body ? waiting::nothing : waiting::idle;
    case phase::due: return reader_.idle() ? waiting::answer : waiting::head;
    case phase::body: return waiting::body;
    default: return waiting::nothing;
    }
  }
  /// Whether nothing is outstanding or being sent: it can be closed without loss.
  constexpr bool is_idle() const noexcept { return receiving_ == phase::idle && sending_ == phase::idle; }
  /// Whether send() would take a request now.
  constexpr bool can_send() const noexcept {
    return permits(machine::client_sending, sending_, signal::head) && !queue_.full();
  }
  /// Whether a request can be sent now without risk: can_send(), and if others are outstanding, all of them
  /// are idempotent and the server has shown that it keeps connections (RFC 9112 §9.3.2). Behind a connection
  /// that broke with requests outstanding, wait for its first response before pipelining again.
  constexpr bool may_pipeline() const noexcept {
    if (!can_send() || (queue_.size() != 0 && !keeps_)) return false;
    for (std::size_t i = 0; i < queue_.size(); ++i)
      if (!queue_[i].idempotent) return false;
    return true;
  }
  /// Whether the body of the request is held back until the server says 100 (Continue). The caller ends the
  /// waiting by sending, as it should after a while (RFC 9110 §10.1.1).
  constexpr bool awaits_continue() const noexcept {
    return awaits_continue_ && sending_ == phase::body && !begun();
  }
  /// The requests that still wait for a final response, the oldest first. Once closed or failed they are the
  /// ones that stay unanswered: only idempotent ones may be repeated automatically, and none twice (RFC 9110
  /// §9.2.2).
  constexpr const request_queue &outstanding() const noexcept { return queue_; }
  /// The phase of the receiving direction, for logs and tests.
  constexpr phase receiving() const noexcept { return receiving_; }
  /// Octets of the current or last response body handed out so far.
  constexpr std::uint64_t body_received() const noexcept { return reader_.body_received(); }
  /// Deviations tolerated in the current or last response; see response_reader::seen().
  constexpr deviations seen() const noexcept { return reader_.seen(); }

private:
  constexpr event step_on(const context &ctx, std::string_view in, char *writable,
                          std::size_t max_data) noexcept {
    event e;
    switch (receiving_) {
    case phase::due: reader_.answers(queue_[0].method()); [[fallthrough]];
    case phase::body: read(ctx, in, writable, max_data, e); break;
    case phase::idle: e = drop_empty_lines(in); break;
    default: e = over();
    }
    return e;
  }

  constexpr void read(const context &ctx, std::string_view in, char *writable, std::size_t max_data,
                      event &e) noexcept {
    if (writable == nullptr)
      reader_.step_on(ctx, in, max_data, e);
    else
      reader_.step_on(ctx, std::span<char>(writable, in.size()), max_data, e);
    switch (e.kind) {
    case event_kind::informational:
      if (interim_ >= ctx.limits.interim) { // RFC 9110 §15.2
        e = fail(errc::too_many_interim, {e.head.start, element::status_code, 0});
        break;
      }
      ++interim_;
      (void)advance(machine::client_receiving, receiving_, signal::interim);
      // The request that is being sent is the last of the queue: a 100 before may be another's.
      if (e.head.code == 100 && queue_.size() == 1) awaits_continue_ = false;
      break;
    case event_kind::response: begin_response(e); break;
    case event_kind::switched:
      if (e.head.size != 0 && !switch_protocol(ctx, in.data(), e))
        e = fail(errc::unexpected_upgrade, {e.head.start, element::head, 0});
      break;
    case event_kind::end: end_response(); break;
    case event_kind::failed: e = fail(e.ec, e.why); break;
    default: break;
    }
  }

  constexpr void begin_response(const event &e) noexcept {
    const outstanding_request asked = queue_[0];
    queue_.pop();
    (void)advance(machine::client_receiving, receiving_, signal::head);
    knows_http11_ = e.head.minor != 0;
    keeps_ = e.framing.keep_alive;
    // RFC 9112 §9.6. A body that the server answered without waiting for it is still owed to the framing, but
    // not worth sending (RFC 9110 §10.1.1). The request that is being sent is the last of the queue.
    const bool unwanted_body = queue_.size() == 0 && awaits_continue();
    if (asked.upgrade || asked.connect) may_switch_ = false;
    if (!keeps_ || unwanted_body)
      stop_sending();
    else if (sending_ == phase::done && !may_switch_)
      go_on_sending();
  }

  constexpr void end_response() noexcept {
    (void)advance(machine::client_receiving, receiving_, signal::end);
    interim_ = 0;
    if (sending_ == phase::over && (queue_.size() == 0 || !keeps_ || input_ended_)) {
      (void)advance(machine::client_receiving, receiving_, signal::last);
    } else {
      (void)advance(machine::client_receiving, receiving_, signal::next);
      if (queue_.size() != 0) expect_response();
    }
  }

  /// False if the client did not ask for it.
  constexpr bool switch_protocol(const context &ctx, const char *base, const event &e) noexcept {
    const outstanding_request asked = queue_[0];
    if (e.framing.upgrade) { // RFC 9110 §7.8
      const response r = view_response(e.head, base, ctx.table);
      protocol_set chosen;
      bool all = true;
      for (const field_ref &ref : r.fields.refs())
        if (ref.framing == field_id::upgrade)
          all = chosen.add({r.fields.base() + ref.value, ref.value_size}) && all;
      // A server may answer before the body has come, but not before it asked for it.
      if (!asked.upgrade || !all || !offered_.contains(chosen) || awaits_continue()) return false;
    }
    queue_.pop();
    (void)advance(machine::client_receiving, receiving_, signal::protocol);
    if (sending_ == phase::done) {
      (void)advance(machine::client_sending, sending_, signal::protocol);
      forget_message();
    }
    return true;
  }

  /// RFC 9112 §9.2: no response is due; a client drops CR LF and refuses all else.
  constexpr event drop_empty_lines(std::string_view in) noexcept {
    std::size_t at = 0;
    while (in.substr(at, 2) == "\r\n") at += 2;
    if (at != in.size() && in.substr(at) != "\r")
      return fail(errc::unexpected_data, {static_cast<std::uint32_t>(at), element::none, 0});
    event out;
    out.consumed = at;
    out.hint = 1;
    return out;
  }

  constexpr void expect_response() noexcept {
    (void)advance(machine::client_receiving, receiving_, signal::expect);
  }
  constexpr void stop_sending() noexcept { (void)advance(machine::client_sending, sending_, signal::last); }
  constexpr void go_on_sending() noexcept {
    (void)advance(machine::client_sending, sending_, last_ ? signal::last : signal::next);
    close_if_over();
  }
  /// Nothing is outstanding, and nothing will be.
  constexpr void close_if_over() noexcept {
    if (sending_ == phase::over && receiving_ == phase::idle)
      (void)advance(machine::client_receiving, receiving_, signal::last);
  }

  friend class detail::message_sender<client>;
  constexpr void end_message() noexcept {
    awaits_continue_ = false;
    (void)advance(machine::client_sending, sending_, signal::end);
    if (receiving_ == phase::switched)
      (void)advance(machine::client_sending, sending_, signal::protocol);
    else if (!may_switch_) // else what follows waits for the answer
      go_on_sending();
  }
  constexpr void break_message() noexcept { // RFC 9112 §8: only the close tells the server
    (void)advance(machine::client_sending, sending_, signal::fault);
    (void)fail(errc::body_too_short, {});
  }

  constexpr event over() const noexcept {
    if (receiving_ == phase::failed) return {ec_, why_};
    return receiving_ == phase::switched ? event_kind::switched : event_kind::closed;
  }

  constexpr event fail(errc ec, fault why) noexcept {
    if (!advance(machine::client_receiving, receiving_, signal::fault)) return over();
    stop_sending();
    forget_message();
    ec_ = ec;
    why_ = why;
    return over();
  }

  response_reader reader_{};
  request_queue queue_{};
  protocol_set offered_{};
  fault why_{};
  std::uint16_t interim_ = 0; // interim responses to the oldest request
  phase receiving_ = phase::idle;
  errc ec_ = errc::ok;
  bool knows_http11_ = false;    // the server speaks HTTP/1.1
  bool keeps_ = false;           // the last response kept the connection
  bool last_ = false;            // the request that was sent last says close
  bool may_switch_ = false;      // the request that was sent last is CONNECT or offers an upgrade
  bool awaits_continue_ = false; // its body is held back
  bool input_ended_ = false;     // the server sends no more
};
static_assert(std::is_trivially_copyable_v<client> && sizeof(client) <= 248);

} // namespace coax::inline v0_1::http
