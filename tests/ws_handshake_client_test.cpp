// The client's side of the opening handshake, and both sides on one wire.
#include "support/catch.hpp"
#include "support/handshake.hpp"

#include <coax/fields/credentials.hpp>
#include <coax/websocket/failure.hpp>
#include <coax/websocket/url.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace http = coax::http;
using coax_test::response_with;
using coax_test::sample_nonce;
using coax_test::sample_request;
using coax_test::sample_response;
using std::string_view;
using ws::errc;

ws::client_offer asking(string_view url = "ws://server.example.com/chat") {
  return {.to = ws::parse_url(url).value, .nonce = sample_nonce};
}

/// The request for an offer, "refused" if it may not be sent; tries every span that is too small.
std::string request(const ws::client_offer &o, std::span<const http::field> extra = {}) {
  std::string large(70000, '\xEE');
  http::client probe;
  const auto whole = ws::send_offer(probe, o, extra, large);
  if (!whole) {
    CHECK(whole.ec == http::errc::invalid_input);
    CHECK(whole.size == 0);
    CHECK(probe.can_send());
    return "refused";
  }
  http::client client;
  for (std::size_t size = 0; size < whole.size; size += size + 64 < whole.size ? 7 : 1) {
    std::string small(size, '\xEE');
    const auto w = ws::send_offer(client, o, extra, small);
    if (w.ec != http::errc::buffer_too_small || w.required != whole.size) {
      CHECK(w.ec == http::errc::buffer_too_small);
      CHECK(w.required == whole.size);
    }
  }
  CHECK(client.can_send());
  std::string exact(whole.size, '\xEE');
  const std::size_t before = coax_test::allocations();
  CHECK(ws::send_offer(client, o, extra, exact).size == whole.size);
  CHECK(coax_test::allocations() == before);
  CHECK(exact == large.substr(0, whole.size));
  CHECK_FALSE(client.can_send()); // nothing more until the answer
  return exact;
}

/// A client that has sent an offer, and what comes of the answer.
struct outcome {
  std::string text; // "open", the error of check(), "HTTP" and the error of http::client, "need_more"
  std::string protocol, rest;
  ws::deflate_parameters deflate{};
  ws::failure failure = ws::failure::none;
  std::uint16_t status = 0;
  std::string cookies, extensions;
};
outcome answered(string_view answer, const ws::client_offer &o = asking(),
                 const std::vector<std::size_t> &cuts = {}) {
  http::client client;
  std::array<char, 4096> space{};
  REQUIRE(ws::send_offer(client, o, {}, space));
  outcome out;
  std::string input;
  std::size_t at = 0;
  std::vector<std::size_t> ends = cuts;
  ends.push_back(answer.size());
  std::array<http::field_ref, 100> table{};
  for (const std::size_t end : ends) {
    input += answer.substr(at, end - at);
    at = end;
    for (;;) {
      coax_test::guarded memory(input.size());
      const std::span<char> in = memory.place(input);
      const http::event e = client.next({table}, string_view(in.data(), in.size()));
      if (e.kind == http::event_kind::need_more) {
        input.erase(0, e.consumed);
        break;
      }
      if (e.kind == http::event_kind::informational) {
        input.erase(0, e.consumed);
        continue;
      }
      if (e.kind == http::event_kind::failed) {
        out.text = "HTTP " + std::string(name(e.ec));
        out.failure = ws::failure_of(e);
        return out;
      }
      const http::response r = http::view_response(e.head, in.data(), table);
      const std::size_t before = coax_test::allocations();
      const ws::agreed a = ws::check(o, r, coax_test::sha1{});
      CHECK(coax_test::allocations() == before);
      out.status = a.status;
      out.failure = ws::failure_of(a);
      const std::span<char> all = in;
      const ws::session s = ws::take_over(client, e, all, a);
      CHECK(s.role == coax::role::client);
      CHECK(s.ec == (e.kind == http::event_kind::switched || !a ? a.ec : errc::wrong_state));
      if (!a) {
        out.text = name(a.ec);
        CHECK((a.ec == errc::not_upgraded || a.why.at < e.head.size));
        CHECK(a.protocol.empty());
        CHECK(a.deflate == ws::deflate_parameters{});
        CHECK(s.deflate == ws::deflate_parameters{});
        CHECK_FALSE(s.options.deflate);
        CHECK(s.rest.empty());
        CHECK(ws::failure_of(e) ==
              (e.kind == http::event_kind::response ? ws::failure::not_upgraded : ws::failure::none));
        return out;
      }
      out.text = "open";
      out.protocol = s.protocol;
      out.deflate = s.deflate;
      CHECK(s.deflate == a.deflate);
      CHECK(s.options.deflate == s.deflate.agreed);
      out.rest.assign(s.rest.data(), s.rest.size());
      if (at < answer.size()) out.rest += answer.substr(at);
      for (const http::field f : a.fields)
        if (f.is("Set-Cookie")) out.cookies += std::string(f.value) + ";";
      ws::extension_reader list = a.extensions();
      for (ws::extension x; list.next(x);) out.extensions += "[" + std::string(x.name) + "]";
      return out;
    }
  }
  out.text = "need_more";
  return out;
}
std::string judge(string_view answer, const ws::client_offer &o = asking()) {
  return answered(answer, o).text;
}

constexpr bool whole_handshake_is_constant() {
  const ws::client_offer o{.to = ws::parse_url("ws://server.example.com/chat").value, .nonce = sample_nonce};
  http::client client;
  std::array<char, 300> out{};
  const auto sent = ws::send_offer(client, o, {}, out);
  if (!sent || string_view(out.data(), sent.size) != sample_request) return false;
  std::array<http::field_ref, 8> table{};
  const http::event e = client.next({table}, sample_response);
  const ws::agreed a =
      ws::check(o, http::view_response(e.head, sample_response.data(), table), coax_test::sha1{});
  return a && a.protocol.empty() && !a.deflate.agreed;
}

} // namespace

// --- the request
// ---------------------------------------------------------------------------------------------

TEST_CASE("sends the RFC's request, octet by octet", "[WS-020][WS-021][WS-024][WS-025][WS-028]") {
  static_assert(whole_handshake_is_constant());
  CHECK(request(asking()) == sample_request);
}

TEST_CASE("asks for the resource name, or for an http URI", "[WS-022][WS-003]") {
  const auto line = [](const ws::client_offer &o) {
    const std::string all = request(o);
    return all.substr(0, all.find("\r\n"));
  };
  CHECK(line(asking("ws://h/c?x")) == "GET /c?x HTTP/1.1");
  CHECK(line(asking("ws://h")) == "GET / HTTP/1.1");
  CHECK(line(asking("ws://h?x=1")) == "GET /?x=1 HTTP/1.1");
  CHECK(line(asking("ws://h/p?")) == "GET /p HTTP/1.1");
  CHECK(line(asking("ws://h/p%23f")) == "GET /p%23f HTTP/1.1");
  ws::client_offer o = asking("ws://h/c?x");
  o.hop = coax::uri::next_hop::proxy;
  CHECK(line(o) == "GET http://h/c?x HTTP/1.1");
  o.to = ws::parse_url("wss://h/").value;
  CHECK(line(o) == "GET https://h/ HTTP/1.1");
}

TEST_CASE("names host and port, if it is not the default one", "[WS-023][WS-006]") {
  const auto host = [](string_view url) {
    const std::string all = request(asking(url));
    const std::size_t at = all.find("Host: ");
    return all.substr(at + 6, all.find("\r\n", at) - at - 6);
  };
  CHECK(host("ws://h:80/") == "h");
  CHECK(host("ws://h:443/") == "h:443");
  CHECK(host("wss://h:443/") == "h");
  CHECK(host("wss://h:80/") == "h:80");
  CHECK(host("ws://[::1]:9000/") == "[::1]:9000");
  CHECK(host("ws://xn--bcher-kva.example/") == "xn--bcher-kva.example");
}

TEST_CASE("draws a key for each attempt, and refuses a nonce that was forgotten", "[WS-026]") {
  ws::client_offer o = asking();
  for (std::size_t i = 0; i < 16; ++i) o.nonce[i] = static_cast<char>(i + 1);
  CHECK(request(o).find("\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n") != std::string::npos);
  o.nonce = {};
  CHECK(request(o) == "refused");
  for (std::size_t i = 0; i < 16; ++i) {
    o.nonce = {};
    o.nonce[i] = '\x80';
    CHECK(request(o) != "refused");
  }
}

TEST_CASE("sends Origin where the caller gives one", "[WS-027]") {
  ws::client_offer o = asking();
  o.origin = "http://www.example.com";
  CHECK(request(o) == coax_test::request_with("Origin: http://www.example.com\r\n"));
  CHECK(request(asking()).find("Origin") == std::string::npos);
  const http::field twice[] = {{"Origin", "null"}};
  CHECK(request(o, twice) == "refused");
  CHECK(request(asking(), twice) == coax_test::request_with("Origin: null\r\n"));
}

TEST_CASE("offers distinct subprotocols in the order of preference", "[WS-029][WS-303]") {
  const auto offer = [](std::initializer_list<string_view> protocols) {
    const std::vector<string_view> all(protocols);
    ws::client_offer o = asking();
    o.protocols = all;
    return request(o);
  };
  CHECK(offer({"chat", "superchat"}) ==
        coax_test::request_with("Sec-WebSocket-Protocol: chat, superchat\r\n"));
  CHECK(offer({"chat", "Chat"}) == coax_test::request_with("Sec-WebSocket-Protocol: chat, Chat\r\n"));
  CHECK(offer({}) == sample_request);
  for (const string_view bad : {"", "a b", "a,b", "a\r\n", "a\r\nX: y", "\"a\"", "\xE9", " a", "a/b"}) {
    CHECK(offer({bad}) == "refused");
    CHECK(offer({"chat", bad}) == "refused");
  }
  CHECK(offer({"chat", "chat"}) == "refused");
  CHECK(offer({"a", "b", "a"}) == "refused");
  std::vector<std::string> names;
  for (int i = 0; i < 65; ++i) names.push_back("p" + std::to_string(i));
  std::vector<string_view> many(names.begin(), names.end());
  ws::client_offer o = asking();
  o.protocols = many;
  CHECK(request(o) == "refused");
  o.protocols = std::span(many).first(64);
  CHECK(request(o) != "refused");
}

TEST_CASE("offers extensions that conform to the grammar", "[WS-030]") {
  const auto offer = [](string_view extensions) {
    ws::client_offer o = asking();
    o.extensions = extensions;
    return request(o);
  };
  CHECK(offer("x-webkit-deflate-frame; no_context_takeover") ==
        coax_test::request_with("Sec-WebSocket-Extensions: x-webkit-deflate-frame; no_context_takeover\r\n"));
  CHECK(offer("a; b=1, a; b=2") == coax_test::request_with("Sec-WebSocket-Extensions: a; b=1, a; b=2\r\n"));
  CHECK(offer("") == sample_request);
  for (const string_view bad :
       {";", "foo;", "foo; a = 1", " foo", "foo,", "foo\r\nX: y", "foo; a=\"\"", "\xE9"})
    CHECK(offer(bad) == "refused");
  // permessage-deflate is the library's.
  for (const string_view bad : {"permessage-deflate", "foo, permessage-deflate; client_max_window_bits"})
    CHECK(offer(bad) == "refused");
  CHECK(offer("Permessage-deflate") != "refused"); // something else
}

TEST_CASE("offers permessage-deflate, in front of other extensions", "[WS-250][WS-030]") {
  const auto offer = [](std::initializer_list<ws::deflate_terms> terms, string_view extensions = {},
                        std::uint8_t min = 9) {
    const std::vector<ws::deflate_terms> all(terms);
    ws::client_offer o = asking();
    o.deflate = all;
    o.extensions = extensions;
    o.deflate_min_window_bits = min;
    std::string sent = request(o);
    if (!sent.starts_with("GET ")) return sent;
    const std::size_t at = sent.find("Sec-WebSocket-Extensions: ");
    REQUIRE(at != std::string::npos);
    const std::size_t end = sent.find("\r\n", at) + 2;
    const std::string line = sent.substr(at, end - at);
    sent.erase(at, end - at);
    CHECK(sent == sample_request);
    return line.substr(26, line.size() - 28);
  };
  ws::client_offer usual = asking();
  usual.deflate = ws::usual_deflate;
  CHECK(request(usual) ==
        coax_test::request_with("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
  CHECK(offer({{.server_max_window_bits = 10}, {}}) ==
        "permessage-deflate; server_max_window_bits=10, permessage-deflate");
  CHECK(offer({{true, true, 9, 15}}) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=9; client_max_window_bits=15");
  CHECK(offer({{}}, "foo; a=1, bar") == "permessage-deflate, foo; a=1, bar");
  CHECK(offer({{}, {}, {}, {}}).size() == 4 * 18 + 3 * 2);
  CHECK(offer({{true, true, 15, 15}, {true, true, 14, 14}, {true, true, 13, 13}, {true, true, 12, 12}})
            .size() == 4 * 128 + 3 * 2);
  CHECK(offer({{}, {}, {}, {}, {}}) == "refused");
  for (const int n : {1, 7, 16, 17, 255}) {
    const auto bad = static_cast<std::uint8_t>(n);
    CHECK(offer({{.server_max_window_bits = bad}}) == "refused");
    if (bad != 16) CHECK(offer({{}, {.client_max_window_bits = bad}}) == "refused");
  }
  CHECK(offer({{}}, "foo;") == "refused");
  CHECK(offer({{}}, "foo, permessage-deflate") == "refused");
  // A promise that the engine cannot keep; what the server's can is its own business.
  CHECK(offer({{.client_max_window_bits = 8}}) == "refused");
  CHECK(offer({{.client_max_window_bits = 8}}, "", 8) == "permessage-deflate; client_max_window_bits=8");
  CHECK(offer({{.server_max_window_bits = 8}}) == "permessage-deflate; server_max_window_bits=8");
  // No more members than a server has to read.
  std::string many = "a";
  for (int i = 1; i < 62; ++i) many += ", a";
  CHECK(offer({{}, {}}, many) == "permessage-deflate, permessage-deflate, " + many);
  CHECK(offer({{}, {}, {}}, many) == "refused");
}

TEST_CASE("adds the caller's fields, but not those of the handshake", "[WS-031][WS-303][WS-025]") {
  const auto with = [](string_view name, string_view value) {
    const http::field extra[] = {{name, value}};
    return request(asking(), extra);
  };
  CHECK(with("Cookie", "a=b") == coax_test::request_with("Cookie: a=b\r\n"));
  CHECK(with("Authorization", "Basic dTpw") == coax_test::request_with("Authorization: Basic dTpw\r\n"));
  CHECK(with("Connection", "keep-alive") ==
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Connection: keep-alive, upgrade\r\n\r\n");
  for (const string_view name : {"Host", "upgrade", "Upgrade", "sec-websocket-key", "Sec-WebSocket-Version",
                                 "Sec-WebSocket-Protocol", "SEC-WEBSOCKET-EXTENSIONS", "Sec-WebSocket-Accept",
                                 "Transfer-Encoding", "Content-Length", "Proxy-Connection"})
    for (const string_view value : {"x", "websocket", "13", "0", "chunked", ""})
      CHECK(with(name, value) == "refused");
  CHECK(with("Expect", "100-continue") == "refused"); // there is no body
  for (const std::string &value :
       {std::string("a\r\nX: y"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\rb")})
    CHECK(with("X", value) == "refused");
  CHECK(with("a b", "c") == "refused");
  CHECK(with("", "c") == "refused");
  ws::client_offer o = asking();
  o.origin = "a\r\nX: y";
  CHECK(request(o) == "refused");
}

TEST_CASE("sends nothing raw that a URI may not hold", "[WS-007][WS-303][WS-005]") {
  ws::client_offer o = asking("ws://h/%0d%0aX");
  CHECK(request(o).starts_with("GET /%0d%0aX HTTP/1.1\r\n"));
  for (const string_view path : {"/a b", "/a\r\nX: y", "/a#b", "/\x7F", "/\xE9", "a"}) {
    o.to.path = path;
    CHECK(request(o) == "refused");
    o.to.path = "/";
    o.to.query = path;
    o.to.has_query = true;
    CHECK((request(o) == "refused") == (path != "a"));
    o.to.query = {};
  }
  o = asking();
  o.to.scheme = coax::uri::scheme::https;
  CHECK(request(o) == "refused");
  o.to = {};
  CHECK(request(o) == "refused");
  o = asking();
  o.to.authority.host = "a\r\nX: y";
  CHECK(request(o) == "refused");
  o = asking("ws://h:81/");
  o.to.authority.port_text = "0";
  o.to.authority.port = 0;
  CHECK(request(o) == "refused");
}

TEST_CASE("sends nothing until the answer has been validated", "[WS-032][WS-307][WS-010]") {
  http::client client;
  std::array<char, 1000> out{};
  REQUIRE(ws::send_offer(client, asking(), {}, out));
  CHECK(ws::send_offer(client, asking(), {}, out).ec == http::errc::wrong_state);
  CHECK(client.send(http::request_head(out, "GET", "/", "a")).ec == http::errc::wrong_state);
  CHECK(client.send_data("x", out).ec != http::errc::ok);
  CHECK(client.next_duty() == http::duty::read); // CONNECTING
  CHECK(client.waits_for() == http::waiting::answer);
  std::string in(sample_response);
  std::array<http::field_ref, 16> table{};
  CHECK(ws::take_over(client, http::event{}, in, {}).ec == errc::not_upgraded);
  CHECK(ws::take_over(client, http::event{}, in, {.ec = errc::ok}).ec == errc::wrong_state);
  const http::event e = client.next({table}, string_view(in));
  CHECK(ws::take_over(client, e, in, {.ec = errc::bad_accept}).ec == errc::bad_accept);
  CHECK(ws::take_over(client, e, in, {.ec = errc::ok}).ec == errc::ok);
  // Once it is over, HTTP sends nothing any more.
  CHECK(client.send(http::request_head(out, "GET", "/", "a")).ec == http::errc::wrong_state);
}

// --- the answer
// ----------------------------------------------------------------------------------------------

TEST_CASE("hands any other status to ordinary HTTP", "[WS-040][WS-310][WS-012]") {
  for (const std::uint16_t status :
       {std::uint16_t{200}, std::uint16_t{302}, std::uint16_t{401}, std::uint16_t{407}, std::uint16_t{426},
        std::uint16_t{500}, std::uint16_t{204}}) {
    const outcome o = answered("HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\n\r\n");
    CHECK(o.text == "not_upgraded");
    CHECK(o.status == status);
    CHECK(o.failure == ws::failure::not_upgraded);
  }
  // Its fields and its body come as of any response.
  http::client client;
  std::array<char, 1000> out{};
  REQUIRE(ws::send_offer(client, asking(), {}, out));
  std::array<http::field_ref, 16> table{};
  string_view in = "HTTP/1.1 401 U\r\nWWW-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nbody";
  http::event e = client.next({table}, in);
  REQUIRE(e.kind == http::event_kind::response);
  const http::response r = http::view_response(e.head, in.data(), table);
  CHECK(ws::check(asking(), r, coax_test::sha1{}).fields["WWW-Authenticate"] == "Basic");
  in.remove_prefix(e.consumed);
  e = client.next({table}, in);
  CHECK(e.data == "body");
  CHECK(client.next({table}, in.substr(e.consumed)).kind == http::event_kind::end);
  CHECK(client.can_send()); // and the next attempt can be made on it
  CHECK(ws::send_offer(client, asking(), {}, out));
}

TEST_CASE("wants Upgrade to be websocket", "[WS-041]") {
  CHECK(judge(response_with("Upgrade", "Upgrade: WebSocket")) == "open");
  CHECK(judge(response_with("Upgrade", "upgrade: WEBSOCKET ")) == "open");
  for (const string_view bad :
       {"X: y", "Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade:", "Upgrade: websocket/13",
        "Upgrade: websocket, websocket", "Upgrade: websocket\r\nUpgrade: websocket", "Upgrade: websocket,",
        "Upgrade: \"websocket\""}) {
    const outcome o = answered(response_with("Upgrade", bad));
    CHECK((o.text == "HTTP unexpected_upgrade" || o.text == "bad_upgrade"));
    CHECK(o.failure == ws::failure::bad_handshake);
  }
}

TEST_CASE("wants Connection to have upgrade", "[WS-042]") {
  for (const string_view good :
       {"Connection: keep-alive, UPGRADE", "Connection: upgrade", "Connection: a\r\nConnection: Upgrade"})
    CHECK(judge(response_with("Connection", good)) == "open");
  for (const string_view bad :
       {"X: y", "Connection: keep-alive", "Connection: Upgraded", "Connection:", "Connection: \"upgrade\""})
    CHECK(answered(response_with("Connection", bad)).failure == ws::failure::bad_handshake);
}

TEST_CASE("wants the answer to its own key", "[WS-043]") {
  const string_view name = "Sec-WebSocket-Accept";
  CHECK(judge(sample_response) == "open");
  CHECK(judge(response_with(name, "sec-websocket-accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t")) == "open");
  for (const string_view bad :
       {"X: y", "Sec-WebSocket-Accept:", "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "Sec-WebSocket-Accept: BXhwxM0SZasKmCD9S4BfpPmCnEw=",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=x",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: "
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, s3pPLMBiTxaQ9kYGzzhZRbK+xOo="})
    CHECK(judge(response_with(name, bad)) == "bad_accept");
  ws::client_offer other = asking(); // a cached answer
  other.nonce[15] = 'f';
  CHECK(judge(sample_response, other) == "bad_accept");
  // A hash that cannot be computed accepts nothing, whatever comes.
  const auto broken = [](std::span<const char>) noexcept { return std::array<char, 20>{}; };
  for (const string_view accept : {"AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}) {
    const std::string head = response_with(name, "Sec-WebSocket-Accept: " + std::string(accept));
    http::client client;
    std::array<char, 1000> out{};
    REQUIRE(ws::send_offer(client, asking(), {}, out));
    std::array<http::field_ref, 16> table{};
    const http::event e = client.next({table}, string_view(head));
    CHECK(ws::check(asking(), http::view_response(e.head, head.data(), table), broken).ec ==
          errc::bad_accept);
  }
}

TEST_CASE("takes only extensions that were offered", "[WS-044][WS-046][WS-083][WS-106][WS-312]") {
  const auto with = [](string_view offered, std::initializer_list<string_view> lines) {
    ws::client_offer o = asking();
    if (offered.starts_with("permessage-deflate")) {
      o.deflate = ws::usual_deflate;
      offered.remove_prefix(std::min(offered.size(), std::size_t{20}));
    }
    o.extensions = offered;
    std::string all;
    for (const string_view line : lines) all += "Sec-WebSocket-Extensions: " + std::string(line) + "\r\n";
    const outcome got = answered(response_with(all), o);
    return got.text + got.extensions + (got.deflate.agreed ? " deflate" : "");
  };
  CHECK(with("", {"permessage-deflate"}) == "unoffered_extension");
  CHECK(with("foo", {"permessage-deflate"}) == "unoffered_extension");
  CHECK(with("permessage-deflate", {"permessage-deflate"}) == "open[permessage-deflate] deflate");
  CHECK(with("permessage-deflate", {}) == "open");
  CHECK(with("permessage-deflate, foo", {"foo", "permessage-deflate"}) ==
        "open[foo][permessage-deflate] deflate");
  CHECK(with("permessage-deflate, foo", {"permessage-deflate, foo"}) ==
        "open[permessage-deflate][foo] deflate");
  CHECK(with("foo, bar, baz", {"bar, foo"}) == "open[bar][foo]");
  CHECK(with("foo, bar, baz", {"bar", "foo"}) == "open[bar][foo]");
  CHECK(with("foo", {"Foo"}) == "unoffered_extension");
  CHECK(with("foo, bar", {"foo", "qux"}) == "unoffered_extension");
  CHECK(with("foo", {"foo", "foo"}) == "conflicting_extensions");
  CHECK(with("permessage-deflate, x-webkit-deflate-frame",
             {"permessage-deflate", "x-webkit-deflate-frame"}) == "conflicting_extensions");
  for (const string_view bad : {"", ";", "foo;", "foo; =1", "foo; a=", "fo o", "foo; a=b c", "foo; a=@",
                                "foo; p=\"\"", "foo; p=\"a b\"", "foo; p=\"a"})
    CHECK(with("foo, fo", {bad}) == "bad_extensions");
  CHECK(with("", {""}) == "bad_extensions");
}

TEST_CASE("takes one subprotocol that was offered, or none", "[WS-045][WS-046][WS-047][WS-312]") {
  const string_view offered[] = {"superchat", "chat"};
  ws::client_offer o = asking();
  o.protocols = offered;
  const auto with = [&](string_view lines) {
    const outcome got = answered(response_with(lines), o);
    return got.text + "[" + got.protocol + "]";
  };
  CHECK(with("Sec-WebSocket-Protocol: chat\r\n") == "open[chat]");
  CHECK(with("Sec-WebSocket-Protocol: \t superchat \r\n") == "open[superchat]");
  CHECK(with("") == "open[]");
  for (const string_view bad : {"Chat", "chat, superchat", "", "cha", "chatt", "\"chat\"", "chat,", "x"})
    CHECK(with("Sec-WebSocket-Protocol: " + std::string(bad) + "\r\n") == "unoffered_protocol[]");
  CHECK(with("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n") == "unoffered_protocol[]");
  o.require_protocol = true;
  CHECK(with("") == "missing_protocol[]");
  CHECK(with("Sec-WebSocket-Protocol: chat\r\n") == "open[chat]");
  o.protocols = {};
  CHECK(with("") == "open[]");
  CHECK(with("Sec-WebSocket-Protocol: chat\r\n") == "unoffered_protocol[]");
  CHECK(with("Sec-WebSocket-Protocol:\r\n") == "unoffered_protocol[]");
}

TEST_CASE("refuses what else is no answer", "[WS-046][WS-303]") {
  const auto with_start = [](string_view line) {
    return std::string(line) + std::string(sample_response.substr(sample_response.find("\r\n")));
  };
  CHECK(judge(with_start("HTTP/1.1 101 anything else")) == "open");
  CHECK(judge(with_start("HTTP/1.1 101 ")) == "open");
  for (const string_view line : {"HTTP/1.0 101 x", "HTTP/1.1 1O1 x", "HTTP/1.1  101 x", "http/1.1 101 x",
                                 "HTTP/2 101 x", "HTTP/1.1 1010 x", "101", "SSH-2.0"})
    CHECK(answered(with_start(line)).failure == ws::failure::bad_handshake);
  for (const std::string &line : {std::string("X: a\0b\r\n", 8), std::string("X: a\nY: b\r\n"),
                                  std::string("X: a\r\n b\r\n"), std::string("X: a\rb\r\n")})
    CHECK(answered(response_with(line)).failure == ws::failure::bad_handshake);
  // check() itself looks at the version too, for heads from elsewhere.
  const std::string head(sample_response);
  http::client client;
  std::array<char, 1000> out{};
  REQUIRE(ws::send_offer(client, asking(), {}, out));
  std::array<http::field_ref, 16> table{};
  http::response r = http::view_response(client.next({table}, string_view(head)).head, head.data(), table);
  r.minor = 0;
  CHECK(ws::check(asking(), r, coax_test::sha1{}).ec == errc::bad_http_version);
}

TEST_CASE("judges heads that no client of HTTP has judged before", "[WS-041][WS-042][WS-043]") {
  const auto judge_alone = [](std::string head) {
    head.replace(9, 3, "200"); // so that any head is read
    http::client client;
    std::array<char, 1000> out{};
    REQUIRE(ws::send_offer(client, asking(), {}, out));
    std::array<http::field_ref, 16> table{};
    const http::event e = client.next({table}, string_view(head));
    REQUIRE(e.kind == http::event_kind::response);
    http::response r = http::view_response(e.head, head.data(), table);
    r.code = 101;
    const ws::agreed a = ws::check(asking(), r, coax_test::sha1{});
    CHECK(a.why.at < head.size());
    return std::string(name(a.ec)) + "@" + std::to_string(a.why.at);
  };
  CHECK(judge_alone(std::string(sample_response)) == "ok@0");
  CHECK(judge_alone(response_with("Connection", "Connection: upgraded")) == "bad_upgrade@66");
  CHECK(judge_alone(response_with("Connection", "A: upgrade")).starts_with("bad_upgrade@"));
  CHECK(judge_alone(response_with("Connection", "A: b\r\nConnection: c, UPGRADE")) == "ok@0");
  CHECK(judge_alone(response_with("Upgrade", "Upgrade: h2c")) == "bad_upgrade@43");
  CHECK(judge_alone(response_with("Upgrade", "Upgrade: websocket, h2c")) == "bad_upgrade@43");
  CHECK(judge_alone(response_with("Upgrade: websocket\r\n")).starts_with("bad_upgrade@"));
  CHECK(judge_alone(response_with("Upgrade", "A: websocket")).starts_with("bad_upgrade@"));
  CHECK(judge_alone(response_with("Sec-WebSocket-Accept", "A: b")).starts_with("bad_accept@"));
}

TEST_CASE("hands out Set-Cookie and skips interim responses", "[WS-047][WS-048]") {
  const outcome o = answered("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" +
                             response_with("Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n"));
  CHECK(o.text == "open");
  CHECK(o.cookies == "a=b;c=d;");
  CHECK(o.failure == ws::failure::none);
}

TEST_CASE("takes what follows the empty line for frames, at every cut", "[WS-049][WS-070]") {
  const std::string frame("\x81\x02hi\x89\0", 6);
  for (const std::string &head : {std::string(sample_response), response_with("Content-Length: 5\r\n"),
                                  response_with("Transfer-Encoding: chunked\r\n")}) {
    const std::string all = head + frame;
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
      const outcome o = answered(all, asking(), {cut});
      if (o.text == "open" && o.rest == frame) continue;
      CAPTURE(cut);
      CHECK(o.text == "open");
      CHECK(o.rest == frame);
    }
    std::vector<std::size_t> each;
    for (std::size_t i = 1; i < all.size(); ++i) each.push_back(i);
    CHECK(answered(all, asking(), each).rest == frame);
  }
  for (std::size_t size = 0; size < sample_response.size(); ++size)
    CHECK(judge(sample_response.substr(0, size)) == "need_more");
}

TEST_CASE("limits the head of an answer while it is incomplete", "[WS-295]") {
  http::client client;
  std::array<char, 1000> out{};
  REQUIRE(ws::send_offer(client, asking(), {}, out));
  std::array<http::field_ref, 16> table{};
  const http::limits small{.head = 16384};
  const std::string flood = "HTTP/1.1 101 x\r\nX: " + std::string(65536, 'x');
  const http::event e = client.next({table, small}, string_view(flood));
  CHECK(e.kind == http::event_kind::failed);
  CHECK(e.ec == http::errc::head_too_large);
  CHECK(e.why.at == 16384);
  CHECK(ws::failure_of(e) == ws::failure::bad_handshake);
}

TEST_CASE("tells the ways to fail apart", "[WS-310][WS-012][WS-013]") {
  using ws::failure;
  std::array<http::field_ref, 16> table{};
  std::array<char, 1000> out{};
  http::client client;
  REQUIRE(ws::send_offer(client, asking(), {}, out));
  http::client slow = client;
  CHECK(ws::failure_of(client.end_of_input({table}, true)) == failure::transport);
  CHECK(ws::failure_of(slow.fail(http::errc::timed_out)) == failure::transport);
  CHECK(ws::failure_of(ws::agreed{.ec = errc::ok}) == failure::none);
  CHECK(ws::failure_of(ws::agreed{}) == failure::not_upgraded);
  CHECK(ws::failure_of(ws::agreed{.ec = errc::bad_accept}) == failure::bad_handshake);
  for (const failure f :
       {failure::transport, failure::proxy, failure::not_upgraded, failure::bad_handshake, failure::lost})
    CHECK(ws::close_code_of(f) == ws::close_code::abnormal);
  CHECK(ws::close_code_of(failure::tls) == ws::close_code::tls_handshake);
  CHECK(ws::close_code_of(failure::none) == ws::close_code::none);
  CHECK(ws::name(failure::bad_handshake) == "bad handshake");
  CHECK(ws::name(failure::lost) == "lost");
}

TEST_CASE("asks a proxy for a tunnel first", "[WS-011][WS-012]") {
  const auto to = ws::parse_url("ws://example.com/").value;
  std::array<char, 1000> out{};
  std::array<char, 100> credentials{};
  const auto basic = coax::values::write_basic({"u", "p"}, credentials);
  http::client tunnel;
  http::request_head head(out, "CONNECT", to);
  head.field("Proxy-Authorization", {credentials.data(), basic.size});
  const auto sent = tunnel.send(head);
  REQUIRE(sent);
  CHECK(string_view(out.data(), sent.size) == "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n"
                                              "Proxy-Authorization: Basic dTpw\r\n\r\n");
  // Nothing of the handshake before the tunnel stands.
  CHECK(ws::send_offer(tunnel, asking("ws://example.com/"), {}, out).ec == http::errc::wrong_state);
  std::array<http::field_ref, 16> table{};
  http::client refused = tunnel;
  const http::event no = refused.next({table}, string_view("HTTP/1.1 407 P\r\nContent-Length: 0\r\n\r\n"));
  CHECK(no.kind == http::event_kind::response); // the program's failure::proxy
  CHECK(ws::take_over(refused, no, {}, {.ec = errc::ok}).ec == errc::wrong_state);
  CHECK(tunnel.next({table}, string_view("HTTP/1.1 200 OK\r\n\r\n")).kind == http::event_kind::switched);
  http::client inside;
  CHECK(ws::send_offer(inside, asking("ws://example.com/"), {}, out));
}

// --- both
// ----------------------------------------------------------------------------------------------------

namespace {

/// A whole handshake between the two ends, with frames right behind both heads: what is left for them.
struct both {
  std::string asked, answered, server_rest, client_rest;
  ws::session server, client;
};
both shake_hands(const ws::client_offer &o, const ws::choice &c, std::size_t up, std::size_t down) {
  const std::string up_frame("\x81\x85\0\0\0\0Hello", 11), down_frame("\x81\x02hi", 4);
  both out;
  std::array<char, 2000> space{};
  std::array<http::field_ref, 32> table{};
  http::client client;
  http::server server;
  auto sent = ws::send_offer(client, o, {}, space);
  REQUIRE(sent);
  out.asked.assign(space.data(), sent.size);
  const std::string rising = out.asked + up_frame; // as if it came all at once
  std::string input;
  std::size_t fed = 0;
  for (const std::size_t end : {std::min(up, rising.size()), rising.size()}) {
    if (out.server) {
      out.server_rest += rising.substr(fed);
      break;
    }
    input += rising.substr(fed, end - fed);
    fed = end;
    for (bool more = true; more;) {
      coax_test::guarded memory(input.size());
      const std::span<char> in = memory.place(input);
      const http::event e = server.next({table}, string_view(in.data(), in.size()));
      if (e.kind == http::event_kind::request) {
        const ws::offer asked = ws::read_offer(http::view_request(e.head, in.data(), table));
        REQUIRE(asked.verdict == ws::verdict::acceptable);
        sent = ws::accept(server, asked, c, coax_test::sha1{}, space);
        REQUIRE(sent);
        out.answered.assign(space.data(), sent.size);
      } else if (e.kind == http::event_kind::switched) {
        out.server = ws::take_over(server, e, in, c);
        out.server_rest.assign(out.server.rest.data(), out.server.rest.size());
        out.server.rest = {};
        more = false;
      } else if (e.kind != http::event_kind::end) {
        REQUIRE(e.kind == http::event_kind::need_more);
        more = false;
      }
      input.erase(0, e.consumed);
    }
  }
  const std::string falling = out.answered + down_frame;
  input.clear();
  for (const std::size_t end : {std::min(down, falling.size()), falling.size()}) {
    if (out.client) {
      out.client_rest += falling.substr(std::min(down, falling.size()));
      break;
    }
    input += falling.substr(input.size(), end - input.size());
    coax_test::guarded memory(input.size());
    const std::span<char> in = memory.place(input);
    const http::event e = client.next({table}, string_view(in.data(), in.size()));
    if (e.kind == http::event_kind::need_more) {
      REQUIRE(e.consumed == 0);
      continue;
    }
    REQUIRE(e.kind == http::event_kind::switched);
    const ws::agreed a = ws::check(o, http::view_response(e.head, in.data(), table), coax_test::sha1{});
    out.client = ws::take_over(client, e, in, a);
    out.client_rest.assign(out.client.rest.data(), out.client.rest.size());
    out.client.rest = {};
  }
  CHECK(out.server.ec == errc::ok);
  CHECK(out.client.ec == errc::ok);
  if (out.server_rest != up_frame) CHECK(out.server_rest == up_frame);
  if (out.client_rest != down_frame) CHECK(out.client_rest == down_frame);
  CHECK(out.server.options.deflate == out.client.options.deflate);
  CHECK(out.server.deflate == out.client.deflate);
  CHECK(out.server.protocol == out.client.protocol);
  return out;
}

} // namespace

TEST_CASE("both ends agree, and no octet behind the heads gets lost at any cut", "[WS-070][WS-049][WS-087]") {
  const string_view protocols[] = {"chat", "superchat"};
  ws::client_offer o = asking();
  o.protocols = protocols;
  o.deflate = ws::usual_deflate;
  o.extensions = "foo";
  o.origin = "https://a.example";
  const http::field extra[] = {{"Set-Cookie", "a=b"}};
  const ws::choice c{.protocol = "superchat",
                     .deflate = {.agreed = true, .client_max_window_bits = 10},
                     .extensions = "foo; x=1",
                     .extra = extra};
  const both whole = shake_hands(o, c, ~std::size_t{0}, ~std::size_t{0});
  CHECK(whole.client.protocol == "superchat");
  CHECK(whole.client.options.deflate);
  CHECK(whole.client.deflate == c.deflate);
  for (std::size_t up = 0; up <= whole.asked.size() + 11; ++up) {
    CAPTURE(up);
    const both b = shake_hands(o, c, up, ~std::size_t{0});
    CHECK(b.answered == whole.answered);
  }
  for (std::size_t down = 0; down <= whole.answered.size() + 4; ++down) {
    CAPTURE(down);
    (void)shake_hands(o, c, ~std::size_t{0}, down);
  }
  const both plain = shake_hands(asking(), {}, 10, 10);
  CHECK(plain.asked == sample_request);
  CHECK(plain.answered == sample_response);
}
