// http_proxy: a small reverse proxy in front of one origin server.
#include "pair.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <list>
#include <netdb.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace http = coax::http;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_clients = 500;
volatile std::sig_atomic_t stopping = 0;

/// A socket that closes itself.
class socket_handle {
public:
  socket_handle() = default;
  explicit socket_handle(int fd) : fd_(fd) {}
  socket_handle(socket_handle &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket_handle &operator=(socket_handle &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~socket_handle() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// What became of a try to receive or to send.
enum class flow { moved, blocked, ended, broken };

flow receive(const socket_handle &from, pair::side &to) {
  const auto space = to.in.space();
  const ssize_t n = recv(from.fd(), space.data(), space.size(), 0);
  if (n > 0) to.in.commit(static_cast<std::size_t>(n));
  if (n < 0) return errno == EAGAIN || errno == EINTR ? flow::blocked : flow::broken;
  return n == 0 ? flow::ended : flow::moved;
}

flow transmit(pair::side &from, const socket_handle &to) {
  if (from.out.empty()) return flow::blocked;
  const std::string_view bytes = from.out.pending();
  const ssize_t n = send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? flow::blocked : flow::broken;
  from.out.consume(static_cast<std::size_t>(n));
  return flow::moved;
}

class client {
public:
  /// Is done with, or lets the origin server fail, when nothing moves for as long as `patience`.
  client(socket_handle down, const addrinfo &origin, milliseconds patience)
      : down_(std::move(down)), origin_(origin), patience_(patience) {}

  void ask(std::vector<pollfd> &polled) {
    first_ = polled.size();
    const bool reads_down = discarding_ || (!pair_.over() && !down_ended_ && !pair_.down.in.full());
    add(polled, down_, reads_down, !pair_.down.out.empty());
    add(polled, up_, !pair_.up.in.full(), !pair_.up.out.empty());
  }

  /// Does what can be done now. False when the client is done with.
  bool serve(const std::vector<pollfd> &polled) {
    const short down = polled[first_].revents, up = polled[first_ + 1].revents;
    if (down != 0 || up != 0)
      progress_ = steady::now();
    else if (steady::now() - progress_ > patience_ && !lose_patience())
      return false;
    if (discarding_) return (down & (POLLIN | POLLHUP | POLLERR)) == 0 || discard();

    if ((up & (POLLIN | POLLHUP | POLLERR)) != 0) take_from_server();
    if ((down & (POLLIN | POLLHUP | POLLERR)) != 0 && !down_ended_ && !take_from_client()) return false;
    for (bool moved = true; moved;) {
      if (!pair_.over()) pair_.move_on();
      manage_server();
      moved = false;
      const flow passed = up_ ? transmit(pair_.up, up_) : flow::blocked;
      if (passed == flow::broken) pair_.up.out = {}; // it may have answered all the same: that is still read
      moved = passed == flow::moved;
      const flow sent = transmit(pair_.down, down_);
      if (sent == flow::broken) return false;
      moved = moved || sent == flow::moved;
    }
    return !pair_.over() || !pair_.down.out.empty() || (up_ && !pair_.up.out.empty()) || end();
  }

private:
  /// A socket that is asked nothing is left out: poll() would tell of its peer's end again and again.
  static void add(std::vector<pollfd> &polled, const socket_handle &socket, bool reads, bool writes) {
    const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    polled.push_back({events != 0 ? socket.fd() : -1, events, 0});
  }

  bool take_from_client() {
    const flow got = receive(down_, pair_.down);
    if (got == flow::moved || got == flow::blocked) return true;
    down_ended_ = true;
    pair_.move_on();
    pair_.down_ended(got == flow::ended);
    return got == flow::ended;
  }

  void take_from_server() {
    const flow got = receive(up_, pair_.up);
    if (got == flow::moved || got == flow::blocked) return;
    up_ = {};
    pair_.up_ended(got == flow::ended);
  }

  void manage_server() {
    if (pair_.server() == pair::server_use::none) up_ = {};
    if (pair_.server() != pair::server_use::connect) return;
    up_ = socket_handle(socket(origin_.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!up_ || (connect(up_.fd(), origin_.ai_addr, origin_.ai_addrlen) != 0 && errno != EINPROGRESS))
      return pair_.up_failed(502);
    pair_.connected();
  }

  /// Nothing has moved for a while.
  bool lose_patience() {
    if (pair_.over() || !pair_.waits_for_server()) return false;
    pair_.up_failed(504);
    progress_ = steady::now();
    return true;
  }

  /// RFC 9112 §9.6. False if the client can be closed at once.
  bool end() {
    discarding_ = pair_.duty() == http::duty::shutdown_then_discard && !down_ended_;
    up_ = {};
    return discarding_ && shutdown(down_.fd(), SHUT_WR) == 0;
  }
  bool discard() {
    char bytes[4096];
    return recv(down_.fd(), bytes, sizeof bytes, 0) > 0;
  }

  socket_handle down_, up_;
  const addrinfo &origin_;
  milliseconds patience_;
  pair pair_;
  steady::time_point progress_ = steady::now();
  std::size_t first_ = 0;
  bool down_ended_ = false;
  bool discarding_ = false;
};

int listen_on(const std::string &address, std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  socklen_t size = sizeof at;
  const auto any = reinterpret_cast<sockaddr *>(&at);
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1 || bind(fd, any, size) != 0 ||
      listen(fd, 128) != 0 || getsockname(fd, any, &size) != 0) {
    std::fprintf(stderr, "http_proxy: cannot listen on %s:%d: %s\n", address.c_str(), port, strerror(errno));
    std::exit(1);
  }
  std::printf("listening on http://%s:%d/\n", address.c_str(), ntohs(at.sin_port));
  std::fflush(stdout);
  return fd;
}

} // namespace

int main(int argc, char **argv) {
  std::string bind_to = "127.0.0.1", origin;
  std::uint16_t port = 0;
  double timeout = 30;
  CLI::App app(
      "A reverse proxy: streams bodies both ways, passes on interim responses, trailers and upgrades.");
  app.add_option("--bind", bind_to, "IPv4 address to listen on")->capture_default_str();
  app.add_option("--port", port, "port to listen on; 0 takes an unused one, which is printed");
  app.add_option("--timeout", timeout,
                 "seconds for which nothing may move: an origin that is silent for longer\n"
                 "gets its client a 504, and a client with nothing to wait for is closed")
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_option("origin", origin, "HOST:PORT of the origin server")->required();
  CLI11_PARSE(app, argc, argv);

  if (!(timeout >= 0.001 && timeout <= 86400)) { // CLI::Range would let NaN pass
    std::fprintf(stderr, "http_proxy: --timeout takes 0.001 to 86400 seconds\n");
    return 64;
  }
  const std::size_t colon = origin.rfind(':');
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (colon == std::string::npos ||
      getaddrinfo(origin.substr(0, colon).c_str(), origin.substr(colon + 1).c_str(), &hints, &found) != 0) {
    std::fprintf(stderr, "http_proxy: there is no server at %s: expected HOST:PORT\n", origin.c_str());
    return 64;
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stopping = 1; });

  const milliseconds patience(static_cast<std::int64_t>(timeout * 1000));
  const milliseconds between_looks = std::clamp(patience / 8, milliseconds(1), milliseconds(1000));
  const socket_handle listener(listen_on(bind_to, port));
  std::list<client> clients;
  std::vector<pollfd> polled;
  while (stopping == 0) {
    polled.assign(1, {listener.fd(), static_cast<short>(clients.size() < most_clients ? POLLIN : 0), 0});
    for (client &one : clients) one.ask(polled);
    if (poll(polled.data(), polled.size(), static_cast<int>(between_looks.count())) < 0) continue;
    clients.remove_if([&](client &one) { return !one.serve(polled); });
    if (polled[0].revents != 0)
      if (socket_handle down(accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)); down)
        clients.emplace_back(std::move(down), *found, patience);
  }
  freeaddrinfo(found);
}
