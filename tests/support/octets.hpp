// Single octets, for tests that try all 256 of them.
#pragma once

#include <string>
#include <string_view>

namespace coax_test {

constexpr char byte(int i) { return static_cast<char>(static_cast<unsigned char>(i)); }
inline std::string octet(unsigned i) {
  return std::string(1, static_cast<char>(static_cast<unsigned char>(i)));
}

/// RFC 9110 §5.6.2, on its own: not as coax has it.
constexpr bool is_tchar(unsigned c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c < 128 &&
          std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos);
}

} // namespace coax_test
