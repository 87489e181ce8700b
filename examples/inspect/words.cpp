#include "words.hpp"

#include <algorithm>

namespace inspect {

std::string count(std::uint64_t n, std::string_view what) {
  std::string out = std::to_string(n);
  out += ' ';
  out += what;
  if (n != 1) out += 's';
  return out;
}

std::string octets(std::uint64_t n) { return count(n, "octet"); }

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  do {
    std::size_t end = std::min(width, text.size());
    if (end < text.size()) {
      const std::size_t space = text.rfind(' ', end);
      if (space != text.npos && space != 0) end = space;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
  } while (!text.empty());
  return lines;
}

} // namespace inspect
