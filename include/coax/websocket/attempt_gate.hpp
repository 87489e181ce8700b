// At most one connection to an address is being opened at a time (RFC 6455 §4.1 step 2).
#pragma once

#include "../core/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Whom a connection is opened to: an IP address, or a name where only a proxy knows the address.
class endpoint {
public:
  constexpr endpoint() noexcept = default;

  /// An IPv4 address of 4 octets, or an IPv6 address of 16, in network order. An IPv4 address and the IPv6
  /// address that is mapped to it are the same. Other sizes give endpoint{}.
  static constexpr endpoint address(std::span<const std::uint8_t> octets, std::uint16_t port) noexcept {
    endpoint out;
    if (octets.size() != 4 && octets.size() != 16) return out;
    if (octets.size() == 4) out.id_[10] = out.id_[11] = 0xFF;
    std::copy(octets.begin(), octets.end(), out.id_.end() - static_cast<std::ptrdiff_t>(octets.size()));
    out.port_ = port;
    out.kind_ = 1;
    return out;
  }
  /// A host name, compared without case. Of names a hash of 128 bits is kept: two that hash alike merely wait
  /// for one another.
  static constexpr endpoint name(std::string_view host, std::uint16_t port) noexcept {
    endpoint out;
    for (std::size_t half = 0; half < 2; ++half) {
      std::uint64_t h = half == 0 ? 0xCBF29CE484222325u : 0x84222325CBF29CE4u; // FNV-1a
      for (const char c : host) h = (h ^ static_cast<unsigned char>(ascii::to_lower(c))) * 0x100000001B3u;
      for (std::size_t i = 0; i < 8; ++i) out.id_[half * 8 + i] = static_cast<std::uint8_t>(h >> 8 * i);
    }
    out.port_ = port;
    out.kind_ = 2;
    return out;
  }

  friend constexpr bool operator==(const endpoint &, const endpoint &) noexcept = default;

private:
  std::array<std::uint8_t, 16> id_{};
  std::uint16_t port_ = 0;
  std::uint8_t kind_ = 0;
};

enum class admission : std::uint8_t {
  granted, ///< connect; call leave() once the connection is open or has failed
  busy,    ///< another connection to this endpoint is being opened: try again when that one left
  full,    ///< as many connections as there may be are being opened
};

/// Keeps the attempts that are under way, at most `N`: servers are not to be flooded, and nothing here is
/// either. An attempt is under way from the first octet for the transport until the opening handshake has
/// succeeded or failed.
///
///     attempt_gate<8> gate;
///     if (gate.enter(to) == admission::granted) ... connect ...
///     ... open, or failed: gate.leave(to);
template <std::size_t N> class attempt_gate {
  static_assert(N > 0 && N <= 0xFFFF);

public:
  constexpr admission enter(const endpoint &to) noexcept {
    for (std::size_t i = 0; i < size_; ++i)
      if (pending_[i] == to) return admission::busy;
    if (size_ == N) return admission::full;
    pending_[size_++] = to;
    return admission::granted;
  }

  /// The attempt is over, one way or the other. Nothing happens if none was under way.
  constexpr void leave(const endpoint &to) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (pending_[i] != to) continue;
      pending_[i] = pending_[--size_];
      return;
    }
  }

  /// How many attempts are under way.
  constexpr std::size_t pending() const noexcept { return size_; }

private:
  std::array<endpoint, N> pending_{};
  std::uint16_t size_ = 0;
};
static_assert(std::is_trivially_copyable_v<attempt_gate<4>>);

} // namespace coax::inline v0_1::websocket
