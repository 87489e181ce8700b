#include "request.hpp"

#include "text.hpp"

#include <coax/fields/credentials.hpp>

namespace http_client {

namespace {

constexpr std::string_view agent = "coax-http_client/" COAX_VERSION_STRING;

std::string basic(const login &who) {
  return written_text([&](std::span<char> out) {
    return coax::values::write_basic({who.user, who.password}, out);
  });
}

http::content content_of(const request &what) {
  if (!what.has_content()) return http::content::none();
  const auto size = what.content->size();
  return size ? http::content::of(*size) : http::content::streamed();
}

void write_fields(const request &what, http::request_head &head) {
  using http::field_id;
  if (!what.gives("User-Agent")) head.field(field_id::user_agent, agent);
  if (!what.gives("Accept") && what.method != "CONNECT") head.field(field_id::accept, "*/*");
  if (what.user.given && !what.gives("Authorization")) head.field(field_id::authorization, basic(what.user));
  if (what.proxy_user.given) head.field(field_id::proxy_authorization, basic(what.proxy_user));
  if (what.expect) head.field(field_id::expect, "100-continue");
  for (const auto &[name, value] : what.fields) head.field(name, value);
}

} // namespace

bool request::gives(std::string_view name) const {
  for (const auto &field : fields)
    if (coax::ascii::iequals(field.first, name)) return true;
  return false;
}

request tunnel_to(const url &where, const login &proxy_user) {
  request out;
  out.method = "CONNECT";
  out.where = where;
  out.where.target = out.where.authority = where.tunnel_target();
  out.proxy_user = proxy_user;
  return out;
}

problem write_head(const request &what, http::client &to, std::string &out) {
  const std::string target = what.by_proxy ? what.where.absolute_target() : what.where.target;
  out.resize(2048);
  for (;;) {
    http::request_head head(out, what.method, target, what.where.authority, what.minor);
    write_fields(what, head);
    const coax::written<http::errc> sent = to.send(head, content_of(what));
    if (sent.ec == http::errc::buffer_too_small) {
      out.resize(sent.required);
      continue;
    }
    if (!sent) return unsendable(head, sent.ec);
    out.resize(sent.size);
    return {};
  }
}

} // namespace http_client
