// Both ends of a connection under one name.
#pragma once

#include "../core/role.hpp"
#include "client.hpp"
#include "server.hpp"

#include <type_traits>

namespace coax::inline v0_1::http {

/// http::server or http::client, for code that is written once for both roles.
template <role R> using connection = std::conditional_t<R == role::server, server, client>;

} // namespace coax::inline v0_1::http
