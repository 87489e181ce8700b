// What the reader of a field's value answers.
#pragma once

#include "errc.hpp"

#include <cstddef>

namespace coax::inline v0_1::values {

/// A value that was read whole, or what is wrong with it and where.
template <class T> struct [[nodiscard]] parsed {
  errc ec = errc::ok;
  std::size_t at = 0; ///< when not ok: offset of the offending byte (the text's size if something is missing)
  T value{};          ///< meaningful when ok

  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
  constexpr const T &operator*() const noexcept { return value; }
  constexpr const T *operator->() const noexcept { return &value; }
};

} // namespace coax::inline v0_1::values
