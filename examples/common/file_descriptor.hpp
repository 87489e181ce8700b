// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>
#include <utility>

namespace net {

class file_descriptor {
public:
  file_descriptor() noexcept = default;
  explicit file_descriptor(int fd) noexcept : fd_(fd) {}
  file_descriptor(file_descriptor &&other) noexcept : fd_(other.release()) {}
  file_descriptor &operator=(file_descriptor &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_ = -1;
};

} // namespace net
