// Challenges: WWW-Authenticate and Proxy-Authenticate (RFC 9110 §11.6.1, §11.7.1).
#pragma once

#include "auth.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// Reads the challenges of one field value, of which there may be several, in order:
///
///     challenge_reader challenges(value);
///     for (challenge c; challenges.next(c);)
///       if (ascii::iequals(c.scheme, "Basic")) realm = find_auth_parameter(c.parameters, "realm").value;
///     if (challenges.ec() != errc::ok) ... // challenges.at() tells where
///
/// A token behind a comma begins a challenge unless "=" follows it, with or without whitespace before. Empty
/// members are skipped. A value without any challenge is read as an empty list. Challenges may have been
/// handed out before an error is met: where all or none count, call check_challenges() first.
///
/// errc::malformed: anything that is not of this grammar, for instance parameters behind a token68.
/// errc::duplicate: a parameter's name that occurred before in the same challenge, at the later name.
/// errc::too_many: more than limits::members challenges, than limits::parameters in one of them, or than
///   limits::empty_members between two of them or within one; at the first in excess.
///
/// Linear in the text's size, but for repeated names: see auth_parameter_reader.
class challenge_reader {
public:
  constexpr explicit challenge_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text), limits_(lim), left_(lim.members) {}

  /// Takes the next challenge; false at the end or at an error, and from then on.
  constexpr bool next(challenge &out) noexcept {
    if (ec_ != errc::ok) return false;
    std::uint16_t empty_left = limits_.empty_members;
    for (bool separated = !at_comma_; at_ < text_.size(); ++at_) {
      if (ascii::is(text_[at_], ascii::blank)) continue;
      if (text_[at_] != ',') break;
      if (separated && empty_left-- == 0) return fail(errc::too_many, at_);
      separated = true;
    }
    if (at_ == text_.size()) return false;
    if (left_ == 0) return fail(errc::too_many, at_);
    const detail::scanned_auth found = detail::scan_auth(text_.substr(at_), limits_);
    if (found.ec != errc::ok) return fail(found.ec, at_ + found.at);
    --left_;
    at_ += found.end;
    at_comma_ = found.ends_at_comma;
    out = found.value;
    return true;
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text, or the text's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  limits limits_;
  std::size_t at_ = 0;
  std::uint16_t left_;
  bool at_comma_ = false; // the last challenge ended, and the comma that has to follow was not passed
  errc ec_ = errc::ok;
};

/// Reads all challenges, and tells how many there are. Errors as of challenge_reader.
constexpr parsed<std::size_t> check_challenges(std::string_view text,
                                               const limits &lim = default_limits) noexcept {
  challenge_reader challenges(text, lim);
  std::size_t count = 0;
  for (challenge c; challenges.next(c);) ++count;
  if (challenges.ec() != errc::ok) return {challenges.ec(), challenges.at(), 0};
  return {errc::ok, 0, count};
}

} // namespace coax::inline v0_1::values
