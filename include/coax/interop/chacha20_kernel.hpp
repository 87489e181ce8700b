// The block function of ChaCha20, a block in each lane. Not a header by itself: keystream.hpp includes it,
// with COAX_KERNEL_SET naming a namespace in which there are already detail::chacha_word and rotate().
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::COAX_KERNEL_SET::detail {

/// Blocks that are made at once.
inline constexpr std::size_t chacha_lanes = sizeof(chacha_word) / 4;

[[gnu::always_inline]] inline void chacha_quarter(chacha_word &a, chacha_word &b, chacha_word &c,
                                                  chacha_word &d) noexcept {
  a += b;
  rotate<16>(d ^= a);
  c += d;
  rotate<12>(b ^= c);
  a += b;
  rotate<8>(d ^= a);
  c += d;
  rotate<7>(b ^= c);
}

/// The blocks from number `first` on (RFC 8439 §2.3), with a nonce of zeros.
inline void chacha20(const std::uint32_t (&key)[8], std::uint32_t first, std::uint32_t *out) noexcept {
  std::uint32_t numbers[chacha_lanes];
  for (std::size_t lane = 0; lane < chacha_lanes; ++lane)
    numbers[lane] = first + static_cast<std::uint32_t>(lane);
  const chacha_word zero{};
  chacha_word start[16] = {zero + 0x61707865u, zero + 0x3320646Eu, zero + 0x79622D32u, zero + 0x6B206574u};
  for (std::size_t i = 0; i < 8; ++i) start[4 + i] = zero + key[i];
  std::memcpy(&start[12], numbers, sizeof numbers);

  chacha_word x[16];
  for (std::size_t i = 0; i < 16; ++i) x[i] = start[i];
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
    std::memcpy(lanes, &x[i], sizeof lanes);
    for (std::size_t lane = 0; lane < chacha_lanes; ++lane) out[16 * lane + i] = lanes[lane];
  }
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET::detail

#endif
