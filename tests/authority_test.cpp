// host [ ":" port ]: the forms of hosts, ports, and where bad ones go wrong.
#include "support/catch.hpp"

#include <coax/uri/authority.hpp>
#include <coax/uri/normalize.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
using coax::element;
using coax::uri::host_kind;
using coax::uri::parse_authority;
using coax::uri::same_host;

struct bad {
  std::string text;
  std::size_t at;
};

/// Checks that `text` is refused at `at`, and that nothing behind that byte has a say in it.
void check_refused(std::string_view text, std::size_t at, element what) {
  INFO(text);
  const auto a = parse_authority(text);
  CHECK_FALSE(a.ok);
  CHECK(a.at == at);
  CHECK(coax::name(a.what) == coax::name(what));
  if (at == text.size()) return;
  for (const auto rest : {"", "0", "::1", ".1.1.1", "]", "]:80", "%"}) {
    INFO(rest);
    const auto b = parse_authority(std::string(text.substr(0, at + 1)) + rest);
    CHECK_FALSE(b.ok);
    CHECK(b.at == at);
  }
}

void check_host(std::string_view text, host_kind kind) {
  INFO(text);
  const auto a = parse_authority(text);
  CHECK(a.ok);
  CHECK(a.value.host == text);
  CHECK(a.value.kind == kind);
  CHECK_FALSE(a.value.has_port);
  const auto b = parse_authority(std::string(text) + ":8080");
  CHECK(b.ok);
  CHECK(b.value.kind == kind);
  CHECK(b.value.port == 8080);
}

/// `count` groups with ":" between them, and ":1.2.3.4" or "1.2.3.4" at their end if asked for.
std::string groups(int count, bool ipv4) {
  std::string out;
  for (int i = 0; i < count; ++i) out += out.empty() ? "ab" : ":ab";
  if (ipv4) out += out.empty() ? "1.2.3.4" : ":1.2.3.4";
  return out;
}

} // namespace

TEST_CASE("reads a host with or without a port", "[H1-103][uri]") {
  const auto a = parse_authority("example.com:8443");
  REQUIRE(a.ok);
  CHECK(a.value.host == "example.com");
  CHECK(a.value.has_port);
  CHECK(a.value.port_text == "8443");
  CHECK(a.value.port == 8443);
  const auto b = parse_authority("a:");
  REQUIRE(b.ok);
  CHECK(b.value.has_port);
  CHECK(b.value.port_text.empty());
  CHECK(b.value.port == 0);
  CHECK(parse_authority("").ok);
  CHECK(parse_authority(":80").value.host.empty());
  CHECK(parse_authority("a!b,c").ok);
  CHECK(parse_authority("[::1]:80").value.host == "[::1]");
  static_assert(parse_authority("[::1]:443").value.port == 443);
  static_assert(parse_authority("a b").at == 1 && parse_authority("a b").what == element::host);
}

TEST_CASE("refuses what is no host with an optional port, at its first wrong byte", "[H1-103][uri]") {
  for (const bad &b : {bad{"a b", 1},
                       {"a/b", 1},
                       {"u@a", 1},
                       {"[::1", 4},
                       {"a?b", 1},
                       {"a#b", 1},
                       {" a", 0},
                       {"a\\b", 1},
                       {"[::1]a", 5},
                       {"[::1] ", 5},
                       {"a[::1]", 1},
                       {"a]", 1},
                       {"[", 1},
                       {"[]", 1}})
    check_refused(b.text, b.at, element::host);
  for (const bad &b : {bad{"a:8x", 3},
                       {"a:99999", 6},
                       {"a:65536", 6},
                       {"a: 80", 2},
                       {"a:+1", 2},
                       {"a:-1", 2},
                       {"a:80:80", 4},
                       {"::1", 1},
                       {"a:8 ", 3},
                       {":x", 1},
                       {"[::1]:x", 6},
                       {"a:0x50", 3}})
    check_refused(b.text, b.at, element::port);
  check_refused("a\0"sv, 1, element::host);
  check_refused("a:1\0"sv, 3, element::port);
}

TEST_CASE("accepts every port up to 65535 and none above", "[H1-103][H1-234][uri]") {
  for (unsigned port = 0; port < 70000; ++port) {
    const auto a = parse_authority("a:" + std::to_string(port));
    if (a.ok != (port <= 65535) || (a.ok && a.value.port != port)) FAIL_CHECK(port);
  }
  CHECK(parse_authority("a:" + std::string(100, '0') + "443").value.port == 443);
  for (const auto port : {"4294967296", "18446744073709551616", "18446744073709551696", "655350"})
    CHECK_FALSE(parse_authority(std::string("a:") + port).ok);
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(static_cast<unsigned char>(octet));
    CAPTURE(octet);
    CHECK(parse_authority(std::string("a:1") + c).ok == (c >= '0' && c <= '9'));
  }
}

TEST_CASE("accepts the IPv6 addresses of the grammar", "[H1-235][uri]") {
  for (const auto address : {"::",
                             "::1",
                             "1::",
                             "1:2:3:4:5:6:7:8",
                             "0:0:0:0:0:0:0:0",
                             "ffff:FFFF:AbCd:ef01:2345:6789:aBcD:EF00",
                             "a::b",
                             "1::8",
                             "1:2::8",
                             "1:2:3::8",
                             "1:2:3:4::8",
                             "1:2:3:4:5::8",
                             "1:2:3:4:5:6::8",
                             "1:2:3:4:5:6:7::",
                             "::2:3:4:5:6:7:8",
                             "1::3:4:5:6:7:8",
                             "1:2::4:5:6:7:8",
                             "1:2:3::5:6:7:8",
                             "1:2:3:4::6:7:8",
                             "1:2:3:4:5::7:8",
                             "::1.2.3.4",
                             "::ffff:1.2.3.4",
                             "::ffff:0:1.2.3.4",
                             "64:ff9b::192.0.2.33",
                             "1:2:3:4:5:6:1.2.3.4",
                             "1:2:3:4:5::1.2.3.4",
                             "1::1.2.3.4",
                             "::2:3:4:5:6:1.2.3.4",
                             "::0.0.0.0",
                             "::255.255.255.255",
                             "fe80::1",
                             "2001:db8::ff00:42:8329",
                             "0001::0",
                             "::12:1.2.3.4"})
    check_host("[" + std::string(address) + "]", host_kind::ipv6);
}

TEST_CASE("refuses other text in brackets, at its first wrong byte", "[H1-235][uri]") {
  // offsets within the brackets
  for (const bad &b : {bad{"1::2::3", 5},
                       {":1", 1},
                       {":", 1},
                       {"12345::", 4},
                       {"fe80::1%25eth0", 7},
                       {"fe80::1%eth0", 7},
                       {"1:2:3:4:5:6:7", 13},
                       {"1:2:3:4:5:6:7:", 14},
                       {"1", 1},
                       {"", 0},
                       {":::", 2},
                       {"1:::2", 3},
                       {"::1::", 4},
                       {"1:2:3:4:5:6:7:8:9", 15},
                       {"1:2:3:4:5:6:7:8::", 15},
                       {"::1:2:3:4:5:6:7:8", 15},
                       {"1:2:3:4:5:6:7::8", 15},
                       {"1::3:4:5:6:7:8:9", 14},
                       {"1:", 2},
                       {"1::2:", 5},
                       {"g::", 0},
                       {"::g", 2},
                       {"::1 ", 3},
                       {"::00000", 6},
                       {"1.2.3.4", 1},
                       {"::1.2.3.256", 10},
                       {"::1.2.3", 7},
                       {"::1.2.3.", 8},
                       {"::1.2.3.4.5", 9},
                       {"::01.2.3.4", 4},
                       {"::1.02.3.4", 5},
                       {"::256.1.1.1", 5},
                       {"::ff.1.1.1", 4},
                       {"::1.2.3.4:5", 9},
                       {"1.2.3.4::", 1},
                       {"1:2:3:4:5:6:7:1.2.3.4", 15},
                       {"1:2:3:4:5:1.2.3.4", 11},
                       {"::2:3:4:5:6:7:1.2.3.4", 15},
                       {"::1..2.3", 4},
                       {"::1.2.3.a", 8},
                       {"::a.b", 3}}) {
    const bool missing = b.at == b.text.size(); // then the bracket is what comes too early
    check_refused("[" + b.text + "]", 1 + b.at, element::host);
    CHECK(parse_authority("[" + b.text).at == 1 + b.at);
    if (!missing) check_refused("[" + b.text, 1 + b.at, element::host);
  }
}

TEST_CASE("counts the groups of an IPv6 address", "[H1-235][uri]") {
  for (int before = 0; before < 10; ++before) {
    for (int after = 0; after < 10; ++after) {
      for (const bool ipv4 : {false, true}) {
        const int used = before + after + (ipv4 ? 2 : 0);
        const std::string elided = groups(before, false) + "::" + groups(after, ipv4);
        INFO(elided);
        CHECK(parse_authority("[" + elided + "]").ok == (used <= 7));
        const std::string plain = groups(before + after, ipv4);
        INFO(plain);
        CHECK(parse_authority("[" + plain + "]").ok == (used == 8));
      }
    }
  }
}

TEST_CASE("accepts an IP literal of a future version by grammar", "[H1-235][uri]") {
  for (const auto text : {"[v1.a:b]", "[V1.a]", "[vFf.~!$&'()*+,;=:-._]", "[v0.0]"})
    check_host(text, host_kind::ip_future);
  for (const bad &b : {bad{"[v.x]", 2},
                       {"[v1.]", 4},
                       {"[v1]", 3},
                       {"[vg.x]", 2},
                       {"[v1.a b]", 5},
                       {"[v1.a%41]", 5},
                       {"[v1.a@]", 5},
                       {"[v", 2},
                       {"[v1", 3},
                       {"[v1.", 4},
                       {"[v1.a", 5},
                       {"[x1.a]", 1}})
    check_refused(b.text, b.at, element::host);
}

TEST_CASE("takes only four decimal octets without leading zeros for an IPv4 address", "[H1-236][uri]") {
  for (const auto text : {"1.2.3.4", "0.0.0.0", "255.255.255.255", "127.0.0.1", "10.200.99.249"})
    check_host(text, host_kind::ipv4);
  for (const auto text : {"256.1.1.1", "01.2.3.4", "0x7f.1", "1.2.3", "1.2.3.4.", "1.2.3.4.5", ".1.2.3.4",
                          "1..2.3", "1.2.3.04", "1.2.3.00", "1.2.3.4a", "1.2.3.1000", "1.2.3.-4",
                          "2130706433", "1%2E2.3.4", "1.2.3.", "4294967297.0.0.1", "localhost"})
    check_host(text, host_kind::reg_name);
  for (int octet = 0; octet < 1200; ++octet) {
    const std::string n = std::to_string(octet);
    const host_kind kind = octet < 256 ? host_kind::ipv4 : host_kind::reg_name;
    for (const std::string &text : {n + ".0.1.2", "9." + n + ".0.1", "9.1." + n + ".0", "9.8.7." + n}) {
      if (parse_authority(text).value.kind != kind) FAIL_CHECK(text);
      if (parse_authority("[::" + text + "]").ok != (octet < 256)) FAIL_CHECK(text);
    }
  }
}

TEST_CASE("accepts exactly the octets of a registered name", "[H1-237][uri]") {
  constexpr auto reg_name = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;="sv;
  constexpr auto hex = "0123456789abcdefABCDEF"sv;
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(static_cast<unsigned char>(octet));
    CAPTURE(octet);
    const auto holds = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
    const auto a = parse_authority(std::string("a") + c + "b");
    CHECK(a.ok == holds(reg_name));
    if (!a.ok) CHECK(a.at == (c == '%' ? 3u : c == ':' ? 2u : 1u));
    CHECK(parse_authority(std::string("%a") + c).ok == holds(hex));
    CHECK(parse_authority(std::string("%") + c + "a").ok == holds(hex));
    if (c != ']') CHECK(parse_authority(std::string("[::") + c + "]").ok == holds(hex));
  }
  for (const bad &b :
       {bad{"%", 1}, {"%4", 2}, {"a%zz", 2}, {"a%4z", 3}, {"%%41", 1}, {"a%:80", 2}, {"%4:80", 2}})
    check_refused(b.text, b.at, element::host);
  check_host("%C3%a9%00", host_kind::reg_name);
}

TEST_CASE("compares hosts without case and with unreserved octets decoded", "[H1-237][uri]") {
  static_assert(same_host("EXAMPLE.com", "example.com"));
  CHECK(same_host("%65xample%2Dx", "EXAMPLE-x"));
  CHECK(same_host("a%c3", "A%C3"));
  CHECK(same_host("[::A]", "[::a]"));
  CHECK(same_host("", ""));
  CHECK_FALSE(same_host("a", "ab"));
  CHECK_FALSE(same_host("ab", "a"));
  CHECK_FALSE(same_host("a%2F", "a/"));
  CHECK_FALSE(same_host("a%21", "a!"));
  CHECK_FALSE(same_host("a@", "a`")); // no letters, though one bit apart
}
