// Quoted strings (RFC 9110 §5.6.4).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/scan.hpp"
#include "errc.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// What scan_quoted() found.
struct scanned {
  std::size_t size = 0; ///< of the quoted-string with both quotes; 0 if there is no valid one
  std::size_t bad =
      0; ///< when there is none: offset of the byte that spoils it (the text's size at an early end)
};

/// Measures the quoted-string that begins at offset `from` of `text`:
///
///     quoted-string = DQUOTE *( qdtext / "\" ( HTAB / SP / VCHAR / obs-text ) ) DQUOTE
///
/// What follows its closing quote is not looked at. `bad` counts from the start of `text`. Linear in `size`.
constexpr scanned scan_quoted(std::string_view text, std::size_t from = 0) noexcept {
  if (from >= text.size()) return {0, text.size()};
  if (text[from] != '"') return {0, from};
  for (std::size_t at = from + 1;; ++at) {
    at = find_outside(text, at, ascii::qdtext);
    if (at == text.size()) return {0, at};
    if (text[at] == '"') return {at + 1 - from, 0};
    if (text[at] != '\\') return {0, at};
    if (++at == text.size() || !ascii::is(text[at], ascii::field_text)) return {0, at};
  }
}

/// Whether `text` is one quoted-string and nothing else.
constexpr bool is_quoted(std::string_view text) noexcept {
  return !text.empty() && scan_quoted(text).size == text.size();
}

/// Whether `text` may stand between quotes, escaped: HTAB, SP, VCHAR and obs-text only. Empty text may.
constexpr bool is_quotable(std::string_view text) noexcept {
  return find_outside_field_text(text, 0) == text.size();
}

namespace detail {

/// The bytes that a token or a quoted-string stands for, one after the other.
class plain_bytes {
public:
  constexpr explicit plain_bytes(std::string_view written_form) noexcept
      : rest_(written_form), escapes_(is_quoted(written_form)), valid_(escapes_ || ascii::is_token(rest_)) {
    if (escapes_) rest_ = rest_.substr(1, rest_.size() - 2);
  }

  /// Whether it is a token or a quoted-string. If not, the bytes have no meaning.
  constexpr bool valid() const noexcept { return valid_; }

  constexpr bool next(char &c) noexcept {
    if (rest_.empty()) return false;
    if (escapes_ && rest_.front() == '\\') rest_.remove_prefix(1);
    c = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

private:
  std::string_view rest_;
  bool escapes_, valid_;
};

constexpr bool same_byte(char a, char b, bool any_case) noexcept {
  return a == b || (any_case && ascii::to_lower(a) == ascii::to_lower(b));
}

/// Whether a token or quoted-string stands for `plain`. False for text that is neither.
constexpr bool stands_for(std::string_view written_form, std::string_view plain, bool any_case) noexcept {
  plain_bytes bytes(written_form);
  std::size_t matched = 0;
  for (char c = 0; bytes.next(c); ++matched)
    if (matched == plain.size() || !same_byte(c, plain[matched], any_case)) return false;
  return bytes.valid() && matched == plain.size();
}

/// Whether two tokens or quoted-strings stand for the same. False for text that is neither.
constexpr bool stand_for_the_same(std::string_view a, std::string_view b, bool any_case) noexcept {
  plain_bytes left(a), right(b);
  if (!left.valid() || !right.valid()) return false;
  for (char c = 0, d = 0;;) {
    const bool more = left.next(c);
    if (more != right.next(d)) return false;
    if (!more) return true;
    if (!same_byte(c, d, any_case)) return false;
  }
}

} // namespace detail

/// Writes the value that `quoted` stands for: a token as it is, a quoted-string without its quotes and with
/// each backslash pair replaced by its second byte. The output is never longer than the input.
///
/// errc::malformed: `quoted` is neither of them. errc::buffer_too_small. `out` must not overlap `quoted`.
constexpr written<errc> unquote(std::string_view quoted, std::span<char> out) noexcept {
  detail::plain_bytes bytes(quoted);
  if (!bytes.valid()) return {errc::malformed, 0, 0};
  bounded_writer to(out);
  for (char c = 0; bytes.next(c);) to.put(c);
  return to.finish(errc::buffer_too_small);
}

/// Writes `value` as a quoted-string. Only DQUOTE and backslash get a backslash (RFC 9110 §5.6.4).
///
/// errc::invalid_input: `value` has a control character other than HTAB. errc::buffer_too_small.
constexpr written<errc> quote(std::string_view value, std::span<char> out) noexcept {
  if (!is_quotable(value)) return {errc::invalid_input, 0, 0};
  bounded_writer to(out);
  to.put('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') to.put('\\');
    to.put(c);
  }
  return to.put('"').finish(errc::buffer_too_small);
}

/// Writes `value` as it is if it is a token, and as quote() does otherwise: the shorter of the two forms that
/// a parameter's value may have.
constexpr written<errc> token_or_quoted(std::string_view value, std::span<char> out) noexcept {
  if (!ascii::is_token(value)) return quote(value, out);
  return bounded_writer(out).put(value).finish(errc::buffer_too_small);
}

/// Whether a token or quoted-string, as written, has the value `plain`, which is compared byte by byte and
/// without a copy. Both forms of a value are equal (RFC 9110 §5.6.6). False for text that is neither.
constexpr bool value_equals(std::string_view token_or_quoted, std::string_view plain) noexcept {
  return detail::stands_for(token_or_quoted, plain, false);
}

/// The same, with ASCII letters compared without case.
constexpr bool value_iequals(std::string_view token_or_quoted, std::string_view plain) noexcept {
  return detail::stands_for(token_or_quoted, plain, true);
}

} // namespace coax::inline v0_1::values
