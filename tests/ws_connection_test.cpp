// A WebSocket connection: pongs, the closing handshake, failures, and what is to be done when.
#include "support/catch.hpp"

#include <coax/websocket/connection.hpp>

#include "support/ws_talk.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

using namespace coax;
using namespace coax::websocket;
using coax_test::every_cut;
using coax_test::example_keys;
using coax_test::hex;
using coax_test::snapshot;
using coax_test::status_of;
using coax_test::talk;
using coax_test::ws_hex;
using coax_test::ws_talk;

namespace {

static_assert(sizeof(connection<role::server>) <= 256 && sizeof(connection<role::client>) <= 256);
static_assert(std::is_trivially_copyable_v<connection<role::server>>);
static_assert(std::is_trivially_copyable_v<connection<role::client>>);

/// A ping and a Close arrive at a server, which answers: in a constant expression.
constexpr bool answers_in_a_constant_expression() {
  std::array<char, 14> in = {'\x89', '\x81', 0, 0, 0, 0, 'a', '\x88', '\x82', 0, 0, 0, 0, '\x03'};
  std::array<char, 15> all{};
  std::copy(in.begin(), in.end(), all.begin());
  all[14] = '\xe8';
  std::array<char, 16> out{};
  server socket;
  const event ping = socket.next(limits{}, all);
  if (ping.kind != event_kind::ping || socket.next_duty() != duty::send_owed) return false;
  if (socket.send_owed(out).size != 3 || out[0] != '\x8a' || out[2] != 'a') return false;
  const event close = socket.next(limits{}, std::span(all).subspan(ping.consumed));
  if (close.kind != event_kind::close || close.code != close_code::normal) return false;
  return socket.send_owed(out).size == 4 && out[3] == '\xe8' && socket.clean() &&
         socket.next_duty() == duty::close_transport;
}
static_assert(answers_in_a_constant_expression());

/// The octets that a script makes an end send.
template <role R> std::string wire(std::string_view script) {
  ws_talk<R> end;
  (void)end.run(script);
  return ws_hex(end.sent);
}

} // namespace

TEST_CASE("handles control frames between fragments at once", "[WS-144]") {
  CHECK(talk("< 01 03 48656c 89 01 70 8A 00 80 02 6c6f") == "ping p | > 8a0170 | pong  | text Hello");
  CHECK(talk("< 01 00 89 00 00 00 8a 01 78 80 01 61") == "ping  | > 8a00 | pong x | text a");
}

TEST_CASE("a Close between fragments drops the message and is answered", "[WS-145]") {
  CHECK(talk("< 01 03 48656c 88 02 03e8; owed") == "text Hel... | close 1000 | > 880203e8");
  CHECK(wire<role::client>("< 01 03 48656c 88 02 03e8") == "888237fa213d3412");
}

TEST_CASE("answers a ping with its payload", "[WS-152]") {
  CHECK(talk("< 89 05 48656c6c6f") == "ping Hello | > 8a0548656c6c6f");
  CHECK(talk("< 89 00") == "ping  | > 8a00");
  CHECK(wire<role::client>("< 89 05 48656c6c6f") == "8a8537fa213d7f9f4d5158");
  CHECK(wire<role::server>("< 89 05 48656c6c6f") == "8a0548656c6c6f");
  for (const std::size_t size : {1u, 124u, 125u}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(static_cast<unsigned char>(i * 37));
    const std::string frame = ws_hex(std::string(1, static_cast<char>(size)) + payload);
    CHECK(wire<role::server>("< 89" + frame) == "8a" + frame);
  }
  // every octet
  for (unsigned c = 0; c < 256; ++c) {
    const std::string octet = ws_hex(std::string(1, static_cast<char>(static_cast<unsigned char>(c))));
    CHECK(talk("< 8901" + octet).ends_with("> 8a01" + octet));
  }
}

TEST_CASE("owes no pong behind a Close", "[WS-153]") {
  CHECK(talk("< 88 02 03e8 89 01 61") == "close 1000 | > 880203e8");
  // not even for a ping before it, if that has not been answered
  CHECK(every_cut<role::server>("< 89 01 61 88 02 03e8", {.owed = false}) ==
        "ping a | close 1000 | > 880203e8");
  CHECK(every_cut<role::client>("close 1000; < 89 01 61 88 02 03e8; owed", {.owed = false}) ==
        "> 880203e8 | ping a | close 1000");
}

TEST_CASE("a ping behind the own Close still gets a pong", "[WS-154]") {
  CHECK(talk("close 1000; < 89 00") == "> 880203e8 | ping  | > 8a00");
  CHECK(talk("close 1000; < 89 01 61; < 89 01 62; status") ==
        "> 880203e8 | ping a | > 8a0161 | ping b | > 8a0162 | closing read close_reply unclean 1006 1000 ok");
  // one that was due before stays due
  ws_talk<role::server> end({.owed = false});
  std::string ping = hex("89 81 00000000 61");
  CHECK(end.socket.next(end.limits, ping).kind == event_kind::ping);
  CHECK(end.run("close 1000; status; owed; owed") ==
        "> 880203e8 | closing send_owed close_reply unclean 1006 1000 ok | > 8a0161");
}

TEST_CASE("only the latest ping is answered", "[WS-155]") {
  CHECK(every_cut<role::server>("< 89 01 61 89 01 62", {.owed = false}) == "ping a | ping b | > 8a0162");
  CHECK(every_cut<role::client>("< 89 03 616263 89 00", {.owed = false}) == "ping abc | ping  | > 8a00");
  CHECK(every_cut<role::client>("< 89 01 61 89 03 616263", {.owed = false, .batch = 2}) ==
        "ping a | ping abc | > 8a03616263");
}

TEST_CASE("a pong that nobody asked for causes nothing", "[WS-156]") {
  CHECK(talk("< 8A 03 787878; status") == "pong xxx | open read traffic unclean 1006 0 ok");
  CHECK(talk("ping a; < 8A 01 62; status") == "> 890161 | pong b | open read traffic unclean 1006 0 ok");
}

TEST_CASE("a pong goes between fragments, never inside a frame", "[WS-157]") {
  CHECK(talk("first a; < 89 01 70; middle b; last c") ==
        "> 010161 | ping p | > 8a0170 | > 000162 | > 800163");
  const std::string inside =
      "begin 3; < 89 01 70; owed; status; payload ab; owed; payload c; status; owed; status";
  CHECK(talk(inside) == "> 8203"
                        " | ping p | open read traffic unclean 1006 0 ok | > 6162 | > 63 | "
                        "open send_owed traffic unclean 1006 0 ok | > 8a0170 | open read traffic unclean "
                        "1006 0 ok");
}

TEST_CASE("a Close is answered once, with its code", "[WS-164]") {
  CHECK(wire<role::server>("< 88 02 03e8") == "880203e8");
  CHECK(wire<role::client>("< 88 02 03e8") == "888237fa213d3412");
  CHECK(talk("< 88 02 03e8 88 02 03e8; < 88 00; owed; close 1000; close") ==
        "close 1000 | > 880203e8 | close: wrong_state | close: wrong_state");
  CHECK(talk("< 88 05 03e9 627965") == "close 1001 bye | > 880203e9");
  CHECK(talk("< 88 02 1387") == "close 4999 | > 88021387");
  CHECK(talk("< 88 00") == "close 1005 | > 8800");
  CHECK(wire<role::client>("< 88 00") == "888037fa213d");
  // 1010 is for clients: a server does not echo it
  CHECK(talk<role::server>("< 88 02 03f2") == "close 1010 | > 880203e8");
  CHECK(talk<role::client>("< 88 02 03f2") == "close 1010 | > 880203f2");
  // the answer may be the caller's own
  CHECK(every_cut<role::server>("first a; < 88 02 03e8", {.owed = false}) ==
        "> 010161 | close 1000 | > 880203e8");
  ws_talk<role::server> end;
  std::string close = hex("88 82 00000000 03e8");
  CHECK(end.socket.next(end.limits, close).kind == event_kind::close);
  CHECK(
      end.run("status; close 4000 so; status; owed") ==
      "closing send_owed nothing unclean 1000 0 ok | > 88040fa0736f | closing close_transport nothing clean "
      "1000 4000 ok");
}

TEMPLATE_TEST_CASE("the own message can be finished before the Close is answered", "[WS-165]", server,
                   client) {
  constexpr role R = std::is_same_v<TestType, client> ? role::client : role::server;
  ws_talk<R> end;
  CHECK(end.run("first a") == "> 010161");
  std::string close = hex(R == role::client ? "88 02 03e8" : "88 82 00000000 03e8");
  CHECK(end.socket.next(end.limits, close).kind == event_kind::close);
  const std::string log = end.run("text x; binary x; begin 1; first x; ping x; status; middle b; last c; "
                                  "text x; owed; middle x; last x; pong x; status");
  const std::string after = R == role::client ? "closing await_end end" : "closing close_transport nothing";
  CHECK(log ==
        "> 010161 | text: wrong_state | binary: wrong_state | begin: wrong_state | first: wrong_state | "
        "ping: wrong_state | closing send_owed nothing unclean 1000 0 ok | > 000162 | > 800163 | text: "
        "wrong_state | > 880203e8 | middle: wrong_state | last: wrong_state | pong: wrong_state | " +
            after + " clean 1000 1000 ok");
}

TEST_CASE("a frame in progress is finished before the Close is answered", "[WS-165]") {
  const std::string log = talk<role::server>("begin 2; < 88 02 03e8; status; close 1000; payload a; owed; "
                                             "payload b; status; owed; status; end; status");
  CHECK(log ==
        "> 8202 | close 1000 | closing read nothing unclean 1000 0 ok | close: wrong_state | > 61 | > 62 | "
        "closing send_owed nothing unclean 1000 0 ok | > 880203e8 | closing close_transport nothing clean "
        "1000 1000 ok | end: closed | closed close_transport nothing clean 1000 1000 ok");
}

TEST_CASE("data and pings are for open connections", "[WS-214]") {
  const std::string refused = "text: wrong_state | binary: wrong_state | first: wrong_state | middle: "
                              "wrong_state | last: wrong_state | begin: wrong_state | payload: wrong_state | "
                              "ping: wrong_state";
  const std::string all = "text x; binary x; first x; middle x; last x; begin 1; payload x; ping x";
  for (const std::string_view before : {"close 1000",
                                        "close",
                                        "first a; close 1000",
                                        "close 1000; < 88 02 03e8",
                                        "< 88 02 03e8",
                                        "< 8800",
                                        "end",
                                        "tls",
                                        "close 1000; end",
                                        "< 83 00",
                                        "fail 1011",
                                        "fail 1011; end",
                                        "first a; < 83 00",
                                        "first a; fail 1011",
                                        "close 1000; < 83 00",
                                        "begin 3; < 83 00",
                                        "begin 3; fail 1000",
                                        "begin 3; end",
                                        "stop",
                                        "begin 3; stop"}) {
    CAPTURE(before);
    CHECK(talk(std::string(before) + "; " + all).ends_with(refused));
  }
}

TEST_CASE("a failed connection sends no data, even if the Close is still due", "[WS-214]") {
  for (const bool first : {false, true}) {
    ws_talk<role::server> end;
    if (first) (void)end.run("first a");
    CHECK(end.socket.fail(close_code::internal_error).kind == event_kind::failed);
    CHECK(end.run("text x; middle x; last x; begin 1; ping x; status; owed; pong x; status")
              .ends_with(
                  "text: wrong_state | middle: wrong_state | last: wrong_state | begin: wrong_state | ping: "
                  "wrong_state | closing send_owed nothing unclean 1006 0 given_up | > 880203f3 | pong: "
                  "wrong_state | closing close_transport nothing unclean 1006 1011 given_up"));
  }
}

TEST_CASE("closes once, with what may be said", "[WS-218]") {
  CHECK(talk("close") == "> 8800");
  CHECK(talk("close 1000") == "> 880203e8");
  CHECK(talk("close; close; close 1000") == "> 8800 | close: wrong_state | close: wrong_state");
  CHECK(talk("close 1000 bye; close") == "> 880503e8627965 | close: wrong_state");
  for (const std::string_view code :
       {"1", "999", "1004", "1005", "1006", "1015", "1016", "2999", "5000", "65535"}) {
    CAPTURE(code);
    CHECK(talk("close " + std::string(code) + "; status") ==
          "close: invalid_input | open read traffic unclean 1006 0 ok");
  }
  CHECK(talk<role::client>("close 1010") == "> 880203f2");
  CHECK(talk<role::server>("close 1010") == "close: invalid_input");
  CHECK(talk("close 1000 " + std::string(123, 'a')).size() == 2 + 2 * 127);
  CHECK(talk("close 1000 " + std::string(124, 'a')) == "close: invalid_input");
  CHECK(talk("close 1000 \xc3") == "close: invalid_input");
  // one that was sent by way of out() is the same Close
  server socket;
  std::array<char, 10> out;
  CHECK(socket.out().close(close_code::going_away, "", out));
  CHECK(socket.state() == ready_state::closing);
  CHECK(socket.own_code() == close_code::going_away);
  std::string reply = hex("88 82 00000000 03e8");
  CHECK(socket.next(limits{}, reply).kind == event_kind::close);
  CHECK(socket.next_duty() == duty::close_transport);
  CHECK(socket.send_owed(out).size == 0);
  CHECK(socket.clean());
}

TEST_CASE("a connection begins open", "[WS-230]") {
  CHECK(talk("status; owed; text a") == "open read traffic unclean 1006 0 ok | > 810161");
  CHECK(talk<role::server>("status", {.deflate = true, .whole_below = 9}) ==
        "open read traffic unclean 1006 0 ok");
  // options reach both directions
  connection<role::server> socket({.deflate = true, .whole_below = 9});
  CHECK(socket.in().options() == reader_options{true, 9});
  std::array<char, 10> out;
  CHECK(socket.out().frame({opcode::text, true, true}, "x", out));
  CHECK(server().out().frame({opcode::text, true, true}, "x", out).ec == errc::wrong_state);
}

TEST_CASE("a Close either way makes it closing", "[WS-231]") {
  CHECK(talk("close 1000; status") == "> 880203e8 | closing read close_reply unclean 1006 1000 ok");
  CHECK(talk("close; status") == "> 8800 | closing read close_reply unclean 1006 1005 ok");
  CHECK(talk<role::client>("< 88 00; status") ==
        "close 1005 | > 8800 | closing await_end end clean 1005 1005 ok");
  CHECK(talk<role::server>("< 88 00; status") ==
        "close 1005 | > 8800 | closing close_transport nothing clean 1005 1005 ok");
}

TEST_CASE("it is closed when the transport is, cleanly if a Close went each way", "[WS-232]") {
  CHECK(talk("< 88 02 03e8; end; status") ==
        "close 1000 | > 880203e8 | end: closed | closed close_transport nothing clean 1000 1000 ok");
  CHECK(talk("close 1001; < 88 02 03e8; end; status") ==
        "> 880203e9 | close 1000 | end: closed | closed close_transport nothing clean 1000 1001 ok");
  CHECK(talk("end; status") == "end: incomplete | closed close_transport nothing unclean 1006 0 incomplete");
  // the peer closed, and no answer got out
  ws_talk<role::client> end;
  std::string close = hex("88 02 03e8");
  CHECK(end.socket.next(end.limits, close).kind == event_kind::close);
  CHECK(end.run("end; status; owed; close 1000; status") ==
        "end: closed | closed close_transport nothing unclean 1000 0 ok | close: wrong_state | closed "
        "close_transport nothing unclean 1000 0 ok");
}

TEST_CASE("reports the code of the peer's Close", "[WS-233]") {
  CHECK(talk("close 1001; < 88 02 03e8; end; status").ends_with(" 1000 1001 ok"));
  CHECK(talk("< 88 00; end; status").ends_with(" clean 1005 1005 ok"));
  CHECK(talk("end; status").ends_with(" 1006 0 incomplete"));
  CHECK(talk("tls; status") == "tls: incomplete | closed close_transport nothing unclean 1015 0 incomplete");
  CHECK(talk("< 83 00; end; status").ends_with(" 1006 1002 reserved_opcode"));
  CHECK(talk("< 88 02 03e9 88 02 03e8; end; status").ends_with(" clean 1001 1001 ok"));
  // what was reported is final
  CHECK(talk("end; tls; status").ends_with(" 1006 0 incomplete"));
  CHECK(talk("tls; end; status").ends_with(" 1015 0 incomplete"));
  CHECK(talk("< 88 02 03e8; tls; status").ends_with(" clean 1000 1000 ok"));
}

TEST_CASE("an error closes with its code, and nothing more is read", "[WS-234]") {
  CHECK(wire<role::client>("< 83 00 88 02 03e8 81 00") == "888237fa213d3410");
  CHECK(talk("< 83 00 88 02 03e8 81 00; status; < 81 00; owed; end") ==
        "failed reserved_opcode | > 880203ea | closing close_transport nothing unclean 1006 1002 "
        "reserved_opcode | end: reserved_opcode");
  struct {
    std::string_view input, error, close;
  } const rows[] = {{"81 01 ff", "bad_utf8", "03ef"},
                    {"88 01 03", "bad_close_payload", "03ea"},
                    {"88 02 03ed", "bad_close_code", "03ea"},
                    {"88 03 03e8 ff", "bad_close_reason", "03ef"},
                    {"80 00", "unexpected_continuation", "03ea"},
                    {"c1 00", "reserved_bits", "03ea"},
                    {"09 00", "fragmented_control", "03ea"},
                    {"82 7f 7fffffffffffffff", "frame_too_big", "03f1"}};
  for (const auto &row : rows) {
    CAPTURE(row.input);
    CHECK(talk("< 89 01 70" + std::string(row.input) + "; owed") ==
          "ping p | > 8a0170 | failed " + std::string(row.error) + " | > 8802" + std::string(row.close));
    // a pong that was due is not sent any more
    CHECK(every_cut<role::server>("< 89 01 70" + std::string(row.input), {.owed = false}) ==
          "ping p | failed " + std::string(row.error) + " | > 8802" + std::string(row.close));
  }
  CHECK(talk("fail 1011; owed; status") ==
        "fail: given_up | > 880203f3 | closing close_transport nothing unclean 1006 1011 given_up");
  CHECK(talk("fail 4000; < 88 02 03e8; owed") == "fail: given_up | failed given_up | > 88020fa0");
  CHECK(talk("too_big; owed; fail 1000; owed; status") ==
        "too_big: message_too_big | > 880203f1 | fail: message_too_big | closing close_transport nothing "
        "unclean 1006 1009 message_too_big");
  for (const std::string_view code : {"0", "1005", "1006", "1015", "999", "5000"})
    CHECK(talk("fail " + std::string(code) + "; owed") == "fail: given_up | > 880203f3");
  // what is due can be said in other words
  CHECK(talk("fail 1011; close 4001 so; owed; status") ==
        "fail: given_up | > 88040fa1736f | closing close_transport nothing unclean 1006 4001 given_up");
}

TEST_CASE("errors without a code of their own, and none, can be given as verdicts", "[WS-234]") {
  for (const errc ec : {errc::ok, errc::given_up, errc::incomplete, errc::bad_deflate, errc::wrong_state}) {
    server socket;
    const event e = socket.fail(ec);
    CHECK(e.kind == event_kind::failed);
    CHECK(e.ec == (ec == errc::ok ? errc::given_up : ec));
    CHECK(socket.error() == e.ec);
    std::array<char, 10> out;
    CHECK(socket.send_owed(out).size == 4);
    CHECK(may_send(socket.own_code(), role::server));
    std::array<item, 2> items;
    std::string more = hex("8180000000008180");
    CHECK(socket.next(limits{}, more, std::span<item>(items)).ec == e.ec);
    CHECK(socket.next(limits{}, more).ec == e.ec);
  }
}

TEST_CASE("an error inside an own frame leaves nothing but to close the transport", "[WS-234]") {
  for (const std::string_view how : {"< 83 00", "fail 1011", "too_big"}) {
    CAPTURE(how);
    const std::string log = talk("begin 3; payload a; " + std::string(how) +
                                 "; owed; status; payload b; close; "
                                 "pong x; owed; end; status");
    CHECK(log.find("closing close_transport nothing unclean 1006 0 ") != std::string::npos);
    CHECK(log.find("payload: wrong_state | close: wrong_state | pong: wrong_state | end: ") !=
          std::string::npos);
    CHECK(log.find("> 88") == std::string::npos);
  }
}

TEST_CASE("an error behind the own Close sends nothing", "[WS-235]") {
  CHECK(talk("close 1000; < 83 00; owed; status; < 88 00; end; status") ==
        "> 880203e8 | failed reserved_opcode | closing close_transport nothing unclean 1006 1000 "
        "reserved_opcode "
        "| end: reserved_opcode | closed close_transport nothing unclean 1006 1000 reserved_opcode");
  CHECK(talk("close 1000; < 89 01 61 83 00; owed; pong x")
            .ends_with("failed reserved_opcode | pong: wrong_state"));
  CHECK(talk("close 1000; fail 1011; owed; status").ends_with(" 1006 1000 given_up"));
}

TEST_CASE("the server closes the transport, the client waits for that", "[WS-236]") {
  CHECK(talk<role::server>("close 1000; < 88 02 03e8; status")
            .ends_with("closing close_transport nothing clean 1000 1000 ok"));
  CHECK(talk<role::client>("close 1000; < 88 02 03e8; status")
            .ends_with("closing await_end end clean 1000 1000 ok"));
  CHECK(talk<role::client>("< 88 02 03e8; status; < 00; status; end; status") ==
        "close 1000 | > 880203e8 | closing await_end end clean 1000 1000 ok | closing await_end end clean "
        "1000 1000 "
        "ok | end: closed | closed close_transport nothing clean 1000 1000 ok");
}

TEST_CASE("two Closes that cross complete the handshake", "[WS-237]") {
  ws_talk<role::client> a;
  ws_talk<role::server> b;
  CHECK(a.run("close 1000; status") == "> 880203e8 | closing read close_reply unclean 1006 1000 ok");
  CHECK(b.run("close 1001; status") == "> 880203e9 | closing read close_reply unclean 1006 1001 ok");
  a.receive(b.sent);
  b.receive(a.sent);
  CHECK(a.run("owed; status").ends_with("close 1001 | closing await_end end clean 1001 1000 ok"));
  CHECK(b.run("owed; status").ends_with("close 1000 | closing close_transport nothing clean 1000 1001 ok"));
}

TEST_CASE("what comes behind a Close is dropped", "[WS-238]") {
  CHECK(talk("< 88 02 03e8 81 01 61 83 00; owed; end") == "close 1000 | > 880203e8 | end: closed");
  CHECK(talk("close 1000; < 88 02 03e8 81 01 61 83 00 89 00; owed") == "> 880203e8 | close 1000");
  ws_talk<role::client> end;
  end.receive(hex("88 02 03e8 81 01 61 83 00"));
  CHECK(end.unread.empty());
  // there is nothing left to fail
  CHECK(talk("< 88 02 03e8; fail 1011; owed; end") == "close 1000 | > 880203e8 | fail: closed | end: closed");
  ws_talk<role::server> owes;
  std::string close = hex("88 82 00000000 03e9");
  CHECK(owes.socket.next(owes.limits, close).kind == event_kind::close);
  CHECK(owes.run("fail 1011; owed") == "fail: closed | > 880203e9");
}

TEST_CASE("reads on behind the own Close, and hands data out", "[WS-239]") {
  CHECK(talk("close 1000; < 81 01 61 88 02 03e8; end; status") ==
        "> 880203e8 | text a | close 1000 | end: closed | closed close_transport nothing clean 1000 1000 ok");
  CHECK(talk("close; < 01 01 61 89 01 70 80 01 62 88 02 03e8") ==
        "> 8800 | ping p | > 8a0170 | text ab | close 1000");
}

TEST_CASE("an end without a Close is a failure", "[WS-240]") {
  const std::string lost = "end: incomplete | closed close_transport nothing unclean 1006 0 incomplete";
  CHECK(talk("< 81 05 4865; end; status") == "text He... | " + lost);
  CHECK(talk("< 01 01 61; end; status") == "text a... | " + lost);
  CHECK(talk("< 81; end; status") == lost);
  CHECK(talk("< 88 02 03; end; status") == lost);
  CHECK(talk("close 1000; end; status") ==
        "> 880203e8 | end: incomplete | closed close_transport nothing unclean 1006 1000 incomplete");
  // whatever was in progress or due on the other way
  for (const std::string_view before : {"first a", "begin 3", "begin 3; payload a", "ping x"})
    CHECK(talk(std::string(before) + "; end; status; owed; close; pong x; payload b")
              .ends_with(lost + " | close: wrong_state | pong: wrong_state | payload: wrong_state"));
  ws_talk<role::server> end({.owed = false});
  std::string ping = hex("89 81 00000000 61");
  CHECK(end.socket.next(end.limits, ping).kind == event_kind::ping);
  CHECK(end.run("end; status; owed") == lost);
}

TEST_CASE("closed is final and reported once", "[WS-241]") {
  CHECK(
      talk("end; < 81 01 61; end; owed; text a; ping a; pong a; close; fail 1000; status") ==
      "end: incomplete | failed incomplete | end: incomplete | text: wrong_state | ping: wrong_state | pong: "
      "wrong_state | close: wrong_state | fail: incomplete | closed close_transport nothing unclean 1006 0 "
      "incomplete");
  CHECK(talk("< 88 00; end; < 81 01 61; end; owed; text a; fail 1000; status") ==
        "close 1005 | > 8800 | end: closed | end: closed | text: wrong_state | fail: closed | closed "
        "close_transport nothing clean 1005 1005 ok");
  CHECK(talk("< 83 00; end; < 81 01 61; end; owed; status")
            .ends_with("end: reserved_opcode | end: reserved_opcode | closed close_transport nothing unclean "
                       "1006 1002 reserved_opcode"));
}

TEST_CASE("a flood of pings takes no memory and leaves one pong", "[WS-294]") {
  const limits lim{.control = std::numeric_limits<std::uint32_t>::max()};
  server socket;
  std::string frame = hex("89 fd 00000000") + std::string(125, 'x');
  const std::size_t allocated = coax_test::allocations();
  for (int i = 0; i < 1'000'000; ++i) {
    frame[6] = static_cast<char>('a' + i % 26);
    frame[130] = static_cast<char>('a' + i % 25);
    if (socket.next(lim, frame).kind != event_kind::ping) FAIL("no ping");
  }
  CHECK(coax_test::allocations() == allocated);
  std::array<char, 131> out;
  CHECK(socket.next_duty() == duty::send_owed);
  CHECK(socket.send_owed(out).size == 127);
  CHECK(std::string_view(out.data() + 2, 125) == std::string_view(frame).substr(6));
  CHECK(socket.send_owed(out).size == 0);
  CHECK(socket.next_duty() == duty::read);

  // by default it is a flood
  server patient;
  int pings = 0;
  event e;
  for (; (e = patient.next(limits{}, frame)).kind == event_kind::ping; ++pings) {
  }
  CHECK(pings == 65536);
  CHECK(e.ec == errc::too_many_control);
  CHECK(patient.send_owed(out).size == 4);
  CHECK(patient.own_code() == close_code::policy_violation);
}

TEST_CASE("stop() means that nothing is due any more", "[WS-236]") {
  CHECK(talk("stop; < 89 01 61; owed; status").starts_with("ping a | closing read "));
  CHECK(talk<role::server>("stop; < 88 00; owed; status") ==
        "close 1005 | closing close_transport nothing unclean 1005 0 ok");
  CHECK(talk<role::client>("stop; < 88 00; owed; status") ==
        "close 1005 | closing await_end end unclean 1005 0 ok");
  CHECK(talk("stop; < 83 00; owed; status") ==
        "failed reserved_opcode | closing close_transport nothing unclean 1006 0 reserved_opcode");
}

TEST_CASE("a caller with a clock makes a rate of the limit on control frames", "[WS-294]") {
  const websocket::limits two{.control = 2};
  websocket::server socket;
  char ping[] = {'\x89', '\x80', 0, 0, 0, 0};
  for (int i = 0; i < 10; ++i) {
    if (i % 2 == 0) socket.forget_control_frames();
    REQUIRE(socket.next(two, std::span<char>(ping)).kind == websocket::event_kind::ping);
  }
  REQUIRE(socket.next(two, std::span<char>(ping)).kind == websocket::event_kind::failed);
  CHECK(socket.error() == websocket::errc::too_many_control);
}
