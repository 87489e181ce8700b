// What a connection asks of the program that drives it.
#pragma once

#include "../config.hpp"

#include <cstdint>

namespace coax::inline v0_1::http {

/// What is to be done next, besides sending what was written.
enum class duty : std::uint8_t {
  read, ///< receive more bytes, or call next() with those there are
  send, ///< nothing goes on before the caller sends: a response or a request, or the rest of it
  shutdown_then_discard, ///< shut down the sending side, discard what still arrives, close at its end or
                         ///< after a while: closing at once could destroy the response on its way (RFC 9112
                         ///< §9.6)
  close,                 ///< close the transport
  take_over,             ///< HTTP is over: hand the transport and the unread bytes to the other protocol
};

/// Which timer should be running.
enum class waiting : std::uint8_t {
  nothing, ///< none
  idle,    ///< for a message to begin
  head,    ///< for the rest of a head
  body,    ///< for the rest of a body
  answer,  ///< server: for the caller to send; client: for the response to begin
  linger,  ///< for the peer to close
};

} // namespace coax::inline v0_1::http
