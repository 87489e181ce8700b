// Where the response goes: a file or standard output.
#pragma once

#include "problem.hpp"

#include <string>
#include <string_view>

namespace http_client {

class output {
public:
  /// `path` "-" is standard output. The file is opened, and emptied, by the first call of open() or write().
  explicit output(std::string path) : path_(std::move(path)) {}
  ~output();
  output(const output &) = delete;
  output &operator=(const output &) = delete;

  problem open();
  problem write(std::string_view bytes);
  /// The end: reports what the system only tells when a file is closed.
  problem close();

  bool is_file() const noexcept { return path_ != "-"; }
  bool is_terminal() const noexcept;
  const std::string &path() const noexcept { return path_; }

private:
  problem cannot_write() const;

  std::string path_;
  int file_ = -1;
};

} // namespace http_client
