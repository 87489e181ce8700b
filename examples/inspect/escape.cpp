#include "escape.hpp"

namespace inspect {

namespace {

void append(std::string &out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
  case '\r': out += "\\r"; return;
  case '\n': out += "\\n"; return;
  case '\t': out += "\\t"; return;
  case '\0': out += "\\0"; return;
  case '\\': out += "\\\\"; return;
  default: break;
  }
  if (byte >= 0x20 && byte < 0x7F) {
    out += c;
  } else {
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 0xF];
  }
}

} // namespace

std::size_t visible_size(char c) noexcept {
  if (c == '\r' || c == '\n' || c == '\t' || c == '\0' || c == '\\') return 2;
  return c >= 0x20 && c < 0x7F ? 1 : 4;
}

std::string visible(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) append(out, c);
  return out;
}

std::string visible(std::string_view bytes, std::size_t width) {
  constexpr std::string_view dots = "...";
  std::string out;
  std::size_t cut = 0; // how much of it leaves room for the dots
  for (const char c : bytes) {
    append(out, c);
    if (out.size() + dots.size() <= width) cut = out.size();
    if (out.size() > width) {
      out.resize(cut);
      out += dots;
      break;
    }
  }
  return out;
}

} // namespace inspect
