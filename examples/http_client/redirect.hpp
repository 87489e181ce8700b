// Redirects: which are followed, and how they change the request (RFC 9110 §15.4).
#pragma once

#include "request.hpp"
#include "trace.hpp"

#include <cstdint>
#include <string_view>

namespace http_client {

struct redirect_policy {
  unsigned most = 10;           ///< 0: none is followed
  bool allow_downgrade = false; ///< from https to http
};

/// Whether the code asks for another request, to where Location says.
bool is_redirect(std::uint16_t code) noexcept;

/// Makes `ask` the request that a redirect asks for. Credentials and cookies do not leave their origin.
problem redirect(std::uint16_t code, std::string_view location, const redirect_policy &policy, request &ask,
                 const trace &log);

} // namespace http_client
