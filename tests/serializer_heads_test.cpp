// Heads that are sent: start-lines, field lines, what is refused in them, and what a connection adds.
#include "support/catch.hpp"
#include "support/sending.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace coax_test;
using coax::element;
using http::field_id;
using namespace std::string_view_literals;

// The grammars, as the RFCs write them.
bool one_of(unsigned c, string_view set) {
  return c != 0 && c < 128 && set.find(static_cast<char>(c)) != string_view::npos;
}
bool is_alnum(unsigned c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_tchar(unsigned c) { return is_alnum(c) || one_of(c, "!#$%&'*+-.^_`|~"); } // RFC 9110 §5.6.2
bool is_text(unsigned c) {
  return c == '\t' || (c >= 0x20 && c <= 0x7E) || c >= 0x80;
} // RFC 9112 §4, 9110 §5.5
bool is_unreserved(unsigned c) { return is_alnum(c) || one_of(c, "-._~"); }                  // RFC 3986 §2.3
bool is_sub_delim(unsigned c) { return one_of(c, "!$&'()*+,;="); }                           // RFC 3986 §2.2
bool is_pchar(unsigned c) { return is_unreserved(c) || is_sub_delim(c) || one_of(c, ":@"); } // RFC 3986 §3.3

std::string with_octet(string_view before, unsigned octet, string_view behind) {
  std::string out(before);
  out += static_cast<char>(static_cast<unsigned char>(octet));
  return out += behind;
}

} // namespace

// --- start-lines -------------------------------------------------------------------------------------------

TEST_CASE("writes request-lines", "[H1-300]") {
  CHECK(request({}) == "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(request({.method = "get"}) == "get / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(request({.method = "!#$%&'*+-.^_`|~09AZaz"}) ==
        "!#$%&'*+-.^_`|~09AZaz / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(request({.minor = 0}) == "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  CHECK(request({.minor = 2}).empty());
  CHECK(request({.minor = 255}).empty());
  CHECK(request({.method = "GET /x HTTP/1.1\r\nA:"}).empty());
  CHECK(request({.method = ""}).empty());
  std::array<char, 100> out{};
  CHECK(why(http::request_head(out, "GET /x", "/", "h")) == "method at 3 of 0");
  CHECK(why(http::request_head(out, "", "/", "h")) == "method at 0 of 0");
  CHECK(why(http::request_head(out, "GET", "/", "h", 2)) == "HTTP-version at 0 of 0");
}

TEST_CASE("takes token characters, and no other octet, in methods", "[H1-300]") {
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    for (const auto &[before, behind] : {std::pair{"", ""}, {"", "X"}, {"G", ""}, {"G", "T"}}) {
      const std::string method = with_octet(before, c, behind);
      const std::string expected = method + " / HTTP/1.1\r\nHost: h\r\n\r\n";
      CHECK(request({.method = method}) == (is_tchar(c) ? expected : ""));
    }
    std::array<char, 100> out{};
    const std::string method = with_octet("GE", c, "T");
    if (!is_tchar(c)) CHECK(why(http::request_head(out, method, "/", "h")) == "method at 2 of 0");
  }
}

TEST_CASE("refuses targets of no form, or of the wrong form for the method", "[H1-301]") {
  for (const string_view target : {"/a\r\nX: y"sv,
                                   "/a b"sv,
                                   "a"sv,
                                   "*"sv,
                                   ""sv,
                                   " /"sv,
                                   "/ "sv,
                                   "/\n"sv,
                                   "/\r"sv,
                                   "/\0"sv,
                                   "/\x7F"sv,
                                   "/\x80"sv,
                                   "/#"sv,
                                   "/a#b"sv,
                                   "#"sv,
                                   "?q"sv,
                                   "**"sv,
                                   "*/"sv,
                                   "h:80"sv,
                                   "//"sv.substr(0, 0),
                                   "http:"sv,
                                   "http:/h/"sv,
                                   "http://"sv,
                                   "http:///"sv,
                                   "http://h/ "sv,
                                   "http://u@h/"sv,
                                   "http://h/#"sv,
                                   "http://h:x/"sv,
                                   "http://h:65536/"sv,
                                   "/\xC3\xA9"sv}) {
    INFO(target);
    CHECK(request({.target = target}).empty());
  }
  for (const string_view target : {"/", "/a/b?c", "//", "/?", "/%41", "/%", "/[", "http://h", "http://h/",
                                   "http://h?q", "https://h/a", "x+1-.y://h/"})
    CHECK(request({.target = target}) == "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(request({.method = "OPTIONS", .target = "*"}) == "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(request({.method = "options", .target = "*"}).empty());
  CHECK(request({.method = "CONNECT", .target = "h:443"}) == "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const string_view target :
       {"/", "*", "h", "h:", "h:0", ":80", "http://h/", "h:65536", "u@h:1", "h:1/"})
    CHECK(request({.method = "CONNECT", .target = target}).empty());
  std::array<char, 100> out{};
  CHECK(why(http::request_head(out, "GET", "/a b", "h")) == "request-target at 2 of 0");
  CHECK(why(http::request_head(out, "GET", "*", "h")) == "request-target at 0 of 0");
}

TEST_CASE("takes in paths and queries what their grammar lets stand, and no other octet", "[H1-301]") {
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    // RFC 3986, and what uri::syntax::browser lets pass in addition: a lone "%" as well.
    const bool in_path = is_pchar(c) || one_of(c, "/?%[]|");
    const bool in_query = in_path || one_of(c, "\\^`{}");
    const auto check = [&](const std::string &target, bool good) {
      CHECK(request({.target = target}) == (good ? "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n" : ""));
    };
    check(with_octet("/", c, ""), in_path);
    check(with_octet("/a", c, "z"), in_path);
    check(with_octet("/?", c, ""), in_query);
    check(with_octet("/?a", c, "z"), in_query);
    check(with_octet("http://h/", c, ""), in_path);
    check(with_octet("http://h?", c, ""), in_query);
    check(with_octet("", c, ""), c == '/');
    check(with_octet("", c, "/"), c == '/');
    if (!in_path) {
      std::array<char, 100> out{};
      const std::string target = with_octet("/a", c, "z");
      CHECK(why(http::request_head(out, "GET", target, "h")) == "request-target at 2 of 0");
    }
  }
}

TEST_CASE("writes one Host, as the first field, and refuses another", "[H1-303]") {
  CHECK(request({.host = "[::1]:8080"}, one("A", "b")) ==
        "GET / HTTP/1.1\r\nHost: [::1]:8080\r\nA: b\r\n\r\n");
  CHECK(request({.host = ""}) == "GET / HTTP/1.1\r\nHost: \r\n\r\n");
  for (const string_view name : {"Host", "HOST", "host", "hOsT"}) {
    CHECK(request({}, one(name, "h")).empty());
    CHECK(request({.host = ""}, one(name, "h")).empty());
  }
  CHECK(request({}, [](http::head_writer &h) { h.field(field_id::host, "h"); }).empty());
  for (const string_view host : {"h", "h:80", "h:", "1.2.3.4", "h!", "%41", "[v1.a]", "a_b", "h:65535"})
    CHECK(request({.host = host}) == "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  for (const string_view host :
       {"h\r\nX: y"sv, "u@h"sv, "u:p@h"sv, "h/"sv, "h?"sv, "h#"sv, " h"sv, "h "sv, "h:80:80"sv, "h:x"sv,
        ":80"sv, ":"sv, "[::1"sv, "::1"sv, "a,b"sv, "h:65536"sv, "%4"sv, "h\0"sv, "\xC3\xA9"sv})
    CHECK(request({.host = host}).empty());
  CHECK(response(200, one("Host", "h")).empty());
  std::array<char, 100> out{};
  CHECK(why(http::request_head(out, "GET", "/", "a b")) == "host at 1 of 0");
  CHECK(why(http::request_head(out, "GET", "/", "a,b")) == "host at 1 of 0");
}

TEST_CASE("takes in Host what a name may hold, and no other octet", "[H1-303]") {
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    const bool good = (is_unreserved(c) || is_sub_delim(c)) && c != ','; // H1-105
    const std::string host = with_octet("a", c, "z");
    CHECK(request({.host = host}) == (good ? "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n" : ""));
    const std::string port = with_octet("a:1", c, "");
    CHECK(request({.host = port}).empty() == !(c >= '0' && c <= '9'));
  }
}

TEST_CASE("refuses a Host that is not the authority of an absolute target", "[H1-303]") {
  CHECK_FALSE(request({.target = "http://a:1/", .host = "a:1"}).empty());
  CHECK_FALSE(request({.target = "http://A/", .host = "a"}).empty());
  for (const string_view host : {"b", "a:80", "", "a:"})
    CHECK(request({.target = "http://a/", .host = host}).empty());
}

TEST_CASE("writes status-lines, with the second space even before an empty reason", "[H1-304]") {
  std::array<char, 200> out{};
  const auto line = [&](std::uint16_t code, string_view reason) {
    return std::string(http::response_head(out, code, reason).prepared().text);
  };
  CHECK(line(200, "") == "HTTP/1.1 200 \r\n");
  CHECK(line(200, "Fine, \t thanks \xE9") == "HTTP/1.1 200 Fine, \t thanks \xE9\r\n");
  CHECK(http::response_head(out, 200).prepared().text == "HTTP/1.1 200 OK\r\n");
  CHECK(http::response_head(out, 299).prepared().text == "HTTP/1.1 299 \r\n");
  CHECK(response(299) == "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
  for (unsigned code = 0; code < 65536; ++code) {
    const http::response_head head(out, static_cast<std::uint16_t>(code), "x");
    const bool good = code >= 100 && code <= 599;
    if ((head.ec() == errc::ok) != good) FAIL_CHECK("code " << code);
    if (good && head.prepared().text != "HTTP/1.1 " + std::to_string(code) + " x\r\n")
      FAIL_CHECK("code " << code);
  }
  for (const std::uint16_t code : {std::uint16_t{99}, std::uint16_t{600}, std::uint16_t{1000}}) {
    CHECK(response(code).empty());
    CHECK(why(http::response_head(out, code)) == "status-code at 0 of 0");
  }
}

TEST_CASE("takes whitespace, visible octets and obs-text in a reason, and no other", "[H1-305]") {
  std::array<char, 200> out{};
  CHECK(why(http::response_head(out, 200, "OK\r\nSet-Cookie: a=b")) == "reason-phrase at 2 of 0");
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    for (const auto &[before, behind] :
         {std::pair{"", ""}, {"a", "z"}, {"a long reason", " and more of it"}}) {
      const std::string reason = with_octet(before, c, behind);
      const http::response_head head(out, 200, reason);
      CHECK((head.ec() == errc::ok) == is_text(c));
      if (head.ec() == errc::ok)
        CHECK(head.prepared().text == "HTTP/1.1 200 " + reason + "\r\n");
      else
        CHECK(head.why().at == string_view(before).size());
    }
  }
}

// --- field lines -------------------------------------------------------------------------------------------

TEST_CASE("takes tokens, and nothing else, for field names", "[H1-306]") {
  for (const string_view name :
       {"X\r\nY"sv, "X:"sv, "X Y"sv, ""sv, "\xC3\xA9"sv, " X"sv, "X "sv, "X\0"sv, "\tX"sv, "X\n"sv}) {
    CHECK(fields(one(name, "a")) == "refused");
    CHECK(response(200, one(name, "a")).empty());
  }
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    for (const auto &[before, behind] : {std::pair{"", ""}, {"X", ""}, {"", "X"}, {"X-", "z"}}) {
      const std::string name = with_octet(before, c, behind);
      CHECK(fields(one(name, "a")) == (is_tchar(c) ? name + ": a\r\n" : "refused"));
    }
    if (is_tchar(c)) continue;
    std::array<char, 100> out{};
    http::response_head head(out, 200);
    const std::string name = with_octet("X-", c, "z");
    head.field("A", "b").field(name, "c").field("D", "\r");
    CHECK(why(head) == "field name at 2 of 1");
  }
}

TEST_CASE("takes no control characters in field values, and trims the whitespace around them",
          "[H1-307][H1-308]") {
  for (const string_view value : {"/x\r\nSet-Cookie: a=b"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv, "a\r\n b"sv,
                                  "\r\n"sv, "a\n"sv, "\ra"sv, "\x7F"sv}) {
    CHECK(fields(one("X", value)) == "refused");
    CHECK(response(200, one("Location", value)).empty());
  }
  CHECK(fields(one("X", " a ")) == "X: a\r\n");
  CHECK(fields(one("X", "\t \ta \t b\t ")) == "X: a \t b\r\n");
  CHECK(fields(one("X", "")) == "X: \r\n");
  CHECK(fields(one("X", " \t ")) == "X: \r\n");
  CHECK(fields(one("X", "\xA0"
                        "a\x85")) == "X: \xA0"
                                     "a\x85\r\n");
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    for (std::size_t behind = 0; behind < 17; ++behind) { // values are looked at eight octets at a time
      const std::string value =
          with_octet("v" + std::string(behind % 9, 'a'), c, std::string(behind, 'z') + "v");
      CHECK(fields(one("X", value)) == (is_text(c) ? "X: " + value + "\r\n" : "refused"));
    }
    const std::string alone = with_octet("", c, "");
    const bool blank = c == ' ' || c == '\t';
    CHECK(fields(one("X", alone)) == (!is_text(c) ? "refused" : blank ? "X: \r\n" : "X: " + alone + "\r\n"));
    if (is_text(c)) continue;
    std::array<char, 100> out{};
    http::response_head head(out, 200);
    const std::string value = with_octet(" \tab", c, "z");
    head.field("X", value);
    CHECK(why(head) == "field value at 4 of 0"); // counted in what was passed
  }
}

TEST_CASE("writes each field as name, colon, one space, value, CR LF, in the order of the calls",
          "[H1-308]") {
  CHECK(fields([](http::head_writer &h) {
          h.field("b", "1")
              .field("A", "2")
              .field(field_id::etag, "\"x\"")
              .field("b", "3")
              .field("N", 18446744073709551615u);
          h.field("Zero", std::uint64_t{0});
        }) == "b: 1\r\nA: 2\r\nETag: \"x\"\r\nb: 3\r\nN: 18446744073709551615\r\nZero: 0\r\n");
  CHECK(response(200, one("A", "b"), content::of(3)) ==
        "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n");
  CHECK(fields([](http::head_writer &h) { h.field(field_id::other, "x"); }) == "refused");
}

TEST_CASE("sticks to the first refusal, and writes nothing of a head that is refused", "[H1-306][H1-307]") {
  std::array<char, 300> out{};
  http::request_head head(out, "G T", "/ /", "h h");
  head.field("A B", "c").field("A", "b\n");
  CHECK(why(head) == "method at 1 of 0");
  CHECK(head.prepared().ec == errc::invalid_input);
  CHECK(head.prepared().text.empty());
  http::client client;
  CHECK(client.send(head).ec == errc::invalid_input);
  CHECK(client.send(head).size == 0);
  CHECK(client.send(head.prepared(), content::none(), out).ec == errc::invalid_input);
  CHECK(client.can_send());

  http::response_head answer(std::span<char>(out).first(3), 200); // too small as well
  answer.field("A", "b\n");
  http::server server = asked();
  CHECK(server.send(answer).ec == errc::invalid_input);
  CHECK(server.sending() == http::phase::due);

  http::response_head many(out, 200);
  for (int i = 0; i < 70000; ++i) many.field("A", ""); // the numbers of fields end somewhere
  many.field("B", "\n");
  CHECK(many.why().index == 65534);
}

TEST_CASE("repeats no field that may occur once, and others as often as they come", "[H1-321]") {
  const auto twice = [](string_view name) {
    return [=](http::head_writer &h) { h.field(name, "1").field("Between", "x").field(name, "1"); };
  };
  for (const string_view name : {"Content-Type",
                                 "content-type",
                                 "Date",
                                 "Location",
                                 "ETag",
                                 "Age",
                                 "Authorization",
                                 "If-Modified-Since",
                                 "Cookie",
                                 "Content-Range",
                                 "Last-Modified",
                                 "Max-Forwards",
                                 "Range",
                                 "Referer",
                                 "Retry-After",
                                 "Server",
                                 "User-Agent",
                                 "Content-Length",
                                 "From",
                                 "Expires",
                                 "Content-Location",
                                 "If-Range",
                                 "Sec-WebSocket-Key"}) {
    INFO(name);
    CHECK(fields(twice(name), content::of(1)) == "refused");
    CHECK(response(200, twice(name)).empty());
  }
  for (const string_view name : {"Set-Cookie", "Via", "X", "Accept", "Vary", "Cache-Control",
                                 "WWW-Authenticate", "Link", "Trailer", "If-None-Match", "Allow"})
    CHECK(fields(twice(name)) == std::string(name) + ": 1\r\nBetween: x\r\n" + std::string(name) + ": 1\r\n");
  CHECK(fields([](http::head_writer &h) { h.field("Content-Type", "a/b").field("CONTENT-TYPE", "a/b"); }) ==
        "refused");
  CHECK(fields([](http::head_writer &h) { h.field("Content-Type", "a/b").field("Content-Type2", "a/b"); }) !=
        "refused");
  std::array<char, 100> out{};
  http::response_head head(out, 200);
  head.field("Date", "x").field("Date", "y");
  CHECK(why(head) == "field name at 0 of 1");
}

// --- spans, prepared heads ---------------------------------------------------------------------------------

TEST_CASE("writes a head whole or not at all, and tells how much it takes", "[H1-308]") {
  const auto build = [](std::span<char> out) {
    http::response_head head(out, 200);
    head.field("A", "b").field("Transfer-Encoding", "gzip").field("Connection", "X-C").field("X-C", "");
    return head;
  };
  std::array<char, 400> full{};
  http::server server = asked();
  const auto all = http::server(server).send(build(full), content::streamed());
  REQUIRE(all);
  const std::string text(full.data(), all.size);
  CHECK(text ==
        "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: gzip, chunked\r\nConnection: X-C\r\nX-C: \r\n\r\n");
  for (std::size_t size = 0; size < all.size; ++size) {
    std::string part(400, '\xEE');
    const http::response_head head = build(std::span<char>(part).first(size));
    const std::string begun = part;
    const auto none = server.send(head, content::streamed());
    CHECK(none.ec == errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == all.size);
    CHECK(part == begun);
    CHECK(part.find_first_not_of('\xEE', size) == std::string::npos);
    CHECK(server.sending() == http::phase::due);
    CHECK((head.ec() == errc::ok) == (head.required() <= size));
  }
  std::string exact(all.size + 1, '\xEE');
  const auto sent = server.send(build(std::span<char>(exact).first(all.size)), content::streamed());
  CHECK(sent.size == all.size);
  CHECK(exact == text + "\xEE");
  CHECK(server.sending() == http::phase::body);
}

TEST_CASE("writes a request's head whole or not at all", "[H1-308]") {
  const auto build = [](std::span<char> out) {
    http::request_head head(out, "POST", "/", "h");
    head.field("Expect", "100-continue").field("Upgrade", "x").field("TE", "trailers");
    return head;
  };
  std::array<char, 400> full{};
  http::client client;
  const auto all = http::client(client).send(build(full), content::of(1234567));
  REQUIRE(all);
  for (std::size_t size = 0; size < all.size; ++size) {
    std::string part(400, '\xEE');
    const http::request_head head = build(std::span<char>(part).first(size));
    const std::string begun = part;
    const auto none = client.send(head, content::of(1234567));
    CHECK(none.ec == errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == all.size);
    CHECK(part == begun);
    CHECK(client.can_send());
    CHECK(client.outstanding().size() == 0);
  }
  std::string exact(all.size, '\xEE');
  CHECK(client.send(build(exact), content::of(1234567)).size == all.size);
  CHECK(exact == string_view(full.data(), all.size));
  CHECK(client.awaits_continue());
}

TEST_CASE("completes a prepared head for any number of connections, as if it had been sent there",
          "[H1-308][H1-313]") {
  std::array<char, 300> shared{};
  http::response_head head(shared, 200);
  head.field("A", "b").field("ETag", "\"x\"");
  const http::prepared_response prepared = head.prepared();
  REQUIRE(prepared.ec == errc::ok);
  for (const std::string to :
       {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"})
    for (const content c : {content::none(), content::of(7), content::streamed()}) {
      INFO(to);
      std::array<char, 300> direct{};
      http::response_head own(direct, 200);
      own.field("A", "b").field("ETag", "\"x\"");
      http::server first = asked(to), second = asked(to);
      const auto whole = first.send(own, c);
      REQUIRE(whole);
      const std::size_t tail = whole.size - prepared.text.size();
      for (std::size_t size = 0; size < tail; ++size) {
        std::string part(100, '\xEE');
        const auto none = second.send(prepared, c, std::span<char>(part).first(size));
        CHECK(none.ec == errc::buffer_too_small);
        CHECK(none.size == 0);
        CHECK(none.required == tail);
        CHECK(part == std::string(100, '\xEE'));
        CHECK(second.sending() == http::phase::due);
      }
      std::array<char, 100> out{};
      const auto sent = second.send(prepared, c, out);
      CHECK(std::string(prepared.text) + std::string(out.data(), sent.size) ==
            string_view(direct.data(), whole.size));
      CHECK(second.sending() == first.sending());
      CHECK(second.body_wanted() == first.body_wanted());
      CHECK(second.keeps_alive() == first.keeps_alive());
    }
}

TEST_CASE("begins with a prepared head, as if its fields had been added there", "[H1-308][H1-321]") {
  std::array<char, 300> shared{}, direct{}, out{};
  const auto add = [](http::response_head &head) {
    head.field("A", "b").field(field_id::etag, "\"x\"").field("Content-Length", "3").field("Upgrade", "x");
  };
  const auto add_more = [](http::response_head &head) {
    head.field("Date", "now").field("Connection", "close");
  };
  http::response_head first(shared, 404, "Gone for lunch"), whole(direct, 404, "Gone for lunch");
  add(first);
  add(whole);
  add_more(whole);
  http::server one = asked(), other = asked();
  const auto expected = one.send(whole);
  REQUIRE(expected);
  for (std::size_t size = 0; size <= out.size(); ++size) {
    http::response_head head(std::span<char>(out).first(size), first.prepared());
    add_more(head);
    CHECK(head.required() == whole.required());
    http::server server = other;
    const auto sent = server.send(head);
    CHECK(sent.required == expected.size);
    CHECK(sent.ec == (size < expected.size ? errc::buffer_too_small : errc::ok));
    if (sent) {
      CHECK(string_view(out.data(), sent.size) == string_view(direct.data(), expected.size));
      CHECK(server.body_wanted() == one.body_wanted());
      CHECK(server.keeps_alive() == one.keeps_alive());
    }
  }
  http::response_head again(out, first.prepared());
  again.field("A", "c");
  CHECK(again.ec() == errc::ok);
  again.field("etag", "\"y\""); // which may occur once
  CHECK(again.ec() == errc::invalid_input);
  CHECK(why(again) == "field name at 0 of 1");
}

TEST_CASE("begins with no head that cannot be sent", "[H1-306][H1-308]") {
  std::array<char, 300> out{}, shared{};
  http::response_head bad(shared, 200), cut(std::span<char>(shared).first(20), 200);
  bad.field("A", "b\nc");
  cut.field("A", "a long value");
  for (const http::response_head &first : {bad, cut}) {
    http::response_head head(out, first.prepared());
    head.field("B", "c");
    CHECK(head.ec() == first.ec());
    CHECK(head.required() >= first.required());
    CHECK(head.prepared().text.empty());
    http::server server = asked();
    CHECK(server.send(head).ec == first.ec());
    CHECK(server.sending() == http::phase::due);
  }
}

TEST_CASE("completes a prepared request for any number of connections", "[H1-308][H1-313]") {
  std::array<char, 300> shared{}, direct{}, out{};
  const auto build = [](std::span<char> to) {
    http::request_head head(to, "PUT", "/", "h", 0);
    head.field("Connection", "keep-alive");
    return head;
  };
  const http::prepared_request prepared = build(shared).prepared();
  for (const content c : {content::none(), content::of(3)}) {
    http::client first, second;
    const auto whole = first.send(build(direct), c);
    const auto sent = second.send(prepared, c, out);
    CHECK(std::string(prepared.text) + std::string(out.data(), sent.size) ==
          string_view(direct.data(), whole.size));
    CHECK(first.sending() == second.sending());
  }
}

static_assert([] {
  std::array<char, 100> out{};
  http::client client;
  http::request_head head(out, "GET", "/", "h");
  head.field("A", " b ").field("N", 7u);
  const auto sent = client.send(head);
  return string_view(out.data(), sent.size) == "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nN: 7\r\n\r\n";
}());
static_assert([] {
  std::array<char, 100> out{};
  http::response_head head(out, 404);
  head.field("Set-Cookie", "a\r\nb");
  return head.ec() == errc::invalid_input && head.why() == coax::fault{1, element::field_value, 0};
}());
