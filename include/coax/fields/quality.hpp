// Quality values, the weights of preferences (RFC 9110 §12.4.2).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/scan.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// The quality of what has no "q" parameter, and the highest there is, in thousandths. 0 is "not acceptable".
inline constexpr std::uint16_t full_quality = 1000;

/// Reads a quality value as thousandths, 0 to 1000:
///
///     qvalue = ( "0" [ "." *3DIGIT ] ) / ( "1" [ "." *3"0" ] )
///
/// errc::malformed: other text, also a value above 1 or with a fourth decimal.
constexpr parsed<std::uint16_t> parse_quality(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return {errc::malformed, 0, 0};
  const bool is_one = text[0] == '1';
  if (text.size() > 1 && text[1] != '.') return {errc::malformed, 1, 0};
  std::uint16_t value = is_one ? 1000 : 0, unit = 100;
  for (std::size_t at = 2; at < text.size(); ++at, unit = static_cast<std::uint16_t>(unit / 10)) {
    const char c = text[at];
    if (at == 5 || !ascii::is(c, ascii::digit) || (is_one && c != '0')) return {errc::malformed, at, 0};
    value = static_cast<std::uint16_t>(value + unit * (c - '0'));
  }
  return {errc::ok, 0, value};
}

/// Writes a quality value, given in thousandths, in its shortest form: "0", "0.5", "0.125", "1".
///
/// errc::invalid_input: above 1000. errc::buffer_too_small.
constexpr written<errc> write_quality(std::uint16_t thousandths, std::span<char> out) noexcept {
  if (thousandths > full_quality) return {errc::invalid_input, 0, 0};
  bounded_writer to(out);
  to.put(thousandths == full_quality ? '1' : '0');
  unsigned rest = thousandths % 1000u;
  if (rest != 0) to.put('.');
  for (unsigned unit = 100; rest != 0; rest %= unit, unit /= 10) to.put(static_cast<char>('0' + rest / unit));
  return to.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
