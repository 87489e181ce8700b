// How a line of a head ends (RFC 9112 §2.2), and the outcomes that the line parsers share.
#pragma once

#include "../core/outcome.hpp"
#include "context.hpp"
#include "errc.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

constexpr bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }

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

/// Where a line, and the head or trailer section that it is part of, have to end at the latest.
struct bounds {
  std::size_t line;    ///< offset behind the longest line: only its line end may stand there
  std::size_t section; ///< offset behind the largest section: nothing may stand there
  errc line_error;
  errc section_error;
  element section_element;

  constexpr std::size_t stop() const noexcept { return std::min(line, section); }

  /// Fails if the byte at `text[at]` is one too many. Precondition: `at < text.size()`.
  constexpr step<errc> check(std::string_view text, std::size_t at, element what,
                             std::size_t index = 0) const noexcept {
    if (at >= section) return failed(section_error, section, section_element, index);
    if (at >= line && !is_line_end(text[at])) return failed(line_error, line, what, index);
    return ready(0);
  }
};

/// Takes the line end at `text[at]`, which is CR or LF. When ready, `consumed` is its size.
constexpr step<errc> take_line_end(std::string_view text, std::size_t at, const bounds &within, element what,
                                   const leniency &len, deviations &seen, std::size_t index = 0) noexcept {
  std::size_t size = 1;
  if (text[at] == '\n') {
    if (!len.allow_bare_lf) return failed(errc::bad_line_ending, at, what, index);
    seen.add(deviation::bare_lf);
  } else {
    if (at + 1 == text.size()) return need_more();
    if (text[at + 1] != '\n') return failed(errc::bad_line_ending, at, what, index);
    size = 2;
  }
  if (at + size > within.section)
    return failed(within.section_error, within.section, within.section_element, index);
  return ready(size);
}

} // namespace coax::inline v0_1::http::detail
