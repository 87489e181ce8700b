// Much randomness from little: the keystream of ChaCha20.
//
// A masking key is four octets, and getrandom() takes longer for them than masking a small message does, also
// by the kibibyte. That is why a cipher stands here, at the edge of the library: whoever would rather have
// every octet from the system uses websocket::buffered_entropy<system_source>.
#pragma once

#include "../core/isa.hpp"
#include "../core/simd/avx2.hpp"
#include "../websocket/entropy.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace coax::inline v0_1::interop::detail {

// Four blocks at once, where every machine has vectors.
#if defined(COAX_HAS_X86_KERNELS) || defined(COAX_HAS_NEON_KERNELS)
using chacha_word = std::uint32_t __attribute__((vector_size(16)));
#else
using chacha_word = std::uint32_t;
#endif

template <int Bits> inline void rotate(chacha_word &v) noexcept { v = v << Bits | v >> (32 - Bits); }

} // namespace coax::inline v0_1::interop::detail

#define COAX_KERNEL_SET interop
#include "chacha20_kernel.hpp"
#undef COAX_KERNEL_SET

#ifdef COAX_HAS_X86_KERNELS
COAX_AVX2_BEGIN
namespace coax::inline v0_1::avx2::detail {

using chacha_word = std::uint32_t __attribute__((vector_size(32)));

template <int Bits> [[gnu::always_inline]] inline void rotate(chacha_word &v) noexcept {
  v = v << Bits | v >> (32 - Bits);
}
template <> [[gnu::always_inline]] inline void rotate<16>(chacha_word &v) noexcept {
  constexpr bytes turned = {2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
                            2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13};
  v = reinterpret_cast<chacha_word>(shuffle(reinterpret_cast<bytes>(v), turned));
}
template <> [[gnu::always_inline]] inline void rotate<8>(chacha_word &v) noexcept {
  constexpr bytes turned = {3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
                            3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14};
  v = reinterpret_cast<chacha_word>(shuffle(reinterpret_cast<bytes>(v), turned));
}

} // namespace coax::inline v0_1::avx2::detail

#define COAX_KERNEL_SET avx2
#include "chacha20_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_AVX2_END
#endif

namespace coax::inline v0_1::interop {

namespace detail {

/// Words of the most blocks that are made at once.
inline constexpr std::size_t most_words = 16 * 8;

/// The keystream of ChaCha20 (RFC 8439 §2.3) from block number `first` on, with a nonce of zeros. Returns of
/// how many blocks it is.
inline std::size_t chacha20_blocks(const std::uint32_t (&key)[8], std::uint32_t first,
                                   std::uint32_t (&out)[most_words]) noexcept {
#ifdef COAX_HAS_X86_KERNELS
  if (best_isa() == isa::avx2) return avx2::detail::chacha20(key, first, out), avx2::detail::chacha_lanes;
#endif
  return chacha20(key, first, out), chacha_lanes;
}

} // namespace detail

/// Expands 32 octets of another source into as many as are needed, with ChaCha20: where a system call would
/// cost more than the message it masks. Each call of fill() replaces the key by octets that are handed out to
/// nobody, so that what was handed out before cannot be found in memory; after `Reseed` calls a new key is
/// drawn from the source. As strong as the source is, and with the same duties as buffered_entropy, behind
/// which it belongs: each call costs a block or more.
template <websocket::entropy Source, std::size_t Reseed = 1024> class keystream {
public:
  keystream() noexcept = default;
  explicit keystream(const Source &source) noexcept : source_(source) {}

  /// False when a new key is due and the source fails; the next call asks it again.
  bool fill(std::span<char> out) noexcept {
    if (left_ == 0 && !draw()) return false;
    --left_;
    std::uint32_t blocks[detail::most_words], next[8] = {};
    std::size_t used = sizeof next; // octets of `blocks`
    for (std::size_t first = 0; first == 0 || !out.empty(); used = 0) {
      const std::size_t made = detail::chacha20_blocks(key_, static_cast<std::uint32_t>(first), blocks);
      if (first == 0) std::memcpy(next, blocks, sizeof next);
      const std::size_t size = std::min(out.size(), made * 64 - used);
      std::memcpy(out.data(), reinterpret_cast<const char *>(blocks) + used, size);
      out = out.subspan(size);
      first += made;
    }
    std::memcpy(key_, next, sizeof next);
    websocket::detail::wipe(blocks, sizeof blocks);
    websocket::detail::wipe(next, sizeof next);
    return true;
  }

  /// Forgets the key: the next call draws one.
  void discard() noexcept {
    websocket::detail::wipe(key_, sizeof key_);
    left_ = 0;
  }

private:
  bool draw() noexcept {
    if (!source_.fill({reinterpret_cast<char *>(key_), sizeof key_})) return false;
    left_ = Reseed;
    return true;
  }

  std::uint32_t key_[8] = {};
  std::size_t left_ = 0; // calls until a new key is due
  Source source_{};
};

} // namespace coax::inline v0_1::interop
