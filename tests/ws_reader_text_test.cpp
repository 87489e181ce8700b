// Text that arrives in frames: what is UTF-8, and at which octet it stops being so.
#include "support/catch.hpp"

#include <coax/websocket/reader.hpp>

#include "support/feed.hpp"
#include "support/ws_feed.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::escape;
using coax_test::ws_bytes;
using coax_test::ws_every_way;
using coax_test::ws_stream;

namespace {

std::string frame(unsigned first, const std::string &payload) {
  return std::string{static_cast<char>(first), static_cast<char>(payload.size())} + payload;
}

std::string read(std::string input, std::uint32_t whole_below = 0) {
  return ws_every_way(ws_stream{.input = std::move(input), .whole_below = whole_below});
}

std::string at(std::size_t offset) { return " @" + std::to_string(offset); }

constexpr std::string_view bad_text = "error bad_utf8 1007 in payload";

/// The payload in one frame, in two cut at each place, and as a reason. It is bad at `bad`.
void refuses(const std::string &text, std::size_t bad) {
  CAPTURE(escape(text));
  const std::string good = text.substr(0, bad);
  const auto want = [&](std::size_t header, std::size_t error) {
    return (good.empty() ? "" : "text... " + escape(good) + at(header + bad) + " | ") +
           std::string(bad_text) + at(error);
  };
  CHECK(read(frame(0x81, text)) == want(2, 2 + bad));
  CHECK(read(frame(0x81, text), 126) == std::string(bad_text) + at(2 + bad));
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    const std::string in = frame(0x01, text.substr(0, cut)) + frame(0x80, text.substr(cut));
    const std::size_t error = bad < cut ? 2 + bad : 4 + bad;
    CHECK(read(in) == want(bad <= cut ? 2 : 4, error));
  }
  CHECK(read(frame(0x88, ws_bytes("03e8") + text)) ==
        "error bad_close_reason 1007 in close payload" + at(4 + bad));
}

} // namespace

TEST_CASE("accepts every kind of character, and delivers it unchanged", "[WS-190]") {
  for (const auto *hex : {"00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbbbf", "efbfbf",
                          "f0908080", "f48fbfbf"}) {
    const std::string text = ws_bytes(hex), shown = escape(text);
    for (const std::uint32_t whole : {0u, 100u}) {
      CHECK(read(frame(0x81, text), whole) == "text " + shown + at(2 + text.size()));
      CHECK(read(frame(0x01, text) + frame(0x80, "a" + text), whole) ==
            "text " + shown + "a" + shown + at(5 + 2 * text.size()));
    }
    CHECK(read(frame(0x88, ws_bytes("03e8") + text)) == "close 1000 " + shown + at(4 + text.size()));
  }
}

TEST_CASE("refuses stray and missing continuation octets", "[WS-191]") {
  refuses(ws_bytes("80"), 0);
  refuses(ws_bytes("bf"), 0);
  refuses(ws_bytes("c328"), 1);
  refuses(ws_bytes("e228a1"), 1);
  refuses(ws_bytes("e28228"), 2);
  refuses(ws_bytes("f0288cbc"), 1);
}

TEST_CASE("refuses overlong forms, surrogates and what is above U+10FFFF", "[WS-192][WS-193][WS-194]") {
  refuses(ws_bytes("c080"), 0);
  refuses(ws_bytes("c1bf"), 0);
  refuses(ws_bytes("e08080"), 1);
  refuses(ws_bytes("e09fbf"), 1);
  refuses(ws_bytes("f0808080"), 1);
  refuses(ws_bytes("f08fbfbf"), 1);
  refuses(ws_bytes("eda080"), 1);
  refuses(ws_bytes("edbfbf"), 1);
  refuses(ws_bytes("eda080edb080"), 1);
  refuses(ws_bytes("f4908080"), 1);
  refuses(ws_bytes("f5808080"), 0);
  refuses(ws_bytes("f888808080"), 0);
  refuses(ws_bytes("fc8480808080"), 0);
  refuses(ws_bytes("fe"), 0);
  refuses(ws_bytes("ff"), 0);
  refuses("a" + ws_bytes("c3a9") + "b" + ws_bytes("ff") + "c", 4);
}

TEST_CASE("refuses text that ends inside a character, at its last octet", "[WS-195]") {
  refuses(ws_bytes("c3"), 0);
  refuses(ws_bytes("e282"), 1);
  refuses(ws_bytes("f09f98"), 2);
  refuses("abc" + ws_bytes("c3"), 3);
  // an empty frame ends it: its length says so
  CHECK(read(ws_bytes("01 01 c3 80 00")) == "text... \\xC3 @3 | " + std::string(bad_text) + at(4));
  CHECK(read(ws_bytes("01 01 c3 80 00"), 9) == "text... \\xC3 @3 | " + std::string(bad_text) + at(4));
  CHECK(read(ws_bytes("01 01 c3 00 00 80 00")) == "text... \\xC3 @3 | " + std::string(bad_text) + at(6));
  CHECK(read(ws_bytes("01 01 c3 80")) == "text... \\xC3 @3 | more @3");
  // what closes the connection inside a character is no error
  CHECK(read(ws_bytes("01 01 c3 88 00")) == "text... \\xC3 @3 | close 1005 @5");
}

TEST_CASE("characters may span frames, with control frames between", "[WS-196]") {
  CHECK(read(ws_bytes("01 01 c3 80 01 a9")) == "text \\xC3\\xA9 @6");
  CHECK(read(ws_bytes("01 01 f0 00 01 9f 89 00 00 01 98 80 01 80")) ==
        "ping @8 | text \\xF0\\x9F\\x98\\x80 @14");
  CHECK(read(ws_bytes("01 01 f0 00 01 9f 89 01 ff 00 01 98 80 01 80")) ==
        "ping \\xFF @9 | text \\xF0\\x9F\\x98\\x80 @15");
  CHECK(read(ws_bytes("81 01 c3 81 01 a9")) == std::string(bad_text) + at(2));
  CHECK(read(ws_bytes("81 02 c3a9 81 01 a9")) == "text \\xC3\\xA9 @4 | " + std::string(bad_text) + at(6));
  // long ones, so that words are read at once, and held ones, checked before they are there
  std::string text;
  for (int i = 0; i < 12; ++i) text += "0123456" + ws_bytes("e282ac");
  for (const std::size_t cut : {1u, 8u, 9u, 63u, 100u, 119u})
    for (const std::uint32_t whole : {0u, 60u, 500u})
      CHECK(read(frame(0x01, text.substr(0, cut)) + frame(0x80, text.substr(cut)) + frame(0x81, "z"),
                 whole) == "text " + escape(text) + " @124 | text z @127");
}

TEST_CASE("text is refused at the first impossible octet, whatever is still to come", "[WS-197]") {
  CHECK(read(ws_bytes("81 05 48 ff")) == "text... H @3 | " + std::string(bad_text) + at(3));
  CHECK(read(ws_bytes("81 05 48 ff"), 6) == std::string(bad_text) + at(3));
  CHECK(read(ws_bytes("01 01 ff")) == std::string(bad_text) + at(2));
  CHECK(read(ws_bytes("01 02 f490")) == "text... \\xF4 @3 | " + std::string(bad_text) + at(3));
  const std::string long_one(125, 'a');
  for (const std::uint32_t whole : {0u, 126u})
    for (const std::size_t bad : {0u, 1u, 7u, 8u, 63u, 64u, 123u, 124u}) {
      std::string text = long_one;
      text[bad] = '\xFF';
      CHECK(read(frame(0x81, text), whole).ends_with(std::string(bad_text) + at(2 + bad)));
      CHECK(read(frame(0x81, text).substr(0, 3 + bad), whole).ends_with(std::string(bad_text) + at(2 + bad)));
    }
}

TEST_CASE("only text and reasons are looked at", "[WS-198]") {
  CHECK(read(ws_bytes("82 01 ff")) == "binary \\xFF @3");
  CHECK(read(ws_bytes("89 01 ff 8A 01 ff")) == "ping \\xFF @3 | pong \\xFF @6");
  CHECK(read(ws_bytes("02 01 c3 80 00")) == "binary \\xC3 @5");
  CHECK(read(ws_bytes("01 01 61 80 00 02 01 c3 80 00"), 7) == "text a @5 | binary \\xC3 @10");
}
