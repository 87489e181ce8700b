// One direction of a connection: heads, bodies and ends of message after message.
#pragma once

#include "../core/by_members.hpp"
#include "analyze.hpp"
#include "body_decoder.hpp"
#include "context.hpp"
#include "event.hpp"
#include "head_parser.hpp"
#include "host.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

class client;
class server;

namespace detail {

/// What request_reader and response_reader have in common: see there.
template <class Parser> class message_reader {
  static constexpr bool is_request = std::is_same_v<Parser, request_parser>;

public:
  constexpr message_reader() noexcept { coax::detail::initialise_by_members(); }

  /// The next event in `in`, which begins with the first byte that was not consumed yet. At most `max_data`
  /// octets of payload are handed out at a time, with 0 none: need_more is answered then, with hint 0, where
  /// payload is due. Not calling is all that back-pressure takes.
  constexpr event next(const context &ctx, std::string_view in, std::size_t max_data = no_cap) noexcept {
    event out;
    step_on(ctx, in, max_data, out);
    return out;
  }
  /// The same, honouring leniency::unfold.
  template <std::same_as<std::span<char>> Writable>
  constexpr event next(const context &ctx, Writable in, std::size_t max_data = no_cap) noexcept {
    event out;
    step_on(ctx, in, max_data, out);
    return out;
  }

  /// The input ended. Call this once next() has answered need_more for all the bytes there are. `clean` tells
  /// that the transport was closed in order: no reset, and with TLS a close_notify (RFC 9112 §8 and §9.8).
  ///
  /// - closed: it ended between messages.
  /// - end: it completes the body of a response that runs until the close; closed follows.
  /// - failed with incomplete: it ended inside a message. body_received() tells how much of the body came.
  constexpr event end_of_input(const context &ctx, bool clean) noexcept {
    switch (phase_) {
    case phase::head:
      if (!parser_.idle()) return fail_head(errc::incomplete, {0, element::head, 0});
      phase_ = phase::closed;
      return over();
    case phase::body: {
      const piece p = body_.finish(ctx, clean);
      if (p.st == status::failed) return fail(p.ec, p.why);
      phase_ = after_ == after::switched ? phase::switched : phase::closed;
      return event_kind::end;
    }
    default: return over();
    }
  }

  /// Whether no byte of a message has been seen since the last one ended (RFC 9112 §9.5).
  constexpr bool idle() const noexcept { return phase_ == phase::head && parser_.idle(); }
  /// Whether a head was reported whose `end` was not.
  constexpr bool in_body() const noexcept { return phase_ == phase::body; }
  /// Octets of the current or last body handed out so far.
  constexpr std::uint64_t body_received() const noexcept { return body_.received(); }
  /// Deviations tolerated so far in the current message, or, as long as no byte of another has been seen, in
  /// the last one. See leniency.
  constexpr deviations seen() const noexcept {
    if (phase_ == phase::head && !parser_.idle()) return parser_.seen();
    deviations out = seen_;
    out.add(body_.seen());
    return out;
  }
  /// Forgets everything, an error included: for the next connection.
  constexpr void reset() noexcept { *this = message_reader(); }

protected:
  /// The method of the request that the next final response answers; of no use to a request reader.
  method asked_ = method::get;

  constexpr const Parser &parser() const noexcept { return parser_; }
  /// Behind CONNECT: the tunnel was refused, so that HTTP goes on.
  constexpr void refuse_switch() noexcept {
    if (phase_ == phase::switched) phase_ = phase::head;
  }

private:
  friend class http::client;
  friend class http::server;

  enum class phase : std::uint8_t { head, body, switched, closed, failed };
  enum class after : std::uint8_t { next_message, switched, closed };

  // Events are filled where the caller of next() has room for them: they are too large to be handed around.

  /// next(), into an event that was just made.
  template <class In>
  constexpr void step_on(const context &ctx, In in, std::size_t max_data, event &out) noexcept {
    switch (phase_) {
    case phase::head: return read_head(ctx, in, out);
    case phase::body: return read_body(ctx, in, max_data, out);
    default: out = over();
    }
  }

  template <class In> constexpr void read_head(const context &ctx, In in, event &out) noexcept {
    if (in.empty()) { // as ever so often, behind the last message that had arrived
      out.hint = 1;
      return;
    }
    const step<errc> head = parser_.parse(ctx, in);
    out.consumed = head.consumed;
    if (!head.ready()) {
      out.hint = head.hint;
      if (head.failed()) out = fail_head(head.ec, head.why);
      return;
    }
    out.head = parser_.head();
    if (verdict v; !judge(ctx, in.data(), out, v)) {
      fault why = v.why;
      why.at += out.head.start;
      out = fail_head(v.ec, why);
      return;
    }
    seen_ = parser_.seen();
    seen_.add(out.framing.seen);
    body_.begin(out.framing, is_request ? role::client : role::server);
    if (out.kind == event_kind::informational) return;
    if (out.kind == event_kind::switched) {
      phase_ = phase::switched;
      return;
    }
    phase_ = phase::body;
    if (is_request && out.head.method == method::connect)
      after_ = after::switched;
    else
      after_ = out.framing.keep_alive ? after::next_message : after::closed;
  }

  /// Host and framing, and what kind of event the head is. `bad` is written if something is wrong.
  [[gnu::always_inline]] constexpr bool judge(const context &ctx, const char *base, event &out,
                                              verdict &bad) noexcept {
    if constexpr (is_request) {
      out.kind = event_kind::request;
      const request r = view_request(out.head, base, ctx.table);
      if (r.framing.has(field_id::host) && frame_plainly(r, ctx.limits, ctx.leniency, out.framing))
        return true;
    } else {
      out.kind = event_kind::response;
      const response r = view_response(out.head, base, ctx.table);
      if (frame_plainly(r, asked_, ctx.limits, out.framing)) return true;
    }
    return judge_closely(ctx, base, out, bad);
  }

  /// The same, where there is more to it than plain fields.
  [[gnu::noinline]] constexpr bool judge_closely(const context &ctx, const char *base, event &out,
                                                 verdict &bad) noexcept {
    if constexpr (is_request) {
      const request r = view_request(out.head, base, ctx.table);
      deviations host_seen;
      if (const verdict v = check_host(r, ctx.leniency, host_seen); !v) return bad = v, false;
      if (!frame(r, ctx.limits, ctx.leniency, out.framing, bad)) return false;
      out.framing.seen.add(host_seen);
    } else {
      const response r = view_response(out.head, base, ctx.table);
      if (!frame(r, asked_, ctx.limits, ctx.leniency, out.framing, bad)) return false;
      if (out.framing.upgrade || out.framing.kind == body_kind::tunnel)
        out.kind = event_kind::switched;
      else if (is_informational(r.code))
        out.kind = event_kind::informational;
    }
    return true;
  }

  template <class In>
  constexpr void read_body(const context &ctx, In in, std::size_t max_data, event &out) noexcept {
    if (body_.complete()) return end(out);
    const piece p = body_.decode(ctx, in, max_data);
    out.consumed = p.consumed;
    switch (p.st) {
    case status::failed: out = fail(p.ec, p.why); return;
    case status::ready:
      out.extensions = p.extensions;
      if (!p.data.empty()) {
        out.kind = event_kind::data;
        out.data = p.data;
        return;
      }
      out.trailers = p.trailers;
      return end(out);
    default: out.hint = p.hint;
    }
  }

  constexpr void end(event &out) noexcept {
    out.kind = event_kind::end;
    phase_ = after_ == after::next_message ? phase::head
             : after_ == after::switched   ? phase::switched
                                           : phase::closed;
  }

  constexpr event over() const noexcept {
    if (phase_ == phase::failed) return {ec_, why_};
    return phase_ == phase::switched ? event_kind::switched : event_kind::closed;
  }

  constexpr event fail_head(errc ec, fault why) noexcept {
    seen_ = parser_.seen();
    body_ = {};
    return fail(ec, why);
  }

  constexpr event fail(errc ec, fault why) noexcept {
    phase_ = phase::failed;
    ec_ = ec;
    why_ = why;
    return over();
  }

  Parser parser_{};
  body_decoder body_{};
  fault why_{};
  deviations seen_{};
  errc ec_ = errc::ok;
  phase phase_ = phase::head;
  after after_ = after::next_message;
};

} // namespace detail

/// Reads the requests that arrive at a server.
///
///     request_reader reader;
///     for (bool more = true; more;) {
///       const event e = reader.next(context, input);
///       switch (e.kind) {
///       case event_kind::request: ...
///       case event_kind::data: ...
///       case event_kind::end: ...
///       default: more = false; // need_more: call again with more; closed, switched, failed: it is over
///       }
///       input.remove_prefix(e.consumed);
///     }
///
/// A request is followed by any number of data events and one end. Host rules (check_host) and framing
/// (analyze) are applied. Behind a message that ends the connection every call answers closed, behind CONNECT
/// switched, and no byte of what follows is looked at; behind an error every call repeats it. A request that
/// merely offers an upgrade goes on as HTTP.
class request_reader : public detail::message_reader<request_parser> {
public:
  /// The method of the head that is being read or was refused, as soon as it has ended; else `other`.
  constexpr method method_so_far() const noexcept { return parser().method_so_far(); }
  /// Goes on behind a CONNECT whose tunnel was refused: what follows is HTTP again. Does nothing elsewhere.
  constexpr void resume() noexcept { refuse_switch(); }
};

/// Reads the responses that arrive at a client: informational heads, then a response, its data and one end.
class response_reader : public detail::message_reader<response_parser> {
public:
  /// Tells which request method the next final response answers: HEAD and CONNECT decide over its framing.
  /// Stays in force until the next call; GET at first.
  constexpr void answers(method asked) noexcept { asked_ = asked; }
};

static_assert(std::is_trivially_copyable_v<request_reader> && sizeof(request_reader) <= 160);
static_assert(std::is_trivially_copyable_v<response_reader> && sizeof(response_reader) <= 160);

} // namespace coax::inline v0_1::http
