// The quick path for heads in pieces: passes what is right without doubt, as far as it has arrived.
#pragma once

#include "../core/scan.hpp"
#include "quick_head.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http::detail {

/// In what part of a section of field lines a parser stands.
enum class line_state : std::uint8_t {
  first_line, // nothing was read yet
  next_line,  // a line was read that is not in the table yet, as the next may be its fold
  last_line,  // all lines are in the table, and this one has begun to end the section
  name,
  space_before_colon,
  value,
};

/// Where a parser of field lines stands.
struct line_place {
  std::uint16_t at = 0;    ///< octets of the section that were judged
  std::uint16_t line = 0;  ///< offset of the line being read
  std::uint16_t count = 0; ///< lines in front of it
  line_state state = line_state::first_line;
};

} // namespace coax::inline v0_1::http::detail

#ifdef COAX_HAS_X86_KERNELS
COAX_AVX2_BEGIN
#define COAX_KERNEL_SET avx2
#include "piece_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_AVX2_END
COAX_SSSE3_BEGIN
#define COAX_KERNEL_SET ssse3
#include "piece_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_SSSE3_END
#endif
#ifdef COAX_HAS_NEON_KERNELS
#define COAX_KERNEL_SET neon
#include "piece_kernel.hpp"
#undef COAX_KERNEL_SET
#endif

namespace coax::inline v0_1::http::detail {

/// Whether this is all of a head, if it is plain: only its end has two line ends in a row.
constexpr bool ends_in_empty_line(std::string_view text) noexcept { return text.ends_with("\r\n\r\n"); }

/// pass_lines() where there is no kernel: goes on in a value only.
[[gnu::noinline]] constexpr bool pass_value(line_place &place, const context &ctx,
                                            std::string_view section) noexcept {
  const std::size_t size = std::min(std::min<std::size_t>(section.size(), ctx.limits.head),
                                    std::size_t{place.line} + ctx.limits.field_line);
  if (size > place.at && place.state == line_state::value)
    place.at = static_cast<std::uint16_t>(find_outside_field_text(section.substr(0, size), place.at));
  return place.at == section.size();
}

/// Goes on with the field lines of a head, as far as they are plain and there are octets of `section`;
/// `place` tells where that ends, which may be anywhere in a line. Nothing is put into a table. It stops in
/// front of what may be refused or noted as a deviation under any leniency. True if nothing is left to
/// be judged yet.
constexpr bool pass_lines(line_place &place, const context &ctx, std::string_view section) noexcept {
  if (std::is_constant_evaluated()) return pass_value(place, ctx, section);
  switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
  case isa::avx2: return avx2::pass_lines(place, ctx, section);
  case isa::ssse3: return ssse3::pass_lines(place, ctx, section);
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon: return neon::pass_lines(place, ctx, section);
#endif
  default: return pass_value(place, ctx, section);
  }
}

} // namespace coax::inline v0_1::http::detail
