// COAX_ISA=scalar|ssse3|avx2|neon: the tests run with that set of instructions, or what the machine has of
// it.
#include "isa.hpp"

#include <coax/core/isa.hpp>

#include <cstdlib>
#include <string_view>

namespace {
int without = 0; // how many without_kernels there are
}

coax_test::without_kernels::without_kernels() noexcept { ++without; }
coax_test::without_kernels::~without_kernels() { --without; }

#ifdef COAX_ISA_FOR_TESTS

namespace {

coax::isa machine() noexcept {
#if defined(COAX_HAS_X86_KERNELS)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
    return coax::isa::avx2;
  return __builtin_cpu_supports("ssse3") ? coax::isa::ssse3 : coax::isa::scalar;
#elif defined(COAX_HAS_NEON_KERNELS)
  return coax::isa::neon;
#else
  return coax::isa::scalar;
#endif
}

coax::isa chosen() noexcept {
  const char *const name = std::getenv("COAX_ISA");
  const std::string_view wanted = name == nullptr ? "" : name;
  const coax::isa best = machine();
  if (wanted == "scalar") return coax::isa::scalar;
  if (wanted == "ssse3" && best == coax::isa::avx2) return coax::isa::ssse3;
  return best;
}

} // namespace

extern "C" int coax_isa_for_tests() noexcept {
  static const coax::isa set = chosen();
  return static_cast<int>(without != 0 ? coax::isa::scalar : set);
}

#endif
