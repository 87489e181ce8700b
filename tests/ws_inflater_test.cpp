// Compressed messages that arrive: through a reader, an inflater and zlib, at both ends, in every cut, into
// outputs of every size.
#if __has_include(<zlib.h>)
#include "support/catch.hpp"

#include <coax/websocket/assembler.hpp>
#include <coax/websocket/inflater.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include "support/deflate_texts.hpp"
#include "support/reference_inflater.hpp"
#include "support/ws_inflate.hpp"

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
using coax_test::hex;
using coax_test::inflate_setting;
using coax_test::inflated_at_both_ends;
using coax_test::json;
using coax_test::random_octets;
using coax_test::read_inflated;
using coax_test::reference_inflater;
using coax_test::repetitive;
using coax_test::to_server;
using coax_test::ws_frame;

namespace {

/// zlib with its memory.
struct unzipper {
  std::vector<char> memory;
  zlib::decompressor engine;
  explicit unzipper(int bits = 15) : memory(zlib::decompressor_memory(bits)), engine(bits, memory) {}
};

/// What frames become, at both ends and every way.
std::string read(std::string_view frames, const inflate_setting &s = {}) {
  unzipper z;
  return inflated_at_both_ends(z.engine, s, frames);
}
std::string read_hex(std::string_view digits, const inflate_setting &s = {}) { return read(hex(digits), s); }

/// A message as zlib compresses it by itself.
std::string packed(std::string_view message, const zlib::compression &how = {}) {
  std::vector<char> memory(zlib::compressor_memory(how));
  zlib::compressor engine(how, memory);
  std::string out(engine.bound(message.size()) + min_deflate_room, '\0');
  const engine_step body = engine.deflate(message, out);
  const engine_step rest = engine.end(std::span(out).subspan(body.produced));
  REQUIRE(body.consumed == message.size());
  return out.substr(0, body.produced + rest.produced);
}

constexpr deflate_parameters no_takeover{
    .agreed = true, .server_no_context_takeover = true, .client_no_context_takeover = true};

/// Counts what an engine produces.
template <class E> struct counting {
  E &engine;
  std::size_t produced = 0, resets = 0;
  engine_step inflate(std::span<const char> in, std::span<char> out) noexcept {
    const engine_step s = engine.inflate(in, out);
    produced += s.produced;
    return s;
  }
  bool at_boundary() const noexcept { return engine.at_boundary(); }
  void reset() noexcept {
    ++resets;
    engine.reset();
  }
};

/// An engine that answers the same to everything.
struct stubborn {
  engine_step answer{};
  engine_step inflate(std::span<const char> in, std::span<char> out) noexcept {
    return {answer.st, std::min(answer.consumed, in.size()), std::min(answer.produced, out.size())};
  }
  bool at_boundary() const noexcept { return true; }
  void reset() noexcept {}
};

} // namespace

TEST_CASE("RSV1 says which messages are compressed, and plain ones leave the window alone",
          "[WS-270][WS-272][WS-275]") {
  CHECK(read_hex("C107f248cdc9c90700") == "text Hello");
  CHECK(read_hex("C107f248cdc9c90700 810548656c6c6f C105f200110000") ==
        "text Hello | text Hello | text Hello");
  CHECK(read_hex("C207f248cdc9c90700 820548656c6c6f C205f200110000") ==
        "binary Hello | binary Hello | binary Hello");
  CHECK(read_hex("810548656c6c6f 8203 010203 C107f248cdc9c90700 8100 8200 C105f200110000") ==
        "text Hello | binary \1\2\3 | text Hello | text  | binary  | text Hello");
  // Plain text is no part of the window.
  CHECK(read_hex("810548656c6c6f C105f200110000") == "text Hello | ... text H | failed bad_deflate 1007");
}

TEST_CASE("RSV1 anywhere else, RSV2 and RSV3 fail the connection", "[WS-271]") {
  CHECK(read_hex("4103f248cd C004c9c90700") == "... text He | failed reserved_bits 1002");
  for (const auto *digits : {"C900", "C800", "E100", "D100", "CA00", "C000", "F100"}) {
    CAPTURE(digits);
    CHECK(read_hex(digits) == "failed reserved_bits 1002");
  }
  CHECK(read_hex("C107f248cdc9c90700", {.deflate = {}}) == "failed reserved_bits 1002");
}

TEST_CASE("a message is compressed as a whole, and cut into frames anywhere", "[WS-273][WS-272]") {
  CHECK(read_hex("4103f248cd 8900 8004c9c90700") == "ping | text Hello");
  CHECK(read_hex("4100 0007f248cdc9c90700 8000") == "text Hello");
  CHECK(read_hex("4100 8901ff 0000 0007f248cdc9c90700 8a00 0000 8000 8900") ==
        "ping \xff | pong | text Hello | ping");
  const std::string payload = hex("f248cdc9c90700");
  for (std::size_t a = 0; a <= payload.size(); ++a) {
    for (std::size_t b = a; b <= payload.size(); ++b) {
      CAPTURE(a, b);
      CHECK(read(ws_frame(0x41, payload.substr(0, a)) + hex("8900") +
                 ws_frame(0x00, payload.substr(a, b - a)) + hex("8a00") + ws_frame(0x80, payload.substr(b)) +
                 hex("C105f200110000")) == "ping | pong | text Hello | text Hello");
    }
  }
}

TEST_CASE("every type of block is inflated, and several of them", "[WS-274]") {
  CHECK(read_hex("C10B000500faff48656c6c6f00") == "text Hello");
  CHECK(read_hex("C10Df24805000000ffffcac9c90700") == "text Hello");
  std::mt19937 random(1);
  const std::string text = json(random, 400), payload = packed(text);
  REQUIRE(reference_inflater().message(payload).types == "20");
  CHECK(read(ws_frame(0xC1, payload)) == "text " + text);
  CHECK(read(ws_frame(0xC1, payload + hex("0000ffff") + hex("00"))) == "text " + text);
}

TEST_CASE("the window is kept from message to message where context is taken over",
          "[WS-275][WS-260][WS-254]") {
  CHECK(read_hex("C107f248cdc9c90700 C105f200110000") == "text Hello | text Hello");
  // Windows that nobody mentioned have 32,768 octets.
  std::mt19937 random(2);
  const std::string noise = random_octets(random, 32400);
  std::vector<char> memory(zlib::compressor_memory());
  zlib::compressor sender({}, memory);
  std::string frames;
  std::size_t last = 0;
  for (int i = 0; i < 2; ++i) {
    std::string out(sender.bound(noise.size()) + min_deflate_room, '\0');
    const std::size_t size = sender.deflate(noise, out).produced;
    last = size + sender.end(std::span(out).subspan(size)).produced;
    frames += ws_frame(0xC2, out.substr(0, last));
  }
  CHECK(last < 1000); // it refers to the first
  const deflate_parameters silent{.agreed = true};
  CHECK(silent.window_bits(role::server) == 15);
  CHECK(silent.window_bits(role::client) == 15);
  unzipper z(silent.window_bits(role::server));
  const std::string want = "binary " + noise + " | binary " + noise;
  CHECK(read_inflated<role::client>(z.engine, {silent}, frames, {}) == want);
  CHECK(read_inflated<role::client>(z.engine, {silent}, frames, {.step = 1000, .room = 100}) == want);
  CHECK(read_inflated<role::server>(z.engine, {silent}, to_server(frames, "abcd"), {}) == want);

  // What only the other end gives up says nothing about this one: each direction has its own.
  const deflate_parameters only_server{.agreed = true, .server_no_context_takeover = true};
  const std::string both = hex("C107f248cdc9c90700 C105f200110000");
  CHECK(read_inflated<role::server>(z.engine, {only_server}, to_server(both, "abcd"), {}) ==
        "text Hello | text Hello");
  const deflate_parameters only_client{.agreed = true, .client_no_context_takeover = true};
  CHECK(read_inflated<role::client>(z.engine, {only_client}, both, {}) == "text Hello | text Hello");
}

TEST_CASE("without takeover each message begins with an empty window", "[WS-276][WS-253][WS-254]") {
  const inflate_setting s{no_takeover};
  CHECK(read_hex("C107f248cdc9c90700 C107f248cdc9c90700", s) == "text Hello | text Hello");
  CHECK(read_hex("C107f248cdc9c90700 C105f200110000", s) ==
        "text Hello | ... text H | failed bad_deflate 1007");
  unzipper z;
  const std::string back = hex("C107f248cdc9c90700 C105f200110000");
  CHECK(read_inflated<role::client>(z.engine, {{.agreed = true, .server_no_context_takeover = true}}, back,
                                    {}) == "text Hello | ... text H | failed bad_deflate 1007");
  CHECK(read_inflated<role::server>(z.engine, {{.agreed = true, .client_no_context_takeover = true}},
                                    to_server(back, "abcd"),
                                    {}) == "text Hello | ... text H | failed bad_deflate 1007");
  // A message in fragments is one message.
  CHECK(read_hex("4107f248cdc9c90700 000500000000ff 8006 ff f200110000", s) ==
        "... text Hello | failed bad_deflate 1007");
  CHECK(read_hex("4107f248cdc9c90700 0005 000000ffff 8005 f200110000", s) ==
        "... text Hello | failed bad_deflate 1007");
  CHECK(read_hex("4106f248cdc9c907 0005 000000ffff 8005 f200110000", s) == "text HelloHello");
}

TEST_CASE("a block that says it is the last is not", "[WS-277]") {
  CHECK(read_hex("C108f348cdc9c9070000 C107f248cdc9c90700") == "text Hello | text Hello");
  CHECK(read_hex("C108f348cdc9c9070000 C105f200110000") == "text Hello | text Hello");
  CHECK(read_hex("C108f348cdc9c9070000 C107f248cdc9c90700", {no_takeover}) == "text Hello | text Hello");
  // Several in a message, each with references over the ones before.
  CHECK(read_hex("C10f f348cdc9c90700 f348cdc9c90700 00 C105f200110000") == "text HelloHello | text Hello");
  CHECK(read_hex("C10f 010500faff48656c6c6f f3001100 00 C105f200110000") == "text HelloHello | text Hello");
  CHECK(read_hex("C105 01 0000ffff C101 00") == "failed bad_deflate 1007"); // nothing behind it
  CHECK(read_hex("C106 01 0000ffff 00 C107f248cdc9c90700") == "text  | text Hello");
  // The empty block at the end says so itself.
  CHECK(read_hex("C101 01 C107f248cdc9c90700") == "text  | text Hello");
  CHECK(read_hex("C107 f248cdc9c90704 C105f200110000") == "text Hello | text Hello");
  CHECK(read_hex("C205 010400fbff C107f248cdc9c90700") ==
        "binary " + std::string("\0\0\xff\xff", 4) + " | text Hello");
  // Cut into frames at each octet, with a ping in each gap.
  const std::string payload = hex("f348cdc9c907 00 f348cdc9c907 00 00");
  std::string frames, want;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frames += ws_frame((i == 0 ? 0x41u : 0u) | (i + 1 == payload.size() ? 0x80u : 0u), payload.substr(i, 1));
    if (i + 1 < payload.size()) frames += hex("8900"), want += "ping | ";
  }
  CHECK(read(frames + hex("C107f248cdc9c90700")) == want + "text HelloHello | text Hello");
}

TEST_CASE("an empty message has one octet; one without any is malformed", "[WS-278]") {
  CHECK(read_hex("C10100") == "text ");
  CHECK(read_hex("C20100 C107f248cdc9c90700 C10100 C105f200110000") ==
        "binary  | text Hello | text  | text Hello");
  CHECK(read_hex("8100") == "text ");
  CHECK(read_hex("4100 800100") == "text ");
  CHECK(read_hex("C100") == "failed bad_deflate 1007");
  CHECK(read_hex("4100 0000 8000") == "failed bad_deflate 1007");
  CHECK(read_hex("C100", {no_takeover}) == "failed bad_deflate 1007");
  CHECK(read_hex("C107f248cdc9c90700 C100") == "text Hello | failed bad_deflate 1007");

  // And begins anew where the connection does.
  unzipper z;
  inflater inflate{deflate_parameters{.agreed = true}};
  std::array<char, 16> out;
  event none{.kind = event_kind::text, .first = true, .last = true, .compressed = true};
  CHECK(inflate.next(z.engine, limits{}, none, out).ec == errc::bad_deflate);
  inflate.reset();
  z.engine.reset();
  std::string hello = hex("f248cdc9c90700");
  none.payload = hello;
  const event m = inflate.next(z.engine, limits{}, none, out);
  CHECK(std::string_view(m.payload.data(), m.payload.size()) == "Hello");
  CHECK(m.last);
}

TEST_CASE("what is no DEFLATE fails the connection", "[WS-279]") {
  CHECK(read_hex("C101ff") == "failed bad_deflate 1007");
  CHECK(read_hex("C105f200110000") == "... text H | failed bad_deflate 1007");
  CHECK(read_hex("C107f248cdc9c90700 C101ff") == "text Hello | failed bad_deflate 1007");
  CHECK(read_hex("C103f248cd").ends_with("failed bad_deflate 1007")); // inside a block
  CHECK(read_hex("C106f248cdc9c907") == "... text Hello | failed bad_deflate 1007");
  CHECK(read_hex("C107f348cdc9c90700") == "... text Hello | failed bad_deflate 1007");
  CHECK(read_hex("C20A000500faff48656c6c6f") == "... binary Hello | failed bad_deflate 1007");
  CHECK(read_hex("C206000500faff48") == "binary H" + std::string("\0\0\xff\xff", 4)); // a coincidence
  CHECK(read_hex("C206000600f9ff48") ==
        "... binary H" + std::string("\0\0\xff\xff", 4) + " | failed bad_deflate 1007");
  CHECK(read_hex("C205 000500fafe") == "failed bad_deflate 1007"); // LEN and NLEN
  CHECK(read_hex("C106 f248cdc9c9ff").ends_with("failed bad_deflate 1007"));
  // At the first octet that is bad, be the rest of the message still to come.
  CHECK(read_hex("4101ff") == "failed bad_deflate 1007");
  unzipper z;
  inflater inflate{deflate_parameters{.agreed = true}};
  std::array<char, 16> out;
  std::string payload = hex("000200fdff4865 07 00000000");
  const event e{
      .kind = event_kind::text, .first = true, .compressed = true, .payload = payload, .frame_left = 9};
  event m = inflate.next(z.engine, limits{}, e, out);
  CHECK(std::string_view(m.payload.data(), m.payload.size()) == "He");
  CHECK(inflate.more());
  m = inflate.next(z.engine, limits{}, e, out);
  CHECK(m.ec == errc::bad_deflate);
  CHECK(m.why.at <= 8);
  CHECK(m.why.what == element::payload);
  CHECK(!inflate.more());
  CHECK(m.consumed == 0);
}

TEST_CASE("messages cut short or damaged anywhere are refused, or are what the other decoder makes of them",
          "[WS-279][WS-278]") {
  std::mt19937 random(3);
  const std::string text = json(random, 60), mixed = repetitive(random, 120);
  unzipper z;
  std::size_t accepted = 0, refused = 0;
  for (const std::string &good : {packed(text), packed(mixed), packed(mixed, {.fixed_code = true}),
                                  hex("f348cdc9c9070000"), hex("000500faff48656c6c6f00")}) {
    const auto judge = [&](const std::string &payload) {
      const auto r = reference_inflater().message(payload);
      (r.ok ? accepted : refused) += 1;
      const std::string want =
          r.ok ? "binary " + r.out
               : (r.out.empty() ? "" : "... binary " + r.out + " | ") + "failed bad_deflate 1007";
      const std::string frame = ws_frame(0xC2, payload);
      for (const std::size_t room : {1u, 5u, 1000u})
        for (const std::size_t step : {0u, 1u}) {
          const std::string got =
              read_inflated<role::client>(z.engine, {}, frame, {.step = step, .room = room});
          CAPTURE(room, step, r.why);
          if (got != want) CHECK(got == want);
        }
    };
    for (std::size_t n = 0; n < good.size(); ++n) {
      judge(good.substr(0, n));
      for (const unsigned flip : {1u, 4u, 16u, 128u}) {
        std::string bad = good;
        bad[n] = static_cast<char>(static_cast<unsigned char>(bad[n]) ^ flip);
        judge(bad);
      }
    }
  }
  CHECK(accepted > 10);
  CHECK(refused > 300);
}

TEST_CASE("text is checked behind the inflating", "[WS-281]") {
  CHECK(read_hex("C1043aac0100") == "... text \xc3 | failed bad_utf8 1007");
  CHECK(read_hex("C2043aac0100") == "binary \xc3(");
  CHECK(read_hex("C107f248cdc9c90700") == "text Hello"); // f2 48 is not UTF-8
  const auto text = [](std::string_view t) { return read(ws_frame(0xC1, packed(t))); };
  CHECK(text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "text \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(text("ok\xff!") == "... text ok | failed bad_utf8 1007");
  CHECK(text("\x80") == "failed bad_utf8 1007");
  CHECK(text("\xed\xa0\x80") == "... text \xed | failed bad_utf8 1007");
  // It ends inside a character: known with the last octet.
  for (const auto *t : {"a\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xf0"})
    CHECK(text(t) == "... text " + std::string(t) + " | failed bad_utf8 1007");
  // Characters may be cut between frames, and between messages they may not.
  const std::string euro = packed("\xe2\x82\xac");
  CHECK(read(ws_frame(0x41, euro.substr(0, 2)) + hex("8900") + ws_frame(0x80, euro.substr(2))) ==
        "ping | text \xe2\x82\xac");
  CHECK(read(ws_frame(0xC1, packed("\xe2\x82")) + ws_frame(0xC1, packed("\xac"))) ==
        "... text \xe2\x82 | failed bad_utf8 1007");
  // What is wrong first counts.
  CHECK(read(ws_frame(0xC1, hex("3aac01"))) == "... text \xc3 | failed bad_utf8 1007");
  CHECK(read(ws_frame(0xC1, packed("\xff") + hex("07"))) == "failed bad_utf8 1007");
  CHECK(read(ws_frame(0x41, packed("ab\xff"))) == "... text ab | failed bad_utf8 1007");
}

TEST_CASE("inflating stops at the message limit", "[WS-292]") {
  std::mt19937 random(4);
  const auto message = [&](std::size_t n, char c) { return ws_frame(0xC2, packed(std::string(n, c))); };
  for (const std::size_t limit : {0u, 1u, 2u, 3u, 63u, 64u, 65u, 300u}) {
    inflate_setting s;
    const std::size_t most = std::max<std::size_t>(limit, 40); // compressed it is within it
    s.limits.message = most;
    for (const std::size_t n : {limit - 1, limit, limit + 1, limit + 2, limit + 1000}) {
      if (n > 5000) continue;
      CAPTURE(limit, n);
      const std::string want =
          n <= most ? "binary " + std::string(n, 'z')
                    : "... binary " + std::string(most, 'z') + " | failed message_too_big 1009";
      CHECK(read(message(n, 'z'), s) == want);
    }
  }
  // The next message has all of it again.
  inflate_setting s;
  s.limits.message = 50;
  CHECK(read(message(50, 'a') + message(50, 'b') + message(51, 'c'), s) ==
        "binary " + std::string(50, 'a') + " | binary " + std::string(50, 'b') + " | ... binary " +
            std::string(50, 'c') + " | failed message_too_big 1009");
  // Text too, and what is bad behind the limit is not looked at.
  s.limits.message = 40;
  const std::string garbage = packed(std::string(41, 'a')) + hex("ffffffff");
  CHECK(read(ws_frame(0xC1, garbage), s) ==
        "... text " + std::string(40, 'a') + " | failed message_too_big 1009");
  CHECK(read(ws_frame(0xC1, packed(std::string(40, 'a') + "\xff")), s) ==
        "... text " + std::string(40, 'a') + " | failed message_too_big 1009");
  CHECK(read(ws_frame(0xC1, packed(std::string(39, 'a') + "\xff")), s) ==
        "... text " + std::string(39, 'a') + " | failed bad_utf8 1007");
  // Bad at the limit, in front of the octet in excess.
  CHECK(read(ws_frame(0xC1, packed(std::string(40, 'a')) + hex("07")), s) ==
        "... text " + std::string(40, 'a') + " | failed bad_deflate 1007");
  // It counts over fragments.
  const std::string payload = packed(std::string(20, 'a') + std::string(21, 'b'));
  CHECK(read(ws_frame(0x41, payload.substr(0, 3)) + hex("8900") + ws_frame(0x80, payload.substr(3)), s)
            .ends_with("failed message_too_big 1009"));
}

TEST_CASE("a limit of nothing lets empty messages pass", "[WS-292]") {
  unzipper z;
  const limits none{.message = 0};
  std::array<char, 4> out;
  for (const bool empty : {true, false}) {
    inflater inflate{deflate_parameters{.agreed = true}};
    z.engine.reset();
    std::string payload = empty ? hex("00") : hex("f248cdc9c90700");
    const event e{
        .kind = event_kind::text, .first = true, .last = true, .compressed = true, .payload = payload};
    const event m = inflate.next(z.engine, none, e, out);
    CHECK(m.ec == (empty ? errc::ok : errc::message_too_big));
    CHECK(m.last == empty);
    CHECK(m.payload.empty());
    if (empty) CHECK(m.payload.data() == out.data()); // not a place that is gone
    CHECK(!inflate.more());
  }
}

TEST_CASE("a bomb costs the limit and a buffer", "[WS-292]") {
  constexpr std::size_t mebi = 1 << 20;
  const std::string bomb = packed(std::string(100 * mebi, '\0'), {.level = 9});
  CHECK(bomb.size() < 110 * 1024);
  limits lim;
  lim.message = mebi;
  for (const std::size_t room : {std::size_t{7}, std::size_t{4096}, std::size_t{65536}, mebi, 3 * mebi}) {
    unzipper z;
    counting<zlib::decompressor> engine{z.engine};
    inflater inflate{deflate_parameters{.agreed = true}};
    std::string payload = bomb;
    std::vector<char> out(room);
    const event e{
        .kind = event_kind::binary, .first = true, .last = true, .compressed = true, .payload = payload};
    std::size_t got = 0;
    for (;;) {
      const event m = inflate.next(engine, lim, e, out);
      if (m.kind == event_kind::failed) {
        CHECK(m.ec == errc::message_too_big);
        break;
      }
      got += m.payload.size();
      REQUIRE(inflate.more());
    }
    CHECK(got == mebi);
    CHECK(inflate.message_size() == mebi);
    CHECK(engine.produced == mebi + 1);
    CHECK(!inflate.more());
    CHECK(inflate.next(engine, lim, e, out).ec == errc::message_too_big);
    CHECK(engine.produced == mebi + 1);
  }
}

TEST_CASE("an engine without memory ends the connection with 1011", "[WS-279][zlib]") {
  std::vector<char> memory(zlib::decompressor_memory(15) - 20000); // none for the window
  zlib::decompressor engine(15, memory);
  REQUIRE(engine);
  CHECK(read_inflated<role::client>(engine, {}, hex("C107f248cdc9c90700"), {}) ==
        "... text Hello | failed engine_failed 1011");
  zlib::decompressor useless(15, {});
  REQUIRE(!useless);
  CHECK(read_inflated<role::client>(useless, {}, hex("C107f248cdc9c90700"), {}) ==
        "failed engine_failed 1011");
}

TEST_CASE("an engine that gets nowhere is not asked for ever", "[WS-279]") {
  stubborn idle;
  inflater inflate{deflate_parameters{.agreed = true}};
  std::array<char, 8> out;
  std::string payload = "abc";
  const event e{
      .kind = event_kind::binary, .first = true, .last = true, .compressed = true, .payload = payload};
  CHECK(inflate.next(idle, limits{}, e, out).ec == errc::bad_deflate);
}

TEST_CASE("an output without room changes nothing", "[WS-279]") {
  unzipper z;
  inflater inflate{deflate_parameters{.agreed = true}};
  std::string payload = hex("f248cdc9c90700");
  const event e{.kind = event_kind::text,
                .first = true,
                .last = true,
                .compressed = true,
                .consumed = 9,
                .payload = payload};
  std::array<char, 3> out;
  const event none = inflate.next(z.engine, limits{}, e, {});
  CHECK(none.kind == event_kind::failed);
  CHECK(none.ec == errc::buffer_too_small);
  CHECK(!inflate.more());
  std::string got;
  bool first = true;
  do {
    const event m = inflate.next(z.engine, limits{}, e, out);
    REQUIRE(m.kind == event_kind::text);
    CHECK(m.first == first);
    CHECK(m.consumed == (inflate.more() ? 0u : 9u));
    first = false;
    got.append(m.payload.data(), m.payload.size());
    if (inflate.more()) CHECK(inflate.next(z.engine, limits{}, e, {}).ec == errc::buffer_too_small);
    CHECK(m.last == !inflate.more());
  } while (inflate.more());
  CHECK(got == "Hello");
}

TEST_CASE("other events pass as they are", "[WS-270]") {
  unzipper z;
  inflater inflate{deflate_parameters{.agreed = true}};
  std::string payload = "abc";
  std::array<char, 8> out;
  for (const event_kind kind :
       {event_kind::need_more, event_kind::text, event_kind::binary, event_kind::ping, event_kind::pong,
        event_kind::close, event_kind::closed, event_kind::failed}) {
    const event e{.kind = kind,
                  .ec = errc::bad_utf8,
                  .first = true,
                  .compressed = kind != event_kind::text && kind != event_kind::binary,
                  .code = close_code::normal,
                  .consumed = 17,
                  .hint = 3,
                  .payload = payload,
                  .frame_left = 4,
                  .why = {.at = 5, .what = element::payload}};
    const event m = inflate.next(z.engine, limits{}, e, out);
    CHECK(m.kind == kind);
    CHECK(m.ec == errc::bad_utf8);
    CHECK(m.first);
    CHECK(m.code == close_code::normal);
    CHECK(m.consumed == 17);
    CHECK(m.hint == 3);
    CHECK(m.payload.data() == payload.data());
    CHECK(m.frame_left == 4);
    CHECK(m.why.at == 5);
    CHECK(!inflate.more());
  }
}

TEST_CASE("a failed inflater stays so until it is reset", "[WS-279]") {
  unzipper z;
  inflater inflate{no_takeover};
  std::array<char, 64> out;
  std::string bad = hex("ff"), good = hex("f248cdc9c90700");
  event e{.kind = event_kind::text, .first = true, .last = true, .compressed = true, .payload = bad};
  CHECK(inflate.next(z.engine, limits{}, e, out).ec == errc::bad_deflate);
  e.payload = good;
  CHECK(inflate.next(z.engine, limits{}, e, out).ec == errc::bad_deflate);
  CHECK(inflate.next(z.engine, limits{}, event{.kind = event_kind::ping}, out).ec == errc::bad_deflate);
  inflate.reset();
  counting<zlib::decompressor> engine{z.engine};
  CHECK(inflate.next(engine, limits{}, e, out).kind == event_kind::text);
  CHECK(engine.resets == 1); // it still knows that no context is taken over
}

TEST_CASE("one engine serves several connections whose messages are inflated whole", "[WS-276]") {
  // The compressed octets are joined first: between two frames of a message the engine may be another's.
  struct peer {
    reader in{role::client, {.deflate = true}};
    assembler messages{};
    inflater inflate{no_takeover, role::client};
    std::array<char, 256> store{};
    std::string got{};
  };
  unzipper z;
  std::array<peer, 2> peers;
  const auto feed = [&](peer &p, std::string bytes) {
    const event e = p.in.next(limits{}, bytes);
    const auto joined = p.messages.add(e, p.store);
    if (joined.st != status::ready) return;
    event whole = e;
    whole.first = true;
    whole.payload = joined.message;
    std::array<char, 4> out;
    do {
      const event m = p.inflate.next(z.engine, limits{}, whole, out);
      REQUIRE(m.kind == event_kind::text);
      p.got.append(m.payload.data(), m.payload.size());
    } while (p.inflate.more());
  };
  const std::string a = packed("for the first"), b = packed("for the second");
  feed(peers[0], ws_frame(0x41, a.substr(0, 5)));
  feed(peers[1], ws_frame(0x41, b.substr(0, 8)));
  feed(peers[0], ws_frame(0x80, a.substr(5)));
  feed(peers[1], ws_frame(0x80, b.substr(8)));
  CHECK(peers[0].got == "for the first");
  CHECK(peers[1].got == "for the second");
}

TEST_CASE("windows of every size are inflated", "[WS-259][WS-280]") {
  std::mt19937 random(5);
  for (int bits = 8; bits <= 15; ++bits) {
    const std::string text = repetitive(random, 3000);
    std::vector<char> memory(zlib::compressor_memory({.window_bits = bits}));
    zlib::compressor sender({.window_bits = bits}, memory);
    std::string frames;
    for (int i = 0; i < 3; ++i) {
      std::string out(sender.bound(text.size()) + min_deflate_room, '\0');
      const std::size_t size = sender.deflate(text, out).produced;
      frames += ws_frame(0xC2, out.substr(0, size + sender.end(std::span(out).subspan(size)).produced));
    }
    const std::string want = "binary " + text + " | binary " + text + " | binary " + text;
    for (int larger = bits; larger <= 15; ++larger) {
      unzipper z(larger);
      CAPTURE(bits, larger);
      for (const std::size_t room : {1u, 10u, 100000u})
        CHECK(read_inflated<role::client>(z.engine, {}, frames, {.step = 50, .room = room}) == want);
    }
  }
}

TEST_CASE("control frames, plain and compressed messages in any order, cut anywhere", "[WS-273][WS-270]") {
  std::mt19937 random(6);
  unzipper z;
  for (int i = 0; i < 60; ++i) {
    std::vector<char> memory(zlib::compressor_memory());
    zlib::compressor sender({}, memory);
    std::string frames, want;
    const auto log = [&](const std::string &line) { want += (want.empty() ? "" : " | ") + line; };
    for (int n = 0; n < 6; ++n) {
      const std::string text = random() % 4 == 0 ? std::string() : json(random, random() % 300);
      std::string payload = text;
      const bool compressed = random() % 3 != 0, is_text = random() % 2 == 0;
      if (compressed) {
        std::string out(sender.bound(text.size()) + min_deflate_room, '\0');
        const std::size_t size = sender.deflate(text, out).produced;
        payload = out.substr(0, size + sender.end(std::span(out).subspan(size)).produced);
      }
      bool first = true;
      for (bool last = false; !last; first = false) {
        last = random() % 3 == 0;
        const std::size_t size = last ? payload.size() : random() % (payload.size() + 1);
        frames +=
            ws_frame((last ? 0x80u : 0u) | (first ? (compressed ? 0x40u : 0u) | (is_text ? 1u : 2u) : 0u),
                     payload.substr(0, size));
        payload.erase(0, size);
        if (!last && random() % 2 == 0) frames += hex("8900"), log("ping");
      }
      log((is_text ? "text " : "binary ") + text);
    }
    for (const std::size_t room : {1u, 3u, 64u, 65536u})
      for (const std::size_t step : {0u, 1u, 17u})
        for (const std::size_t batch : {0u, 1u, 5u}) {
          CAPTURE(i, room, step, batch);
          const coax_test::inflate_way way{.step = step, .room = room, .batch = batch};
          CHECK(read_inflated<role::client>(z.engine, {}, frames, way) == want);
          CHECK(read_inflated<role::server>(z.engine, {}, to_server(frames, "\x37\xfa\x21\x3d"), way) ==
                want);
        }
  }
}

#endif
