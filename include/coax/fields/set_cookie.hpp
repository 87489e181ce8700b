// Set-Cookie: what a server makes a user agent keep (RFC 6265 §4.1, §5.2).
#pragma once

#include "../core/number.hpp"
#include "cookie.hpp"
#include "cookie_date.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// Whether a user agent sends the cookie with requests that other sites cause.
enum class same_site : std::uint8_t {
  unset, ///< not said: up to the user agent
  strict,
  lax,
  none, ///< user agents demand Secure with it
};

/// A cookie and its attributes, to be written or as read. The texts belong to someone else.
struct set_cookie {
  std::string_view name;
  std::string_view value; ///< as written: quotes and percent signs mean nothing
  bool has_expires = false;
  bool has_max_age = false;  ///< Max-Age counts if both are there (RFC 6265 §4.1.2.2)
  std::int64_t expires = 0;  ///< seconds since 1970-01-01T00:00:00Z
  std::int64_t max_age = 0;  ///< seconds from now; 0 and below: expired
  std::string_view domain{}; ///< empty: only the host that sets it
  std::string_view path{};   ///< empty: the directory of the request's path
  bool secure = false;
  bool http_only = false;
  same_site site = same_site::unset;
};

/// Whether a cookie whose name begins with "__Secure-" or "__Host-", in whatever case, has the attributes
/// that its prefix promises: Secure; with "__Host-" also Path=/ and no Domain. User agents drop it otherwise.
constexpr bool keeps_prefix_promise(const set_cookie &c) noexcept {
  const auto begins_with = [&](std::string_view prefix) {
    return ascii::iequals(c.name.substr(0, prefix.size()), prefix);
  };
  if (begins_with("__Secure-")) return c.secure;
  return !begins_with("__Host-") || (c.secure && c.path == "/" && c.domain.empty());
}

/// One attribute, as written. Views into the text that was read.
struct cookie_attribute {
  std::string_view name;  ///< compares without case
  std::string_view value; ///< empty if there is none
};

/// Reads the attributes of a Set-Cookie line in order, unknown and repeated ones included:
///
///     set_cookie_attribute_reader attributes(line->attributes);
///     for (cookie_attribute a; attributes.next(a);)
///       if (ascii::iequals(a.name, "Partitioned")) ...
///
/// Empty attributes are skipped. Errors as of cookie_reader; parse_set_cookie() with the same limits refuses
/// the line for them.
class set_cookie_attribute_reader {
public:
  constexpr explicit set_cookie_attribute_reader(std::string_view text,
                                                 const limits &lim = default_limits) noexcept
      : parts_(text, lim) {}

  /// Takes the next attribute; false at the end or at an error, and from then on.
  constexpr bool next(cookie_attribute &out) noexcept {
    std::string_view part;
    if (!parts_.next(part)) return false;
    out = {part, {}};
    if (const std::size_t equals = part.find('='); equals < part.size()) {
      const cookie split = detail::split_at_equals(part, equals);
      out = {split.name, split.value};
    }
    return true;
  }

  constexpr errc ec() const noexcept { return parts_.ec(); }
  constexpr std::size_t at() const noexcept { return parts_.at(); }

private:
  detail::semicolon_splitter parts_;
};

/// A Set-Cookie line that was read.
struct received_set_cookie {
  set_cookie cookie;
  std::string_view attributes; ///< all of them, for set_cookie_attribute_reader; may be empty
  bool repeated = false;       ///< a known attribute occurs again: the last one counted (RFC 6265 §5.3)
  bool ignored = false; ///< a known attribute has a value that cannot be, and did not count (RFC 6265 §5.2)
};

namespace detail {

enum class known_attribute : std::uint8_t {
  expires,
  max_age,
  domain,
  path,
  secure,
  http_only,
  same_site,
  unknown
};

inline constexpr std::array<std::string_view, 7> attribute_names = {"Expires", "Max-Age",  "Domain",  "Path",
                                                                    "Secure",  "HttpOnly", "SameSite"};
inline constexpr std::array<std::string_view, 4> same_site_names = {"", "Strict", "Lax", "None"};

constexpr known_attribute to_known_attribute(std::string_view name) noexcept {
  std::uint8_t i = 0;
  while (i < attribute_names.size() && !ascii::iequals(name, attribute_names[i])) ++i;
  return static_cast<known_attribute>(i);
}

/// RFC 6265 §5.2.2. Numbers that are too large count as the largest.
constexpr bool read_max_age(std::string_view text, std::int64_t &out) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || find_outside(text, 0, ascii::digit) != text.size()) return false;
  constexpr std::uint64_t max = ~std::uint64_t{0} >> 1;
  const parsed_number number = parse_decimal(text, max);
  const std::int64_t value = static_cast<std::int64_t>(number.ok ? number.value : max);
  out = negative ? -value : value;
  return true;
}

/// Lets an attribute count; false if its value cannot be (RFC 6265 §5.2.1 to §5.2.6).
constexpr bool apply(known_attribute attribute, std::string_view value, set_cookie &out) noexcept {
  switch (attribute) {
  case known_attribute::expires: {
    const parsed<std::int64_t> date = parse_cookie_date(value);
    if (!date) return false;
    out.has_expires = true;
    out.expires = *date;
    return true;
  }
  case known_attribute::max_age:
    if (!read_max_age(value, out.max_age)) return false;
    out.has_max_age = true;
    return true;
  case known_attribute::domain:
    if (value.starts_with('.')) value.remove_prefix(1);
    if (value.empty()) return false;
    out.domain = value;
    return true;
  case known_attribute::path:
    out.path = value.starts_with('/') ? value : std::string_view{};
    return !out.path.empty();
  case known_attribute::secure: out.secure = true; return true;
  case known_attribute::http_only: out.http_only = true; return true;
  case known_attribute::same_site:
    out.site = same_site::unset;
    for (std::uint8_t i = 1; i < same_site_names.size(); ++i)
      if (ascii::iequals(value, same_site_names[i])) out.site = static_cast<same_site>(i);
    return out.site != same_site::unset;
  case known_attribute::unknown: break;
  }
  return true;
}

} // namespace detail

/// Reads the value of one Set-Cookie line as user agents do (RFC 6265 §5.2): name and value are what is in
/// front of the first ";", separated by the first "=", and the attributes follow in any order. Values may
/// hold every byte that a field value may except ";". Whether to accept the cookie (domain, prefix, public
/// suffix) is for the caller to decide: see keeps_prefix_promise().
///
/// errc::malformed: no "=" in the first part (at its end), no name (at 0), or a control character other than
/// HTAB. errc::too_many: more than limits::parameters attributes or limits::empty_members empty ones.
constexpr parsed<received_set_cookie> parse_set_cookie(std::string_view text,
                                                       const limits &lim = default_limits) noexcept {
  std::size_t end = text.find(';');
  if (end > text.size()) end = text.size();
  const std::string_view pair = text.substr(0, end);
  if (const std::size_t bad = find_outside_field_text(pair, 0); bad < pair.size())
    return {errc::malformed, bad, {}};
  const std::size_t equals = pair.find('=');
  if (equals > pair.size()) return {errc::malformed, end, {}};
  received_set_cookie out;
  const cookie split = detail::split_at_equals(pair, equals);
  if (split.name.empty()) return {errc::malformed, 0, {}};
  out.cookie.name = split.name;
  out.cookie.value = split.value;
  if (end == text.size()) return {errc::ok, 0, out};
  out.attributes = text.substr(end + 1);
  set_cookie_attribute_reader attributes(out.attributes, lim);
  unsigned seen = 0;
  for (cookie_attribute a; attributes.next(a);) {
    const detail::known_attribute known = detail::to_known_attribute(a.name);
    if (known == detail::known_attribute::unknown) continue;
    const unsigned mark = 1u << static_cast<unsigned>(known);
    out.repeated = out.repeated || (seen & mark) != 0;
    seen |= mark;
    if (!detail::apply(known, a.value, out.cookie)) out.ignored = true;
  }
  if (attributes.ec() != errc::ok) return {attributes.ec(), end + 1 + attributes.at(), {}};
  return {errc::ok, 0, out};
}

namespace detail {

/// *cookie-octet / ( DQUOTE *cookie-octet DQUOTE ), RFC 6265 §4.1.1
constexpr bool is_cookie_value(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  for (const char c : text)
    if (c <= ' ' || c >= 0x7F || c == '"' || c == ',' || c == ';' || c == '\\') return false;
  return true;
}

/// A name of labels of letters, digits and hyphens, RFC 1034 §3.5 and RFC 1123 §2.1.
constexpr bool is_domain(std::string_view text) noexcept {
  std::size_t label = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != '.') {
      if (!ascii::is(text[at], ascii::alpha | ascii::digit) && text[at] != '-') return false;
      continue;
    }
    if (at == label || at - label > 63 || text[label] == '-' || text[at - 1] == '-') return false;
    label = at + 1;
  }
  return text.size() <= 253;
}

/// Whether `text` may stand behind "; ", and comes back as it is: printable ASCII without ";".
constexpr bool is_attribute_text(std::string_view text) noexcept {
  for (const char c : text)
    if (c < ' ' || c >= 0x7F || c == ';') return false;
  return !text.empty() && text.front() != ' ' && text.back() != ' ';
}

constexpr bool may_be_set(const set_cookie &c) noexcept {
  constexpr std::int64_t year_1601 = -11644473600;
  return ascii::is_token(c.name) && is_cookie_value(c.value) && keeps_prefix_promise(c) &&
         (!c.has_expires || (c.expires >= year_1601 && c.expires <= last_date)) &&
         (!c.has_max_age || c.max_age > 0) && (c.domain.empty() || is_domain(c.domain)) &&
         (c.path.empty() || (c.path.front() == '/' && is_attribute_text(c.path))) &&
         c.site <= same_site::none && (c.site != same_site::none || c.secure);
}

} // namespace detail

/// Writes the value of Set-Cookie. `extensions` are attributes other than those of set_cookie, written as
/// they are, such as "Partitioned" or "Priority=High".
///
/// errc::invalid_input, so that nothing a program puts in can add an attribute, a cookie or a field:
///   - a name that is no token, a value with other than cookie-octets (RFC 6265 §4.1.1: no control character,
///     whitespace, DQUOTE except around it, comma, semicolon, backslash, nor byte above 0x7E);
///   - a prefix whose promise the attributes do not keep; SameSite=None without Secure;
///   - a date before 1601 or after 9999; a Max-Age that is not above 0 (to delete a cookie, set a date in the
///     past: RFC 6265 §3.1);
///   - a domain that is no host name, or has a dot in front; a path that does not begin with "/";
///   - a control character, a semicolon, a byte above 0x7E, or a space at an end of path or extension, and an
///     extension that has no name or the name of a known attribute.
/// errc::buffer_too_small.
constexpr written<errc> write_set_cookie(const set_cookie &c, std::span<char> out,
                                         std::span<const std::string_view> extensions = {}) noexcept {
  bool valid = detail::may_be_set(c);
  for (const std::string_view extension : extensions) {
    const std::string_view name = ascii::trim(extension.substr(0, extension.find('=')));
    valid = valid && detail::is_attribute_text(extension) && !name.empty() &&
            detail::to_known_attribute(name) == detail::known_attribute::unknown;
  }
  if (!valid) return {errc::invalid_input, 0, 0};
  bounded_writer to(out);
  to.put(c.name).put('=').put(c.value);
  if (c.has_expires) {
    const std::array<char, 29> date = imf_fixdate(c.expires);
    to.put("; Expires=").put(std::string_view(date.data(), date.size()));
  }
  if (c.has_max_age) {
    std::int64_t unit = 1;
    while (c.max_age / unit >= 10) unit *= 10;
    to.put("; Max-Age=");
    for (; unit > 0; unit /= 10) to.put(static_cast<char>('0' + c.max_age / unit % 10));
  }
  if (!c.domain.empty()) to.put("; Domain=").put(c.domain);
  if (!c.path.empty()) to.put("; Path=").put(c.path);
  if (c.secure) to.put("; Secure");
  if (c.http_only) to.put("; HttpOnly");
  if (c.site != same_site::unset)
    to.put("; SameSite=").put(detail::same_site_names[static_cast<std::size_t>(c.site)]);
  for (const std::string_view extension : extensions) to.put("; ").put(extension);
  return to.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
