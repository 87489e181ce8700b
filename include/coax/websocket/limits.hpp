// What a peer may make us spend.
#pragma once

#include <cstdint>

namespace coax::inline v0_1::websocket {

/// The limits of the receiving direction of a connection. Sizes are judged on the length that a frame
/// declares, before a byte of its payload has arrived. The limits of the handshake are those of HTTP.
struct limits {
  /// Octets of the payload of one data frame, as it is on the wire -> frame_too_big. Control frames have
  /// their own limit of 125 (RFC 6455 §5.5).
  std::uint64_t frame = std::uint64_t{16} << 20;
  /// Octets of a message: the sum over its frames, and again after inflating -> message_too_big.
  std::uint64_t message = std::uint64_t{16} << 20;
  /// Frames of one message, empty ones included -> too_many_fragments.
  std::uint32_t fragments = 131072;
  /// Control frames between two data frames -> too_many_control.
  std::uint32_t control = 65536;
};

} // namespace coax::inline v0_1::websocket
