// 16 octets at a time with SSSE3: the region that such code stands in, and the operations it is made of.
#pragma once

#include "../isa.hpp"

#include <cstddef>
#include <cstdint>

#ifdef COAX_HAS_X86_KERNELS

// As COAX_AVX2_BEGIN, for a namespace ssse3, and called where best_isa() is at least isa::ssse3 on x86-64.
#ifdef __clang__
#define COAX_SSSE3_BEGIN                                                                                     \
  _Pragma("clang attribute push(__attribute__((target(\"ssse3\"))), apply_to = function)")
#define COAX_SSSE3_END _Pragma("clang attribute pop")
#else
#define COAX_SSSE3_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"ssse3\")")
#define COAX_SSSE3_END _Pragma("GCC pop_options")
#endif

COAX_SSSE3_BEGIN
namespace coax::inline v0_1::ssse3 {

/// How many octets there are in `bytes`.
inline constexpr std::size_t width = 16;

/// Octets, with the operators of the language on each: + - & | ^ ~. Comparisons: see equal() and greater().
using bytes = unsigned char __attribute__((vector_size(16)));
using signed_bytes = signed char __attribute__((vector_size(16)));

namespace detail {
using plain_bytes = char __attribute__((vector_size(16)));
using words = unsigned short __attribute__((vector_size(16)));
using unaligned_bytes [[gnu::aligned(1), gnu::may_alias]] = bytes; // written like this also for clang
} // namespace detail

/// The octets at `from`, at any alignment.
[[gnu::always_inline]] inline bytes load(const char *from) noexcept {
  return *reinterpret_cast<const detail::unaligned_bytes *>(from);
}
[[gnu::always_inline]] inline void store(char *to, bytes v) noexcept { __builtin_memcpy(to, &v, width); }

/// `octet` in each place.
[[gnu::always_inline]] inline bytes splat(unsigned char octet) noexcept { return bytes{} + octet; }

/// A table for shuffle().
[[gnu::always_inline]] inline bytes table(const unsigned char (&entries)[16]) noexcept {
  bytes v;
  __builtin_memcpy(&v, entries, 16);
  return v;
}

/// The same value, of which the compiler does not know how it came about: gcc else builds constants anew in
/// each turn of a loop.
[[gnu::always_inline]] inline bytes opaque(bytes v) noexcept {
  __asm__("" : "+x"(v));
  return v;
}

/// Looks each octet of `index` up in a table of 16. Precondition: each is below 16, or above 127, which gives
/// 0.
[[gnu::always_inline]] inline bytes shuffle(bytes table, bytes index) noexcept {
  return reinterpret_cast<bytes>(__builtin_ia32_pshufb128(reinterpret_cast<detail::plain_bytes>(table),
                                                          reinterpret_cast<detail::plain_bytes>(index)));
}

/// Looks the lower four bits of each octet up in a table of 16; an octet above 127 gives 0.
[[gnu::always_inline]] inline bytes shuffle_low(bytes table, bytes octets) noexcept {
  return shuffle(table, octets);
}

/// The upper four bits of each octet, as a number. `low_half`: 0x0F in each place.
[[gnu::always_inline]] inline bytes high_halves(bytes v, bytes low_half) noexcept {
  return reinterpret_cast<bytes>(reinterpret_cast<detail::words>(v) >> 4) & low_half;
}
[[gnu::always_inline]] inline bytes high_nibbles(bytes v) noexcept { return high_halves(v, splat(0x0F)); }

/// 0xFF where the octets are equal, else 0.
[[gnu::always_inline]] inline bytes equal(bytes a, bytes b) noexcept {
  return reinterpret_cast<bytes>(a == b);
}
/// 0xFF where the octet of `a` is greater, with both taken as signed numbers, else 0.
[[gnu::always_inline]] inline bytes greater(bytes a, bytes b) noexcept {
  return reinterpret_cast<bytes>(reinterpret_cast<signed_bytes>(a) > reinterpret_cast<signed_bytes>(b));
}
/// `a - b` where `a` is greater, as unsigned numbers, else 0.
[[gnu::always_inline]] inline bytes subtract_saturated(bytes a, bytes b) noexcept {
#if defined(__clang__) && __has_builtin(__builtin_elementwise_sub_sat)
  return __builtin_elementwise_sub_sat(a, b);
#else
  return reinterpret_cast<bytes>(__builtin_ia32_psubusb128(reinterpret_cast<detail::plain_bytes>(a),
                                                           reinterpret_cast<detail::plain_bytes>(b)));
#endif
}

/// The top bit of each octet; that of the first octet is bit 0.
[[gnu::always_inline]] inline std::uint32_t mask(bytes v) noexcept {
  return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(reinterpret_cast<detail::plain_bytes>(v)));
}
/// The same of 64 octets, in the order of the arguments.
[[gnu::always_inline]] inline std::uint64_t mask64(bytes a, bytes b, bytes c, bytes d) noexcept {
  return mask(a) | mask(b) << 16 | std::uint64_t{mask(c) | mask(d) << 16} << 32;
}

} // namespace coax::inline v0_1::ssse3
COAX_SSSE3_END

#endif
