// How a message's body is framed, and what becomes of its connection.
#pragma once

#include "leniency.hpp"

#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

/// How the end of a body is found (RFC 9112 §6.3).
enum class body_kind : std::uint8_t {
  none,
  length,      ///< framing::length octets
  chunked,     ///< chunked transfer coding
  until_close, ///< responses only: everything until the connection closes
  tunnel,      ///< a 2xx to CONNECT: no body; what follows is no HTTP
};

constexpr std::string_view name(body_kind kind) noexcept {
  constexpr std::string_view names[] = {"none", "length", "chunked", "until_close", "tunnel"};
  return names[static_cast<std::uint8_t>(kind)];
}

/// What the fields of a head say about its message and its connection.
struct framing {
  body_kind kind = body_kind::none;
  /// Content-Length as declared, and the size of the body if `kind` is length. A response without a body
  /// (to HEAD, 304) may declare one all the same.
  std::uint64_t length = 0;
  bool has_length = false;
  /// The connection may carry another message after this one (RFC 9112 §9.3).
  bool keep_alive = false;
  /// A request offers, or a 101 carries out, a switch to what the Upgrade field names.
  bool upgrade = false;
  /// The client waits for 100 before it sends the body (RFC 9110 §10.1.1).
  bool expects_continue = false;
  /// Expect has a member other than 100-continue: a server may answer 417.
  bool unknown_expectation = false;
  /// The client takes trailer sections (TE: trailers, RFC 9110 §10.1.4): otherwise they may get lost on the
  /// way, and nothing should be in them that is needed.
  bool accepts_trailers = false;
  /// With leniency::expose_codings: transfer codings besides chunked are left for the caller to undo, see
  /// the members of Transfer-Encoding.
  bool other_codings = false;
  deviations seen{};
};

} // namespace coax::inline v0_1::http
