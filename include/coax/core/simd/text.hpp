// Masks and UTF-8 by the vector instructions that the machine has.
#pragma once

#include "../isa.hpp"
#include "short_text.hpp"
#include "text_avx2.hpp"
#include "text_half.hpp"

#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::simd {

/// Masks `size` octets. `from` and `to` are the same, or do not overlap. False, and nothing done, if `set` is
/// scalar.
inline bool mask_octets(isa set, const char *from, char *to, std::size_t size, std::uint32_t key) noexcept {
#if defined(COAX_HAS_X86_KERNELS)
  if (set == isa::avx2) return avx2::mask_octets(from, to, size, key), true;
  if (set == isa::ssse3) return ssse3::mask_octets(from, to, size, key), true;
#elif defined(COAX_HAS_NEON_KERNELS)
  if (set == isa::neon) return neon::mask_octets(from, to, size, key), true;
#endif
  (void)set, (void)from, (void)to, (void)size, (void)key;
  return false;
}

/// Whether at least 32 octets are ASCII. False if `set` is scalar.
inline bool is_ascii(isa set, const char *text, std::size_t size) noexcept {
#if defined(COAX_HAS_X86_KERNELS)
  if (set == isa::avx2) return avx2::is_ascii(text, size);
  if (set == isa::ssse3) return ssse3::is_ascii(text, size);
#elif defined(COAX_HAS_NEON_KERNELS)
  if (set == isa::neon) return neon::is_ascii(text, size);
#endif
  (void)set, (void)text, (void)size;
  return false;
}

/// How many octets from the first one on are UTF-8: `size` if all are, and end with a whole character; else a
/// place in front of which all is well, where a character begins, and behind which something is wrong. 0 if
/// `set` is scalar.
inline std::size_t valid_utf8(isa set, const char *text, std::size_t size) noexcept {
#if defined(COAX_HAS_X86_KERNELS)
  if (set == isa::avx2) return avx2::valid_utf8(text, size);
  if (set == isa::ssse3) return ssse3::valid_utf8(text, size);
#elif defined(COAX_HAS_NEON_KERNELS)
  if (set == isa::neon) return neon::valid_utf8(text, size);
#endif
  (void)set, (void)text, (void)size;
  return 0;
}

/// Unmasks text where it lies. `good` is as valid_utf8() answers; the octets behind `done`, which is `size`
/// if all is well, are still masked.
inline unmasked unmask_utf8(isa set, char *text, std::size_t size, std::uint32_t key) noexcept {
#if defined(COAX_HAS_X86_KERNELS)
  if (set == isa::avx2) return avx2::unmask_utf8(text, size, key);
  if (set == isa::ssse3) return ssse3::unmask_utf8(text, size, key);
#elif defined(COAX_HAS_NEON_KERNELS)
  if (set == isa::neon) return neon::unmask_utf8(text, size, key);
#endif
  (void)set, (void)text, (void)size, (void)key;
  return {0, 0};
}

} // namespace coax::inline v0_1::simd
