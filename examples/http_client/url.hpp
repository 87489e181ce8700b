// URLs: what is needed of them to connect, to ask and to compare.
#pragma once

#include "problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace http_client {

/// A name and a password.
struct login {
  std::string user{};
  std::string password{};
  bool given = false;

  /// From "user:password", as it is typed.
  static login from(std::string_view text);
};

/// An http or https URL.
struct url {
  std::string text{}; ///< without userinfo and fragment
  bool secure = false;
  std::string host{}; ///< to connect to: an IPv6 address has no brackets
  std::uint16_t port = 0;
  std::string authority{}; ///< the value of Host
  std::string target{};    ///< in origin-form
  login user{};            ///< from the userinfo, decoded

  /// The target as a proxy is asked (RFC 9112 §3.2.2).
  std::string absolute_target() const;
  /// The host and port that a tunnel leads to (RFC 9112 §3.2.3).
  std::string tunnel_target() const;
  /// Whether both name the same scheme, host and port (RFC 9110 §4.3.1).
  bool same_origin(const url &other) const;
};

/// Reads a URL that the user typed; userinfo may be in it. `role` names it in messages.
problem parse_url(std::string_view role, std::string_view text, url &out);

/// Resolves the reference that a response to `base` gave in Location. Userinfo is refused there.
problem resolve_location(const url &base, std::string_view reference, url &out);

} // namespace http_client
