// host [ ":" port ]: the authority of a URI without userinfo, the Host field, CONNECT's target.
#pragma once

#include "../core/ascii.hpp"
#include "../core/fault.hpp"
#include "../core/number.hpp"
#include "../core/plain_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::uri {

/// What a host is written as (RFC 3986 §3.2.2).
enum class host_kind : std::uint8_t {
  reg_name,  ///< a registered name; also anything dotted that is no exact IPv4 address. May be empty.
  ipv4,      ///< four decimal octets without leading zeros
  ipv6,      ///< in brackets
  ip_future, ///< in brackets, "v": valid by grammar, of no known use
};

/// An authority without userinfo. Views into the parsed text.
struct authority {
  std::string_view host{}; ///< as written, with brackets where it has them
  host_kind kind = host_kind::reg_name;
  bool has_port = false;        ///< a ":" follows the host, even if no digit follows that
  std::string_view port_text{}; ///< may be empty although has_port
  std::uint16_t port = 0;       ///< 0 when port_text is empty
};

/// A parsed authority, or where it goes wrong.
struct parsed_authority {
  bool ok = false;
  std::size_t at = 0; ///< when not ok: offset of the offending byte; the text's size if something is missing
  element what = element::none;
  authority value{};
};

namespace detail {

/// Checks an IPv4address that makes up the whole of `text`: four octets without leading zeros. Returns the
/// offset of the first offending byte, or npos.
constexpr std::size_t find_ipv4_error(std::string_view text) noexcept {
  std::size_t i = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet != 0) {
      if (i == text.size() || text[i] != '.') return i;
      ++i;
    }
    const std::size_t first = i;
    unsigned value = 0;
    for (; i < text.size() && ascii::is(text[i], ascii::digit); ++i) {
      const bool leading_zero = value == 0 && i != first;
      value = value * 10 + static_cast<unsigned>(text[i] - '0');
      if (leading_zero || value > 255) return i;
    }
    if (i == first) return i;
  }
  return i == text.size() ? std::string_view::npos : i;
}

/// Checks an IPv6address that makes up the whole of `text`. Returns the offset of the first offending
/// byte, or npos.
constexpr std::size_t find_ipv6_error(std::string_view text) noexcept {
  std::size_t i = 0;
  int groups = 0;
  bool elided = false;
  if (text.starts_with(':')) {
    if (!text.starts_with("::")) return 1;
    elided = true;
    i = 2;
    if (i == text.size()) return std::string_view::npos;
  }
  for (;;) {
    const std::size_t first = i;
    while (i < text.size() && i - first < 4 && ascii::is(text[i], ascii::hexdig)) ++i;
    if (i == first) return i;
    if (i < text.size() && text[i] == '.') { // ls32 as an IPv4address, in place of the last two groups
      if (elided ? groups > 5 : groups != 6) return i;
      const std::size_t bad = find_ipv4_error(text.substr(first));
      // Digits that make no octet still make a group: what spoils them is the ".".
      return bad == std::string_view::npos ? bad : std::max(i, first + bad);
    }
    ++groups;
    const bool full = groups == (elided ? 7 : 8); // "::" stands for one group at least
    if (i == text.size()) return full || elided ? std::string_view::npos : i;
    if (full || text[i] != ':') return i;
    ++i;
    if (i == text.size() || text[i] != ':') continue;
    if (elided) return i;
    elided = true;
    ++i;
    if (i == text.size()) return std::string_view::npos;
    if (groups == 7) return i;
  }
}

/// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ), without the brackets.
constexpr std::size_t find_ip_future_error(std::string_view text) noexcept {
  const std::size_t dot = [&] {
    std::size_t i = 1;
    while (i < text.size() && ascii::is(text[i], ascii::hexdig)) ++i;
    return i;
  }();
  if (dot == 1 || dot == text.size() || text[dot] != '.') return dot;
  std::size_t i = dot + 1;
  while (i < text.size() && (ascii::is(text[i], ascii::reg_name) || text[i] == ':')) ++i;
  return i == text.size() && i > dot + 1 ? std::string_view::npos : i;
}

/// Whether the host of an authority is empty.
constexpr bool lacks_host(std::string_view text) noexcept { return text.empty() || text.front() == ':'; }

} // namespace detail

/// Parses uri-host [ ":" port ] (RFC 3986 §3.2.2 and §3.2.3, RFC 9110 §7.2) that makes up the whole of
/// `text`. An empty host is accepted: whether it may be empty depends on where the authority stands. Ports
/// above 65535 are refused. Linear in the text's size.
constexpr parsed_authority parse_authority(std::string_view text) noexcept {
  parsed_authority out;
  out.what = element::host;
  std::size_t i = 0;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    const std::string_view inner = text.substr(1, close == std::string_view::npos ? close : close - 1);
    const bool future = inner.starts_with('v') || inner.starts_with('V');
    std::size_t bad = future ? detail::find_ip_future_error(inner) : detail::find_ipv6_error(inner);
    if (bad == std::string_view::npos && close == std::string_view::npos) bad = inner.size();
    if (bad != std::string_view::npos) {
      out.at = 1 + bad;
      return out;
    }
    out.value.kind = future ? host_kind::ip_future : host_kind::ipv6;
    i = close + 1;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (is_plainly_name(text.substr(0, colon))) i = colon;
    for (; i < text.size() && text[i] != ':'; ++i) {
      if (ascii::is(text[i], ascii::reg_name)) continue;
      out.at = i;
      if (text[i] != '%') return out;
      for (int digits = 0; digits < 2; ++digits) {
        ++i;
        if (i < text.size() && ascii::is(text[i], ascii::hexdig)) continue;
        out.at = i;
        return out;
      }
    }
    if (detail::find_ipv4_error(text.substr(0, i)) == std::string_view::npos)
      out.value.kind = host_kind::ipv4;
  }
  out.value.host = text.substr(0, i);
  out.what = element::port;
  out.at = i;
  if (i < text.size()) {
    if (text[i] != ':') {
      out.what = element::host;
      return out;
    }
    out.value.has_port = true;
    out.value.port_text = text.substr(i + 1);
    if (!out.value.port_text.empty()) {
      const parsed_number port = parse_decimal(out.value.port_text, 0xFFFF);
      if (!port.ok) {
        out.at = i + 1 + port.at;
        return out;
      }
      out.value.port = static_cast<std::uint16_t>(port.value);
    }
  }
  out.ok = true;
  return out;
}

} // namespace coax::inline v0_1::uri
