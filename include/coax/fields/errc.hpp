// What can be wrong with the value of a field.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// An error of a field's value, not of the message: what to do about it is for the program to decide.
enum class errc : std::uint8_t {
  ok,
  malformed,          ///< a byte that the grammar of the value does not allow at its place
  empty,              ///< the value has to have at least one member, and has none
  duplicate,          ///< a name that may occur once occurs again
  out_of_range,       ///< a number or a date that is no number or date of this kind
  too_many,           ///< more members, parameters or ranges than the limit
  too_deep,           ///< comments nested deeper than the limit
  unknown_unit,       ///< a range unit other than bytes: the field is to be ignored
  unsatisfiable,      ///< no byte of the representation lies in any of the ranges
  incomplete,         ///< the input ended before the close delimiter of a multipart body
  ambiguous_boundary, ///< part data holds a line that begins with the boundary
  missing_field,      ///< a part lacks a field that its media type demands
  invalid_input,      ///< what was to be written may not stand in the value
  buffer_too_small,   ///< the output does not fit into the span
};

namespace detail {

struct errc_info {
  errc code;
  std::string_view name, message, section;
  std::uint16_t status;
};

inline constexpr errc_info errc_table[] = {
    {errc::ok, "ok", "no error", "", 0},
    {errc::malformed, "malformed", "a byte that the grammar of the value does not allow here", "9110 5.6",
     400},
    {errc::empty, "empty", "the value has to have at least one member", "9110 5.6.1", 400},
    {errc::duplicate, "duplicate", "a name that may occur once occurs again", "9110 5.3", 400},
    {errc::out_of_range, "out_of_range", "a number or date that cannot be", "9110 5.6.7", 400},
    {errc::too_many, "too_many", "more members than the limit", "9110 17.5", 400},
    {errc::too_deep, "too_deep", "comments nested deeper than the limit", "9110 5.6.5", 400},
    {errc::unknown_unit, "unknown_unit", "a range unit other than bytes", "9110 14.2", 0},
    {errc::unsatisfiable, "unsatisfiable", "none of the ranges lies within the representation",
     "9110 15.5.17", 416},
    {errc::incomplete, "incomplete", "the input ended inside a multipart body", "9110 14.6", 400},
    {errc::ambiguous_boundary, "ambiguous_boundary", "part data holds a line that begins with the boundary",
     "2046 5.1.1", 400},
    {errc::missing_field, "missing_field", "a part lacks a field that its media type demands",
     "9110 15.3.7.2", 400},
    {errc::invalid_input, "invalid_input", "what was to be written may not stand in the value", "9110 5.5",
     0},
    {errc::buffer_too_small, "buffer_too_small", "the output does not fit into the span", "", 0},
};

constexpr bool errc_table_is_in_order() noexcept {
  std::size_t i = 0;
  for (const auto &row : errc_table)
    if (static_cast<std::size_t>(row.code) != i++) return false;
  return i == static_cast<std::size_t>(errc::buffer_too_small) + 1;
}
static_assert(errc_table_is_in_order());

constexpr const errc_info &info(errc e) noexcept { return errc_table[static_cast<std::size_t>(e)]; }

} // namespace detail

/// The stable name of an error: its enumerator.
constexpr std::string_view name(errc e) noexcept { return detail::info(e).name; }

/// One sentence for people.
constexpr std::string_view message(errc e) noexcept { return detail::info(e).message; }

/// The section whose rule was broken, as RFC number and section ("9110 5.6"), or empty.
constexpr std::string_view section(errc e) noexcept { return detail::info(e).section; }

/// The status that a server may answer if it decides to refuse the request for the value; 0 where the value
/// is to be ignored or the error is the writer's own.
constexpr std::uint16_t suggested_status(errc e) noexcept { return detail::info(e).status; }

} // namespace coax::inline v0_1::values
