// Standard input as lines, and standard output.
#pragma once

#include "failure.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ws_client {

/// Takes standard input apart into lines, as it comes. The last one need not end with a line feed.
class line_source {
public:
  /// The next line of what was read already. False if there is none. The view lives until the next call of
  /// either function.
  bool next(std::string_view &line);
  /// Reads what there is; to be called when poll() says that there is something. False if reading failed.
  failure read();

  /// Whether the input has ended, so that nothing more is to be read.
  bool ended() const noexcept { return ended_; }
  /// How many lines were given.
  std::uint64_t lines() const noexcept { return lines_; }

private:
  std::string held_{};
  std::size_t begin_ = 0;   // of what was not given yet
  std::size_t scanned_ = 0; // where to go on looking for a line feed
  std::uint64_t lines_ = 0;
  bool ended_ = false;
};

/// Prints a line on standard output. On a terminal, control characters in it are made visible, so that a
/// server cannot speak to the terminal.
failure print_line(std::string_view text);

} // namespace ws_client
