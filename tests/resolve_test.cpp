// References resolved against a base: RFC 3986 §5.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/uri/errc.hpp>
#include <coax/uri/resolve.hpp>
#include <coax/uri/uri.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace {

namespace uri = coax::uri;
using coax::element;
using uri::errc;

struct example {
  std::string_view reference, target;
};

constexpr uri::options browser{.allow_userinfo = false, .syntax = uri::syntax::browser};

/// Resolves into spans of every size: all that are too small are refused alike.
std::string resolve(std::string_view base, std::string_view reference, const uri::options &opt = {}) {
  const uri::parsed from = uri::parse(base, {.allow_userinfo = true, .syntax = opt.syntax});
  REQUIRE(from);
  std::string out(512, '\xEE');
  const uri::resolved found = uri::resolve(from.value, reference, out, opt);
  INFO(base << " + " << reference);
  REQUIRE(uri::name(found.ec) == "ok");
  CHECK(found.size <= found.required);
  CHECK(out.find_first_not_of('\xEE', found.required) == std::string::npos);
  for (std::size_t size = 0; size <= found.required; ++size) {
    std::string exact(size, '\0');
    const uri::resolved again = uri::resolve(from.value, reference, exact, opt);
    const bool fits = size == found.required;
    const errc expected = fits ? errc::ok : errc::buffer_too_small;
    if (again.ec != expected || again.required != found.required || again.size != (fits ? found.size : 0))
      FAIL_CHECK("a span of " << size << " bytes is not treated as it should be");
  }
  out.resize(found.size);
  return out;
}

uri::resolved refused(std::string_view base, std::string_view reference, const uri::options &opt = {}) {
  std::array<char, 256> out{};
  return uri::resolve(uri::parse(base).value, reference, out, opt);
}

constexpr std::string_view rfc_base = "http://a/b/c/d;p?q";

} // namespace

TEST_CASE("resolves the normal examples of RFC 3986 §5.4.1", "[uri][resolve]") {
  constexpr example examples[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
  };
  for (const example &e : examples) CHECK(resolve(rfc_base, e.reference) == e.target);
}

TEST_CASE("resolves the abnormal examples of RFC 3986 §5.4.2", "[uri][resolve]") {
  constexpr example examples[] = {
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/./x", "http://a/b/c/g#s/./x"},
      {"g#s/../x", "http://a/b/c/g#s/../x"},
  };
  for (const example &e : examples) CHECK(resolve(rfc_base, e.reference) == e.target);
}

TEST_CASE("refuses references to schemes it does not know, and to none", "[uri][resolve]") {
  for (std::string_view reference : {"g:h", "mailto:a@b", "ftp://h/", "javascript:x", "a.b+c-d:e"}) {
    const uri::resolved out = refused(rfc_base, reference);
    CHECK(uri::name(out.ec) == "bad_uri");
    CHECK(out.why.what == element::scheme);
    CHECK(out.why.at == 0);
    CHECK(out.size == 0);
  }
  // §5.4.2: for strict parsers, "http:g" is not relative
  const uri::resolved strict = refused(rfc_base, "http:g");
  CHECK(uri::name(strict.ec) == "bad_uri");
  CHECK(strict.why.at == 5);
}

TEST_CASE("a colon behind the first slash names no scheme", "[uri][resolve]") {
  CHECK(resolve(rfc_base, "./g:h") == "http://a/b/c/g:h");
  CHECK(resolve(rfc_base, "g/h:i") == "http://a/b/c/g/h:i");
  CHECK(resolve(rfc_base, "?g:h") == "http://a/b/c/d;p?g:h");
  CHECK(resolve(rfc_base, "#g:h") == "http://a/b/c/d;p?q#g:h");
  CHECK(resolve(rfc_base, "1g:h") == "http://a/b/c/1g:h");
}

TEST_CASE("an absolute reference stands for itself, less its dot-segments", "[uri][resolve]") {
  CHECK(resolve(rfc_base, "https://B.example:8443/x/../y?z#f") == "https://B.example:8443/y?z#f");
  CHECK(resolve(rfc_base, "HTTP://b") == "HTTP://b");
  CHECK(resolve(rfc_base, "http://b?q") == "http://b?q");
  CHECK(resolve(rfc_base, "ws://b/c") == "ws://b/c");
}

TEST_CASE("a reference with an authority keeps only the scheme of the base", "[uri][resolve]") {
  CHECK(resolve("https://a:1/b?c", "//[::1]:2/d/./e") == "https://[::1]:2/d/e");
  CHECK(resolve("wss://a/b", "//c") == "wss://c");
}

TEST_CASE("a base without path gives references one", "[uri][resolve]") {
  CHECK(resolve("http://a", "g") == "http://a/g");
  CHECK(resolve("http://a", "../g") == "http://a/g");
  CHECK(resolve("http://a", "?y") == "http://a?y");
  CHECK(resolve("http://a", "") == "http://a");
  CHECK(resolve("http://a?q", "") == "http://a?q");
  CHECK(resolve("http://a?q", "#f") == "http://a?q#f");
  CHECK(resolve("http://a?q/r", "g") == "http://a/g");
}

TEST_CASE("keeps the port of the base as it is written, and leaves its userinfo and fragment out",
          "[uri][resolve]") {
  CHECK(resolve("http://u:p@a:080/b#f", "g") == "http://a:080/g");
  CHECK(resolve("http://a:/b#f", "") == "http://a:/b");
  CHECK(resolve("http://[::1]:8080/b/", "c") == "http://[::1]:8080/b/c");
}

TEST_CASE("removes dot-segments, encoded ones too, and no empty segments", "[uri][resolve]") {
  constexpr example examples[] = {
      {"/a/b/c/./../../g", "http://h/a/g"}, // RFC 3986 §5.2.4
      {"mid/content=5/../6", "http://h/mid/6"},
      {"/%2e/a", "http://h/a"},
      {"/a/%2E%2e/b", "http://h/b"},
      {"/a/.%2E", "http://h/"},
      {"/a/%2e%2e%2e/b", "http://h/a/%2e%2e%2e/b"},
      {"/a//../b", "http://h/a/b"},
      {"/a//..//b", "http://h/a//b"},
      {"/..//a", "http://h//a"},
      {"/.//a", "http://h//a"},
      {"/a/...", "http://h/a/..."},
      {"/../..", "http://h/"},
      {"/%2f..", "http://h/%2f.."},
      {"/a/b/../..", "http://h/"},
      {"/a/b/../../", "http://h/"},
      {"/a/.?x", "http://h/a/?x"},
      {"/a/..?x/..#y/..", "http://h/?x/..#y/.."},
  };
  for (const example &e : examples) CHECK(resolve("http://h/", e.reference) == e.target);
}

TEST_CASE("tells which byte of the reference is wrong", "[uri][resolve]") {
  struct {
    std::string_view reference;
    std::size_t at;
    element what;
  } const bad[] = {
      {"a b", 1, element::path},
      {"/a/b c", 4, element::path},
      {"../x\r\nSet-Cookie: a", 4, element::path},
      {"?a b", 2, element::query},
      {"#a b", 2, element::fragment},
      {"//h:x/", 4, element::port},
      {"//", 2, element::host},
      {"///a", 2, element::host},
      {"//u@h/", 3, element::userinfo},
      {"http://h/%zz", 10, element::path},
      {"https://a b/", 9, element::host},
      {"g\\h", 1, element::path},
  };
  for (const auto &b : bad) {
    const uri::resolved out = refused(rfc_base, b.reference);
    INFO(b.reference);
    CHECK(uri::name(out.ec) == "bad_uri");
    CHECK(out.why.at == b.at);
    CHECK(out.why.what == b.what);
    CHECK(out.size == 0);
  }
  CHECK(refused(rfc_base, "//[v1.x]/").ec == errc::unsupported_address);
}

TEST_CASE("takes the options of parse() for the reference", "[uri][resolve]") {
  CHECK(uri::name(refused(rfc_base, "a|b").ec) == "bad_uri");
  CHECK(resolve(rfc_base, "a|b", browser) == "http://a/b/c/a|b");
  std::array<char, 64> out{};
  const uri::resolved with_user =
      uri::resolve(uri::parse(rfc_base).value, "//u:p@h/x", out, {.allow_userinfo = true});
  CHECK(std::string_view(out.data(), with_user.size) == "http://u:p@h/x");
}

TEST_CASE("refuses a base that no parse() gave", "[uri][resolve]") {
  std::array<char, 64> out{};
  CHECK(uri::resolve({}, "g", out).ec == errc::bad_uri);
  uri::parts forged = uri::parse("http://a/b").value;
  forged.path = "/b\r\nX: y";
  CHECK(uri::resolve(forged, "g", out).ec == errc::bad_uri);
}

TEST_CASE("resolves each octet in a reference as parse() judges it, and reads nothing behind its end",
          "[uri][resolve]") {
  const uri::parsed base = uri::parse(rfc_base);
  coax_test::guarded place(64);
  for (unsigned octet = 0; octet < 256; ++octet) {
    std::string text = "x/?/y";
    text[2] = static_cast<char>(static_cast<unsigned char>(octet));
    const std::span<char> reference = place.place(text);
    std::array<char, 64> out{};
    const uri::resolved found = uri::resolve(base.value, {reference.data(), reference.size()}, out);
    const std::string whole = "http://a/b/c/" + text;
    const uri::parsed parsed = uri::parse(whole);
    CAPTURE(octet);
    REQUIRE(found.ec == parsed.ec);
    if (!found) {
      REQUIRE(found.why.at == parsed.why.at - 13);
    } else if (octet != '.' && octet != '/') {
      REQUIRE(std::string_view(out.data(), found.size) == whole);
    }
  }
  const std::string_view full = "../e/./f/../g?h=1#i";
  for (std::size_t size = 0; size <= full.size(); ++size) {
    const std::span<char> reference = place.place(full.substr(0, size));
    std::array<char, 64> out{};
    REQUIRE(uri::resolve(base.value, {reference.data(), reference.size()}, out).ec == errc::ok);
  }
}

TEST_CASE("what was resolved once stays as it is", "[uri][resolve]") {
  for (std::string_view reference : {"g", "../g", "?y", "//h", "/a/../b/.", "g;x=1/../y", "..//..//", "./"}) {
    const std::string once = resolve(rfc_base, reference);
    CHECK(resolve(once, once) == once);
    if (once.find('#') == std::string::npos) CHECK(resolve(once, "") == once);
  }
}

TEST_CASE("resolves in constant expressions", "[uri][resolve]") {
  constexpr bool right = [] {
    std::array<char, 32> out{};
    const uri::resolved found = uri::resolve(uri::parse("http://a/b/c").value, "../d?e", out);
    return std::string_view(out.data(), found.size) == "http://a/d?e";
  }();
  static_assert(right);
  CHECK(right);
}
