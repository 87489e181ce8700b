// The two ends of a connection.
#pragma once

#include <cstdint>

namespace coax::inline v0_1 {

enum class role : std::uint8_t { client, server };

} // namespace coax::inline v0_1
