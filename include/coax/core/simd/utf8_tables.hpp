// What two octets in a row tell about UTF-8: tables for byte shuffles.
#pragma once

#include "../../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::simd {

/// A way for two octets in a row to be wrong: all pairs whose first octet has one of these upper and one of
/// these lower halves, and whose second octet has one of these upper halves. Each member is a set of sixteen,
/// where bit 0 stands for the value 0.
struct utf8_rule {
  std::uint16_t first_high, first_low, second_high;
};

/// What UTF-8 forbids (RFC 3629 §3 and §4) but for continuations that are missing or too many behind the
/// second octet of a character. For those the last rule is half of the answer: two continuations in a row are
/// wrong unless a character of three or four octets began two or three octets before the second one, and then
/// they are a must.
inline constexpr std::array<utf8_rule, 8> utf8_rules{{
    {0xF000, 0xFFFF, 0xF0FF}, // C0 to FF, and no continuation
    {0x00FF, 0xFFFF, 0x0F00}, // ASCII, and a continuation
    {0x1000, 0x0003, 0x0F00}, // C0 and C1: overlong
    {0x4000, 0x0001, 0x0300}, // E0 80 to E0 9F: overlong
    {0x4000, 0x2000, 0x0C00}, // ED A0 to ED BF: surrogates
    {0x8000, 0xFFE1, 0x0100}, // F0 80 to F0 8F: overlong; F5 to FF: above U+10FFFF
    {0x8000, 0xFFF0, 0x0E00}, // F4 90 and above, F5 to FF: above U+10FFFF
    {0x0F00, 0xFFFF, 0x0F00}, // two continuations
}};

/// The rules with a half octet as index: bit i stands for utf8_rules[i]. A pair breaks the rules whose bits
/// are set in all three.
struct utf8_tables {
  alignas(16) unsigned char first_high[16]{};
  alignas(16) unsigned char first_low[16]{};
  alignas(16) unsigned char second_high[16]{};

  constexpr utf8_tables() noexcept {
    const auto bit = [](std::uint16_t set, std::size_t half, std::size_t rule) {
      return static_cast<unsigned char>((unsigned{set} >> half & 1u) << rule);
    };
    for (std::size_t rule = 0; rule < utf8_rules.size(); ++rule)
      for (std::size_t half = 0; half < 16; ++half) {
        first_high[half] |= bit(utf8_rules[rule].first_high, half, rule);
        first_low[half] |= bit(utf8_rules[rule].first_low, half, rule);
        second_high[half] |= bit(utf8_rules[rule].second_high, half, rule);
      }
  }
};
inline constexpr utf8_tables utf8{};

/// Where to look for what is wrong in text that is right up to `at`: at the character that lacks octets
/// there.
constexpr std::size_t begin_of_character(const char *text, std::size_t at) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    const auto c = static_cast<unsigned char>(text[at - back]);
    if (c >= 0xC0) return back < (c < 0xE0 ? 2u : c < 0xF0 ? 3u : 4u) ? at - back : at;
    if (c < 0x80) break;
  }
  return at;
}

} // namespace coax::inline v0_1::simd
