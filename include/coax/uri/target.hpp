// The four forms of a request-target (RFC 9112 §3.2).
#pragma once

#include "../core/ascii.hpp"
#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "authority.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::uri {

/// Which octets a path and a query may hold. SP, CTL, DEL, "#" and octets above 0x7E are refused in all.
enum class syntax : std::uint8_t {
  browser, ///< RFC 3986, and what browsers send raw: `[ ] |` in the path, ``[ ] \ ^ ` { | }`` in the query
  rfc3986, ///< RFC 3986 only, each "%" followed by two hexadecimal digits
  any_visible, ///< any octet from 0x21 to 0x7E except "#"
};

enum class target_form : std::uint8_t {
  origin,    ///< "/path?query"
  absolute,  ///< "http://host/path?query"
  authority, ///< "host:port", for CONNECT
  asterisk,  ///< "*", for OPTIONS
};

/// A request-target, taken apart. Views into its text.
struct target {
  target_form form = target_form::origin;
  std::string_view scheme{};  ///< absolute-form only
  uri::authority authority{}; ///< absolute-form and authority-form
  std::string_view authority_text{};
  std::string_view path{};  ///< origin-form and absolute-form; may be empty in the latter
  std::string_view query{}; ///< without the "?"
  bool has_query = false;
  bool raw_octets = false; ///< path or query hold octets that RFC 3986 wants percent-encoded
};

/// A parsed target, or where it goes wrong.
struct parsed_target {
  bool ok = false;
  std::size_t at = 0; ///< when not ok: offset of the offending byte; the text's size if something is missing
  target value{};
};

namespace detail {

/// The octets a target may hold anywhere, by syntax: path and query are told apart only by parse_target().
constexpr ascii::char_set target_octets(syntax s) noexcept {
  switch (s) {
  case syntax::rfc3986: return ascii::query | ascii::percent | ascii::browser_path; // "[" "]" of IPv6 hosts
  case syntax::any_visible: return ascii::visible_no_hash;
  default: return ascii::query | ascii::percent | ascii::browser_query;
  }
}

/// Where a component ends, and whether what ends it stands inside a percent-encoding.
struct component_end {
  std::size_t at = 0;
  bool spoiled = false;
};

/// Checks one component, path or query, from `at` up to the first octet outside it (for a bad
/// percent-encoding, the octet that spoils it).
constexpr component_end skip_component(std::string_view text, std::size_t at, syntax s, bool in_query,
                                       bool &raw_octets) noexcept {
  const ascii::char_set strict = in_query ? ascii::query : ascii::path;
  const ascii::char_set extra = in_query ? ascii::browser_query : ascii::browser_path;
  for (;;) {
    at = find_outside(text, skip_plain_path(text, at), strict);
    if (at == text.size()) return {at};
    const char c = text[at];
    if (c == '%') {
      const std::size_t bad = find_outside(text.substr(0, at + 3), at + 1, ascii::hexdig);
      if (bad == at + 3) {
        at += 3;
        continue;
      }
      if (s == syntax::rfc3986) return {bad, true};
    } else if (s == syntax::rfc3986 || (c == '?' && !in_query) ||
               !ascii::is(c, s == syntax::browser ? extra : ascii::visible_no_hash)) {
      return {at};
    }
    raw_octets = true;
    ++at;
  }
}

} // namespace detail

/// Parses path-abempty [ "?" query ] from offset `at` to the end of `text` into `out`. Returns the offset of
/// the first offending byte (the text's size if a percent-encoding is cut off there), or npos. has_query
/// tells in which of the two it lies.
constexpr std::size_t parse_path_and_query(std::string_view text, std::size_t at, syntax s,
                                           target &out) noexcept {
  if (const std::string_view all = text.substr(at); is_plainly_target(all)) {
    const std::size_t mark = all.find('?');
    out.path = all.substr(0, mark);
    out.has_query = mark != std::string_view::npos;
    if (out.has_query) out.query = all.substr(mark + 1);
    return std::string_view::npos;
  }
  const detail::component_end path = detail::skip_component(text, at, s, false, out.raw_octets);
  out.path = text.substr(at, path.at - at);
  if (path.spoiled) return path.at;
  if (path.at == text.size()) return std::string_view::npos;
  if (text[path.at] != '?') return path.at;
  const detail::component_end query = detail::skip_component(text, path.at + 1, s, true, out.raw_octets);
  out.query = text.substr(path.at + 1, query.at - path.at - 1);
  out.has_query = true;
  return query.spoiled || query.at < text.size() ? query.at : std::string_view::npos;
}

/// Parses a whole request-target.
///
/// CONNECT takes authority-form with a port from 1 to 65535, and nothing else does (RFC 9112 §3.2.3); pass
/// `connect` accordingly. absolute-form is accepted for every scheme in the shape scheme "://" authority,
/// with a host and without userinfo (RFC 9110 §4.2). Which method may use asterisk-form is the caller's to
/// check. Linear in the text's size.
constexpr parsed_target parse_target(std::string_view text, bool connect, syntax s) noexcept {
  parsed_target out;
  target &t = out.value;
  if (connect) {
    t.form = target_form::authority;
    t.authority_text = text;
    if (detail::lacks_host(text)) return out;
    const parsed_authority a = parse_authority(text);
    t.authority = a.value;
    out.at = a.at;
    if (!a.ok) return out;
    out.at =
        text.size(); // where a digit that makes the port is missing: without one it is absent, empty or 0
    out.ok = a.value.port != 0;
    return out;
  }
  if (text.starts_with('*')) {
    t.form = target_form::asterisk;
    out.at = 1;
    out.ok = text.size() == 1;
    return out;
  }
  std::size_t path = 0;
  if (!text.starts_with('/')) { // absolute-form
    t.form = target_form::absolute;
    if (text.empty() || !ascii::is(text.front(), ascii::alpha)) return out;
    const std::size_t colon = find_outside(text, 1, ascii::scheme);
    for (out.at = colon; out.at < colon + 3; ++out.at)
      if (out.at == text.size() || text[out.at] != "://"[out.at - colon]) return out;
    t.scheme = text.substr(0, colon);
    const std::size_t authority = colon + 3;
    path = text.find_first_of("/?", authority);
    if (path == std::string_view::npos) path = text.size();
    t.authority_text = text.substr(authority, path - authority);
    out.at = authority;
    if (detail::lacks_host(t.authority_text)) return out;
    const parsed_authority a = parse_authority(t.authority_text);
    t.authority = a.value;
    out.at = authority + a.at;
    if (!a.ok) return out;
  } else {
    t.form = target_form::origin;
  }
  const std::size_t bad = parse_path_and_query(text, path, s, t);
  out.ok = bad == std::string_view::npos;
  out.at = out.ok ? text.size() : bad;
  return out;
}

} // namespace coax::inline v0_1::uri
