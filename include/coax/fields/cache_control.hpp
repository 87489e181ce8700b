// Cache-Control (RFC 9111 §5.2, RFC 5861, RFC 8246).
#pragma once

#include "../core/plain_text.hpp"
#include "member_reader.hpp"
#include "pair.hpp"
#include "seconds.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// One directive. Views into the text that was read.
struct cache_directive {
  std::string_view name;     ///< compares without case
  std::string_view argument; ///< as written: a token or a quoted-string with its quotes; empty if none
  bool repeated = false;     ///< a directive of this name came before
};

/// Reads the directives of Cache-Control in order, unknown and repeated ones included:
///
///     Cache-Control = #( token [ "=" ( token / quoted-string ) ] )
///
///     cache_directive_reader directives(value);
///     for (cache_directive d; directives.next(d);) ...
///     if (directives.ec() != errc::ok) ... // directives.at() tells where
///
/// Of several lines, read the combined value: a directive may be repeated in another line.
///
/// errc::malformed: anything that is not of this grammar, such as whitespace around "=". errc::too_many: more
/// than limits::parameters directives or limits::empty_members. Linear in the value's size, but for names
/// that seem to be known: see parameter_reader.
class cache_directive_reader : public detail::member_reader {
public:
  constexpr explicit cache_directive_reader(std::string_view value,
                                            const limits &lim = default_limits) noexcept
      : member_reader(value, list_of::quoted, with_parameters_as_members(lim)), value_(value) {}

  /// Takes the next directive; false at the end or at an error, and from then on.
  constexpr bool next(cache_directive &out) noexcept {
    cache_directive found;
    if (!read(found)) return false;
    found.repeated = filter_.add(found.name) && occurs_before(found.name);
    out = found;
    return true;
  }

private:
  static constexpr limits with_parameters_as_members(limits lim) noexcept {
    lim.members = lim.parameters;
    return lim;
  }

  constexpr bool read(cache_directive &out) noexcept {
    std::string_view text;
    if (!next_member(text)) return false;
    const std::size_t name_end = find_token_end(text, 0);
    if (name_end == 0) return refuse(errc::malformed, 0);
    out.name = text.substr(0, name_end);
    if (name_end == text.size()) return true;
    if (text[name_end] != '=') return refuse(errc::malformed, name_end);
    const std::size_t begin = name_end + 1;
    std::size_t end = find_outside(text, begin, ascii::tchar);
    if (end == begin) {
      const scanned quoted = scan_quoted(text, begin);
      if (quoted.size == 0) return refuse(errc::malformed, quoted.bad);
      end = begin + quoted.size;
    }
    if (end != text.size()) return refuse(errc::malformed, end);
    out.argument = text.substr(begin);
    return true;
  }

  constexpr bool occurs_before(std::string_view name) const noexcept {
    constexpr std::uint16_t all = 0xFFFF; // what was read once is within its limits
    cache_directive_reader earlier(value_.substr(0, offset()),
                                   limits{.members = all, .empty_members = all, .parameters = all});
    for (cache_directive d; earlier.read(d);)
      if (ascii::iequals(d.name, name)) return true;
    return false;
  }

  std::string_view value_;
  detail::name_filter filter_{};
};

/// A directive with a number of seconds.
struct cache_seconds {
  bool present = false;
  std::uint32_t value = 0; ///< at most max_delta_seconds

  friend constexpr bool operator==(const cache_seconds &, const cache_seconds &) noexcept = default;
};

/// What Cache-Control says, of a request or a response, to be written or as read.
struct cache_control {
  cache_seconds max_age{};
  cache_seconds s_maxage{};               ///< responses
  cache_seconds max_stale{};              ///< requests; max_delta_seconds if there is no argument: any age
  cache_seconds min_fresh{};              ///< requests
  cache_seconds stale_while_revalidate{}; ///< responses, RFC 5861
  cache_seconds stale_if_error{};         ///< RFC 5861
  bool no_cache = false;
  bool no_store = false;
  bool no_transform = false;
  bool only_if_cached = false;  ///< requests; this one and the following: responses
  bool must_revalidate = false; ///< responses, as all below
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool is_private = false;
  bool is_public = false;
  bool immutable = false; ///< RFC 8246
  /// With no_cache and is_private: the names of the fields that alone are meant, a list of tokens. Empty: the
  /// whole response. A view, of what was read without the quotes.
  std::string_view no_cache_fields{};
  std::string_view private_fields{};
};

/// Cache-Control as it was received.
struct received_cache_control {
  cache_control value;
  std::size_t unknown = 0; ///< how many directives have other names: see cache_directive_reader
  bool repeated = false;   ///< a directive occurs again, a known or an unknown one
  bool invalid = false; ///< a known directive has an argument that cannot be, lacks one or has one too many
};

namespace detail {

/// A directive with a number of seconds: its name, where it belongs, and what counts if its argument is none.
struct seconds_directive {
  std::string_view name;
  cache_seconds cache_control::*member;
  cache_seconds if_invalid;
  bool larger_is_safer = false; // of repeated ones
};

// The safer reading is the one that reuses less (RFC 9111 §4.2.1 wants invalid freshness to be stale).
inline constexpr std::array<seconds_directive, 6> seconds_directives = {{
    {"max-age", &cache_control::max_age, {true, 0}, false},
    {"s-maxage", &cache_control::s_maxage, {true, 0}, false},
    {"max-stale", &cache_control::max_stale, {}, false},
    {"min-fresh", &cache_control::min_fresh, {true, max_delta_seconds}, true},
    {"stale-while-revalidate", &cache_control::stale_while_revalidate, {}, false},
    {"stale-if-error", &cache_control::stale_if_error, {}, false},
}};

struct flag_directive {
  std::string_view name;
  bool cache_control::*member;
  std::string_view cache_control::*fields; // null if it takes no argument
  bool grants;                             // allows more than there is without it
};

inline constexpr std::array<flag_directive, 10> flag_directives = {{
    {"no-cache", &cache_control::no_cache, &cache_control::no_cache_fields, false},
    {"no-store", &cache_control::no_store, nullptr, false},
    {"no-transform", &cache_control::no_transform, nullptr, false},
    {"only-if-cached", &cache_control::only_if_cached, nullptr, false},
    {"must-revalidate", &cache_control::must_revalidate, nullptr, false},
    {"proxy-revalidate", &cache_control::proxy_revalidate, nullptr, false},
    {"must-understand", &cache_control::must_understand, nullptr, true},
    {"private", &cache_control::is_private, &cache_control::private_fields, false},
    {"public", &cache_control::is_public, nullptr, true},
    {"immutable", &cache_control::immutable, nullptr, true},
}};

/// What is between the quotes of a quoted-string; a token as it is.
constexpr std::string_view without_quotes(std::string_view argument) noexcept {
  return argument.starts_with('"') ? argument.substr(1, argument.size() - 2) : argument;
}

/// Reads a directive with seconds; false if the argument cannot be.
constexpr bool apply(const seconds_directive &known, const cache_directive &d, cache_control &out) noexcept {
  const parsed<std::uint32_t> number = parse_delta_seconds(without_quotes(d.argument));
  const bool any_age = d.argument.empty() && known.member == &cache_control::max_stale;
  const cache_seconds found = any_age  ? cache_seconds{true, max_delta_seconds}
                              : number ? cache_seconds{true, *number}
                                       : known.if_invalid;
  cache_seconds &to = out.*known.member;
  if (!d.repeated)
    to = found;
  else if (!found.present || !to.present)
    to = {};
  else if ((found.value > to.value) == known.larger_is_safer)
    to = found;
  return any_age || number;
}

/// Reads a directive without number; false if the argument cannot be.
constexpr bool apply(const flag_directive &known, const cache_directive &d, cache_control &out) noexcept {
  const std::string_view argument = without_quotes(d.argument);
  const bool names_fields = known.fields != nullptr && is_token_list(argument);
  const bool valid = d.argument.empty() || names_fields;
  bool &flag = out.*known.member;
  if (known.grants) {
    flag = valid && (flag || !d.repeated);
    return valid;
  }
  flag = true;
  if (known.fields != nullptr)
    out.*known.fields = names_fields && !d.repeated ? argument : std::string_view{};
  return valid;
}

} // namespace detail

/// Reads all of Cache-Control. A directive whose argument cannot be, or that is repeated, does not spoil the
/// others: it is reported, and read in the way that lets a cache reuse least. That is, invalid max-age and
/// s-maxage are 0, an invalid min-fresh is max_delta_seconds, invalid max-stale, stale-while-revalidate,
/// stale-if-error, must-understand, public and immutable are not there, all others are there and mean the
/// whole response; of repeated numbers the least counts (of min-fresh the greatest), and repeated no-cache
/// and private mean the whole response. Numbers above 2^31 are 2^31 (RFC 9111 §1.2.2). Numbers may be quoted
/// (§5.2).
///
/// Errors as of cache_directive_reader.
constexpr parsed<received_cache_control> parse_cache_control(std::string_view value,
                                                             const limits &lim = default_limits) noexcept {
  received_cache_control out;
  cache_directive_reader directives(value, lim);
  for (cache_directive d; directives.next(d);) {
    out.repeated = out.repeated || d.repeated;
    bool known = false, valid = true;
    for (const detail::seconds_directive &s : detail::seconds_directives) {
      if (known || !ascii::iequals(d.name, s.name)) continue;
      known = true;
      valid = detail::apply(s, d, out.value);
    }
    for (const detail::flag_directive &f : detail::flag_directives) {
      if (known || !ascii::iequals(d.name, f.name)) continue;
      known = true;
      valid = detail::apply(f, d, out.value);
    }
    if (!known) ++out.unknown;
    out.invalid = out.invalid || !valid;
  }
  if (directives.ec() != errc::ok) return {directives.ec(), directives.at(), {}};
  return {errc::ok, 0, out};
}

/// Writes the value of Cache-Control: numbers as tokens, lists of fields as quoted-strings (RFC 9111 §5.2).
/// Numbers above max_delta_seconds are written as that; max-stale with max_delta_seconds has no argument.
///
/// errc::invalid_input: no directive at all (leave the field out then), or fields that are no list of
/// tokens, have an empty member, or are there without no_cache or is_private. errc::buffer_too_small.
constexpr written<errc> write_cache_control(const cache_control &c, std::span<char> out) noexcept {
  bounded_writer to(out);
  bool any = false;
  for (const detail::flag_directive &f : detail::flag_directives) {
    any = any || c.*f.member;
    if (f.fields == nullptr || (c.*f.fields).empty()) continue;
    const bool is_list =
        check_token_list(c.*f.fields, list_size::at_least_one, limits{.empty_members = 0}).ec == errc::ok;
    if (!(c.*f.member) || !is_list) return {errc::invalid_input, 0, 0};
  }
  for (const detail::seconds_directive &s : detail::seconds_directives) any = any || (c.*s.member).present;
  if (!any) return {errc::invalid_input, 0, 0};

  const auto put_name = [&](std::string_view name) { to.put(to.required() > 0 ? ", " : "").put(name); };
  for (const detail::seconds_directive &s : detail::seconds_directives) {
    const cache_seconds &seconds = c.*s.member;
    if (!seconds.present) continue;
    put_name(s.name);
    const bool largest = seconds.value >= max_delta_seconds;
    if (largest && s.member == &cache_control::max_stale) continue;
    to.put('=');
    const std::uint32_t value = largest ? max_delta_seconds : seconds.value;
    std::uint32_t unit = 1;
    while (value / unit >= 10) unit *= 10;
    for (; unit > 0; unit /= 10) to.put(static_cast<char>('0' + value / unit % 10));
  }
  for (const detail::flag_directive &f : detail::flag_directives) {
    if (!(c.*f.member)) continue;
    put_name(f.name);
    if (f.fields != nullptr && !(c.*f.fields).empty()) to.put("=\"").put(c.*f.fields).put('"');
  }
  return to.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
