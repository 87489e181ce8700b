// The quick path of a reader: whole messages in one small frame, which is what most traffic consists of.
#pragma once

#include "event.hpp"
#include "found_event.hpp"
#include "frame.hpp"
#include "mask.hpp"
#include "masked_text.hpp"
#include "plain_frames_avx2.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket::detail {

/// Takes data frames that are messages of their own, are there as a whole, and have no 64-bit length. It
/// takes only what is right without doubt, and changes nothing otherwise: the reader knows all the rules.
struct plain_frames {
  bool masked = false;
  bool deflate = false;
  std::uint64_t room = 0; ///< octets of payload that no limit forbids

  /// Takes the frame that `in` begins with, if a kernel does. Nothing if not, or a frame that ends behind
  /// `in` if it is only the rest of the payload that it lacks.
  constexpr plain_frame take_small(std::span<char> in) const noexcept {
#ifdef COAX_HAS_X86_KERNELS
    if (best_isa() == isa::avx2)
      return masked ? avx2::take_plain_frame<true>(in.data(), in.size(), small_room(), deflate)
                    : avx2::take_plain_frame<false>(in.data(), in.size(), small_room(), deflate);
#endif
    (void)in;
    return {};
  }
  /// The same without a kernel.
  constexpr plain_frame take_any(std::span<char> in) const noexcept {
    const plain_frame f = header({in.data(), in.size()}, 0);
    return f && f.end <= in.size() && !take_payload(in, f) ? plain_frame{} : f;
  }

  /// Takes frames from `at` on, which is moved behind them, until `out` is full or one is anything but plain.
  /// Returns how many. If it is only the rest of the payload that the next one lacks, that is `begun`.
  COAX_ALWAYS_INLINE constexpr std::size_t take(std::span<char> in, std::size_t &at, std::span<item> out,
                                                plain_frame &begun) const noexcept {
    std::size_t taken = 0;
    while (taken < out.size()) {
      if (const std::size_t some = take_small(in, at, out.subspan(taken), begun); some != 0) {
        taken += some;
        at = std::size_t{out[taken - 1].offset} + out[taken - 1].size;
        if (taken == out.size()) break;
      }
      if (begun) break;
      const plain_frame f = header({in.data(), in.size()}, at); // which take_small() did not take
      if (in.size() < f.end) begun = f;
      if (!f || in.size() < f.end || !take_payload(in, f)) break;
      out[taken++] = f.as_item();
      at = f.end;
    }
    return taken;
  }

  /// The frame whose header is at `at`, if it is plain, but for its payload, which need not be there. Nothing
  /// if the header is not plain, or not whole.
  constexpr plain_frame header(std::string_view in, std::size_t at) const noexcept {
    const std::size_t size = in.size() - at;
    std::size_t header = masked ? 6 : 2;
    if (size < header) return {};
    const unsigned first = octet(in[at]);
    const unsigned op = first & (deflate ? 0xBFu : 0xFFu); // FIN, no other bits, text or binary
    if (op != 0x81 && op != 0x82) return {};
    std::size_t length = octet(in[at + 1]) ^ (masked ? 0x80u : 0u);
    if (length >= 126) { // which a wrong mask bit brings about as well
      header += 2;
      if (length != 126 || size < header) return {};
      length = octet(in[at + 2]) << 8 | octet(in[at + 3]);
      if (length < 126) return {};
    }
    if (length > room) return {};
    return {at + header, length, first};
  }

  /// The header of `f`, whose header lies in `in`.
  constexpr frame_header to_header(plain_frame f, std::span<const char> in) const noexcept {
    return {.op = f.is_text() ? opcode::text : opcode::binary,
            .rsv = f.is_compressed() ? rsv1 : std::uint8_t{0},
            .masked = masked,
            .key = masked ? key_before(in, f.begin()) : mask_key{},
            .length = f.size()};
  }

private:
  /// The key in front of the payload at `begin`.
  static constexpr mask_key key_before(std::span<const char> in, std::size_t begin) noexcept {
    return {{in[begin - 4], in[begin - 3], in[begin - 2], in[begin - 1]}};
  }

  constexpr std::size_t small_room() const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(room, 0xFFFF));
  }

  /// Takes what a kernel takes.
  constexpr std::size_t take_small(std::span<char> in, std::size_t at, std::span<item> out,
                                   plain_frame &begun) const noexcept {
#ifdef COAX_HAS_X86_KERNELS
    if (best_isa() == isa::avx2)
      return masked ? avx2::take_plain_frames<true>(in.data(), at, in.size(), small_room(), deflate,
                                                    out.data(), out.size(), begun)
                    : avx2::take_plain_frames<false>(in.data(), at, in.size(), small_room(), deflate,
                                                     out.data(), out.size(), begun);
#endif
    (void)in, (void)at, (void)out, (void)begun;
    return 0;
  }

  /// Unmasks and checks the payload of `f`.
  [[gnu::noinline]] constexpr bool take_payload(std::span<char> in, plain_frame f) const noexcept {
    const std::span<char> payload = in.subspan(f.begin(), f.size());
    const bool text = f.first() == 0x81;
    if (masked) {
      const mask_key key = key_before(in, f.begin());
      if (!text)
        apply_mask(payload, key);
      else if (!unmask_text(payload, key))
        return false;
    } else if (text && !is_utf8({payload.data(), payload.size()})) {
      return false;
    }
    return true;
  }
};

} // namespace coax::inline v0_1::websocket::detail
