// What went wrong, where, and what to try.
#pragma once

#include "exit_status.hpp"

#include <coax/core/fault.hpp>
#include <coax/websocket/close_code.hpp>
#include <coax/websocket/errc.hpp>
#include <http_client/problem.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ws_client {

namespace websocket = coax::websocket;

/// True where there is one.
struct failure {
  exit_status status = exit_status::ok;
  std::string what{};
  std::string advice{};  ///< may be empty
  std::string excerpt{}; ///< the offending text with a mark below it, as lines; may be empty

  explicit operator bool() const noexcept { return status != exit_status::ok; }
};

/// What a part of http_client ran into on the way to the server.
failure from(const http_client::problem &trouble);

/// A rule that `who` broke: "bad_utf8: message (RFC 6455 §8.1), in the payload, at byte 7 of its frames".
failure broken_rule(const std::string &who, websocket::errc ec, coax::fault why, std::uint64_t offset,
                    std::string_view of_what);

/// "1001 (going away)".
std::string text_of(websocket::close_code code);

} // namespace ws_client
