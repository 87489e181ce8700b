// An engine for permessage-deflate that does not compress: blocks of type 00 only (RFC 1951 §3.2.4). It needs
// no window and no memory, and so serves where the extension has to be spoken and nothing is to be gained by
// it: in firmware, towards peers that are known, in tests.
#pragma once

#include "deflate_engine.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Decodes DEFLATE that consists of stored blocks. Any other block is bad_data, so use it only towards peers
/// that are known to send no other.
class stored_block_reader {
public:
  constexpr engine_step inflate(std::span<const char> in, std::span<char> out) noexcept {
    engine_step s;
    for (;;) {
      if (left_ != 0) {
        const std::size_t n = std::min({std::size_t{left_}, in.size() - s.consumed, out.size() - s.produced});
        if (n == 0) return s;
        std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(s.consumed), n,
                    out.begin() + static_cast<std::ptrdiff_t>(s.produced));
        s.consumed += n;
        s.produced += n;
        left_ = static_cast<std::uint16_t>(left_ - n);
        continue;
      }
      if (s.consumed == in.size()) return s;
      if (!take(static_cast<std::uint8_t>(in[s.consumed]))) {
        s.st = engine_status::bad_data;
        return s;
      }
      ++s.consumed;
    }
  }
  constexpr bool at_boundary() const noexcept { return held_ == 0 && left_ == 0; }
  constexpr void reset() noexcept { *this = {}; }

private:
  /// Takes an octet of a block's header: BFINAL and BTYPE, LEN, and NLEN, which is its complement.
  constexpr bool take(std::uint8_t c) noexcept {
    if (held_ == 0 && (c & 6) != 0) return false;
    header_[held_] = c;
    if (held_ >= 3 && (header_[held_ - 2] ^ c) != 0xFF) return false;
    if (++held_ < header_.size()) return true;
    left_ = static_cast<std::uint16_t>(header_[1] | header_[2] << 8);
    held_ = 0;
    return true;
  }

  std::array<std::uint8_t, 5> header_{};
  std::uint8_t held_ = 0;  // octets of it that came
  std::uint16_t left_ = 0; // octets of the block that are to come
};
static_assert(std::is_trivially_copyable_v<stored_block_reader> && inflate_engine<stored_block_reader>);

/// Encodes into stored blocks: a message grows by five octets for each 65,535, or for each call of deflate()
/// where it comes in pieces, and by one at its end. It keeps nothing.
class stored_block_writer {
public:
  constexpr engine_step deflate(std::span<const char> in, std::span<char> out) noexcept {
    engine_step s;
    while (s.consumed < in.size() && out.size() - s.produced > header_size) {
      const std::size_t n =
          std::min({in.size() - s.consumed, out.size() - s.produced - header_size, std::size_t{0xFFFF}});
      const char header[header_size] = {0, static_cast<char>(n & 0xFF), static_cast<char>(n >> 8),
                                        static_cast<char>(~n & 0xFF), static_cast<char>(~n >> 8 & 0xFF)};
      const auto to = out.begin() + static_cast<std::ptrdiff_t>(s.produced);
      std::copy_n(header, header_size, to);
      std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(s.consumed), n, to + header_size);
      s.consumed += n;
      s.produced += header_size + n;
    }
    return s;
  }
  constexpr engine_step end(std::span<char> out) noexcept {
    out[0] = 0;
    return {.produced = 1};
  }
  constexpr std::size_t bound(std::size_t n) const noexcept { return n + (n / 0xFFFF + 1) * header_size + 1; }
  constexpr void reset() noexcept {}

private:
  static constexpr std::size_t header_size = 5;
};
static_assert(std::is_trivially_copyable_v<stored_block_writer> && deflate_engine<stored_block_writer>);

} // namespace coax::inline v0_1::websocket
