#include "output.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace http_client {

output::~output() {
  if (file_ > STDERR_FILENO) ::close(file_);
}

problem output::open() {
  if (file_ >= 0) return {};
  constexpr int mode = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  file_ = is_file() ? ::open(path_.c_str(), mode, 0666) : STDOUT_FILENO;
  return file_ < 0 ? cannot_write() : problem{};
}

problem output::write(std::string_view bytes) {
  if (problem p = open()) return p;
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) { // somebody else made it non-blocking
      pollfd wanted{file_, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return cannot_write();
    }
  }
  return {};
}

problem output::close() {
  if (file_ <= STDERR_FILENO) return {};
  return ::close(std::exchange(file_, -1)) == 0 ? problem{} : cannot_write();
}

bool output::is_terminal() const noexcept { return !is_file() && ::isatty(STDOUT_FILENO) != 0; }

problem output::cannot_write() const {
  return {exit_status::no_output,
          "cannot write " + (is_file() ? path_ : "standard output") + ": " + std::strerror(errno)};
}

} // namespace http_client
