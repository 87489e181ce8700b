// What a step of a parser or an encoder answers.
#pragma once

#include "../config.hpp"
#include "fault.hpp"

#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1 {

/// "No limit" for arguments that cap how much one call may hand out.
inline constexpr std::size_t no_cap = ~std::size_t{0};

/// How a step ended. Needing more is not an error.
enum class status : std::uint8_t {
  need_more,  ///< nothing is wrong so far; call again once more bytes have arrived
  ready,      ///< the step's result is there
  failed,     ///< the input is refused; the parser is poisoned until reset()
  need_space, ///< only steps with an output span: call again with a larger one
};

/// The outcome of one parsing step, for an error enumeration `E` whose zero means "no error".
template <class E> struct [[nodiscard]] step {
  status st = status::need_more;
  E ec{};
  /// Bytes of this call's input that are done with: drop them before the next call. Exact in every
  /// outcome; may be above zero with need_more; zero with failed.
  std::size_t consumed = 0;
  /// With need_more: at least this many further bytes are needed for any progress.
  std::size_t hint = 0;
  /// With failed: what is wrong, and where in this call's input.
  fault why{};

  constexpr bool ready() const noexcept { return st == status::ready; }
  constexpr bool failed() const noexcept { return st == status::failed; }
};

/// The outcome of writing into a caller's span. Writing is transactional: unless it succeeds, nothing of
/// the span counts as written.
template <class E> struct [[nodiscard]] written {
  E ec{};
  std::size_t size = 0;     ///< bytes written, from the start of the span
  std::size_t required = 0; ///< bytes the whole output takes; above the span's size when it was too small
  constexpr explicit operator bool() const noexcept { return ec == E{}; }
};

} // namespace coax::inline v0_1
