// How reading an input ends.
#pragma once

#include <cstdint>

namespace inspect {

enum class outcome : std::uint8_t {
  clean,
  protocol_error,
  incomplete,
  unreadable, ///< the source failed
  unheard,    ///< the sink does not listen any more
};

} // namespace inspect
