// Cookie and Set-Cookie.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/octets.hpp"
#include "support/values.hpp"

#include <coax/fields/cookie.hpp>
#include <coax/fields/cookie_date.hpp>
#include <coax/fields/set_cookie.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::error;
using coax_test::guarded_copy;
using coax_test::is_tchar;
using coax_test::octet;
using coax_test::written_by;
using std::string_view;

/// The pairs in brackets, then the error and its offset if there is one.
std::string cookies(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  cookie_reader reader(copy, lim);
  cookie c;
  while (reader.next(c)) out += "[" + std::string(c.name) + "=" + std::string(c.value) + "]";
  CHECK_FALSE(reader.next(c));
  CHECK(reader.at() <= text.size());
  return reader.ec() == errc::ok ? out : out + error(reader.ec(), reader.at());
}

std::string write(const std::vector<cookie> &pairs) {
  return written_by([&](std::span<char> out) { return write_cookie(pairs, out); });
}
std::string build(const set_cookie &c, const std::vector<string_view> &extensions = {}) {
  return written_by([&](std::span<char> out) { return write_set_cookie(c, out, extensions); });
}

std::string describe(const set_cookie &c) {
  std::string out = std::string(c.name) + "=" + std::string(c.value);
  if (c.has_expires) out += " expires " + std::to_string(c.expires);
  if (c.has_max_age) out += " max-age " + std::to_string(c.max_age);
  if (!c.domain.empty()) out += " domain " + std::string(c.domain);
  if (!c.path.empty()) out += " path " + std::string(c.path);
  if (c.secure) out += " secure";
  if (c.http_only) out += " httponly";
  if (c.site == same_site::strict) out += " strict";
  if (c.site == same_site::lax) out += " lax";
  if (c.site == same_site::none) out += " none";
  return out;
}

/// A Set-Cookie line as text; the attributes as written follow in brackets if `attributes` is set.
std::string read(string_view text, bool attributes = false, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  const parsed<received_set_cookie> line = parse_set_cookie(copy, lim);
  if (!line) {
    CHECK(line.at <= text.size());
    return error(line.ec, line.at);
  }
  std::string out = describe(line->cookie);
  if (line->repeated) out += " (repeated)";
  if (line->ignored) out += " (ignored)";
  set_cookie_attribute_reader reader(line->attributes, lim);
  std::string all;
  for (cookie_attribute a; reader.next(a);)
    all += "[" + std::string(a.name) + "=" + std::string(a.value) + "]";
  CHECK(reader.ec() == errc::ok);
  return attributes ? out + " " + all : out;
}

std::string date(string_view text) {
  const string_view copy = guarded_copy(text);
  const parsed<std::int64_t> read = parse_cookie_date(copy);
  return read ? std::to_string(*read) : std::string(name(read.ec));
}

bool is_control(unsigned i) { return i < 0x20 || i == 0x7F; }

set_cookie simple(string_view name = "a", string_view value = "b") {
  set_cookie c;
  c.name = name;
  c.value = value;
  return c;
}

} // namespace

TEST_CASE("splits Cookie into pairs, in order and with duplicates", "[H1-219]") {
  CHECK(cookies("a=1; b=2; a=3") == "[a=1][b=2][a=3]");
  CHECK(cookies("SID=31d4d96e407aad42; lang=en-US") == "[SID=31d4d96e407aad42][lang=en-US]"); // RFC 6265 §3.1
  CHECK(cookies("a=") == "[a=]");
  CHECK(cookies("") == "");
  CHECK(cookies("a=b=c==") == "[a=b=c==]");
  CHECK(cookies("A=1; a=2") == "[A=1][a=2]");
}

TEST_CASE("never unescapes the values of cookies", "[H1-219]") {
  CHECK(cookies("a=\"x\"; b=%3B; c=\\\"; d=\"\\\"") == "[a=\"x\"][b=%3B][c=\\\"][d=\"\\\"]");
  CHECK(cookies("a=\"x;y\"") == "[a=\"x][=y\"]");
  CHECK(cookies("a=\"; b=2; c=\"") == "[a=\"][b=2][c=\"]");
}

TEST_CASE("splits what user agents send apart from the grammar", "[H1-219]") {
  CHECK(cookies("a=1;b=2 ;\tc=3") == "[a=1][b=2][c=3]");
  CHECK(cookies(" a = 1 ; b=\t2 ") == "[a=1][b=2]");
  CHECK(cookies(";; a=1;; ;b=2;") == "[a=1][b=2]");
  CHECK(cookies("a=1, b=2") == "[a=1, b=2]");
  CHECK(cookies("a={\"k\": 1, \"l\": [2]}; b=2") == "[a={\"k\": 1, \"l\": [2]}][b=2]");
  CHECK(cookies("a=\xC3\xA9; \xFF=x") == "[a=\xC3\xA9][\xFF=x]");
  CHECK(cookies("x; a=1") == "[=x][a=1]");
  CHECK(cookies("=x; = y") == "[=x][=y]");
  CHECK(cookies("=") == "[=]");
  CHECK(cookies("a b=c d") == "[a b=c d]");
}

TEST_CASE("refuses control characters in Cookie", "[H1-219]") {
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const std::string in_value = cookies("z=0; a=b" + octet(i) + "c; d=e");
    const std::string in_name = cookies("z=0; a" + octet(i) + "b=c; d=e");
    if (is_control(i) && i != '\t') {
      CHECK(in_value == "[z=0]malformed@8");
      CHECK(in_name == "[z=0]malformed@6");
    } else if (i == ';') {
      CHECK(in_value == "[z=0][a=b][=c][d=e]");
      CHECK(in_name == "[z=0][=a][b=c][d=e]");
    } else {
      CHECK(in_value == "[z=0][a=b" + octet(i) + "c][d=e]");
      CHECK(in_name == (i == '=' ? "[z=0][a=b=c][d=e]" : "[z=0][a" + octet(i) + "b=c][d=e]"));
    }
  }
}

TEST_CASE("bounds cookies and empty parts", "[H1-219]") {
  const limits lim{.empty_members = 2, .parameters = 3};
  CHECK(cookies("a=1;b=2;c=3", lim) == "[a=1][b=2][c=3]");
  CHECK(cookies("a=1;b=2;c=3; d=4", lim) == "[a=1][b=2][c=3]too_many@13");
  CHECK(cookies(";a=1;;b=2", lim) == "[a=1][b=2]");
  CHECK(cookies(";a=1;; ;b=2", lim) == "[a=1]too_many@7");
  CHECK(cookies("a=1;;;", lim) == "[a=1]too_many@6");
  CHECK(cookies(std::string(16, ';') + "a=1") == "[a=1]");
  CHECK(cookies(std::string(17, ';') + "a=1") == "too_many@16");
  std::string many = "a=0";
  for (int i = 1; i < 128; ++i) many += "; a=" + std::to_string(i);
  CHECK(cookies(many).find('@') == std::string::npos);
  CHECK(cookies(many + "; b=1").find("too_many@" + std::to_string(many.size() + 2)) != std::string::npos);
}

TEST_CASE("never reads past the end of cookies cut short", "[H1-219]") {
  const string_view sent = "a=1; b = \"x\" ;; c; =d; e=";
  for (std::size_t size = 0; size <= sent.size(); ++size)
    CHECK(cookies(sent.substr(0, size)).find('@') == std::string::npos);
  const string_view set =
      "SID=31d4; Expires=Wed, 09 Jun 2032 10:18:14 GMT; Max-Age=-12; Domain=.a.b; Path=/x; Secure ; "
      "HttpOnly; SameSite=Lax; Partitioned; x = y";
  for (std::size_t size = 0; size <= set.size(); ++size) {
    const std::string got = read(set.substr(0, size), true);
    CHECK((got.find('@') == std::string::npos) == (size >= 4));
  }
  const string_view when = "Wed, 09-Jun-2032 10:18:14 GMT";
  for (std::size_t size = 0; size <= when.size(); ++size) date(when.substr(0, size));
}

TEST_CASE("writes Cookie from pairs", "[H1-219]") {
  CHECK(write({{"a", "1"}}) == "a=1");
  CHECK(write({{"a", "1"}, {"b", ""}, {"a", "3"}}) == "a=1; b=; a=3");
  // A user agent sends what it was given, even if no server should have set it.
  CHECK(write({{"a b", "{\"k\": 1, x=\\\"}"}}) == "a b={\"k\": 1, x=\\\"}");
  CHECK(write(std::vector<cookie>{}) == "invalid_input");
  CHECK(write({{"", "1"}}) == "invalid_input");
  CHECK(write({{"a", "1"}, {"b", "2;c=3"}}) == "invalid_input");
  CHECK(write({{"a=b", "1"}}) == "invalid_input");
  CHECK(write({{"a", " 1"}}) == "invalid_input");
  CHECK(write({{"a", "1 "}}) == "invalid_input");
  CHECK(write({{" a", "1"}}) == "invalid_input");
  CHECK(write({{"a ", "1"}}) == "invalid_input");
  CHECK(write({{"a", "1\r\nX: y"}}) == "invalid_input");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const std::string value = "b" + octet(i) + "c", key = "n" + octet(i) + "m";
    const bool fine = !is_control(i) && i != ';';
    CHECK(write({{"a", value}}) == (fine ? "a=" + value : "invalid_input"));
    CHECK(write({{key, "v"}}) == (fine && i != '=' ? key + "=v" : "invalid_input"));
    if (fine) CHECK(cookies(write({{"a", value}})) == "[a=" + value + "]");
  }
}

TEST_CASE("reads Set-Cookie with its attributes", "[H1-219]") {
  CHECK(read("SID=31d4d96e407aad42") == "SID=31d4d96e407aad42");
  CHECK(read("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly") ==
        "SID=31d4d96e407aad42 path / secure httponly");
  CHECK(read("lang=en-US; Path=/; Domain=example.com") == "lang=en-US domain example.com path /");
  CHECK(read("b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT") == "b=2 expires 1970389094");
  CHECK(read("lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT") == "lang= expires 784111777");
  CHECK(read("a=b; max-age=3600;SAMESITE=strict") == "a=b max-age 3600 strict");
  CHECK(read("a=b; SameSite=LAX") == "a=b lax");
  CHECK(read("a=b; SameSite=None; secure") == "a=b secure none");
  CHECK(read(" a = b ;  path = /x ") == "a=b path /x");
  CHECK(read("a=b=c") == "a=b=c");
  CHECK(read("a=\"b\\\"%20,c\"; secure=x") == "a=\"b\\\"%20,c\" secure");
  CHECK(read("a=") == "a=");
  CHECK(read("a=b;") == "a=b");
  CHECK(read("a=b;;; ;Secure;") == "a=b secure");
}

TEST_CASE("keeps attributes that it does not know, in order and with duplicates", "[H1-219]") {
  CHECK(read("a=b; Partitioned; Priority=High; x=1; X=2; Secure; =y", true) ==
        "a=b secure [Partitioned=][Priority=High][x=1][X=2][Secure=][=y]");
  CHECK(read("a=b; Path=/1; path=/2", true) == "a=b path /2 (repeated) [Path=/1][path=/2]");
}

TEST_CASE("lets the last of repeated attributes count, and says so", "[H1-219]") {
  CHECK(read("a=b; Max-Age=1; Max-Age=2") == "a=b max-age 2 (repeated)");
  CHECK(read("a=b; Secure; Secure") == "a=b secure (repeated)");
  CHECK(read("a=b; Domain=x; DOMAIN=y") == "a=b domain y (repeated)");
  CHECK(read("a=b; Domain=x; Domain=") == "a=b domain x (repeated) (ignored)");
  CHECK(read("a=b; Path=/x; Path=y") == "a=b (repeated) (ignored)"); // RFC 6265 §5.2.4
  CHECK(read("a=b; SameSite=Lax; SameSite=x") == "a=b (repeated) (ignored)");
}

TEST_CASE("ignores attributes with values that cannot be", "[H1-219]") {
  CHECK(read("a=b; Expires=yesterday") == "a=b (ignored)");
  CHECK(read("a=b; Expires=Sun, 31 Feb 1994 08:49:37 GMT") == "a=b (ignored)");
  for (const string_view bad : {"", "-", "+1", "1.5", "x", "1x", "--1", "- 1", "\"1\""}) {
    CAPTURE(bad);
    CHECK(read("a=b; Max-Age=" + std::string(bad)) == "a=b (ignored)");
  }
  CHECK(read("a=b; Domain") == "a=b (ignored)");
  CHECK(read("a=b; Domain=.") == "a=b (ignored)");
  CHECK(read("a=b; Path=x") == "a=b (ignored)");
  CHECK(read("a=b; Path") == "a=b (ignored)");
  CHECK(read("a=b; SameSite=Laxx") == "a=b (ignored)");
}

TEST_CASE("reads Max-Age and Domain as RFC 6265 §5.2 does", "[H1-219]") {
  CHECK(read("a=b; Max-Age=0") == "a=b max-age 0");
  CHECK(read("a=b; Max-Age=-5") == "a=b max-age -5");
  CHECK(read("a=b; Max-Age=007") == "a=b max-age 7");
  CHECK(read("a=b; Max-Age=9223372036854775807") == "a=b max-age 9223372036854775807");
  CHECK(read("a=b; Max-Age=9223372036854775808") == "a=b max-age 9223372036854775807");
  CHECK(read("a=b; Max-Age=-99999999999999999999999") == "a=b max-age -9223372036854775807");
  CHECK(read("a=b; Domain=.Example.com") == "a=b domain Example.com");
  CHECK(read("a=b; Domain=..x") == "a=b domain .x");
}

TEST_CASE("refuses Set-Cookie without name or with control characters", "[H1-219]") {
  CHECK(read("") == "malformed@0");
  CHECK(read("a") == "malformed@1");
  CHECK(read("a; b=c") == "malformed@1");
  CHECK(read("=b") == "malformed@0");
  CHECK(read(" =b") == "malformed@0");
  CHECK(read("; a=b") == "malformed@0");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const bool fine = !is_control(i) || i == '\t';
    const std::string first = read("a=x" + octet(i) + "y; Path=/"),
                      second = read("a=x; Path=/" + octet(i) + "y");
    CHECK((first == "malformed@3") == !fine);
    CHECK((second == "malformed@11") == !fine);
    if (fine && i != ';') CHECK(first == "a=x" + octet(i) + "y path /");
  }
}

TEST_CASE("bounds the attributes of Set-Cookie", "[H1-219]") {
  const limits lim{.empty_members = 1, .parameters = 2};
  CHECK(read("a=b; Secure; x=y", false, lim) == "a=b secure");
  CHECK(read("a=b; Secure; x=y; z", false, lim) == "too_many@18");
  CHECK(read("a=b;; Secure", false, lim) == "a=b secure");
  CHECK(read("a=b;; ;Secure", false, lim) == "too_many@6");
}

TEST_CASE("reads dates of cookies in whatever form", "[H1-219]") {
  for (const string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "6 nov 1994 8:49:37", "08:49:37 6 november 94", "1994/NOV/06 08:49:37 PST",
        "06-Nov-94 08:49:37 +0100", "08:49:37abc 06th novembrrr 1994x",
        "x 6 y Nov 1994 z 08:49:37 94 Dec 95 09:00:00", "(06)(Nov)(94)(8:49:37)"}) {
    CAPTURE(text);
    CHECK(date(text) == "784111777");
  }
  CHECK(date("1 Jan 70 00:00:00") == "0");
  CHECK(date("1 Jan 1970 0:0:1") == "1");
  CHECK(date("31 Dec 69 23:59:59") == "3155759999"); // 2069
  CHECK(date("1 Jan 99 00:00:00") == "915148800");
  CHECK(date("1 Jan 00 00:00:00") == "946684800");
  CHECK(date("1 Jan 100 00:00:00") == "out_of_range");
  CHECK(date("1 Jan 1600 00:00:00") == "out_of_range");
  CHECK(date("1 Jan 1601 00:00:00") == "-11644473600");
  CHECK(date("31 Dec 9999 23:59:59") == "253402300799");
}

TEST_CASE("refuses dates of cookies with a part missing or impossible", "[H1-219]") {
  CHECK(date("") == "malformed");
  CHECK(date("06 Nov 1994") == "malformed");
  CHECK(date("06 Nov 08:49:37") == "malformed");
  CHECK(date("Nov 08:49:37") == "malformed");
  CHECK(date("06 1994 08:49:37") == "malformed");
  CHECK(date("06 Nov 1994 08:49") == "malformed");
  CHECK(date("06 Nov 1994 08:49:") == "malformed");
  CHECK(date("06 Nov 1994 008:49:37") == "malformed");
  CHECK(date("06 Nov 1994 08:49:377") == "malformed");
  CHECK(date("06 Nov 19944 08:49:37") == "malformed");
  CHECK(date("006 Nov 1994 08:49:37") == "malformed"); // then 006 is the year
  CHECK(date("06 No 1994 08:49:37") == "malformed");
  CHECK(date("00 Nov 1994 08:49:37") == "out_of_range");
  CHECK(date("31 Nov 1994 08:49:37") == "out_of_range");
  CHECK(date("32 Nov 1994 08:49:37") == "out_of_range");
  CHECK(date("29 Feb 1900 08:49:37") == "out_of_range");
  CHECK(date("29 Feb 2000 00:00:00") == "951782400");
  CHECK(date("06 Nov 1994 24:00:00") == "out_of_range");
  CHECK(date("06 Nov 1994 23:60:00") == "out_of_range");
  CHECK(date("06 Nov 1994 23:59:60") == "out_of_range");
}

TEST_CASE("separates the words of a cookie's date by exactly the delimiters", "[H1-219]") {
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const bool delimiter = i == 9 || (i >= 0x20 && i <= 0x2F) || (i >= 0x3B && i <= 0x40) ||
                           (i >= 0x5B && i <= 0x60) || (i >= 0x7B && i <= 0x7E);
    const std::string got = date("6" + octet(i) + "Nov 1994 08:49:37");
    CHECK((got == "784111777") == delimiter);
    // Behind a number, anything but a digit ends it.
    const bool is_digit = i >= '0' && i <= '9';
    CHECK((date("3" + octet(i) + " Nov 1994 08:49:37") == "783852577") == !is_digit);
  }
}

TEST_CASE("builds Set-Cookie with all attributes", "[H1-219]") {
  CHECK(build(simple()) == "a=b");
  CHECK(build(simple("SID", "")) == "SID=");
  CHECK(build(simple("a", "\"b\"")) == "a=\"b\"");
  CHECK(build(simple("a", "\"\"")) == "a=\"\"");
  set_cookie c = simple("SID", "31d4");
  c.has_expires = true;
  c.expires = 784111777;
  c.has_max_age = true;
  c.max_age = 1234567890123;
  c.domain = "a-1.example.com";
  c.path = "/x y";
  c.secure = c.http_only = true;
  c.site = same_site::lax;
  const std::string all = "SID=31d4; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=1234567890123; "
                          "Domain=a-1.example.com; Path=/x y; Secure; HttpOnly; SameSite=Lax";
  CHECK(build(c) == all);
  CHECK(build(c, {"Partitioned", "Priority=High"}) == all + "; Partitioned; Priority=High");
  CHECK(read(all) == describe(c));
  c.site = same_site::none;
  CHECK(read(build(c)) == describe(c));
  c.site = same_site::strict;
  CHECK(read(build(c)) == describe(c));
  for (const std::int64_t age : {1, 9, 10, 99, 100}) {
    set_cookie d = simple();
    d.has_max_age = true;
    d.max_age = age;
    CHECK(build(d) == "a=b; Max-Age=" + std::to_string(age));
  }
}

TEST_CASE("builds no Set-Cookie with a byte that a name or value may not have", "[H1-219]") {
  CHECK(build(simple("a", "b;c")) == "invalid_input");
  CHECK(build(simple("a", "b\r\nX: y")) == "invalid_input");
  CHECK(build(simple("", "b")) == "invalid_input");
  CHECK(build(simple("a", "\"")) == "invalid_input");
  CHECK(build(simple("a", "\"b")) == "invalid_input");
  CHECK(build(simple("a", "b\"")) == "invalid_input");
  CHECK(build(simple("a", "\"b\"\"")) == "invalid_input");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    // RFC 6265 §4.1.1
    const bool cookie_octet = i == 0x21 || (i >= 0x23 && i <= 0x2B) || (i >= 0x2D && i <= 0x3A) ||
                              (i >= 0x3C && i <= 0x5B) || (i >= 0x5D && i <= 0x7E);
    const std::string value = octet(i) + "b", quoted = "\"b" + octet(i) + "c\"", key = "n" + octet(i);
    CHECK(build(simple("a", value)) == (cookie_octet ? "a=" + value : "invalid_input"));
    CHECK(build(simple("a", quoted)) == (cookie_octet ? "a=" + quoted : "invalid_input"));
    CHECK(build(simple(key, "v")) == (is_tchar(i) ? key + "=v" : "invalid_input"));
  }
}

TEST_CASE("builds no Set-Cookie with attributes that would not be understood", "[H1-219]") {
  set_cookie c = simple();
  const auto with = [&](auto change) {
    set_cookie changed = c;
    change(changed);
    return build(changed);
  };
  const auto domain = [&](const std::string &text) { return with([&](set_cookie &s) { s.domain = text; }); };
  const auto path = [&](const std::string &text) { return with([&](set_cookie &s) { s.path = text; }); };
  const auto age = [&](std::int64_t n) {
    return with([&](set_cookie &s) { s.has_max_age = true, s.max_age = n; });
  };
  const auto expires = [&](std::int64_t n) {
    return with([&](set_cookie &s) { s.has_expires = true, s.expires = n; });
  };
  CHECK(age(1) == "a=b; Max-Age=1");
  CHECK(age(0) == "invalid_input");
  CHECK(age(-1) == "invalid_input");
  CHECK(age(INT64_MAX) == "a=b; Max-Age=9223372036854775807");
  CHECK(expires(0) == "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(expires(-11644473600) == "a=b; Expires=Mon, 01 Jan 1601 00:00:00 GMT");
  CHECK(expires(-11644473601) == "invalid_input");
  CHECK(expires(253402300799) == "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
  CHECK(expires(253402300800) == "invalid_input");
  for (const char *bad : {".example.com", "example..com", "example.com.", "-a.com", "a-.com", "a b", "a;b",
                          "a_b", "a\r\nb", "a,b", "[::1]", "."}) {
    CAPTURE(bad);
    CHECK(domain(bad) == "invalid_input");
  }
  const std::string label(63, 'x');
  CHECK(domain(label) == "a=b; Domain=" + label);
  CHECK(domain(label + "x") == "invalid_input");
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'x');
  CHECK(longest.size() == 253);
  CHECK(domain(longest) == "a=b; Domain=" + longest);
  CHECK(domain(longest + "x") == "invalid_input");
  CHECK(domain("127.0.0.1") == "a=b; Domain=127.0.0.1");
  for (const char *bad : {"x", " /", "/ ", "/a;b", "/a\tb", "/a\nb", "/\x7F", "/\xC3\xA9"}) {
    CAPTURE(bad);
    CHECK(path(bad) == "invalid_input");
  }
  CHECK(path("/a,b=\"c\"") == "a=b; Path=/a,b=\"c\"");
  CHECK(with([](set_cookie &s) { s.site = same_site::none; }) == "invalid_input");
  CHECK(with([](set_cookie &s) { s.site = same_site::none, s.secure = true; }) ==
        "a=b; Secure; SameSite=None");
  CHECK(with([](set_cookie &s) { s.site = static_cast<same_site>(4); }) == "invalid_input");
  for (const string_view bad : {"", " x", "x ", "a;b", "x\r\ny", "x\x7F", "x\xC3", "=x", " =x", "Secure",
                                "path=/", "Max-Age", "SAMESITE =x"}) {
    CAPTURE(bad);
    CHECK(build(c, {"Partitioned", bad}) == "invalid_input");
  }
}

TEST_CASE("builds no Set-Cookie that breaks the promise of its prefix", "[H1-219]") {
  for (const string_view key : {"__Secure-a", "__secure-A", "__SECURE-"}) {
    set_cookie c = simple(key);
    CHECK(build(c) == "invalid_input");
    c.secure = true;
    CHECK(build(c) == std::string(key) + "=b; Secure");
    c.domain = "x.y";
    c.path = "/z";
    CHECK(build(c) != "invalid_input");
  }
  for (const string_view key : {"__Host-a", "__host-a"}) {
    set_cookie c = simple(key);
    CHECK(build(c) == "invalid_input");
    c.secure = true;
    CHECK(build(c) == "invalid_input");
    c.path = "/x";
    CHECK(build(c) == "invalid_input");
    c.path = "/";
    CHECK(build(c) == std::string(key) + "=b; Path=/; Secure");
    CHECK(keeps_prefix_promise(c));
    c.domain = "x.y";
    CHECK(build(c) == "invalid_input");
    c.domain = {};
    c.secure = false;
    CHECK(build(c) == "invalid_input");
  }
  CHECK(build(simple("__Secure")) == "__Secure=b");
  CHECK(build(simple("_Host-a")) == "_Host-a=b");
  CHECK_FALSE(keeps_prefix_promise(parse_set_cookie("__Host-a=b; Secure; Path=/; Domain=c")->cookie));
  CHECK(keeps_prefix_promise(parse_set_cookie("__Host-a=b; Secure; Path=/")->cookie));
}

TEST_CASE("cookies are read and written in constant expressions", "[H1-219]") {
  static_assert(parse_set_cookie("a=b; Max-Age=5; Path=/")->cookie.max_age == 5);
  static_assert(*parse_cookie_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  static_assert([] {
    cookie_reader reader("a=1; b=2; a=3");
    int count = 0;
    for (cookie c; reader.next(c);) ++count;
    return count == 3;
  }());
  static_assert([] {
    std::array<char, 8> out{};
    return write_set_cookie({.name = "a", .value = ";"}, out).ec == errc::invalid_input &&
           write_set_cookie({.name = "a", .value = "b"}, out).size == 3;
  }());
}
