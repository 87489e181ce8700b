// An event while its reader still works in the input of the call.
#pragma once

#include "event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::websocket::detail {

/// An event, with offsets in the input of the call.
struct found_event {
  std::size_t offset = 0, size = 0, hint = 0;
  event_kind kind = event_kind::need_more;
  std::uint8_t flags = 0;
  close_code code = close_code::none;

  constexpr item as_item() const noexcept {
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(size), kind, flags, code};
  }
  /// Unless it is `failed`.
  constexpr event as_event(std::span<char> in, std::size_t consumed,
                           std::uint64_t frame_left) const noexcept {
    if (kind == event_kind::need_more || kind == event_kind::closed)
      return {.kind = kind, .consumed = consumed, .hint = hint};
    return {.kind = kind,
            .first = (flags & item::first_flag) != 0,
            .last = (flags & item::last_flag) != 0,
            .compressed = (flags & item::compressed_flag) != 0,
            .code = code,
            .consumed = consumed,
            .payload = in.subspan(offset, size),
            .frame_left = frame_left};
  }
};

} // namespace coax::inline v0_1::websocket::detail
