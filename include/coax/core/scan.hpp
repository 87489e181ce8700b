// Finding the first byte that does not belong: the loops that every parser's time goes into.
#pragma once

#include "ascii.hpp"
#include "simd/avx2.hpp"
#include "simd/neon.hpp"
#include "simd/ssse3.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#ifdef COAX_HAS_X86_KERNELS
COAX_AVX2_BEGIN
#define COAX_KERNEL_SET avx2
#include "simd/scan_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_AVX2_END
COAX_SSSE3_BEGIN
#define COAX_KERNEL_SET ssse3
#include "simd/scan_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_SSSE3_END
#endif
#ifdef COAX_HAS_NEON_KERNELS
#define COAX_KERNEL_SET neon
#include "simd/scan_kernel.hpp"
#undef COAX_KERNEL_SET
#endif

namespace coax::inline v0_1 {

/// The first offset from `from` on whose byte is outside `set`; `in.size()` if there is none.
constexpr std::size_t find_outside(std::string_view in, std::size_t from, ascii::char_set set) noexcept {
  while (from < in.size() && ascii::is(in[from], set)) ++from;
  return from;
}

namespace detail {

/// The top bits of the bytes that are no field text, or HTAB. Borrows can only mark bytes above a true hit,
/// so the lowest mark is exact.
constexpr std::uint64_t field_text_hits(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  const std::uint64_t is_control = (word - ones * 0x20) & ~word;
  const std::uint64_t not_delete = word ^ (ones * 0x7F);
  const std::uint64_t is_delete = (not_delete - ones) & ~not_delete;
  return (is_control | is_delete) & ones * 0x80;
}

/// find_outside_field_text() eight octets at a time; what it does not decide is left over.
inline std::size_t pass_field_text(std::string_view in, std::size_t from) noexcept {
  while (from + 8 <= in.size()) {
    COAX_COUNT_WORK(8);
    std::uint64_t word;
    std::memcpy(&word, in.data() + from, 8);
    const std::uint64_t hits = field_text_hits(word);
    if (hits == 0) {
      from += 8;
      continue;
    }
    from += static_cast<std::size_t>(std::countr_zero(hits)) >> 3;
    if (in[from] != '\t') return from;
    ++from;
  }
  if (from < in.size() && in.size() >= 8) { // the last eight, of which some were looked at
    std::uint64_t word;
    std::memcpy(&word, in.data() + in.size() - 8, 8);
    if (field_text_hits(word) == 0) return in.size();
  }
  return from;
}

} // namespace detail

/// The same for ascii::field_text, with the vectors that the machine has.
constexpr std::size_t find_outside_field_text(std::string_view in, std::size_t from) noexcept {
  if (!std::is_constant_evaluated()) {
    if (in.size() >= 64 && in.size() >= from + 32) {
      switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
      case isa::avx2: return avx2::find_outside_field_text(in.data(), in.size(), from);
      case isa::ssse3: return ssse3::find_outside_field_text(in.data(), in.size(), from);
#endif
#ifdef COAX_HAS_NEON_KERNELS
      case isa::neon: return neon::find_outside_field_text(in.data(), in.size(), from);
#endif
      default: break;
      }
    }
    if (std::endian::native == std::endian::little) from = detail::pass_field_text(in, from);
  }
  return find_outside(in, from, ascii::field_text);
}

} // namespace coax::inline v0_1
