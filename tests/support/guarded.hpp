// Bytes that end, or begin, where memory does: touching one byte beside them is a crash, not an accident.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace coax_test {

/// A block of memory between two inaccessible pages.
class guarded {
public:
  explicit guarded(std::size_t capacity);
  ~guarded();
  guarded(const guarded &) = delete;
  guarded &operator=(const guarded &) = delete;

  /// A copy of `bytes` that ends at the inaccessible page behind. What stood there before is overwritten, so
  /// that views kept from an earlier call show.
  std::span<char> place(std::string_view bytes);
  /// The same, beginning right behind the inaccessible page in front.
  std::span<char> place_first(std::string_view bytes);

private:
  std::span<char> put(std::string_view bytes, std::size_t at);

  char *block_ = nullptr; // the accessible part
  std::size_t size_ = 0;  // of the accessible part
  std::size_t page_ = 0;  // of each guard
  std::size_t used_ = 0, used_at_ = 0;
};

/// A copy of at most 1 MiB of text that ends where memory does, until the next call.
std::string_view guarded_copy(std::string_view text);

} // namespace coax_test
