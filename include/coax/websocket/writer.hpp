// Messages into frames: text and binary whole, in fragments or as they come, and control frames between them.
#pragma once

#include "../core/outcome.hpp"
#include "../core/role.hpp"
#include "entropy.hpp"
#include "frame_kind.hpp"
#include "prepared.hpp"
#include "put_frame.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Octets that the reason of a Close frame may have, behind the code (RFC 6455 §5.5.1).
inline constexpr std::size_t max_close_reason = max_control_payload - 2;

/// The sending direction of an open connection. `R` is who sends. It writes frames into spans of the caller,
/// and sees to it that together they are what the peer has to accept: the order of the frames, lengths,
/// masks, UTF-8, codes.
///
/// All calls are transactional. Unless they succeed, nothing was written, nothing is to be sent, and nothing
/// has changed, so that the call can be made again:
///
/// - wrong_state: not now, see each call. Nothing but payload() may be called inside a frame.
/// - invalid_input: the arguments would make no valid frame. Text that is not UTF-8 is among it, judged over
///   all frames of its message.
/// - buffer_too_small: `required` octets of room are needed. That is the back-pressure of a bounded queue,
///   whose free room was passed.
/// - no_entropy: the source of masking keys failed (clients only).
///
/// They are checked in this order. What was written has to be sent, in the order of the calls. A client
/// passes a source of randomness before the output, from which each frame draws four octets once all else is
/// certain; a server cannot. Payload and output must not overlap. The caller's payload is never changed,
/// except by payload_in_place().
///
///     writer<role::server> w;              writer<role::client> w;
///     w.text("Hello", out);                w.text("Hello", random, out);
///     w.close(close_code::normal, "", out) w.close(close_code::normal, "", random, out)
template <role R> class writer {
  static constexpr bool masks = R == role::client; // RFC 6455 §5.1
  using frames = detail::put_frame<masks>;

public:
  constexpr writer() noexcept = default;
  constexpr explicit writer(writer_options options) noexcept
      : deflate_(options.deflate), shares_(options.deflate && !options.takeover) {}

  /// Octets of a frame with `n` octets of payload: the room that a call takes. Precondition: n is at most
  /// max_frame_payload.
  static constexpr std::uint64_t frame_size(std::uint64_t n) noexcept { return frames::header_size(n) + n; }

  // --- whole frames ---------------------------------------------------------------------------------------

  /// Writes a whole message in one frame. wrong_state inside another message, and once a Close went either
  /// way. invalid_input for text that is not UTF-8. Linear.
  COAX_ALWAYS_INLINE constexpr written<errc> text(std::string_view message, std::span<char> out) noexcept
      requires(!masks) {
    return whole({opcode::text}, message, none_, out);
  }
  template <entropy E>
  COAX_ALWAYS_INLINE constexpr written<errc> text(std::string_view message, E &random,
                                                  std::span<char> out) noexcept requires(masks) {
    return whole({opcode::text}, message, random, out);
  }
  COAX_ALWAYS_INLINE constexpr written<errc> binary(std::string_view message, std::span<char> out) noexcept
      requires(!masks) {
    return whole({opcode::binary}, message, none_, out);
  }
  template <entropy E>
  COAX_ALWAYS_INLINE constexpr written<errc> binary(std::string_view message, E &random,
                                                    std::span<char> out) noexcept requires(masks) {
    return whole({opcode::binary}, message, random, out);
  }

  /// Writes a whole frame of a message that may have several, cut wherever the caller likes, also inside a
  /// character. wrong_state for text and binary inside another message or once a Close went either way, for
  /// continuations outside a message or after the own Close, for compressed messages if that was not agreed
  /// on. invalid_input for other opcodes, for compressed continuations, and for text that is not UTF-8, or
  /// ends inside a character. Linear.
  COAX_ALWAYS_INLINE constexpr written<errc> frame(frame_kind kind, std::string_view payload,
                                                   std::span<char> out) noexcept requires(!masks) {
    return whole(kind, payload, none_, out);
  }
  template <entropy E>
  COAX_ALWAYS_INLINE constexpr written<errc> frame(frame_kind kind, std::string_view payload, E &random,
                                                   std::span<char> out) noexcept requires(masks) {
    return whole(kind, payload, random, out);
  }

  /// Whether a prepared message may be sent now: if ok, send its header and then its payload, whole, before
  /// anything that is written later. wrong_state as for frame(), and for a compressed one if context is taken
  /// over: it would be in the peer's window only. invalid_input if it is no frame.
  [[nodiscard]] constexpr errc admit(const prepared &message) const noexcept requires(!masks) {
    if (message.compressed() && !shares_) return errc::wrong_state;
    if (const errc ec = judge({opcode::binary, true, message.compressed()}, 0); ec != errc::ok) return ec;
    return message.ec();
  }

  // --- frames in pieces -----------------------------------------------------------------------------------

  /// Writes a frame's header only, and announces `n` octets of payload: pass them to payload(), in any
  /// pieces, and send them. Until the last of them nothing else can be sent. Errors as for frame(), and
  /// invalid_input for more than max_frame_payload. Whether text is UTF-8 is judged as it comes, and here if
  /// nothing comes.
  COAX_ALWAYS_INLINE constexpr written<errc> begin(frame_kind kind, std::uint64_t n,
                                                   std::span<char> out) noexcept requires(!masks) {
    return header(kind, n, none_, out);
  }
  template <entropy E>
  COAX_ALWAYS_INLINE constexpr written<errc> begin(frame_kind kind, std::uint64_t n, E &random,
                                                   std::span<char> out) noexcept requires(masks) {
    return header(kind, n, random, out);
  }

  /// Writes the next piece of an announced payload: copied, and masked if the sender is a client. wrong_state
  /// if none is announced, invalid_input for more than was announced and for text that is not UTF-8 or would
  /// end inside a character: who has no better octets can but drop the connection. An empty piece is always
  /// in order, also behind an empty frame, until a Close is sent. Linear.
  constexpr written<errc> payload(std::string_view piece, std::span<char> out) noexcept {
    writer after = *this;
    if (const errc ec = after.take(piece); ec != errc::ok) return {.ec = ec};
    if (out.size() < piece.size()) return {.ec = errc::buffer_too_small, .required = piece.size()};
    frames::put_payload(piece, key_, out.data());
    *this = after;
    return {.size = piece.size(), .required = piece.size()};
  }
  /// The same without a copy: a client's octets are masked where they lie. They are to be sent then, and are
  /// of no other use. A server's are not changed. On failure they are as they were.
  [[nodiscard]] constexpr errc payload_in_place(std::span<char> piece) noexcept {
    const mask_key key = key_;
    const errc ec = take({piece.data(), piece.size()});
    if (masks && ec == errc::ok) apply_mask(piece, key);
    return ec;
  }
  /// The same for octets that are to be sent from where they lie: they are counted and judged, and nothing is
  /// written. A client has to mask, and cannot.
  [[nodiscard]] constexpr errc payload(std::string_view piece) noexcept requires(!masks) {
    return take(piece);
  }

  // --- control frames -------------------------------------------------------------------------------------

  /// Writes a ping, between two frames. wrong_state once a Close went either way. invalid_input for more than
  /// max_control_payload octets.
  constexpr written<errc> ping(std::string_view payload, std::span<char> out) noexcept requires(!masks) {
    return control(opcode::ping, payload, none_, out);
  }
  template <entropy E>
  constexpr written<errc> ping(std::string_view payload, E &random, std::span<char> out) noexcept
      requires(masks) {
    return control(opcode::ping, payload, random, out);
  }
  /// Writes a pong, between two frames: with the payload of the ping that it answers, or unasked. It is
  /// possible until a Close went both ways, as a peer that was sent one may still ask (RFC 6455 §5.5.2): then
  /// wrong_state. invalid_input for more than max_control_payload octets.
  constexpr written<errc> pong(std::string_view payload, std::span<char> out) noexcept requires(!masks) {
    return control(opcode::pong, payload, none_, out);
  }
  template <entropy E>
  constexpr written<errc> pong(std::string_view payload, E &random, std::span<char> out) noexcept
      requires(masks) {
    return control(opcode::pong, payload, random, out);
  }

  /// Writes the Close frame, of which there is one: later calls are wrong_state, as is a call inside a frame.
  /// A message that is not finished is given up. invalid_input for a code that `R` may not send (see
  /// may_send()), a reason that is not UTF-8, or one of more than max_close_reason octets.
  constexpr written<errc> close(close_code code, std::string_view reason, std::span<char> out) noexcept
      requires(!masks) {
    return close_with(code, reason, none_, out);
  }
  template <entropy E>
  constexpr written<errc> close(close_code code, std::string_view reason, E &random,
                                std::span<char> out) noexcept requires(masks) {
    return close_with(code, reason, random, out);
  }
  /// The same without a code, and so without a reason: the peer will see close_code::no_status.
  constexpr written<errc> close(std::span<char> out) noexcept requires(!masks) {
    return control(opcode::close, {}, none_, out);
  }
  template <entropy E>
  constexpr written<errc> close(E &random, std::span<char> out) noexcept requires(masks) {
    return control(opcode::close, {}, random, out);
  }

  // --- the course of the connection -----------------------------------------------------------------------

  /// To be told when a Close was received: no message can begin any more, and no ping. The one in progress
  /// can be finished before the Close that is owed (RFC 6455 §5.5.1).
  constexpr void peer_closed() noexcept {
    if (phase_ == phase::open) phase_ = phase::closing;
    if (phase_ == phase::closed) phase_ = phase::stopped;
  }
  /// To be told when the connection failed: no data can be sent any more, and of control frames the Close, if
  /// none was sent; nothing at all inside a frame, which a Close cannot complete.
  constexpr void failed() noexcept {
    if (left_ != 0) return stop();
    peer_closed();
    message_ = unfinished::none;
  }
  /// To be told when the transport is lost, or nothing shall be sent for another reason: every call is
  /// wrong_state from now on.
  constexpr void stop() noexcept {
    phase_ = phase::stopped;
    message_ = unfinished::none;
    left_ = 0;
  }

  /// Octets of payload that were announced and not passed yet. Unless it is 0, nothing else can be sent.
  constexpr std::uint64_t frame_left() const noexcept { return left_; }
  /// Whether a message is unfinished: the next data frame has to be a continuation, or the rest of a frame.
  constexpr bool in_message() const noexcept { return message_ != unfinished::none; }
  /// Whether text() and the like are possible: no Close went either way, and no message is unfinished.
  constexpr bool may_begin() const noexcept { return phase_ == phase::open && message_ == unfinished::none; }
  /// Whether close() is possible.
  constexpr bool may_close() const noexcept { return phase_ < phase::closed && left_ == 0; }
  /// Whether pong() is possible.
  constexpr bool may_pong() const noexcept { return phase_ < phase::stopped && left_ == 0; }
  /// Whether the Close frame was written, or stop() called: no data can follow.
  constexpr bool closed() const noexcept { return phase_ >= phase::closed; }
  /// The code in the Close frame that was written: no_status if it has none; close_code::none if there was no
  /// such frame.
  constexpr close_code sent_code() const noexcept { return sent_; }

private:
  /// How far the closing handshake is. `closing`: a Close was received; `closed`: one was sent; `stopped`:
  /// both, or stop().
  enum class phase : std::uint8_t { open, closing, closed, stopped };
  /// The message that is unfinished.
  enum class unfinished : std::uint8_t { none, text, octets };

  /// The source of keys of those who do not mask.
  struct no_source {};
  static constexpr no_source none_{};

  /// Whether a data frame of `n` octets may begin.
  constexpr errc judge(const frame_kind &kind, std::uint64_t n) const noexcept {
    const bool first = kind.op != opcode::continuation;
    const bool in_order = first ? may_begin() && (!kind.compressed || deflate_) : in_message() && left_ == 0;
    if (!in_order) return errc::wrong_state; // RFC 6455 §5.4
    if ((first ? !begins_message(kind.op) : kind.compressed) || n > max_frame_payload)
      return errc::invalid_input; // RFC 6455 §5.2, RFC 7692 §6.1
    return errc::ok;
  }

  /// Begins a frame that judge() found in order.
  constexpr void start(const frame_kind &kind, std::uint64_t n) noexcept {
    if (kind.op != opcode::continuation)
      message_ = kind.op == opcode::text && !kind.compressed ? unfinished::text : unfinished::octets;
    fin_ = kind.fin;
    left_ = n;
  }

  /// Judges and counts payload. Changes nothing unless it returns ok.
  constexpr errc take(std::string_view piece) noexcept {
    if (closed()) return errc::wrong_state;
    if (piece.size() > left_) return left_ == 0 ? errc::wrong_state : errc::invalid_input;
    const bool last = fin_ && piece.size() == left_;
    if (message_ == unfinished::text && last && text_.complete()) { // RFC 6455 §8.1
      if (!is_utf8(piece)) return errc::invalid_input;
    } else if (message_ == unfinished::text) {
      utf8_validator after = text_;
      if (after.add(piece) != utf8_validator::npos) return errc::invalid_input;
      if (last && !after.complete()) return errc::invalid_input;
      text_ = after;
    }
    left_ -= piece.size();
    if constexpr (masks) key_ = detail::turn(key_, piece.size());
    if (last) message_ = unfinished::none;
    return errc::ok;
  }

  // `out` by reference below, as there are no registers left for it: the halves of a span are passed in
  // memory then, and the processor waits for them where they are read as one.

  /// A message of its own, which leaves nothing unfinished and so changes nothing. A small one that is in
  /// order is written where it is asked for.
  template <opcode Op, class E>
  COAX_ALWAYS_INLINE constexpr written<errc> whole_message(std::string_view payload, E &random,
                                                           const std::span<char> &out) const noexcept {
    if (payload.size() <= max_control_payload && out.size() >= frame_size(payload.size()) && may_begin() &&
        (Op != opcode::text || is_utf8(payload)))
      return frames::put_whole({Op}, payload, random, out);
    return frames::outcome(large_message<Op>(payload, random, out),
                           frames::header_size(payload.size()) + payload.size());
  }
  template <opcode Op, class E>
  [[gnu::noinline]] constexpr errc large_message(std::string_view payload, E &random,
                                                 const std::span<char> &out) const noexcept {
    if (!may_begin()) return errc::wrong_state;
    if (payload.size() > max_frame_payload || (Op == opcode::text && !is_utf8(payload)))
      return errc::invalid_input;
    mask_key key;
    return frames::put({Op}, payload.size(), payload, random, out, key);
  }

  template <class E>
  COAX_ALWAYS_INLINE constexpr written<errc> whole(frame_kind kind, std::string_view payload, E &random,
                                                   const std::span<char> &out) noexcept {
    const bool alone = kind.fin && !kind.compressed;
    if (alone && kind.op == opcode::text) return whole_message<opcode::text>(payload, random, out);
    if (alone && kind.op == opcode::binary) return whole_message<opcode::binary>(payload, random, out);
    return whole_frame(kind, payload, random, out);
  }

  template <class E>
  constexpr written<errc> whole_frame(const frame_kind &kind, std::string_view payload, E &random,
                                      const std::span<char> &out) noexcept {
    if (const errc ec = judge(kind, payload.size()); ec != errc::ok) return {.ec = ec};
    writer after = *this;
    after.start(kind, payload.size());
    if (const errc ec = after.take(payload); ec != errc::ok) return {.ec = ec};
    const auto done = frames::put_whole(kind, payload, random, out);
    if (done) *this = after;
    return done;
  }

  template <class E>
  constexpr written<errc> header(const frame_kind &kind, std::uint64_t n, E &random,
                                 const std::span<char> &out) noexcept {
    if (const errc ec = judge(kind, n); ec != errc::ok) return {.ec = ec};
    if (n == 0) return whole_frame(kind, {}, random, out);
    mask_key key;
    const errc ec = frames::put(kind, n, {}, random, out, key);
    if (ec == errc::ok) {
      start(kind, n);
      if constexpr (masks) key_ = key;
    }
    return frames::outcome(ec, frames::header_size(n));
  }

  template <class E>
  constexpr written<errc> control(opcode op, std::string_view payload, E &random,
                                  const std::span<char> &out) noexcept {
    const phase end = op == opcode::ping    ? phase::closing
                      : op == opcode::close ? phase::closed
                                            : phase::stopped; // from when on it cannot be sent
    if (left_ != 0 || phase_ >= end) return {.ec = errc::wrong_state};
    if (payload.size() > max_control_payload) return {.ec = errc::invalid_input}; // RFC 6455 §5.5
    const auto done = frames::put_whole({op}, payload, random, out);
    if (done && op == opcode::close) {
      phase_ = phase_ == phase::open ? phase::closed : phase::stopped;
      message_ = unfinished::none;
      sent_ = close_code::no_status;
    }
    return done;
  }

  template <class E>
  constexpr written<errc> close_with(close_code code, std::string_view reason, E &random,
                                     const std::span<char> &out) noexcept {
    if (!may_close()) return {.ec = errc::wrong_state};
    if (!may_send(code, R) || reason.size() > max_close_reason || !is_utf8(reason)) // RFC 6455 §5.5.1, §7.4
      return {.ec = errc::invalid_input};
    const auto number = static_cast<unsigned>(code);
    std::array<char, max_control_payload> body{static_cast<char>(static_cast<unsigned char>(number >> 8)),
                                               static_cast<char>(static_cast<unsigned char>(number & 0xFF))};
    std::copy_n(reason.begin(), reason.size(), body.begin() + 2);
    const auto done = control(opcode::close, {body.data(), 2 + reason.size()}, random, out);
    if (done) sent_ = code;
    return done;
  }

  // message_ and phase_ do not share a word: gcc would read both as one, and wait, as they are written apart.
  std::uint64_t left_ = 0; // octets that the frame lacks
  utf8_validator text_{};  // complete between messages, as none can end inside a character
  unfinished message_ = unfinished::none;
  bool fin_ = false;
  bool deflate_ : 1 = false;
  bool shares_ : 1 = false;
  mask_key key_{}; // as it meets the next octet
  phase phase_ = phase::open;
  close_code sent_ = close_code::none;
};
static_assert(std::is_trivially_copyable_v<writer<role::server>> && sizeof(writer<role::server>) == 24);
static_assert(std::is_trivially_copyable_v<writer<role::client>> && sizeof(writer<role::client>) == 24);

} // namespace coax::inline v0_1::websocket
