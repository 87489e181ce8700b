// Tunnels through an HTTP proxy (RFC 9110 §9.3.6).
#pragma once

#include "trace.hpp"
#include "transport.hpp"
#include "url.hpp"

#include <memory>

namespace http_client {

/// Asks the proxy at the other end of `stream` to become a tunnel to `where`, whose server does not speak
/// unasked. `stream` leads there then; it is of no use if the proxy refuses.
problem open_tunnel(const url &where, const login &proxy_user, clock::duration patience, const trace &log,
                    std::unique_ptr<transport> &stream);

} // namespace http_client
