// TLS on top of a connection.
#pragma once

#include "trace.hpp"
#include "transport.hpp"

#include <memory>
#include <string>

namespace http_client {

struct tls_options {
  bool verify = true;
  std::string ca_file{}; ///< certificates to trust; empty: those of the system
};

/// Whether the program was built with TLS.
bool has_tls() noexcept;

/// Performs the handshake with `host`, whose certificate has to be for that name or address. Gives up when
/// nothing arrives for as long as `patience`.
problem start_tls(socket_handle socket, const std::string &host, const tls_options &how,
                  clock::duration patience, const trace &log, std::unique_ptr<transport> &out);

} // namespace http_client
