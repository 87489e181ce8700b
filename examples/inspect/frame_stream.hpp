// Drives the library over the frames of one direction of a WebSocket connection.
#pragma once

#include "input.hpp"
#include "outcome.hpp"
#include "sink.hpp"

#include <coax/websocket/deflate_parameters.hpp>

namespace inspect {

/// What is known about the frames.
struct frame_settings {
  direction kind = direction::request; ///< request: a client's, masked; response: a server's
  /// Whether there may be compressed messages, and what is known about them.
  websocket::deflate_parameters deflate{};
};

/// Reads frames from where `from` stands to its end, or to the first error, and tells `to`.
outcome run_frames(const frame_settings &how, input &from, sink &to);

} // namespace inspect
