// Finding the first byte that does not belong: the loops that every parser's time goes into.
#pragma once

#include "ascii.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1 {

/// The first offset from `from` on whose byte is outside `set`; `in.size()` if there is none.
constexpr std::size_t find_outside(std::string_view in, std::size_t from, ascii::char_set set) noexcept {
  while (from < in.size() && ascii::is(in[from], set)) ++from;
  return from;
}

/// The same for ascii::field_text, eight bytes at a time.
constexpr std::size_t find_outside_field_text(std::string_view in, std::size_t from) noexcept {
  if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    constexpr std::uint64_t highs = 0x8080808080808080u;
    while (from + 8 <= in.size()) {
      COAX_COUNT_WORK(8);
      std::uint64_t word;
      std::memcpy(&word, in.data() + from, 8);
      const std::uint64_t is_control = (word - ones * 0x20) & ~word;
      const std::uint64_t not_delete = word ^ (ones * 0x7F);
      const std::uint64_t is_delete = (not_delete - ones) & ~not_delete;
      // Borrows can only mark bytes above a true hit, so the lowest mark is exact.
      const std::uint64_t hits = (is_control | is_delete) & highs;
      if (hits == 0) {
        from += 8;
        continue;
      }
      from += static_cast<std::size_t>(std::countr_zero(hits)) >> 3;
      if (in[from] != '\t') return from;
      ++from;
    }
  }
  return find_outside(in, from, ascii::field_text);
}

} // namespace coax::inline v0_1
