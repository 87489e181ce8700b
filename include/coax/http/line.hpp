// How a line of a head ends (RFC 9112 §2.2), and the outcomes that the line parsers share.
#pragma once

#include "../core/outcome.hpp"
#include "context.hpp"
#include "errc.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

constexpr step<errc> need_more(std::size_t consumed = 0) noexcept {
  return {.st = status::need_more, .consumed = consumed, .hint = 1};
}

constexpr step<errc> ready(std::size_t consumed) noexcept {
  return {.st = status::ready, .consumed = consumed};
}

constexpr step<errc> failed(errc ec, std::size_t at, element what, std::size_t index = 0) noexcept {
  return {.st = status::failed,
          .ec = ec,
          .why = {static_cast<std::uint32_t>(at), what, static_cast<std::uint16_t>(index)}};
}

/// `text[at]` has no business where it stands: fails with `ec`, or with bad_line_ending for a CR or LF that
/// stands alone. Precondition: `at < text.size()`.
constexpr step<errc> refuse(std::string_view text, std::size_t at, errc ec, element what, const leniency &len,
                            std::size_t index = 0) noexcept {
  if (text[at] == '\r') {
    if (at + 1 == text.size()) return need_more();
    if (text[at + 1] != '\n') ec = errc::bad_line_ending; // RFC 9112 §2.2: a bare CR invalidates the element
  } else if (text[at] == '\n' && !len.allow_bare_lf) {
    ec = errc::bad_line_ending;
  }
  return failed(ec, at, what, index);
}

/// Takes the line end at `text[at]`, which is CR or LF. When ready, `consumed` is its size.
constexpr step<errc> take_line_end(std::string_view text, std::size_t at, element what, const leniency &len,
                                   deviations &seen, std::size_t index = 0) noexcept {
  if (text[at] == '\n') {
    if (!len.allow_bare_lf) return failed(errc::bad_line_ending, at, what, index);
    seen.add(deviation::bare_lf);
    return ready(1);
  }
  if (at + 1 == text.size()) return need_more();
  if (text[at + 1] != '\n') return failed(errc::bad_line_ending, at, what, index);
  return ready(2);
}

constexpr bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }

} // namespace coax::inline v0_1::http::detail
