// The dates of cookies, which are read as no other date is (RFC 6265 §5.1.1).
#pragma once

#include "date.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

namespace detail {

/// One word of a cookie's date, from its start.
class cookie_date_word {
public:
  constexpr explicit cookie_date_word(std::string_view text) noexcept : text_(text) {}

  /// min*maxDIGIT, and no digit behind. Goes on behind it.
  constexpr bool number(std::size_t min, std::size_t max, std::int64_t &out) noexcept {
    std::size_t digits = 0;
    out = 0;
    for (; at_ < text_.size() && ascii::is(text_[at_], ascii::digit); ++at_)
      if (++digits <= max) out = out * 10 + (text_[at_] - '0');
    return digits >= min && digits <= max;
  }

  constexpr bool colon() noexcept { return at_ < text_.size() && text_[at_] == ':' && ++at_ != 0; }

private:
  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr bool is_cookie_date_delimiter(char c) noexcept {
  const unsigned u = static_cast<unsigned char>(c);
  return u == 0x09 || (u >= 0x20 && u <= 0x2F) || (u >= 0x3B && u <= 0x40) || (u >= 0x5B && u <= 0x60) ||
         (u >= 0x7B && u <= 0x7E);
}

} // namespace detail

/// Reads the date of a cookie's Expires attribute as seconds since 1970-01-01T00:00:00Z. Whatever the order
/// of its words, the first that looks like a time, like a day, like a month and like a year count, each word
/// as one of them; all others mean nothing, the time zone too. Two-digit years from 70 on are of the
/// 20th century, lower ones of the 21st.
///
/// errc::malformed: one of the four is missing; at the end. errc::out_of_range: no such date or time, or a
/// year before 1601; at 0. Linear in the text's size.
constexpr parsed<std::int64_t> parse_cookie_date(std::string_view text) noexcept {
  bool has_time = false, has_day = false, has_month = false, has_year = false;
  std::int64_t hour = 0, minute = 0, second = 0;
  detail::date_time date;
  const auto read_word = [&](std::string_view text_of_word) {
    using word = detail::cookie_date_word;
    if (word w(text_of_word); !has_time) {
      std::int64_t h = 0, m = 0, s = 0;
      has_time = w.number(1, 2, h) && w.colon() && w.number(1, 2, m) && w.colon() && w.number(1, 2, s);
      if (has_time) {
        hour = h;
        minute = m;
        second = s;
        return;
      }
    }
    std::int64_t number = 0;
    if (word w(text_of_word); !has_day && w.number(1, 2, number)) {
      has_day = true;
      date.day = number;
      return;
    }
    if (!has_month) {
      std::int64_t index = 0;
      for (const std::string_view month : detail::months) {
        ++index;
        if (!ascii::iequals(text_of_word.substr(0, 3), month)) continue;
        has_month = true;
        date.month = index;
        return;
      }
    }
    if (word w(text_of_word); !has_year && w.number(2, 4, number)) {
      has_year = true;
      date.year = number >= 100 ? number : number >= 70 ? number + 1900 : number + 2000;
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && !detail::is_cookie_date_delimiter(text[at])) ++at;
    if (at > begin)
      read_word(text.substr(begin, at - begin));
    else
      ++at;
  }
  if (!has_time || !has_day || !has_month || !has_year) return {errc::malformed, text.size(), 0};
  if (date.year < 1601 || date.day < 1 || date.day > date.days_in_month() || hour > 23 || minute > 59 ||
      second > 59)
    return {errc::out_of_range, 0, 0};
  date.second = hour * 3600 + minute * 60 + second;
  return {errc::ok, 0, date.seconds()};
}

} // namespace coax::inline v0_1::values
