// What the program ends with.
#pragma once

namespace http_client {

enum class exit_status : int {
  ok = 0,
  protocol_error = 1, ///< the response breaks a rule of HTTP
  no_connection = 2,  ///< resolving, connecting, a reset, a proxy that refuses
  incomplete = 3,     ///< the response ended before its end
  http_error = 4,     ///< a status of 400 or above, with --fail
  bad_redirect = 5,   ///< too many redirects, or one that is not followed
  tls_error = 6,
  timed_out = 7,
  no_output = 8,
  usage = 64, ///< as in BSD's sysexits.h
};

} // namespace http_client
