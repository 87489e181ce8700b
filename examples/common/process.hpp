// What a server asks of the system for the process as a whole.
#pragma once

#include <cstddef>

namespace net {

/// Makes SIGTERM and SIGINT readable, as one byte each, from the descriptor returned; -1 and errno if that
/// cannot be done. SIGPIPE is ignored from now on.
int catch_signals();

/// Raises the limit on descriptors as far as the system grants, for so many connections. Returns how many of
/// them are possible.
std::size_t raise_descriptor_limit(std::size_t connections);

} // namespace net
