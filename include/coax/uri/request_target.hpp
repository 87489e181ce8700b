// Which form of request-target asks for a URI, depending on the method and on who is asked (RFC 9112 §3.2).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/outcome.hpp"
#include "errc.hpp"
#include "target.hpp"
#include "uri.hpp"

#include <span>
#include <string_view>

namespace coax::inline v0_1::uri {

/// Who receives a request.
enum class next_hop : bool {
  origin, ///< the URI's own server, or what stands for it there
  proxy,  ///< a proxy, which is to pass the request on
};

/// The form of the target in a request of `method` for the URI.
///
/// - CONNECT: authority-form (RFC 9112 §3.2.3).
/// - OPTIONS for a URI without path and query, which asks for the server as a whole: asterisk-form; a proxy
///   gets absolute-form, from which the last one makes "*" (§3.2.4).
/// - All else: origin-form, to a proxy absolute-form (§3.2.1, §3.2.2).
constexpr target_form form_of_target(std::string_view method, const parts &p, next_hop to) noexcept {
  if (method == "CONNECT") return target_form::authority;
  if (to == next_hop::proxy) return target_form::absolute;
  const bool whole_server = method == "OPTIONS" && p.path.empty() && !p.has_query;
  return whole_server ? target_form::asterisk : target_form::origin;
}

namespace detail {

/// Host and port as Host carries them: see host_field().
constexpr void put_host(bounded_writer &to, const parts &p) noexcept {
  to.put(p.authority.host);
  if (!has_default_port(p)) to.put(':').put(p.authority.port_text);
}

/// The target in the form that form_of_target() tells, for sound parts.
constexpr void put_target(bounded_writer &out, std::string_view method, const parts &p,
                          next_hop to) noexcept {
  const target_form form = form_of_target(method, p, to);
  switch (form) {
  case target_form::authority: out.put(p.authority.host).put(':').put_decimal(p.port()); return;
  case target_form::asterisk: out.put('*'); return;
  case target_form::absolute: // RFC 6455 §4.1: a WebSocket's request names an http or https URI
    put_host(out.put(is_secure(p.scheme) ? "https://" : "http://"), p);
    if (method == "OPTIONS" && p.path.empty() && !p.has_query) return;
    break;
  case target_form::origin: break;
  }
  out.put(p.path.empty() ? "/" : p.path);
  if (p.has_query && !(is_websocket(p.scheme) && p.query.empty())) out.put('?').put(p.query);
}

/// Whether the parts can make a target: those of parse(), and for CONNECT a port that can be connected to.
constexpr bool can_be_target(std::string_view method, const parts &p) noexcept {
  return is_sound(p) && (method != "CONNECT" || p.port() != 0);
}

} // namespace detail

/// Writes the target of a request for the URI, in the form that method and receiver ask for, see
/// form_of_target(). Userinfo and fragment are never sent. An empty path becomes "/", save in OPTIONS for the
/// whole server. Host and port stand as host_field() writes them, in authority-form always with the port. A
/// ws or wss URI is http or https in absolute-form (RFC 6455 §4.1).
///
///     http://a?q              GET      origin   /?q
///     http://a?q              GET      proxy    http://a/?q
///     https://u@a/x#y         CONNECT  either   a:443
///     http://a                OPTIONS  origin   *
///     http://a                OPTIONS  proxy    http://a
///
/// Gives bad_uri for parts that no parse() gave, and for port 0 with CONNECT. Linear.
constexpr written<errc> request_target(const parts &p, std::string_view method, next_hop to,
                                       std::span<char> out) noexcept {
  if (!detail::can_be_target(method, p)) return {errc::bad_uri};
  bounded_writer target(out);
  detail::put_target(target, method, p, to);
  return detail::finish(target.required(), out);
}

} // namespace coax::inline v0_1::uri
