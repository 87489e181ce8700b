#include "transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace http_client {

namespace {

class plain final : public transport {
public:
  explicit plain(socket_handle socket) noexcept : transport(std::move(socket)) {}

  io_result read(std::span<char> into) override {
    const ssize_t n = ::recv(socket(), into.data(), into.size(), 0);
    if (n == 0) return {io_result::outcome::ended};
    return result(n);
  }
  io_result write(std::string_view from) override {
    return result(::send(socket(), from.data(), from.size(), MSG_NOSIGNAL));
  }

private:
  static io_result result(ssize_t n) {
    if (n >= 0) return {io_result::outcome::moved, static_cast<std::size_t>(n)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
    return {io_result::outcome::failed, 0, std::strerror(errno)};
  }
};

} // namespace

socket_handle::~socket_handle() {
  if (socket_ >= 0) ::close(socket_);
}

transport::transport(socket_handle socket) noexcept
    : read_needs_(POLLIN), write_needs_(POLLOUT), socket_(std::move(socket)) {}

bool transport::wait(bool to_write, clock::time_point until, int other) const {
  const int events = read_needs_ | (to_write ? write_needs_ : 0);
  return wait_for(socket(), static_cast<short>(events), until, other);
}

bool transport::wait_to_write(clock::time_point until) const {
  return wait_for(socket(), write_needs_, until);
}

std::unique_ptr<transport> plain_transport(socket_handle socket) {
  return std::make_unique<plain>(std::move(socket));
}

bool wait_for(int socket, short events, clock::time_point until, int other) {
  using std::chrono::milliseconds;
  std::array wanted{pollfd{socket, events, 0}, pollfd{other, POLLIN, 0}};
  for (;;) {
    int timeout = -1;
    if (until != clock::time_point::max()) {
      const auto left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
      timeout = static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
    }
    const int ready = ::poll(wanted.data(), wanted.size(), timeout);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true; // the next read or write says why
    if (ready == 0 && clock::now() >= until) return false;
  }
}

} // namespace http_client
