// Opening TCP connections.
#pragma once

#include "trace.hpp"
#include "transport.hpp"

#include <cstdint>
#include <string>

namespace http_client {

/// Connects to a host by name or address, trying its addresses one after the other, each for as long as
/// `patience`.
problem dial(const std::string &host, std::uint16_t port, clock::duration patience, const trace &log,
             socket_handle &out);

/// `from` + `patience`, which may be endless.
clock::time_point deadline(clock::time_point from, clock::duration patience);

} // namespace http_client
