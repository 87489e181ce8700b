// Passing messages on: which fields end at this hop, which target and Host the next one gets, and framing.
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using http::content;
using http::errc;
using http::event_kind;
using http::hop_by_hop;
using std::string_view;

/// A head that was received, its views, and how its body is framed.
template <class Reader> class received {
public:
  explicit received(std::string text, http::leniency len = {}, http::method asked = http::method::get)
      : bytes_(std::move(text)), table_(6000) {
    INFO(bytes_.substr(0, 500));
    const http::limits limits;
    Reader reader;
    if constexpr (std::is_same_v<Reader, http::response_reader>) reader.answers(asked);
    event = reader.next({table_, limits, len}, string_view(bytes_));
    REQUIRE(http::name(event.ec) == "ok");
    REQUIRE(event.kind != event_kind::need_more);
  }
  received(const received &) = delete;
  received &operator=(const received &) = delete;

  http::request request() const { return http::view_request(event.head, bytes_.data(), table_); }
  http::response response() const { return http::view_response(event.head, bytes_.data(), table_); }

  http::event event;

private:
  std::string bytes_;
  std::vector<http::field_ref> table_;
};
using received_request = received<http::request_reader>;
using received_response = received<http::response_reader>;

/// The request as a proxy passes it on: all of its head.
std::string forwarded(const http::request &r, content c, http::errc expected = errc::ok) {
  std::vector<char> target(70000), out(140000);
  const std::size_t before = coax_test::allocations();
  const auto asked = http::forwarded_target(r, target);
  REQUIRE(asked);
  http::request_head head(out, r.method_text, {target.data(), asked.size}, http::effective_authority(r));
  (void)http::copy_end_to_end(head, r.fields);
  http::client client({.assume_http11 = true});
  const auto sent = client.send(head, c);
  CHECK(coax_test::allocations() == before);
  CHECK(http::name(sent.ec) == http::name(expected));
  return {out.data(), sent.size};
}
std::string forwarded(const std::string &text) {
  const received_request r(text);
  return forwarded(r.request(), content::as(r.event.framing));
}

/// The fields that a request with these field lines is passed on with, without Host and framing.
std::string passed_on(const std::string &lines) {
  const received_request r("GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n");
  const std::string all = forwarded(r.request(), content::none());
  const std::string front = "GET / HTTP/1.1\r\nHost: h\r\n";
  REQUIRE(all.starts_with(front));
  REQUIRE(all.ends_with("\r\n\r\n"));
  return all.substr(front.size(), all.size() - front.size() - 2);
}

/// The response as a proxy passes it on to a client of HTTP/1.1.
std::string forwarded_response(const received_response &r, const std::string &asked = "GET") {
  std::array<http::field_ref, 8> table{};
  http::server server;
  const std::string request = asked + (asked == "CONNECT" ? " h:1" : " /") + " HTTP/1.1\r\nHost: h\r\n\r\n";
  REQUIRE(server.next({table}, request).kind == event_kind::request);
  std::array<char, 1000> out{};
  http::response_head head(out, r.response().code, r.response().reason);
  (void)http::copy_end_to_end(head, r.response().fields);
  const auto sent = server.send(head, content::as(r.response(), r.event.framing));
  CHECK(http::name(sent.ec) == "ok");
  return {out.data(), sent.size};
}

hop_by_hop hops(const std::string &lines) {
  const received_request r("GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n");
  return hop_by_hop(r.request().fields);
}

} // namespace

TEST_CASE("regenerates Host from the target in absolute-form and passes it on in origin-form", "[H1-107]") {
  const auto target_and_host = [](const std::string &line, const std::string &host) {
    const std::string all = forwarded(line + " HTTP/1.1\r\nHost: " + host + "\r\nA: b\r\n\r\n");
    return all.substr(0, all.find("\r\nA: b"));
  };
  CHECK(target_and_host("GET http://x/", "y") == "GET / HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("GET http://x/", "x") == "GET / HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("GET http://x", "y") == "GET / HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("GET http://x?q", "y") == "GET /?q HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("GET http://x?", "y") == "GET /? HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("GET http://x:8080/a/b?c?d", "") == "GET /a/b?c?d HTTP/1.1\r\nHost: x:8080");
  CHECK(target_and_host("GET https://[::1]:443//b", "y") == "GET //b HTTP/1.1\r\nHost: [::1]:443");
  CHECK(target_and_host("GET urn+x://X/%2E%2e/a", "y") == "GET /%2E%2e/a HTTP/1.1\r\nHost: X");
  CHECK(target_and_host("OPTIONS http://x", "y") == "OPTIONS * HTTP/1.1\r\nHost: x"); // RFC 9112 §3.2.4
  CHECK(target_and_host("OPTIONS http://x:8001", "y") == "OPTIONS * HTTP/1.1\r\nHost: x:8001");
  CHECK(target_and_host("OPTIONS http://x/", "y") == "OPTIONS / HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("OPTIONS http://x?", "y") == "OPTIONS /? HTTP/1.1\r\nHost: x");
  CHECK(target_and_host("OPTIONS http://x?q", "y") == "OPTIONS /?q HTTP/1.1\r\nHost: x");
}

TEST_CASE("passes on targets in other forms, and the Host with them, as they are", "[H1-107]") {
  CHECK(forwarded("GET /a?b HTTP/1.1\r\nHost: y:80\r\n\r\n") == "GET /a?b HTTP/1.1\r\nHost: y:80\r\n\r\n");
  CHECK(forwarded("GET / HTTP/1.1\r\nHost:\r\n\r\n") == "GET / HTTP/1.1\r\nHost: \r\n\r\n");
  CHECK(forwarded("OPTIONS * HTTP/1.1\r\nHost: y\r\n\r\n") == "OPTIONS * HTTP/1.1\r\nHost: y\r\n\r\n");
  CHECK(forwarded("CONNECT a:1 HTTP/1.1\r\nHost: b\r\n\r\n") == "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  CHECK(forwarded("GET / HTTP/1.0\r\n\r\n") == "GET / HTTP/1.1\r\nHost: \r\n\r\n");
}

TEST_CASE("writes its own version in a message that is passed on", "[H1-300]") {
  for (const std::string version : {"HTTP/1.0", "HTTP/1.1", "HTTP/1.2", "HTTP/1.9"})
    CHECK(forwarded("GET / " + version + "\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const received_response old("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n");
  CHECK(forwarded_response(old) == "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
}

TEST_CASE("writes a target whole or not at all", "[H1-107]") {
  for (const string_view line : {"GET http://x/a?b", "GET http://x?b", "GET /a?b", "OPTIONS http://x"}) {
    const received_request r(std::string(line) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    std::array<char, 40> whole{};
    const auto w = http::forwarded_target(r.request(), whole);
    REQUIRE(w);
    for (std::size_t size = 0; size < w.size; ++size) {
      std::string part(40, '\xEE');
      const auto none = http::forwarded_target(r.request(), std::span<char>(part).first(size));
      CHECK(none.ec == errc::buffer_too_small);
      CHECK(none.size == 0);
      CHECK(none.required == w.size);
      CHECK(part.find_first_not_of('\xEE', size) == std::string::npos);
    }
  }
}

TEST_CASE("drops the fields that connection options name, and those of every connection", "[H1-201]") {
  CHECK(passed_on("Connection: close, X-A\r\nX-A: 1\r\nX-B: 2\r\n") == "X-B: 2\r\n");
  CHECK(passed_on("x-a: 1\r\nX-A: 2\r\nB: 3\r\nCONNECTION: x-A\r\n") == "B: 3\r\n"); // wherever it stands
  CHECK(
      passed_on("Connection: A\r\nConnection: B\r\nA: 1\r\nB: 2\r\nC: 3\r\nConnection: ,, C ,\r\n").empty());
  CHECK(passed_on("Connection: \t A\t,B \r\nA: 1\r\nB: 2\r\nAB: 3\r\n") == "AB: 3\r\n");
  CHECK(passed_on("Connection: a\r\nAa: 1\r\nA-: 2\r\n") == "Aa: 1\r\nA-: 2\r\n");
  CHECK(passed_on("Connection: not-there\r\nA: 1\r\n") == "A: 1\r\n");
  CHECK(passed_on("Connection:\r\nA: 1\r\n") == "A: 1\r\n");
  for (const std::string name :
       {"Proxy-Connection", "Keep-Alive", "TE", "Upgrade", "Connection", "keep-alive", "Proxy-Authorization",
        "PROXY-AUTHENTICATE", "Proxy-Authentication-Info"}) {
    INFO(name);
    CHECK(passed_on("A: 1\r\n" + name + ": trailers\r\nB: 2\r\n") == "A: 1\r\nB: 2\r\n");
    CHECK(hop_by_hop().contains(name));
  }
  CHECK(forwarded(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: TE\r\n"
            "A: 1\r\n\r\n") == "POST / HTTP/1.1\r\nHost: h\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST_CASE("passes on every other field with its name and place", "[H1-201]") {
  const std::string lines =
      "x-lower: 1\r\nCookie: a=b\r\nEmpty: \r\nX-Odd: caf\xE9 \t b\r\nVia: 1.0 a\r\nVia: 1.1 b\r\n"
      "Trailer: A, b\r\nMax-Forwards: 3\r\nAuthorization: Basic YTpi\r\nCONTENT-type: a/b\r\n"
      "X_Y: 1\r\nx-lower: 2\r\n";
  CHECK(passed_on(lines) == lines);
  const std::string long_name(300, 'n');
  CHECK(passed_on(long_name + ": 1\r\nConnection: x\r\n" + long_name + "n: 2\r\n") ==
        long_name + ": 1\r\n" + long_name + "n: 2\r\n");
  CHECK(passed_on("Connection: " + long_name + "\r\n" + long_name + ": 1\r\n" + long_name + "n: 2\r\n") ==
        long_name + "n: 2\r\n");
}

TEST_CASE("drops from trailers what connection options name", "[H1-201]") {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: X-A\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\nz\r\n0\r\nX-A: 1\r\nX-B: 2\r\nx-a: 3\r\nETag: \"e\"\r\n\r\n";
  std::array<http::field_ref, 8> table{};
  http::request_reader reader;
  string_view in = text;
  http::event e = reader.next({table}, in);
  REQUIRE(e.kind == event_kind::request);
  const hop_by_hop hop(http::view_request(e.head, in.data(), table).fields);
  while (e.kind != event_kind::end) { // the table, which the hop does not need, is overwritten
    in.remove_prefix(e.consumed);
    e = reader.next({table}, in);
    REQUIRE(e.kind != event_kind::failed);
  }
  std::array<char, 100> out{};
  http::trailer_writer trailers(out);
  const std::size_t before = coax_test::allocations();
  http::copy_end_to_end(trailers, http::view_fields(e.trailers, in.data(), table), hop);
  CHECK(coax_test::allocations() == before);
  CHECK(trailers.count() == 2);
  http::body_writer body(http::body_kind::chunked);
  const auto sent = body.end(trailers);
  CHECK(string_view(out.data(), sent.size) == "0\r\nX-B: 2\r\nETag: \"e\"\r\n\r\n");
}

TEST_CASE("does not follow connection options that name fields for the recipient at the end, and counts them",
          "[H1-202]") {
  CHECK(passed_on("Connection: close, Host\r\nA: 1\r\n") == "A: 1\r\n"); // Host stands in front
  CHECK(hops("Connection: close, Host\r\n").misplaced() == 1);
  const std::string protected_names[] = {"Host",
                                         "Content-Length",
                                         "Cache-Control",
                                         "Authorization",
                                         "Cookie",
                                         "Set-Cookie",
                                         "X-Forwarded-For",
                                         "X-Forwarded-Proto",
                                         "x-forwarded-host",
                                         "X-FORWARDED-anything",
                                         "Forwarded",
                                         "X-Real-IP",
                                         "Date",
                                         "Content-Type",
                                         "Content-Encoding",
                                         "Content-Range",
                                         "Content-Digest",
                                         "Trailer",
                                         "Via",
                                         "Expect",
                                         "If-Match",
                                         "Range",
                                         "Origin",
                                         "Referer",
                                         "Max-Forwards",
                                         "Vary",
                                         "Sec-WebSocket-Key",
                                         "Sec-Fetch-Site",
                                         "WWW-Authenticate",
                                         "ETag",
                                         "Location",
                                         "Pragma",
                                         "User-Agent",
                                         "Access-Control-Allow-Origin"};
  for (const std::string &name : protected_names) {
    INFO(name);
    CHECK(hop_by_hop::is_protected(name));
    const hop_by_hop hop = hops("Connection: " + name + ", X-A\r\n");
    CHECK_FALSE(hop.contains(name));
    CHECK(hop.contains("x-a"));
    CHECK(hop.misplaced() == 1);
    CHECK(hop.ec() == errc::ok);
  }
  CHECK(passed_on("Connection: Authorization, X-Forwarded-For, X-A\r\nX-Forwarded-For: 1.2.3.4\r\nX-A: 1\r\n"
                  "Authorization: Basic YTpi\r\n") ==
        "X-Forwarded-For: 1.2.3.4\r\nAuthorization: Basic YTpi\r\n");
  const received_request sized(
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\n");
  CHECK(forwarded(sized.request(), content::as(sized.event.framing)) ==
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("takes no usual option for a fault, and an option that is no token for one", "[H1-202]") {
  for (const std::string value :
       {"close", "Keep-Alive", "TE", "upgrade", "Transfer-Encoding", "Proxy-Connection", "connection", "X-A",
        "", ",,", "HTTP2-Settings", "Proxy-Authorization", "x-forwarded", "Sec", "content", "X-Real-IPs"}) {
    INFO(value);
    CHECK(hops("Connection: " + value + "\r\n").misplaced() == 0);
  }
  for (const std::string value : {"a b", "\"x\"", "a;b", "caf\xE9", "=", "A: b"}) {
    INFO(value);
    CHECK(hops("Connection: " + value + "\r\n").misplaced() == 1);
  }
  CHECK(hops("Connection: Host, Host, Via\r\nConnection: date\r\n").misplaced() == 4);
}

TEST_CASE("keeps to sixteen connection options, and behind them passes on only what it knows",
          "[H1-202][H1-201]") {
  const auto options = [](std::size_t n) {
    std::string out = "Connection: close";
    for (std::size_t i = 0; i < n; ++i) out += ", X-" + std::to_string(i) + ", x-" + std::to_string(i);
    return out + "\r\n";
  };
  const hop_by_hop most = hops(options(hop_by_hop::capacity));
  CHECK(most.ec() == errc::ok);
  CHECK(most.contains("X-0"));
  CHECK(most.contains("X-15"));
  CHECK_FALSE(most.contains("X-16"));
  CHECK_FALSE(most.contains("Unnamed"));

  const hop_by_hop more = hops(options(hop_by_hop::capacity + 1));
  CHECK(more.ec() == errc::too_many_fields);
  CHECK(http::suggested_status(more.ec()) == 431);
  CHECK(more.contains("X-0"));
  CHECK(more.contains("X-16"));
  CHECK(more.contains("Unnamed")); // it might have been named
  for (const string_view name : {"Cookie", "Authorization", "X-Forwarded-For", "Content-Type", "Date"})
    CHECK_FALSE(more.contains(name));
  CHECK(passed_on(options(hop_by_hop::capacity + 1) + "Cookie: a\r\nX-16: 1\r\nOther: 2\r\nDate: c\r\n") ==
        "Cookie: a\r\nDate: c\r\n");
}

TEST_CASE("takes a hostile head in stride", "[H1-201][H1-202]") {
  // As many fields and options as a head can hold: one option a line, each naming one of the fields.
  std::string lines;
  for (int i = 0; i < 2400; ++i) lines += "x" + std::to_string(i) + ":\r\n";
  lines += "Connection: ";
  for (int i = 0; i < 2400; ++i) lines += "x" + std::to_string(i) + ",";
  lines += "\r\nCookie: a\r\n";
  for (int i = 0; i < 1000; ++i) lines += "Connection:x" + std::to_string(i % 16) + "\r\n";
  CHECK(passed_on(lines) == "Cookie: a\r\n");
  // Long names that differ at the end only.
  std::string names, options = "Connection: ";
  for (char c = 'a'; c <= 'p'; ++c) options += std::string(1000, 'n') + c + ",";
  for (char c = 'a'; c <= 'z'; ++c) names += std::string(1000, 'n') + c + ": 1\r\n";
  std::string rest;
  for (char c = 'q'; c <= 'z'; ++c) rest += std::string(1000, 'n') + c + ": 1\r\n";
  CHECK(passed_on(options + "\r\n" + names) == rest);
}

TEST_CASE("drops the field of a connection whether or not an option names it", "[H1-203][H1-201]") {
  CHECK(passed_on("Upgrade: websocket\r\nTE: trailers\r\nA: 1\r\n") == "A: 1\r\n");
  CHECK(passed_on("Upgrade: websocket\r\nTE: trailers\r\nConnection: upgrade, TE\r\nA: 1\r\n") == "A: 1\r\n");
  const received_request bare("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n");
  CHECK_FALSE(bare.event.framing.upgrade);
  CHECK_FALSE(bare.event.framing.accepts_trailers);
}

TEST_CASE("passes on an upgrade and TE only where the proxy says so", "[H1-203]") {
  const received_request r(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, te\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n");
  REQUIRE(r.event.framing.upgrade);
  REQUIRE(r.event.framing.accepts_trailers);
  std::array<char, 200> out{};
  http::request_head head(out, "GET", "/", "h");
  (void)http::copy_end_to_end(head, r.request().fields);
  head.field("Upgrade", r.request().fields["Upgrade"]).field("TE", "trailers");
  http::client client;
  const auto sent = client.send(head);
  CHECK(string_view(out.data(), sent.size) ==
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nTE: trailers\r\nConnection: upgrade, TE\r\n\r\n");
}

TEST_CASE("drops Expect where no content is announced", "[H1-201][H1-319]") {
  CHECK(passed_on("Expect: 100-continue\r\nA: 1\r\n") == "A: 1\r\n");
  CHECK(forwarded("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n") ==
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(forwarded("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 000\r\n\r\n") ==
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(forwarded("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") ==
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  CHECK(
      forwarded("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n") ==
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  const received_response r(
      "HTTP/1.1 200 OK\r\nExpect: 100-continue\r\nTE: trailers\r\nContent-Length: 2\r\n\r\n");
  CHECK(forwarded_response(r) == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
}

TEST_CASE("drops a Trailer field that announces nothing legible", "[H1-201][H1-175]") {
  CHECK(passed_on("Trailer: a b\r\nTrailer:\r\nTrailer: ,\r\nTrailer: X-Sum\r\n") == "Trailer: X-Sum\r\n");
}

TEST_CASE("refuses to pass on what a sender may not send", "[H1-321][H1-307][H1-201]") {
  const received_request twice("GET / HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n");
  CHECK(forwarded(twice.request(), content::none(), errc::invalid_input).empty());
  const received_request control("GET / HTTP/1.1\r\nHost: h\r\nA: b\x01\r\n\r\n",
                                 {.allow_ctl_in_values = true});
  CHECK(forwarded(control.request(), content::none(), errc::invalid_input).empty());
}

TEST_CASE("sends a decoded body of known size with Content-Length instead of chunked", "[H1-176]") {
  const std::string text =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nA: 1\r\n\r\n"
      "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-Sum: 5\r\n\r\n";
  std::array<http::field_ref, 8> table{};
  http::request_reader reader;
  string_view in = text;
  std::string body;
  http::event e = reader.next({table}, in);
  const http::head_ref head_ref = e.head;
  while (e.kind != event_kind::end) {
    body += e.data;
    in.remove_prefix(e.consumed);
    e = reader.next({table}, in);
    REQUIRE(e.kind != event_kind::failed);
  }
  REQUIRE(body == "hello");
  REQUIRE(http::reindex(head_ref, text.data(), table));
  const http::request r = http::view_request(head_ref, text.data(), table);

  std::array<char, 200> out{};
  http::client client;
  http::request_head head(out, r.method_text, r.target, http::effective_authority(r));
  http::copy_end_to_end(head, r.fields, hop_by_hop(r.fields).add("Trailer")); // the trailers are dropped
  const auto sent = client.send(head, content::of(body.size()));
  REQUIRE(sent);
  std::string all(out.data(), sent.size);
  const auto data = client.send_data(body, out);
  all.append(out.data(), data.size);
  CHECK(all == "POST /p HTTP/1.1\r\nHost: h\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_CASE("frames what is passed on as it was received", "[H1-176][H1-312]") {
  const auto response = [](const std::string &text, const std::string &asked = "GET") {
    return forwarded_response(received_response(text, {}, http::to_method(asked)), asked);
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(response(ok + "Content-Length: 5\r\nA: 1\r\n\r\n") == ok + "A: 1\r\nContent-Length: 5\r\n\r\n");
  CHECK(response(ok + "Transfer-Encoding: chunked\r\n\r\n") == ok + "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(response(ok + "\r\n") == ok + "Transfer-Encoding: chunked\r\n\r\n"); // until the close
  CHECK(response(ok + "Content-Length: 5\r\n\r\n", "HEAD") == ok + "Content-Length: 5\r\n\r\n");
  CHECK(response(ok + "\r\n", "HEAD") == ok + "\r\n");
  CHECK(response("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n") ==
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n");
  // Codes that have no content, whatever a careless server says
  for (const std::string lines :
       {"", "Content-Length: 0\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CHECK(response("HTTP/1.1 204 No Content\r\n" + lines + "\r\n") == "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(response("HTTP/1.1 103 Early Hints\r\n" + lines + "Link: <a>\r\n\r\n") ==
          "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
    CHECK(response(ok + lines + "A: 1\r\n\r\n", "CONNECT") == ok + "A: 1\r\n\r\n");
  }
}

static_assert(hop_by_hop::is_protected("HOST") && !hop_by_hop::is_protected("TE") &&
              !hop_by_hop::is_protected("X-A"));
static_assert([] {
  hop_by_hop hop;
  hop.add("X-A");
  return hop.contains("x-a") && !hop.contains("X-B") && hop.contains("Connection") && hop.misplaced() == 0;
}());
