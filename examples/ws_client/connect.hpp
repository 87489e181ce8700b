// From a URL to an open WebSocket: TCP, a proxy's tunnel, TLS, and the opening handshake.
#pragma once

#include "arguments.hpp"
#include "failure.hpp"

#include <coax/websocket/deflate_parameters.hpp>
#include <coax/websocket/reader_options.hpp>
#include <http_client/connection.hpp>
#include <http_client/trace.hpp>

#include <memory>

namespace ws_client {

/// An open connection. What came of it behind the handshake is in `on->input`.
struct opened {
  std::unique_ptr<http_client::connection> on{};
  coax::websocket::reader_options options{};
  coax::websocket::deflate_parameters deflate{};
  std::string subprotocol{}; ///< empty for none
};

/// Connects to `to`, which is `wanted.to` or below it.
failure open(const endpoint &to, const arguments &wanted, const http_client::trace &log, opened &out);

} // namespace ws_client
