// Gathers the octets of a body into blocks whose size does not depend on how they arrived.
#pragma once

#include "sink.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inspect {

class gatherer {
public:
  static constexpr std::size_t block_size = 16 * 1024;

  explicit gatherer(sink &to) : to_(to) { block_.reserve(block_size); }

  void add(std::uint64_t offset, std::string_view octets);
  /// Hands over what is there: at the end of a body, or of what came of it.
  void flush();

private:
  sink &to_;
  std::string block_;
  std::uint64_t offset_ = 0; // of the block's first octet
};

} // namespace inspect
