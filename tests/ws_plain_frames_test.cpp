// Messages in one frame of any size: what the quick path takes, and that it takes nothing that is wrong.
#include "support/catch.hpp"

#include <coax/websocket/masked_text.hpp>
#include <coax/websocket/reader.hpp>

#include "support/guarded.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax::websocket;
using coax::role;
using namespace std::string_view_literals;

namespace {

const limits roomy{.frame = 1 << 20, .message = 1 << 20};
constexpr mask_key key{{'\x81', '\x5A', '\x3C', '\xE7'}};

std::string_view view(std::span<const char> s) { return {s.data(), s.size()}; }

std::string frame(role receiver, opcode op, std::string_view payload, std::uint8_t rsv = 0) {
  const bool masked = receiver == role::server;
  const frame_header h{
      .op = op, .rsv = rsv, .masked = masked, .key = masked ? key : mask_key{}, .length = payload.size()};
  std::array<char, max_frame_header> head;
  std::string out(head.data(), encode(h, head).size);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += masked ? detail::mask_octet(payload[i], key.bytes[i % 4]) : payload[i];
  return out;
}

/// `size` octets: ASCII, or characters of all lengths.
std::string text(std::size_t size, bool ascii, unsigned seed = 0) {
  static const std::array<std::string_view, 6> some = {
      "a"sv, "\xC3\xA9"sv, "\xE4\xB8\xAD"sv, "\xF0\x9F\x98\x80"sv, "\xEF\xBF\xBD"sv, "z"sv};
  std::string out;
  for (unsigned i = seed; out.size() < size; i = i * 5 + 7) {
    const std::string_view c = ascii ? "a"sv : some[i / 8 % some.size()];
    out += out.size() + c.size() <= size ? c : "."sv;
  }
  return out;
}

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i <= 300; ++i) out.push_back(i);
  for (const std::size_t i :
       {511u, 512u, 1000u, 4095u, 4096u, 4097u, 4200u, 8192u, 9000u, 65535u, 65536u, 66000u})
    out.push_back(i);
  return out;
}

} // namespace

TEST_CASE("takes a frame of every size for what it is, and touches nothing behind", "[WS-125][WS-131]") {
  coax_test::guarded memory(70000);
  for (const role own : {role::server, role::client}) {
    std::uint64_t failures = 0;
    for (const std::size_t size : sizes())
      for (const opcode op : {opcode::text, opcode::binary})
        for (const bool ascii : {true, false})
          for (const std::string_view behind :
               {""sv, "\x81"sv, "\x81\x85zzzzHelloHelloHello"sv,
                "\x81\xBF\xBF\xBF\xBF\xBF and so on, for more octets than a vector has"sv}) {
            const std::string payload = text(size, ascii, static_cast<unsigned>(size));
            const std::string wire = frame(own, op, payload);
            const auto in = memory.place(wire + std::string(behind));
            reader r(own);
            const event e = r.next(roomy, in);
            const event_kind kind = op == opcode::text ? event_kind::text : event_kind::binary;
            if (e.kind != kind || !e.first || !e.last || e.compressed || e.consumed != wire.size() ||
                view(e.payload) != payload || e.frame_left != 0 || !r.idle())
              ++failures;
            if (view(in).substr(wire.size()) != behind ||
                view(in).substr(0, wire.size() - size) != wire.substr(0, wire.size() - size))
              ++failures;
          }
    CHECK(failures == 0);
  }
}

TEST_CASE("what a kernel takes is all that is plain", "[WS-125]") {
  if (coax::best_isa() != coax::isa::avx2) return; // there is none
  coax_test::guarded memory(70000);
  for (const role own : {role::server, role::client}) {
    const detail::plain_frames kernel{own == role::server, false, 100000};
    std::uint64_t failures = 0;
    for (const std::size_t size : sizes())
      for (const bool ascii : {true, false})
        for (const std::string_view behind :
             {""sv, "\x81\xBF\xBF\xBF\xBF\xBF and what is behind the frame"sv}) {
          if (size < 6 || size > 0xFFFF) continue;
          const std::string payload = text(size, ascii, static_cast<unsigned>(size));
          const std::string wire = frame(own, opcode::text, payload);
          const auto in = memory.place(wire + std::string(behind));
          const detail::plain_frame f = kernel.take_small(in);
          if (f.end != wire.size() || f.size() != size || view(in).substr(f.begin(), size) != payload)
            ++failures;
          const auto cut = memory.place(wire.substr(0, wire.size() - 1));
          const detail::plain_frame begun = kernel.take_small(cut);
          if (cut.size() >= 8 &&
              (begun.end != wire.size() || view(cut) != std::string_view(wire).substr(0, cut.size())))
            ++failures;
        }
    CHECK(failures == 0);
  }
}

TEST_CASE("takes many frames at once as it does one by one", "[WS-125][WS-131]") {
  coax_test::guarded memory(200000);
  for (const role own : {role::server, role::client}) {
    std::string wire;
    std::vector<std::string> payloads;
    for (unsigned i = 0; i < 600; ++i) {
      payloads.push_back(text(i * 37 % 290, i % 3 != 0, i));
      wire += frame(own, i % 5 == 0 ? opcode::binary : opcode::text, payloads.back());
      if (i % 50 == 49) wire += frame(own, opcode::ping, "");
    }
    for (const std::size_t room : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      const auto in = memory.place(wire);
      std::vector<item> items(room);
      reader r(own);
      std::size_t at = 0, message = 0;
      bool right = true;
      for (;;) {
        const batch b = r.next(roomy, in.subspan(at), items);
        REQUIRE(b.ec == errc::ok);
        for (const item &i : std::span(items).first(b.events)) {
          if (i.kind == event_kind::ping) continue;
          right = right && i.first() && i.last() &&
                  i.kind == (message % 5 == 0 ? event_kind::binary : event_kind::text) &&
                  view(i.in(in.subspan(at))) == payloads[message];
          ++message;
        }
        at += b.consumed;
        if (b.events < room) break;
      }
      CHECK(right);
      CHECK(message == payloads.size());
      CHECK(at == wire.size());
    }
  }
}

TEST_CASE("refuses a frame whose text has one wrong octet, at that octet, whatever the size and the place",
          "[WS-131]") {
  coax_test::guarded memory(2000);
  for (const role own : {role::server, role::client}) {
    std::uint64_t failures = 0;
    for (std::size_t size = 1; size <= 300; size += size < 140 ? 1 : 9)
      for (std::size_t bad = 0; bad < size; bad += size < 70 || bad + 4 > size ? 1 : 3)
        for (const bool ascii : {true, false}) {
          std::string payload = text(size, ascii, static_cast<unsigned>(bad));
          payload[bad] = '\xFF';
          const std::string wire = frame(own, opcode::text, payload);
          const std::size_t header = wire.size() - size;
          const auto in = memory.place(wire);
          reader r(own);
          event e = r.next(roomy, in);
          std::size_t at = 0;
          if (bad != 0) {
            if (e.kind != event_kind::text || !e.first || e.last ||
                view(e.payload) != payload.substr(0, bad) || e.consumed != header + bad)
              ++failures;
            at = e.consumed;
            e = r.next(roomy, in.subspan(at));
          }
          if (e.kind != event_kind::failed || e.ec != errc::bad_utf8 || at + e.why.at != header + bad)
            ++failures;
          if (view(in).substr(header + bad) != wire.substr(header + bad))
            ++failures; // not consumed: not changed
        }
    CHECK(failures == 0);
  }
}

TEST_CASE("judges short text as the rules do, whatever lies around it", "[WS-131]") {
  coax_test::guarded memory(2000);
  static const std::array<std::string_view, 16> some = {
      "a"sv,        "z"sv,        "\xC3\xA9"sv, "\xE4\xB8\xAD"sv, "\xF0\x9F\x98\x80"sv, "\x80"sv, "\xBF"sv,
      "\xC0"sv,     "\xED\xA0"sv, "\xE0"sv,     "\xF0"sv,         "\xF4\x90"sv,         "\xF5"sv, "\xE2"sv,
      "\xC2\x80"sv, "~"sv};
  std::uint32_t state = 1;
  const auto next = [&state](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  const std::string around(40, '\xBF'); // would go on with what is begun
  std::uint64_t failures = 0, good_ones = 0;
  for (const role own : {role::server, role::client})
    for (std::size_t size = 1; size <= 80; ++size)
      for (unsigned i = 0; i < 300; ++i) {
        std::string payload;
        const std::uint32_t kinds = i % 3 == 0 ? 16 : 5; // with one third of those at least wrong
        while (payload.size() < size) payload += some[next(kinds)];
        payload.resize(size);
        utf8_validator plain;
        bool good = true;
        for (const char &c : payload) good = good && plain.add({&c, 1}) == utf8_validator::npos;
        good = good && plain.complete();
        good_ones += good;
        const std::string wire = frame(own, opcode::text, payload);
        for (const std::string_view behind : {""sv, std::string_view(around)}) {
          const std::string bytes = wire + std::string(behind);
          const auto in = i % 2 == 0 ? memory.place(bytes) : memory.place_first(bytes);
          reader r(own);
          const event e = r.next(roomy, in);
          if ((e.kind == event_kind::text && e.last) != good) ++failures;
          if (good && view(e.payload) != payload) ++failures;
          if (view(in).substr(wire.size()) != behind) ++failures;
        }
      }
  CHECK(failures == 0);
  CHECK(good_ones > 1000);
}

TEST_CASE("a piece is ASCII if its octets are, whatever those around it are", "[WS-131]") {
  coax_test::guarded memory(1000);
  std::uint64_t failures = 0;
  for (const std::size_t all : {1u, 2u, 31u, 32u, 33u, 40u, 64u, 100u, 257u, 300u})
    for (std::size_t at = 0; at < all; at += all < 50 ? 1 : 7)
      for (std::size_t size = 1; at + size <= all; size += size < 70 ? 1 : 13) {
        std::string octets(all, '\xFF');
        for (std::size_t i = 0; i < size; ++i) octets[at + i] = 'a';
        if (!detail::is_ascii_piece(view(memory.place(octets)), at, size)) ++failures;
        for (const std::size_t bad : {std::size_t{0}, size / 2, size - 1}) {
          std::string wrong = octets;
          wrong[at + bad] = '\x80';
          if (detail::is_ascii_piece(view(memory.place(wrong)), at, size)) ++failures;
          if (detail::is_ascii_piece(view(memory.place_first(wrong)), at, size)) ++failures;
        }
      }
  CHECK(failures == 0);
}

TEST_CASE("refuses a frame that ends inside a character, whatever its size", "[WS-131]") {
  coax_test::guarded memory(2000);
  for (const role own : {role::server, role::client})
    for (const auto begun : {"\xC3"sv, "\xE4"sv, "\xE4\xB8"sv, "\xF0"sv, "\xF0\x9F"sv, "\xF0\x9F\x98"sv}) {
      std::uint64_t failures = 0;
      for (std::size_t size = begun.size(); size <= 300; ++size)
        for (const bool ascii : {true, false}) {
          const std::string payload = text(size - begun.size(), ascii) + std::string(begun);
          const auto in = memory.place(frame(own, opcode::text, payload));
          const std::size_t header = in.size() - size;
          reader r(own);
          std::size_t at = 0;
          event e = r.next(roomy, in);
          if (e.kind == event_kind::text) {
            if (e.last || view(e.payload) != payload.substr(0, size - 1)) ++failures;
            at = e.consumed;
            e = r.next(roomy, in.subspan(at));
          }
          if (e.kind != event_kind::failed || e.ec != errc::bad_utf8 || at + e.why.at != header + size - 1)
            ++failures;
        }
      CHECK(failures == 0);
    }
}

TEST_CASE("leaves to the rules what is not a plain frame, at each size", "[WS-131]") {
  coax_test::guarded memory(2000);
  for (const role own : {role::server, role::client}) {
    const role other = own == role::server ? role::client : role::server;
    std::uint64_t failures = 0;
    for (std::size_t size = 0; size <= 300; ++size) {
      const std::string payload = text(size, true), wire = frame(own, opcode::text, payload);
      const auto refused = [&](std::string_view bytes, const limits &lim, errc ec) {
        const auto in = memory.place(bytes);
        std::array<item, 4> items;
        reader one(own), many(own);
        const event e = one.next(lim, in);
        const batch b = many.next(lim, in, items);
        if (e.kind != event_kind::failed || e.ec != ec || b.ec != ec || b.events != 0 || view(in) != bytes)
          ++failures;
      };
      refused(frame(other, opcode::text, payload), roomy,
              own == role::server ? errc::unmasked_frame : errc::masked_frame);
      refused(frame(own, opcode::text, payload, rsv1), roomy, errc::reserved_bits);
      refused(frame(own, opcode::continuation, payload), roomy, errc::unexpected_continuation);
      if (size > 0) {
        refused(wire, {.frame = size - 1, .message = 1000}, errc::frame_too_big);
        refused(wire, {.frame = 1000, .message = size - 1}, errc::message_too_big);
      }
      if (size < 126) { // a 16-bit length that is not the shortest
        std::string longer = wire;
        longer[1] = static_cast<char>((wire[1] & '\x80') | '\x7E');
        longer.insert(2, {'\0', static_cast<char>(size)});
        refused(longer, roomy, errc::non_minimal_length);
      }
      // compressed: not looked at
      std::string octets(size, '\xFF');
      const auto in = memory.place(frame(own, opcode::text, octets, rsv1));
      const event e = reader(own, {.deflate = true}).next(roomy, in);
      if (e.kind != event_kind::text || !e.compressed || view(e.payload) != octets) ++failures;
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("a piece of text is unmasked and judged at once as one after the other", "[WS-125][WS-131]") {
  coax_test::guarded memory(20000), other(20000);
  std::uint64_t failures = 0;
  for (const std::size_t size :
       {0u, 1u, 3u, 40u, 63u, 64u, 65u, 66u, 67u, 100u, 127u, 128u, 129u, 200u, 4096u, 4100u, 9000u})
    for (const std::string_view before :
         {""sv, "\xC3"sv, "\xE4"sv, "\xE4\xB8"sv, "\xF0"sv, "\xF0\x9F"sv, "\xF0\x9F\x98"sv})
      for (unsigned i = 0; i < 40; ++i) {
        utf8_validator one;
        (void)one.add(before);
        utf8_validator two = one;
        std::string plain = text(size, i % 4 == 0, i);
        static const std::string_view rests[] = {"\xA9"sv,     "\xB8\xAD"sv, "\xAD"sv, "\x9F\x98\x80"sv,
                                                 "\x98\x80"sv, "\x80"sv,     "x"sv};
        if (i % 8 != 0 && size > 3) plain = std::string(rests[i % 7]) + plain.substr(rests[i % 7].size());
        if (i % 3 == 0 && size > 10) plain[size - 1 - i % 10] = static_cast<char>(0xC0 + i);
        const auto in = memory.place(plain);
        apply_mask(in, key, i);
        const auto same = other.place(view(in));
        apply_mask(same, key, i);
        const std::size_t expected = one.add(view(same));
        const std::size_t got = detail::unmask_piece(in, detail::turn(key, i), two);
        if (got != expected || !(one == two) || view(in) != plain) ++failures;
      }
  CHECK(failures == 0);
}
