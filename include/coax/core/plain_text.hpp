// Short texts, judged and copied 16 octets at a time: what each x86-64 and AArch64 can do, without a choice
// of instructions.
#pragma once

#include "isa.hpp"
#include "scan.hpp"
#include "simd/short_text.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#if !defined(COAX_NO_SIMD) && defined(__GNUC__) && (defined(__SSE2__) || defined(__ARM_NEON))
#define COAX_HAS_PLAIN_TEXT 1
#endif

namespace coax::inline v0_1 {

#ifdef COAX_HAS_PLAIN_TEXT
namespace detail {

using octets16 = unsigned char __attribute__((vector_size(16)));
using signed16 = signed char __attribute__((vector_size(16)));
using words16 = std::uint64_t __attribute__((vector_size(16)));

/// 0xFF where an octet is `first` or higher and `last` or lower, which is below 0x80; else 0.
COAX_ALWAYS_INLINE octets16 are_between(octets16 v, unsigned char first, unsigned char last) noexcept {
  const auto up = static_cast<unsigned char>(0x7F - last); // brings `last` to the highest signed number
  return reinterpret_cast<octets16>(reinterpret_cast<signed16>(v + up) >
                                    static_cast<signed char>(first + up - 1));
}

// Classes of octets, for are_all().
struct plain_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept { return are_between(v, 0x20, 0x7E); }
};
struct name_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept {
    return are_between(v | 0x20, 'a', 'z') | are_between(v, '0', '9') | are_between(v, '-', '.');
  }
};
struct token_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept {
    return name_octets::are(v) | reinterpret_cast<octets16>(v == '_');
  }
};
struct path_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept {
    return are_between(v | 0x20, 'a', 'z') | are_between(v, '&', ';') |
           reinterpret_cast<octets16>((v == '=') | (v == '@') | (v == '_'));
  }
};
struct target_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept {
    return path_octets::are(v) | reinterpret_cast<octets16>(v == '?');
  }
};
struct base64_octets {
  COAX_ALWAYS_INLINE static octets16 are(octets16 v) noexcept {
    return are_between(v | 0x20, 'a', 'z') | are_between(v, '/', '9') | are_between(v, '+', '+');
  }
};

/// An octet of short text, as part of a word.
COAX_ALWAYS_INLINE std::uint32_t octet_of(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

/// Some octets of the text, and in any case those that the pieces of 16 from its beginning leave over.
/// Precondition: there is one at least.
COAX_ALWAYS_INLINE octets16 last_octets(std::string_view text) noexcept {
  const char *const begin = text.data(), *const end = begin + text.size();
  if (text.size() >= 16) return simd::load_word<octets16>(end - 16);
  if (text.size() >= 8)
    return reinterpret_cast<octets16>(
        words16{simd::load_word<std::uint64_t>(begin), simd::load_word<std::uint64_t>(end - 8)});
  std::uint32_t low, high;
  if (text.size() >= 4) {
    low = simd::load_word<std::uint32_t>(begin);
    high = simd::load_word<std::uint32_t>(end - 4);
  } else {
    low = octet_of(text, 0) * 0x01000001 | octet_of(text, text.size() / 2) << 8 |
          octet_of(text, text.size() - 1) << 16;
    high = low;
  }
  const std::uint64_t both = low | std::uint64_t{high} << 32;
  return reinterpret_cast<octets16>(words16{both, both});
}

#ifdef __SSE2__
#define COAX_HAS_PLAIN_MASKS 1
/// One bit for each octet of a class, the lowest for the first.
template <class Class> COAX_ALWAYS_INLINE unsigned mask_of(Class of, const char *at) noexcept {
  using plain = char __attribute__((vector_size(16)));
  const octets16 found = of(simd::load_word<octets16>(at));
  return static_cast<unsigned>(__builtin_ia32_pmovmskb128(reinterpret_cast<plain>(found)));
}

/// Finds the first offset from `from` on with an octet of a class, 16 at a time; the text's size if there is
/// none. Precondition: there are 16 octets at least.
template <class Class>
COAX_ALWAYS_INLINE std::size_t find_first(std::string_view text, std::size_t from, Class of) noexcept {
  const std::size_t last = text.size() - 16;
  unsigned mask = 0;
  for (; from <= last; from += 16) {
    COAX_COUNT_WORK(8);
    if ((mask = mask_of(of, text.data() + from)) != 0)
      return from + static_cast<unsigned>(std::countr_zero(mask));
  }
  if (from >= text.size()) return from;
  COAX_COUNT_WORK(8);
  mask = mask_of(of, text.data() + last) >> (from - last);
  return mask == 0 ? text.size() : from + static_cast<unsigned>(std::countr_zero(mask));
}
#endif

/// Whether all octets are of a class. False if there are none.
template <class Class> COAX_ALWAYS_INLINE bool are_all(std::string_view text) noexcept {
  if (text.empty()) return false;
  octets16 good = Class::are(last_octets(text));
  for (std::size_t at = 0; at + 16 < text.size(); at += 16)
    good &= Class::are(simd::load_word<octets16>(text.data() + at));
  const auto halves = reinterpret_cast<words16>(good);
  return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

/// Whether what is in this header is not to be used: where it must be constexpr, and in tests of what is left
/// then.
constexpr bool in_octets() noexcept {
#ifdef COAX_ISA_FOR_TESTS
  return std::is_constant_evaluated() || best_isa() == isa::scalar;
#else
  return std::is_constant_evaluated();
#endif
}

} // namespace detail
#endif

// Whether there is text, and all its octets are of a class. False also where that cannot be told at once: in
// constant expressions, and on other machines. Linear in the text's size.

/// 0x20 to 0x7E: any such text may stand in a field's value.
constexpr bool is_plainly_text([[maybe_unused]] std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets()) return detail::are_all<detail::plain_octets>(text);
#endif
  return false;
}
/// The same for what nearly always is such text, and of 64 octets at most: in as few steps as can be. Other
/// octets of ascii::field_text may do as well.
constexpr bool is_plain_piece(std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets() && text.size() >= 16) {
    const char *const begin = text.data(), *const end = begin + text.size();
    const auto are = [](const char *at) {
      return detail::plain_octets::are(simd::load_word<detail::octets16>(at));
    };
    detail::octets16 good = are(begin) & are(end - 16);
    if (text.size() > 32) good &= are(begin + 16) & are(end - 32);
    const auto halves = reinterpret_cast<detail::words16>(good);
    return (halves[0] & halves[1]) == ~std::uint64_t{0};
  }
#endif
  for (const char c : text)
    if (!ascii::is(c, ascii::field_text)) return false;
  return true;
}
/// Letters, digits, "-" and ".": what most names consist of, of fields and of hosts alike.
constexpr bool is_plainly_name([[maybe_unused]] std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets()) return detail::are_all<detail::name_octets>(text);
#endif
  return false;
}
/// Most of what paths and queries may hold as it is (RFC 3986 §3.3, §3.4).
constexpr bool is_plainly_target([[maybe_unused]] std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets()) return detail::are_all<detail::target_octets>(text);
#endif
  return false;
}

/// The digits of Base64 (RFC 4648 §4), without padding.
constexpr bool is_plainly_base64([[maybe_unused]] std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets()) return detail::are_all<detail::base64_octets>(text);
#endif
  return false;
}

/// The first offset from `from` on whose octet is no ascii::tchar; the text's size if there is none.
constexpr std::size_t find_token_end(std::string_view text, std::size_t from) noexcept {
#ifdef COAX_HAS_PLAIN_MASKS
  if (!detail::in_octets() && text.size() >= 16)
    for (;; ++from) {
      from = detail::find_first(text, from, [](auto v) { return ~detail::token_octets::are(v); });
      if (from >= text.size() || !ascii::is(text[from], ascii::tchar)) return from;
    }
#endif
  return find_outside(text, from, ascii::tchar);
}

/// The first offset from `from` on whose octet is outside ascii::query; the text's size if there is none.
constexpr std::size_t find_query_end(std::string_view text, std::size_t from) noexcept {
#ifdef COAX_HAS_PLAIN_MASKS
  if (!detail::in_octets() && text.size() >= 16 && text.size() >= from + 8)
    for (;; ++from) {
      from = detail::find_first(text, from, [](auto v) { return ~detail::target_octets::are(v); });
      if (from >= text.size() || !ascii::is(text[from], ascii::query)) return from;
    }
#endif
  return find_outside(text, from, ascii::query);
}

/// The same for what paths may hold as it is, and for other octets that a machine does not tell at once:
/// where to begin to look.
constexpr std::size_t skip_plain_path(std::string_view text, std::size_t from) noexcept {
#ifdef COAX_HAS_PLAIN_MASKS
  if (!detail::in_octets() && text.size() >= 16)
    return detail::find_first(text, from, [](auto v) { return ~detail::path_octets::are(v); });
#endif
  static_cast<void>(text);
  return from;
}

/// The first offset from `from` on whose octet is `a` or `b`; the text's size if there is none.
constexpr std::size_t find_either(std::string_view text, std::size_t from, char a, char b) noexcept {
#ifdef COAX_HAS_PLAIN_MASKS
  if (!detail::in_octets() && text.size() >= 16)
    return detail::find_first(text, from, [a, b](auto v) {
      return reinterpret_cast<detail::octets16>((v == static_cast<unsigned char>(a)) |
                                                (v == static_cast<unsigned char>(b)));
    });
#endif
  while (from < text.size() && text[from] != a && text[from] != b) ++from;
  return from;
}

/// The first offset from `from` on whose octet is `stop`, or outside 0x20 to 0x7E; the text's size if there
/// is none.
constexpr std::size_t find_plain_end(std::string_view text, std::size_t from, char stop) noexcept {
#ifdef COAX_HAS_PLAIN_MASKS
  if (!detail::in_octets() && text.size() >= 16)
    return detail::find_first(text, from, [stop](auto v) {
      return ~detail::plain_octets::are(v) |
             reinterpret_cast<detail::octets16>(v == static_cast<unsigned char>(stop));
    });
#endif
  while (from < text.size() && text[from] >= 0x20 && text[from] <= 0x7E && text[from] != stop) ++from;
  return from;
}

/// Copies text to where there is room for it. Returns the place behind it.
constexpr char *copy_text(char *to, std::string_view text) noexcept {
#ifdef COAX_HAS_PLAIN_TEXT
  if (!detail::in_octets() && !text.empty() && text.size() <= 64) {
    const char *const from = text.data(), *const end = from + text.size();
    char *const behind = to + text.size();
    if (text.size() >= 16) {
      const auto last = simd::load_word<detail::octets16>(end - 16);
      for (std::size_t at = 0; at + 16 < text.size(); at += 16)
        simd::store_word(to + at, simd::load_word<detail::octets16>(from + at));
      simd::store_word(behind - 16, last);
    } else if (text.size() >= 8) {
      const auto last = simd::load_word<std::uint64_t>(end - 8);
      simd::store_word(to, simd::load_word<std::uint64_t>(from));
      simd::store_word(behind - 8, last);
    } else if (text.size() >= 4) {
      const auto last = simd::load_word<std::uint32_t>(end - 4);
      simd::store_word(to, simd::load_word<std::uint32_t>(from));
      simd::store_word(behind - 4, last);
    } else {
      to[text.size() / 2] = from[text.size() / 2];
      *to = *from;
      behind[-1] = end[-1];
    }
    return behind;
  }
#endif
  return std::copy_n(text.data(), text.size(), to);
}

} // namespace coax::inline v0_1
