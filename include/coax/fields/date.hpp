// Dates (RFC 9110 §5.6.7).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/scan.hpp"
#include "parsed.hpp"
#include "quoted.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// Times are seconds since 1970-01-01T00:00:00Z, leap seconds not counted, negative before. These are the
/// first and the last one of the years 0001 to 9999, which a date can be written for.
inline constexpr std::int64_t first_date = -62135596800;
inline constexpr std::int64_t last_date = 253402300799;

namespace detail {

inline constexpr std::int64_t seconds_a_day = 86400;
inline constexpr std::int64_t days_before_1970 = 719162; // from 0001-01-01, a Monday

inline constexpr std::string_view weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};
inline constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

inline constexpr std::int64_t days_before_month[] = {0,   31,  59,  90,  120, 151,
                                                     181, 212, 243, 273, 304, 334}; // of no leap year

/// A date of the Gregorian calendar and the time of the day, UTC.
struct date_time {
  std::int64_t year = 1; // 1 to 9999
  std::int64_t month = 1;
  std::int64_t day = 1;
  std::int64_t second = 0; // of the day; a leap second reaches into the next one

  constexpr bool is_leap_year() const noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  constexpr std::int64_t days_in_month() const noexcept {
    if (month == 2) return is_leap_year() ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }

  /// Days since 0001-01-01.
  constexpr std::int64_t days() const noexcept {
    const std::int64_t whole = year - 1;
    const std::int64_t in_front = days_before_month[month - 1] + (month > 2 && is_leap_year() ? 1 : 0);
    return whole * 365 + whole / 4 - whole / 100 + whole / 400 + in_front + day - 1;
  }

  /// Index into weekdays.
  constexpr std::size_t weekday() const noexcept { return static_cast<std::size_t>(days() % 7); }

  constexpr std::int64_t seconds() const noexcept {
    return (days() - days_before_1970) * seconds_a_day + second;
  }

  /// Whether it is later in its year than `other` is in the year of that.
  constexpr bool is_later_in_year(const date_time &other) const noexcept {
    if (month != other.month) return month > other.month;
    if (day != other.day) return day > other.day;
    return second > other.second;
  }
};

/// Times before the first and after the last date count as these.
constexpr date_time to_date_time(std::int64_t seconds) noexcept {
  if (seconds < first_date) seconds = first_date;
  if (seconds > last_date) seconds = last_date;
  const auto since_0001 = static_cast<std::uint64_t>(seconds + days_before_1970 * seconds_a_day);
  // Years begin in March here, so that the day which may be missing is their last one: from 0000-03-01 on.
  const auto days = static_cast<std::uint32_t>(since_0001 / seconds_a_day) + 306;
  const std::uint32_t of_400 = days / 146097, day = days % 146097;
  const std::uint32_t of_1 = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const std::uint32_t in_year = day - (of_1 * 365 + of_1 / 4 - of_1 / 100);
  const std::uint32_t month = (in_year * 5 + 2) / 153; // five of them have 153 days
  date_time out;
  out.year = of_400 * 400 + of_1 + (month < 10 ? 0 : 1);
  out.month = month < 10 ? month + 3 : month - 9;
  out.day = in_year - (month * 153 + 2) / 5 + 1;
  out.second = static_cast<std::int64_t>(since_0001 % seconds_a_day);
  return out;
}

/// Reads one date; the first error stays.
class date_scanner {
public:
  constexpr date_scanner(std::string_view text, bool lenient) noexcept : text_(text), lenient_(lenient) {}

  constexpr parsed<std::int64_t> read(std::int64_t now) noexcept {
    bool full_name = false;
    const std::size_t weekday = read_weekday(full_name);
    date_time d;
    std::size_t day_at = 0, year_at = 0;
    if (ec_ != errc::ok) return failed();
    if (!full_name && (at_ == text_.size() || text_[at_] != ',')) {
      space(); // asctime-date
      d.month = read_month();
      space();
      day_at = at_;
      d.day = read_padded_day();
      space();
      d.second = read_time();
      space();
      year_at = at_;
      d.year = number(4, 1, 9999);
    } else {
      literal(',');
      if (lenient_)
        blanks();
      else
        space();
      day_at = at_;
      d.day = number(2, 1, 31);
      separator(full_name);
      d.month = read_month();
      separator(full_name);
      year_at = at_;
      d.year = full_name ? number(2, 0, 99) : number(4, 1, 9999);
      space();
      d.second = read_time();
      space();
      for (const char c : {'G', 'M', 'T'}) literal(c);
    }
    if (at_ != text_.size()) fail(errc::malformed, at_);
    if (ec_ != errc::ok) return failed();
    if (full_name) d.year = whole_year(d, to_date_time(now));
    if (d.year < 1 || d.year > 9999)
      fail(errc::out_of_range, year_at);
    else if (d.day > d.days_in_month())
      fail(errc::out_of_range, day_at);
    else if (!lenient_ && d.weekday() != weekday)
      fail(errc::out_of_range, 0);
    if (ec_ != errc::ok) return failed();
    return {errc::ok, 0, d.seconds()};
  }

private:
  /// The latest year with the last two digits d.year that puts `d` 50 years ahead of `now` at most. May be 0
  /// or less, or above 9999.
  static constexpr std::int64_t whole_year(date_time d, const date_time &now) noexcept {
    const std::int64_t latest = now.year + 50 - (d.is_later_in_year(now) ? 1 : 0);
    return latest - (latest + 100 - d.year) % 100;
  }

  constexpr std::size_t read_weekday(bool &full_name) noexcept {
    std::size_t longest = 0, index = 0;
    for (std::size_t i = 0; i < std::size(weekdays); ++i)
      if (const std::size_t n = matching(weekdays[i]); n > longest) {
        longest = n;
        index = i;
      }
    full_name = longest == weekdays[index].size();
    if (!full_name && longest != 3) fail(errc::malformed, longest);
    at_ += longest;
    return index;
  }

  constexpr std::int64_t read_month() noexcept {
    std::size_t longest = 0;
    for (std::size_t i = 0; i < std::size(months); ++i) {
      const std::size_t n = matching(months[i]);
      if (n > longest) longest = n;
      if (n < 3) continue;
      at_ += 3;
      return static_cast<std::int64_t>(i) + 1;
    }
    fail(errc::malformed, at_ + longest);
    return 1;
  }

  /// ( 2DIGIT / ( SP 1DIGIT ) )
  constexpr std::int64_t read_padded_day() noexcept {
    if (!lenient_) {
      if (at_ == text_.size() || text_[at_] != ' ') return number(2, 1, 31);
      ++at_;
      return number(1, 1, 9);
    }
    const bool two = at_ + 1 < text_.size() && ascii::is(text_[at_ + 1], ascii::digit);
    return number(two ? 2 : 1, 1, 31);
  }

  constexpr std::int64_t read_time() noexcept {
    const std::int64_t hours = number(2, 0, 23);
    literal(':');
    const std::int64_t minutes = number(2, 0, 59);
    literal(':');
    return hours * 3600 + minutes * 60 + number(2, 0, 60);
  }

  constexpr std::int64_t number(std::size_t digits, std::int64_t min, std::int64_t max) noexcept {
    const std::size_t begin = at_;
    std::int64_t value = 0;
    for (; at_ < begin + digits && ec_ == errc::ok; ++at_) {
      if (at_ == text_.size() || !ascii::is(text_[at_], ascii::digit)) {
        fail(errc::malformed, at_);
        break;
      }
      value = value * 10 + (text_[at_] - '0');
    }
    if (value < min || value > max) fail(errc::out_of_range, begin);
    return value;
  }

  constexpr void literal(char c) noexcept {
    if (at_ < text_.size() && same_byte(text_[at_], c, lenient_))
      ++at_;
    else
      fail(errc::malformed, at_);
  }

  constexpr void space() noexcept {
    const std::size_t begin = at_;
    if (lenient_) blanks();
    if (at_ == begin) literal(' ');
  }

  constexpr void separator(bool is_dash) noexcept {
    if (is_dash)
      literal('-');
    else
      space();
  }

  constexpr void blanks() noexcept { at_ = find_outside(text_, at_, ascii::blank); }

  /// How many bytes from here on are those of `name`.
  constexpr std::size_t matching(std::string_view name) const noexcept {
    std::size_t n = 0;
    while (n < name.size() && at_ + n < text_.size() && same_byte(text_[at_ + n], name[n], lenient_)) ++n;
    return n;
  }

  constexpr void fail(errc ec, std::size_t at) noexcept {
    if (ec_ != errc::ok) return;
    ec_ = ec;
    error_at_ = at;
  }
  constexpr parsed<std::int64_t> failed() const noexcept { return {ec_, error_at_, 0}; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t error_at_ = 0;
  errc ec_ = errc::ok;
  bool lenient_;
};

} // namespace detail

/// Reads a date as seconds since 1970-01-01T00:00:00Z, in any of the three forms (all UTC):
///
///     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT    obsolete, RFC 850
///     Sun Nov  6 08:49:37 1994          obsolete, asctime() of C
///
/// `now`, in the same seconds, decides the century of the second form: of the years with these digits it is
/// the latest that lies no more than 50 years ahead, counted to the second. Second 60, a leap second, is the
/// first second of the next minute.
///
/// With `lenient_dates` names and "GMT" may be of any case, there may be several SP and HTAB where a space
/// belongs, none behind the comma, one only before the single digit of the third form, and the weekday may be
/// that of another date.
///
/// errc::malformed: anything else, at the first byte that does not belong. errc::out_of_range: a number that
/// is too high for its place, a day that its month does not have, the year 0000, at the number; the weekday
/// of another date, at the weekday. Reads at most one date's bytes, with `lenient_dates` also the whitespace.
constexpr parsed<std::int64_t> parse_date(std::string_view text, std::int64_t now,
                                          bool lenient_dates = false) noexcept {
  return detail::date_scanner(text, lenient_dates).read(now);
}

/// A time as IMF-fixdate, the one form that may be sent: 29 bytes, no terminating NUL. Times outside the
/// years 0001 to 9999 are written as the first or the last second of these; write_date() refuses them.
constexpr std::array<char, 29> imf_fixdate(std::int64_t seconds) noexcept {
  const detail::date_time d = detail::to_date_time(seconds);
  const auto second = static_cast<std::uint32_t>(d.second), year = static_cast<std::uint32_t>(d.year);
  std::array<char, 29> out{'S', 'u', 'n', ',', ' ', '0', '6', ' ', 'N', 'o', 'v', ' ', '1', '9', '9',
                           '4', ' ', '0', '8', ':', '4', '9', ':', '3', '7', ' ', 'G', 'M', 'T'};
  const auto put_name = [&out](std::size_t at, std::string_view name) {
    for (std::size_t i = 0; i < 3; ++i) out[at + i] = name[i];
  };
  const auto put_two = [&out](std::size_t at, std::uint32_t number) {
    out[at] = static_cast<char>('0' + number / 10);
    out[at + 1] = static_cast<char>('0' + number % 10);
  };
  put_name(0, detail::weekdays[d.weekday()]);
  put_two(5, static_cast<std::uint32_t>(d.day));
  put_name(8, detail::months[d.month - 1]);
  put_two(12, year / 100);
  put_two(14, year % 100);
  put_two(17, second / 3600);
  put_two(20, second / 60 % 60);
  put_two(23, second % 60);
  return out;
}

/// Writes a time, in seconds since 1970-01-01T00:00:00Z, as IMF-fixdate.
///
/// errc::out_of_range: before first_date or after last_date. errc::buffer_too_small: less than 29 bytes.
constexpr written<errc> write_date(std::int64_t seconds, std::span<char> out) noexcept {
  if (seconds < first_date || seconds > last_date) return {errc::out_of_range, 0, 0};
  const std::array<char, 29> text = imf_fixdate(seconds);
  return bounded_writer(out).put(std::string_view(text.data(), text.size())).finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
