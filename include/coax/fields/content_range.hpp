// Content-Range: which part of a representation a response or a body part holds (RFC 9110 §14.4).
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "../core/number.hpp"
#include "errc.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// The value of Content-Range, in bytes.
struct content_range {
  std::uint64_t first = 0;  ///< without meaning if `unsatisfied`
  std::uint64_t last = 0;   ///< the last byte's position: it belongs to the range
  std::uint64_t length = 0; ///< of the whole representation, if `has_length`
  bool has_length = false;  ///< false for the length `*`
  bool unsatisfied = false; ///< the form `*/length`, which belongs to a 416

  /// Bytes in the range; 0 if there is none. Cannot overflow for a value that was parsed.
  constexpr std::uint64_t size() const noexcept { return unsatisfied ? 0 : last - first + 1; }

  friend constexpr bool operator==(const content_range &, const content_range &) noexcept = default;
};

namespace detail {

/// Reads 1*DIGIT at text[at] and moves `at` behind it. On failure `at` is at the offending byte.
constexpr errc take_number(std::string_view text, std::size_t &at, std::uint64_t &out) noexcept {
  std::size_t end = at;
  while (end < text.size() && ascii::is(text[end], ascii::digit)) ++end;
  if (end == at) return errc::malformed;
  const parsed_number n = parse_decimal(text.substr(at, end - at));
  if (!n.ok) {
    at += n.at;
    return errc::out_of_range;
  }
  at = end;
  out = n.value;
  return errc::ok;
}

constexpr bool take_char(std::string_view text, std::size_t &at, char c) noexcept {
  if (at == text.size() || text[at] != c) return false;
  ++at;
  return true;
}

constexpr errc take_content_range(std::string_view text, std::size_t &at, content_range &out) noexcept {
  while (at < text.size() && ascii::is(text[at], ascii::tchar)) ++at;
  if (at == 0 || at == text.size() || text[at] != ' ') return errc::malformed;
  if (!ascii::iequals(text.substr(0, at), "bytes")) {
    at = 0;
    return errc::unknown_unit;
  }
  ++at;
  if (take_char(text, at, '*')) {
    out.unsatisfied = true;
  } else {
    if (const errc ec = take_number(text, at, out.first); ec != errc::ok) return ec;
    if (!take_char(text, at, '-')) return errc::malformed;
    const std::size_t last = at;
    if (const errc ec = take_number(text, at, out.last); ec != errc::ok) return ec;
    // The whole range of positions has 2^64 bytes, which no number of bytes can tell.
    if (out.last < out.first || out.last - out.first == ~std::uint64_t{0}) {
      at = last;
      return errc::out_of_range;
    }
  }
  if (!take_char(text, at, '/')) return errc::malformed;
  if (!out.unsatisfied && take_char(text, at, '*')) return at == text.size() ? errc::ok : errc::malformed;
  const std::size_t length = at;
  if (const errc ec = take_number(text, at, out.length); ec != errc::ok) return ec;
  if (at != text.size()) return errc::malformed;
  out.has_length = true;
  if (!out.unsatisfied && out.length <= out.last) {
    at = length;
    return errc::out_of_range;
  }
  return errc::ok;
}

constexpr bool is_valid(const content_range &r) noexcept {
  if (r.unsatisfied) return r.has_length;
  return r.first <= r.last && r.last - r.first != ~std::uint64_t{0} && (!r.has_length || r.last < r.length);
}

constexpr void put(bounded_writer &w, const content_range &r) noexcept {
  w.put("bytes ");
  if (r.unsatisfied) {
    w.put('*');
  } else {
    w.put_decimal(r.first).put('-').put_decimal(r.last);
  }
  w.put('/');
  if (r.has_length)
    w.put_decimal(r.length);
  else
    w.put('*');
}

} // namespace detail

/// Reads a Content-Range.
///
///     Content-Range = range-unit SP ( first-pos "-" last-pos "/" ( length / "*" ) / "*/" length )
///
/// Errors: unknown_unit (any but bytes, compared without case), malformed, out_of_range (last < first,
/// length <= last, a number above 64 bits). An invalid Content-Range must not be used to combine anything.
constexpr parsed<content_range> parse_content_range(std::string_view text) noexcept {
  parsed<content_range> out;
  out.ec = detail::take_content_range(text, out.at, out.value);
  if (out.ec == errc::ok)
    out.at = 0;
  else
    out.value = {};
  return out;
}

/// Writes a Content-Range.
///
/// Errors: invalid_input (last < first, length <= last, `unsatisfied` without a length), buffer_too_small.
constexpr written<errc> write_content_range(const content_range &range, std::span<char> out) noexcept {
  if (!detail::is_valid(range)) return {errc::invalid_input, 0, 0};
  bounded_writer w(out);
  detail::put(w, range);
  return w.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
