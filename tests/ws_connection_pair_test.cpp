// WebSocket connections in every state, next to a model; and a client and a server that talk to each other.
#include "support/catch.hpp"

#include "support/ws_talk.hpp"
#include "support/ws_walk.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::generated_keys;
using coax_test::told;
using coax_test::ws_talk;
using coax_test::ws_walk;

namespace {

std::string octets(std::mt19937 &random, std::size_t n) {
  std::string out(n, '\0');
  for (char &c : out) c = static_cast<char>(static_cast<unsigned char>(random() & 0xFF));
  return out;
}

/// One end of a generated conversation.
template <role R> struct speaker {
  connection<R> socket{};
  generated_keys keys{};
  std::string arrived{}; // and not consumed
  std::string wire{};    // sent, and not delivered
  std::vector<std::string> said{}, heard{}, pings{}, pongs{};
  std::string saying{}, hearing{};
  std::string piece{}; // of a frame that was begun, still to be sent
  bool last = false;   // that frame ends its message
  close_code closed_with = close_code::none;
  std::size_t most = 0; // octets that were waiting unread

  template <class F> bool send(F f) {
    std::array<char, 512> room;
    const written<errc> done = [&] {
      if constexpr (R == role::client)
        return f(socket, keys, room);
      else
        return f(socket, room);
    }();
    wire.append(room.data(), done.size);
    return done.ec == errc::ok;
  }
  bool owed() {
    return send([](auto &c, auto &&...to) { return c.send_owed(to...); });
  }
  bool close(close_code code, std::string_view reason) {
    const bool done = send([&](auto &c, auto &&...to) { return c.close(code, reason, to...); });
    if (done) saying.clear();
    return done;
  }

  void speak(std::mt19937 &random) {
    std::string text(random() % 4 == 0 ? random() % 300 : random() % 9, 'a');
    for (char &c : text) c = static_cast<char>('a' + random() % 26);
    if (!piece.empty()) {
      const std::string now = piece.substr(0, 1 + random() % piece.size());
      std::string copy = now;
      REQUIRE(socket.out().payload_in_place(copy) == errc::ok);
      wire += copy;
      saying += now;
      piece.erase(0, now.size());
      if (piece.empty() && last) finish();
      return;
    }
    const bool first = !socket.out().in_message();
    const bool fin = random() % 3 != 0;
    const opcode op = first ? opcode::text : opcode::continuation;
    switch (random() % 6) {
    case 0:
      if (send([&](auto &c, auto &&...to) { return c.out().ping(text.substr(0, 125), to...); }))
        pings.push_back(text.substr(0, 125));
      return;
    case 1:
    case 2:
      if (!send([&](auto &c, auto &&...to) { return c.out().begin({op, fin}, text.size(), to...); })) return;
      piece = text;
      last = fin;
      if (text.empty() && fin) finish();
      return;
    default:
      if (!send([&](auto &c, auto &&...to) { return c.out().frame({op, fin}, text, to...); })) return;
      saying += text;
      if (fin) finish();
    }
  }
  void finish() {
    said.push_back(saying);
    saying.clear();
  }

  void listen(std::mt19937 &random) {
    for (;;) {
      const event e = socket.next(limits{}, arrived);
      const std::string payload(e.payload.data(), e.payload.size());
      arrived.erase(0, e.consumed);
      REQUIRE(e.kind != event_kind::failed);
      if (e.kind == event_kind::need_more || e.kind == event_kind::closed) break;
      if (e.kind == event_kind::text) {
        hearing += payload;
        if (e.last) heard.push_back(hearing), hearing.clear();
      }
      if (e.kind == event_kind::pong) pongs.push_back(payload);
      if (e.kind == event_kind::close) closed_with = e.code;
      if (random() % 2 == 0) REQUIRE(owed());
    }
    most = std::max(most, arrived.size());
  }
};

/// Delivers some of what was sent.
template <role A, role B> void deliver(speaker<A> &from, speaker<B> &to, std::size_t n) {
  to.arrived += from.wire.substr(0, n);
  from.wire.erase(0, n);
}

bool is_part_of(const std::vector<std::string> &some, const std::vector<std::string> &all) {
  std::size_t at = 0;
  for (const std::string &s : some) {
    while (at < all.size() && all[at] != s) ++at;
    if (at++ == all.size()) return false;
  }
  return true;
}

} // namespace

TEST_CASE("every call in every state is possible, or refused without a trace",
          "[WS-214][WS-218][WS-231][WS-232][WS-233][WS-234][WS-235][WS-236][WS-240][WS-241]") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::string steps = octets(random, 20 + random() % 180);
    const std::string server = ws_walk<role::server>().run(steps);
    const std::string client = ws_walk<role::client>().run(steps);
    CAPTURE(i);
    if (!server.empty()) FAIL("server: " << server);
    if (!client.empty()) FAIL("client: " << client);
  }
}

TEST_CASE("what one end says the other hears, and both close cleanly",
          "[WS-144][WS-152][WS-164][WS-237][WS-239]") {
  std::mt19937 random(7);
  for (int round = 0; round < 600; ++round) {
    CAPTURE(round);
    speaker<role::client> a;
    speaker<role::server> b;
    const std::size_t pieces = round % 3 == 0 ? 1 : round % 3 == 1 ? 7 : 500;
    const auto pass = [&] {
      deliver(a, b, 1 + random() % pieces);
      deliver(b, a, 1 + random() % pieces);
      a.listen(random);
      b.listen(random);
    };
    for (std::size_t n = random() % 60; n > 0; --n) {
      random() % 2 != 0 ? a.speak(random) : b.speak(random);
      if (random() % 2 != 0) pass();
    }
    // one closes, or both at once; each when no frame is in progress
    const auto who = 1 + random() % 3;
    bool a_closes = who & 1, b_closes = who & 2;
    while (a.socket.next_duty() != duty::await_end || b.socket.next_duty() != duty::close_transport) {
      while (!a.piece.empty()) a.speak(random);
      while (!b.piece.empty()) b.speak(random);
      if (a_closes && a.close(close_code::going_away, "a")) a_closes = false;
      if (b_closes && b.close(close_code{4000}, "b")) b_closes = false;
      pass();
      REQUIRE(a.owed());
      REQUIRE(b.owed());
      if (a.socket.in().closed()) a_closes = false;
      if (b.socket.in().closed()) b_closes = false;
    }
    CHECK(a.socket.end_of_input().kind == event_kind::closed);
    CHECK(b.socket.end_of_input().kind == event_kind::closed);
    CHECK(a.socket.clean());
    CHECK(b.socket.clean());
    CHECK(a.socket.peer_code() == b.socket.own_code());
    CHECK(b.socket.peer_code() == a.socket.own_code());
    CHECK(a.closed_with == a.socket.peer_code());
    CHECK(a.heard == b.said);
    CHECK(b.heard == a.said);
    CHECK(is_part_of(a.pongs, a.pings));
    CHECK(is_part_of(b.pongs, b.pings));
    CHECK(a.most <= 131);
    CHECK(b.most <= 131);
  }
}

TEST_CASE("a scripted conversation is the same however it is cut", "[WS-144][WS-157][WS-164]") {
  const std::string_view script = "text Hello; first a; ping p; middle b; begin 1; last c; ping q; binary "
                                  "xyz; begin 4; payload zz; payload zz; "
                                  "close 1000 bye";
  ws_talk<role::client> asks;
  CHECK(asks.run(script).find("begin: wrong_state") != std::string::npos);
  const std::string heard =
      "text Hello | ping p | > 8a0170 | text abc | ping q | > 8a0171 | binary xyz | binary zzzz "
      "| close 1000 bye | > 880203e8 | closing close_transport nothing clean 1000 1000 ok";
  for (std::size_t cut = 0; cut < asks.sent.size(); ++cut) {
    ws_talk<role::server> answers({.cut = cut});
    answers.receive(asks.sent);
    REQUIRE(answers.run("status") == heard);
    ws_talk<role::client> end;
    (void)end.run(script);
    end.receive(answers.sent.substr(0, cut % answers.sent.size()));
    end.receive(answers.sent.substr(cut % answers.sent.size()));
    REQUIRE(end.run("status").ends_with(
        "pong p | pong q | close 1000 | closing await_end end clean 1000 1000 ok"));
  }
}
