// Bytes to a client and back, over TCP or TLS, without waiting. Nothing here knows of WebSocket.
#pragma once

#include "common/file_descriptor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ws_echo {

/// What came of reading or writing.
struct io_result {
  enum class outcome : unsigned char {
    moved,         ///< `size` bytes
    wait_to_read,  ///< nothing now: try again when the socket can be read ...
    wait_to_write, ///< ... or written, which with TLS need not be what was tried
    ended,         ///< the client sends no more
    failed,        ///< the connection is broken
  };
  outcome how = outcome::failed;
  std::size_t size = 0;
};

class transport {
public:
  explicit transport(net::file_descriptor socket) noexcept : socket_(std::move(socket)) {}
  virtual ~transport() = default;

  virtual io_result read(std::span<char> into) noexcept = 0;
  virtual io_result write(std::string_view from) noexcept = 0;
  /// Whether there are bytes to be read that have left the socket already.
  virtual bool holds_input() const noexcept { return false; }
  /// Nothing more is written: tells the client.
  virtual void end() noexcept = 0;

  int fd() const noexcept { return socket_.get(); }

private:
  net::file_descriptor socket_;
};

/// Makes transports.
class transport_source {
public:
  virtual ~transport_source() = default;
  /// Null if that is not possible.
  virtual std::unique_ptr<transport> make(net::file_descriptor socket) = 0;
};

/// Bytes as they are.
std::unique_ptr<transport_source> plain_transports();
/// TLS 1.2 or later with the server's certificates and key. Null, and `error` is set, if they are of no use.
std::unique_ptr<transport_source> tls_transports(const std::string &certificate, const std::string &key,
                                                 std::string &error);

} // namespace ws_echo
