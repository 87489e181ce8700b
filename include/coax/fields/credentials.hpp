// Credentials: Authorization and Proxy-Authorization (RFC 9110 §11.6.2, §11.7.2), and those of the schemes
// Basic (RFC 7617) and Bearer (RFC 6750).
#pragma once

#include "../core/base64.hpp"
#include "auth.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// Reads credentials:
///
///     credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
///
/// All parameters are judged: an auth_parameter_reader with the same limits accepts them.
///
/// errc::empty: no scheme at all. errc::malformed: anything that is not of this grammar. errc::duplicate: a
/// parameter's name that occurred before, at the later name. errc::too_many: more than limits::parameters or
/// limits::empty_members.
///
/// Linear in the text's size, but for repeated names: see auth_parameter_reader.
constexpr parsed<credentials> parse_credentials(std::string_view text,
                                                const limits &lim = default_limits) noexcept {
  if (text.empty()) return {errc::empty, 0, {}};
  const detail::scanned_auth found = detail::scan_auth(text, lim);
  if (found.ec != errc::ok) return {found.ec, found.at, {}};
  if (found.end == text.size()) return {errc::ok, 0, found.value};
  if (found.ends_at_comma) return {errc::malformed, found.end, {}};
  // A further challenge would begin here. Among parameters, its scheme is a name without "=".
  const std::size_t name_end = find_outside(text, found.end, ascii::tchar);
  return {errc::malformed, find_outside(text, name_end, ascii::blank), {}};
}

/// What the Basic scheme carries (RFC 7617 §2). Octets: in which encoding, the scheme does not say.
struct basic {
  std::string_view user;     ///< has no colon
  std::string_view password; ///< may have colons
};

/// Reads credentials of the Basic scheme. The views point into `out`, where user and password are decoded to:
/// `text.size()` bytes are always enough. What is in `out` after an error does not count.
///
/// errc::malformed: another scheme (at offset 0), no token68, or one that is not canonical base64, or that
///   stands for text with a control character (at its four characters) or without colon (at the end).
/// errc::buffer_too_small. The errors of parse_credentials().
constexpr parsed<basic> parse_basic(std::string_view text, std::span<char> out) noexcept {
  const parsed<credentials> c = parse_credentials(text);
  if (!c) return {c.ec, c.at, {}};
  if (!ascii::iequals(c->scheme, "Basic")) return {errc::malformed, 0, {}};
  const std::string_view token = c->token68;
  const std::size_t begin =
      token.empty() ? text.size() : static_cast<std::size_t>(token.data() - text.data());
  const checked_base64 checked = check_base64(token);
  if (!checked.ok) return {errc::malformed, begin + checked.at, {}};
  if (checked.size > out.size()) return {errc::buffer_too_small, 0, {}};
  bounded_writer to(out);
  decode_base64(token, to);
  const std::string_view pair(out.data(), checked.size);
  for (std::size_t at = 0; at < pair.size(); ++at)
    if (detail::is_ctl(pair[at])) return {errc::malformed, begin + at / 3 * 4, {}}; // RFC 7617 §2
  const std::size_t colon = pair.find(':');
  if (colon == std::string_view::npos) return {errc::malformed, begin + token.size(), {}};
  return {errc::ok, 0, {pair.substr(0, colon), pair.substr(colon + 1)}};
}

/// Writes credentials of the Basic scheme, as a field's value: "Basic " and the base64 of user, colon and
/// password. Whoever sees them can undo that: they need a connection that is secured.
///
/// errc::invalid_input: a colon in `user`, or a control character in either. errc::buffer_too_small.
constexpr written<errc> write_basic(const basic &b, std::span<char> out) noexcept {
  if (b.user.find(':') != std::string_view::npos) return {errc::invalid_input, 0, 0};
  for (const std::string_view part : {b.user, b.password})
    for (const char c : part)
      if (detail::is_ctl(c)) return {errc::invalid_input, 0, 0};
  bounded_writer to(out);
  to.put("Basic ");
  base64_encoder(to).put(b.user).put(":").put(b.password).finish();
  return to.finish(errc::buffer_too_small);
}

/// Writes credentials of the Bearer scheme, as a field's value: "Bearer " and the token.
///
/// errc::invalid_input: `token` is no token68 (RFC 6750 §2.1). errc::buffer_too_small.
constexpr written<errc> write_bearer(std::string_view token, std::span<char> out) noexcept {
  if (!is_token68(token)) return {errc::invalid_input, 0, 0};
  return bounded_writer(out).put("Bearer ").put(token).finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
