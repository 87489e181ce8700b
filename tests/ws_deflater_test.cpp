// Messages into what is sent of them: which are compressed, what of, and what a refused call leaves behind.
#if __has_include(<zlib.h>)
#include "support/catch.hpp"

#include <coax/websocket/deflater.hpp>
#include <coax/websocket/prepared.hpp>
#include <coax/websocket/stored_blocks.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include "support/allocations.hpp"
#include "support/deflate_texts.hpp"
#include "support/reference_inflater.hpp"
#include "support/ws_sender.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::hex;
using coax_test::json;
using coax_test::random_octets;
using coax_test::reference_inflater;
using coax_test::repetitive;

namespace {

constexpr deflate_parameters takeover{.agreed = true};
constexpr deflate_parameters no_takeover{
    .agreed = true, .server_no_context_takeover = true, .client_no_context_takeover = true};
constexpr deflater_options all{.threshold = 0, .threshold_without_takeover = 0};

struct zipper {
  std::vector<char> memory;
  zlib::compressor engine;
  explicit zipper(const zlib::compression &how = {})
      : memory(zlib::compressor_memory(how)), engine(how, memory) {}
};

/// An engine that tells what was asked of it, in front of one that does it.
struct watched {
  zlib::compressor &engine;
  unsigned calls = 0, resets = 0;
  engine_step deflate(std::span<const char> in, std::span<char> out) noexcept {
    ++calls;
    return engine.deflate(in, out);
  }
  engine_step end(std::span<char> out) noexcept {
    ++calls;
    return engine.end(out);
  }
  std::size_t bound(std::size_t n) const noexcept { return engine.bound(n); }
  void reset() noexcept {
    ++resets;
    engine.reset();
  }
};

/// An engine that needs more than it promised.
struct understating {
  zlib::compressor &engine;
  std::size_t promised;
  engine_step deflate(std::span<const char> in, std::span<char> out) noexcept {
    return engine.deflate(in, out);
  }
  engine_step end(std::span<char> out) noexcept { return engine.end(out); }
  std::size_t bound(std::size_t) const noexcept { return promised; }
  void reset() noexcept { engine.reset(); }
};

/// An engine without memory, from a call on.
struct failing : stored_block_writer {
  unsigned good = 0;
  engine_step deflate(std::span<const char> in, std::span<char> out) noexcept {
    if (good == 0) return {.st = engine_status::no_memory};
    --good;
    return stored_block_writer::deflate(in, out);
  }
  engine_step end(std::span<char> out) noexcept {
    if (good == 0) return {.st = engine_status::no_memory};
    --good;
    return stored_block_writer::end(out);
  }
};

/// The bytes of a state.
template <class T> std::string bytes_of(const T &object) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), static_cast<const void *>(&object), sizeof(T));
  return out;
}

template <class E>
std::string payload_of(deflater &d, E &engine, std::string_view message, opcode op = opcode::binary) {
  std::string scratch(engine.bound(message.size()) + min_deflate_room, '\xEE');
  const std::size_t allocated = coax_test::allocations();
  const deflated m =
      op == opcode::text ? d.text(engine, message, scratch) : d.binary(engine, message, scratch);
  CHECK(coax_test::allocations() == allocated);
  REQUIRE(m);
  CHECK(m.kind.op == op);
  CHECK(m.kind.fin);
  REQUIRE(m.kind.compressed);
  CHECK(m.payload.data() == scratch.data());
  return std::string(m.payload);
}

} // namespace

TEST_CASE("a message becomes blocks without the end that all have in common", "[WS-272][WS-278]") {
  for (const role own : {role::server, role::client}) {
    zipper z;
    deflater d(takeover, own, all);
    CHECK(payload_of(d, z.engine, "Hello", opcode::text) == hex("f248cdc9c90700"));
    CHECK(payload_of(d, z.engine, "Hello", opcode::text) == hex("f200110000"));
    CHECK(payload_of(d, z.engine, "", opcode::text) == hex("00"));
    CHECK(payload_of(d, z.engine, "") == hex("00"));
    CHECK(payload_of(d, z.engine, "Hello") ==
          hex("f200110000").substr(0, 0) + payload_of(d, z.engine, "Hello"));
  }
}

TEST_CASE("an end whose context is not taken over compresses each message by itself",
          "[WS-276][WS-253][WS-254]") {
  const std::string hello = hex("f248cdc9c90700"), again = hex("f200110000");
  // In pieces, as a whole "Hello" would not become smaller and so be sent as it is.
  const auto say = [](deflater &d, zlib::compressor &engine) {
    std::array<char, 64> out;
    REQUIRE(d.begin(engine, opcode::text) == errc::ok);
    deflate_step s = d.add(engine, "Hello", out);
    CHECK(s.consumed == 5);
    std::string got(out.data(), s.produced);
    s = d.end(engine, out);
    CHECK(s.done);
    return got.append(out.data(), s.produced);
  };
  const auto second = [&](const deflate_parameters &agreed, role own) {
    zipper z;
    deflater d(agreed, own, all);
    CHECK(say(d, z.engine) == hello);
    const std::string out = say(d, z.engine), text(50, 'a');
    const std::string whole = payload_of(d, z.engine, text);
    CHECK((payload_of(d, z.engine, text) == whole) == (out == hello));
    return out;
  };
  const deflate_parameters server_alone{.agreed = true, .server_no_context_takeover = true};
  const deflate_parameters client_alone{.agreed = true, .client_no_context_takeover = true};
  for (const role own : {role::server, role::client}) {
    CHECK(second(takeover, own) == again);
    CHECK(second(no_takeover, own) == hello);
    CHECK(second(server_alone, own) == (own == role::server ? hello : again));
    CHECK(second(client_alone, own) == (own == role::client ? hello : again));
  }
}

TEST_CASE("messages below the threshold are sent as they are", "[WS-270][WS-272]") {
  zipper z;
  watched engine{z.engine};
  std::array<char, 8192> scratch;
  const deflater_options options{.threshold = 40, .threshold_without_takeover = 900};
  for (const role own : {role::server, role::client}) {
    for (const bool keeps : {true, false}) {
      deflater d(keeps ? takeover : no_takeover, own, options);
      const std::size_t threshold = keeps ? 40 : 900;
      for (const std::size_t n : {std::size_t{0}, std::size_t{1}, threshold - 1, threshold, threshold + 1}) {
        const std::string m(n, 'a');
        const unsigned before = engine.calls;
        const deflated got = d.text(engine, m, scratch);
        REQUIRE(got);
        CHECK(got.kind.compressed == (n >= threshold));
        CHECK(got.kind.op == opcode::text);
        CHECK(got.kind.fin);
        if (n >= threshold) continue;
        CHECK(got.payload.data() == m.data());
        CHECK(got.payload.size() == n);
        CHECK(engine.calls == before);
        CHECK(d.text(engine, m, {}).payload.size() == n); // without a scratch
      }
    }
  }
}

TEST_CASE("what does not shrink is sent as it is, unless the other end's window needs it",
          "[WS-276][WS-272]") {
  std::mt19937 random(1);
  const std::string noise = random_octets(random, 300);
  std::string scratch(1000, '\0');
  zipper z;
  deflater alone(no_takeover, role::server, all);
  const deflated plain = alone.binary(z.engine, noise, scratch);
  REQUIRE(plain);
  CHECK(!plain.kind.compressed);
  CHECK(plain.payload.data() == noise.data());
  CHECK(reference_inflater().message(payload_of(alone, z.engine, noise + noise)).out == noise + noise);
  deflater keeps(takeover, role::server, all);
  z.engine.reset();
  const std::string first = payload_of(keeps, z.engine, noise), second = payload_of(keeps, z.engine, noise);
  CHECK(first.size() > noise.size());
  CHECK(second.size() < 20);
}

TEST_CASE("where compression was not agreed on, everything is sent as it is", "[WS-270][WS-272]") {
  zipper z;
  watched engine{z.engine};
  for (const deflate_parameters &none :
       {deflate_parameters{}, deflate_parameters{.server_no_context_takeover = true}}) {
    deflater d(none, role::server, all);
    const std::string m(5000, 'a');
    const deflated got = d.text(engine, m, {});
    REQUIRE(got);
    CHECK(!got.kind.compressed);
    CHECK(got.payload.data() == m.data());
    CHECK(d.begin(engine, opcode::text) == errc::wrong_state);
    CHECK(d.text(engine, "\xff", {}).ec == errc::invalid_input);
  }
  CHECK(engine.calls + engine.resets == 0);
}

TEST_CASE("a message that is refused leaves no trace", "[WS-272][WS-281]") {
  zipper z, untouched;
  watched engine{z.engine};
  deflater d(takeover, role::client, all), other(takeover, role::client, all);
  CHECK(payload_of(d, engine, "Hello") == payload_of(other, untouched.engine, "Hello"));
  const unsigned before = engine.calls;
  const std::string state = bytes_of(d);
  std::string scratch(3000, '\xEE');
  for (const auto *bad : {"\xff", "a\xc3", "\xed\xa0\x80 and much more text behind it", "\xe2\x82"}) {
    const deflated m = d.text(engine, bad, scratch);
    CHECK(m.ec == errc::invalid_input);
    CHECK(m.payload.empty());
  }
  const std::string text(1000, 'x');
  const std::size_t required = d.text(engine, text, {}).required;
  CHECK(required >= 1000);
  CHECK(required <= 1250);
  for (std::size_t n = 0; n < required; n += n < 20 || n + 20 > required ? 1 : 13) {
    const deflated m = d.text(engine, text, std::span(scratch).first(n));
    CHECK(m.ec == errc::buffer_too_small);
    CHECK(m.required == required);
    CHECK(m.payload.empty());
  }
  CHECK(engine.calls == before);
  CHECK(engine.resets == 0);
  CHECK(bytes_of(d) == state);
  CHECK(scratch == std::string(3000, '\xEE'));
  const deflated m = d.text(engine, text, std::span(scratch).first(required));
  REQUIRE(m);
  CHECK(m.kind.compressed);
  CHECK(scratch.substr(required) == std::string(3000 - required, '\xEE'));
  CHECK(m.payload == payload_of(other, untouched.engine, text));
}

TEST_CASE("a message may be compressed as it comes, and be cut into frames anywhere",
          "[WS-273][WS-272][WS-275]") {
  std::mt19937 random(2);
  for (const bool keeps : {true, false}) {
    zipper z;
    deflater d(keeps ? takeover : no_takeover, role::server, all);
    reference_inflater reference;
    for (int i = 0; i < 150; ++i) {
      const std::string message = i % 3 == 0   ? random_octets(random, random() % 3000)
                                  : i % 3 == 1 ? json(random, random() % 3000)
                                               : repetitive(random, random() % 3000);
      const opcode op = i % 3 == 1 ? opcode::text : opcode::binary;
      CAPTURE(keeps, i, message.size());
      std::vector<char> buffer(min_deflate_room + random() % 100);
      std::string payload;
      REQUIRE(d.begin(z.engine, op) == errc::ok);
      CHECK(d.in_message());
      for (std::string_view rest = message; !rest.empty();) {
        std::string_view piece = rest.substr(0, random() % 400);
        rest.remove_prefix(piece.size());
        do {
          const deflate_step s = d.add(z.engine, piece, buffer);
          REQUIRE(s.ec == errc::ok);
          REQUIRE(s.consumed <= piece.size());
          CHECK(!s.done);
          payload.append(buffer.data(), s.produced);
          piece.remove_prefix(s.consumed);
        } while (!piece.empty());
        std::string moved = bytes_of(d); // the state is plain bytes
        std::memset(static_cast<void *>(&d), 0xA5, sizeof d);
        std::memcpy(static_cast<void *>(&d), moved.data(), sizeof d);
      }
      for (bool done = false; !done;) {
        const deflate_step s = d.end(z.engine, buffer);
        REQUIRE(s.ec == errc::ok);
        payload.append(buffer.data(), s.produced);
        done = s.done;
        CHECK(d.in_message() == !done);
      }
      if (!keeps) reference.reset();
      const auto r = reference.message(payload);
      CHECK(r.why == "");
      CHECK(r.out == message);
      CHECK(!payload.ends_with(std::string("\0\0\xFF\xFF", 4)));
      if (i % 5 != 0) continue;
      // Whole messages are of the same stream.
      if (!keeps) reference.reset();
      CHECK(reference.message(payload_of(d, z.engine, json(random, 500), opcode::text)).ok);
    }
  }
}

TEST_CASE("text in pieces is UTF-8 over all of them", "[WS-281][WS-272]") {
  zipper z;
  deflater d(takeover, role::server, all);
  std::array<char, 64> out;
  std::string payload;
  const auto add = [&](std::string_view piece) {
    const deflate_step s = d.add(z.engine, piece, out);
    if (s.ec != errc::ok) CHECK(s.consumed + s.produced == 0);
    payload.append(out.data(), s.produced);
    return s.ec;
  };
  REQUIRE(d.begin(z.engine, opcode::text) == errc::ok);
  CHECK(add("a\xe2") == errc::ok);
  CHECK(add("(") == errc::invalid_input);                // and another piece may come in its place
  CHECK(d.end(z.engine, out).ec == errc::invalid_input); // inside a character
  CHECK(add("\x82") == errc::ok);
  CHECK(add("\xac\xff") == errc::invalid_input);
  CHECK(add("") == errc::ok);
  CHECK(add("\xac") == errc::ok);
  const deflate_step s = d.end(z.engine, out);
  CHECK(s.ec == errc::ok);
  CHECK(s.done);
  payload.append(out.data(), s.produced);
  CHECK(reference_inflater().message(payload).out == "a\xe2\x82\xac");
  // Octets may be anything, and leave the next text alone.
  REQUIRE(d.begin(z.engine, opcode::binary) == errc::ok);
  CHECK(add("\xff\xe2") == errc::ok);
  CHECK(d.end(z.engine, out).done);
  REQUIRE(d.begin(z.engine, opcode::text) == errc::ok);
  CHECK(add("ok") == errc::ok);
  CHECK(d.end(z.engine, out).done);
}

TEST_CASE("text that an engine takes in small bites is checked once, and not cut off", "[WS-281][WS-272]") {
  // stored_block_writer takes what there is room for.
  for (const opcode op : {opcode::text, opcode::binary}) {
    for (std::size_t room = min_deflate_room; room < 40; ++room) {
      stored_block_writer engine;
      deflater d(takeover, role::server, all);
      std::string message, payload, out(room, '\0');
      for (int i = 0; i < 20; ++i) message += "\xf0\x9f\x98\x80";
      REQUIRE(d.begin(engine, op) == errc::ok);
      std::string_view rest = message;
      CAPTURE(room);
      while (!rest.empty()) {
        const deflate_step s = d.add(engine, rest, out);
        REQUIRE(s.ec == errc::ok);
        REQUIRE(s.consumed > 0);
        payload += out.substr(0, s.produced);
        rest.remove_prefix(s.consumed);
        if (rest.empty()) break;
        // Some of the piece was not taken: the message cannot end there.
        CHECK(d.end(engine, out).ec == errc::wrong_state);
        // A part of what is left may be given alone.
        const deflate_step part = d.add(engine, rest.substr(0, 1), out);
        REQUIRE(part.consumed == 1);
        payload += out.substr(0, part.produced);
        rest.remove_prefix(1);
      }
      const deflate_step s = d.end(engine, out);
      REQUIRE(s.done);
      CHECK(reference_inflater().message(payload + out.substr(0, s.produced)).out == message);
    }
  }
}

TEST_CASE("calls out of order are refused without a trace", "[WS-272][WS-273]") {
  zipper z;
  watched engine{z.engine};
  deflater d(takeover, role::server, all);
  std::array<char, 64> out;
  CHECK(d.add(engine, "a", out).ec == errc::wrong_state);
  CHECK(d.end(engine, out).ec == errc::wrong_state);
  for (const opcode op : {opcode::continuation, opcode::close, opcode::ping, opcode::pong})
    CHECK(d.begin(engine, op) == errc::invalid_input);
  CHECK(!d.in_message());
  REQUIRE(d.begin(engine, opcode::binary) == errc::ok);
  CHECK(d.begin(engine, opcode::text) == errc::wrong_state);
  CHECK(d.text(engine, "Hello", out).ec == errc::wrong_state);
  CHECK(d.text(engine, "", {}).ec == errc::wrong_state);
  for (std::size_t n = 0; n < min_deflate_room; ++n) {
    CHECK(d.add(engine, "a", std::span(out).first(n)).ec == errc::buffer_too_small);
    CHECK(d.end(engine, std::span(out).first(n)).ec == errc::buffer_too_small);
  }
  CHECK(engine.calls == 0);
  const deflate_step s = d.end(engine, std::span(out).first(min_deflate_room));
  CHECK(s.done);
  CHECK(std::string_view(out.data(), s.produced) == hex("00"));
  CHECK(d.end(engine, out).ec == errc::wrong_state);
  // reset() forgets a message in pieces.
  REQUIRE(d.begin(engine, opcode::text) == errc::ok);
  d.reset();
  engine.reset();
  CHECK(!d.in_message());
  CHECK(payload_of(d, engine, "Hello") == hex("f248cdc9c90700"));
}

TEST_CASE("an engine that fails is of no use any more", "[WS-272]") {
  std::array<char, 64> out;
  for (unsigned good = 0; good < 2; ++good) {
    failing engine;
    engine.good = good;
    deflater d(takeover, role::server, all);
    CHECK(d.text(engine, "Hello", out).ec == errc::engine_failed);
    engine.good = 100;
    CHECK(d.text(engine, "Hello", out).ec == errc::engine_failed);
    CHECK(d.begin(engine, opcode::text) == errc::engine_failed);
    CHECK(d.add(engine, "a", out).ec == errc::engine_failed);
    CHECK(d.end(engine, out).ec == errc::engine_failed);
    CHECK(!d.in_message());
    d.reset();
    CHECK(d.text(engine, "Hello", out).ec == errc::ok);

    engine.good = good;
    REQUIRE(d.begin(engine, opcode::text) == errc::ok);
    if (good != 0) CHECK(d.add(engine, "a", out).ec == errc::ok);
    CHECK((good == 0 ? d.add(engine, "a", out) : d.end(engine, out)).ec == errc::engine_failed);
    CHECK(d.begin(engine, opcode::text) == errc::engine_failed);
  }
  zlib::compressor none({}, {});
  deflater d(takeover, role::server, all);
  CHECK(d.text(none, "Hello", out).ec == errc::engine_failed);
}

TEST_CASE("an engine whose bound is wrong does not make half a message", "[WS-272]") {
  std::mt19937 random(4);
  const std::string m = random_octets(random, 100);
  std::size_t failed = 0;
  for (std::size_t promised = 0; promised < 120; ++promised) {
    zipper z;
    understating engine{z.engine, promised};
    deflater d(takeover, role::server, all);
    std::string scratch(promised + min_deflate_room, '\0');
    const deflated got = d.binary(engine, m, scratch);
    CAPTURE(promised);
    if (got)
      CHECK(reference_inflater().message(got.payload).out == m);
    else
      CHECK(got.ec == errc::engine_failed);
    failed += !got;
  }
  CHECK(failed > 50);
}

TEST_CASE("what is sent needs no larger window than was agreed on", "[WS-280][WS-259]") {
  std::mt19937 random(3);
  const std::string x = random_octets(random, 300), y = random_octets(random, 400);
  for (const role own : {role::server, role::client}) {
    for (int bits = 8; bits <= 15; ++bits) {
      deflate_parameters agreed = takeover;
      (own == role::server ? agreed.server_max_window_bits : agreed.client_max_window_bits) =
          static_cast<std::uint8_t>(bits);
      CHECK(agreed.window_bits(own) == bits);
      zipper z({.window_bits = agreed.window_bits(own)});
      deflater d(agreed, own, all);
      std::vector<char> memory(zlib::decompressor_memory(bits));
      zlib::decompressor receiver(bits, memory);
      reference_inflater reference;
      CAPTURE(bits);
      for (const std::string &m : {x + y + x, x + y + x, repetitive(random, 5000)}) {
        const std::string payload = payload_of(d, z.engine, m);
        const auto r = reference.message(payload);
        CHECK(r.ok);
        CHECK(r.out == m);
        CHECK(r.farthest <= std::size_t{1} << bits);
        if (m.size() == 1000 && bits >= 10) CHECK(r.farthest >= 700);
        // Octet by octet, so that nothing but the window can be referred to.
        std::string got;
        char c = 0;
        for (std::string_view in = payload; !in.empty() || got.size() < m.size();) {
          const engine_step s = receiver.inflate(in, {&c, 1});
          REQUIRE(s.st == engine_status::ok);
          in.remove_prefix(s.consumed);
          got.append(&c, s.produced);
          if (s.consumed + s.produced == 0) break;
        }
        CHECK(got == m);
        REQUIRE(receiver.inflate(std::string_view("\0\0\xFF\xFF", 4), {&c, 1}).st == engine_status::ok);
      }
    }
  }
}

TEST_CASE("a compressed message goes through the writer, or to many at once", "[WS-272][WS-273]") {
  zipper z;
  deflater d(takeover, role::server, all);
  std::array<char, 128> scratch, out;
  const deflated m = d.text(z.engine, "Hello", scratch);
  REQUIRE(m);
  writer<role::server> server({.deflate = true});
  auto sent = server.frame(m.kind, m.payload, out);
  CHECK(std::string_view(out.data(), sent.size) == hex("C107f248cdc9c90700"));
  coax_test::example_keys keys;
  writer<role::client> client({.deflate = true});
  sent = client.frame(m.kind, m.payload, keys, out);
  const auto frames = coax_test::read_frames({out.data(), sent.size});
  REQUIRE(frames);
  CHECK(frames->front().rsv == 4);
  CHECK(frames->front().payload == hex("f248cdc9c90700"));
  // Cut: only the first frame is marked.
  sent = server.frame({.op = m.kind.op, .fin = false, .compressed = true}, m.payload.substr(0, 3), out);
  CHECK(std::string_view(out.data(), sent.size) == hex("4103f248cd"));
  sent = server.ping("", out);
  CHECK(sent);
  sent = server.frame({opcode::continuation}, m.payload.substr(3), out);
  CHECK(std::string_view(out.data(), sent.size) == hex("8004c9c90700"));
  // A broadcast: compressed once, by itself, for all that take such messages.
  deflater alone(no_takeover, role::server, all);
  const std::string text(40, 'a');
  const deflated shared = alone.text(z.engine, text, scratch);
  REQUIRE(shared);
  REQUIRE(shared.kind.compressed);
  const prepared header = prepare(shared.kind.op, shared.payload, shared.kind.compressed);
  CHECK(server.admit(header) == errc::wrong_state); // it would not be in the window of this compressor
  CHECK(writer<role::server>({.deflate = true, .takeover = false}).admit(header) == errc::ok);
  CHECK(header.header() == hex("C1") + std::string(1, static_cast<char>(shared.payload.size())));
  CHECK(reference_inflater().message(shared.payload).out == text);
  CHECK(writer<role::server>().admit(header) == errc::wrong_state);
}

#endif
