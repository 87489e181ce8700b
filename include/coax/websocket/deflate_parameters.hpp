// What two ends agreed on about compression (RFC 7692 §7.1).
#pragma once

#include "../core/role.hpp"

#include <cstdint>

namespace coax::inline v0_1::websocket {

/// The parameters of permessage-deflate as agreed on by both ends (RFC 7692 §7.1). A parameter that was not
/// mentioned has its default: context is taken over, and windows have 32,768 octets.
struct deflate_parameters {
  /// Whether permessage-deflate is in use (RFC 7692 §5); if not, the rest means nothing.
  bool agreed = false;
  /// The server compresses each message by itself (RFC 7692 §7.1.1.1).
  bool server_no_context_takeover = false;
  /// The client compresses each message by itself (RFC 7692 §7.1.1.2).
  bool client_no_context_takeover = false;
  /// 8 to 15: the server refers back by at most 1 << this octets (RFC 7692 §7.1.2.1).
  std::uint8_t server_max_window_bits = 15;
  /// 8 to 15: the client refers back by at most 1 << this octets (RFC 7692 §7.1.2.2).
  std::uint8_t client_max_window_bits = 15;

  /// Whether what `sender` compresses may refer back to its earlier messages. The receiver keeps its window
  /// from message to message then, and the sender may (RFC 7692 §7.1.1).
  constexpr bool takes_over(role sender) const noexcept {
    return !(sender == role::server ? server_no_context_takeover : client_no_context_takeover);
  }
  /// 8 to 15: the base-2 logarithm of the window of what `sender` compresses. The receiver needs one of at
  /// least this size (RFC 7692 §7.1.2).
  constexpr std::uint8_t window_bits(role sender) const noexcept {
    return sender == role::server ? server_max_window_bits : client_max_window_bits;
  }

  friend constexpr bool operator==(const deflate_parameters &, const deflate_parameters &) noexcept = default;
};

} // namespace coax::inline v0_1::websocket
