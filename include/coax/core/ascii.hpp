// Character classes of the HTTP and URI grammars, as one table of bit sets.
#pragma once

#include "../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::ascii {

/// A set of bytes: one bit of the table, or several of them joined with `|`.
using char_set = std::uint32_t;

inline constexpr char_set alpha = 1u << 0;       // RFC 5234 B.1
inline constexpr char_set digit = 1u << 1;       // RFC 5234 B.1
inline constexpr char_set hexdig = 1u << 2;      // RFC 5234 B.1, either case
inline constexpr char_set blank = 1u << 3;       // SP / HTAB: the bytes of OWS, RFC 9110 §5.6.3
inline constexpr char_set tchar = 1u << 4;       // RFC 9110 §5.6.2
inline constexpr char_set field_text = 1u << 5;  // field-vchar / SP / HTAB, RFC 9110 §5.5
inline constexpr char_set qdtext = 1u << 6;      // RFC 9110 §5.6.4
inline constexpr char_set unreserved = 1u << 7;  // RFC 3986 §2.3
inline constexpr char_set sub_delims = 1u << 8;  // RFC 3986 §2.2
inline constexpr char_set percent = 1u << 9;     // the "%" of pct-encoded, RFC 3986 §2.1
inline constexpr char_set pchar_mark = 1u << 10; // ":" / "@", which pchar adds, RFC 3986 §3.3
inline constexpr char_set slash = 1u << 11;
inline constexpr char_set question = 1u << 12;
inline constexpr char_set scheme = 1u << 13;          // after its first letter, RFC 3986 §3.1
inline constexpr char_set browser_path = 1u << 14;    // sent raw in paths by browsers: [ ] |
inline constexpr char_set browser_query = 1u << 15;   // sent raw in queries by browsers: [ ] \ ^ ` { | }
inline constexpr char_set visible_no_hash = 1u << 16; // VCHAR except "#"
inline constexpr char_set tchar_no_underscore = 1u << 17;
inline constexpr char_set authority = 1u << 18; // all but / ? #, which end one, RFC 3986 §3.2

inline constexpr char_set reg_name = unreserved | sub_delims; // besides pct-encoded, RFC 3986 §3.2.2
inline constexpr char_set path = unreserved | sub_delims | pchar_mark | slash;
inline constexpr char_set query = path | question;

namespace detail {

constexpr bool in(char c, std::string_view set) noexcept { return set.find(c) != std::string_view::npos; }

constexpr std::array<char_set, 256> make_table() noexcept {
  std::array<char_set, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    const char c = static_cast<char>(static_cast<unsigned char>(i));
    const bool is_alpha = (i >= 'A' && i <= 'Z') || (i >= 'a' && i <= 'z');
    const bool is_digit = i >= '0' && i <= '9';
    const bool is_visible = i > 0x20 && i < 0x7F;
    const bool is_obs_text = i >= 0x80;
    char_set bits = 0;
    if (is_alpha) bits |= alpha;
    if (is_digit) bits |= digit;
    if (is_digit || (i >= 'A' && i <= 'F') || (i >= 'a' && i <= 'f')) bits |= hexdig;
    if (i == ' ' || i == '\t') bits |= blank;
    if (is_alpha || is_digit || (is_visible && in(c, "!#$%&'*+-.^_`|~"))) bits |= tchar;
    if (is_visible || is_obs_text || i == ' ' || i == '\t') bits |= field_text;
    if ((is_visible || is_obs_text || i == ' ' || i == '\t') && c != '"' && c != '\\') bits |= qdtext;
    if (is_alpha || is_digit || (is_visible && in(c, "-._~"))) bits |= unreserved;
    if (is_visible && in(c, "!$&'()*+,;=")) bits |= sub_delims;
    if (c == '%') bits |= percent;
    if (c == ':' || c == '@') bits |= pchar_mark;
    if (c == '/') bits |= slash;
    if (c == '?') bits |= question;
    if (is_alpha || is_digit || (is_visible && in(c, "+-."))) bits |= scheme;
    if (is_visible && in(c, "[]|")) bits |= browser_path;
    if (is_visible && in(c, "[]\\^`{|}")) bits |= browser_query;
    if (is_visible && c != '#') bits |= visible_no_hash;
    if ((bits & tchar) != 0 && c != '_') bits |= tchar_no_underscore;
    if (!in(c, "/?#")) bits |= authority;
    table[i] = bits;
  }
  return table;
}

inline constexpr std::array<char_set, 256> table = make_table();

} // namespace detail

/// Whether `c` belongs to `set`.
constexpr bool is(char c, char_set set) noexcept {
  COAX_COUNT_WORK(1);
  return (detail::table[static_cast<unsigned char>(c)] & set) != 0;
}

/// ASCII letters only: no locale, no Unicode folding (RFC 9110 §5.1).
constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

namespace detail {

/// Whether eight bytes of `a` and `b` are equal, letters compared without case.
constexpr bool iequals(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  const std::uint64_t differ = a ^ b;
  if (differ == 0) return true;
  if ((differ & ~(ones * 0x20)) != 0) return false;
  // The top bit of each byte whose seven lower ones, with bit 5 set, are those of a letter.
  const std::uint64_t low = (a | ones * 0x20) & ones * 0x7F;
  const std::uint64_t letters = (low + ones * (0x80 - 'a')) & ~(low + ones * (0x7F - 'z')) & ~a;
  return (differ << 2 & ~letters & ones * 0x80) == 0;
}

/// The same for the bytes of two texts that begin at `at`; as many as an integer has.
template <class Integer> bool iequals_at(const char *a, const char *b, std::size_t at) noexcept {
  Integer left, right;
  std::memcpy(&left, a + at, sizeof(Integer));
  std::memcpy(&right, b + at, sizeof(Integer));
  return iequals(std::uint64_t{left}, std::uint64_t{right});
}

} // namespace detail

namespace detail {

/// The same for two texts of one size.
constexpr bool iequals(const char *a, const char *b, std::size_t size) noexcept {
  if (!std::is_constant_evaluated() && size >= 4) {
    if (size < 8) return iequals_at<std::uint32_t>(a, b, 0) && iequals_at<std::uint32_t>(a, b, size - 4);
    for (std::size_t at = 0; at < size - 8; at += 8)
      if (!iequals_at<std::uint64_t>(a, b, at)) return false;
    return iequals_at<std::uint64_t>(a, b, size - 8);
  }
  for (std::size_t i = 0; i < size; ++i)
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  return true;
}

} // namespace detail

/// Whether two texts are equal, letters compared without case. Linear in their length.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && detail::iequals(a.data(), b.data(), a.size()); // most differ in size
}

/// `text` without the SP and HTAB at both ends: OWS of RFC 9110 §5.6.3, and nothing else (no VT, FF, NBSP).
constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is(text.front(), blank)) text.remove_prefix(1);
  while (!text.empty() && is(text.back(), blank)) text.remove_suffix(1);
  return text;
}

/// Whether `text` is a token: one or more tchar (RFC 9110 §5.6.2).
constexpr bool is_token(std::string_view text) noexcept {
  for (char c : text)
    if (!is(c, tchar)) return false;
  return !text.empty();
}

} // namespace coax::inline v0_1::ascii
