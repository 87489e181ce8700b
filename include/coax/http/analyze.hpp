// The one place that decides how a message's body is framed and what becomes of its connection.
#pragma once

#include "context.hpp"
#include "framing.hpp"
#include "framing_reader.hpp"
#include "head.hpp"
#include "plain_fields.hpp"
#include "status_code.hpp"
#include "verdict.hpp"

#include <cstdint>

namespace coax::inline v0_1::http {

namespace detail {

/// analyze() of a request. True if all is well, and only else is `why` written: a verdict takes longer to
/// pass.
[[gnu::noinline]] constexpr bool frame(const request &r, const limits &lim, const leniency &len, framing &out,
                                       verdict &why) noexcept {
  const auto fail = [&why](const verdict &v) {
    why = v;
    return false;
  };
  out = {};
  framing_reader fields(r.fields, false, len, out);
  out.keep_alive = fields.keep_alive(r.minor);
  out.upgrade = fields.upgrades() && r.minor >= 1; // RFC 9110 §7.8
  out.accepts_trailers = fields.takes_trailers() && r.minor >= 1;
  if (!fields.read(r.minor)) return fail(fields.why());
  const bool content = out.kind == body_kind::chunked || out.length != 0;
  if (r.method == method::connect) { // RFC 9110 §9.3.6
    if (content) return fail(fields.refuse_content());
    out.kind = body_kind::none;
  }
  if (content && len.reject_body_on_get_head && (r.method == method::get || r.method == method::head))
    return fail(fields.refuse_content());
  if (out.kind == body_kind::length && out.length > lim.body) return fail(fields.too_large());
  out.expects_continue = fields.continue_expected() && content && r.minor >= 1;
  return true;
}

/// analyze() of a response, likewise.
[[gnu::noinline]] constexpr bool frame(const response &r, method asked, const limits &lim,
                                       const leniency &len, framing &out, verdict &why) noexcept {
  const auto fail = [&why](const verdict &v) {
    why = v;
    return false;
  };
  out = {};
  framing_reader fields(r.fields, true, len, out);
  out.keep_alive = fields.keep_alive(r.minor);
  const bool tunnel = asked == method::connect && class_of(r.code) == status_class::successful;
  if (asked == method::head || is_informational(r.code) || r.code == 204 || r.code == 304 || tunnel) {
    // RFC 9112 §6.3(1) and (2): ends at the empty line, whatever its fields say
    if (fields.has_length() && !fields.read_length()) out.length = 0;
    out.seen = {};
    out.kind = tunnel ? body_kind::tunnel : body_kind::none;
    if (r.code != 101) return true;
    out.upgrade = fields.upgrades() && r.minor >= 1; // RFC 9110 §7.8
    return out.upgrade || fail(refusal(errc::unexpected_upgrade, empty_line(r), element::head));
  }
  if (!fields.read(r.minor)) return fail(fields.why());
  if (out.kind == body_kind::none) out.kind = body_kind::until_close;
  if (out.kind == body_kind::until_close) out.keep_alive = false;
  if (out.kind == body_kind::length && out.length > lim.body) return fail(fields.too_large());
  return true;
}

/// analyze() of a request with plain fields. False if there is more to it; `out` is of no use then.
constexpr bool frame_plainly(const request &r, const limits &lim, const leniency &len,
                             framing &out) noexcept {
  out = {.keep_alive = r.minor >= 1};
  return read_plain_fields(r.framing, r.size, r.fields, out) &&
         (r.minor >= 1 || (out.kind != body_kind::chunked && !out.upgrade)) && r.method != method::connect &&
         out.length <= lim.body && !len.reject_body_on_get_head;
}

/// The same for a response.
constexpr bool frame_plainly(const response &r, method asked, const limits &lim, framing &out) noexcept {
  if (asked == method::connect || asked == method::head || is_informational(r.code) || r.code == 204 ||
      r.code == 304)
    return false;
  out = {.keep_alive = r.minor >= 1};
  if (!read_plain_fields(r.framing, r.size, r.fields, out)) return false;
  out.upgrade = false; // is for 101
  if (out.kind == body_kind::none) {
    out.kind = body_kind::until_close;
    out.keep_alive = false;
  }
  return (r.minor >= 1 || out.kind != body_kind::chunked) && out.length <= lim.body;
}

} // namespace detail

/// Decides the framing of a request whose head is syntactically valid (RFC 9112 §6.3). `out` is meaningful
/// if the verdict is good; a limit on the body is applied to Content-Length here.
constexpr verdict analyze(const request &r, const limits &lim, const leniency &len, framing &out) noexcept {
  if (detail::frame_plainly(r, lim, len, out)) return {};
  verdict why;
  return detail::frame(r, lim, len, out, why) ? verdict{} : why;
}

/// Decides the framing of a response, given the method of the request that it answers.
constexpr verdict analyze(const response &r, method asked, const limits &lim, const leniency &len,
                          framing &out) noexcept {
  if (detail::frame_plainly(r, asked, lim, out)) return {};
  verdict why;
  return detail::frame(r, asked, lim, len, out, why) ? verdict{} : why;
}

} // namespace coax::inline v0_1::http
