// Values: token bytes, comma-separated lists, the list writer.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/values.hpp"

#include <coax/core/ascii.hpp>
#include <coax/fields/list.hpp>
#include <coax/fields/list_writer.hpp>

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace values = coax::values;
using std::string;
using std::string_view;
using values::errc;
using values::limits;
using values::list_of;
using values::list_size;
using strings = std::vector<string>;

/// What a list_reader gave, and how it ended.
struct outcome {
  strings members;
  errc ec = errc::ok;
  std::size_t at = 0;
};

outcome read(string_view text, list_of kind = list_of::quoted, list_size size = list_size::any,
             const limits &lim = {}) {
  const string_view value = coax_test::guarded_copy(text);
  values::list_reader reader(value, kind, size, lim);
  outcome out;
  for (string_view member; reader.next(member);) {
    REQUIRE(member.data() == value.data() + reader.offset());
    REQUIRE_FALSE(member.empty());
    out.members.emplace_back(member);
  }
  out.ec = reader.ec();
  if (out.ec != errc::ok) out.at = reader.at();
  REQUIRE(out.at <= text.size());
  string_view untouched = "as it was";
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(reader.next(untouched));
    REQUIRE(reader.ec() == out.ec);
    REQUIRE((out.ec == errc::ok || reader.at() == out.at));
  }
  REQUIRE(untouched == "as it was");
  return out;
}

strings members(string_view text, list_of kind = list_of::quoted) {
  const outcome out = read(text, kind);
  CHECK(out.ec == errc::ok);
  return out.members;
}

string joined(const strings &parts, list_of kind = list_of::quoted) {
  string out(512, '\xEE');
  const auto write = [&](std::span<char> to) {
    values::list_writer list(to, kind);
    for (const string &part : parts) list.add(part);
    return list.finish();
  };
  const coax::written<errc> done = write(out);
  if (done.ec != errc::ok) {
    CHECK(done.size == 0);
    return string(values::name(done.ec));
  }
  CHECK(done.size == done.required);
  coax_test::check_smaller_refused(write, done.size);
  out.resize(done.size);
  return out;
}

constexpr std::size_t count(string_view text, list_of kind) {
  std::size_t n = 0;
  values::list_reader reader(text, kind);
  for (string_view member; reader.next(member);) ++n;
  return reader.ec() == errc::ok ? n : 999;
}
static_assert(count("foo , ,bar,charlie", list_of::tokens) == 3);
static_assert(count("\"a,b\", c", list_of::quoted) == 2);
static_assert(count("\"a,b\", c", list_of::tokens) == 3);
static_assert(count("\"a", list_of::quoted) == 999);

} // namespace

TEST_CASE("knows the 77 bytes of tokens and no others", "[H1-180]") {
  const string tchars = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::set<char> table(tchars.begin(), tchars.end());
  REQUIRE(table.size() == 77);
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    CAPTURE(i);
    const bool expected = table.count(c) > 0;
    CHECK(coax::ascii::is(c, coax::ascii::tchar) == expected);
    for (const string &text : {string(1, c), string(1, c) + "a", string("a") + c, string("a") + c + "a"}) {
      CHECK(coax::ascii::is_token(text) == expected);
      const bool is_list = c == ',' || c == ' ' || c == '\t';
      const bool single = is_list && (text.size() == 3 && c != ',');
      CHECK((values::check_token_list(text).ec == errc::ok) == ((expected || is_list) && !single));
    }
  }
  CHECK_FALSE(coax::ascii::is_token(""));
}

TEST_CASE("splits lists on commas and strips whitespace", "[H1-181]") {
  CHECK(members("foo , ,bar,charlie") == strings{"foo", "bar", "charlie"});
  CHECK(members("foo , ,bar,charlie", list_of::tokens) == strings{"foo", "bar", "charlie"});
  CHECK(members("\"a,b\", c") == strings{"\"a,b\"", "c"});
  CHECK(members("a") == strings{"a"});
  CHECK(members("\t a \t,\t b\t ") == strings{"a", "b"});
  CHECK(members("a b, c") == strings{"a b", "c"});
  CHECK(members("a;x=\"1, \\\" 2\" ; y , b") == strings{"a;x=\"1, \\\" 2\" ; y", "b"});
  CHECK(members("a\"b\"c,d") == strings{"a\"b\"c", "d"});
  CHECK(members("\",\"\",\",x") == strings{"\",\"\",\"", "x"});
  CHECK(members(",a,,b,") == strings{"a", "b"});
  CHECK(members("a\\,b") == strings{"a\\", "b"}); // a backslash means something in quoted strings only
  CHECK(members("\"a,b\", c", list_of::tokens) == strings{"\"a", "b\"", "c"});
  CHECK(members("\xA0"
                "a\xA0,\x0B") == strings{"\xA0"
                                         "a\xA0",
                                         "\x0B"});
}

TEST_CASE("lets a list be empty unless it needs a member", "[H1-181]") {
  for (const string_view text : {"", " ", " \t ", ",", ", ,", " ,\t, ,"}) {
    CAPTURE(text);
    for (const list_of kind : {list_of::tokens, list_of::quoted}) {
      CHECK(members(text, kind).empty());
      const outcome needs = read(text, kind, list_size::at_least_one);
      CHECK(needs.ec == errc::empty);
      CHECK(needs.at == text.size());
      CHECK(needs.members.empty());
    }
    CHECK(values::check_token_list(text).ec == errc::ok);
    CHECK(*values::check_token_list(text) == 0);
    CHECK(values::check_token_list(text, list_size::at_least_one).ec == errc::empty);
    CHECK(values::check_token_list(text, list_size::at_least_one).at == text.size());
  }
  CHECK(read(",,a", list_of::tokens, list_size::at_least_one).ec == errc::ok);
  CHECK(read("a,,", list_of::tokens, list_size::at_least_one).ec == errc::ok);
  CHECK(*values::check_token_list("GET, HEAD", list_size::at_least_one) == 2);
}

TEST_CASE("bounds the empty members of a list", "[H1-181]") {
  const outcome many = read(string(10000, ','));
  CHECK(many.ec == errc::too_many);
  CHECK(many.at == 16);
  CHECK(many.members.empty());

  CHECK(read(string(15, ',')).ec == errc::ok); // 16 empty members
  CHECK(read(string(16, ',')).ec == errc::too_many);
  CHECK(read(string(16, ',')).at == 16);
  CHECK(read(string(16, ',') + "a").members == strings{"a"});
  CHECK(read(string(17, ',') + "a").ec == errc::too_many);
  CHECK(read("a" + string(16, ',')).ec == errc::ok);
  CHECK(read("a" + string(17, ',')).ec == errc::too_many);
  CHECK(read("a" + string(17, ',')).at == 18);
  CHECK(read("a" + string(17, ',')).members == strings{"a"});

  string spread; // between members they count as well
  for (int i = 0; i < 16; ++i) spread += "a, ,";
  CHECK(read(spread + "b").ec == errc::ok);
  CHECK(read(spread).ec == errc::too_many); // the end is the 17th
  CHECK(read(spread + "b, ,").ec == errc::too_many);

  const limits none{.empty_members = 0};
  CHECK(read("", list_of::quoted, list_size::any, none).ec == errc::ok);
  CHECK(read("  ", list_of::quoted, list_size::any, none).ec == errc::ok);
  CHECK(read("a, b", list_of::quoted, list_size::any, none).ec == errc::ok);
  CHECK(read("a,", list_of::quoted, list_size::any, none).at == 2);
  CHECK(read("a,", list_of::quoted, list_size::any, none).ec == errc::too_many);
  CHECK(read(" ,a", list_of::quoted, list_size::any, none).at == 1);
}

TEST_CASE("bounds the members of a list", "[H1-181]") {
  const auto list = [](std::size_t n) {
    string out;
    for (std::size_t i = 0; i < n; ++i) out += i == 0 ? "ab" : ",ab";
    return out;
  };
  CHECK(read(list(128)).ec == errc::ok);
  CHECK(read(list(128)).members.size() == 128);
  const outcome many = read(list(129));
  CHECK(many.ec == errc::too_many);
  CHECK(many.at == 128 * 3);
  CHECK(many.members.size() == 128);
  CHECK(values::check_token_list(list(129)).ec == errc::too_many);
  const limits two{.members = 2};
  CHECK(read("a, b, ", list_of::tokens, list_size::any, two).ec == errc::ok);
  CHECK(read("a, b, c", list_of::tokens, list_size::any, two).at == 6);
  CHECK(read("a, b, \"", list_of::quoted, list_size::any, two).ec == errc::too_many);
  CHECK(read("a", list_of::tokens, list_size::any, limits{.members = 0}).at == 0);
  CHECK(read("", list_of::tokens, list_size::any, limits{.members = 0}).ec == errc::ok);
  values::list_reader short_form("a,b,c", list_of::tokens, two);
  string_view member;
  CHECK((short_form.next(member) && short_form.next(member) && !short_form.next(member)));
  CHECK(short_form.ec() == errc::too_many);
}

TEST_CASE("refuses a list with a quoted string that is not valid", "[H1-181][H1-182]") {
  struct {
    string_view text;
    std::size_t at;
  } const bad[] = {{"\"a", 2},      {"a, \"b, c", 8},       {"\"a\\", 3},         {"\"a\\\"", 4},
                   {"\"\x01\"", 1}, {"x, y=\"\\\x7F\"", 7}, {"a=\"b\", c=\"", 10}};
  for (const auto &row : bad) {
    CAPTURE(row.text);
    const outcome out = read(row.text);
    CHECK(out.ec == errc::malformed);
    CHECK(out.at == row.at);
    CHECK(read(row.text, list_of::tokens).ec == errc::ok);
  }
  CHECK(read("a, \"b, c").members == strings{"a"});
}

TEST_CASE("tells which byte of a list of tokens is none of a token", "[H1-181]") {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    CAPTURE(i);
    const string text = string("ab, c") + c + "d , e";
    const coax::values::parsed<std::size_t> out = values::check_token_list(text);
    if (c == ',') {
      CHECK(*out == 4);
    } else if (coax::ascii::is(c, coax::ascii::tchar)) {
      CHECK(out.ec == errc::ok);
      CHECK(*out == 3);
    } else {
      CHECK(out.ec == errc::malformed);
      CHECK(out.at == 5);
    }
  }
}

TEST_CASE("reads every cut of a list without reading past it", "[H1-181]") {
  const string text = " a;x=\"1,\\\"2\" , ,\"\\\\\",\tb";
  for (std::size_t n = 0; n <= text.size(); ++n)
    for (const list_of kind : {list_of::tokens, list_of::quoted}) read(text.substr(0, n), kind);
  CHECK(read(text).members == strings{"a;x=\"1,\\\"2\"", "\"\\\\\"", "b"});
}

TEST_CASE("splits lists as their definition says, for every short text", "[H1-181]") {
  const string_view alphabet = "a ,\"\\";
  for (std::size_t size = 0; size <= 6; ++size) {
    std::vector<std::size_t> digits(size, 0);
    for (bool more = true; more;) {
      string text;
      for (const std::size_t d : digits) text += alphabet[d];
      // By definition: cut at commas that are in no quoted string, strip, leave out what is empty.
      strings expected{""};
      bool quoted = false, escaped = false;
      for (const char c : text) {
        if (c == ',' && !quoted) {
          expected.emplace_back();
          continue;
        }
        if (c == '"' && !escaped) quoted = !quoted;
        escaped = quoted && c == '\\' && !escaped;
        expected.back() += c;
      }
      strings kept;
      for (string &m : expected) {
        while (!m.empty() && m.back() == ' ') m.pop_back();
        while (!m.empty() && m.front() == ' ') m.erase(0, 1);
        if (!m.empty()) kept.push_back(m);
      }
      const outcome out = read(text);
      if ((out.ec == errc::ok) == quoted || (!quoted && out.members != kept)) {
        CAPTURE(text, quoted);
        CHECK((out.ec == errc::ok) == !quoted);
        CHECK(out.members == kept);
      }
      more = false;
      for (std::size_t &d : digits) {
        if (++d < alphabet.size()) {
          more = true;
          break;
        }
        d = 0;
      }
    }
  }
}

TEST_CASE("writes lists without empty members", "[H1-321]") {
  CHECK(joined({"gzip", "br"}) == "gzip, br");
  CHECK(joined({"gzip"}) == "gzip");
  CHECK(joined({}).empty());
  CHECK(joined({"\"a,b\"", "c;x=\"1, 2\""}) == "\"a,b\", c;x=\"1, 2\"");
  CHECK(joined({"a b", "\xE4"}) == "a b, \xE4");
  CHECK(joined({"a", "b", "c"}, list_of::tokens) == "a, b, c");
  for (const string_view bad : {"", " ", "\t", ",", " a", "a ", "a\t", "a,b", "a,", ",a", "\"", "\"a",
                                "a\r\nb", "a\x7F", "\"\\\"", "a;b=\"c", "a\nb"}) {
    CAPTURE(bad);
    CHECK(joined({string(bad)}) == "invalid_input");
    CHECK(joined({"a", string(bad)}) == "invalid_input");
    CHECK(joined({string(bad), "a"}) == "invalid_input");
  }
  CHECK(joined({string("a\0b", 3)}) == "invalid_input");
  CHECK(joined({"\"a,b\""}, list_of::tokens) == "invalid_input");
  CHECK(joined({"\"a\""}, list_of::tokens) == "\"a\"");
}

TEST_CASE("reads back each list that it writes, whatever byte a member holds", "[H1-321]") {
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    const string member = string("a") + static_cast<char>(i) + "b";
    const string text = joined({"x", member, "y"});
    const bool may = i != ',' && i != '"' && i != 0x7F && (i >= 0x20 || i == '\t');
    CHECK((text != "invalid_input") == may);
    if (may) CHECK(members(text) == strings{"x", member, "y"});
  }
}
