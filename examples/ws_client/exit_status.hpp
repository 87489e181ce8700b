// What the program ends with.
#pragma once

namespace ws_client {

enum class exit_status : int {
  ok = 0,
  protocol_error = 1, ///< the server breaks a rule of HTTP or WebSocket
  no_connection = 2,  ///< resolving, connecting, a reset, a proxy that refuses
  not_upgraded = 3,   ///< an ordinary answer in place of 101
  abnormal = 4,       ///< no closing handshake, or one with a code that says that something is wrong
  tls_error = 6,
  timed_out = 7,
  no_output = 8,
  usage = 64, ///< as in BSD's sysexits.h
};

} // namespace ws_client
