// A message that goes to many peers: framed once.
#pragma once

#include "frame.hpp"
#include "utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// The frame header of a whole message that a server sends to many peers. Each of them is sent header() and
/// then the one shared payload, if its writer admits() it. Clients cannot share frames: each is masked with a
/// key of its own.
///
///     const prepared head = prepare(opcode::text, message);
///     for (auto &peer : peers)
///       if (peer.out().admit(head) == errc::ok) peer.enqueue(head, message); // header() and payload,
///       gathered
class prepared {
public:
  /// Not a frame: ec() is invalid_input.
  constexpr prepared() noexcept = default;

  /// ok, or invalid_input: there is nothing to send.
  constexpr errc ec() const noexcept { return size_ != 0 ? errc::ok : errc::invalid_input; }
  constexpr explicit operator bool() const noexcept { return size_ != 0; }
  /// The octets to send in front of the payload. A view of this object. Empty if ec() is not ok.
  constexpr std::string_view header() const noexcept { return {header_.data(), size_}; }
  /// Whether it is for peers only with whom permessage-deflate was agreed on, without context takeover of the
  /// server.
  constexpr bool compressed() const noexcept {
    return (static_cast<unsigned char>(header_[0]) & unsigned{rsv1} << 4) != 0;
  }

private:
  friend constexpr prepared prepare(opcode, std::string_view, bool) noexcept;

  std::array<char, max_frame_header - 4> header_{};
  std::uint8_t size_ = 0;
};
static_assert(std::is_trivially_copyable_v<prepared> && sizeof(prepared) == 11);

/// Frames a whole message: `op` is text or binary, `payload` all of it. With `compressed`, the payload is
/// what permessage-deflate made of the message (RFC 7692 §7.2.1). The payload is looked at, once for all
/// peers, and not kept. invalid_input for other opcodes and for text that is not UTF-8. Linear for text, else
/// constant.
[[nodiscard]] constexpr prepared prepare(opcode op, std::string_view payload,
                                         bool compressed = false) noexcept {
  prepared out;
  if (!begins_message(op)) return out;
  if (op == opcode::text && !compressed && !is_utf8(payload)) return out; // RFC 6455 §8.1
  const frame_header header = {
      .op = op, .rsv = compressed ? rsv1 : std::uint8_t{0}, .length = payload.size()};
  out.size_ = static_cast<std::uint8_t>(encode(header, out.header_).size);
  return out;
}

} // namespace coax::inline v0_1::websocket
