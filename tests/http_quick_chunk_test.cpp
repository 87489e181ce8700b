// The quick path for chunks against the decoder by itself: the same body, whole and octet by octet, gives the
// same in every respect.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

result decode(string_view body, const http::limits &lim, std::size_t piece,
              std::size_t max_data = coax::no_cap) {
  std::array<http::field_ref, 4> table;
  const http::leniency len;
  http::framing chunked;
  chunked.kind = http::body_kind::chunked;
  http::body_decoder decoder(chunked, coax::role::client);
  result out;
  for (std::size_t end = std::min(piece, body.size());;) {
    const string_view in = coax_test::guarded_copy(body.substr(out.at, end - out.at));
    const http::piece p = decoder.decode({table, lim, len}, in, max_data);
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
}

std::string chunk(string_view size, std::size_t octets, string_view extension = {}) {
  return std::string(size) + std::string(extension) + "\r\n" + std::string(octets, 'd') + "\r\n";
}

const std::vector<std::string> &bodies() {
  static const std::vector<std::string> all = {
      chunk("5", 5) + chunk("10", 16) + "0\r\n\r\n",
      chunk("0000000C", 12) + chunk("a", 10, ";x=y") + chunk("A", 10) + "0\r\nT: u\r\n\r\nGET /",
      chunk("000000001", 1) + chunk("1", 1) + chunk("1", 1) + chunk("12", 18) + "000\r\n\r\n",
      chunk("fF", 255) + chunk("1", 1, " ; a") + chunk("1", 1) + "0;z\r\n\r\n",
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
  }
  std::string small;
  for (int i = 0; i < 40; ++i) small += chunk("00000001", 1); // ten octets of overhead for each of payload
  for (std::uint32_t n = 0; n < 120; ++n) compare(small, {.chunk_overhead = n});
}

TEST_CASE("the quick path for chunks goes on wherever the input was cut") {
  for (const std::string &body : bodies()) {
    const result alone = decode(body, {}, 1);
    for (std::size_t piece = 2; piece < body.size(); ++piece) REQUIRE(decode(body, {}, piece) == alone);
  }
}
