// Sec-WebSocket-Protocol and Sec-WebSocket-Version: what the ends offer one another (RFC 6455 §11.3.4,
// §11.3.5).
#pragma once

#include "../core/number.hpp"
#include "../fields/list.hpp"
#include "field_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The version of the protocol that this library speaks (RFC 6455 §4.1 item 9).
inline constexpr std::uint8_t version = 13;

/// Reads the subprotocols of Sec-WebSocket-Protocol, the preferred one first:
///
///     Sec-WebSocket-Protocol = 1#token          ; any number of lines in a request
///
///     protocol_reader protocols(offer.fields);
///     for (std::string_view p; protocols.next(p);) ...
///     if (protocols.ec() != values::errc::ok) ... // protocols.why() tells where
///
/// Names compare octet by octet. Empty members are skipped, lines without a member are refused. That no name
/// occurs twice is for check_protocols() to say. Linear in the size of the lines, to which the views point.
///
/// values::errc::malformed: something that is no token. empty: a line without member. too_many: more than 64
/// members in all, or 16 empty ones in a line.
class protocol_reader {
public:
  /// The members of one line.
  constexpr explicit protocol_reader(std::string_view value) noexcept : source_(value) {}
  /// The members of all lines in a head.
  constexpr explicit protocol_reader(const http::fields &all) noexcept
      : source_(all, "Sec-WebSocket-Protocol") {}

  /// Takes the next name; false at the end or at an error, and from then on.
  constexpr bool next(std::string_view &out) noexcept {
    while (ec_ == values::errc::ok) {
      std::string_view member;
      if (in_line_ && members_.next(member)) {
        if (left_-- == 0) return fail(values::errc::too_many, members_.offset());
        const std::size_t end = find_outside(member, 0, ascii::tchar);
        if (end != member.size()) return fail(values::errc::malformed, members_.offset() + end);
        out = member;
        return true;
      }
      if (in_line_ && members_.ec() != values::errc::ok) return fail(members_.ec(), members_.at());
      if (!(in_line_ = source_.next())) return false;
      members_ = values::list_reader(source_.line(), values::list_of::tokens, values::list_size::at_least_one,
                                     list_limits);
    }
    return false;
  }

  constexpr values::errc ec() const noexcept { return ec_; }
  /// With an error: the offending octet, counted from the start of the value, or of the head.
  constexpr fault why() const noexcept { return why_; }
  /// The place of an octet of the line that next() is in.
  constexpr fault place(std::size_t offset) const noexcept { return source_.place(offset); }
  /// Where in its line the name that next() gave begins.
  constexpr std::size_t offset() const noexcept { return members_.offset(); }

private:
  constexpr bool fail(values::errc ec, std::size_t at) noexcept {
    ec_ = ec;
    why_ = source_.place(at);
    return false;
  }

  detail::field_source source_;
  values::list_reader members_{std::string_view{}};
  fault why_{};
  std::uint16_t left_ = list_limits.members;
  values::errc ec_ = values::errc::ok;
  bool in_line_ = false;
};

/// What a reader makes of a whole list.
struct checked_list {
  values::errc ec = values::errc::ok;
  fault why{};
  std::size_t members = 0;
  constexpr explicit operator bool() const noexcept { return ec == values::errc::ok; }
};

/// Reads all subprotocols. Besides the reader's errors: values::errc::duplicate for a name that occurred
/// before, at the later one (RFC 6455 §4.1 item 10).
constexpr checked_list check_protocols(protocol_reader names) noexcept {
  struct known {
    const char *data;
    std::size_t size;
    std::uint32_t hash;
  };
  std::array<known, list_limits.members> seen; // not cleared: mostly there are none or one
  checked_list out;
  for (std::string_view name; names.next(name); ++out.members) {
    std::uint32_t hash = 0x811C9DC5u; // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
    for (std::size_t i = 0; i < out.members; ++i)
      if (seen[i].hash == hash && std::string_view(seen[i].data, seen[i].size) == name)
        return {values::errc::duplicate, names.place(names.offset()), i};
    seen[out.members] = {name.data(), name.size(), hash};
  }
  out.ec = names.ec();
  out.why = names.why();
  return out;
}

/// Whether the subprotocol is among those of a list. A list that the reader refuses has none.
constexpr bool names_protocol(protocol_reader names, std::string_view wanted) noexcept {
  bool found = false;
  for (std::string_view name; names.next(name);) found = found || name == wanted;
  return found && names.ec() == values::errc::ok;
}

/// Whose order counts where several subprotocols would do.
enum class preference : std::uint8_t { of_server, of_client };

/// The subprotocol to choose: the first of `supported` that the client offers, or with preference::of_client
/// the first of the client's that is supported. Empty if there is none: the connection can be accepted
/// without, but clients built on npm `ws`, and browsers, close it when they had offered any. The view is one
/// of `supported`. Takes the product of both lists' sizes.
constexpr std::string_view select_protocol(const protocol_reader &offered,
                                           std::span<const std::string_view> supported,
                                           preference whose = preference::of_server) noexcept {
  if (whose == preference::of_server) {
    for (const std::string_view name : supported)
      if (names_protocol(offered, name)) return name;
    return {};
  }
  std::string_view chosen;
  protocol_reader names = offered;
  for (std::string_view name; names.next(name);)
    for (const std::string_view known : supported)
      if (chosen.empty() && known == name) chosen = known;
  return names.ec() == values::errc::ok ? chosen : std::string_view{};
}

/// A version number (RFC 6455 §4.3): 0 to 255, without leading zeros.
struct parsed_version {
  bool ok = false;
  std::uint8_t value = 0;
};
constexpr parsed_version parse_version(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '0') return {};
  const parsed_number number = parse_decimal(text, 255);
  return {number.ok, static_cast<std::uint8_t>(number.ok ? number.value : 0)};
}

/// Reads the versions that a server lists in Sec-WebSocket-Version when it refuses one (RFC 6455 §4.4), over
/// all lines. What is no version number is skipped.
///
///     version_reader versions(response.fields);
///     for (std::uint8_t v; versions.next(v);) ...
class version_reader {
public:
  constexpr explicit version_reader(const http::fields &all) noexcept
      : source_(all, "Sec-WebSocket-Version") {}

  /// Takes the next version; false behind the last one.
  constexpr bool next(std::uint8_t &out) noexcept {
    for (;;) {
      for (std::string_view member; members_.next(member);) {
        const parsed_version found = parse_version(member);
        if (!found.ok) continue;
        out = found.value;
        return true;
      }
      if (!source_.next()) return false;
      members_ = values::list_splitter(source_.line(), values::list_of::tokens);
    }
  }

private:
  detail::field_source source_;
  values::list_splitter members_{{}, values::list_of::tokens};
};

} // namespace coax::inline v0_1::websocket
