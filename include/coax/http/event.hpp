// What arrives on a connection, one event at a time.
#pragma once

#include "../core/by_members.hpp"
#include "../core/fault.hpp"
#include "errc.hpp"
#include "framing.hpp"
#include "head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

enum class event_kind : std::uint8_t {
  need_more, ///< call again once more bytes have arrived
  paused,    ///< connections only: the message is complete, and what follows waits for the other direction
  request,   ///< a request head
  informational, ///< a 1xx head other than 101: a response is still to come, and no `end` belongs to this
  response,      ///< the head of a final response
  data,          ///< octets of the body, transfer coding removed
  end,           ///< the message is complete; exactly one follows each request and each response
  switched, ///< HTTP is over, other bytes follow: a 101, a 2xx to CONNECT (both with `head`), or a CONNECT
            ///< request
  closed,   ///< no further message comes: the peer said so, or the input ended between messages
  failed,   ///< see `ec` and `why`; every later call says the same
};

/// One event. Its views point into the input of the call that returned it.
struct event {
  /// Nothing but its kind.
  constexpr event(event_kind what = event_kind::need_more) noexcept : kind(what) {
    coax::detail::initialise_by_members();
  }
  /// A failure.
  constexpr event(errc code, fault place) noexcept : kind(event_kind::failed), ec(code), why(place) {
    coax::detail::initialise_by_members();
  }

  event_kind kind;
  errc ec = errc::ok;
  /// Drop these bytes before the next call, behind need_more as well: exact in every event, 0 with failed.
  std::size_t consumed = 0;
  /// With need_more: at least so many further bytes are needed.
  std::size_t hint = 0;
  std::string_view data{};
  /// With data: extensions of the chunk line before it; with end: those of the last chunk. See
  /// chunk_extension_reader.
  std::string_view extensions{};
  /// With request, informational, response, and switched in a response. Make views with view_request() or
  /// view_response() before the table serves another call.
  head_ref head{};
  /// With end: the trailer section; `count` 0 if there is none. Make views with view_fields().
  fields_ref trailers{};
  /// With a head: how its body is framed and what becomes of the connection.
  http::framing framing{};
  /// With failed: what is wrong where. Offsets count from the first byte of this call's input.
  fault why{};
};

} // namespace coax::inline v0_1::http
