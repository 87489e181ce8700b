#include "guarded.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace coax_test {

guarded::guarded(std::size_t capacity) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
  size_ = (std::max<std::size_t>(capacity, 1) + page_ - 1) / page_ * page_;
  void *memory = mmap(nullptr, size_ + 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  char *front = static_cast<char *>(memory);
  block_ = front + page_;
  if (mprotect(front, page_, PROT_NONE) != 0 || mprotect(block_ + size_, page_, PROT_NONE) != 0) std::abort();
}

guarded::~guarded() { munmap(block_ - page_, size_ + 2 * page_); }

std::span<char> guarded::place(std::string_view bytes) {
  if (bytes.size() > size_) std::abort();
  return put(bytes, size_ - bytes.size());
}

std::span<char> guarded::place_first(std::string_view bytes) {
  if (bytes.size() > size_) std::abort();
  return put(bytes, 0);
}

std::span<char> guarded::put(std::string_view bytes, std::size_t at) {
  std::memset(block_ + used_at_, '\xDB', used_);
  used_ = bytes.size();
  used_at_ = at;
  std::copy(bytes.begin(), bytes.end(), block_ + at);
  return {block_ + at, bytes.size()};
}

std::string_view guarded_copy(std::string_view text) {
  static guarded memory(1 << 20);
  const std::span<char> copy = memory.place(text);
  return {copy.data(), copy.size()};
}

} // namespace coax_test
