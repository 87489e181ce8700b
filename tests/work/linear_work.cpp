// Counts the bytes that the parsers look at: the work is linear in the input for every way of cutting it.
#include <cstddef>
#include <type_traits>

namespace coax_test {
inline std::size_t work = 0;
constexpr void count_work(std::size_t bytes) noexcept {
  if (!std::is_constant_evaluated()) work += bytes;
}
} // namespace coax_test
#define COAX_COUNT_WORK(bytes) ::coax_test::count_work(bytes)

#include <coax/http.hpp>

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
