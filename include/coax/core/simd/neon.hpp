// 16 octets at a time with NEON, which every AArch64 machine has: the operations that kernels are made of.
#pragma once

#include "../isa.hpp"

#include <cstddef>
#include <cstdint>

#ifdef COAX_HAS_NEON_KERNELS

namespace coax::inline v0_1::neon {

/// How many octets there are in `bytes`.
inline constexpr std::size_t width = 16;

/// Octets, with the operators of the language on each: + - & | ^ ~. Comparisons: see equal() and greater().
using bytes = unsigned char __attribute__((vector_size(16)));
using signed_bytes = signed char __attribute__((vector_size(16)));

// What has no operator is one instruction of assembler, as the two compilers name their builtins differently.
namespace detail {

[[gnu::always_inline]] inline bytes add_pairs(bytes a, bytes b) noexcept {
  bytes out;
  __asm__("addp %0.16b, %1.16b, %2.16b" : "=w"(out) : "w"(a), "w"(b));
  return out;
}
/// The top bit of each octet, moved to where it counts among those of eight octets.
[[gnu::always_inline]] inline bytes weighted(bytes v) noexcept {
  constexpr bytes weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  return reinterpret_cast<bytes>(reinterpret_cast<signed_bytes>(v) < 0) & weights;
}

} // namespace detail

/// The octets at `from`, at any alignment.
[[gnu::always_inline]] inline bytes load(const char *from) noexcept {
  bytes v;
  __builtin_memcpy(&v, from, width);
  return v;
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

/// The same value, of which the compiler does not know how it came about.
[[gnu::always_inline]] inline bytes opaque(bytes v) noexcept {
  __asm__("" : "+w"(v));
  return v;
}

/// Looks each octet of `index` up in a table of 16. An index of 16 or more gives 0; on other processors it is
/// only those above 127 that do.
[[gnu::always_inline]] inline bytes shuffle(bytes table, bytes index) noexcept {
  bytes out;
  __asm__("tbl %0.16b, {%1.16b}, %2.16b" : "=w"(out) : "w"(table), "w"(index));
  return out;
}

/// Looks the lower four bits of each octet up in a table of 16; an octet above 127 gives 0.
[[gnu::always_inline]] inline bytes shuffle_low(bytes table, bytes octets) noexcept {
  return shuffle(table, octets & splat(0x8F));
}

/// The upper four bits of each octet, as a number. Other processors need 0x0F in each place of `low_half`.
[[gnu::always_inline]] inline bytes high_halves(bytes v, bytes) noexcept { return v >> 4; }
[[gnu::always_inline]] inline bytes high_nibbles(bytes v) noexcept { return v >> 4; }

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
  bytes out;
  __asm__("uqsub %0.16b, %1.16b, %2.16b" : "=w"(out) : "w"(a), "w"(b));
  return out;
}

/// The top bit of each octet; that of the first octet is bit 0. mask64() takes hardly longer.
[[gnu::always_inline]] inline std::uint32_t mask(bytes v) noexcept {
  bytes sums = detail::weighted(v);
  for (int i = 0; i < 3; ++i) sums = detail::add_pairs(sums, sums);
  return static_cast<std::uint32_t>(sums[0] | sums[1] << 8);
}
/// The same of 64 octets, in the order of the arguments.
[[gnu::always_inline]] inline std::uint64_t mask64(bytes a, bytes b, bytes c, bytes d) noexcept {
  bytes sums = detail::add_pairs(detail::add_pairs(detail::weighted(a), detail::weighted(b)),
                                 detail::add_pairs(detail::weighted(c), detail::weighted(d)));
  sums = detail::add_pairs(sums, sums);
  return reinterpret_cast<std::uint64_t __attribute__((vector_size(16)))>(sums)[0];
}

} // namespace coax::inline v0_1::neon

#endif
