// Masks: any piece, any place, nothing beside it.
#include "support/catch.hpp"

#include <coax/websocket/mask.hpp>

#include "support/guarded.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax::websocket;
using namespace std::string_literals;

namespace {

char byte(unsigned i) { return static_cast<char>(static_cast<unsigned char>(i)); }

constexpr mask_key sample_key{{'\x37', '\xfa', '\x21', '\x3d'}};

/// RFC 6455 §5.3, word for word: octet i of the payload XOR octet i MOD 4 of the key.
std::string masked(std::string_view text, mask_key key, std::uint64_t offset = 0) {
  std::string out;
  for (std::uint64_t i = 0; i < text.size(); ++i)
    out += byte(static_cast<unsigned char>(text[static_cast<std::size_t>(i)]) ^
                static_cast<unsigned char>(key.bytes[static_cast<std::size_t>((offset + i) % 4)]));
  return out;
}

std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::string out;
  for (; out.size() < size; seed = seed * 1664525 + 1013904223) out += byte(seed >> 24);
  return out;
}

std::string_view view(std::span<const char> s) { return {s.data(), s.size()}; }

constexpr std::array<char, 5> hello() {
  std::array<char, 5> text{'\x7f', '\x9f', '\x4d', '\x51', '\x58'};
  apply_mask(std::span<char>(text).first(2), sample_key);
  apply_mask(std::span<char>(text).subspan(2), sample_key, 2);
  std::array<char, 5> copy{};
  if (apply_mask({text.data(), 5}, copy, sample_key, 7) != 5) return {};
  apply_mask(copy, sample_key, 3); // 7 and 3 are the same phase
  return copy;
}
static_assert(hello() == std::array<char, 5>{'H', 'e', 'l', 'l', 'o'});

} // namespace

TEST_CASE("unmasks the example of the RFC, whole and cut everywhere", "[WS-125]") {
  for (std::size_t cut = 0; cut <= 5; ++cut) {
    std::string text = "\x7f\x9f\x4d\x51\x58";
    apply_mask(std::span<char>(text).first(cut), sample_key);
    apply_mask(std::span<char>(text).subspan(cut), sample_key, cut);
    CHECK(text == "Hello");
  }
  std::string text = "hi";
  apply_mask(text, mask_key{});
  CHECK(text == "hi");
}

TEST_CASE("masks every size at every phase and every alignment as the RFC's formula does, and nothing beside",
          "[WS-125][WS-131]") {
  const std::string text = noise(256);
  std::vector<std::uint64_t> offsets = {0xFFFF'FFFF, 0x1'0000'0000, 0x7FFF'FFFF'FFFF'FFFE, ~std::uint64_t{0}};
  for (std::uint64_t i = 0; i < 16; ++i) offsets.push_back(i);
  alignas(64) std::array<char, 256> memory{}, source{};
  std::uint64_t failures = 0;
  for (std::size_t at = 0; at < 32; ++at)
    for (std::size_t size = 0; size <= 100; ++size)
      for (const std::uint64_t offset : offsets) {
        const std::string expected =
            text.substr(0, at) + masked(text.substr(at, size), sample_key, offset) + text.substr(at + size);
        std::copy(text.begin(), text.end(), memory.begin());
        apply_mask(std::span(memory).subspan(at, size), sample_key, offset);
        if (view(memory) != expected) ++failures;
      }
  CHECK(failures == 0);

  // and while copying, source and target aligned differently
  for (std::size_t from = 0; from < 9; ++from)
    for (std::size_t to = 0; to < 9; ++to)
      for (std::size_t size = 0; size <= 100; ++size)
        for (std::uint64_t offset = 0; offset < 5; ++offset) {
          std::copy(text.begin(), text.end(), source.begin());
          memory.fill('~');
          const std::size_t done = apply_mask(view(source).substr(from, size),
                                              std::span(memory).subspan(to, size), sample_key, offset);
          const std::string expected = std::string(to, '~') +
                                       masked(text.substr(from, size), sample_key, offset) +
                                       std::string(256 - to - size, '~');
          if (done != size || view(memory) != expected || view(source) != text) ++failures;
        }
  CHECK(failures == 0);
}

TEST_CASE("touches no byte beside the span, in front or behind", "[WS-125]") {
  coax_test::guarded memory(128), other(128);
  const std::string text = noise(100, 7);
  std::uint64_t failures = 0;
  for (std::size_t size = 0; size <= 100; ++size)
    for (std::uint64_t offset = 0; offset < 4; ++offset) {
      const std::string plain = text.substr(0, size), expected = masked(plain, sample_key, offset);
      const auto behind = memory.place(plain);
      apply_mask(behind, sample_key, offset);
      if (view(behind) != expected) ++failures;
      const auto front = memory.place_first(plain);
      apply_mask(front, sample_key, offset);
      if (view(front) != expected) ++failures;
      for (const bool at_front : {true, false}) {
        const auto from = at_front ? memory.place_first(plain) : memory.place(plain);
        const auto to =
            at_front ? other.place(std::string(size, '~')) : other.place_first(std::string(size, '~'));
        if (apply_mask(view(from), to, sample_key, offset) != size || view(to) != expected ||
            view(from) != plain)
          ++failures;
      }
    }
  CHECK(failures == 0);
}

TEST_CASE("a payload cut at any two places is masked as the whole is", "[WS-125][WS-131]") {
  const std::string text = noise(64, 3), expected = masked(text, sample_key);
  std::uint64_t failures = 0;
  for (std::size_t a = 0; a <= text.size(); ++a)
    for (std::size_t b = a; b <= text.size(); ++b) {
      std::string pieces = text;
      const std::span<char> all(pieces);
      apply_mask(all.first(a), sample_key);
      apply_mask(all.subspan(a, b - a), sample_key, a);
      apply_mask(all.subspan(b), sample_key, b);
      if (pieces != expected) ++failures;
    }
  CHECK(failures == 0);
}

TEST_CASE("masking twice is as good as never, and each octet of the key counts", "[WS-125]") {
  const std::string text = noise(1000);
  std::string twice = text;
  apply_mask(twice, sample_key, 3);
  CHECK(twice == masked(text, sample_key, 3));
  apply_mask(twice, sample_key, 3);
  CHECK(twice == text);
  for (std::size_t place = 0; place < 4; ++place)
    for (unsigned value = 0; value < 256; ++value) {
      mask_key key;
      key.bytes[place] = byte(value);
      std::string zeros(21, '\0');
      apply_mask(zeros, key);
      REQUIRE(zeros == masked(std::string(21, '\0'), key));
    }
}

TEST_CASE("copies as much as there is room for, so that a payload goes through a small buffer",
          "[WS-125][WS-213]") {
  const std::string text = noise(1000), unchanged = text;
  std::string wire;
  std::array<char, 37> buffer;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t done = apply_mask(std::string_view(text).substr(at), buffer, sample_key, at);
    REQUIRE(done == std::min<std::size_t>(37, text.size() - at));
    wire.append(buffer.data(), done);
    at += done;
  }
  CHECK(wire == masked(text, sample_key));
  CHECK(text == unchanged);
  CHECK(apply_mask("abc", std::span<char>(), sample_key) == 0);
  CHECK(apply_mask("", buffer, sample_key) == 0);
  CHECK(apply_mask(std::string_view(), std::span<char>(), sample_key) == 0);
  // onto itself
  std::string same = text;
  CHECK(apply_mask(same, same, sample_key, 1) == 1000);
  CHECK(same == masked(text, sample_key, 1));
}
