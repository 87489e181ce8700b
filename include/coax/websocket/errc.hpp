// Everything that can be wrong with a WebSocket connection, with what to say about it and the code to close
// with.
#pragma once

#include "close_code.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

enum class errc : std::uint8_t {
  ok,

  // frame headers
  reserved_bits,
  reserved_opcode,
  fragmented_control,
  unmasked_frame,
  masked_frame,
  control_too_long,
  non_minimal_length,
  length_overflow,

  // messages
  unexpected_continuation,
  unfinished_message,
  bad_utf8,
  bad_deflate,

  // Close frames
  bad_close_payload,
  bad_close_code,
  bad_close_reason,

  // limits
  frame_too_big,
  message_too_big,
  too_many_fragments,
  too_many_control,

  // the course of the connection
  incomplete,
  given_up,
  engine_failed,

  // the opening handshake: requests
  not_websocket,
  bad_method,
  bad_http_version,
  bad_target,
  bad_host,
  unwanted_body,
  unsupported_version,
  bad_version,
  bad_key,
  bad_protocols,
  bad_extensions,

  // the opening handshake: responses
  not_upgraded,
  bad_upgrade,
  bad_accept,
  unoffered_protocol,
  missing_protocol,
  unoffered_extension,
  conflicting_extensions,

  // the opening handshake: redirects
  bad_redirect,
  insecure_redirect,
  too_many_redirects,

  // sending: nothing was written
  invalid_input,
  wrong_state,
  no_entropy,
  buffer_too_small,
};

namespace detail {

struct errc_info {
  errc code;
  std::string_view name, message, section;
  close_code close;
  std::uint16_t status = 0;
};

inline constexpr errc_info errc_table[] = {
    {errc::ok, "ok", "no error", "", close_code::none},
    {errc::reserved_bits, "reserved_bits",
     "a reserved bit is set that no agreed extension uses in this frame", "6455 5.2",
     close_code::protocol_error},
    {errc::reserved_opcode, "reserved_opcode", "the opcode is reserved", "6455 5.2",
     close_code::protocol_error},
    {errc::fragmented_control, "fragmented_control", "a control frame without FIN", "6455 5.5",
     close_code::protocol_error},
    {errc::unmasked_frame, "unmasked_frame", "a client has to mask its frames", "6455 5.1",
     close_code::protocol_error},
    {errc::masked_frame, "masked_frame", "a server must not mask its frames", "6455 5.1",
     close_code::protocol_error},
    {errc::control_too_long, "control_too_long", "a control frame has at most 125 octets of payload",
     "6455 5.5", close_code::protocol_error},
    {errc::non_minimal_length, "non_minimal_length", "the payload length is not in its shortest form",
     "6455 5.2", close_code::protocol_error},
    {errc::length_overflow, "length_overflow", "the top bit of a 64-bit payload length is set", "6455 5.2",
     close_code::protocol_error},
    {errc::unexpected_continuation, "unexpected_continuation",
     "a continuation frame where no message is in progress", "6455 5.4", close_code::protocol_error},
    {errc::unfinished_message, "unfinished_message", "a new message inside a fragmented one", "6455 5.4",
     close_code::protocol_error},
    {errc::bad_utf8, "bad_utf8", "the text is not UTF-8", "6455 8.1", close_code::invalid_payload},
    {errc::bad_deflate, "bad_deflate", "the compressed message does not inflate", "7692 7.2.2",
     close_code::invalid_payload},
    {errc::bad_close_payload, "bad_close_payload", "a Close frame of one octet holds half a status code",
     "6455 5.5.1", close_code::protocol_error},
    {errc::bad_close_code, "bad_close_code", "this status code may not stand in a Close frame", "6455 7.4",
     close_code::protocol_error},
    {errc::bad_close_reason, "bad_close_reason", "the reason of the Close frame is not UTF-8", "6455 5.5.1",
     close_code::invalid_payload},
    {errc::frame_too_big, "frame_too_big", "the frame's payload is larger than the limit", "6455 10.4",
     close_code::message_too_big},
    {errc::message_too_big, "message_too_big", "the message is larger than the limit", "6455 10.4",
     close_code::message_too_big},
    {errc::too_many_fragments, "too_many_fragments", "the message has more fragments than the limit",
     "6455 10.4", close_code::policy_violation},
    {errc::too_many_control, "too_many_control", "more control frames between two data frames than the limit",
     "6455 10.4", close_code::policy_violation},
    {errc::incomplete, "incomplete", "the input ended without a Close frame", "6455 7.2.1", close_code::none},
    {errc::given_up, "given_up", "the program gave the connection up", "6455 7.1.7",
     close_code::policy_violation},
    {errc::engine_failed, "engine_failed", "the engine that compresses or inflates has no memory", "",
     close_code::internal_error},
    {errc::not_websocket, "not_websocket", "the request does not ask for a WebSocket", "6455 4.2.1",
     close_code::none, 426},
    {errc::bad_method, "bad_method", "the opening handshake is a GET request", "6455 4.2.1", close_code::none,
     405},
    {errc::bad_http_version, "bad_http_version", "the opening handshake takes HTTP/1.1 or later",
     "6455 4.2.1", close_code::none, 400},
    {errc::bad_target, "bad_target", "the target is no path and no http or https URI", "6455 4.2.1",
     close_code::none, 400},
    {errc::bad_host, "bad_host", "the request has no Host field, or several", "6455 4.2.1", close_code::none,
     400},
    {errc::unwanted_body, "unwanted_body", "a request that switches protocols may not have a body",
     "6455 4.1", close_code::none, 400},
    {errc::unsupported_version, "unsupported_version", "the version of the protocol is not 13", "6455 4.4",
     close_code::none, 426},
    {errc::bad_version, "bad_version", "Sec-WebSocket-Version is no version, or occurs twice", "6455 11.3.5",
     close_code::none, 400},
    {errc::bad_key, "bad_key", "Sec-WebSocket-Key is missing, occurs twice, or is no base64 of 16 octets",
     "6455 11.3.1", close_code::none, 400},
    {errc::bad_protocols, "bad_protocols",
     "Sec-WebSocket-Protocol is malformed, too long, or names a protocol twice", "6455 11.3.4",
     close_code::none, 400},
    {errc::bad_extensions, "bad_extensions",
     "Sec-WebSocket-Extensions is malformed, too long, or has a parameter that its extension does not permit",
     "6455 9.1", close_code::none, 400},
    {errc::not_upgraded, "not_upgraded", "the server answered with HTTP", "6455 4.1", close_code::none},
    {errc::bad_upgrade, "bad_upgrade", "the 101 is not about WebSocket: Upgrade or Connection is wrong",
     "6455 4.1", close_code::none},
    {errc::bad_accept, "bad_accept", "Sec-WebSocket-Accept does not answer the key", "6455 4.1",
     close_code::none},
    {errc::unoffered_protocol, "unoffered_protocol",
     "the server chose a subprotocol that was not offered, or several", "6455 4.1", close_code::none},
    {errc::missing_protocol, "missing_protocol", "the server chose no subprotocol, and one is required",
     "6455 4.1", close_code::none},
    {errc::unoffered_extension, "unoffered_extension",
     "an extension is used that was not offered, or with parameters that no offer permits", "6455 4.1",
     close_code::none},
    {errc::conflicting_extensions, "conflicting_extensions",
     "two extensions use the same reserved bit or opcode, or one is used twice", "6455 9.1",
     close_code::none},
    {errc::bad_redirect, "bad_redirect", "the redirect leads to no URI that a WebSocket can have", "6455 4.1",
     close_code::none},
    {errc::insecure_redirect, "insecure_redirect", "the redirect leads from wss to ws", "6455 10.6",
     close_code::none},
    {errc::too_many_redirects, "too_many_redirects", "more redirects than the limit", "6455 4.1",
     close_code::none},
    {errc::invalid_input, "invalid_input", "what was to be sent would make no valid frame or handshake",
     "6455 6.1", close_code::none},
    {errc::wrong_state, "wrong_state", "the state of the connection does not permit this", "",
     close_code::none},
    {errc::no_entropy, "no_entropy", "there is no randomness to draw from", "6455 10.3", close_code::none},
    {errc::buffer_too_small, "buffer_too_small", "the output does not fit into the span", "",
     close_code::none},
};

constexpr bool errc_table_is_in_order() noexcept {
  std::size_t i = 0;
  for (const auto &row : errc_table)
    if (static_cast<std::size_t>(row.code) != i++) return false;
  return i == static_cast<std::size_t>(errc::buffer_too_small) + 1;
}
static_assert(errc_table_is_in_order());

constexpr const errc_info &info(errc e) noexcept { return errc_table[static_cast<std::size_t>(e)]; }

} // namespace detail

/// The stable name of an error: its enumerator.
constexpr std::string_view name(errc e) noexcept { return detail::info(e).name; }

/// One sentence for people.
constexpr std::string_view message(errc e) noexcept { return detail::info(e).message; }

/// The section whose rule was broken, as RFC number and section ("6455 5.2"), or empty.
constexpr std::string_view section(errc e) noexcept { return detail::info(e).section; }

/// The code to put into the Close frame that answers broken input (RFC 6455 §7.1.7), or close_code::none
/// where none is due.
constexpr close_code close_code_for(errc e) noexcept { return detail::info(e).close; }

/// The status to refuse the request of an opening handshake with, or 0 where no request was at fault.
constexpr std::uint16_t suggested_status(errc e) noexcept { return detail::info(e).status; }

} // namespace coax::inline v0_1::websocket
