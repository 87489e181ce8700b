// Judging a whole head: what the checks of Host and framing answer.
#pragma once

#include "../core/fault.hpp"
#include "errc.hpp"
#include "head.hpp"

#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::http {

/// Whether a head passes a check, and if not, why.
struct [[nodiscard]] verdict {
  errc ec = errc::ok;
  fault why{}; ///< `at` counts from the first byte of the start-line
  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
};

constexpr verdict refusal(errc ec, std::size_t at, element what, std::size_t index = 0) noexcept {
  return {ec, {static_cast<std::uint32_t>(at), what, static_cast<std::uint16_t>(index)}};
}

constexpr std::size_t index_of(const fields &all, const field_ref &ref) noexcept {
  return static_cast<std::size_t>(&ref - all.refs().data());
}

namespace detail {

/// Offset of the empty line that ends a head: where it is certain that a field is missing.
template <class Head> constexpr std::size_t empty_line(const Head &head) noexcept {
  const std::size_t size = head.size;
  return size >= 2 && head.fields.base()[size - 2] == '\r' ? size - 2 : size - 1;
}

} // namespace detail

} // namespace coax::inline v0_1::http
