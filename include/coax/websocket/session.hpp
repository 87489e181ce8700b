// From the opening handshake to frames: what is agreed on, and the bytes that came along.
#pragma once

#include "../core/role.hpp"
#include "../http/client.hpp"
#include "../http/event.hpp"
#include "../http/server.hpp"
#include "deflate_parameters.hpp"
#include "errc.hpp"
#include "handshake_client.hpp"
#include "handshake_server.hpp"
#include "reader_options.hpp"

#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What a WebSocket begins with.
struct session {
  /// ok; wrong_state if HTTP is not over; or what check() found wrong with the server's answer.
  errc ec = errc::wrong_state;
  coax::role role = coax::role::server; ///< of this end
  /// For the reader.
  reader_options options{};
  /// Whether messages are compressed, and how: for the engine.
  deflate_parameters deflate{};
  /// The subprotocol in use; empty for none. Refers to what the choice or the client's offer refers to.
  std::string_view protocol{};
  /// The bytes behind the handshake: frames of the peer, which may have arrived together with it. Read them
  /// before any other.
  std::span<char> rest{};

  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
};

namespace detail {

template <class End>
constexpr bool is_switched(const End &http, const http::event &e, std::span<char> in) noexcept {
  return e.kind == http::event_kind::switched && e.consumed <= in.size() &&
         http.next_duty() == http::duty::take_over;
}

} // namespace detail

/// Takes a server's connection over behind its 101: `e` is the `switched` event, `in` the input of the call
/// that gave it, `c` what was passed to accept(). The bytes of `rest` count as consumed from then on.
constexpr session take_over(const http::server &http, const http::event &e, std::span<char> in,
                            const choice &c) noexcept {
  session out{.role = role::server};
  if (!detail::is_switched(http, e, in)) return out;
  out.ec = errc::ok;
  out.deflate = c.deflate;
  out.options.deflate = c.deflate.agreed;
  out.options.own_takeover = c.deflate.takes_over(role::server);
  out.protocol = c.protocol;
  out.rest = in.subspan(e.consumed);
  return out;
}

/// Takes a client's connection over behind the server's 101: `a` is what check() answered about it. If that
/// is an error, so is this, and there are no bytes.
constexpr session take_over(const http::client &http, const http::event &e, std::span<char> in,
                            const agreed &a) noexcept {
  session out{.role = role::client};
  if (!a) out.ec = a.ec;
  if (!a || !detail::is_switched(http, e, in)) return out;
  out.ec = errc::ok;
  out.deflate = a.deflate;
  out.options.deflate = a.deflate.agreed;
  out.options.own_takeover = a.deflate.takes_over(role::client);
  out.protocol = a.protocol;
  out.rest = in.subspan(e.consumed);
  return out;
}

} // namespace coax::inline v0_1::websocket
