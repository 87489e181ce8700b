// Cache-Control.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/octets.hpp"
#include "support/values.hpp"

#include <coax/fields/cache_control.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace coax::values;
using coax_test::check_smaller_refused;
using coax_test::error;
using coax_test::guarded_copy;
using coax_test::is_tchar;
using coax_test::octet;
using std::string_view;

/// The directives in brackets, repeated ones with an asterisk, then the error and its offset if there is one.
std::string directives(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  cache_directive_reader reader(copy, lim);
  cache_directive d;
  while (reader.next(d))
    out += "[" + std::string(d.name) + (d.argument.empty() ? "" : "=" + std::string(d.argument)) +
           (d.repeated ? "*]" : "]");
  CHECK_FALSE(reader.next(d));
  CHECK(reader.at() <= text.size());
  const parsed<received_cache_control> whole = parse_cache_control(copy, lim);
  CHECK(whole.ec == reader.ec());
  if (reader.ec() == errc::ok) return out;
  CHECK(whole.at == reader.at());
  return out + error(reader.ec(), reader.at());
}

std::string describe(const cache_control &c) {
  std::string out;
  const auto seconds = [&](const char *key, const cache_seconds &s) {
    if (s.present) out += std::string(" ") + key + " " + std::to_string(s.value);
  };
  const auto flag = [&](const char *key, bool set, string_view fields = {}) {
    if (set) out += std::string(" ") + key + (fields.empty() ? "" : "(" + std::string(fields) + ")");
    if (!set) CHECK(fields.empty());
  };
  seconds("max-age", c.max_age);
  seconds("s-maxage", c.s_maxage);
  seconds("max-stale", c.max_stale);
  seconds("min-fresh", c.min_fresh);
  seconds("stale-while-revalidate", c.stale_while_revalidate);
  seconds("stale-if-error", c.stale_if_error);
  flag("no-cache", c.no_cache, c.no_cache_fields);
  flag("no-store", c.no_store);
  flag("no-transform", c.no_transform);
  flag("only-if-cached", c.only_if_cached);
  flag("must-revalidate", c.must_revalidate);
  flag("proxy-revalidate", c.proxy_revalidate);
  flag("must-understand", c.must_understand);
  flag("private", c.is_private, c.private_fields);
  flag("public", c.is_public);
  flag("immutable", c.immutable);
  return out.empty() ? "nothing" : out.substr(1);
}

std::string read(string_view text) {
  const string_view copy = guarded_copy(text);
  const parsed<received_cache_control> c = parse_cache_control(copy);
  if (!c) return error(c.ec, c.at);
  std::string out = describe(c->value);
  if (c->unknown != 0) out += ", " + std::to_string(c->unknown) + " unknown";
  if (c->repeated) out += ", repeated";
  if (c->invalid) out += ", invalid";
  return out;
}

std::string write(const cache_control &c) {
  const auto to = [&](std::span<char> bytes) { return write_cache_control(c, bytes); };
  std::string out(512, '\xEE');
  const coax::written<errc> done = to(out);
  if (!done) {
    CHECK(done.size == 0);
    CHECK(out.find_first_not_of('\xEE') == std::string::npos);
    return std::string(name(done.ec));
  }
  CHECK(done.size == done.required);
  CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
  check_smaller_refused(to, done.size);
  out.resize(done.size);
  // What is written is read back as it was.
  const parsed<received_cache_control> back = parse_cache_control(out);
  CHECK(back);
  CHECK(describe(back->value) == describe(c));
  CHECK(back->unknown == 0);
  CHECK_FALSE(back->repeated);
  CHECK_FALSE(back->invalid);
  return out;
}

} // namespace

TEST_CASE("reads the directives of Cache-Control, unknown ones too", "[H1-220]") {
  CHECK(directives("max-age=60, no-cache=\"Set-Cookie\", X") == "[max-age=60][no-cache=\"Set-Cookie\"][X]");
  CHECK(read("max-age=60, no-cache=\"Set-Cookie\", X") == "max-age 60 no-cache(Set-Cookie), 1 unknown");
  CHECK(directives("private, community=\"UCI\"") == "[private][community=\"UCI\"]"); // RFC 9111 §5.2.3
  CHECK(directives("") == "");
  CHECK(directives(" , a,,\tb=c ,") == "[a][b=c]");
  CHECK(directives("a=\"\", b=\"x, \\\"y\\\" = z\"") == "[a=\"\"][b=\"x, \\\"y\\\" = z\"]");
  CHECK(read("") == "nothing");
  CHECK(read("x, y=1, z=\"2\"") == "nothing, 3 unknown");
}

TEST_CASE("compares the names of directives without case", "[H1-220]") {
  CHECK(read("Max-Age=1, NO-STORE, Private") == "max-age 1 no-store private");
  CHECK(read("s-MaxAge=5,Must-Revalidate") == "s-maxage 5 must-revalidate");
}

TEST_CASE("knows every directive", "[H1-220]") {
  CHECK(read("max-age=1, s-maxage=2, max-stale=3, min-fresh=4, stale-while-revalidate=5, stale-if-error=6, "
             "no-cache, "
             "no-store, no-transform, only-if-cached, must-revalidate, proxy-revalidate, must-understand, "
             "private, "
             "public, immutable") == "max-age 1 s-maxage 2 max-stale 3 min-fresh 4 stale-while-revalidate 5 "
                                     "stale-if-error 6 no-cache no-store "
                                     "no-transform only-if-cached must-revalidate proxy-revalidate "
                                     "must-understand private public immutable");
  CHECK(read("max-stale") == "max-stale 2147483648");
  CHECK(read("private=\"A, B\", no-cache=c") == "no-cache(c) private(A, B)");
}

TEST_CASE("saturates numbers of seconds", "[H1-220]") {
  CHECK(read("max-age=99999999999") == "max-age 2147483648");
  CHECK(read("max-age=2147483647") == "max-age 2147483647");
  CHECK(read("max-age=2147483648") == "max-age 2147483648");
  CHECK(read("max-age=2147483649") == "max-age 2147483648");
  CHECK(read("max-age=4294967296") == "max-age 2147483648");
  CHECK(read("max-age=18446744073709551616") == "max-age 2147483648");
  CHECK(read("s-maxage=" + std::string(1000, '9')) == "s-maxage 2147483648");
  CHECK(read("max-age=0") == "max-age 0");
  CHECK(read("max-age=" + std::string(1000, '0') + "7") == "max-age 7");
}

TEST_CASE("takes arguments as tokens or quoted", "[H1-220]") {
  CHECK(read("max-age=\"60\"") == "max-age 60");
  CHECK(read("no-cache=Set-Cookie") == "no-cache(Set-Cookie)");
  CHECK(read("no-cache=\"Set-Cookie\"") == "no-cache(Set-Cookie)");
  CHECK(read("max-age=\"99999999999\"") == "max-age 2147483648");
}

TEST_CASE("reports repeated directives", "[H1-220]") {
  CHECK(directives("max-age=1, x, MAX-AGE=2, X=1") == "[max-age=1][x][MAX-AGE=2*][X=1*]");
  CHECK(directives("a=\"b, c\", b, c") == "[a=\"b, c\"][b][c]");
  CHECK(directives("a,,a ,,, a") == "[a][a*][a*]");
  CHECK(read("x, y, X") == "nothing, 3 unknown, repeated");
  std::string many = "p0";
  for (int i = 1; i < 100; ++i) many += ",p" + std::to_string(i) + "=\"x,q\"";
  CHECK(directives(many).find('*') == std::string::npos);
  for (int i = 0; i < 100; ++i)
    CHECK(directives(many + ", P" + std::to_string(i)).find("*]") != std::string::npos);
  CHECK(directives(many + ",p,q,x").find('*') == std::string::npos);
}

TEST_CASE("reads repeated directives in the way that reuses least", "[H1-220]") {
  CHECK(read("max-age=5, max-age=3") == "max-age 3, repeated");
  CHECK(read("max-age=3, max-age=5") == "max-age 3, repeated");
  CHECK(read("s-maxage=3, s-maxage=x, s-maxage=5") == "s-maxage 0, repeated, invalid");
  CHECK(read("min-fresh=3, min-fresh=5, min-fresh=4") == "min-fresh 5, repeated");
  CHECK(read("max-stale, max-stale=5") == "max-stale 5, repeated");
  CHECK(read("max-stale=5, max-stale=x, max-stale=7") == "nothing, repeated, invalid");
  CHECK(read("max-stale=x, max-stale=7") == "nothing, repeated, invalid");
  CHECK(read("no-cache=a, no-cache=b") == "no-cache, repeated");
  CHECK(read("no-cache=a, no-cache") == "no-cache, repeated");
  CHECK(read("no-cache, no-cache=a") == "no-cache, repeated");
  CHECK(read("private=a, no-cache=b, private=c") == "no-cache(b) private, repeated");
  CHECK(read("public, public=1") == "nothing, repeated, invalid");
  CHECK(read("public=1, public") == "nothing, repeated, invalid");
  CHECK(read("public, PUBLIC") == "public, repeated");
  CHECK(read("no-store, no-store") == "no-store, repeated");
}

TEST_CASE("reads invalid arguments in the way that reuses least, and keeps the rest", "[H1-220]") {
  for (const string_view bad :
       {"max-age", "max-age=x", "max-age=-1", "max-age=1.5", "max-age=+1", "max-age=\"\"", "max-age=\" 1\"",
        "max-age=\"1 \"", "max-age=0x1", "max-age=\"\\1\""}) {
    CAPTURE(bad);
    CHECK(read(bad) == "max-age 0, invalid");
    CHECK(read("no-store, " + std::string(bad) + ", x") == "max-age 0 no-store, 1 unknown, invalid");
  }
  CHECK(read("s-maxage=a") == "s-maxage 0, invalid");
  CHECK(read("min-fresh") == "min-fresh 2147483648, invalid");
  CHECK(read("max-stale=a") == "nothing, invalid");
  CHECK(read("max-stale=\"\"") == "nothing, invalid");
  CHECK(read("stale-while-revalidate") == "nothing, invalid");
  CHECK(read("stale-if-error=-") == "nothing, invalid");
  CHECK(read("no-store=1") == "no-store, invalid");
  CHECK(read("must-revalidate=\"a\"") == "must-revalidate, invalid");
  CHECK(read("public=1, immutable=1, must-understand=1") == "nothing, invalid");
  CHECK(read("no-cache=\"\"") == "no-cache, invalid");
  CHECK(read("no-cache=\"a b\"") == "no-cache, invalid");
  CHECK(read("private=\"a\\b\"") == "private, invalid");
  CHECK(read("private=\" , \"") == "private, invalid");
}

TEST_CASE("refuses a Cache-Control that is not of the grammar", "[H1-220]") {
  CHECK(directives("a, =b") == "[a]malformed@3");
  CHECK(directives("=") == "malformed@0");
  CHECK(directives("a=") == "malformed@2");
  CHECK(directives("a =b") == "malformed@1");
  CHECK(directives("a= b") == "malformed@2");
  CHECK(directives("a b") == "malformed@1");
  CHECK(directives("a;b") == "malformed@1");
  CHECK(directives("a=b c") == "malformed@3");
  CHECK(directives("a=b=c") == "malformed@3");
  CHECK(directives("a=\"b\"c") == "malformed@5");
  CHECK(directives("a=\"b") == "malformed@4");
  CHECK(directives("a=\"b\\") == "malformed@5");
  CHECK(directives("a=\"\x01\"") == "malformed@3");
  CHECK(directives("\"a\"=b") == "malformed@0");
  CHECK(directives("max-age=1, no-store=") == "[max-age=1]malformed@20");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const auto fine = [](const std::string &text) {
      return directives(text).find("malformed") == std::string::npos;
    };
    CHECK(fine("a" + octet(i) + "b") == (is_tchar(i) || i == '=' || i == ','));
    CHECK(fine("a=b" + octet(i) + "c") == (is_tchar(i) || i == ','));
    CHECK(fine("a=" + octet(i)) == is_tchar(i));
    const bool quotable = i == '\t' || (i >= 0x20 && i != 0x7F);
    CHECK(fine("a=\"" + octet(i) + "\"") == (quotable && i != '"' && i != '\\'));
    CHECK(fine("a=\"\\" + octet(i) + "\"") == quotable);
  }
}

TEST_CASE("bounds the directives of Cache-Control", "[H1-220]") {
  const limits lim{.members = 1, .empty_members = 1, .parameters = 3};
  CHECK(directives("a,b,c", lim) == "[a][b][c]");
  CHECK(directives("a,b,c,d", lim) == "[a][b][c]too_many@6");
  CHECK(directives("a,,b", lim) == "[a][b]");
  CHECK(directives("a,,,b", lim) == "[a]too_many@3");
  // Looking back at what was read is not bounded by what is left.
  CHECK(directives("a,,b,a", lim) == "[a][b][a*]");
  CHECK(directives("a,,b,B", lim) == "[a][b][B*]");
  std::string many = "a";
  for (int i = 1; i < 128; ++i) many += ",a";
  CHECK(directives(many).find('@') == std::string::npos);
  CHECK(directives(many + ",a").find("too_many@256") != std::string::npos);
}

TEST_CASE("never reads past the end of a Cache-Control cut short", "[H1-220]") {
  const string_view text = "max-age=60, no-cache=\"Set-\\Cookie, a\" , ,X, private=\"b\",max-age=\"7\"";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    CAPTURE(size);
    directives(text.substr(0, size));
    read(text.substr(0, size));
  }
  CHECK(directives(text).find('@') == std::string::npos);
}

TEST_CASE("writes Cache-Control", "[H1-220][H1-321]") {
  cache_control c;
  CHECK(write(c) == "invalid_input");
  c.max_age = {true, 60};
  CHECK(write(c) == "max-age=60");
  c.no_cache = true;
  c.no_cache_fields = "Set-Cookie";
  CHECK(write(c) == "max-age=60, no-cache=\"Set-Cookie\"");
  c.is_private = true;
  c.private_fields = "A, B";
  c.no_store = c.no_transform = c.only_if_cached = c.must_revalidate = c.proxy_revalidate =
      c.must_understand = c.is_public = c.immutable = true;
  c.s_maxage = {true, 0};
  c.min_fresh = {true, 10};
  c.max_stale = {true, 99};
  c.stale_while_revalidate = {true, 100};
  c.stale_if_error = {true, 2147483647};
  CHECK(write(c) ==
        "max-age=60, s-maxage=0, max-stale=99, min-fresh=10, stale-while-revalidate=100, "
        "stale-if-error=2147483647, no-cache=\"Set-Cookie\", no-store, no-transform, only-if-cached, "
        "must-revalidate, proxy-revalidate, must-understand, private=\"A, B\", public, immutable");
}

TEST_CASE("writes numbers of seconds no larger than a recipient has to know", "[H1-220]") {
  cache_control c;
  c.max_stale = {true, max_delta_seconds};
  CHECK(write(c) == "max-stale");
  c.max_stale = {};
  c.max_age = {true, max_delta_seconds};
  CHECK(write(c) == "max-age=2147483648");
  std::array<char, 32> out{};
  c.max_age = {true, 4294967295u};
  const coax::written<errc> done = write_cache_control(c, out);
  CHECK(string_view(out.data(), done.size) == "max-age=2147483648");
}

TEST_CASE("writes no Cache-Control with fields that are no list of tokens", "[H1-220][H1-321]") {
  for (const string_view bad :
       {"a b", "a,,b", ",a", "a,", ",", " ", "a\"", "a\\", "a\r\nX: y", "a;b", "\xC3"}) {
    CAPTURE(bad);
    cache_control c;
    c.no_cache = c.is_private = true;
    c.no_cache_fields = bad;
    CHECK(write(c) == "invalid_input");
    c.no_cache_fields = {};
    c.private_fields = bad;
    CHECK(write(c) == "invalid_input");
  }
  cache_control c;
  c.no_store = true;
  c.private_fields = "a";
  std::array<char, 64> out{};
  CHECK(write_cache_control(c, out).ec == errc::invalid_input);
}

TEST_CASE("Cache-Control is read and written in constant expressions", "[H1-220]") {
  static_assert(parse_cache_control("max-age=99999999999")->value.max_age.value == 2147483648u);
  static_assert(parse_cache_control("max-age=60, no-cache=\"Set-Cookie\", X")->unknown == 1);
  static_assert([] {
    std::array<char, 16> out{};
    cache_control c;
    c.no_store = true;
    return string_view(out.data(), write_cache_control(c, out).size) == "no-store";
  }());
}
