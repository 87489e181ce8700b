// Digits to numbers: digits only, at least one, never wrapping.
#pragma once

#include "ascii.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1 {

/// The value of a hexadecimal digit, or 16 for any other byte.
constexpr std::uint8_t hex_value(char c) noexcept {
  COAX_COUNT_WORK(1);
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  const char lower = ascii::to_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<std::uint8_t>(lower - 'a' + 10);
  return 16;
}

/// A number read from text, or the offset of the byte that spoils it.
struct parsed_number {
  bool ok = false;
  std::uint64_t value = 0;
  std::size_t at = 0; ///< when not ok: the offending byte (the text's size when it is empty)
};

/// Reads 1*DIGIT that makes up the whole of `text`. Leading zeros are allowed; a value above `max` is
/// refused at the digit that exceeds it. Linear in the text's size.
constexpr parsed_number parse_decimal(std::string_view text, std::uint64_t max = ~std::uint64_t{0}) noexcept {
  parsed_number out;
  for (; out.at < text.size(); ++out.at) {
    const char c = text[out.at];
    if (!ascii::is(c, ascii::digit)) return out;
    const std::uint64_t d = static_cast<std::uint64_t>(c - '0');
    if (d > max || out.value > (max - d) / 10) return out;
    out.value = out.value * 10 + d;
  }
  out.ok = !text.empty();
  return out;
}

} // namespace coax::inline v0_1
