// Masks for less than 32 octets, in words: what does not pay for vectors.
#pragma once

#include "../../config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace coax::inline v0_1::simd {

// For little-endian machines, as the vectors are, unless said otherwise. Inlined everywhere: into kernels,
// too, whose instructions the rest of a program may not have.
#ifdef __GNUC__
#define COAX_ALWAYS_INLINE [[gnu::always_inline]] inline
#else
#define COAX_ALWAYS_INLINE inline
#endif

template <class Word> COAX_ALWAYS_INLINE Word load_word(const char *from) noexcept {
  Word w;
  std::memcpy(&w, from, sizeof w);
  return w;
}
template <class Word> COAX_ALWAYS_INLINE void store_word(char *to, Word w) noexcept {
  std::memcpy(to, &w, sizeof w);
}

/// The key of a mask, as load_word() reads it, as it meets the octet at `offset`.
COAX_ALWAYS_INLINE constexpr std::uint32_t turned_key(std::uint32_t key, std::size_t offset) noexcept {
  const unsigned bits = static_cast<unsigned>(offset & 3) * 8;
  return key >> bits | key << (-bits & 31); // which compilers know to be a rotation
}
COAX_ALWAYS_INLINE constexpr std::uint64_t doubled_key(std::uint32_t key) noexcept {
  return key | std::uint64_t{key} << 32;
}

/// Whether one of the octets is not ASCII.
template <class Word> COAX_ALWAYS_INLINE constexpr bool has_high(Word w) noexcept {
  return (w & static_cast<Word>(0x8080'8080'8080'8080u)) != 0;
}

/// Up to 15 octets, and zeros behind them.
struct short_octets {
  std::uint64_t low, high;
};
COAX_ALWAYS_INLINE short_octets load_short(const char *from, std::size_t size) noexcept {
  if (size >= 8) {
    const auto last = load_word<std::uint64_t>(from + size - 8);
    return {load_word<std::uint64_t>(from), last >> 8 * (15 - size) >> 8};
  }
  if (size >= 4) {
    const std::uint64_t last = load_word<std::uint32_t>(from + size - 4);
    return {load_word<std::uint32_t>(from) | last << 8 * (size - 4), 0};
  }
  if (size >= 2) {
    const std::uint64_t last = load_word<std::uint16_t>(from + size - 2);
    return {load_word<std::uint16_t>(from) | last << 8 * (size - 2), 0};
  }
  return {size == 0 ? std::uint64_t{0} : load_word<std::uint8_t>(from), 0};
}

/// Masks `size` octets, in two words that overlap.
template <class Word>
COAX_ALWAYS_INLINE bool mask_ends(const char *from, char *to, std::size_t size, Word key, Word key_at_end,
                                  bool ascii_only) noexcept {
  const auto first = static_cast<Word>(load_word<Word>(from) ^ key);
  const auto last = static_cast<Word>(load_word<Word>(from + size - sizeof(Word)) ^ key_at_end);
  if (ascii_only && has_high<Word>(first | last)) return false;
  store_word(to, first);
  store_word(to + size - sizeof(Word), last);
  return true;
}

/// Masks `size` octets, less than 32. With `ascii_only`, nothing is written and false returned unless the
/// outcome is ASCII. `from` and `to` are the same, or do not overlap.
COAX_ALWAYS_INLINE bool mask_short(const char *from, char *to, std::size_t size, std::uint32_t key,
                                   bool ascii_only) noexcept {
  const std::uint32_t key_at_end = turned_key(key, size); // sizes of words make no difference
  if (size >= 16) {
    const std::uint64_t k = doubled_key(key), e = doubled_key(key_at_end);
    const std::uint64_t a = load_word<std::uint64_t>(from) ^ k, b = load_word<std::uint64_t>(from + 8) ^ k,
                        c = load_word<std::uint64_t>(from + size - 16) ^ e,
                        d = load_word<std::uint64_t>(from + size - 8) ^ e;
    if (ascii_only && has_high(a | b | c | d)) return false;
    store_word(to, a);
    store_word(to + 8, b);
    store_word(to + size - 16, c);
    store_word(to + size - 8, d);
    return true;
  }
  if (size >= 8)
    return mask_ends<std::uint64_t>(from, to, size, doubled_key(key), doubled_key(key_at_end), ascii_only);
  if (size >= 4) return mask_ends<std::uint32_t>(from, to, size, key, key_at_end, ascii_only);
  if (size >= 2)
    return mask_ends<std::uint16_t>(from, to, size, static_cast<std::uint16_t>(key),
                                    static_cast<std::uint16_t>(turned_key(key, size - 2)), ascii_only);
  return size == 0 || mask_ends<std::uint8_t>(from, to, 1, static_cast<std::uint8_t>(key),
                                              static_cast<std::uint8_t>(key), ascii_only);
}

template <class Word> COAX_ALWAYS_INLINE bool has_high_ends(const char *from, std::size_t size) noexcept {
  return has_high<Word>(load_word<Word>(from) | load_word<Word>(from + size - sizeof(Word)));
}

/// Whether `size` octets, less than 32, are ASCII. On machines of any endianness.
COAX_ALWAYS_INLINE bool is_short_ascii(const char *from, std::size_t size) noexcept {
  if (size >= 16)
    return !has_high(load_word<std::uint64_t>(from) | load_word<std::uint64_t>(from + 8) |
                     load_word<std::uint64_t>(from + size - 16) | load_word<std::uint64_t>(from + size - 8));
  if (size >= 8) return !has_high_ends<std::uint64_t>(from, size);
  if (size >= 4) return !has_high_ends<std::uint32_t>(from, size);
  if (size >= 2) return !has_high_ends<std::uint16_t>(from, size);
  return size == 0 || !has_high(load_word<std::uint8_t>(from));
}

/// How far text was unmasked, and how far that is UTF-8.
struct unmasked {
  std::size_t good, done;
};

} // namespace coax::inline v0_1::simd
