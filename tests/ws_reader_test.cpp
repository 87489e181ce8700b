// Reading frames, messages and control frames: the examples of the requirements, fed every way, at both ends.
#include "support/catch.hpp"

#include <coax/websocket/reader.hpp>

#include "support/ws_feed.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using namespace std::string_literals;
using coax_test::read_ws_every_way;
using coax_test::ws_bytes;
using coax_test::ws_every_way;
using coax_test::ws_hex;
using coax_test::ws_stream;

namespace {

char byte(unsigned i) { return static_cast<char>(static_cast<unsigned char>(i)); }

std::string big_endian(std::uint64_t value, int width) {
  std::string out;
  for (int i = width - 1; i >= 0; --i) out += byte(static_cast<unsigned>(value >> 8 * i & 0xFF));
  return out;
}

/// A frame with any length that fits into 32 bits, in its shortest form.
std::string frame(unsigned first, const std::string &payload) {
  std::string out(1, byte(first));
  if (payload.size() < 126)
    out += byte(static_cast<unsigned>(payload.size()));
  else if (payload.size() < 65536)
    out += byte(126) + big_endian(payload.size(), 2);
  else
    out += byte(127) + big_endian(payload.size(), 8);
  return out + payload;
}

std::string read(std::string_view hex) { return ws_every_way(hex); }
std::string read_bytes(std::string input) { return ws_every_way(ws_stream{.input = std::move(input)}); }
std::string read_within(std::string_view hex, const limits &lim) {
  return ws_every_way(ws_stream{.input = ws_bytes(hex), .limits = lim});
}
std::string read_to_end(std::string_view hex) {
  return ws_every_way(ws_stream{.input = ws_bytes(hex), .ends = true});
}
std::string read_deflate(std::string_view hex) {
  return ws_every_way(ws_stream{.input = ws_bytes(hex), .deflate = true});
}
std::string header_error(std::string_view what) {
  return "error " + std::string(what) + " 1002 in frame header @";
}

} // namespace

// --- framing -----------------------------------------------------------------------------------------------

TEST_CASE("reads text and binary frames", "[WS-120]") {
  CHECK(read("81 05 48656c6c6f") == "text Hello @7");
  CHECK(read("82 01 ff") == "binary \\xFF @3");
  CHECK(read("81 05 48656c6c6f 82 01 ff") == "text Hello @7 | binary \\xFF @10");
  CHECK(read("") == "");
}

TEST_CASE("refuses reserved bits on every kind of frame", "[WS-121]") {
  for (const auto *hex :
       {"C1 00", "A1 00", "91 00", "F1 00", "C9 00", "98 00", "C0 00", "C2 00", "CA 00", "C8 00"})
    CHECK(read(hex) == header_error("reserved_bits") + "0");
  CHECK(read("81 01 61 C1 00") == "text a @3 | " + header_error("reserved_bits") + "3");
}

TEST_CASE("refuses reserved opcodes", "[WS-122]") {
  for (const auto *hex : {"83 00", "87 00", "8B 00", "8F 00", "03 00"})
    CHECK(read(hex) == header_error("reserved_opcode") + "0");
  for (const unsigned op : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    CHECK(read_bytes({byte(0x80 | op)}) == header_error("reserved_opcode") + "0");
    CHECK(read_bytes({byte(op)}) == header_error("reserved_opcode") + "0");
  }
}

TEST_CASE("masks have to be used by clients and by no server", "[WS-123][WS-124]") {
  const auto at = [](role own, std::string_view hex) {
    return coax_test::to_text(read_ws_every_way({.input = ws_bytes(hex)}, own, true));
  };
  CHECK(at(role::server, "81 05 48656c6c6f") == header_error("unmasked_frame") + "1");
  CHECK(at(role::server, "88 00") == header_error("unmasked_frame") + "1");
  CHECK(at(role::server, "89 00") == header_error("unmasked_frame") + "1");
  CHECK(at(role::server, "82 7E") == header_error("unmasked_frame") + "1");
  CHECK(at(role::client, "81 85 37fa213d 7f9f4d5158") == header_error("masked_frame") + "1");
  CHECK(at(role::client, "88 80 00000000") == header_error("masked_frame") + "1");
  CHECK(at(role::client, "82 FF") == header_error("masked_frame") + "1");
  CHECK(at(role::server, "81 81 00000000 61 81 01 61") ==
        "text a @7 | " + header_error("unmasked_frame") + "8");
}

TEST_CASE("unmasks from the start of each frame, wherever it is cut", "[WS-125]") {
  const auto server = [](std::string_view hex) {
    return coax_test::to_text(read_ws_every_way({.input = ws_bytes(hex)}, role::server, true));
  };
  CHECK(server("81 85 37fa213d 7f9f4d5158") == "text Hello @11");
  CHECK(server("81 82 00000000 6869") == "text hi @8");
  // each frame has its own key, and a fragment begins with the key's first octet
  CHECK(server("01 83 37fa213d 7f9f4d 89 81 01020304 71 80 82 a1b2c3d4 cddd") ==
        "ping p @16 | text Hello @24");
  for (const std::size_t size : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 125u, 126u, 300u}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += byte(static_cast<unsigned>(i * 7 + 1) & 0x7F);
    CHECK(
        read_bytes(frame(0x82, payload) + frame(0x02, payload) + frame(0x80, payload)).starts_with("binary"));
  }
}

TEST_CASE("lengths have exactly one form", "[WS-126][WS-127][WS-128][WS-129]") {
  CHECK(read("81 00") == "text @2");
  for (const std::size_t size : {125u, 126u, 127u, 255u, 256u, 65535u, 65536u}) {
    const std::string payload(size, 'x');
    const std::string in = frame(0x82, payload);
    CHECK(in.size() == size + (size < 126 ? 2u : size < 65536 ? 4u : 10u));
    CHECK(read_bytes(in) == "binary " + payload + " @" + std::to_string(in.size()));
  }
  CHECK(read("82 7E 0000") == header_error("non_minimal_length") + "3");
  CHECK(read("82 7E 007D") == header_error("non_minimal_length") + "3");
  CHECK(read("82 7F 000000000000007D") == header_error("non_minimal_length") + "7");
  CHECK(read("82 7F 000000000000FFFF") == header_error("non_minimal_length") + "7");
  CHECK(read("82 7F 8000000000000000") == header_error("length_overflow") + "2");
  CHECK(read("82 7F FFFFFFFFFFFFFFFF") == header_error("length_overflow") + "2");
  CHECK(read_within("82 7F 8000000000000000", {.frame = 1, .message = 1}) ==
        header_error("length_overflow") + "2");
}

TEST_CASE("large lengths are judged by the limits at the octet that proves them", "[WS-130][WS-290]") {
  const limits mib{.frame = 1u << 20, .message = 1u << 20};
  const auto too_big = [](int at) {
    return "error frame_too_big 1009 in frame header @" + std::to_string(at);
  };
  CHECK(read_within("82 7F 7FFFFFFFFFFFFFFF", mib) == too_big(2));
  CHECK(read_within("82 7F 0000000100000005", mib) == too_big(5));
  CHECK(read_within("82 7F 1000000000000000", mib) == too_big(2));
  CHECK(read_within("82 7F 0000000000100000", mib) == "more @10");
  CHECK(read_within("82 7F 0000000000100001", mib) == too_big(9));
  CHECK(read_within("82 7F 0000000000200000", mib) == too_big(7));
  for (const std::uint64_t length : {0x7FFFFFFFu, 0x80000000u, 0x80000001u, 0xFFFFFFFFu})
    CHECK(read_within("82 7F " + ws_hex(big_endian(length, 8)), mib) == too_big(6));
  CHECK(read_within("82 7F 0000000100000000", mib) == too_big(5));
  CHECK(read_within("82 7F 0000000100000001", mib) == too_big(5));
  // and without a limit nothing is cut off
  const std::uint64_t none = ~std::uint64_t{0};
  for (const std::uint64_t length : {std::uint64_t{0x7FFFFFFF}, std::uint64_t{0x80000001},
                                     std::uint64_t{0xFFFFFFFF}, std::uint64_t{0x100000001}, none >> 1}) {
    CHECK(read_within("82 7F " + ws_hex(big_endian(length, 8)), {.frame = none, .message = none}) ==
          "more @10");
    std::string in = "\x82\x7F" + big_endian(length, 8) + "abc";
    reader r(role::client);
    const event e = r.next({.frame = none, .message = none}, in);
    CHECK((e.kind == event_kind::binary && e.first && !e.last && e.payload.size() == 3));
    CHECK(e.frame_left == length - 3);
    CHECK(r.message_size() == length);
  }
}

TEST_CASE("a message of 2^64 octets is not possible", "[WS-130][WS-291]") {
  const std::uint64_t none = ~std::uint64_t{0};
  std::string in = "\x02\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
  // to come to the second frame, 2^63-1 octets have to be read: three are enough with a limit that changes
  reader r(role::client);
  std::string first = "\x02\x03"
                      "abc";
  CHECK(r.next({.frame = none, .message = none}, first).kind == event_kind::binary);
  std::string second = ws_bytes("80 7F 7FFFFFFFFFFFFFFF");
  const event e = r.next({.frame = none, .message = none >> 1}, second);
  CHECK((e.ec == errc::message_too_big && e.why.at == 9));
}

TEST_CASE("decoding does not depend on how the input is cut", "[WS-131]") {
  CHECK(read("81 02 6869 89 00 82 7E 007E" + ws_hex(std::string(126, 'z'))) ==
        "text hi @4 | ping @6 | binary " + std::string(126, 'z') + " @136");
  CHECK(read("81") == "more @0");
  CHECK(read("82 7E 007E") == "more @4");
  CHECK(read("82 7E 007E 7a7a") == "binary... zz @6 | more @6");
  std::string many;
  for (unsigned i = 0; i < 100; ++i)
    many += frame(i % 3 == 0 ? 0x81 : i % 3 == 1 ? 0x82 : 0x8A, std::string(i % 5, 'q'));
  CHECK(read_bytes(many).size() > 500);
}

TEST_CASE("header errors are raised at the first octet that proves them", "[WS-132]") {
  CHECK(read("B1") == header_error("reserved_bits") + "0");
  CHECK(read("89 7E") == header_error("control_too_long") + "1");
  CHECK(coax_test::to_text(read_ws_every_way({.input = ws_bytes("81 05")}, role::server, true)) ==
        header_error("unmasked_frame") + "1");
  CHECK(read("80") == header_error("unexpected_continuation") + "0");
  CHECK(read("01 01 61 01") == "text... a @3 | " + header_error("unfinished_message") + "3");
}

// --- messages ----------------------------------------------------------------------------------------------

TEST_CASE("joins fragments", "[WS-140][WS-141]") {
  CHECK(read("01 03 48656c 80 02 6c6f") == "text Hello @9");
  CHECK(read("02 01 01 00 01 02 80 01 03") == "binary \\x01\\x02\\x03 @9");
  CHECK(read("01 00 00 00 80 00") == "text @6");
  CHECK(read("02 00 80 01 ff") == "binary \\xFF @5");
  CHECK(read("02 00 00 01 ff 80 00") == "binary \\xFF @7");
  CHECK(read("01 00 80 00 82 00 81 01 61") == "text @4 | binary @6 | text a @9");
}

TEST_CASE("refuses a continuation of nothing", "[WS-142]") {
  CHECK(read("80 01 61") == header_error("unexpected_continuation") + "0");
  CHECK(read("00 00") == header_error("unexpected_continuation") + "0");
  CHECK(read("81 00 80 00") == "text @2 | " + header_error("unexpected_continuation") + "2");
  CHECK(read("01 01 61 80 00 00 00") == "text a @5 | " + header_error("unexpected_continuation") + "5");
  CHECK(read("89 00 80 00") == "ping @2 | " + header_error("unexpected_continuation") + "2");
}

TEST_CASE("refuses a message inside a message", "[WS-143]") {
  CHECK(read("01 01 61 81 01 62") == "text... a @3 | " + header_error("unfinished_message") + "3");
  CHECK(read("01 01 61 02 01 62") == "text... a @3 | " + header_error("unfinished_message") + "3");
  CHECK(read("02 00 82 00") == header_error("unfinished_message") + "2");
}

TEST_CASE("control frames between fragments leave the message alone", "[WS-144]") {
  CHECK(read("01 03 48656c 89 01 70 8A 00 80 02 6c6f") == "ping p @8 | pong @10 | text Hello @14");
}

TEST_CASE("a Close between fragments drops the message", "[WS-145]") {
  CHECK(read("01 03 48656c 88 02 03e8") == "text... Hel @5 | close 1000 @9");
  CHECK(read("01 00 88 00") == "close 1005 @4");
}

TEST_CASE("frame boundaries make no difference to a message", "[WS-146]") {
  const std::string one = "text Hello";
  CHECK(read("81 05 48656c6c6f").starts_with(one));
  CHECK(read("01 02 4865 80 03 6c6c6f").starts_with(one));
  CHECK(read("01 01 48 00 01 65 00 01 6c 00 01 6c 80 01 6f").starts_with(one));
}

// --- control frames ----------------------------------------------------------------------------------------

TEST_CASE("control frames have at most 125 octets, and are whole", "[WS-150][WS-151]") {
  const std::string most(125, 'p');
  CHECK(read_bytes(frame(0x89, most)) == "ping " + most + " @127");
  CHECK(read_bytes(frame(0x8A, most)) == "pong " + most + " @127");
  CHECK(read("89 7E 007E") == header_error("control_too_long") + "1");
  CHECK(read("8A 7E 0000") == header_error("control_too_long") + "1");
  CHECK(read("88 7F 0000000000000000") == header_error("control_too_long") + "1");
  for (const auto *hex : {"09 00", "0A 00", "08 02 03e8"})
    CHECK(read(hex) == header_error("fragmented_control") + "0");
}

TEST_CASE("pings and pongs are handed out whole, with what they carry", "[WS-152][WS-156]") {
  CHECK(read("89 05 48656c6c6f") == "ping Hello @7");
  CHECK(read("89 00") == "ping @2");
  CHECK(read("8A 03 787878") == "pong xxx @5");
  CHECK(read("89 05 4865") == "more @2");
}

// --- Close -------------------------------------------------------------------------------------------------

TEST_CASE("reads the code and the reason of a Close", "[WS-160][WS-162]") {
  CHECK(read("88 00") == "close 1005 @2");
  CHECK(read("88 05 03e8 627965") == "close 1000 bye @7");
  const std::string most(123, 'a');
  CHECK(read_bytes(frame(0x88, ws_bytes("03e8") + most)) == "close 1000 " + most + " @127");
  CHECK(read("88 02 e803") == "error bad_close_code 1002 in close payload @3");
  CHECK(read("88 07 03e8 c3a9 f09f") == "more @2");
}

TEST_CASE("refuses half a code", "[WS-161]") {
  CHECK(read("88 01 03") == "error bad_close_payload 1002 in close payload @1");
  CHECK(read("88 01") == "error bad_close_payload 1002 in close payload @1");
}

TEST_CASE("refuses a reason that is not UTF-8", "[WS-163]") {
  const std::string error = "error bad_close_reason 1007 in close payload @";
  CHECK(read("88 04 03e8 c328") == error + "5");
  CHECK(read("88 03 03e8 c3") == error + "4");
  CHECK(read("88 7D 03e8 61ff") == error + "5"); // the rest need not be there
  CHECK(read("88 04 03e8 c3a9") == "close 1000 \\xC3\\xA9 @6");
}

TEST_CASE("accepts and refuses each close code as the registry says",
          "[WS-170][WS-171][WS-172][WS-173][WS-174][WS-175][WS-176]") {
  for (const auto *code : {"03e8", "03e9", "03ea", "03eb", "03ef", "03f0", "03f1", "03f2", "03f3", "03f4",
                           "03f5", "03f6", "0bb8", "0f9f", "0fa0", "1387"})
    CHECK(read("88 02 " + std::string(code)) ==
          "close " + std::to_string(std::stoul(code, nullptr, 16)) + " @4");
  for (const auto *code :
       {"03ec", "03ed", "03ee", "03f7", "0000", "03e7", "1388", "ffff", "03f8", "044c", "07d0", "0bb7"})
    CHECK(read("88 02 " + std::string(code)) == "error bad_close_code 1002 in close payload @3");
  // all of them, in one piece
  int accepted = 0;
  for (unsigned code = 0; code < 65536; ++code) {
    std::string in = "\x88\x02" + big_endian(code, 2);
    reader r(role::client);
    const event e = r.next(limits{}, in);
    const bool legal = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
                       (code >= 3000 && code <= 4999);
    if (legal != (e.kind == event_kind::close && e.code == close_code{static_cast<std::uint16_t>(code)}))
      CHECK(code == 0x10000);
    if (legal) ++accepted;
  }
  CHECK(accepted == 2012);
}

TEST_CASE("drops what follows a Close without looking at it", "[WS-153][WS-164][WS-238]") {
  CHECK(read("88 02 03e8 89 01 61") == "close 1000 @4 | dropped @7");
  CHECK(read("88 02 03e8 81 01 61 83 00") == "close 1000 @4 | dropped @9");
  CHECK(read("88 00 88 00") == "close 1005 @2 | dropped @4");
}

TEST_CASE("an end without a Close is not clean", "[WS-240][WS-241]") {
  CHECK(read_to_end("81 05 4865") == "text... He @4 | incomplete @4");
  CHECK(read_to_end("01 01 61") == "text... a @3 | incomplete @3");
  CHECK(read_to_end("") == "incomplete @0");
  CHECK(read_to_end("81") == "incomplete @0");
  CHECK(read_to_end("81 01 61") == "text a @3 | incomplete @3");
  CHECK(read_to_end("88 00") == "close 1005 @2 | end @2");
  CHECK(read_to_end("88 02 03e8 81") == "close 1000 @4 | end @5");
}

// --- extensions --------------------------------------------------------------------------------------------

TEST_CASE("without an agreement no frame is compressed", "[WS-106]") {
  CHECK(read("C1 07 f248cdc9c90700") == header_error("reserved_bits") + "0");
}

TEST_CASE("RSV1 marks compressed messages, in their first frame only", "[WS-215][WS-270][WS-271]") {
  CHECK(read_deflate("C1 02 f248 81 05 48656c6c6f C2 00") ==
        "compressed text \\xF2H @4 | text Hello @11 | compressed binary @13");
  CHECK(read_deflate("41 03 f248cd 89 00 80 04 c9c90700") ==
        "ping @7 | compressed text \\xF2H\\xCD\\xC9\\xC9\\x07\\0 @13");
  CHECK(read_deflate("41 03 f248cd C0 04 c9c90700") ==
        "compressed text... \\xF2H\\xCD @5 | " + header_error("reserved_bits") + "5");
  for (const auto *hex : {"C9 00", "C8 00", "CA 00", "E1 00", "D1 00", "F2 00"})
    CHECK(read_deflate(hex) == header_error("reserved_bits") + "0");
}

TEST_CASE("compressed text is not checked, plain text still is", "[WS-198][WS-281]") {
  CHECK(read_deflate("C1 01 c3 81 01 61") == "compressed text \\xC3 @3 | text a @6");
  CHECK(read_deflate("41 01 c3 80 00 01 01 c3 80 00") ==
        "compressed text \\xC3 @5 | text... \\xC3 @8 | error bad_utf8 1007 in payload @9");
  CHECK(read_deflate("81 01 ff") == "error bad_utf8 1007 in payload @2");
}
