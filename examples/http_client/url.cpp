#include "url.hpp"

#include "text.hpp"

#include <coax/fields/credentials.hpp>
#include <coax/uri/normalize.hpp>
#include <coax/uri/percent.hpp>
#include <coax/uri/resolve.hpp>
#include <coax/uri/uri.hpp>

namespace http_client {

namespace uri = coax::uri;

namespace {

// What people and servers write holds octets that RFC 3986 wants percent-encoded, such as "|".
constexpr uri::options typed{.allow_userinfo = true, .syntax = uri::syntax::browser};
constexpr uri::options received{.allow_userinfo = false, .syntax = uri::syntax::browser};

std::string decoded(std::string_view component) {
  return written_text([&](std::span<char> out) { return uri::percent_decode(component, out); });
}

problem take(std::string_view role, std::string_view text, const uri::parts &parts, url &out) {
  if (uri::is_websocket(parts.scheme))
    return {exit_status::usage, std::string(role) + ": " + visible(text) + " is a WebSocket, not a resource",
            "it has to begin with http:// or https://"};
  out.secure = uri::is_secure(parts.scheme);
  out.host = std::string(parts.authority.host);
  if (parts.authority.kind == uri::host_kind::ipv6) out.host = out.host.substr(1, out.host.size() - 2);
  out.port = parts.port();
  out.authority = written_text([&](std::span<char> to) { return uri::host_field(parts, to); });
  out.text = std::string(uri::name(parts.scheme)) + "://" + out.authority + std::string(parts.path);
  if (parts.has_query) out.text += '?' + std::string(parts.query);
  if (!parts.has_userinfo) return {};
  const std::size_t colon = parts.userinfo.find(':');
  out.user.given = true;
  out.user.user = decoded(parts.userinfo.substr(0, colon));
  if (colon != std::string_view::npos) out.user.password = decoded(parts.userinfo.substr(colon + 1));
  return {};
}

} // namespace

login login::from(std::string_view text) {
  const std::size_t colon = text.find(':');
  login out{std::string(text.substr(0, colon)), {}, true};
  if (colon != std::string_view::npos) out.password = text.substr(colon + 1);
  return out;
}

std::string login::basic() const {
  return written_text([&](std::span<char> out) { return coax::values::write_basic({user, password}, out); });
}

std::string url::target(std::string_view method, uri::next_hop to) const {
  const uri::parsed parsed = uri::parse(text, received);
  return written_text(
      [&](std::span<char> out) { return uri::request_target(parsed.value, method, to, out); });
}

bool url::same_origin(const url &other) const {
  return secure == other.secure && port == other.port && uri::same_host(host, other.host);
}

problem parse_url(std::string_view role, std::string_view text, url &out) {
  const uri::parsed parsed = uri::parse(text, typed);
  if (!parsed) return bad_uri(role, text, parsed.ec, parsed.why);
  return take(role, text, parsed.value, out);
}

problem resolve_location(const url &base, std::string_view reference, url &out) {
  const uri::parsed from = uri::parse(base.text, received);
  std::string text(base.text.size() + reference.size() + 1, '\0');
  const uri::resolved found = uri::resolve(from.value, reference, text, received);
  problem out_problem;
  if (found) {
    text.resize(found.size);
    out_problem = take("Location", text, uri::parse(text, received).value, out);
  } else {
    out_problem = bad_uri("Location", reference, found.ec, found.why);
  }
  if (out_problem) out_problem.status = exit_status::bad_redirect;
  return out_problem;
}

} // namespace http_client
