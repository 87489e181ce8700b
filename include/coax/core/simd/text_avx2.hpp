// Masks and UTF-8, 32 octets at a time.
#pragma once

#include "avx2.hpp"
#include "short_text.hpp"
#include "utf8_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef COAX_HAS_X86_KERNELS

COAX_AVX2_BEGIN
namespace coax::inline v0_1::avx2 {

namespace detail {

/// Octets from one unit of work to the next: what is masked is looked at again while it is near, and where
/// text is wrong is searched in no more than this.
inline constexpr std::size_t block = 4096;

/// The key of a mask in each place, as it meets the octet at `offset`.
[[gnu::always_inline]] inline bytes repeat_key(std::uint32_t key, std::size_t offset = 0) noexcept {
  using keys = std::uint32_t __attribute__((vector_size(32)));
  return reinterpret_cast<bytes>(keys{} + simd::turned_key(key, offset));
}

/// The `size` octets at `from`, and zeros behind them. Precondition: size is below 32.
[[gnu::always_inline]] inline bytes load_short(const char *from, std::size_t size) noexcept {
  using quarters = std::uint64_t __attribute__((vector_size(32)));
  if (size < 16) {
    const simd::short_octets v = simd::load_short(from, size);
    return reinterpret_cast<bytes>(quarters{v.low, v.high, 0, 0});
  }
  const simd::short_octets end = simd::load_short(from + 16, size - 16);
  return reinterpret_cast<bytes>(quarters{simd::load_word<std::uint64_t>(from),
                                          simd::load_word<std::uint64_t>(from + 8), end.low, end.high});
}

/// `v` moved up by `N` octets, behind the last ones of `before`.
template <int N> [[gnu::always_inline]] inline bytes behind(bytes before, bytes v) noexcept {
  constexpr int f = 32 - N;
  return __builtin_shufflevector(before, v, f, f + 1, f + 2, f + 3, f + 4, f + 5, f + 6, f + 7, f + 8, f + 9,
                                 f + 10, f + 11, f + 12, f + 13, f + 14, f + 15, f + 16, f + 17, f + 18,
                                 f + 19, f + 20, f + 21, f + 22, f + 23, f + 24, f + 25, f + 26, f + 27,
                                 f + 28, f + 29, f + 30, f + 31);
}

/// Finds what is not UTF-8, after Keiser and Lemire: each octet is judged together with the three in front.
struct utf8_check {
  bytes first_high, first_low, second_high, error;

  // written out, as one that the compiler adds would not be of the region
  [[gnu::always_inline]] inline utf8_check() noexcept
      : first_high(table(simd::utf8.first_high)), first_low(table(simd::utf8.first_low)),
        second_high(table(simd::utf8.second_high)), error{} {}

  /// Looks at the octets of `now`; the others hold the octets one, two and three places in front of each.
  [[gnu::always_inline]] inline void add(bytes now, bytes one, bytes two, bytes three) noexcept {
    const bytes pair = shuffle(first_high, high_nibbles(one)) & shuffle(first_low, one & splat(0x0F)) &
                       shuffle(second_high, high_nibbles(now));
    const bytes must =
        subtract_saturated(two, splat(0xE0 - 0x80)) | subtract_saturated(three, splat(0xF0 - 0x80));
    error = opaque(error | ((must & splat(0x80)) ^ pair));
  }
  /// Behind `last`, which a character must not go on behind.
  [[gnu::always_inline]] inline void end(bytes last) noexcept {
    bytes most = splat(0xFF);
    most[29] = 0xEF;
    most[30] = 0xDF;
    most[31] = 0xBF;
    error |= subtract_saturated(last, most);
  }
  [[gnu::always_inline]] inline bool ok() const noexcept {
    return mask(equal(error, bytes{})) == 0xFFFF'FFFF;
  }
};

/// Whether the text of less than 2 * width octets, masked with `key`, is UTF-8.
inline bool valid_short(const char *text, std::size_t size, std::uint32_t key) noexcept {
  const bytes k = repeat_key(key), zero{};
  constexpr bytes places = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  utf8_check check;
  bytes before{};
  std::size_t at = 0;
  if (size >= width) {
    before = load(text) ^ k;
    check.add(before, behind<1>(zero, before), behind<2>(zero, before), behind<3>(zero, before));
    at = width;
  }
  // zeros behind the text show that a character is not complete
  const bytes there = greater(splat(static_cast<unsigned char>(size - at)), places);
  const bytes v = (load_short(text + at, size - at) ^ k) & there;
  check.add(v, behind<1>(before, v), behind<2>(before, v), behind<3>(before, v));
  return check.ok();
}

/// Whether the octets from `from` to `to`, of text masked with `key`, go on as UTF-8; with `ends`, and end
/// with a whole character. What is in front of `from` was looked at before. Precondition: `to` is at
/// least 2 * width.
template <bool Masked>
[[gnu::always_inline]] inline bool valid_long(const char *text, std::size_t from, std::size_t to, bool ends,
                                              std::uint32_t key = 0) noexcept {
  utf8_check check;
  bytes k0{}, k1{}, k2{}, k3{};
  if constexpr (Masked) {
    k0 = repeat_key(key);
    k1 = repeat_key(key, 3);
    k2 = repeat_key(key, 2);
    k3 = repeat_key(key, 1);
  }
  if (from == 0) {
    const bytes v = load(text) ^ k0, zero{};
    check.add(v, behind<1>(zero, v), behind<2>(zero, v), behind<3>(zero, v));
    from = width;
  }
  const std::size_t last = to - width;
  for (; from < last; from += width) {
    const char *at = text + from;
    check.add(load(at) ^ k0, load(at - 1) ^ k1, load(at - 2) ^ k2, load(at - 3) ^ k3);
  }
  if constexpr (Masked) {
    const std::uint32_t turned = simd::turned_key(key, last);
    k0 = repeat_key(turned);
    k1 = repeat_key(turned, 3);
    k2 = repeat_key(turned, 2);
    k3 = repeat_key(turned, 1);
  }
  const char *at = text + last;
  const bytes v = load(at) ^ k0;
  check.add(v, load(at - 1) ^ k1, load(at - 2) ^ k2, load(at - 3) ^ k3);
  if (ends) check.end(v);
  return check.ok();
}

/// All octets joined with `|`.
[[gnu::always_inline]] inline bytes join(const char *text, std::size_t size) noexcept {
  bytes a = load(text + size - width), b{}, c{}, d{};
  std::size_t at = 0;
  for (; size - at >= 4 * width; at += 4 * width) {
    a |= load(text + at);
    b |= load(text + at + width);
    c |= load(text + at + 2 * width);
    d |= load(text + at + 3 * width);
  }
  for (; size - at >= width; at += width) a |= load(text + at);
  return a | b | c | d;
}

/// Masks at least width octets; what they become, joined with `|`.
[[gnu::always_inline]] inline bytes mask_long(const char *from, char *to, std::size_t size,
                                              std::uint32_t key) noexcept {
  // Both ends are read before anything is written, as masking where the text lies cannot be done twice; what
  // is between them is written where a store does not touch two cache lines.
  const bytes first = load(from) ^ repeat_key(key);
  const bytes last = load(from + size - width) ^ repeat_key(key, size);
  bytes a = first, b = last, c{}, d{};
  std::size_t at = -reinterpret_cast<std::uintptr_t>(to) % width;
  const bytes k = repeat_key(key, at);
  for (; at + 4 * width <= size; at += 4 * width) {
    const bytes v = load(from + at) ^ k, w = load(from + at + width) ^ k, x = load(from + at + 2 * width) ^ k,
                y = load(from + at + 3 * width) ^ k;
    store(to + at, v);
    store(to + at + width, w);
    store(to + at + 2 * width, x);
    store(to + at + 3 * width, y);
    a |= v;
    b |= w;
    c |= x;
    d |= y;
  }
  for (; at + width <= size; at += width) {
    const bytes v = load(from + at) ^ k;
    store(to + at, v);
    a |= v;
  }
  store(to, first);
  store(to + size - width, last);
  return a | b | c | d;
}

// As many windows, whatever the size, so that there is no branch for a processor to foresee: those for which
// there are no octets lie upon others.

/// All of `width` to Windows * width octets, joined with `|`.
template <std::size_t Windows>
[[gnu::always_inline]] inline bytes join_windows(const char *text, std::size_t size) noexcept {
  const std::size_t end = size - width;
  bytes all = load(text + end);
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < Windows; ++i) all |= load(text + std::min(i * width, end));
  return all;
}

/// Masks `width` to Windows * width octets. With `ascii_only`, nothing is written and false returned unless
/// the outcome is ASCII.
template <std::size_t Windows>
[[gnu::always_inline]] inline bool mask_windows(const char *from, char *to, std::size_t size,
                                                std::uint32_t key, bool ascii_only) noexcept {
  const bytes k = repeat_key(key);
  const std::size_t end = size - width;
  const std::size_t most = end & ~std::size_t{3}; // where the key begins anew
  bytes v[Windows];
  bytes all = v[Windows - 1] = load(from + end) ^ repeat_key(key, end);
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < Windows; ++i) {
    v[i] = load(from + std::min(i * width, most)) ^ k;
    all |= v[i];
  }
  if (ascii_only && mask(all) != 0) return false;
  store(to + end, v[Windows - 1]);
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < Windows; ++i) store(to + std::min(i * width, most), v[i]);
  return true;
}

/// Where to look for what is wrong in text that is right up to `at`: at the character that lacks octets
/// there.
constexpr std::size_t begin_of_character(const char *text, std::size_t at) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    const auto c = static_cast<unsigned char>(text[at - back]);
    if (c >= 0xC0) return back < (c < 0xE0 ? 2u : c < 0xF0 ? 3u : 4u) ? at - back : at;
    if (c < 0x80) break;
  }
  return at;
}

} // namespace detail

namespace detail {

// What takes long anyway, apart from what does not: a function that has room for both is slow to enter.

[[gnu::noinline]] inline void mask_many(const char *from, char *to, std::size_t size,
                                        std::uint32_t key) noexcept {
  (void)mask_long(from, to, size, key);
}

[[gnu::noinline]] inline std::size_t valid_any(const char *text, std::size_t size) noexcept {
  if (size < 2 * width) return valid_short(text, size, 0) ? size : 0;
  bool before = false; // whether a character may be unfinished
  for (std::size_t from = 0; from < size;) {
    const std::size_t to = size - from < 2 * block ? size : from + block;
    const bool high = mask(join(text + from, to - from)) != 0;
    if ((high || before) && !valid_long<false>(text, from, to, to == size))
      return begin_of_character(text, from);
    before = high;
    from = to;
  }
  return size;
}

} // namespace detail

/// Masks `size` octets. `from` and `to` are the same, or do not overlap.
inline void mask_octets(const char *from, char *to, std::size_t size, std::uint32_t key) noexcept {
  if (size < width)
    (void)simd::mask_short(from, to, size, key, false);
  else if (size <= 4 * width)
    (void)detail::mask_windows<4>(from, to, size, key, false);
  else
    detail::mask_many(from, to, size, key);
}

/// Masks `width` to 8 * width octets. Nothing is written, and false returned, unless the outcome is ASCII.
inline bool mask_ascii(char *inout, std::size_t size, std::uint32_t key) noexcept {
  return detail::mask_windows<8>(inout, inout, size, key, true);
}

/// Whether at least `width` octets are ASCII.
inline bool is_ascii(const char *text, std::size_t size) noexcept {
  return mask(size <= 8 * width ? detail::join_windows<8>(text, size) : detail::join(text, size)) == 0;
}

/// How many octets from the first one on are UTF-8: `size` if all are, and end with a whole character; else a
/// place in front of which all is well, where a character begins, and behind which something is wrong.
inline std::size_t valid_utf8(const char *text, std::size_t size) noexcept {
  if (size < width && simd::is_short_ascii(text, size)) return size;
  if (size >= width && size <= 8 * width && is_ascii(text, size)) return size;
  return detail::valid_any(text, size);
}

/// Unmasks text where it lies. `good` is as valid_utf8() answers; the octets behind `done`, which is `size`
/// if all is well, are still masked.
inline simd::unmasked unmask_utf8(char *text, std::size_t size, std::uint32_t key) noexcept {
  if (size < 2 * width) {
    if (!detail::valid_short(text, size, key)) return {0, 0};
    mask_octets(text, text, size, key);
    return {size, size};
  }
  bool before = false;
  std::size_t to = 0;
  for (std::size_t from = 0; from < size; from = to) {
    const std::size_t end = from + detail::block - reinterpret_cast<std::uintptr_t>(text + from) % width;
    to = size < end + 2 * width ? size : end;
    const bool high =
        mask(detail::mask_long(text + from, text + from, to - from, simd::turned_key(key, from))) != 0;
    if ((high || before) && !detail::valid_long<false>(text, from, to, to == size))
      return {detail::begin_of_character(text, from), to};
    before = high;
  }
  return {size, size};
}

} // namespace coax::inline v0_1::avx2
COAX_AVX2_END

#endif
