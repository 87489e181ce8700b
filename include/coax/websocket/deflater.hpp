// Messages into what is sent of them: the sending half of permessage-deflate (RFC 7692 §7.2.1).
#pragma once

#include "../core/role.hpp"
#include "deflate_engine.hpp"
#include "deflate_parameters.hpp"
#include "errc.hpp"
#include "opcode.hpp"
#include "utf8.hpp"
#include "writer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Which messages are compressed.
struct deflater_options {
  /// Octets below which a message is sent as it is. Where context is taken over even small messages shrink to
  /// a half or less; where it is not, one of 64 octets saves nothing and takes microseconds.
  std::size_t threshold = 32;
  std::size_t threshold_without_takeover = 1024;
};

/// What is to be sent of a message: pass both to writer::frame().
struct [[nodiscard]] deflated {
  errc ec = errc::ok;
  /// With buffer_too_small: octets of scratch that the message takes at most.
  std::size_t required = 0;
  frame_kind kind{};
  std::string_view payload{}; ///< in the scratch, or the message itself

  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
};

/// What a step of a message in pieces came to.
struct [[nodiscard]] deflate_step {
  errc ec = errc::ok;
  std::size_t consumed = 0; ///< octets of the piece that are done with
  std::size_t produced = 0; ///< octets of payload, from the start of the output
  bool done = false;        ///< of end(): the message is complete
};

/// Compresses messages before they are put into frames. The other end keeps a window of what it was sent, so
/// what was compressed has to be sent, in order. Ask writer::may_begin() before.
///
///     deflater deflate(session.deflate, role::server);
///     ...
///     const deflated m = deflate.text(engine, "Hello", scratch);
///     if (m) transmit(out, socket.out().frame(m.kind, m.payload, out));
///
/// If the frame does not fit, call frame() again, not text(). The state has no pointers, and the engine is
/// the caller's. Where permessage-deflate was not agreed on, everything is sent as it is, and no engine is
/// needed: a stored_block_writer will do for one.
class deflater {
public:
  constexpr explicit deflater(const deflate_parameters &agreed = {}, role own = role::server,
                              deflater_options options = {}) noexcept
      : threshold_(agreed.takes_over(own) ? options.threshold : options.threshold_without_takeover),
        agreed_(agreed.agreed), takes_over_(agreed.takes_over(own)) {}

  // --- whole messages -------------------------------------------------------------------------------------

  /// Compresses a message into `scratch`, unless it is better sent as it is: that is below the threshold, and
  /// where it would not become smaller and no context is taken over. Nothing has changed unless it succeeds:
  ///
  /// - wrong_state inside a message in pieces.
  /// - invalid_input: the text is not UTF-8.
  /// - buffer_too_small: `required` octets of scratch are needed, about an eighth more than the message has.
  /// - engine_failed: the engine has no memory, or its bound() was wrong. Nothing can be compressed any more.
  ///
  /// Linear.
  template <deflate_engine E>
  constexpr deflated text(E &engine, std::string_view message, std::span<char> scratch) noexcept {
    return whole(opcode::text, engine, message, scratch);
  }
  template <deflate_engine E>
  constexpr deflated binary(E &engine, std::string_view message, std::span<char> scratch) noexcept {
    return whole(opcode::binary, engine, message, scratch);
  }

  // --- messages in pieces ---------------------------------------------------------------------------------

  /// Begins a message of unknown length, which is compressed whatever its size. wrong_state inside another,
  /// or if compression was not agreed on; invalid_input unless `op` is text or binary; engine_failed if it
  /// did before.
  ///
  ///     deflate.begin(engine, opcode::text);
  ///     deflate.add(engine, piece, buffer)   until all of the piece is consumed
  ///     deflate.end(engine, buffer)          until it is done
  ///
  /// What add() and end() produce may be cut into frames anywhere: the first of them
  /// {.op = opcode::text, .fin = false, .compressed = true}, then continuations.
  template <deflate_engine E> [[nodiscard]] constexpr errc begin(E &engine, opcode op) noexcept {
    if (phase_ == phase::failed) return errc::engine_failed;
    if (phase_ != phase::idle || !agreed_) return errc::wrong_state;
    if (!begins_message(op)) return errc::invalid_input;
    start(engine, op);
    return errc::ok;
  }

  /// Compresses the next piece. Unless all of it is consumed, call again with the rest and further room.
  /// wrong_state outside a message; invalid_input for text that is not UTF-8, of which nothing was consumed;
  /// buffer_too_small for an output of less than min_deflate_room octets; engine_failed.
  template <deflate_engine E>
  constexpr deflate_step add(E &engine, std::string_view piece, std::span<char> out) noexcept {
    if (const errc ec = judge(out); ec != errc::ok) return {.ec = ec};
    if (piece.size() > waiting_) {
      utf8_validator after = text_;
      if (checks_ && after.add(piece.substr(waiting_)) != utf8_validator::npos)
        return {.ec = errc::invalid_input};
      text_ = after;
      waiting_ = piece.size();
    }
    const engine_step s = engine.deflate(piece, out);
    if (s.st != engine_status::ok) return {.ec = fail()};
    waiting_ -= s.consumed;
    return {.consumed = s.consumed, .produced = s.produced};
  }

  /// Ends the message. Unless it is done, call again with further room. wrong_state outside a message, and as
  /// long as add() has not consumed what it was given; invalid_input for text that ends inside a character;
  /// buffer_too_small and engine_failed as add().
  template <deflate_engine E> constexpr deflate_step end(E &engine, std::span<char> out) noexcept {
    if (const errc ec = judge(out); ec != errc::ok) return {.ec = ec};
    if (waiting_ != 0) return {.ec = errc::wrong_state};
    if (checks_ && !text_.complete()) return {.ec = errc::invalid_input};
    const engine_step s = engine.end(out);
    if (s.st != engine_status::ok) return {.ec = fail()};
    const bool done = s.produced < out.size();
    if (done) phase_ = phase::idle;
    return {.produced = s.produced, .done = done};
  }

  /// Whether a message in pieces was begun and has not ended.
  constexpr bool in_message() const noexcept { return phase_ == phase::message; }

  /// Begins anew. The engine has to be reset as well.
  constexpr void reset() noexcept {
    phase_ = phase::idle;
    text_.reset();
    waiting_ = 0;
  }

private:
  enum class phase : std::uint8_t { idle, message, failed };

  template <class E>
  constexpr deflated whole(opcode op, E &engine, std::string_view message, std::span<char> scratch) noexcept {
    const deflated plain{.kind = {op}, .payload = message};
    if (phase_ == phase::failed) return {.ec = errc::engine_failed};
    if (phase_ != phase::idle) return {.ec = errc::wrong_state};
    if (op == opcode::text && !is_utf8(message)) return {.ec = errc::invalid_input};
    if (!agreed_ || message.size() < threshold_) return plain;
    const std::size_t required = engine.bound(message.size()) + min_deflate_room;
    if (scratch.size() < required) return {.ec = errc::buffer_too_small, .required = required};

    start(engine, op);
    const engine_step body = engine.deflate(message, scratch);
    if (body.st != engine_status::ok || body.consumed != message.size()) return {.ec = fail()};
    const std::span<char> room = scratch.subspan(body.produced);
    if (room.size() < min_deflate_room) return {.ec = fail()}; // more than bound(), as below
    const engine_step rest = engine.end(room);
    if (rest.st != engine_status::ok || rest.produced == room.size()) return {.ec = fail()};
    phase_ = phase::idle;
    const std::size_t size = body.produced + rest.produced;
    if (!takes_over_ && size >= message.size()) return plain;
    return {.required = required, .kind = {op, true, true}, .payload = {scratch.data(), size}};
  }

  template <class E> constexpr void start(E &engine, opcode op) noexcept {
    if (!takes_over_) engine.reset(); // RFC 7692 §7.1.1
    phase_ = phase::message;
    checks_ = op == opcode::text;
    text_.reset();
    waiting_ = 0;
  }

  constexpr errc judge(std::span<char> out) const noexcept {
    if (phase_ == phase::failed) return errc::engine_failed;
    if (phase_ != phase::message) return errc::wrong_state;
    return out.size() < min_deflate_room ? errc::buffer_too_small : errc::ok;
  }
  constexpr errc fail() noexcept {
    phase_ = phase::failed;
    return errc::engine_failed;
  }

  std::size_t threshold_;
  std::size_t waiting_ = 0; // octets that add() was given, checked and did not consume
  utf8_validator text_{};
  bool agreed_;
  bool takes_over_;
  bool checks_ = false; // the message in progress is text
  phase phase_ = phase::idle;
};
static_assert(std::is_trivially_copyable_v<deflater> && sizeof(deflater) <= 32);

} // namespace coax::inline v0_1::websocket
