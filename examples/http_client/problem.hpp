// What went wrong, where, and what to try.
#pragma once

#include "exit_status.hpp"

#include <coax/core/fault.hpp>
#include <coax/http/errc.hpp>
#include <coax/uri/errc.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace http_client {

namespace http = coax::http;

/// True where there is one.
struct problem {
  exit_status status = exit_status::ok;
  std::string what{};
  std::string advice{};  ///< may be empty
  std::string excerpt{}; ///< the offending text with a mark below it, as lines; may be empty

  explicit operator bool() const noexcept { return status != exit_status::ok; }
};

/// "message (RFC 9112 §6.3)".
std::string with_section(std::string_view message, std::string_view section);

/// A URI that is none: `role` says which ("the URL"). The offending byte is marked.
problem bad_uri(std::string_view role, std::string_view text, coax::uri::errc ec, coax::fault why);

/// A response that is refused. `input` is what the failing call saw; `offset` is the place of its first byte
/// among all that the server sent on this connection.
problem bad_response(http::errc ec, coax::fault why, std::string_view input, std::uint64_t offset);

} // namespace http_client
