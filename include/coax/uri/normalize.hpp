// The normal form of a URI (RFC 3986 §6.2.2 and §6.2.3, RFC 9110 §4.2.3), for those who ask for it.
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "../core/outcome.hpp"
#include "authority.hpp"
#include "errc.hpp"
#include "percent.hpp"
#include "uri.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::uri {

/// What an empty path becomes.
enum class empty_path : std::uint8_t {
  slash, ///< "/", its equivalent
  keep,  ///< nothing: for OPTIONS, where the empty path asks for "*" and "/" does not (RFC 9110 §4.2.3)
};

namespace detail {

/// One octet of a component in normal form.
struct normal_octet {
  char c = 0;
  bool encoded = false; ///< stands as "%" and two upper-case digits
};

/// Reads the octet at `text[at]` and goes past it. Decoded are only octets that mean the same either way;
/// encoded also raw ones outside `plain`, a "%" that encodes nothing among them, so that what is written can
/// never be decoded to more than was there.
constexpr normal_octet take_octet(std::string_view text, std::size_t &at, ascii::char_set plain) noexcept {
  const int octet = encoded_octet(text, at);
  if (octet < 0) {
    const char c = text[at++];
    return {c, !ascii::is(c, plain)};
  }
  at += 3;
  const char c = static_cast<char>(static_cast<unsigned char>(octet));
  return {c, !ascii::is(c, ascii::unreserved)};
}

constexpr void put_normal(bounded_writer &to, std::string_view text, ascii::char_set plain) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const normal_octet octet = take_octet(text, at, plain);
    put_octet(to, octet.c, octet.encoded);
  }
}

constexpr void put_normal_host(bounded_writer &to, const authority &a) noexcept {
  const bool literal = a.host.starts_with('[');
  for (std::size_t at = 0; at < a.host.size();) {
    const normal_octet octet = literal ? normal_octet{a.host[at++]} : take_octet(a.host, at, ascii::reg_name);
    put_octet(to, ascii::to_lower(octet.c), octet.encoded);
  }
}

/// How many dots a dot-segment consists of, encoded or not; 0 for other segments.
constexpr int count_dots(std::string_view segment) noexcept {
  int dots = 0;
  for (std::size_t at = 0; at < segment.size(); ++dots)
    if (dots == 2 || take_octet(segment, at, ascii::path).c != '.') return 0;
  return dots;
}

/// Calls `f` with each segment that remove_dot_segments (RFC 3986 §5.2.4) leaves, the last one first: seen
/// from the end, it is known of each segment whether a ".." takes it away, and nothing has to be undone.
template <class F> constexpr void visit_kept_segments(std::string_view path, F &&f) noexcept {
  std::size_t parents = 0;
  for (std::size_t end = path.size(); end != 0;) {
    const std::size_t slash = path.rfind('/', end - 1);
    const std::string_view segment = path.substr(slash + 1, end - slash - 1);
    const int dots = count_dots(segment);
    if (dots != 0 && end == path.size()) f(std::string_view()); // what a dot-segment names ends with "/"
    if (dots == 2)
      ++parents;
    else if (dots == 0 && parents != 0)
      --parents;
    else if (dots == 0)
      f(segment);
    end = slash;
  }
}

constexpr std::size_t normal_size(std::string_view segment) noexcept {
  bounded_writer counter({});
  put_normal(counter, segment, ascii::path);
  return counter.required();
}

constexpr std::span<char> behind(std::span<char> out, std::size_t size) noexcept {
  return out.subspan(std::min(size, out.size()));
}

} // namespace detail

/// Writes the normal form of a path: percent-encodings of unreserved octets decoded, the others in upper
/// case, dot-segments removed, encoded ones too. ".." at the root leads nowhere. Gives bad_uri for a path
/// that is neither empty nor begins with "/". `out` must not overlap the path. Linear.
constexpr written<errc> normalize_path(std::string_view path, std::span<char> out,
                                       empty_path e = empty_path::slash) noexcept {
  if (path.empty() && e == empty_path::slash) path = "/";
  if (!path.empty() && path.front() != '/') return {errc::bad_uri};
  std::size_t size = 0;
  detail::visit_kept_segments(path,
                              [&](std::string_view segment) { size += 1 + detail::normal_size(segment); });
  if (size > out.size()) return {errc::buffer_too_small, 0, size};
  std::size_t end = size;
  detail::visit_kept_segments(path, [&](std::string_view segment) {
    const std::size_t begin = end - 1 - detail::normal_size(segment);
    bounded_writer to(out.subspan(begin, end - begin));
    detail::put_normal(to.put('/'), segment, ascii::path);
    end = begin;
  });
  return {errc::ok, size, size};
}

/// Writes the normal form of a URI: scheme and host in lower case, an empty or default port left out and
/// others without leading zeros, the path as normalize_path() writes it, query and fragment with their
/// percent-encodings in normal form. Userinfo is left out: it is no part of what the URI names. URIs with the
/// same normal form are equivalent; others may still be, as addresses are not rewritten: "[::1]" and "[0::1]"
/// stay different. Gives bad_uri for parts that no parse() gave. `out` must not overlap the URI. Linear.
constexpr written<errc> normalize(const parts &p, std::span<char> out,
                                  empty_path e = empty_path::slash) noexcept {
  if (!detail::is_sound(p)) return {errc::bad_uri};
  bounded_writer front(out);
  front.put(name(p.scheme)).put("://");
  detail::put_normal_host(front, p.authority);
  if (!detail::has_default_port(p)) {
    std::string_view digits = p.authority.port_text;
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    front.put(':').put(digits);
  }
  const written<errc> path = normalize_path(p.path, detail::behind(out, front.required()), e);
  const std::size_t tail = front.required() + path.required;
  bounded_writer back(detail::behind(out, tail));
  if (p.has_query) detail::put_normal(back.put('?'), p.query, ascii::query);
  if (p.has_fragment) detail::put_normal(back.put('#'), p.fragment, ascii::query);
  return detail::finish(tail + back.required(), out);
}

/// Whether two hosts are written the same but for the case of letters and the percent-encoding of unreserved
/// octets (RFC 3986 §6.2.2). Linear.
constexpr bool same_host(std::string_view a, std::string_view b) noexcept {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const detail::normal_octet x = detail::take_octet(a, i, ascii::visible_no_hash);
    const detail::normal_octet y = detail::take_octet(b, j, ascii::visible_no_hash);
    if (x.encoded != y.encoded || ascii::to_lower(x.c) != ascii::to_lower(y.c)) return false;
  }
  return i == a.size() && j == b.size();
}

} // namespace coax::inline v0_1::uri
