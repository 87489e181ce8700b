// What a peer may make us spend.
#pragma once

#include "../fields/limits.hpp"

#include <cstdint>

namespace coax::inline v0_1::http {

/// The limits of one direction of a connection. Each is checked before the resource is spent, fires at the
/// first byte in excess even when no line end is in sight, and has an error of its own.
struct limits {
  /// Empty lines skipped before a request-line (RFC 9112 §2.2) -> bad_start_line.
  std::uint8_t empty_lines = 2;
  /// Octets of the method -> method_too_long.
  std::uint8_t method = 32;
  /// Octets of the request-line without its CR LF -> target_too_long. RFC 9112 §3 recommends at least 8000.
  std::uint16_t request_line = 16384;
  /// Octets of one field line without its CR LF -> field_too_long.
  std::uint16_t field_line = 32768;
  /// Octets of a head, from the start-line to the empty line and with it -> head_too_large.
  std::uint16_t head = 65535;
  /// Fields in a head -> too_many_fields, and again in a trailer section -> trailers_too_large. The size of
  /// the table limits as well.
  std::uint16_t fields = 65535;
  /// Octets between a chunk-size and the CR LF of its line -> chunk_extension_too_large.
  std::uint16_t chunk_extension = 256;
  /// The same, summed over a message -> chunk_extension_too_large.
  std::uint32_t chunk_extensions = 16384;
  /// Octets of chunk lines, CR LF included, that a message may have on top of 8 for each octet of payload
  /// -> chunk_overhead.
  std::uint32_t chunk_overhead = 16384;
  /// Octets of a trailer section with its empty line -> trailers_too_large.
  std::uint16_t trailers = 16384;
  /// Octets of a body, transfer codings removed -> body_too_large.
  std::uint64_t body = ~std::uint64_t{0};
  /// Octets of a request's body that are still read after its response has ended, so that the connection can
  /// go on; beyond them it closes. No error.
  std::uint64_t drain = 65536;
  /// Interim responses to one request -> too_many_interim.
  std::uint16_t interim = 32;
  /// What the value of a field may cost: for the readers in coax::values.
  values::limits values{};
};

} // namespace coax::inline v0_1::http
