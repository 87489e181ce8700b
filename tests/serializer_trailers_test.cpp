// Trailer sections that are sent.
#include "support/catch.hpp"
#include "support/forbidden_trailers.hpp"
#include "support/sending.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax_test;
using http::body_kind;
using http::body_writer;
using http::trailer_writer;
using namespace std::string_view_literals;

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string old_get = "GET / HTTP/1.0\r\n\r\n";

/// The trailer section with these fields, or "refused".
template <class Fill> std::string trailers(Fill fill) {
  std::vector<char> out(2000);
  trailer_writer section(out);
  fill(section);
  body_writer body(body_kind::chunked);
  const auto sent = body.end(section);
  CHECK(body.complete() == (sent.ec == errc::ok));
  if (sent.ec == errc::invalid_input) return "refused";
  REQUIRE(sent);
  return {out.data(), sent.size};
}
std::string trailer(string_view name, string_view value) {
  return trailers([&](trailer_writer &t) { t.field(name, value); });
}

} // namespace

TEST_CASE("sends trailers behind the last chunk, and behind nothing else", "[H1-317]") {
  CHECK(trailers([](trailer_writer &t) {
          t.field("X-Sum", " 12 ").field("ETag", "\"a\"").field("x-sum", "");
        }) == "0\r\nX-Sum: 12\r\nETag: \"a\"\r\nx-sum: \r\n\r\n");
  CHECK(trailers([](trailer_writer &) {}) == "0\r\n\r\n");

  std::array<char, 100> out{};
  trailer_writer with(out);
  with.field("X", "y");
  CHECK(with.count() == 1);
  for (const body_kind kind : {body_kind::length, body_kind::until_close, body_kind::none}) {
    body_writer b(kind, 0);
    CHECK(b.end(with).ec == errc::invalid_input);
    std::array<char, 9> nothing{};
    CHECK(b.end(trailer_writer(nothing)).ec ==
          (kind == body_kind::until_close ? errc::ok : errc::wrong_state));
  }
  body_writer sized(body_kind::length, 2);
  CHECK(sized.end(with).ec == errc::invalid_input);
  reply r = answered(get, 200, content::of(2));
  CHECK(r.server.send_end(with).ec == errc::invalid_input);
  CHECK(r.server.send_data("ab", out).ec == errc::ok);
  reply until_close = answered(old_get, 200, content::streamed());
  CHECK(until_close.server.send_end(with).ec == errc::invalid_input);

  reply chunked = answered(get, 200, content::streamed());
  std::array<char, 100> section{};
  trailer_writer good(section);
  good.field("X", "y");
  CHECK(chunked.server.send_end(good).size == 11);
  CHECK(string_view(section.data(), 11) == "0\r\nX: y\r\n\r\n");
  CHECK(chunked.server.send_end(good).ec == errc::wrong_state);
}

TEST_CASE("refuses as trailers the names that may not be any", "[H1-317]") {
  for (const string_view name : forbidden_trailers) {
    INFO(name);
    CHECK(trailer(name, "1") == "refused");
  }
  for (const string_view name : {"host", "CONTENT-LENGTH"}) CHECK(trailer(name, "1") == "refused");
  for (const string_view name : {"ETag", "Accept-Ranges", "Authentication-Info", "Proxy-Authentication-Info",
                                 "X-Any", "Server-Timing", "Content-MD5"})
    CHECK(trailer(name, "1") == "0\r\n" + std::string(name) + ": 1\r\n\r\n");
}

TEST_CASE("checks the octets of trailers as those of heads", "[H1-317][H1-306][H1-307]") {
  CHECK(trailer("X", "a\r\nb") == "refused");
  CHECK(trailer("", "a") == "refused");
  CHECK(trailers([](trailer_writer &t) { t.field("A", "b").field("C", "\n").field("D", "e"); }) == "refused");
  for (unsigned c = 0; c < 256; ++c) {
    CAPTURE(c);
    const char octet = static_cast<char>(static_cast<unsigned char>(c));
    const bool digit_or_letter = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    const bool token =
        digit_or_letter || (c != 0 && c < 128 && "!#$%&'*+-.^_`|~"sv.find(octet) != string_view::npos);
    const std::string name = std::string("X") + octet + "Y", value = std::string("x") + octet + "y";
    CHECK(trailer(name, "v") == (token ? "0\r\n" + name + ": v\r\n\r\n" : "refused"));
    const bool text = c == '\t' || (c >= 0x20 && c != 0x7F);
    CHECK(trailer("X", value) == (text ? "0\r\nX: " + value + "\r\n\r\n" : "refused"));
  }
  std::array<char, 100> out{};
  trailer_writer t(out);
  t.field("A", "b").field("X", "ab\r");
  CHECK(t.ec() == errc::invalid_input);
  CHECK(t.why() == coax::fault{2, coax::element::field_value, 1});
  trailer_writer many(out);
  for (int i = 0; i < 65536; ++i) many.field("A", "");
  CHECK(many.count() != 0);
  CHECK(body_writer(body_kind::until_close).end(many).ec == errc::invalid_input);
}

TEST_CASE("writes a trailer section whole or not at all", "[H1-317][H1-315]") {
  const auto build = [](std::span<char> out) {
    trailer_writer t(out);
    t.field("A", "b").field("Longer-Name", "value");
    return t;
  };
  std::array<char, 100> full{};
  const auto all = body_writer(body_kind::chunked).end(build(full));
  REQUIRE(all);
  http::client client({.assume_http11 = true});
  std::array<char, 100> head{};
  REQUIRE(client.send(http::request_head(head, "PUT", "/", "h"), content::streamed()));
  for (std::size_t size = 0; size < all.size; ++size) {
    std::string part(100, '\xEE');
    const trailer_writer t = build(std::span<char>(part).first(size));
    const std::string begun = part;
    const auto none = client.send_end(t);
    CHECK(none.ec == errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == all.size);
    CHECK(part == begun);
    CHECK(part.find_first_not_of('\xEE', size) == std::string::npos);
    CHECK(client.body_wanted());
  }
  std::string exact(all.size, '\xEE');
  CHECK(client.send_end(build(exact)).size == all.size);
  CHECK(exact == string_view(full.data(), all.size));
  CHECK_FALSE(client.body_wanted());
}

TEST_CASE("tells whether trailers may be dropped on their way", "[H1-317]") {
  CHECK_FALSE(asked(get).trailers_wanted());
  CHECK(asked("GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\n\r\n").trailers_wanted());
  CHECK_FALSE(asked("GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\n\r\n").trailers_wanted());
}
