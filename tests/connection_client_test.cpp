// The client's end of a connection.
#include "support/catch.hpp"
#include "support/wired.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
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

using wired = coax_test::wired<http::client>;
using setup = coax_test::setup<http::client>;
using coax_test::every_way;
using coax_test::head_lines;

constexpr string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr string_view ok_hi = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
constexpr string_view ok_close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
constexpr string_view continue_ = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
constexpr auto silent = [](auto &, const event &) {};

const head_lines upgrade{{"Upgrade", "websocket"}};
const head_lines expect{{"Expect", "100-continue"}};
const head_lines close_{{"Connection", "close"}};

bool contains(string_view text, string_view part) { return text.find(part) != string_view::npos; }

void check_phases(const wired &w, phase receiving, phase sending) {
  CHECK(name(w.http.receiving()) == name(receiving));
  CHECK(name(w.http.sending()) == name(sending));
}

/// A client that has sent some requests.
template <class... Sends> setup having(Sends... sends) {
  wired w;
  (sends(w), ...);
  return {w.http};
}
constexpr auto a_get = [](wired &w) { REQUIRE(w.send("GET", "/") == errc::ok); };
constexpr auto a_head = [](wired &w) { REQUIRE(w.send("HEAD", "/") == errc::ok); };
constexpr auto a_post = [](wired &w) {
  REQUIRE(w.send("POST", "/", content::of(1)) == errc::ok);
  REQUIRE(w.send_data("x") == errc::ok);
};
constexpr auto a_half_post = [](wired &w) {
  REQUIRE(w.send("POST", "/", content::of(4)) == errc::ok);
  REQUIRE(w.send_data("ab") == errc::ok);
};
constexpr auto an_upgrade = [](wired &w) {
  REQUIRE(w.send("GET", "/", {}, {{"Upgrade", "websocket"}}) == errc::ok);
};
constexpr auto a_connect = [](wired &w) { REQUIRE(w.send("CONNECT", "a:1") == errc::ok); };
constexpr auto an_expecting_post = [](wired &w) {
  REQUIRE(w.send("POST", "/", content::of(3), {{"Expect", "100-continue"}}) == errc::ok);
};

/// Reads all of `input` in every way; what is reported.
template <class... Sends> std::string read_behind(string_view input, Sends... sends) {
  const std::string said = every_way<http::client>(having(sends...), input, silent);
  return said.substr(0, said.find("sent "));
}
/// The bytes that are left then.
template <class... Sends> std::string left_behind(string_view input, Sends... sends) {
  wired w(having(sends...));
  w.unread = input;
  w.run(silent);
  return w.unread;
}

} // namespace

// --- pairing
// ---------------------------------------------------------------------------------------------------

TEST_CASE("a client matches responses to its requests in their order", "[H1-380]") {
  SECTION("HEAD has no body, GET has") {
    CHECK(read_behind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + std::string(ok_hi), a_head, a_get) ==
          "response 200 1.1 none keep\nend\nresponse 200 1.1 length=2 keep\ndata hi\nend\n");
    CHECK(read_behind(std::string(ok_hi) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", a_get, a_head) ==
          "response 200 1.1 length=2 keep\ndata hi\nend\nresponse 200 1.1 none keep\nend\n");
  }
  SECTION("only final responses use one up") {
    const std::string hints = "HTTP/1.1 103 Early Hints\r\n\r\n";
    CHECK(read_behind(hints + hints + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + hints +
                          std::string(ok_hi),
                      a_head, a_get) == "interim 103 1.1\ninterim 103 1.1\nresponse 200 1.1 none keep\nend\n"
                                        "interim 103 1.1\nresponse 200 1.1 length=2 keep\ndata hi\nend\n");
  }
  SECTION("204 and 304 have no body, whatever they say") {
    CHECK(read_behind(
              "HTTP/1.1 204 N\r\n\r\nHTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n" + std::string(ok_hi), a_get,
              a_get, a_get) == "response 204 1.1 none keep\nend\nresponse 304 1.1 none keep\nend\n"
                               "response 200 1.1 length=2 keep\ndata hi\nend\n");
  }
  SECTION("whether an upgrade was offered belongs to the request") {
    wired w(having(a_get, an_upgrade));
    CHECK(w.next(switching).ec == errc::unexpected_upgrade); // answers the first
    CHECK(read_behind(std::string(ok) + std::string(switching), a_get, an_upgrade) ==
          "response 200 1.1 length=0 keep\nend\nswitched 101 1.1\n");
  }
  SECTION("whether it was CONNECT, too") {
    CHECK(read_behind(std::string(ok_hi) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", a_get,
                      a_connect) == "response 200 1.1 length=2 keep\ndata hi\nend\nswitched 200 1.1\n");
  }
}

TEST_CASE("a client has at most sixteen requests outstanding", "[H1-380][H1-410]") {
  wired w;
  for (int i = 0; i < 16; ++i) {
    CHECK(w.http.can_send());
    CHECK(w.send(i % 3 == 0 ? "HEAD" : "GET", "/") == errc::ok);
    CHECK(w.http.outstanding().size() == static_cast<std::size_t>(i + 1));
  }
  CHECK(w.http.outstanding().full());
  CHECK_FALSE(w.http.can_send());
  CHECK(w.send("GET", "/") == errc::wrong_state);
  const string_view plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  for (int i = 0; i < 40; ++i) {
    CAPTURE(i);
    CHECK(w.http.outstanding()[0].head == (i % 3 == 0));
    CHECK(w.next(plain).framing.kind == (i % 3 == 0 ? http::body_kind::none : http::body_kind::length));
    CHECK(w.http.can_send());
    if (i % 3 != 0) CHECK(w.next("hi").kind == event_kind::data);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.send((i + 16) % 3 == 0 ? "HEAD" : "GET", "/") == errc::ok);
    CHECK(w.http.outstanding().full());
  }
}

TEST_CASE("a queue of requests gives back what was put in, in order", "[H1-380]") {
  static_assert([] {
    http::request_queue q;
    for (unsigned round = 0; round < 5; ++round) {
      for (unsigned i = 0; i < 16; ++i) q.push({(i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0});
      if (!q.full()) return false;
      for (unsigned i = 0; i < 16; ++i) {
        const http::outstanding_request r = q[0];
        if (r.head != ((i & 1) != 0) || r.connect != ((i & 2) != 0) || r.idempotent != ((i & 4) != 0) ||
            r.upgrade != ((i & 8) != 0))
          return false;
        q.pop();
        if (q.size() != 15 - i) return false;
      }
    }
    return true;
  }());
  CHECK(http::outstanding_request{.head = true}.method() == http::method::head);
  CHECK(http::outstanding_request{.connect = true}.method() == http::method::connect);
  CHECK(http::outstanding_request{.idempotent = true}.method() == http::method::get);
}

TEST_CASE("a client takes no response where none is due", "[H1-381][H1-121]") {
  SECTION("idle") {
    wired w;
    CHECK(w.next("HTTP/1.1 408 T\r\n\r\n").ec == errc::unexpected_data);
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.next().kind == event_kind::failed);
    CHECK(w.send("GET", "/") == errc::wrong_state);
  }
  SECTION("empty lines are dropped, however they arrive") {
    for (const string_view lines : {"\r\n", "\r\n\r\n\r\n"}) {
      CHECK(every_way<http::client>({}, lines, silent) == "sent \nleft \n");
    }
    wired w;
    CHECK(w.next("\r").kind == event_kind::need_more);
    CHECK(w.unread == "\r");
    CHECK(w.http.is_idle());
    CHECK(w.next("\n").kind == event_kind::need_more);
    CHECK(w.unread.empty());
    CHECK(w.send("GET", "/") == errc::ok);
    CHECK(w.next(ok).kind == event_kind::response);
  }
  SECTION("anything else is not, and the error is at its first byte") {
    for (const string_view bytes : {"\n", "\rX", "x", "\r\r", " \r\n", "\0"}) {
      wired w;
      w.unread = std::string("\r\n\r\n") + std::string(bytes.empty() ? string_view("\0", 1) : bytes);
      const event e = w.next();
      CHECK(e.ec == errc::unexpected_data);
      CHECK(e.why.at == 4);
      CHECK(e.consumed == 0);
    }
  }
  SECTION("behind the last response") {
    CHECK(read_behind(std::string(ok_hi) + "XX", a_get) ==
          "response 200 1.1 length=2 keep\ndata hi\nend\nfailed unexpected_data\n");
    CHECK(read_behind("HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nhello", a_get) ==
          "response 204 1.1 none keep\nend\nfailed unexpected_data\n");
    CHECK(read_behind(std::string(ok) + std::string(ok), a_get) ==
          "response 200 1.1 length=0 keep\nend\nfailed unexpected_data\n");
    CHECK(read_behind(std::string(ok_hi) + "\r\n\r\n", a_get) ==
          "response 200 1.1 length=2 keep\ndata hi\nend\n");
  }
}

// --- persistence
// -----------------------------------------------------------------------------------------------

TEST_CASE("a client keeps a connection as version and Connection of the response say", "[H1-382][H1-384]") {
  struct sample {
    string_view head;
    bool keeps;
  };
  const sample samples[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, keep-alive\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\n\r\n", false}, // until the close
  };
  for (const sample &s : samples) {
    CAPTURE(std::string(s.head));
    wired w(having(a_get));
    CHECK(w.next(s.head).kind == event_kind::response);
    CHECK(w.http.can_send() == s.keeps);
    if (!contains(s.head, "Length")) {
      CHECK(w.next("abc").data == "abc");
      CHECK(w.http.waits_for() == waiting::body);
      CHECK(w.end_of_input().kind == event_kind::end);
      CHECK(w.end_of_input().kind == event_kind::closed);
    } else {
      CHECK(w.next().kind == event_kind::end);
    }
    CHECK(w.http.is_idle() == s.keeps);
    CHECK(w.http.next_duty() == (s.keeps ? duty::send : duty::close));
    CHECK(w.send("GET", "/") == (s.keeps ? errc::ok : errc::wrong_state));
    if (!s.keeps) CHECK(w.next(ok).kind == event_kind::closed);
  }
}

TEST_CASE("behind its own close a client sends nothing, and closes after the response", "[H1-387][H1-384]") {
  wired w;
  CHECK(w.send("GET", "/", {}, close_) == errc::ok);
  CHECK(contains(w.sent, "Connection: close\r\n"));
  CHECK_FALSE(w.http.can_send());
  CHECK(w.send("GET", "/") == errc::wrong_state);
  check_phases(w, phase::due, phase::over);
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.next(std::string(ok_hi) + std::string(ok)).kind == event_kind::response);
  CHECK(w.next().kind == event_kind::data);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.next().kind == event_kind::closed);
  CHECK(w.unread == ok);
  SECTION("with others outstanding before it, all of them are read") {
    wired three(having(a_get, a_get));
    CHECK(three.send("GET", "/", {}, close_) == errc::ok);
    for (int i = 0; i < 3; ++i) {
      CHECK(three.http.next_duty() == duty::read);
      CHECK(three.next(ok).kind == event_kind::response);
      CHECK(three.next().kind == event_kind::end);
    }
    CHECK(three.http.next_duty() == duty::close);
  }
  SECTION("with content, once that is sent") {
    wired posting;
    CHECK(posting.send("POST", "/", content::of(2), close_) == errc::ok);
    CHECK(posting.send_data("ab") == errc::ok);
    CHECK(posting.send("GET", "/") == errc::wrong_state);
    check_phases(posting, phase::due, phase::over);
  }
  SECTION("HTTP/1.0 means it, unless it says keep-alive") {
    wired old;
    CHECK(old.send("GET", "/", {}, {}, 0) == errc::ok);
    CHECK_FALSE(old.http.can_send());
    wired keeping;
    CHECK(keeping.send("GET", "/", {}, {{"Connection", "keep-alive"}}, 0) == errc::ok);
    CHECK(contains(keeping.sent, "Connection: keep-alive\r\n"));
    CHECK(keeping.http.can_send());
  }
}

TEST_CASE("on receiving close a client stops, and tells which requests stay unanswered", "[H1-388][H1-392]") {
  wired w(having(a_get, a_post, a_head));
  CHECK(w.http.outstanding().size() == 3);
  CHECK(w.next(ok_close).kind == event_kind::response);
  CHECK(w.send("GET", "/") == errc::wrong_state);
  CHECK(w.http.outstanding().size() == 2);
  CHECK(w.next(ok).kind == event_kind::end);
  CHECK(w.next().kind == event_kind::closed);
  CHECK(w.unread == ok); // no later response is looked at
  CHECK(w.http.next_duty() == duty::close);
  REQUIRE(w.http.outstanding().size() == 2);
  CHECK_FALSE(w.http.outstanding()[0].idempotent); // POST: not to be repeated by itself
  CHECK(w.http.outstanding()[1].idempotent);       // HEAD
  CHECK(w.http.outstanding()[1].head);
}

TEST_CASE("a client knows which requests may be repeated", "[H1-392]") {
  for (const string_view method :
       {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "POST", "PATCH", "CONNECT", "FOO"}) {
    CAPTURE(std::string(method));
    wired w;
    CHECK(w.send(method, method == "CONNECT" ? "a:1" : "/") == errc::ok);
    CHECK(w.end_of_input().kind == event_kind::closed);
    REQUIRE(w.http.outstanding().size() == 1);
    CHECK(w.http.outstanding()[0].idempotent ==
          (method != "POST" && method != "PATCH" && method != "CONNECT" && method != "FOO"));
  }
}

TEST_CASE("a client pipelines only behind idempotent requests on a connection that was kept", "[H1-391]") {
  wired w;
  CHECK(w.http.may_pipeline());
  CHECK(w.send("GET", "/") == errc::ok);
  CHECK_FALSE(w.http.may_pipeline()); // not yet known to be kept
  CHECK(w.http.can_send());
  CHECK(w.next(ok).kind == event_kind::response);
  CHECK(w.http.may_pipeline());
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.send("GET", "/") == errc::ok);
  CHECK(w.http.may_pipeline());
  CHECK(w.send("PUT", "/", content::of(0)) == errc::ok);
  CHECK(w.http.may_pipeline());
  CHECK(w.send("POST", "/", content::of(1)) == errc::ok);
  CHECK_FALSE(w.http.may_pipeline()); // its body is being sent
  CHECK(w.send_data("x") == errc::ok);
  CHECK_FALSE(w.http.may_pipeline()); // POST outstanding
  CHECK(w.http.can_send());
  for (int i = 0; i < 2; ++i) {
    CHECK(w.next(ok).kind == event_kind::response);
    CHECK(w.next().kind == event_kind::end);
    CHECK_FALSE(w.http.may_pipeline());
  }
  CHECK(w.next("HTTP/1.1 100 C\r\n\r\n").kind == event_kind::informational);
  CHECK_FALSE(w.http.may_pipeline());
  CHECK(w.next(ok).kind == event_kind::response); // its final status
  CHECK(w.http.may_pipeline());
  SECTION("nor with sixteen outstanding") {
    CHECK(w.next().kind == event_kind::end);
    for (int i = 0; i < 16; ++i) {
      CHECK(w.http.may_pipeline());
      CHECK(w.send("GET", "/") == errc::ok);
    }
    CHECK_FALSE(w.http.may_pipeline());
  }
}

TEST_CASE("a client reads the whole of a response before the next, or drops the connection", "[H1-393]") {
  wired w(having(a_get, a_get));
  CHECK(w.next(ok_hi.substr(0, ok_hi.size() - 1)).kind == event_kind::response);
  CHECK(w.next().data == "h");
  CHECK(w.fail(errc::body_too_large).kind == event_kind::failed);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.next("i" + std::string(ok)).kind == event_kind::failed);
  CHECK(w.http.outstanding().size() == 1);
}

// --- 100 (Continue) and interim responses
// ------------------------------------------------------------------------

TEST_CASE("a client holds a body back until the server says 100, or the caller does not wait", "[H1-396]") {
  wired w;
  CHECK(w.send("POST", "/", content::of(3), expect) == errc::ok);
  CHECK(contains(w.sent, "Expect: 100-continue\r\n"));
  CHECK(w.http.awaits_continue());
  CHECK(w.http.body_wanted());
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.http.waits_for() == waiting::answer);
  SECTION("100") {
    CHECK(w.next("HTTP/1.1 103 E\r\n\r\n").kind == event_kind::informational);
    CHECK(w.http.awaits_continue());
    CHECK(w.next(continue_).kind == event_kind::informational);
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("abc") == errc::ok);
    CHECK(w.next(ok).kind == event_kind::response);
    CHECK(w.http.can_send());
  }
  SECTION("the caller's timer") {
    CHECK(w.send_data("") == errc::ok); // nothing was sent
    CHECK(w.http.awaits_continue());
    CHECK(w.send_data("a") == errc::ok);
    CHECK_FALSE(w.http.awaits_continue());
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.next(continue_).kind == event_kind::informational); // late, and harmless
    CHECK(w.send_data("bc") == errc::ok);
    CHECK(w.next(ok).kind == event_kind::response);
    CHECK(w.http.can_send());
  }
  SECTION("a final status instead: the body stays unsent, and the connection ends") {
    const bool closing = GENERATE(true, false);
    CHECK(w.next(closing ? "HTTP/1.1 417 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                         : "HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n")
              .kind == event_kind::response);
    CHECK_FALSE(w.http.awaits_continue());
    CHECK_FALSE(w.http.body_wanted());
    CHECK(w.send_data("abc") == errc::wrong_state);
    CHECK(w.send_end() == errc::wrong_state);
    CHECK(w.send("GET", "/") == errc::wrong_state);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.next().kind == event_kind::closed);
    CHECK(w.http.outstanding().size() == 0);
  }
  SECTION("a final status once the body has begun: it may be sent to its end") {
    CHECK(w.send_data("a") == errc::ok);
    CHECK(w.next("HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n").kind == event_kind::response);
    CHECK(w.send_data("bc") == errc::ok);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.can_send());
  }
}

TEST_CASE("a 100 that belongs to an earlier request asks for no body", "[H1-396][H1-380]") {
  wired w(having(a_get, an_expecting_post));
  CHECK(w.next(continue_).kind == event_kind::informational);
  CHECK(w.http.awaits_continue());
  CHECK(w.next(ok).kind == event_kind::response); // to the GET: the body may still be asked for
  CHECK(w.http.awaits_continue());
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.next(continue_).kind == event_kind::informational);
  CHECK_FALSE(w.http.awaits_continue());
  CHECK(w.send_data("abc") == errc::ok);
}

TEST_CASE("an expectation needs content and HTTP/1.1", "[H1-396][H1-410]") {
  wired w;
  CHECK(w.send("GET", "/", {}, expect) == errc::invalid_input);
  CHECK(w.send("POST", "/", content::of(0), expect) == errc::invalid_input);
  CHECK(w.send("POST", "/", content::of(3), expect, 0) == errc::invalid_input);
  CHECK(w.sent.empty());
  CHECK(w.http.is_idle());
}

TEST_CASE("interim responses are reported apart, and not without end", "[H1-397]") {
  SECTION("any that comes") {
    CHECK(read_behind("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + std::string(ok), a_get) ==
          "interim 100 1.1\ninterim 102 1.1\nresponse 200 1.1 length=0 keep\nend\n");
  }
  SECTION("at the limit and beyond") {
    for (const std::size_t limit : {std::size_t{32}, std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
      CAPTURE(limit);
      std::string interim;
      for (std::size_t i = 0; i < limit; ++i) interim += "HTTP/1.1 103 x\r\n\r\n";
      setup s = having(a_get, a_get);
      if (limit != 32) s.limits.interim = static_cast<std::uint16_t>(limit);
      wired w(s);
      w.unread = interim + std::string(ok) + interim + std::string(ok); // counted for each request
      w.run(silent);
      CHECK(w.http.is_idle());
      wired over(s);
      over.unread = interim + "HTTP/1.1 103 x\r\n\r\n" + std::string(ok);
      over.run(silent);
      CHECK(over.http.receiving() == phase::failed);
      const event e = over.next();
      CHECK(e.ec == errc::too_many_interim);
      CHECK(e.consumed == 0);
      CHECK(e.why.at == 0);
      CHECK(over.http.next_duty() == duty::close);
      CHECK(contains(over.unread, "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200"));
    }
  }
  SECTION("a limit that is lowered meanwhile holds") {
    wired w(having(a_get));
    for (int i = 0; i < 3; ++i) CHECK(w.next("HTTP/1.1 103 x\r\n\r\n").kind == event_kind::informational);
    w.limits.interim = 2;
    CHECK(w.next("HTTP/1.1 103 x\r\n\r\n").ec == errc::too_many_interim);
  }
  SECTION("cut in any way") {
    setup s = having(a_get);
    s.limits.interim = 1;
    CHECK(every_way(s, "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n", silent) ==
          "interim 103 1.1\nfailed too_many_interim\nsent \nleft HTTP/1.1 103 x\\r\\n\\r\\n\n");
  }
}

// --- upgrades and tunnels
// ----------------------------------------------------------------------------------------

TEST_CASE("a 101 ends HTTP, and every byte behind it is the other protocol's", "[H1-399][H1-403]") {
  for (const string_view rest : {string_view(), string_view("\x81\x05"), string_view("\r\n"), ok}) {
    CHECK(every_way<http::client>(having(an_upgrade), std::string(switching) + std::string(rest), silent) ==
          "switched 101 1.1\nsent \nleft " + coax_test::escape(rest) + "\n");
  }
  wired w(having(an_upgrade));
  check_phases(w, phase::due, phase::done);
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.send("GET", "/") == errc::wrong_state); // what follows waits for the answer
  CHECK(w.next("HTTP/1.1 103 E\r\n\r\n").kind == event_kind::informational);
  const event e = w.next(std::string(switching) + "\x81\x05");
  CHECK(e.kind == event_kind::switched);
  CHECK(e.head.code == 101);
  check_phases(w, phase::switched, phase::switched);
  CHECK(w.http.next_duty() == duty::take_over);
  CHECK(w.http.waits_for() == waiting::nothing);
  CHECK(w.http.outstanding().size() == 0);
  for (int i = 0; i < 2; ++i) {
    const event again = w.next();
    CHECK(again.kind == event_kind::switched);
    CHECK(again.consumed == 0);
  }
  CHECK(w.unread == "\x81\x05");
  CHECK(w.send("GET", "/") == errc::wrong_state);
  CHECK(w.send_data("x") == errc::wrong_state);
  CHECK(w.fail(errc::timed_out).kind == event_kind::switched);
  w.http.close();
  check_phases(w, phase::switched, phase::switched);
  CHECK(w.end_of_input().kind == event_kind::closed);
  CHECK(w.next().kind == event_kind::closed);
  CHECK(w.http.next_duty() == duty::close);
}

TEST_CASE("a 101 that was not asked for is an error", "[H1-400]") {
  const auto refuses = [](const std::string &head, auto... sends) {
    CAPTURE(head);
    const std::string said = read_behind(head + "\x81", sends...);
    CHECK(said == "failed unexpected_upgrade\n");
    wired w(having(sends...));
    CHECK(w.next(head).consumed == 0);
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.send("GET", "/") == errc::wrong_state);
  };
  refuses(std::string(switching), a_get);
  refuses(std::string(switching), a_head);
  refuses(std::string(switching), a_connect);
  refuses("HTTP/1.1 101 S\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: websocket, h2c\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: websocket/13\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.1 101 S\r\nUpgrade: ,\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  refuses("HTTP/1.0 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", an_upgrade);
  SECTION("case and order do not matter, nor do several offers") {
    wired w;
    CHECK(w.send("GET", "/", {}, {{"Upgrade", "h2c, WebSocket, mqtt/3"}}) == errc::ok);
    CHECK(contains(w.sent, "Connection: upgrade\r\n"));
    CHECK(w.next("HTTP/1.1 101 S\r\nupgrade: mqtt/3, websocket\r\nconnection: Upgrade\r\n\r\n").kind ==
          event_kind::switched);
  }
}

TEST_CASE("the other protocol begins only behind the whole request", "[H1-400][H1-398]") {
  const auto begin = [](wired &w, const head_lines &lines) {
    REQUIRE(w.send("POST", "/", content::of(3), lines) == errc::ok);
  };
  SECTION("a 101 that comes early: the body is HTTP to its end") {
    wired w;
    begin(w, upgrade);
    CHECK(w.send_data("a") == errc::ok);
    CHECK(w.next(std::string(switching) + "\x81").kind == event_kind::switched);
    check_phases(w, phase::switched, phase::body);
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.next().kind == event_kind::switched);
    CHECK(w.unread == "\x81");
    CHECK(w.send_data("bcd") == errc::invalid_input);
    CHECK(w.send_data("bc") == errc::ok);
    check_phases(w, phase::switched, phase::switched);
    CHECK(w.http.next_duty() == duty::take_over);
    CHECK(w.send("GET", "/") == errc::wrong_state);
  }
  SECTION("and if it is not sent to its end, the connection is broken") {
    wired w;
    begin(w, upgrade);
    CHECK(w.next(switching).kind == event_kind::switched);
    CHECK(w.send_end() == errc::body_too_short);
    CHECK(w.http.next_duty() == duty::close);
  }
  SECTION("100 comes before 101") {
    head_lines lines = upgrade;
    lines.push_back(expect[0]);
    wired w;
    begin(w, lines);
    SECTION("it does not") { CHECK(w.next(switching).ec == errc::unexpected_upgrade); }
    SECTION("it does") {
      CHECK(w.next(std::string(continue_) + std::string(switching)).kind == event_kind::informational);
      CHECK(w.next().kind == event_kind::switched);
      CHECK(w.send_data("abc") == errc::ok);
      CHECK(w.http.next_duty() == duty::take_over);
    }
  }
}

TEST_CASE("an upgrade that is ignored or denied leaves HTTP as it was", "[H1-402][H1-405]") {
  for (const string_view answer : {ok, string_view("HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n")}) {
    wired w(having(an_upgrade));
    CHECK(w.next(answer).kind == event_kind::response);
    CHECK(w.http.can_send());
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.is_idle());
    CHECK(w.send("GET", "/") == errc::ok);
    CHECK(w.next(switching).ec == errc::unexpected_upgrade); // the offer is gone
  }
}

TEST_CASE("a 2xx to CONNECT opens a tunnel, whatever its fields say", "[H1-403][H1-399]") {
  for (const string_view head : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                                 "HTTP/1.1 299 x\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"}) {
    CHECK(every_way<http::client>(having(a_connect), std::string(head) + "hello", silent)
              .find("left hello\n") != std::string::npos);
    wired w(having(a_connect));
    CHECK(w.next(std::string(head) + "hello").kind == event_kind::switched);
    CHECK(w.http.next_duty() == duty::take_over);
    CHECK(w.unread == "hello");
  }
  SECTION("any other answer is a response") {
    CHECK(read_behind("HTTP/1.1 407 x\r\nContent-Length: 2\r\n\r\nno" + std::string(), a_connect) ==
          "response 407 1.1 length=2 keep\ndata no\nend\n");
    wired w(having(a_connect));
    CHECK(w.send("GET", "/") == errc::wrong_state);
    CHECK(w.next("HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n").kind == event_kind::response);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.send("CONNECT", "a:1") == errc::ok);
  }
}

// --- early responses
// ---------------------------------------------------------------------------------------------

TEST_CASE("a final response that comes early is reported at once; with close it stops the body", "[H1-404]") {
  wired w(having(a_half_post));
  CHECK(w.next("HTTP/1.1 413 x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n").kind ==
        event_kind::response);
  check_phases(w, phase::body, phase::over);
  CHECK_FALSE(w.http.body_wanted());
  CHECK(w.send_data("cd") == errc::wrong_state);
  CHECK(w.send_end() == errc::wrong_state);
  CHECK(w.send_end({{"X", "y"}}) == errc::wrong_state);
  CHECK(w.http.next_duty() == duty::read);
  CHECK(w.next("no").data == "no");
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.http.next_duty() == duty::close);
}

TEST_CASE("a body that was stopped has no end, whatever was sent before it", "[H1-404][H1-410]") {
  wired w(having(a_get, a_half_post));
  CHECK(w.next(ok).kind == event_kind::response);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.next(ok_close).kind == event_kind::response);
  CHECK(w.send_end() == errc::wrong_state);
  CHECK(w.send_data("cd") == errc::wrong_state);
}

TEST_CASE("a final response without close leaves the body to be sent, and the cycle open",
          "[H1-404][H1-405]") {
  wired w(having(a_half_post));
  CHECK(w.next(ok).kind == event_kind::response);
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.next().kind == event_kind::end);
  check_phases(w, phase::idle, phase::body);
  CHECK_FALSE(w.http.is_idle());
  CHECK_FALSE(w.http.can_send());
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.http.waits_for() == waiting::nothing);
  SECTION("sent to its end") {
    CHECK(w.send_data("cd") == errc::ok);
    CHECK(w.http.is_idle());
    CHECK(w.http.waits_for() == waiting::idle);
    CHECK(w.send("GET", "/") == errc::ok);
    CHECK(w.next(ok).kind == event_kind::response);
  }
  SECTION("nothing else is due") { CHECK(w.next("x").ec == errc::unexpected_data); }
  SECTION("the server goes away") {
    CHECK(w.end_of_input().kind == event_kind::closed);
    CHECK(w.send_data("cd") == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::close);
  }
  SECTION("the caller closes: the body is still sent") {
    w.http.close();
    CHECK(w.http.next_duty() == duty::send);
    CHECK(w.send_data("cd") == errc::ok);
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.next().kind == event_kind::closed);
  }
}

TEST_CASE("a request that says close ends the connection also if it was answered early", "[H1-387][H1-405]") {
  wired w;
  CHECK(w.send("POST", "/", content::of(2), close_) == errc::ok);
  CHECK(w.next(ok).kind == event_kind::response);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.send_data("ab") == errc::ok);
  check_phases(w, phase::over, phase::over);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.next().kind == event_kind::closed);
}

TEST_CASE("a chunked body can be ended early", "[H1-404]") {
  setup s;
  s.end = http::client({.assume_http11 = true});
  wired w(s);
  CHECK(w.send("POST", "/", content::streamed()) == errc::ok);
  CHECK(w.send_data("ab") == errc::ok);
  CHECK(w.next("HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n").kind == event_kind::response);
  CHECK(w.send_end() == errc::ok);
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.http.is_idle());
}

// --- content
// -----------------------------------------------------------------------------------------------------

TEST_CASE("a client streams only to servers that are known to speak HTTP/1.1", "[H1-410]") {
  wired w;
  CHECK(w.send("POST", "/", content::streamed()) == errc::invalid_input);
  CHECK(w.send("GET", "/") == errc::ok);
  CHECK(w.next(ok).kind == event_kind::response);
  CHECK(w.next().kind == event_kind::end);
  (void)w.take_sent();
  CHECK(w.send("POST", "/", content::streamed()) == errc::ok);
  CHECK(contains(w.sent, "Transfer-Encoding: chunked\r\n"));
  CHECK(w.send_data("ab") == errc::ok);
  CHECK(w.send_end({{"X-Sum", "1"}}) == errc::ok);
  CHECK(contains(w.sent, "\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n"));
  CHECK(w.next("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").kind ==
        event_kind::response);
  CHECK(w.send("POST", "/", content::streamed()) == errc::invalid_input); // not any more
}

TEST_CASE("a client says no body where none was passed to POST, PUT and PATCH", "[H1-410]") {
  for (const string_view method : {"POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "FOO"}) {
    wired w;
    CHECK(w.send(method, "/") == errc::ok);
    CHECK(contains(w.sent, "Content-Length: 0\r\n") == (method[0] == 'P'));
    CHECK_FALSE(w.http.body_wanted());
    CHECK(w.send_data("x") == errc::invalid_input);
    CHECK(w.send_end({{"X", "y"}}) == errc::invalid_input);
    CHECK(w.send_end() == errc::ok);
    CHECK(w.send_end() == errc::wrong_state);
  }
}

TEST_CASE("a request that ends too early breaks the connection", "[H1-410][H1-404]") {
  wired w(having(a_get, a_half_post));
  CHECK(w.send_data("abc") == errc::invalid_input);
  CHECK(w.send_end() == errc::body_too_short);
  check_phases(w, phase::failed, phase::failed);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.next(ok).ec == errc::body_too_short);
  CHECK(w.send_data("cd") == errc::wrong_state);
  CHECK(w.send("GET", "/") == errc::wrong_state);
  CHECK(w.http.outstanding().size() == 2);
}

TEST_CASE("a client sends one request at a time, in order", "[H1-410]") {
  wired w;
  CHECK(w.send_data("x") == errc::wrong_state);
  CHECK(w.http.send_data(1).ec == errc::wrong_state);
  CHECK(w.send_end() == errc::wrong_state);
  CHECK(w.send_end({{"X", "y"}}) == errc::wrong_state);
  CHECK(w.sent.empty());
  a_half_post(w);
  CHECK(w.send("GET", "/") == errc::wrong_state);
  CHECK(w.send_data("cd") == errc::ok);
  CHECK(w.send_data("e") == errc::wrong_state);
  CHECK(w.send("GET", "/") == errc::ok);
}

TEST_CASE("an unfinished request head is not sent", "[H1-410]") {
  std::string small(20, '\0'), room(256, '\xEE');
  http::request_head cut(small, "GET", "/", "example.com");
  wired w;
  const coax_test::snapshot<http::client> before(w.http);
  const auto refused = w.http.send(cut);
  CHECK(refused.ec == errc::buffer_too_small);
  CHECK(refused.required == string_view("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").size());
  CHECK(w.http.send(cut.prepared(), {}, room).ec == errc::buffer_too_small);
  http::request_head wrong(room, "GET", "nowhere", "example.com");
  CHECK(w.http.send(wrong).ec == errc::invalid_input);
  CHECK(before.still(w.http));
}

// --- ends
// --------------------------------------------------------------------------------------------------------

TEST_CASE("the end of input ends a client in every phase", "[H1-384][H1-388][H1-407]") {
  for (const bool clean : {true, false}) {
    CAPTURE(clean);
    SECTION(clean ? "idle, clean" : "idle") {
      wired w;
      CHECK(w.end_of_input(clean).kind == event_kind::closed);
      check_phases(w, phase::over, phase::over);
      CHECK(w.http.next_duty() == duty::close);
      CHECK(w.http.waits_for() == waiting::nothing);
      CHECK(w.send("GET", "/") == errc::wrong_state);
    }
    SECTION(clean ? "a response due, clean" : "a response due") {
      wired w(having(a_get, a_head));
      CHECK(w.end_of_input(clean).kind == event_kind::closed);
      CHECK(w.http.outstanding().size() == 2);
      CHECK(w.end_of_input(clean).kind == event_kind::closed);
    }
    SECTION(clean ? "in a head, clean" : "in a head") {
      wired w(having(a_get));
      CHECK(w.next("H").kind == event_kind::need_more);
      CHECK(w.http.waits_for() == waiting::head);
      CHECK(w.end_of_input(clean).ec == errc::incomplete);
      CHECK(w.end_of_input(clean).ec == errc::incomplete);
      CHECK(w.http.outstanding().size() == 1);
      CHECK(w.http.next_duty() == duty::close);
    }
    SECTION(clean ? "in a sized body, clean" : "in a sized body") {
      wired w(having(a_get));
      CHECK(w.next(ok_hi.substr(0, ok_hi.size() - 1)).kind == event_kind::response);
      CHECK(w.next().data == "h");
      CHECK(w.end_of_input(clean).ec == errc::incomplete);
      CHECK(w.http.body_received() == 1);
    }
    SECTION(clean ? "in a chunked body, clean" : "in a chunked body") {
      wired w(having(a_get));
      CHECK(w.next("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n").kind ==
            event_kind::response);
      CHECK(w.next().kind == event_kind::data);
      CHECK(w.next().kind == event_kind::need_more);
      CHECK(w.end_of_input(clean).ec == errc::incomplete);
    }
    SECTION(clean ? "in a body until the close, clean" : "in a body until the close") {
      wired w(having(a_get, a_get));
      CHECK(w.next("HTTP/1.1 200 OK\r\n\r\nab").kind == event_kind::response);
      CHECK(w.next().data == "ab");
      if (clean) {
        CHECK(w.end_of_input(clean).kind == event_kind::end);
        CHECK(w.end_of_input(clean).kind == event_kind::closed);
        CHECK(w.next().kind == event_kind::closed);
      } else {
        CHECK(w.end_of_input(clean).ec == errc::incomplete);
      }
      CHECK_FALSE(w.http.is_idle());
      CHECK(w.http.next_duty() == duty::close);
      CHECK(w.http.outstanding().size() == 1);
    }
    SECTION(clean ? "behind the octets of a body, clean" : "behind the octets of a body") {
      wired w(having(a_get));
      CHECK(w.next(ok_hi).kind == event_kind::response);
      CHECK(w.next().data == "hi");
      CHECK(w.end_of_input(clean).kind == event_kind::end);
      CHECK(w.end_of_input(clean).kind == event_kind::closed);
    }
    SECTION(clean ? "while a body is sent, clean" : "while a body is sent") {
      wired w(having(a_half_post));
      CHECK(w.end_of_input(clean).kind == event_kind::closed);
      check_phases(w, phase::over, phase::over);
      CHECK(w.send_data("cd") == errc::wrong_state);
      CHECK(w.http.outstanding().size() == 1);
    }
  }
}

TEST_CASE("a response that is complete when the input ends is the last", "[H1-388][H1-384]") {
  wired w(having(a_get, a_get));
  CHECK(w.next(ok_hi).kind == event_kind::response);
  CHECK(w.next().data == "hi");
  CHECK(w.end_of_input().kind == event_kind::end);
  CHECK(w.http.next_duty() == duty::close);
  CHECK(w.http.outstanding().size() == 1);
  CHECK(w.next().kind == event_kind::closed);
}

TEST_CASE("a caller's verdict fails a client in any phase", "[H1-388][H1-410]") {
  const auto fails = [](wired &w) {
    const std::size_t outstanding = w.http.outstanding().size();
    const event e = w.fail(errc::timed_out);
    CHECK(e.kind == event_kind::failed);
    CHECK(e.ec == errc::timed_out);
    CHECK(w.fail(errc::body_too_large).ec == errc::timed_out); // the first stays
    CHECK(w.next(ok).ec == errc::timed_out);
    CHECK(w.end_of_input().ec == errc::timed_out);
    CHECK(w.send("GET", "/") == errc::wrong_state);
    CHECK(w.send_data("x") == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.http.waits_for() == waiting::nothing);
    CHECK(w.http.outstanding().size() == outstanding);
    check_phases(w, phase::failed, phase::over);
  };
  SECTION("idle") {
    wired w;
    fails(w);
  }
  SECTION("a response due") {
    wired w(having(a_half_post));
    fails(w);
  }
  SECTION("in a head") {
    wired w(having(a_get));
    CHECK(w.next("HTTP").kind == event_kind::need_more);
    fails(w);
  }
  SECTION("in a body") {
    wired w(having(a_get));
    CHECK(w.next("HTTP/1.1 200 OK\r\n\r\n").kind == event_kind::response);
    fails(w);
  }
  SECTION("an upgrade undecided") {
    wired w(having(an_upgrade));
    fails(w);
  }
  SECTION("over") {
    wired w;
    w.http.close();
    fails(w);
  }
}

TEST_CASE("a broken response ends everything", "[H1-381][H1-388]") {
  CHECK(read_behind("HTTP/1.1 2\r\n", a_get) == "failed bad_status_line\n");
  CHECK(read_behind("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", a_get) == "failed bad_content_length\n");
  CHECK(read_behind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", a_get) ==
        "response 200 1.1 chunked keep\nfailed bad_chunk_size\n");
  CHECK(left_behind("HTTP/1.1 2\r\n", a_get) == "HTTP/1.1 2\r\n");
}

TEST_CASE("a client that is told to close sends nothing more, and reads what is outstanding",
          "[H1-387][H1-388]") {
  SECTION("idle") {
    wired w;
    w.http.close();
    check_phases(w, phase::over, phase::over);
    CHECK(w.next(ok).kind == event_kind::closed);
    CHECK(w.http.next_duty() == duty::close);
  }
  SECTION("responses outstanding") {
    wired w(having(a_get, a_get));
    w.http.close();
    CHECK(w.send("GET", "/") == errc::wrong_state);
    CHECK(w.http.next_duty() == duty::read);
    for (int i = 0; i < 2; ++i) {
      CHECK(w.next(ok).kind == event_kind::response);
      CHECK(w.next().kind == event_kind::end);
    }
    CHECK(w.http.next_duty() == duty::close);
    CHECK(w.next(ok).kind == event_kind::closed);
  }
  SECTION("in the middle of a request, which is still sent to its end") {
    wired w(having(a_half_post));
    w.http.close();
    CHECK(w.send_data("cd") == errc::ok);
    CHECK(w.send("GET", "/") == errc::wrong_state);
    CHECK(w.next(ok).kind == event_kind::response);
    CHECK(w.next().kind == event_kind::end);
    CHECK(w.http.next_duty() == duty::close);
  }
  SECTION("an upgrade outstanding: granted") {
    wired w(having(an_upgrade));
    w.http.close();
    CHECK(w.next(switching).kind == event_kind::switched);
    CHECK(w.http.next_duty() == duty::take_over);
  }
  SECTION("a tunnel outstanding: granted, refused") {
    wired granted(having(a_connect));
    granted.http.close();
    CHECK(granted.next("HTTP/1.1 200 OK\r\n\r\n").kind == event_kind::switched);
    wired refused(having(a_connect));
    refused.http.close();
    CHECK(refused.next("HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n").kind == event_kind::response);
    CHECK(refused.next().kind == event_kind::end);
    CHECK(refused.http.next_duty() == duty::close);
  }
}

TEST_CASE("a client is idle while nothing is outstanding or being sent", "[H1-409]") {
  wired w;
  CHECK(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::idle);
  CHECK(w.http.next_duty() == duty::send);
  CHECK(w.next("\r\n").kind == event_kind::need_more);
  CHECK(w.http.is_idle());
  CHECK(w.send("GET", "/") == errc::ok);
  CHECK_FALSE(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::answer);
  CHECK(w.next("H").kind == event_kind::need_more);
  CHECK(w.http.waits_for() == waiting::head);
  CHECK(w.next(ok.substr(1)).kind == event_kind::response);
  CHECK(w.http.waits_for() == waiting::body);
  CHECK(w.http.next_duty() == duty::read);
  CHECK_FALSE(w.http.is_idle());
  CHECK(w.next().kind == event_kind::end);
  CHECK(w.http.is_idle());
  CHECK(w.http.waits_for() == waiting::idle);
}

TEST_CASE("a client that may write into its input replaces folds there", "[H1-380]") {
  std::string in = "HTTP/1.1 204 N\r\nX: b\r\n c\r\n\r\n";
  std::array<http::field_ref, 8> table{};
  const http::leniency lenient{.unfold = true};
  const http::context ctx{table, http::default_limits, lenient};
  http::client refusing = having(a_get).end, folding = refusing;
  CHECK(refusing.next(ctx, string_view(in)).ec == errc::obs_fold);
  const event e = folding.next(ctx, std::span<char>(in));
  REQUIRE(e.kind == event_kind::response);
  CHECK(http::view_response(e.head, in.data(), table).fields["X"] == "b   c");
  CHECK(folding.seen().has(http::deviation::obs_fold));
  CHECK(folding.next(ctx, std::span<char>()).kind == event_kind::end);
}

TEST_CASE("a client works in constant expressions", "[H1-380]") {
  static_assert([] {
    http::client c;
    std::array<http::field_ref, 8> table{};
    std::array<char, 256> out{};
    const http::context ctx{table};
    const auto sent = c.send(http::request_head(out, "GET", "/", "a"));
    if (string_view(out.data(), sent.size) != "GET / HTTP/1.1\r\nHost: a\r\n\r\n") return false;
    string_view in = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    for (const event_kind due : {event_kind::response, event_kind::data, event_kind::end}) {
      const event e = c.next(ctx, in);
      if (e.kind != due) return false;
      in.remove_prefix(e.consumed);
    }
    return c.is_idle() && in.empty();
  }());
  CHECK(true);
}
