// Where masking keys and nonces come from: the caller.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace coax::inline v0_1::websocket {

/// A source of random octets. `fill(out)` makes all of `out` random and returns true, or returns false when
/// it has no randomness; what it did to `out` then does not matter. It must be cryptographically strong:
/// nobody, neither the peer nor who chooses the payload, may be able to tell the next octets from the earlier
/// ones (RFC 6455 §10.3). A generator for simulations, a counter or a clock will not do.
///
/// There is one for most systems in interop/system_entropy.hpp.
template <class E>
concept entropy = requires(E &source, std::span<char> out) {
  { source.fill(out) }
  noexcept->std::same_as<bool>;
};

namespace detail {

/// Makes octets zero that nothing may read again. A compiler would leave out the stores if it knew.
inline void wipe(void *octets, std::size_t size) noexcept {
#ifdef __GNUC__
  std::memset(octets, 0, size);
  __asm__ volatile("" : : "r"(octets) : "memory"); // might read them
#else
  volatile char *const each = static_cast<char *>(octets);
  for (std::size_t i = 0; i < size; ++i) each[i] = 0;
#endif
}

/// The same for four octets, in a store of which nothing but those octets is known to be read.
inline void wipe_four(char *octets) noexcept {
#ifdef __GNUC__
  std::memset(octets, 0, 4);
  __asm__ volatile("" : : "m"(*reinterpret_cast<const char(*)[4]>(octets)));
#else
  wipe(octets, 4);
#endif
}

} // namespace detail

/// Draws from another source in large pieces, so that a masking key costs a copy instead of a system call.
/// Octets that were handed out are wiped, and so is what is left at the end, so that keys of the past cannot
/// be found in memory.
///
/// Not to be used by two threads at the same time. It cannot be copied, as copies would give equal keys; for
/// the same reason a process that forks has to call discard() in the child.
template <entropy Source, std::size_t Capacity = 1024> class buffered_entropy {
  static_assert(Capacity > 0);

public:
  buffered_entropy() noexcept = default;
  explicit buffered_entropy(const Source &source) noexcept : source_(source) {}
  buffered_entropy(const buffered_entropy &) = delete;
  buffered_entropy &operator=(const buffered_entropy &) = delete;
  ~buffered_entropy() { discard(); }

  /// Fills `out` with octets that were handed out to nobody before. False, and `out` not changed, when the
  /// source failed; the next call asks it again. More than the buffer holds is drawn directly.
  bool fill(std::span<char> out) noexcept {
    if (out.size() == 4 && Capacity >= 4) { // a masking key, of a size that compilers know
      if (left_ < 4 && !refill()) return false;
      char *const next = octets_.data() + (Capacity - left_);
      left_ -= 4;
      std::memcpy(out.data(), next, 4);
      detail::wipe_four(next);
      return true;
    }
    if (out.size() > Capacity) return source_.fill(out);
    if (out.size() > left_ && !refill()) return false;
    char *const next = octets_.data() + (Capacity - left_);
    left_ -= out.size();
    std::memcpy(out.data(), next, out.size());
    detail::wipe(next, out.size());
    return true;
  }

  /// Wipes all that is buffered, here and in a source that can discard(), too: the next call draws anew.
  void discard() noexcept {
    detail::wipe(octets_.data() + (Capacity - left_), left_);
    left_ = 0;
    if constexpr (requires { source_.discard(); }) source_.discard();
  }

  /// Octets that can be handed out without asking the source.
  std::size_t buffered() const noexcept { return left_; }

private:
  [[gnu::noinline]] bool refill() noexcept {
    left_ = source_.fill(octets_) ? Capacity : 0;
    if (left_ == 0) detail::wipe(octets_.data(), Capacity);
    return left_ != 0;
  }

  std::array<char, Capacity> octets_{}; // the last left_ are unused, the others zero
  std::size_t left_ = 0;
  Source source_{};
};

} // namespace coax::inline v0_1::websocket
