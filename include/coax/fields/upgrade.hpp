// Upgrade: protocols to switch to (RFC 9110 §7.8).
#pragma once

#include "member_reader.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// One protocol of Upgrade. Views into the text that was read.
struct protocol {
  std::string_view name;    ///< compares without case
  std::string_view version; ///< compares with case; empty if there is none
};

/// Reads the protocols of Upgrade, the preferred one first:
///
///     Upgrade = #( token [ "/" token ] )
///
///     upgrade_reader protocols(value);
///     for (protocol p; protocols.next(p);) ...
///     if (protocols.ec() != errc::ok) ... // protocols.at() tells where
///
/// The field counts only if Connection names it and the request is none of HTTP/1.0: see framing::upgrade.
///
/// errc::malformed: anything that is not of this grammar. errc::too_many: more than limits::members or
/// limits::empty_members. Linear in the value's size.
class upgrade_reader : public detail::member_reader {
public:
  constexpr explicit upgrade_reader(std::string_view value, const limits &lim = default_limits) noexcept
      : member_reader(value, list_of::tokens, lim) {}

  /// Takes the next protocol; false at the end or at an error, and from then on.
  constexpr bool next(protocol &out) noexcept {
    std::string_view text;
    if (!next_member(text)) return false;
    const std::size_t name_end = find_outside(text, 0, ascii::tchar);
    if (name_end == 0) return refuse(errc::malformed, 0);
    std::string_view version;
    if (name_end < text.size()) {
      if (text[name_end] != '/') return refuse(errc::malformed, name_end);
      const std::size_t end = find_outside(text, name_end + 1, ascii::tchar);
      if (end == name_end + 1 || end < text.size()) return refuse(errc::malformed, end);
      version = text.substr(name_end + 1);
    }
    out = {text.substr(0, name_end), version};
    return true;
  }
};

/// Whether a protocol with this name, in whatever version, is among those of `value`. A value that
/// upgrade_reader refuses offers nothing.
constexpr bool offers(std::string_view value, std::string_view name,
                      const limits &lim = default_limits) noexcept {
  bool found = false;
  upgrade_reader protocols(value, lim);
  for (protocol p; protocols.next(p);) found = found || ascii::iequals(p.name, name);
  return found && protocols.ec() == errc::ok;
}

} // namespace coax::inline v0_1::values
