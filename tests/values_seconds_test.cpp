// Values: whole numbers and times in seconds.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/fields/seconds.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace values = coax::values;
using coax_test::guarded_copy;
using std::string;
using std::string_view;
using values::errc;

constexpr std::uint64_t max64 = ~std::uint64_t{0};

values::parsed<std::uint64_t> integer(string_view text, std::uint64_t max = max64) {
  return values::parse_integer(guarded_copy(text), max);
}
values::parsed<std::uint32_t> delta(string_view text) {
  return values::parse_delta_seconds(guarded_copy(text));
}
values::parsed<values::retry_after> retry(string_view text, bool lenient = false) {
  return values::parse_retry_after(guarded_copy(text), 784111777, lenient);
}

static_assert(*values::parse_integer("120") == 120);
static_assert(*values::parse_delta_seconds("99999999999999999999") == 2147483648u);
static_assert(values::parse_retry_after("120", 0)->value == 120);

} // namespace

TEST_CASE("reads whole numbers of digits only", "[H1-191]") {
  CHECK(*integer("0") == 0);
  CHECK(*integer("120") == 120);
  CHECK(*integer("007") == 7);
  CHECK(*integer(string(1000, '0') + "7") == 7);
  CHECK(*integer("18446744073709551615") == max64);
  struct {
    string_view text;
    std::size_t at;
  } const bad[] = {{"", 0},    {"-1", 0},    {"1.5", 1}, {"+1", 0},    {" 1", 0}, {"1 ", 1},
                   {"1 2", 1}, {"0x1", 1},   {"1e3", 1}, {"1,000", 1}, {"a", 0},  {"1\xB2", 1},
                   {"12h", 2}, {"1\r\n", 1}, {"--1", 0}, {"\"1\"", 0}};
  for (const auto &row : bad) {
    CAPTURE(row.text);
    CHECK(integer(row.text).ec == errc::malformed);
    CHECK(integer(row.text).at == row.at);
    CHECK(delta(row.text).ec == errc::malformed);
    CHECK(delta(row.text).at == row.at);
  }
}

TEST_CASE("judges each of the 256 bytes of a number", "[H1-191]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const bool digit = i >= '0' && i <= '9';
    const string c(1, static_cast<char>(i));
    for (const string &text : {c, c + "1", "1" + c, "1" + c + "1"}) {
      CHECK((integer(text).ec == errc::ok) == digit);
      CHECK((delta(text).ec == errc::ok) == digit);
      CHECK(integer(text).at == (digit || text[0] == c[0] ? 0 : 1));
      CHECK((retry(text).ec == errc::ok) == digit);
    }
  }
}

TEST_CASE("refuses a number above its maximum, and never wraps", "[H1-191]") {
  for (const string_view text :
       {"18446744073709551616", "18446744073709551617", "18446744073709551625", "20000000000000000000",
        "36893488147419103232", "99999999999999999999", "184467440737095516150"}) {
    CAPTURE(text);
    CHECK(integer(text).ec == errc::out_of_range);
    CHECK(integer(text).at == (text.size() == 21 ? 20 : 19));
  }
  CHECK(integer(string(100000, '9')).ec == errc::out_of_range);
  CHECK(*integer("255", 255) == 255);
  CHECK(integer("256", 255).ec == errc::out_of_range);
  CHECK(integer("256", 255).at == 2);
  CHECK(*integer("0", 0) == 0);
  CHECK(integer("1", 0).at == 0);
  CHECK(integer("000256", 255).at == 5);
  // A byte that is no digit counts before the size: it is no number at all.
  CHECK(integer("256x", 255).ec == errc::malformed);
  CHECK(integer("256x", 255).at == 3);
}

TEST_CASE("takes every number of seconds above 2^31 for 2^31", "[H1-191]") {
  CHECK(*delta("0") == 0);
  CHECK(*delta("3600") == 3600);
  CHECK(*delta("2147483647") == 2147483647u);
  CHECK(*delta("2147483648") == 2147483648u);
  for (const string &text :
       {string("2147483649"), string("4294967295"), string("4294967296"), string("4294967297"),
        string("9223372036854775808"), string("18446744073709551616"), string("18446744073709551617"),
        string(100000, '9'), "0" + string(50, '8')}) {
    CAPTURE(text);
    CHECK(delta(text).ec == errc::ok);
    CHECK(*delta(text) == values::max_delta_seconds);
  }
  CHECK(delta(string(50, '9') + "-").ec == errc::malformed);
  CHECK(delta(string(50, '9') + "-").at == 50);
}

TEST_CASE("reads Retry-After as a delay or as a date", "[H1-191]") {
  REQUIRE(retry("120").ec == errc::ok);
  CHECK_FALSE(retry("120")->is_date);
  CHECK(retry("120")->value == 120);
  CHECK(retry("0")->value == 0);
  CHECK(retry("99999999999")->value == 2147483648);
  for (const string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    CAPTURE(text);
    REQUIRE(retry(text).ec == errc::ok);
    CHECK(retry(text)->is_date);
    CHECK(retry(text)->value == 784111777);
    for (std::size_t n = 0; n < text.size(); ++n) {
      CHECK(retry(text.substr(0, n)).ec == errc::malformed);
      CHECK(retry(text.substr(0, n)).at == n);
    }
  }
  CHECK(retry("sun, 06 nov 1994 08:49:37 gmt").ec == errc::malformed);
  CHECK(retry("sun, 06 nov 1994 08:49:37 gmt", true)->value == 784111777);
  CHECK(retry("Sun, 06 Nov 1994 24:49:37 GMT").ec == errc::out_of_range);
  CHECK(retry("Sun, 06 Nov 1994 24:49:37 GMT").at == 17);
  for (const string_view text : {"-1", "", " 120", "+5", "soon"}) {
    CAPTURE(text);
    CHECK(retry(text).ec == errc::malformed);
    CHECK(retry(text).at == 0);
  }
  CHECK(retry("1.5").ec == errc::malformed);
  CHECK(retry("1.5").at == 1);
  CHECK(retry("120s").at == 3);
}
