// Frames as they are written to where there is room for them.
#pragma once

#include "../core/outcome.hpp"
#include "errc.hpp"
#include "frame.hpp"
#include "frame_kind.hpp"
#include "mask.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket::detail {

/// With keys that are drawn from an entropy, if `Masks`; else with none, and any object will do for it.
/// Nothing is written unless all goes well. Inlined, as most frames are small.
template <bool Masks> struct put_frame {
  static constexpr std::size_t header_size(std::uint64_t n) noexcept {
    return frame_header{.masked = Masks, .length = n}.size();
  }

  /// Writes a header that announces `n` octets, and what there is of the payload. `key` is set to the key
  /// that was drawn.
  template <class E>
  COAX_ALWAYS_INLINE static constexpr errc put(const frame_kind &kind, std::uint64_t n,
                                               std::string_view payload, E &random,
                                               const std::span<char> &out, mask_key &key) noexcept {
    const std::size_t size = header_size(n);
    if (out.size() < size + payload.size()) return errc::buffer_too_small;
    if constexpr (Masks) {
      if (!random.fill(key.bytes)) return errc::no_entropy; // RFC 6455 §10.3
    }
    const frame_header h{.op = kind.op, .fin = kind.fin, .rsv = kind.compressed ? rsv1 : std::uint8_t{0}};
    (void)put_header(out.data(), h.first_octet(), n, Masks, key);
    put_payload(payload, key, out.data() + size);
    return errc::ok;
  }
  COAX_ALWAYS_INLINE static constexpr void put_payload(std::string_view payload, mask_key key,
                                                       char *out) noexcept {
    if constexpr (Masks)
      mask(payload.data(), out, payload.size(), key);
    else
      copy(payload.data(), out, payload.size());
  }

  /// A whole frame.
  template <class E>
  COAX_ALWAYS_INLINE static constexpr written<errc> put_whole(const frame_kind &kind,
                                                              std::string_view payload, E &random,
                                                              const std::span<char> &out) noexcept {
    mask_key key;
    const errc ec = put(kind, payload.size(), payload, random, out, key);
    return outcome(ec, header_size(payload.size()) + payload.size());
  }

  /// What put() comes to, where it writes `size` octets. Made anew, as gcc copies it else in parts and whole.
  static constexpr written<errc> outcome(errc ec, std::size_t size) noexcept {
    if (ec == errc::ok) return {.size = size, .required = size};
    return {.ec = ec, .required = ec == errc::buffer_too_small ? size : 0};
  }
};

} // namespace coax::inline v0_1::websocket::detail
