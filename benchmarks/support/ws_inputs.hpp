// WebSocket messages and frames to measure with.
#pragma once

#include "bench.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// 2048 messages of a feed; with another `seed`, others.
std::vector<std::string> json_feed(std::uint64_t seed = 2);

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
  void cut(std::size_t least, std::size_t most, std::uint64_t seed = 4);
};

/// Streams with as many messages each, which arrive in turn, in one place. Several of them make a sequence of
/// lengths that no predictor remembers.
class ws_arrivals {
public:
  using streams = std::vector<ws_stream>;

  explicit ws_arrivals(std::shared_ptr<const streams> all);
  /// Makes the next one arrive.
  void next();
  const ws_stream &stream() const { return (*all_)[turn_]; }
  char *data() { return room_.data(); }

  std::size_t messages() const { return all_->front().messages; }
  /// Octets of payload of one, on average.
  std::size_t payload() const;
  /// Octets that the largest takes.
  std::size_t most() const { return room_.size(); }

private:
  std::shared_ptr<const streams> all_;
  buffer room_;
  std::size_t turn_ = 0;
};

/// 16 feeds as they arrive, in reads of `least` to `most` octets, or each in one.
ws_arrivals::streams json_feeds(bool masked, std::size_t least = 0, std::size_t most = 0);

} // namespace bench
