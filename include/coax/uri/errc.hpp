// Everything that can be wrong with a URI, with what to say about it.
#pragma once

#include "../config.hpp"
#include "../core/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::uri {

enum class errc : std::uint8_t {
  ok,
  bad_uri,             ///< no http, https, ws or wss URI; the fault's element says which part is wrong
  unsupported_address, ///< the URI is valid, its host an IP literal of a version that nobody has defined
  buffer_too_small,
};

namespace detail {

struct errc_info {
  errc code;
  std::string_view name, message, section;
};

inline constexpr errc_info errc_table[] = {
    {errc::ok, "ok", "no error", ""},
    {errc::bad_uri, "bad_uri", "not a well-formed http, https, ws or wss URI", "3986 3"},
    {errc::unsupported_address, "unsupported_address", "the host is an IP literal of an unknown version",
     "3986 3.2.2"},
    {errc::buffer_too_small, "buffer_too_small", "the output does not fit into the span", ""},
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

/// The section whose rule was broken, as RFC number and section ("3986 3.2.2"), or empty.
constexpr std::string_view section(errc e) noexcept { return detail::info(e).section; }

/// The same, narrowed to the element that a fault names.
constexpr std::string_view section(errc e, element what) noexcept {
  if (e != errc::bad_uri) return section(e);
  switch (what) {
  case element::scheme: return "3986 3.1";
  case element::userinfo: return "9110 4.2.4";
  case element::host: return "3986 3.2.2";
  case element::port: return "3986 3.2.3";
  case element::path: return "3986 3.3";
  case element::query: return "3986 3.4";
  case element::fragment: return "3986 3.5";
  default: return section(e);
  }
}

} // namespace coax::inline v0_1::uri
