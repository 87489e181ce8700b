// Preferences of clients: Accept and its kin (RFC 9110 §12.5).
#pragma once

#include "list.hpp"
#include "media_type.hpp"
#include "quality.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// A member of Accept. Views into the text that was read.
struct media_range {
  media_type range; ///< "*" in place of the type, the subtype; "q" is among the parameters
  std::uint16_t quality = full_quality; ///< in thousandths; 0 means "not acceptable"
};

/// Reads the members of an Accept field, in order:
///
///     Accept = #( media-type *( OWS ";" OWS [ parameter ] ) [ OWS ";" OWS "q=" qvalue ] )
///
/// A parameter "q" is the weight wherever it stands, as RFC 9110 §12.5.1 advises. Errors as of list_reader
/// and parse_media_type(); errc::malformed also for a weight that is no quality value.
class accept_reader {
public:
  constexpr explicit accept_reader(std::string_view value, const limits &lim = default_limits) noexcept
      : members_(value, list_of::quoted, lim) {
    parameters_.parameters = lim.parameters;
  }

  /// Takes the next member; false behind the last one or at an error, and from then on.
  constexpr bool next(media_range &out) noexcept {
    std::string_view member;
    if (ec_ != errc::ok) return false;
    if (!members_.next(member)) return fail(members_.ec(), members_.at());
    const parsed<media_type> range = parse_media_type(member, parameters_);
    if (!range) return fail(range.ec, members_.offset() + range.at);
    media_range found{*range, full_quality};
    if (!found.range.parameters.empty() && !weigh(member, found)) return false;
    out = found;
    return true;
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the value, or the value's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  /// Reads the quality among the parameters of a range.
  constexpr bool weigh(std::string_view member, media_range &found) noexcept {
    parameter_reader parameters(found.range.parameters, parameters_);
    for (parameter p; parameters.next(p);) {
      if (!ascii::iequals(p.name, "q")) continue;
      const parsed<std::uint16_t> quality = parse_quality(p.value);
      if (!quality)
        return fail(quality.ec, members_.offset() + static_cast<std::size_t>(p.value.data() - member.data()) +
                                    quality.at);
      found.quality = *quality;
    }
    return true;
  }

  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  list_reader members_;
  limits parameters_{};
  std::size_t at_ = 0;
  errc ec_ = errc::ok;
};

/// A member of Accept-Encoding, Accept-Language or Accept-Charset. A view into the text that was read.
struct weighted {
  std::string_view name;                ///< a token, compares without case; "*" is any that is not listed
  std::uint16_t quality = full_quality; ///< in thousandths; 0 means "not acceptable"
};

/// Reads a list of weighted tokens, in order:
///
///     #( token [ OWS ";" OWS "q=" qvalue ] )
///
/// Errors as of list_reader; errc::malformed for members that are something else.
class weighted_reader {
public:
  constexpr explicit weighted_reader(std::string_view value, const limits &lim = default_limits) noexcept
      : members_(value, list_of::tokens, lim) {}

  /// Takes the next member; false behind the last one or at an error, and from then on.
  constexpr bool next(weighted &out) noexcept {
    std::string_view member;
    if (ec_ != errc::ok) return false;
    if (!members_.next(member)) return fail(members_.ec(), members_.at());
    const parsed<weighted> found = parse(member);
    if (!found) return fail(found.ec, members_.offset() + found.at);
    out = *found;
    return true;
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the value, or the value's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  static constexpr parsed<weighted> parse(std::string_view member) noexcept {
    const std::size_t end = find_outside(member, 0, ascii::tchar);
    const std::string_view name = member.substr(0, end);
    if (end == 0) return {errc::malformed, end, {}};
    if (end == member.size()) return {errc::ok, 0, {name, full_quality}};
    std::size_t at = find_outside(member, end, ascii::blank);
    if (at == member.size() || member[at] != ';') return {errc::malformed, at, {}};
    at = find_outside(member, at + 1, ascii::blank);
    for (const char expected : {'q', '='}) {
      if (at == member.size() || ascii::to_lower(member[at]) != expected) return {errc::malformed, at, {}};
      ++at;
    }
    const parsed<std::uint16_t> quality = parse_quality(member.substr(at));
    if (!quality) return {quality.ec, at + quality.at, {}};
    return {errc::ok, 0, {name, *quality}};
  }

  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  list_reader members_;
  std::size_t at_ = 0;
  errc ec_ = errc::ok;
};

namespace detail {

/// How narrowly a media range fits a media type: 0 if not at all, higher for wildcards in fewer places, then
/// for more parameters.
constexpr std::uint32_t specificity(const media_type &range, const media_type &offer,
                                    const limits &lim) noexcept {
  const bool any_subtype = range.subtype == "*";
  const bool any_type = any_subtype && range.type == "*";
  if (!any_type && !ascii::iequals(range.type, offer.type)) return 0;
  if (!any_subtype && !ascii::iequals(range.subtype, offer.subtype)) return 0;
  std::uint32_t count = 0;
  parameter_reader parameters(range.parameters, lim);
  for (parameter p; parameters.next(p);) {
    if (ascii::iequals(p.name, "q")) continue;
    const found_parameter own = offer.parameter_named(p.name, lim);
    if (!own.present || !same_parameter_value(p.name, p.value, own.value)) return 0;
    ++count;
  }
  const std::uint32_t precision = any_type ? 1 : any_subtype ? 2 : 3;
  return (precision << 16) + count; // a count is a limit's 16 bits at most
}

/// Whether two names mean one content coding (RFC 9110 §8.4.1: x-compress and x-gzip are old names).
constexpr bool same_coding(std::string_view a, std::string_view b) noexcept {
  for (std::string_view *name : {&a, &b})
    if (ascii::iequals(*name, "x-gzip") || ascii::iequals(*name, "x-compress")) name->remove_prefix(2);
  return ascii::iequals(a, b);
}

/// The qualities that members of Accept-Encoding give to some content codings.
class coding_qualities {
public:
  static constexpr std::size_t capacity = 8;

  /// Precondition: no more `codings` than the capacity, and always the same ones.
  constexpr void add(const weighted &m, std::span<const std::string_view> codings) noexcept {
    if (m.name == "*") return any_.add(m.quality);
    for (std::size_t i = 0; i < codings.size(); ++i)
      if (same_coding(m.name, codings[i])) own_[i].add(m.quality);
  }
  constexpr std::uint16_t of(std::size_t i, std::string_view coding) const noexcept {
    if (own_[i].listed) return own_[i].quality;
    if (any_.listed) return any_.quality;
    return static_cast<std::uint16_t>(ascii::iequals(coding, "identity") ? 1 : 0);
  }

private:
  struct highest {
    bool listed = false;
    std::uint16_t quality = 0;
    constexpr void add(std::uint16_t q) noexcept {
      listed = true;
      quality = std::max(quality, q);
    }
  };
  highest any_{};
  std::array<highest, capacity> own_{};
};

} // namespace detail

/// How welcome `offer` is to the sender of the Accept field `accept`, in thousandths (RFC 9110 §12.5.1). The
/// most specific range that fits decides: `*/*`, `type/*`, `type/subtype`, then more parameters. Of ranges
/// that are equally specific, the highest quality counts. 0: not acceptable, also when no range fits.
///
/// A request without Accept accepts everything: the caller knows. Several Accept lines are one list: combine
/// them first. `offer` is what parse_media_type() gave, without "q". Errors as of accept_reader: the whole
/// field is judged.
///
/// Linear in the size of `accept`, times the size of the offer's parameters.
constexpr parsed<std::uint16_t> quality_of(std::string_view accept, const media_type &offer,
                                           const limits &lim = default_limits) noexcept {
  std::uint32_t best = 0;
  std::uint16_t quality = 0;
  accept_reader ranges(accept, lim);
  for (media_range r; ranges.next(r);) {
    const std::uint32_t fit = detail::specificity(r.range, offer, lim);
    if (fit == 0 || fit < best) continue;
    if (fit > best || r.quality > quality) quality = r.quality;
    best = fit;
  }
  if (ranges.ec() != errc::ok) return {ranges.ec(), ranges.at(), 0};
  return {errc::ok, 0, quality};
}

/// How welcome the content coding `coding` ("identity" for none) is to the sender of the Accept-Encoding
/// field `accept_encoding`, in thousandths (RFC 9110 §12.5.3). What is listed has its own quality, else that
/// of `*` if it is listed. Without either, identity has 1, as it is acceptable but was not asked for, and any
/// other coding 0: not acceptable. An empty field hence accepts identity only.
///
/// A request without Accept-Encoding accepts everything: the caller knows. Several lines are one list:
/// combine them first. A coding that is listed twice has its highest quality. Errors as of weighted_reader.
constexpr parsed<std::uint16_t> quality_of_coding(std::string_view accept_encoding, std::string_view coding,
                                                  const limits &lim = default_limits) noexcept {
  detail::coding_qualities found;
  weighted_reader members(accept_encoding, lim);
  for (weighted m; members.next(m);) found.add(m, {&coding, 1});
  if (members.ec() != errc::ok) return {members.ec(), members.at(), 0};
  return {errc::ok, 0, found.of(0, coding)};
}

/// The index of the offer that is most welcome by quality_of(): the first of equals, so order offers by the
/// server's own preference. The size of `offers` if none is acceptable.
constexpr parsed<std::size_t> best_of(std::string_view accept, std::span<const media_type> offers,
                                      const limits &lim = default_limits) noexcept {
  std::size_t best = offers.size();
  std::uint16_t highest = 0;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const parsed<std::uint16_t> quality = quality_of(accept, offers[i], lim);
    if (!quality) return {quality.ec, quality.at, 0};
    if (*quality > highest) {
      highest = *quality;
      best = i;
    }
  }
  return {errc::ok, 0, best};
}

/// The same for content codings, by quality_of_coding(). A server that can send content without a coding
/// lists "identity" among its offers.
constexpr parsed<std::size_t> best_coding(std::string_view accept_encoding,
                                          std::span<const std::string_view> offers,
                                          const limits &lim = default_limits) noexcept {
  std::size_t best = offers.size();
  std::uint16_t highest = 0;
  for (std::size_t first = 0; first < offers.size(); first += detail::coding_qualities::capacity) {
    const auto some =
        offers.subspan(first, std::min(detail::coding_qualities::capacity, offers.size() - first));
    detail::coding_qualities found;
    weighted_reader members(accept_encoding, lim);
    for (weighted m; members.next(m);) found.add(m, some);
    if (members.ec() != errc::ok) return {members.ec(), members.at(), 0};
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (found.of(i, some[i]) <= highest) continue;
      highest = found.of(i, some[i]);
      best = first + i;
    }
  }
  return {errc::ok, 0, best};
}

} // namespace coax::inline v0_1::values
