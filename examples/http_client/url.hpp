// URLs: what is needed of them to connect, to ask and to compare.
#pragma once

#include "problem.hpp"

#include <coax/uri/request_target.hpp>

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
  /// As the value of a field, in the scheme Basic; empty if that cannot carry it (RFC 7617 §2).
  std::string basic() const;
};

/// An http or https URL.
struct url {
  std::string text{}; ///< in one piece, without userinfo and fragment
  bool secure = false;
  std::string host{}; ///< to connect to: an IPv6 address has no brackets
  std::uint16_t port = 0;
  std::string authority{}; ///< the value of Host
  login user{};            ///< from the userinfo, decoded

  /// The request-target that asks for it: its form depends on the method and on who is asked.
  std::string target(std::string_view method, coax::uri::next_hop to) const;
  /// Whether both name the same scheme, host and port (RFC 9110 §4.3.1).
  bool same_origin(const url &other) const;
};

/// Reads a URL that the user typed; userinfo may be in it. `role` names it in messages.
problem parse_url(std::string_view role, std::string_view text, url &out);

/// Resolves the reference that a response to `base` gave in Location. Userinfo is refused there.
problem resolve_location(const url &base, std::string_view reference, url &out);

} // namespace http_client
