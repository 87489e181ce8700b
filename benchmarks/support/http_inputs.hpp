// HTTP messages of the corpus to measure with.
#pragma once

#include "bench.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// The heads of a corpus file, without bodies. Does not return if the file is no HTTP.
std::vector<std::string> http_heads_of(const std::string &file, bool response);

/// Buffers with some messages each, one behind the other with some room between, as connections have them.
struct http_arrivals {
  std::vector<std::unique_ptr<buffer>> all;
  std::size_t bytes = 0;
  std::size_t messages = 0;

  /// `together` messages in each buffer.
  explicit http_arrivals(const std::vector<std::string> &messages_of_it, std::size_t together = 1);
  /// How often to go through them in one run: so often that there are as many messages as in the mixes.
  std::size_t rounds() const { return all.size() == 1 ? 128 / messages : 1; }
};

} // namespace bench
