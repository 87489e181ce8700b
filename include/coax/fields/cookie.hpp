// Cookie: the cookies that a client sends (RFC 6265 §4.2, §5.4).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "limits.hpp"
#include "parsed.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// One cookie. Of a cookie that was read, views into the text.
struct cookie {
  std::string_view name;  ///< compares with case
  std::string_view value; ///< as written: quotes, percent signs and backslashes mean nothing
};

namespace detail {

/// Splits the text of Cookie or Set-Cookie on its semicolons, which nothing can quote.
class semicolon_splitter {
public:
  constexpr semicolon_splitter(std::string_view text, const limits &lim) noexcept
      : text_(text), left_(lim.parameters), empty_left_(lim.empty_members) {}

  /// Takes the next part that is not empty, without the whitespace around it.
  constexpr bool next(std::string_view &part) noexcept {
    while (!done_) {
      const std::size_t begin = find_outside(text_, at_, ascii::blank);
      std::size_t end = find_plain_end(text_, begin, ';');
      if (end < text_.size() && text_[end] != ';') {
        const std::size_t plain = end;
        end = std::min(text_.find(';', plain), text_.size());
        const std::size_t bad = find_outside_field_text(text_.substr(0, end), plain);
        if (bad < end) return fail(errc::malformed, bad);
      }
      if (begin == end) {
        if ((end < text_.size() || at_ > 0) && empty_left_-- == 0) return fail(errc::too_many, end);
      } else if (left_-- == 0) {
        return fail(errc::too_many, begin);
      }
      done_ = end == text_.size();
      at_ = done_ ? end : end + 1;
      if (begin == end) continue;
      part = ascii::trim(text_.substr(begin, end - begin));
      return true;
    }
    return false;
  }

  constexpr errc ec() const noexcept { return ec_; }
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    done_ = true;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint16_t left_, empty_left_;
  bool done_ = false;
  errc ec_ = errc::ok;
};

/// The text in front of the first "=", and behind it: without whitespace around them.
constexpr cookie split_at_equals(std::string_view part, std::size_t equals) noexcept {
  return {ascii::trim(part.substr(0, equals)), ascii::trim(part.substr(equals + 1))};
}

} // namespace detail

/// Reads the cookies of one Cookie line in the order sent, duplicates included:
///
///     cookie_reader cookies(value);
///     for (cookie c; cookies.next(c);) ...
///     if (cookies.ec() != errc::ok) ... // cookies.at() tells where
///
/// User agents send what any server of the domain, and any script, made them keep, so this is not strict:
/// parts are separated by ";" and nothing else, name and value by the first "=", with whitespace around
/// either dropped, and may hold every byte that a field value may. Empty parts are skipped. A part without
/// "=" is a cookie without name, which newer user agents know; its text may itself look like "name=value" on
/// the server that set it, so do not take it for more than text. Which of two cookies with one name comes
/// first is up to the user agent (RFC 6265 §4.2.2): treat them as untrusted alternatives.
///
/// Cookie lines must not be joined with commas, as a comma is a byte of a value: read each line.
///
/// errc::malformed: a control character other than HTAB. errc::too_many: more than limits::parameters
/// cookies or limits::empty_members empty parts, at the first in excess. Linear in the text's size.
class cookie_reader {
public:
  constexpr explicit cookie_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : parts_(text, lim) {}

  /// Takes the next cookie; false at the end or at an error, and from then on.
  constexpr bool next(cookie &out) noexcept {
    std::string_view part;
    if (!parts_.next(part)) return false;
    const std::size_t equals = part.find('=');
    out = equals < part.size() ? detail::split_at_equals(part, equals) : cookie{{}, part};
    return true;
  }

  constexpr errc ec() const noexcept { return parts_.ec(); }
  /// With an error: offset of the offending byte in the text.
  constexpr std::size_t at() const noexcept { return parts_.at(); }

private:
  detail::semicolon_splitter parts_;
};

/// Whether a user agent may send this cookie: cookie_reader gives exactly this name and value back. That is
/// more than a server may set (see write_set_cookie()), as a user agent sends what it was given
/// (RFC 6265 §5.2, §5.4). A cookie without name is refused.
constexpr bool may_be_sent(const cookie &c) noexcept {
  for (const std::string_view text : {c.name, c.value})
    if (find_outside_field_text(text, 0) != text.size() || text.find(';') != std::string_view::npos ||
        text.find('\t') != std::string_view::npos || ascii::trim(text).size() != text.size())
      return false;
  return !c.name.empty() && c.name.find('=') == std::string_view::npos;
}

/// Writes the value of Cookie: the pairs in this order, separated by "; " (RFC 6265 §4.2.1).
///
/// errc::invalid_input: no cookie (leave the field out then), or one for which may_be_sent() is false: a
/// semicolon, a control character, or whitespace at either end of a name or value, "=" in a name, or no name.
/// errc::buffer_too_small.
constexpr written<errc> write_cookie(std::span<const cookie> cookies, std::span<char> out) noexcept {
  if (cookies.empty()) return {errc::invalid_input, 0, 0};
  for (const cookie &c : cookies)
    if (!may_be_sent(c)) return {errc::invalid_input, 0, 0};
  bounded_writer to(out);
  for (const cookie &c : cookies) {
    if (to.required() > 0) to.put("; ");
    to.put(c.name).put('=').put(c.value);
  }
  return to.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
