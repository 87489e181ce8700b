// Small helpers for text.
#pragma once

#include <coax/core/ascii.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace http_client {

/// Bytes from elsewhere as visible ASCII, so that they cannot speak to the terminal.
inline std::string visible(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else if (c == '\r' || c == '\n') {
      out += c == '\r' ? "\\r" : "\\n";
    } else {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

/// "1 octet", "2 octets".
inline std::string octets(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " octet" : " octets"); }

/// Calls `f` with each line of a head or trailer section, up to its empty line.
template <class F> void each_line(std::string_view section, F &&f) {
  while (!section.empty()) {
    const std::size_t end = section.find('\n');
    std::string_view line = section.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    f(line);
    if (end == std::string_view::npos) return;
    section.remove_prefix(end + 1);
  }
}

/// The text that one of the library's writers writes, however long it is; empty if it refuses.
template <class Write> std::string written_text(Write write) {
  std::string out(256, '\0');
  auto result = write(std::span<char>(out));
  if (!result && result.required > out.size()) {
    out.resize(result.required);
    result = write(std::span<char>(out));
  }
  out.resize(result ? result.size : 0);
  return out;
}

} // namespace http_client
