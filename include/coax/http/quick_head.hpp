// The quick path for heads: takes lines that are right without doubt, and leaves the others to the parsers.
#pragma once

#include "../core/isa.hpp"
#include "../core/simd/avx2.hpp"
#include "../core/simd/neon.hpp"
#include "../core/simd/ssse3.hpp"
#include "context.hpp"
#include "head.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// What a kernel took: nothing, some lines from the first on, or all up to the empty line and with it. It
/// tells by head_ref::size where it stopped, and by head_ref::fields how many field lines it took.
enum class quick : std::uint8_t { nothing, some, complete };

// Classes of octets below 0x80 for a lookup by both halves of an octet: a column has one bit for each upper
// half with which it makes a member.
struct class_columns {
  unsigned char of[16] = {};
  constexpr explicit class_columns(ascii::char_set set) noexcept {
    for (unsigned i = 0; i < 128; ++i)
      if (ascii::is(static_cast<char>(i), set))
        of[i & 15] = static_cast<unsigned char>(of[i & 15] | 1u << (i >> 4));
  }
};
inline constexpr unsigned char class_rows[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 1, 1, 1, 1, 1, 1, 1};
inline constexpr class_columns token_columns{ascii::tchar}, query_columns{ascii::query};

inline constexpr std::uint64_t version_1_0 = 0x302E312F50545448; // "HTTP/1.0"
inline constexpr std::uint32_t get_sp = 0x20544547;              // "GET "

/// The fields that frame messages, by the size of their names: no two have the same.
struct framing_name_table {
  char letters[33] = {}; // the first of the name; 0 where there is none
  field_id ids[33] = {};
  char rows[18][64] = {}; // the name in lower case, from the 32nd octet on

  constexpr framing_name_table() noexcept {
    for (const auto &row : field_table) {
      const std::size_t size = row.name.size();
      if (to_framing_field(row.name) == field_id::other) continue;
      letters[size] = ascii::to_lower(row.name[0]);
      ids[size] = row.id;
      for (std::size_t i = 0; i < size; ++i) rows[size][32 + i] = ascii::to_lower(row.name[i]);
    }
  }
};
inline constexpr framing_name_table framing_names;

struct quick_method {
  method id;
  std::uint8_t size; ///< 0 if it is not a known one, or CONNECT, whose target has a form of its own
};

/// The octets of `word` that are SP; at least the lowest of the bits is exact.
constexpr std::uint64_t first_spaces(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  const std::uint64_t rest = word ^ (ones * ' ');
  return (rest - ones) & ~rest & (ones * 0x80);
}

/// The method that the first eight octets of a request-line begin with.
inline quick_method known_method(std::uint64_t first) noexcept {
  char text[8];
  __builtin_memcpy(text, &first, 8);
  const std::size_t size = static_cast<std::size_t>(std::countr_zero(first_spaces(first))) / 8;
  const method m = to_method({text, size < 8 ? size : 0});
  return {m, static_cast<std::uint8_t>(m == method::other || m == method::connect ? 0 : size)};
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
inline constexpr std::size_t no_quick = ~std::size_t{0};

/// The octets of a head whose lines from `line` on are within their limits, whatever is in them.
constexpr std::size_t quick_window(const limits &lim, std::string_view text, std::size_t line) noexcept {
  return std::min({text.size(), std::size_t{lim.head}, line + lim.field_line + 2});
}

/// Takes the head that `text` begins with as far as it is plain. What may be refused or noted as a deviation
/// under any leniency is not.
template <bool is_request>
inline quick take_plain_head(const context &ctx, std::string_view text,
                             [[maybe_unused]] head_ref &head) noexcept {
  const std::size_t size = quick_window(ctx.limits, text, 0);
  if (size < quick_size || ctx.leniency.reject_underscore_names) return quick::nothing;
  [[maybe_unused]] field_ref *const table = ctx.table.data();
  [[maybe_unused]] const std::size_t room = ctx.max_fields();
  switch (best_isa()) {
#ifdef COAX_HAS_X86_KERNELS
  case isa::avx2:
    if constexpr (is_request) return avx2::quick_request(text.data(), size, table, room, ctx.limits, head);
    return avx2::quick_response(text.data(), size, table, room, head);
  case isa::ssse3:
    if constexpr (is_request) return ssse3::quick_request(text.data(), size, table, room, ctx.limits, head);
    return ssse3::quick_response(text.data(), size, table, room, head);
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon:
    if constexpr (is_request) return neon::quick_request(text.data(), size, table, room, ctx.limits, head);
    return neon::quick_response(text.data(), size, table, room, head);
#endif
  default: return quick::nothing;
  }
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
  case isa::avx2: return avx2::quick_fields(text.data(), size, table, room, line, head);
  case isa::ssse3: return ssse3::quick_fields(text.data(), size, table, room, line, head);
#endif
#ifdef COAX_HAS_NEON_KERNELS
  case isa::neon: return neon::quick_fields(text.data(), size, table, room, line, head);
#endif
  default: return quick::nothing;
  }
}

} // namespace coax::inline v0_1::http::detail
