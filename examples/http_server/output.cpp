#include "output.hpp"

#include <cerrno>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL // where it is missing, ignoring SIGPIPE has to do
#define MSG_NOSIGNAL 0
#endif

namespace http_server {

output::outcome output::flush(int socket, std::uint64_t &sent) noexcept {
  while (!empty()) {
    const ssize_t n = ::send(socket, bytes_ + begin_, end_ - begin_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? outcome::blocked : outcome::failed;
    begin_ += static_cast<std::size_t>(n);
    sent += static_cast<std::size_t>(n);
  }
  begin_ = end_ = 0;
  return outcome::sent;
}

} // namespace http_server
