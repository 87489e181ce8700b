// Why there is no WebSocket, told apart so that a program can choose what to try next.
#pragma once

#include "../http/event.hpp"
#include "close_code.hpp"
#include "errc.hpp"
#include "handshake_client.hpp"

#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// How an attempt of a client failed. What failed before the first octet of the handshake the caller knows;
/// failure_of() knows the rest.
enum class failure : std::uint8_t {
  none,
  transport,     ///< no connection, or it ended within the handshake
  tls,           ///< the TLS handshake failed (RFC 6455 §4.1 step 5)
  proxy,         ///< the proxy refused the tunnel (RFC 6455 §4.1 step 4)
  not_upgraded,  ///< an ordinary HTTP answer: something on the way may not know WebSocket
  bad_handshake, ///< a 101, or bytes, that are no answer to the offer
  lost,          ///< it was open
};

constexpr std::string_view name(failure f) noexcept {
  constexpr std::string_view names[] = {"none",         "transport",     "tls", "proxy",
                                        "not upgraded", "bad handshake", "lost"};
  return names[static_cast<std::uint8_t>(f)];
}

/// What to report as close code, none of which is ever sent (RFC 6455 §7.1.5).
constexpr close_code close_code_of(failure f) noexcept {
  if (f == failure::none) return close_code::none;
  return f == failure::tls ? close_code::tls_handshake : close_code::abnormal;
}

/// What an answer that check() judged means.
constexpr failure failure_of(const agreed &a) noexcept {
  if (a) return failure::none;
  return a.ec == errc::not_upgraded ? failure::not_upgraded : failure::bad_handshake;
}

/// What an event of http::client means while the answer to an offer is awaited.
constexpr failure failure_of(const http::event &e) noexcept {
  switch (e.kind) {
  case http::event_kind::response: return failure::not_upgraded;
  case http::event_kind::closed: return failure::transport;
  case http::event_kind::failed:
    return e.ec == http::errc::incomplete || e.ec == http::errc::timed_out ? failure::transport
                                                                           : failure::bad_handshake;
  default: return failure::none;
  }
}

} // namespace coax::inline v0_1::websocket
