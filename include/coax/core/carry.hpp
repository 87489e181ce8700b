// Joining input that arrives in buffers which must be given back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1 {

/// Carries the unfinished tail of one borrowed piece over to the next, for input in buffers that are not
/// ours to keep (io_uring's provided buffers, a DMA ring). As long as a piece ends where an element ends,
/// nothing is copied. `N` bounds what may be unfinished: the largest head or chunk line that is accepted.
///
///     for (bool more = false; !more || !piece.empty();) {
///       auto in = carry.join(piece);
///       auto event = reader.next(context, in);
///       ... use the event; leave the loop if it is failed, closed or switched ...
///       more = event.kind == event_kind::need_more;
///       piece = piece.subspan(carry.settle(piece, event.consumed, more));
///       if (more && carry.full()) ... too large: leave the loop ...
///     }
///
/// The loop goes on behind an empty piece until more is needed, as an event may consume nothing.
template <std::size_t N> class carry {
  static_assert(N > 0 && N <= 0xFFFF'FFFF);

public:
  /// The bytes to parse next: `piece` itself, or the carried bytes followed by as much of `piece` as
  /// fits. Valid until settle().
  constexpr std::span<char> join(std::span<char> piece) noexcept {
    if (held_ == 0) return piece;
    const std::size_t taken = std::min(piece.size(), N - held_);
    std::copy_n(piece.begin(), taken, bytes_.begin() + held_);
    taken_ = static_cast<std::uint32_t>(taken);
    return std::span(bytes_).first(held_ + taken);
  }

  /// Tells what became of the joined bytes: `consumed` as the parser said, and whether it needs more.
  /// `piece` is the one that join() got. Returns how many bytes of it are spent: drop them.
  constexpr std::size_t settle(std::span<const char> piece, std::size_t consumed, bool need_more) noexcept {
    if (held_ == 0) {
      if (!need_more) return consumed;
      const auto tail = piece.subspan(consumed);
      const std::size_t kept = std::min(tail.size(), N);
      std::copy_n(tail.begin(), kept, bytes_.begin());
      held_ = static_cast<std::uint32_t>(kept);
      return consumed + kept;
    }
    if (consumed >= held_) { // what is left lies in the piece as well
      const std::size_t spent = consumed - held_;
      held_ = 0;
      return spent;
    }
    const std::uint32_t joined = held_ + taken_;
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(consumed), bytes_.begin() + joined,
              bytes_.begin());
    held_ = joined - static_cast<std::uint32_t>(consumed);
    return taken_;
  }

  /// Whether no further byte can be joined.
  constexpr bool full() const noexcept { return held_ == N; }

private:
  std::uint32_t held_ = 0, taken_ = 0;
  std::array<char, N> bytes_{};
};

} // namespace coax::inline v0_1
