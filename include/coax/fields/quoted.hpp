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

/// Writes the value that `quoted` stands for: a token as it is, a quoted-string without its quotes and with
/// each backslash pair replaced by its second byte. The output is never longer than the input.
///
/// errc::malformed: `quoted` is neither of them. errc::buffer_too_small. `out` must not overlap `quoted`.
constexpr written<errc> unquote(std::string_view quoted, std::span<char> out) noexcept {
  bounded_writer to(out);
  if (ascii::is_token(quoted)) return to.put(quoted).finish(errc::buffer_too_small);
  if (!is_quoted(quoted)) return {errc::malformed, 0, 0};
  for (std::size_t at = 1; at + 1 < quoted.size(); ++at) {
    if (quoted[at] == '\\') ++at;
    to.put(quoted[at]);
  }
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

namespace detail {

/// Whether a token or quoted-string stands for `plain`. False for text that is neither.
constexpr bool stands_for(std::string_view written_form, std::string_view plain, bool any_case) noexcept {
  if (!written_form.starts_with('"')) {
    if (!ascii::is_token(written_form)) return false;
    return any_case ? ascii::iequals(written_form, plain) : written_form == plain;
  }
  if (!is_quoted(written_form)) return false;
  std::size_t matched = 0;
  for (std::size_t at = 1; at + 1 < written_form.size(); ++at, ++matched) {
    if (written_form[at] == '\\') ++at;
    if (matched == plain.size()) return false;
    const char a = written_form[at], b = plain[matched];
    if (any_case ? ascii::to_lower(a) != ascii::to_lower(b) : a != b) return false;
  }
  return matched == plain.size();
}

} // namespace detail

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
