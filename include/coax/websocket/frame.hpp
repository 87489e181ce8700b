// Frame headers, to and fro (RFC 6455 §5.2).
#pragma once

#include "../core/outcome.hpp"
#include "../core/role.hpp"
#include "errc.hpp"
#include "mask.hpp"
#include "opcode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The reserved bits as they stand in frame_header::rsv and frame_rules::rsv.
inline constexpr std::uint8_t rsv1 = 4, rsv2 = 2, rsv3 = 1;

/// Octets of the largest header there is.
inline constexpr std::size_t max_frame_header = 14;
/// Octets of payload that a control frame may have (RFC 6455 §5.5).
inline constexpr std::size_t max_control_payload = 125;
/// Octets of payload that any frame may have: the top bit of a 64-bit length is zero (RFC 6455 §5.2).
inline constexpr std::uint64_t max_frame_payload = ~std::uint64_t{0} >> 1;

/// What stands in front of a frame's payload.
struct frame_header {
  opcode op = opcode::continuation;
  bool fin = true;      ///< the last frame of its message
  std::uint8_t rsv = 0; ///< rsv1, rsv2, rsv3, joined with `|`
  bool masked = false;
  mask_key key{};           ///< zero, and ignored by encode(), in a frame that is not masked
  std::uint64_t length = 0; ///< octets of payload

  /// Octets of the header itself: 2 to 14, by the shortest form of the length.
  constexpr std::size_t size() const noexcept {
    return (length <= 125 ? 2u : length <= 0xFFFF ? 4u : 10u) + (masked ? 4u : 0u);
  }

  /// The first octet: FIN, the reserved bits and the opcode.
  constexpr unsigned first_octet() const noexcept {
    return (fin ? 0x80u : 0u) | unsigned{rsv} << 4 | static_cast<unsigned>(op);
  }

  friend constexpr bool operator==(const frame_header &, const frame_header &) noexcept = default;
};
static_assert(sizeof(frame_header) == 16);

/// What a frame header is judged by.
struct frame_rules {
  /// Who receives the frame. What arrives at a server has to be masked, what arrives at a client must not be.
  role receiver = role::server;
  /// The reserved bits that an agreed extension uses. They are allowed in the first frame of a message only:
  /// in continuations and control frames none ever is (RFC 7692 §6). permessage-deflate: rsv1.
  std::uint8_t rsv = 0;
};

namespace detail {

constexpr unsigned octet(char c) noexcept { return static_cast<unsigned char>(c); }

constexpr step<errc> refuse_header(errc ec, std::uint32_t at) noexcept {
  return {.st = status::failed, .ec = ec, .why = {.at = at, .what = element::frame_header}};
}

/// Writes the header of a frame, with the length in its shortest form, to where there is
/// room for it. `first` is its first octet. Returns its size.
constexpr std::size_t put_header(char *out, unsigned first, std::uint64_t length, bool masked,
                                 mask_key key) noexcept {
  const auto put = [out](std::size_t at, std::uint64_t octet) {
    out[at] = static_cast<char>(static_cast<unsigned char>(octet & 0xFF));
  };
  const unsigned mask_bit = masked ? 0x80 : 0;
  std::size_t at = 2;
  put(0, first);
  if (length <= 125) {
    put(1, mask_bit | length);
  } else if (length <= 0xFFFF) {
    put(1, mask_bit | 126);
    put(2, length >> 8);
    put(3, length);
    at = 4;
  } else {
    put(1, mask_bit | 127);
    for (std::size_t i = 0; i < 8; ++i) put(2 + i, length >> 8 * (7 - i));
    at = 10;
  }
  if (!masked) return at;
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = key.bytes[i];
  return at + 4;
}

constexpr step<errc> header_goes_on(std::size_t hint) noexcept {
  return {.st = status::need_more, .hint = hint};
}

} // namespace detail

/// Reads the frame header that `in` begins with. When ready, `out` holds it and `consumed` is its size, so
/// that the payload begins there; otherwise `out` is not changed and nothing is consumed: call again with the
/// same bytes and more behind them. With need_more, `hint` is the number of octets that are missing at least
/// for a whole header, so a caller that reads no more than that never reads into the payload.
///
/// Fails at the first octet that proves an error, whether or not more octets are there. Of several errors in
/// one octet the first of this order is reported:
///
/// | octet | errors |
/// |---|---|
/// | 0 | reserved_bits, reserved_opcode, fragmented_control |
/// | 1 | unmasked_frame or masked_frame, control_too_long |
/// | 2 and 3, a 16-bit length | non_minimal_length: in octet 3, when it is below 126 |
/// | 2 to 9, a 64-bit length | length_overflow in octet 2; non_minimal_length in octet 7, the sixth zero |
///
/// How much payload is too much is for the caller to say: `out.length` may be anything up to
/// max_frame_payload.
constexpr step<errc> decode(std::string_view in, frame_rules rules, frame_header &out) noexcept {
  const std::size_t key_size = rules.receiver == role::server ? 4 : 0;
  if (in.empty()) return detail::header_goes_on(2 + key_size);

  const unsigned first = detail::octet(in[0]);
  const auto op = static_cast<opcode>(first & 0x0F);
  const bool fin = (first & 0x80) != 0;
  const auto rsv = static_cast<std::uint8_t>(first >> 4 & 7);
  if ((rsv & ~(begins_message(op) ? rules.rsv : 0)) != 0)
    return detail::refuse_header(errc::reserved_bits, 0);
  if (is_reserved(op)) return detail::refuse_header(errc::reserved_opcode, 0);
  if (is_control(op) && !fin) return detail::refuse_header(errc::fragmented_control, 0);
  if (in.size() < 2) return detail::header_goes_on(1 + key_size);

  const unsigned second = detail::octet(in[1]);
  const bool masked = (second & 0x80) != 0;
  if (masked != (rules.receiver == role::server)) // RFC 6455 §5.1
    return detail::refuse_header(masked ? errc::masked_frame : errc::unmasked_frame, 1);
  std::uint64_t length = second & 0x7F;
  if (is_control(op) && length > max_control_payload) return detail::refuse_header(errc::control_too_long, 1);

  std::size_t at = 2;
  if (length > 125) {
    const std::size_t width = length == 126 ? 2 : 8;
    const std::size_t there = std::min(in.size() - at, width);
    length = 0;
    for (std::size_t i = 0; i < there; ++i) length = length << 8 | detail::octet(in[at + i]);
    if (width == 2) {
      if (there == 2 && length < 126) return detail::refuse_header(errc::non_minimal_length, 3);
    } else {
      if (there > 0 && detail::octet(in[at]) >= 0x80) return detail::refuse_header(errc::length_overflow, 2);
      if (there >= 6 && length >> 8 * (there - 6) == 0)
        return detail::refuse_header(errc::non_minimal_length, 7);
    }
    at += width;
  }
  const std::size_t size = at + key_size;
  if (in.size() < size) return detail::header_goes_on(size - in.size());

  out = {.op = op, .fin = fin, .rsv = rsv, .masked = masked, .length = length};
  if (masked) std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(at), 4, out.key.bytes.begin());
  return {.st = status::ready, .consumed = size};
}

/// Writes a frame header, with the length in its shortest form. invalid_input, and nothing written, for what
/// no receiver would accept under any rules: a reserved opcode, a control frame that is not final or has more
/// than max_control_payload octets, reserved bits anywhere but in the first frame of a message, a length
/// above max_frame_payload. buffer_too_small, and nothing written, if it does not fit.
///
/// Whether to mask, and which extension was agreed on, is not judged here: the sender knows.
constexpr written<errc> encode(const frame_header &header, std::span<char> out) noexcept {
  const bool control = is_control(header.op);
  if (is_reserved(header.op) || (control && (!header.fin || header.length > max_control_payload)) ||
      header.rsv > (begins_message(header.op) ? 7 : 0) || header.length > max_frame_payload)
    return {.ec = errc::invalid_input};
  const std::size_t size = header.size();
  if (out.size() < size) return {.ec = errc::buffer_too_small, .required = size};

  (void)detail::put_header(out.data(), header.first_octet(), header.length, header.masked, header.key);
  return {.size = size, .required = size};
}

} // namespace coax::inline v0_1::websocket
