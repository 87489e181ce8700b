// Values: dates in their three forms.
#if !defined(_TIME_BITS) && !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 // what glibc asks for beside the other
#define _TIME_BITS 64        // its time_t knows the years from 2038 on, also where it has 32 bits otherwise
#endif
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/fields/date.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace {

namespace values = coax::values;
using std::string;
using std::string_view;
using values::errc;
using result = values::parsed<std::int64_t>;

constexpr std::int64_t day = 86400;
constexpr std::int64_t in_2025 = 1748779200; // 2025-06-01T12:00:00Z

result parse(string_view text, std::int64_t now = in_2025, bool lenient = false) {
  const result out = values::parse_date(coax_test::guarded_copy(text), now, lenient);
  REQUIRE(out.at <= text.size());
  return out;
}
result lenient(string_view text) { return parse(text, in_2025, true); }

string fixdate(std::int64_t t) {
  const std::array<char, 29> text = values::imf_fixdate(t);
  return {text.data(), text.size()};
}

/// The three forms of a time, as the C library knows the calendar.
struct forms {
  string imf, rfc850, ctime;
};
forms by_c_library(std::int64_t t) {
  static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm tm{};
  const std::time_t time = static_cast<std::time_t>(t);
  REQUIRE(gmtime_r(&time, &tm) != nullptr);
  const char *const weekday = weekdays[tm.tm_wday], *const month = months[tm.tm_mon];
  char clock[32], text[96];
  std::snprintf(clock, sizeof clock, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
  const int year = tm.tm_year + 1900;
  forms out;
  std::snprintf(text, sizeof text, "%.3s, %02d %s %04d %s GMT", weekday, tm.tm_mday, month, year, clock);
  out.imf = text;
  std::snprintf(text, sizeof text, "%s, %02d-%s-%02d %s GMT", weekday, tm.tm_mday, month, year % 100, clock);
  out.rfc850 = text;
  std::snprintf(text, sizeof text, "%.3s %s %2d %s %04d", weekday, month, tm.tm_mday, clock, year);
  out.ctime = text;
  return out;
}

/// Writing and all three ways of reading agree with the C library.
void round_trip(std::int64_t t) {
  const forms f = by_c_library(t);
  const result imf = values::parse_date(f.imf, 0), rfc850 = values::parse_date(f.rfc850, t),
               ctime = values::parse_date(f.ctime, 0);
  const bool good = fixdate(t) == f.imf && imf.ec == errc::ok && *imf == t && rfc850.ec == errc::ok &&
                    *rfc850 == t && ctime.ec == errc::ok && *ctime == t;
  if (good) return;
  CAPTURE(t, f.imf, f.rfc850, f.ctime, imf.ec, rfc850.ec, ctime.ec, *imf, *rfc850, *ctime);
  CHECK(fixdate(t) == f.imf);
  CHECK(good);
}

const string_view three_forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                   "Sun Nov  6 08:49:37 1994"};

static_assert(*values::parse_date("Sun, 06 Nov 1994 08:49:37 GMT", 0) == 784111777);
static_assert(values::imf_fixdate(784111777)[5] == '0' && values::imf_fixdate(784111777)[6] == '6');
static_assert(values::parse_date("Sun, 06 Nov 1994 08:49:37 GM", 0).at == 28);

} // namespace

TEST_CASE("reads the three forms of a date", "[H1-188]") {
  for (const string_view text : three_forms) {
    CAPTURE(text);
    CHECK(parse(text).ec == errc::ok);
    CHECK(*parse(text) == 784111777);
    CHECK(*lenient(text) == 784111777);
  }
  CHECK(*parse("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
  CHECK(*parse("Wed, 31 Dec 1969 23:59:59 GMT") == -1);
  CHECK(*parse("Tue, 29 Feb 2000 12:00:00 GMT") == 951825600);
  CHECK(*parse("Mon, 01 Jan 0001 00:00:00 GMT") == values::first_date);
  CHECK(*parse("Fri, 31 Dec 9999 23:59:59 GMT") == values::last_date);
  CHECK(*parse("Tue Nov 15 08:12:31 1994") == 784887151);
  CHECK(*parse("Sun Nov 06 08:49:37 1994") == 784111777); // date3 may have two digits
}

TEST_CASE("writes and reads every day from 1970 to 2100", "[H1-188][H1-321]") {
  std::mt19937_64 random(1994);
  for (std::int64_t t = 0; t <= 131 * 366 * day; t += day) {
    round_trip(t);
    round_trip(t + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(day)));
  }
}

TEST_CASE("writes and reads times of the years 0001 to 9999", "[H1-188][H1-321]") {
  std::mt19937_64 random(9999);
  const std::uint64_t span = static_cast<std::uint64_t>(values::last_date - values::first_date) + 1;
  for (int i = 0; i < 50000; ++i) round_trip(values::first_date + static_cast<std::int64_t>(random() % span));
  for (int year = 1; year <= 9999; ++year) { // around each change of years
    char text[40];
    std::snprintf(text, sizeof text, "Mon, 01 Jan %04d 00:00:00 GMT", year);
    const result start = values::parse_date(text, 0, true);
    REQUIRE(start.ec == errc::ok);
    round_trip(*start);
    if (year > 1) round_trip(*start - 1);
    round_trip(*start + 58 * day);
    round_trip(*start + 59 * day);
    round_trip(*start + 60 * day);
  }
}

TEST_CASE("resolves two digits of a year by the time now", "[H1-189]") {
  CHECK(*parse("Friday, 01-Jan-99 00:00:00 GMT") == 915148800);              // 1999
  CHECK(*parse("Wednesday, 01-Jan-70 00:00:00 GMT") == 3155760000);          // 2070
  CHECK(parse("Thursday, 01-Jan-70 00:00:00 GMT").ec == errc::out_of_range); // was one in 1970
  // 2075-06-01T12:00:00Z is 50 years ahead to the second.
  CHECK(fixdate(*parse("Saturday, 01-Jun-75 12:00:00 GMT")) == "Sat, 01 Jun 2075 12:00:00 GMT");
  CHECK(fixdate(*parse("Sunday, 01-Jun-75 12:00:01 GMT")) == "Sun, 01 Jun 1975 12:00:01 GMT");
  CHECK(fixdate(*parse("Monday, 02-Jun-75 00:00:00 GMT")) == "Mon, 02 Jun 1975 00:00:00 GMT");
  CHECK(fixdate(*parse("Tuesday, 01-Jul-75 00:00:00 GMT")) == "Tue, 01 Jul 1975 00:00:00 GMT");
  CHECK(fixdate(*parse("Friday, 31-May-75 23:59:59 GMT")) == "Fri, 31 May 2075 23:59:59 GMT");

  const auto year = [](string_view digits, std::int64_t now) {
    const result out = parse("Monday, 01-Jan-" + string(digits) + " 00:00:00 GMT", now, true);
    return out.ec == errc::ok ? fixdate(*out).substr(12, 4) : string(values::name(out.ec));
  };
  const std::int64_t in_1994 = 784111777, in_2095 = 3957206400, in_1999 = 946684799;
  CHECK(year("94", in_1994) == "1994");
  CHECK(year("95", in_1994) == "1995");
  CHECK(year("93", in_1994) == "1993");
  CHECK(year("00", in_1994) == "2000"); // the next century, soon
  CHECK(year("44", in_1994) == "2044");
  CHECK(year("45", in_1994) == "1945");
  CHECK(year("10", in_2095) == "2110");
  CHECK(year("46", in_2095) == "2046");
  CHECK(year("00", in_1999) == "2000");
  CHECK(year("49", in_1999) == "2049");
  CHECK(year("50", in_1999) == "1950");
  // Any `now` is taken.
  CHECK(year("51", values::first_date) == "0051");
  CHECK(year("99", values::first_date) == "out_of_range"); // before the year 1
  CHECK(year("00", values::first_date) == "out_of_range");
  CHECK(year("99", values::last_date) == "9999");
  CHECK(year("00", values::last_date) == "out_of_range"); // 10000
  CHECK(year("50", std::numeric_limits<std::int64_t>::max()) == "9950");
  CHECK(year("01", std::numeric_limits<std::int64_t>::min()) == "0001");
}

TEST_CASE("takes of a century's years that which is 50 years ahead at most", "[H1-189]") {
  for (int now_year = 1900; now_year <= 2200; ++now_year) {
    const std::int64_t now =
        *values::parse_date("Mon, 15 Mar " + std::to_string(now_year) + " 00:00:00 GMT", 0, true);
    for (int digits = 0; digits < 100; ++digits) {
      int expected = now_year + 50;
      while (expected % 100 != digits) --expected;
      char text[40];
      std::snprintf(text, sizeof text, "Monday, 15-Mar-%02d 00:00:00 GMT", digits);
      const result out = values::parse_date(text, now, true);
      if (fixdate(*out).substr(12, 4) != std::to_string(expected)) {
        CAPTURE(now_year, digits);
        CHECK(fixdate(*out).substr(12, 4) == std::to_string(expected));
      }
    }
  }
}

TEST_CASE("reads a leap second as the second after it", "[H1-190]") {
  CHECK(parse("Sun, 06 Nov 1994 23:59:60 GMT").ec == errc::ok);
  CHECK(*parse("Sun, 06 Nov 1994 23:59:60 GMT") == 784166400);
  CHECK(*parse("Mon, 07 Nov 1994 00:00:00 GMT") == 784166400);
  CHECK(*parse("Sunday, 06-Nov-94 23:59:60 GMT") == 784166400);
  CHECK(*parse("Sun Nov  6 23:59:60 1994") == 784166400);
  CHECK(*parse("Sat, 31 Dec 2016 23:59:60 GMT") == 1483228800);
}

TEST_CASE("checks the range of each number", "[H1-190]") {
  struct {
    string_view text;
    std::size_t at;
  } const rows[] = {
      {"Sun, 31 Feb 1994 08:49:37 GMT", 5},  {"Sun, 06 Nov 1994 24:00:00 GMT", 17},
      {"Sun, 06 Nov 1994 08:60:00 GMT", 20}, {"Sun, 06 Nov 1994 08:49:61 GMT", 23},
      {"Sun, 00 Nov 1994 08:49:37 GMT", 5},  {"Sun, 32 Nov 1994 08:49:37 GMT", 5},
      {"Sun, 31 Nov 1994 08:49:37 GMT", 5},  {"Tue, 29 Feb 1994 08:49:37 GMT", 5},
      {"Thu, 29 Feb 1900 08:49:37 GMT", 5},  {"Sun, 06 Nov 0000 08:49:37 GMT", 12},
      {"Sun, 06 Nov 1994 99:99:99 GMT", 17}, {"Sunday, 31-Feb-94 08:49:37 GMT", 8},
      {"Sunday, 00-Nov-94 08:49:37 GMT", 8}, {"Sunday, 06-Nov-94 24:49:37 GMT", 18},
      {"Sun Nov 31 08:49:37 1994", 8},       {"Sun Nov  0 08:49:37 1994", 9},
      {"Sun Nov 00 08:49:37 1994", 8},       {"Sun Nov  6 24:49:37 1994", 11},
      {"Sun Nov  6 08:49:37 0000", 20},
  };
  for (const auto &row : rows)
    for (const bool is_lenient : {false, true}) {
      CAPTURE(row.text, is_lenient);
      CHECK(parse(row.text, in_2025, is_lenient).ec == errc::out_of_range);
      CHECK(parse(row.text, in_2025, is_lenient).at == row.at);
    }
}

TEST_CASE("refuses by default other case, other spacing and the wrong weekday", "[H1-190]") {
  struct {
    string_view text;
    errc ec;
    std::size_t at;
    bool even_leniently;
  } const rows[] = {
      {"sun, 06 nov 1994 08:49:37 gmt", errc::malformed, 0, false},
      {"Sun, 06 nov 1994 08:49:37 GMT", errc::malformed, 8, false},
      {"Sun, 06 Nov 1994 08:49:37 gmt", errc::malformed, 26, false},
      {"SUN, 06 NOV 1994 08:49:37 GMT", errc::malformed, 1, false},
      {"SUNDAY, 06-NOV-94 08:49:37 Gmt", errc::malformed, 1, false},
      {"SUN NOV  6 08:49:37 1994", errc::malformed, 1, false},
      {"Sun,  06 Nov 1994 08:49:37 GMT", errc::malformed, 5, false},
      {"Sun,06 Nov 1994 08:49:37 GMT", errc::malformed, 4, false},
      {"Sun, 06\tNov 1994 08:49:37 GMT", errc::malformed, 7, false},
      {"Sun, 06 Nov \t 1994 08:49:37 GMT", errc::malformed, 12, false},
      {"Sun, 06 Nov 1994  08:49:37  GMT", errc::malformed, 17, false},
      {"Sunday,06-Nov-94  08:49:37 GMT", errc::malformed, 7, false},
      {"Sun Nov 6 08:49:37 1994", errc::malformed, 9, false},
      {"Sun  Nov  6 08:49:37 1994", errc::malformed, 4, false},
      {"Sun Nov   6 08:49:37  1994", errc::malformed, 9, false},
      {"Mon, 06 Nov 1994 08:49:37 GMT", errc::out_of_range, 0, false},
      {"Monday, 06-Nov-94 08:49:37 GMT", errc::out_of_range, 0, false},
      {"Mon Nov  6 08:49:37 1994", errc::out_of_range, 0, false},
      {"Sun, 06 Nov 1994 08:49:37 +0000", errc::malformed, 26, true},
      {"Sun, 06 Nov 1994 08:49:37 UTC", errc::malformed, 26, true},
      {"Sun, 06 Nov 1994 08:49:37", errc::malformed, 25, true},
      {"Sun, 06 Nov 1994 08:49:37 GMT ", errc::malformed, 29, true},
      {" Sun, 06 Nov 1994 08:49:37 GMT", errc::malformed, 0, true},
      {"Sun, 06 Nov 1994 08:49:37GMT", errc::malformed, 25, true},
      {"Sun, 06Nov 1994 08:49:37 GMT", errc::malformed, 7, true},
      {"Sun, 6 Nov 1994 08:49:37 GMT", errc::malformed, 6, true},
      {"Sun, 06 Nov 94 08:49:37 GMT", errc::malformed, 14, true},
      {"Sun, 06-Nov-1994 08:49:37 GMT", errc::malformed, 7, true},
      {"Sunday, 06 Nov 1994 08:49:37 GMT", errc::malformed, 10, true},
      {"Sunday, 06-Nov-1994 08:49:37 GMT", errc::malformed, 17, true},
      {"Sun, 06 Nov 1994 8:49:37 GMT", errc::malformed, 18, true},
      {"Sun, 06 Nov 1994 08:49 GMT", errc::malformed, 22, true},
      {"Sun, 06 Nov 1994 08:49:37.0 GMT", errc::malformed, 25, true},
      {"Sun, 06 November 1994 08:49:37 GMT", errc::malformed, 11, true},
      {"Sun, 06 Nob 1994 08:49:37 GMT", errc::malformed, 10, true},
      {"Sux, 06 Nov 1994 08:49:37 GMT", errc::malformed, 2, true},
      {"Sund, 06 Nov 1994 08:49:37 GMT", errc::malformed, 4, true},
      {"Sunday 06-Nov-94 08:49:37 GMT", errc::malformed, 6, true},
      {"06 Nov 1994 08:49:37 GMT", errc::malformed, 0, true},
      {"Sun Nov  6 08:49:37 94", errc::malformed, 22, true},
      {"784111777", errc::malformed, 0, true},
      {"0", errc::malformed, 0, true},
      {"-1", errc::malformed, 0, true},
      {"", errc::malformed, 0, true},
  };
  for (const auto &row : rows) {
    CAPTURE(row.text);
    CHECK(parse(row.text).ec == row.ec);
    CHECK(parse(row.text).at == row.at);
    if (row.even_leniently) {
      CHECK(lenient(row.text).ec == row.ec);
    } else {
      CHECK(lenient(row.text).ec == errc::ok);
      CHECK(*lenient(row.text) == 784111777);
    }
  }
}

TEST_CASE("refuses a time zone in the third form", "[H1-190]") {
  CHECK(parse("Sun Nov  6 08:49:37 1994 GMT").at == 24);
  CHECK(lenient("Sun Nov 6  08:49:37 1994 GMT").at == 24);
}

TEST_CASE("reads any amount of whitespace in a lenient date in linear time", "[H1-190]") {
  const string gap(20000, ' ');
  CHECK(*lenient("Sun," + gap + "06" + gap + "Nov" + gap + "1994 08:49:37 GMT") == 784111777);
  CHECK(lenient("Sun" + gap).at == gap.size() + 3);
}

TEST_CASE("judges each of the 256 bytes at each place of a date", "[H1-188][H1-190]") {
  for (const string_view form : three_forms)
    for (std::size_t at = 0; at < form.size(); ++at)
      for (int i = 0; i < 256; ++i) {
        string text(form);
        text[at] = static_cast<char>(i);
        const result out = values::parse_date(text, in_2025);
        // What is taken is the form that the C library gives the time; only a leap second and a leading zero
        // of the third form are written in another way.
        bool good = out.ec != errc::ok ? out.at <= text.size() : true;
        if (out.ec == errc::ok && text != "Sun Nov 06 08:49:37 1994" && text.find(":60") == string::npos) {
          const forms f = by_c_library(*out);
          good = text == f.imf || text == f.rfc850 || text == f.ctime;
        }
        const bool is_digit = form[at] >= '0' && form[at] <= '9' && i >= '0' && i <= '9';
        if (out.ec == errc::ok && text != form && !is_digit && text != "Sun Nov 06 08:49:37 1994")
          good = false;
        // Hours, minutes and seconds may be any in their range: the weekday stays.
        const std::size_t colon = form.find(':');
        if (is_digit && at >= colon - 2 && at <= colon + 5) {
          const std::size_t n = at <= colon ? colon - 2 : at <= colon + 2 ? colon + 1 : colon + 4;
          const int value = (text[n] - '0') * 10 + text[n + 1] - '0';
          good = (out.ec == errc::ok) == (value <= (n < colon ? 23 : n == colon + 1 ? 59 : 60));
        }
        if (!good) {
          CAPTURE(form, at, i, out.ec, out.at);
          CHECK(good);
        }
      }
}

TEST_CASE("asks for the rest of every cut of a date without reading past it", "[H1-188]") {
  for (const string_view form : three_forms)
    for (const bool is_lenient : {false, true})
      for (std::size_t n = 0; n < form.size(); ++n) {
        CAPTURE(form, n, is_lenient);
        const result out = parse(form.substr(0, n), in_2025, is_lenient);
        CHECK(out.ec == errc::malformed);
        CHECK(out.at == n);
        CHECK(parse(string(form) + string(form).substr(0, n + 1), in_2025, is_lenient).at == form.size());
      }
}

TEST_CASE("writes dates as IMF-fixdate only", "[H1-321]") {
  CHECK(fixdate(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(fixdate(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(fixdate(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(fixdate(values::first_date) == "Mon, 01 Jan 0001 00:00:00 GMT");
  CHECK(fixdate(values::last_date) == "Fri, 31 Dec 9999 23:59:59 GMT");
  for (std::size_t size = 0; size <= 32; ++size) {
    CAPTURE(size);
    string out(32, '\xEE');
    const coax::written<errc> done = values::write_date(784111777, std::span<char>(out).first(size));
    CHECK(done.required == 29);
    CHECK(done.ec == (size < 29 ? errc::buffer_too_small : errc::ok));
    CHECK(done.size == (size < 29 ? 0 : 29));
    if (size >= 29) CHECK(out.substr(0, 29) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(out.find_first_not_of('\xEE', size < 29 ? size : 29) == string::npos);
  }
}

TEST_CASE("refuses to write a date that four digits of a year cannot hold", "[H1-321]") {
  string out(32, '\xEE');
  for (const std::int64_t t :
       {values::first_date - 1, values::last_date + 1, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    CAPTURE(t);
    const coax::written<errc> done = values::write_date(t, out);
    CHECK(done.ec == errc::out_of_range);
    CHECK(done.size == 0);
    CHECK(out == string(32, '\xEE'));
    CHECK(fixdate(t) == fixdate(t < 0 ? values::first_date : values::last_date));
  }
  CHECK(values::write_date(values::first_date, out).ec == errc::ok);
  CHECK(values::write_date(values::last_date, out).ec == errc::ok);
}
