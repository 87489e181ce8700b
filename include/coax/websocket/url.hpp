// ws and wss URIs (RFC 6455 §3).
#pragma once

#include "../core/fault.hpp"
#include "../uri/uri.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What parse_url() lets pass.
struct url_options {
  /// Take http for ws and https for wss.
  bool map_http = false;
  /// Set userinfo apart instead of refusing it; it is never sent by itself. See uri::options.
  bool allow_userinfo = false;
  /// What path and query may hold.
  uri::syntax syntax = uri::syntax::rfc3986;
};

/// Parses a ws or wss URI, as uri::parse() does, that one can connect to: another scheme, a fragment and port
/// 0 are bad_uri. Names outside ASCII have to come as A-labels. In the result, is_secure(scheme) and port()
/// tell how to connect, uri::host_field() and uri::request_target() give Host and resource name.
constexpr uri::parsed parse_url(std::string_view text, const url_options &opt = {}) noexcept {
  uri::parsed out = uri::parse(text, {opt.allow_userinfo, opt.syntax});
  if (!out) return out;
  uri::parts &p = out.value;
  const auto at = [&](std::string_view part) { return static_cast<std::size_t>(part.data() - text.data()); };
  if (!uri::is_websocket(p.scheme)) {
    if (!opt.map_http) return uri::detail::refuse(0, element::scheme);
    if (p.has_fragment) return uri::detail::refuse(at(p.fragment) - 1, element::fragment);
    p.scheme = uri::is_secure(p.scheme) ? uri::scheme::wss : uri::scheme::ws;
  }
  if (p.port() == 0) return uri::detail::refuse(at(p.authority.port_text), element::port);
  return out;
}

} // namespace coax::inline v0_1::websocket
