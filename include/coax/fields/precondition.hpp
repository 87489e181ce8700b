// Conditional requests: whether to perform a method, and whether its Range counts (RFC 9110 §13).
#pragma once

#include "date.hpp"
#include "entity_tag.hpp"
#include "errc.hpp"
#include "limits.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// The value of a field that a request may lack: that is not the same as an empty value.
struct optional_value {
  bool present = false;
  std::string_view value{};

  constexpr optional_value() noexcept = default;
  constexpr optional_value(std::string_view text) noexcept : present(true), value(text) {}
};

/// What a method has to do with conditions.
enum class conditional_method : std::uint8_t {
  none, ///< selects no representation, such as OPTIONS, TRACE, CONNECT: conditions are ignored (RFC 9110
        ///< §13.2.1)
  get,
  head,
  other, ///< such as PUT, POST, DELETE
};

/// The fields of a request that make it conditional, their lines joined by commas where there are several.
struct conditions {
  conditional_method method = conditional_method::get;
  optional_value if_match{};
  optional_value if_none_match{};
  optional_value if_modified_since{};
  optional_value if_unmodified_since{};
  optional_value if_range{};
  optional_value range{}; ///< only whether it is there matters here; see range.hpp for its value
};

/// The state of the selected representation, and the clock.
struct representation {
  bool exists = true;
  std::string_view entity_tag{}; ///< as ETag has it, with its quotes; empty if there is none
  bool has_last_modified = false;
  std::int64_t last_modified = 0; ///< seconds since 1970
  /// Whether the representation certainly did not change twice within the second of `last_modified`: only
  /// then a date is a strong validator, and serves for If-Range (RFC 9110 §8.8.2.2).
  bool last_modified_is_strong = false;
  std::int64_t now = 0; ///< seconds since 1970: dates with two-digit years are read relative to it
};

/// What to do with a conditional request.
enum class condition_outcome : std::uint8_t {
  proceed,             ///< perform the method
  not_modified,        ///< answer 304
  precondition_failed, ///< answer 412, and do not perform the method
  malformed, ///< If-Match or If-None-Match cannot be read: answer 400, and do not perform the method
};

/// The outcome, and what goes with it.
struct evaluated {
  condition_outcome outcome = condition_outcome::proceed;
  /// With proceed: the request is a GET with a Range, and If-Range does not forbid to honour it.
  bool use_range = false;
  errc ec = errc::ok; ///< with malformed: what is wrong with the list
  std::size_t at = 0; ///< with malformed: where in its value
};

/// An If-Range field.
struct if_range {
  bool is_date = false;
  entity_tag tag{};      ///< unless it is a date
  std::int64_t date = 0; ///< if it is one: seconds since 1970
};

/// Reads If-Range: an entity tag if a DQUOTE is among the first three bytes, else a date (RFC 9110 §13.1.5).
///
/// Errors: those of parse_entity_tag() and parse_date(). A field in error makes its condition false.
constexpr parsed<if_range> parse_if_range(std::string_view text, std::int64_t now) noexcept {
  if (text.substr(0, 3).find('"') != std::string_view::npos) {
    const parsed<entity_tag> tag = parse_entity_tag(text);
    return {tag.ec, tag.at, {.tag = tag.value}};
  }
  const parsed<std::int64_t> date = parse_date(text, now);
  return {date.ec, date.at, {.is_date = true, .date = date.value}};
}

namespace detail {

/// The entity tag of the representation; without one nothing matches.
constexpr bool current_tag(const representation &state, entity_tag &out) noexcept {
  const parsed<entity_tag> tag = parse_entity_tag(state.entity_tag);
  out = tag.value;
  return state.exists && tag;
}

/// If-Match and If-None-Match: whether the list names the current representation.
template <class Matches>
constexpr parsed<bool> names_current(std::string_view list, const representation &state, const limits &lim,
                                     Matches matches) noexcept {
  entity_tag tag;
  const bool has_tag = current_tag(state, tag);
  parsed<bool> out = matches(list, tag, lim);
  if (out && !has_tag) out.value = state.exists && ascii::trim(list) == "*";
  return out;
}

/// RFC 9110 §13.1.5
constexpr bool if_range_holds(std::string_view text, const representation &state) noexcept {
  const parsed<if_range> condition = parse_if_range(text, state.now);
  if (!condition) return false;
  if (condition->is_date)
    return state.exists && state.has_last_modified && state.last_modified_is_strong &&
           condition->date == state.last_modified;
  entity_tag tag;
  return current_tag(state, tag) && strong_equal(condition->tag, tag);
}

} // namespace detail

/// Evaluates the conditions of a request in the order of RFC 9110 §13.2.2, as an origin server does. Call it
/// when nothing else stands against a 2xx: a request that would be answered otherwise is not conditional
/// (§13.2.1).
///
/// A date that is not one valid HTTP-date is ignored, and so are dates where the representation has none.
/// If-Range is ignored without Range, and anything but GET has no Range. A malformed list of entity tags is
/// neither true nor false: it must not let a change through, nor stop one silently.
constexpr evaluated evaluate(const conditions &c, const representation &state,
                             const limits &lim = default_limits) noexcept {
  using outcome = condition_outcome;
  if (c.method == conditional_method::none) return {};
  const bool reads = c.method == conditional_method::get || c.method == conditional_method::head;
  const bool has_date = state.exists && state.has_last_modified;

  if (c.if_match.present) { // steps 1 and 2
    const parsed<bool> named = detail::names_current(c.if_match.value, state, lim, matches_any_strong);
    if (!named) return {outcome::malformed, false, named.ec, named.at};
    if (!*named) return {outcome::precondition_failed};
  } else if (c.if_unmodified_since.present && has_date) {
    const parsed<std::int64_t> since = parse_date(c.if_unmodified_since.value, state.now);
    if (since && state.last_modified > *since) return {outcome::precondition_failed};
  }

  if (c.if_none_match.present) { // steps 3 and 4
    const parsed<bool> named = detail::names_current(c.if_none_match.value, state, lim, matches_any_weak);
    if (!named) return {outcome::malformed, false, named.ec, named.at};
    if (*named) return {reads ? outcome::not_modified : outcome::precondition_failed};
  } else if (reads && c.if_modified_since.present && has_date) {
    const parsed<std::int64_t> since = parse_date(c.if_modified_since.value, state.now);
    if (since && state.last_modified <= *since) return {outcome::not_modified};
  }

  evaluated out; // step 5
  out.use_range = c.method == conditional_method::get && state.exists && c.range.present &&
                  (!c.if_range.present || detail::if_range_holds(c.if_range.value, state));
  return out;
}

} // namespace coax::inline v0_1::values
