// What a sender says about a data frame.
#pragma once

#include "opcode.hpp"

namespace coax::inline v0_1::websocket {

/// A data frame's place in its message:
///
///     {opcode::text}                          a whole message
///     {.op = opcode::text, .fin = false}      the first of several frames
///     {.op = opcode::continuation, .fin = false}
///     {opcode::continuation}                  the last
struct frame_kind {
  opcode op = opcode::continuation;
  bool fin = true; ///< the last frame of its message
  /// In the first frame of a message: its payload, over all frames, is what permessage-deflate made of it
  /// (RFC 7692 §6). It is sent as it is, and not looked at.
  bool compressed = false;
};

/// What the handshake agreed on that the sender has to know.
struct writer_options {
  bool deflate = false; ///< permessage-deflate: messages may be compressed
  /// They may refer to earlier ones, so that those which are prepared for many peers cannot be sent.
  bool takeover = true;
};

} // namespace coax::inline v0_1::websocket
