// Counts the octets that the library looks at. To be included before any header of the library, and first in
// each file of its program, as it gives a macro of the library another meaning.
#pragma once

#include <cstddef>
#include <type_traits>

namespace coax_test {
inline std::size_t work = 0;
constexpr void count_work(std::size_t octets) noexcept {
  if (!std::is_constant_evaluated()) work += octets;
}
} // namespace coax_test
#define COAX_COUNT_WORK(octets) ::coax_test::count_work(octets)
