// The part of the input that is held in memory: what the library has not consumed yet, and a little around
// it.
#pragma once

#include "source.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace inspect {

///     | history | text: shown, not consumed | ahead: read, not shown |
///
/// Its size is bounded by what the library leaves unconsumed, and that by the library's limits.
class window {
public:
  static constexpr std::size_t history_size = 256;

  /// Reads a block behind what is there. False if nothing came.
  bool fill(source &from);
  /// Adds `n` bytes of what was read to text().
  void show(std::size_t n) noexcept { shown_ += n; }
  /// Drops the first `n` bytes of text().
  void consume(std::size_t n) noexcept { begin_ += n; }

  std::string_view text() const noexcept { return {bytes_.data() + begin_, shown_ - begin_}; }
  /// The same, for a reader that unmasks what it consumes.
  std::span<char> writable() noexcept { return {bytes_.data() + begin_, shown_ - begin_}; }
  std::string_view ahead() const noexcept { return {bytes_.data() + shown_, bytes_.size() - shown_}; }
  /// Everything in memory, with history_size bytes before text() at least, where the input has them.
  std::string_view all() const noexcept { return {bytes_.data(), bytes_.size()}; }

  /// Offset in the input of the first byte of text(), and of all().
  std::uint64_t offset() const noexcept { return dropped_ + begin_; }
  std::uint64_t all_offset() const noexcept { return dropped_; }

private:
  static constexpr std::size_t block_size = 64 * 1024;

  std::vector<char> bytes_;
  std::uint64_t dropped_ = 0;
  std::size_t begin_ = 0, shown_ = 0;
};

} // namespace inspect
