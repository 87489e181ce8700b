// Counts every call of operator new in the test program: the parsers must not make any.
#pragma once

#include <cstddef>

namespace coax_test {

/// Calls of operator new by this thread so far.
std::size_t allocations() noexcept;

} // namespace coax_test
