// The view of field lines: order, finding by name, single values, combined values.
#include "support/catch.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using http::errc;
using http::field_id;
using std::string_view;

/// A response head with the given field lines, and the view of them.
class section {
public:
  explicit section(const std::string &lines, http::leniency len = {})
      : bytes_("HTTP/1.1 200 OK\r\n" + lines + "\r\n"), table_(32) {
    const http::limits limits;
    http::response_parser parser;
    REQUIRE(parser.parse({table_, limits, len}, string_view(bytes_)).ready());
    head_ = parser.head();
  }
  section(const section &) = delete;
  section &operator=(const section &) = delete;

  http::fields fields() const { return http::view_response(head_, bytes_.data(), table_).fields; }

private:
  std::string bytes_;
  std::vector<http::field_ref> table_;
  http::head_ref head_{};
};

/// The combined value, which every smaller span has to be refused for.
std::string combined(const http::fields &all, string_view name) {
  std::string out(256, '\xEE');
  const coax::written<errc> done = all.combined(name, out);
  REQUIRE(done.ec == errc::ok);
  CHECK(static_cast<bool>(done));
  CHECK(done.size == done.required);
  CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
  for (std::size_t size = 0; size < done.size; ++size) {
    CAPTURE(size);
    std::string small(done.size + 1, '\xEE');
    const coax::written<errc> refused = all.combined(name, std::span<char>(small).first(size));
    CHECK_FALSE(static_cast<bool>(refused));
    CHECK(refused.ec == errc::buffer_too_small);
    CHECK(refused.size == 0);
    CHECK(refused.required == done.size);
    CHECK(small.find_first_not_of('\xEE', size) == std::string::npos);
  }
  std::string exact(done.size, '\xEE');
  CHECK(all.combined(name, exact).ec == errc::ok);
  out.resize(done.size);
  CHECK(exact == out);
  return out;
}

} // namespace

TEST_CASE("gives field lines in the order received", "[H1-090]") {
  const section s("A: 1\r\nB: x\r\na: 2\r\n");
  const http::fields f = s.fields();
  std::vector<std::string> names, values;
  for (const http::field line : f) {
    names.emplace_back(line.name);
    values.emplace_back(line.value);
  }
  CHECK(names == std::vector<std::string>{"A", "B", "a"});
  CHECK(values == std::vector<std::string>{"1", "x", "2"});
  CHECK(f.size() == 3);
  CHECK_FALSE(f.empty());
  CHECK(f[0].name == "A");
  CHECK(f[2].value == "2");
  CHECK(std::distance(f.begin(), f.end()) == 3);
  http::fields::iterator it = f.begin();
  CHECK((*it++).name == "A");
  CHECK((*it).name == "B");
  CHECK((*++it).name == "a");
  CHECK(++it == f.end());
}

TEST_CASE("is empty for a head without field lines", "[H1-090]") {
  const section s("");
  CHECK(s.fields().empty());
  CHECK(s.fields().size() == 0);
  CHECK(s.fields().begin() == s.fields().end());
  CHECK_FALSE(s.fields().contains("A"));
  CHECK(s.fields().single("A").absent());
  CHECK(combined(s.fields(), "A").empty());
  CHECK(http::fields().empty());
  CHECK(http::fields().single("A").absent());
}

TEST_CASE("joins the values of all lines with the same name, in order", "[H1-090]") {
  const section s("A: 1\r\nB: x\r\na: 2\r\nC: \r\nD: q, r\r\nc:\r\nD: s\r\nE: only\r\n");
  CHECK(combined(s.fields(), "A") == "1, 2");
  CHECK(combined(s.fields(), "a") == "1, 2");
  CHECK(combined(s.fields(), "B") == "x");
  CHECK(combined(s.fields(), "C") == ", ");
  CHECK(combined(s.fields(), "D") == "q, r, s");
  CHECK(combined(s.fields(), "E") == "only");
  CHECK(combined(s.fields(), "F").empty());
}

TEST_CASE("never joins Set-Cookie lines", "[H1-091]") {
  const section s("Set-Cookie: a=1\r\nset-cookie: b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT\r\nX: y\r\n");
  std::string out(256, '\xEE');
  for (const string_view name : {"Set-Cookie", "set-cookie", "SET-COOKIE"})
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, out.size()}) {
      const coax::written<errc> done = s.fields().combined(name, std::span<char>(out).first(size));
      CHECK_FALSE(static_cast<bool>(done));
      CHECK(done.ec == errc::duplicate_field);
      CHECK(done.size == 0);
    }
  std::vector<std::string> values;
  for (const http::field f : s.fields())
    if (f.id() == field_id::set_cookie) values.emplace_back(f.value);
  CHECK(values == std::vector<std::string>{"a=1", "b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT"});
}

TEST_CASE("gives the value of a lone Set-Cookie line", "[H1-091]") {
  const section s("Set-Cookie: a=1\r\n");
  CHECK(combined(s.fields(), "Set-Cookie") == "a=1");
}

TEST_CASE("joins lines of names that merely resemble Set-Cookie", "[H1-091]") {
  const section s(
      "Set-Cookie2: a\r\nSet-Cookie2: b\r\nSet_Cookie: c\r\nSet_Cookie: d\r\nCookie: e\r\nCookie: f\r\n");
  CHECK(combined(s.fields(), "Set-Cookie2") == "a, b");
  CHECK(combined(s.fields(), "Set_Cookie") == "c, d");
  CHECK(combined(s.fields(), "Cookie") == "e, f");
}

TEST_CASE("reports a duplicate of a field that may occur once", "[H1-092]") {
  for (const std::string name :
       {"Content-Type", "Date", "Location", "If-Modified-Since", "Authorization", "X-Other"}) {
    CAPTURE(name);
    const section one("A: b\r\n" + name + ": 1\r\nC: d\r\n");
    http::single_value v = one.fields().single(name);
    CHECK(static_cast<bool>(v));
    CHECK(v.lines == 1);
    CHECK(v.value == "1");
    CHECK_FALSE(v.absent());
    CHECK_FALSE(v.duplicate());
    CHECK(one.fields()[name] == "1");

    const section two(name + ": 1\r\nC: d\r\n" + name + ": 2\r\n");
    v = two.fields().single(name);
    CHECK_FALSE(static_cast<bool>(v));
    CHECK(v.lines == 2);
    CHECK(v.value == "1"); // for whoever asks for it in full knowledge
    CHECK(v.duplicate());
    CHECK_FALSE(v.absent());
    CHECK(two.fields()[name].empty()); // neither the first nor the last
    CHECK(two.fields().contains(name));

    const section equal(name + ": 1\r\n" + name + ": 1\r\n" + name + ":\r\n");
    v = equal.fields().single(name);
    CHECK_FALSE(static_cast<bool>(v));
    CHECK(v.lines == 3);
    CHECK(v.duplicate());

    const section none("A: b\r\n");
    v = none.fields().single(name);
    CHECK_FALSE(static_cast<bool>(v));
    CHECK(v.lines == 0);
    CHECK(v.absent());
    CHECK_FALSE(v.duplicate());
    CHECK(none.fields()[name].empty());
    CHECK_FALSE(none.fields().contains(name));
  }
}

TEST_CASE("takes a duplicate for one whatever the case of its name", "[H1-092][H1-083]") {
  const section s("Content-Type: a/b\r\ncontent-TYPE: c/d\r\n");
  CHECK(s.fields().single("Content-Type").duplicate());
  CHECK(s.fields()["CONTENT-TYPE"].empty());
}

TEST_CASE("tells an empty value from an absent field", "[H1-084][H1-092]") {
  const section s("X:\r\nY: \t \r\n");
  for (const string_view name : {"X", "Y"}) {
    CHECK(s.fields().contains(name));
    CHECK(static_cast<bool>(s.fields().single(name)));
    CHECK(s.fields().single(name).value.empty());
  }
  CHECK_FALSE(s.fields().contains("Z"));
  CHECK(s.fields().single("Z").absent());
}

TEST_CASE("finds fields without regard to the case of ASCII letters and keeps their spelling", "[H1-083]") {
  const section s("CONTENT-length: 0\r\nx-MiXeD: 1\r\n");
  for (const string_view name : {"content-length", "Content-Length", "CONTENT-LENGTH", "CONTENT-length"}) {
    CHECK(s.fields()[name] == "0");
    CHECK(s.fields()[0].is(name));
  }
  CHECK(s.fields()[0].name == "CONTENT-length");
  CHECK(s.fields()[0].id() == field_id::content_length);
  CHECK(s.fields()[1].name == "x-MiXeD");
  CHECK(s.fields()[1].id() == field_id::other);
  CHECK(s.fields()["X-mixed"] == "1");
}

TEST_CASE("folds the case of no byte but ASCII letters", "[H1-083]") {
  // Bytes that differ in the bit that tells a small letter from a capital one, and are none.
  const section s("X^: 1\r\nx~: 2\r\nk: 3\r\n`: 4\r\n");
  CHECK(s.fields()["x^"] == "1");
  CHECK(s.fields()["X~"] == "2");
  CHECK(s.fields()["K"] == "3");
  CHECK_FALSE(s.fields().contains("\xE2\x84\xAA")); // Kelvin sign
  CHECK_FALSE(s.fields().contains("\xCB"));         // k with the high bit set
  CHECK_FALSE(s.fields().contains("@"));            // ` without the bit
  CHECK_FALSE(s.fields().contains("\xEB"));
  for (int i = 0; i < 256; ++i)
    for (int j = 0; j < 256; ++j) {
      const char a = static_cast<char>(static_cast<unsigned char>(i));
      const char b = static_cast<char>(static_cast<unsigned char>(j));
      const bool letters = (i >= 'A' && i <= 'Z' && j == i + 32) || (j >= 'A' && j <= 'Z' && i == j + 32);
      const http::field f{string_view(&a, 1), ""};
      if (f.is(string_view(&b, 1)) != (i == j || letters)) FAIL_CHECK("bytes " << i << " and " << j);
    }
}

TEST_CASE("takes names of different lengths for different ones", "[H1-083]") {
  const section s("Host: 1\r\n");
  CHECK(s.fields().contains("host"));
  for (const string_view name : {"", "H", "Hos", "ost", "Hostt", "Host ", "Host:", " Host"})
    CHECK_FALSE(s.fields().contains(name));
}

TEST_CASE("takes underscores and hyphens for different bytes", "[H1-093]") {
  const section s("Content_Length: 5\r\nContent_Type: a\r\nContent-Type: b\r\n");
  CHECK(s.fields()[0].id() == field_id::other);
  CHECK_FALSE(s.fields().contains("Content-Length"));
  CHECK(s.fields()["Content_Length"] == "5");
  CHECK(s.fields()["Content-Type"] == "b");
  CHECK(s.fields()["content_type"] == "a");
  CHECK(s.fields().refs()[0].framing == field_id::other);
}

TEST_CASE("names fields by their identifiers", "[H1-083]") {
  const section s("HOST: a\r\nset-cookie: b\r\nETag: c\r\nx-etag: d\r\nTE: e\r\n");
  CHECK(s.fields()[0].id() == field_id::host);
  CHECK(s.fields()[1].id() == field_id::set_cookie);
  CHECK(s.fields()[2].id() == field_id::etag);
  CHECK(s.fields()[3].id() == field_id::other);
  CHECK(s.fields()[4].id() == field_id::te);
}

TEST_CASE("gives views into the bytes of the head", "[H1-084][H1-087]") {
  const section s("X: \t caf\xE9 \xA0 \r\n");
  const http::fields f = s.fields();
  CHECK(f[0].value == "caf\xE9 \xA0");
  CHECK(f.base() + f.refs()[0].value == f[0].value.data());
  CHECK(f.base() + f.refs()[0].name == f[0].name.data());
  CHECK(f.base()[0] == 'H');
}

TEST_CASE("combines and finds fields behind names as long as the table can tell and longer",
          "[H1-090][H1-083]") {
  for (const std::size_t size : {254u, 255u, 256u, 1000u}) {
    CAPTURE(size);
    const std::string name(size, 'a'), upper(size, 'A');
    const section s(name + ": 1\r\nB: x\r\n" + upper + ": 2\r\n" + name + "a: 3\r\n");
    const http::fields f = s.fields();
    CHECK(combined(f, name) == "1, 2");
    CHECK(combined(f, name + "a") == "3");
    CHECK(f.single(name).duplicate());
    CHECK(f[2].name == upper);
    CHECK(f[2].id() == field_id::other);
    CHECK(f["B"] == "x");
  }
}

TEST_CASE("ends a long name before the whitespace that is ignored in front of its colon",
          "[H1-082][H1-083]") {
  for (const std::size_t size : {254u, 255u, 256u, 1000u}) {
    CAPTURE(size);
    const std::string name(size, 'a');
    const section s(name + " \t: 1\r\n", {.strip_space_before_colon = true});
    CHECK(s.fields()[0].name == name);
    CHECK(s.fields()[name] == "1");
  }
}
