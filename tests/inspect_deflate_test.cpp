// coax-inspect on compressed messages (RFC 7692).
#ifdef COAX_INSPECT_PATH // the examples are built

#include "support/catch.hpp"

#include "inspect/frames.hpp"

#include <coax/zlib/compressor.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using coax_test::agreed;
using coax_test::agreeing;
using coax_test::client;
using coax_test::ended;
using coax_test::form;
using coax_test::look;
using coax_test::masked;
using coax_test::offer;
using coax_test::offering;
using coax_test::report;
using coax_test::run_program;
using coax_test::server;
using coax_test::tell;
using coax_test::upgraded_requests;
using coax_test::upgraded_responses;
using inspect::outcome;
using inspect::settings;
using namespace std::string_literals;

/// The same frames, where permessage-deflate was agreed on with these parameters.
settings deflating(settings how, coax::websocket::deflate_parameters deflate = {}) {
  deflate.agreed = true;
  how.deflate = deflate;
  return how;
}

/// The lines of the messages, and what comes of an error.
std::string messages(const settings &how, std::string_view input) {
  const std::string text = tell(how, input).text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.starts_with(R"({"event":"message")") || line.starts_with(R"({"event":"error")")) out += line;
    at = end;
  }
  return out;
}

std::string hello(std::size_t offset) {
  return R"({"event":"message","offset":)" + std::to_string(offset) +
         R"(,"type":"text","data":"SGVsbG8=","size":5,"compressed":true})" + "\n";
}

std::string error(std::size_t offset, std::string_view rest) {
  return R"({"event":"error","offset":)" + std::to_string(offset) + ',' + std::string(rest) + "}\n";
}

constexpr std::string_view bad_deflate =
    R"("code":"bad_deflate","close":1007,"message":"the compressed message does not inflate","rfc":"7692 7.2.2")";
constexpr std::string_view bad_utf8 =
    R"("code":"bad_utf8","close":1007,"message":"the text is not UTF-8","rfc":"6455 8.1")";

/// A server's frame with RSV1 whose payload stands for `text`.
std::string compressed(std::string_view first, std::string_view text) {
  std::vector<char> memory(coax::zlib::compressor_memory());
  coax::zlib::compressor engine({}, memory);
  std::string out(engine.bound(text.size()) + 64, '\0');
  std::size_t size = engine.deflate(text, out).produced;
  size += engine.end(std::span(out).subspan(size)).produced;
  out.resize(size);
  std::string header(first);
  if (size < 126) {
    header += static_cast<char>(size);
  } else {
    header += '\x7e';
    header += static_cast<char>(size >> 8);
    header += static_cast<char>(size & 0xFF);
  }
  return header + out;
}

} // namespace

// --- RFC 7692 §7.2.3 --------------------------------------------------------------------------------------

TEST_CASE("coax-inspect inflates each example of RFC 7692 §7.2.3", "[inspect]") {
  const settings how = deflating(server);
  const std::string plain = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s;
  CHECK(messages(how, plain) == hello(0));
  CHECK(messages(how, "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"s) == hello(0));    // in two frames
  CHECK(messages(how, plain + "\xc1\x05\xf2\x00\x11\x00\x00"s) == hello(0) + hello(9)); // the same window
  CHECK(messages(how, plain + plain) == hello(0) + hello(9));
  CHECK(messages(how, "\xc1\x0b\x00\x05\x00\xfa\xffHello\x00"s) == hello(0));    // no compression
  CHECK(messages(how, "\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s) == hello(0)); // BFINAL
  CHECK(messages(how, "\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s) ==
        hello(0)); // two blocks
  CHECK(messages(how, "\xc1\x01\x00"s) ==
        R"({"event":"message","offset":0,"type":"text","data":"","size":0,"compressed":true})"
        "\n");
}

TEST_CASE("coax-inspect tells compressed frames as they are on the wire, and the message inflated",
          "[inspect]") {
  const std::string input = "\x42\x00\x00\x03\xf2\x48\xcd\x89\x01p\x80\x04\xc9\xc9\x07\x00\x82\x01x"s;
  const report got = tell(deflating(server), input);
  CHECK(got.how == outcome::clean);
  CHECK(
      got.text ==
      coax_test::lines(
          {R"({"event":"frame","offset":0,"header":2,"fin":false,"rsv":4,"opcode":"binary","masked":false,"length":0,"compressed":true})",
           R"({"event":"frame","offset":2,"header":2,"fin":false,"rsv":0,"opcode":"continuation","masked":false,"length":3})",
           R"({"event":"frame","offset":7,"header":2,"fin":true,"rsv":0,"opcode":"ping","masked":false,"length":1})",
           R"({"event":"ping","offset":7,"data":"cA=="})",
           R"({"event":"frame","offset":10,"header":2,"fin":true,"rsv":0,"opcode":"continuation","masked":false,"length":4})",
           R"({"event":"message","offset":0,"type":"binary","data":"SGVsbG8=","size":5,"compressed":true})",
           R"({"event":"frame","offset":16,"header":2,"fin":true,"rsv":0,"opcode":"binary","masked":false,"length":1})",
           R"({"event":"message","offset":16,"type":"binary","data":"eA==","size":1})",
           R"({"event":"eof","offset":19,"state":"open","unparsed":0})"}));
  CHECK(look(deflating(server), input, form::sizes)
            .text.find(R"({"event":"message","offset":0,"type":"binary","size":5,"compressed":true})") !=
        std::string::npos);
}

// --- parameters -------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect inflates with the parameters of the sender", "[inspect]") {
  const std::string hellos =
      "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"s; // one window
  const std::string as_client =
      masked("\xc1\x87", hellos.substr(2, 7)) + masked("\xc1\x85", hellos.substr(11));
  // a message that refers to the one before ...
  CHECK(messages(deflating(server, {.client_no_context_takeover = true}), hellos) == hello(0) + hello(9));
  CHECK(messages(deflating(client, {.server_no_context_takeover = true}), as_client) == hello(0) + hello(13));
  // ... where there is none, is in error at the octet with the distance
  CHECK(messages(deflating(server, {.server_no_context_takeover = true}), hellos) ==
        hello(0) + error(13, bad_deflate));
  CHECK(messages(deflating(client, {.client_no_context_takeover = true}), as_client) ==
        hello(0) + error(21, bad_deflate));

  // references by 300 octets need a window of 512
  std::string text(300, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('!' + (i * i * 7 + i / 11) % 90);
  const std::string far = compressed("\xc1", text + text);
  CHECK(far.size() < 400);
  const auto how = [&far](std::uint8_t bits) {
    return look(deflating(server, {.server_max_window_bits = bits}), far, form::json).how;
  };
  CHECK(how(9) == outcome::clean);
  CHECK(how(8) == outcome::protocol_error);
}

TEST_CASE("coax-inspect takes the parameters from a response, and the offer from a request", "[inspect]") {
  const std::string first = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s, second = "\xc1\x05\xf2\x00\x11\x00\x00"s;
  const auto response = [&](std::string_view extensions) {
    return tell(upgraded_responses, agreeing(extensions) + first + second).how;
  };
  CHECK(response("permessage-deflate") == outcome::clean);
  CHECK(response("permessage-deflate; client_no_context_takeover; client_max_window_bits=8") ==
        outcome::clean);
  CHECK(response("x-other, permessage-deflate; server_max_window_bits=\"9\"") == outcome::clean);
  CHECK(response("permessage-deflate; server_no_context_takeover") == outcome::protocol_error);
  CHECK(response("permessage-other") == outcome::protocol_error);
  CHECK(response("permessage-deflate; unknown") == outcome::protocol_error); // so nothing is agreed on
  CHECK(tell(upgraded_responses, agreed + first).how == outcome::protocol_error);

  const std::string both = masked("\xc1\x87", first.substr(2)) + masked("\xc1\x85", second.substr(2));
  const auto request = [&](std::string_view extensions) {
    return tell(upgraded_requests, offering(extensions) + both).how;
  };
  CHECK(request("permessage-deflate; client_max_window_bits") == outcome::clean);
  CHECK(request("x-other, permessage-deflate; server_no_context_takeover") == outcome::clean);
  CHECK(request("x-other") == outcome::protocol_error);
  CHECK(tell(upgraded_requests, offer + both).how == outcome::protocol_error);
  // the frames alone do not tell
  CHECK(tell(server, first).how == outcome::protocol_error);
  CHECK(tell(client, both).how == outcome::protocol_error);
}

// --- errors -----------------------------------------------------------------------------------------------

TEST_CASE("coax-inspect tells at which octet a compressed message is wrong", "[inspect]") {
  const settings how = deflating(server);
  CHECK(messages(how, "\xc1\x03\xf2\x48\xff"s) == error(4, bad_deflate));         // ends inside a block
  CHECK(messages(how, "\xc1\x03\x06\x00\x00"s) == error(2, bad_deflate));         // a block of type 11
  CHECK(messages(how, "\xc1\x05\x00\x05\x00\xf0\xff"s) == error(6, bad_deflate)); // LEN and NLEN differ
  CHECK(messages(how, "\xc1\x00"s) == error(1, bad_deflate));                     // no octet at all
  CHECK(messages(deflating(client), masked("\xc1\x80", "")) == error(1, bad_deflate));
  CHECK(messages(how, "\x41\x02\xf2\x48\x80\x00"s) == error(5, bad_deflate));
  CHECK(messages(deflating(client), masked("\xc1\x83", "\x06\x00\x00"s)) == error(6, bad_deflate));
  // what is no text, at the octet that brings it
  CHECK(messages(how, "\xc1\x08\x00\x02\x00\xfd\xff"
                      "a\xff\x00"s) == error(8, bad_utf8));
  CHECK(messages(how, "\xc1\x08\x00\x02\x00\xfd\xff"
                      "a\xc3\x00"s) == error(9, bad_utf8)); // ends inside a character
  CHECK(messages(how, "\xc2\x08\x00\x02\x00\xfd\xff"
                      "a\xff\x00"s)
            .starts_with(R"({"event":"message","offset":0,"type":"binary","data":"Yf8=")"));
  // an octet in front of which a message is whole
  CHECK(messages(how, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x03\x06\x00\x00"s) ==
        hello(0) + error(11, bad_deflate));
}

TEST_CASE("coax-inspect applies the limit on messages to what they inflate to", "[inspect]") {
  const std::size_t limit = std::size_t{16} << 20;
  const report most = look(deflating(server), compressed("\xc2", std::string(limit, 'x')), form::sizes);
  CHECK(most.how == outcome::clean);
  CHECK(most.text.find(R"("type":"binary","size":16777216,"compressed":true})") != std::string::npos);
  const std::string input = compressed("\xc2", std::string(limit + 1, 'x'));
  const report more = look(deflating(server), input, form::sizes);
  CHECK(more.how == outcome::protocol_error);
  CHECK(more.text.find(R"("code":"message_too_big","close":1009,)") != std::string::npos);
  CHECK(look(deflating(server), input, form::sizes, 1000) == more);
}

TEST_CASE("coax-inspect says the same about compressed messages however they are cut", "[inspect]") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i * i % 977) + " caf\xc3\xa9 ";
  const std::string good = compressed("\xc1", text);
  REQUIRE(good.size() > 2000);
  std::string broken = good, no_text = compressed("\xc1", text.substr(0, 9000) + "\xff" + text.substr(9000));
  broken[good.size() / 2] = static_cast<char>(~broken[good.size() / 2]);
  for (const std::string &input : {good, broken, no_text}) {
    for (const form as : {form::json, form::text}) {
      settings how = deflating(server);
      const report whole = look(how, input, as);
      CHECK((whole.how == outcome::clean) == (input == good));
      for (const std::size_t size : {1u, 2u, 7u, 100u, 333u, 1000u, 1999u}) {
        CAPTURE(size);
        how.chunk = size;
        CHECK(look(how, input, as) == whole);
        how.chunk = 0;
        CHECK(look(how, input, as, size) == whole);
      }
    }
  }
}

// --- the listing and the program --------------------------------------------------------------------------

TEST_CASE("coax-inspect's listing shows what a compressed message inflates to, and how much that is",
          "[inspect]") {
  const std::string input = compressed("\xc1", std::string(100, 'a') + std::string(100, 'b'));
  const std::string text = tell(deflating(server), input, form::text).text;
  CAPTURE(text);
  const std::string size = std::to_string(input.size() - 2), end = std::to_string(input.size());
  CHECK(text.find("       0  .100 ....                                RSV           RSV1: the message is "
                  "compressed\n") != text.npos);
  CHECK(text.find("payload       " + size + " octets, compressed\n") != text.npos);
  CHECK(text.find("      " + end + "  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...  inflated      200 octets, ") !=
        text.npos);
  CHECK(text.find(" times as much\n") != text.npos);
  CHECK(text.find("      " + end +
                  "                                           end           message 1: 200 octets\n") !=
        text.npos);

  const std::string wrong = tell(deflating(server), "\xc1\x04\xf2\x06\x00\x00"s, form::text).text;
  CHECK(wrong.find("error   the compressed message does not inflate\n") != wrong.npos);
  CHECK(wrong.find("rule    RFC 7692 section 7.2.2\n") != wrong.npos);
  // an empty frame has its header only
  const std::string empty = tell(deflating(server), "\xc1\x00"s, form::text).text;
  CHECK(empty.find("       0  \\xc1\\0\n"
                   "              ^~\n") != empty.npos);
  const std::string unexpected = tell(server, input, form::text).text;
  CHECK(unexpected.find("hint    RSV1 marks a compressed message") != unexpected.npos);
}

TEST_CASE("coax-inspect takes the parameters of permessage-deflate as a response has them", "[inspect]") {
  const std::string hellos = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"s;
  const auto status = [&hellos](std::string_view parameters) {
    return run_program("--websocket server --deflate '" + std::string(parameters) + "'", hellos).status;
  };
  CHECK(status("permessage-deflate") == 0);
  CHECK(status("") == 0);
  CHECK(status("permessage-deflate; server_max_window_bits=10; client_max_window_bits=8") == 0);
  CHECK(status("client_no_context_takeover") == 0);
  CHECK(status("server_no_context_takeover") == 1);
  CHECK(status("permessage-deflate; server_no_context_takeover") == 1);
  CHECK(status("client_max_window_bits") == 64); // only in offers
  CHECK(status("server_max_window_bits=7") == 64);
  CHECK(status("server_max_window_bits=16") == 64);
  CHECK(status("something") == 64);
  CHECK(status("permessage-deflat") == 64);
  CHECK(status("permessage-deflatex") == 64);
  CHECK(status("permessage-deflate, permessage-deflate") == 64);
  const auto why = [](const std::string &arguments) { return run_program(arguments).text; };
  CHECK(why("--request --deflate ''").find("--deflate goes with --websocket") != std::string::npos);
  CHECK(why("--response --upgrade --deflate ''").find("--deflate goes with --websocket") !=
        std::string::npos);
  CHECK(why("--websocket client --deflate").find("--deflate takes one value") != std::string::npos);
}

#endif
