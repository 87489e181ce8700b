// Masks and UTF-8, 16 octets at a time: text_avx2.hpp for SSSE3 and NEON.
#pragma once

#include "neon.hpp"
#include "short_text.hpp"
#include "ssse3.hpp"
#include "utf8_tables.hpp"

#include <cstddef>
#include <cstdint>

#if defined(COAX_HAS_X86_KERNELS) || defined(COAX_HAS_NEON_KERNELS)

#ifdef COAX_HAS_X86_KERNELS
COAX_SSSE3_BEGIN
#define COAX_KERNEL_SET ssse3
#else
#define COAX_KERNEL_SET neon
#endif

namespace coax::inline v0_1::COAX_KERNEL_SET::detail {

/// The `size` octets at `from`, and zeros behind them. Precondition: size is below 16.
[[gnu::always_inline]] inline bytes load_short(const char *from, std::size_t size) noexcept {
  using halves = std::uint64_t __attribute__((vector_size(16)));
  const simd::short_octets v = simd::load_short(from, size);
  return reinterpret_cast<bytes>(halves{v.low, v.high});
}

/// `v` moved up by `N` octets, behind the last ones of `before`.
template <int N> [[gnu::always_inline]] inline bytes behind(bytes before, bytes v) noexcept {
  constexpr int f = 16 - N;
  return __builtin_shufflevector(before, v, f, f + 1, f + 2, f + 3, f + 4, f + 5, f + 6, f + 7, f + 8, f + 9,
                                 f + 10, f + 11, f + 12, f + 13, f + 14, f + 15);
}

/// The number of each place.
[[gnu::always_inline]] inline bytes places() noexcept {
  constexpr bytes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return numbers;
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET::detail

#include "text_kernel.hpp"

namespace coax::inline v0_1::COAX_KERNEL_SET {

/// Masks `size` octets. `from` and `to` are the same, or do not overlap.
inline void mask_octets(const char *from, char *to, std::size_t size, std::uint32_t key) noexcept {
  if (size < width)
    (void)simd::mask_short(from, to, size, key, false);
  else
    (void)detail::mask_long(from, to, size, key);
}

/// Whether at least `width` octets are ASCII.
inline bool is_ascii(const char *text, std::size_t size) noexcept {
  return mask(detail::join(text, size)) == 0;
}

/// How many octets from the first one on are UTF-8: `size` if all are, and end with a whole character; else a
/// place in front of which all is well, where a character begins, and behind which something is wrong.
inline std::size_t valid_utf8(const char *text, std::size_t size) noexcept {
  return detail::valid_any(text, size);
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET

#undef COAX_KERNEL_SET
#ifdef COAX_HAS_X86_KERNELS
COAX_SSSE3_END
#endif

#endif
