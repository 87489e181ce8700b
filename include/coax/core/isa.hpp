// Which vector instructions the machine has: asked once per call of a kernel, never per token.
#pragma once

#include "../config.hpp"

#include <cstdint>
#include <type_traits>

// The kernels for x86 are compiled whatever the flags are, and chosen at run time. COAX_NO_SIMD leaves them
// out.
#if !defined(COAX_NO_SIMD) && defined(__GNUC__) && defined(__x86_64__)
#define COAX_HAS_X86_KERNELS 1
#elif !defined(COAX_NO_SIMD) && defined(__GNUC__) && defined(__aarch64__) && !defined(__AARCH64EB__)
#define COAX_HAS_NEON_KERNELS 1
#endif

// Tests run everything once with each set: they define this, and coax_isa_for_tests().
#ifdef COAX_ISA_FOR_TESTS
extern "C" int coax_isa_for_tests() noexcept;
#endif

namespace coax::inline v0_1 {

/// Instruction sets for which there are kernels. One that stands later has all that the earlier ones of the
/// same processor have.
enum class isa : std::uint8_t {
  scalar, ///< no kernel: what is left, also in constant expressions and where the compiler is not known
  ssse3,  ///< x86-64 with SSSE3, which has byte shuffles
  avx2,   ///< x86-64 with AVX2, BMI and BMI2
  neon,   ///< AArch64
};

/// The best that this machine has; scalar in constant expressions. A load and a predictable branch or two. It
/// is the same function whatever flags a translation unit is compiled with, so that those with different
/// flags can be linked.
///
/// Not to be what a const variable is initialised with: that would be a constant expression, and scalar.
constexpr isa best_isa() noexcept {
  if (std::is_constant_evaluated()) return isa::scalar;
#ifdef COAX_ISA_FOR_TESTS
  return static_cast<isa>(coax_isa_for_tests());
#elif defined(COAX_HAS_X86_KERNELS)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
    return isa::avx2;
  return __builtin_cpu_supports("ssse3") ? isa::ssse3 : isa::scalar;
#elif defined(COAX_HAS_NEON_KERNELS)
  return isa::neon;
#else
  return isa::scalar;
#endif
}

} // namespace coax::inline v0_1
