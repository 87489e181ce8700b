// Standard input out, messages in, until either side ends.
#pragma once

#include "arguments.hpp"
#include "channel.hpp"

namespace ws_client {

/// The whole conversation, with the closing handshake at its end.
failure talk(channel &with, const arguments &wanted);

} // namespace ws_client
