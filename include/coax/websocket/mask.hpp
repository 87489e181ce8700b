// Masking and unmasking, which are the same (RFC 6455 §5.3).
#pragma once

#include "../config.hpp"
#include "../core/simd/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// The four octets that a client's frame is masked with. Who sends draws a fresh one for each frame from a
/// cryptographically strong source: neither the application nor the peer may be able to foresee it.
struct mask_key {
  std::array<char, 4> bytes{};

  friend constexpr bool operator==(const mask_key &, const mask_key &) noexcept = default;
};

namespace detail {

constexpr char mask_octet(char c, char key) noexcept {
  return static_cast<char>(static_cast<unsigned char>(c) ^ static_cast<unsigned char>(key));
}

/// The key as a word whose octets lie in memory as the key's do.
constexpr std::uint32_t to_word(mask_key key) noexcept { return std::bit_cast<std::uint32_t>(key.bytes); }

/// The key as it meets the octet at `offset`: turned by as many places.
constexpr mask_key turn(mask_key key, std::uint64_t offset) noexcept {
  const int bits = static_cast<int>(offset & 3) * 8;
  const std::uint32_t word = to_word(key);
  return {std::bit_cast<std::array<char, 4>>(
      std::endian::native == std::endian::little ? std::rotr(word, bits) : std::rotl(word, bits))};
}

/// mask() for any size, in words.
[[gnu::noinline]] constexpr void mask_words(const char *from, char *to, std::size_t size,
                                            mask_key key) noexcept {
  std::size_t at = 0;
  if (!std::is_constant_evaluated()) {
    const std::uint64_t words = simd::doubled_key(to_word(key));
    for (; size - at >= 8; at += 8)
      simd::store_word(to + at, simd::load_word<std::uint64_t>(from + at) ^ words);
  }
  for (; at < size; ++at) to[at] = mask_octet(from[at], key.bytes[at & 3]);
}

/// Masks `size` octets. `from` and `to` are the same, or do not overlap.
COAX_ALWAYS_INLINE constexpr void mask(const char *from, char *to, std::size_t size, mask_key key) noexcept {
  COAX_COUNT_WORK(size);
  if constexpr (std::endian::native == std::endian::little)
    if (!std::is_constant_evaluated() && size < 32)
      return (void)simd::mask_short(from, to, size, to_word(key), false);
  if constexpr (std::endian::native == std::endian::little)
    if (!std::is_constant_evaluated() && simd::mask_octets(best_isa(), from, to, size, to_word(key))) return;
  mask_words(from, to, size, key);
}

/// The same without a mask, as a call of a library takes longer than a small copy.
COAX_ALWAYS_INLINE constexpr void copy(const char *from, char *to, std::size_t size) noexcept {
  if (!std::is_constant_evaluated() && size < 32)
    (void)simd::mask_short(from, to, size, 0, false);
  else
    std::copy_n(from, size, to);
}

} // namespace detail

/// Masks or unmasks a piece of a frame's payload in place. `offset` is the place of its first octet in the
/// payload of the frame: 0 for a whole frame, else the sum of the sizes of the pieces before it. Touches no
/// byte outside `inout`, which may lie at any alignment. Linear.
constexpr void apply_mask(std::span<char> inout, mask_key key, std::uint64_t offset = 0) noexcept {
  detail::mask(inout.data(), inout.data(), inout.size(), detail::turn(key, offset));
}

/// The same while copying: `from` stays as it is. Masks as many octets as both spans have, and returns how
/// many. The spans must not overlap, unless they begin at the same byte.
constexpr std::size_t apply_mask(std::string_view from, std::span<char> to, mask_key key,
                                 std::uint64_t offset = 0) noexcept {
  const std::size_t size = std::min(from.size(), to.size());
  detail::mask(from.data(), to.data(), size, detail::turn(key, offset));
  return size;
}

} // namespace coax::inline v0_1::websocket
