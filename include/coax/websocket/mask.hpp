// Masking and unmasking, which are the same (RFC 6455 §5.3).
#pragma once

#include "../config.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

/// The key as it meets the octet at `offset`: turned by as many places.
constexpr std::array<char, 4> turn(mask_key key, std::uint64_t offset) noexcept {
  std::array<char, 4> out{};
  for (std::size_t i = 0; i < 4; ++i) out[i] = key.bytes[(static_cast<std::size_t>(offset & 3) + i) & 3];
  return out;
}

/// Masks `size` octets. `from` and `to` are the same, or do not overlap.
constexpr void mask(const char *from, char *to, std::size_t size, std::array<char, 4> key) noexcept {
  COAX_COUNT_WORK(size);
  std::size_t at = 0;
  if (!std::is_constant_evaluated()) {
    std::uint64_t words;
    std::memcpy(&words, key.data(), 4);
    std::memcpy(reinterpret_cast<char *>(&words) + 4, key.data(), 4);
    for (; size - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, from + at, 8);
      word ^= words;
      std::memcpy(to + at, &word, 8);
    }
  }
  for (; at < size; ++at) to[at] = mask_octet(from[at], key[at & 3]);
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
