// Which fields belong to the opening handshake: so that no program can pass them (RFC 6455 §11.3), and where
// they are in a head.
#pragma once

#include "../core/fault.hpp"
#include "../http/field.hpp"
#include "../http/field_id.hpp"

#include <cstddef>
#include <cstdint>
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

/// The lines of one field.
struct found_lines {
  std::uint16_t count = 0;
  std::uint16_t last = 0; ///< the number of the last one

  constexpr void add(std::uint16_t line) noexcept {
    ++count;
    last = line;
  }
};

/// Where a head has the fields that are the handshake's alone, found in one pass.
struct handshake_lines {
  found_lines accept{}, extensions{}, key{}, protocol{}, version{};

  constexpr explicit handshake_lines(const http::fields &all) noexcept {
    std::uint16_t line = 0;
    for (const http::field_ref &ref : all.refs()) {
      if (found_lines *const found = named({all.base() + ref.name, ref.name_size})) found->add(line);
      ++line;
    }
  }

private:
  constexpr found_lines *named(std::string_view name) noexcept {
    // Told apart by size; names of 255 octets and more are stored as if they had 255.
    switch (name.size()) {
    case 17: return ascii::iequals(name, "Sec-WebSocket-Key") ? &key : nullptr;
    case 20: return ascii::iequals(name, "Sec-WebSocket-Accept") ? &accept : nullptr;
    case 21: return ascii::iequals(name, "Sec-WebSocket-Version") ? &version : nullptr;
    case 22: return ascii::iequals(name, "Sec-WebSocket-Protocol") ? &protocol : nullptr;
    case 24: return ascii::iequals(name, "Sec-WebSocket-Extensions") ? &extensions : nullptr;
    default: return nullptr;
    }
  }
};

/// The place of the last line of a field that there is.
constexpr fault place_of(const http::fields &all, const found_lines &lines) noexcept {
  return {all.refs()[lines.last].value, element::field_value, lines.last};
}

} // namespace coax::inline v0_1::websocket::detail
