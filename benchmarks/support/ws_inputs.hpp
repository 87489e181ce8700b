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

/// Messages of one size, so many that the clock does not count: 16 KB together, or 256 KB of large ones.
std::vector<std::string> texts_of(std::size_t size, bool mixed);

/// The sizes that are measured, and how they are written: 8 to 1M.
inline constexpr std::size_t text_sizes[] = {8, 32, 125, 1024, 16384, 1 << 20};
std::string size_name(std::size_t size);

/// 2048 messages of a feed, whose lengths nobody can learn.
std::vector<std::string> json_feed();

/// Appends a frame.
void put_frame(std::string &out, int opcode, bool fin, bool masked, std::string_view payload, random &r);

/// What arrives at one end.
struct ws_stream {
  std::string bytes;
  std::vector<std::size_t> ends; ///< of the reads in which it arrives
  std::size_t messages = 0;
  std::size_t payload = 0;
  bool masked = false;

  explicit ws_stream(bool is_masked, const std::vector<std::string> &texts = {});
  /// One text message in frames of `fragment` octets at most.
  void add(std::string_view text, random &r, std::size_t fragment = std::string_view::npos);
  /// Says that it arrives in reads of `least` to `most` octets.
  void cut(std::size_t least, std::size_t most);
};

} // namespace bench
