// What both ends of a connection have in common when they send: the body behind a head, and its end.
#pragma once

#include "body_writer.hpp"
#include "head_writer.hpp"
#include "state.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// Whether a head has no content and says nothing of any (RFC 9112 §6.1).
constexpr bool is_bare(const prepared_response &head, content c) noexcept {
  return c.is_none() && !head.facts.has_length && !head.facts.chunked;
}

/// The body of the message that is being sent. `Connection` is the class that derives from this one: its
/// end_message() is called when a message has ended, its break_message() when one cannot be ended any more.
template <class Connection> class message_sender {
public:
  /// Announces `n` octets of payload: send the frame's prefix, the payload, the frame's suffix. invalid_input
  /// beyond the declared length, or where the message has no body; wrong_state where none is in progress.
  constexpr data_frame send_data(std::uint64_t n) noexcept {
    if (sending_ != phase::body) return {.ec = misplaced()};
    const data_frame out = body_.data(n);
    if (out) count(n);
    return out;
  }
  /// Writes payload in its framing: all of it, or nothing and buffer_too_small.
  constexpr written<errc> send_data(std::string_view payload, std::span<char> out) noexcept {
    if (sending_ != phase::body) return {misplaced()};
    const written<errc> sent = body_.data(payload, out);
    if (sent) count(payload.size());
    return sent;
  }

  /// Ends the message: writes the last chunk, or nothing where the end needs none; that includes a message
  /// which was complete already. body_too_short below the declared length: the connection is broken then and
  /// has to be closed. wrong_state if there is nothing to end.
  constexpr written<errc> send_end(std::span<char> out) noexcept {
    if (sending_ != phase::body) return already_ended();
    return ended(body_.end(out));
  }
  /// The same with trailers: invalid_input if there are any and the body is not chunked.
  constexpr written<errc> send_end(const trailer_writer &trailers) noexcept {
    if (sending_ == phase::body) return ended(body_.end(trailers));
    if (trailers.count() == 0) return already_ended();
    return {implicit_end_ ? errc::invalid_input : errc::wrong_state};
  }

  /// Whether the message that was begun still has body to come: not so behind a response to HEAD, a 204 or a
  /// 304.
  constexpr bool body_wanted() const noexcept { return sending_ == phase::body; }
  /// The phase of the sending direction, for logs and tests.
  constexpr phase sending() const noexcept { return sending_; }

protected:
  /// Begins the body behind a head that was just sent.
  constexpr void begin_body(body_kind kind, std::uint64_t octets) noexcept {
    body_ = body_writer(kind, octets);
    bodiless_ = body_.complete();
    implicit_end_ = begun_ = false;
    if (body_.complete()) end(true);
  }
  /// Whether any octet of the body was sent.
  constexpr bool begun() const noexcept { return begun_; }
  /// Nothing of the last message is left to be ended.
  constexpr void forget_message() noexcept { bodiless_ = implicit_end_ = false; }

  phase sending_ = phase::idle;

private:
  constexpr Connection &self() noexcept { return static_cast<Connection &>(*this); }

  constexpr void count(std::uint64_t n) noexcept {
    begun_ = begun_ || n != 0;
    if (body_.complete()) end(true);
  }

  constexpr void end(bool implicit) noexcept {
    implicit_end_ = implicit;
    self().end_message();
  }

  constexpr written<errc> ended(const written<errc> &out) noexcept {
    if (out) end(false);
    if (out.ec == errc::body_too_short) self().break_message();
    return out;
  }

  constexpr written<errc> already_ended() noexcept {
    if (!implicit_end_) return {errc::wrong_state};
    implicit_end_ = false;
    return {};
  }

  constexpr errc misplaced() const noexcept {
    return bodiless_ && implicit_end_ ? errc::invalid_input : errc::wrong_state;
  }

  body_writer body_{};
  bool bodiless_ = false;     // the message has no body, by its code, its method or its length
  bool begun_ = false;        // an octet of the body was sent
  bool implicit_end_ = false; // the message has ended without send_end()
};

} // namespace coax::inline v0_1::http::detail
