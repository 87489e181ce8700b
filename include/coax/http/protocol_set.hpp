// Which protocols an Upgrade field names, remembered without its text.
#pragma once

#include "../core/ascii.hpp"
#include "../fields/list.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

namespace detail {

/// FNV-1a over the name of a protocol without case; never 0.
constexpr std::uint32_t protocol_hash(std::string_view protocol) noexcept {
  std::uint32_t h = 0x811C9DC5u;
  for (const char c : protocol) h = (h ^ static_cast<unsigned char>(ascii::to_lower(c))) * 0x01000193u;
  return h == 0 ? 1 : h;
}
inline constexpr std::string_view usual_protocol = "websocket"; // rarely is it another
inline constexpr std::uint32_t usual_protocol_hash = protocol_hash(usual_protocol);

} // namespace detail

/// The protocols that were offered in Upgrade (RFC 9110 §7.8), kept as hashes of their names and versions, so
/// that the state of a connection needs no text. Holds the first three; a peer cannot profit from a name that
/// hashes alike, as what is switched to is still named in the message itself.
class protocol_set {
public:
  static constexpr std::size_t capacity = 3;

  /// Adds the members of one Upgrade line. False if not all found room.
  constexpr bool add(std::string_view value) noexcept {
    if (ascii::iequals(value, detail::usual_protocol)) return add_hash(detail::usual_protocol_hash);
    bool all = true;
    values::list_splitter members(value, values::list_of::tokens);
    for (std::string_view member; members.next(member);)
      if (!member.empty()) all = add_hash(detail::protocol_hash(member)) && all;
    return all;
  }

  /// Whether the set holds a protocol. "websocket" and "websocket/13" are two.
  constexpr bool contains(std::string_view protocol) const noexcept {
    return contains(ascii::iequals(protocol, detail::usual_protocol) ? detail::usual_protocol_hash
                                                                     : detail::protocol_hash(protocol));
  }
  /// Whether all protocols of `other` are in this set.
  constexpr bool contains(const protocol_set &other) const noexcept {
    for (const std::uint32_t h : other.hashes_)
      if (h != 0 && !contains(h)) return false;
    return true;
  }
  constexpr bool empty() const noexcept { return hashes_[0] == 0; }

private:
  constexpr bool contains(std::uint32_t h) const noexcept {
    for (const std::uint32_t known : hashes_)
      if (known == h) return true;
    return false;
  }
  constexpr bool add_hash(std::uint32_t h) noexcept {
    for (std::uint32_t &slot : hashes_) {
      if (slot != 0 && slot != h) continue;
      slot = h;
      return true;
    }
    return false;
  }

  std::array<std::uint32_t, capacity> hashes_{}; // 0 where there is none
};

} // namespace coax::inline v0_1::http
