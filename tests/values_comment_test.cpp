// Values: comments and product identifiers.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/core/ascii.hpp>
#include <coax/fields/product.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;
using coax_test::guarded_copy;
using std::string;
using std::string_view;
using values::errc;
using values::limits;

values::parsed<std::size_t> comment(string_view text, std::size_t from = 0, const limits &lim = {}) {
  const values::parsed<std::size_t> out = values::scan_comment(guarded_copy(text), from, lim);
  REQUIRE(out.at <= text.size());
  return out;
}

/// Products as "name|version", comments as they are; then an error with its offset.
std::vector<string> products(string_view text, const limits &lim = {}) {
  const string_view from = guarded_copy(text);
  values::product_reader reader(from, lim);
  std::vector<string> out;
  for (values::product p; reader.next(p);) {
    REQUIRE(p.is_comment() == p.name.empty());
    REQUIRE((p.is_comment() ? p.comment[0] == '(' && p.version.empty() : p.comment.empty()));
    out.push_back(p.is_comment() ? string(p.comment) : string(p.name) + "|" + string(p.version));
  }
  const values::parsed<std::size_t> checked = values::check_products(from, lim);
  REQUIRE(checked.ec == reader.ec());
  if (reader.ec() == errc::ok) {
    REQUIRE(*checked == out.size());
  } else {
    REQUIRE(checked.at == reader.at());
    out.push_back(string(values::name(reader.ec())) + " " + std::to_string(reader.at()));
  }
  values::product untouched{"as", "it", "was"};
  REQUIRE_FALSE(reader.next(untouched));
  REQUIRE(untouched.comment == "was");
  return out;
}
using strings = std::vector<string>;

static_assert(*values::scan_comment("(a (b) \\) c)") == 12);
static_assert(*values::check_products("x/1 (a (b) \\) c)") == 2);

} // namespace

TEST_CASE("reads products, their versions and comments", "[H1-183]") {
  CHECK(products("x/1 (a (b) \\) c)") == strings{"x|1", "(a (b) \\) c)"});
  CHECK(products("x") == strings{"x|"});
  CHECK(products("CERN-LineMode/2.15 libwww/2.17b3") == strings{"CERN-LineMode|2.15", "libwww|2.17b3"});
  CHECK(products("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0") ==
        strings{"Mozilla|5.0", "(X11; Linux x86_64)", "AppleWebKit|537.36", "(KHTML, like Gecko)",
                "Chrome|120.0"});
  CHECK(products("a\t \tb (c)  (d)\t(e)") == strings{"a|", "b|", "(c)", "(d)", "(e)"});
  CHECK(products("a ()") == strings{"a|", "()"});
  CHECK(products("a (\xE4\t\"q)") == strings{"a|", "(\xE4\t\"q)"});
}

TEST_CASE("refuses what is no product, and tells the byte", "[H1-183]") {
  struct {
    string_view text;
    string_view error;
    std::size_t before;
  } const bad[] = {{"", "empty 0", 0},
                   {" ", "malformed 0", 0},
                   {" x", "malformed 0", 0},
                   {"x ", "malformed 2", 1},
                   {"(a)", "malformed 0", 0},
                   {"(a) x", "malformed 0", 0},
                   {"x/", "malformed 2", 0},
                   {"/1", "malformed 0", 0},
                   {"x/1/2", "malformed 3", 1},
                   {"x/1(a)", "malformed 3", 1},
                   {"x (a)(b)", "malformed 5", 2},
                   {"x (a)y", "malformed 5", 2},
                   {"x /1", "malformed 2", 1},
                   {"x/ 1", "malformed 2", 0},
                   {"x, y", "malformed 1", 1},
                   {"x (a", "malformed 4", 1},
                   {"x (a (b)", "malformed 8", 1},
                   {"x (a\\", "malformed 5", 1},
                   {"x (a\\)", "malformed 6", 1},
                   {"x )", "malformed 2", 1},
                   {"x (a))", "malformed 5", 2},
                   {"x (\x01)", "malformed 3", 1},
                   {"x\xE4", "malformed 1", 1},
                   {"x (a\r\n)", "malformed 4", 1},
                   {"x (a\\\r)", "malformed 5", 1}};
  for (const auto &row : bad) {
    CAPTURE(row.text);
    const strings out = products(row.text);
    CHECK(out.back() == row.error);
    CHECK(out.size() == row.before + 1);
  }
}

TEST_CASE("bounds how deep comments nest, without recursion", "[H1-183]") {
  CHECK(products("x/1 " + string(1000, '(')).back() == "too_deep 20");
  CHECK(products("x/1 " + string(500000, '(')).back() == "too_deep 20");
  CHECK(products("x " + string(16, '(') + string(16, ')')).size() == 2);
  CHECK(products("x " + string(17, '(') + string(17, ')')).back() == "too_deep 18");
  CHECK(products("x " + string(16, '(')).back() == "malformed 18");
  CHECK(products("x (a)", limits{.comment_depth = 0}).back() == "too_deep 2");
  CHECK(products("x (a(b)(c))", limits{.comment_depth = 2}).size() == 2);
  CHECK(products("x (a(b)(c(d)))", limits{.comment_depth = 2}).back() == "too_deep 9");
  // The limit is the caller's to raise: nothing else bounds the depth.
  CHECK(*comment(string(60000, '(') + string(60000, ')'), 0, limits{.comment_depth = 60000}) == 120000);
  string beside; // comments beside one another are not nested
  for (int i = 0; i < 1000; ++i) beside += "()";
  CHECK(*comment("(" + beside + ")") == 2002);
}

TEST_CASE("measures a comment from the offset it is given", "[H1-183]") {
  CHECK(*comment("(a)b") == 3);
  CHECK(*comment("x (a) y", 2) == 3);
  CHECK(comment("x (a", 2).at == 4);
  CHECK(comment("x (a)", 1).at == 1);
  CHECK(comment("x (a)", 5).at == 5);
  CHECK(comment("x (a)", 99).at == 5);
  CHECK(comment("").at == 0);
}

TEST_CASE("judges each of the 256 bytes of products and comments", "[H1-183]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string c(1, static_cast<char>(i));
    const bool token = coax::ascii::is(c[0], coax::ascii::tchar), blank = c == " " || c == "\t";
    const bool text = i == '\t' || (i >= 0x20 && i != 0x7F);
    const auto good = [](const string &value) { return values::check_products(value).ec == errc::ok; };
    CHECK(good(c + "a") == token);
    CHECK(good("a" + c + "b") == (token || blank || c == "/"));
    CHECK(good("a/b" + c) == token);
    CHECK(good("a/" + c) == token);
    CHECK(good("a" + c + "(b)") == blank);
    CHECK(good("a (b)" + c + "c") == blank);
    CHECK(good("a (b" + c + "c)") == (text && c != "(" && c != ")" && c != "\\") + (c == "\\"));
    CHECK(good("a (b\\" + c + "c)") == text);
    CHECK((comment("(" + c).ec == errc::ok) == (c == ")"));
  }
}

TEST_CASE("takes exactly the short texts that are a comment", "[H1-183]") {
  const string_view alphabet = "()\\a\x01";
  for (std::size_t size = 0; size <= 7; ++size) {
    std::vector<std::size_t> digits(size, 0);
    string text(size, alphabet[0]);
    for (;;) {
      // By definition: escaped bytes taken away, parentheses match first at the end.
      string plain;
      bool valid = true;
      for (std::size_t i = 0; i < size && valid; ++i) {
        if (text[i] == '\\') {
          valid = ++i < size && text[i] != '\x01';
          plain += 'e';
        } else {
          valid = text[i] != '\x01';
          plain += text[i];
        }
      }
      int open = 0;
      for (std::size_t i = 0; i < plain.size() && valid; ++i) {
        open += plain[i] == '(' ? 1 : plain[i] == ')' ? -1 : 0;
        valid = i + 1 < plain.size() ? open > 0 : open == 0;
      }
      valid = valid && plain.size() >= 2;
      const values::parsed<std::size_t> out = values::scan_comment(text);
      if ((out.ec == errc::ok && *out == size) != valid) {
        CAPTURE(text, valid);
        CHECK((out.ec == errc::ok && *out == size) == valid);
      }
      std::size_t i = 0;
      for (; i < size; ++i) {
        digits[i] = (digits[i] + 1) % alphabet.size();
        text[i] = alphabet[digits[i]];
        if (digits[i] != 0) break;
      }
      if (i == size) break;
    }
  }
}

TEST_CASE("reads every cut of a product list without reading past it", "[H1-183]") {
  const string text = "Mozilla/5.0 (X11; (\\(a) \\\\)\t AppleWebKit (KHTML) x/y";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    CAPTURE(n);
    const string last = products(text.substr(0, n)).back();
    const bool failed = last.starts_with("malformed ") || last.starts_with("empty ");
    if (failed) CHECK(last.ends_with(" " + std::to_string(n))); // what is there is not wrong
  }
  CHECK(products(text).size() == 5);
}
