#include "redirect.hpp"

#include "text.hpp"

#include <coax/http/field_id.hpp>

namespace http_client {

namespace {

/// Whether the redirect turns the method into GET: 303 by its meaning, the others for POST by long use
/// (RFC 9110 §15.4.2 to §15.4.4).
bool becomes_get(std::uint16_t code, std::string_view method) {
  if (code == 303) return method != "HEAD";
  return (code == 301 || code == 302) && method == "POST";
}

bool is_about_content(std::string_view name) {
  constexpr std::string_view prefix = "content-";
  return coax::ascii::iequals(name.substr(0, prefix.size()), prefix) ||
         coax::ascii::iequals(name, "Trailer") || coax::ascii::iequals(name, "Transfer-Encoding") ||
         coax::ascii::iequals(name, "Expect");
}

bool is_secret(std::string_view name) {
  switch (http::to_field_id(name)) {
  case http::field_id::authorization:
  case http::field_id::proxy_authorization:
  case http::field_id::cookie: return true;
  default: return false;
  }
}

void drop_content(request &ask, const trace &log) {
  if (ask.method != "GET") log.note(ask.method + " becomes GET");
  ask.method = "GET";
  ask.content = nullptr;
  ask.expect = false;
  std::erase_if(ask.fields, [](const auto &field) { return is_about_content(field.first); });
}

void drop_secrets(request &ask, const trace &log) {
  const std::size_t removed =
      std::erase_if(ask.fields, [](const auto &field) { return is_secret(field.first); });
  if (removed != 0 || ask.user.given) log.note("another origin: credentials and cookies are not sent there");
  ask.user = {};
}

} // namespace

bool is_redirect(std::uint16_t code) noexcept {
  return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

problem redirect(std::uint16_t code, std::string_view location, const redirect_policy &policy, request &ask,
                 const trace &log) {
  url next;
  if (problem p = resolve_location(ask.where, location, next)) return p;
  if (ask.where.secure && !next.secure && !policy.allow_downgrade)
    return {exit_status::bad_redirect,
            ask.where.text + " redirects to " + next.text + ", which is not secure",
            "--allow-downgrade follows it all the same"};
  log.note(std::to_string(code) + ": going on at " + next.text);
  if (becomes_get(code, ask.method)) drop_content(ask, log);
  if (!next.same_origin(ask.where)) drop_secrets(ask, log);
  ask.where = std::move(next);
  if (ask.has_content() && !ask.content->rewind())
    return {exit_status::bad_redirect,
            ask.where.text + " wants the content too, but " + ask.content->name() + " cannot be read twice",
            "leave --chunked out, or put the content into a file"};
  return {};
}

} // namespace http_client
