// http, https, ws and wss URIs (RFC 3986 §3, RFC 9110 §4.2, RFC 6455 §3), and what a client sends of them.
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "../core/fault.hpp"
#include "../core/number.hpp"
#include "../core/outcome.hpp"
#include "../core/scan.hpp"
#include "authority.hpp"
#include "errc.hpp"
#include "percent.hpp"
#include "target.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace coax::inline v0_1::uri {

enum class scheme : std::uint8_t { http, https, ws, wss };

constexpr std::string_view name(scheme s) noexcept {
  constexpr std::string_view names[] = {"http", "https", "ws", "wss"};
  return names[static_cast<std::uint8_t>(s)];
}

/// Whether the scheme asks for TLS.
constexpr bool is_secure(scheme s) noexcept { return s == scheme::https || s == scheme::wss; }

constexpr bool is_websocket(scheme s) noexcept { return s == scheme::ws || s == scheme::wss; }

/// The port that an absent or empty one stands for.
constexpr std::uint16_t default_port(scheme s) noexcept { return is_secure(s) ? 443 : 80; }

/// A URI, taken apart. Views into its text; nothing is decoded.
struct parts {
  uri::scheme scheme = uri::scheme::http;
  std::string_view userinfo{}; ///< only with options::allow_userinfo; never written into a message
  bool has_userinfo = false;
  uri::authority authority{};
  std::string_view path{};  ///< empty, or begins with "/"
  std::string_view query{}; ///< without the "?"
  bool has_query = false;
  std::string_view fragment{}; ///< without the "#"; http and https only, never sent
  bool has_fragment = false;
  bool raw_octets = false; ///< path, query or fragment hold octets that RFC 3986 wants percent-encoded

  /// The port to connect to.
  constexpr std::uint16_t port() const noexcept {
    return authority.port_text.empty() ? default_port(scheme) : authority.port;
  }
};

/// What parse() lets pass.
struct options {
  /// Set userinfo apart instead of refusing it, for URIs that the user typed. In a URI from elsewhere it is
  /// there to make one host look like another (RFC 9110 §4.2.4).
  bool allow_userinfo = false;
  /// What path, query and fragment may hold.
  uri::syntax syntax = uri::syntax::rfc3986;
};

/// A parsed URI, or what is wrong with it.
struct [[nodiscard]] parsed {
  errc ec = errc::ok;
  fault why{}; ///< when not ok: the offending byte (the text's size if something is missing) and its element
  parts value{}; ///< empty when the URI is bad
  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
};

namespace detail {

constexpr parsed refuse(std::size_t at, element what) noexcept {
  return {errc::bad_uri, fault_at(at, what), {}};
}

constexpr bool to_scheme(std::string_view text, scheme &out) noexcept {
  for (const scheme s : {scheme::http, scheme::https, scheme::ws, scheme::wss}) {
    if (!ascii::iequals(text, name(s))) continue;
    out = s;
    return true;
  }
  return false;
}

/// Whether nothing in `text` can end a start-line or split it.
constexpr bool is_visible(std::string_view text) noexcept {
  return is_plainly_target(text) || find_outside(text, 0, ascii::visible_no_hash) == text.size();
}

/// Whether the parts that go into a request are such as parse() gives.
constexpr bool is_sound(const parts &p) noexcept {
  const parsed_authority host = parse_authority(p.authority.host);
  const bool good_host = host.ok && !host.value.has_port && !host.value.host.empty();
  const bool good_port = p.authority.port_text.empty() || parse_decimal(p.authority.port_text, 0xFFFF).ok;
  const bool good_path =
      p.path.empty() || (p.path.front() == '/' && p.path.find('?') == std::string_view::npos);
  return good_host && good_port && good_path && is_visible(p.path) && is_visible(p.query);
}

constexpr bool has_default_port(const parts &p) noexcept { return p.port() == default_port(p.scheme); }

} // namespace detail

/// Parses a URI of one of the four schemes that makes up the whole of `text`.
///
/// The authority ends at the first "/", "?", "#" or at the end; a "\" is no "/" (RFC 3986 §3.2). The host may
/// not be empty (RFC 9110 §4.2.1). A port has any number of digits, its value is at most 65535; 0 passes. An
/// IPvFuture host gives unsupported_address if all else is right. ws and wss URIs have no fragment (RFC 6455
/// §3). The fault is the first one in the text. Linear in the text's size.
constexpr parsed parse(std::string_view text, const options &opt = {}) noexcept {
  parsed out;
  parts &p = out.value;
  if (text.empty() || !ascii::is(text.front(), ascii::alpha)) return detail::refuse(0, element::scheme);
  const std::size_t colon = find_outside(text, 1, ascii::scheme);
  if (colon == text.size() || text[colon] != ':') return detail::refuse(colon, element::scheme);
  if (!detail::to_scheme(text.substr(0, colon), p.scheme)) return detail::refuse(0, element::scheme);
  for (std::size_t at = colon + 1; at < colon + 3; ++at)
    if (at == text.size() || text[at] != '/') return detail::refuse(at, element::host);

  std::size_t host = colon + 3;
  const std::size_t path = find_outside(text, host, ascii::authority);
  const std::size_t user_end = text.substr(0, path).find('@', host);
  if (user_end != std::string_view::npos) { // RFC 3986 §3.2.1; a second "@" is refused as part of the host
    p.userinfo = text.substr(host, user_end - host);
    p.has_userinfo = true;
    const std::size_t bad = detail::find_component_error(p.userinfo, ascii::reg_name | ascii::pchar_mark);
    if (bad != std::string_view::npos) return detail::refuse(host + bad, element::userinfo);
    if (!opt.allow_userinfo) return detail::refuse(user_end, element::userinfo);
    host = user_end + 1;
  }
  const std::string_view host_and_port = text.substr(host, path - host);
  if (detail::lacks_host(host_and_port)) return detail::refuse(host, element::host);
  const parsed_authority authority = parse_authority(host_and_port);
  if (!authority.ok) return detail::refuse(host + authority.at, authority.what);
  p.authority = authority.value;

  const std::size_t hash = text.find('#', path);
  target t;
  const std::size_t bad = parse_path_and_query(text.substr(0, hash), path, opt.syntax, t);
  if (bad != std::string_view::npos) return detail::refuse(bad, t.has_query ? element::query : element::path);
  p.path = t.path;
  p.query = t.query;
  p.has_query = t.has_query;
  if (hash != std::string_view::npos) {
    if (is_websocket(p.scheme)) return detail::refuse(hash, element::fragment);
    const detail::component_end end = detail::skip_component(text, hash + 1, opt.syntax, true, t.raw_octets);
    if (end.spoiled || end.at < text.size()) return detail::refuse(end.at, element::fragment);
    p.fragment = text.substr(hash + 1);
    p.has_fragment = true;
  }
  p.raw_octets = t.raw_octets;
  if (p.authority.kind == host_kind::ip_future) {
    out.ec = errc::unsupported_address;
    out.why = detail::fault_at(host + 1, element::host);
  }
  return out;
}

/// Writes the request-target that asks for the URI: its path and query in origin-form, "/" for an empty path
/// (RFC 9112 §3.2.1), never the fragment. For ws and wss it is the resource name, which an empty query adds
/// no "?" to (RFC 6455 §3). Gives bad_uri for parts that no parse() gave. Linear.
constexpr written<errc> request_target(const parts &p, std::span<char> out) noexcept {
  if (!detail::is_sound(p)) return {errc::bad_uri};
  bounded_writer to(out);
  to.put(p.path.empty() ? "/" : p.path);
  if (p.has_query && !(is_websocket(p.scheme) && p.query.empty())) to.put('?').put(p.query);
  return detail::finish(to.required(), out);
}

/// Writes the value of the Host field for the URI: host and port as they are written, without userinfo
/// (RFC 9112 §3.2). An empty port and the scheme's default port are left out: that is the normal form
/// (RFC 9110 §4.2.3), what RFC 6455 §4.1 asks of WebSocket clients, and what servers compare with. Gives
/// bad_uri for parts that no parse() gave. Linear.
constexpr written<errc> host_field(const parts &p, std::span<char> out) noexcept {
  if (!detail::is_sound(p)) return {errc::bad_uri};
  bounded_writer to(out);
  to.put(p.authority.host);
  if (!detail::has_default_port(p)) to.put(':').put(p.authority.port_text);
  return detail::finish(to.required(), out);
}

} // namespace coax::inline v0_1::uri
