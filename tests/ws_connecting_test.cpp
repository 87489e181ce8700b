// Around the opening handshake: URIs, redirects, the gate for attempts, when to connect again.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/websocket/attempt_gate.hpp>
#include <coax/websocket/backoff.hpp>
#include <coax/websocket/redirect.hpp>
#include <coax/websocket/url.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace {

namespace ws = coax::websocket;
namespace uri = coax::uri;
using coax::element;
using std::string_view;

/// The resource name of a URI, or the element that is wrong and where.
std::string resource(string_view url, const ws::url_options &opt = {}) {
  coax_test::guarded block(url.size());
  const auto placed = block.place(url);
  const uri::parsed p = ws::parse_url({placed.data(), placed.size()}, opt);
  if (!p) return std::string(coax::name(p.why.what)) + "@" + std::to_string(p.why.at);
  std::array<char, 200> out{};
  const auto w = uri::request_target(p.value, out);
  REQUIRE(w);
  return {out.data(), w.size};
}
std::string host(string_view url, const ws::url_options &opt = {}) {
  const uri::parsed p = ws::parse_url(url, opt);
  REQUIRE(p);
  std::array<char, 200> out{};
  const auto w = uri::host_field(p.value, out);
  REQUIRE(w);
  return {out.data(), w.size};
}
std::uint16_t port(string_view url) {
  const uri::parsed p = ws::parse_url(url);
  return p ? p.value.port() : std::uint16_t{0};
}
bool secure(string_view url, const ws::url_options &opt = {}) {
  const uri::parsed p = ws::parse_url(url, opt);
  REQUIRE(p);
  REQUIRE(uri::is_websocket(p.value.scheme));
  return uri::is_secure(p.value.scheme);
}

} // namespace

TEST_CASE("the scheme of a URI says whether TLS is used, and the default port", "[WS-001]") {
  static_assert(ws::parse_url("ws://example.com/chat").value.port() == 80);
  CHECK_FALSE(secure("ws://example.com/chat"));
  CHECK(secure("WSS://example.com"));
  CHECK(secure("wSs://example.com"));
  CHECK(port("ws://example.com/chat") == 80);
  CHECK(port("WSS://example.com") == 443);
}

TEST_CASE("a port replaces the default one, and has to be usable", "[WS-002]") {
  CHECK(port("ws://h:8080/") == 8080);
  CHECK(port("ws://h:/") == 80);
  CHECK(port("wss://h:/") == 443);
  CHECK(port("ws://h:1/") == 1);
  CHECK(port("ws://h:65535/") == 65535);
  CHECK(port("ws://h:00080/") == 80);
  CHECK(resource("ws://h:65536/") == "port@11");
  CHECK(resource("ws://h:0/") == "port@7");
  CHECK(resource("ws://h:000") == "port@7");
  CHECK(resource("ws://h:8a/") == "port@8");
  CHECK(resource("ws://h:-1/") == "port@7");
  CHECK(resource("ws://h:80:80/").starts_with("port@"));
}

TEST_CASE("the resource name is the path and a query that is not empty", "[WS-003]") {
  CHECK(resource("ws://h") == "/");
  CHECK(resource("ws://h?x=1") == "/?x=1");
  CHECK(resource("ws://h/p?") == "/p");
  CHECK(resource("ws://h/p?x?y") == "/p?x?y");
  CHECK(resource("ws://h/") == "/");
  CHECK(resource("ws://h?") == "/");
}

TEST_CASE("refuses a URI with a fragment, even an empty one", "[WS-004]") {
  CHECK(resource("ws://h/p#f") == "fragment@8");
  CHECK(resource("ws://h/p#") == "fragment@8");
  CHECK(resource("ws://h#") == "fragment@6");
  CHECK(resource("ws://h/p%23f") == "/p%23f");
  CHECK(resource("http://h/p#f", {.map_http = true}) == "fragment@10");
  CHECK(resource("https://h/p#", {.map_http = true}) == "fragment@11");
}

TEST_CASE("refuses other schemes, and URIs without a host", "[WS-005]") {
  CHECK(resource("http://h/") == "scheme@0");
  CHECK(resource("https://h/") == "scheme@0");
  CHECK(resource("ftp://h/") == "scheme@0");
  CHECK(resource("wsx://h/") == "scheme@0");
  CHECK(resource("ws:h") == "host@3");
  CHECK(resource("ws:/h") == "host@4");
  CHECK(resource("ws:///p") == "host@5");
  CHECK(resource("ws://:80/") == "host@5");
  CHECK(resource("//h/") == "scheme@0");
  CHECK(resource("") == "scheme@0");
  CHECK_FALSE(secure("http://h/", {.map_http = true}));
  CHECK(secure("https://h/", {.map_http = true}));
  CHECK(resource("https://h/c?x", {.map_http = true}) == "/c?x");
  CHECK(resource("ftp://h/", {.map_http = true}) == "scheme@0");
}

TEST_CASE("takes hosts as RFC 3986 writes them", "[WS-006]") {
  CHECK(host("ws://[::1]:9000/") == "[::1]:9000");
  CHECK(host("wss://[2001:db8::1]/") == "[2001:db8::1]");
  CHECK(host("ws://xn--bcher-kva.example/") == "xn--bcher-kva.example");
  CHECK(resource("ws://b\xC3\xBC"
                 "cher.example/") == "host@6");
  CHECK(resource("ws://[::1/").starts_with("host@"));
  CHECK(resource("ws://u:p@h/").starts_with("userinfo@"));
  CHECK(resource("ws://u@h/").starts_with("userinfo@"));
  const uri::parsed p = ws::parse_url("ws://u:p@h/", {.allow_userinfo = true});
  REQUIRE(p);
  CHECK(p.value.userinfo == "u:p"); // for values::write_basic()
  CHECK(host("ws://u:p@h/", {.allow_userinfo = true}) == "h");
}

TEST_CASE("refuses octets that a URI may not hold", "[WS-007]") {
  CHECK(resource("ws://h/a b") == "path@8");
  CHECK(resource("ws://h/a\r\nX: y") == "path@8");
  CHECK(resource("ws://h/%0d%0aX") == "/%0d%0aX");
  for (unsigned octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const bool raw = octet <= 0x20 || octet >= 0x7F;
    if (!raw) continue;
    CAPTURE(octet);
    CHECK(resource(std::string("ws://h/a") + c) == "path@8");
    CHECK(resource(std::string("ws://h/?a") + c) == "query@9");
  }
}

TEST_CASE("follows redirects as new attempts: never from wss to ws, and not for ever", "[WS-304]") {
  const auto from = ws::parse_url("wss://a.example:8443/x/y?z").value;
  std::array<char, 200> store{};
  const auto follow = [&](string_view location, const uri::parts &base) -> std::string {
    ws::redirects r;
    const ws::hop h = r.follow(base, location, store);
    if (h.ec != ws::errc::ok) return std::string(name(h.ec));
    std::array<char, 200> host{}, target{};
    const auto a = uri::host_field(h.to, host), b = uri::request_target(h.to, target);
    REQUIRE((a && b));
    return std::string(uri::name(h.to.scheme)) + " " + std::string(host.data(), a.size) + " " +
           std::string(target.data(), b.size) + (h.keep_credentials ? " same" : "");
  };
  CHECK(follow("/c", from) == "wss a.example:8443 /c same");
  CHECK(follow("c?d", from) == "wss a.example:8443 /x/c?d same");
  CHECK(follow("wss://A.example:8443/", from) == "wss A.example:8443 / same");
  CHECK(follow("https://a.example:8443/#f", from) == "wss a.example:8443 / same");
  CHECK(follow("//a.example:8443/d#", from) == "wss a.example:8443 /d same");
  CHECK(follow("wss://a.example/", from) == "wss a.example /");           // another port
  CHECK(follow("wss://b.example:8443/", from) == "wss b.example:8443 /"); // another host
  CHECK(follow("ws://h/", from) == "insecure_redirect");
  CHECK(follow("http://a.example:8443/", from) == "insecure_redirect");
  const auto plain = ws::parse_url("ws://a.example/x").value;
  CHECK(follow("http://a.example/y", plain) == "ws a.example /y same");
  CHECK(follow("wss://a.example/y", plain) ==
        "wss a.example /y"); // credentials were meant for another origin
  CHECK(follow("wss://a.example:80/y", plain) == "wss a.example:80 /y");
  for (const string_view bad :
       {"ftp://h/", "javascript:x", "ws://", "ws://u@h/", "ws://h:0/", "/a b", "/a\r\nX: y", "ws://h\\@b/"})
    CHECK(follow(bad, plain) == "bad_redirect");

  ws::redirects r;
  for (int i = 0; i < 10; ++i) CHECK(r.follow(plain, "/y", store).ec == ws::errc::ok);
  CHECK(r.follow(plain, "/y", store).ec == ws::errc::too_many_redirects);
  ws::redirects none(0);
  CHECK(none.follow(plain, "/y", store).ec == ws::errc::too_many_redirects);
  ws::redirects one(1);
  for (std::size_t size = 0; size < 18; ++size) {
    const ws::hop h = one.follow(plain, "/y", std::span(store).first(size));
    if (h.ec == ws::errc::ok) {
      CHECK(size == 16);
      break;
    }
    CHECK(h.ec == ws::errc::buffer_too_small);
    CHECK(h.required == 16);
  }
  CHECK(one.follow(plain, "/y", store).ec == ws::errc::too_many_redirects);
}

TEST_CASE("opens one connection to an address at a time", "[WS-010]") {
  using ws::admission;
  using ws::endpoint;
  const std::uint8_t v4[] = {192, 0, 2, 1}, other[] = {192, 0, 2, 2};
  const std::uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1};
  const std::uint8_t v6[] = {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  ws::attempt_gate<3> gate;
  CHECK(gate.enter(endpoint::address(v4, 80)) == admission::granted);
  CHECK(gate.enter(endpoint::address(v4, 80)) == admission::busy); // whatever name led there
  CHECK(gate.enter(endpoint::address(mapped, 80)) == admission::busy);
  CHECK(gate.enter(endpoint::address(v4, 81)) == admission::granted);
  CHECK(gate.enter(endpoint::address(v6, 80)) == admission::granted);
  CHECK(gate.pending() == 3);
  CHECK(gate.enter(endpoint::address(other, 80)) == admission::full);
  CHECK(gate.enter(endpoint::address(v6, 80)) == admission::busy);
  gate.leave(endpoint::address(other, 80)); // was not under way
  CHECK(gate.pending() == 3);
  gate.leave(endpoint::address(mapped, 80));
  CHECK(gate.enter(endpoint::address(v4, 80)) == admission::granted);
  gate.leave(endpoint::address(v6, 80));
  gate.leave(endpoint::address(v4, 80));
  gate.leave(endpoint::address(v4, 81));
  CHECK(gate.pending() == 0);

  // Behind a proxy, names are what is known.
  CHECK(gate.enter(endpoint::name("a.example", 80)) == admission::granted);
  CHECK(gate.enter(endpoint::name("A.EXAMPLE", 80)) == admission::busy);
  CHECK(gate.enter(endpoint::name("b.example", 80)) == admission::granted);
  CHECK(gate.enter(endpoint::name("a.example", 443)) == admission::granted);
  CHECK(gate.enter(endpoint::name("c.example", 80)) == admission::full);
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint8_t near[16] = {};
    near[i] = 1;
    CHECK(endpoint::address(near, 1) != endpoint::address(std::span(near).first(0), 1));
    std::uint8_t zero[16] = {};
    CHECK(endpoint::address(near, 1) != endpoint::address(zero, 1));
  }
  CHECK(endpoint::address(std::span(v6).first(5), 80) == endpoint{});
  std::set<std::string> names;
  CHECK(endpoint::name("ab", 1) != endpoint::name("ba", 1));
  CHECK(endpoint::name("", 1) != endpoint{});
}

TEST_CASE("waits longer from attempt to attempt, at random", "[WS-242]") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    ws::backoff b;
    CHECK(b.next(random()) < 5000);
    std::uint32_t least = 5000, below = 10000;
    for (int i = 0; i < 40; ++i) {
      const std::uint32_t ms = b.next(random());
      CHECK(ms >= least);
      CHECK(ms < below);
      below = below > 60000 ? 120000 : below * 2;
      least = below / 2;
    }
    CHECK(b.attempts() == 31);
    b.reset();
    CHECK(b.next(random()) < 5000);
  }
  ws::backoff low, high;
  CHECK(low.next(0) == 0);
  CHECK(high.next(4999) == 4999);
  CHECK(low.next(0) == 5000);
  CHECK(high.next(4999) == 9999);
  ws::backoff constant({.first = 1, .cap = 1});
  for (int i = 0; i < 3; ++i) CHECK(constant.next(7) <= 1);
  ws::backoff never({.first = 0, .cap = 0});
  CHECK(never.next(7) == 0);
  ws::backoff capped({.first = 0xFFFFFFFF, .cap = 1000});
  for (int i = 0; i < 40; ++i) CHECK(capped.next(~std::uint64_t{0}) < 1000);
}

TEST_CASE("does not connect again where the server meant it", "[WS-242]") {
  for (const int code : {1001, 1006, 1011, 1012, 1013, 1014, 3008})
    CHECK(ws::worth_reconnecting(static_cast<ws::close_code>(code)));
  for (const int code : {0, 1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1015, 3000, 3003, 4000})
    CHECK_FALSE(ws::worth_reconnecting(static_cast<ws::close_code>(code)));
}
