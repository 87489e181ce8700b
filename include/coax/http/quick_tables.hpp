// The tables that the kernels for heads look things up in.
#pragma once

#include "../core/ascii.hpp"
#include "field_id.hpp"
#include "method.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// A class of octets below 0x80, for a lookup by both halves of an octet: the column of a lower half has one
/// bit for each upper half with which it makes a member.
struct class_columns {
  unsigned char of[16] = {};

  constexpr explicit class_columns(ascii::char_set set) noexcept {
    for (unsigned c = 0; c < 128; ++c)
      if (ascii::is(static_cast<char>(c), set))
        of[c & 15] = static_cast<unsigned char>(of[c & 15] | 1u << (c >> 4));
  }
};
inline constexpr class_columns token_columns{ascii::tchar};
inline constexpr class_columns query_columns{ascii::query};
inline constexpr class_columns host_name_columns{ascii::unreserved};

/// What the kernels compare with, 32 octets of each.
struct class_constant_table {
  char one[32] = {};
  char bound[32] = {};    // one more than the first plain octet
  char low_half[32] = {}; // the bits of an octet's lower half
  char rows[32] = {};     // the bit that an upper half has in a column; above 7 none
  char token[32] = {};    // token_columns

  constexpr class_constant_table() noexcept {
    for (unsigned i = 0; i < 32; ++i) {
      one[i] = 1;
      bound[i] = 0x21;
      low_half[i] = 0x0F;
      rows[i] = static_cast<char>(i % 16 < 8 ? 1 << i % 16 : 0);
      token[i] = static_cast<char>(token_columns.of[i % 16]);
    }
  }
};
alignas(32) inline constexpr class_constant_table class_constants;

/// A field that frames messages, and how its name, in lower case, is told from others of that size.
struct framing_name {
  std::uint64_t last = 0;  // the eight octets that it ends with, or fewer if it is shorter
  std::uint64_t mask = 0;  // which of these are the name's
  std::uint64_t first = 0; // the eight octets that a longer name begins with,
  char ninth = 0;          // and the next: the longest has 17
  field_id id = field_id::other;
  std::uint16_t set = 0; // framing_set::bits(), or the following

  static constexpr std::uint16_t nameless = 0x100; // for a name of no octets, which no field may have
};

/// The fields that frame messages, by the size of their names: no two have the same.
struct framing_name_table {
  framing_name of[18] = {};
  std::uint32_t letters[33] = {}; // a bit for the first letter, by its lower five bits

  constexpr framing_name_table() noexcept {
    letters[0] = ~std::uint32_t{0}; // so that a name of no octets is looked at as well
    of[0].set = framing_name::nameless;
    for (const auto &row : field_table) {
      if (to_framing_field(row.name) == field_id::other) continue;
      const std::size_t size = row.name.size();
      framing_name &name = of[size];
      for (std::size_t i = 0; i < size; ++i) {
        const auto octet = static_cast<std::uint64_t>(ascii::to_lower(row.name[i]));
        if (i == 0) letters[size] |= std::uint32_t{1} << (octet & 31);
        if (i == 8) name.ninth = static_cast<char>(octet);
        if (i < 8) name.first |= octet << 8 * i;
        if (i + 8 < size) continue;
        name.last |= octet << 8 * (i + 8 - size);
        name.mask |= std::uint64_t{0xFF} << 8 * (i + 8 - size);
      }
      name.id = row.id;
      name.set = framing_set{row.id}.bits();
    }
  }
};
inline constexpr framing_name_table framing_names;

inline constexpr std::uint64_t version_1_0 = 0x302E312F50545448; // "HTTP/1.0"
inline constexpr std::uint32_t version_begin = 0x54544820;       // " HTT"
inline constexpr std::uint64_t version_end = 0x0A0D302E312F5054; // "TP/1.0" CR LF
inline constexpr std::uint32_t get_sp = 0x20544547;              // "GET "

/// What a method tells, where head_ref has it in its second eight octets: where the target begins, the size
/// and the id.
constexpr std::uint64_t method_bits(method m) noexcept {
  const std::uint64_t size = name(m).size();
  return (size + 1) | size << 32 | static_cast<std::uint64_t>(m) << 40;
}
inline constexpr std::uint64_t get_method = method_bits(method::get);
inline constexpr std::size_t longest_method = name(method::options).size(); // of those in the following table

/// The methods but CONNECT, whose target has a form of its own, by the octets that a request-line begins
/// with.
struct method_table {
  std::uint64_t octets[8] = {}, masks[8] = {}, bits[8] = {};

  constexpr method_table() noexcept {
    std::size_t i = 0;
    for (const method m : {method::post, method::head, method::put, method::get, method::delete_,
                           method::options, method::patch, method::trace}) {
      const std::string_view text = name(m);
      for (std::size_t at = 0; at <= text.size(); ++at) {
        octets[i] |= static_cast<std::uint64_t>(at < text.size() ? text[at] : ' ') << at * 8;
        masks[i] |= std::uint64_t{0xFF} << at * 8;
      }
      bits[i++] = method_bits(m);
    }
  }
};
inline constexpr method_table methods;

/// The method_bits() of the method that a request-line with these first eight octets has; 0 if not known.
inline std::uint64_t known_method(std::uint64_t first) noexcept {
  for (std::size_t i = 0; i < 8; ++i)
    if ((first & methods.masks[i]) == methods.octets[i]) return methods.bits[i];
  return 0;
}

} // namespace coax::inline v0_1::http::detail
