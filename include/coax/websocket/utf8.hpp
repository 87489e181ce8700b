// Whether text is UTF-8 (RFC 3629), as it arrives.
#pragma once

#include "../config.hpp"
#include "../core/simd/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

namespace detail {

/// What may follow the first octet of a character. Overlong forms, surrogates and values above
/// U+10FFFF show in the second octet, so that the later ones may be any continuation (RFC 3629 §4).
struct utf8_lead {
  std::uint8_t size = 0; ///< octets of the character; 0 when no character begins like this
  std::uint8_t low = 0x80, high = 0xBF;

  /// Whether `c` may be the octet number `place`, counted from 0 for the first. Precondition: `place > 0`.
  constexpr bool allows(std::size_t place, std::uint8_t c) const noexcept {
    return place == 1 ? c >= low && c <= high : c >= 0x80 && c <= 0xBF;
  }
};

constexpr utf8_lead utf8_lead_of(std::uint8_t c) noexcept {
  if (c < 0x80) return {1};
  if (c < 0xC2) return {};
  if (c < 0xE0) return {2};
  if (c == 0xE0) return {3, 0xA0, 0xBF};
  if (c == 0xED) return {3, 0x80, 0x9F};
  if (c < 0xF0) return {3};
  if (c == 0xF0) return {4, 0x90, 0xBF};
  if (c < 0xF4) return {4};
  if (c == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

/// The first offset from `from` on whose octet is not ASCII; `in.size()` if there is none.
constexpr std::size_t skip_ascii(std::string_view in, std::size_t from) noexcept {
  if (!std::is_constant_evaluated()) {
    for (; in.size() - from >= 8; from += 8)
      if (simd::has_high(simd::load_word<std::uint64_t>(in.data() + from))) break;
  }
  while (from < in.size() && static_cast<std::uint8_t>(in[from]) < 0x80) ++from;
  return from;
}

/// How many octets at the end begin a character that is not complete, if what is in front is text.
constexpr std::size_t unfinished(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto c = static_cast<std::uint8_t>(text[text.size() - back]);
    if (c >= 0xC0) return back < utf8_lead_of(c).size ? back : 0;
    if (c < 0x80) break;
  }
  return 0;
}

/// From how many octets on it pays to ask what instructions there are.
inline constexpr std::size_t worth_vectors = 32;

/// Whether all octets are ASCII.
inline bool is_ascii(std::string_view text) noexcept {
  COAX_COUNT_WORK(text.size());
  if (text.size() < worth_vectors) return simd::is_short_ascii(text.data(), text.size());
  if (isa set = best_isa(); set != isa::scalar) return simd::is_ascii(set, text.data(), text.size());
  return skip_ascii(text, 0) == text.size();
}

/// How many octets from the first one on are surely UTF-8, and whole characters: most, or all of them if all
/// but an unfinished character at the end are.
constexpr std::size_t valid_prefix(std::string_view text) noexcept {
  if (std::is_constant_evaluated()) return 0;
  if (text.size() < worth_vectors && simd::is_short_ascii(text.data(), text.size())) return text.size();
  return text.size() < 8 ? 0 : simd::valid_utf8(best_isa(), text.data(), text.size() - unfinished(text));
}

} // namespace detail

/// Checks text that arrives in pieces, cut anywhere. Fails at the first octet that no valid text can have in
/// its place, not at the end of the character: E0 80 fails at 80.
///
///     utf8_validator text;
///     if (text.add(piece) != utf8_validator::npos) ... not UTF-8 ...
///     if (last && !text.complete()) ... ends inside a character ...
///     text.reset(); // before the next message
///
/// Its state is the octets of the character that is not complete, whatever looks at the text.
class utf8_validator {
public:
  static constexpr std::size_t npos = std::string_view::npos;

  /// Takes the next piece. Returns the offset in it of the first impossible octet, or npos. After a failure
  /// every call fails at once, at offset 0, until reset(). Linear.
  constexpr std::size_t add(std::string_view piece) noexcept {
    COAX_COUNT_WORK(piece.size());
    if (failed()) return 0;
    std::size_t at = 0;
    if (held_ != 0) { // the character that the piece before left unfinished
      const detail::utf8_lead lead = detail::utf8_lead_of(octets_[0]);
      for (; held_ < lead.size; ++at) {
        if (at == piece.size()) return npos;
        const auto c = static_cast<std::uint8_t>(piece[at]);
        if (!lead.allows(held_, c)) return fail(at);
        if (held_ + 1 < lead.size) octets_[held_] = c;
        ++held_;
      }
      *this = {};
    }
    at += detail::valid_prefix(piece.substr(at));
    while ((at = detail::skip_ascii(piece, at)) < piece.size()) {
      const std::string_view rest = piece.substr(at);
      const detail::utf8_lead lead = detail::utf8_lead_of(static_cast<std::uint8_t>(rest[0]));
      if (lead.size == 0) return fail(at);
      for (std::size_t i = 1; i < lead.size; ++i) {
        if (i == rest.size()) return hold(rest);
        if (!lead.allows(i, static_cast<std::uint8_t>(rest[i]))) return fail(at + i);
      }
      at += lead.size;
    }
    return npos;
  }

  /// Octets that the character lacks which is not complete; 0 if there is none.
  constexpr std::size_t missing() const noexcept {
    return held_ == 0 || failed() ? 0 : std::size_t{detail::utf8_lead_of(octets_[0]).size} - held_;
  }
  /// Whether the text may end here: what came is valid, and its last character is whole.
  constexpr bool complete() const noexcept { return held_ == 0; }
  /// Whether an impossible octet came.
  constexpr bool failed() const noexcept { return held_ == failed_mark; }
  /// Begins anew, with a new text.
  constexpr void reset() noexcept { *this = {}; }

  friend constexpr bool operator==(const utf8_validator &, const utf8_validator &) noexcept = default;

private:
  static constexpr std::uint8_t failed_mark = 0xFF;

  constexpr std::size_t fail(std::size_t at) noexcept {
    *this = {};
    held_ = failed_mark;
    return at;
  }
  constexpr std::size_t hold(std::string_view unfinished) noexcept {
    for (const char c : unfinished) octets_[held_++] = static_cast<std::uint8_t>(c);
    return npos;
  }

  std::array<std::uint8_t, 3> octets_{}; // of the unfinished character
  std::uint8_t held_ = 0;                // how many there are
};
static_assert(std::is_trivially_copyable_v<utf8_validator> && sizeof(utf8_validator) == 4);

namespace detail {

/// is_utf8() for any size.
constexpr bool is_long_utf8(std::string_view text) noexcept {
  if (isa set = best_isa(); set != isa::scalar) // not const: that would be a constant expression, scalar
    return simd::valid_utf8(set, text.data(), text.size()) == text.size();
  utf8_validator all;
  return all.add(text) == utf8_validator::npos && all.complete();
}

} // namespace detail

/// Whether the whole of `text` is UTF-8: Unicode scalar values only, each in its shortest form. U+0000,
/// noncharacters and a byte order mark are valid. Linear.
COAX_ALWAYS_INLINE constexpr bool is_utf8(std::string_view text) noexcept {
  COAX_COUNT_WORK(text.size());
  if (!std::is_constant_evaluated() && text.size() < 32 && simd::is_short_ascii(text.data(), text.size()))
    return true;
  return detail::is_long_utf8(text);
}

} // namespace coax::inline v0_1::websocket
