// zlib as an engine that inflates.
#pragma once

#include "../websocket/deflate_engine.hpp"
#include "arena.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

namespace coax::inline v0_1::zlib {

/// Octets that a decompressor takes, for a window of 1 << `window_bits`: 8 to 15. That is what zlib 1.2.11 to
/// 1.3.1 need on a machine of 64 bits, with a little to spare. Other libraries with zlib's interface may need
/// more: see decompressor::operator bool.
constexpr std::size_t decompressor_memory(int window_bits) noexcept {
  return 7 * 1024 + 512 + (std::size_t{1} << window_bits) + 2 * detail::alignment;
}

/// Inflates raw DEFLATE with zlib, in memory of the caller: see websocket::inflate_engine. Stays where it was
/// made, as does the memory, which it uses as long as it lives. zlib does not allocate anything else.
///
///     std::vector<char> memory(zlib::decompressor_memory(15));
///     zlib::decompressor engine(15, memory);
class decompressor {
public:
  /// An engine with a window of 1 << `window_bits` octets, at least that of the peer's compressor: see
  /// deflate_parameters::window_bits(). A larger one does no harm.
  decompressor(int window_bits, std::span<char> memory) noexcept : arena_(memory) {
    if (window_bits < 8 || window_bits > 15) return; // zlib would take some for another format
    arena_.serve(stream_);
    usable_ = inflateInit2(&stream_, -window_bits) == Z_OK;
  }
  ~decompressor() {
    if (usable_) inflateEnd(&stream_);
  }
  decompressor(const decompressor &) = delete;
  decompressor &operator=(const decompressor &) = delete;

  /// Whether it can inflate: not if the window is not one of 8 to 15 bits, or the memory was too small. The
  /// memory for the window is taken when it is first needed; the step that needs it answers no_memory if it
  /// is not there.
  explicit operator bool() const noexcept { return usable_; }

  websocket::engine_step inflate(std::span<const char> in, std::span<char> out) noexcept {
    using websocket::engine_status;
    websocket::engine_step s{.st = usable_ ? engine_status::ok : engine_status::no_memory};
    while (s.st == engine_status::ok && s.produced < out.size()) {
      const std::size_t given = std::min(in.size() - s.consumed, most);
      const std::size_t room = std::min(out.size() - s.produced, most);
      stream_.next_in = reinterpret_cast<z_const Bytef *>(const_cast<char *>(in.data() + s.consumed));
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = reinterpret_cast<Bytef *>(out.data() + s.produced);
      stream_.avail_out = static_cast<uInt>(room);
      const int code = ::inflate(&stream_, Z_BLOCK); // so that the end of a block can be told
      const std::size_t consumed = given - stream_.avail_in, produced = room - stream_.avail_out;
      s.consumed += consumed;
      s.produced += produced;
      if (code == Z_STREAM_END) {
        // BFINAL: go on, with the window (RFC 7692 §7.2.3.4). The call before stopped behind the block, and
        // this one consumed nothing.
        inflateResetKeep(&stream_);
      } else if (code == Z_MEM_ERROR) {
        s.st = engine_status::no_memory;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        s.st = engine_status::bad_data;
      } else if (consumed == 0 && produced == 0) {
        break; // which says nothing new about where the stream is
      } else {
        // Directly behind a block, and not in the middle of an octet: see inflate() in zlib.h.
        at_boundary_ = (stream_.data_type & (128 | 63)) == 128;
      }
      if (s.consumed == in.size() && stream_.avail_out != 0) break;
    }
    return s;
  }

  bool at_boundary() const noexcept { return at_boundary_; }

  void reset() noexcept {
    if (usable_) inflateReset(&stream_);
    at_boundary_ = false;
  }

private:
  static constexpr std::size_t most = std::numeric_limits<uInt>::max();

  z_stream stream_{};
  detail::arena arena_;
  bool usable_ = false;
  bool at_boundary_ = false;
};
static_assert(websocket::inflate_engine<decompressor>);

} // namespace coax::inline v0_1::zlib
