// What challenges and credentials are made of: a scheme, then a token68 or parameters (RFC 9110 §11).
#pragma once

#include "pair.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// A challenge. Views into the text that was read.
struct challenge {
  std::string_view scheme;  ///< compares without case
  std::string_view token68; ///< empty if there is none: parameters or nothing follow the scheme then
  /// The parameters, for auth_parameter_reader and find_auth_parameter(), both of which will accept them;
  /// empty if there are none.
  std::string_view parameters;
};

/// Credentials have the shape of a challenge (RFC 9110 §11.4).
using credentials = challenge;

namespace detail {

constexpr bool is_token68_char(char c) noexcept {
  return ascii::is(c, ascii::unreserved) || c == '+' || c == '/';
}

/// The offset behind the token68 at `at`; `at` if there is none.
constexpr std::size_t token68_end(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at;
  while (end < text.size() && is_token68_char(text[end])) ++end;
  if (end == at) return at;
  while (end < text.size() && text[end] == '=') ++end;
  return end;
}

} // namespace detail

/// Whether `text` is 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" (RFC 9110 §11.2).
constexpr bool is_token68(std::string_view text) noexcept {
  return !text.empty() && detail::token68_end(text, 0) == text.size();
}

/// Reads #auth-param: the parameters of a challenge or of credentials, or the value of Authentication-Info.
///
///     auth_parameter_reader parameters(c.parameters);
///     for (parameter p; parameters.next(p);) ...
///     if (parameters.ec() != errc::ok) ... // parameters.at() tells where
///
/// Whitespace around "=" is tolerated, empty members are skipped. Values are as written: see value_equals()
/// and unquote().
///
/// errc::malformed: anything that is not of this grammar.
/// errc::duplicate: a name that occurred before, at the later name (RFC 9110 §11.2).
/// errc::too_many: more than limits::parameters or limits::empty_members, at the first in excess.
///
/// Linear in the text's size, except that it reads what it has read again for each name that seems to be
/// known: at most limits::parameters times, and hardly ever in practice.
class auth_parameter_reader {
public:
  constexpr explicit auth_parameter_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text), left_(lim.parameters), empty_left_(lim.empty_members) {}

  /// Takes the next parameter; false at the end or at an error, and from then on.
  constexpr bool next(parameter &out) noexcept {
    if (ec_ != errc::ok || !find_member()) return false;
    return take(out);
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text, or the text's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

  /// Skips what separates members, up to at(). False at the end or at an error. For readers of texts in
  /// which other things may follow the commas.
  constexpr bool find_member() noexcept {
    for (; at_ < text_.size(); ++at_) {
      if (ascii::is(text_[at_], ascii::blank)) continue;
      if (text_[at_] != ',') return !behind_member_ || fail(errc::malformed, at_);
      if (!behind_member_ && empty_left_-- == 0) return fail(errc::too_many, at_);
      behind_member_ = false;
    }
    return false;
  }

  /// Reads the parameter at at(), where find_member() stopped.
  constexpr bool take(parameter &out) noexcept {
    const detail::scanned_pair found = detail::scan_pair(text_, at_);
    if (!found.ok) return fail(errc::malformed, found.bad);
    if (left_ == 0) return fail(errc::too_many, at_);
    if (filter_.add(found.pair.name) && detail::has_pair(text_.substr(0, at_), ',', found.pair.name))
      return fail(errc::duplicate, at_);
    --left_;
    at_ = found.end;
    behind_member_ = true;
    out = found.pair;
    return true;
  }

private:
  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  detail::name_filter filter_{};
  std::uint16_t left_, empty_left_;
  bool behind_member_ = false;
  errc ec_ = errc::ok;
};

/// Finds a parameter of `text`, which is what an auth_parameter_reader with the same limits takes. Text that
/// it would refuse has no parameters.
constexpr found_parameter find_auth_parameter(std::string_view text, std::string_view name,
                                              const limits &lim = default_limits) noexcept {
  found_parameter found;
  auth_parameter_reader parameters(text, lim);
  for (parameter p; parameters.next(p);)
    if (ascii::iequals(p.name, name)) found = {true, p.value};
  return parameters.ec() == errc::ok ? found : found_parameter{};
}

namespace detail {

/// A challenge or credentials that were read, and where the next challenge may begin.
struct scanned_auth {
  errc ec = errc::ok;
  std::size_t at = 0; ///< of the error
  challenge value{};
  std::size_t end = 0;        ///< the text's size, a comma, or the first byte of the next scheme
  bool ends_at_comma = false; ///< false also for the next scheme, whose comma was passed already
};

/// Reads what begins at the start of `text`:
///
///     challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
///
/// A token behind a comma that no "=" follows is the scheme of the next challenge (RFC 9110 §11.6.1).
constexpr scanned_auth scan_auth(std::string_view text, const limits &lim) noexcept {
  const auto refuse = [](errc ec, std::size_t at) { return scanned_auth{ec, at, {}, 0, false}; };
  const auto at_end = [&](std::size_t at) { return at == text.size() || text[at] == ','; };
  const std::size_t scheme = find_outside(text, 0, ascii::tchar);
  if (scheme == 0) return refuse(errc::malformed, 0);
  scanned_auth out;
  out.value.scheme = text.substr(0, scheme);
  out.end = find_outside(text, scheme, ascii::blank);
  std::size_t begin = scheme;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  if (out.end == text.size() || (begin == scheme && text[out.end] == ',')) {
    out.ends_at_comma = true;
    return out;
  }
  if (begin == scheme || (begin != out.end && !at_end(out.end))) return refuse(errc::malformed, begin);
  const std::size_t token = token68_end(text, out.end);
  if (token != out.end) {
    const std::size_t behind = find_outside(text, token, ascii::blank);
    if (at_end(behind)) {
      out.value.token68 = text.substr(out.end, token - out.end);
      out.end = behind;
      out.ends_at_comma = true;
      return out;
    }
  }

  begin = out.end;
  const std::string_view list = text.substr(begin);
  auth_parameter_reader parameters(list, lim);
  std::size_t first = list.size(), last = 0;
  out.end = text.size();
  while (parameters.find_member()) {
    const std::size_t member = parameters.at();
    const std::size_t name_end = find_outside(list, member, ascii::tchar);
    const std::size_t behind = find_outside(list, name_end, ascii::blank);
    if (member != 0 && name_end != member && (behind == list.size() || list[behind] != '=')) {
      out.end = begin + member;
      break;
    }
    parameter p;
    if (!parameters.take(p)) break;
    if (first == list.size()) first = member;
    last = parameters.at();
  }
  if (parameters.ec() != errc::ok) return refuse(parameters.ec(), begin + parameters.at());
  if (last != 0) out.value.parameters = list.substr(first, last - first);
  return out;
}

} // namespace detail
} // namespace coax::inline v0_1::values
