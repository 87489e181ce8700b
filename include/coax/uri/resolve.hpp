// What a reference means where it was found: Location, Content-Location, Referer, links (RFC 3986 §5.2).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/outcome.hpp"
#include "../core/scan.hpp"
#include "errc.hpp"
#include "normalize.hpp"
#include "uri.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::uri {

/// The outcome of resolving. With bad_uri, `why` tells where in the reference.
struct [[nodiscard]] resolved : written<errc> {
  fault why{};
};

namespace detail {

/// Whether a reference names a scheme, so that nothing of the base is in it (RFC 3986 §4.2, §4.3).
constexpr bool names_scheme(std::string_view reference) noexcept {
  if (reference.empty() || !ascii::is(reference.front(), ascii::alpha)) return false;
  return reference.substr(find_outside(reference, 1, ascii::scheme)).starts_with(':');
}

/// Writes what of the base stands before the reference (RFC 3986 §5.2.2 and §5.2.3), dot-segments still in
/// place. Userinfo is not passed on.
constexpr void put_base(bounded_writer &to, const parts &base, std::string_view reference) noexcept {
  if (names_scheme(reference)) return;
  to.put(name(base.scheme)).put(':');
  if (reference.starts_with("//")) return;
  to.put("//").put(base.authority.host);
  if (base.authority.has_port) to.put(':').put(base.authority.port_text);
  if (reference.starts_with('/')) return;
  if (!reference.empty() && reference.front() != '?' && reference.front() != '#') {
    const std::size_t slash = base.path.rfind('/');
    to.put(slash == std::string_view::npos ? "/" : base.path.substr(0, slash + 1));
    return;
  }
  to.put(base.path);
  if (base.has_query && !reference.starts_with('?')) to.put('?').put(base.query);
}

/// RFC 3986 §5.2.4, in place; encoded dots are dots. The path is empty or begins with "/". Returns its new
/// size. Linear: an octet is dropped at most once.
constexpr std::size_t remove_dot_segments(std::span<char> path) noexcept {
  const std::string_view text(path.data(), path.size());
  std::size_t kept = 0;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    end = std::min(text.find('/', at + 1), text.size());
    const int dots = count_dots(text.substr(at + 1, end - at - 1));
    if (dots == 0) {
      while (at < end) path[kept++] = path[at++];
      continue;
    }
    if (dots == 2)
      while (kept != 0 && path[--kept] != '/') {
      }
    if (end == text.size()) path[kept++] = '/'; // what a dot-segment names ends with "/"
  }
  return kept;
}

} // namespace detail

/// Writes the URI that `reference` stands for in a document at `base`: absolute, dot-segments removed, all
/// else as it is written. A fragment is the reference's own; whether one is inherited is for the caller to
/// decide (RFC 9110 §10.2.2 for Location). Parsing is strict: "http:g" is no relative reference (RFC 3986
/// §5.2.2).
///
/// Errors: bad_uri and unsupported_address as parse() gives them for the result, with the place in the
/// reference, also for a reference to another scheme than http, https, ws and wss, and for parts that no
/// parse() gave; buffer_too_small: the work needs room for the dot-segments too, so `required` can be above
/// the final size. `out` must not overlap the base or the reference. Linear.
constexpr resolved resolve(const parts &base, std::string_view reference, std::span<char> out,
                           const options &opt = {}) noexcept {
  if (!detail::is_sound(base)) return {{errc::bad_uri}, {}};
  bounded_writer to(out);
  detail::put_base(to, base, reference);
  const std::size_t before = to.required();
  to.put(reference);
  const std::size_t required = to.required();
  if (!to.fits()) return {{errc::buffer_too_small, 0, required}, {}};

  const parsed whole = parse({out.data(), required}, opt);
  if (!whole) {
    const std::size_t at = whole.why.at;
    return {{whole.ec}, detail::fault_at(at < before ? 0 : at - before, whole.why.what)};
  }
  const std::string_view path = whole.value.path;
  const auto begin = static_cast<std::size_t>(path.data() - out.data());
  const std::size_t end = begin + path.size();
  const std::size_t kept = begin + detail::remove_dot_segments(out.subspan(begin, path.size()));
  const auto at = [&](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
  std::copy(at(end), at(required), at(kept));
  return {{errc::ok, kept + (required - end), required}, {}};
}

} // namespace coax::inline v0_1::uri
