// Included before everything else where another instruction set than the machine's best is to be measured.
#pragma once

#define COAX_ISA_FOR_TESTS
extern "C" inline int coax_isa_for_tests() noexcept { return COAX_BENCH_ISA; }
