// How larger objects are initialised.
#pragma once

#include <type_traits>

namespace coax::inline v0_1::detail {

/// To be called by the constructor of an object of more than 48 octets that is made often. It does nothing,
/// but without it gcc takes the object for a constant and clears it by `rep stos`, which takes longer than to
/// parse some heads; with it, member by member.
constexpr void initialise_by_members() noexcept {
  if (std::is_constant_evaluated()) return;
}

} // namespace coax::inline v0_1::detail
