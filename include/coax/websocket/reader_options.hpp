// What a reader has to know besides its role.
#pragma once

#include <cstdint>

namespace coax::inline v0_1::websocket {

/// What was agreed on, and how messages are handed out.
struct reader_options {
  /// permessage-deflate was agreed on: a first frame may have RSV1 (RFC 7692 §6). Nothing is inflated here.
  bool deflate = false;
  /// Data frames with fewer octets of payload than this are never handed out in pieces, so the caller has to
  /// be able to hold so many. 0: what is there is handed out.
  std::uint32_t whole_below = 0;
  /// What this end compresses may refer to its earlier messages (RFC 7692 §7.1.1). Of no interest for a
  /// reader; a connection tells its writer.
  bool own_takeover = true;

  friend constexpr bool operator==(const reader_options &, const reader_options &) noexcept = default;
};

} // namespace coax::inline v0_1::websocket
