// The boundary of a multipart body (RFC 2046 §5.1.1).
#pragma once

#include "../core/ascii.hpp"
#include "errc.hpp"
#include "limits.hpp"
#include "media_type.hpp"
#include "parsed.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::values {

/// A boundary: 1 to 70 characters, held as a copy, so that the state of a reader needs no pointer. Empty, and
/// of no use, if it was made by default.
class boundary {
public:
  static constexpr std::size_t max_size = 70;

  constexpr boundary() noexcept = default;

  /// The characters, without the two hyphens that stand before it in the body. Lives as long as this object.
  constexpr std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }

  friend constexpr bool operator==(const boundary &a, const boundary &b) noexcept {
    return a.view() == b.view();
  }

private:
  friend constexpr parsed<boundary> make_boundary(std::string_view text) noexcept;
  friend constexpr parsed<boundary> parse_boundary(std::string_view content_type, const limits &lim) noexcept;

  constexpr bool append(char c) noexcept {
    const bool letter_or_digit = ascii::is(c, ascii::alpha | ascii::digit);
    if (size_ == max_size || !(letter_or_digit || is_mark(c))) return false;
    bytes_[size_++] = c;
    return true;
  }
  /// bcharsnospace besides letters and digits, and the space.
  static constexpr bool is_mark(char c) noexcept {
    return std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  }

  std::array<char, max_size> bytes_{};
  std::uint8_t size_ = 0;
};
static_assert(std::is_trivially_copyable_v<boundary> && sizeof(boundary) == 71);

/// Makes a boundary of its characters.
///
///     boundary = 0*69( bcharsnospace / SP ) bcharsnospace
///
/// Errors: malformed (a character outside the set, the 71st character, a space at the end), empty.
constexpr parsed<boundary> make_boundary(std::string_view text) noexcept {
  parsed<boundary> out;
  if (text.empty()) return {errc::empty, 0, {}};
  for (; out.at < text.size(); ++out.at)
    if (!out.value.append(text[out.at])) return {errc::malformed, out.at, {}};
  if (text.back() == ' ') return {errc::malformed, text.size() - 1, {}};
  out.at = 0;
  return out;
}

/// Finds the boundary in the value of Content-Type, a multipart type of whatever subtype. The parameter may
/// be a token or a quoted-string.
///
/// Errors: malformed (no media type, another type than multipart, no boundary, or a byte that may not stand
/// where it does), empty, duplicate (a parameter that occurs twice), too_many (limits::parameters).
constexpr parsed<boundary> parse_boundary(std::string_view content_type,
                                          const limits &lim = default_limits) noexcept {
  const parsed<media_type> type = parse_media_type(content_type, lim);
  if (!type) return {type.ec, type.at, {}};
  if (!ascii::iequals(type->type, "multipart")) return {errc::malformed, 0, {}};
  const found_parameter found = type->parameter_named("boundary", lim);
  if (!found.present) return {errc::malformed, content_type.size(), {}};

  const auto offset = static_cast<std::size_t>(found.value.data() - content_type.data());
  const bool quoted = found.value.front() == '"';
  std::size_t i = quoted ? 1 : 0;
  const std::size_t end = found.value.size() - i;
  parsed<boundary> out;
  for (; i < end; ++i) {
    if (quoted && found.value[i] == '\\') ++i; // quoted-pair, RFC 9110 §5.6.4
    if (!out.value.append(found.value[i])) return {errc::malformed, offset + i, {}};
  }
  if (out.value.empty()) return {errc::empty, offset + i, {}};
  if (out.value.view().back() == ' ') return {errc::malformed, offset + i - 1, {}};
  return out;
}

/// Finds out whether data may be sent between delimiters with a certain boundary: none of its lines may begin
/// with the delimiter (RFC 2046 §5.1.1). A CR or LF alone counts as the end of a line too, as some recipients
/// take it so.
///
///     boundary_check check(b);
///     check.add(piece) for each piece of the data, in order
///     if (!check.ok()) ... // choose another boundary
class boundary_check {
public:
  constexpr explicit boundary_check(const boundary &b) noexcept : boundary_(b) {}

  /// Looks at the next piece of the data. Answers ok(). Linear in the piece's size.
  constexpr bool add(std::string_view piece) noexcept {
    for (std::size_t i = 0; i < piece.size() && ok_; ++i) {
      const char c = piece[i];
      COAX_COUNT_WORK(1);
      if (c == '\r' || c == '\n')
        matched_ = 0; // a line begins behind it
      else if (matched_ != elsewhere)
        matched_ = c == expected() ? static_cast<std::uint8_t>(matched_ + 1) : elsewhere;
      ok_ = matched_ != boundary_.size() + 2;
      // The rest of a line is of no interest.
      if (matched_ == elsewhere) i = std::min(piece.find_first_of("\r\n", i), piece.size()) - 1;
    }
    return ok_;
  }

  /// Whether no line so far begins with the delimiter.
  constexpr bool ok() const noexcept { return ok_; }

private:
  static constexpr std::uint8_t elsewhere = 255;
  constexpr char expected() const noexcept { return matched_ < 2 ? '-' : boundary_.view()[matched_ - 2u]; }

  boundary boundary_;
  std::uint8_t matched_ = 0; // bytes of the delimiter that the line begins with, or elsewhere
  bool ok_ = true;
};

} // namespace coax::inline v0_1::values
