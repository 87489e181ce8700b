// The engines over zlib: what they make next to a decoder of our own, in which memory, into which outputs.
#if __has_include(<zlib.h>)
#include "support/catch.hpp"

#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include "support/allocations.hpp"
#include "support/deflate_texts.hpp"
#include "support/guarded.hpp"
#include "support/reference_inflater.hpp"
#include "support/ws_sender.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using coax::websocket::engine_status;
using coax::websocket::engine_step;
using coax::websocket::min_deflate_room;
using coax_test::hex;
using coax_test::json;
using coax_test::random_octets;
using coax_test::reference_inflater;
using coax_test::reference_message;
using coax_test::repetitive;
using zlib::compression;
using zlib::compressor;
using zlib::compressor_memory;
using zlib::decompressor;
using zlib::decompressor_memory;

namespace {

const std::string tail("\0\0\xFF\xFF", 4);

/// A compressor with its memory.
struct packer {
  std::vector<char> memory;
  compressor engine;
  explicit packer(const compression &how) : memory(compressor_memory(how)), engine(how, memory) {
    REQUIRE(engine);
  }

  /// A message, given in pieces of `piece` octets, into outputs of `room` octets.
  std::string pack(std::string_view message, std::size_t room = 1 << 21,
                   std::size_t piece = std::string::npos) {
    if (buffer.size() < room) buffer.resize(room);
    const std::span<char> to = std::span(buffer).first(room);
    std::string out;
    while (!message.empty()) {
      const std::string_view now = message.substr(0, piece);
      const engine_step s = engine.deflate(now, to);
      // All of it is taken, unless there is no room.
      const bool good = s.st == engine_status::ok && s.produced <= room &&
                        (s.consumed == now.size() || (s.consumed < now.size() && s.produced == room));
      if (!good) REQUIRE(good);
      out.append(to.data(), s.produced);
      message.remove_prefix(s.consumed);
    }
    for (bool done = false; !done;) {
      const engine_step s = engine.end(to);
      if (s.st != engine_status::ok || s.produced > room) REQUIRE(s.st == engine_status::ok);
      out.append(to.data(), s.produced);
      done = s.produced < room;
    }
    return out;
  }
  std::vector<char> buffer{};
};

/// A decompressor with its memory.
struct unpacker {
  std::vector<char> memory;
  decompressor engine;
  bool boundary = false;
  explicit unpacker(int bits) : memory(decompressor_memory(bits)), engine(bits, memory) { REQUIRE(engine); }

  /// What the octets become, given in pieces of `piece` and taken in outputs of `room`; nothing if they are
  /// bad.
  std::optional<std::string> unpack(std::string_view in, std::size_t room = 1 << 16,
                                    std::size_t piece = std::string::npos) {
    std::string out;
    buffer.resize(room);
    while (true) {
      const std::string_view now = in.substr(0, piece);
      const engine_step s = engine.inflate(now, buffer);
      out.append(buffer.data(), s.produced);
      if (s.st != engine_status::ok) return std::nullopt;
      if (s.consumed != now.size() && s.produced != room) REQUIRE(s.consumed == now.size());
      in.remove_prefix(s.consumed);
      if (in.empty() && s.produced < room) break;
    }
    boundary = engine.at_boundary();
    return out;
  }
  std::optional<std::string> message(std::string_view payload, std::size_t room = 1 << 16,
                                     std::size_t piece = std::string::npos) {
    const std::optional<std::string> out = unpack(std::string(payload) + tail, room, piece);
    return boundary ? out : std::nullopt;
  }
  std::vector<char> buffer{};
};

std::size_t window(int bits) { return std::size_t{1} << bits; }

/// What holds for every message that is sent.
void check_message(const std::string &payload, const std::string &text, const reference_message &m,
                   int bits) {
  CHECK(m.why == "");
  CHECK(m.ok);
  CHECK(m.out == text);
  CHECK(m.farthest <= window(bits));
  CHECK(!m.final_blocks);
  CHECK(!m.types.empty());
  CHECK(m.types.back() == '0');
  CHECK(!payload.ends_with(tail));
}

template <class F> void for_each_compression(F f) {
  for (int bits = 8; bits <= 15; ++bits)
    for (int memory = 1; memory <= 9; ++memory)
      for (const int level : {1, 6, 9})
        for (const bool fixed : {false, true})
          f(compression{.window_bits = bits, .memory_level = memory, .level = level, .fixed_code = fixed});
}

} // namespace

TEST_CASE("the decoder of the tests knows DEFLATE", "[zlib]") {
  reference_inflater r;
  CHECK(r.message(hex("f248cdc9c90700")).out == "Hello");
  CHECK(r.message(hex("f200110000")).out == "Hello");
  CHECK(r.message(hex("000500faff48656c6c6f00")).out == "Hello");
  CHECK(r.message(hex("f24805000000ffffcac9c90700")).out == "Hello");
  CHECK(r.message(hex("f348cdc9c9070000")).out == "Hello");
  CHECK(r.message(hex("00")).ok);
  CHECK(!r.message("").ok);
  CHECK(!r.message(hex("ff")).ok);
  reference_inflater fresh;
  CHECK(fresh.message(hex("f200110000")).why == "distance too far");
}

TEST_CASE("whatever the options, messages come out as they went in, and no reference leaves the window",
          "[zlib][WS-272][WS-275][WS-280][WS-259]") {
  std::mt19937 random(1);
  for_each_compression([&](const compression &how) {
    CAPTURE(how.window_bits, how.memory_level, how.level, how.fixed_code);
    const std::string text = json(random, 300), noise = random_octets(random, 300);
    const std::vector<std::string> messages{
        "",    "a",  text,    noise,  text, std::string(3000, 'z'), "", repetitive(random, 2500),
        noise, text, "Hello", "Hello"};
    packer sender(how);
    unpacker receiver(how.window_bits);
    reference_inflater reference;
    std::string last;
    for (const std::string &m : messages) {
      const std::string payload = sender.pack(m);
      check_message(payload, m, reference.message(payload), how.window_bits);
      CHECK(payload.size() <= sender.engine.bound(m.size()));
      CHECK(receiver.message(payload) == m);
      if (m.empty()) CHECK(payload == std::string(1, '\0'));
      last = payload;
    }
    CHECK(last.size() <= 4); // a repetition
  });
}

TEST_CASE("references reach over the whole window, and no further", "[zlib][WS-280][WS-259][WS-272]") {
  std::mt19937 random(2);
  for (int bits = 8; bits <= 15; ++bits) {
    CAPTURE(bits);
    const std::size_t size = window(bits);
    // All distances up to twice the window: 40 octets that come back behind others.
    std::string text;
    while (text.size() < 3 * size + 2000)
      text += random_octets(random, 40) + text.substr(random() % (text.size() + 1), 40);
    const std::string end = random_octets(random, 300);
    for (const int memory : {1, 8, 9}) {
      for (const int level : {1, 9}) {
        packer sender({.window_bits = bits, .memory_level = memory, .level = level});
        reference_inflater reference;
        unpacker receiver(bits);
        std::size_t farthest = 0;
        for (const std::string &m :
             {text, end + random_octets(random, size) + end, std::string(size * 3, 'a')}) {
          const std::string payload = sender.pack(m);
          const reference_message r = reference.message(payload);
          check_message(payload, m, r, bits);
          farthest = std::max(farthest, r.farthest);
          CHECK(payload.size() <= sender.engine.bound(m.size()));
          CHECK(receiver.message(payload, 1000) == m);
        }
        if (memory == 9 && level == 9) CHECK(farthest > (bits <= 9 ? 200 : size / 2));
      }
    }
  }
}

TEST_CASE("a mebibyte passes", "[zlib][WS-272]") {
  std::mt19937 random(3);
  for (const compression &how :
       {compression{}, compression{.window_bits = 9, .memory_level = 1, .level = 1}}) {
    for (const std::string &m : {json(random, 1 << 20), std::string(1 << 20, '\0')}) {
      packer sender(how);
      const std::string payload = sender.pack(m);
      CHECK(payload.size() <= sender.engine.bound(m.size()));
      reference_inflater reference;
      const reference_message r = reference.message(payload);
      CHECK(r.ok);
      CHECK(r.out == m);
      CHECK(r.farthest <= window(how.window_bits));
      unpacker receiver(how.window_bits);
      CHECK(receiver.message(payload) == m);
    }
  }
}

TEST_CASE("the size of the output makes no difference to what is in it", "[zlib][WS-272]") {
  std::mt19937 random(4);
  for (const compression &how :
       {compression{}, compression{.memory_level = 1}, compression{.window_bits = 9, .level = 1},
        compression{.level = 9, .fixed_code = true}}) {
    const std::string text = json(random, 400);
    packer sender(how);
    reference_inflater reference;
    for (const std::string &m : {std::string(), std::string("Hello"), text, random_octets(random, 200),
                                 std::string(20000, 'x'), repetitive(random, 1500)}) {
      CAPTURE(m.size(), how.window_bits, how.memory_level);
      sender.engine.reset();
      const std::string whole = sender.pack(m);
      for (std::size_t room = min_deflate_room; room <= whole.size() + 8; ++room) {
        CAPTURE(room, whole.size());
        sender.engine.reset();
        const std::string pieces = sender.pack(m, room);
        if (pieces != whole) REQUIRE(pieces == whole);
        // A message behind one that just filled its output has no marker in front.
        const std::string next = sender.pack("Hello");
        reference.reset();
        CHECK(reference.message(pieces).out == m);
        const reference_message r = reference.message(next);
        CHECK(r.ok);
        CHECK(r.out == "Hello");
        CHECK(r.types.size() <= 2);
      }
    }
  }
}

TEST_CASE("a message may come in any pieces", "[zlib][WS-272]") {
  std::mt19937 random(5);
  packer sender({});
  reference_inflater reference;
  unpacker receiver(15);
  for (int i = 0; i < 300; ++i) {
    const std::string m = i % 2 == 0 ? json(random, random() % 3000) : repetitive(random, random() % 3000);
    const std::size_t room = min_deflate_room + random() % 200;
    const std::string payload = sender.pack(m, room, 1 + random() % 300);
    CAPTURE(i, room, m.size());
    check_message(payload, m, reference.message(payload), 15);
    CHECK(receiver.message(payload, 1 + random() % 500, 1 + random() % 50) == m);
    CHECK(payload.size() <= sender.engine.bound(m.size()));
  }
}

TEST_CASE("bound() holds for what does not compress", "[zlib]") {
  std::mt19937 random(6);
  const std::string noise = random_octets(random, 70000), high = random_octets(random, 70000, 144);
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n < 300; n += 1 + n / 10) sizes.push_back(n);
  for (const std::size_t n : {511u, 512u, 1023u, 4096u, 16384u, 70000u}) sizes.push_back(n);
  for (int memory = 1; memory <= 9; ++memory) {
    for (const int bits : {8, 15}) {
      for (const bool fixed : {false, true}) {
        for (const int level : {1, 6}) {
          packer sender({.window_bits = bits, .memory_level = memory, .level = level, .fixed_code = fixed});
          for (const std::size_t n : sizes) {
            CAPTURE(n, memory, bits, fixed, level);
            const std::size_t bound = sender.engine.bound(n);
            const std::string &m = fixed ? high : noise; // each at its worst
            sender.engine.reset();
            const std::size_t size =
                sender.pack(std::string_view(m).substr(0, n), bound + min_deflate_room).size();
            if (size > bound) CHECK(size <= bound);
          }
        }
      }
    }
  }
  CHECK(packer({}).engine.bound(1000) <= 1250); // and is not far off
}

TEST_CASE("without takeover nothing is left of earlier messages", "[zlib][WS-276][WS-254]") {
  packer sender({});
  CHECK(sender.pack("Hello") == hex("f248cdc9c90700"));
  CHECK(sender.pack("Hello") == hex("f200110000"));
  sender.engine.reset();
  CHECK(sender.pack("Hello") == hex("f248cdc9c90700"));

  // Also in the middle of a message, and of its end.
  std::array<char, 64> room;
  REQUIRE(sender.engine.deflate(std::string_view("lost"), room).st == engine_status::ok);
  sender.engine.reset();
  CHECK(sender.pack("Hello") == hex("f248cdc9c90700"));
  std::mt19937 random(7);
  const std::string noise = random_octets(random, 24);
  std::size_t stopped = 0;
  for (std::size_t first = min_deflate_room; first < 40; ++first) {
    (void)sender.engine.deflate(noise, room);
    stopped += sender.engine.end(std::span(room).first(first)).produced == first;
    sender.engine.reset();
    CHECK(sender.pack("Hello") == hex("f248cdc9c90700"));
  }
  CHECK(stopped > 5);
  CHECK(stopped < 20);

  unpacker receiver(15);
  CHECK(receiver.message(hex("f248cdc9c90700")) == "Hello");
  CHECK(receiver.message(hex("f200110000")) == "Hello");
  receiver.engine.reset();
  CHECK(receiver.message(hex("f200110000")) == std::nullopt);
  receiver.engine.reset(); // an error is forgotten too
  CHECK(receiver.message(hex("f248cdc9c90700")) == "Hello");
  CHECK(receiver.engine.at_boundary());
  receiver.engine.reset();
  CHECK(!receiver.engine.at_boundary());
  CHECK(receiver.unpack(hex("f248cd")) == "He"); // and what was in progress
  receiver.engine.reset();
  CHECK(receiver.message(hex("f248cdc9c90700")) == "Hello");
}

TEST_CASE("the memory that is asked for suffices, wherever it begins", "[zlib]") {
  std::mt19937 random(8);
  const std::string m = repetitive(random, 70000);
  coax_test::guarded place(1 << 20);
  for (int bits = 8; bits <= 15; ++bits) {
    for (int level = 1; level <= 9; ++level) {
      const compression how{.window_bits = bits, .memory_level = level};
      CAPTURE(bits, level);
      for (const std::size_t off : {0u, 1u, 7u, 8u, 15u}) {
        const std::span<char> memory =
            place.place(std::string(compressor_memory(how) + off, '\xA5')).subspan(off);
        const std::size_t allocated = coax_test::allocations();
        compressor engine(how, memory);
        REQUIRE(engine);
        std::array<char, 4096> out;
        const engine_step s = engine.deflate(std::string_view(m).substr(0, 3000), out);
        CHECK(s.st == engine_status::ok);
        CHECK(engine.end(std::span(out).subspan(s.produced)).st == engine_status::ok);
        engine.reset();
        CHECK(coax_test::allocations() == allocated);
      }
    }
    packer sender({.window_bits = bits});
    const std::string payload = sender.pack(m);
    for (std::size_t off = 0; off < 16; ++off) {
      const std::span<char> memory =
          place.place(std::string(decompressor_memory(bits) + off, '\xA5')).subspan(off);
      decompressor engine(bits, memory);
      REQUIRE(engine);
      std::array<char, 1000> out;
      std::string got;
      std::string_view in = payload;
      const std::size_t allocated = coax_test::allocations();
      while (!in.empty()) {
        const engine_step s = engine.inflate(in, out);
        REQUIRE(s.st == engine_status::ok);
        in.remove_prefix(s.consumed);
        if (off == 3) got.append(out.data(), s.produced);
      }
      if (off != 3) CHECK(coax_test::allocations() == allocated);
      if (off == 3) CHECK(m.starts_with(got));
    }
  }
}

TEST_CASE("too little memory is told, and nothing beside it is touched", "[zlib]") {
  coax_test::guarded place(1 << 20);
  const compression how{.window_bits = 10, .memory_level = 2};
  std::size_t works = 0;
  for (std::size_t size = 0; size <= compressor_memory(how); size += size < 40 ? 1 : 61) {
    CAPTURE(size);
    const std::span<char> memory = place.place(std::string(size, '\xA5'));
    compressor engine(how, memory);
    std::array<char, 300> out;
    if (engine) {
      if (works == 0) works = size;
      CHECK(engine.deflate(std::string_view("Hello"), out).st == engine_status::ok);
      continue;
    }
    CHECK(works == 0); // more memory does not hurt
    CHECK(engine.deflate(std::string_view("Hello"), out).st == engine_status::no_memory);
    CHECK(engine.end(out).st == engine_status::no_memory);
    engine.reset();
    CHECK(engine.deflate(std::string_view("Hello"), out).st == engine_status::no_memory);
  }
  CHECK(works > compressor_memory(how) / 2);

  const std::string payload = hex("f248cdc9c90700") + tail;
  works = 0;
  std::size_t late = 0;
  for (std::size_t size = 0; size <= decompressor_memory(9); size += size < 40 ? 1 : 61) {
    CAPTURE(size);
    const std::span<char> memory = place.place(std::string(size, '\xA5'));
    decompressor engine(9, memory);
    std::array<char, 300> out;
    const engine_step s = engine.inflate(payload, out);
    if (s.st == engine_status::ok) {
      if (works == 0) works = size;
      CHECK(std::string_view(out.data(), s.produced) == "Hello");
      continue;
    }
    CHECK(works == 0);
    CHECK(s.st == engine_status::no_memory);
    late += static_cast<bool>(engine);
    CHECK(engine.inflate(payload, out).st == engine_status::no_memory);
    engine.reset();
    CHECK(engine.inflate(payload, out).st == engine_status::no_memory);
  }
  CHECK(works > decompressor_memory(9) / 2);
  CHECK(late > 0); // there was memory for the state, and none for the window
}

TEST_CASE("options that raw DEFLATE does not have make no engine", "[zlib]") {
  std::vector<char> memory(1 << 20);
  // zlib takes some of these for other formats: they may not slip through.
  for (const int bits : {-15, -9, -8, -1, 0, 1, 7, 16, 24, 31, 40, 47}) {
    CAPTURE(bits);
    CHECK(!compressor({.window_bits = bits}, memory));
    CHECK(!decompressor(bits, memory));
  }
  for (const int level : {-1, 0, 10}) CHECK(!compressor({.level = level}, memory));
  for (const int level : {-1, 0, 10}) CHECK(!compressor({.memory_level = level}, memory));
  for (int bits = 8; bits <= 15; ++bits) CHECK(decompressor(bits, memory));
}

TEST_CASE("blocks follow each other without end, whatever BFINAL says", "[zlib][WS-274][WS-277]") {
  const std::vector<std::string> messages{
      hex("f248cdc9c90700"),   // a fixed code
      hex("f200110000"),       // refers back over the message
      hex("f348cdc9c9070000"), // BFINAL
      hex("f200110000"),       // refers back over BFINAL
      hex("010500faff48656c6c6f"
          "f3001100"
          "00"), // two BFINAL blocks, the second refers to the first
      hex("f348cdc9c907"
          "00"
          "f348cdc9c907"
          "00"
          "00"),
      hex("000500faff48656c6c6f00"),
      hex("f24805000000ffffcac9c90700"),
      hex("00"),
      hex("01"), // the empty block at the end has BFINAL itself
      hex("f200110000"),
      hex("010400fbff"), // stored octets that are what was taken off
      hex("000400fbff"),
      hex("f200110000"),
  };
  // Every size of the output, every piece of input: the same.
  reference_inflater reference;
  std::vector<std::string> want;
  for (const std::string &m : messages) {
    const reference_message r = reference.message(m);
    CAPTURE(want.size(), r.why);
    REQUIRE(r.ok);
    want.push_back(r.out);
  }
  CHECK(want[11] == tail);
  for (const std::size_t piece : {1u, 2u, 3u, 1000u}) {
    for (std::size_t room = 1; room <= 20; ++room) {
      unpacker receiver(15);
      for (std::size_t i = 0; i < messages.size(); ++i) {
        CAPTURE(piece, room, i);
        CHECK(receiver.message(messages[i], room, piece) == want[i]);
      }
    }
  }
}

TEST_CASE("what is no message does not end at a boundary, into whatever output", "[zlib][WS-278][WS-279]") {
  for (const auto *digits : {"",               // no octet at all
                             "f248cd",         // inside a block
                             "f248cdc9c907",   // the block that ends is not empty
                             "f348cdc9c90700", // nothing behind BFINAL
                             "f348cdc9c907",
                             "000500faff48656c6c6f", // nothing behind a stored block
                             "0004", "000400fb", "04", "ff", "06", "f200110000", "0000000000", "05",
                             // The code 15 times 1 ends the block inside the last octet of the four.
                             "04e0019624499224c99e159058d43cb27af6dfffbdf7defb4f03",
                             "05e0019624499224c99e159058d43cb27af6dfffbdf7defb4f03"}) {
    CAPTURE(digits);
    const std::string payload = hex(digits);
    const bool ok = reference_inflater().message(payload).ok;
    CHECK(!ok);
    for (const std::size_t piece : {1u, 2u, 1000u})
      for (std::size_t room = 1; room <= 20; ++room) {
        CAPTURE(piece, room);
        CHECK(unpacker(15).message(payload, room, piece) == std::nullopt);
      }
  }
}

TEST_CASE("damaged and shortened messages are judged as by the other decoder", "[zlib][WS-279]") {
  std::mt19937 random(9);
  std::vector<std::string> good;
  for (const bool fixed : {false, true}) {
    packer sender({.memory_level = 1, .fixed_code = fixed});
    good.push_back(sender.pack(json(random, 150)));
    sender.engine.reset();
    good.push_back(sender.pack(repetitive(random, 200)));
  }
  good.push_back(hex("f348cdc9c9070000"));
  good.push_back(hex("010500faff48656c6c6ff300110000"));
  std::size_t accepted = 0, refused = 0;
  const auto judge = [&](const std::string &payload) {
    const reference_message r = reference_inflater().message(payload);
    (r.ok ? accepted : refused) += 1;
    for (const std::size_t room : {1u, 7u, 4096u}) {
      unpacker receiver(15);
      const std::optional<std::string> got = receiver.message(payload, room, room == 7 ? 1 : 1000);
      if (got.has_value() != r.ok || (r.ok && *got != r.out)) {
        CAPTURE(room, r.why, payload);
        CHECK(got.has_value() == r.ok);
        CHECK(got.value_or("") == r.out);
      }
    }
  };
  for (const std::string &m : good) {
    for (std::size_t n = 0; n < m.size(); ++n) {
      judge(m.substr(0, n));
      for (const unsigned flip : {1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 255u}) {
        std::string bad = m;
        bad[n] = static_cast<char>(static_cast<unsigned char>(bad[n]) ^ flip);
        judge(bad);
      }
      std::string grown = m;
      judge(grown.insert(n, 1, static_cast<char>(static_cast<unsigned char>(random() & 0xFF))));
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 1000);
}

TEST_CASE("a reference beyond the window is refused, or right where its octets are still there",
          "[zlib][WS-280]") {
  std::mt19937 random(10);
  const std::string noise = random_octets(random, 5000), m = noise + noise.substr(0, 300);
  packer sender({});
  const std::string payload = sender.pack(m);
  REQUIRE(reference_inflater().message(payload).farthest == 5000);
  for (int bits = 8; bits <= 12; ++bits) {
    CHECK(unpacker(bits).message(payload, 1) == std::nullopt);
    CHECK(unpacker(bits).message(payload, 100) == std::nullopt);
    CHECK(unpacker(bits).message(payload, 6000).value_or(m) == m);
  }
  CHECK(unpacker(13).message(payload, 1) == m);
}

TEST_CASE("an output without room is full at once", "[zlib]") {
  unpacker receiver(15);
  const engine_step none = receiver.engine.inflate(hex("f248cdc9c90700"), {});
  CHECK(none.st == engine_status::ok);
  CHECK(none.produced == 0);
  CHECK(receiver.message(hex("f248cdc9c90700").substr(none.consumed)) == "Hello");
}

TEST_CASE("prints how much memory zlib takes", "[.memory]") { // for docs/deflate.md: coax-tests "[.memory]"
  std::vector<char> memory(1 << 20);
  const auto least = [&](auto works) {
    std::size_t low = 0, high = memory.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (works(std::span(memory).first(middle)))
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  };
  std::printf("window  level 1       2       3       4       5       6       7       8       9  inflating\n");
  for (int bits = 8; bits <= 15; ++bits) {
    std::printf("%6d", bits);
    for (int level = 1; level <= 9; ++level) {
      const compression how{.window_bits = bits, .memory_level = level};
      const std::size_t used =
          least([&](std::span<char> m) { return static_cast<bool>(compressor(how, m)); });
      CHECK(used <= compressor_memory(how));
      std::printf(" %7zu", used);
    }
    const std::size_t used = least([&](std::span<char> m) {
      decompressor engine(bits, m);
      std::array<char, 16> out;
      return engine.inflate(hex("f248cdc9c90700"), out).st == engine_status::ok && engine;
    });
    CHECK(used <= decompressor_memory(bits));
    std::printf("    %7zu\n", used);
  }
}

#endif
