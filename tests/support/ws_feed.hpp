// The one way in which the WebSocket reader is fed in tests: whole, cut in two at every offset, byte by byte,
// one event at a time and in batches. All of them must give the same events, errors and consumed counts.
#pragma once

#include <coax/websocket/reader.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

std::string ws_hex(std::string_view bytes);
/// Bytes from hex digits; spaces are skipped.
std::string ws_bytes(std::string_view hex);

/// What a client reads, and how. The twin that a server reads follows from it.
struct ws_stream {
  std::string input{};
  coax::websocket::limits limits{};
  bool deflate = false;
  std::uint32_t whole_below = 0;
  bool ends = false; // the input ends
};

/// One event as text, and the offset behind its payload (of the error, for an error).
struct ws_record {
  std::string text;
  std::size_t offset = 0;
  friend bool operator==(const ws_record &, const ws_record &) = default;
};
using ws_transcript = std::vector<ws_record>;

/// "text Hello @7 | ping @9". Messages are joined from their pieces; pieces of a message that did not end are
/// "text... Hel"; "more @9" ends a transcript that is inside something. Behind errors stands the close code.
std::string to_text(const ws_transcript &t);

/// The same frames as they go to a server, masked with `key`, and where each octet went.
struct ws_masked {
  std::string input;
  std::vector<std::size_t> octet; // octet[i]: the place of octet i; one more for the end
  std::vector<std::size_t> end;   // end[n]: how far the first n octets go, with the key behind a header
};
ws_masked mask_stream(std::string_view input, std::string_view key);

/// How a stream is fed.
struct ws_way {
  std::vector<std::size_t> cuts{};        // pieces end there, and at the end of the input
  std::size_t batch = 0;                  // room for so many items; 0: one event at a time
  std::size_t max_payload = coax::no_cap; // one event at a time only
};

/// Reads `s.input` as it is, at the end `own`. Checks on the way that only consumed bytes are changed, and of
/// these only masked ones, that nothing is allocated or read outside the input, that the state can be moved
/// between calls, that no limits are kept, and that an error repeats itself.
ws_transcript read_ws(const ws_stream &s, coax::role own, const ws_way &way, bool changes);

/// Reads the stream every way at one end, checks that all agree, and returns what they agree on.
ws_transcript read_ws_every_way(const ws_stream &s, coax::role own, bool changes);

/// Reads what a client reads and both twins that a server reads (zero key, other key), every way. Checks that
/// all agree, and returns what they agree on in the client's offsets.
std::string ws_every_way(const ws_stream &s);
std::string ws_every_way(std::string_view hex);

} // namespace coax_test
