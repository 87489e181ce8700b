#include "file_source.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inspect {

namespace {

bool wait_for_input(int file, int milliseconds) {
  pollfd wanted{file, POLLIN, 0};
  return ::poll(&wanted, 1, milliseconds) > 0;
}

} // namespace

file_source::file_source(const std::string &path) : name_(path == "-" ? "standard input" : path) {
  file_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file_ < 0 || ::fstat(file_, &info) != 0)
    error_ = errno;
  else if (S_ISDIR(info.st_mode))
    error_ = EISDIR;
}

file_source::~file_source() {
  if (file_ > STDERR_FILENO) ::close(file_);
}

std::size_t file_source::read(std::span<char> out) {
  while (error_ == 0) {
    const ssize_t n = ::read(file_, out.data(), out.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN)
      wait_for_input(file_, -1); // somebody else made it non-blocking
    else if (errno != EINTR)
      error_ = errno;
  }
  return 0;
}

bool file_source::answers_soon() { return wait_for_input(file_, 100); }

std::string file_source::error() const { return name_ + ": " + std::strerror(error_); }

} // namespace inspect
