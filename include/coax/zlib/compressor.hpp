// zlib as an engine that deflates.
#pragma once

#include "../websocket/deflate_engine.hpp"
#include "arena.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace coax::inline v0_1::zlib {

/// The smallest window that a compressor can keep to: see there.
inline constexpr std::uint8_t min_window_bits = 8;

/// How hard to try, and with how much memory: see deflateInit2() in zlib.h.
struct compression {
  int window_bits = 15; ///< 8 to 15, what was agreed on: see deflate_parameters::window_bits()
  int memory_level = 8; ///< 1 to 9; 1 << (this + 9) octets
  int level = 6;        ///< 1, the fastest, to 9, the smallest
  /// Only the fixed Huffman code (Z_FIXED): a message of 150 octets costs the receiver a quarter and is
  /// hardly larger; long ones grow by a third.
  bool fixed_code = false;
};

/// Octets that a compressor takes. That is what zlib 1.2.11 to 1.3.1 need on a machine of 64 bits, with a
/// little to spare. Other libraries with zlib's interface may need more: see compressor::operator bool.
constexpr std::size_t compressor_memory(const compression &how = {}) noexcept {
  const int bits = how.window_bits < 9 ? 9 : how.window_bits;
  return 6 * 1024 + 512 + (std::size_t{1} << (bits + 2)) + (std::size_t{1} << (how.memory_level + 9)) +
         (std::size_t{1} << (how.memory_level + 6)) + 8 * detail::alignment;
}

/// Deflates with zlib, in memory of the caller: see websocket::deflate_engine. Stays where it was made, as
/// does the memory, which it uses as long as it lives. zlib does not allocate anything else.
///
/// A window of 256 octets (8 bits) is one of 512 to zlib, which never refers back by more than the window
/// less 262 octets, and so by at most 250: what comes out is what was agreed on (RFC 7692 §7.1.2).
class compressor {
public:
  compressor(const compression &how, std::span<char> memory) noexcept : arena_(memory) {
    const int bits = how.window_bits == 8 ? 9 : how.window_bits;
    if (bits < 9 || bits > 15) return; // zlib would take some for another format
    if (how.level < 1) return;         // stored blocks only: stored_block_writer does that
    arena_.serve(stream_);
    usable_ = deflateInit2(&stream_, how.level, Z_DEFLATED, -bits, how.memory_level,
                           how.fixed_code ? Z_FIXED : Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~compressor() {
    if (usable_) deflateEnd(&stream_);
  }
  compressor(const compressor &) = delete;
  compressor &operator=(const compressor &) = delete;

  /// Whether it can deflate: not if zlib knows no such options, or the memory was too small.
  explicit operator bool() const noexcept { return usable_; }

  websocket::engine_step deflate(std::span<const char> in, std::span<char> out) noexcept {
    return run(in, out, Z_NO_FLUSH);
  }

  websocket::engine_step end(std::span<char> out) noexcept {
    websocket::engine_step s;
    if (ending_ == ending::no) {
      // Everything but the last bits. This can be repeated where it just fills the output, while Z_SYNC_FLUSH
      // would write its block twice then; that gets a place of its own, where it always fits.
      s = run({}, out, Z_BLOCK);
      if (s.st != websocket::engine_status::ok || s.produced == out.size()) return s;
      std::array<char, 16> block;
      const websocket::engine_step last = run({}, block, Z_SYNC_FLUSH);
      if (last.st != websocket::engine_status::ok || last.produced <= tail_size) return no_memory(s);
      block_size_ = std::min(last.produced - tail_size, block_.size());
      std::copy_n(block.begin(), block_size_, block_.begin());
      block_done_ = 0;
      ending_ = ending::block;
    }
    while (block_done_ < block_size_ && s.produced < out.size()) out[s.produced++] = block_[block_done_++];
    if (s.produced < out.size()) ending_ = ending::no;
    return s;
  }

  std::size_t bound(std::size_t n) const noexcept {
    // That of deflateBound() for any options, and the end of the message. The rounding is for small memory
    // levels, where a block has no more than 127 octets.
    return n + n / 8 + n / 32 + 32;
  }

  void reset() noexcept {
    if (usable_) deflateReset(&stream_);
    ending_ = ending::no;
    block_size_ = block_done_ = 0;
  }

private:
  enum class ending : std::uint8_t { no, block };

  static constexpr std::size_t most = std::numeric_limits<uInt>::max();
  static constexpr std::size_t tail_size = 4; // 00 00 FF FF

  static websocket::engine_step no_memory(websocket::engine_step s) noexcept {
    s.st = websocket::engine_status::no_memory;
    return s;
  }

  /// Deflates until the input is used up and `flush` is complete, or the output is full.
  websocket::engine_step run(std::span<const char> in, std::span<char> out, int flush) noexcept {
    websocket::engine_step s;
    if (!usable_) return no_memory(s);
    for (;;) {
      const std::size_t given = std::min(in.size() - s.consumed, most);
      const std::size_t room = std::min(out.size() - s.produced, most);
      stream_.next_in = reinterpret_cast<z_const Bytef *>(const_cast<char *>(in.data() + s.consumed));
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = reinterpret_cast<Bytef *>(out.data() + s.produced);
      stream_.avail_out = static_cast<uInt>(room);
      const int code = ::deflate(&stream_, flush);
      s.consumed += given - stream_.avail_in;
      s.produced += room - stream_.avail_out;
      if (code != Z_OK && code != Z_BUF_ERROR) return no_memory(s);
      if (s.produced == out.size() || (s.consumed == in.size() && stream_.avail_out != 0)) return s;
    }
  }

  z_stream stream_{};
  detail::arena arena_;
  std::array<char, 2> block_{}; // the header of the empty block, with the last bits in front of it
  std::size_t block_size_ = 0, block_done_ = 0;
  ending ending_ = ending::no;
  bool usable_ = false;
};
static_assert(websocket::deflate_engine<compressor>);

} // namespace coax::inline v0_1::zlib
