#include "request.hpp"

namespace http_client {

namespace {

http::content content_of(const request &what) {
  if (!what.has_content()) return http::content::none();
  const auto size = what.content->size();
  return size ? http::content::of(*size) : http::content::streamed();
}

using field_list = std::vector<std::pair<std::string, std::string>>;

/// All fields but those that the connection adds: Host, the framing, Connection.
field_list fields_of(const request &what) {
  field_list out;
  if (!what.gives("User-Agent")) out.emplace_back("User-Agent", "coax-http_client/" COAX_VERSION_STRING);
  if (!what.gives("Accept") && what.method != "CONNECT") out.emplace_back("Accept", "*/*");
  if (what.user.given && !what.gives("Authorization")) out.emplace_back("Authorization", what.user.basic());
  if (what.proxy_user.given) out.emplace_back("Proxy-Authorization", what.proxy_user.basic());
  if (what.expect) out.emplace_back("Expect", "100-continue");
  out.insert(out.end(), what.fields.begin(), what.fields.end());
  return out;
}

problem unsendable(const http::request_head &head, http::errc ec, const field_list &fields) {
  problem out{exit_status::usage, "the request cannot be sent: " + with_section(message(ec), section(ec))};
  const coax::fault why = head.why();
  switch (why.what) {
  case coax::element::none:
    out.advice =
        "leave Content-Length, Transfer-Encoding and Expect out of --header, and see what the method permits";
    break;
  case coax::element::field_name:
    out.what += "; " + fields[why.index].first + " may not stand here, or not twice";
    break;
  case coax::element::field_value:
    out.what += "; the value of " + fields[why.index].first + " goes wrong at byte " + std::to_string(why.at);
    break;
  default:
    out.what += "; the " + std::string(name(why.what)) + " goes wrong at byte " + std::to_string(why.at);
  }
  return out;
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
  out.where.authority = where.target(out.method, coax::uri::next_hop::proxy);
  out.proxy_user = proxy_user;
  return out;
}

problem write_head(const request &what, http::client &to, std::string &out) {
  using coax::uri::next_hop;
  const std::string target =
      what.where.target(what.method, what.by_proxy ? next_hop::proxy : next_hop::origin);
  const field_list fields = fields_of(what);
  out.resize(2048);
  for (;;) {
    http::request_head head(out, what.method, target, what.where.authority, what.minor);
    for (const auto &[name, value] : fields) head.field(name, value);
    const coax::written<http::errc> sent = to.send(head, content_of(what));
    if (sent.ec == http::errc::buffer_too_small) {
      out.resize(sent.required);
      continue;
    }
    if (!sent) return unsendable(head, sent.ec, fields);
    out.resize(sent.size);
    return {};
  }
}

} // namespace http_client
