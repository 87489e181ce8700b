// The quick path of a reader: whole messages in one small frame, which is what most traffic consists of.
#pragma once

#include "event.hpp"
#include "frame.hpp"
#include "mask.hpp"
#include "utf8.hpp"

#include <algorithm>
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
};

/// Takes data frames that are messages of their own, are there as a whole, and have no 64-bit length. It
/// takes only what is right without doubt, and changes nothing otherwise: the reader knows all the rules.
struct plain_frames {
  bool masked = false;
  bool deflate = false;
  std::uint64_t room = 0; ///< octets of payload that no limit forbids

  /// Takes the frame at `at`, which is moved behind it, unless it is anything but plain.
  constexpr bool take(std::span<char> in, std::size_t &at, found_event &f) const noexcept {
    const std::size_t size = in.size() - at;
    if (size < 2) return false;
    const unsigned first = octet(in[at]);
    const unsigned op = first & (deflate ? 0xBFu : 0xFFu); // FIN, no other bits, text or binary
    if (op != 0x81 && op != 0x82) return false;
    std::size_t length = octet(in[at + 1]) ^ (masked ? 0x80u : 0u);
    std::size_t header = masked ? 6 : 2;
    if (length >= 126) { // which a wrong mask bit brings about as well
      if (length != 126 || size < 4) return false;
      length = octet(in[at + 2]) << 8 | octet(in[at + 3]);
      if (length < 126) return false;
      header += 2;
    }
    if (length > room || size < header + length) return false;

    const std::size_t begin = at + header;
    const std::span<char> payload = in.subspan(begin, length);
    mask_key key{};
    if (masked) {
      std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(begin - 4), 4, key.bytes.begin());
      apply_mask(payload, key);
    }
    const bool compressed = first != op;
    if (op == 0x81 && !compressed && !is_utf8({payload.data(), length})) {
      if (masked) apply_mask(payload, key); // as it was
      return false;
    }
    f = {.offset = begin,
         .size = length,
         .kind = op == 0x81 ? event_kind::text : event_kind::binary,
         .flags = static_cast<std::uint8_t>(item::first_flag | item::last_flag |
                                            (compressed ? item::compressed_flag : std::uint8_t{0}))};
    at = begin + length;
    return true;
  }
};

} // namespace coax::inline v0_1::websocket::detail
