// What arrives on a WebSocket connection: one event at a time, or many.
#pragma once

#include "../core/fault.hpp"
#include "close_code.hpp"
#include "errc.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

enum class event_kind : std::uint8_t {
  need_more, ///< call again once more bytes have arrived
  text,      ///< a piece of a text message
  binary,    ///< a piece of a binary message
  ping,      ///< a ping, whole: a pong with the same payload is due (RFC 6455 §5.5.2)
  pong,      ///< a pong, whole, asked for or not
  close,     ///< the Close frame, whole; whatever message was in progress never ends
  closed,    ///< behind the Close frame: what comes is dropped, not looked at (RFC 6455 §1.4)
  failed,    ///< see `ec` and `why`; every later call says the same
};

/// One event. Its payload is a part of the input of the call that returned it, unmasked there.
struct event {
  event_kind kind = event_kind::need_more;
  errc ec = errc::ok;
  /// With text and binary: the first and the last piece of the message. A message that comes in one piece
  /// is both; each that is not broken off has exactly one of either.
  bool first = false, last = false;
  /// With text and binary: the message is compressed (RFC 7692), so its text was not checked.
  bool compressed = false;
  /// With close: the code in the frame, or close_code::no_status when it has none (RFC 6455 §7.1.5).
  close_code code = close_code::none;
  /// Drop these bytes before the next call. Exact in every event, may be above 0 with need_more; 0 with
  /// failed.
  std::size_t consumed = 0;
  /// With need_more: at least so many further bytes are needed for any progress; 0 where it is max_payload
  /// that forbids progress.
  std::size_t hint = 0;
  /// With text and binary: the piece, empty only where an empty frame ends the message. Text may be cut
  /// inside a character. With ping and pong: all of it. With close: the reason, which is UTF-8 and not meant
  /// for end users (RFC 6455 §7.1.6).
  std::span<char> payload{};
  /// With text and binary: octets of the same frame that are still to come.
  std::uint64_t frame_left = 0;
  /// With failed: what is wrong where. Offsets count from the first byte of this call's input.
  fault why{};

  /// The payload, as most who only look at it want it.
  constexpr std::string_view text() const noexcept { return {payload.data(), payload.size()}; }
  /// Whether a further call with the rest of the input may give something else: false with need_more, closed
  /// and failed.
  constexpr bool goes_on() const noexcept {
    return kind != event_kind::need_more && kind != event_kind::closed && kind != event_kind::failed;
  }
};

/// One event of a batch: text, binary, ping, pong or close, as in `event`, with an offset instead of a span.
struct item {
  static constexpr std::uint8_t first_flag = 1, last_flag = 2, compressed_flag = 4;

  std::uint32_t offset = 0; ///< of the payload, from the first byte of the call's input
  std::uint32_t size = 0;   ///< octets of payload
  event_kind kind = event_kind::need_more;
  std::uint8_t flags = 0;
  close_code code = close_code::none; ///< with close, as in event::code

  constexpr bool first() const noexcept { return (flags & first_flag) != 0; }
  constexpr bool last() const noexcept { return (flags & last_flag) != 0; }
  constexpr bool compressed() const noexcept { return (flags & compressed_flag) != 0; }
  /// The payload, in the input of the call that gave this item.
  constexpr std::span<char> in(std::span<char> input) const noexcept { return input.subspan(offset, size); }
  constexpr std::string_view text(std::span<const char> input) const noexcept {
    return {input.data() + offset, size};
  }
};
static_assert(std::is_trivially_copyable_v<item> && sizeof(item) == 12);

/// What a batch came to.
struct [[nodiscard]] batch {
  /// Not ok: the input is refused behind the items that were given; every later call says the same.
  errc ec = errc::ok;
  /// How many items were given. If it is less than there is room for, all of the input was looked at.
  std::size_t events = 0;
  /// Drop these bytes once the items are done with, before the next call. With an error, the bytes up to
  /// the last item's end.
  std::size_t consumed = 0;
  /// When ec is ok and there was room for a further item: at least so many further bytes are needed for any
  /// progress. Else 0, and behind a Close frame.
  std::size_t hint = 0;
  /// With an error: what is wrong where. Offsets count from the first byte of this call's input.
  fault why{};
};

} // namespace coax::inline v0_1::websocket
