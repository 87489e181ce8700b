// What does the compressing of permessage-deflate: a concept, as the choice is the program's. coax::zlib has
// an engine over zlib, stored_blocks.hpp one that needs nothing.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coax::inline v0_1::websocket {

/// How a step of an engine ended.
enum class engine_status : std::uint8_t {
  ok,        ///< went on until the input was used up or the output was full
  bad_data,  ///< the input is not DEFLATE; `consumed` is how far it was read, as near as the engine can tell
  no_memory, ///< the engine has none; it is of no use any more
};

struct engine_step {
  engine_status st = engine_status::ok;
  std::size_t consumed = 0; ///< octets of the input that are done with
  std::size_t produced = 0; ///< octets written to the output, from its start
};

/// Decodes DEFLATE (RFC 1951) without any wrapping. The engine holds the window, and the caller owns the
/// engine. It belongs to one connection where context is taken over. Where it is not, it may serve one
/// connection after the other, but never between two pieces of a message: that would continue the message of
/// another, and hand its content out.
///
/// - `inflate(in, out)` decodes until `in` is used up or `out` is full. What does not fit is kept and comes
///   first in a later call, which may have no input. Blocks follow each other without end: BFINAL has no
///   meaning, and the window outlives it (RFC 7692 §7.2.3.4).
/// - `at_boundary()` tells whether what was decoded ends behind a block and at the end of an octet, and its
///   output was handed out, all of it. Asked behind the octets 00 00 FF FF that end a message.
/// - `reset()` forgets the window and whatever was in progress, an error included.
template <class E>
concept inflate_engine = requires(E &e, const E &c, std::span<const char> in, std::span<char> out) {
  { e.inflate(in, out) }
  noexcept->std::same_as<engine_step>;
  { c.at_boundary() }
  noexcept->std::same_as<bool>;
  { e.reset() }
  noexcept;
};

/// Octets that an engine which compresses is always given room for, so that it can go on.
inline constexpr std::size_t min_deflate_room = 16;

/// Encodes DEFLATE. Which connections an engine may serve is as for an inflate_engine. An output has at least
/// min_deflate_room octets.
///
/// - `deflate(in, out)` takes octets of `in`, all of them unless `out` has no room for what they become, and
///   may keep as many as it likes.
/// - `end(out)` ends a message: writes what was kept, and behind it the header of an empty block of type 00
///   up to the end of the octet, without the octets 00 00 FF FF of that block (RFC 7692 §7.2.1). The message
///   is complete unless `out` was filled; then it is called again. An empty message is one octet 00.
/// - `bound(n)` is how many octets a message of `n` octets takes at most.
/// - `reset()` forgets the window. What is compressed later does not refer to what was earlier.
template <class E>
concept deflate_engine = requires(E &e, const E &c, std::span<const char> in, std::span<char> out,
                                  std::size_t n) {
  { e.deflate(in, out) }
  noexcept->std::same_as<engine_step>;
  { e.end(out) }
  noexcept->std::same_as<engine_step>;
  { c.bound(n) }
  noexcept->std::same_as<std::size_t>;
  { e.reset() }
  noexcept;
};

} // namespace coax::inline v0_1::websocket
