#include "standard_streams.hpp"

#include <http_client/text.hpp>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace ws_client {

bool line_source::next(std::string_view &line) {
  const std::size_t end = held_.find('\n', scanned_);
  if (end == std::string::npos && (!ended_ || begin_ == held_.size())) {
    held_.erase(0, begin_);
    begin_ = 0;
    scanned_ = held_.size();
    return false;
  }
  const std::size_t size = (end == std::string::npos ? held_.size() : end) - begin_;
  line = std::string_view(held_).substr(begin_, size);
  begin_ = scanned_ = end == std::string::npos ? held_.size() : end + 1;
  ++lines_;
  return true;
}

failure line_source::read() {
  const std::size_t before = held_.size();
  held_.resize(before + 16 * 1024);
  ssize_t n = 0;
  do n = ::read(STDIN_FILENO, held_.data() + before, held_.size() - before);
  while (n < 0 && errno == EINTR);
  const int error = errno;
  held_.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
  if (n > 0 || (n < 0 && error == EAGAIN)) return {}; // somebody else made it non-blocking
  ended_ = true;
  if (n == 0) return {};
  return {exit_status::usage, std::string("standard input: ") + std::strerror(error)};
}

namespace {

/// Control characters, C1 among them, as \x1b; all else as it is.
std::string without_controls(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) {
      out += http_client::visible(text.substr(i++, 2));
    } else if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
      out += http_client::visible(text.substr(i, 1));
    } else {
      out += text[i];
    }
  }
  return out;
}

failure write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) { // somebody else made it non-blocking
      pollfd wanted{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return {exit_status::no_output, std::string("cannot write standard output: ") + std::strerror(errno)};
    }
  }
  return {};
}

} // namespace

failure print_line(std::string_view text) {
  static const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  std::string line = terminal ? without_controls(text) : std::string(text);
  line += '\n';
  return write_all(line);
}

} // namespace ws_client
