// Drives the library over one direction of a connection.
#pragma once

#include "outcome.hpp"
#include "sink.hpp"
#include "source.hpp"

#include <coax/websocket/deflate_parameters.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace inspect {

struct settings {
  direction kind = direction::request;
  /// The methods of the requests that the responses answer, in order; GET behind the last.
  std::vector<std::string> methods{};
  /// How many bytes the library gets at a time; 0: as many as there are.
  std::size_t chunk = 0;
  /// Go on with frames behind the first request that offers WebSocket, or behind the response that switches
  /// to it.
  bool upgrade = false;
  /// The input begins with a frame: a client's, if `kind` is request, else a server's.
  bool websocket = false;
  /// With `websocket`: what the handshake agreed on about compression. With `upgrade` it is read there.
  coax::websocket::deflate_parameters deflate{};
};

/// Reads `from` to its end, or to the first error, and tells `to` what is in it. What it tells does not
/// depend on `chunk`, nor on how the bytes come from the source.
outcome run(const settings &how, source &from, sink &to);

} // namespace inspect
