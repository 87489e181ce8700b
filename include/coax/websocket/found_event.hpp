// An event while its reader still works in the input of the call.
#pragma once

#include "event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::websocket::detail {

/// What is known of a piece of a message besides where it lies.
struct piece {
  event_kind kind;
  std::uint8_t flags; ///< as in item

  constexpr item as_item(std::size_t offset, std::size_t size) const noexcept {
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(size), kind, flags,
            close_code::none};
  }
  constexpr event as_event(std::span<char> in, std::size_t offset, std::size_t size,
                           std::uint64_t frame_left) const noexcept {
    return {.kind = kind,
            .first = (flags & item::first_flag) != 0,
            .last = (flags & item::last_flag) != 0,
            .compressed = (flags & item::compressed_flag) != 0,
            .consumed = offset + size,
            .payload = {in.data() + offset, size},
            .frame_left = frame_left};
  }
};

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
    event e = piece{kind, flags}.as_event(in, offset, size, frame_left);
    e.consumed = consumed;
    e.code = code;
    return e;
  }
};

} // namespace coax::inline v0_1::websocket::detail
