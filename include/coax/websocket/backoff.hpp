// When to connect again (RFC 6455 §7.2.3).
#pragma once

#include "close_code.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Whether a client should connect again by itself: the server went away, broke down, or asked for it. Not so
/// behind a normal closure, nor where the same would happen again.
constexpr bool worth_reconnecting(close_code code) noexcept {
  switch (code) {
  case close_code::going_away:
  case close_code::abnormal:
  case close_code::internal_error:
  case close_code::service_restart:
  case close_code::try_again_later:
  case close_code::bad_gateway:
  case close_code::timeout: return true;
  default: return false;
  }
}

/// How long to wait before the next attempt: the first time anything up to `first`, so that clients that lost
/// the same server do not come back at once all together; then up to twice as long each time, and at least
/// half of that, to the cap. The clock and the random numbers are the caller's.
///
///     backoff waiting;
///     start_timer(waiting.next(random_number));   // in milliseconds
///     ... open for a while: waiting.reset();
class backoff {
public:
  struct options {
    std::uint32_t first = 5'000; ///< milliseconds
    std::uint32_t cap = 120'000; ///< milliseconds
  };

  constexpr backoff() noexcept = default;
  constexpr explicit backoff(options o) noexcept : options_(o) {}

  /// Milliseconds to wait before the next attempt, below the cap, as `random` has it: 64 random bits.
  constexpr std::uint32_t next(std::uint64_t random) noexcept {
    const std::uint64_t doubled = std::uint64_t{options_.first} << attempts_;
    const auto span = static_cast<std::uint32_t>(std::min<std::uint64_t>(doubled, options_.cap));
    const std::uint32_t least = attempts_ == 0 ? 0 : span / 2;
    if (attempts_ < 31) ++attempts_;
    return span == least ? span : least + static_cast<std::uint32_t>(random % (span - least));
  }
  /// How many times next() was called since the last reset(); stops counting at 31.
  constexpr unsigned attempts() const noexcept { return attempts_; }
  /// A connection has worked: the next failure is a first one.
  constexpr void reset() noexcept { attempts_ = 0; }

private:
  options options_{};
  std::uint8_t attempts_ = 0;
};
static_assert(std::is_trivially_copyable_v<backoff> && sizeof(backoff) == 12);

} // namespace coax::inline v0_1::websocket
