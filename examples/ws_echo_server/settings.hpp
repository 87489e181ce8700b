// What can be set on the command line.
#pragma once

#include <coax/websocket/deflate_offer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ws_echo {

struct settings {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;           ///< 0: an unused one
  std::string certificate{}, key{}; ///< PEM files; empty: no TLS
  bool verbose = false;

  std::vector<std::string> subprotocols{}; ///< the preferred one first
  std::vector<std::string> origins{};      ///< that pages may have; empty: any
  coax::websocket::deflate_policy deflate{.accept = false};
  std::uint64_t max_message = std::uint64_t{64} << 20;
  std::uint32_t max_fragments = 131072;
  std::size_t max_connections = 16384; ///< fewer if the system grants fewer descriptors

  std::chrono::milliseconds handshake_timeout{10'000}; ///< from the connection to the whole request
  std::chrono::milliseconds idle_timeout{60'000};      ///< for anything to arrive, and again for a pong
  std::chrono::milliseconds output_timeout{15'000};    ///< for a client to take 16 KiB
  std::chrono::milliseconds close_timeout{5'000};      ///< for a client to answer a Close
  std::chrono::milliseconds linger_timeout{2'000};     ///< for a client to close the transport
  std::chrono::milliseconds shutdown_timeout{10'000};  ///< for everything, once the server is told to stop
};

} // namespace ws_echo
