// The engine that needs no memory: stored blocks only, both ways.
#include "support/catch.hpp"

#include <coax/websocket/deflater.hpp>
#include <coax/websocket/inflater.hpp>
#include <coax/websocket/stored_blocks.hpp>

#include "support/deflate_texts.hpp"
#include "support/reference_inflater.hpp"
#include "support/ws_inflate.hpp"

#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::hex;
using coax_test::inflated_at_both_ends;
using coax_test::random_octets;
using coax_test::reference_inflater;
using coax_test::ws_frame;

namespace {

std::string read_hex(std::string_view digits) {
  stored_block_reader engine;
  return inflated_at_both_ends(engine, {}, hex(digits));
}

std::string packed(std::string_view message, std::size_t room, std::size_t piece = std::string::npos) {
  stored_block_writer engine;
  std::string out, buffer(room, '\xEE');
  while (!message.empty()) {
    const engine_step s = engine.deflate(message.substr(0, piece), buffer);
    REQUIRE(s.st == engine_status::ok);
    REQUIRE(s.consumed > 0);
    REQUIRE(s.produced <= room);
    out += buffer.substr(0, s.produced);
    message.remove_prefix(s.consumed);
  }
  const engine_step s = engine.end(buffer);
  REQUIRE(s.produced < room);
  return out + buffer.substr(0, s.produced);
}

constexpr bool passes_at_compile_time() {
  stored_block_writer writer;
  stored_block_reader engine;
  deflater deflate{deflate_parameters{.agreed = true}, role::server, {.threshold = 0}};
  inflater inflate{deflate_parameters{.agreed = true}, role::client};
  std::array<char, 64> scratch{};
  const deflated m = deflate.text(writer, "Hello", scratch);
  if (!m || !m.kind.compressed || m.payload.size() != 11) return false;
  std::array<char, 16> payload{}, out{};
  std::copy_n(m.payload.begin(), m.payload.size(), payload.begin());
  const event e{.kind = event_kind::text,
                .first = true,
                .last = true,
                .compressed = true,
                .payload = std::span(payload).first(m.payload.size())};
  const event got = inflate.next(engine, limits{}, e, out);
  return got.first && got.last && std::string_view(got.payload.data(), got.payload.size()) == "Hello";
}
static_assert(passes_at_compile_time());

} // namespace

TEST_CASE("stored blocks are read in any cut", "[WS-274][WS-273][WS-277][WS-278]") {
  CHECK(read_hex("C10B000500faff48656c6c6f00") == "text Hello");
  CHECK(read_hex("C10B000500faff48656c6c6f00 810548656c6c6f C10100 C20b000500faff48656c6c6f00") ==
        "text Hello | text Hello | text  | binary Hello");
  CHECK(read_hex("C10B010500faff48656c6c6f00 C10100") == "text Hello | text "); // BFINAL
  CHECK(read_hex("C110 000200fdff4865 010300fcff6c6c6f 00") == "text Hello");
  CHECK(read_hex("C10f 000200fdff4865 010300fcff6c6c6f") == "... text Hello | failed bad_deflate 1007");
  CHECK(read_hex("4103000500 8900 0005faff48656c 8900 80036c6f00") == "ping | ping | text Hello");
  CHECK(read_hex("C206 0000 00ffff 00") == "binary "); // an empty block in front
  CHECK(read_hex("C205 000400fbff") == "binary " + std::string("\0\0\xff\xff", 4));
  CHECK(read_hex("C20B f80500faff48656c6c6ff8") == "binary Hello"); // bits that are skipped may be anything
}

TEST_CASE("anything but stored blocks is refused", "[WS-279][WS-278]") {
  CHECK(read_hex("C107f248cdc9c90700") == "failed bad_deflate 1007");
  CHECK(read_hex("C101ff") == "failed bad_deflate 1007");
  CHECK(read_hex("C10104") == "failed bad_deflate 1007");
  CHECK(read_hex("C100") == "failed bad_deflate 1007");
  CHECK(read_hex("4100 8000") == "failed bad_deflate 1007");
  CHECK(read_hex("C20A000500faff48656c6c6f") == "... binary Hello | failed bad_deflate 1007");
  // LEN and NLEN differ, in each bit.
  for (unsigned octet = 1; octet < 5; ++octet) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string payload = hex("000500faff48656c6c6f00");
      payload[octet] = static_cast<char>(static_cast<unsigned char>(payload[octet]) ^ (1u << bit));
      CAPTURE(octet, bit);
      CHECK(!reference_inflater().message(payload).ok);
      stored_block_reader engine;
      CHECK(inflated_at_both_ends(engine, {}, ws_frame(0xC1, payload)) == "failed bad_deflate 1007");
    }
  }
}

TEST_CASE("stored blocks are judged as by the other decoder", "[WS-279]") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    // Blocks that are right, and something changed.
    std::string payload;
    for (auto n = random() % 3; n != 0; --n) payload += packed(random_octets(random, random() % 9), 40);
    if (random() % 4 != 0 && !payload.empty())
      payload[random() % payload.size()] = static_cast<char>(random() % 8);
    if (random() % 3 == 0) payload.resize(random() % (payload.size() + 1));
    const auto want = reference_inflater().message(payload);
    const bool others = want.types.find_first_not_of('0') != std::string::npos;
    stored_block_reader engine;
    const std::string in = payload + std::string("\0\0\xFF\xFF", 4);
    std::string out;
    std::size_t at = 0;
    std::array<char, 5> buffer;
    engine_step s;
    do {
      s = engine.inflate(std::span(in).subspan(at, std::min<std::size_t>(3, in.size() - at)), buffer);
      out.append(buffer.data(), s.produced);
      at += s.consumed;
    } while (s.st == engine_status::ok && (at < in.size() || s.produced == buffer.size()));
    const bool ok = s.st == engine_status::ok && engine.at_boundary();
    if (ok != (want.ok && !others) || (ok && out != want.out)) {
      CAPTURE(i, want.why, others);
      CHECK(ok == (want.ok && !others));
      CHECK(out == want.out);
    }
  }
}

TEST_CASE("whatever is written in stored blocks is DEFLATE, within its bound", "[WS-272][WS-280][WS-278]") {
  std::mt19937 random(2);
  const std::string noise = random_octets(random, 140000);
  for (const std::size_t n :
       {0u, 1u, 2u, 10u, 11u, 12u, 100u, 65534u, 65535u, 65536u, 131069u, 131070u, 131071u, 140000u}) {
    const std::string m = noise.substr(0, n);
    const std::size_t bound = stored_block_writer().bound(n);
    CAPTURE(n, bound);
    const std::string whole = packed(m, bound + min_deflate_room);
    CHECK(whole.size() <= bound);
    CHECK(whole.size() >= n + 1);
    if (n == 0) CHECK(whole == std::string(1, '\0'));
    for (const std::size_t room :
         {min_deflate_room, std::size_t{17}, std::size_t{1000}, std::size_t{200000}}) {
      for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::string::npos}) {
        if (n > 20000 && room < 1000) continue;
        if (n > 20000 && piece == 1) continue;
        const std::string payload = packed(m, room, piece);
        const auto r = reference_inflater().message(payload);
        CAPTURE(room, piece, r.why);
        CHECK(r.ok);
        CHECK(r.out == m);
        CHECK(r.farthest == 0); // no window is too small for it
        CHECK(!r.final_blocks);
        CHECK(!payload.ends_with(std::string("\0\0\xFF\xFF", 4)));
      }
    }
  }
}

TEST_CASE("a pair with stored blocks only", "[WS-272][WS-276]") {
  std::mt19937 random(3);
  stored_block_writer writer;
  stored_block_reader engine;
  deflater deflate{deflate_parameters{.agreed = true}, role::server, {.threshold = 0}};
  std::string frames, want, scratch(140100, '\0');
  for (const std::size_t n : {0u, 1u, 5u, 300u, 70000u}) {
    const std::string m = random_octets(random, n);
    const deflated d = deflate.binary(writer, m, scratch);
    REQUIRE(d);
    CHECK(d.kind.compressed);
    frames += ws_frame(0xC2, d.payload);
    want += (want.empty() ? "binary " : " | binary ") + m;
  }
  for (const std::size_t room : {1u, 100u, 100000u}) {
    const coax_test::inflate_way way{.step = 700, .room = room};
    CHECK(coax_test::read_inflated<role::client>(engine, {}, frames, way) == want);
    CHECK(coax_test::read_inflated<role::server>(engine, {}, coax_test::to_server(frames, "keys"), way) ==
          want);
  }
}
