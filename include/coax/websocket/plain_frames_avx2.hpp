// plain_frames.hpp for AVX2: frames of up to 256 octets of payload.
#pragma once

#include "../core/simd/text_avx2.hpp"
#include "event.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::websocket::detail {

/// A message in one frame, in two registers: nothing if `end` is 0.
struct plain_frame {
  std::size_t end = 0; ///< of the payload
  std::size_t what = 0;

  constexpr plain_frame() noexcept = default;
  constexpr plain_frame(std::size_t begin, std::size_t size, std::size_t first) noexcept
      : end(begin + size), what(begin << 8 | first) {}

  constexpr explicit operator bool() const noexcept { return end != 0; }
  constexpr std::size_t begin() const noexcept { return what >> 8; }   ///< of the payload
  constexpr std::size_t first() const noexcept { return what & 0xFF; } ///< octet of the frame
  constexpr std::size_t size() const noexcept { return end - begin(); }
  constexpr bool is_text() const noexcept { return (what & 0x0F) == 1; }
  constexpr bool is_compressed() const noexcept { return (what & 0x40) != 0; }
};

/// The item for a message in one frame, which begins with the octet `first`.
constexpr item plain_item(std::size_t begin, std::size_t size, std::size_t first) noexcept {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size),
          (first & 0x0F) == 1 ? event_kind::text : event_kind::binary,
          static_cast<std::uint8_t>(item::first_flag | item::last_flag |
                                    (first & 0x40) / (0x40 / item::compressed_flag)),
          close_code::none};
}

} // namespace coax::inline v0_1::websocket::detail

#ifdef COAX_HAS_X86_KERNELS

COAX_AVX2_BEGIN
namespace coax::inline v0_1::avx2 {

namespace detail {

/// Payload of text that is not ASCII: unmasked, if it is UTF-8, else left as it is.
template <bool Masked>
[[gnu::noinline]] inline bool take_other_text(char *text, std::size_t size, std::uint32_t key) noexcept {
  if (size < 2 * width ? !valid_short(text, size, key) : !valid_long<Masked>(text, 0, size, true, key))
    return false;
  if constexpr (Masked) mask_octets(text, text, size, key);
  return true;
}

/// Takes payload of `width` to `Windows * width` octets.
template <bool Masked, std::size_t Windows>
[[gnu::always_inline]] inline bool take_windows(char *payload, std::size_t size, std::uint32_t key,
                                                bool text) noexcept {
  if constexpr (Masked) {
    if (mask_windows<Windows>(payload, payload, size, key, text)) return true;
  } else {
    if (!text || mask(join_windows<Windows>(payload, size)) == 0) return true;
  }
  return take_other_text<Masked>(payload, size, key);
}

/// Takes payload of less than `width` octets.
template <bool Masked>
[[gnu::always_inline]] inline bool take_short(char *payload, std::size_t size, std::uint32_t key,
                                              bool text) noexcept {
  if (Masked ? simd::mask_short(payload, payload, size, key, text)
             : !text || simd::is_short_ascii(payload, size))
    return true;
  return take_other_text<Masked>(payload, size, key);
}

} // namespace detail

/// Takes the frame at `from` if it is plain, and its payload has at most 256 octets and `room`. `begin` and
/// `length` are those of the payload then, and `first` is the octet that the frame begins with.
template <bool Masked>
[[gnu::always_inline]] inline bool take_plain(char *in, std::size_t from, std::size_t size, std::size_t room,
                                              bool deflate, std::size_t &begin, std::size_t &length,
                                              std::size_t &first) noexcept {
  if (size - from < 8) return false;
  constexpr unsigned base = Masked ? 0x8180 : 0x8100; // FIN, text, the mask bit, no octets
  constexpr std::size_t narrow = Masked ? 6 : 2;      // octets of a header
  const auto header = simd::load_word<std::uint64_t>(in + from);
  const unsigned kind = __builtin_bswap16(static_cast<std::uint16_t>(header)) - base;
  if ((kind & ~(deflate ? 0x4100u : 0x0100u)) > 126) return false; // text or binary, compressed or not
  const bool text = (kind & 0x4100) == 0;
  const std::size_t seven = kind & 0x7F;
  begin = from + narrow;
  length = seven;
  first = header & 0xFF;
  if (seven < width) {
    if (length > room || length > size - begin) return false;
    char *const payload = in + begin;
    const std::uint32_t key = Masked ? simd::load_word<std::uint32_t>(payload - 4) : 0;
    if (!detail::take_short<Masked>(payload, length, key, text)) return false;
  } else {
    // Without a branch, as traffic of around 126 octets would have it foreseen wrongly.
    const bool wide = seven == 126;
    begin += wide ? 2 : 0;
    length = wide ? __builtin_bswap16(static_cast<std::uint16_t>(header >> 16)) : seven;
    if (length < (wide ? 126u : 0u) || length > std::min(room, 8 * width) || length > size - begin)
      return false;
    char *const payload = in + begin;
    const std::uint32_t key = Masked ? simd::load_word<std::uint32_t>(payload - 4) : 0;
    if (!(length > 4 * width ? detail::take_windows<Masked, 8>(payload, length, key, text)
                             : detail::take_windows<Masked, 4>(payload, length, key, text)))
      return false;
  }
  return true;
}

template <bool Masked>
inline websocket::detail::plain_frame take_plain_frame(char *in, std::size_t size, std::size_t room,
                                                       bool deflate) noexcept {
  std::size_t begin, length, first;
  if (!take_plain<Masked>(in, 0, size, room, deflate, begin, length, first)) return {};
  return {begin, length, first};
}

/// Takes frames from `from` on as plain_frames::take() does, up to the first one that take_plain_frame()
/// would not take. Returns how many.
template <bool Masked>
inline std::size_t take_plain_frames(char *in, std::size_t from, std::size_t size, std::size_t room,
                                     bool deflate, websocket::item *out, std::size_t most) noexcept {
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    std::size_t begin, length, first;
    if (!take_plain<Masked>(in, from, size, room, deflate, begin, length, first)) break;
    out[taken] = websocket::detail::plain_item(begin, length, first);
    from = begin + length;
  }
  return taken;
}

} // namespace coax::inline v0_1::avx2
COAX_AVX2_END

#endif
