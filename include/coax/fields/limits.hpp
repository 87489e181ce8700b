// What the value of a field may make its reader spend.
#pragma once

#include <cstdint>

namespace coax::inline v0_1::values {

/// Limits of the readers of field values. Each fires at the first item in excess, as errc::too_many or
/// errc::too_deep.
struct limits {
  /// Members of a list that are not empty.
  std::uint16_t members = 128;
  /// Empty members of a list, which are skipped (RFC 9110 §5.6.1.2).
  std::uint16_t empty_members = 16;
  /// Parameters, directives or cookies of one value.
  std::uint16_t parameters = 128;
  /// Comments nested in one another (RFC 9110 §5.6.5).
  std::uint16_t comment_depth = 16;
  /// Ranges of one Range field (RFC 9110 §17.15).
  std::uint16_t ranges = 16;
};

/// The defaults, for readers that are given none.
inline constexpr limits default_limits{};

} // namespace coax::inline v0_1::values
