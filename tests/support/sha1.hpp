// SHA-1 as FIPS 180-4 writes it, for tests in constant expressions and without OpenSSL. Slow, and not for
// use.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coax_test {

struct sha1 {
  constexpr std::array<char, 20> operator()(std::span<const char> message) const noexcept {
    std::array<std::uint32_t, 5> h = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    const std::size_t blocks = (message.size() + 8) / 64 + 1;
    const std::uint64_t bits = std::uint64_t{message.size()} * 8;
    const auto octet = [&](std::size_t i) -> std::uint32_t {
      if (i < message.size()) return static_cast<unsigned char>(message[i]);
      if (i == message.size()) return 0x80;
      const std::size_t left = blocks * 64 - i;
      return left <= 8 ? static_cast<std::uint32_t>(bits >> 8 * (left - 1) & 0xFF) : 0;
    };
    for (std::size_t block = 0; block < blocks; ++block) {
      std::array<std::uint32_t, 80> w{};
      for (std::size_t t = 0; t < 80; ++t) {
        if (t < 16)
          for (std::size_t i = 0; i < 4; ++i) w[t] = w[t] << 8 | octet(block * 64 + t * 4 + i);
        else
          w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
      }
      std::uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
      for (std::size_t t = 0; t < 80; ++t) {
        const std::uint32_t f = t < 20   ? (b & c) | (~b & d)
                                : t < 40 ? b ^ c ^ d
                                : t < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        constexpr std::array<std::uint32_t, 4> k = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
        const std::uint32_t temp = std::rotl(a, 5) + f + e + k[t / 20] + w[t];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = temp;
      }
      h[0] += a;
      h[1] += b;
      h[2] += c;
      h[3] += d;
      h[4] += e;
    }
    std::array<char, 20> out{};
    for (std::size_t i = 0; i < 20; ++i)
      out[i] = static_cast<char>(static_cast<unsigned char>(h[i / 4] >> 8 * (3 - i % 4) & 0xFF));
    return out;
  }
};

} // namespace coax_test
