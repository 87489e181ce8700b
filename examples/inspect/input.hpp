// The input as the library gets it: in pieces of the size that was asked for.
#pragma once

#include "outcome.hpp"
#include "sink.hpp"
#include "source.hpp"
#include "window.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace inspect {

class input {
public:
  /// `chunk` bytes are shown at a time; 0: as many as there are. `to` is flushed before a wait.
  input(std::size_t chunk, source &from, sink &to) noexcept : chunk_(chunk), from_(from), to_(to) {}

  inspect::window &window() noexcept { return window_; }
  const inspect::window &window() const noexcept { return window_; }

  /// Shows the library more bytes. False at the end of the input, or when it had to stop.
  bool more();
  /// Reads further without showing it, if that does not take long. False if nothing came.
  bool look_ahead();

  /// Bytes that the library does not look at.
  struct rest {
    std::uint64_t octets = 0;
    std::string first{}; ///< the first of them, window::history_size at most
  };
  /// Drops everything up to the end of the input.
  rest drain();

  /// clean, unless the input could not be read to its end.
  outcome stopped() const noexcept { return stopped_; }

private:
  bool read_more();

  std::size_t chunk_;
  source &from_;
  sink &to_;
  inspect::window window_;
  bool ended_ = false;
  outcome stopped_ = outcome::clean;
};

} // namespace inspect
