// coax-inspect on WebSocket: frames, messages, errors and ends, in both forms.
#ifdef COAX_INSPECT_PATH // the examples are built

#include "support/catch.hpp"

#include "inspect/frames.hpp"

#include <string>
#include <string_view>

namespace {

using coax_test::agreed;
using coax_test::client;
using coax_test::ended;
using coax_test::form;
using coax_test::lines;
using coax_test::look;
using coax_test::masked;
using coax_test::offer;
using coax_test::report;
using coax_test::run_program;
using coax_test::server;
using coax_test::tell;
using coax_test::upgraded_requests;
using coax_test::upgraded_responses;
using inspect::outcome;
using inspect::settings;
using namespace std::string_literals;

/// What follows the line with the event `upgrade`.
std::string behind_upgrade(const std::string &text) {
  const std::size_t at = text.find(R"({"event":"upgrade")");
  REQUIRE(at != text.npos);
  return text.substr(text.find('\n', at) + 1);
}

} // namespace

// --- RFC 6455 §5.7 ----------------------------------------------------------------------------------------

TEST_CASE("coax-inspect tells the unmasked text of RFC 6455 §5.7", "[inspect]") {
  const report got = tell(server, "\x81\x05Hello");
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      lines(
          {R"({"event":"frame","offset":0,"header":2,"fin":true,"rsv":0,"opcode":"text","masked":false,"length":5})",
           R"({"event":"message","offset":0,"type":"text","data":"SGVsbG8=","size":5})",
           R"({"event":"eof","offset":7,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect tells the masked text of RFC 6455 §5.7", "[inspect]") {
  const report got = tell(client, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      lines(
          {R"({"event":"frame","offset":0,"header":6,"fin":true,"rsv":0,"opcode":"text","masked":true,"length":5})",
           R"({"event":"message","offset":0,"type":"text","data":"SGVsbG8=","size":5})",
           R"({"event":"eof","offset":11,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect tells the fragmented text of RFC 6455 §5.7 as one message", "[inspect]") {
  const report got = tell(server, "\x01\x03Hel\x80\x02lo");
  CHECK(
      got.text ==
      lines(
          {R"({"event":"frame","offset":0,"header":2,"fin":false,"rsv":0,"opcode":"text","masked":false,"length":3})",
           R"({"event":"frame","offset":5,"header":2,"fin":true,"rsv":0,"opcode":"continuation","masked":false,"length":2})",
           R"({"event":"message","offset":0,"type":"text","data":"SGVsbG8=","size":5})",
           R"({"event":"eof","offset":9,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect tells the ping and the pong of RFC 6455 §5.7", "[inspect]") {
  CHECK(
      tell(server, "\x89\x05Hello").text ==
      lines(
          {R"({"event":"frame","offset":0,"header":2,"fin":true,"rsv":0,"opcode":"ping","masked":false,"length":5})",
           R"({"event":"ping","offset":0,"data":"SGVsbG8="})",
           R"({"event":"eof","offset":7,"state":"open","unparsed":0})"}));
  CHECK(
      tell(client, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58").text ==
      lines(
          {R"({"event":"frame","offset":0,"header":6,"fin":true,"rsv":0,"opcode":"pong","masked":true,"length":5})",
           R"({"event":"pong","offset":0,"data":"SGVsbG8="})",
           R"({"event":"eof","offset":11,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect tells the binary messages of RFC 6455 §5.7", "[inspect]") {
  CHECK(
      tell(server, "\x82\x7e\x01\x00"s + std::string(256, 'x'), form::sizes).text ==
      lines(
          {R"({"event":"frame","offset":0,"header":4,"fin":true,"rsv":0,"opcode":"binary","masked":false,"length":256})",
           R"({"event":"message","offset":0,"type":"binary","size":256})",
           R"({"event":"eof","offset":260,"state":"open","unparsed":0})"}));
  const std::string large = "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x');
  const report got = look(server, large, form::sizes);
  CHECK(
      got.text ==
      lines(
          {R"({"event":"frame","offset":0,"header":10,"fin":true,"rsv":0,"opcode":"binary","masked":false,"length":65536})",
           R"({"event":"message","offset":0,"type":"binary","size":65536})",
           R"({"event":"eof","offset":65546,"state":"open","unparsed":0})"}));
  for (const std::size_t step : {1000u, 65536u}) CHECK(look(server, large, form::sizes, step) == got);
  CHECK(look(server, large, form::json).text.find(R"(=","size":65536})") != std::string::npos);
}

// --- messages ---------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect tells control frames between the frames of a message", "[inspect]") {
  const report got =
      tell(client, masked("\x01\x83", "Hel") + masked("\x89\x80", "") + masked("\x00\x80"s, "") +
                       masked("\x8a\x81", "p") + masked("\x80\x82", "lo") + masked("\x82\x80", ""));
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      lines(
          {R"({"event":"frame","offset":0,"header":6,"fin":false,"rsv":0,"opcode":"text","masked":true,"length":3})",
           R"({"event":"frame","offset":9,"header":6,"fin":true,"rsv":0,"opcode":"ping","masked":true,"length":0})",
           R"({"event":"ping","offset":9,"data":""})",
           R"({"event":"frame","offset":15,"header":6,"fin":false,"rsv":0,"opcode":"continuation","masked":true,"length":0})",
           R"({"event":"frame","offset":21,"header":6,"fin":true,"rsv":0,"opcode":"pong","masked":true,"length":1})",
           R"({"event":"pong","offset":21,"data":"cA=="})",
           R"({"event":"frame","offset":28,"header":6,"fin":true,"rsv":0,"opcode":"continuation","masked":true,"length":2})",
           R"({"event":"message","offset":0,"type":"text","data":"SGVsbG8=","size":5})",
           R"({"event":"frame","offset":36,"header":6,"fin":true,"rsv":0,"opcode":"binary","masked":true,"length":0})",
           R"({"event":"message","offset":36,"type":"binary","data":"","size":0})",
           R"({"event":"eof","offset":42,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect tells how long messages, pings and pongs are instead of what is in them",
          "[inspect]") {
  const std::string text = look(server, "\x81\x02hi\x89\x01p\x8a\x00"s, form::sizes).text;
  CHECK(text.find(R"({"event":"message","offset":0,"type":"text","size":2})") != text.npos);
  CHECK(text.find(R"({"event":"ping","offset":4,"size":1})") != text.npos);
  CHECK(text.find(R"({"event":"pong","offset":7,"size":0})") != text.npos);
}

TEST_CASE("coax-inspect tells a Close frame, and counts what follows it", "[inspect]") {
  const auto close = [](std::string_view input) {
    const std::string text = tell(server, input).text;
    return text.substr(text.find('\n') + 1);
  };
  CHECK(close("\x88\x05\x03\xe8"
              "bye") == lines({R"({"event":"close","offset":0,"code":1000,"reason":"bye"})",
                               R"({"event":"eof","offset":7,"state":"closed","unparsed":0})"}));
  CHECK(close("\x88\x00\xff\xff\xff"s) ==
        lines({R"({"event":"close","offset":0,"code":1005,"reason":""})",
               R"({"event":"eof","offset":5,"state":"closed","unparsed":3})"}));
  CHECK(close("\x88\x06\x0f\xa0\xe2\x82\xac!") ==
        lines({R"({"event":"close","offset":0,"code":4000,"reason":"\u20ac!"})",
               R"({"event":"eof","offset":8,"state":"closed","unparsed":0})"}));
  CHECK(look(server, "\x88\x00\xff"s, form::json).how == outcome::clean);
  CHECK(tell(client, masked("\x88\x82", "\x03\xe9")).text.find(R"("code":1001,"reason":"")") !=
        std::string::npos);
}

// --- the handshake ----------------------------------------------------------------------------------------

TEST_CASE("coax-inspect goes on with a server's frames behind its 101", "[inspect]") {
  const report got = tell(upgraded_responses, agreed + "\x81\x02hi\x88\x00"s);
  CHECK(got.how == outcome::clean);
  CHECK(got.text.find(R"({"event":"end","offset":129})"
                      "\n"
                      R"({"event":"upgrade","offset":129,"protocol":"websocket"})"
                      "\n"
                      R"({"event":"frame","offset":129,"header":2,)") != std::string::npos);
  CHECK(got.text.ends_with(lines(
      {R"({"event":"message","offset":129,"type":"text","data":"aGk=","size":2})",
       R"({"event":"frame","offset":133,"header":2,"fin":true,"rsv":0,"opcode":"close","masked":false,"length":0})",
       R"({"event":"close","offset":133,"code":1005,"reason":""})",
       R"({"event":"eof","offset":135,"state":"closed","unparsed":0})"})));
  // which have to be a server's
  CHECK(
      look(upgraded_responses, agreed + masked("\x81\x82", "hi"), form::json).text.find("\"masked_frame\"") !=
      std::string::npos);
  CHECK(behind_upgrade(tell(upgraded_responses, agreed).text) ==
        lines({R"({"event":"eof","offset":129,"state":"open","unparsed":0})"}));
}

TEST_CASE("coax-inspect goes on with a client's frames behind the first offer", "[inspect]") {
  const std::string before = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const report got = tell(upgraded_requests, before + offer + masked("\x81\x82", "hi"));
  CHECK(got.how == outcome::clean);
  const std::string at = std::to_string(before.size() + offer.size());
  CHECK(got.text.ends_with(
      lines({R"({"event":"end","offset":)" + at + "}",
             R"({"event":"upgrade","offset":)" + at + R"(,"protocol":"websocket"})",
             R"({"event":"frame","offset":)" + at +
                 R"(,"header":6,"fin":true,"rsv":0,"opcode":"text","masked":true,"length":2})",
             R"({"event":"message","offset":)" + at + R"(,"type":"text","data":"aGk=","size":2})",
             R"({"event":"eof","offset":)" + std::to_string(before.size() + offer.size() + 8) +
                 R"(,"state":"open","unparsed":0})"})));
  CHECK(look(upgraded_requests, offer + "\x81\x02hi", form::json).text.find("\"unmasked_frame\"") !=
        std::string::npos);
}

TEST_CASE(
    "coax-inspect goes on with frames only where WebSocket was offered or agreed on, and only when told to",
    "[inspect]") {
  const std::string frame = "\x81\x02hi";
  const std::string other = "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n" + frame;
  CHECK(look(upgraded_responses, other, form::json) == look(coax_test::responses(), other, form::json));
  CHECK(look(coax_test::responses(), agreed + frame, form::json)
            .text.ends_with(R"({"event":"eof","offset":133,"state":"tunnel","unparsed":4})"
                            "\n"));
  CHECK(look(coax_test::requests, offer + frame, form::json).text.find("\"event\":\"frame\"") ==
        std::string::npos);
  CHECK(look(coax_test::requests, offer + frame, form::json).how == outcome::protocol_error);

  const std::string plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(look(upgraded_requests, plain + plain, form::json) ==
        look(coax_test::requests, plain + plain, form::json));
  const std::string h2c = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
  CHECK(look(upgraded_requests, h2c + plain, form::json) ==
        look(coax_test::requests, h2c + plain, form::json));
  // an HTTP/1.0 client cannot offer anything
  std::string old = offer;
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  CHECK(look(upgraded_requests, old, form::json).text.find("\"upgrade\"") == std::string::npos);
}

TEST_CASE("coax-inspect reads the body of an offer before the frames", "[inspect]") {
  std::string with_body = offer.substr(0, offer.size() - 2) + "Content-Length: 2\r\n\r\n\x81\x80";
  const std::size_t at = with_body.size();
  CHECK(behind_upgrade(tell(upgraded_requests, with_body + masked("\x81\x80", "")).text)
            .starts_with(R"({"event":"frame","offset":)" + std::to_string(at) + ","));
}

// --- the end ----------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect tells where the input ends among frames", "[inspect]") {
  const auto last = [](std::string_view input, outcome how) {
    CAPTURE(input);
    const report got = tell(server, input);
    CHECK(got.how == how);
    CHECK(tell(server, input, form::text).how == how);
    return got.text.substr(got.text.rfind("{\"event\":\"eof\""));
  };
  const auto eof = [](std::size_t offset, std::string_view state) {
    return R"({"event":"eof","offset":)" + std::to_string(offset) + R"(,"state":")" + std::string(state) +
           R"(","unparsed":0})" + "\n";
  };
  CHECK(last("", outcome::clean) == eof(0, "open"));
  CHECK(last("\x81\x00"s, outcome::clean) == eof(2, "open"));
  CHECK(last("\x89\x00"s, outcome::clean) == eof(2, "open"));
  CHECK(last("\x81", outcome::incomplete) == eof(1, "frame"));
  CHECK(last("\x81\x01", outcome::incomplete) == eof(2, "frame"));
  CHECK(last("\x81\x7e\x01", outcome::incomplete) == eof(3, "frame"));
  CHECK(last("\x81\x02h", outcome::incomplete) == eof(3, "frame"));
  CHECK(last("\x89\x02h", outcome::incomplete) == eof(3, "frame"));
  CHECK(last("\x88\x02\x03", outcome::incomplete) == eof(3, "frame"));
  CHECK(last("\x01\x01h", outcome::incomplete) == eof(3, "message"));
  CHECK(last("\x01\x00"s, outcome::incomplete) == eof(2, "message"));
  CHECK(last("\x01\x01h\x89\x00"s, outcome::incomplete) == eof(5, "message"));
  CHECK(last("\x01\x01h\x89", outcome::incomplete) == eof(4, "frame"));
  CHECK(last("\x01\x01h\x80\x01", outcome::incomplete) == eof(5, "frame"));
  CHECK(last("\x01\x01h\x88\x00"s, outcome::clean) == eof(5, "closed"));
}

// --- errors -----------------------------------------------------------------------------------------------

namespace {

/// The line that tells the error, and the one of the frame in front of it.
struct refused {
  std::string error, before;
};

refused refuse(const settings &how, std::string_view input) {
  CAPTURE(input);
  const report got = input.size() < 200 ? tell(how, input) : look(how, input, form::json);
  CHECK(got.how == outcome::protocol_error);
  if (input.size() < 200) CHECK(tell(how, input, form::text).how == outcome::protocol_error);
  const std::size_t at = got.text.rfind("{\"event\":\"error\"");
  REQUIRE(at != got.text.npos);
  CHECK(got.text.find('\n', at) == got.text.size() - 1);
  if (at == 0) return {got.text, ""};
  const std::size_t line = got.text.rfind('\n', at - 2) + 1;
  return {got.text.substr(at, got.text.size() - at - 1), got.text.substr(line, at - line - 1)};
}

/// "code offset close rfc".
std::string brief(const settings &how, std::string_view input) {
  const std::string line = refuse(how, input).error;
  const auto value = [&line](std::string_view key) {
    const std::size_t at = line.find("\"" + std::string(key) + "\":") + key.size() + 3;
    std::string out = line.substr(at, line.find_first_of(",}", at) - at);
    std::erase(out, '"');
    return out;
  };
  return value("code") + ' ' + value("offset") + ' ' + value("close") + ' ' + value("rfc");
}

} // namespace

TEST_CASE("coax-inspect tells an error with its offset, its rule and the code to close with", "[inspect]") {
  const refused got = refuse(client, masked("\x81\x82", "hi") + "\x81\x05Hello");
  CHECK(got.error == R"({"event":"error","offset":9,"code":"unmasked_frame","close":1002,)"
                     R"("message":"a client has to mask its frames","rfc":"6455 5.1"})");
  CHECK(
      got.before ==
      R"({"event":"frame","offset":8,"header":2,"fin":true,"rsv":0,"opcode":"text","masked":false,"length":5})");
}

TEST_CASE("coax-inspect tells each error of a frame header", "[inspect]") {
  CHECK(brief(server, "\xc1\x00"s) == "reserved_bits 0 1002 6455 5.2");
  CHECK(brief(server, "\x83\x00"s) == "reserved_opcode 0 1002 6455 5.2");
  CHECK(brief(server, "\x09\x00"s) == "fragmented_control 0 1002 6455 5.5");
  CHECK(brief(client, "\x81\x05") == "unmasked_frame 1 1002 6455 5.1");
  CHECK(brief(server, "\x81\x85") == "masked_frame 1 1002 6455 5.1");
  CHECK(brief(server, "\x89\x7e") == "control_too_long 1 1002 6455 5.5");
  CHECK(brief(server, "\x81\x7e\x00\x7d"s) == "non_minimal_length 3 1002 6455 5.2");
  CHECK(brief(server, "\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s) == "non_minimal_length 7 1002 6455 5.2");
  CHECK(brief(server, "\x81\x7f\x80") == "length_overflow 2 1002 6455 5.2");
}

TEST_CASE("coax-inspect tells each error in the order of frames", "[inspect]") {
  CHECK(brief(server, "\x80\x00"s) == "unexpected_continuation 0 1002 6455 5.4");
  CHECK(brief(server, "\x01\x01h\x81\x01i") == "unfinished_message 3 1002 6455 5.4");
}

TEST_CASE("coax-inspect tells each error of text", "[inspect]") {
  CHECK(brief(server, "\x81\x03"
                      "a\xff"
                      "b") == "bad_utf8 3 1007 6455 8.1");
  CHECK(brief(client, masked("\x81\x83", "a\xff"
                                         "b")) == "bad_utf8 7 1007 6455 8.1");
  CHECK(brief(server, "\x81\x02"
                      "a\xc3") == "bad_utf8 3 1007 6455 8.1");
  CHECK(brief(server, "\x01\x01\xc3\x80\x01x") == "bad_utf8 5 1007 6455 8.1");
  CHECK(brief(server, "\x01\x01\xc3\x80\x00"s) ==
        "bad_utf8 4 1007 6455 8.1"); // nothing completes the character
}

TEST_CASE("coax-inspect tells each error of a Close frame", "[inspect]") {
  CHECK(brief(server, "\x88\x01\x03") == "bad_close_payload 1 1002 6455 5.5.1");
  CHECK(brief(server, "\x88\x02\x03\xed") == "bad_close_code 3 1002 6455 7.4");
  CHECK(brief(server, "\x88\x04\x03\xe8"
                      "a\xff") == "bad_close_reason 5 1007 6455 5.5.1");
  CHECK(brief(client, masked("\x88\x84", "\x03\xe8"
                                         "a\xc3")) == "bad_close_reason 9 1007 6455 5.5.1");
}

TEST_CASE("coax-inspect tells each limit that is exceeded", "[inspect]") {
  CHECK(brief(server, "\x82\x7f\x00\x00\x00\x00\x01\x00\x00\x01"s) == "frame_too_big 9 1009 6455 10.4");
  CHECK(look(server, "\x82\x7f\x00\x00\x00\x00\x01\x00\x00\x00"s, form::json).how == outcome::incomplete);
  CHECK(brief(server, "\x02\x01"
                      "a\x80\x7f\x00\x00\x00\x00\x01\x00\x00\x00"s) == "message_too_big 9 1009 6455 10.4");

  std::string many = "\x02\x00"s;
  for (int i = 1; i < 131072; ++i) many += "\x00\x00"s;
  CHECK(look(server, many, form::json).how == outcome::incomplete);
  CHECK(brief(server, many + "\x80\x00"s) == "too_many_fragments 262144 1008 6455 10.4");
  std::string pings;
  for (int i = 0; i < 65536; ++i) pings += "\x89\x00"s;
  CHECK(look(server, pings + "\x82\x00"s, form::json).how == outcome::clean);
  CHECK(brief(server, pings + "\x8a\x00"s) == "too_many_control 131072 1008 6455 10.4");
}

TEST_CASE("coax-inspect tells as much of a refused header as is there", "[inspect]") {
  CHECK(refuse(server, "\xf3").before == R"({"event":"frame","offset":0,"fin":true,"rsv":7,"opcode":"0x3"})");
  CHECK(
      refuse(server, "\x8b\x85\x01").before ==
      R"({"event":"frame","offset":0,"header":6,"fin":true,"rsv":0,"opcode":"0xb","masked":true,"length":5})");
  CHECK(refuse(server, "\x83\x7e\x01").before ==
        R"({"event":"frame","offset":0,"header":4,"fin":true,"rsv":0,"opcode":"0x3","masked":false})");
  CHECK(
      refuse(server, "\x83\x7f\x80\x00\x00\x00\x00\x00\x00\x01"s).before ==
      R"({"event":"frame","offset":0,"header":10,"fin":true,"rsv":0,"opcode":"0x3","masked":false,"length":9223372036854775809})");
}

TEST_CASE("coax-inspect tells nothing of what comes behind an error, and no eof", "[inspect]") {
  const std::string text = tell(server, "\x81\x02hi\x83\x00\x81\x00"s).text;
  CHECK(text.find("\"offset\":6") == text.npos);
  CHECK(text.find("\"eof\"") == text.npos);
}

// --- the listing ------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect's listing shows a header field by field", "[inspect]") {
  const report got = tell(client,
                          masked("\x01\x83", "Hel") + masked("\x89\x80", "") + masked("\x80\x82", "lo") +
                              masked("\x88\x85", "\x03\xe8"
                                                 "bye"),
                          form::text);
  CHECK(got.how == outcome::clean);
  CHECK(got.text == R"(  offset  bytes                                    element       meaning

message 1: text
       0  0... ....                                FIN           the message goes on
       0  .000 ....                                RSV           none is set
       0  .... 0001                                opcode        1, text
       1  1... ....                                MASK          masked
       1  .000 0011                                length        3 octets
       2  37 fa 21 3d                              masking key
       6  Hel                                      payload       3 octets

ping
       9  1... ....                                FIN
       9  .000 ....                                RSV           none is set
       9  .... 1001                                opcode        9, ping
      10  1... ....                                MASK          masked
      10  .000 0000                                length        0 octets
      11  37 fa 21 3d                              masking key

message 1, frame 2
      15  1... ....                                FIN           the message ends here
      15  .000 ....                                RSV           none is set
      15  .... 0000                                opcode        0, continuation
      16  1... ....                                MASK          masked
      16  .000 0010                                length        2 octets
      17  37 fa 21 3d                              masking key
      21  lo                                       payload       2 octets
      23                                           end           message 1: 5 octets in 2 frames

close
      23  1... ....                                FIN
      23  .000 ....                                RSV           none is set
      23  .... 1000                                opcode        8, close
      24  1... ....                                MASK          masked
      24  .000 0101                                length        5 octets
      25  37 fa 21 3d                              masking key
      29  03 e8                                    code          1000, normal closure
      31  bye                                      reason        3 octets
      34                                           end of input  1 message, 1 ping, closed
)");
}

TEST_CASE("coax-inspect's listing shows both forms of a long length", "[inspect]") {
  const std::string sixteen = look(server, "\x82\x7e\x01\x00"s + std::string(256, 'x'), form::text).text;
  CHECK(sixteen.find("       1  .111 1110                                length        126: 16 bits follow\n"
                     "       2  01 00                                    length        256 octets\n"
                     "       4  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...  payload       256 octets\n") !=
        std::string::npos);
  const std::string all = look(server, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s, form::text).text;
  CHECK(all.find("       1  .111 1111                                length        127: 64 bits follow\n"
                 "       2  00 00 00 00 00 01 00 00                  length        65536 octets\n") !=
        std::string::npos);
}

TEST_CASE("coax-inspect's listing has a caret under the byte that makes a frame wrong", "[inspect]") {
  const std::string header = tell(server, "\x81\x02hi\x93\x00"s, form::text).text;
  CHECK(header.find("       4  .001 ....                                RSV           RSV3\n"
                    "       4  .... 0011                                opcode        3, reserved\n") !=
        std::string::npos);
  CHECK(
      header.ends_with("       4  \\x93\\0\n"
                       "          ^~~~\n"
                       "          error   a reserved bit is set that no agreed extension uses in this frame\n"
                       "          code    reserved_bits\n"
                       "          where   offset 4, frame header\n"
                       "          rule    RFC 6455 section 5.2\n"
                       "          answer  Close frame with 1002, protocol error\n"));
  // payload is shown unmasked, in front of the error and behind it
  for (const std::string &input : {masked("\x81\x85", "He\xfflo"),
                                   masked("\x88\x85", "\x03\xe8"
                                                      "b\xff"
                                                      "e"),
                                   masked("\x88\x83", "\x03\xed"
                                                      "x")}) {
    const std::string text = tell(client, input, form::text).text;
    const bool is_text = input[0] == '\x81';
    const bool is_reason = input[1] == '\x85';
    CHECK(text.find(is_text     ? "       6  He\\xfflo\n"
                                  "            ^~~~\n"
                    : is_reason ? "       6  \\x03\\xe8b\\xffe\n"
                                  "                   ^~~~\n"
                                : "       6  \\x03\\xedx\n"
                                  "              ^~~~\n") != std::string::npos);
  }
  const std::string far =
      look(server, "\x81\x7e\x03\xe8" + std::string(700, 'a') + '\xff' + std::string(299, 'b'), form::text)
          .text;
  CHECK(far.find("aaa\\xffbbb") != far.npos);
  CHECK(far.find("where   offset 704, payload") != far.npos);
}

TEST_CASE("coax-inspect's listing tells what is missing when the input ends", "[inspect]") {
  const auto last = [](std::string_view input) {
    std::string text = tell(server, input, form::text).text;
    const std::size_t at = text.find("end of input") + 14;
    text = text.substr(at, text.size() - at - 1);
    for (std::size_t fold; (fold = text.find('\n')) != text.npos;) // one line of what was wrapped
      text.replace(fold, text.find_first_not_of(" \n", fold) - fold, " ");
    return text;
  };
  CHECK(last("") == "0 messages, no Close frame");
  CHECK(last("\x81\x00\x89\x00\x8a\x00\x8a\x00"s) == "1 message, 1 ping, 2 pongs, no Close frame");
  CHECK(last("\x81") == "incomplete: inside the header of a frame");
  CHECK(last("\x81\x7e\x01") == "incomplete: inside the header of a frame");
  CHECK(last("\x81\x03hi") == "incomplete: the frame has 2 of 3 octets");
  CHECK(last("\x89\x03hi") == "incomplete: the frame has 2 of 3 octets");
  CHECK(last("\x01\x02hi") == "incomplete: message 1 goes on in a frame that is missing");
  CHECK(last("\x88\x00"s) == "0 messages, closed");
  const std::string masked_ping = tell(client, masked("\x89\x83", "hi"), form::text).text;
  CHECK(
      masked_ping.find("       6  hi                                       payload       2 of 3 octets\n") !=
      masked_ping.npos);
  const std::string behind = tell(server, "\x88\x00xyz"s, form::text).text;
  CHECK(behind.find("       2  xyz                                      not parsed    3 octets\n") !=
        behind.npos);
}

// --- the program ------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect's exit status tells how it went among frames", "[inspect]") {
  CHECK(run_program("--websocket server", "\x81\x02hi").status == 0);
  CHECK(run_program("--websocket client", "\x81\x02hi").status == 1);
  CHECK(run_program("--websocket client --chunk 1", masked("\x81\x82", "hi")).status == 0);
  CHECK(run_program("--websocket server", "\x81\x03hi").status == 2);
  CHECK(run_program("--websocket server", "\x01\x02hi").status == 2);
  CHECK(run_program("--websocket server --json").text ==
        "{\"event\":\"eof\",\"offset\":0,\"state\":\"open\",\"unparsed\":0}\n");
  CHECK(run_program("--response --upgrade", agreed + "\x81\x02hi").status == 0);
  CHECK(run_program("--request --upgrade", offer + "\x81\x02hi").status == 1);
}

TEST_CASE("coax-inspect refuses a wrong command line about frames", "[inspect]") {
  const auto refused_with = [](const std::string &arguments, std::string_view why) {
    const ended got = run_program(arguments);
    CAPTURE(arguments, got.text);
    CHECK(got.status == 64);
    CHECK(got.text.starts_with("coax-inspect: "));
    CHECK(got.text.find(why) != std::string::npos);
  };
  refused_with("--websocket", "--websocket takes one value");
  refused_with("--websocket=", "lacks its value");
  refused_with("--websocket both", "client or server, not 'both'");
  refused_with("--websocket client --request", "exclude each other");
  refused_with("--websocket server --upgrade", "--upgrade goes with --request or --response");
  refused_with("--upgrade", "--websocket");
}

#endif
