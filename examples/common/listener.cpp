#include "listener.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace net {

namespace {

constexpr int backlog = 4096; // the system may cut it

bool prepare(int fd) {
  return ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

file_descriptor listen_on(const addrinfo &where) {
  file_descriptor out(::socket(where.ai_family, where.ai_socktype, where.ai_protocol));
  const int on = 1;
  if (out && prepare(out.get()) && ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(out.get(), where.ai_addr, where.ai_addrlen) == 0 && ::listen(out.get(), backlog) == 0)
    return out;
  return {};
}

std::string to_text(const sockaddr_storage &address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr *>(&address), size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "?";
  const std::string name = address.ss_family == AF_INET6 ? '[' + std::string(host) + ']' : host;
  return name + ':' + port;
}

} // namespace

listener::listener(const std::string &address, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo *found = nullptr;
  const std::string service = std::to_string(port);
  const int failure = ::getaddrinfo(address.c_str(), service.c_str(), &wanted, &found);
  if (failure != 0) {
    error_ = "cannot listen on " + address + ": " + ::gai_strerror(failure);
    return;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  for (const addrinfo *each = found; each != nullptr && !socket_; each = each->ai_next)
    socket_ = listen_on(*each);
  if (!socket_) error_ = "cannot listen on " + address + " port " + service + ": " + std::strerror(errno);
}

std::string listener::url(const std::string &scheme) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd(), reinterpret_cast<sockaddr *>(&address), &size);
  return scheme + "://" + to_text(address, size) + '/';
}

file_descriptor listener::accept() const {
  file_descriptor out(::accept(fd(), nullptr, nullptr));
  if (!out || !prepare(out.get())) return {};
  const int on = 1; // responses are gathered here, so that waiting for more would only delay them
  ::setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return out;
}

std::string peer_name(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr *>(&address), &size) != 0) return "?";
  return to_text(address, size);
}

} // namespace net
