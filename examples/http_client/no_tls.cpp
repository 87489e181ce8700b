// In place of tls.cpp where there is no OpenSSL.
#include "tls.hpp"

namespace http_client {

bool has_tls() noexcept { return false; }

problem start_tls(socket_handle, const std::string &host, const tls_options &, clock::duration, const trace &,
                  std::unique_ptr<transport> &) {
  return {exit_status::tls_error, "no TLS to " + host + ": this program was built without OpenSSL"};
}

} // namespace http_client
