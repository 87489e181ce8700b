// Where the readers of the handshake's lists get their text from.
#pragma once

#include "../core/fault.hpp"
#include "../fields/limits.hpp"
#include "../http/field.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What one list of the handshake may hold, over all its lines together.
inline constexpr values::limits list_limits{.members = 64, .empty_members = 16, .parameters = 64};

namespace detail {

/// The value of one field line, or those of all lines of a field in a head.
class field_source {
public:
  constexpr explicit field_source(std::string_view value) noexcept
      : base_(value.data()), line_(value), one_(true) {}
  constexpr field_source(const http::fields &all, std::string_view name) noexcept
      : all_(all), base_(all.base()), name_(name) {}

  /// Goes on to the next line; false behind the last one.
  constexpr bool next() noexcept {
    if (one_) return started_ ? false : (started_ = true);
    while (at_ < all_.size()) {
      const std::size_t at = at_++;
      if (!all_.carries(at, name_)) continue;
      line_ = all_[at].value;
      return true;
    }
    return false;
  }

  /// The current line's value.
  constexpr std::string_view line() const noexcept { return line_; }
  /// The place of an octet of the current line: counted from the start of the value, or of the head.
  constexpr fault place(std::size_t offset) const noexcept {
    const std::size_t line = static_cast<std::size_t>(line_.data() - base_);
    return {static_cast<std::uint32_t>(line + offset), element::field_value,
            static_cast<std::uint16_t>(at_ == 0 ? 0 : at_ - 1)};
  }

private:
  http::fields all_{};
  const char *base_ = nullptr;
  std::string_view name_{}, line_{};
  std::size_t at_ = 0;
  bool one_ = false, started_ = false;
};

} // namespace detail

} // namespace coax::inline v0_1::websocket
