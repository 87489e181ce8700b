// Writing into a span that may turn out too small.
#pragma once

#include "outcome.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1 {

/// How many decimal digits a number has.
constexpr std::size_t decimal_size(std::uint64_t number) noexcept {
  std::size_t digits = 1;
  for (std::uint64_t bound = 10; number >= bound && digits < 20; bound *= 10) ++digits;
  return digits;
}
/// Writes as many digits as the number has to where there is room for them. Returns the place behind them.
constexpr char *write_decimal(char *to, std::size_t digits, std::uint64_t number) noexcept {
  for (std::size_t at = digits; at > 0; number /= 10) to[--at] = static_cast<char>('0' + number % 10);
  return to + digits;
}

/// Appends text to a caller's span. What does not fit whole is not written, but all is counted, so that
/// required() tells how large the span has to be.
class bounded_writer {
public:
  constexpr explicit bounded_writer(std::span<char> out) noexcept : out_(out) {}

  constexpr bounded_writer &put(char c) noexcept {
    if (required_ < out_.size()) out_[required_] = c;
    ++required_;
    return *this;
  }
  constexpr bounded_writer &put(std::string_view text) noexcept {
    if (required_ <= out_.size() && text.size() <= out_.size() - required_)
      std::copy_n(text.begin(), text.size(), out_.begin() + static_cast<std::ptrdiff_t>(required_));
    required_ += text.size();
    return *this;
  }
  /// The room for `size` bytes, which are to be written there, or null if they do not fit: for several texts
  /// at once.
  constexpr char *take(std::size_t size) noexcept {
    const std::size_t at = required_;
    required_ += size;
    return fits() ? out_.data() + at : nullptr;
  }
  /// Decimal digits, without leading zeros.
  constexpr bounded_writer &put_decimal(std::uint64_t number) noexcept {
    const std::size_t size = decimal_size(number);
    if (char *const to = take(size); to != nullptr) write_decimal(to, size, number);
    return *this;
  }

  constexpr std::size_t required() const noexcept { return required_; }
  constexpr bool fits() const noexcept { return required_ <= out_.size(); }

  /// What to answer: success, or `too_small` if not all fitted.
  template <class E> constexpr written<E> finish(E too_small) const noexcept {
    return fits() ? written<E>{E{}, required_, required_} : written<E>{too_small, 0, required_};
  }

private:
  std::span<char> out_;
  std::size_t required_ = 0;
};

} // namespace coax::inline v0_1
