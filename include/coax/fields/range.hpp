// Range: which parts of a representation a client asks for (RFC 9110 §14.1, §14.2).
#pragma once

#include "../core/ascii.hpp"
#include "content_range.hpp"
#include "errc.hpp"
#include "limits.hpp"
#include "list.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// The forms of one range in a Range field.
enum class range_form : std::uint8_t {
  bounded, ///< `first-last`
  open,    ///< `first-`: from there to the end
  suffix,  ///< `-n`: the last n bytes
};

/// One range as it was asked for. Numbers beyond 64 bits are clamped to the largest: no representation is
/// that long, so nothing changes.
struct range_spec {
  range_form form = range_form::bounded;
  std::uint64_t first = 0; ///< 0 for a suffix
  std::uint64_t last = 0;  ///< bounded: the last byte's position, which belongs to the range; suffix: n
};

/// A range within a representation of known length.
struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t size = 0; ///< above 0, except for a suffix of an empty representation

  friend constexpr bool operator==(const byte_range &, const byte_range &) noexcept = default;
};

namespace detail {

/// Compares two runs of digits of any length as numbers.
constexpr bool is_below(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() && a.front() == '0') a.remove_prefix(1);
  while (!b.empty() && b.front() == '0') b.remove_prefix(1);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

constexpr std::uint64_t clamped(std::string_view digits) noexcept {
  const parsed_number n = parse_decimal(digits);
  return n.ok ? n.value : ~std::uint64_t{0};
}

/// Reads one range-spec, or says at which byte it goes wrong.
constexpr bool read_range_spec(std::string_view text, std::size_t &at, range_spec &out) noexcept {
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && ascii::is(text[at], ascii::digit)) ++at;
    return text.substr(begin, at - begin);
  };
  at = 0;
  const std::string_view first = digits();
  if (!take_char(text, at, '-')) return false;
  const std::size_t behind_dash = at;
  const std::string_view last = digits();
  if (at != text.size() || (first.empty() && last.empty())) return false;
  if (first.empty()) {
    out = {range_form::suffix, 0, clamped(last)};
  } else if (last.empty()) {
    out = {range_form::open, clamped(first), 0};
  } else {
    if (is_below(last, first)) { // RFC 9110 §14.1.1
      at = behind_dash;
      return false;
    }
    out = {range_form::bounded, clamped(first), clamped(last)};
  }
  return true;
}

} // namespace detail

/// Reads the value of Range.
///
///     Range = range-unit "=" 1#( first-pos "-" [ last-pos ] / "-" suffix-length )
///
/// Blanks behind the "=" are tolerated, as RFC 9110 §14.2 itself shows one. Errors:
/// - unknown_unit: any but bytes, compared without case. The field is to be ignored.
/// - malformed, empty: the whole set is invalid, also what was handed out before: ignore the field, or answer
/// 416.
/// - too_many: more than limits::ranges (or limits::empty_members): likewise.
class range_reader {
public:
  constexpr explicit range_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text), set_({}, list_of::tokens), ranges_(lim.ranges), empties_(lim.empty_members) {
    std::size_t at = 0;
    while (at < text.size() && ascii::is(text[at], ascii::tchar)) ++at;
    if (at == 0 || at == text.size() || text[at] != '=') {
      fail(errc::malformed, at);
    } else if (!ascii::iequals(text.substr(0, at), "bytes")) {
      fail(errc::unknown_unit, 0);
    } else {
      set_ = list_splitter(text.substr(at + 1), list_of::tokens);
    }
  }

  /// Takes the next range; false behind the last one and at an error. Linear over the whole set.
  constexpr bool next(range_spec &out) noexcept {
    if (ec_ != errc::ok) return false;
    for (std::string_view member; set_.next(member);) {
      const auto offset = static_cast<std::size_t>(member.data() - text_.data());
      if (member.empty()) {
        if (empties_ == 0) return fail(errc::too_many, offset);
        --empties_;
        continue;
      }
      if (ranges_ == 0) return fail(errc::too_many, offset);
      std::size_t at = 0;
      if (!detail::read_range_spec(member, at, out)) return fail(errc::malformed, offset + at);
      --ranges_;
      any_ = true;
      return true;
    }
    return any_ ? false : fail(errc::empty, text_.size());
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  list_splitter set_;
  std::size_t at_ = 0;
  std::uint16_t ranges_; // how many more may follow
  std::uint16_t empties_;
  errc ec_ = errc::ok;
  bool any_ = false;
};

/// What a range comes to in a representation of `length` bytes. False if it is unsatisfiable: its first byte
/// is not below the length, or it is the suffix 0 (RFC 9110 §14.1.2). A suffix of an empty representation is
/// satisfiable, and empty.
constexpr bool resolve(const range_spec &spec, std::uint64_t length, byte_range &out) noexcept {
  if (spec.form == range_form::suffix) {
    if (spec.last == 0) return false;
    out.size = std::min(spec.last, length);
    out.first = length - out.size;
    return true;
  }
  if (spec.first >= length || (spec.form == range_form::bounded && spec.last < spec.first)) return false;
  const std::uint64_t last =
      spec.form == range_form::open ? length - 1 : std::min<std::uint64_t>(spec.last, length - 1);
  out = {spec.first, last - spec.first + 1};
  return true;
}

/// Whether a set of ranges looks like an attack (RFC 9110 §17.15) and had better be ignored, or answered
/// whole:
/// - more than two of its ranges overlap another one of them, or
/// - it is not in ascending order and has more than 8 ranges below 1 KiB, or more than 32 ranges in all.
/// Linear in the number of ranges.
constexpr bool is_suspicious(std::span<const byte_range> ranges) noexcept {
  constexpr std::size_t many_small = 8, many = 32;
  constexpr std::uint64_t small = 1024;
  bool ascending = true;
  std::size_t small_ones = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i != 0 && ranges[i].first < ranges[i - 1].first) ascending = false;
    if (ranges[i].size < small) ++small_ones;
  }
  if (!ascending && (small_ones > many_small || ranges.size() > many)) return true;

  std::size_t overlapping = 0;
  if (ascending) {
    std::uint64_t end = 0; // behind the last byte of the ranges so far
    for (const byte_range &r : ranges) {
      if (r.size != 0 && r.first < end) ++overlapping;
      end = std::max(end, r.first + r.size);
    }
    return overlapping > 1; // once: two ranges overlap; twice: three or more do
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) // at most 32 of them
    for (std::size_t j = 0; j < ranges.size(); ++j)
      if (i != j && ranges[i].first < ranges[j].first + ranges[j].size &&
          ranges[j].first < ranges[i].first + ranges[i].size) {
        ++overlapping;
        break;
      }
  return overlapping > 2;
}

/// What a Range field comes to.
struct resolved_ranges {
  errc ec = errc::ok;    ///< see range_reader; unsatisfiable: answer 416 with `Content-Range: bytes */length`
  std::size_t at = 0;    ///< when not ok: offset of the offending byte
  std::size_t count = 0; ///< satisfiable ranges, written to the front of the span in the order asked for
  bool suspicious = false; ///< see is_suspicious()
};

/// Reads the Range field `text` and resolves it against a representation of `length` bytes. Unsatisfiable
/// ranges are left out; if nothing is left the error is unsatisfiable. More ranges than `out` has room for
/// are too_many.
///
/// Evaluate If-Range first (precondition.hpp).
constexpr resolved_ranges resolve_ranges(std::string_view text, std::uint64_t length,
                                         std::span<byte_range> out,
                                         const limits &lim = default_limits) noexcept {
  resolved_ranges done;
  range_reader specs(text, lim);
  bool overfull = false;
  for (range_spec spec; specs.next(spec);) {
    byte_range r;
    if (!resolve(spec, length, r)) continue;
    if (done.count == out.size()) {
      overfull = true;
      continue;
    }
    out[done.count++] = r;
  }
  if (specs.ec() != errc::ok) return {specs.ec(), specs.at(), 0, false};
  if (overfull) return {errc::too_many, text.size(), 0, false};
  if (done.count == 0) return {errc::unsatisfiable, 0, 0, false};
  done.suspicious = is_suspicious(out.first(done.count));
  return done;
}

/// How to answer a request with a Range field (RFC 9110 §15.3.7).
enum class range_answer : std::uint8_t {
  whole,         ///< 200 with the whole representation, as if there were no Range
  single,        ///< 206 with that one range as content, and Content-Range in the head
  multipart,     ///< 206 with multipart/byteranges, and Content-Range in the parts only
  unsatisfiable, ///< 416 with `Content-Range: bytes */length`
};

/// The form that ranges resolved against `length` have to be answered in: never multipart for one range. A
/// field in error, a suspicious one, and a range of an empty representation, which Content-Range cannot
/// express, are answered whole.
constexpr range_answer answer_for(const resolved_ranges &ranges, std::uint64_t length) noexcept {
  if (ranges.ec == errc::unsatisfiable) return range_answer::unsatisfiable;
  if (ranges.ec != errc::ok || ranges.suspicious || ranges.count == 0 || length == 0)
    return range_answer::whole;
  return ranges.count == 1 ? range_answer::single : range_answer::multipart;
}

/// The Content-Range of a range that was resolved against `length`. Precondition: `range.size` is above 0.
constexpr content_range to_content_range(const byte_range &range, std::uint64_t length) noexcept {
  return {.first = range.first, .last = range.first + range.size - 1, .length = length, .has_length = true};
}

} // namespace coax::inline v0_1::values
