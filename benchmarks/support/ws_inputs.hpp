// WebSocket messages and frames to measure with.
#pragma once

#include "bench.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// English, or Chinese and emoji among it, of exactly `size` octets.
std::string ascii_text(std::size_t size, random &r);
std::string mixed_text(std::size_t size, random &r);

/// A message of a feed of prices, as JSON. 80 to 200 octets.
std::string json_message(random &r);

/// Appends a frame.
void put_frame(std::string &out, int opcode, bool fin, bool masked, std::string_view payload, random &r);

/// What arrives at one end.
struct ws_stream {
  std::string bytes;
  std::vector<std::size_t> ends; ///< of the reads in which it arrives
  std::size_t messages = 0;
  std::size_t payload = 0;
  bool masked = false;

  /// One text message in frames of `fragment` octets at most.
  void add(std::string_view text, random &r, std::size_t fragment = std::string_view::npos);
  /// Says that it arrives in reads of `least` to `most` octets.
  void cut(std::size_t least, std::size_t most, random &r);
};

} // namespace bench
