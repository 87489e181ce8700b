// Entity tags, their lists, and the conditions of requests.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/values.hpp"

#include <coax/fields/entity_tag.hpp>
#include <coax/fields/precondition.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::check_smaller_refused;
using coax_test::guarded_copy;
using std::string_view;

bool is_tag(string_view text) { return static_cast<bool>(parse_entity_tag(guarded_copy(text))); }

/// The members of a list, or the error and its offset.
std::string members(string_view text, const limits &lim = default_limits) {
  const string_view in = guarded_copy(text);
  entity_tag_reader tags(in, lim);
  std::string out;
  for (entity_tag tag; tags.next(tag);)
    out += (tag.weak ? "weak <" : "strong <") + std::string(tag.opaque) + "> ";
  if (tags.any()) out += "any";
  if (tags.ec() != errc::ok) out += std::string(name(tags.ec())) + " at " + std::to_string(tags.at());
  entity_tag ignored;
  CHECK_FALSE(tags.next(ignored));
  return out;
}

constexpr std::int64_t sunday = 784111777; // Sun, 06 Nov 1994 08:49:37 GMT
constexpr string_view sunday_text = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr string_view second_before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr string_view second_after = "Sun, 06 Nov 1994 08:49:38 GMT";

representation current(string_view tag) {
  return {.entity_tag = tag,
          .has_last_modified = true,
          .last_modified = sunday,
          .last_modified_is_strong = true,
          .now = sunday + 1000};
}

std::string outcome(const conditions &c, const representation &state) {
  const evaluated e = evaluate(c, state);
  CHECK((e.outcome == condition_outcome::malformed) == (e.ec != errc::ok));
  switch (e.outcome) {
  case condition_outcome::proceed: return e.use_range ? "range" : "proceed";
  case condition_outcome::not_modified: CHECK_FALSE(e.use_range); return "304";
  case condition_outcome::precondition_failed: CHECK_FALSE(e.use_range); return "412";
  case condition_outcome::malformed:
    CHECK_FALSE(e.use_range);
    return std::string(name(e.ec)) + " at " + std::to_string(e.at);
  }
  return "?";
}

constexpr auto get = conditional_method::get;
constexpr auto head = conditional_method::head;
constexpr auto put = conditional_method::other;

} // namespace

TEST_CASE("reads entity tags, strong and weak", "[H1-209]") {
  CHECK(parse_entity_tag("\"\"")->opaque.empty());
  CHECK_FALSE(parse_entity_tag("\"\"")->weak);
  CHECK(parse_entity_tag("W/\"x\"")->weak);
  CHECK(parse_entity_tag("W/\"x\"")->opaque == "x");
  CHECK(parse_entity_tag("\"a\\b\"")->opaque == "a\\b");
  CHECK(parse_entity_tag("\"a\\b\"")->opaque.size() == 3);
  CHECK(parse_entity_tag("\"a\\\"").value.opaque == "a\\"); // a backslash escapes nothing
  CHECK(parse_entity_tag("\"W/\"")->opaque == "W/");
  static_assert(parse_entity_tag("W/\"x\"")->weak);
  static_assert(!parse_entity_tag("w/\"x\""));
}

TEST_CASE("says where a text stops being an entity tag", "[H1-209]") {
  const struct {
    string_view text;
    std::size_t at;
  } cases[] = {{"w/\"x\"", 0}, {"x", 0},       {"\"a b\"", 2}, {"", 0},           {"\"", 1},
               {"\"a", 2},     {"W", 1},       {"W/", 2},      {"W\"x\"", 1},     {"W/x", 2},
               {"W /\"\"", 1}, {"W/ \"\"", 2}, {"\"a\"b", 3},  {"\"a\"\"b\"", 3}, {"\"a\" ", 3},
               {" \"a\"", 0},  {"a\"", 0},     {"\"a\",", 3}};
  for (const auto &c : cases) {
    CAPTURE(c.text);
    const auto tag = parse_entity_tag(guarded_copy(c.text));
    CHECK(tag.ec == errc::malformed);
    CHECK(tag.at == c.at);
  }
}

TEST_CASE("allows every visible byte in an entity tag, and none of the others", "[H1-209]") {
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    CAPTURE(i);
    CHECK(is_tag(std::string("\"a") + c + "b\"") == ((i > 0x20 && i < 0x7F && c != '"') || i >= 0x80));
    CHECK(is_tag(std::string(1, c) + "/\"x\"") == (c == 'W'));
    CHECK(is_tag(std::string("W") + c + "\"x\"") == (c == '/'));
    CHECK_FALSE(is_tag(std::string("\"a\"") + c));
    const std::string text(1, c);
    char out[8];
    CHECK(static_cast<bool>(write_entity_tag({false, text}, out)) == is_tag("\"" + text + "\""));
  }
}

TEST_CASE("refuses every truncation of an entity tag", "[H1-209]") {
  for (const string_view whole : {"W/\"abc\"", "\"abc\""})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto tag = parse_entity_tag(guarded_copy(whole.substr(0, size)));
      CHECK(tag.ec == errc::malformed);
      CHECK(tag.at == size);
    }
}

TEST_CASE("compares entity tags strongly and weakly", "[H1-209]") {
  const auto tag = [](string_view text) { return *parse_entity_tag(text); };
  const struct {
    string_view a, b;
    bool strong, weak;
  } cases[] = {// the table of RFC 9110 section 8.8.3.2
               {"W/\"1\"", "W/\"1\"", false, true},
               {"W/\"1\"", "W/\"2\"", false, false},
               {"W/\"1\"", "\"1\"", false, true},
               {"\"1\"", "\"1\"", true, true},
               // and more
               {"\"1\"", "W/\"1\"", false, true},
               {"\"a\"", "\"A\"", false, false},
               {"\"\"", "\"\"", true, true},
               {"\"a\"", "\"ab\"", false, false}};
  for (const auto &c : cases) {
    CAPTURE(c.a, c.b);
    CHECK(strong_equal(tag(c.a), tag(c.b)) == c.strong);
    CHECK(weak_equal(tag(c.a), tag(c.b)) == c.weak);
  }
}

TEST_CASE("reads lists of entity tags, whose commas are data", "[H1-210]") {
  CHECK(members("\"a,b\", W/\"c\"") == "strong <a,b> weak <c> ");
  CHECK(members("\"a\"") == "strong <a> ");
  CHECK(members("\"a\",\"b\"") == "strong <a> strong <b> ");
  CHECK(members("\"a\" ,\t \"b\"") == "strong <a> strong <b> ");
  CHECK(members(", \"a\",, \"b\",") == "strong <a> strong <b> ");
  CHECK(members("\",\",\"\\\",\"*\"") == "strong <,> strong <\\> strong <*> ");
  CHECK(members("") == "");
  CHECK(members(" ") == "");
  CHECK(members(",") == "");
}

TEST_CASE("takes a lone asterisk for any tag and refuses it beside others", "[H1-210]") {
  CHECK(members("*") == "any");
  CHECK(members(" *\t") == "any");
  CHECK(members("*, \"a\"") == "malformed at 0");
  CHECK(members("*,") == "malformed at 0");
  CHECK(members("**") == "malformed at 0");
  CHECK(members(",*") == "malformed at 1");
  CHECK(members("\"a\", *") == "strong <a> malformed at 5");
  CHECK(members("W/*") == "malformed at 2");
}

TEST_CASE("refuses what is not a list of entity tags", "[H1-210]") {
  CHECK(members("a") == "malformed at 0");
  CHECK(members("\"a\" \"b\"") == "strong <a> malformed at 4");
  CHECK(members("\"a\"\"b\"") == "strong <a> malformed at 3");
  CHECK(members("\"a\";\"b\"") == "strong <a> malformed at 3");
  CHECK(members("\"a\", \"b") == "strong <a> malformed at 7");
  CHECK(members("\"a\", w/\"b\"") == "strong <a> malformed at 5");
  CHECK(members("\"a b\"") == "malformed at 2");
  CHECK(members("\"a\",\n\"b\"") == "strong <a> malformed at 4");
}

TEST_CASE("bounds the members of a list of entity tags, empty ones apart", "[H1-210]") {
  const limits lim{.members = 2, .empty_members = 2};
  CHECK(members("\"a\",\"b\"", lim) == "strong <a> strong <b> ");
  CHECK(members("\"a\",\"b\",\"c\"", lim) == "strong <a> strong <b> too_many at 8");
  CHECK(members(",,\"a\"", lim) == "strong <a> ");
  CHECK(members(",,,\"a\"", lim) == "too_many at 2");
  CHECK(members("\"a\",,,", lim) == "strong <a> too_many at 6");
  CHECK(members("\"a\",,", lim) == "strong <a> ");

  std::string many = "\"a\"";
  for (int i = 1; i < 128; ++i) many += ",\"a\"";
  CHECK(members(many).find("too_many") == std::string::npos);
  CHECK(members(many + ",\"a\"").find("too_many at 512") != std::string::npos);
  CHECK(members(std::string(16, ',') + "\"a\"") == "strong <a> ");
  CHECK(members(std::string(17, ',') + "\"a\"") == "too_many at 16");
}

TEST_CASE("tells whether a list names a tag, once it has read it all", "[H1-210]") {
  const entity_tag strong{false, "c"}, weak{true, "c"};
  const string_view list = "\"a,b\", W/\"c\", \"d\"";
  CHECK_FALSE(matches_any_strong(list, strong).value);
  CHECK(matches_any_weak(list, strong).value);
  CHECK(matches_any_weak(list, weak).value);
  CHECK_FALSE(matches_any_strong("\"c\"", weak).value);
  CHECK(matches_any_strong("\"x\", \"c\", \"y\"", strong).value);
  CHECK(matches_any_strong("*", strong).value);
  CHECK(matches_any_weak("*", weak).value);
  CHECK_FALSE(matches_any_weak("", weak).value);

  const auto broken = matches_any_weak("\"c\", x", strong);
  CHECK(broken.ec == errc::malformed);
  CHECK(broken.at == 5);
  CHECK_FALSE(broken.value);
  CHECK(matches_any_strong("\"a\",\"b\"", strong, {.members = 1}).ec == errc::too_many);
  static_assert(matches_any_weak("\"a\", W/\"c\"", {false, "c"}).value);
}

TEST_CASE("writes entity tags that it can read", "[H1-209]") {
  for (const entity_tag &tag : {entity_tag{false, ""}, {true, "a\\b"}, {false, "\x80,*"}}) {
    std::string out(64, '\xEE');
    const auto write = [&](std::span<char> bytes) { return write_entity_tag(tag, bytes); };
    const auto done = write(out);
    REQUIRE(done);
    CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
    const auto back = parse_entity_tag(string_view(out).substr(0, done.size));
    REQUIRE(back);
    CHECK(back->weak == tag.weak);
    CHECK(back->opaque == tag.opaque);
    check_smaller_refused(write, done.size);
  }
  char out[8];
  CHECK(write_entity_tag({false, "a\"b"}, out).ec == errc::invalid_input);
  CHECK(write_entity_tag({false, "a b"}, out).ec == errc::invalid_input);
  CHECK(write_entity_tag({false, "a\r\nb"}, out).ec == errc::invalid_input);
}

TEST_CASE("evaluates If-Match by strong comparison", "[H1-211]") {
  CHECK(outcome({.method = put, .if_match = {"\"1\""}}, current("\"1\"")) == "proceed");
  CHECK(outcome({.method = put, .if_match = {"\"0\", \"1\""}}, current("\"1\"")) == "proceed");
  CHECK(outcome({.method = put, .if_match = {"\"2\""}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = get, .if_match = {"\"2\""}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_match = {"W/\"1\""}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_match = {"W/\"1\""}}, current("W/\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_match = {"\"1\""}}, current("")) == "412");
  CHECK(outcome({.method = put, .if_match = {""}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_match = {"*"}}, current("")) == "proceed");
  CHECK(outcome({.method = put, .if_match = {"*"}}, {.exists = false}) == "412");
  CHECK(outcome({.method = put, .if_match = {"\"1\""}}, {.exists = false, .entity_tag = "\"1\""}) == "412");
}

TEST_CASE("evaluates If-None-Match by weak comparison", "[H1-211]") {
  for (const auto method : {get, head}) {
    CHECK(outcome({.method = method, .if_none_match = {"\"1\""}}, current("\"1\"")) == "304");
    CHECK(outcome({.method = method, .if_none_match = {"W/\"1\""}}, current("\"1\"")) == "304");
    CHECK(outcome({.method = method, .if_none_match = {"\"0\", \"1\""}}, current("W/\"1\"")) == "304");
    CHECK(outcome({.method = method, .if_none_match = {"*"}}, current("")) == "304");
    CHECK(outcome({.method = method, .if_none_match = {"\"2\""}}, current("\"1\"")) == "proceed");
  }
  CHECK(outcome({.method = put, .if_none_match = {"\"1\""}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_none_match = {"*"}}, current("\"1\"")) == "412");
  CHECK(outcome({.method = put, .if_none_match = {"*"}}, {.exists = false}) == "proceed");
  CHECK(outcome({.method = put, .if_none_match = {"\"1\""}}, {.exists = false, .entity_tag = "\"1\""}) ==
        "proceed");
}

TEST_CASE("compares the dates of conditions by the second", "[H1-211]") {
  const auto state = current("\"1\"");
  for (const auto method : {get, head}) {
    CHECK(outcome({.method = method, .if_modified_since = {sunday_text}}, state) == "304");
    CHECK(outcome({.method = method, .if_modified_since = {second_after}}, state) == "304");
    CHECK(outcome({.method = method, .if_modified_since = {second_before}}, state) == "proceed");
  }
  CHECK(outcome({.method = put, .if_modified_since = {sunday_text}}, state) == "proceed");
  for (const auto method : {get, put}) {
    CHECK(outcome({.method = method, .if_unmodified_since = {sunday_text}}, state) == "proceed");
    CHECK(outcome({.method = method, .if_unmodified_since = {second_after}}, state) == "proceed");
    CHECK(outcome({.method = method, .if_unmodified_since = {second_before}}, state) == "412");
  }
  CHECK(outcome({.if_modified_since = {"Sunday, 06-Nov-94 08:49:37 GMT"}}, state) == "304");
  CHECK(outcome({.if_modified_since = {"Sun Nov  6 08:49:37 1994"}}, state) == "304");
}

TEST_CASE("ignores dates that are none, and dates without a date to compare", "[H1-211]") {
  const auto state = current("\"1\"");
  for (const string_view text :
       {"yesterday", "", "0", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", "Sat, 31 Feb 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK(outcome({.if_modified_since = {text}}, state) == "proceed");
    CHECK(outcome({.if_unmodified_since = {text}}, state) == "proceed");
  }
  auto undated = state;
  undated.has_last_modified = false;
  CHECK(outcome({.if_modified_since = {second_after}}, undated) == "proceed");
  CHECK(outcome({.if_unmodified_since = {second_before}}, undated) == "proceed");
  auto absent = state;
  absent.exists = false;
  CHECK(outcome({.method = put, .if_unmodified_since = {second_before}}, absent) == "proceed");
}

TEST_CASE("evaluates conditions in the order of RFC 9110 section 13.2.2", "[H1-211]") {
  const auto state = current("\"1\"");
  // If-Match stands before If-Unmodified-Since, which it replaces.
  CHECK(outcome({.method = put, .if_match = {"\"1\""}, .if_unmodified_since = {second_before}}, state) ==
        "proceed");
  CHECK(outcome({.method = put, .if_match = {"\"2\""}, .if_unmodified_since = {second_after}}, state) ==
        "412");
  // If-None-Match stands before If-Modified-Since, which it replaces.
  CHECK(outcome({.if_none_match = {"\"2\""}, .if_modified_since = {second_after}}, state) == "proceed");
  CHECK(outcome({.if_none_match = {"\"1\""}, .if_modified_since = {second_before}}, state) == "304");
  // The first pair stands before the second.
  CHECK(outcome({.if_match = {"\"2\""}, .if_none_match = {"\"1\""}}, state) == "412");
  CHECK(outcome({.if_match = {"\"1\""}, .if_none_match = {"\"1\""}}, state) == "304");
  CHECK(outcome({.if_match = {"\"1\""}, .if_modified_since = {sunday_text}}, state) == "304");
  CHECK(outcome({.if_none_match = {"\"1\""}, .if_unmodified_since = {second_before}}, state) == "412");
  CHECK(outcome({.if_none_match = {"\"1\""}, .if_unmodified_since = {second_after}}, state) == "304");
  CHECK(outcome({.if_modified_since = {sunday_text}, .if_unmodified_since = {sunday_text}}, state) == "304");
  // Both pairs stand before Range.
  CHECK(outcome({.if_none_match = {"\"1\""}, .if_range = {"\"1\""}, .range = {"bytes=0-1"}}, state) == "304");
  CHECK(outcome({.if_match = {"\"1\""}, .if_range = {"\"1\""}, .range = {"bytes=0-1"}}, state) == "range");
  CHECK(outcome({.if_match = {"\"1\""}, .if_range = {"\"2\""}, .range = {"bytes=0-1"}}, state) == "proceed");
}

TEST_CASE("has no conditions for methods that select nothing", "[H1-211]") {
  CHECK(outcome({.method = conditional_method::none,
                 .if_match = {"broken"},
                 .if_none_match = {"*"},
                 .range = {"bytes=0-1"}},
                current("\"1\"")) == "proceed");
}

TEST_CASE("neither passes nor fails a list of entity tags that it cannot read", "[H1-211]") {
  const auto state = current("\"1\"");
  CHECK(outcome({.method = put, .if_match = {"1"}}, state) == "malformed at 0");
  CHECK(outcome({.method = put, .if_match = {"*, \"1\""}}, state) == "malformed at 0");
  CHECK(outcome({.method = put, .if_match = {"\"1\", x"}}, state) == "malformed at 5");
  CHECK(outcome({.if_none_match = {"\"1\" \"2\""}}, state) == "malformed at 4");
  CHECK(outcome({.if_none_match = {"1"}}, {.exists = false}) == "malformed at 0");
  CHECK(outcome({.if_match = {"\"2\""}, .if_none_match = {"x"}}, state) == "412");
  const evaluated many = evaluate({.if_none_match = {"\"1\",\"2\""}}, state, {.members = 1});
  CHECK(many.outcome == condition_outcome::malformed);
  CHECK(many.ec == errc::too_many);
}

TEST_CASE("honours a Range when If-Range names the representation by a strong validator", "[H1-211]") {
  const auto state = current("\"1\"");
  const auto with = [](string_view if_range_text) {
    return conditions{.if_range = {if_range_text}, .range = {"bytes=0-1"}};
  };
  CHECK(outcome({.range = {"bytes=0-1"}}, state) == "range");
  CHECK(outcome(with("\"1\""), state) == "range");
  CHECK(outcome(with("\"2\""), state) == "proceed");
  CHECK(outcome(with("W/\"1\""), state) == "proceed");
  CHECK(outcome(with("W/\"1\""), current("W/\"1\"")) == "proceed");
  CHECK(outcome(with("\"1\""), current("W/\"1\"")) == "proceed");
  CHECK(outcome(with("\"1\""), current("")) == "proceed");
  CHECK(outcome(with("\"1\", \"2\""), state) == "proceed");
  CHECK(outcome(with("*"), state) == "proceed");
  CHECK(outcome(with(""), state) == "proceed");

  CHECK(outcome(with(sunday_text), state) == "range");
  CHECK(outcome(with(second_before), state) == "proceed");
  CHECK(outcome(with(second_after), state) == "proceed"); // not "since": the same or nothing
  CHECK(outcome(with("yesterday"), state) == "proceed");
  auto doubtful = state;
  doubtful.last_modified_is_strong = false;
  CHECK(outcome(with(sunday_text), doubtful) == "proceed");
  auto undated = state;
  undated.has_last_modified = false;
  CHECK(outcome(with(sunday_text), undated) == "proceed");

  CHECK(outcome({.if_range = {"\"1\""}}, state) == "proceed"); // ignored without Range
  CHECK(outcome({.method = head, .range = {"bytes=0-1"}}, state) == "proceed");
  CHECK(outcome({.method = put, .range = {"bytes=0-1"}}, state) == "proceed");
  CHECK(outcome({.range = {"bytes=0-1"}}, {.exists = false}) == "proceed");
}

TEST_CASE("takes If-Range for an entity tag if a quote is among its first three bytes", "[H1-211]") {
  const auto is_date = [](string_view text) {
    return parse_if_range(guarded_copy(text), sunday).value.is_date;
  };
  CHECK_FALSE(is_date("W/\"a\""));
  CHECK_FALSE(is_date("\"a\""));
  CHECK_FALSE(is_date("\""));
  CHECK_FALSE(is_date("xx\"x"));
  CHECK(is_date("xxx\""));
  CHECK(is_date(sunday_text));
  CHECK(is_date(""));
  CHECK(parse_if_range("W/\"a\"", sunday)->tag.weak);
  CHECK(parse_if_range(sunday_text, sunday)->date == sunday);
  CHECK(parse_if_range("xx\"x", sunday).ec == errc::malformed);
  CHECK(parse_if_range("xxx\"", sunday).ec != errc::ok);
  static_assert(evaluate({.if_none_match = {"\"1\""}}, {.entity_tag = "\"1\""}).outcome ==
                condition_outcome::not_modified);
}
