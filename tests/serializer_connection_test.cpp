// What a head that is sent says of its connection: Connection, TE, Upgrade, Expect, interim responses.
#include "support/catch.hpp"
#include "support/sending.hpp"

#include <coax/http.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

using namespace coax_test;

TEST_CASE("lists TE, Upgrade and Keep-Alive in Connection", "[H1-318]") {
  CHECK(fields(one("TE", "trailers")) == "TE: trailers\r\nConnection: TE\r\n");
  CHECK(fields(one("Upgrade", "websocket")) == "Upgrade: websocket\r\nConnection: upgrade\r\n");
  CHECK(fields(one("Keep-Alive", "timeout=5")) == "Keep-Alive: timeout=5\r\nConnection: keep-alive\r\n");
  CHECK(fields([](http::head_writer &h) {
          h.field("Connection", "close")
              .field("Keep-Alive", "timeout=5")
              .field("te", "")
              .field("upgrade", "a/1, b");
        }) ==
        "Keep-Alive: timeout=5\r\nte: \r\nupgrade: a/1, b\r\nConnection: close, keep-alive, upgrade, TE\r\n");
  CHECK(fields(one("Connection", "TE, Upgrade")) == ""); // they come by themselves, with their fields
  CHECK(fields(one("Connection", "Close")) == "Connection: close\r\n");
  CHECK(fields(one("Connection", "keep-alive")) == "Connection: keep-alive\r\n");
  CHECK(fields(one("Connection", "keep-alive, close")) == "Connection: close\r\n");
  CHECK(fields(one("Connection", "")) == "");
  CHECK(fields([](http::head_writer &h) { h.field("Connection", "X-A, close").field("X-A", "1"); }) ==
        "Connection: X-A\r\nX-A: 1\r\nConnection: close\r\n");
  CHECK(fields(one("Connection", "a, b ,close,c")) == "Connection: a, b, c\r\nConnection: close\r\n");
  CHECK(response(426, one("Upgrade", "a, b")) ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: a, b\r\nContent-Length: 0\r\nConnection: upgrade\r\n\r\n");
}

TEST_CASE("writes upgrade once, and where it is passed if Upgrade stands before", "[H1-318][WS-025]") {
  const auto written = [](std::string_view before, std::string_view behind) {
    return fields([&](http::head_writer &h) {
      h.field("Connection", before).field("Upgrade", "websocket").field("Connection", behind).field("A", "1");
    });
  };
  CHECK(written("", "Upgrade") == "Upgrade: websocket\r\nConnection: Upgrade\r\nA: 1\r\n");
  CHECK(written("upgrade", "") == "Upgrade: websocket\r\nA: 1\r\nConnection: upgrade\r\n");
  CHECK(written("upgrade", "Upgrade, upgrade") == "Upgrade: websocket\r\nConnection: Upgrade\r\nA: 1\r\n");
  CHECK(written("", "A, Upgrade, close") ==
        "Upgrade: websocket\r\nConnection: A, Upgrade\r\nA: 1\r\nConnection: close\r\n");
  CHECK(fields([](http::head_writer &h) {
          h.field("Upgrade", "a")
              .field("Connection", "Upgrade")
              .field("Upgrade", "b")
              .field("Connection", "UPGRADE");
        }) == "Upgrade: a\r\nConnection: Upgrade\r\nUpgrade: b\r\n");
  CHECK(response(426, [](http::head_writer &h) { h.field("Upgrade", "a").field("Connection", "Upgrade"); }) ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: a\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("writes lists of tokens, and nothing else as one", "[WS-029][WS-303]") {
  const auto list = [](http::field_id id, std::span<const std::string_view> members) {
    return fields([&](http::head_writer &h) { h.tokens(id, members); });
  };
  const std::string_view two[] = {"chat", "superchat"};
  CHECK(list(http::field_id::sec_websocket_protocol, two) == "Sec-WebSocket-Protocol: chat, superchat\r\n");
  CHECK(list(http::field_id::vary, std::span(two).first(1)) == "Vary: chat\r\n");
  CHECK(list(http::field_id::vary, {}) == "refused");
  for (const http::field_id id : {http::field_id::connection, http::field_id::upgrade, http::field_id::te,
                                  http::field_id::transfer_encoding, http::field_id::content_length,
                                  http::field_id::host, http::field_id::etag, http::field_id::other})
    CHECK(list(id, two) == "refused");
  for (const std::string_view bad : {"", "a b", "a,b", "a\r\nX: y", "\"a\"", "\xE9"}) {
    const std::string_view members[] = {"a", bad};
    CHECK(list(http::field_id::vary, members) == "refused");
  }
}

TEST_CASE("writes a list that comes in parts on one line, and no line without any", "[WS-030][WS-303]") {
  const auto list = [](http::field_id id, std::span<const std::string_view> parts) {
    return fields([&](http::head_writer &h) { h.list(id, parts).field("A", "1"); });
  };
  const std::string_view all[] = {"", "a; b=\"c, d\", e", "", "f", ""};
  const http::field_id extensions = http::field_id::sec_websocket_extensions;
  CHECK(list(extensions, all) == "Sec-WebSocket-Extensions: a; b=\"c, d\", e, f\r\nA: 1\r\n");
  CHECK(list(extensions, std::span(all).first(2)) ==
        "Sec-WebSocket-Extensions: a; b=\"c, d\", e\r\nA: 1\r\n");
  CHECK(list(extensions, std::span(all).first(1)) == "A: 1\r\n");
  CHECK(list(extensions, {}) == "A: 1\r\n");
  for (const http::field_id id : {http::field_id::connection, http::field_id::upgrade, http::field_id::te,
                                  http::field_id::transfer_encoding, http::field_id::content_length,
                                  http::field_id::host, http::field_id::etag, http::field_id::other})
    CHECK(list(id, all) == "refused");
  for (unsigned octet = 0; octet < 256; ++octet) {
    const std::string part = std::string("a") + static_cast<char>(octet) + "b";
    const std::string_view parts[] = {"x", part};
    const bool text = octet == '\t' || (octet >= 0x20 && octet != 0x7F);
    CHECK((list(extensions, parts) == "refused") != text);
  }
}

TEST_CASE("refuses Connection where it names no field of this hop, or is malformed", "[H1-318]") {
  for (const string_view value :
       {"Cache-Control", "close, Host", "content-length", "Authorization", "Transfer-Encoding", "a b",
        "close,", ",close", "a,,b", ",", "\"close\"", "close;x", "Trailer"}) {
    INFO(value);
    CHECK(fields(one("Connection", value)) == "refused");
    CHECK(response(200, one("Connection", value)).empty());
  }
  for (const string_view name : {"Proxy-Connection", "proxy-connection"})
    CHECK(fields(one(name, "close")) == "refused");
}

TEST_CASE("refuses chunked in TE, in whatever disguise", "[H1-318][H1-204]") {
  for (const string_view value : {"chunked", "Chunked", "trailers, chunked", "chunked;q=0.5",
                                  "gzip , chunked ; q=1", "a;b=\"x,y\", CHUNKED", "chunked, gzip"}) {
    INFO(value);
    CHECK(fields(one("TE", value)) == "refused");
  }
  for (const string_view value :
       {"trailers", "chunkedx", "gzip;q=0.5, trailers", "a;b=\"x, chunked\"", "xchunked", ""})
    CHECK(fields(one("TE", value)) == "TE: " + std::string(value) + "\r\nConnection: TE\r\n");
  CHECK(response(200, one("TE", "trailers")).empty());
}

TEST_CASE("takes up to three protocols in Upgrade, each a token with a version or none", "[H1-318][H1-320]") {
  for (const string_view value : {"websocket", "a/b", "a, b, c", "a/1, a/2, a/3", "a, A, a, a"})
    CHECK(fields(one("Upgrade", value)) == "Upgrade: " + std::string(value) + "\r\nConnection: upgrade\r\n");
  for (const string_view value : {"", ",", "a,", "a b", "a/", "/b", "a/b/c", "a, b, c, d", "\"a\"", "a;b"}) {
    INFO(value);
    CHECK(fields(one("Upgrade", value)) == "refused");
  }
  CHECK(fields([](http::head_writer &h) { h.field("Upgrade", "a, b").field("Upgrade", "c"); }) ==
        "Upgrade: a, b\r\nUpgrade: c\r\nConnection: upgrade\r\n");
  CHECK(fields([](http::head_writer &h) { h.field("Upgrade", "a, b").field("Upgrade", "c, d"); }) ==
        "refused");
  CHECK(fields(one("Upgrade", "a"), content::none(), {.minor = 0}) == "refused"); // RFC 9110 §7.8
  CHECK(request({.method = "CONNECT", .target = "h:1"}, one("Upgrade", "a")).empty());
}

TEST_CASE("sends Expect: 100-continue only with content to follow", "[H1-319]") {
  const std::string expect = "Expect: 100-continue\r\n";
  CHECK(fields(one("Expect", "100-continue")) == "refused");
  CHECK(fields(one("Expect", "100-continue"), content::of(0)) == "refused");
  CHECK(fields(one("Expect", "100-continue"), content::of(1)) == expect + "Content-Length: 1\r\n");
  CHECK(fields(one("Expect", "100-continue"), content::streamed()) ==
        expect + "Transfer-Encoding: chunked\r\n");
  CHECK(fields([](http::head_writer &h) {
          h.field("Expect", "100-continue").field("Content-Length", "2");
        }) == expect + "Content-Length: 2\r\n");
  CHECK(request({.method = "POST"}, one("Expect", "x, 100-CONTINUE")).empty());
  CHECK(fields(one("Expect", "100-continue"), content::of(1), {.minor = 0}) == "refused");
  CHECK(fields(one("Expect", "x=\"a, 100-continue, b\"")) == "Expect: x=\"a, 100-continue, b\"\r\n");
  CHECK(response(200, one("Expect", "100-continue"), content::of(1)).empty());
}

TEST_CASE("sends no content with TRACE and CONNECT", "[H1-319]") {
  CHECK(request({.method = "TRACE"}) == "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const content c : {content::of(0), content::of(1), content::streamed()}) {
    CHECK(request({.method = "TRACE"}, no_fields, c).empty());
    CHECK(request({.method = "CONNECT", .target = "h:1"}, no_fields, c).empty());
  }
  CHECK(request({.method = "TRACE"}, one("Content-Length", "1")).empty());
  CHECK(request({.method = "TRACE"}, one("Transfer-Encoding", "chunked")).empty());
}

TEST_CASE("sends no interim response to a client of HTTP/1.0", "[H1-320]") {
  const std::string old = "GET / HTTP/1.0\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
  for (const std::uint16_t code :
       {std::uint16_t{100}, std::uint16_t{102}, std::uint16_t{103}, std::uint16_t{199}}) {
    CHECK(response(code, no_fields, content::none(), old).empty());
    CHECK(response(code) ==
          "HTTP/1.1 " + std::to_string(code) + " " + std::string(http::reason_phrase(code)) + "\r\n\r\n");
  }
  CHECK(response(101, one("Upgrade", "x"), content::none(), old).empty());
}

TEST_CASE("sends 101 and 426 with Upgrade, and 101 for what was offered", "[H1-320]") {
  const std::string offer =
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket, IRC/6.9\r\n\r\n";
  const auto switching = [](const std::string &fields) {
    return "HTTP/1.1 101 Switching Protocols\r\n" + fields + "Connection: upgrade\r\n\r\n";
  };
  CHECK(response(101, one("Upgrade", "websocket"), content::none(), offer) ==
        switching("Upgrade: websocket\r\n"));
  CHECK(response(101, one("Upgrade", "WebSocket"), content::none(), offer) ==
        switching("Upgrade: WebSocket\r\n"));
  CHECK(response(101, one("Upgrade", "irc/6.9, websocket"), content::none(), offer) ==
        switching("Upgrade: irc/6.9, websocket\r\n"));
  CHECK(response(101, no_fields, content::none(), offer).empty());
  for (const string_view value : {"x", "websocket, x", "IRC", "IRC/6", "websocket/13"})
    CHECK(response(101, one("Upgrade", value), content::none(), offer).empty());
  CHECK(response(101, one("Upgrade", "websocket")).empty()); // nothing was offered
  CHECK(response(101, one("Upgrade", "websocket"), content::of(0), offer).empty());
  CHECK(response(426).empty());
  CHECK(response(426, one("Upgrade", "x")).find("\r\nConnection: upgrade\r\n") != std::string::npos);
}
