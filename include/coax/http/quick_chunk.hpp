// Chunks whose line is plain, found at once: what nearly all of them are (RFC 9112 §7.1).
#pragma once

#include "../core/number.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http::detail {

/// hex_value() of each octet.
inline constexpr std::array<std::uint8_t, 256> hex_values = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned i = 0; i < 256; ++i) out[i] = hex_value(static_cast<char>(static_cast<unsigned char>(i)));
  return out;
}();

constexpr bool is_crlf(const char *at) noexcept { return std::string_view(at, 2) == "\r\n"; }

/// A chunk whose line has no extension and few digits.
struct plain_chunk {
  std::size_t line = 0;  ///< octets of the line with CR LF; 0: there is no such chunk
  std::size_t begin = 0; ///< offset of the payload
  std::size_t size = 0;  ///< chunk-size

  /// Whether there is payload, and all of it lies in an input of `in` octets.
  constexpr bool is_whole(std::size_t in) const noexcept { return size - 1 < in - begin; } // 0 wraps
};

/// The chunk that `in` begins with; or the CR LF of the chunk before it, if it is `behind` one. Quickest with
/// one or two digits.
[[gnu::always_inline]] constexpr plain_chunk find_plain_chunk(std::string_view in, bool behind) noexcept {
  constexpr std::size_t most_digits = 8;
  const std::size_t first = behind ? 2 : 0;
  if (in.size() < 6 || (behind && !is_crlf(in.data()))) return {};
  const char *const at = in.data() + first;
  const auto digit = [at](std::size_t i) -> std::size_t {
    return hex_values[static_cast<unsigned char>(at[i])];
  };
  std::size_t size = digit(0), digits = 1;
  if (size > 15) return {};
  if (const std::size_t second = digit(1); second < 16) {
    size = size * 16 + second;
    digits = 2;
  }
  if (!is_crlf(at + digits)) {
    if (digits == 1 || in.size() < first + most_digits + 2) return {};
    for (std::size_t next; digits < most_digits && (next = digit(digits)) < 16; ++digits)
      size = size * 16 + next;
    if (!is_crlf(at + digits)) return {};
  }
  return {digits + 2, first + digits + 2, size};
}

/// Moves octets of `in` towards its front. Those between the two places may become anything.
constexpr void move_down(std::span<char> in, std::size_t from, std::size_t size, std::size_t to) noexcept {
  constexpr std::size_t block = 32; // more than there is to be moved, without asking how much that is
  if (!std::is_constant_evaluated() && size <= block && from - to >= block && in.size() - from >= block)
    std::memcpy(in.data() + to, in.data() + from, block);
  else if (from != to)
    std::copy_n(in.data() + from, size, in.data() + to);
}

} // namespace coax::inline v0_1::http::detail
