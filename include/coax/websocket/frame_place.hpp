// Which frame may come next in a stream, and how large it may be (RFC 6455 §5.4, §10.4).
#pragma once

#include "errc.hpp"
#include "frame.hpp"
#include "limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What came before a frame.
struct frame_place {
  bool in_message = false;   ///< a message was begun and has not ended
  bool in_character = false; ///< it is text, and what came of it ends inside a character
  std::uint32_t control = 0; ///< pings and pongs since the last data frame
  std::uint32_t frames = 0;  ///< of the message
  std::uint64_t payload = 0; ///< octets that the frames of the message announced

  /// What `decoded`, the result of decode() for the header that `in` begins with, comes to at this place: the
  /// same, or failed where the place or a limit forbids the frame. Fails at the first octet that proves an
  /// error, whether or not more octets are there; where two prove one in the same octet, decode()'s wins.
  constexpr step<errc> judge(const limits &lim, std::string_view in,
                             const step<errc> &decoded) const noexcept {
    const auto fails_by = [&](std::size_t at) { return decoded.failed() && decoded.why.at <= at; };
    if (in.empty() || fails_by(0)) return decoded;
    const auto op = static_cast<opcode>(in[0] & 0x0F);
    if (const errc ec = judge_opcode(lim, op); ec != errc::ok) return detail::refuse_header(ec, 0);
    if (in.size() < 2 || fails_by(1)) return decoded;

    const unsigned length = detail::octet(in[1]) & 0x7F;
    if (op == opcode::close)
      return length == 1 ? refuse(errc::bad_close_payload, element::close_payload) : decoded;
    if (is_control(op)) return decoded;
    if (length == 0 && in_character && detail::octet(in[0]) >= 0x80)
      return refuse(errc::bad_utf8, element::payload);
    const step<errc> over = judge_length(lim, in);
    return over.failed() && !fails_by(over.why.at) ? over : decoded;
  }

private:
  static constexpr step<errc> refuse(errc ec, element what) noexcept {
    return {.st = status::failed, .ec = ec, .why = {.at = 1, .what = what}};
  }

  constexpr errc judge_opcode(const limits &lim, opcode op) const noexcept {
    if (op == opcode::close) return errc::ok; // it ends the flood, if it is one
    if (is_control(op)) return control >= lim.control ? errc::too_many_control : errc::ok;
    if (begins_message(op) && in_message) return errc::unfinished_message;
    if (!begins_message(op) && !in_message) return errc::unexpected_continuation;
    return frames >= lim.fragments ? errc::too_many_fragments : errc::ok;
  }

  /// Failed at the first octet with which the length, as far as it is there, exceeds a limit.
  constexpr step<errc> judge_length(const limits &lim, std::string_view in) const noexcept {
    const std::uint64_t left = lim.message - std::min(lim.message, payload);
    const unsigned seven = detail::octet(in[1]) & 0x7F;
    const std::size_t width = seven < 126 ? 0 : seven == 126 ? 2 : 8;
    std::uint64_t length = width == 0 ? seven : 0;
    for (std::size_t i = 0;; ++i) {
      if (length > std::min(lim.frame, left))
        return detail::refuse_header(length > lim.frame ? errc::frame_too_big : errc::message_too_big,
                                     static_cast<std::uint32_t>(1 + i));
      if (i == width || 2 + i == in.size()) return {};
      length |= std::uint64_t{detail::octet(in[2 + i])} << 8 * (width - 1 - i);
    }
  }
};

} // namespace coax::inline v0_1::websocket
