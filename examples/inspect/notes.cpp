#include "notes.hpp"

#include "words.hpp"

#include <coax/fields/list.hpp>
#include <coax/http/host.hpp>
#include <coax/http/status_code.hpp>

namespace inspect {

namespace {

using http::body_kind;
using http::field_id;

bool lists(std::string_view value, std::string_view wanted) {
  coax::values::list_splitter members(value, coax::values::list_of::tokens);
  for (std::string_view member; members.next(member);)
    if (coax::ascii::iequals(member, wanted)) return true;
  return false;
}

std::string version(std::uint8_t minor) {
  std::string out = "HTTP/1." + std::to_string(minor);
  if (minor > 1) out += ", read as 1.1";
  return out;
}

std::string_view about_class(std::uint16_t code) {
  switch (http::class_of(code)) {
  case http::status_class::informational: return code == 101 ? "switches" : "interim";
  case http::status_class::successful: return "success";
  case http::status_class::redirection: return "redirection";
  case http::status_class::client_error: return "client error";
  default: return "server error";
  }
}

/// Why a response has no body whatever its fields say.
std::string why_no_body(const message_head &head) {
  if (head.framing.kind == body_kind::tunnel) return "a tunnel begins";
  if (head.interim || head.response.code == 101 || head.response.code == 204 || head.response.code == 304)
    return "a " + std::to_string(head.response.code) + " has none";
  return "it answers " + std::string(head.asked);
}

std::string about_length(const message_head &head) {
  const http::framing &f = head.framing;
  if (f.kind == body_kind::length) return "body of " + octets(f.length);
  if (head.kind == direction::request) return "no body";
  if (f.kind != body_kind::none || head.interim || head.response.code == 204)
    return "ignored, " + why_no_body(head);
  return "GET would get " + octets(f.length);
}

std::string_view about_connection(const message_head &head, std::string_view value) {
  if (lists(value, "close")) return "close: no message after this one";
  if (lists(value, "upgrade")) return "Upgrade is meant for this hop";
  if (!lists(value, "keep-alive")) return "names fields for this hop only";
  return head.minor() == 0 ? "stays open" : "stays open, as HTTP/1.1 does";
}

std::string_view about_upgrade(const message_head &head) {
  if (head.kind == direction::request)
    return head.framing.upgrade ? "offers to switch to this protocol" : "no offer, not listed in Connection";
  switch (head.response.code) {
  case 101: return "switches to this protocol";
  case 426: return "asks for this protocol";
  default: return "this protocol would be welcome";
  }
}

std::string_view about_host(const message_head &head, std::string_view value) {
  using coax::uri::target_form;
  const target_form form = http::view_target(head.request).form;
  if (form == target_form::absolute || form == target_form::authority)
    return "ignored, the target names the host";
  return value.empty() ? "empty: no authority" : "the authority that is asked";
}

std::string_view about_expect(const message_head &head) {
  if (head.framing.unknown_expectation) return "unknown expectation: 417 may be due";
  return head.framing.expects_continue ? "waits for 100 before the body" : "ignored, there is no body";
}

std::string about_request_field(const message_head &head, const http::field &field) {
  switch (field.id()) {
  case field_id::host: return std::string(about_host(head, field.value));
  case field_id::expect: return std::string(about_expect(head));
  case field_id::te: return lists(field.value, "trailers") ? "trailer fields are welcome" : "";
  case field_id::range: return "only a part is wanted";
  case field_id::if_match:
  case field_id::if_none_match:
  case field_id::if_modified_since:
  case field_id::if_unmodified_since: return "a condition";
  case field_id::sec_websocket_key: return "WebSocket handshake";
  case field_id::sec_websocket_extensions: return "offers extensions of WebSocket";
  case field_id::sec_websocket_protocol: return "offers subprotocols";
  default: return {};
  }
}

std::string about_response_field(const message_head &head, const http::field &field) {
  switch (field.id()) {
  case field_id::location: return head.response.code == 201 ? "what was created" : "where to go instead";
  case field_id::content_range: return "which part this is";
  case field_id::sec_websocket_accept: return "WebSocket handshake";
  case field_id::sec_websocket_extensions: return "agrees on extensions of WebSocket";
  case field_id::sec_websocket_protocol: return "the subprotocol in use";
  default: return {};
  }
}

std::string_view about_deviation(http::deviation d) {
  switch (d) {
  case http::deviation::bare_lf: return "a lone LF ends a line";
  case http::deviation::missing_reason_sp: return "no SP behind the status code";
  case http::deviation::space_before_colon: return "whitespace before a colon";
  case http::deviation::ctl_in_value: return "a control character in a field value";
  case http::deviation::obs_fold: return "a folded field line";
  case http::deviation::missing_host: return "no Host";
  case http::deviation::comma_in_host: return "a comma in Host";
  case http::deviation::length_and_transfer_encoding: return "Content-Length beside Transfer-Encoding";
  case http::deviation::exposed_codings: return "transfer codings that are left in place";
  case http::deviation::empty_member_in_framing: return "an empty list member in a framing field";
  case http::deviation::repeated_content_length: return "Content-Length is repeated";
  case http::deviation::chunk_size_trailing_ws: return "whitespace behind a chunk-size";
  case http::deviation::missing_final_line: return "no empty line behind the last chunk";
  case http::deviation::dropped_trailer: return "a trailer field that may not be one";
  case http::deviation::unescaped_target: return "octets in the target that should be percent-encoded";
  }
  return {};
}

} // namespace

std::string about_start_line(const message_head &head) {
  if (head.kind == direction::request) {
    constexpr std::string_view forms[] = {"origin-form", "absolute-form", "authority-form", "asterisk-form"};
    std::string out(head.request.method == http::method::other ? "unregistered method, " : "");
    out += forms[static_cast<std::size_t>(http::view_target(head.request).form)];
    return out + ", " + version(head.minor());
  }
  const std::uint16_t code = head.response.code;
  std::string out(about_class(code));
  if (!http::is_recognized(code)) out += ", unknown: acts as " + std::to_string(http::effective_code(code));
  return out + ", " + version(head.minor());
}

std::string about_field(const message_head &head, const http::field &field) {
  switch (field.id()) {
  case field_id::content_length: return about_length(head);
  case field_id::transfer_encoding:
    return head.framing.kind == body_kind::chunked ? "chunked body" : "ignored, " + why_no_body(head);
  case field_id::connection: return std::string(about_connection(head, field.value));
  case field_id::upgrade: return std::string(about_upgrade(head));
  case field_id::trailer: return "announces trailer fields";
  case field_id::content_encoding: return "the body stays encoded here";
  case field_id::via: return "came through a proxy";
  default: break;
  }
  return head.kind == direction::request ? about_request_field(head, field)
                                         : about_response_field(head, field);
}

std::string about_head(const message_head &head) {
  const http::framing &f = head.framing;
  std::string out;
  switch (f.kind) {
  case body_kind::none:
    out = head.kind == direction::request ? "no body" : "no body: " + why_no_body(head);
    break;
  case body_kind::length: out = f.length == 0 ? "empty body" : "body of " + octets(f.length); break;
  case body_kind::chunked: out = "chunked body"; break;
  case body_kind::until_close: return "body until the connection closes";
  case body_kind::tunnel: return "no body: " + why_no_body(head);
  }
  if (head.interim) return out + "; the response is still to come";
  if (head.kind == direction::response && head.response.code == 101) return out;
  if (head.kind == direction::request && head.request.method == http::method::connect)
    return out + "; asks for a tunnel";
  if (f.expects_continue) out += "; waits for 100";
  if (f.upgrade) out += "; offers an upgrade";
  return out + (f.keep_alive ? "; keep-alive" : "; then close");
}

std::vector<std::string_view> about_deviations(http::deviations now, http::deviations before) {
  std::vector<std::string_view> out;
  for (unsigned bit = 0; bit < 16; ++bit) {
    const auto d = static_cast<http::deviation>(1u << bit);
    if (now.has(d) && !before.has(d) && !about_deviation(d).empty()) out.push_back(about_deviation(d));
  }
  return out;
}

} // namespace inspect
