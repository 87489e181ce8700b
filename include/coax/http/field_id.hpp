// The fields that the codec and most programs know by name.
#pragma once

#include "../core/ascii.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace coax::inline v0_1::http {

// clang-format off
/// A known field name; `other` is any other token. Names compare without case (RFC 9110 §5.1).
enum class field_id : std::uint8_t {
  other,
  accept, accept_charset, accept_encoding, accept_language, accept_ranges, age, allow, authentication_info,
  authorization, cache_control, connection, content_disposition, content_encoding, content_language,
  content_length, content_location, content_md5, content_range, content_type, cookie, date, etag, expect, expires,
  forwarded, from, host, if_match, if_modified_since, if_none_match, if_range, if_unmodified_since, keep_alive,
  last_modified, link, location, max_forwards, origin, pragma, proxy_authenticate, proxy_authentication_info,
  proxy_authorization, proxy_connection, range, referer, retry_after, sec_websocket_accept,
  sec_websocket_extensions, sec_websocket_key, sec_websocket_protocol, sec_websocket_version, server, set_cookie,
  te, trailer, transfer_encoding, upgrade, user_agent, vary, via, warning, www_authenticate,
};
// clang-format on

/// The classes into which RFC 2616 sorts fields (§4.5, §5.3, §6.2, §7.1). Informational only: the fields
/// that it does not list are entity (extension) fields.
enum class field_class : std::uint8_t { general, request, response, entity };

namespace detail {

struct field_info {
  field_id id;
  std::string_view name;
  field_class kind;
  bool trailer; // whether a trailer section may hold it: docs/requirements/http.md, Annex 2
};

inline constexpr field_info field_table[] = {
    {field_id::other, "", field_class::entity, true},
    {field_id::accept, "Accept", field_class::request, true},
    {field_id::accept_charset, "Accept-Charset", field_class::request, true},
    {field_id::accept_encoding, "Accept-Encoding", field_class::request, true},
    {field_id::accept_language, "Accept-Language", field_class::request, true},
    {field_id::accept_ranges, "Accept-Ranges", field_class::response, true},
    {field_id::age, "Age", field_class::response, false},
    {field_id::allow, "Allow", field_class::entity, true},
    {field_id::authentication_info, "Authentication-Info", field_class::entity, true},
    {field_id::authorization, "Authorization", field_class::request, false},
    {field_id::cache_control, "Cache-Control", field_class::general, false},
    {field_id::connection, "Connection", field_class::general, false},
    {field_id::content_disposition, "Content-Disposition", field_class::entity, true},
    {field_id::content_encoding, "Content-Encoding", field_class::entity, false},
    {field_id::content_language, "Content-Language", field_class::entity, true},
    {field_id::content_length, "Content-Length", field_class::entity, false},
    {field_id::content_location, "Content-Location", field_class::entity, true},
    {field_id::content_md5, "Content-MD5", field_class::entity, true},
    {field_id::content_range, "Content-Range", field_class::entity, false},
    {field_id::content_type, "Content-Type", field_class::entity, false},
    {field_id::cookie, "Cookie", field_class::entity, false},
    {field_id::date, "Date", field_class::general, false},
    {field_id::etag, "ETag", field_class::response, true},
    {field_id::expect, "Expect", field_class::request, false},
    {field_id::expires, "Expires", field_class::entity, false},
    {field_id::forwarded, "Forwarded", field_class::entity, true},
    {field_id::from, "From", field_class::request, true},
    {field_id::host, "Host", field_class::request, false},
    {field_id::if_match, "If-Match", field_class::request, false},
    {field_id::if_modified_since, "If-Modified-Since", field_class::request, false},
    {field_id::if_none_match, "If-None-Match", field_class::request, false},
    {field_id::if_range, "If-Range", field_class::request, false},
    {field_id::if_unmodified_since, "If-Unmodified-Since", field_class::request, false},
    {field_id::keep_alive, "Keep-Alive", field_class::entity, false},
    {field_id::last_modified, "Last-Modified", field_class::entity, true},
    {field_id::link, "Link", field_class::entity, true},
    {field_id::location, "Location", field_class::response, false},
    {field_id::max_forwards, "Max-Forwards", field_class::request, false},
    {field_id::origin, "Origin", field_class::entity, true},
    {field_id::pragma, "Pragma", field_class::general, false},
    {field_id::proxy_authenticate, "Proxy-Authenticate", field_class::response, false},
    {field_id::proxy_authentication_info, "Proxy-Authentication-Info", field_class::entity, true},
    {field_id::proxy_authorization, "Proxy-Authorization", field_class::request, false},
    {field_id::proxy_connection, "Proxy-Connection", field_class::entity, false},
    {field_id::range, "Range", field_class::request, false},
    {field_id::referer, "Referer", field_class::request, true},
    {field_id::retry_after, "Retry-After", field_class::response, false},
    {field_id::sec_websocket_accept, "Sec-WebSocket-Accept", field_class::entity, true},
    {field_id::sec_websocket_extensions, "Sec-WebSocket-Extensions", field_class::entity, true},
    {field_id::sec_websocket_key, "Sec-WebSocket-Key", field_class::entity, true},
    {field_id::sec_websocket_protocol, "Sec-WebSocket-Protocol", field_class::entity, true},
    {field_id::sec_websocket_version, "Sec-WebSocket-Version", field_class::entity, true},
    {field_id::server, "Server", field_class::response, true},
    {field_id::set_cookie, "Set-Cookie", field_class::entity, false},
    {field_id::te, "TE", field_class::request, false},
    {field_id::trailer, "Trailer", field_class::general, false},
    {field_id::transfer_encoding, "Transfer-Encoding", field_class::general, false},
    {field_id::upgrade, "Upgrade", field_class::general, false},
    {field_id::user_agent, "User-Agent", field_class::request, true},
    {field_id::vary, "Vary", field_class::response, false},
    {field_id::via, "Via", field_class::general, false},
    {field_id::warning, "Warning", field_class::general, false},
    {field_id::www_authenticate, "WWW-Authenticate", field_class::response, false},
};
inline constexpr std::size_t field_count = sizeof(field_table) / sizeof(field_table[0]);

constexpr bool field_table_is_in_order() noexcept {
  std::size_t i = 0;
  for (const auto &row : field_table)
    if (static_cast<std::size_t>(row.id) != i++) return false;
  return i == static_cast<std::size_t>(field_id::www_authenticate) + 1;
}
static_assert(field_table_is_in_order());

constexpr const field_info &info(field_id id) noexcept { return field_table[static_cast<std::size_t>(id)]; }

/// Where a name stands in field_slots, whatever the case of its letters. Precondition: it is not empty.
constexpr std::size_t slot_of(std::string_view name) noexcept {
  const auto octet = [name](std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(name[at])} | 0x20;
  };
  const std::uint32_t key = octet(0) | octet(name.size() / 2) << 8 | octet(name.size() - 1) << 16 |
                            static_cast<std::uint32_t>(name.size()) << 24;
  return key * 0x72998E75u >> 25; // found by trying: no two known names share a slot
}

inline constexpr std::array<field_id, 128> field_slots = [] {
  std::array<field_id, 128> slots{};
  for (const auto &row : field_table)
    if (row.id != field_id::other) slots[slot_of(row.name)] = row.id;
  return slots;
}();

} // namespace detail

/// The canonical spelling of a known field's name; empty for `other`.
constexpr std::string_view name(field_id id) noexcept { return detail::info(id).name; }

/// The known field that `name` names, without case, or `other`.
constexpr field_id to_field_id(std::string_view name) noexcept {
  if (name.empty()) return field_id::other;
  const field_id known = detail::field_slots[detail::slot_of(name)];
  return ascii::iequals(name, detail::info(known).name) ? known : field_id::other;
}

namespace detail {
constexpr bool each_field_has_a_slot() noexcept {
  for (const auto &row : field_table)
    if (to_field_id(row.name) != row.id) return false;
  return true;
}
static_assert(each_field_has_a_slot());
} // namespace detail

/// RFC 2616's class of a field.
constexpr field_class class_of(field_id id) noexcept { return detail::info(id).kind; }

/// Whether a trailer section may hold the field. Unknown fields may (RFC 9110 §6.5.1; the list is that of
/// docs/requirements/http.md, Annex 2).
constexpr bool allowed_in_trailers(field_id id) noexcept { return detail::info(id).trailer; }

/// Whether a section may hold one line of the field at most, as its value is no list (RFC 9110 §5.3).
/// Set-Cookie and the fields whose values are lists may occur any number of times, and so may unknown ones.
constexpr bool may_occur_once(field_id id) noexcept {
  switch (id) {
  case field_id::age:
  case field_id::authorization:
  case field_id::content_disposition:
  case field_id::content_length:
  case field_id::content_location:
  case field_id::content_md5:
  case field_id::content_range:
  case field_id::content_type:
  case field_id::cookie:
  case field_id::date:
  case field_id::etag:
  case field_id::expires:
  case field_id::from:
  case field_id::host:
  case field_id::if_modified_since:
  case field_id::if_range:
  case field_id::if_unmodified_since:
  case field_id::last_modified:
  case field_id::location:
  case field_id::max_forwards:
  case field_id::origin:
  case field_id::proxy_authorization:
  case field_id::range:
  case field_id::referer:
  case field_id::retry_after:
  case field_id::sec_websocket_accept:
  case field_id::sec_websocket_key:
  case field_id::server:
  case field_id::user_agent: return true;
  default: return false;
  }
}

/// The fields that decide how a message is framed and what becomes of the connection; every other name is
/// `other`. Much cheaper than to_field_id().
constexpr field_id to_framing_field(std::string_view name) noexcept {
  const auto match = [name](field_id id) {
    return ascii::iequals(name, detail::info(id).name) ? id : field_id::other;
  };
  switch (name.size()) {
  case 2: return match(field_id::te);
  case 4: return match(field_id::host);
  case 6: return match(field_id::expect);
  case 7: return match(field_id::upgrade);
  case 10: return match(field_id::connection);
  case 14: return match(field_id::content_length);
  case 17: return match(field_id::transfer_encoding);
  default: return field_id::other;
  }
}

/// Which of the fields that decide how a message is framed a head holds, and whether it holds one of them
/// more than once.
class framing_set {
public:
  constexpr framing_set() noexcept = default;
  constexpr framing_set(std::initializer_list<field_id> ids) noexcept {
    for (const field_id id : ids) add(id);
  }
  /// For a head that nobody looked at: it may hold anything.
  static constexpr framing_set any() noexcept {
    framing_set out;
    out.bits_ = 0xFF;
    return out;
  }

  /// The set with these bits(), where `repeated` may be added.
  static constexpr framing_set of(unsigned bits, bool repeated) noexcept {
    return framing_set(static_cast<int>(bits) | (repeated ? repeated_bit : 0));
  }

  /// Adds what to_framing_field() gives; `other` adds nothing.
  constexpr void add(field_id id) noexcept { add(framing_set(bit(id))); }
  constexpr void add(framing_set more) noexcept {
    const int twice = (bits_ & more.bits_) != 0 ? repeated_bit : 0;
    bits_ = static_cast<std::uint8_t>(bits_ | more.bits_ | twice);
  }

  constexpr bool has(field_id id) const noexcept { return (bits_ & bit(id)) != 0; }
  /// Whether a field was added more than once.
  constexpr bool repeated() const noexcept { return (bits_ & repeated_bit) != 0; }
  /// Whether it holds nothing but one `id`, or nothing at all.
  constexpr bool at_most(field_id id) const noexcept { return (bits_ & ~bit(id)) == 0; }

  /// One bit for each field, and one for repeated().
  constexpr std::uint8_t bits() const noexcept { return bits_; }

private:
  static constexpr int repeated_bit = 128;

  constexpr explicit framing_set(int bits) noexcept : bits_(static_cast<std::uint8_t>(bits)) {}

  static constexpr int bit(field_id id) noexcept {
    switch (id) {
    case field_id::te: return 1;
    case field_id::host: return 2;
    case field_id::expect: return 4;
    case field_id::upgrade: return 8;
    case field_id::connection: return 16;
    case field_id::content_length: return 32;
    case field_id::transfer_encoding: return 64;
    default: return 0;
    }
  }

  std::uint8_t bits_ = 0;
};

} // namespace coax::inline v0_1::http
