// Host, the effective authority of a request and its target URI.
#include "support/catch.hpp"
#include "support/feed.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using namespace coax::http;
using coax::element;
using coax_test::dialogue;

namespace {

/// A head that was parsed, with all that its views point to.
class parsed {
public:
  explicit parsed(std::string head) : text_(std::move(head)) {
    request_parser parser;
    const auto step = parser.parse({table_, default_limits, strict}, std::string_view(text_));
    REQUIRE(step.ready());
    REQUIRE(step.consumed == text_.size());
    ref_ = parser.head();
  }
  request view() const { return view_request(ref_, text_.data(), table_); }

private:
  std::string text_;
  std::array<field_ref, 20> table_{};
  head_ref ref_{};
};

/// A request for `target`, with `fields` as they stand in the head.
parsed request_for(std::string_view target, std::string_view fields, std::string_view method = "GET",
                   std::string_view version = "HTTP/1.1") {
  std::string head;
  for (std::string_view part : {method, std::string_view(" "), target, std::string_view(" "), version,
                                std::string_view("\r\n"), fields, std::string_view("\r\n")})
    head += part;
  return parsed(head);
}

struct judged {
  verdict v{};
  deviations seen{};
};

judged check(const parsed &p, const leniency &len = strict) {
  judged out;
  out.v = check_host(p.view(), len, out.seen);
  return out;
}

deviations only(deviation d) {
  deviations out;
  out.add(d);
  return out;
}

std::string authority(std::string_view target, std::string_view fields, std::string_view method = "GET") {
  return std::string(effective_authority(request_for(target, fields, method).view()));
}

/// The target URI, written into spans of every size up to what it takes.
std::string uri_of(const parsed &p, bool secure) {
  std::string full(200, '#');
  const auto out = target_uri(p.view(), secure, full);
  REQUIRE(out);
  CHECK(out.size == out.required);
  CHECK(full.find_first_not_of('#', out.size) == std::string::npos);
  for (std::size_t size = 0; size < out.size; ++size) {
    std::string part(out.size + 1, '#');
    const auto none = target_uri(p.view(), secure, std::span<char>(part).first(size));
    CAPTURE(size);
    CHECK_FALSE(none);
    CHECK(none.ec == errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == out.required);
    CHECK(part.find_first_not_of('#', size) == std::string::npos);
  }
  std::string exact(out.size, '#');
  CHECK(target_uri(p.view(), secure, exact));
  CHECK(full.substr(0, out.size) == exact);
  return exact;
}

std::string first_event(const std::string &head, const leniency &len = strict) {
  dialogue d;
  d.leniency = len;
  d.input = head;
  return coax_test::read_every_way(d).front().text;
}

} // namespace

TEST_CASE("accepts exactly the octets of a registered name in Host", "[H1-103][H1-105][H1-086]") {
  constexpr std::string_view legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
                                     "!$&'()*+;=";
  const std::string before = "GET / HTTP/1.1\r\nHost: a";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    CAPTURE(i);
    std::string expected = "request GET / 1.1 none keep";
    if (c == '\r' || c == '\n')
      expected = "error bad_line_ending at 23 in field value 0";
    else if ((i < 0x20 && c != '\t') || i == 0x7F)
      expected = "error bad_field_value at 23 in field value 0";
    else if (c == ':')
      expected = "error bad_host at 24 in field value 0"; // a port that is no number
    else if (c == '%')
      expected = "error bad_host at 25 in field value 0"; // "bx" is no octet
    else if (legal.find(c) == std::string_view::npos)
      expected = "error bad_host at 23 in field value 0";
    CHECK(first_event(before + c + "bx\r\n\r\n") == expected);
  }
}

TEST_CASE("accepts every octet in percent-encoding in Host and no other spelling", "[H1-103]") {
  for (std::string_view good : {"%00", "%2C", "%2c", "%fF", "%25%25", "a%20b", "%41:80"}) {
    CAPTURE(good);
    CHECK(check(request_for("/", "Host: " + std::string(good) + "\r\n")).v);
  }
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  for (int i = 0x21; i < 0x7F; ++i) {
    const char c = static_cast<char>(i);
    if (digits.find(c) != std::string_view::npos) continue;
    CAPTURE(c);
    const judged high = check(request_for("/", std::string("Host: %") + c + "1\r\n"));
    CHECK(high.v.ec == errc::bad_host);
    CHECK(high.v.why.at == 23);
    const judged low = check(request_for("/", std::string("Host: %1") + c + "\r\n"));
    CHECK(low.v.ec == errc::bad_host);
    CHECK(low.v.why.at == 24);
  }
}

TEST_CASE("accepts every port in Host up to 65535 and none above", "[H1-103]") {
  for (unsigned port : {0u, 1u, 9u, 80u, 8080u, 65534u, 65535u}) {
    CAPTURE(port);
    CHECK(check(request_for("/", "Host: a:" + std::to_string(port) + "\r\n")).v);
  }
  for (unsigned port : {65536u, 65537u, 65540u, 65600u, 70000u, 99999u, 100000u, 131072u, 4294967295u}) {
    CAPTURE(port);
    CHECK(check(request_for("/", "Host: a:" + std::to_string(port) + "\r\n")).v.ec == errc::bad_host);
  }
  CHECK(check(request_for("/", "Host: a:18446744073709551696\r\n")).v.ec == errc::bad_host); // wraps to 80
}

TEST_CASE("the check of Host says where and what is wrong", "[H1-100][H1-102][H1-103][H1-105]") {
  const judged good = check(request_for("/", "Host: a\r\n"));
  CHECK(good.v);
  CHECK(good.v.ec == errc::ok);
  CHECK(good.seen.empty());

  const judged missing = check(request_for("/", "A: b\r\n"));
  CHECK_FALSE(missing.v);
  CHECK(missing.v.ec == errc::missing_host);
  CHECK(missing.v.why == coax::fault{22, element::head, 0});
  CHECK(missing.seen.empty());

  const judged twice = check(request_for("/", "A: b\r\nHost: a\r\nC: d\r\nHost: a\r\n"));
  CHECK(twice.v.ec == errc::multiple_host);
  CHECK(twice.v.why == coax::fault{37, element::field_name, 3});

  const judged bad = check(request_for("/", "A: b\r\nHost:\t a/b\r\n"));
  CHECK(bad.v.ec == errc::bad_host);
  CHECK(bad.v.why == coax::fault{30, element::field_value, 1});

  const judged comma = check(request_for("/", "Host: a,b\r\n"));
  CHECK(comma.v.ec == errc::bad_host);
  CHECK(comma.v.why == coax::fault{23, element::field_value, 0});
}

TEST_CASE("the check of Host counts offsets from the start-line, whatever stands before it",
          "[H1-100][H1-103]") {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a/b\r\n\r\n";
  std::array<field_ref, 4> table{};
  request_parser parser;
  REQUIRE(parser.parse({table, default_limits, strict}, text).ready());
  deviations seen;
  const verdict v = check_host(view_request(parser.head(), text.data(), table), strict, seen);
  CHECK(v.ec == errc::bad_host);
  CHECK(v.why.at == 23);
}

TEST_CASE("the check of Host reports each deviation that it tolerates, and no other",
          "[H1-100][H1-104][H1-105]") {
  leniency all;
  all.allow_missing_host = all.allow_comma_in_host = true;
  const judged missing = check(request_for("/", ""), all);
  CHECK(missing.v);
  CHECK(missing.seen == only(deviation::missing_host));
  const judged comma = check(request_for("/", "Host: a,b,c\r\n"), all);
  CHECK(comma.v);
  CHECK(comma.seen == only(deviation::comma_in_host));
  CHECK(check(request_for("/", "Host: a\r\n"), all).seen.empty());
  CHECK(check(request_for("/", "Host:\r\n"), all).seen.empty());
  CHECK(check(request_for("/", "", "GET", "HTTP/1.0"), all).v);
  CHECK(check(request_for("/", "", "GET", "HTTP/1.0"), all).seen.empty());
  deviations kept = only(deviation::bare_lf); // adds to what was seen before
  CHECK(check_host(request_for("/", "").view(), all, kept));
  CHECK(kept.has(deviation::bare_lf));
  CHECK(kept.has(deviation::missing_host));
}

TEST_CASE("the check of Host refuses an empty one only where that is asked for", "[H1-104]") {
  leniency stricter;
  stricter.reject_empty_host = true;
  for (std::string_view line : {"Host:\r\n", "Host: \t \r\n"}) {
    const parsed p = request_for("/", line);
    CHECK(check(p).v);
    CHECK(p.view().fields["Host"].empty());
    const judged refused = check(p, stricter);
    CHECK(refused.v.ec == errc::bad_host);
    CHECK(refused.v.why ==
          coax::fault{static_cast<std::uint32_t>(16 + line.size() - 2), element::field_value, 0});
  }
  CHECK(check(request_for("/", "Host: a\r\n"), stricter).v);
}

TEST_CASE("takes Host for the authority of a request in origin-form and asterisk-form", "[H1-107][H1-108]") {
  CHECK(authority("/", "Host: a\r\n") == "a");
  CHECK(authority("/p?q", "A: b\r\nhost: \ta:8080 \r\n") == "a:8080");
  CHECK(authority("//evil.example/x", "Host: a\r\n") == "a");
  CHECK(authority("/http://x/", "Host: a\r\n") == "a");
  CHECK(authority("*", "Host: a:1\r\n", "OPTIONS") == "a:1");
  CHECK(authority("/", "Host: [::1]:80\r\n") == "[::1]:80");
  CHECK(authority("/", "Host:\r\n").empty());
  CHECK(effective_authority(request_for("/", "", "GET", "HTTP/1.0").view()).empty());
}

TEST_CASE("takes the authority of the target for that of the request, whatever Host says", "[H1-107]") {
  CHECK(authority("http://x/", "Host: y\r\n") == "x");
  CHECK(authority("http://x:81/p?q", "Host: y\r\n") == "x:81");
  CHECK(authority("http://x", "Host: x:80\r\n") == "x");
  CHECK(authority("http://x?q", "Host:\r\n") == "x");
  CHECK(authority("https://[::1]:8/", "Host: y\r\n") == "[::1]:8");
  CHECK(authority("ftp://x/", "Host: y\r\n") == "x");
  CHECK(authority("b:2", "Host: a:1\r\n", "CONNECT") == "b:2");
  CHECK(authority("http://x/", "Host: y\r\n", "OPTIONS") == "x");
  CHECK(effective_authority(request_for("http://x/", "", "GET", "HTTP/1.0").view()) == "x");
}

TEST_CASE("takes a target apart that was accepted before", "[H1-107][H1-108]") {
  const parsed absolute = request_for("http://x.example:8080/p?q", "Host: a\r\n");
  const coax::uri::target t = view_target(absolute.view());
  CHECK(t.form == coax::uri::target_form::absolute);
  CHECK(t.scheme == "http");
  CHECK(t.authority_text == "x.example:8080");
  CHECK(t.authority.port == 8080);
  CHECK(t.path == "/p");
  CHECK(t.query == "q");
  CHECK(view_target(request_for("//e/x", "Host: a\r\n").view()).form == coax::uri::target_form::origin);
  CHECK(view_target(request_for("*", "Host: a\r\n", "OPTIONS").view()).form ==
        coax::uri::target_form::asterisk);
  const parsed connect = request_for("a:1", "Host: a\r\n", "CONNECT");
  const coax::uri::target c = view_target(connect.view());
  CHECK(c.form == coax::uri::target_form::authority);
  CHECK(c.authority.host == "a");
  CHECK(c.authority.port == 1);
}

TEST_CASE("takes a target apart whatever octets were allowed in it", "[H1-107][H1-026]") {
  const std::string text = "GET /<\">?{<\">} HTTP/1.1\r\nHost: a\r\n\r\n";
  leniency len;
  len.target = coax::uri::syntax::any_visible;
  std::array<field_ref, 4> table{};
  request_parser parser;
  REQUIRE(parser.parse({table, default_limits, len}, text).ready());
  const coax::uri::target t = view_target(view_request(parser.head(), text.data(), table));
  CHECK(t.path == "/<\">");
  CHECK(t.query == "{<\">}");
}

TEST_CASE("writes the target URI of a request", "[H1-108]") {
  CHECK(uri_of(request_for("/p?q", "Host: a:8443\r\n"), true) == "https://a:8443/p?q");
  CHECK(uri_of(request_for("/p?q", "Host: a:8443\r\n"), false) == "http://a:8443/p?q");
  CHECK(uri_of(request_for("*", "Host: a:8080\r\n", "OPTIONS"), false) == "http://a:8080");
  CHECK(uri_of(request_for("*", "Host: a:8080\r\n", "OPTIONS"), true) == "https://a:8080");
  CHECK(uri_of(request_for("/", "Host: a\r\n"), false) == "http://a/");
  CHECK(uri_of(request_for("//x/y", "Host: a\r\n"), false) == "http://a//x/y");
  CHECK(uri_of(request_for("b:443", "Host: a\r\n", "CONNECT"), true) == "https://b:443");
  CHECK(uri_of(request_for("b:443", "Host: a\r\n", "CONNECT"), false) == "http://b:443");
}

TEST_CASE("writes a target URI in absolute-form as it is, whatever the connection", "[H1-108][H1-107]") {
  for (bool secure : {false, true}) {
    CHECK(uri_of(request_for("http://x/p?q", "Host: y\r\n"), secure) == "http://x/p?q");
    CHECK(uri_of(request_for("https://x", "Host: y\r\n"), secure) == "https://x");
    CHECK(uri_of(request_for("HTTP://X:80?q", "Host: y\r\n"), secure) == "HTTP://X:80?q");
    CHECK(uri_of(request_for("ftp://x/", "", "GET", "HTTP/1.0"), secure) == "ftp://x/");
  }
}

TEST_CASE("Host is checked in constant expressions", "[H1-100][H1-103]") {
  constexpr auto verdict_on = [](std::string_view text) {
    std::array<field_ref, 4> table{};
    request_parser parser;
    if (!parser.parse({table, default_limits, strict}, text).ready()) return errc::incomplete;
    deviations seen;
    return check_host(view_request(parser.head(), text.data(), table), strict, seen).ec;
  };
  static_assert(verdict_on("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == errc::ok);
  static_assert(verdict_on("GET / HTTP/1.1\r\n\r\n") == errc::missing_host);
  static_assert(verdict_on("GET / HTTP/1.0\r\n\r\n") == errc::ok);
  static_assert(verdict_on("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == errc::multiple_host);
  static_assert(verdict_on("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == errc::bad_host);
  static_assert(verdict_on("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") == errc::bad_host);
  static_assert(verdict_on("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == errc::ok);

  constexpr auto uri = [](std::string_view text) {
    std::array<field_ref, 4> table{};
    request_parser parser;
    (void)parser.parse({table, default_limits, strict}, text);
    std::array<char, 18> out{};
    (void)target_uri(view_request(parser.head(), text.data(), table), true, out);
    return out;
  };
  constexpr std::array<char, 18> written = uri("GET /p?q HTTP/1.1\r\nHost: a:8443\r\n\r\n");
  static_assert(std::string_view(written.data(), written.size()) == "https://a:8443/p?q");
  CHECK(true);
}
