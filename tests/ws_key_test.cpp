// Sec-WebSocket-Key and Sec-WebSocket-Accept.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/sha1.hpp"

#include <coax/websocket/key.hpp>
#if defined(COAX_TESTS_OPENSSL)
#include <coax/openssl/sha1.hpp>
#endif

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace ws = coax::websocket;
using std::string_view;

constexpr ws::key_text key_of(string_view text) {
  ws::key_text out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = text[i];
  return out;
}
constexpr bool answers(string_view key, string_view accept) {
  const ws::accept_text made = ws::make_accept(key_of(key), coax_test::sha1{});
  return string_view(made.data(), made.size()) == accept;
}
std::string text(const ws::key_text &key) { return {key.data(), key.size()}; }

std::string hex(const std::array<char, 20> &digest) {
  std::string out;
  for (const char c : digest)
    for (const unsigned half : {static_cast<unsigned char>(c) / 16u, static_cast<unsigned char>(c) % 16u})
      out += "0123456789abcdef"[half];
  return out;
}

} // namespace

TEST_CASE("makes a key of 16 octets", "[WS-026]") {
  constexpr ws::nonce counting = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  static_assert(ws::make_key(counting) == key_of("AQIDBAUGBwgJCgsMDQ4PEA=="));
  CHECK(text(ws::make_key(counting)) == "AQIDBAUGBwgJCgsMDQ4PEA==");
  CHECK(text(ws::make_key({})) == "AAAAAAAAAAAAAAAAAAAAAA==");
  ws::nonce ones;
  ones.fill('\xFF');
  CHECK(text(ws::make_key(ones)) == "/////////////////////w==");
  ws::nonce other = counting;
  for (std::size_t i = 0; i < other.size(); ++i) { // every octet counts
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK(ws::make_key(other) != ws::make_key(counting));
    CHECK(ws::is_key(text(ws::make_key(other))));
    other = counting;
  }
}

TEST_CASE("answers a key as it was received", "[WS-081][WS-043]") {
  static_assert(answers("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  static_assert(answers("AQIDBAUGBwgJCgsMDQ4PEA==", "C/0nmHhBztSRGR1CwL6Tf4ZjwpY="));
  static_assert(answers("AQIDBAUGBwgJCgsMDQ4PEC==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM="));
  CHECK_FALSE(answers("dGhlIHNhbXBsZSBub25jZQ==", "BXhwxM0SZasKmCD9S4BfpPmCnEw="));
}

TEST_CASE("knows a key by its form, whatever its last digit's spare bits are", "[WS-063]") {
  static_assert(ws::is_key("dGhlIHNhbXBsZSBub25jZQ=="));
  static_assert(ws::is_key("AQIDBAUGBwgJCgsMDQ4PEC=="));
  const std::string good = "dGhlIHNhbXBsZSBub25jZQ==";
  for (std::size_t size = 0; size < good.size(); ++size) {
    coax_test::guarded block(size);
    const auto placed = block.place(good.substr(0, size));
    CHECK_FALSE(ws::is_key({placed.data(), placed.size()}));
  }
  for (const string_view bad :
       {"abcd", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQ== ",
        "dGhlIHNhbXBsZSBub25jZQQ=", "dGhlIHNhbXBsZSBub25jZQQQ", "dGhlIHNhbXBsZSBub25jZQ==dGhl",
        "=GhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ=a"})
    CHECK_FALSE(ws::is_key(bad));
  const string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned octet = 0; octet < 256; ++octet) {
      std::string key = good;
      key[at] = static_cast<char>(octet);
      const bool want = at < 22 ? digits.find(key[at]) != string_view::npos : octet == '=';
      if (ws::is_key(key) != want) {
        CAPTURE(at, octet);
        CHECK(ws::is_key(key) == want);
      }
    }
}

TEST_CASE("makes no answer of a SHA-1 that could not be computed", "[WS-081]") {
  const auto broken = [](std::span<const char>) noexcept { return std::array<char, 20>{}; };
  CHECK(ws::make_accept(key_of("dGhlIHNhbXBsZSBub25jZQ=="), broken) == ws::accept_text{});
}

TEST_CASE("hands the key and the GUID to the hash, once", "[WS-081]") {
  std::string seen;
  auto hash = [&](std::span<const char> in) noexcept {
    seen.append(in.data(), in.size());
    return std::array<char, 20>{1};
  };
  (void)ws::make_accept(key_of("dGhlIHNhbXBsZSBub25jZQ=="), hash);
  CHECK(seen == "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
}

TEST_CASE("the tests' SHA-1 is SHA-1", "[WS-081]") {
  const auto of = [](string_view text) {
    return hex(coax_test::sha1{}(std::span(text.data(), text.size())));
  };
  CHECK(of("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(of("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

#if defined(COAX_TESTS_OPENSSL)
TEST_CASE("OpenSSL computes the same SHA-1, time and again", "[WS-081]") {
  coax::openssl::sha1 hash;
  coax::openssl::provided_sha1 provided;
  REQUIRE(hash);
  REQUIRE(provided);
  std::string message;
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string expected = hex(coax_test::sha1{}(message));
    const string_view at_the_end = coax_test::guarded_copy(message);
    CHECK(hex(hash(at_the_end)) == expected);
    CHECK(hex(provided(at_the_end)) == expected);
    message += static_cast<char>(size * 7);
  }
  CHECK(hash(std::span<const char>()) == coax_test::sha1{}(std::span<const char>()));
  CHECK(ws::make_accept(key_of("dGhlIHNhbXBsZSBub25jZQ=="), hash) ==
        ws::make_accept(key_of("dGhlIHNhbXBsZSBub25jZQ=="), coax_test::sha1{}));
}

TEST_CASE("what holds OpenSSL's context moves with it", "[WS-081]") {
  coax::openssl::provided_sha1 hash;
  REQUIRE(hash);
  const std::string message = "abc";
  const std::string expected = hex(coax_test::sha1{}(message));
  coax::openssl::provided_sha1 moved(std::move(hash));
  CHECK(hex(moved(message)) == expected);
  CHECK_FALSE(hash);                              // NOLINT: what is left computes nothing
  CHECK(hash(message) == std::array<char, 20>{}); // NOLINT
  hash = std::move(moved);
  CHECK(hex(hash(message)) == expected);
}
#endif
