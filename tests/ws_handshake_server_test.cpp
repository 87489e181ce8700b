// The server's side of the opening handshake.
#include "support/catch.hpp"
#include "support/handshake.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace http = coax::http;
using coax_test::asked_server;
using coax_test::judge_request;
using coax_test::request_with;
using coax_test::sample_request;
using coax_test::sample_response;
using std::string_view;
using ws::errc;
using ws::verdict;

bool accepts(string_view head) { return judge_request(head) == "ok"; }
/// The request with its first line replaced.
std::string with_start(string_view line) {
  return std::string(line) + std::string(sample_request.substr(sample_request.find("\r\n")));
}

/// The whole answer of a server to what arrives, and what it reports: the loop of a plain program.
struct answer {
  std::string sent, reported, rest;
};
answer serve(const std::vector<std::string> &pieces, const ws::choice &c = {},
             std::span<const string_view> origins = {}) {
  http::server server;
  answer out;
  std::string input;
  std::array<char, 4096> space{};
  for (const std::string &piece : pieces) {
    input += piece;
    for (bool more = true; more;) {
      std::array<http::field_ref, 64> table{};
      std::string copy = input; // views may not outlive the call
      const http::event e = server.next({table}, string_view(copy));
      const auto send = [&](const coax::written<http::errc> &w) {
        REQUIRE(w);
        out.sent.append(space.data(), w.size);
      };
      switch (e.kind) {
      case http::event_kind::request: {
        const ws::offer o = ws::read_offer(http::view_request(e.head, copy.data(), table));
        if (o.verdict == verdict::acceptable && !origins.empty() && !ws::allows_origin(o, origins, false))
          send(ws::refuse(server, o, 403, space));
        else if (o.verdict == verdict::acceptable)
          send(ws::accept(server, o, c, coax_test::sha1{}, space));
        else
          send(ws::refuse(server, o, o.suggested_status, space));
        break;
      }
      case http::event_kind::switched: {
        const ws::session s = ws::take_over(server, e, std::span<char>(copy), c);
        REQUIRE(s);
        out.reported = "switched";
        out.rest.assign(s.rest.data(), s.rest.size()); // again for each piece that comes later
        more = false;
        break;
      }
      case http::event_kind::failed:
        out.reported = "failed " + std::string(name(e.ec));
        send(server.answer_failure(space));
        more = false;
        break;
      case http::event_kind::closed:
        out.reported = "closed";
        more = false;
        break;
      case http::event_kind::need_more:
      case http::event_kind::paused: more = false; break;
      default: break;
      }
      input.erase(0, e.consumed);
      copy.assign(copy.size(), '\xA5');
    }
  }
  return out;
}

constexpr bool accepts_in_a_constant_expression() {
  std::array<http::field_ref, 8> table{};
  http::server server;
  const http::event e = server.next({table}, sample_request);
  const ws::offer o = ws::read_offer(http::view_request(e.head, sample_request.data(), table));
  std::array<char, 200> out{};
  const auto sent = ws::accept(server, o, {}, coax_test::sha1{}, out);
  return sent && string_view(out.data(), sent.size) == sample_response;
}

} // namespace

TEST_CASE("answers the RFC's request with the RFC's response, octet by octet", "[WS-080][WS-081]") {
  static_assert(accepts_in_a_constant_expression());
  asked_server s(sample_request);
  CHECK(s.offer.verdict == verdict::acceptable);
  CHECK(s.offer.ec == errc::ok);
  CHECK(s.offer.suggested_status == 0);
  CHECK(string_view(s.offer.key.data(), 24) == "dGhlIHNhbXBsZSBub25jZQ==");
  CHECK(s.offer.target.path == "/chat");
  CHECK(s.accept() == sample_response);
  CHECK(s.accept() == "wrong_state"); // once
  asked_server other(request_with("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC=="));
  CHECK(other.accept().find("Sec-WebSocket-Accept: OfS0wDaT5NoxF2gqm7Zj2YtetzM=\r\n") != std::string::npos);
}

TEST_CASE("takes GET with HTTP/1.1 for a path or an http URI", "[WS-060][WS-311]") {
  CHECK(accepts(with_start("GET http://server.example.com/chat HTTP/1.1")));
  CHECK(accepts(with_start("GET HTTPS://server.example.com/chat HTTP/1.1")));
  CHECK(accepts(with_start("GET /chat HTTP/1.2")));
  const std::string absolute = with_start("GET http://server.example.com/chat?x HTTP/1.1");
  asked_server s(absolute);
  CHECK(s.offer.target.path == "/chat");
  CHECK(s.offer.target.query == "x");
  const std::string engine = with_start("GET /socket.io/?EIO=4&transport=websocket&sid=x HTTP/1.1");
  asked_server io(engine);
  CHECK(io.offer.verdict == verdict::acceptable);
  CHECK(io.offer.target.path == "/socket.io/");
  CHECK(io.offer.target.query == "EIO=4&transport=websocket&sid=x");
  CHECK(io.accept() == sample_response);

  for (const string_view method : {"POST", "HEAD", "PUT", "OPTIONS", "get", "DELETE", "X"})
    CHECK(judge_request(with_start(std::string(method) + " /chat HTTP/1.1")) == "bad_method 405");
  CHECK(judge_request(with_start("GET /chat HTTP/1.0")) == "bad_http_version 400");
  CHECK(judge_request(with_start("GET ws://server.example.com/chat HTTP/1.1")) == "bad_target 400");
  CHECK(judge_request(with_start("GET ftp://server.example.com/chat HTTP/1.1")) == "bad_target 400");
  CHECK(judge_request(with_start("GET * HTTP/1.1")) == "HTTP 400");
  CHECK(judge_request(with_start("GET /chat HTTP/2.0")) == "HTTP 505");
  CHECK(judge_request(with_start("GET server:80 HTTP/1.1")) == "HTTP 400");
}

TEST_CASE("wants one valid Host", "[WS-061]") {
  CHECK(judge_request(request_with("Host", "X: y")) == "HTTP 400");
  CHECK(judge_request(request_with("Host: server.example.com\r\n")) == "HTTP 400");
  CHECK(judge_request(request_with("Host", "Host: a b")) == "HTTP 400");
  // Where a lenient parser lets a request without Host pass, the handshake does not.
  const std::string without = request_with("Host", "X: y");
  asked_server s(without, {.allow_missing_host = true});
  REQUIRE(s.has_request());
  CHECK(s.offer.ec == errc::bad_host);
  CHECK(s.offer.suggested_status == 400);
}

TEST_CASE("tells an ordinary request by Upgrade and Connection", "[WS-062]") {
  for (const string_view good : {"Upgrade: WebSocket", "Upgrade: websocket, h2c", "Upgrade: h2c, WEBSOCKET",
                                 "Upgrade: , websocket", "Upgrade: h2c\r\nUpgrade: websocket"})
    CHECK(accepts(request_with("Upgrade", good)));
  for (const string_view good :
       {"Connection: keep-alive, upgrade", "Connection: UPGRADE", "Connection: keep-alive,Upgrade,",
        "Connection: keep-alive\r\nConnection: upgrade"})
    CHECK(accepts(request_with("Connection", good)));
  for (const string_view bad :
       {"X: y", "Upgrade: h2c", "Upgrade:", "Upgrade: websocket/13", "Upgrade: websockets",
        "Upgrade: web socket", "Upgrade: \"websocket\"", "Upgrade: a, b, c, websocket"})
    CHECK(judge_request(request_with("Upgrade", bad)) == "no upgrade");
  for (const string_view bad : {"X: y", "Connection: keep-alive", "Connection: upgraded",
                                "Connection:", "Connection: \"upgrade\"", "Connection: up grade"})
    CHECK(judge_request(request_with("Connection", bad)) == "no upgrade");
  CHECK(judge_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "no upgrade");

  asked_server plain("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(plain.offer.suggested_status == 426);
  CHECK(plain.accept() == "refused");
  CHECK(plain.refuse(426) ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Content-Length: 0\r\nConnection: close, upgrade\r\n\r\n");
}

TEST_CASE("wants one key of 16 octets", "[WS-063]") {
  CHECK(accepts(request_with("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==")));
  CHECK(accepts(request_with("Sec-WebSocket-Key", "sec-websocket-key:\t dGhlIHNhbXBsZSBub25jZQ== \t")));
  for (const string_view bad :
       {"X: y", "Sec-WebSocket-Key:", "Sec-WebSocket-Key: abcd", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="})
    CHECK(judge_request(request_with("Sec-WebSocket-Key", bad)) == "bad_key 400");
  for (unsigned octet = 1; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    std::string line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    line[24] = c;
    const bool digit =
        string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c) !=
        string_view::npos;
    CAPTURE(octet);
    CHECK(accepts(request_with("Sec-WebSocket-Key", line)) == digit);
  }
}

TEST_CASE("speaks version 13 only, and says so", "[WS-064][WS-084]") {
  const auto answer_to = [](string_view line) {
    const std::string head = request_with("Sec-WebSocket-Version", line);
    asked_server s(head);
    REQUIRE(s.offer.verdict == verdict::refused);
    const std::string out = s.refuse(s.offer.suggested_status);
    CHECK(out.find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos);
    CHECK((out.find("\r\nUpgrade: websocket\r\n") != std::string::npos) == out.starts_with("HTTP/1.1 426 "));
    return std::string(name(s.offer.ec)) + " " + out.substr(9, 3);
  };
  for (const string_view other : {"8", "14", "25", "0", "255", "7", "12", "1", "3", "130"})
    CHECK(answer_to("Sec-WebSocket-Version: " + std::string(other)) == "unsupported_version 426");
  CHECK(answer_to("X: y") == "unsupported_version 426");
  for (const string_view bad :
       {"13, 8", "013", "+13", "13.0", "", "x", "256", "13,", "1 3", "-1", "\"13\"", "0x0d"})
    CHECK(answer_to("Sec-WebSocket-Version: " + std::string(bad)) == "bad_version 400");
  CHECK(answer_to("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13") == "bad_version 400");
  // Of other versions nothing else is asked.
  CHECK(judge_request("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                      "Sec-WebSocket-Version: 8\r\n\r\n") == "unsupported_version 426");
  asked_server s(coax_test::with_line(sample_request, "Sec-WebSocket-Version", "Sec-WebSocket-Version: 25"));
  CHECK(s.refuse(s.offer.suggested_status) ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Content-Length: 0\r\nConnection: close, upgrade\r\n\r\n");
}

TEST_CASE("reads Origin, and decides by a list of whole origins", "[WS-065][WS-085][WS-300][WS-301]") {
  const string_view list[] = {"https://a.example", "http://b.example:81"};
  const auto allowed = [&](string_view lines, bool allow_missing = false) {
    const std::string head = request_with(lines);
    asked_server s(head);
    REQUIRE(s.offer.verdict == verdict::acceptable); // no check by itself
    return ws::allows_origin(s.offer, list, allow_missing);
  };
  CHECK(allowed("Origin: https://a.example\r\n"));
  CHECK(allowed("Origin: HTTPS://A.EXAMPLE\r\n"));
  CHECK(allowed("origin: http://b.example:81\r\n"));
  for (const string_view bad :
       {"Origin: https://a.example.evil.test\r\n", "Origin: http://a.example\r\n",
        "Origin: https://a.example:8443\r\n", "Origin: null\r\n",
        "Origin: https://a.example\r\nOrigin: https://a.example\r\n", "Origin:\r\n",
        "Origin: https://a.example https://evil.test\r\n", "Origin: https://a.exampl\r\n",
        "Origin: https://a.example/\r\n", "Origin: https://evil.example\r\n", "Origin: http://b.example\r\n",
        "Origin: a.example\r\n"}) {
    CHECK_FALSE(allowed(bad));
    CHECK_FALSE(allowed(bad, true));
  }
  CHECK_FALSE(allowed(""));
  CHECK(allowed("", true));
  asked_server none(sample_request);
  CHECK(none.offer.origin().absent());
  CHECK_FALSE(ws::allows_origin(none.offer, {}, false));

  const answer evil = serve({request_with("Origin: https://evil.example\r\n")}, {}, list);
  CHECK(evil.sent == "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(serve({request_with("Origin: https://a.example\r\n")}, {}, list).sent == sample_response);
}

TEST_CASE("reads the lists of a request, and refuses what is no list", "[WS-066][WS-067][WS-068][WS-101]") {
  for (const string_view good :
       {"Sec-WebSocket-Protocol: chat, superchat\r\n", "Sec-WebSocket-Protocol: a,b\r\n",
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat\r\n",
        "Sec-WebSocket-Protocol: a,,b\r\n",
        "Sec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: bar; baz=2\r\n",
        "Sec-WebSocket-Extensions: x-webkit-deflate-frame, permessage-deflate\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99\r\n"})
    CHECK(accepts(request_with(good)));
  for (const string_view bad : {"chat superchat", "\"chat\"", "chat, chat", "ch\xE9t", "", ","})
    CHECK(judge_request(request_with("Sec-WebSocket-Protocol: " + std::string(bad) + "\r\n")) ==
          "bad_protocols 400");
  for (const string_view bad : {"", ";", "foo;", "foo; =1", "foo; a=", "fo o", "foo; a=b c", "foo; a=@",
                                "x; p=\"\"", "x; p=\"a b\"", "x; p=\"a", "f\xC3\xB6"})
    CHECK(judge_request(request_with("Sec-WebSocket-Extensions: " + std::string(bad) + "\r\n")) ==
          "bad_extensions 400");
  const std::string head = request_with("Sec-WebSocket-Extensions: foo; a=@\r\n");
  asked_server s(head);
  CHECK(s.offer.why.at == head.find('@'));
  CHECK(s.offer.why.index == 5);
  CHECK(s.offer.why.what == coax::element::field_value);
}

TEST_CASE("ignores unknown fields, their order and the case of names", "[WS-068]") {
  CHECK(accepts("GET /chat HTTP/1.1\r\nX-Foo: 1\r\nsec-websocket-VERSION: 13\r\nCONNECTION: Upgrade\r\n"
                "uPGRADE: websocket\r\nHOST: server.example.com\r\nsec-websocket-KEY: "
                "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
}

TEST_CASE("answers any breach with an HTTP error, and nothing else", "[WS-069][WS-306][WS-088]") {
  const std::string frame("\x81\x85\0\0\0\0Hello", 11);
  const string_view key = "Sec-WebSocket-Key";
  for (const std::string &bad :
       {request_with(key, "X: y"), request_with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"),
        with_start("POST /chat HTTP/1.1"), with_start("GET /chat HTTP/1.0"),
        request_with("Sec-WebSocket-Extensions: ;\r\n"), request_with("Sec-WebSocket-Protocol: a b\r\n"),
        request_with("Content-Length: 5\r\n"), request_with("Transfer-Encoding: chunked\r\n"),
        request_with("Host", "Host: a b")}) {
    CAPTURE(bad);
    const answer a = serve({bad + frame, frame});
    CHECK(a.sent.starts_with("HTTP/1.1 4"));
    CHECK(a.sent.find("101") == std::string::npos);
    CHECK(a.sent.find("\r\nConnection: close") != std::string::npos);
    CHECK(a.sent.find("\r\nContent-Length: ") != std::string::npos);
    CHECK(a.sent.find("chat") == std::string::npos); // echoes nothing
    CHECK(a.sent.find("HTTP/", 1) == std::string::npos);
    CHECK((a.reported == "closed" || a.reported.starts_with("failed")));
    CHECK(a.rest.empty());
  }
  asked_server s(request_with(key, "X: y"));
  CHECK(s.accept() == "refused");
  CHECK(s.refuse(400) == "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(s.accept() == "refused");
  CHECK(s.refuse(400) == "wrong_state");
}

TEST_CASE("refuses an upgrade with a body", "[WS-306]") {
  CHECK(accepts(request_with("Content-Length: 0\r\n")));
  CHECK(judge_request(request_with("Content-Length: 5\r\n")) == "unwanted_body 400");
  CHECK(judge_request(request_with("Transfer-Encoding: chunked\r\n")) == "unwanted_body 400");
  CHECK(judge_request(request_with("Content-Length: 5\r\nExpect: 100-continue\r\n")) == "unwanted_body 400");
  CHECK(judge_request(request_with("Content-Length: 1\r\nContent-Length: 1\r\n")) == "HTTP 400");
  const std::string lenient = request_with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n");
  asked_server s(lenient, {.te_overrides_cl = true});
  CHECK(s.offer.ec == errc::unwanted_body);
  // A refused 403 is followed by no frame.
  asked_server forbidden(sample_request);
  CHECK(forbidden.refuse(403) == "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(forbidden.http.next({forbidden.table}, string_view("\x81\x85", 2)).kind != http::event_kind::request);
}

TEST_CASE("decodes a request the same however it is cut, and keeps what follows", "[WS-070][WS-087]") {
  const std::string frame("\x81\x85\0\0\0\0Hello", 11);
  const std::string head = request_with("Sec-WebSocket-Protocol: chat\r\n");
  const std::string all = head + frame;
  const ws::choice c{.protocol = "chat"};
  const answer whole = serve({all}, c);
  CHECK(whole.reported == "switched");
  CHECK(whole.rest == frame);
  CHECK(whole.sent.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    const answer a = serve({all.substr(0, cut), all.substr(cut)}, c);
    if (a.sent == whole.sent && a.reported == "switched" && a.rest == frame) continue;
    CAPTURE(cut);
    CHECK(a.sent == whole.sent);
    CHECK(a.reported == "switched");
    CHECK(a.rest == frame);
  }
  std::vector<std::string> octets;
  for (const char o : head) octets.emplace_back(1, o);
  CHECK(serve(octets, c).sent == whole.sent);
  octets.pop_back();
  CHECK(serve(octets, c).sent.empty()); // not before the last LF
}

TEST_CASE("the end of input within the head is the end of the connection", "[WS-070]") {
  for (std::size_t size = 1; size < sample_request.size(); ++size) {
    std::array<http::field_ref, 16> table{};
    http::server s;
    CHECK(s.next({table}, sample_request.substr(0, size)).kind == http::event_kind::need_more);
    CHECK(s.end_of_input({table}, true).kind == http::event_kind::failed);
    CHECK(s.next_duty() != http::duty::take_over);
  }
}

TEST_CASE("chooses only subprotocols that were offered", "[WS-082]") {
  const std::string head = request_with("Sec-WebSocket-Protocol: chat, superchat\r\n");
  const auto accept = [&](string_view protocol) {
    asked_server s(head);
    return s.accept({.protocol = protocol});
  };
  CHECK(accept("superchat") == coax_test::response_with("Sec-WebSocket-Protocol: superchat\r\n"));
  CHECK(accept("chat") == coax_test::response_with("Sec-WebSocket-Protocol: chat\r\n"));
  CHECK(accept("") == sample_response);
  for (const string_view bad :
       {"x", "Chat", "chat, superchat", "cha", "chat ", " chat", "chatt", "chat\r\nX: y"})
    CHECK(accept(bad) == "refused");
  asked_server none(sample_request);
  CHECK(none.accept({.protocol = "chat"}) == "refused");
  CHECK(none.accept() == sample_response);
}

TEST_CASE("agrees only to extensions that were offered", "[WS-083][WS-104][WS-106]") {
  const std::string head =
      request_with("Sec-WebSocket-Extensions: x-webkit-deflate-frame, foo\r\nSec-WebSocket-Extensions: "
                   "permessage-deflate; client_max_window_bits\r\n");
  const auto accept = [&](string_view extensions) {
    asked_server s(head);
    return s.accept({.extensions = extensions});
  };
  CHECK(accept("") == sample_response);
  for (const string_view good :
       {"foo", "foo; a=\"b\"", "foo, x-webkit-deflate-frame", "x-webkit-deflate-frame"})
    CHECK(accept(good) ==
          coax_test::response_with("Sec-WebSocket-Extensions: " + std::string(good) + "\r\n"));
  for (const string_view bad :
       {"bar", "Permessage-deflate", "permessage-deflate", "foo, bar", "foo, foo",
        "foo, permessage-deflate; client_max_window_bits=10", "x-webkit-deflate-frame, permessage-deflate",
        "foo;", "foo ", " foo", "foo,", "foo; a = b", "foo\r\nX: y", ";", "foo; a=\"b c\""})
    CHECK(accept(bad) == "refused");
  asked_server none(sample_request);
  CHECK(none.accept({.extensions = "foo"}) == "refused");
}

TEST_CASE("agrees to permessage-deflate behind other extensions, if they leave RSV1 to it",
          "[WS-251][WS-083][WS-106]") {
  const std::string head =
      request_with("Sec-WebSocket-Extensions: x-webkit-deflate-frame, foo\r\nSec-WebSocket-Extensions: "
                   "permessage-deflate; client_max_window_bits\r\n");
  const auto accept = [&](const ws::deflate_parameters &p, string_view extensions = {},
                          std::span<const ws::extension_claim> claims = {}) {
    asked_server s(head);
    const std::string sent = s.accept({.deflate = p, .extensions = extensions, .claims = claims});
    if (!sent.starts_with("HTTP/1.1 101")) return sent;
    const std::size_t at = sent.find("Sec-WebSocket-Extensions: ");
    const std::string value = sent.substr(at + 26, sent.find("\r\n", at) - at - 26);
    CHECK(sent == coax_test::response_with("Sec-WebSocket-Extensions: " + value + "\r\n"));
    return value;
  };
  CHECK(accept({.agreed = true}) == "permessage-deflate");
  CHECK(accept({.agreed = true}, "foo; a=1") == "foo; a=1, permessage-deflate");
  CHECK(accept({true, true, true, 9, 10}, "foo") ==
        "foo, permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=9; client_max_window_bits=10");
  for (const int n : {0, 7, 16, 255}) {
    const auto bad = static_cast<std::uint8_t>(n);
    CHECK(accept({true, false, false, bad, 15}) == "refused");
    CHECK(accept({true, false, false, 15, bad}) == "refused");
  }
  // Whoever else would use RSV1.
  CHECK(accept({.agreed = true}, "x-webkit-deflate-frame") == "refused");
  CHECK(accept({.agreed = true}, "foo, x-webkit-deflate-frame") == "refused");
  CHECK(accept({.agreed = true}, "permessage-deflate") == "refused");
  CHECK(accept({}, "x-webkit-deflate-frame") == "x-webkit-deflate-frame");
  CHECK(accept({}, "permessage-deflate") == "refused");
  const ws::extension_claim one[] = {{"foo", ws::rsv1}}, two[] = {{"foo", ws::rsv2}},
                            none[] = {{"permessage-deflate", 0}, {"foo", ws::rsv1 | ws::rsv3}};
  CHECK(accept({.agreed = true}, "foo", one) == "refused");
  CHECK(accept({}, "foo", one) == "foo");
  CHECK(accept({.agreed = true}, "foo", two) == "foo, permessage-deflate");
  CHECK(accept({.agreed = true}, "foo", none) == "refused");
  // What was not offered.
  asked_server without(request_with("Sec-WebSocket-Extensions: foo\r\n"));
  CHECK(without.accept({.deflate = {.agreed = true}}) == "refused");
  CHECK(without.accept({.deflate = {.server_max_window_bits = 99}}) == sample_response); // not agreed on
  asked_server plain(request_with("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  CHECK(plain.accept({.deflate = {.agreed = true, .client_max_window_bits = 14}}) == "refused");
  CHECK(plain.accept({.deflate = {.agreed = true, .server_max_window_bits = 14}}) ==
        coax_test::response_with(
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=14\r\n"));
}

TEST_CASE("refuses for reasons of the program's own", "[WS-086][WS-088][WS-301]") {
  const auto refuse = [](std::uint16_t status, std::span<const http::field> extra = {}) {
    asked_server s(sample_request);
    return s.refuse(status, extra);
  };
  CHECK(refuse(404) == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const http::field basic[] = {{"WWW-Authenticate", "Basic realm=\"x\""}};
  CHECK(refuse(401, basic) == "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                              "Content-Length: 0\r\nConnection: close\r\n\r\n");
  const http::field location[] = {{"Location", "https://b.example/chat"}};
  CHECK(refuse(307, location) == "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://b.example/chat\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(refuse(405) == "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n"
                       "Connection: close\r\n\r\n");
  const http::field allow[] = {{"allow", "GET, HEAD"}};
  CHECK(refuse(405, allow) == "HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD\r\nContent-Length: 0\r\n"
                              "Connection: close\r\n\r\n");
  for (const std::uint16_t status : {std::uint16_t{100}, std::uint16_t{101}, std::uint16_t{200},
                                     std::uint16_t{299}, std::uint16_t{600}, std::uint16_t{0}})
    CHECK(refuse(status) == "refused");
}

TEST_CASE("passes further fields on, but none of the handshake's", "[WS-303][WS-080]") {
  const auto accept = [](string_view name, string_view value) {
    asked_server s(sample_request);
    const http::field extra[] = {{name, value}};
    return s.accept({.extra = extra});
  };
  const auto refuse = [](string_view name, string_view value) {
    asked_server s(sample_request);
    const http::field extra[] = {{name, value}};
    return s.refuse(403, extra);
  };
  CHECK(accept("Set-Cookie", "a=b") == coax_test::response_with("Set-Cookie: a=b\r\n"));
  for (const string_view name :
       {"Upgrade", "Connection", "sec-websocket-accept", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions", "Sec-WebSocket-Version"}) {
    CHECK(accept(name, "x") == "refused");
    CHECK(refuse(name, "x") == "refused");
  }
  CHECK(accept("Content-Length", "0") == "refused");
  CHECK(accept("Transfer-Encoding", "chunked") == "refused");
  CHECK(refuse("Content-Length", "5") == "refused");
  for (const std::string &value : {std::string("a\r\nX: y"), std::string("a\nb"), std::string("a\0b", 3),
                                   std::string("a\rb"), std::string("\x7F")}) {
    CHECK(accept("X", value) == "refused");
    CHECK(refuse("Location", value) == "refused");
    CHECK(accept("X\r\nY", "z") == "refused");
  }
  const auto broken = [](std::span<const char>) noexcept { return std::array<char, 20>{}; };
  asked_server s(sample_request);
  std::array<char, 500> out{};
  CHECK(ws::accept(s.http, s.offer, {}, broken, out).ec == http::errc::invalid_input);
  CHECK(s.http.sending() == http::phase::due);
}

TEST_CASE("refuses heads that are split, folded or have NUL in them", "[WS-303]") {
  for (const std::string &line :
       {std::string("X: a\nY: b\r\n"), std::string("X: a\0b\r\n", 8), std::string("X: a\r\n b\r\n"),
        std::string("Sec-WebSocket-Protocol: a\r\n , b\r\n"), std::string("X: a\rb\r\n"),
        std::string("X : a\r\n")})
    CHECK(judge_request(request_with(line)) == "HTTP 400");
}

TEST_CASE("limits the head while it is incomplete", "[WS-295]") {
  const http::limits small{.head = 16384};
  const std::string flood =
      std::string(sample_request.substr(0, sample_request.size() - 2)) + "X: " + std::string(65536, 'x');
  std::array<http::field_ref, 100> table{};
  http::server s;
  const http::event e = s.next({table, small}, string_view(flood));
  CHECK(e.kind == http::event_kind::failed);
  CHECK(http::suggested_status(e.ec) == 431);
  CHECK(e.why.at == 16384);
  std::string many(sample_request.substr(0, sample_request.size() - 2));
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  http::server t;
  CHECK(http::suggested_status(t.next({table}, string_view(many)).ec) == 431);
}

TEST_CASE("takes over only behind the 101", "[WS-087][WS-069]") {
  std::array<http::field_ref, 16> table{};
  std::array<char, 500> out{};
  std::string input = std::string(sample_request) + "frame";
  http::server s;
  http::event e = s.next({table}, string_view(input));
  CHECK(ws::take_over(s, e, input, {}).ec == errc::wrong_state);
  const ws::offer o = ws::read_offer(http::view_request(e.head, input.data(), table));
  std::string rest = input.substr(e.consumed);
  CHECK(s.next({table}, string_view(rest)).kind == http::event_kind::end);
  e = s.next({table}, string_view(rest));
  CHECK(e.kind == http::event_kind::paused);
  CHECK(ws::take_over(s, e, rest, {}).ec == errc::wrong_state);
  REQUIRE(ws::accept(s, o, {}, coax_test::sha1{}, out));
  e = s.next({table}, string_view(rest));
  const ws::session done = ws::take_over(s, e, rest, {});
  REQUIRE(done);
  CHECK(done.role == coax::role::server);
  CHECK_FALSE(done.options.deflate);
  CHECK(done.protocol.empty());
  CHECK(done.rest.data() == rest.data());
  CHECK(string_view(done.rest.data(), done.rest.size()) == "frame");
  const ws::deflate_parameters deflate{true, true, false, 10, 11};
  CHECK(ws::take_over(s, e, rest, {.protocol = "a", .deflate = deflate}).options.deflate);
  CHECK(ws::take_over(s, e, rest, {.deflate = deflate}).deflate == deflate);
  CHECK(ws::take_over(s, e, rest, {}).deflate == ws::deflate_parameters{});
  CHECK_FALSE(ws::take_over(s, e, rest, {.extensions = "foo"}).options.deflate);
  CHECK(ws::take_over(s, e, rest, {.protocol = "a"}).protocol == "a");
  e.kind = http::event_kind::end;
  CHECK(ws::take_over(s, e, rest, {}).ec == errc::wrong_state);
}
