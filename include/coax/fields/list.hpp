// Comma-separated lists (RFC 9110 §5.6.1).
#pragma once

#include "../core/ascii.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// Whether the members of a list may hold quoted strings, whose commas do not separate.
enum class list_of : bool { tokens, quoted };

/// Splits a field value on its commas. Members come without the whitespace around them, empty ones
/// included: what they mean is for the reader of the list to decide.
///
///     list_splitter members(value, list_of::tokens);
///     for (std::string_view member; members.next(member);) ...
class list_splitter {
public:
  constexpr list_splitter(std::string_view value, list_of kind) noexcept
      : rest_(value), kind_(kind), done_(value.empty()) {}

  /// Takes the next member; false behind the last one. Linear over the whole list. A quoted string that
  /// never ends runs to the end of the value.
  constexpr bool next(std::string_view &member) noexcept {
    if (done_) return false;
    std::size_t end = 0;
    for (bool quoted = false; end < rest_.size(); ++end) {
      const char c = rest_[end];
      if (c == '"')
        quoted = !quoted && kind_ == list_of::quoted;
      else if (quoted && c == '\\' && end + 1 < rest_.size())
        ++end;
      else if (!quoted && c == ',')
        break;
    }
    member = ascii::trim(rest_.substr(0, end));
    done_ = end == rest_.size();
    if (!done_) rest_.remove_prefix(end + 1);
    return true;
  }

private:
  std::string_view rest_;
  list_of kind_;
  bool done_;
};

/// Whether a list has any member that is not empty.
constexpr bool has_member(std::string_view value) noexcept {
  return value.find_first_not_of(", \t") != std::string_view::npos;
}

/// Whether a list of tokens has the member `token`, compared without case.
constexpr bool has_token(std::string_view value, std::string_view token) noexcept {
  list_splitter members(value, list_of::tokens);
  for (std::string_view member; members.next(member);)
    if (ascii::iequals(member, token)) return true;
  return false;
}

/// Whether `value` is a list of tokens with at least one member (1#token), as the Trailer field is.
constexpr bool is_token_list(std::string_view value) noexcept {
  bool any = false;
  list_splitter members(value, list_of::tokens);
  for (std::string_view member; members.next(member);) {
    if (member.empty()) continue;
    if (!ascii::is_token(member)) return false;
    any = true;
  }
  return any;
}

} // namespace coax::inline v0_1::values
