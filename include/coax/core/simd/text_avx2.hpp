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
namespace coax::inline v0_1::avx2::detail {

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

/// The number of each place.
[[gnu::always_inline]] inline bytes places() noexcept {
  constexpr bytes numbers = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  return numbers;
}

} // namespace coax::inline v0_1::avx2::detail

#define COAX_KERNEL_SET avx2
#include "text_kernel.hpp"
#undef COAX_KERNEL_SET

namespace coax::inline v0_1::avx2 {

namespace detail {

// As many windows, whatever the size, so that there is no branch for a processor to foresee: those for which
// there are no octets lie upon others.

/// All of `width` to Windows * width octets, joined with `|`: half of the windows from the begin on, half of
/// them up to the end, which takes fewer instructions than to find a place for each.
template <std::size_t Windows>
[[gnu::always_inline]] inline bytes join_windows(const char *text, std::size_t size) noexcept {
  constexpr std::size_t side = Windows / 2;
  const std::size_t step = std::min((size - width) / side, width);
  const char *const upper = text + size - width - (side - 1) * step;
  bytes all = load(text) | load(upper);
#pragma GCC unroll 4
  for (std::size_t i = 1; i < side; ++i) all |= load(text + i * step) | load(upper + i * step);
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

/// is_ascii(), where it is inlined.
[[gnu::always_inline]] inline bool all_ascii(const char *text, std::size_t size) noexcept {
  return mask(size <= 4 * width   ? join_windows<4>(text, size)
              : size <= 8 * width ? join_windows<8>(text, size)
                                  : join(text, size)) == 0;
}

/// What takes long anyway.
[[gnu::noinline]] inline void mask_many(const char *from, char *to, std::size_t size,
                                        std::uint32_t key) noexcept {
  (void)mask_long(from, to, size, key);
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
inline bool is_ascii(const char *text, std::size_t size) noexcept { return detail::all_ascii(text, size); }

/// Whether 1 to 8 * width octets, at `at` in `width` octets or more, are ASCII. Looks at those around them
/// where that saves a branch, and does not mind what they are.
inline bool is_ascii_piece(const char *in, std::size_t all, std::size_t at, std::size_t size) noexcept {
  const std::size_t seen = std::max(size, width), from = std::min(at, all - seen);
  return mask(detail::join_windows<8>(in + from, seen)) >> (at - from) << (seen - size) == 0;
}

/// How many octets from the first one on are UTF-8: `size` if all are, and end with a whole character; else a
/// place in front of which all is well, where a character begins, and behind which something is wrong.
inline std::size_t valid_utf8(const char *text, std::size_t size) noexcept {
  if (size < width && simd::is_short_ascii(text, size)) return size;
  if (size >= width && size <= 8 * width && detail::all_ascii(text, size)) return size;
  return detail::valid_any(text, size);
}

} // namespace coax::inline v0_1::avx2
COAX_AVX2_END

#endif
