// Comma-separated lists (RFC 9110 §5.6.1).
#pragma once

#include "../core/plain_text.hpp"
#include "limits.hpp"
#include "parsed.hpp"
#include "quoted.hpp"

#include <cstddef>
#include <cstdint>
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
      : rest_(value), done_(value.empty()),
        quotes_(kind == list_of::quoted && value.find('"') != std::string_view::npos) {}

  /// Takes the next member; false behind the last one. Linear over the whole list. A quoted string that
  /// never ends runs to the end of the value.
  constexpr bool next(std::string_view &member) noexcept {
    if (done_) return false;
    const std::size_t comma = quotes_ ? find_comma_outside_quotes() : rest_.find(',');
    const std::size_t end = comma == std::string_view::npos ? rest_.size() : comma;
    member = ascii::trim(rest_.substr(0, end));
    done_ = end == rest_.size();
    if (!done_) rest_.remove_prefix(end + 1);
    return true;
  }

private:
  constexpr std::size_t find_comma_outside_quotes() const noexcept {
    std::size_t end = 0;
    for (bool quoted = false; end < rest_.size(); ++end) {
      const char c = rest_[end];
      if (c == '"')
        quoted = !quoted;
      else if (quoted && c == '\\' && end + 1 < rest_.size())
        ++end;
      else if (!quoted && c == ',')
        break;
    }
    return end;
  }

  std::string_view rest_;
  bool done_;
  bool quotes_; // there are quoted strings
};

/// Whether a list has any member that is not empty.
constexpr bool has_member(std::string_view value) noexcept {
  return value.find_first_not_of(", \t") != std::string_view::npos;
}

/// Whether a list of tokens has the member `token`, compared without case.
constexpr bool has_token(std::string_view value, std::string_view token) noexcept {
  if (ascii::iequals(value, token)) return true; // mostly there is but one member
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

/// How many members a list has to have: #element or 1#element of RFC 9110 §5.6.1.
enum class list_size : bool { any, at_least_one };

/// Reads the members of a list that are not empty, without the whitespace around them, within limits.
///
///     list_reader members(value, list_of::quoted);
///     for (std::string_view member; members.next(member);) ...
///     if (members.ec() != errc::ok) ... // members.at() tells where
///
/// What a member consists of is for its own reader to judge. Only quoted strings are checked, as they decide
/// where a member ends. Views point into `value`. Linear in its size.
///
/// errc::too_many: more members than limits::members, at the first byte of the one in excess; or more empty
///   ones than limits::empty_members, at the comma behind the one in excess or the end.
/// errc::malformed: with list_of::quoted, a quoted string that is not valid or never ends.
/// errc::empty: with list_size::at_least_one, no member at all; at the end.
class list_reader {
public:
  constexpr explicit list_reader(std::string_view value, list_of kind = list_of::tokens,
                                 list_size size = list_size::any, const limits &lim = default_limits) noexcept
      : value_(value), members_left_(lim.members), empty_left_(lim.empty_members), kind_(kind),
        may_be_empty_(size == list_size::any) {}
  constexpr list_reader(std::string_view value, list_of kind, const limits &lim) noexcept
      : list_reader(value, kind, list_size::any, lim) {}

  /// Takes the next member; false behind the last one or at an error, and from then on.
  constexpr bool next(std::string_view &member) noexcept {
    while (!done_) {
      const std::size_t begin = find_outside(value_, at_, ascii::blank);
      if (begin < value_.size() && value_[begin] != ',') return take(begin, member);
      if (begin < value_.size() || at_ > 0) { // not in a list without a comma
        if (empty_left_ == 0) return fail(errc::too_many, begin);
        --empty_left_;
      }
      pass(begin);
    }
    if (ec_ == errc::ok && !may_be_empty_) return fail(errc::empty, value_.size());
    return false;
  }

  /// Where in the value the member that next() gave begins.
  constexpr std::size_t offset() const noexcept { return offset_; }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the value, or the value's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool take(std::size_t begin, std::string_view &member) noexcept {
    if (members_left_ == 0) return fail(errc::too_many, begin);
    std::size_t end = begin;
    if (kind_ == list_of::tokens)
      end = find_either(value_, begin, ',', ',');
    else if (!pass_quoted(end))
      return false;
    --members_left_;
    may_be_empty_ = true;
    offset_ = begin;
    std::size_t last = end;
    while (value_[last - 1] == ' ' || value_[last - 1] == '\t') --last; // it does not begin with one
    member = {value_.data() + begin, last - begin};
    pass(end);
    return true;
  }

  /// Goes on to the end of a member that may hold quoted strings.
  [[gnu::noinline]] constexpr bool pass_quoted(std::size_t &end) noexcept {
    while ((end = find_either(value_, end, ',', '"')) < value_.size() && value_[end] == '"') {
      const scanned quoted = scan_quoted(value_, end);
      if (quoted.size == 0) return fail(errc::malformed, quoted.bad);
      end += quoted.size;
    }
    return true;
  }

  /// Goes on behind the comma at `end`.
  constexpr void pass(std::size_t end) noexcept {
    done_ = end == value_.size();
    at_ = done_ ? end : end + 1;
  }

  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    done_ = true;
    return false;
  }

  std::string_view value_;
  std::size_t at_ = 0;
  std::size_t offset_ = 0;
  std::uint16_t members_left_;
  std::uint16_t empty_left_;
  list_of kind_;
  bool may_be_empty_; // or had a member
  bool done_ = false;
  errc ec_ = errc::ok;
};

/// Reads a whole list of tokens, as of Allow, Vary or Accept-Ranges, and tells how many there are. Errors as
/// of list_reader; errc::malformed also at the first byte that is no part of a token.
constexpr parsed<std::size_t> check_token_list(std::string_view value, list_size size = list_size::any,
                                               const limits &lim = default_limits) noexcept {
  list_reader members(value, list_of::tokens, size, lim);
  std::size_t count = 0;
  for (std::string_view member; members.next(member); ++count) {
    const std::size_t end = find_outside(member, 0, ascii::tchar);
    if (end < member.size()) return {errc::malformed, members.offset() + end, 0};
  }
  if (members.ec() != errc::ok) return {members.ec(), members.at(), 0};
  return {errc::ok, 0, count};
}

} // namespace coax::inline v0_1::values
