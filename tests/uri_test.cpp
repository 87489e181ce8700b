// http, https, ws and wss URIs: parsing, what is sent of them, percent-encoding, normal form.
#include "support/catch.hpp"

#include <coax/uri/errc.hpp>
#include <coax/uri/normalize.hpp>
#include <coax/uri/percent.hpp>
#include <coax/uri/uri.hpp>

#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
namespace uri = coax::uri;
using coax::element;
using uri::errc;
using uri::parse;
using uri::scheme;

constexpr uri::options with_userinfo{.allow_userinfo = true};

/// Takes a writer to a large span, then to each smaller one, where it has to fail and to touch nothing else.
template <class Write> std::string text_of(Write write) {
  std::string full(1024, '\xEE');
  const coax::written<errc> out = write(std::span<char>(full));
  CHECK(uri::name(out.ec) == "ok");
  CHECK(out.size == out.required);
  CHECK(full.find_first_not_of('\xEE', out.size) == std::string::npos);
  for (std::size_t size = 0; size < out.size; ++size) {
    std::string part(out.size + 1, '\xEE');
    const coax::written<errc> none = write(std::span<char>(part).first(size));
    if (none.ec != errc::buffer_too_small || none.size != 0 || none.required != out.required)
      FAIL_CHECK("a span of " << size << " bytes is not refused as it should be");
    if (part.find_first_not_of('\xEE', size) != std::string::npos)
      FAIL_CHECK("wrote behind a span of " << size << " bytes");
  }
  return full.substr(0, out.size);
}

std::string target_of(std::string_view text, uri::options opt = {}) {
  return text_of([&](std::span<char> out) { return uri::request_target(parse(text, opt).value, out); });
}
std::string host_of(std::string_view text, uri::options opt = {}) {
  return text_of([&](std::span<char> out) { return uri::host_field(parse(text, opt).value, out); });
}
std::string normal(std::string_view text, uri::options opt = {}, uri::empty_path e = uri::empty_path::slash) {
  INFO(text);
  return text_of([&](std::span<char> out) { return uri::normalize(parse(text, opt).value, out, e); });
}
std::string normal_path(std::string_view path) {
  INFO(path);
  return text_of([&](std::span<char> out) { return uri::normalize_path(path, out); });
}
std::string encoded(std::string_view octets, uri::component c) {
  return text_of([&](std::span<char> out) { return uri::percent_encode(octets, c, out); });
}
std::string decoded(std::string_view text) {
  std::string in_place(text);
  const uri::decoded out = uri::percent_decode_in_place(in_place);
  CHECK(out.ec == errc::ok);
  in_place.resize(out.size);
  CHECK(in_place == text_of([&](std::span<char> to) { return uri::percent_decode(text, to); }));
  return in_place;
}

void check_refused(std::string_view text, std::size_t at, element what, uri::options opt = {}) {
  INFO(text);
  const uri::parsed u = parse(text, opt);
  CHECK(uri::name(u.ec) == "bad_uri");
  CHECK(u.why.at == at);
  CHECK(coax::name(u.why.what) == coax::name(what));
  CHECK(u.value.authority.host.empty());
}

/// The words of a table that is written as one text.
std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}
/// The same as check_refused() for each pair of a URI and an offset in `rows`.
void check_all_refused(element what, std::string_view rows, uri::options opt = {}) {
  const std::vector<std::string> all = words(rows);
  for (std::size_t i = 0; i < all.size(); i += 2) check_refused(all[i], std::stoul(all[i + 1]), what, opt);
}

/// Checks what `f` makes of the first of each two words.
template <class F> void check_table(std::string_view rows, F f) {
  const std::vector<std::string> all = words(rows);
  for (std::size_t i = 0; i < all.size(); i += 2) {
    INFO(all[i]);
    CHECK(f(all[i]) == all[i + 1]);
  }
}

/// RFC 3986 §5.2.4, step by step as it is written there.
std::string remove_dot_segments(std::string in) {
  std::string out;
  while (!in.empty()) {
    if (in.starts_with("/./") || in == "/.") {
      in = in == "/." ? "/" : in.substr(2);
    } else if (in.starts_with("/../") || in == "/..") {
      in = in == "/.." ? "/" : in.substr(3);
      out.erase(out.empty() ? 0 : out.rfind('/'));
    } else {
      const std::size_t end = in.find('/', 1);
      out += in.substr(0, end);
      in = end == std::string::npos ? "" : in.substr(end);
    }
  }
  return out;
}

} // namespace

TEST_CASE("knows the four schemes, in any case of letters, and no other", "[H1-230][uri]") {
  CHECK(parse("HTTP://a/").value.scheme == scheme::http);
  CHECK(parse("https://a").value.scheme == scheme::https);
  CHECK(parse("wS://a").value.scheme == scheme::ws);
  CHECK(parse("wss://a?q").value.scheme == scheme::wss);
  static_assert(uri::name(scheme::wss) == "wss" && uri::name(scheme::http) == "http");
  static_assert(uri::is_secure(scheme::https) && uri::is_secure(scheme::wss) && !uri::is_secure(scheme::ws));
  static_assert(uri::default_port(scheme::https) == 443 && uri::default_port(scheme::ws) == 80);

  check_all_refused(element::scheme,
                    "ftp://a/ 0 httpss://a/ 0 h://a/ 0 http+x://a/ 0 mailto:a@b 0 1http://a/ 0 "
                    "//a/ 0 /p 0 ://a/ 0 +http://a/ 0 \x80 0 http 4 ht%tp://a/ 2 http/://a 4");
  check_refused("", 0, element::scheme);
  check_refused(" http://a/", 0, element::scheme);
  check_refused("http\0://a/"sv, 4, element::scheme);
  check_all_refused(element::host, "http:a 5 http:/a 6 http: 5 http:\\\\a/ 5 http:/ 6");
}

TEST_CASE("ends the authority at the first slash, question mark, hash or the end", "[H1-231][uri]") {
  const uri::parsed u = parse("http://a?x=/@b");
  REQUIRE(u);
  CHECK(u.value.authority.host == "a");
  CHECK((u.value.path.empty() && u.value.query == "x=/@b"));
  CHECK(parse("http://a#/@b").value.fragment == "/@b");
  CHECK(parse("http://a/@b:c").value.path == "/@b:c");
  CHECK(parse("http://a").value.authority.host == "a");
  CHECK(parse("http://a//b@c/").value.path == "//b@c/");
  check_refused("http://a\\@b/", 8, element::userinfo);
  check_refused("http://a\\@b/", 8, element::userinfo, with_userinfo);
  check_all_refused(element::host, "http://a\\/b 8 http://a\\b 8");
}

TEST_CASE("refuses an empty host in every scheme", "[H1-232][uri]") {
  for (const std::string s : {"http://", "https://", "ws://", "wss://"}) {
    for (const auto rest : {"", "/x", ":80/", "?q", "#f", ":8x", ":"})
      check_refused(s + rest, s.size(), element::host);
    check_refused(s + "@/", s.size(), element::userinfo);
    check_refused(s + "@/", s.size() + 1, element::host, with_userinfo);
    check_refused(s + "u@:80", s.size() + 2, element::host, with_userinfo);
    CHECK(parse(s + "a"));
  }
}

TEST_CASE("refuses userinfo in an http URI unless it is allowed", "[H1-233][uri]") {
  check_all_refused(element::userinfo, "http://u:p@a/ 10 wss://good.example@evil/ 18");
  const uri::parsed u = parse("http://u:p%40@a:81/x", with_userinfo);
  REQUIRE(u);
  CHECK(u.value.has_userinfo);
  CHECK(u.value.userinfo == "u:p%40");
  CHECK(u.value.authority.host == "a");
  CHECK(u.value.port() == 81);
  CHECK(parse("http://@a/", with_userinfo).value.has_userinfo);
  CHECK_FALSE(parse("http://a/", with_userinfo).value.has_userinfo);
  check_refused("http://u@v@a/", 10, element::host, with_userinfo);
  check_refused("http://u p@a/", 8, element::userinfo, with_userinfo);
  check_all_refused(element::userinfo, "http://u%4@a/ 10 http://[u]@a/ 7", with_userinfo);
  CHECK(host_of("http://u:p@a:81/x", with_userinfo) == "a:81");
  CHECK(target_of("http://u:p@a:81/x", with_userinfo) == "/x");
  CHECK(normal("http://u:p@a:81/x", with_userinfo) == "http://a:81/x");
}

TEST_CASE("reads ports of any number of digits up to 65535, an empty one as the default", "[H1-234][uri]") {
  const auto host_and_port = [](const std::string &text) {
    return host_of(text) + "|" + std::to_string(parse(text).value.port());
  };
  check_table(
      "http://a:/ a|80 http://a a|80 https://a a|443 ws://a a|80 wss://a a|443 http://a:080/ a|80 "
      "http://a:443 a:443|443 https://a:0443 a|443 https://a:80 a:80|80 ws://a:81? a:81|81 wss://a: a|443 "
      "http://a:0/ a:0|0 http://a:1 a:1|1 http://a:65535 a:65535|65535 http://[::1]:8080/ [::1]:8080|8080 "
      "http://a:00000000000000000000000000008080/ a:00000000000000000000000000008080|8080",
      host_and_port);
  check_all_refused(element::port,
                    "http://a:65536/ 13 http://a:8x/ 10 http://a:+1/ 9 http://a:-1 9 http://a:8:8 10 "
                    "http://a:18446744073709551696 14 ws://a:0x50 8 http://a:99999999 13");
  check_refused("http://a: 1", 9, element::port);
}

TEST_CASE("demands brackets and the full grammar of an IPv6 host", "[H1-235][uri]") {
  for (const auto text : {"http://[::1]:8080/", "http://[::ffff:1.2.3.4]", "ws://[1:2:3:4:5:6:7:8]"}) {
    REQUIRE(parse(text));
    CHECK(parse(text).value.authority.kind == uri::host_kind::ipv6);
  }
  check_all_refused(element::host, "http://[1::2::3] 13 http://[:1] 9 http://[12345::] 12 http://[::1 11 "
                                   "http://[::1/] 11 http://::1/ 7 http://[fe80::1%25eth0]/ 15 http://[] 8 "
                                   "http://[1:2:3:4:5:6:7] 21 http://[::1.2.3.256] 18 http://[::1]x 12");
}

TEST_CASE("tells an IP literal of an unknown version from a malformed one", "[H1-235][uri]") {
  const uri::parsed u = parse("http://[v1.a:b]:81/p");
  CHECK(u.ec == errc::unsupported_address);
  CHECK(u.why == coax::fault{8, element::host});
  CHECK(u.value.authority.host == "[v1.a:b]");
  CHECK(u.value.path == "/p");
  CHECK(parse("wss://[VaF.~]").ec == errc::unsupported_address);
  check_all_refused(element::host,
                    "http://[v.x] 9 http://[v1.] 11 http://[v1.a/] 12 http://[v] 9 http://[v1.a 12");
  check_refused("http://[v1.a]:99999", 18, element::port);
  check_refused("http://[v1.a]/ ", 14, element::path);
}

TEST_CASE("refuses hosts with other octets and bad percent-encodings", "[H1-237][uri]") {
  CHECK(normal("http://EXAMPLE.com") == normal("http://example.com/"));
  check_refused("http://a b/", 8, element::host);
  check_refused("http://a\0/"sv, 8, element::host);
  check_all_refused(element::host,
                    "http://\xC3\xA9/ 7 http://a%/ 9 http://a%4/ 10 http://a% 9 http://a%4g 10");
}

TEST_CASE("accepts exactly the octets of the grammar in host, path, query and fragment",
          "[H1-237][H1-026][uri]") {
  constexpr auto reg_name = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;="sv;
  const std::string path = std::string(reg_name) + ":@/", query = path + "?";
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(static_cast<unsigned char>(octet));
    const auto holds = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
    const auto ok = [c](std::string_view before, uri::syntax s = uri::syntax::rfc3986) {
      return parse(std::string(before) + c + "z", {.syntax = s}).ec == errc::ok;
    };
    CAPTURE(octet);
    CHECK(ok("http://a") == holds(std::string(reg_name) + "/?#"));
    CHECK(ok("http://a/x") == holds(query + "#"));
    CHECK(ok("http://a/?x") == holds(query + "#"));
    CHECK(ok("http://a/#x") == holds(query));
    CHECK(ok("ws://a/x") == holds(query));
    CHECK(ok("http://a/x", uri::syntax::browser) == holds(query + "#%[]|"));
    CHECK(ok("http://a/?x", uri::syntax::browser) == holds(query + "#%[]\\^`{|}"));
    CHECK(ok("http://a/#x", uri::syntax::browser) == holds(query + "%[]\\^`{|}"));
    CHECK(ok("http://a/x", uri::syntax::any_visible) == (octet > 0x20 && octet < 0x7F));
    CHECK(ok("http://a/#x", uri::syntax::any_visible) == (octet > 0x20 && octet < 0x7F && c != '#'));
  }
  CHECK(parse("http://a/[", {.syntax = uri::syntax::browser}).value.raw_octets);
  CHECK_FALSE(parse("http://a/%41?b#c", {.syntax = uri::syntax::browser}).value.raw_octets);
  check_all_refused(element::path, "http://a/% 10 http://a/%4?b 11 http://a/%?b 10 http://a/%zz 10");
  check_all_refused(element::query, "http://a/?%4 12 http://a/?%4g 12 http://a/?%#f 11");
  check_all_refused(element::fragment, "http://a/#% 11 http://a/#f%4 13");
  check_refused("http://a/p <#f", 10, element::path);
}

TEST_CASE("decodes a component once, after the split into segments", "[H1-238][uri]") {
  const uri::segments path("/a%2Fb%2500");
  REQUIRE(std::ranges::distance(path) == 1);
  CHECK(*path.begin() == "a%2Fb%2500");
  CHECK(decoded(*path.begin()) == "a/b%00");
  CHECK(decoded("%00%2f%2F+%ff\x80") == "\0//+\xFF\x80"sv);
  CHECK(decoded("").empty());
  const auto count = [](std::string_view p) { return std::ranges::distance(uri::segments(p)); };
  CHECK(count("") == 0);
  CHECK(count("/") == 1);
  CHECK(count("//") == 2);
  CHECK(count("/a/b/") == 3);
  CHECK(count("a/b") == 2);
  static_assert(*uri::segments("/a/b").begin() == "a" && *++uri::segments("/a/b").begin() == "b");
  static_assert(std::forward_iterator<uri::segments::iterator>);
  static_assert(std::sentinel_for<uri::segments::sentinel, uri::segments::iterator>);
}

TEST_CASE("refuses a bad percent-encoding where it goes wrong and changes nothing", "[H1-238][uri]") {
  const std::vector<std::string> rows = words("% 1 %4 2 %%41 1 a%zz 2 a%4z 3 %41% 4 %41%\xFF 4");
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    INFO(rows[i]);
    std::string text(rows[i]), out(8, '\xEE');
    const uri::decoded there = uri::percent_decode_in_place(text), away = uri::percent_decode(rows[i], out);
    CHECK(there.ec == errc::bad_uri);
    CHECK(away.ec == errc::bad_uri);
    CHECK(there.why.at == std::stoul(rows[i + 1]));
    CHECK(away.why.at == there.why.at);
    CHECK(text == rows[i]);
    CHECK(out == std::string(8, '\xEE'));
  }
}

TEST_CASE("encodes any octets so that decoding gives them back", "[H1-238][uri]") {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(static_cast<unsigned char>(octet));
  using uri::component;
  for (const component c : {component::userinfo, component::host, component::segment, component::path,
                            component::query, component::fragment, component::datum})
    CHECK(decoded(encoded(all, c)) == all);
  CHECK(encoded("a/b?c%:@", component::segment) == "a%2Fb%3Fc%25:@");
  CHECK(encoded("k=v&x?/# ", component::query) == "k=v&x?/%23%20");
  CHECK(encoded("k=v&x+\xC3", component::datum) == "k%3Dv%26x%2B%C3");
  CHECK(parse("http://" + encoded(all, component::host) + encoded("/" + all, component::path) + "?" +
              encoded(all, component::query) + "#" + encoded(all, component::fragment)));
}

TEST_CASE("normalises scheme, host, port, percent-encodings and path", "[H1-239][uri]") {
  const auto twice = [](const std::string &text) { // the normal form is its own normal form
    std::string once = normal(text, {.syntax = uri::syntax::browser});
    CHECK(normal(once) == once);
    return once;
  };
  check_table(
      "HTTP://EXAMPLE.com:80/%7esmith/./a/../b http://example.com/~smith/b  http://a/%2f http://a/%2F "
      "wss://A%2dB:0443 wss://a-b/  https://a: https://a/  http://a:08081?%3d%3D#%7E "
      "http://a:8081/?%3D%3D#~  http://%C3%a9%41/ http://%C3%A9a/  http://a:000 http://a:0/ "
      "http://[2001:DB8::A]:80 http://[2001:db8::a]/  http://a? http://a/?  http://a# http://a/# "
      "http://a/x/%2e%2E/%2E/y http://a/y  http://a/%252e http://a/%252e  ws://a/a%2F..%2f/.. ws://a/ "
      "http://a/%%341|?` http://a/%2541%7C?%60  http://a/%zz%? http://a/%25zz%25?",
      twice);
  CHECK(normal("http://a", {}, uri::empty_path::keep) == "http://a");
  CHECK(normal("http://a?q", {}, uri::empty_path::keep) == "http://a?q");
}

TEST_CASE("removes dot-segments as the vectors of RFC 3986 5.4 tell", "[H1-239][uri]") {
  // the reference merged with "/b/c/d", and what it comes to
  check_table(
      "/b/c/g /b/c/g  /b/c/./g /b/c/g  /b/c/g/ /b/c/g/  /b/c/. /b/c/  /b/c/./ /b/c/  /b/c/.. /b/ "
      "/b/c/../ /b/  /b/c/../g /b/g  /b/c/../.. /  /b/c/../../ /  /b/c/../../g /g  /b/c/../../../g /g "
      "/b/c/../../../../g /g  /./g /g  /../g /g  /b/c/g. /b/c/g.  /b/c/.g /b/c/.g  /b/c/g.. /b/c/g.. "
      "/b/c/..g /b/c/..g  /.. /  /. /  /b/c/./../g /b/g  /b/c/./g/. /b/c/g/  /b/c/g/./h /b/c/g/h "
      "/b/c/g/../h /b/c/h  /a/b/c/./../../g /a/g  /b/c/g;x=1/./y /b/c/g;x=1/y  /b/c/g;x=1/../y /b/c/y",
      normal_path);
  CHECK(normal_path("") == "/");
  // all paths of up to eight octets of "/", "." and "a"
  std::vector<std::string> paths{"/"};
  for (std::size_t i = 0; paths[i].size() < 8; ++i)
    for (const char c : {'/', '.', 'a'}) paths.push_back(paths[i] + c);
  for (const std::string &path : paths) {
    std::array<char, 8> out{};
    const coax::written<errc> w = uri::normalize_path(path, out);
    if (std::string(out.data(), w.size) != remove_dot_segments(path)) FAIL_CHECK(path);
  }
  std::array<char, 8> out{};
  CHECK(uri::normalize_path("a/b", out).ec == errc::bad_uri);
  CHECK(uri::normalize_path("*", out).ec == errc::bad_uri);
}

TEST_CASE("sends neither fragment nor userinfo, and the resource name for WebSocket", "[H1-240][uri]") {
  CHECK(parse("http://a/p?q#f?/").value.fragment == "f?/");
  CHECK(parse("http://a#").value.has_fragment);
  check_all_refused(element::fragment, "http://a/#f#g 11 ws://a/p#f 8 wss://a# 7");
  check_table(
      "ws://a?x=1 /?x=1  ws://a/p? /p  wss://a? /  http://a/p? /p?  http://a?q=/? /?q=/?  http://a/p#f /p "
      "http://a#f /  http://a//b/%2e%2E/ //b/%2e%2E/  https://a /",
      [](const std::string &text) { return target_of(text); });
  CHECK(host_of("ws://a?x=1") == "a");
}

TEST_CASE("writes nothing from parts that no URI has", "[H1-240][H1-301][uri]") {
  std::array<char, 64> out{};
  const uri::parts good = parse("http://a/p?q").value;
  const auto all_refuse = [&](auto spoil) {
    uri::parts p = good;
    spoil(p);
    return uri::request_target(p, out).ec == errc::bad_uri && uri::host_field(p, out).ec == errc::bad_uri &&
           uri::normalize(p, out).ec == errc::bad_uri;
  };
  CHECK_FALSE(all_refuse([](uri::parts &) {}));
  for (const auto path : {"p", "*", "/ HTTP/1.1\r\nX: y", "/?", "/#", "/\x80", "\r\n"})
    CHECK(all_refuse([&](uri::parts &p) { p.path = path; }));
  CHECK(all_refuse([](uri::parts &p) { p.query = "a\nb"; }));
  for (const auto host : {"", "a\r\nX:y", "a:80", "a/b", "u@a", "[::1"})
    CHECK(all_refuse([&](uri::parts &p) { p.authority.host = host; }));
  CHECK(all_refuse([](uri::parts &p) { p.authority.port_text = "8\r\n"; }));
}

TEST_CASE("names every error and the section whose rule was broken", "[uri]") {
  CHECK(uri::name(errc::unsupported_address) == "unsupported_address");
  CHECK(uri::section(errc::unsupported_address) == "3986 3.2.2");
  CHECK(uri::section(errc::bad_uri, element::userinfo) == "9110 4.2.4");
  CHECK(uri::section(errc::bad_uri, element::none) == uri::section(errc::bad_uri));
  for (const errc e : {errc::ok, errc::bad_uri, errc::unsupported_address, errc::buffer_too_small})
    CHECK_FALSE(uri::message(e).empty());
}

static_assert([] {
  std::array<char, 32> out{};
  const uri::parsed u = parse("WS://Example:80/%7e/../b?#"sv.substr(0, 25));
  const coax::written<errc> w = uri::normalize(u.value, out);
  return u && u.value.port() == 80 && std::string_view(out.data(), w.size) == "ws://example/b?";
}());
static_assert(parse("http://u@a/").why == coax::fault{8, element::userinfo});
static_assert([] {
  std::array<char, 6> text{'%', '4', '1', '%', '0', '0'};
  return uri::percent_decode_in_place(text).size == 2 && text[0] == 'A' && text[1] == '\0';
}());
