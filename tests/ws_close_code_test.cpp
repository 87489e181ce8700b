// Close codes: who may send which, what is accepted, and what the errors are answered with.
#include "support/catch.hpp"

#include <coax/core/fault.hpp>
#include <coax/websocket/errc.hpp>
#include <coax/websocket/limits.hpp>

#include <cstdint>
#include <set>
#include <string>

using namespace coax;
using namespace coax::websocket;

namespace {

constexpr role both_roles[] = {role::client, role::server};

void check(unsigned number, bool received, bool by_client, bool by_server) {
  CAPTURE(number);
  const auto code = static_cast<close_code>(number);
  CHECK(may_receive(code) == received);
  CHECK(may_send(code, role::client) == by_client);
  CHECK(may_send(code, role::server) == by_server);
}

constexpr bool everywhere(close_code code) {
  return may_receive(code) && may_send(code, role::client) && may_send(code, role::server);
}
constexpr bool nowhere(close_code code) {
  return !may_receive(code) && !may_send(code, role::client) && !may_send(code, role::server);
}
static_assert(everywhere(close_code::normal) && everywhere(close_code{4999}));
static_assert(nowhere(close_code::none) && nowhere(close_code::abnormal) && nowhere(close_code{5000}));

} // namespace

TEST_CASE("the registered codes go in both directions", "[WS-170]") {
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1011u, 1012u, 1013u, 1014u})
    check(code, true, true, true);
}

TEST_CASE("1010 is for clients to send and for everyone to accept", "[WS-171]") {
  check(1010, true, true, false);
}

TEST_CASE("1004 is neither sent nor accepted", "[WS-172]") { check(1004, false, false, false); }

TEST_CASE("codes for reports never stand in a frame", "[WS-173]") {
  for (const unsigned code : {1005u, 1006u, 1015u}) check(code, false, false, false);
}

TEST_CASE("codes outside the registry are refused", "[WS-174]") {
  for (unsigned code = 0; code < 1000; ++code) check(code, false, false, false);
  for (const unsigned code : {5000u, 5001u, 32768u, 59395u, 65535u}) check(code, false, false, false);
}

TEST_CASE("codes that nobody has registered yet are refused", "[WS-175]") {
  for (unsigned code = 1016; code < 3000; ++code) check(code, false, false, false);
}

TEST_CASE("codes of libraries and programs are all accepted, registered or not", "[WS-176]") {
  for (unsigned code = 3000; code < 5000; ++code) check(code, true, true, true);
}

TEST_CASE("each of the 65,536 codes is in its place",
          "[WS-170][WS-171][WS-172][WS-173][WS-174][WS-175][WS-176]") {
  const std::set<unsigned> registered = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014};
  unsigned wrong = 0;
  for (unsigned number = 0; number <= 0xFFFF; ++number) {
    const auto code = static_cast<close_code>(number);
    const bool free = number / 1000 == 3 || number / 1000 == 4;
    for (const role sender : both_roles) {
      const bool may = free || registered.count(number) != 0 || (number == 1010 && sender == role::client);
      if (may_send(code, sender) != may) ++wrong;
    }
    if (may_receive(code) != (free || registered.count(number) != 0 || number == 1010)) ++wrong;
    // only registered codes have names
    const bool named =
        (number >= 1000 && number <= 1015) || number == 3000 || number == 3003 || number == 3008;
    if (name(code).empty() == named) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(name(close_code{1000}) == "normal closure");
  CHECK(name(close_code{1015}) == "TLS handshake");
  CHECK(name(close_code{3003}) == "forbidden");
}

TEST_CASE("each error has its name, its sentence, its section, and a code that either end may close with",
          "[WS-178]") {
  std::set<std::string> names, messages;
  const auto count = static_cast<unsigned>(errc::buffer_too_small) + 1;
  for (unsigned i = 0; i < count; ++i) {
    const auto ec = static_cast<errc>(i);
    CAPTURE(name(ec));
    CHECK(names.insert(std::string(name(ec))).second);
    CHECK(messages.insert(std::string(message(ec))).second);
    CHECK((section(ec).empty() || section(ec).substr(0, 4) == "6455" || section(ec).substr(0, 4) == "7692"));
    const close_code code = close_code_for(ec);
    CHECK((code == close_code::none || everywhere(code)));
  }

  const auto number = [](errc ec) { return static_cast<unsigned>(close_code_for(ec)); };
  for (const errc ec : {errc::reserved_bits, errc::reserved_opcode, errc::fragmented_control,
                        errc::unmasked_frame, errc::masked_frame, errc::control_too_long,
                        errc::non_minimal_length, errc::length_overflow, errc::unexpected_continuation,
                        errc::unfinished_message, errc::bad_close_payload, errc::bad_close_code})
    CHECK(number(ec) == 1002);
  for (const errc ec : {errc::bad_utf8, errc::bad_deflate, errc::bad_close_reason}) CHECK(number(ec) == 1007);
  for (const errc ec : {errc::frame_too_big, errc::message_too_big}) CHECK(number(ec) == 1009);
  for (const errc ec : {errc::too_many_fragments, errc::too_many_control}) CHECK(number(ec) == 1008);
  for (const errc ec : {errc::ok, errc::incomplete, errc::invalid_input, errc::wrong_state, errc::no_entropy,
                        errc::buffer_too_small})
    CHECK(number(ec) == 0);
  CHECK(name(errc::bad_utf8) == "bad_utf8");
  CHECK(section(errc::masked_frame) == "6455 5.1");
}

TEST_CASE("the elements of frames have names") {
  CHECK(name(element::frame_header) == "frame header");
  CHECK(name(element::payload) == "payload");
  CHECK(name(element::close_payload) == "close payload");
  CHECK(name(element::fragment) == "fragment"); // of a URI
}

TEST_CASE("the limits have the defaults that are documented") {
  constexpr limits by_default;
  STATIC_REQUIRE(by_default.frame == 16u * 1024 * 1024);
  STATIC_REQUIRE(by_default.message == by_default.frame);
  STATIC_REQUIRE(by_default.fragments == 131072);
  STATIC_REQUIRE(by_default.control == 65536);
}
