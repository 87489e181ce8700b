// A receive buffer for parsers that want contiguous input.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1 {

/// A contiguous receive buffer of `N` bytes. Fill space() and commit(); parse readable() and consume().
///
///     | pinned head | spent | readable | space |
///
/// Only space() and pin() move bytes, and neither moves pinned ones: views into readable() live until
/// the next call of either, views into the pinned bytes until unpin(). A helper, not a requirement: the
/// parsers work on any contiguous bytes.
template <std::size_t N> class inbox {
  static_assert(N > 0 && N <= 0xFFFF'FFFF);

public:
  /// The bytes that were committed and not yet consumed.
  constexpr std::span<char> readable() noexcept { return std::span(bytes_).subspan(begin_, end_ - begin_); }
  /// The same as text, as the HTTP parsers take it.
  constexpr std::string_view text() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }

  /// Where to receive into. Moves the readable bytes to the front first, as far as the pin allows.
  constexpr std::span<char> space() noexcept {
    close_gap(pin_);
    return std::span(bytes_).subspan(end_);
  }
  /// Declares the first `n` bytes of space() received. Precondition: `n <= space().size()`.
  constexpr void commit(std::size_t n) noexcept { end_ += static_cast<std::uint32_t>(n); }
  /// Drops the first `n` readable bytes. Precondition: `n <= readable().size()`.
  constexpr void consume(std::size_t n) noexcept { begin_ += static_cast<std::uint32_t>(n); }

  /// Consumes the first `n` readable bytes but keeps them, at the front of the buffer, until unpin():
  /// for a head that has to outlive the body that streams through the same buffer. Returns them.
  /// Replaces an earlier pin.
  constexpr std::string_view pin(std::size_t n) noexcept {
    close_gap(0);
    pin_ = begin_ = static_cast<std::uint32_t>(n);
    return {bytes_.data(), n};
  }
  /// The first pinned byte: the base for the views of a pinned head.
  constexpr const char *pinned() const noexcept { return bytes_.data(); }
  constexpr void unpin() noexcept { pin_ = 0; }

  /// Whether no further byte fits beside the pinned and readable ones. A parser that then still needs
  /// more can never be satisfied.
  constexpr bool full() const noexcept { return pin_ + (end_ - begin_) == N; }

private:
  constexpr void close_gap(std::uint32_t to) noexcept {
    if (begin_ == to) return;
    std::copy(bytes_.begin() + begin_, bytes_.begin() + end_, bytes_.begin() + to);
    end_ = to + (end_ - begin_);
    begin_ = to;
  }

  std::uint32_t begin_ = 0, end_ = 0, pin_ = 0;
  std::array<char, N> bytes_{};
};

} // namespace coax::inline v0_1
