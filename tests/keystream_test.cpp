// Randomness that is expanded: the keystream of ChaCha20, whose keys do not stay.
#include "support/catch.hpp"

#include <coax/interop/keystream.hpp>
#include <coax/interop/system_entropy.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

using namespace coax::websocket;
using coax::interop::keystream;

namespace {

/// Zeros, or failures; counts how often it is asked.
struct zeros {
  std::size_t *asked = nullptr;
  const bool *fails = nullptr;
  bool fill(std::span<char> out) noexcept {
    ++*asked;
    for (char &c : out) c = 0;
    return !*fails;
  }
};

struct source {
  std::size_t asked = 0;
  bool fails = false;
  zeros get() { return {&asked, &fails}; }
};

template <class E> std::string draw(E &from, std::size_t size) {
  std::string out(size, '~');
  REQUIRE(from.fill(out));
  return out;
}

std::string from_hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

/// RFC 8439, §2.3, word by word, with a nonce of zeros.
std::array<std::uint32_t, 16> block(const std::uint32_t (&key)[8], std::uint32_t number) {
  const std::array<std::uint32_t, 16> start = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
                                               key[2],     key[3],     key[4],     key[5],     key[6], key[7],
                                               number,     0,          0,          0};
  std::array<std::uint32_t, 16> x = start;
  const auto step = [&x](std::size_t to, std::size_t add, std::size_t turned, int bits) {
    x[to] += x[add];
    x[turned] = std::rotl(x[turned] ^ x[to], bits);
  };
  const auto quarter = [&](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    step(a, b, d, 16);
    step(c, d, b, 12);
    step(a, b, d, 8);
    step(c, d, b, 7);
  };
  for (int round = 0; round < 20; round += 2) {
    for (std::size_t i = 0; i < 4; ++i) quarter(i, 4 + i, 8 + i, 12 + i);
    for (std::size_t i = 0; i < 4; ++i) quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  for (std::size_t i = 0; i < 16; ++i) x[i] += start[i];
  return x;
}

/// RFC 8439, appendix A.1, test vectors 1 and 2: what a key of zeros gives. The first 32 octets are the next
/// key.
const std::string next_key = from_hex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7");
const std::string stream = from_hex("da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
                                    "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
                                    "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");

} // namespace

TEST_CASE("a keystream is that of ChaCha20, but for the first octets, which are the next key", "[WS-212]") {
  source from;
  for (std::size_t size = 0; size <= stream.size(); ++size) {
    keystream random(from.get());
    CHECK(draw(random, size) == stream.substr(0, size));
  }
  keystream random(from.get());
  CHECK(draw(random, 5000).substr(0, stream.size()) == stream);
}

TEST_CASE("blocks that are made at once are those that are made one by one", "[WS-212]") {
  std::uint32_t key[8] = {}, blocks[coax::interop::detail::most_words];
  std::uint32_t state = 1;
  bool right = true;
  for (const std::uint32_t first : {0u, 1u, 8u, 1000u, 0xFFFF'FFFDu})
    for (int i = 0; i < 20; ++i) {
      for (std::uint32_t &word : key) word = state = state * 1664525 + 1013904223;
      const std::size_t made = coax::interop::detail::chacha20_blocks(key, first, blocks);
      CHECK((made == 1 || made == 4 || made == 8));
      for (std::size_t n = 0; n < made; ++n) {
        const auto one = block(key, first + static_cast<std::uint32_t>(n));
        right = right && std::equal(one.begin(), one.end(), blocks + 16 * n);
      }
    }
  CHECK(right);
}

TEST_CASE("a keystream replaces its key with each call, and keeps nothing of what it handed out",
          "[WS-212]") {
  source from;
  keystream random(from.get());
  std::string octets(sizeof random, '\0');
  const std::string first = draw(random, 96);
  std::memcpy(octets.data(), static_cast<const void *>(&random), sizeof random);
  CHECK(octets.find(next_key) != std::string::npos);
  CHECK(octets.find(first.substr(0, 8)) == std::string::npos);
  CHECK(draw(random, 96) != first);
  std::memcpy(octets.data(), static_cast<const void *>(&random), sizeof random);
  CHECK(octets.find(next_key) == std::string::npos);
  CHECK(from.asked == 1);
  random.discard();
  std::memcpy(octets.data(), static_cast<const void *>(&random), sizeof random);
  CHECK(octets.find(std::string(32, '\0')) != std::string::npos);
  CHECK(draw(random, 96) == first); // from a source of zeros once more
  CHECK(from.asked == 2);
}

TEST_CASE("a keystream draws a new key when it is due, and fails when there is none", "[WS-212]") {
  source from;
  keystream<zeros, 3> random(from.get());
  from.fails = true;
  char octet = '~';
  CHECK_FALSE(random.fill({&octet, 1}));
  CHECK(octet == '~');
  from.fails = false;
  for (int i = 0; i < 3; ++i) CHECK(random.fill({&octet, 1}));
  CHECK(from.asked == 2);
  from.fails = true;
  CHECK_FALSE(random.fill({&octet, 1}));
  from.fails = false;
  CHECK(random.fill({&octet, 1}));
  CHECK(from.asked == 4);
}

TEST_CASE("what is buffered of a keystream is discarded with its key, as a process that forks needs it",
          "[WS-212]") {
  source from;
  buffered_entropy<keystream<zeros>, 64> random{keystream(from.get())};
  const std::string first = draw(random, 4);
  CHECK(first == stream.substr(0, 4));
  random.discard();
  CHECK(draw(random, 4) == first); // a key was drawn: from zeros, the same again
  CHECK(from.asked == 2);
}

TEST_CASE("the system's entropy is the system's source, expanded", "[WS-212]") {
  static_assert(std::is_same_v<coax::interop::system_entropy,
                               buffered_entropy<keystream<coax::interop::system_source>, 992>>);
  coax::interop::system_entropy one, two;
  CHECK(draw(one, 32) != draw(two, 32));
}
