#include "window.hpp"

#include <algorithm>

namespace inspect {

bool window::fill(source &from) {
  const std::size_t spent = begin_ - std::min(begin_, history_size);
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(spent));
  dropped_ += spent;
  begin_ -= spent;
  shown_ -= spent;

  const std::size_t size = bytes_.size();
  bytes_.resize(size + block_size);
  const std::size_t n = from.read(std::span(bytes_).subspan(size));
  bytes_.resize(size + n);
  return n != 0;
}

} // namespace inspect
