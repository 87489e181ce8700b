// A stream of bytes to a server and back, over TCP or TLS. Nothing here knows of HTTP.
#pragma once

#include "problem.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace http_client {

using clock = std::chrono::steady_clock;

/// A socket, closed when it goes.
class socket_handle {
public:
  socket_handle() noexcept = default;
  explicit socket_handle(int socket) noexcept : socket_(socket) {}
  socket_handle(socket_handle &&from) noexcept : socket_(std::exchange(from.socket_, -1)) {}
  socket_handle &operator=(socket_handle &&from) noexcept {
    std::swap(socket_, from.socket_);
    return *this;
  }
  ~socket_handle();

  int get() const noexcept { return socket_; }

private:
  int socket_ = -1;
};

/// What came of reading or writing without waiting.
struct io_result {
  enum class outcome {
    moved,      ///< `size` bytes
    would_wait, ///< nothing now: see transport::wait()
    ended,      ///< the peer sends no more, and said so
    failed,     ///< the connection is broken, see `why`
  };
  outcome how = outcome::would_wait;
  std::size_t size = 0;
  std::string why{};
};

class transport {
public:
  virtual ~transport() = default;

  virtual io_result read(std::span<char> into) = 0;
  virtual io_result write(std::string_view from) = 0;
  /// Waits until reading, or if `to_write` also writing, is worth another try, or until there is something to
  /// be read from `other`, unless that is -1. False when `until` has come. To be called when read() has said
  /// would_wait: only then nothing is left that TLS has decrypted already, and that poll() knows nothing of.
  bool wait(bool to_write, clock::time_point until, int other = -1) const;
  /// Waits until writing is worth another try, while nothing is to be read.
  bool wait_to_write(clock::time_point until) const;
  /// The socket, for another transport on top of the same connection.
  socket_handle release() noexcept { return std::move(socket_); }

protected:
  explicit transport(socket_handle socket) noexcept;

  int socket() const noexcept { return socket_.get(); }

  /// What reading and writing wait for, as events of poll(): with TLS, reading may have to wait for writing.
  short read_needs_, write_needs_;

private:
  socket_handle socket_;
};

/// Bytes as they are.
std::unique_ptr<transport> plain_transport(socket_handle socket);

/// Waits for the poll() events in `events`, or until there is something to be read from `other`, unless that
/// is -1. False when `until` has come.
bool wait_for(int socket, short events, clock::time_point until, int other = -1);

} // namespace http_client
