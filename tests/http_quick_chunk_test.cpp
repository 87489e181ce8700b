// The quick path for chunks against the decoder by itself: the same body, whole and octet by octet, gives the
// same in every respect; and so does compacting it in place.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using coax::status;
using std::string_view;
using namespace std::string_literals;

/// What a decoder says about a body, payload in one piece.
struct result {
  std::string data{}, extensions{};
  status st = status::need_more;
  http::errc ec = http::errc::ok;
  std::size_t at = 0; // behind what was consumed, or of the error, in the whole input
  coax::element what = coax::element::none;
  bool last = false;
  std::uint64_t received = 0;
  std::uint16_t trailers = 0;

  friend bool operator==(const result &, const result &) = default;
};

http::body_decoder chunked() {
  http::framing f;
  f.kind = http::body_kind::chunked;
  return {f, coax::role::client};
}

result decode(string_view body, const http::limits &lim, std::size_t piece,
              std::size_t max_data = coax::no_cap) {
  std::array<http::field_ref, 4> table;
  const http::leniency len;
  http::body_decoder decoder = chunked();
  result out;
  for (std::size_t end = std::min(piece, body.size());;) {
    const string_view in = coax_test::guarded_copy(body.substr(out.at, end - out.at));
    const http::piece p = decoder.decode({table, lim, len}, in, max_data);
    if (p.data.size() > max_data) FAIL("more than was wanted");
    out.data += p.data;
    if (!p.extensions.empty()) out.extensions += std::string(p.extensions) + "|";
    out.at += p.consumed;
    out.st = p.st;
    out.ec = p.ec;
    out.what = p.why.what;
    out.last = p.last;
    out.received = decoder.received();
    out.trailers = p.trailers.count;
    if (p.st == status::failed) out.at += p.why.at;
    if (p.st == status::failed || p.last) return out;
    if (p.st == status::need_more && end == body.size()) return out;
    if (p.st == status::need_more) end = std::min(end + piece, body.size());
  }
}

/// The same by decode_in_place(), which says nothing about extensions. Neither octets that are not consumed
/// nor those around the input may change.
result compact(string_view body, const http::limits &lim, std::size_t piece, bool at_the_end) {
  static coax_test::guarded room(1 << 16);
  std::array<http::field_ref, 4> table;
  const http::leniency len;
  http::body_decoder decoder = chunked();
  result out;
  for (std::size_t end = std::min(piece, body.size());;) {
    const string_view known = body.substr(out.at, end - out.at);
    const std::span<char> in = at_the_end ? room.place(known) : room.place_first(known);
    const http::compacted c = decoder.decode_in_place({table, lim, len}, in);
    if (c.consumed > in.size() || c.produced > c.consumed ||
        string_view(in.data(), in.size()).substr(c.consumed) != known.substr(c.consumed))
      FAIL("octets that were not consumed have changed");
    out.data.append(in.data(), c.produced);
    out.at += c.consumed;
    out.st = c.st;
    out.ec = c.ec;
    out.what = c.why.what;
    out.last = c.last;
    out.received = decoder.received();
    out.trailers = c.trailers.count;
    if (c.st == status::failed) out.at += c.why.at;
    if (c.st == status::failed || c.last) return out;
    if (c.st == status::need_more && end == body.size()) return out;
    if (c.st == status::need_more) end = std::min(end + piece, body.size());
  }
}

void compare(string_view body, const http::limits &lim = {}) {
  const result alone = decode(body, lim, 1);
  CAPTURE(std::string(body), lim.body, lim.chunk_overhead);
  for (const std::size_t max_data : {coax::no_cap, std::size_t{5}}) {
    const result whole = decode(body, lim, body.size() + 1, max_data);
    CHECK(http::name(whole.ec) == http::name(alone.ec));
    CHECK(whole.at == alone.at);
    CHECK(whole.data == alone.data);
    REQUIRE(whole == alone);
  }
  result expected = alone;
  expected.extensions.clear();
  for (const bool at_the_end : {false, true}) {
    const result moved = compact(body, lim, body.size() + 1, at_the_end);
    CHECK(http::name(moved.ec) == http::name(alone.ec));
    CHECK(moved.at == alone.at);
    CHECK(moved.data == alone.data);
    REQUIRE(moved == expected);
  }
}

std::string payload(std::size_t octets) {
  static std::size_t next = 0; // so that payload which was moved to a wrong place shows
  std::string out(octets, '\0');
  for (char &c : out) c = static_cast<char>('a' + next++ % 23);
  return out;
}

std::string chunk(string_view size, std::size_t octets, string_view extension = {}) {
  return std::string(size) + std::string(extension) + "\r\n" + payload(octets) + "\r\n";
}

std::string chunk(std::size_t octets, int digits = 0, string_view extension = {}) {
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), octets % 2 == 0 ? "%0*zx" : "%0*zX", digits, octets);
  return chunk(size.data(), octets, extension);
}

const std::vector<std::string> &bodies() {
  static const std::vector<std::string> all = {
      chunk("5", 5) + chunk("10", 16) + "0\r\n\r\n",
      chunk("0000000C", 12) + chunk("a", 10, ";x=y") + chunk("A", 10) + "0\r\nT: u\r\n\r\nGET /",
      chunk("000000001", 1) + chunk("1", 1) + chunk("1", 1) + chunk("12", 18) + "000\r\n\r\n",
      chunk("fF", 255) + chunk("1", 1, " ; a") + chunk("1", 1) + "0;z\r\n\r\n",
      chunk("0", 0),
      chunk("3", 3) + chunk("00000000", 0) + "0\r\n\r\n",
      chunk("00000003", 3) + chunk("00000002", 2) + chunk("00000000", 0),
      chunk("1", 1) + chunk("000000000", 0) + "G\r\n\r\n",
  };
  return all;
}

} // namespace

TEST_CASE("the quick path for chunks gives what the decoder gives, whatever octet stands where") {
  for (const std::string &body : bodies())
    for (std::size_t at = 0; at < std::min<std::size_t>(body.size(), 100); ++at)
      for (int octet = 0; octet < 256; ++octet) {
        std::string text = body;
        text[at] = static_cast<char>(octet);
        compare(text);
      }
}

TEST_CASE(
    "the quick path for chunks gives what the decoder gives for bodies that end anywhere or lack an octet") {
  for (const std::string &body : bodies())
    for (std::size_t at = 0; at <= body.size(); ++at) {
      compare(string_view(body).substr(0, at));
      if (at < body.size()) compare(std::string(body).erase(at, 1));
    }
}

TEST_CASE("the quick path for chunks keeps to the limits at each of their values") {
  for (const std::string &body : bodies()) {
    for (std::uint64_t n = 0; n < 300; ++n) compare(body, {.body = n});
    for (std::uint32_t n = 0; n < 60; ++n) compare(body, {.chunk_overhead = n});
    for (std::uint16_t n = 0; n < 10; ++n) compare(body, {.trailers = n});
  }
  std::string small;
  for (int i = 0; i < 40; ++i) small += chunk("00000001", 1); // ten octets of overhead for each of payload
  for (std::uint32_t n = 0; n < 120; ++n) compare(small, {.chunk_overhead = n});
}

TEST_CASE("the quick path for chunks goes on wherever the input was cut") {
  for (const std::string &body : bodies()) {
    const result alone = decode(body, {}, 1);
    result expected = alone;
    expected.extensions.clear();
    for (std::size_t piece = 1; piece < body.size(); ++piece) {
      CAPTURE(piece);
      REQUIRE(decode(body, {}, piece) == alone);
      REQUIRE(decode(body, {}, piece, 3) == alone);
      REQUIRE(compact(body, {}, piece, true) == expected);
    }
  }
}

TEST_CASE("the quick path for chunks takes payload of any size, behind lines with any number of digits") {
  for (std::size_t octets = 1; octets < 300; ++octets)
    for (int digits = 0; digits < 11; ++digits)
      compare(chunk(octets, digits) + chunk(octets, digits) + chunk(1) + chunk(octets) + "0\r\n\r\n");
  for (const std::size_t octets : {4095u, 4096u, 4097u, 65535u / 8})
    compare(chunk(octets) + chunk(octets) + chunk(octets) + chunk("0", 0));
}

TEST_CASE("the quick path for chunks gives what the decoder gives for many chunks of mixed sizes") {
  std::uint32_t random = 1;
  const auto below = [&](std::uint32_t n) { return ((random = random * 1664525 + 1013904223) >> 8) % n; };
  for (int round = 0; round < 200; ++round) {
    std::string body;
    const std::uint32_t largest = round % 2 == 0 ? 31 : 100;
    for (std::uint32_t left = below(60); left != 0; --left) {
      const std::size_t octets = 1 + below(largest);
      const int digits = static_cast<int>(below(4));
      body += chunk(octets, digits, below(20) == 0 ? ";a=b" : "");
    }
    body += below(2) == 0 ? "0\r\n\r\nGET" : "0\r\nA: b\r\n\r\n";
    compare(body);
    compare(body, {.chunk_overhead = below(40)});
    compare(body, {.body = below(1000)});
    const std::size_t hole = below(static_cast<std::uint32_t>(body.size()));
    body.erase(hole, 1 + below(2));
    compare(body);
  }
}

TEST_CASE("a chunk line that was read and is passed again in part is asked for, not read past") {
  std::array<http::field_ref, 4> table;
  const http::context ctx{table};
  for (const string_view line : {"5\r\n", "5;x\r\n", "000000005\r\n"}) {
    http::body_decoder decoder = chunked();
    REQUIRE(decoder.decode(ctx, coax_test::guarded_copy(line)).hint == 1);
    for (std::size_t size = 0; size < line.size(); ++size) {
      CAPTURE(size);
      const http::piece p = decoder.decode(ctx, coax_test::guarded_copy(line.substr(0, size)));
      CHECK(p.st == status::need_more);
      CHECK(p.consumed == 0);
      CHECK(p.hint == line.size() - size);
    }
    const http::piece p = decoder.decode(ctx, coax_test::guarded_copy(std::string(line) + "hello"));
    CHECK(p.data == "hello");
    CHECK(p.consumed == line.size() + 5);
  }
}
