#include "frame_bits.hpp"

namespace inspect {

std::uint64_t frame_bits::length() const noexcept {
  if (width() == 0) return seven();
  std::uint64_t out = 0;
  for (const char c : extended()) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

} // namespace inspect
