// Which fields belong to the opening handshake, so that no program can pass them (RFC 6455 §11.3).
#pragma once

#include "../http/field_id.hpp"

#include <string_view>

namespace coax::inline v0_1::websocket::detail {

/// Whether the handshake writes the field itself, or could not stand it beside its own.
constexpr bool is_handshake_field(http::field_id id) noexcept {
  switch (id) {
  case http::field_id::upgrade:
  case http::field_id::connection:
  case http::field_id::sec_websocket_accept:
  case http::field_id::sec_websocket_extensions:
  case http::field_id::sec_websocket_key:
  case http::field_id::sec_websocket_protocol:
  case http::field_id::sec_websocket_version: return true;
  default: return false;
  }
}

} // namespace coax::inline v0_1::websocket::detail
