// Content-Type, with what its absence means (RFC 9110 §8.3).
#pragma once

#include "media_type.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// What content without Content-Type may be taken for (RFC 9110 §8.3).
inline constexpr std::string_view default_content_type = "application/octet-stream";

/// The media type of a message's content.
struct content_type {
  bool present = false;  ///< whether the message says so; otherwise text and type are the default
  std::string_view text; ///< the whole value
  media_type type;
};

/// Reads Content-Type, given how many lines of it the message has and the value of the first one (which
/// counts only if there is one). The content itself is never looked at: whether to examine it if the field is
/// absent is for the caller to decide.
///
/// errc::duplicate: more than one line, at 0: it is no list, and recipients differ in which one they take.
/// errc::empty: a line without value, which is not the same as no line. The errors of parse_media_type().
constexpr parsed<content_type> parse_content_type(std::size_t lines, std::string_view value,
                                                  const limits &lim = default_limits) noexcept {
  if (lines == 0) return {errc::ok, 0, {false, default_content_type, {"application", "octet-stream", {}}}};
  if (lines > 1) return {errc::duplicate, 0, {}};
  if (value.empty()) return {errc::empty, 0, {}};
  const parsed<media_type> type = parse_media_type(value, lim);
  if (!type) return {type.ec, type.at, {}};
  return {errc::ok, 0, {true, value, *type}};
}

} // namespace coax::inline v0_1::values
