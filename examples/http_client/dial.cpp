#include "dial.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace http_client {

namespace {

struct address_list {
  addrinfo *first = nullptr;
  ~address_list() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

std::string text_of(const addrinfo &address) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an address";
  return std::string(host) + " port " + port;
}

/// 0, or an errno.
int connect_to(const addrinfo &address, clock::duration patience, socket_handle &out) {
  const int type = address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
  socket_handle socket(::socket(address.ai_family, type, address.ai_protocol));
  if (socket.get() < 0) return errno;
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    if (!wait_for(socket.get(), POLLOUT, deadline(clock::now(), patience))) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    if (error != 0) return error;
  }
  out = std::move(socket);
  return 0;
}

} // namespace

clock::time_point deadline(clock::time_point from, clock::duration patience) {
  return patience == clock::duration::max() ? clock::time_point::max() : from + patience;
}

problem dial(const std::string &host, std::uint16_t port, clock::duration patience, const trace &log,
             socket_handle &out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  address_list addresses;
  const int unresolved = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses.first);
  if (unresolved != 0)
    return {exit_status::no_connection, "cannot resolve " + host + ": " + ::gai_strerror(unresolved),
            "check the spelling, and that the network is up"};

  problem last{exit_status::no_connection, host + " has no address"};
  for (const addrinfo *address = addresses.first; address != nullptr; address = address->ai_next) {
    const std::string where = host + " (" + text_of(*address) + ")";
    log.note("connecting to " + where);
    const int error = connect_to(*address, patience, out);
    if (error == 0) return {};
    last = {error == ETIMEDOUT ? exit_status::timed_out : exit_status::no_connection,
            "cannot connect to " + where + ": " + std::strerror(error)};
    if (error == ECONNREFUSED) last.advice = "nothing listens there: check the port";
    log.note(last.what);
  }
  return last;
}

} // namespace http_client
