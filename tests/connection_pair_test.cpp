// A client and a server on one wire: what one sends is what the other reports.
#include "support/catch.hpp"
#include "support/wired.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using http::content;
using http::duty;
using http::errc;
using http::event;
using http::event_kind;
using http::phase;
using std::string_view;

using client = coax_test::wired<http::client>;
using server = coax_test::wired<http::server>;
using coax_test::escape;
using coax_test::head_lines;

/// What the client does, step after step; a step that cannot be made yet answers false and is tried again.
using step = std::function<bool(client &)>;

struct exchange {
  std::vector<step> client_does;
  std::function<void(server &, const event &)> server_does;
  std::function<void(client &, const event &)> client_reacts = [](client &, const event &) {};
  coax_test::setup<http::client> client_setup{http::client({.assume_http11 = true})};
  coax_test::setup<http::server> server_setup{};
};

/// How many bytes of a stream arrive at a time.
struct cutting {
  std::vector<std::size_t> cuts{}; // offsets where a piece ends
  std::size_t step = coax::no_cap; // else, the size of every piece
  std::mt19937 *random = nullptr;  // else, anything

  std::size_t piece(std::size_t from, std::size_t available) const {
    if (random != nullptr) return std::min<std::size_t>(available, 1 + (*random)() % 40);
    for (const std::size_t cut : cuts)
      if (cut > from) return std::min(available, cut - from);
    return std::min(available, step);
  }
};

/// The streams of both directions and what became of them.
struct outcome {
  std::string asked, answered;        // all bytes
  std::string server_saw, client_saw; // logs
  std::string server_left, client_left;
  duty server_duty{}, client_duty{};

  std::string text() const {
    return "server saw\n" + server_saw + "left " + escape(server_left) + "\nclient saw\n" + client_saw +
           "left " + escape(client_left) + "\n";
  }
};

outcome play(const exchange &x, const cutting &up, const cutting &down) {
  client c(x.client_setup);
  server s(x.server_setup);
  auto server_does = x.server_does; // its own state for each play
  auto client_reacts = x.client_reacts;
  std::size_t next_step = 0, uploaded = 0, downloaded = 0;
  for (bool progress = true; progress;) {
    progress = false;
    while (next_step < x.client_does.size() && x.client_does[next_step](c)) ++next_step, progress = true;
    if (const std::size_t n = up.piece(uploaded, c.sent.size() - uploaded); n != 0) {
      s.unread += c.sent.substr(uploaded, n);
      uploaded += n;
      s.run(server_does);
      progress = true;
    }
    if (const std::size_t n = down.piece(downloaded, s.sent.size() - downloaded); n != 0) {
      c.unread += s.sent.substr(downloaded, n);
      downloaded += n;
      c.run(client_reacts);
      progress = true;
    }
  }
  CHECK(next_step == x.client_does.size());
  return {c.sent, s.sent, s.log(), c.log(), s.unread, c.unread, s.http.next_duty(), c.http.next_duty()};
}

/// Plays it with every cut of either direction, byte by byte and by threes: always the same is seen.
outcome play_every_way(const exchange &x) {
  const outcome whole = play(x, {}, {});
  const auto same = [&](const cutting &up, const cutting &down) {
    const outcome other = play(x, up, down);
    if (other.text() != whole.text()) REQUIRE(other.text() == whole.text());
    REQUIRE(other.asked == whole.asked);
    REQUIRE(other.answered == whole.answered);
    REQUIRE(other.server_duty == whole.server_duty);
    REQUIRE(other.client_duty == whole.client_duty);
  };
  for (std::size_t cut = 1; cut < whole.asked.size(); ++cut) {
    CAPTURE(cut);
    same({.cuts = {cut}}, {});
  }
  for (std::size_t cut = 1; cut < whole.answered.size(); ++cut) {
    CAPTURE(cut);
    same({}, {.cuts = {cut}});
  }
  for (const std::size_t a : {std::size_t{1}, std::size_t{3}, coax::no_cap})
    for (const std::size_t b : {std::size_t{1}, std::size_t{3}, coax::no_cap}) same({.step = a}, {.step = b});
  return whole;
}

step sends(string_view method, string_view target, content c = {}, head_lines lines = {},
           std::uint8_t minor = 1) {
  return [=](client &w) {
    if (!w.http.can_send()) return false;
    CHECK(w.send(method, target, c, lines, minor) == errc::ok);
    return true;
  };
}
step sends_data(string_view payload) {
  return [=](client &w) {
    if (w.http.awaits_continue()) return false;
    CHECK(w.send_data(payload) == errc::ok);
    return true;
  };
}
step ends(head_lines trailers = {}) {
  return [=](client &w) {
    CHECK(w.send_end(trailers) == errc::ok);
    return true;
  };
}
/// Waits until everything asked has been answered.
step waits() {
  return [](client &w) { return w.http.is_idle(); };
}

/// Answers each request when it has ended, with a payload that names how many there were.
std::function<void(server &, const event &)> numbering(head_lines lines = {}) {
  return [n = 0, lines](server &w, const event &e) mutable {
    if (e.kind != event_kind::end) return;
    const std::string payload = "no " + std::to_string(n++);
    REQUIRE(w.send(200, content::of(payload.size()), lines) == errc::ok);
    if (w.http.body_wanted()) REQUIRE(w.send_data(payload) == errc::ok);
  };
}

} // namespace

TEST_CASE("what a client asks is what a server sees, and what that answers is what the client sees",
          "[H1-380][H1-389][H1-405]") {
  const outcome o = play_every_way({
      {sends("GET", "/a"), waits(), sends("HEAD", "/b"), waits(), sends("POST", "/c", content::of(5)),
       sends_data("hel"), sends_data("lo"), waits(), sends("PUT", "/d", content::streamed()),
       sends_data("chunk"), sends_data("ed"), ends({{"X-Sum", "7"}}), waits(),
       sends("POST", "/e", content::streamed()), ends(), waits(), sends("DELETE", "/f")},
      numbering(),
  });
  CHECK(o.server_saw == "request GET /a 1.1 none keep\nend\n"
                        "request HEAD /b 1.1 none keep\nend\n"
                        "request POST /c 1.1 length=5 keep\ndata hello\nend\n"
                        "request PUT /d 1.1 chunked keep\ndata chunked\nend X-Sum=7\n"
                        "request POST /e 1.1 chunked keep\nend\n"
                        "request DELETE /f 1.1 none keep\nend\n");
  CHECK(o.client_saw == "response 200 1.1 length=4 keep\ndata no 0\nend\n"
                        "response 200 1.1 none keep\nend\n"
                        "response 200 1.1 length=4 keep\ndata no 2\nend\n"
                        "response 200 1.1 length=4 keep\ndata no 3\nend\n"
                        "response 200 1.1 length=4 keep\ndata no 4\nend\n"
                        "response 200 1.1 length=4 keep\ndata no 5\nend\n");
  CHECK(o.client_duty == duty::send);
  CHECK(o.server_duty == duty::read);
}

TEST_CASE("four pipelined requests are answered in order", "[H1-380][H1-389][H1-390]") {
  const outcome o = play_every_way({
      {sends("GET", "/0"), sends("HEAD", "/1"), sends("PUT", "/2", content::of(2)), sends_data("ab"),
       sends("GET", "/3")},
      numbering(),
  });
  CHECK(o.server_saw ==
        "request GET /0 1.1 none keep\nend\nrequest HEAD /1 1.1 none keep\nend\n"
        "request PUT /2 1.1 length=2 keep\ndata ab\nend\nrequest GET /3 1.1 none keep\nend\n");
  CHECK(o.client_saw ==
        "response 200 1.1 length=4 keep\ndata no 0\nend\nresponse 200 1.1 none keep\nend\n"
        "response 200 1.1 length=4 keep\ndata no 2\nend\nresponse 200 1.1 length=4 keep\ndata no 3\nend\n");
}

TEST_CASE("a streamed response with trailers, interim responses and an empty one arrive as sent",
          "[H1-397][H1-389]") {
  const outcome o = play_every_way({
      {sends("GET", "/", {}, {{"TE", "trailers"}}), sends("GET", "/")},
      [n = 0](server &w, const event &e) mutable {
        if (e.kind != event_kind::end) return;
        if (n++ == 1) {
          REQUIRE(w.send(204) == errc::ok);
          return;
        }
        REQUIRE(w.http.trailers_wanted());
        REQUIRE(w.send(102) == errc::ok);
        REQUIRE(w.send(103, {}, {{"Link", "</a>"}}) == errc::ok);
        REQUIRE(w.send(200, content::streamed()) == errc::ok);
        REQUIRE(w.send_data("0123456789abcdef0") == errc::ok);
        REQUIRE(w.send_data("x") == errc::ok);
        REQUIRE(w.send_end({{"T", "1"}, {"U", "2"}}) == errc::ok);
      },
  });
  CHECK(o.client_saw ==
        "interim 102 1.1\ninterim 103 1.1\nresponse 200 1.1 chunked keep\ndata 0123456789abcdef0x\n"
        "end T=1 U=2\nresponse 204 1.1 none keep\nend\n");
}

TEST_CASE("the body waits for 100, and goes when it comes", "[H1-394][H1-396]") {
  const head_lines expect{{"Expect", "100-continue"}};
  const auto willing = [](server &w, const event &e) {
    if (e.kind == event_kind::request)
      REQUIRE(w.transmit([](http::server &s, std::span<char> out) { return s.send_continue(out); }).ec ==
              errc::ok);
    if (e.kind == event_kind::end) REQUIRE(w.send(200, content::of(0)) == errc::ok);
  };
  const outcome o = play_every_way({{sends("POST", "/", content::of(3), expect), sends_data("abc"), waits(),
                                     sends("POST", "/", content::streamed(), expect), sends_data("de"),
                                     ends(), waits(), sends("GET", "/")},
                                    willing});
  CHECK(o.server_saw ==
        "request POST / 1.1 length=3 keep continue\ndata abc\nend\n"
        "request POST / 1.1 chunked keep continue\ndata de\nend\nrequest GET / 1.1 none keep\nend\n");
  CHECK(o.client_saw ==
        "interim 100 1.1\nresponse 200 1.1 length=0 keep\nend\n"
        "interim 100 1.1\nresponse 200 1.1 length=0 keep\nend\nresponse 200 1.1 length=0 keep\nend\n");

  const auto unwilling = [](server &w, const event &e) {
    if (e.kind == event_kind::request) REQUIRE(w.send(417, content::of(0)) == errc::ok);
  };
  const outcome refused = play_every_way({{sends("POST", "/", content::of(3), expect)}, unwilling});
  CHECK(refused.server_saw == "request POST / 1.1 length=3 keep continue\nclosed\n");
  CHECK(refused.client_saw == "response 417 1.1 length=0 last\nend\nclosed\n");
  CHECK(refused.client_duty == duty::close);
  CHECK(refused.server_duty == duty::shutdown_then_discard);
}

TEST_CASE("an early 413 with close stops the body", "[H1-404][H1-393]") {
  const auto refusing = [](server &w, const event &e) {
    if (e.kind == event_kind::request)
      REQUIRE(w.send(413, content::of(0), {{"Connection", "close"}}) == errc::ok);
  };
  const auto until_refused = [](client &w) {
    if (w.http.sending() != phase::over) {
      CHECK(w.sent.size() < 20000); // it does not go on for ever
      if (w.http.body_wanted()) CHECK(w.send_data("0123456789") == errc::ok);
      return false;
    }
    CHECK(w.send_data("x") == errc::wrong_state);
    return true;
  };
  const exchange x{{sends("POST", "/", content::of(1000000)), until_refused}, refusing};
  for (const cutting &down : {cutting{}, cutting{.step = 1}}) {
    client c(x.client_setup);
    server s;
    CHECK(x.client_does[0](c));
    std::size_t up = 0, from = 0;
    auto react = x.server_does;
    auto ignore = x.client_reacts;
    while (!x.client_does[1](c)) {
      s.unread += c.sent.substr(up);
      up = c.sent.size();
      s.run(react);
      const std::size_t n = down.piece(from, s.sent.size() - from);
      c.unread += s.sent.substr(from, n);
      from += n;
      c.run(ignore);
    }
    c.unread += s.sent.substr(from);
    c.run(ignore);
    CHECK(s.log() == "request POST / 1.1 length=1000000 keep\nclosed\n");
    CHECK(c.log() == "response 413 1.1 length=0 last\nend\nclosed\n");
    CHECK(c.http.next_duty() == duty::close);
    CHECK(s.http.next_duty() == duty::shutdown_then_discard);
  }
}

TEST_CASE("behind an upgrade every byte of the other protocol is where it belongs",
          "[H1-399][H1-398][H1-401][H1-403]") {
  const std::string up("\x81\x85mask\r\n\r\nGET / HTTP/1.1\r\n"), down("\x81\x02HTTP/1.1 200 OK\r\n\r\n");
  const auto switching = [down](server &w, const event &e) {
    if (e.kind != event_kind::end) return;
    REQUIRE(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::ok);
    w.sent += down; // in the same buffer as the 101
  };
  const auto other_protocol = [up](client &w) {
    if (w.http.next_duty() != duty::take_over) return false;
    w.sent += up;
    return true;
  };
  SECTION("without a body") {
    const outcome o =
        play_every_way({{sends("GET", "/", {}, {{"Upgrade", "websocket"}}), other_protocol}, switching});
    CHECK(o.server_saw == "request GET / 1.1 none keep upgrade\nend\nswitched\n");
    CHECK(o.client_saw == "switched 101 1.1\n");
    CHECK(o.server_left == up);
    CHECK(o.client_left == down);
    CHECK(o.server_duty == duty::take_over);
    CHECK(o.client_duty == duty::take_over);
  }
  SECTION("with a body, switched behind it") {
    const outcome o = play_every_way({{sends("POST", "/", content::of(3), {{"Upgrade", "h2c, websocket"}}),
                                       sends_data("abc"), other_protocol},
                                      switching});
    CHECK(o.server_saw == "request POST / 1.1 length=3 keep upgrade\ndata abc\nend\nswitched\n");
    CHECK(o.server_left == up);
    CHECK(o.client_left == down);
  }
  SECTION("switched before the body has come") {
    const auto at_once = [down](server &w, const event &e) {
      if (e.kind != event_kind::request) return;
      REQUIRE(w.send(101, {}, {{"Upgrade", "websocket"}}) == errc::ok);
      w.sent += down;
    };
    const auto when_switched = [](client &w) {
      if (w.http.receiving() != phase::switched) return false;
      CHECK(w.http.next_duty() == duty::send);
      CHECK(w.send_data("abc") == errc::ok);
      return true;
    };
    const outcome o = play_every_way(
        {{sends("POST", "/", content::of(3), {{"Upgrade", "websocket"}}), when_switched, other_protocol},
         at_once});
    CHECK(o.server_saw == "request POST / 1.1 length=3 keep upgrade\ndata abc\nend\nswitched\n");
    CHECK(o.server_left == up);
    CHECK(o.client_left == down);
  }
  SECTION("ignored: HTTP goes on") {
    const outcome o = play_every_way(
        {{sends("GET", "/", {}, {{"Upgrade", "websocket"}}), waits(), sends("GET", "/")}, numbering()});
    CHECK(o.server_saw == "request GET / 1.1 none keep upgrade\nend\nrequest GET / 1.1 none keep\nend\n");
    CHECK(o.client_saw ==
          "response 200 1.1 length=4 keep\ndata no 0\nend\nresponse 200 1.1 length=4 keep\ndata no 1\nend\n");
  }
}

TEST_CASE("a tunnel carries what it is given, and a refused one HTTP again", "[H1-403][H1-401][H1-402]") {
  const std::string up("\x16\x03\x01GET / HTTP/1.1\r\n\r\n"), down("\x16\x03\x03HTTP/1.1 200 OK\r\n\r\n");
  SECTION("granted") {
    const outcome o =
        play_every_way({{sends("GET", "/"), waits(), sends("CONNECT", "a:1"),
                         [up](client &w) {
                           if (w.http.next_duty() != duty::take_over) return false;
                           w.sent += up;
                           return true;
                         }},
                        [down](server &w, const event &e) {
                          if (e.kind != event_kind::end) return;
                          static_assert(std::is_trivially_copyable_v<http::server>);
                          const bool tunnel = w.log().find("CONNECT") != std::string::npos;
                          REQUIRE(w.send(200, tunnel ? content::none() : content::of(0)) == errc::ok);
                          if (tunnel) w.sent += down;
                        }});
    CHECK(o.server_saw ==
          "request GET / 1.1 none keep\nend\nrequest CONNECT a:1 1.1 none keep\nend\nswitched\n");
    CHECK(o.client_saw == "response 200 1.1 length=0 keep\nend\nswitched 200 1.1\n");
    CHECK(o.server_left == up);
    CHECK(o.client_left == down);
  }
  SECTION("refused") {
    const auto refusing = [](server &w, const event &e) {
      if (e.kind == event_kind::end) REQUIRE(w.send(403, content::of(0)) == errc::ok);
    };
    const outcome o = play_every_way({{sends("CONNECT", "a:1"), waits(), sends("GET", "/")}, refusing});
    CHECK(o.server_saw == "request CONNECT a:1 1.1 none keep\nend\nrequest GET / 1.1 none keep\nend\n");
    CHECK(o.client_saw == "response 403 1.1 length=0 keep\nend\nresponse 403 1.1 length=0 keep\nend\n");
  }
}

TEST_CASE("HTTP/1.0 is spoken with and without keep-alive", "[H1-382][H1-386]") {
  const head_lines keep{{"Connection", "keep-alive"}};
  const outcome kept = play_every_way({{sends("GET", "/", {}, keep, 0), waits(),
                                        sends("POST", "/", content::of(2), keep, 0), sends_data("ab")},
                                       numbering()});
  CHECK(kept.server_saw ==
        "request GET / 1.0 none keep\nend\nrequest POST / 1.0 length=2 keep\ndata ab\nend\n");
  CHECK(kept.client_saw ==
        "response 200 1.1 length=4 keep\ndata no 0\nend\nresponse 200 1.1 length=4 keep\ndata no 1\nend\n");

  const outcome last = play_every_way({{sends("GET", "/", {}, {}, 0)}, numbering()});
  CHECK(last.client_saw == "response 200 1.1 length=4 last\ndata no 0\nend\nclosed\n");
  CHECK(last.client_duty == duty::close);

  const outcome streamed = play_every_way({{sends("GET", "/", {}, keep, 0)}, [](server &w, const event &e) {
                                             if (e.kind != event_kind::end) return;
                                             REQUIRE(w.send(200, content::streamed()) == errc::ok);
                                             REQUIRE(w.send_data("until") == errc::ok);
                                             REQUIRE(w.send_data(" the close") == errc::ok);
                                             REQUIRE(w.send_end() == errc::ok);
                                           }});
  CHECK(streamed.client_saw == "response 200 1.1 until_close last\ndata until the close\n");
  CHECK(streamed.server_duty == duty::shutdown_then_discard);
}

TEST_CASE("a close by either side is seen by the other", "[H1-384][H1-385][H1-387][H1-388]") {
  SECTION("the client's") {
    const outcome o =
        play_every_way({{sends("GET", "/"), sends("GET", "/", {}, {{"Connection", "close"}})}, numbering()});
    CHECK(o.server_saw == "request GET / 1.1 none keep\nend\nrequest GET / 1.1 none last\nend\nclosed\n");
    CHECK(o.client_saw == "response 200 1.1 length=4 keep\ndata no 0\nend\n"
                          "response 200 1.1 length=4 last\ndata no 1\nend\nclosed\n");
    CHECK(o.client_duty == duty::close);
    CHECK(o.server_duty == duty::shutdown_then_discard);
  }
  SECTION("the server's, with others outstanding") {
    const outcome o = play_every_way(
        {{sends("GET", "/"), sends("GET", "/"), sends("GET", "/")}, numbering({{"Connection", "close"}})});
    CHECK(o.server_saw == "request GET / 1.1 none keep\nend\nclosed\n");
    CHECK(o.client_saw == "response 200 1.1 length=4 last\ndata no 0\nend\nclosed\n");
    CHECK(o.client_duty == duty::close);
  }
}

TEST_CASE("an error of the request is answered, and the client reads it", "[H1-406][H1-404]") {
  const auto answering = [](server &w, const event &e) {
    if (e.kind == event_kind::end) REQUIRE(w.send(200, content::of(0)) == errc::ok);
    if (e.kind == event_kind::failed)
      REQUIRE(w.transmit([](http::server &s, std::span<char> out) { return s.answer_failure(out); }).ec ==
              errc::ok);
  };
  coax_test::setup<http::server> small;
  small.limits.field_line = 40;
  small.limits.request_line = 40;
  small.limits.body = 4;
  small.limits.head = 120;
  const std::string text(60, 'x');
  const auto fails = [&](const std::vector<step> &steps, const std::string &status, const std::string &ec) {
    std::vector<step> does{sends("GET", "/"), waits()};
    does.insert(does.end(), steps.begin(), steps.end());
    const outcome o = play_every_way({does, answering, [](client &, const event &) {}, {}, small});
    CAPTURE(o.client_saw);
    CHECK(o.client_saw.find("response " + status + " 1.1 length=") != std::string::npos);
    CHECK(o.client_saw.find("\ndata " + ec + ": ") != std::string::npos);
    CHECK(o.client_saw.find("\nend\nclosed\n") != std::string::npos);
    CHECK(o.server_duty == duty::shutdown_then_discard);
    CHECK(o.client_duty == duty::close);
  };
  fails({sends("GET", "/", {}, {{"X", text}})}, "431", "field_too_long");
  fails({sends("GET", "/", {}, {{"A", text.substr(30)}, {"B", text.substr(30)}, {"C", text.substr(30)}})},
        "431", "head_too_large");
  static const std::string target = "/" + text;
  fails({sends("GET", target)}, "414", "target_too_long");
  fails({sends("POST", "/", content::of(5))}, "413", "body_too_large");
}

// --- generated exchanges
// ---------------------------------------------------------------------------------------

namespace {

/// A conversation of random requests and random answers. Each side writes down what it sends in the words of
/// the log of the other.
class conversation {
public:
  explicit conversation(unsigned seed) : random_(seed), seed_(seed) {}

  void run() {
    CAPTURE(seed_);
    auto serve = [this](server &w, const event &e) { answer(w, e); };
    auto look = [](client &, const event &) {};
    const cutting pieces{.random = &random_};
    std::size_t up = 0, down = 0;
    for (int idle = 0; idle < 3;) {
      ++idle;
      if (ask()) idle = 0;
      if (const std::size_t n = pieces.piece(up, client_.sent.size() - up); n != 0) {
        server_.unread += client_.sent.substr(up, n);
        up += n;
        server_.run(serve);
        idle = 0;
      }
      if (const std::size_t n = pieces.piece(down, server_.sent.size() - down); n != 0) {
        client_.unread += server_.sent.substr(down, n);
        down += n;
        client_.run(look);
        idle = 0;
      }
    }
    if (server_closes_) {
      CHECK(client_.http.next_duty() == duty::close);
      answers_ += "closed\n";
      CHECK(asks_.substr(0, server_.log().size() - 7) + "closed\n" == server_.log());
      CHECK(client_.http.outstanding().size() == asked_ - answered_);
    } else {
      // Answered at once, the last request is not read to its end.
      if (client_closes_ && early_) asks_.resize(asks_.find(" last\n") + 6);
      if (client_closes_) asks_ += "closed\n", answers_ += "closed\n";
      CHECK(server_.log() == asks_);
      CHECK(client_.http.outstanding().size() == 0);
      CHECK(client_.http.is_idle() != client_closes_);
    }
    CHECK(client_.log() == answers_);
    CHECK(client_.unread.empty());
  }

private:
  bool chance(unsigned in) { return random_() % in == 0; }
  std::string payload() {
    std::string out(1 + random_() % 30, 'a');
    for (char &c : out) c = static_cast<char>('a' + random_() % 26);
    return out;
  }
  static std::string data_line(const std::string &all) { return all.empty() ? "" : "data " + all + "\n"; }

  /// Sends a body in pieces; returns the lines the other side will log for it.
  template <class End> std::string send_body(End &w, const std::string &all, bool streamed) {
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t n = std::min<std::size_t>(all.size() - at, 1 + random_() % 12);
      REQUIRE(w.send_data(all.substr(at, n)) == errc::ok);
      at += n;
    }
    head_lines trailers;
    if (streamed && chance(2)) trailers.push_back({"T", std::to_string(random_() % 100)});
    if (streamed || chance(2)) REQUIRE(w.send_end(trailers) == errc::ok);
    return data_line(all) + "end" + (trailers.empty() ? "" : " T=" + trailers[0].value) + "\n";
  }

  bool ask() {
    if (asked_ == 12 || client_closes_ || !client_.http.can_send() || client_.http.outstanding().size() >= 4)
      return false;
    constexpr string_view methods[] = {"GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "FOO"};
    const string_view method = methods[random_() % std::size(methods)];
    const std::string target = "/" + std::to_string(asked_);
    const auto body = random_() % 3;
    const std::string all = body == 0 ? "" : payload();
    client_closes_ = chance(15);
    head_lines lines{{"X-Number", std::to_string(asked_)}};
    if (client_closes_) lines.push_back({"Connection", "close"});
    const content c = body == 0 ? content::none() : body == 1 ? content::of(all.size()) : content::streamed();
    REQUIRE(client_.send(method, target, c, lines) == errc::ok);
    const std::string framing = body == 2          ? "chunked"
                                : body == 1        ? "length=" + std::to_string(all.size())
                                : method[0] == 'P' ? "length=0"
                                                   : "none";
    asks_ += "request " + std::string(method) + " " + target + " 1.1 " + framing +
             (client_closes_ ? " last" : " keep") + "\n" +
             (body == 0 ? "end\n" : send_body(client_, all, body == 2));
    methods_.emplace_back(method);
    ++asked_;
    return true;
  }

  void answer(server &w, const event &e) {
    if (e.kind == event_kind::request) early_ = chance(6);
    if (!(e.kind == event_kind::request && early_) && !(e.kind == event_kind::end && !early_)) return;
    while (chance(4)) {
      REQUIRE(w.send(103) == errc::ok);
      answers_ += "interim 103 1.1\n";
    }
    const bool head = methods_[answered_++] == "HEAD";
    const bool last = !w.http.keeps_alive();
    server_closes_ = !last && chance(25);
    const head_lines lines = server_closes_ ? head_lines{{"Connection", "close"}} : head_lines{};
    const std::string keep = last || server_closes_ ? " last\n" : " keep\n";
    const std::string all = payload();
    switch (random_() % 5) {
    case 0:
      REQUIRE(w.send(204, {}, lines) == errc::ok);
      answers_ += "response 204 1.1 none" + keep + "end\n";
      break;
    case 1:
      REQUIRE(w.send(304, content::of(all.size()), lines) == errc::ok);
      answers_ += "response 304 1.1 none" + keep + "end\n";
      break;
    case 2:
      REQUIRE(w.send(404, {}, lines) == errc::ok);
      answers_ += std::string("response 404 1.1 ") + (head ? "none" : "length=0") + keep + "end\n";
      break;
    case 3:
      REQUIRE(w.send(200, content::of(all.size()), lines) == errc::ok);
      answers_ += "response 200 1.1 " + (head ? "none" : "length=" + std::to_string(all.size())) + keep;
      answers_ += w.http.body_wanted() ? send_body(w, all, false) : "end\n";
      break;
    default:
      REQUIRE(w.send(200, content::streamed(), lines) == errc::ok);
      answers_ += std::string("response 200 1.1 ") + (head ? "none" : "chunked") + keep;
      answers_ += w.http.body_wanted() ? send_body(w, all, true) : "end\n";
    }
  }

  std::mt19937 random_;
  unsigned seed_;
  client client_{{http::client({.assume_http11 = true})}};
  server server_{};
  std::string asks_, answers_;
  std::vector<std::string> methods_;
  std::size_t asked_ = 0, answered_ = 0;
  bool client_closes_ = false, server_closes_ = false, early_ = false;
};

} // namespace

TEST_CASE("generated conversations arrive as they were sent, whatever the pieces",
          "[H1-380][H1-384][H1-389][H1-393]") {
  for (unsigned seed = 1; seed <= 600; ++seed) conversation(seed).run();
}
