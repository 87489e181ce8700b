// The form of request-target that asks for a URI: direct, to a proxy, for CONNECT and for OPTIONS.
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

namespace http = coax::http;
namespace uri = coax::uri;
using std::string_view;
using uri::next_hop;
using uri::target_form;

uri::parts parse(string_view text) {
  INFO(text);
  const uri::parsed u = uri::parse(text, {.allow_userinfo = true});
  REQUIRE(u);
  return u.value;
}

/// What request_target() writes, which every smaller span has to be refused for.
std::string target_of(string_view method, string_view text, next_hop to) {
  const uri::parts p = parse(text);
  std::string full(200, '\xEE');
  const std::size_t before = coax_test::allocations();
  const auto w = uri::request_target(p, method, to, full);
  CHECK(coax_test::allocations() == before);
  REQUIRE(w.ec == uri::errc::ok);
  CHECK(w.size == w.required);
  CHECK(full.find_first_not_of('\xEE', w.size) == std::string::npos);
  for (std::size_t size = 0; size < w.size; ++size) {
    std::string part(w.size + 1, '\xEE');
    const auto none = uri::request_target(p, method, to, std::span<char>(part).first(size));
    CHECK(none.ec == uri::errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == w.size);
    CHECK(part.find_first_not_of('\xEE', size) == std::string::npos);
  }
  return full.substr(0, w.size);
}

/// Request-line and Host that a request for the URI has, in quotes of CR LF.
std::string head_of(string_view method, string_view text, next_hop to) {
  std::array<char, 300> out{};
  http::request_head head(out, method, parse(text), to);
  INFO(text);
  REQUIRE(head.ec() == http::errc::ok);
  return std::string(head.prepared().text);
}

struct row {
  string_view method, uri;
  next_hop to;
  string_view target, host;
};

constexpr row rows[] = {
    // origin-form: the path and the query, "/" for an empty path
    {"GET", "http://a?q", next_hop::origin, "/?q", "a"},
    {"GET", "http://a", next_hop::origin, "/", "a"},
    {"GET", "http://a/", next_hop::origin, "/", "a"},
    {"GET", "http://a/b/c?d=e?f", next_hop::origin, "/b/c?d=e?f", "a"},
    {"GET", "https://a//b", next_hop::origin, "//b", "a"},
    {"GET", "http://a/?", next_hop::origin, "/?", "a"},
    {"GET", "http://a?", next_hop::origin, "/?", "a"},
    {"GET", "http://u:p@[::1]:8080/", next_hop::origin, "/", "[::1]:8080"},
    {"POST", "http://u@a/p?q#f", next_hop::origin, "/p?q", "a"},
    {"get", "http://a", next_hop::origin, "/", "a"},
    {"options", "http://a", next_hop::origin, "/", "a"}, // methods are case-sensitive
    {"connect", "http://a", next_hop::origin, "/", "a"},
    {"GET", "ws://a?", next_hop::origin, "/", "a"}, // RFC 6455 §3
    {"GET", "wss://a:443/x?y", next_hop::origin, "/x?y", "a"},
    // absolute-form to a proxy: no userinfo, no fragment, no default port
    {"GET", "http://a?q", next_hop::proxy, "http://a/?q", "a"},
    {"GET", "http://a", next_hop::proxy, "http://a/", "a"},
    {"GET", "HTTP://A:80/b", next_hop::proxy, "http://A/b", "A"},
    {"GET", "http://a:/b", next_hop::proxy, "http://a/b", "a"},
    {"GET", "https://a:443/b", next_hop::proxy, "https://a/b", "a"},
    {"GET", "https://a:80/b", next_hop::proxy, "https://a:80/b", "a:80"},
    {"GET", "http://u:p@[::1]:8080/x?y#z", next_hop::proxy, "http://[::1]:8080/x?y", "[::1]:8080"},
    {"GET", "http://u@a#f", next_hop::proxy, "http://a/", "a"},
    {"GET", "ws://a/x", next_hop::proxy, "http://a/x", "a"}, // RFC 6455 §4.1
    {"GET", "wss://a:80/x", next_hop::proxy, "https://a:80/x", "a:80"},
    // authority-form for CONNECT, with the port
    {"CONNECT", "https://a", next_hop::origin, "a:443", "a"},
    {"CONNECT", "https://a", next_hop::proxy, "a:443", "a"},
    {"CONNECT", "http://a", next_hop::proxy, "a:80", "a"},
    {"CONNECT", "https://a:/", next_hop::proxy, "a:443", "a"},
    {"CONNECT", "https://a:0443/", next_hop::proxy, "a:443", "a"},
    {"CONNECT", "https://a:8443/x?y#z", next_hop::proxy, "a:8443", "a:8443"},
    {"CONNECT", "wss://u:p@[2001:db8::1]/x", next_hop::proxy, "[2001:db8::1]:443", "[2001:db8::1]"},
    {"CONNECT", "http://a:1", next_hop::proxy, "a:1", "a:1"},
    {"CONNECT", "http://a:65535", next_hop::proxy, "a:65535", "a:65535"},
    // asterisk-form for OPTIONS of the whole server
    {"OPTIONS", "http://a", next_hop::origin, "*", "a"},
    {"OPTIONS", "http://u@a:8080#f", next_hop::origin, "*", "a:8080"},
    {"OPTIONS", "http://a", next_hop::proxy, "http://a", "a"},
    {"OPTIONS", "http://a:8001", next_hop::proxy, "http://a:8001", "a:8001"},
    {"OPTIONS", "http://a/", next_hop::origin, "/", "a"}, // RFC 9110 §4.2.3: not the same
    {"OPTIONS", "http://a/", next_hop::proxy, "http://a/", "a"},
    {"OPTIONS", "http://a?q", next_hop::origin, "/?q", "a"},
    {"OPTIONS", "http://a?q", next_hop::proxy, "http://a/?q", "a"},
    {"OPTIONS", "http://a?", next_hop::origin, "/?", "a"},
    {"OPTIONS", "http://a?", next_hop::proxy, "http://a/?", "a"},
    {"OPTIONS", "http://a/b", next_hop::origin, "/b", "a"},
};

} // namespace

TEST_CASE("asks with the form of target that method and receiver call for", "[H1-302]") {
  for (const row &r : rows) {
    INFO(r.method << ' ' << r.uri << (r.to == next_hop::proxy ? " via a proxy" : ""));
    CHECK(target_of(r.method, r.uri, r.to) == r.target);
  }
}

TEST_CASE("writes request-line and Host for a URI, without userinfo and with Host first",
          "[H1-302][H1-303]") {
  for (const row &r : rows)
    CHECK(head_of(r.method, r.uri, r.to) == std::string(r.method) + " " + std::string(r.target) +
                                                " HTTP/1.1\r\nHost: " + std::string(r.host) + "\r\n");
  std::array<char, 100> out{};
  CHECK(http::request_head(out, "GET", parse("http://a/b")).prepared().text ==
        "GET /b HTTP/1.1\r\nHost: a\r\n");
  CHECK(http::request_head(out, "GET", parse("http://a/b"), next_hop::proxy, 0).prepared().text ==
        "GET http://a/b HTTP/1.0\r\nHost: a\r\n");
}

TEST_CASE("gives the target that the parser reads back in the same form", "[H1-302][H1-323]") {
  for (const row &r : rows) {
    std::array<char, 300> out{};
    http::client client;
    const auto sent = client.send(http::request_head(out, r.method, parse(r.uri), r.to));
    REQUIRE(sent);
    std::array<http::field_ref, 8> table{};
    http::request_reader reader;
    const http::event e = reader.next({table}, string_view(out.data(), sent.size));
    REQUIRE(e.kind == http::event_kind::request);
    const http::request asked = http::view_request(e.head, out.data(), table);
    CHECK(asked.method_text == r.method);
    CHECK(asked.target == r.target);
    CHECK(asked.fields["Host"] == r.host);
    CHECK(http::view_target(asked).form == uri::form_of_target(r.method, parse(r.uri), r.to));
  }
}

TEST_CASE("writes no target for parts that no parser gave", "[H1-302][H1-301]") {
  const auto refused = [](string_view method, auto spoil) {
    uri::parts p = parse("http://a:8080/b?c");
    spoil(p);
    bool all = true;
    for (const next_hop to : {next_hop::origin, next_hop::proxy}) {
      std::string out(100, '\xEE');
      const auto w = uri::request_target(p, method, to, out);
      all = all && w.ec == uri::errc::bad_uri && w.size == 0 && w.required == 0 &&
            out == std::string(100, '\xEE');
      const http::request_head head(out, method, p, to);
      all = all && head.ec() == http::errc::invalid_input && head.prepared().text.empty();
    }
    return all;
  };
  CHECK_FALSE(refused("GET", [](uri::parts &) {}));
  for (const string_view method : {"GET", "OPTIONS", "CONNECT"}) {
    for (const auto path : {"p", "*", "/ HTTP/1.1\r\nX: y", "/?", "/#", "/\x80", "\r\n", "/ ", "/\x7F"})
      CHECK(refused(method, [&](uri::parts &p) { p.path = path; }));
    for (const auto query : {"a\nb", "a b", "#", "\xC3\xA9"})
      CHECK(refused(method, [&](uri::parts &p) { p.query = query; }));
    for (const auto host : {"", "a\r\nX:y", "a:80", "a/b", "u@a", "[::1", "a b"})
      CHECK(refused(method, [&](uri::parts &p) { p.authority.host = host; }));
    for (const auto port : {"8\r\n", "x", "-1", "65536", " "})
      CHECK(refused(method, [&](uri::parts &p) { p.authority.port_text = port; }));
  }
  CHECK(refused("CONNECT", [](uri::parts &p) {
    p.authority.port = 0;
    p.authority.port_text = "0";
  }));
}

TEST_CASE("refuses in a request what its parser would refuse in a URI's parts", "[H1-301][H1-323]") {
  std::array<char, 300> out{};
  for (const string_view text : {"http://a/{", "http://a/^", "http://a/`", "http://a/\\", "http://a/\""}) {
    const uri::parsed loose = uri::parse(text, {.syntax = uri::syntax::any_visible});
    REQUIRE(loose);
    const http::request_head head(out, "GET", loose.value);
    CHECK(head.ec() == http::errc::invalid_input);
    CHECK(head.why().what == coax::element::target);
  }
  const uri::parsed query = uri::parse("http://a/?\"", {.syntax = uri::syntax::any_visible});
  CHECK(http::request_head(out, "GET", query.value).ec() == http::errc::invalid_input);
  const uri::parsed browser = uri::parse("http://a/[|]?{`^}", {.syntax = uri::syntax::browser});
  CHECK(http::request_head(out, "GET", browser.value).ec() == http::errc::ok);
  const http::request_head comma(out, "GET", parse("http://a,b/"));
  CHECK(comma.ec() == http::errc::invalid_input);
  CHECK(comma.why().what == coax::element::host);
  CHECK(http::request_head(out, "G T", parse("http://a/")).why().what == coax::element::method);
  CHECK(http::request_head(out, "GET", parse("http://a/"), next_hop::origin, 2).why().what ==
        coax::element::version);
}

TEST_CASE("tells how much a head for a URI takes, whatever the span", "[H1-302]") {
  for (const row &r : rows) {
    const std::string whole = head_of(r.method, r.uri, r.to);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      std::string part(whole.size() + 1, '\xEE');
      const http::request_head head(std::span<char>(part).first(size), r.method, parse(r.uri), r.to);
      CHECK(head.ec() == http::errc::buffer_too_small);
      CHECK(head.required() == whole.size());
      CHECK(head.prepared().text.empty());
      CHECK(part.find_first_not_of('\xEE', size) == std::string::npos);
    }
  }
}

static_assert([] {
  std::array<char, 32> out{};
  const uri::parsed u = uri::parse("https://a");
  const auto w = uri::request_target(u.value, "CONNECT", next_hop::proxy, out);
  return string_view(out.data(), w.size) == "a:443";
}());
static_assert(uri::form_of_target("OPTIONS", uri::parse("http://a").value, next_hop::origin) ==
              target_form::asterisk);
static_assert([] {
  std::array<char, 64> out{};
  return http::request_head(out, "GET", uri::parse("http://a?q").value).prepared().text ==
         "GET /?q HTTP/1.1\r\nHost: a\r\n";
}());
