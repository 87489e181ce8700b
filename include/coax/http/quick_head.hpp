// The quick path for heads: takes lines that are right without doubt, and leaves the others to the parsers.
#pragma once

#include "../core/isa.hpp"
#include "../core/scan.hpp"
#include "../core/simd/avx2.hpp"
#include "../core/simd/neon.hpp"
#include "../core/simd/ssse3.hpp"
#include "../uri/target.hpp"
#include "context.hpp"
#include "head.hpp"
#include "quick_tables.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// What a kernel took: nothing, some lines from the first on, or all up to the empty line and with it. It
/// tells by head_ref::size where it stopped, and by head_ref::fields how many field lines it took.
enum class quick : std::uint8_t { nothing, some, complete };

/// The same with head_ref::size, which is sooner there in a register: the next head begins behind it.
struct quick_lines {
  quick taken = quick::nothing;
  std::size_t size = 0;
};

/// Whether a target in origin-form is in order as RFC 3986 has it: then it is whatever the syntax.
[[gnu::noinline]] constexpr bool is_plain_target(std::string_view target) noexcept {
  const uri::parsed_target parsed = uri::parse_target(target, false, uri::syntax::rfc3986);
  return parsed.ok;
}

} // namespace coax::inline v0_1::http::detail

#ifdef COAX_HAS_X86_KERNELS
COAX_AVX2_BEGIN
#define COAX_KERNEL_SET avx2
#include "quick_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_AVX2_END
COAX_SSSE3_BEGIN
#define COAX_KERNEL_SET ssse3
#include "quick_kernel.hpp"
#undef COAX_KERNEL_SET
COAX_SSSE3_END
#endif
#ifdef COAX_HAS_NEON_KERNELS
#define COAX_KERNEL_SET neon
#include "quick_kernel.hpp"
#undef COAX_KERNEL_SET
#endif

namespace coax::inline v0_1::http::detail {

/// How many octets there have to be for a kernel to work on.
inline constexpr std::size_t quick_size = 32;
/// How many of them there have to be in front of the first field line.
inline constexpr std::size_t quick_offset = 8;
inline constexpr std::size_t no_quick = ~std::size_t{0};

/// The octets of a head whose lines from `line` on are within their limits, whatever is in them.
constexpr std::size_t quick_window(const limits &lim, std::string_view text, std::size_t line) noexcept {
  return std::min(std::min<std::size_t>(text.size(), lim.head), line + lim.field_line + 2);
}

/// Takes the head that these octets, quick_size of them at least, begin with, as far as it is plain.
template <bool is_request>
inline quick_lines take_plain_octets(const context &ctx, [[maybe_unused]] const char *text,
                                     [[maybe_unused]] std::size_t size,
                                     [[maybe_unused]] head_ref &head) noexcept {
  [[maybe_unused]] field_ref *const table = ctx.table.data();
  [[maybe_unused]] const std::size_t room = ctx.max_fields();
  switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
  case isa::avx2:
    if constexpr (is_request) return avx2::quick_request(text, size, table, room, ctx.limits, head);
    return avx2::quick_response(text, size, table, room, head);
  case isa::ssse3:
    if constexpr (is_request) return ssse3::quick_request(text, size, table, room, ctx.limits, head);
    return ssse3::quick_response(text, size, table, room, head);
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon:
    if constexpr (is_request) return neon::quick_request(text, size, table, room, ctx.limits, head);
    return neon::quick_response(text, size, table, room, head);
#endif
  default: return {};
  }
}

/// The same for fewer octets, as a copy with zeros behind it: no line goes on there.
template <bool is_request>
[[gnu::noinline]] inline quick_lines take_few_octets(const context &ctx, std::string_view text,
                                                     head_ref &head) noexcept {
  constexpr std::size_t least = 17; // "HTTP/1.1 200 " and two line ends
  if (text.size() < least) return {};
  char copy[quick_size] = {};
  std::memcpy(copy, text.data(), 16);
  std::memcpy(copy + text.size() - 16, text.data() + text.size() - 16, 16);
  return take_plain_octets<is_request>(ctx, copy, quick_size, head);
}

/// Takes the head that `text` begins with as far as it is plain. What may be refused or noted as a deviation
/// under any leniency is not.
template <bool is_request>
inline quick_lines take_plain_head(const context &ctx, std::string_view text, head_ref &head) noexcept {
  const std::size_t size = quick_window(ctx.limits, text, 0);
  if (ctx.leniency.reject_underscore_names) return {};
  if (size < quick_size) return take_few_octets<is_request>(ctx, text.substr(0, size), head);
  return take_plain_octets<is_request>(ctx, text.data(), size, head);
}

/// The same from the field line on that begins at `line`; `count` fields are in the table already.
inline quick take_plain_fields(const context &ctx, std::string_view text, std::size_t line, std::size_t count,
                               [[maybe_unused]] head_ref &head) noexcept {
  const std::size_t size = quick_window(ctx.limits, text, line);
  if (size < line + quick_size || ctx.leniency.reject_underscore_names) return quick::nothing;
  [[maybe_unused]] field_ref *const table = ctx.table.data() + count;
  [[maybe_unused]] const std::size_t room = ctx.max_fields() - count;
  switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
  case isa::avx2: return avx2::quick_fields(text.data(), size, table, room, line, head).taken;
  case isa::ssse3: return ssse3::quick_fields(text.data(), size, table, room, line, head).taken;
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon: return neon::quick_fields(text.data(), size, table, room, line, head).taken;
#endif
  default: return quick::nothing;
  }
}

/// host_name_size() for fewer octets than a kernel takes.
[[gnu::noinline]] constexpr std::size_t short_host_name_size(std::string_view text,
                                                             std::size_t from) noexcept {
  return find_outside(text, from, ascii::unreserved) - from;
}

/// How many octets of a host name (letters, digits and "-._~") begin at `from`, of 32 at most; 0 where
/// there is no kernel.
inline std::size_t host_name_size(const char *text, std::size_t size, std::size_t from) noexcept {
  if (size < quick_size) return short_host_name_size({text, size}, from);
  switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
  case isa::avx2: return avx2::host_name_size(text, size, from);
  case isa::ssse3: return ssse3::host_name_size(text, size, from);
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon: return neon::host_name_size(text, size, from);
#endif
  default: return 0;
  }
}

} // namespace coax::inline v0_1::http::detail
