#include "guarded.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace coax_test {

guarded::guarded(std::size_t capacity) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  size_ = (std::max<std::size_t>(capacity, 1) + page - 1) / page * page;
  total_ = size_ + page;
  void *memory = mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  block_ = static_cast<char *>(memory);
  if (mprotect(block_ + size_, page, PROT_NONE) != 0) std::abort();
}

guarded::~guarded() { munmap(block_, total_); }

std::span<char> guarded::place(std::string_view bytes) {
  if (bytes.size() > size_) std::abort();
  std::memset(block_ + size_ - used_, '\xDB', used_);
  used_ = bytes.size();
  char *first = block_ + size_ - bytes.size();
  std::copy(bytes.begin(), bytes.end(), first);
  return {first, bytes.size()};
}

} // namespace coax_test
