// What a peer may make a reader spend, and in what portions the reader hands out.
#include "support/catch.hpp"

#include <coax/websocket/reader.hpp>

#include "support/allocations.hpp"
#include "support/ws_feed.hpp"

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using namespace std::string_literals;
using coax_test::ws_bytes;
using coax_test::ws_every_way;
using coax_test::ws_hex;
using coax_test::ws_stream;

namespace {

std::string read(std::string_view hex, const limits &lim, std::uint32_t whole_below = 0,
                 bool deflate = false) {
  return ws_every_way(
      ws_stream{.input = ws_bytes(hex), .limits = lim, .deflate = deflate, .whole_below = whole_below});
}

std::string too_big(std::string_view what, std::size_t at) {
  return "error " + std::string(what) + "_too_big 1009 in frame header @" + std::to_string(at);
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

} // namespace

// --- sizes -------------------------------------------------------------------------------------------------

TEST_CASE("a frame may be as large as its limit", "[WS-290]") {
  const std::string kib(1024, 'k');
  CHECK(read("82 7E 0400" + ws_hex(kib), {.frame = 1024}) == "binary " + kib + " @1028");
  CHECK(read("82 7E 0401", {.frame = 1024}) == too_big("frame", 3));
  CHECK(read("82 7E 0500", {.frame = 1024}) == too_big("frame", 2));
  CHECK(read("82 7F 1000000000000000", {.frame = 1024}) == too_big("frame", 2));
  CHECK(read("82 05 6161616161", {.frame = 5}) == "binary aaaaa @7");
  CHECK(read("82 06", {.frame = 5}) == too_big("frame", 1));
  CHECK(read("82 06 616161616161", {.frame = 5}) == too_big("frame", 1));
  CHECK(read("82 00 82 01", {.frame = 0}) == "binary @2 | " + too_big("frame", 3));
  CHECK(read("02 01 61 80 06", {.frame = 5}) == "binary... a @3 | " + too_big("frame", 4));
  CHECK(read("81 7E 0400" + ws_hex(kib), {.frame = 1023}) == too_big("frame", 2));
  // which form a length has does not matter
  CHECK(read("82 7E", {.frame = 100}) == "more @0");
  CHECK(read("82 7E 007E", {.frame = 100}) == too_big("frame", 3));
  CHECK(read("82 7E 0000", {.frame = 100}) == "error non_minimal_length 1002 in frame header @3");
  // control frames have a limit of their own
  CHECK(read("89 06 616161616161 88 02 03e8", {.frame = 0, .message = 0}) ==
        "ping aaaaaa @8 | close 1000 @12");
}

TEST_CASE("a message may be as large as its limit, over all its frames", "[WS-291]") {
  CHECK(read("01 03 616263 80 02 6465", {.message = 5}) == "text abcde @9");
  CHECK(read("01 03 616263 80 03", {.message = 5}) == "text... abc @5 | " + too_big("message", 6));
  CHECK(read("81 05 6162636465", {.message = 5}) == "text abcde @7");
  CHECK(read("81 06", {.message = 5}) == too_big("message", 1));
  CHECK(read("81 06 616263646566", {.message = 5}) == too_big("message", 1));
  CHECK(read("01 05 6162636465 00 00 80 00 81 05 6162636465", {.message = 5}) ==
        "text abcde @11 | text abcde @18");
  CHECK(read("01 05 6162636465 80 01", {.message = 5}) == "text... abcde @7 | " + too_big("message", 8));
  CHECK(read("01 02 6162 00 02 6364 80 02", {.message = 5}) == "text... abcd @8 | " + too_big("message", 9));
  CHECK(read("02 03 616263 80 7F 7FFFFFFFFFFFFFFF", {.frame = ~0ull, .message = ~0ull >> 1}) ==
        "binary... abc @5 | " + too_big("message", 14));
  CHECK(read("02 03 616263 80 7F 7FFFFFFFFFFFFFFC", {.frame = ~0ull, .message = ~0ull >> 1}) ==
        "binary... abc @5 | more @15");
  CHECK(read("C1 05 6162636465 C1 06", {.message = 5}, 0, true) ==
        "compressed text abcde @7 | " + too_big("message", 8));
  // the frame's limit is named first
  CHECK(read("81 06", {.frame = 5, .message = 5}) == too_big("frame", 1));
}

TEST_CASE("limits may change between two calls", "[WS-291]") {
  reader r(role::client);
  std::string in = ws_bytes("01 03 616263 00 00 80 01 64");
  CHECK(r.next({.message = 3}, std::span(in).first(5)).payload.size() == 3);
  CHECK(r.next({.message = 1}, std::span(in).subspan(5, 2)).kind == event_kind::need_more);
  const event e = r.next({.message = 1}, std::span(in).subspan(7));
  CHECK((e.ec == errc::message_too_big && e.why.at == 1));
}

// --- numbers -----------------------------------------------------------------------------------------------

TEST_CASE("the frames of a message are counted, empty ones too", "[WS-293]") {
  const std::string error = "error too_many_fragments 1008 in frame header @";
  CHECK(read("01 00 00 00 80 00", {.fragments = 3}) == "text @6");
  CHECK(read("01 00 00 00 80 00", {.fragments = 2}) == error + "4");
  CHECK(read("01 00 00 00 00", {.fragments = 2}) == error + "4");
  CHECK(read("01 01 61 80 01 62 01 01 61 80 01 62 81 00", {.fragments = 2}) ==
        "text ab @6 | text ab @12 | text @14");
  CHECK(read("81 00 01 00 80", {.fragments = 1}) == "text @2 | " + error + "4");
  CHECK(read("81 00", {.fragments = 0}) == error + "0");
  CHECK(read("89 00 01", {.fragments = 0}) == "ping @2 | " + error + "2");
  // what is wrong at the same octet anyway comes first
  CHECK(read("01 00 81", {.fragments = 1}) == "error unfinished_message 1002 in frame header @2");
}

TEST_CASE("a flood of empty continuations ends at the limit", "[WS-293]") {
  constexpr std::size_t count = 1u << 20;
  std::string in = ws_bytes("01 00");
  for (std::size_t i = 0; i < count; ++i) in += "\0\0"s;
  for (const bool batched : {false, true})
    for (const std::uint32_t limit : {16384u, 131072u, 1048577u, 0xFFFFFFFFu}) {
      reader r(role::client);
      const limits lim{.fragments = limit};
      const std::size_t before = coax_test::allocations();
      errc ec;
      fault why;
      std::size_t consumed;
      std::array<item, 4> items;
      if (batched) {
        const batch b = r.next(lim, in, std::span<item>(items));
        ec = b.ec, why = b.why, consumed = b.consumed;
        CHECK(b.events == 0);
      } else {
        const event e = r.next(lim, in);
        ec = e.ec, why = e.why, consumed = e.consumed;
      }
      CHECK(coax_test::allocations() == before);
      if (limit > count) {
        CHECK((ec == errc::ok && consumed == in.size() && r.in_message()));
        continue;
      }
      CHECK((ec == errc::too_many_fragments && why.at == 2 * std::size_t{limit} && consumed == 0));
    }
}

TEST_CASE("control frames between two data frames are counted", "[WS-294]") {
  const std::string error = "error too_many_control 1008 in frame header @";
  CHECK(read("89 00 8A 00 89 00", {.control = 2}) == "ping @2 | pong @4 | " + error + "4");
  CHECK(read("89 00 8A 00 89", {.control = 2}) == "ping @2 | pong @4 | " + error + "4");
  CHECK(read("89 00 8A 00 81 00 89 00 8A 00", {.control = 2}) ==
        "ping @2 | pong @4 | text @6 | ping @8 | pong @10");
  CHECK(read("89 00 01 00 89 00 80 00 89 00 89", {.control = 1}) ==
        "ping @2 | ping @6 | text @8 | ping @10 | " + error + "10");
  CHECK(read("89 00 02 02 6162 8A 00 80 01 63 8A 00 8A", {.control = 1}) ==
        "ping @2 | pong @8 | binary abc @11 | pong @13 | " + error + "13");
  CHECK(read("89", {.control = 0}) == error + "0");
  // a Close is the end of it
  CHECK(read("89 00 88 00", {.control = 1}) == "ping @2 | close 1005 @4");
  CHECK(read("88 00", {.control = 0}) == "close 1005 @2");
}

TEST_CASE("a flood of pings ends at the limit, and a clock can make a rate of it", "[WS-294]") {
  std::string ping = "\x89\x7D" + std::string(125, 'p');
  reader r(role::client);
  std::size_t count = 0;
  while (count < 1000000 && r.next(limits{}, ping).kind == event_kind::ping) ++count;
  CHECK(count == limits{}.control);
  CHECK(r.error() == errc::too_many_control);
  r.reset();
  for (count = 0; count < 100000; ++count) {
    if (count % 60000 == 0) r.forget_control_frames();
    if (r.next(limits{}, ping).kind != event_kind::ping) break;
  }
  CHECK(count == 100000);
}

// --- portions ----------------------------------------------------------------------------------------------

TEST_CASE("payload is handed out as it arrives, as much as is asked for") {
  reader r(role::server);
  std::string in = ws_bytes("81 85 37fa213d 7f9f4d5158");
  event e = r.next(limits{}, in, 2);
  CHECK((e.kind == event_kind::text && e.first && !e.last && view(e.payload) == "He" && e.consumed == 8));
  CHECK((e.frame_left == 3 && r.frame_left() == 3 && r.in_message() && !r.idle()));
  e = r.next(limits{}, std::span(in).subspan(8), 0);
  CHECK((e.kind == event_kind::need_more && e.consumed == 0 && e.hint == 0));
  e = r.next(limits{}, std::span(in).subspan(8, 0));
  CHECK((e.kind == event_kind::need_more && e.consumed == 0 && e.hint == 1));
  e = r.next(limits{}, std::span(in).subspan(8));
  CHECK((!e.first && e.last && view(e.payload) == "llo" && e.consumed == 3 && e.frame_left == 0));
  CHECK((r.idle() && r.message_size() == 0));
  // an empty message takes no payload
  in = ws_bytes("82 80 00000000");
  e = r.next(limits{}, in, 0);
  CHECK((e.kind == event_kind::binary && e.first && e.last && e.payload.empty()));
  // nor does a control frame
  in = ws_bytes("89 81 00000000 61");
  CHECK(r.next(limits{}, in, 0).kind == event_kind::ping);
}

TEST_CASE("frames below whole_below are not handed out in pieces") {
  const auto pieces = [](std::string_view hex, std::uint32_t below, std::size_t cut, role own) {
    std::string in = ws_bytes(hex), out;
    reader r(own, {.whole_below = below});
    std::size_t base = 0;
    for (const std::size_t end : {cut, in.size()})
      for (;;) {
        const event e = r.next(limits{}, std::span(in).subspan(base, end - base));
        base += e.consumed;
        if (e.kind == event_kind::need_more) break;
        out += (e.first ? "[" : "(") + std::string(view(e.payload)) + (e.last ? "]" : ")");
      }
    return out;
  };
  for (const std::size_t cut : {3u, 4u, 6u}) {
    CHECK(pieces("81 05 48656c6c6f", 6, cut, role::client) == "[Hello]");
    CHECK(pieces("81 05 48656c6c6f", 5, cut, role::client) != "[Hello]");
    CHECK(pieces("81 85 37fa213d 7f9f4d5158", 6, cut + 4, role::server) == "[Hello]");
    CHECK(pieces("01 05 48656c6c6f 80 00", 6, cut, role::client) == "[Hello)(]");
  }
  // a large frame stays one that is cut when little of it is left
  CHECK(pieces("82 06 616263646566", 6, 7, role::client) == "[abcde)(f]");
}

TEST_CASE("a frame that stays whole waits for a call that takes all of it") {
  std::string in = ws_bytes("81 05 48656c6c6f");
  reader r(role::client, {.whole_below = 6});
  event e = r.next(limits{}, in, 4);
  CHECK((e.kind == event_kind::need_more && e.consumed == 2 && e.hint == 0));
  e = r.next(limits{}, std::span(in).subspan(2, 4), 4);
  CHECK((e.kind == event_kind::need_more && e.consumed == 0 && e.hint == 1));
  e = r.next(limits{}, std::span(in).subspan(2, 3)); // fewer than before: no harm
  CHECK((e.kind == event_kind::need_more && e.consumed == 0 && e.hint == 2));
  e = r.next(limits{}, std::span(in).subspan(2), 5);
  CHECK((e.kind == event_kind::text && e.first && e.last && view(e.payload) == "Hello"));
}

TEST_CASE("frames that stay whole give the same events, every way") {
  for (const std::uint32_t below : {1u, 2u, 3u, 6u, 126u, 127u, 0xFFFFFFFFu}) {
    CHECK(read("01 03 48656c 89 01 70 80 02 6c6f", {}, below) == "ping p @8 | text Hello @12");
    CHECK(read("82 7E 007E" + ws_hex(std::string(126, 'x')) + "81 00", {}, below) ==
          "binary " + std::string(126, 'x') + " @130 | text @132");
  }
  CHECK(read("01 02 e282 00 01 ac 80 00", {}, 3) == "text \\xE2\\x82\\xAC @9");
  CHECK(read("81 05 4865", {}, 6) == "more @2");
  CHECK(read("C1 02 ffff", {}, 6, true) == "compressed text \\xFF\\xFF @4");
  CHECK(read("C1 03 ffff", {}, 6, true) == "more @2");
}

// --- batches -----------------------------------------------------------------------------------------------

TEST_CASE("a batch gives items with offsets in its input") {
  std::string in = ws_bytes("81 02 6869 C9");
  in.pop_back();
  in += ws_bytes("89 01 70 02 01 ff 80 00 88 04 03e9 6f6b 00");
  reader r(role::client);
  std::array<item, 8> items;
  const batch b = r.next(limits{}, in, std::span<item>(items));
  REQUIRE((b.ec == errc::ok && b.events == 5 && b.consumed == in.size() && b.hint == 0));
  CHECK((items[0].kind == event_kind::text && items[0].first() && items[0].last() && !items[0].compressed()));
  CHECK((items[0].offset == 2 && items[0].size == 2 && view(items[0].in(in)) == "hi"));
  CHECK((items[1].kind == event_kind::ping && view(items[1].in(in)) == "p" && items[1].flags == 0));
  CHECK((items[2].kind == event_kind::binary && items[2].first() && !items[2].last() && items[2].size == 1));
  CHECK((items[3].kind == event_kind::binary && !items[3].first() && items[3].last() && items[3].size == 0));
  CHECK((items[4].kind == event_kind::close && items[4].code == close_code::going_away));
  CHECK(view(items[4].in(in)) == "ok");
  CHECK((items[0].code == close_code::none && items[3].code == close_code::none));
}

TEST_CASE("a batch stops when its items are used up, and looks at nothing behind them") {
  std::string in = ws_bytes("81 01 61 82 01 62 83 00");
  reader r(role::client);
  std::array<item, 2> items;
  batch b = r.next(limits{}, in, std::span<item>(items));
  CHECK((b.ec == errc::ok && b.events == 2 && b.consumed == 6 && b.hint == 0));
  b = r.next(limits{}, std::span(in).subspan(6), std::span<item>(items));
  CHECK((b.ec == errc::reserved_opcode && b.events == 0 && b.consumed == 0 && b.why.at == 0));
  r.reset();
  b = r.next(limits{}, in, std::span<item>());
  CHECK((b.ec == errc::ok && b.events == 0 && b.consumed == 0));
  std::array<item, 3> more;
  b = r.next(limits{}, in, std::span<item>(more));
  CHECK((b.ec == errc::reserved_opcode && b.events == 2 && b.consumed == 6 && b.why.at == 6));
}

// --- state -------------------------------------------------------------------------------------------------

TEST_CASE("the caller's own verdict poisons a reader, but not one that failed before") {
  reader r(role::client);
  std::string in = ws_bytes("81 01 61");
  const event e = r.fail(errc::bad_deflate);
  CHECK((e.kind == event_kind::failed && e.ec == errc::bad_deflate && e.why == fault{}));
  CHECK(r.next(limits{}, in).ec == errc::bad_deflate);
  CHECK(r.fail(errc::message_too_big).ec == errc::bad_deflate);
  CHECK(r.end_of_input().ec == errc::bad_deflate);
}

TEST_CASE("a reader is small, and plain bytes") {
  static_assert(std::is_trivially_copyable_v<reader> && sizeof(reader) == 48 && sizeof(item) == 12);
  reader r(role::server, {.deflate = true, .whole_below = 9});
  CHECK((r.own_role() == role::server && r.options() == reader_options{true, 9}));
  CHECK((r.idle() && !r.in_message() && !r.closed() && r.error() == errc::ok));
  std::string in = ws_bytes("01 82");
  CHECK(r.next(limits{}, in).hint == 4);
  CHECK(r.idle());
}

namespace {

/// What a reader makes of a stream, in a constant expression.
template <std::size_t N> constexpr bool reads(role own, std::array<char, N> in, std::string_view want) {
  reader r(own);
  std::size_t at = 0;
  std::string_view rest = want;
  for (;;) {
    const event e = r.next(limits{}, std::span<char>(in).subspan(at), 2);
    at += e.consumed;
    if (e.kind == event_kind::need_more) return rest.empty() && at == N;
    if (e.kind == event_kind::failed || e.payload.size() > rest.size()) return false;
    if (std::string_view(e.payload.data(), e.payload.size()) != rest.substr(0, e.payload.size()))
      return false;
    rest.remove_prefix(e.payload.size());
  }
}

static_assert(reads(role::client, std::array{'\x81', '\x02', 'h', 'i', '\x89', '\x00'}, "hi"));
static_assert(reads(role::client, std::array{'\x81', '\x03', '\xE2', '\x82', '\xAC'}, "\xE2\x82\xAC"));
static_assert(reads(role::server,
                    std::array{'\x01', '\x83', '\x37', '\xfa', '\x21', '\x3d', '\x7f', '\x9f', '\x4d', '\x80',
                               '\x82', '\x00', '\x00', '\x00', '\x00', 'l', 'o'},
                    "Hello"));

constexpr bool batches() {
  std::array in{'\x81', '\x01', 'a', '\x82', '\x01', 'b'};
  std::array<item, 4> items{};
  reader r(role::client);
  const batch b = r.next(limits{}, in, std::span<item>(items));
  return b.events == 2 && items[1].in(in)[0] == 'b';
}
static_assert(batches());

} // namespace
