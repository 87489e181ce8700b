// The bytes on their way to a client, of which there are never more than fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace http_server {

class output {
public:
  static constexpr std::size_t capacity = 32 * 1024;

  enum class outcome : unsigned char { sent, blocked, failed };

  bool empty() const noexcept { return begin_ == end_; }
  /// Where to write what is to be sent next.
  std::span<char> room() noexcept { return std::span(bytes_).subspan(end_); }
  /// Declares the first `n` bytes of room() written.
  void add(std::size_t n) noexcept { end_ += n; }

  /// Sends what there is, as far as the socket takes it, and counts that in `sent`. All room is free again
  /// once all is sent.
  outcome flush(int socket, std::uint64_t &sent) noexcept;

private:
  std::size_t begin_ = 0, end_ = 0;
  char bytes_[capacity];
};

} // namespace http_server
