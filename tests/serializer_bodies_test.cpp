// Bodies that are sent: how framing is chosen, how content is framed, counted and ended.
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/sending.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace coax_test;
using http::body_kind;
using http::body_writer;
using http::trailer_writer;
using namespace std::string_view_literals;

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string head_request = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string old_get = "GET / HTTP/1.0\r\n\r\n";
const std::string connect = "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n";

/// What a call writes into a span, which every smaller span has to be refused for without being touched.
/// `call` gets a copy of the writer and the span.
template <class Writer, class Call> std::string written_by(Writer &writer, Call call) {
  std::string full(300, '\xEE');
  Writer copy = writer;
  const std::size_t before = coax_test::allocations();
  const auto w = call(copy, std::span<char>(full));
  CHECK(coax_test::allocations() == before);
  REQUIRE(http::name(w.ec) == "ok");
  CHECK(w.size == w.required);
  CHECK(full.find_first_not_of('\xEE', w.size) == std::string::npos);
  for (std::size_t size = 0; size < w.size; ++size) {
    std::string part(w.size + 1, '\xEE');
    const auto none = call(writer, std::span<char>(part).first(size));
    CHECK(none.ec == errc::buffer_too_small);
    CHECK(none.size == 0);
    CHECK(none.required == w.size);
    CHECK(part == std::string(w.size + 1, '\xEE'));
  }
  std::string exact(w.size, '\xEE');
  CHECK(call(writer, std::span<char>(exact)).size == w.size); // after all that, as if nothing had been tried
  full.resize(w.size);
  CHECK(exact == full);
  return full;
}

std::string data(body_writer &b, string_view payload) {
  const body_writer before = b;
  const std::string copied =
      written_by(b, [&](body_writer &w, std::span<char> out) { return w.data(payload, out); });
  body_writer gathering = before;
  const http::data_frame frame = gathering.data(payload.size());
  REQUIRE(frame);
  CHECK(copied == std::string(frame.prefix()) + std::string(payload) + std::string(frame.suffix));
  CHECK(gathering.remaining() == b.remaining());
  CHECK(gathering.complete() == b.complete());
  return copied;
}
std::string end(body_writer &b) {
  return written_by(b, [](body_writer &w, std::span<char> out) { return w.end(out); });
}

} // namespace

TEST_CASE("adds nothing before, behind or between what is sent", "[H1-308]") {
  reply r = answered(get, 200, content::of(3));
  std::array<char, 50> out{};
  const auto body = r.server.send_data("abc", out);
  CHECK(r.head + std::string(out.data(), body.size) == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  const auto last = r.server.send_end(out);
  CHECK(last.ec == errc::ok);
  CHECK(last.size == 0);
}

TEST_CASE("never sends two framings, and only digits for a length", "[H1-309]") {
  const auto both = [](bool length_first) {
    return [=](http::head_writer &h) {
      if (length_first) h.field("Content-Length", "5");
      h.field("Transfer-Encoding", "chunked");
      if (!length_first) h.field("Content-Length", "5");
    };
  };
  for (const content c : {content::none(), content::of(5), content::streamed()})
    for (const bool first : {false, true}) {
      CHECK(fields(both(first), c) == "refused");
      CHECK(response(200, both(first), c).empty());
    }
  for (const string_view value :
       {"+5"sv, "5,5"sv, "5, 5"sv, "-5"sv, "0x5"sv, "5 5"sv, ""sv, "5.0"sv, "5a"sv, "a5"sv,
        "18446744073709551616"sv, "99999999999999999999999"sv, "\xD9\xA3"sv, "5\0"sv}) {
    INFO(value);
    CHECK(fields(one("Content-Length", value)) == "refused");
    CHECK(response(200, one("content-length", value), content::of(5)).empty());
  }
  for (unsigned c = 0; c < 256; ++c) {
    std::string value = "1";
    value += static_cast<char>(static_cast<unsigned char>(c));
    value += "2";
    CHECK((fields(one("Content-Length", value)) == "refused") == !(c >= '0' && c <= '9'));
  }
  CHECK(fields(one("Content-Length", " 5 ")) == "Content-Length: 5\r\n");
  CHECK(fields(one("Content-Length", "18446744073709551615")) == "Content-Length: 18446744073709551615\r\n");
  CHECK(fields([](http::head_writer &h) { h.field("Content-Length", "5").field("content-length", "5"); }) ==
        "refused");
  CHECK(fields(one("Content-Length", "5"), content::of(5)) == "Content-Length: 5\r\n");
  CHECK(fields(one("Content-Length", "5"), content::of(6)) == "refused");
  CHECK(fields(one("Content-Length", "5"), content::streamed()) == "refused");
  CHECK(fields(one("Transfer-Encoding", "chunked"), content::of(5)) == "refused");
  CHECK(fields(one("Transfer-Encoding", "chunked"), content::none()) == "Transfer-Encoding: chunked\r\n");
  CHECK(fields([](http::head_writer &h) { h.field("A", "b").field("Content-Length", 5u).field("C", "d"); }) ==
        "A: b\r\nC: d\r\nContent-Length: 5\r\n");
}

TEST_CASE("refuses more octets than were declared", "[H1-310]") {
  body_writer b(body_kind::length, 3);
  std::string out(50, '\xEE');
  CHECK(b.data("abcd", out).ec == errc::invalid_input);
  CHECK(b.data(4).ec == errc::invalid_input);
  CHECK(b.data(~std::uint64_t{0}).ec == errc::invalid_input);
  CHECK(out == std::string(50, '\xEE'));
  CHECK(b.remaining() == 3);
  CHECK(data(b, "ab") == "ab");
  CHECK(b.data("cd", out).ec == errc::invalid_input);
  CHECK(data(b, "") == "");
  CHECK(data(b, "c") == "c");
  CHECK(b.complete());
  CHECK(b.data("d", out).ec == errc::wrong_state);
  CHECK(b.data(0).ec == errc::wrong_state);

  reply r = answered(get, 200, content::of(3));
  CHECK(r.server.send_data("abcd", out).ec == errc::invalid_input);
  CHECK(r.server.send_data(4).ec == errc::invalid_input);
  CHECK(r.server.body_wanted());
  CHECK(r.server.send_data("abc", out).size == 3);
  CHECK(r.server.send_data("d", out).ec != errc::ok);
  CHECK(out.substr(0, 4) == "abc\xEE");
}

TEST_CASE("does not end a body that is too short: the connection has to close", "[H1-310]") {
  body_writer b(body_kind::length, 3);
  std::string out(50, '\xEE');
  CHECK(b.end(out).ec == errc::body_too_short);
  CHECK(data(b, "ab") == "ab");
  CHECK(b.end(out).ec == errc::body_too_short);
  CHECK(b.end(out).size == 0);
  CHECK(b.remaining() == 1);
  CHECK(out == std::string(50, '\xEE'));

  reply r = answered(get, 200, content::of(3));
  REQUIRE(r.server.send_data("ab", out));
  CHECK(r.server.send_end(out).ec == errc::body_too_short);
  CHECK(r.server.next_duty() == http::duty::close);
  CHECK_FALSE(r.server.keeps_alive());
  CHECK(r.server.send_data("c", out).ec == errc::wrong_state);

  http::client client;
  REQUIRE(client.send(http::request_head(out, "PUT", "/", "h"), content::of(3)));
  CHECK(client.send_end(out).ec == errc::body_too_short);
  CHECK(client.next_duty() == http::duty::close);
  CHECK_FALSE(client.can_send());
}

TEST_CASE("sends no framing with 1xx, 204 and 2xx to CONNECT", "[H1-311]") {
  const std::string offer = "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
  const auto upgrade = [](string_view name, string_view value) {
    return [=](http::head_writer &h) { h.field("Upgrade", "x").field(name, value); };
  };
  CHECK(response(204) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(response(100) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(response(200, no_fields, content::none(), connect) == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(response(299, no_fields, content::none(), connect) == "HTTP/1.1 299 \r\n\r\n");
  for (const auto &[name, value] : {std::pair{"Content-Length"sv, "0"sv},
                                    {"Content-Length"sv, "5"sv},
                                    {"Transfer-Encoding"sv, "chunked"sv},
                                    {"Transfer-Encoding"sv, "gzip"sv}}) {
    for (const std::uint16_t code : {std::uint16_t{100}, std::uint16_t{103}, std::uint16_t{204}})
      CHECK(response(code, one(name, value)).empty());
    CHECK(response(101, upgrade(name, value), content::none(), offer).empty());
    CHECK(response(200, one(name, value), content::none(), connect).empty());
  }
  for (const content c : {content::of(0), content::of(5), content::streamed()}) {
    for (const std::uint16_t code : {std::uint16_t{100}, std::uint16_t{103}, std::uint16_t{204}})
      CHECK(response(code, no_fields, c).empty());
    CHECK(response(200, no_fields, c, connect).empty());
    CHECK(response(201, no_fields, c, connect).empty());
  }
  CHECK(response(403, no_fields, content::of(5), connect) == // no tunnel
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("sends no body in response to HEAD and with 304, but the length that there would be", "[H1-312]") {
  CHECK(response(200, one("Content-Length", "10"), content::none(), head_request) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  CHECK(response(200, no_fields, content::of(10), head_request) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  CHECK(response(200, no_fields, content::streamed(), head_request) ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(response(200, no_fields, content::none(), head_request) == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(response(304) == "HTTP/1.1 304 Not Modified\r\n\r\n");
  CHECK(response(304, no_fields, content::of(10)) ==
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
  CHECK(response(304, no_fields, content::streamed()) == "HTTP/1.1 304 Not Modified\r\n\r\n");

  std::string out(50, '\xEE');
  for (const content c : {content::none(), content::of(10), content::streamed()})
    for (const bool head : {false, true}) {
      reply r = answered(head ? head_request : get, head ? 200 : 304, c);
      CHECK_FALSE(r.server.body_wanted());
      CHECK(r.server.send_data("x", out).ec == errc::invalid_input);
      CHECK(r.server.send_data(1).ec == errc::invalid_input);
      CHECK(out == std::string(50, '\xEE'));
      const auto last = r.server.send_end(out); // generic code may end what has no body
      CHECK(last.ec == errc::ok);
      CHECK(last.size == 0);
      CHECK(r.server.keeps_alive());
    }
}

TEST_CASE("sends 205 with zero content", "[H1-312]") {
  const std::string reset = "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n";
  CHECK(response(205) == reset);
  CHECK(response(205, no_fields, content::of(0)) == reset);
  CHECK(response(205, no_fields, content::of(1)).empty());
  CHECK(response(205, no_fields, content::streamed()).empty());
  CHECK(response(205, one("Content-Length", "1")).empty());
  CHECK(response(205, one("Transfer-Encoding", "chunked")).empty());
}

TEST_CASE("chooses the framing by what is known of the length and of the peer", "[H1-313]") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(response(200) == ok + "Content-Length: 0\r\n\r\n");
  CHECK(response(404, no_fields, content::of(12)) == "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n");
  CHECK(response(200, no_fields, content::streamed()) == ok + "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(response(200, no_fields, content::streamed(), old_get) == ok + "Connection: close\r\n\r\n");
  CHECK(response(200, no_fields, content::streamed(), "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
        ok + "Connection: close\r\n\r\n");
  CHECK(response(200, no_fields, content::of(3), "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
        ok + "Content-Length: 3\r\nConnection: keep-alive\r\n\r\n");
  CHECK(response(200, no_fields, content::of(3), old_get) ==
        ok + "Content-Length: 3\r\nConnection: close\r\n\r\n");

  reply until_close = answered(old_get, 200, content::streamed());
  std::array<char, 50> out{};
  CHECK(until_close.server.send_data("abc", out).size == 3);
  CHECK(string_view(out.data(), 3) == "abc");
  CHECK(until_close.server.send_end(out).size == 0);
  CHECK_FALSE(until_close.server.keeps_alive());
}

TEST_CASE("streams a request only to a server that is known to take chunked", "[H1-313]") {
  std::array<char, 200> out{};
  for (const fill &add :
       {fill(no_fields), one("Transfer-Encoding", "chunked"), one("Transfer-Encoding", "gzip")}) {
    http::client unknown;
    http::request_head head(out, "PUT", "/", "h");
    add(head);
    CHECK(unknown.send(head, content::streamed()).ec == errc::invalid_input);
    CHECK(unknown.can_send());
    http::client known({.assume_http11 = true});
    CHECK(known.send(head, content::streamed()).ec == errc::ok);
    CHECK(request({.method = "PUT", .minor = 0}, add, content::streamed()).empty());
  }
  for (const std::uint8_t minor : {std::uint8_t{0}, std::uint8_t{1}}) { // a response has shown it, or not
    http::client client;
    REQUIRE(client.send(http::request_head(out, "GET", "/", "h")));
    std::array<http::field_ref, 8> table{};
    std::string in = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";
    in[7] = static_cast<char>('0' + minor);
    const http::event e = client.next({table}, in);
    REQUIRE(e.kind == http::event_kind::response);
    REQUIRE(client.next({table}, "").kind == http::event_kind::end);
    REQUIRE(client.can_send());
    const auto sent = client.send(http::request_head(out, "PUT", "/", "h"), content::streamed());
    CHECK((sent.ec == errc::ok) == (minor == 1));
  }
}

TEST_CASE("says that there is no content where content is usual", "[H1-314]") {
  for (const string_view method : {"POST", "PUT", "PATCH"}) {
    CHECK(fields(no_fields, content::none(), {.method = method}) == "Content-Length: 0\r\n");
    CHECK(fields(no_fields, content::of(0), {.method = method}) == "Content-Length: 0\r\n");
    CHECK(fields(no_fields, content::none(), {.method = method, .minor = 0}) == "Content-Length: 0\r\n");
  }
  for (const string_view method : {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "post", "BREW"})
    CHECK(fields(no_fields, content::none(), {.method = method}) == "");
  CHECK(fields(no_fields, content::of(0), {.method = "GET"}) == "Content-Length: 0\r\n"); // as asked for
  CHECK(fields(no_fields, content::of(3), {.method = "GET"}) == "Content-Length: 3\r\n");
}

TEST_CASE("writes chunks, nothing for empty ones, and one end", "[H1-315]") {
  body_writer b(body_kind::chunked);
  CHECK(data(b, "hello") == "5\r\nhello\r\n");
  CHECK(data(b, "") == "");
  CHECK(b.data(0).prefix().empty());
  CHECK(b.data(0).suffix.empty());
  CHECK_FALSE(b.complete());
  CHECK(end(b) == "0\r\n\r\n");
  CHECK(b.complete());
  std::string out(50, '\xEE');
  CHECK(b.end(out).ec == errc::wrong_state);
  CHECK(b.end(trailer_writer(out)).ec == errc::wrong_state);
  CHECK(b.data("x", std::span<char>(out).last(10)).ec == errc::wrong_state);
  body_writer empty(body_kind::chunked);
  CHECK(end(empty) == "0\r\n\r\n");

  reply r = answered(get, 200, content::streamed());
  std::string all;
  for (const string_view piece : {"hello", ""}) all.append(out.data(), r.server.send_data(piece, out).size);
  all.append(out.data(), r.server.send_end(out).size);
  CHECK(all == "5\r\nhello\r\n0\r\n\r\n");
  CHECK(r.server.send_end(out).ec == errc::wrong_state);
  CHECK(r.server.send_data("x", out).ec == errc::wrong_state);
}

TEST_CASE("writes the size of a chunk in hexadecimal digits without leading zeros", "[H1-315]") {
  const auto prefix = [](std::uint64_t n) {
    body_writer b(body_kind::chunked);
    const http::data_frame frame = b.data(n);
    CHECK(frame.suffix == "\r\n");
    return std::string(frame.prefix());
  };
  CHECK(prefix(1) == "1\r\n");
  CHECK(prefix(9) == "9\r\n");
  CHECK(prefix(10) == "a\r\n");
  CHECK(prefix(15) == "f\r\n");
  CHECK(prefix(16) == "10\r\n");
  CHECK(prefix(0x0123456789abcdef) == "123456789abcdef\r\n");
  CHECK(prefix(0xFFFFFFFF) == "ffffffff\r\n");
  CHECK(prefix(0x8000000000000000) == "8000000000000000\r\n");
  CHECK(prefix(0xFFFFFFFFFFFFFFFF) == "ffffffffffffffff\r\n");
  for (std::uint64_t n = 1; n != 0; n <<= 1) CHECK(std::stoull(prefix(n), nullptr, 16) == n);
}

TEST_CASE("frames nothing in a body of known length or until the close", "[H1-310][H1-313]") {
  body_writer sized(body_kind::length, 10);
  CHECK(data(sized, "hello") == "hello");
  CHECK(sized.remaining() == 5);
  CHECK(data(sized, "world") == "world");
  std::array<char, 9> out{};
  CHECK(sized.end(out).ec == errc::wrong_state); // complete with its last octet
  body_writer open(body_kind::until_close);
  CHECK(data(open, "hello") == "hello");
  CHECK(data(open, "") == "");
  CHECK(end(open) == "");
  CHECK(open.complete());
  CHECK(body_writer().complete());
  CHECK(body_writer(body_kind::length, 0).complete());
  CHECK(body_writer(body_kind::none, 5).complete());
  CHECK(body_writer().data(1).ec == errc::wrong_state);
}

TEST_CASE("adds chunked as the last coding, once", "[H1-316]") {
  const auto codings = [](string_view value) {
    return fields(one("Transfer-Encoding", value), content::streamed(), {.method = "PUT"});
  };
  CHECK(codings("gzip") == "Transfer-Encoding: gzip, chunked\r\n");
  CHECK(codings("gzip, chunked") == "Transfer-Encoding: gzip, chunked\r\n");
  CHECK(codings("gzip, Chunked") == "Transfer-Encoding: gzip, Chunked\r\n");
  CHECK(codings("a, b") == "Transfer-Encoding: a, b, chunked\r\n");
  CHECK(codings("chunked") == "Transfer-Encoding: chunked\r\n");
  CHECK(codings("a;b=c ; d=\"e, chunked\"") == "Transfer-Encoding: a;b=c ; d=\"e, chunked\", chunked\r\n");
  for (const string_view value : {"chunked, gzip",
                                  "chunked, chunked",
                                  "gzip, chunked, chunked",
                                  "",
                                  ",",
                                  "gzip,",
                                  ",gzip",
                                  "gzip,,b",
                                  "identity",
                                  "gzip, identity",
                                  "chunked;a=b",
                                  "chunked;",
                                  "chunked x",
                                  "gzip;q=1",
                                  "gzip;",
                                  "a;b",
                                  "a;b=",
                                  "a;=c",
                                  "a;b =c",
                                  "a;b= c",
                                  "a;b=\"c",
                                  "a b",
                                  "a;b=c d",
                                  "\"gzip\"",
                                  "a;;b=c",
                                  "a;b=c;",
                                  "a/b",
                                  "a;b=c,",
                                  "chunked, a;b=c"}) {
    INFO(value);
    CHECK(codings(value) == "refused");
    CHECK(response(200, one("Transfer-Encoding", value), content::streamed()).empty());
  }
  const auto twice = [](http::head_writer &h) {
    h.field("Transfer-Encoding", "gzip").field("Transfer-Encoding", "chunked");
  };
  CHECK(fields(twice, content::streamed(), {.method = "PUT"}) == "refused");
  CHECK(response(200, one("Transfer-Encoding", "gzip"), content::streamed()) ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
  CHECK(response(200, one("Transfer-Encoding", "gzip"), content::streamed(), old_get).empty());
  CHECK(response(200, one("Transfer-Encoding", "chunked"), content::streamed(), old_get) == // framing is ours
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST_CASE("takes no transfer coding that the parser of the other side would refuse", "[H1-316][H1-323]") {
  const http::leniency exposing{.expose_codings = true};
  for (const string_view value :
       {"gzip", "a;b=c", "a ; b=\"\\\"\" ;c=d , chunked", "x, y;z=1", "deflate, chunked", "a;b=\",\""}) {
    const std::string text = request({.method = "PUT"}, one("Transfer-Encoding", value), content::streamed());
    REQUIRE_FALSE(text.empty());
    std::array<http::field_ref, 8> table{};
    const http::limits limits;
    http::request_reader reader;
    const http::event e = reader.next({table, limits, exposing}, text);
    CHECK(e.kind == http::event_kind::request);
    CHECK(e.framing.kind == body_kind::chunked);
    CHECK(e.framing.other_codings);
  }
}

TEST_CASE("announces content as it was received", "[H1-176][H1-312]") {
  http::framing f;
  CHECK(content::as(f).is_none());
  f.has_length = true;
  f.length = 7;
  CHECK(content::as(f).size() == 7); // of a response to HEAD, say
  f.kind = body_kind::length;
  CHECK(content::as(f).is_sized());
  for (const body_kind kind : {body_kind::chunked, body_kind::until_close}) {
    f.kind = kind;
    CHECK(content::as(f).is_streamed());
  }
}

TEST_CASE("refuses to send out of turn, and writes nothing", "[H1-310][H1-315]") {
  std::string out(50, '\xEE');
  http::client idle;
  CHECK(idle.send_data("a", out).ec == errc::wrong_state);
  CHECK(idle.send_data(1).ec == errc::wrong_state);
  CHECK(idle.send_end(out).ec == errc::wrong_state);
  CHECK(idle.send_end(trailer_writer({})).ec == errc::wrong_state);
  http::server fresh;
  CHECK(fresh.send_data("a", out).ec == errc::wrong_state);
  CHECK(fresh.send_end(out).ec == errc::wrong_state);
  http::server due = asked(get);
  CHECK(due.send_data("a", out).ec == errc::wrong_state);
  CHECK(due.send_end(out).ec == errc::wrong_state);
  CHECK(out == std::string(50, '\xEE'));
}

static_assert([] {
  std::array<char, 64> out{};
  body_writer b(body_kind::chunked);
  const auto first = b.data("hello", out);
  trailer_writer t(std::span<char>(out).subspan(first.size));
  t.field("A", "b");
  const auto last = b.end(t);
  return string_view(out.data(), first.size + last.size) == "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
}());
static_assert(body_writer(body_kind::chunked).data(0x1F).prefix() == "1f\r\n");
