// The quick path of a reader: whole messages in one small frame, which is what most traffic consists of.
#pragma once

#include "event.hpp"
#include "frame.hpp"
#include "mask.hpp"
#include "masked_text.hpp"
#include "plain_frames_avx2.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::websocket::detail {

/// Takes data frames that are messages of their own, are there as a whole, and have no 64-bit length. It
/// takes only what is right without doubt, and changes nothing otherwise: the reader knows all the rules.
struct plain_frames {
  bool masked = false;
  bool deflate = false;
  std::uint64_t room = 0; ///< octets of payload that no limit forbids

  /// Takes the frame that `in` begins with. Nothing if it is anything but plain.
  constexpr plain_frame take_first(std::span<char> in) const noexcept {
#ifdef COAX_HAS_X86_KERNELS
    if (best_isa() == isa::avx2) {
      const plain_frame f = masked
                                ? avx2::take_plain_frame<true>(in.data(), in.size(), small_room(), deflate)
                                : avx2::take_plain_frame<false>(in.data(), in.size(), small_room(), deflate);
      if (f) return f;
    }
#endif
    return take_one(in, 0);
  }

  /// Takes frames from `at` on, which is moved behind them, until `out` is full or one is anything but plain.
  /// Returns how many.
  constexpr std::size_t take(std::span<char> in, std::size_t &at, std::span<item> out) const noexcept {
    std::size_t taken = 0;
    while (taken < out.size()) {
      std::size_t some = take_small(in, at, out.subspan(taken));
      if (some == 0) {
        const plain_frame f = take_one(in, at);
        if (!f) break;
        out[taken] = plain_item(f.begin(), f.size(), f.first());
        some = 1;
      }
      taken += some;
      at = std::size_t{out[taken - 1].offset} + out[taken - 1].size;
    }
    return taken;
  }

private:
  constexpr std::size_t small_room() const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(room, 0xFFFF));
  }

  /// Takes what a kernel takes.
  constexpr std::size_t take_small(std::span<char> in, std::size_t at, std::span<item> out) const noexcept {
#ifdef COAX_HAS_X86_KERNELS
    if (best_isa() == isa::avx2)
      return masked ? avx2::take_plain_frames<true>(in.data(), at, in.size(), small_room(), deflate,
                                                    out.data(), out.size())
                    : avx2::take_plain_frames<false>(in.data(), at, in.size(), small_room(), deflate,
                                                     out.data(), out.size());
#endif
    (void)in, (void)at, (void)out;
    return 0;
  }

  constexpr plain_frame take_one(std::span<char> in, std::size_t at) const noexcept {
    const std::size_t size = in.size() - at;
    if (size < 2) return {};
    const unsigned first = octet(in[at]);
    const unsigned op = first & (deflate ? 0xBFu : 0xFFu); // FIN, no other bits, text or binary
    if (op != 0x81 && op != 0x82) return {};
    std::size_t length = octet(in[at + 1]) ^ (masked ? 0x80u : 0u);
    std::size_t header = masked ? 6 : 2;
    if (length >= 126) { // which a wrong mask bit brings about as well
      if (length != 126 || size < 4) return {};
      length = octet(in[at + 2]) << 8 | octet(in[at + 3]);
      if (length < 126) return {};
      header += 2;
    }
    if (length > room || size < header + length) return {};

    const std::size_t begin = at + header;
    const std::span<char> payload = in.subspan(begin, length);
    const bool text = first == 0x81;
    if (masked) {
      mask_key key{};
      std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(begin - 4), 4, key.bytes.begin());
      if (!text)
        apply_mask(payload, key);
      else if (!unmask_text(payload, key))
        return {};
    } else if (text && !is_utf8({payload.data(), length})) {
      return {};
    }
    return {begin, length, first};
  }
};

} // namespace coax::inline v0_1::websocket::detail
