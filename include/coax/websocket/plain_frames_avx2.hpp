// plain_frames.hpp for AVX2.
#pragma once

#include "../core/simd/text_avx2.hpp"
#include "event.hpp"
#include "found_event.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::websocket::detail {

/// A message in one frame that begins with the octet `first`.
constexpr piece whole_message(std::size_t first) noexcept {
  static_assert(static_cast<int>(event_kind::text) == 1 && static_cast<int>(event_kind::binary) == 2);
  return {static_cast<event_kind>(first & 0x0F), // their numbers are those of the opcodes
          static_cast<std::uint8_t>(item::first_flag | item::last_flag |
                                    (first & 0x40) / (0x40 / item::compressed_flag))};
}

/// Such a message, in two registers: nothing if `end` is 0.
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

  constexpr item as_item() const noexcept { return whole_message(first()).as_item(begin(), size()); }
  constexpr event as_event(std::span<char> in) const noexcept {
    return whole_message(first()).as_event(in, begin(), size(), 0);
  }
};

} // namespace coax::inline v0_1::websocket::detail

#ifdef COAX_HAS_X86_KERNELS

COAX_AVX2_BEGIN
namespace coax::inline v0_1::avx2 {

namespace detail {

// Text that is not ASCII: unmasked, if it is UTF-8, else left as it is. `there` is how many octets there are
// from its first one to the end of the input.

/// Less than `width` octets.
template <bool Masked>
[[gnu::noinline]] inline bool take_other_short(char *text, std::size_t size, std::size_t there,
                                               std::uint32_t key) noexcept {
  const bytes v = first_of((there < width ? load_short(text, size) : load(text)) ^ repeat_key(key), size),
              zero{};
  utf8_check check;
  check.add(v, behind<1>(zero, v), behind<2>(zero, v), behind<3>(zero, v));
  if (!check.ok()) return false;
  if constexpr (Masked) (void)simd::mask_short(text, text, size, key, false);
  return true;
}

/// `width` to 2 * width octets, in two windows.
template <bool Masked>
[[gnu::noinline]] inline bool take_other_pair(char *text, std::size_t size, std::uint32_t key) noexcept {
  const bytes v = load(text) ^ repeat_key(key), zero{};
  utf8_check check;
  check.add(v, behind<1>(zero, v), behind<2>(zero, v), behind<3>(zero, v));
  const bytes first = check.error;
  const std::size_t at = size - width;
  char *const upper = text + at;
  const bytes w = load(upper) ^ repeat_key(key, at);
  if (at != 0) // so that there are three octets in front, with those of the header
    check.add(w, load(upper - 1) ^ repeat_key(key, at + 3), load(upper - 2) ^ repeat_key(key, at + 2),
              load(upper - 3) ^ repeat_key(key, at + 1));
  // what the first window has judged is not judged by what is in front of the text
  check.error =
      first | (check.error & greater(places(), splat(static_cast<unsigned char>(2 * width - 1 - size))));
  check.end(w);
  if (!check.ok()) return false;
  if constexpr (Masked) {
    store(text, v);
    store(upper, w);
  }
  return true;
}

/// 2 * width octets to 8 * width.
template <bool Masked>
[[gnu::noinline]] inline bool take_other_text(char *text, std::size_t size, std::uint32_t key) noexcept {
  if (!valid_long<Masked>(text, 0, size, true, key)) return false;
  if constexpr (Masked) mask_octets(text, text, size, key);
  return true;
}

/// Takes more payload than that.
template <bool Masked>
[[gnu::noinline]] inline bool take_long(char *payload, std::size_t size, std::uint32_t key,
                                        bool text) noexcept {
  if constexpr (!Masked) return !text || valid_utf8(payload, size) == size;
  if (!text) return mask_octets(payload, payload, size, key), true;
  const simd::unmasked there = unmask_utf8(payload, size, key);
  if (there.good != size) mask_octets(payload, payload, there.done, key); // as it was
  return there.good == size;
}

/// Takes payload of `width` octets or more.
template <bool Masked>
[[gnu::always_inline]] inline bool take_some(char *payload, std::size_t size, std::uint32_t key,
                                             bool text) noexcept {
  if (size > 8 * width) return take_long<Masked>(payload, size, key, text);
  if constexpr (Masked) {
    if (size > 4 * width ? mask_windows<8>(payload, payload, size, key, text)
                         : mask_windows<4>(payload, payload, size, key, text))
      return true;
  } else {
    if (!text || mask(join_windows<8>(payload, size)) == 0) return true;
  }
  return size < 2 * width ? take_other_pair<Masked>(payload, size, key)
                          : take_other_text<Masked>(payload, size, key);
}

/// `a` if `n` is `m`, else `b`, without a branch, whatever the compiler thinks of it.
[[gnu::always_inline]] inline std::size_t where_equal(std::size_t n, std::size_t m, std::size_t a,
                                                      std::size_t b) noexcept {
  __asm__("cmp{q %3, %2| %2, %3}\n\tcmove{q %1, %0| %0, %1}" : "+r"(b) : "r"(a), "r"(n), "ri"(m) : "cc");
  return b;
}

/// Takes payload of less than `width` octets, of `there` that there are.
template <bool Masked>
[[gnu::always_inline]] inline bool take_short(char *payload, std::size_t size, std::size_t there,
                                              std::uint32_t key, bool text) noexcept {
  if (Masked ? simd::mask_short(payload, payload, size, key, text)
             : !text || simd::is_short_ascii(payload, size))
    return true;
  return take_other_short<Masked>(payload, size, there, key);
}

} // namespace detail

/// Takes the frame at `from` if it is plain, and its payload has at most `room` octets. False if not;
/// `begin` and `length` are those of the payload if it is taken, or if only the rest of it is lacking;
/// `begin` is 0 otherwise. `first` is the octet that the frame begins with.
template <bool Masked>
[[gnu::always_inline]] inline bool take_plain(char *in, std::size_t from, std::size_t size, std::size_t room,
                                              bool deflate, std::size_t &begin, std::size_t &length,
                                              std::size_t &first) noexcept {
  begin = length = first = 0;
  if (size - from < 8) return false;
  constexpr unsigned base = Masked ? 0x8180 : 0x8100; // FIN, text, the mask bit, no octets
  constexpr std::size_t narrow = Masked ? 6 : 2;      // octets of a header
  const auto header = simd::load_word<std::uint64_t>(in + from);
  const unsigned kind = __builtin_bswap16(static_cast<std::uint16_t>(header)) - base;
  if ((kind & ~(deflate ? 0x4100u : 0x0100u)) > 126) return false; // text or binary, compressed or not
  const bool text = (kind & 0x4100) == 0;
  const std::size_t seven = kind & 0x7F;
  first = header & 0xFF;
  if (seven < width) {
    if (seven > room) return false;
    begin = from + narrow;
    length = seven;
    if (length > size - begin) return false;
    const std::uint32_t key = Masked ? simd::load_word<std::uint32_t>(in + begin - 4) : 0;
    if (detail::take_short<Masked>(in + begin, length, size - begin, key, text)) return true;
  } else {
    std::size_t at = from + narrow;
    length = seven;
    const std::size_t sixteen = __builtin_bswap16(static_cast<std::uint16_t>(header >> 16));
    if constexpr (Masked) {
      if (seven == 126) at += 2, length = sixteen;
    } else { // without a branch: where sizes are around 126 nothing else would be foreseen wrongly
      length = detail::where_equal(seven, 126, sixteen, length);
      at = detail::where_equal(seven, 126, at + 2, at);
    }
    if (length > room || length < seven) return false; // the latter: fewer than the 126 that take 16 bits
    begin = at;
    if (length > size - begin) return false;
    const std::uint32_t key = Masked ? simd::load_word<std::uint32_t>(in + begin - 4) : 0;
    if (detail::take_some<Masked>(in + begin, length, key, text)) return true;
  }
  begin = 0;
  return false;
}

/// The frame that `in` begins with, if take_plain() takes it, or if only the rest of its payload is lacking.
template <bool Masked>
inline websocket::detail::plain_frame take_plain_frame(char *in, std::size_t size, std::size_t room,
                                                       bool deflate) noexcept {
  std::size_t begin, length, first;
  if (!take_plain<Masked>(in, 0, size, room, deflate, begin, length, first) && begin == 0) return {};
  return {begin, length, first};
}

/// Takes frames from `from` on, up to the first one that take_plain() does not take; if it is only the rest
/// of the payload that this lacks, it is `begun`. Returns how many.
template <bool Masked>
inline std::size_t take_plain_frames(char *in, std::size_t from, std::size_t size, std::size_t room,
                                     bool deflate, websocket::item *out, std::size_t most,
                                     websocket::detail::plain_frame &begun) noexcept {
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    std::size_t begin, length, first;
    if (!take_plain<Masked>(in, from, size, room, deflate, begin, length, first)) {
      if (begin != 0) begun = {begin, length, first};
      break;
    }
    out[taken] = websocket::detail::whole_message(first).as_item(begin, length);
    from = begin + length;
  }
  return taken;
}

} // namespace coax::inline v0_1::avx2
COAX_AVX2_END

#endif
