// The socket that clients connect to.
#pragma once

#include "file_descriptor.hpp"

#include <cstdint>
#include <string>

namespace net {

class listener {
public:
  /// Listens on `address`, a host name or an IP address. Ask error() whether that worked.
  listener(const std::string &address, std::uint16_t port);

  /// Why it does not listen, in words; empty if it does.
  const std::string &error() const noexcept { return error_; }
  /// Where it is reached: "SCHEME://ADDRESS:PORT/".
  std::string url(const std::string &scheme) const;

  /// The next client, ready for use without blocking. Without one errno tells why: EAGAIN if none waits.
  file_descriptor accept() const;

  /// -1 once it is closed.
  int fd() const noexcept { return socket_.get(); }
  void close() noexcept { socket_ = {}; }

private:
  file_descriptor socket_;
  std::string error_;
};

/// The address of who is at the other end of a socket: "ADDRESS:PORT".
std::string peer_name(int socket);

} // namespace net
