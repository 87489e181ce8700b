// Two parts of one program that were compiled with different flags. The one whose instructions the machine
// lacks is not run; that it is there must do no harm to the other.
#include <cstdint>
#include <cstdio>

std::uint64_t plain_part();
std::uint64_t flagged_part();

int main() {
  const std::uint64_t plain = plain_part();
  if (plain == 0) return std::puts("the part without flags is wrong"), 1;
#ifdef COAX_FLAGGED_IS_AVX2
  if (!__builtin_cpu_supports("avx2")) return std::puts("no AVX2 here: one part was run"), 0;
#endif
  const std::uint64_t flagged = flagged_part();
  if (flagged != plain) return std::puts("the part with flags is wrong"), 1;
  std::puts("both parts agree");
}
