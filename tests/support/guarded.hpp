// Bytes that end where memory ends: reading one byte past them is a crash, not an accident.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace coax_test {

/// A block of memory with an inaccessible page right behind its end.
class guarded {
public:
  explicit guarded(std::size_t capacity);
  ~guarded();
  guarded(const guarded &) = delete;
  guarded &operator=(const guarded &) = delete;

  /// A copy of `bytes` that ends at the inaccessible page. What stood there before is overwritten, so that
  /// views kept from an earlier call show.
  std::span<char> place(std::string_view bytes);

private:
  char *block_ = nullptr;
  std::size_t size_ = 0;  // of the accessible part
  std::size_t total_ = 0; // with the guard
  std::size_t used_ = 0;
};

} // namespace coax_test
