// What a frame carries (RFC 6455 §5.2).
#pragma once

#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The opcode of a frame: four bits. Values without an enumerator are reserved.
enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close, ping, pong, and what may be added to them: the codes with the top bit of four (RFC 6455 §5.5).
constexpr bool is_control(opcode op) noexcept { return static_cast<std::uint8_t>(op) >= 8; }

/// Text, binary, their continuations, and what may be added to them (RFC 6455 §5.6).
constexpr bool is_data(opcode op) noexcept { return !is_control(op); }

/// Whether `op` begins a message: text and binary do.
constexpr bool begins_message(opcode op) noexcept { return op == opcode::text || op == opcode::binary; }

/// 3 to 7, 11 to 15, and whatever does not fit into four bits.
constexpr bool is_reserved(opcode op) noexcept {
  return static_cast<std::uint8_t>(op) > 10 || (op > opcode::binary && op < opcode::close);
}

/// The opcode's name in the words of RFC 6455 §11.8.
constexpr std::string_view name(opcode op) noexcept {
  switch (op) {
  case opcode::continuation: return "continuation";
  case opcode::text: return "text";
  case opcode::binary: return "binary";
  case opcode::close: return "close";
  case opcode::ping: return "ping";
  case opcode::pong: return "pong";
  }
  return "reserved";
}

} // namespace coax::inline v0_1::websocket
