// Text unmasked and checked at once, where it lies.
#pragma once

#include "mask.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket::detail {

/// Unmasks a whole text. False, and nothing is changed, if it is not UTF-8.
constexpr bool unmask_text(std::span<char> text, mask_key key) noexcept {
  std::size_t done = text.size();
  if (isa set = best_isa(); set != isa::scalar) { // not const: that would be a constant expression, scalar
    COAX_COUNT_WORK(done);
    const simd::unmasked there = simd::unmask_utf8(set, text.data(), text.size(), to_word(key));
    if (there.good == text.size()) return true;
    done = there.done;
  } else {
    apply_mask(text, key);
    if (is_utf8({text.data(), text.size()})) return true;
  }
  apply_mask(text.first(done), key); // as it was
  return false;
}

/// Unmasks a small piece if it is ASCII. False, and nothing is changed, if it is not, or not small.
inline bool unmask_ascii(std::span<char> piece, mask_key key) noexcept {
  if constexpr (std::endian::native != std::endian::little) return false;
  COAX_COUNT_WORK(piece.size());
  if (piece.size() < worth_vectors)
    return simd::mask_short(piece.data(), piece.data(), piece.size(), to_word(key), true);
#ifdef COAX_HAS_X86_KERNELS
  if (piece.size() <= 256 && best_isa() == isa::avx2)
    return avx2::mask_ascii(piece.data(), piece.size(), to_word(key));
#endif
  return false;
}

/// Whether `size` octets, one at least, from `at` on are ASCII.
inline bool is_ascii_piece(std::string_view in, std::size_t at, std::size_t size) noexcept {
#ifdef COAX_HAS_X86_KERNELS
  if (in.size() >= 32 && size <= 256 && best_isa() == isa::avx2) {
    COAX_COUNT_WORK(size);
    return avx2::is_ascii_piece(in.data(), in.size(), at, size);
  }
#endif
  return is_ascii(in.substr(at, size));
}

/// Unmasks a piece of text, of which `state` knows what came before, and answers as state.add() does. The
/// whole piece is unmasked in any case.
constexpr std::size_t unmask_piece(std::span<char> piece, mask_key key, utf8_validator &state) noexcept {
  constexpr std::size_t npos = utf8_validator::npos;
  isa set = best_isa(); // not const, as above
  if (set == isa::scalar || piece.size() < worth_vectors || state.failed()) {
    apply_mask(piece, key);
    return state.add({piece.data(), piece.size()});
  }
  // What completes a character that was begun before, and what is left unfinished, is for `state`.
  const std::size_t head = state.missing();
  apply_mask(piece.first(head), key);
  if (const std::size_t bad = state.add({piece.data(), head}); bad != npos) {
    apply_mask(piece.subspan(head), key, head);
    return bad;
  }
  std::array<char, 3> end{};
  apply_mask({piece.data() + piece.size() - end.size(), end.size()}, end, key, piece.size() - end.size());
  const std::size_t size = piece.size() - head - unfinished({end.data(), end.size()});
  COAX_COUNT_WORK(size);
  const simd::unmasked there = simd::unmask_utf8(set, piece.data() + head, size, to_word(turn(key, head)));
  apply_mask(piece.subspan(head + there.done), key, head + there.done);
  const std::size_t good = head + there.good;
  const std::size_t bad = state.add(std::string_view(piece.data(), piece.size()).substr(good));
  return bad == npos ? npos : good + bad;
}

/// The same for a piece that stays as it is, at `offset` in its frame.
constexpr std::size_t check_masked(std::string_view piece, mask_key key, std::uint64_t offset,
                                   utf8_validator &state) noexcept {
  std::array<char, 256> plain{};
  for (std::size_t at = 0; at < piece.size();) {
    const std::size_t size = apply_mask(piece.substr(at), plain, key, offset + at);
    const std::size_t bad = state.add({plain.data(), size});
    if (bad != utf8_validator::npos) return at + bad;
    at += size;
  }
  return utf8_validator::npos;
}

} // namespace coax::inline v0_1::websocket::detail
