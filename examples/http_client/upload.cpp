#include "upload.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace http_client {

upload::~upload() {
  if (file_ > STDERR_FILENO) ::close(file_);
}

problem upload::open(const std::string &data, bool streamed) {
  exists_ = true;
  if (data == "-" || data.starts_with('@')) {
    if (problem p = open_file(data)) return p;
    if (streamed) size_.reset();
    if (size_ || streamed) return {};
    std::array<char, 16 * 1024> piece;
    while (const std::size_t n = read(piece)) text_.append(piece.data(), n);
    if (trouble_) return trouble_;
    file_ = -1;
    may_wait_ = false;
  } else {
    name_ = "--data";
    text_ = data;
  }
  taken_ = 0;
  if (!streamed) size_ = text_.size();
  return {};
}

problem upload::open_file(const std::string &data) {
  name_ = data == "-" ? "standard input" : data.substr(1);
  file_ = data == "-" ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file_ < 0 || ::fstat(file_, &info) != 0)
    return {exit_status::usage, "--data: " + name_ + ": " + std::strerror(errno)};
  if (S_ISDIR(info.st_mode)) return {exit_status::usage, "--data: " + name_ + ": " + std::strerror(EISDIR)};
  may_wait_ = !S_ISREG(info.st_mode);
  // Files that the system makes up, such as those in /proc, have size 0 and content all the same.
  if (S_ISREG(info.st_mode) && info.st_size != 0) size_ = static_cast<std::uint64_t>(info.st_size);
  return {};
}

bool upload::is_ready() const {
  // Not O_NONBLOCK: standard input is shared with other programs, which do not expect that.
  pollfd wanted{file_, POLLIN, 0};
  return !may_wait_ || ::poll(&wanted, 1, 0) > 0;
}

std::size_t upload::read(std::span<char> into) {
  if (file_ < 0) {
    const std::size_t n = std::min<std::size_t>(into.size(), text_.size() - taken_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(taken_), n, into.begin());
    taken_ += n;
    return n;
  }
  std::size_t most = into.size();
  if (size_) most = static_cast<std::size_t>(std::min<std::uint64_t>(most, *size_ - taken_));
  ssize_t n = 0;
  do n = ::read(file_, into.data(), most);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    trouble_ = {exit_status::usage, name_ + ": " + std::strerror(errno)};
    return 0;
  }
  taken_ += static_cast<std::uint64_t>(n);
  return static_cast<std::size_t>(n);
}

bool upload::rewind() {
  if (taken_ != 0 && file_ >= 0 && ::lseek(file_, 0, SEEK_SET) < 0) return false;
  taken_ = 0;
  return true;
}

} // namespace http_client
