// Two ends that compress what they send each other: with all that can be agreed on, in any pieces.
#if __has_include(<zlib.h>)
#include "support/catch.hpp"

#include <coax/websocket/connection.hpp>
#include <coax/websocket/deflater.hpp>
#include <coax/websocket/inflater.hpp>
#include <coax/websocket/stored_blocks.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include "support/deflate_texts.hpp"
#include "support/reference_inflater.hpp"
#include "support/ws_sender.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::generated_keys;
using coax_test::json;
using coax_test::random_octets;
using coax_test::repetitive;

namespace {

struct with_zlib {
  std::vector<char> packing, unpacking;
  zlib::compressor pack;
  zlib::decompressor unpack;
  with_zlib(const deflate_parameters &agreed, role own, int level)
      : packing(zlib::compressor_memory({.window_bits = agreed.window_bits(own)})),
        unpacking(zlib::decompressor_memory(agreed.window_bits(other(own)))),
        pack({.window_bits = agreed.window_bits(own), .level = level}, packing),
        unpack(agreed.window_bits(other(own)), unpacking) {}
  static constexpr role other(role r) { return r == role::server ? role::client : role::server; }
};

struct with_stored_blocks {
  stored_block_writer pack;
  stored_block_reader unpack;
  with_stored_blocks(const deflate_parameters &, role, int) {}
};

/// One end, with all that belongs to it.
template <role R, class Engines> struct speaker {
  speaker(const deflate_parameters &agreed, deflater_options options = {}, int level = 6)
      : engines(agreed, R, level), socket({.deflate = agreed.agreed}), deflate(agreed, R, options),
        inflate(agreed, R) {}

  Engines engines;
  connection<R> socket;
  deflater deflate;
  inflater inflate;
  limits lim{};
  generated_keys keys{};
  std::string arrived{}, wire{}; // not consumed; not delivered
  std::vector<std::string> said{}, heard{};
  std::string saying{}, hearing{};
  std::size_t pings = 0, pongs = 0, compressed = 0, plain = 0;
  errc failed = errc::ok;

  template <class F> errc send(F f) {
    std::vector<char> room(1 << 17);
    written<errc> done;
    if constexpr (R == role::client)
      done = f(socket, keys, std::span<char>(room));
    else
      done = f(socket, std::span<char>(room));
    wire.append(room.data(), done.size);
    return done.ec;
  }
  errc frame(frame_kind kind, std::string_view payload) {
    return send([&](auto &c, auto &&...to) { return c.out().frame(kind, payload, to...); });
  }
  void ping() {
    REQUIRE(send([](auto &c, auto &&...to) { return c.out().ping("?", to...); }) == errc::ok);
    ++pings;
  }
  void owed() {
    REQUIRE(send([](auto &c, auto &&...to) { return c.send_owed(to...); }) == errc::ok);
  }

  /// Says a message, in one frame or in several with pings between them.
  void say(std::mt19937 &random, std::string_view message, bool text, bool in_frames) {
    REQUIRE(socket.out().may_begin());
    std::vector<char> scratch(engines.pack.bound(message.size()) + min_deflate_room);
    const deflated m =
        text ? deflate.text(engines.pack, message, scratch) : deflate.binary(engines.pack, message, scratch);
    REQUIRE(m);
    ++(m.kind.compressed ? compressed : plain);
    frame_kind kind = m.kind;
    std::string_view payload = m.payload;
    while (in_frames && random() % 3 != 0) {
      kind.fin = false;
      const std::string_view now = payload.substr(0, random() % (payload.size() + 1));
      REQUIRE(frame(kind, now) == errc::ok);
      payload.remove_prefix(now.size());
      kind = {opcode::continuation};
      if (random() % 2 == 0) ping();
    }
    REQUIRE(frame(kind, payload) == errc::ok);
    said.push_back((text ? "t" : "b") + std::string(message));
  }

  /// Compresses a piece of a message of unknown size, and sends what comes of it.
  void say_in_pieces(std::mt19937 &random, std::string_view message, bool text) {
    REQUIRE(deflate.begin(engines.pack, text ? opcode::text : opcode::binary) == errc::ok);
    frame_kind kind{.op = text ? opcode::text : opcode::binary, .fin = false, .compressed = true};
    std::vector<char> buffer(min_deflate_room + random() % 300);
    for (std::string_view rest = message; !rest.empty();) {
      const deflate_step s = deflate.add(engines.pack, rest, buffer);
      REQUIRE(s.ec == errc::ok);
      rest.remove_prefix(s.consumed);
      if (s.produced == 0) continue;
      REQUIRE(frame(kind, {buffer.data(), s.produced}) == errc::ok);
      kind = {.op = opcode::continuation, .fin = false};
      if (random() % 4 == 0) ping();
    }
    for (bool done = false; !done;) {
      const deflate_step s = deflate.end(engines.pack, buffer);
      REQUIRE(s.ec == errc::ok);
      kind.fin = done = s.done;
      REQUIRE(frame(kind, {buffer.data(), s.produced}) == errc::ok);
      kind = {.op = opcode::continuation, .fin = false};
    }
    said.push_back((text ? "t" : "b") + std::string(message));
    ++compressed;
  }

  void take(const event &m) {
    switch (m.kind) {
    case event_kind::text:
    case event_kind::binary:
      CHECK(m.first == (hearing.empty() && (m.last || !m.payload.empty())));
      if (m.first) hearing = m.kind == event_kind::text ? "t" : "b";
      hearing.append(m.payload.data(), m.payload.size());
      if (m.last) heard.push_back(hearing), hearing.clear();
      break;
    case event_kind::pong: ++pongs; break;
    case event_kind::failed:
      failed = m.ec;
      socket.fail(m.ec);
      break;
    default: break;
    }
    owed();
  }
  void listen(std::mt19937 &random) {
    while (failed == errc::ok) {
      std::vector<char> out(1 + random() % (random() % 2 == 0 ? 10 : 3000));
      if (random() % 3 == 0) {
        std::array<item, 3> items;
        const batch b = socket.next(lim, arrived, items);
        for (const item &i : std::span(items).first(b.events)) {
          if (failed != errc::ok) break;
          do take(inflate.next(engines.unpack, lim, i, arrived, out));
          while (inflate.more());
        }
        if (b.ec != errc::ok) failed = b.ec;
        arrived.erase(0, b.consumed);
        if (b.events < items.size()) break;
        continue;
      }
      const event e = socket.next(lim, arrived, 1 + random() % 2000);
      do take(inflate.next(engines.unpack, lim, e, out));
      while (inflate.more());
      arrived.erase(0, e.consumed);
      if (e.kind == event_kind::need_more || e.kind == event_kind::closed) break;
    }
  }
};

template <class A, class B> void deliver(A &from, B &to, std::size_t n) {
  to.arrived += from.wire.substr(0, n);
  from.wire.erase(0, n);
}

std::string some_message(std::mt19937 &random, bool text) {
  const std::size_t n = random() % 5 == 0 ? random() % 6000 : random() % 200;
  return text ? json(random, n) : random() % 2 == 0 ? repetitive(random, n) : random_octets(random, n);
}

template <class Engines>
void talk(const deflate_parameters &agreed, std::mt19937 &random, std::size_t turns,
          deflater_options options = {}) {
  CAPTURE(agreed.server_no_context_takeover, agreed.client_no_context_takeover, agreed.server_max_window_bits,
          agreed.client_max_window_bits);
  const int level = static_cast<int>(1 + random() % 9);
  speaker<role::server, Engines> server(agreed, options, level);
  speaker<role::client, Engines> client(agreed, options, level);
  const auto turn = [&](auto &self) {
    const bool text = random() % 2 == 0;
    const std::string message = some_message(random, text);
    if (agreed.agreed && random() % 3 == 0)
      self.say_in_pieces(random, message, text);
    else
      self.say(random, message, text, random() % 2 == 0);
  };
  for (std::size_t i = 0; i < turns; ++i) {
    if (random() % 2 == 0)
      turn(server);
    else
      turn(client);
    deliver(server, client, random() % 800);
    deliver(client, server, random() % 800);
    server.listen(random);
    client.listen(random);
  }
  while (!server.wire.empty() || !client.wire.empty()) {
    deliver(server, client, 1 + random() % 5000);
    deliver(client, server, 1 + random() % 5000);
    server.listen(random);
    client.listen(random);
  }
  CHECK(server.failed == errc::ok);
  CHECK(client.failed == errc::ok);
  CHECK(client.heard == server.said);
  CHECK(server.heard == client.said);
  if (client.pings > 0) CHECK(client.pongs > 0);
  CHECK(server.arrived.empty());
  CHECK(client.arrived.empty());
  if (agreed.agreed)
    CHECK(server.compressed + client.compressed > 0);
  else
    CHECK(server.compressed + client.compressed == 0);
}

} // namespace

TEST_CASE("two ends understand each other, whatever was agreed on",
          "[WS-270][WS-273][WS-275][WS-276][WS-280][WS-260]") {
  std::mt19937 random(1);
  for (const bool server_alone : {false, true})
    for (const bool client_alone : {false, true})
      for (std::uint8_t server_bits = 8; server_bits <= 15; ++server_bits)
        for (const std::uint8_t client_bits :
             {std::uint8_t{8}, std::uint8_t{15}, static_cast<std::uint8_t>(9 + random() % 6)}) {
          const deflate_parameters agreed{.agreed = true,
                                          .server_no_context_takeover = server_alone,
                                          .client_no_context_takeover = client_alone,
                                          .server_max_window_bits = server_bits,
                                          .client_max_window_bits = client_bits};
          talk<with_zlib>(agreed, random, 12, {.threshold = 20, .threshold_without_takeover = 60});
        }
}

TEST_CASE("two ends that agreed on nothing compress nothing", "[WS-270]") {
  std::mt19937 random(2);
  for (int i = 0; i < 5; ++i) talk<with_zlib>({}, random, 20);
}

TEST_CASE("two ends with stored blocks only understand each other", "[WS-274][WS-272]") {
  std::mt19937 random(3);
  for (const bool alone : {false, true})
    for (int i = 0; i < 5; ++i) {
      deflate_parameters agreed{.agreed = true, .server_no_context_takeover = alone};
      talk<with_stored_blocks>(agreed, random, 20, {.threshold = 0, .threshold_without_takeover = 0});
    }
}

TEST_CASE("a long conversation keeps both windows in step", "[WS-275][WS-260]") {
  std::mt19937 random(4);
  talk<with_zlib>({.agreed = true}, random, 400, {.threshold = 0});
  talk<with_zlib>({.agreed = true, .server_max_window_bits = 9, .client_max_window_bits = 10}, random, 400,
                  {.threshold = 0});
}

TEST_CASE("a message that cannot be inflated ends the connection, with a code that says why",
          "[WS-279][WS-281][WS-292][WS-278]") {
  struct bad {
    std::string payload;
    opcode op;
    errc ec;
    unsigned code;
  };
  std::mt19937 random(5);
  const deflate_parameters agreed{.agreed = true};
  speaker<role::server, with_zlib> maker(agreed, {.threshold = 0});
  const auto packed = [&](std::string_view m) {
    maker.engines.pack.reset();
    std::vector<char> scratch(maker.engines.pack.bound(m.size()) + min_deflate_room);
    return std::string(maker.deflate.binary(maker.engines.pack, m, scratch).payload);
  };
  const std::vector<bad> messages{
      {"\xff", opcode::text, errc::bad_deflate, 1007},
      {"", opcode::binary, errc::bad_deflate, 1007},
      {packed("a\xff"), opcode::text, errc::bad_utf8, 1007},
      {packed("a\xc3"), opcode::text, errc::bad_utf8, 1007},
      {packed(std::string(5001, 'a')), opcode::binary, errc::message_too_big, 1009},
      {packed(std::string(5000, 'a')) + "\x07", opcode::binary, errc::bad_deflate, 1007},
  };
  const auto judge = [&](auto &receiver, auto &sender, const bad &b) {
    receiver.lim.message = 5000;
    REQUIRE(sender.frame({b.op, true, true}, b.payload) == errc::ok);
    REQUIRE(sender.frame({opcode::text}, "what follows is not looked at") == errc::ok);
    deliver(sender, receiver, 100000);
    receiver.listen(random);
    CHECK(receiver.failed == b.ec);
    CHECK(receiver.heard.empty());
    CHECK(receiver.socket.error() == b.ec);
    CHECK(static_cast<unsigned>(receiver.socket.own_code()) == b.code);
    CHECK(receiver.socket.next_duty() == duty::close_transport);
    deliver(receiver, sender, 100000);
    sender.listen(random);
    CHECK(static_cast<unsigned>(sender.socket.peer_code()) == b.code);
  };
  for (int i = 0; i < 10; ++i) {
    for (const bad &b : messages) {
      CAPTURE(i, b.code, b.payload.size());
      {
        speaker<role::server, with_zlib> receiver(agreed);
        speaker<role::client, with_zlib> sender(agreed);
        judge(receiver, sender, b);
      }
      speaker<role::client, with_zlib> receiver(agreed);
      speaker<role::server, with_zlib> sender(agreed);
      judge(receiver, sender, b);
    }
  }

  // An engine without memory for its window: 1011.
  struct starved : with_zlib {
    std::vector<char> little;
    starved(const deflate_parameters &a, role own, int level)
        : with_zlib(a, own, level), little(zlib::decompressor_memory(15) - 20000) {
      unpack.~decompressor();
      new (&unpack) zlib::decompressor(15, little);
    }
  };
  speaker<role::server, starved> receiver(agreed);
  speaker<role::client, with_zlib> sender(agreed);
  REQUIRE(sender.frame({opcode::text, true, true}, packed("Hello")) == errc::ok);
  deliver(sender, receiver, 1000);
  receiver.listen(random);
  CHECK(receiver.failed == errc::engine_failed);
  CHECK(static_cast<unsigned>(receiver.socket.own_code()) == 1011);
}

#endif
