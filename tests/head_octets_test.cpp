// Every octet at every kind of place in a head, judged by tables that are written out here.
#include "support/catch.hpp"
#include "support/feed.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using coax::uri::syntax;
using coax_test::dialogue;
using coax_test::escape;
using namespace std::string_view_literals;

constexpr std::string_view token = // RFC 9110, section 5.6.2
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view path = // RFC 3986, section 3.3, without "%"
    "/-._~!$&'()*+,;=:@0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view query_extra = "?";
constexpr std::string_view browser_path = "[]|";
constexpr std::string_view browser_query = "[]\\^`{|}";
constexpr std::string_view visible_no_hash = // 0x21 to 0x7E without "#"
    "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
constexpr std::string_view digits = "0123456789";
constexpr std::string_view blank = " \t";
constexpr std::string_view white = " \t\v\f"; // what RFC 9112, section 3, warns of, without CR

bool in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_line_end(char c) { return c == '\r' || c == '\n'; }
bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x20 || u == 0x7F;
}
/// field-vchar, SP or HTAB (RFC 9110, section 5.5), which is what a reason phrase may hold as well.
bool is_field_text(char c) { return !is_control(c) || c == '\t'; }

/// Octets at the edges of the classes above: for places that differ little from those that get all.
constexpr std::string_view edges =
    "\0\x01\b\t\n\v\f\r\x0E\x1F !\"#%*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x7F\x80\x8A\x8D\xA0\xFF"sv;
static_assert(edges.size() == 50);

template <class F> void for_each_octet(F f) {
  for (int i = 0; i < 256; ++i) f(static_cast<char>(static_cast<unsigned char>(i)));
}

/// All octets, or those at the edges.
template <class F> void for_octets(bool all, F f) {
  if (all) return for_each_octet(f);
  for (char c : edges) f(c);
}

std::string error(std::string_view code, std::size_t at, std::string_view what, std::size_t index = 0) {
  return "error " + std::string(code) + " at " + std::to_string(at) + " in " + std::string(what) + " " +
         std::to_string(index) + "\n";
}

void check(const dialogue &d, const std::string &expected) {
  INFO("input: " << escape(d.input));
  CHECK(to_text(read_every_way(d)) == expected);
}

void check_request(const std::string &input, const std::string &expected) {
  dialogue d;
  d.input = input;
  check(d, expected);
}

void check_response(const std::string &input, const std::string &expected) {
  dialogue d;
  d.responses = true;
  d.input = input;
  check(d, expected);
}

} // namespace

TEST_CASE("takes the octets of a token at the first place of a method and nothing else",
          "[H1-020][H1-005][H1-008][H1-021]") {
  for_each_octet([](char c) {
    const std::string input = std::string(1, c) + "BC / HTTP/1.0\r\n\r\n";
    if (in(c, token))
      check_request(input, "request " + escape(input.substr(0, 3)) + " / 1.0 none last\nend\nclosed 0\n");
    else
      check_request(input, error(is_line_end(c) ? "bad_line_ending" : "bad_start_line", 0, "method"));
  });
}

TEST_CASE("takes the octets of a token at the later places of a method and nothing else",
          "[H1-020][H1-005][H1-021]") {
  for (const std::size_t place : {1u, 2u, 3u})
    for_octets(place == 1, [&](char c) {
      std::string input = "ABCD / HTTP/1.0\r\n\r\n";
      input[place] = c;
      if (in(c, token))
        check_request(input, "request " + escape(input.substr(0, 4)) + " / 1.0 none last\nend\nclosed 0\n");
      else if (c == ' ' && place == 3)
        check_request(input, error("bad_start_line", 4, "request-target"));
      else if (c == ' ')
        check_request(input, error("bad_target", 4, "request-target")); // lacks what makes it a URI
      else if (is_line_end(c))
        check_request(input, error("bad_line_ending", place, "method"));
      else
        check_request(input, error(in(c, white) ? "bad_start_line" : "bad_method", place, "method"));
    });
}

namespace {

/// Puts every octet behind `before` in a target, which goes on with `after`.
void check_target(bool all, const std::string &before, const std::string &after, bool in_query) {
  for (const syntax s : {syntax::browser, syntax::rfc3986, syntax::any_visible}) {
    CAPTURE(static_cast<int>(s));
    for_octets(all, [&](char c) {
      dialogue d;
      d.leniency.target = s;
      const std::string target = before + c + after;
      d.input = "GET " + target + " HTTP/1.0\r\n\r\n";
      const std::size_t at = 4 + before.size();

      const bool strict = in(c, path) || in(c, query_extra); // "?" begins the query or is part of it
      const bool percent = c == '%';                         // never followed by two digits here
      bool taken = strict || percent;
      if (s == syntax::browser) taken = taken || in(c, in_query ? browser_query : browser_path);
      if (s == syntax::any_visible) taken = in(c, visible_no_hash);

      if (percent && s == syntax::rfc3986)
        check(d, error("bad_target", at + 1, "request-target"));
      else if (taken)
        check(d, "request GET " + escape(target) + " 1.0 none last\n" +
                     (strict ? "" : "tolerated unescaped_target\n") + "end\nclosed 0\n");
      else if (c == ' ')
        check(d, error("bad_start_line", at + 1, "HTTP-version"));
      else if (is_line_end(c))
        check(d, error("bad_line_ending", at, "request-target"));
      else
        check(d, error(in(c, white) ? "bad_start_line" : "bad_target", at, "request-target"));
    });
  }
}

} // namespace

TEST_CASE("takes the octets of each syntax inside a path and nothing else",
          "[H1-025][H1-026][H1-027][H1-005]") {
  check_target(true, "/a", "z", false);
}

TEST_CASE("takes the octets of each syntax at the end of a path and nothing else",
          "[H1-025][H1-026][H1-027][H1-005]") {
  check_target(false, "/a", "", false);
}

TEST_CASE("takes the octets of each syntax behind the first slash and nothing else",
          "[H1-025][H1-026][H1-027][H1-028]") {
  check_target(false, "/", "z", false);
}

TEST_CASE("takes the octets of each syntax inside a query and nothing else",
          "[H1-025][H1-026][H1-027][H1-005]") {
  check_target(true, "/?a", "z", true);
}

TEST_CASE("takes the octets of each syntax at both ends of a query and nothing else",
          "[H1-025][H1-026][H1-027][H1-005]") {
  check_target(false, "/?", "", true);
}

TEST_CASE("takes the octets of each syntax in the path of a whole URI and nothing else",
          "[H1-026][H1-027][H1-032]") {
  check_target(false, "http://h/", "z", false);
}

TEST_CASE("takes a slash or a scheme at the first place of a target and nothing else",
          "[H1-028][H1-025][H1-021]") {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const syntax s : {syntax::browser, syntax::rfc3986, syntax::any_visible}) {
    CAPTURE(static_cast<int>(s));
    for_each_octet([&](char c) {
      dialogue d;
      d.leniency.target = s;
      d.input = "GET " + std::string(1, c) + "://h HTTP/1.0\r\n\r\n";
      const std::string target = escape(d.input.substr(4, 5));
      if (c == '/' || in(c, letters))
        check(d, "request GET " + target + " 1.0 none last\nend\nclosed 0\n");
      else if (c == '*')
        return; // begins asterisk-form: where that goes wrong is a matter of taste
      else if (is_line_end(c))
        check(d, error("bad_line_ending", 4, "request-target"));
      else
        check(d, error(in(c, white) ? "bad_start_line" : "bad_target", 4, "request-target"));
    });
  }
}

TEST_CASE("takes one spelling of the version of a request", "[H1-022][H1-023][H1-024][H1-021][H1-005]") {
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t place = 0; place < 8; ++place)
    for_each_octet([&](char c) {
      const std::size_t at = 6 + place;
      std::string input = request;
      input[at] = c;
      const bool number = place == 5 || place == 7;
      if (c == request[at] || (place == 7 && in(c, digits)))
        check_request(input, "request GET / 1." + input.substr(13, 1) + " none " +
                                 (input[13] == '0' ? "last" : "keep") + "\nfield Host: a\nend\n" +
                                 (input[13] == '0' ? "closed 0\n" : "idle\n"));
      else if (number && in(c, digits))
        check_request(input, error("unsupported_version", 11, "HTTP-version"));
      else if (is_line_end(c))
        check_request(input, error("bad_line_ending", at, "HTTP-version"));
      // What does not begin like a version is none at all: the target held SP.
      else if (place == 0 && c != 'h')
        check_request(input, error("bad_start_line", at, "HTTP-version"));
      else
        check_request(input, error("bad_version", at, "HTTP-version"));
    });
}

TEST_CASE("takes nothing between the version of a request and its line end", "[H1-022][H1-021][H1-005]") {
  for_each_octet([](char c) {
    const std::string input = "GET / HTTP/1.1" + std::string(1, c) + "\r\nHost: a\r\n\r\n";
    if (is_line_end(c))
      check_request(input, error("bad_line_ending", 14, "HTTP-version"));
    else
      check_request(input, error(in(c, white) ? "bad_start_line" : "bad_version", 14, "HTTP-version"));
  });
}

TEST_CASE("takes one spelling of the version of a response", "[H1-050][H1-022][H1-023][H1-057][H1-005]") {
  const std::string response = "HTTP/1.1 204 x\r\n\r\n";
  for (std::size_t at = 0; at < 8; ++at)
    for_each_octet([&](char c) {
      std::string input = response;
      input[at] = c;
      const bool number = at == 5 || at == 7;
      if (c == response[at] || (at == 7 && in(c, digits)))
        check_response(input, "response 204 \"x\" 1." + input.substr(7, 1) + " none " +
                                  (input[7] == '0' ? "last" : "keep") + "\nend\n" +
                                  (input[7] == '0' ? "closed 0\n" : "idle\n"));
      else if (number && in(c, digits))
        check_response(input, error("unsupported_version", 5, "HTTP-version"));
      else if (is_line_end(c))
        check_response(input, error("bad_line_ending", at, "HTTP-version"));
      else if (at == 0 && c != 'h')
        check_response(input, error("bad_status_line", at, "HTTP-version"));
      else
        check_response(input, error("bad_version", at, "HTTP-version"));
    });
}

TEST_CASE("takes SP between version and status code and nothing else", "[H1-050][H1-022][H1-005]") {
  for_each_octet([](char c) {
    std::string input = "HTTP/1.1 204 x\r\n\r\n";
    input[8] = c;
    if (c == ' ')
      check_response(input, "response 204 \"x\" 1.1 none keep\nend\nidle\n");
    else if (is_line_end(c))
      check_response(input, error("bad_line_ending", 8, "HTTP-version"));
    else
      check_response(input, error(in(c, digits) ? "bad_version" : "bad_status_line", 8, "HTTP-version"));
  });
}

TEST_CASE("takes digits at the three places of a status code and nothing else",
          "[H1-050][H1-055][H1-056][H1-005]") {
  for (const std::size_t place : {0u, 1u, 2u})
    for_each_octet([&](char c) {
      std::string input = "HTTP/1.1 204 x\r\n\r\n";
      const std::size_t at = 9 + place;
      input[at] = c;
      if (in(c, digits)) {
        const int code = (input[9] - '0') * 100 + (input[10] - '0') * 10 + (input[11] - '0');
        const std::string head = std::to_string(code) + " \"x\" 1.1 ";
        if (code / 100 == 1)
          check_response(input, "interim " + head + "none keep\nidle\n");
        else if (code == 204 || code == 304)
          check_response(input, "response " + head + "none keep\nend\nidle\n");
        else
          check_response(input, "response " + head + "close last\nmore\n");
      } else {
        check_response(input,
                       error(is_line_end(c) ? "bad_line_ending" : "bad_status_line", at, "status-code"));
      }
    });
}

TEST_CASE("takes SP between status code and reason and nothing else", "[H1-050][H1-051][H1-005]") {
  for_each_octet([](char c) {
    std::string input = "HTTP/1.1 204 x\r\n\r\n";
    input[12] = c;
    if (c == ' ')
      check_response(input, "response 204 \"x\" 1.1 none keep\nend\nidle\n");
    else
      check_response(input, error(is_line_end(c) ? "bad_line_ending" : "bad_status_line", 12, "status-code"));
  });
}

TEST_CASE("takes field text at every place of a reason and nothing else",
          "[H1-052][H1-086][H1-005][H1-001]") {
  for (const bool ctl_in_values : {false, true})
    for (const std::size_t place : {0u, 5u, 10u})
      for_octets(place == 5 && !ctl_in_values, [&](char c) {
        dialogue d;
        d.responses = true;
        d.leniency.allow_ctl_in_values = ctl_in_values; // concerns values only
        std::string reason = "abcdefghijk";
        reason[place] = c;
        d.input = "HTTP/1.1 204 " + reason + "\r\n\r\n";
        const std::size_t at = 13 + place;
        if (is_field_text(c))
          check(d, "response 204 \"" + escape(reason) + "\" 1.1 none keep\nend\nidle\n");
        else
          check(d, error(is_line_end(c) ? "bad_line_ending" : "bad_status_line", at, "reason-phrase"));
      });
}

namespace {

/// A head of one direction, up to its field lines, and what is expected around those.
struct surroundings {
  bool responses;
  std::string before; // 16 bytes
  std::string head, rest;
};

const surroundings directions[] = {
    {false, "GET / HTTP/1.0\r\n", "request GET / 1.0 none last\n", "end\nclosed 0\n"},
    {true, "HTTP/1.1 204 x\r\n", "response 204 \"x\" 1.1 none keep\n", "end\nidle\n"},
};

dialogue with_fields(const surroundings &s, const std::string &lines) {
  dialogue d;
  d.responses = s.responses;
  d.input = s.before + lines + "\r\n";
  return d;
}

} // namespace

TEST_CASE("takes the octets of a token at the first place of the first name and nothing else",
          "[H1-080][H1-007][H1-005]") {
  for (const surroundings &s : directions)
    for_each_octet([&](char c) {
      const dialogue d = with_fields(s, std::string(1, c) + "b: v\r\n");
      if (in(c, token))
        check(d, s.head + "field " + escape(d.input.substr(16, 2)) + ": v\n" + s.rest);
      else if (is_line_end(c))
        check(d, error("bad_line_ending", 16, "field name"));
      else
        check(d, error(in(c, blank) ? "leading_whitespace" : "bad_field_name", 16, "field name"));
    });
}

TEST_CASE("takes the octets of a token at the first place of a later name and nothing else",
          "[H1-080][H1-088][H1-089][H1-005]") {
  for (const surroundings &s : directions)
    for_each_octet([&](char c) {
      const dialogue d = with_fields(s, "A: 1\r\n" + std::string(1, c) + "b: v\r\n");
      if (in(c, token))
        check(d, s.head + "field A: 1\nfield " + escape(d.input.substr(22, 2)) + ": v\n" + s.rest);
      else if (is_line_end(c))
        check(d, error("bad_line_ending", 22, "field name", 1));
      else if (in(c, blank))
        check(d, error("obs_fold", 22, "field value", 0));
      else
        check(d, error("bad_field_name", 22, "field name", 1));
    });
}

TEST_CASE("takes the octets of a token inside a name and nothing else", "[H1-080][H1-005]") {
  for (const surroundings &s : directions)
    for (const std::size_t place : {1u, 9u})
      for_octets(place == 1, [&](char c) {
        std::string name = "abcdefghijk";
        name[place] = c;
        const dialogue d = with_fields(s, name + ": v\r\n");
        const std::size_t at = 16 + place;
        if (in(c, token))
          check(d, s.head + "field " + escape(name) + ": v\n" + s.rest);
        else if (c == ':')
          check(d,
                s.head + "field " + name.substr(0, place) + ": " + name.substr(place + 1) + ": v\n" + s.rest);
        else
          check(d, error(is_line_end(c) ? "bad_line_ending" : "bad_field_name", at, "field name"));
      });
}

TEST_CASE("takes the octets of a token at the end of a name and nothing else",
          "[H1-080][H1-081][H1-082][H1-005]") {
  for (const surroundings &s : directions)
    for_each_octet([&](char c) {
      const dialogue d = with_fields(s, "a" + std::string(1, c) + ": v\r\n");
      if (in(c, token))
        check(d, s.head + "field " + escape(d.input.substr(16, 2)) + ": v\n" + s.rest);
      else if (c == ':')
        check(d, s.head + "field a: : v\n" + s.rest);
      else if (is_line_end(c))
        check(d, error("bad_line_ending", 17, "field name"));
      else
        check(d, error(in(c, blank) ? "space_before_colon" : "bad_field_name", 17, "field name"));
    });
}

TEST_CASE("ignores SP and HTAB at the end of a name in responses where that is allowed, and nothing else",
          "[H1-082][H1-081][H1-080]") {
  for (const surroundings &s : directions)
    for_each_octet([&](char c) {
      dialogue d = with_fields(s, "a" + std::string(1, c) + ": v\r\n");
      d.leniency.strip_space_before_colon = true;
      if (in(c, token))
        check(d, s.head + "field " + escape(d.input.substr(16, 2)) + ": v\n" + s.rest);
      else if (c == ':')
        check(d, s.head + "field a: : v\n" + s.rest);
      else if (is_line_end(c))
        check(d, error("bad_line_ending", 17, "field name"));
      else if (!in(c, blank))
        check(d, error("bad_field_name", 17, "field name"));
      else if (s.responses)
        check(d, s.head + "field a: v\ntolerated space_before_colon\n" + s.rest);
      else
        check(d, error("space_before_colon", 17, "field name"));
    });
}

TEST_CASE("takes field text at every place of a value and nothing else",
          "[H1-084][H1-085][H1-086][H1-087][H1-005][H1-001]") {
  for (const surroundings &s : directions)
    for (const std::size_t place : {0u, 1u, 5u, 8u, 10u})
      for_octets(place == 5, [&](char c) {
        std::string value = "abcdefghijk";
        value[place] = c;
        const dialogue d = with_fields(s, "X:" + value + "\r\n");
        const std::size_t at = 18 + place;
        std::string kept = value;
        if (in(c, blank) && place == 0) kept = value.substr(1);
        if (in(c, blank) && place == 10) kept = value.substr(0, 10);
        if (is_field_text(c))
          check(d, s.head + "field X: " + escape(kept) + "\n" + s.rest);
        else
          check(d, error(is_line_end(c) ? "bad_line_ending" : "bad_field_value", at, "field value"));
      });
}

TEST_CASE("takes every octet but NUL, CR and LF in a value where control characters are allowed",
          "[H1-086][H1-085][H1-005][H1-084]") {
  for (const surroundings &s : directions)
    for (const std::size_t place : {0u, 5u, 10u})
      for_octets(place == 5, [&](char c) {
        std::string value = "abcdefghijk";
        value[place] = c;
        dialogue d = with_fields(s, "X:" + value + "\r\n");
        d.leniency.allow_ctl_in_values = true;
        const std::size_t at = 18 + place;
        std::string kept = value;
        if (in(c, blank) && place == 0) kept = value.substr(1);
        if (in(c, blank) && place == 10) kept = value.substr(0, 10);
        const std::string seen = is_field_text(c) ? "" : "tolerated ctl_in_value\n";
        if (is_line_end(c))
          check(d, error("bad_line_ending", at, "field value"));
        else if (c == '\0')
          check(d, error("bad_field_value", at, "field value"));
        else
          check(d, s.head + "field X: " + escape(kept) + "\n" + seen + s.rest);
      });
}

TEST_CASE("refuses every control character in the fields that frame a message even where others may hold it",
          "[H1-086]") {
  for (const surroundings &s : directions)
    for (const std::string name : {"Content-Length", "transfer-encoding"})
      for_each_octet([&](char c) {
        if (!is_control(c) || c == '\t') return;
        dialogue d = with_fields(s, name + ":" + c + "5\r\n");
        d.leniency.allow_ctl_in_values = true;
        const std::size_t at = 17 + name.size();
        check(d, error(is_line_end(c) ? "bad_line_ending" : "bad_field_value", at, "field value"));
      });
}
