// Much randomness from little: the keystream of ChaCha20.
//
// A masking key is four octets, and getrandom() takes longer for them than masking a small message does, also
// by the kibibyte. That is why a cipher stands here, at the edge of the library: whoever would rather have
// every octet from the system uses websocket::buffered_entropy<system_source>.
#pragma once

#include "../core/isa.hpp"
#include "../websocket/entropy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace coax::inline v0_1::interop {

namespace detail {

// Of four blocks at once, where every machine has vectors: one in each lane.
#if defined(COAX_HAS_X86_KERNELS) || defined(COAX_HAS_NEON_KERNELS)
using chacha_word = std::uint32_t __attribute__((vector_size(16)));
#else
using chacha_word = std::uint32_t;
#endif
inline constexpr std::size_t chacha_lanes = sizeof(chacha_word) / 4;

template <int Bits> inline chacha_word rotate(chacha_word v) noexcept { return v << Bits | v >> (32 - Bits); }

inline void chacha_quarter(chacha_word &a, chacha_word &b, chacha_word &c, chacha_word &d) noexcept {
  a += b, d = rotate<16>(d ^ a);
  c += d, b = rotate<12>(b ^ c);
  a += b, d = rotate<8>(d ^ a);
  c += d, b = rotate<7>(b ^ c);
}

/// The keystream of ChaCha20 (RFC 8439 §2.3) from block number `first` on, with a nonce of zeros.
inline void chacha20(const std::array<std::uint32_t, 8> &key, std::uint32_t first,
                     std::array<std::uint32_t, 16 * chacha_lanes> &out) noexcept {
  const chacha_word zero{};
  chacha_word start[16] = {zero + 0x61707865u, zero + 0x3320646Eu, zero + 0x79622D32u, zero + 0x6B206574u};
  for (std::size_t i = 0; i < 8; ++i) start[4 + i] = zero + key[i];
  start[12] = zero + first;
  for (std::size_t lane = 0; lane < chacha_lanes; ++lane) {
    std::uint32_t number;
    std::memcpy(&number, reinterpret_cast<char *>(&start[12]) + 4 * lane, 4);
    number += static_cast<std::uint32_t>(lane);
    std::memcpy(reinterpret_cast<char *>(&start[12]) + 4 * lane, &number, 4);
  }

  chacha_word x[16];
  std::copy_n(start, 16, x);
  for (int i = 0; i < 10; ++i) {
    chacha_quarter(x[0], x[4], x[8], x[12]);
    chacha_quarter(x[1], x[5], x[9], x[13]);
    chacha_quarter(x[2], x[6], x[10], x[14]);
    chacha_quarter(x[3], x[7], x[11], x[15]);
    chacha_quarter(x[0], x[5], x[10], x[15]);
    chacha_quarter(x[1], x[6], x[11], x[12]);
    chacha_quarter(x[2], x[7], x[8], x[13]);
    chacha_quarter(x[3], x[4], x[9], x[14]);
  }
  for (std::size_t i = 0; i < 16; ++i) {
    x[i] += start[i];
    std::uint32_t lanes[chacha_lanes];
    std::memcpy(lanes, &x[i], sizeof x[i]);
    for (std::size_t lane = 0; lane < chacha_lanes; ++lane) out[16 * lane + i] = lanes[lane];
  }
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
    std::array<std::uint32_t, 16 * detail::chacha_lanes> blocks;
    std::array<std::uint32_t, 8> next{};
    std::size_t used = sizeof next; // octets of `blocks`
    for (std::uint32_t first = 0; first == 0 || !out.empty(); first += detail::chacha_lanes, used = 0) {
      detail::chacha20(key_, first, blocks);
      if (first == 0) std::copy_n(blocks.begin(), next.size(), next.begin());
      const std::size_t size = std::min(out.size(), sizeof blocks - used);
      std::memcpy(out.data(), reinterpret_cast<const char *>(blocks.data()) + used, size);
      out = out.subspan(size);
    }
    key_ = next;
    websocket::detail::wipe(blocks.data(), sizeof blocks);
    websocket::detail::wipe(next.data(), sizeof next);
    return true;
  }

  /// Forgets the key: the next call draws one.
  void discard() noexcept {
    websocket::detail::wipe(key_.data(), sizeof key_);
    left_ = 0;
  }

private:
  bool draw() noexcept {
    if (!source_.fill({reinterpret_cast<char *>(key_.data()), sizeof key_})) return false;
    left_ = Reseed;
    return true;
  }

  std::array<std::uint32_t, 8> key_{};
  std::size_t left_ = 0; // calls until a new key is due
  Source source_{};
};

} // namespace coax::inline v0_1::interop
