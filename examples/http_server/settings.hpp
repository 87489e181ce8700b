// What can be set on the command line.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace http_server {

struct settings {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: an unused one
  std::string root = ".";
  bool answer_all = false; ///< no files: the same answer to whatever is well-formed
  bool verbose = false;

  std::uint64_t max_body = 16 * 1024 * 1024;
  std::size_t max_connections = 16384; ///< fewer if the system grants fewer descriptors

  std::chrono::milliseconds idle_timeout{60'000}; ///< for a request to begin
  std::chrono::milliseconds head_timeout{10'000}; ///< for a whole head, from its first byte
  /// For 16 KiB of a body, or for its end; likewise for a client to take 16 KiB of a response.
  std::chrono::milliseconds body_timeout{15'000};
  std::chrono::milliseconds linger_timeout{2'000};    ///< for a client to close, once it was told to
  std::chrono::milliseconds shutdown_timeout{10'000}; ///< for everything, once the server is told to stop
};

} // namespace http_server
