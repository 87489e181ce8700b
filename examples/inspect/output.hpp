// Buffered output to a file descriptor, which remembers when nobody takes it any more.
#pragma once

#include <string>
#include <string_view>

namespace inspect {

class output {
public:
  explicit output(int file) noexcept : file_(file) {}

  void put(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= enough) flush();
  }
  /// Writes what is buffered. False once writing failed.
  bool flush();
  /// Why writing failed, as an errno; 0 if it did not. EPIPE: the reader of a pipe went away.
  int error() const noexcept { return error_; }

private:
  static constexpr std::size_t enough = 64 * 1024;

  std::string buffer_;
  int file_;
  int error_ = 0;
};

} // namespace inspect
