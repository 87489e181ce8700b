// Messages that the input has, compressed with options that it has, whole or in pieces: they come out as they
// went in of a decoder that was written for the tests, and of the inflater, and stay within the window.
#include "transcript.hpp"

#include "support/reference_inflater.hpp"

#include <coax/websocket/deflater.hpp>
#include <coax/websocket/inflater.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;

/// What is left of the input.
struct bytes {
  std::string_view rest;
  unsigned next() {
    if (rest.empty()) return 0;
    const auto c = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return c;
  }
  std::string take(std::size_t n) {
    const std::string out(rest.substr(0, n));
    rest.remove_prefix(out.size());
    return out;
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  bytes input{{reinterpret_cast<const char *>(data), size}};
  const unsigned a = input.next(), b = input.next();
  const coax::zlib::compression how{.window_bits = static_cast<int>(8 + a % 8),
                                    .memory_level = static_cast<int>(1 + a / 8 % 9),
                                    .level = static_cast<int>(1 + b % 9),
                                    .fixed_code = (b & 64) != 0};
  const bool takes_over = b & 128;
  // Not new for each input: to clear so much takes longer than all the rest.
  static std::vector<char> packing(coax::zlib::compressor_memory({.memory_level = 9})),
      unpacking(coax::zlib::decompressor_memory(15));
  coax::zlib::compressor engine(how, packing);
  coax::zlib::decompressor back(how.window_bits, unpacking);
  COAX_FUZZ_CHECK(engine && back);
  const ws::deflate_parameters agreed{.agreed = true, .server_no_context_takeover = !takes_over};
  ws::deflater deflate(agreed, coax::role::server, {.threshold = 0, .threshold_without_takeover = 0});
  ws::inflater inflate(agreed, coax::role::client);
  coax_test::reference_inflater reference;

  do {
    const unsigned kind = input.next();
    const bool text = kind & 1, whole = kind & 2;
    std::string message = input.take(kind & 4 ? input.next() : 2000);
    if (kind & 8) message.append(kind, 'r');        // runs
    if (kind & 16) message += std::string(message); // repetitions
    if (text)
      std::replace_if(
          message.begin(), message.end(), [](char c) { return (c & 0x80) != 0; }, 'u');
    std::string payload;
    if (whole) {
      std::vector<char> scratch(engine.bound(message.size()) + ws::min_deflate_room);
      const ws::deflated m =
          text ? deflate.text(engine, message, scratch) : deflate.binary(engine, message, scratch);
      COAX_FUZZ_CHECK(m);
      COAX_FUZZ_CHECK(m.kind.compressed || (!takes_over && m.payload.data() == message.data()));
      if (!m.kind.compressed) continue;
      payload = m.payload;
    } else {
      COAX_FUZZ_CHECK(deflate.begin(engine, text ? ws::opcode::text : ws::opcode::binary) == ws::errc::ok);
      std::vector<char> out(ws::min_deflate_room + input.next() % 100);
      const std::size_t piece = 1 + input.next();
      for (std::string_view rest = message; !rest.empty();) {
        const ws::deflate_step s = deflate.add(engine, rest.substr(0, piece), out);
        COAX_FUZZ_CHECK(s.ec == ws::errc::ok && s.produced <= out.size());
        COAX_FUZZ_CHECK(s.consumed + s.produced != 0);
        payload.append(out.data(), s.produced);
        rest.remove_prefix(s.consumed);
      }
      for (bool done = false; !done;) {
        const ws::deflate_step s = deflate.end(engine, out);
        COAX_FUZZ_CHECK(s.ec == ws::errc::ok && s.produced <= out.size());
        payload.append(out.data(), s.produced);
        done = s.done;
      }
      COAX_FUZZ_CHECK(payload.size() <= engine.bound(message.size()));
    }
    if (!takes_over) reference.reset();
    const coax_test::reference_message r = reference.message(payload);
    COAX_FUZZ_CHECK(r.ok && r.out == message && !r.final_blocks);
    COAX_FUZZ_CHECK(r.farthest <= std::size_t{1} << how.window_bits);
    COAX_FUZZ_CHECK(!payload.ends_with(std::string_view("\0\0\xFF\xFF", 4)));

    std::string got, in = payload;
    const ws::event e{.kind = text ? ws::event_kind::text : ws::event_kind::binary,
                      .first = true,
                      .last = true,
                      .compressed = true,
                      .payload = in};
    std::vector<char> out(1 + kind / 32 * 100);
    do {
      const ws::event m = inflate.next(back, ws::limits{}, e, out);
      COAX_FUZZ_CHECK(m.kind == e.kind && m.last == !inflate.more());
      got.append(m.payload.data(), m.payload.size());
    } while (inflate.more());
    COAX_FUZZ_CHECK(got == message);
  } while (!input.rest.empty());
  return 0;
}
