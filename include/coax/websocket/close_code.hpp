// Why a connection is closed (RFC 6455 §7.4), and who may say so.
#pragma once

#include "../core/role.hpp"

#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The registered status codes of Close frames. Codes from 3000 on are for libraries, frameworks and programs
/// (RFC 6455 §7.4.2): write `close_code{4000}`. Any 16-bit number can be held, as any can arrive.
enum class close_code : std::uint16_t {
  none = 0, ///< no code is due; not a code
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  reserved = 1004,
  no_status = 1005, ///< only in reports: the Close frame had no code
  abnormal = 1006,  ///< only in reports: there was no Close frame
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  mandatory_extension = 1010, ///< clients only: the server did not agree to an extension that is needed
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
  tls_handshake = 1015, ///< only in reports: the TLS handshake failed
  unauthorized = 3000,
  forbidden = 3003,
  timeout = 3008,
};

namespace detail {

/// Codes that may stand in a Close frame, and who may send them. What is in no row never may: below 1000 and
/// from 5000 on lies outside the registry, 1004 and 1016 to 2999 are not registered, 1005, 1006 and 1015 are
/// for reports. A new registration is one more row or a wider one.
struct close_code_range {
  std::uint16_t first, last;
  bool client, server;
};

inline constexpr close_code_range close_code_ranges[] = {
    {1000, 1003, true, true}, {1007, 1009, true, true}, {1010, 1010, true, false}, // RFC 6455 §7.4.1
    {1011, 1014, true, true}, // 1011 from both ends: erratum 3227; 1012 to 1014: IANA
    {3000, 4999, true, true}, // RFC 6455 §7.4.2, registered or not
};

} // namespace detail

/// Whether `sender` may put `code` into a Close frame (RFC 6455 §7.4).
constexpr bool may_send(close_code code, role sender) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  for (const auto &row : detail::close_code_ranges)
    if (number >= row.first && number <= row.last) return sender == role::client ? row.client : row.server;
  return false;
}

/// Whether a Close frame with `code` is accepted. Each end accepts what either end may send: a server that
/// sends 1010 does no harm, and closes anyway.
constexpr bool may_receive(close_code code) noexcept {
  return may_send(code, role::client) || may_send(code, role::server);
}

/// What the code stands for, in the words of the registry; empty for a code that is not registered.
constexpr std::string_view name(close_code code) noexcept {
  switch (code) {
  case close_code::none: break;
  case close_code::normal: return "normal closure";
  case close_code::going_away: return "going away";
  case close_code::protocol_error: return "protocol error";
  case close_code::unsupported_data: return "unsupported data";
  case close_code::reserved: return "reserved";
  case close_code::no_status: return "no status received";
  case close_code::abnormal: return "abnormal closure";
  case close_code::invalid_payload: return "invalid frame payload data";
  case close_code::policy_violation: return "policy violation";
  case close_code::message_too_big: return "message too big";
  case close_code::mandatory_extension: return "mandatory extension";
  case close_code::internal_error: return "internal error";
  case close_code::service_restart: return "service restart";
  case close_code::try_again_later: return "try again later";
  case close_code::bad_gateway: return "bad gateway";
  case close_code::tls_handshake: return "TLS handshake";
  case close_code::unauthorized: return "unauthorized";
  case close_code::forbidden: return "forbidden";
  case close_code::timeout: return "timeout";
  }
  return {};
}

} // namespace coax::inline v0_1::websocket
