// The server's end of a connection.
#include "support/catch.hpp"
#include "support/wired.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace {

namespace http = coax::http;
using http::content;
using http::duty;
using http::errc;
using http::event;
using http::event_kind;
using http::phase;
using http::waiting;
using std::string_view;

using wired = coax_test::wired<http::server>;
using setup = coax_test::setup<http::server>;
using coax_test::every_way;
using coax_test::in_pieces;

constexpr string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr string_view get_close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
constexpr string_view get_upgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket, h2c\r\n\r\n";
constexpr string_view connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
constexpr string_view expecting =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
constexpr string_view head_request = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr string_view get10 = "GET / HTTP/1.0\r\n\r\n";
constexpr string_view get10_keep = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
constexpr string_view bad = "GET / HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n";

std::string post(std::size_t length, string_view more = {}) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         std::string(more) + "\r\n";
}
std::string post_chunked(string_view more = {}) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + std::string(more) + "\r\n";
}

/// A server that has read `input`, with everything reported forgotten.
class after : public wired {
public:
  explicit after(string_view input, const setup &s = {}) : wired(s) {
    unread = input;
    for (std::size_t left = unread.size() + 1; left != unread.size();) {
      left = unread.size();
      const event e = next();
      if (e.kind == event_kind::end || e.kind == event_kind::paused || e.kind == event_kind::failed) break;
    }
    (void)take_log();
  }
};

bool contains(string_view text, string_view part) { return text.find(part) != string_view::npos; }

/// Answers each request with 200 at its end, failures with their answer.
constexpr auto answering = [](auto &w, const event &e) {
  if (e.kind == event_kind::end) REQUIRE(w.send(200, content::of(0)) == errc::ok);
  if (e.kind == event_kind::failed)
    REQUIRE(w.transmit([](http::server &s, std::span<char> out) { return s.answer_failure(out); }).ec ==
            errc::ok);
};
constexpr auto silent = [](auto &, const event &) {};

errc send_continue(wired &w) {
  return w.transmit([](http::server &s, std::span<char> out) { return s.send_continue(out); }).ec;
}
std::string answer_failure(wired &w) {
  CHECK(w.transmit([](http::server &s, std::span<char> out) { return s.answer_failure(out); }).ec ==
        errc::ok);
  return w.take_sent();
}

void check_phases(const wired &w, phase receiving, phase sending) {
  CHECK(name(w.http.receiving()) == name(receiving));
  CHECK(name(w.http.sending()) == name(sending));
}

} // namespace

// --- persistence
// ---------------------------------------------------------------------------------------------

TEST_CASE("a server keeps a connection as version and Connection of the request say",
          "[H1-382][H1-384][H1-385][H1-386]") {
  struct sample {
    string_view request;
    bool keeps;
    string_view says; // in the response
  };
  const sample samples[] = {
      {get, true, ""},
      {get_close, false, "Connection: close\r\n"},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, keep-alive\r\n\r\n", false, "Connection: close\r\n"},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true, ""},
      {"GET / HTTP/1.9\r\nHost: a\r\n\r\n", true, ""},
      {get10, false, "Connection: close\r\n"},
      {get10_keep, true, "Connection: keep-alive\r\n"},
      {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false, "Connection: close\r\n"},
  };
  for (const sample &s : samples) {
    CAPTURE(std::string(s.request));
    const std::string said =
        every_way<http::server>({}, std::string(s.request) + std::string(get), answering);
    const std::string one = "sent HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n" +
                            (s.says.empty() ? std::string() : coax_test::escape(s.says)) + "\\r\\n";
    CAPTURE(said);
    CHECK(contains(said, one));
    const bool second = contains(said, "\nrequest GET / 1.1 none keep");
    CHECK(second == s.keeps);
    CHECK(contains(said, "closed\n") == !s.keeps);
    CHECK(contains(said, "left " + coax_test::escape(get)) == !s.keeps); // not a byte of it was taken
  }
}

TEST_CASE("a proxy keeps no connection of an HTTP/1.0 client", "[H1-383]") {
  const setup proxy{http::server({.proxy = true})};
  for (const string_view request : {get10, get10_keep}) {
    after w(request, proxy);
    CHECK_FALSE(w.http.keeps_alive());
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.sent == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(w.next(get).kind == event_kind::closed);
  }
  after w(get, proxy);
  CHECK(w.http.keeps_alive());
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.next(get10_keep).kind == event_kind::request);
  CHECK_FALSE(w.http.keeps_alive());
}

TEST_CASE("a server whose response says close, or runs until it, keeps nothing", "[H1-384][H1-386][H1-408]") {
  SECTION("the caller says so") {
    after w(get);
    CHECK(w.http.keeps_alive());
    CHECK(w.send(200, content::of(2), {{"Connection", "close"}}) == errc::ok);
    CHECK_FALSE(w.http.keeps_alive());
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("hi") == errc::ok);
    CHECK(w.sent == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  }
  SECTION("until the close") {
    after w(get10_keep);
    CHECK(w.send(200, content::streamed()) == errc::ok);
    CHECK(w.send_data("hi") == errc::ok);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_end({{"X", "y"}}) == errc::invalid_input);
    CHECK(w.send_end() == errc::ok);
    CHECK(w.sent == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi");
    CHECK(w.next(get).kind == event_kind::closed);
    check_phases(w, phase::over, phase::over);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
    CHECK(w.http.waits_for() == waiting::linger);
  }
}

TEST_CASE("a server says close in the final response, not in interim ones", "[H1-386][H1-385]") {
  after w(get_close);
  CHECK(w.send(103) == errc::ok);
  CHECK(w.send(100) == errc::ok);
  CHECK(w.take_sent() == "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
  CHECK(w.send(204) == errc::ok);
  CHECK(w.take_sent() == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  CHECK(w.next(get).kind == event_kind::closed);
  CHECK(w.unread == get);
}

TEST_CASE("a server keeps an HTTP/1.0 client that asked for it, and says so", "[H1-386][H1-382]") {
  after w(get10_keep);
  CHECK(w.send(200, content::of(2)) == errc::ok);
  CHECK(w.send_data("hi") == errc::ok);
  CHECK(w.take_sent() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
  CHECK(w.next(get).kind == event_kind::request);
}

TEST_CASE("a server takes no interim responses for an HTTP/1.0 client", "[H1-389][H1-410]") {
  after w(get10_keep);
  CHECK(w.send(100) == errc::invalid_input);
  CHECK(w.send(103) == errc::invalid_input);
  CHECK(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::invalid_input);
  CHECK(w.send(200, content::of(0)) == errc::ok);
}

// --- order and pipelining
// --------------------------------------------------------------------------------------

TEST_CASE("a server reads one request at a time and holds the rest back", "[H1-390][H1-389][H1-405]") {
  wired w;
  w.unread = std::string(get) + std::string(get);
  CHECK(w.next().kind == event_kind::request);
  CHECK(w.next().kind == event_kind::end);
  check_phases(w, phase::done, phase::due);
  for (int i = 0; i < 3; ++i) {
    const event e = w.next();
    CHECK(e.kind == event_kind::paused);
    CHECK(e.consumed == 0);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.http.waits_for() == waiting::answer);
  }
  CHECK(w.unread == get);
  CHECK(w.send(200, content::of(3)) == errc::ok);
  CHECK(w.next().kind == event_kind::paused); // the body of the response is owed
  check_phases(w, phase::done, phase::body);
  CHECK(w.send_data("abc") == errc::ok);
  check_phases(w, phase::done, phase::done);
  CHECK(w.http.is_idle());
  CHECK(w.next().kind == event_kind::request);
  check_phases(w, phase::body, phase::due);
}

TEST_CASE("a server answers pipelined requests in their order, however they arrive", "[H1-389][H1-390]") {
  const std::string input = std::string(get) + post(3) + "abc" + std::string(head_request) + post_chunked() +
                            "2\r\nde\r\n0\r\nT: u\r\n\r\n" + std::string(get_close) + std::string(get);
  int n = 0;
  const auto numbering = [n](wired &w, const event &e) mutable {
    if (e.kind != event_kind::end) return;
    REQUIRE(w.send(200, content::of(1)) == errc::ok);
    const char digit = static_cast<char>('0' + n++);
    if (w.http.body_wanted()) REQUIRE(w.send_data({&digit, 1}) == errc::ok);
  };
  const std::string one = "HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n";
  CHECK(every_way<http::server>({}, input, numbering) ==
        "request GET / 1.1 none keep\nend\n"
        "request POST / 1.1 length=3 keep\ndata abc\nend\n"
        "request HEAD / 1.1 none keep\nend\n"
        "request POST / 1.1 chunked keep\ndata de\nend T=u\n"
        "request GET / 1.1 none last\nend\nclosed\n"
        "sent " +
            one + "\\r\\n0" + one + "\\r\\n1" + one + "\\r\\n" + one + "\\r\\n3" + one +
            "Connection: close\\r\\n\\r\\n4\nleft " + coax_test::escape(get) + "\n");
}

TEST_CASE("a server sends one final response for each request, and nothing interim behind it",
          "[H1-389][H1-410]") {
  for (const bool early : {false, true}) {
    CAPTURE(early);
    wired w;
    w.unread = get;
    CHECK(w.next().kind == event_kind::request);
    if (!early) CHECK(w.next().kind == event_kind::end);
    CHECK(w.send(200, content::of(2)) == errc::ok);
    for (int i = 0; i < 2; ++i) {
      CHECK(w.send(200, content::of(0)) == errc::wrong_state);
      CHECK(w.send(404) == errc::wrong_state);
      CHECK(w.send(100) == errc::wrong_state);
      CHECK(w.send(103) == errc::wrong_state);
      CHECK(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::wrong_state);
      if (i == 0) CHECK(w.send_data("hi") == errc::ok);
    }
    CHECK(w.sent == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  }
}

TEST_CASE("a cycle of a server ends when both directions have ended, in either order", "[H1-405]") {
  SECTION("the request first") {
    after w(post(3) + "abc");
    check_phases(w, phase::done, phase::due);
    CHECK(w.send(200, content::streamed()) == errc::ok);
    CHECK_FALSE(w.http.is_idle());
    CHECK(w.send_end() == errc::ok);
    CHECK(w.http.is_idle());
  }
  SECTION("the response first") {
    after w(post(3) + "ab");
    CHECK(w.send(200, content::of(0)) == errc::ok);
    check_phases(w, phase::body, phase::done);
    CHECK_FALSE(w.http.is_idle());
    CHECK(w.http.next_duty() == duty::read);
    CHECK(w.http.waits_for() == waiting::body);
    CHECK(w.next("c" + std::string(get)).kind == event_kind::data);
    CHECK_FALSE(w.http.is_idle());
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.is_idle());
    CHECK(w.next().kind == event_kind::request);
    check_phases(w, phase::body, phase::due);
  }
}

// --- bodies that nobody reads
// ----------------------------------------------------------------------------------

TEST_CASE("a server that answered closes rather than read a long rest of the request", "[H1-393]") {
  const auto refusing = [](wired &w, const event &e) {
    if (e.kind == event_kind::request) REQUIRE(w.send(413, content::of(0)) == errc::ok);
  };
  SECTION("beyond the limit by declaration: closed, the rest stays unread") {
    wired w({{}, {}, coax::no_cap});
    w.unread = post(1000000) + "ab";
    w.run(refusing);
    CHECK(w.log() == "request POST / 1.1 length=1000000 keep\ndata ab\n");
    w.unread += std::string(65535, 'x') + std::string(get);
    w.run(refusing);
    CHECK(w.http.body_received() == 65536);
    check_phases(w, phase::over, phase::over);
    CHECK(w.unread == "x" + std::string(get));
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
    CHECK_FALSE(w.http.keeps_alive());
    CHECK(w.send(200) == errc::wrong_state);
  }
  SECTION("at the limit and beyond, declared and chunked, with every cut") {
    for (const std::size_t drain : {0u, 1u, 4u}) {
      for (const std::size_t size : {drain, drain + 1, drain + 2}) {
        for (const bool chunked : {false, true}) {
          CAPTURE(drain, size, chunked);
          setup s;
          s.limits.drain = drain;
          const std::string payload(size, 'x');
          std::string input = chunked ? post_chunked() : post(size);
          if (!chunked)
            input += payload;
          else
            for (const char c : payload) input += std::string("1\r\n") + c + "\r\n";
          if (chunked) input += "0\r\n\r\n";
          int n = 0;
          const auto refuse_first = [n](wired &w, const event &e) mutable {
            if (e.kind == event_kind::request && n++ == 0) REQUIRE(w.send(413, content::of(0)) == errc::ok);
          };
          const std::string said = every_way(s, input + std::string(get), refuse_first);
          CAPTURE(said);
          if (size <= drain) {
            CHECK(contains(said, "end\nrequest GET / 1.1 none keep\n"));
          } else {
            CHECK_FALSE(contains(said, "end\n"));
            CHECK(contains(said, "closed\n"));
          }
          CHECK(contains(said, "sent HTTP/1.1 413 Content Too Large\\r\\nContent-Length: 0\\r\\n\\r\\n\n"));
        }
      }
    }
  }
  SECTION("what came before the response does not count") {
    setup s;
    s.limits.drain = 2;
    after w(post(6) + "abcd", s);
    CHECK(w.http.body_received() == 4);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.next("ef").kind == event_kind::data);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.is_idle());
  }
  SECTION("as long as the response has not ended, everything is read") {
    setup s;
    s.limits.drain = 0;
    after w(post(6), s);
    CHECK(w.send(200, content::streamed()) == errc::ok);
    CHECK(w.next("abcdef" + std::string(get)).data == "abcdef");
    CHECK(w.send_end() == errc::ok);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.next().kind == event_kind::request);
  }
  SECTION("an octet at a time, and none") {
    setup s;
    s.limits.drain = 2;
    after w(post(2), s);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    w.unread = "ab" + std::string(get);
    CHECK(w.next(std::size_t{0}).kind == event_kind::need_more);
    CHECK(w.next(std::size_t{1}).data == "a");
    CHECK(w.next(std::size_t{1}).data == "b");
    CHECK(w.next(std::size_t{0}).kind == event_kind::end);
    CHECK(w.next(std::size_t{0}).kind == event_kind::request);
  }
  SECTION("a request without body whose response ended first costs nothing") {
    setup s;
    s.limits.drain = 0;
    const auto at_once = [](wired &w, const event &e) {
      if (e.kind == event_kind::request) REQUIRE(w.send(204) == errc::ok);
    };
    const std::string said = every_way(s, std::string(get) + std::string(get), at_once);
    CHECK(contains(said, "end\nrequest GET / 1.1 none keep\nend\n"));
  }
}

TEST_CASE("a server that closes anyway reads nothing more once the response has ended", "[H1-393][H1-385]") {
  after w(post(10, "Connection: close\r\n") + "ab");
  CHECK(w.send(200, content::of(0)) == errc::ok);
  check_phases(w, phase::over, phase::over);
  const event e = w.next("cdefghij" + std::string(get));
  CHECK(e.kind == event_kind::closed);
  CHECK(e.consumed == 0);
}

TEST_CASE("the rest of a body that turns out broken while it is skipped ends the connection",
          "[H1-393][H1-406]") {
  after w(post_chunked() + "1\r\na\r\n");
  CHECK(w.send(200, content::of(0)) == errc::ok);
  (void)w.take_sent();
  CHECK(w.next("x\r\n").kind == event_kind::failed);
  CHECK_FALSE(w.http.can_answer_failure());
  CHECK(answer_failure(w).empty());
  CHECK(w.send(400) == errc::wrong_state);
  CHECK(w.http.next_duty() == duty::shutdown_then_discard);
}

// --- 100 (Continue)
// --------------------------------------------------------------------------------------------

TEST_CASE("a server knows that the client waits for 100 before it sends the body", "[H1-394]") {
  wired w;
  const event e = w.next(expecting);
  CHECK(e.kind == event_kind::request);
  CHECK(e.framing.expects_continue);
  CHECK(w.http.awaits_continue());
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.http.waits_for() == waiting::answer);
  CHECK(w.next().kind == event_kind::need_more); // nothing has come
  CHECK(w.http.awaits_continue());
  SECTION("100, once") {
    CHECK(send_continue(w) == errc::ok);
    CHECK(w.take_sent() == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(w.http.next_duty() == duty::read);
    CHECK(w.http.waits_for() == waiting::body);
    CHECK(send_continue(w) == errc::ok);
    CHECK(w.take_sent().empty());
    CHECK(w.next("abc").data == "abc");
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.sent == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); // the connection goes on
    CHECK(w.http.is_idle());
  }
  SECTION("100 by hand") {
    CHECK(w.send(100, {}, {{"X", "y"}}) == errc::ok);
    CHECK(w.take_sent() == "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n");
    CHECK_FALSE(w.http.awaits_continue());
  }
  SECTION("another interim response leaves the client waiting") {
    CHECK(w.send(103) == errc::ok);
    CHECK(w.http.awaits_continue());
  }
  SECTION("the client did not wait") {
    CHECK(w.next("a").kind == event_kind::data);
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(send_continue(w) == errc::ok);
    CHECK(w.sent.empty());
    CHECK(w.send(200, content::of(0)) == errc::ok); // no close: the body is on its way
    CHECK_FALSE(contains(w.sent, "close"));
  }
  SECTION("nor will it after a failure") {
    CHECK(w.fail(errc::body_too_large).kind == event_kind::failed);
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(send_continue(w) == errc::ok);
    CHECK(w.sent.empty());
    CHECK(contains(answer_failure(w), "HTTP/1.1 413 "));
  }
}

TEST_CASE("a server owes no 100 once an octet of the body is there, or if there is none", "[H1-394]") {
  SECTION("with the head") {
    for (const std::string &body :
         {std::string("a"), std::string("abc"), std::string("abc") + std::string(get)}) {
      wired w;
      const event e = w.next(std::string(expecting) + body);
      CHECK(e.kind == event_kind::request);
      CHECK_FALSE(e.framing.expects_continue);
      CHECK_FALSE(w.http.awaits_continue());
      CHECK(send_continue(w) == errc::ok);
      CHECK(w.sent.empty());
      CHECK(w.http.next_duty() == duty::read);
    }
  }
  SECTION("a chunk line, but no payload") {
    for (const string_view line : {"3", "3\r", "3\r\n", "0"}) {
      CAPTURE(std::string(line));
      wired w;
      CHECK(w.next(post_chunked("Expect: 100-continue\r\n")).framing.expects_continue);
      CHECK(w.http.awaits_continue());
      CHECK(w.next(line).kind == event_kind::need_more);
      CHECK_FALSE(w.http.awaits_continue());
    }
  }
  SECTION("no content") {
    for (const std::string &request :
         {post(0, "Expect: 100-continue\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"),
          std::string("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")}) {
      wired w;
      CHECK_FALSE(w.next(request).framing.expects_continue);
      CHECK_FALSE(w.http.awaits_continue());
    }
  }
}

TEST_CASE("a server that answers instead of asking for the body says close, and closes", "[H1-395]") {
  for (const std::uint16_t code :
       {std::uint16_t{417}, std::uint16_t{200}, std::uint16_t{204}, std::uint16_t{413}}) {
    CAPTURE(code);
    after w(expecting);
    CHECK(w.http.awaits_continue());
    CHECK(w.send(code, code == 204 ? content::none() : content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "\r\nConnection: close\r\n\r\n"));
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(w.next("abc" + std::string(get)).kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("behind 100 it keeps") {
    after w(expecting);
    CHECK(send_continue(w) == errc::ok);
    CHECK(w.send(417, content::of(0)) == errc::ok);
    CHECK_FALSE(contains(w.sent, "close"));
    CHECK(w.next("abc" + std::string(get)).kind == event_kind::data);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.next().kind == event_kind::request);
  }
}

// --- upgrades and tunnels
// --------------------------------------------------------------------------------------

TEST_CASE("a server switches to what was offered, and hands over every byte behind the request",
          "[H1-398][H1-401][H1-403]") {
  const auto switching = [](wired &w, const event &e) {
    if (e.kind == event_kind::end) REQUIRE(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::ok);
  };
  const std::string_view answer =
      "sent HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: upgrade\\r\\n\\r\\n\n";
  for (const std::string &frame :
       {std::string(), std::string("\x81\x85"), std::string(get), std::string(bad)}) {
    CHECK(every_way<http::server>({}, std::string(get_upgrade) + frame, switching) ==
          "request GET / 1.1 none keep upgrade\nend\nswitched\n" + std::string(answer) + "left " +
              coax_test::escape(frame) + "\n");
  }
  SECTION("with a body, which is HTTP to its end") {
    const std::string input = post(3, "Connection: upgrade\r\nUpgrade: websocket\r\n") + "abc\x81";
    CHECK(every_way<http::server>({}, input, switching) ==
          "request POST / 1.1 length=3 keep upgrade\ndata abc\nend\nswitched\n" + std::string(answer) +
              "left \\x81\n");
  }
  SECTION("before the body has come: it is still read first") {
    const auto at_once = [](wired &w, const event &e) {
      if (e.kind == event_kind::request) REQUIRE(w.send(101, {}, {{"Upgrade", "WebSocket"}}) == errc::ok);
    };
    const std::string input =
        post_chunked("Connection: upgrade\r\nUpgrade: websocket\r\n") + "3\r\nabc\r\n0\r\n\r\n\x81";
    const std::string said = every_way<http::server>({}, input, at_once);
    CHECK(contains(said, "request POST / 1.1 chunked keep upgrade\ndata abc\nend\nswitched\n"));
    CHECK(contains(said, "left \\x81\n"));
  }
}

TEST_CASE("a server holds what follows a request that may switch, until it has decided", "[H1-401]") {
  for (const string_view request : {get_upgrade, connect}) {
    wired w;
    w.unread = std::string(request) + "\x16\x03";
    CHECK(w.next().kind == event_kind::request);
    CHECK(w.next().kind == event_kind::end);
    for (int i = 0; i < 2; ++i) {
      CHECK(w.next().kind == event_kind::paused);
      CHECK(w.unread == "\x16\x03");
      CHECK(w.http.next_duty() == duty::send);
    }
    if (request == connect)
      CHECK(w.send(200) == errc::ok);
    else
      CHECK(w.send(101, {}, {{"Upgrade", "h2c"}}) == errc::ok);
    const event e = w.next();
    CHECK(e.kind == event_kind::switched);
    CHECK(e.consumed == 0);
    CHECK(w.unread == "\x16\x03");
    check_phases(w, phase::switched, phase::switched);
    CHECK(w.http.next_duty() == duty::take_over);
    CHECK(w.http.waits_for() == waiting::nothing);
  }
}

TEST_CASE("a server's 101 names only what was offered", "[H1-398][H1-410]") {
  const auto upgrade = [](string_view protocols) {
    return coax_test::head_lines{{"Upgrade", std::string(protocols)}};
  };
  after w(get_upgrade);
  CHECK(w.send(101) == errc::invalid_input);
  CHECK(w.send(101, {}, upgrade("mqtt")) == errc::invalid_input);
  CHECK(w.send(101, {}, upgrade("websocket, mqtt")) == errc::invalid_input);
  CHECK(w.send(101, {}, upgrade("websocket/13")) == errc::invalid_input);
  CHECK(w.send(101, content::of(0), upgrade("websocket")) == errc::invalid_input);
  CHECK(w.send(101, content::streamed(), upgrade("websocket")) == errc::invalid_input);
  CHECK(w.sent.empty());
  CHECK(w.send(101, {}, upgrade("H2C, WebSocket")) == errc::ok);

  after plain(get);
  CHECK(plain.send(101, {}, upgrade("websocket")) == errc::invalid_input);
  after without_option("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
  CHECK(without_option.send(101, {}, upgrade("websocket")) == errc::invalid_input);
  after old("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(old.send(101, {}, upgrade("websocket")) == errc::invalid_input);
  // What an earlier request offered is forgotten.
  after second(get_upgrade);
  CHECK(second.send(200, content::of(0)) == errc::ok);
  CHECK(second.next(get).kind == event_kind::request);
  CHECK(second.send(101, {}, upgrade("websocket")) == errc::invalid_input);
}

TEST_CASE("100 precedes 101", "[H1-398]") {
  after w(post(3, "Connection: upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n"));
  const coax_test::head_lines upgrade{{"Upgrade", "websocket"}};
  CHECK(w.http.awaits_continue());
  CHECK(w.send(101, {}, upgrade) == errc::wrong_state);
  CHECK(w.send(103) == errc::ok);
  CHECK(w.send(101, {}, upgrade) == errc::wrong_state);
  CHECK(send_continue(w) == errc::ok);
  CHECK(w.send(101, {}, upgrade) == errc::ok);
  check_phases(w, phase::body, phase::switched);
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.next("abc\x81").data == "abc");
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.next().kind == event_kind::switched);
  CHECK(w.unread == "\x81");
}

TEST_CASE("a body that breaks behind 101 cannot be answered any more", "[H1-398][H1-406]") {
  after w(post_chunked("Connection: upgrade\r\nUpgrade: websocket\r\n"));
  CHECK(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::ok);
  CHECK(w.next("x\r\n").kind == event_kind::failed);
  CHECK_FALSE(w.http.can_answer_failure());
  CHECK(w.send(400) == errc::wrong_state);
  CHECK(w.http.next_duty() == duty::shutdown_then_discard);
}

TEST_CASE("a server that ignores or denies an upgrade goes on with HTTP in the bytes it held", "[H1-402]") {
  for (const std::uint16_t code : {std::uint16_t{200}, std::uint16_t{404}}) {
    const auto ignoring = [code](wired &w, const event &e) {
      if (e.kind == event_kind::end) REQUIRE(w.send(code, content::of(0)) == errc::ok);
    };
    const std::string said =
        every_way<http::server>({}, std::string(get_upgrade) + std::string(get), ignoring);
    CHECK(contains(said, "request GET / 1.1 none keep upgrade\nend\nrequest GET / 1.1 none keep\nend\n"));
    CHECK(contains(said, "left \n"));
    CHECK_FALSE(contains(said, "close"));
  }
  SECTION("with close it is over") {
    after w(get_upgrade);
    CHECK(w.send(426, content::of(0), {{"Upgrade", "h2c"}, {"Connection", "close"}}) == errc::ok);
    CHECK(contains(w.sent, "Connection: close, upgrade\r\n"));
    CHECK(w.next(get).kind == event_kind::closed);
  }
}

TEST_CASE("a server opens a tunnel with any 2xx, and nothing of framing is in it", "[H1-401][H1-403]") {
  for (const std::uint16_t code : {std::uint16_t{200}, std::uint16_t{201}, std::uint16_t{299}}) {
    const auto granting = [code](wired &w, const event &e) {
      if (e.kind == event_kind::end) REQUIRE(w.send(code) == errc::ok);
    };
    const std::string said =
        every_way<http::server>({}, std::string(connect) + "\x16\x03" + std::string(get), granting);
    CHECK(contains(said, "request CONNECT a:1 1.1 none keep\nend\nswitched\n"));
    CHECK(contains(said, "left \\x16\\x03GET"));
    CHECK_FALSE(contains(said, "Content-Length"));
    CHECK_FALSE(contains(said, "Connection"));
  }
  after w(connect);
  CHECK(w.send(200, content::of(0)) == errc::invalid_input);
  CHECK(w.send(200, content::streamed()) == errc::invalid_input);
  CHECK(w.send(200) == errc::ok);
  CHECK(w.send(200) == errc::wrong_state);
}

TEST_CASE("a refused CONNECT closes if bytes were held, as they may be the tunnel's", "[H1-402]") {
  SECTION("held behind the end of the request") {
    after w(std::string(connect) + std::string(get));
    CHECK(w.send(403, content::of(0)) == errc::ok);
    CHECK(w.sent == "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(w.next().kind == event_kind::closed);
    CHECK(w.unread == get);
  }
  SECTION("held before next() said so") {
    wired w;
    CHECK(w.next(std::string(connect) + std::string(get)).kind == event_kind::request);
    CHECK(w.send(403, content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "Connection: close\r\n"));
    CHECK(w.next().kind == event_kind::closed);
    CHECK(w.unread == get);
  }
  SECTION("that came while the server decided") {
    after w(connect);
    CHECK(w.next().kind == event_kind::paused);
    CHECK(w.next("\x16").kind == event_kind::paused);
    CHECK(w.send(403, content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "Connection: close\r\n"));
    CHECK(w.next().kind == event_kind::closed);
  }
  SECTION("none held: HTTP goes on") {
    after w(connect);
    CHECK(w.send(407, content::of(2), {{"Proxy-Authenticate", "Basic realm=\"x\""}}) == errc::ok);
    CHECK(w.send_data("no") == errc::ok);
    CHECK_FALSE(contains(w.sent, "close"));
    CHECK(w.next(get).kind == event_kind::request);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.next(connect).kind == event_kind::request);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.send(200) == errc::ok);
    CHECK(w.next("x").kind == event_kind::switched);
  }
}

TEST_CASE("behind a switch a server has no events, and the end of input closes it", "[H1-403][H1-410]") {
  after w(get_upgrade);
  CHECK(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::ok);
  for (const string_view bytes : {"", "\x81", "GET / HTTP/1.1\r\n\r\n"}) {
    const event e = w.next(bytes);
    CHECK(e.kind == event_kind::switched);
    CHECK(e.consumed == 0);
  }
  CHECK(w.fail(errc::timed_out).kind == event_kind::switched);
  w.http.close();
  check_phases(w, phase::switched, phase::switched);
  CHECK(w.end_of_input().kind == event_kind::closed);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.next().kind == event_kind::closed);
}

TEST_CASE("the end of input does not take away what is held for the other protocol", "[H1-403][H1-407]") {
  SECTION("switched, not taken over yet") {
    after w(std::string(connect) + "\x16");
    CHECK(w.send(200) == errc::ok);
    CHECK(w.end_of_input().kind == event_kind::switched);
    CHECK(w.http.next_duty() == duty::take_over);
    CHECK(w.unread == "\x16");
    CHECK(w.end_of_input().kind == event_kind::closed);
  }
  SECTION("undecided") {
    after w(std::string(connect) + "\x16");
    CHECK(w.end_of_input().kind == event_kind::paused);
    CHECK(w.send(200) == errc::ok);
    CHECK(w.next().kind == event_kind::switched);
    CHECK(w.unread == "\x16");
  }
  SECTION("nothing is held: there is nothing to come from the client") {
    after w(connect);
    CHECK(w.end_of_input().kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send(200) == errc::ok);
    CHECK(w.http.next_duty() == duty::close);
  }
}

// --- errors
// ----------------------------------------------------------------------------------------------------

TEST_CASE("a server may answer a broken request once, with close, and reads nothing more", "[H1-406]") {
  const std::string said =
      every_way<http::server>({}, std::string(get) + std::string(bad) + std::string(get), answering);
  CHECK(contains(said,
                 "request GET / 1.1 none keep\nend\nfailed bad_field_name\nsent HTTP/1.1 200 OK\\r\\n"
                 "Content-Length: 0\\r\\n\\r\\nHTTP/1.1 400 Bad Request\\r\\nContent-Type: text/plain\\r\\n"
                 "Content-Length: "));
  CHECK(contains(said, "\\r\\nConnection: close\\r\\n\\r\\nbad_field_name: "));
}

TEST_CASE("the answer to a failure has the suggested status, close, and says what was wrong", "[H1-406]") {
  struct sample {
    string_view input;
    string_view status;
    errc ec;
  };
  const sample samples[] = {
      {"GET /\r\n", "400 Bad Request", errc::bad_start_line},
      {"GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported", errc::unsupported_version},
      {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request", errc::missing_host},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501 Not Implemented",
       errc::unsupported_transfer_coding},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", "413 Content Too Large",
       errc::body_too_large},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n",
       "413 Content Too Large", errc::body_too_large},
  };
  for (const sample &s : samples) {
    CAPTURE(std::string(s.input));
    setup with_limit;
    with_limit.limits.body = 10;
    wired w(with_limit);
    w.unread = s.input;
    w.run(silent);
    CHECK(name(w.http.fail(errc::timed_out).ec) == name(s.ec)); // the first failure stays
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.http.waits_for() == waiting::answer);
    CHECK(w.http.can_answer_failure());
    const std::string answer = answer_failure(w);
    CAPTURE(answer);
    const std::string line = std::string(name(s.ec)) + ": " + std::string(message(s.ec)) + "\n";
    CHECK(answer == "HTTP/1.1 " + std::string(s.status) + "\r\nContent-Type: text/plain\r\nContent-Length: " +
                        std::to_string(line.size()) + "\r\nConnection: close\r\n\r\n" + line);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(answer_failure(w).empty());
    CHECK(w.send(400) == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
    CHECK(w.next(get).kind == event_kind::failed);
    CHECK(w.end_of_input().kind == event_kind::failed);
    CHECK(w.http.next_duty() == duty::close);
  }
}

TEST_CASE("the answer to a failure is written whole or not at all, at every size of the span",
          "[H1-406][H1-410]") {
  for (const string_view request : {bad, string_view("HEAD / HTTP/1.1\r\n\r\n")}) {
    after w(request);
    http::server probe = w.http;
    std::string large(1024, '\xEE');
    const std::size_t required = probe.answer_failure(large).size;
    REQUIRE(required > 60);
    const coax_test::snapshot<http::server> before(w.http);
    for (std::size_t size = 0; size < required; ++size) {
      CAPTURE(size);
      std::string small(size + 8, '\xEE');
      const auto out = w.http.answer_failure(std::span<char>(small).first(size));
      CHECK(out.ec == errc::buffer_too_small);
      CHECK(out.size == 0);
      CHECK(out.required == required);
      CHECK(small.substr(size) == "\xEE\xEE\xEE\xEE\xEE\xEE\xEE\xEE");
      CHECK(before.still(w.http));
    }
    std::string exact(required, '\xEE');
    CHECK(w.http.answer_failure(exact).size == required);
    CHECK(exact == large.substr(0, required));
  }
}

TEST_CASE("a failure is answered as long as no response has begun", "[H1-406]") {
  SECTION("in the head of the first request") {
    after w(bad);
    CHECK(w.http.can_answer_failure());
  }
  SECTION("in the head of a later request") {
    after w(get);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.next(bad).kind == event_kind::failed);
    CHECK(w.http.can_answer_failure());
  }
  SECTION("in a body, also behind an interim response") {
    after w(post_chunked());
    CHECK(w.send(103) == errc::ok);
    CHECK(w.next("x").kind == event_kind::failed);
    CHECK(w.http.can_answer_failure());
    CHECK(w.send(103) == errc::wrong_state);
    CHECK(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::send);
  }
  SECTION("not once its head was sent, which may be ended though") {
    after w(post_chunked());
    CHECK(w.send(200, content::of(3)) == errc::ok);
    CHECK(w.next("x").kind == event_kind::failed);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(w.send(400) == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("abc") == errc::ok);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("also when the client has sent no more") {
    after w(bad);
    CHECK(w.end_of_input().kind == event_kind::failed);
    CHECK(w.end_of_input().kind == event_kind::failed);
    CHECK(w.http.can_answer_failure());
    CHECK(contains(answer_failure(w), "HTTP/1.1 400 "));
    CHECK(w.http.next_duty() == duty::close);
  }
}

TEST_CASE("the answer to a broken HEAD has no body", "[H1-406]") {
  after w("HEAD / HTTP/1.1\r\nbad\r\n");
  CHECK(answer_failure(w) == "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  after in_body("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(in_body.next("x").kind == event_kind::failed);
  CHECK_FALSE(contains(answer_failure(in_body), "text/plain"));
}

TEST_CASE("a failure can be answered by hand", "[H1-406]") {
  SECTION("sized") {
    after w(bad);
    CHECK(w.send(400, content::of(2), {{"X", "y"}}) == errc::ok);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("no") == errc::ok);
    CHECK(w.sent == "HTTP/1.1 400 Bad Request\r\nX: y\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("streamed: the client has not shown that it knows chunked") {
    after w(bad);
    CHECK(w.send(400, content::streamed()) == errc::ok);
    CHECK(w.send_data("no") == errc::ok);
    CHECK(w.send_end() == errc::ok);
    CHECK(w.sent == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nno");
  }
  SECTION("streamed behind a good head") {
    after w(post_chunked());
    CHECK(w.next("x").kind == event_kind::failed);
    CHECK(w.send(400, content::streamed()) == errc::ok);
    CHECK(w.send_data("no") == errc::ok);
    CHECK(w.send_end() == errc::ok);
    CHECK(w.sent == "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    "2\r\nno\r\n0\r\n\r\n");
  }
  SECTION("that cannot open a tunnel") {
    after w(connect);
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(w.send(200) == errc::invalid_input);
    CHECK(w.send(504, content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "Connection: close"));
  }
}

TEST_CASE("a caller's verdict fails a server in any phase", "[H1-406][H1-409]") {
  SECTION("idle: a timer that ran out is nothing to answer") {
    wired w;
    CHECK(w.fail(errc::timed_out).ec == errc::timed_out);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(answer_failure(w).empty());
    CHECK(w.send(408) == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("idle between requests") {
    after w(get);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("idle, but for another reason") {
    wired w;
    CHECK(w.fail(errc::head_too_large).kind == event_kind::failed);
    CHECK(contains(answer_failure(w), "HTTP/1.1 431 "));
  }
  SECTION("in a head") {
    wired w;
    CHECK(w.next("G").kind == event_kind::need_more);
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(contains(answer_failure(w), "HTTP/1.1 408 Request Timeout\r\n"));
  }
  SECTION("in a body") {
    after w(post(3));
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(contains(answer_failure(w), "HTTP/1.1 408 "));
    CHECK(w.next("abc").kind == event_kind::failed);
  }
  SECTION("behind a request") {
    after w(get);
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(contains(answer_failure(w), "HTTP/1.1 408 "));
  }
  SECTION("while the response is sent") {
    after w(get);
    CHECK(w.send(200, content::of(2)) == errc::ok);
    (void)w.take_sent();
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(answer_failure(w).empty());
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("ab") == errc::ok);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("without a status there is no answer") {
    after w(get);
    CHECK(w.fail(errc::unexpected_data).kind == event_kind::failed);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(answer_failure(w).empty());
    CHECK(w.send(500, content::of(0)) == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
  SECTION("over") {
    after w(get_close);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    (void)w.take_sent();
    CHECK(w.fail(errc::timed_out).kind == event_kind::failed);
    CHECK(answer_failure(w).empty());
    CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  }
}

// --- ends
// ------------------------------------------------------------------------------------------------------

TEST_CASE("the end of input inside a request is an error, and may be answered", "[H1-407]") {
  for (const std::string &input : {std::string("G"), std::string(get.substr(0, get.size() - 1)),
                                   post(5) + "ab", post_chunked() + "2\r\nab\r\n0\r\n", post(5)}) {
    for (const bool clean : {true, false}) {
      CAPTURE(input, clean);
      wired w;
      w.unread = input;
      w.run(silent);
      CHECK(w.end_of_input(clean).ec == errc::incomplete);
      CHECK(w.http.can_answer_failure());
      CHECK(contains(answer_failure(w), "HTTP/1.1 400 "));
      CHECK(w.http.next_duty() == duty::close);
    }
  }
}

TEST_CASE("the end of input behind a request leaves its response to be sent", "[H1-407]") {
  SECTION("at the end event and after it") {
    for (const bool reported : {true, false}) {
      CAPTURE(reported);
      wired w;
      CHECK(w.next(get).kind == event_kind::request);
      if (reported) CHECK(w.next().kind == event_kind::end);
      CHECK(w.end_of_input().kind == (reported ? event_kind::closed : event_kind::end));
      CHECK(w.end_of_input().kind == event_kind::closed);
      CHECK(w.http.next_duty() == duty::send);
      CHECK(w.http.waits_for() == waiting::answer);
      CHECK_FALSE(w.http.keeps_alive());
      CHECK(w.send(103) == errc::ok);
      CHECK(w.send(200, content::of(2)) == errc::ok);
      CHECK(w.http.next_duty() == duty::send);
      CHECK(w.send_data("hi") == errc::ok);
      CHECK(contains(w.sent, "Connection: close"));
      CHECK(w.http.next_duty() == duty::close);
    }
  }
  SECTION("in mid-response") {
    after w(get);
    CHECK(w.send(200, content::of(2)) == errc::ok);
    CHECK(w.end_of_input().kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("hi") == errc::ok);
    CHECK(w.http.next_duty() == duty::close);
    check_phases(w, phase::over, phase::over);
  }
  SECTION("behind the response") {
    after w(get);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.end_of_input().kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::close);
    check_phases(w, phase::over, phase::over);
  }
  SECTION("while the rest of a body is skipped") {
    after w(post(3));
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(w.end_of_input().ec == errc::incomplete);
    CHECK_FALSE(w.http.can_answer_failure());
    CHECK(w.http.next_duty() == duty::close);
  }
  SECTION("at once") {
    wired w;
    CHECK(w.end_of_input(false).kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::close);
    CHECK_FALSE(w.http.is_idle());
    CHECK(w.send(200) == errc::wrong_state);
  }
}

TEST_CASE("requests that arrived before the end of input are read and answered", "[H1-407][H1-390]") {
  wired w;
  w.unread = std::string(get) + std::string(get);
  CHECK(w.next().kind == event_kind::request);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.end_of_input().kind == event_kind::paused); // the second is still held
  CHECK(w.http.keeps_alive());
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.end_of_input().kind == event_kind::paused);
  CHECK(w.next().kind == event_kind::request);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.next().kind == event_kind::paused);
  CHECK(w.end_of_input().kind == event_kind::closed);
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.sent == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(w.http.next_duty() == duty::close);
}

TEST_CASE("closing is staged: the sending side first, then the rest of the input, then the transport",
          "[H1-408]") {
  after w(get_close);
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  CHECK(w.next(get).kind == event_kind::closed);
  CHECK(w.http.next_duty() == duty::shutdown_then_discard);
  CHECK(w.end_of_input().kind == event_kind::closed);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.http.waits_for() == waiting::nothing);
}

TEST_CASE("a server is idle while no byte of a request has come and nothing is owed", "[H1-409]") {
  wired w;
  CHECK(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::idle);
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.next("\r\n").kind == event_kind::need_more);
  CHECK(w.http.is_idle());
  CHECK(w.next("G").kind == event_kind::need_more);
  CHECK_FALSE(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::head);
  CHECK(w.next(get.substr(1)).kind == event_kind::request);
  CHECK_FALSE(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::body);
  CHECK(w.next().kind == event_kind::end);
  CHECK_FALSE(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::answer);
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::idle);
  CHECK(w.next().kind == event_kind::need_more);
  check_phases(w, phase::idle, phase::idle);
  CHECK(w.http.is_idle());
  CHECK(w.next("\r").kind == event_kind::need_more);
  CHECK(w.next("\n").kind == event_kind::need_more);
  CHECK(w.http.is_idle());
  CHECK(w.next("G").kind == event_kind::need_more);
  CHECK_FALSE(w.http.is_idle());
}

TEST_CASE("a server that is told to close does so at once if idle, else behind the response",
          "[H1-385][H1-386]") {
  SECTION("idle") {
    for (const bool fresh : {true, false}) {
      after w(fresh ? string_view() : get);
      if (!fresh) CHECK(w.send(200, content::of(0)) == errc::ok);
      w.http.close();
      check_phases(w, phase::over, phase::over);
      CHECK(w.next(get).kind == event_kind::closed);
      CHECK(w.http.next_duty() == duty::shutdown_then_discard);
    }
  }
  SECTION("in a head") {
    wired w;
    CHECK(w.next("G").kind == event_kind::need_more);
    w.http.close();
    CHECK_FALSE(w.http.keeps_alive());
    CHECK(w.next(get.substr(1)).kind == event_kind::request);
    CHECK_FALSE(w.http.keeps_alive());
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "Connection: close"));
    CHECK(w.next(get).kind == event_kind::closed);
  }
  SECTION("before the response") {
    after w(get);
    w.http.close();
    w.http.close();
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send(200, content::of(0)) == errc::ok);
    CHECK(contains(w.sent, "Connection: close"));
    CHECK(w.next(get).kind == event_kind::closed);
  }
  SECTION("in mid-response") {
    after w(get);
    CHECK(w.send(200, content::of(2)) == errc::ok);
    w.http.close();
    CHECK(w.send_data("hi") == errc::ok);
    CHECK(w.next(get).kind == event_kind::closed);
  }
  SECTION("while the rest of a body is skipped") {
    after w(post(3) + "a");
    CHECK(w.send(200, content::of(0)) == errc::ok);
    w.http.close();
    CHECK(w.next("bc" + std::string(get)).kind == event_kind::data);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.next().kind == event_kind::closed);
    CHECK(w.unread == get);
  }
}

// --- responses without body
// ------------------------------------------------------------------------------------

TEST_CASE("responses that have no body are complete at once, and take none", "[H1-389][H1-410]") {
  struct sample {
    string_view request;
    std::uint16_t code;
    content c;
  };
  const sample samples[] = {
      {head_request, 200, content::of(5)},  {head_request, 200, content::streamed()},
      {head_request, 404, content::none()}, {get, 204, content::none()},
      {get, 304, content::none()},          {get, 304, content::of(5)},
      {get, 304, content::streamed()},      {get, 205, content::none()},
      {get, 205, content::of(0)},           {get, 200, content::none()},
      {get, 200, content::of(0)},           {head_request, 204, content::none()},
      {head_request, 304, content::of(7)},
  };
  for (const sample &s : samples) {
    CAPTURE(std::string(s.request), s.code);
    after w(s.request);
    CHECK(w.send(s.code, s.c) == errc::ok);
    CHECK_FALSE(w.http.body_wanted());
    CHECK(w.http.is_idle());
    const std::string head = w.take_sent();
    CHECK(head.substr(head.size() - 4) == "\r\n\r\n");
    CHECK(w.send_data("x") == errc::invalid_input);
    CHECK(w.http.send_data(1).ec == errc::invalid_input);
    CHECK(w.send_end({{"X", "y"}}) == errc::invalid_input);
    CHECK(w.send_end() == errc::ok); // for code that does not look at body_wanted()
    CHECK(w.send_end() == errc::wrong_state);
    CHECK(w.send_data("x") == errc::wrong_state);
    CHECK(w.sent.empty());
    CHECK(w.next(get).kind == event_kind::request);
  }
  after w(get);
  CHECK(w.send(204, content::of(0)) == errc::invalid_input);
  CHECK(w.send(205, content::of(1)) == errc::invalid_input);
  CHECK(w.send(205, content::streamed()) == errc::invalid_input);
  CHECK(w.http.next_duty() == duty::send);
}

TEST_CASE("a body of a declared size ends with its last octet", "[H1-410]") {
  after w(get);
  CHECK(w.send(200, content::of(3)) == errc::ok);
  CHECK(w.send_data("abcd") == errc::invalid_input);
  CHECK(w.http.send_data(4).ec == errc::invalid_input);
  CHECK(w.send_data("ab") == errc::ok);
  CHECK(w.send_data("") == errc::ok);
  CHECK(w.http.body_wanted());
  CHECK(w.send_data("c") == errc::ok);
  CHECK_FALSE(w.http.body_wanted());
  CHECK(w.send_data("d") == errc::wrong_state);
  CHECK(w.send_end({{"X", "y"}}) == errc::invalid_input);
  CHECK(w.send_end(coax_test::head_lines{}) == errc::ok);
  CHECK(w.send_end() == errc::wrong_state);
}

TEST_CASE("what is left of a response does not reach into the next cycle", "[H1-410][H1-405]") {
  after w(get);
  CHECK(w.send(204) == errc::ok);
  CHECK(w.next(get).kind == event_kind::request);
  CHECK(w.send_end() == errc::wrong_state);
  CHECK(w.send_data("x") == errc::wrong_state);
}

TEST_CASE("a body that ends too early breaks the connection", "[H1-410]") {
  after w(get);
  CHECK(w.send(200, content::of(3)) == errc::ok);
  CHECK(w.send_data("ab") == errc::ok);
  CHECK(w.send_end() == errc::body_too_short);
  check_phases(w, phase::over, phase::failed);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.http.waits_for() == waiting::nothing);
  CHECK(w.next(get).kind == event_kind::closed);
  CHECK(w.send_data("c") == errc::wrong_state);
  CHECK(w.send_end() == errc::wrong_state);
  CHECK(w.send(200) == errc::wrong_state);
  SECTION("also while the request is being read, or was broken itself") {
    after reading(post(3) + "a");
    CHECK(reading.send(200, content::of(3)) == errc::ok);
    CHECK(reading.send_end() == errc::body_too_short);
    check_phases(reading, phase::over, phase::failed);
    after broken(bad);
    CHECK(broken.send(400, content::of(3)) == errc::ok);
    CHECK(broken.send_end() == errc::body_too_short);
    check_phases(broken, phase::failed, phase::failed);
    CHECK(broken.http.next_duty() == duty::close);
  }
}

TEST_CASE("frames of payload are announced without being copied", "[H1-410]") {
  after w(get);
  CHECK(w.send(200, content::streamed()) == errc::ok);
  const http::data_frame none = w.http.send_data(0);
  CHECK(none.prefix().empty());
  CHECK(none.suffix.empty());
  const http::data_frame frame = w.http.send_data(26);
  CHECK(frame.prefix() == "1a\r\n");
  CHECK(frame.suffix == "\r\n");
  CHECK(w.send_end({{"X-Sum", "1"}}) == errc::ok);
  CHECK(w.sent == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n");
}

TEST_CASE("a prepared response goes to any number of connections, and an unfinished one to none",
          "[H1-410]") {
  std::string text(256, '\0');
  http::response_head head(text, 200);
  head.field("X", std::string_view("y"));
  const http::prepared_response prepared = head.prepared();
  for (const string_view request : {get, get_close}) {
    after w(request);
    CHECK(w.transmit([&](http::server &s, std::span<char> out) {
             return s.send(prepared, content::of(0), out);
           }).ec == errc::ok);
    CHECK(w.sent ==
          (request == get ? "Content-Length: 0\r\n\r\n" : "Content-Length: 0\r\nConnection: close\r\n\r\n"));
  }
  CHECK(prepared.text == "HTTP/1.1 200 OK\r\nX: y\r\n");

  std::string small(20, '\0'), room(256, '\xEE');
  http::response_head cut(small, 200);
  cut.field("X", std::string_view("y"));
  after w(get);
  const coax_test::snapshot<http::server> before(w.http);
  CHECK(w.http.send(cut.prepared(), content::of(0), room).ec == errc::buffer_too_small);
  http::response_head refused(text, 200);
  refused.field("X Y", std::string_view("y"));
  CHECK(w.http.send(refused.prepared(), content::of(0), room).ec == errc::invalid_input);
  CHECK(w.http.send(refused, content::of(0)).ec == errc::invalid_input);
  CHECK(before.still(w.http));
  CHECK(room == std::string(256, '\xEE'));
}

TEST_CASE("a server tells whether the client takes trailers", "[H1-394]") {
  after plain(get);
  CHECK_FALSE(plain.http.trailers_wanted());
  after w("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n\r\n");
  CHECK(w.http.trailers_wanted());
  CHECK(w.send(200, content::of(0)) == errc::ok);
  CHECK(w.next(get).kind == event_kind::request);
  CHECK_FALSE(w.http.trailers_wanted());
}

TEST_CASE("a request with neither length nor coding has no body, and what follows is the next", "[H1-138]") {
  const std::string said = every_way<http::server>({}, "POST / HTTP/1.1\r\nHost: a\r\n\r\nhello", answering);
  CHECK(contains(said, "request POST / 1.1 none keep\nend\n"));
  wired w;
  w.unread = "POST / HTTP/1.1\r\nHost: a\r\n\r\nhello";
  w.run(answering);
  CHECK(w.end_of_input().ec == errc::incomplete);
}

TEST_CASE("a server that may write into its input replaces folds there", "[H1-390]") {
  std::string in = "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n";
  std::array<http::field_ref, 8> table{};
  const http::leniency lenient{.unfold = true};
  const http::context ctx{table, http::default_limits, lenient};
  http::server refusing, folding;
  CHECK(refusing.next(ctx, string_view(in)).ec == errc::obs_fold);
  const event e = folding.next(ctx, std::span<char>(in));
  REQUIRE(e.kind == event_kind::request);
  CHECK(e.consumed == in.size());
  CHECK(http::view_request(e.head, in.data(), table).fields["X"] == "b   c");
  CHECK(folding.seen().has(http::deviation::obs_fold));
  CHECK(folding.next(ctx, std::span<char>()).kind == event_kind::end);
}

TEST_CASE("a server works in constant expressions", "[H1-390]") {
  static_assert([] {
    http::server s;
    std::array<http::field_ref, 8> table{};
    const http::context ctx{table};
    std::array<char, 256> out{};
    string_view in = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const event request = s.next(ctx, in);
    in.remove_prefix(request.consumed);
    if (request.kind != event_kind::request || s.next(ctx, in).kind != event_kind::end) return false;
    const http::response_head head(out, 204);
    const auto sent = s.send(head);
    return string_view(out.data(), sent.size) == "HTTP/1.1 204 No Content\r\n\r\n" && s.is_idle();
  }());
  CHECK(true);
}

TEST_CASE("the answer to a failure carries a date where the caller has one", "[H1-406][H1-321]") {
  char out[512];
  http::field_ref table[8];
  http::server server;
  REQUIRE(server.next({table}, bad).kind == event_kind::failed);
  http::server again = server;
  const auto sent = server.answer_failure(out, "Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(sent);
  CHECK(contains({out, sent.size}, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  const auto refused = again.answer_failure(out, "x\r\nSet-Cookie: a=b");
  CHECK(refused.ec == errc::invalid_input);
  CHECK(refused.size == 0);
}

TEST_CASE("a Keep-Alive field in an interim response is listed in Connection", "[H1-318]") {
  char out[512];
  http::field_ref table[8];
  http::server server;
  REQUIRE(server.next({table}, get_upgrade).kind == event_kind::request);
  for (const std::uint16_t code : {std::uint16_t{103}, std::uint16_t{101}}) {
    http::response_head head(out, code);
    head.field("Keep-Alive", "timeout=5").field("Upgrade", "websocket");
    const auto sent = server.send(head);
    REQUIRE(sent);
    CHECK(contains({out, sent.size}, "\r\nConnection: keep-alive, upgrade\r\n"));
  }
}
