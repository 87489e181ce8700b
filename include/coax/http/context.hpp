// What a parsing step needs besides its state and its input.
#pragma once

#include "field.hpp"
#include "leniency.hpp"
#include "limits.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace coax::inline v0_1::http {

/// The defaults, for contexts that name none of their own.
inline constexpr limits default_limits{};
inline constexpr leniency strict{};

/// Passed with each call and never kept, so that the state of a connection holds no pointer: one table can
/// serve all connections of a thread, as its content is not needed between calls. It refers to the limits and
/// the leniency: do not make one from temporaries that outlives them.
struct context {
  /// Where the offsets of field lines are put. Its size limits the number of fields.
  std::span<field_ref> table;
  const http::limits &limits = default_limits;
  const http::leniency &leniency = strict;

  constexpr std::size_t max_fields() const noexcept {
    return std::min<std::size_t>(table.size(), limits.fields);
  }
};

} // namespace coax::inline v0_1::http
