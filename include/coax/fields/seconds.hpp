// Whole numbers in field values: counts and times in seconds.
#pragma once

#include "../core/number.hpp"
#include "../core/scan.hpp"
#include "date.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// What stands for all greater numbers of seconds: 2^31, some 68 years (RFC 9111 §1.2.2).
inline constexpr std::uint32_t max_delta_seconds = 2147483648u;

/// Reads 1*DIGIT, as of Max-Forwards. Leading zeros are allowed.
///
/// errc::malformed: empty, or the first byte that is no digit: a sign, a point, whitespace.
/// errc::out_of_range: above `max`, at the digit that exceeds it.
constexpr parsed<std::uint64_t> parse_integer(std::string_view text,
                                              std::uint64_t max = ~std::uint64_t{0}) noexcept {
  const std::size_t end = find_outside(text, 0, ascii::digit);
  if (text.empty() || end < text.size()) return {errc::malformed, end, 0};
  const parsed_number number = parse_decimal(text, max);
  if (!number.ok) return {errc::out_of_range, number.at, 0};
  return {errc::ok, 0, number.value};
}

/// Reads 1*DIGIT as a number of seconds, as of Age and of the directives of Cache-Control. What is above
/// max_delta_seconds, by however many digits, is read as that. errc::malformed as of parse_integer().
constexpr parsed<std::uint32_t> parse_delta_seconds(std::string_view text) noexcept {
  const parsed<std::uint64_t> number = parse_integer(text, max_delta_seconds);
  if (number.ec == errc::out_of_range) return {errc::ok, 0, max_delta_seconds};
  return {number.ec, number.at, static_cast<std::uint32_t>(number.value)};
}

/// When to try again.
struct retry_after {
  bool is_date = false;
  std::int64_t value = 0; ///< seconds since 1970-01-01T00:00:00Z if is_date, else to wait from now on
};

/// Reads the value of Retry-After (RFC 9110 §10.2.3): a date if it does not begin with a digit, else a delay
/// as of parse_delta_seconds(). `now` and `lenient_dates`, and errors of dates, are those of parse_date().
constexpr parsed<retry_after> parse_retry_after(std::string_view text, std::int64_t now,
                                                bool lenient_dates = false) noexcept {
  if (!text.empty() && ascii::is(text.front(), ascii::digit)) {
    const parsed<std::uint32_t> delay = parse_delta_seconds(text);
    return {delay.ec, delay.at, {false, *delay}};
  }
  const parsed<std::int64_t> date = parse_date(text, now, lenient_dates);
  return {date.ec, date.at, {true, *date}};
}

} // namespace coax::inline v0_1::values
