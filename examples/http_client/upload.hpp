// The content of a request: text from the command line, a file, or a pipe.
#pragma once

#include "problem.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace http_client {

class upload {
public:
  upload() noexcept = default;
  ~upload();
  upload(const upload &) = delete;
  upload &operator=(const upload &) = delete;

  /// Takes `data`: "@FILE", "-" for standard input, or else the content itself. Content whose size cannot be
  /// known in advance is gathered in memory, unless it may be `streamed`.
  problem open(const std::string &data, bool streamed);

  bool exists() const noexcept { return exists_; }
  /// Its size, where that is known.
  std::optional<std::uint64_t> size() const noexcept { return size_; }
  /// What a message calls it.
  const std::string &name() const noexcept { return name_; }

  /// Whether read() would answer at once. A pipe, or a terminal, may have nothing yet.
  bool is_ready() const;
  /// What to wait for, with poll(), while it is not ready.
  int descriptor() const noexcept { return file_; }
  /// The next piece, at most as large as `into`; 0 at the end. Never more than size() in all.
  std::size_t read(std::span<char> into);
  /// Why read() answered 0, if that was not the end.
  const problem &trouble() const noexcept { return trouble_; }
  /// Begins anew, for a redirect or another attempt. False if what was read is gone.
  bool rewind();

private:
  problem open_file(const std::string &path);

  bool exists_ = false;
  std::string name_{};
  std::string text_{}; // unless from a file
  int file_ = -1;
  bool may_wait_ = false; // read() may block
  std::optional<std::uint64_t> size_{};
  std::uint64_t taken_ = 0;
  problem trouble_{};
};

} // namespace http_client
