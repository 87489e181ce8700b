// The memory of an engine, which the caller supplies.
#pragma once

#include "../config.hpp"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::zlib::detail {

/// What zlib rounds to, and how far the start may be off.
inline constexpr std::size_t alignment = 16;

/// Hands out the caller's memory piece by piece. zlib takes what it needs once, the window of an inflating
/// stream when it is first needed, and gives all back at the end.
class arena {
public:
  explicit arena(std::span<char> memory) noexcept {
    const std::size_t off =
        static_cast<std::size_t>(-reinterpret_cast<std::uintptr_t>(memory.data())) % alignment;
    if (off <= memory.size()) left_ = memory.subspan(off);
  }

  /// Makes `stream` take its memory here. Its address has to stay the same from then on.
  void serve(z_stream &stream) noexcept {
    stream.zalloc = allocate;
    stream.zfree = [](voidpf, voidpf) {};
    stream.opaque = this;
  }

private:
  static voidpf allocate(voidpf self, uInt items, uInt size) {
    std::span<char> &left = static_cast<arena *>(self)->left_;
    const std::uint64_t wanted = std::uint64_t{items} * size;
    if (wanted > left.size()) return Z_NULL;
    char *const out = left.data();
    const std::size_t rounded = (static_cast<std::size_t>(wanted) + alignment - 1) / alignment * alignment;
    left = left.subspan(rounded < left.size() ? rounded : left.size());
    return out;
  }

  std::span<char> left_{};
};

} // namespace coax::inline v0_1::zlib::detail
