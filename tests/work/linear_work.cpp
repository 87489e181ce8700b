// Counts the bytes that the parsers look at: the work is linear in the input for every way of cutting it.
#include "work/counted.hpp"

#include <coax/coax.hpp>
#include <coax/websocket/handshake_server.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

using namespace coax::http;

namespace {

/// The bytes looked at while `input` is read in pieces of `step` bytes, per byte of input.
template <class Reader>
double work_per_byte(std::string input, std::size_t step, const leniency &len = strict) {
  static std::array<field_ref, 10000> table;
  const limits lim{.fields = 10000};
  const context ctx{table, lim, len};
  Reader reader;
  coax_test::work = 0;
  std::size_t base = 0;
  for (std::size_t end = 0; end < input.size();) {
    end = std::min(end + step, input.size());
    for (;;) {
      const event e = reader.next(ctx, std::span<char>(input).subspan(base, end - base));
      base += e.consumed;
      REQUIRE(e.kind != event_kind::failed);
      if (e.kind == event_kind::need_more || e.kind == event_kind::closed) break;
    }
  }
  REQUIRE(reader.idle());
  return static_cast<double>(coax_test::work) / static_cast<double>(input.size());
}

std::string repeat(const std::string &unit, std::size_t size) {
  std::string out;
  while (out.size() < size) out += unit;
  return out;
}

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

} // namespace

TEST_CASE("looks at each byte of a request only a few times however it is cut", "[H1-273]") {
  const std::string inputs[] = {
      get + "Cookie: " + std::string(32000, 'c') + "\r\n\r\n", // one long value
      get + repeat("a: b\r\n", 24000) + "\r\n",                // many short fields
      get + "X: " + std::string(30000, ' ') + "\r\n\r\n",      // whitespace
      get + std::string(30000, 'n') + ": x\r\n\r\n",           // one long name
      "GET /" + repeat("a%41", 16000) + "?" + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET http://" + repeat("a.", 8000) + "/ HTTP/1.1\r\nHost: a\r\n\r\n",
      get + "Connection: " + repeat("a,", 30000) + "\r\n\r\n", // a long list
      get + repeat("X: \xE9\t\x80\r\n", 60000) + "\r\n",
      chunked + repeat("1;" + std::string(200, 'x') + "\r\nx\r\n", 14000) + "0\r\n\r\n",
      chunked + repeat("5;a=\"\\\"\"\r\nhello\r\n", 10000) + "0\r\n" + repeat("T: x\r\n", 16000) + "\r\n",
  };
  for (const std::string &input : inputs)
    for (std::size_t step :
         {std::size_t{1}, std::size_t{3}, std::size_t{64}, std::size_t{1448}, input.size()}) {
      CAPTURE(step, input.substr(0, 40));
      CHECK(work_per_byte<request_reader>(input, step) < 8.0);
    }
}

TEST_CASE("looks at each byte of a response only a few times however it is cut", "[H1-273]") {
  const std::string inputs[] = {
      "HTTP/1.1 200 " + std::string(30000, 'r') + "\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + repeat("1\r\nx\r\n", 60000) + "0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'),
  };
  for (const std::string &input : inputs)
    for (std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{64}, input.size()}) {
      CAPTURE(step, input.substr(0, 40));
      CHECK(work_per_byte<response_reader>(input, step) < 8.0);
    }
}

TEST_CASE("looks at each byte only a few times with every leniency as well", "[H1-273]") {
  leniency len;
  len.unfold = len.allow_ctl_in_values = len.strip_space_before_colon = len.allow_bare_lf = true;
  const std::string inputs[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX:" + repeat("\r\n ", 30000) + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX:" + repeat("\n\ta", 30000) + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX" + std::string(15000, ' ') + ":" + repeat("\x01", 15000) +
          "\r\n\r\n",
  };
  for (const std::string &input : inputs)
    for (std::size_t step : {std::size_t{1}, std::size_t{64}, input.size()}) {
      CAPTURE(step, input.substr(0, 40));
      // Lines of three bytes are looked at in words of eight.
      CHECK(work_per_byte<response_reader>(input, step, len) < 12.0);
    }
}

TEST_CASE("does no work on a head behind its limit", "[H1-272][H1-273]") {
  const std::string input(1 << 20, 'a');
  static std::array<field_ref, 64> table;
  const limits lim;
  const leniency len;
  request_reader reader;
  coax_test::work = 0;
  const event e = reader.next({table, lim, len}, "GET /" + input);
  CHECK(e.kind == event_kind::failed);
  CHECK(e.ec == errc::target_too_long);
  CHECK(coax_test::work < 4 * std::size_t{lim.request_line});
}

TEST_CASE("looks at each byte of a multipart body only a few times however it is cut", "[H1-215][H1-273]") {
  const std::string begin = "--B\r\n\r\n", end = "\r\n--B--\r\n";
  const std::string inputs[] = {
      begin + repeat("\r\n--", 60000) + end, // a delimiter that never comes
      begin + repeat("\r", 60000) + end,     // the byte that may begin one
      begin + std::string(100000, 'x') + end,
      repeat("--B\r\nX: y\r\n\r\ndata\r\n", 15000) + "--B--\r\n", // many parts
      begin + "\r\n--B" + std::string(200, ' ') + "\r\nX: " + std::string(30000, 'v') + "\r\n\r\n" + end,
  };
  static std::array<field_ref, 64> table;
  const context ctx{table};
  for (const std::string &input : inputs)
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1448}, input.size()}) {
      CAPTURE(step, input.substr(0, 40));
      multipart_reader reader(*coax::values::make_boundary("B"));
      coax_test::work = 0;
      std::size_t base = 0;
      for (std::size_t available = 0; available < input.size();) {
        available = std::min(available + step, input.size());
        for (bool more = true; more;) {
          const multipart_event e = reader.next(ctx, std::string_view(input).substr(base, available - base));
          base += e.consumed;
          REQUIRE(e.kind != multipart_event_kind::failed);
          more = e.kind != multipart_event_kind::need_more && e.kind != multipart_event_kind::end;
        }
      }
      REQUIRE(reader.complete());
      CHECK(static_cast<double>(coax_test::work) < 8.0 * static_cast<double>(input.size()));
    }
}

namespace {

/// Bytes looked at while a value is read, per byte.
template <class Read> double work_of(const std::string &value, Read read) {
  coax_test::work = 0;
  read(std::string_view(value));
  return static_cast<double>(coax_test::work) / static_cast<double>(value.size());
}

/// Reads a list to its end.
template <class Reader, class Member> void drain(std::string_view value) {
  Reader members(value);
  for (Member m; members.next(m);) continue;
}

} // namespace

TEST_CASE("looks at each byte of a field's value only a few times", "[H1-181][H1-273]") {
  namespace values = coax::values;
  const std::string blanks(60000, ' ');
  const std::string inputs[] = {
      std::string(60000, ','),      blanks,
      "a" + blanks + "b",           repeat("a,", 60000),
      std::string(60000, '('),      repeat("a;", 60000),
      repeat("a=b;", 60000),        repeat("a=\"\\\"\", ", 60000),
      "\"" + repeat("\\x", 60000),  "bytes=" + repeat("0-,", 60000),
      repeat("Basic a=b, ", 60000), std::string(60000, 'a'),
  };
  for (const std::string &input : inputs) {
    CAPTURE(input.substr(0, 20));
    CHECK(work_of(input, drain<values::accept_reader, values::media_range>) < 8.0);
    CHECK(work_of(input, drain<values::cookie_reader, values::cookie>) < 8.0);
    CHECK(work_of(input, drain<values::challenge_reader, values::challenge>) < 8.0);
    CHECK(work_of(input, drain<values::product_reader, values::product>) < 8.0);
    CHECK(work_of(input, drain<values::range_reader, values::range_spec>) < 8.0);
    CHECK(work_of(input, drain<values::entity_tag_reader, values::entity_tag>) < 8.0);
    CHECK(work_of(input, drain<values::cache_directive_reader, values::cache_directive>) < 8.0);
    CHECK(work_of(input, drain<values::te_reader, values::te_member>) < 8.0);
    CHECK(work_of(input, drain<values::upgrade_reader, values::protocol>) < 8.0);
    CHECK(work_of(input, drain<values::parameter_reader, values::parameter>) < 8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)values::parse_media_type(v); }) < 8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)values::parse_set_cookie(v); }) < 8.0);
  }
}

TEST_CASE("looks at each byte of a head only a few times when it is passed on", "[H1-201][H1-273]") {
  const std::string inputs[] = {
      get + repeat("Connection: a\r\na: b\r\n", 30000) + "\r\n",
      get + "Connection: " + repeat("a,b,c,", 15000) + "\r\n" + repeat("d: e\r\n", 15000) + "\r\n",
  };
  static std::array<field_ref, 10000> table;
  static std::array<char, 70000> out;
  const limits lim{.fields = 10000};
  const context ctx{table, lim};
  for (const std::string &input : inputs) {
    request_parser parser;
    REQUIRE(parser.parse(ctx, input).ready());
    coax_test::work = 0;
    request_head head(out, "GET", "/", "a");
    (void)copy_end_to_end(head, view_request(parser.head(), input.data(), table).fields);
    CHECK(static_cast<double>(coax_test::work) < 8.0 * static_cast<double>(input.size()));
  }
}

TEST_CASE("looks at each byte of the lists of a handshake only a few times", "[WS-100][WS-066][WS-295]") {
  namespace ws = coax::websocket;
  const std::size_t mebibyte = 1 << 20;
  const std::string blanks(mebibyte, ' ');
  const std::string inputs[] = {
      blanks,
      "a" + blanks,
      "a" + blanks + "b",
      "a;" + blanks + "b",
      "a; b" + blanks + "= c",
      "a; b=" + blanks + "c",
      "a; b=\"" + repeat("\\c", mebibyte) + "\"",
      "a; b=\"" + repeat("c", mebibyte),
      "a; b=\"" + blanks + "\"",
      std::string(mebibyte, 'a'),
      repeat("a,", mebibyte),
      repeat("a;b,", mebibyte),
      std::string(mebibyte, ','),
      std::string(mebibyte, ';'),
      "a" + std::string(mebibyte, '"'),
      repeat(std::string(mebibyte / 64, 'a') + ",", mebibyte), // each as long as a list of 64 has room for
      repeat(std::string(mebibyte / 64, ' ') + "a,", mebibyte),
      repeat("a;" + std::string(mebibyte / 64, 'b') + ",", mebibyte),
      repeat(std::string(mebibyte / 8, ' ') + ",", mebibyte),
  };
  for (const std::string &input : inputs) {
    CAPTURE(input.substr(0, 20));
    CHECK(work_of(input, [](std::string_view v) { (void)ws::check_extensions(ws::extension_reader(v)); }) <
          8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)ws::may_send_extensions(v); }) < 8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)ws::check_protocols(ws::protocol_reader(v)); }) <
          8.0);
    CHECK(work_of(input, drain<ws::protocol_reader, std::string_view>) < 8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)ws::is_key(v); }) < 8.0);
    CHECK(work_of(input, [](std::string_view v) { (void)ws::parse_version(v); }) < 8.0);
  }

  const std::string fields = get +
                             "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string heads[] = {
      fields + "Sec-WebSocket-Extensions: a" + std::string(30000, ' ') + "\r\n\r\n",
      fields + "Sec-WebSocket-Extensions: a;" + std::string(30000, ' ') + "b\r\n\r\n",
      fields + "Sec-WebSocket-Protocol: " + repeat("a,", 30000) + "\r\n\r\n",
      fields + repeat("Sec-WebSocket-Protocol: a\r\n", 60000) + "\r\n",
      fields + repeat("Sec-WebSocket-Extensions: a\r\n", 60000) + "\r\n",
      fields + repeat("a: b\r\n", 24000) + "\r\n",
      fields + repeat("Upgrade: a\r\nConnection: b\r\n", 60000) + "\r\n",
      fields + "Connection: " + repeat("a,", 30000) + "\r\nUpgrade: " + repeat("b,", 30000) + "\r\n\r\n",
  };
  static std::array<field_ref, 10000> table;
  const limits lim{.fields = 10000};
  const context ctx{table, lim};
  for (const std::string &head : heads) {
    CAPTURE(head.substr(fields.size(), 40));
    request_parser parser;
    REQUIRE(parser.parse(ctx, head).ready());
    coax_test::work = 0;
    (void)ws::read_offer(view_request(parser.head(), head.data(), table));
    CHECK(static_cast<double>(coax_test::work) < 8.0 * static_cast<double>(head.size()));
  }
}
