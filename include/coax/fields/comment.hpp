// Comments (RFC 9110 §5.6.5). They exist only in the fields that define them, such as User-Agent.
#pragma once

#include "../core/scan.hpp"
#include "limits.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// Measures the comment that begins at offset `from` of `text`, with its parentheses:
///
///     comment = "(" *( ctext / "\" ( HTAB / SP / VCHAR / obs-text ) / comment ) ")"
///
/// What follows its closing parenthesis is not looked at. Linear in its size; comments in comments are
/// counted, not called.
///
/// errc::malformed: there is no comment, or it never ends; `at` counts from the start of `text`.
/// errc::too_deep: more than limits::comment_depth comments in one another, at the parenthesis in excess.
constexpr parsed<std::size_t> scan_comment(std::string_view text, std::size_t from = 0,
                                           const limits &lim = default_limits) noexcept {
  if (from >= text.size()) return {errc::malformed, text.size(), 0};
  if (text[from] != '(') return {errc::malformed, from, 0};
  std::size_t depth = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      if (depth == lim.comment_depth) return {errc::too_deep, at, 0};
      ++depth;
    } else if (c == ')') {
      if (--depth == 0) return {errc::ok, 0, at + 1 - from};
    } else {
      if (c == '\\' && ++at == text.size()) break;
      if (!ascii::is(text[at], ascii::field_text)) return {errc::malformed, at, 0};
    }
  }
  return {errc::malformed, text.size(), 0};
}

} // namespace coax::inline v0_1::values
