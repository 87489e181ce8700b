// The four forms of a request-target, in the three syntaxes.
#include "support/catch.hpp"

#include <coax/uri/target.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
namespace uri = coax::uri;
using uri::syntax;
using uri::target_form;

constexpr syntax all_syntaxes[] = {syntax::browser, syntax::rfc3986, syntax::any_visible};

constexpr uri::parsed_target parse(std::string_view text, syntax s = syntax::rfc3986) {
  return uri::parse_target(text, false, s);
}
constexpr uri::parsed_target parse_connect(std::string_view text) {
  return uri::parse_target(text, true, syntax::rfc3986);
}

void check_refused(const uri::parsed_target &t, std::size_t at) {
  CHECK_FALSE(t.ok);
  CHECK(t.at == at);
}
/// In every syntax.
void check_refused(std::string_view text, std::size_t at) {
  INFO(text);
  for (const syntax s : all_syntaxes) check_refused(parse(text, s), at);
}
void check_connect_refused(std::string_view text, std::size_t at) {
  INFO(text);
  check_refused(parse_connect(text), at);
}

} // namespace

TEST_CASE("takes origin-form apart", "[H1-028][uri]") {
  const uri::parsed_target t = parse("/a/b%20c?x=/?&y");
  REQUIRE(t.ok);
  CHECK(t.value.form == target_form::origin);
  CHECK(t.value.path == "/a/b%20c");
  CHECK(t.value.has_query);
  CHECK(t.value.query == "x=/?&y");
  CHECK(t.value.scheme.empty());
  CHECK(t.value.authority_text.empty());
  CHECK_FALSE(t.value.raw_octets);
  CHECK_FALSE(parse("/a").value.has_query);
  CHECK(parse("/a?").value.has_query);
  CHECK(parse("/").value.path == "/");
  static_assert(parse("/p?q").ok && parse("/p?q").value.query == "q");
}

TEST_CASE("takes a double slash at the start for a path", "[H1-028][uri]") {
  const uri::parsed_target t = parse("//evil.example/x");
  REQUIRE(t.ok);
  CHECK(t.value.form == target_form::origin);
  CHECK(t.value.path == "//evil.example/x");
  CHECK(t.value.authority.host.empty());
}

TEST_CASE("refuses targets of no form", "[H1-028][uri]") {
  check_refused("", 0);
  check_refused("?q", 0);
  check_refused("a/b", 1);
  check_refused("a", 1);
  check_refused("%2Fa", 0);
  check_refused("1http://a/", 0);
  check_refused(":80", 0);
}

TEST_CASE("knows asterisk-form, which is an asterisk and nothing else", "[H1-029][uri]") {
  CHECK(parse("*").ok);
  CHECK(parse("*").value.form == target_form::asterisk);
  CHECK(parse("*").value.path.empty());
  check_refused("**", 1);
  check_refused("*?q", 1);
  check_connect_refused("*", 1); // a host by grammar, but one without a port
}

TEST_CASE("takes authority-form for CONNECT and for nothing else", "[H1-030][uri]") {
  const uri::parsed_target t = parse_connect("a:443");
  REQUIRE(t.ok);
  CHECK(t.value.form == target_form::authority);
  CHECK(t.value.authority_text == "a:443");
  CHECK(t.value.authority.host == "a");
  CHECK(t.value.authority.port == 443);
  CHECK(t.value.path.empty());
  CHECK(parse_connect("[::1]:1").ok);
  CHECK(parse_connect("1.2.3.4:65535").ok);
  CHECK(parse_connect("a:0443").value.authority.port == 443);
  check_connect_refused("/", 0);
  check_connect_refused("http://a:443/", 5);
  check_connect_refused("a:443/", 5);
  check_connect_refused("a:443?q", 5);
  check_refused("a:443", 2);
  check_refused("[::1]:443", 0);
  static_assert(parse_connect("a:443").ok && !parse("a:443").ok);
}

TEST_CASE("refuses CONNECT without a possible port or with userinfo", "[H1-031][uri]") {
  check_connect_refused("a", 1);
  check_connect_refused("a:", 2);
  check_connect_refused("a:0", 3);
  check_connect_refused("a:000", 5);
  check_connect_refused("a:70000", 6);
  check_connect_refused("a:65536", 6);
  check_connect_refused("u@a:443", 1);
  check_connect_refused("a:4x", 3);
  check_connect_refused("[::1]", 5);
  check_connect_refused("::1:443", 0);
  check_connect_refused(":443", 0);
  check_connect_refused(":x", 0);
  check_connect_refused("", 0);
}

TEST_CASE("splits absolute-form into scheme, authority, path and query", "[H1-032][uri]") {
  const uri::parsed_target t = parse("http://x.example:8080/p?q");
  REQUIRE(t.ok);
  CHECK(t.value.form == target_form::absolute);
  CHECK(t.value.scheme == "http");
  CHECK(t.value.authority_text == "x.example:8080");
  CHECK(t.value.authority.host == "x.example");
  CHECK(t.value.authority.port == 8080);
  CHECK(t.value.path == "/p");
  CHECK(t.value.query == "q");
  const uri::parsed_target bare = parse("HTTPS://[::1]");
  REQUIRE(bare.ok);
  CHECK(bare.value.scheme == "HTTPS");
  CHECK(bare.value.authority.kind == uri::host_kind::ipv6);
  CHECK(bare.value.path.empty());
  const uri::parsed_target query = parse("ws://a?x=/@b");
  REQUIRE(query.ok);
  CHECK(query.value.authority_text == "a");
  CHECK(query.value.path.empty());
  CHECK(query.value.query == "x=/@b");
  CHECK(parse("coap+tcp://a/").value.scheme == "coap+tcp");
  for (const syntax s : all_syntaxes) CHECK(parse("http://a/b", s).ok);
}

TEST_CASE("refuses malformed absolute-form at its first wrong byte", "[H1-032][uri]") {
  check_refused("http", 4);
  check_refused("http:", 5);
  check_refused("http:/", 6);
  check_refused("http:a", 5);
  check_refused("http:/a", 6);
  check_refused("ht_tp://a/", 2);
  check_refused("http//a/", 4);
  check_refused("http:\\\\a/", 5);
  check_refused("http://a b/", 8);
  check_refused("http://a:8x/", 10);
  check_refused("http://a:65536/", 13);
  check_refused("http://[::1/", 11);
  check_refused("http://a%/", 9);
  check_refused("http://a\\/", 8);
  check_refused("http://a/b#c", 10);
}

TEST_CASE("refuses absolute-form with an empty host or with userinfo", "[H1-033][uri]") {
  check_refused("http:///x", 7);
  check_refused("http://", 7);
  check_refused("http://?q", 7);
  check_refused("http://:80/", 7);
  check_refused("http://:8x/", 7);
  check_refused("http://good@evil/", 11);
  check_refused("http://u:p@evil/", 9);
  check_refused("http://@evil/", 7);
}

TEST_CASE("refuses fragments in every form and syntax", "[H1-027][uri]") {
  check_refused("/a#b", 2);
  check_refused("/#", 1);
  check_refused("/a?b#", 4);
  check_refused("http://a#b", 8);
  check_refused("#", 0);
}

TEST_CASE("refuses whitespace, controls and octets above 0x7E wherever they stand", "[H1-025][uri]") {
  for (int octet = 0; octet < 256; ++octet) {
    if (octet > 0x20 && octet < 0x7F) continue;
    const std::string c(1, static_cast<char>(static_cast<unsigned char>(octet)));
    CAPTURE(octet);
    check_refused("/a" + c + "b", 2);
    check_refused("/?a" + c + "b", 3);
    check_refused("/a" + c, 2);
    check_refused("http://a" + c + "/", 8);
    check_refused("http://a/" + c, 9);
    check_refused(c + "/", 0);
    check_connect_refused("a" + c + ":80", 1);
  }
  check_refused("/a b", 2);
  check_refused("/a\0b"sv, 2);
  check_refused("/\x7F", 1);
}

TEST_CASE("accepts exactly the octets of each syntax in path and query", "[H1-026][uri]") {
  const std::string path = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/";
  const std::string query = path + "?";
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(static_cast<unsigned char>(octet));
    const auto holds = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
    CAPTURE(octet);
    for (const std::string before : {"/", "http://a/"}) {
      const auto in_path = [&](syntax s) { return parse(before + c + "zz", s); };
      const auto in_query = [&](syntax s) { return parse(before + "?" + c + "zz", s); };
      CHECK(in_path(syntax::rfc3986).ok == holds(query));
      CHECK(in_query(syntax::rfc3986).ok == holds(query));
      CHECK(in_path(syntax::browser).ok == holds(query + "%[]|"));
      CHECK(in_query(syntax::browser).ok == holds(query + "%[]\\^`{|}"));
      CHECK(in_path(syntax::any_visible).ok == (octet > 0x20 && octet < 0x7F && c != '#'));
      CHECK(in_query(syntax::any_visible).ok == (octet > 0x20 && octet < 0x7F && c != '#'));
      for (const syntax s : all_syntaxes) {
        const std::size_t at = before.size() + (s == syntax::rfc3986 && c == '%' ? 1 : 0);
        if (!in_path(s).ok) CHECK(in_path(s).at == at);
        if (!in_query(s).ok) CHECK(in_query(s).at == at + 1);
        if (in_path(s).ok) CHECK(in_path(s).value.raw_octets == !holds(query));
        if (in_query(s).ok) CHECK(in_query(s).value.raw_octets == !holds(query));
      }
    }
    // What a scan for the end of the target stops at is what no target of that syntax may hold.
    for (const syntax s : all_syntaxes)
      if (parse(std::string("/?a") + c + "41", s).ok || parse(std::string("/a") + c + "41", s).ok)
        CHECK(coax::ascii::is(c, uri::detail::target_octets(s)));
  }
}

TEST_CASE("lets pass what browsers send raw, and tells of it", "[H1-026][uri]") {
  for (const auto text : {"/?q=a|b&ids[]=1", "/a[1]|", "/?{`^\\}", "/%zz", "/%", "/%4", "/?%", "/?a%4"}) {
    INFO(text);
    CHECK(parse(text, syntax::browser).ok);
    CHECK(parse(text, syntax::browser).value.raw_octets);
    CHECK(parse(text, syntax::any_visible).value.raw_octets);
    CHECK_FALSE(parse(text).ok);
  }
  for (const auto text : {"/?q=<x>", "/\"a\"", "/{a}", "/a\\b", "/a^b"}) {
    INFO(text);
    CHECK_FALSE(parse(text, syntax::browser).ok);
    CHECK(parse(text, syntax::any_visible).ok);
  }
  check_refused("/\xC3\xA9", 1);
  check_refused(parse("/?q=a|b&ids[]=1"), 5);
  check_refused(parse("/?q=<x>", syntax::browser), 4);
  check_refused(parse("/a^b", syntax::browser), 2);
}

TEST_CASE("demands two hexadecimal digits behind each percent sign by RFC 3986", "[H1-026][uri]") {
  struct row {
    std::string_view text;
    std::size_t at;
  };
  for (const row &r : {row{"/%", 2},
                       {"/%4", 3},
                       {"/%zz", 2},
                       {"/%4z", 3},
                       {"/%%41", 2},
                       {"/a?%", 4},
                       {"/a?%4", 5},
                       {"/%?x", 2},
                       {"/%4?x", 3},
                       {"/?%?x", 3},
                       {"/%41%", 5},
                       {"http://a/%", 10},
                       {"http://a?%4", 11}}) {
    INFO(r.text);
    check_refused(parse(r.text), r.at);
  }
  CHECK(parse("/%41%fF?%00%2f").ok);
  CHECK_FALSE(parse("/%41%fF?%00%2f", syntax::browser).value.raw_octets);
  static_assert(!parse("/a%").ok && parse("/a%4").at == 4);
}
