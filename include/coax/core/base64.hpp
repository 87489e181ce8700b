// Base64 (RFC 4648 §4): with padding, and in its one canonical form only.
#pragma once

#include "bounded_writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1 {

/// How many characters the base64 of `bytes` bytes takes.
constexpr std::size_t base64_size(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : 4);
}

namespace detail {

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_base64_values() noexcept {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t &value : values) value = 64;
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(base64_alphabet[i])] = i;
  return values;
}

/// The six bits that a character stands for, or 64.
inline constexpr std::array<std::uint8_t, 256> base64_values = make_base64_values();

} // namespace detail

/// Writes base64 of bytes to where there is room for base64_size() characters.
constexpr void write_base64(std::string_view bytes, char *to) noexcept {
  const auto octet = [bytes](std::size_t at) { return std::uint32_t{static_cast<unsigned char>(bytes[at])}; };
  const char *const digits = detail::base64_alphabet.data();
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const std::uint32_t bits = octet(at) << 16 | octet(at + 1) << 8 | octet(at + 2);
    *to++ = digits[bits >> 18];
    *to++ = digits[bits >> 12 & 63];
    *to++ = digits[bits >> 6 & 63];
    *to++ = digits[bits & 63];
  }
  if (at == bytes.size()) return;
  const bool two = at + 2 == bytes.size();
  const std::uint32_t bits = octet(at) << 16 | (two ? octet(at + 1) << 8 : 0);
  *to++ = digits[bits >> 18];
  *to++ = digits[bits >> 12 & 63];
  *to++ = two ? digits[bits >> 6 & 63] : '=';
  *to = '=';
}

/// Writes base64 of bytes that come in pieces. finish() has to be called once, behind the last piece.
class base64_encoder {
public:
  /// `out` has to outlive the encoder.
  constexpr explicit base64_encoder(bounded_writer &out) noexcept : out_(out) {}

  constexpr base64_encoder &put(std::string_view bytes) noexcept {
    if (held_ == 0) {
      const std::size_t whole = bytes.size() / 3 * 3;
      if (char *const to = out_.take(base64_size(whole)); to != nullptr)
        write_base64(bytes.substr(0, whole), to);
      bytes.remove_prefix(whole);
    }
    for (const char c : bytes) {
      bits_ = bits_ << 8 | static_cast<unsigned char>(c);
      if (++held_ == 3) write(4);
    }
    return *this;
  }

  /// Writes the last group, padded.
  constexpr void finish() noexcept {
    if (held_ == 0) return;
    const std::size_t digits = held_ + std::size_t{1};
    bits_ <<= 8 * (3 - held_);
    write(digits);
    for (std::size_t i = digits; i < 4; ++i) out_.put('=');
  }

private:
  constexpr void write(std::size_t digits) noexcept {
    for (std::size_t i = 0; i < digits; ++i) out_.put(detail::base64_alphabet[bits_ >> (18 - 6 * i) & 63]);
    bits_ = 0;
    held_ = 0;
  }

  bounded_writer &out_;
  std::uint32_t bits_ = 0;
  std::uint8_t held_ = 0; // bytes in bits_
};

/// What is wrong with base64 text, or how many bytes it stands for.
struct checked_base64 {
  bool ok = false;
  std::size_t size = 0; ///< when ok: of what it stands for
  std::size_t at = 0;   ///< when not ok: the offending character (the text's size at an early end)
};

/// Whether `text` is base64 as an encoder writes it: groups of four, padded at the end, with the bits that
/// stand for nothing zero (RFC 4648 §3.5), so that no two texts stand for the same bytes. Empty text is.
constexpr checked_base64 check_base64(std::string_view text) noexcept {
  std::size_t digits = 0;
  const auto value = [&](std::size_t at) {
    return detail::base64_values[static_cast<unsigned char>(text[at])];
  };
  while (digits < text.size() && value(digits) < 64) ++digits;
  const std::size_t tail = digits % 4;
  const std::size_t end = tail == 0 ? digits : digits + (4 - tail);
  if (tail == 1) return {false, 0, digits}; // six bits are no byte
  if (tail != 0) {
    const unsigned unused = tail == 2 ? 15 : 3;
    for (std::size_t at = digits; at < end; ++at)
      if (at >= text.size() || text[at] != '=') return {false, 0, at};
    if ((value(digits - 1) & unused) != 0) return {false, 0, digits - 1};
  }
  if (end != text.size()) return {false, 0, end};
  return {true, digits / 4 * 3 + (tail == 0 ? 0 : tail - 1), 0};
}

/// Writes the bytes that `text` stands for. Precondition: check_base64() finds it ok.
constexpr void decode_base64(std::string_view text, bounded_writer &out) noexcept {
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    if (c == '=') return;
    bits = bits << 6 | detail::base64_values[static_cast<unsigned char>(c)];
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.put(static_cast<char>(static_cast<unsigned char>(bits >> held & 0xFF)));
  }
}

} // namespace coax::inline v0_1
