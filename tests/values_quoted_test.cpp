// Values: quoted strings, read, compared and written.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/values.hpp"

#include <coax/core/ascii.hpp>
#include <coax/fields/quoted.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;
using std::string;
using std::string_view;
using values::errc;

using writer = coax::written<errc> (*)(string_view, std::span<char>) noexcept;

/// What a writer makes of text that ends where memory ends, or the name of its error.
string made(writer write, string_view text) {
  const string_view from = coax_test::guarded_copy(text);
  return coax_test::written_by([&](std::span<char> out) { return write(from, out); }, 2 * text.size() + 8);
}
string unquoted(string_view text) { return made(values::unquote, text); }
string quoted(string_view text) { return made(values::quote, text); }
string shortest(string_view text) { return made(values::token_or_quoted, text); }

values::scanned scan(string_view text, std::size_t from = 0) {
  return values::scan_quoted(coax_test::guarded_copy(text), from);
}

bool is_text(int i) { return i == '\t' || (i >= 0x20 && i != 0x7F); }

/// By the definition of quoted-string, from the left: the value, or nothing.
std::optional<string> by_definition(string_view text) {
  if (text.size() < 2 || text.front() != '"') return {};
  string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(out) : std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return {};
    if (!is_text(static_cast<unsigned char>(text[i]))) return {};
    out += text[i];
  }
  return {};
}

void each_text(string_view alphabet, std::size_t size, const std::function<void(const string &)> &use) {
  string text(size, alphabet[0]);
  std::vector<std::size_t> digits(size, 0);
  for (;;) {
    use(text);
    std::size_t i = 0;
    for (; i < size; ++i) {
      digits[i] = (digits[i] + 1) % alphabet.size();
      text[i] = alphabet[digits[i]];
      if (digits[i] != 0) break;
    }
    if (i == size) return;
  }
}

static_assert(values::scan_quoted("\"a\\\"b\" x").size == 6);
static_assert(values::scan_quoted("\"a").bad == 2);
static_assert(values::value_equals("\"a\\\"b\"", "a\"b"));
static_assert(values::value_iequals("UTF-8", "utf-8") && !values::value_equals("UTF-8", "utf-8"));

} // namespace

TEST_CASE("unescapes quoted strings", "[H1-182]") {
  CHECK(unquoted("\"a\\\"b\"") == "a\"b");
  CHECK(unquoted("\"\"") == "");
  CHECK(unquoted("\"abc\"") == "abc");
  CHECK(unquoted("\"\\a\\b\"") == "ab");
  CHECK(unquoted("\"\\\\\"") == "\\");
  CHECK(unquoted("\"a,;=/ \t\xE4\"") == "a,;=/ \t\xE4");
  CHECK(unquoted("\"\\ \\\t\\\xFF\"") == " \t\xFF");
  CHECK(unquoted("token") == "token");
}

TEST_CASE("refuses what is no quoted string, and tells the byte", "[H1-182]") {
  struct {
    string_view text;
    std::size_t bad;
  } const rows[] = {{"\"a", 2}, {"\"a\\", 3},     {"\"a\\\"", 4},   {"\"a\x01\"", 2},  {"\"", 1},    {"", 0},
                    {"a\"", 0}, {"\"a\r\n\"", 2}, {"\"a\\\r\"", 3}, {"\"\\\x7F\"", 2}, {" \"a\"", 0}};
  for (const auto &row : rows) {
    CAPTURE(row.text);
    CHECK(scan(row.text).size == 0);
    CHECK(scan(row.text).bad == row.bad);
    CHECK(unquoted(row.text) == "malformed");
  }
  CHECK(unquoted("\"a\"b") == "malformed");
  CHECK(unquoted("\"a\" ") == "malformed");
  CHECK(unquoted("a b") == "malformed");
  CHECK(unquoted(string_view("\"a\0\"", 4)) == "malformed");
  CHECK(scan("\"a\"b").size == 3); // what follows is for others to judge
}

TEST_CASE("scans from the offset it is given", "[H1-182]") {
  CHECK(scan("a=\"b\";c", 2).size == 3);
  CHECK(scan("a=\"b", 2).bad == 4);
  CHECK(scan("a=\"b\"", 1).bad == 1);
  CHECK(scan("a=\"b\"", 4).bad == 5);
  CHECK(scan("a=\"b\"", 5).bad == 5);
  CHECK(scan("a=\"b\"", 99).size == 0);
  CHECK(scan("a=\"b\"", 99).bad == 5);
}

TEST_CASE("judges each of the 256 bytes in quotes, with and without a backslash", "[H1-182]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const string plain = "\"a" + c + "b\"", pair = "\"a\\" + c + "b\"";
    const bool may_be_plain = is_text(i) && i != '"' && i != '\\';
    if (i == '\\') {
      CHECK(unquoted(plain) == "ab"); // an escaped b
    } else {
      CHECK(unquoted(plain) == (may_be_plain ? "a" + c + "b" : "malformed"));
    }
    CHECK(unquoted(pair) == (is_text(i) ? "a" + c + "b" : "malformed"));
    if (!is_text(i)) {
      CHECK(scan(plain).bad == 2);
      CHECK(scan(pair).bad == 3);
    }
  }
}

TEST_CASE("reads every short text as the definition of a quoted string says", "[H1-182]") {
  for (std::size_t size = 0; size <= 6; ++size)
    each_text("\"\\a \x01", size, [](const string &text) {
      const std::optional<string> expected = by_definition(text);
      const values::scanned found = scan(text);
      const bool whole = found.size > 0 && found.size == text.size();
      if (whole != expected.has_value()) {
        CAPTURE(text);
        CHECK(whole == expected.has_value());
      }
      if (found.size == 0 && found.bad > text.size()) CHECK(found.bad <= text.size());
      if (found.size == 0 && found.bad < text.size()) { // the bytes before it can be completed
        const string before = text.substr(0, found.bad);
        const bool fits = by_definition(before + "\"") || by_definition(before + "\"\"") || before.empty();
        if (!fits) {
          CAPTURE(text, found.bad);
          CHECK(fits);
        }
      }
      if (expected) {
        char out[8];
        const coax::written<errc> done = values::unquote(text, out);
        if (string_view(out, done.size) != *expected) CHECK(string(out, done.size) == *expected);
        if (!values::value_equals(text, *expected)) CHECK(text == "equal");
        if (values::value_equals(text, *expected + "a")) CHECK(text == "longer");
        if (!expected->empty() && values::value_equals(text, expected->substr(1))) CHECK(text == "shorter");
      }
    });
}

TEST_CASE("compares tokens and quoted strings with plain text", "[H1-182][H1-184]") {
  for (const string_view text : {"abc", "\"abc\"", "\"a\\bc\"", "\"\\a\\b\\c\""}) {
    CAPTURE(text);
    CHECK(values::value_equals(text, "abc"));
    CHECK(values::value_iequals(text, "aBC"));
    for (const string_view other : {"", "a", "ab", "abcd", "ABC", "abd", "\"abc\"", "a\\bc"})
      CHECK_FALSE(values::value_equals(text, other));
    for (const string_view other : {"", "ab", "abcd", "abd"}) CHECK_FALSE(values::value_iequals(text, other));
  }
  CHECK(values::value_equals("\"\"", ""));
  CHECK_FALSE(values::value_equals("\"\"", "a"));
  CHECK_FALSE(values::value_iequals("\"[\"", "{")); // only letters have a case
  for (const string_view neither : {"", "\"abc", "abc\"", "a b", "\"abc\"x", "\"", "\"a\\", "a\\bc"}) {
    CAPTURE(neither);
    CHECK_FALSE(values::value_equals(neither, neither));
    CHECK_FALSE(values::value_equals(neither, "abc"));
    CHECK_FALSE(values::value_equals(neither, ""));
    CHECK_FALSE(values::value_iequals(neither, neither));
  }
}

TEST_CASE("does not read past the plain text that it compares with", "[H1-182]") {
  const string text = "abcdef";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const string_view copy = coax_test::guarded_copy(text.substr(0, n));
    for (const string_view form : {"abcdef", "\"abcdef\"", "\"\\abcdef\""}) {
      CHECK(values::value_equals(form, copy) == (n == text.size()));
      CHECK(values::value_iequals(form, copy) == (n == text.size()));
    }
  }
}

TEST_CASE("puts a backslash before DQUOTE and backslash only", "[H1-321]") {
  CHECK(quoted("a\"b") == "\"a\\\"b\"");
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a\\b") == "\"a\\\\b\"");
  CHECK(quoted("plain text, it's") == "\"plain text, it's\"");
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const bool escaped = i == '"' || i == '\\';
    const string expected = is_text(i) ? "\"a" + string(escaped ? "\\" : "") + c + "b\"" : "invalid_input";
    CHECK(quoted("a" + c + "b") == expected);
  }
  CHECK(quoted("a\r\nSet-Cookie: b") == "invalid_input");
}

TEST_CASE("quotes only what is no token", "[H1-321]") {
  CHECK(shortest("utf-8") == "utf-8");
  CHECK(shortest("a b") == "\"a b\"");
  CHECK(shortest("") == "\"\"");
  CHECK(shortest("a\"") == "\"a\\\"\"");
  CHECK(shortest("a\n") == "invalid_input");
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string text(1, static_cast<char>(i));
    CHECK((shortest(text) == text) == coax::ascii::is_token(text));
  }
}

TEST_CASE("reads back each quoted string that it writes", "[H1-182][H1-321]") {
  for (std::size_t size = 0; size <= 5; ++size)
    each_text("\"\\a \xE4", size, [](const string &text) {
      char out[16], back[16];
      const coax::written<errc> done = values::quote(text, out);
      const coax::written<errc> read = values::unquote(string_view(out, done.size), back);
      const bool same = done.ec == errc::ok && read.ec == errc::ok && string_view(back, read.size) == text;
      if (!same) {
        CAPTURE(text);
        CHECK(same);
      }
    });
}
