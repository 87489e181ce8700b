// Host and the effective authority of a request (RFC 9112 §3.2 and §3.3, RFC 9110 §7.2).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../uri/target.hpp"
#include "context.hpp"
#include "head.hpp"
#include "plain_fields.hpp"
#include "verdict.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

namespace detail {

/// Whether there is one Host, and it is a name or an IPv4 address, with a port of up to four digits or
/// without: then it is in order under every leniency.
[[gnu::noinline]] constexpr bool has_plain_host(const request &r) noexcept {
  if (std::is_constant_evaluated() || r.framing.repeated() || !r.framing.has(field_id::host)) return false;
  const field_ref *ref = r.fields.refs().data();
  const field_ref *const end = ref + r.fields.size();
  while (ref != end && ref->framing != field_id::host) ++ref;
  if (ref == end) return false;
  return is_plain_host(r.fields.base(), r.size, *ref);
}

/// check_host(), where the above is not enough.
[[gnu::noinline]] constexpr verdict judge_host(const request &r, const leniency &len,
                                               deviations &seen) noexcept {
  const field_ref *host = nullptr;
  if (r.framing.has(field_id::host)) {
    for (const field_ref &ref : r.fields.refs()) {
      if (ref.framing != field_id::host) continue;
      if (host != nullptr) // RFC 9112 §3.2: in every version, even if the values are equal
        return refusal(errc::multiple_host, ref.name, element::field_name, index_of(r.fields, ref));
      host = &ref;
      if (!r.framing.repeated()) break;
    }
  }
  if (host == nullptr) {
    if (r.minor == 0) return {};
    if (!len.allow_missing_host) return refusal(errc::missing_host, empty_line(r), element::head);
    seen.add(deviation::missing_host);
    return {};
  }
  const std::size_t index = index_of(r.fields, *host);
  const std::string_view value = r.fields[index].value;
  if (value.empty())
    return len.reject_empty_host ? refusal(errc::bad_host, host->value, element::field_value, index)
                                 : verdict{};
  const uri::parsed_authority parsed = uri::parse_authority(value);
  std::size_t bad = parsed.ok ? value.size() : parsed.at;
  if (uri::detail::lacks_host(value)) bad = 0;
  const std::size_t comma = value.find(',');
  if (comma < value.size()) { // legal in a reg-name, but in practice a merged duplicate
    if (!len.allow_comma_in_host && comma < bad) bad = comma;
    seen.add(deviation::comma_in_host);
  }
  if (bad == value.size() && parsed.ok) return {};
  return refusal(errc::bad_host, host->value + bad, element::field_value, index);
}

} // namespace detail

/// Checks the Host rules of a request whose head is syntactically valid. Deviations that were tolerated are
/// added to `seen`. Offsets in the verdict count from the first byte of the start-line.
constexpr verdict check_host(const request &r, const leniency &len, deviations &seen) noexcept {
  return detail::has_plain_host(r) ? verdict{} : detail::judge_host(r, len, seen);
}

/// The request's target, taken apart. The head's parser accepted it already.
constexpr uri::target view_target(const request &r) noexcept {
  return uri::parse_target(r.target, r.method == method::connect, uri::syntax::any_visible).value;
}

/// The authority that a request is for: its target's in absolute-form and authority-form, whatever Host says
/// (RFC 9112 §3.2.2), else the value of Host; empty if there is none.
constexpr std::string_view effective_authority(const request &r) noexcept {
  const uri::target t = view_target(r);
  const bool own = t.form == uri::target_form::absolute || t.form == uri::target_form::authority;
  return own ? t.authority_text : r.fields["Host"];
}

/// Writes the target URI (RFC 9112 §3.3). `secure` tells whether the connection is secured by TLS.
///
/// Errors: buffer_too_small, `required` says how much it takes; missing_host if the request names no
/// authority, as HTTP/1.0 and an empty Host allow: the server has to know its own name then.
constexpr written<errc> target_uri(const request &r, bool secure, std::span<char> out) noexcept {
  bounded_writer w(out);
  const uri::target t = view_target(r);
  if (t.form == uri::target_form::absolute) {
    w.put(r.target);
  } else {
    const std::string_view authority = effective_authority(r);
    if (authority.empty()) return {errc::missing_host, 0, 0};
    w.put(secure ? "https://" : "http://").put(authority);
    if (t.form == uri::target_form::origin) w.put(r.target);
  }
  return w.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::http
