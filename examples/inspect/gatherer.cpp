#include "gatherer.hpp"

#include <algorithm>

namespace inspect {

void gatherer::add(std::uint64_t offset, std::string_view octets) {
  while (!octets.empty()) {
    if (block_.empty()) offset_ = offset;
    const std::size_t n = std::min(octets.size(), block_size - block_.size());
    block_ += octets.substr(0, n);
    octets.remove_prefix(n);
    offset += n;
    if (block_.size() == block_size) flush();
  }
}

void gatherer::flush() {
  if (block_.empty()) return;
  to_.data(offset_, block_);
  block_.clear();
}

} // namespace inspect
