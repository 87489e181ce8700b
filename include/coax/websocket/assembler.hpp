// Messages from the pieces in which they arrive.
#pragma once

#include "../core/outcome.hpp"
#include "event.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Joins the pieces of a message in memory of the caller's. A message that comes in one piece is passed
/// through without a copy.
///
///     const auto r = messages.add(event, store);
///     if (r.st == status::ready) ... r.message is whole ...
///     if (r.st == status::need_space) ... grow the store to r.required, keep what is in it, add again ...
///
/// The store belongs to one direction of one connection and has to keep its bytes from call to call, though
/// it may lie elsewhere each time. It is not needed while size() is 0. Its largest use is limits::message.
class assembler {
public:
  struct result {
    /// ready: `message` is whole. need_more: it is not, or this was no piece of a message. need_space: the
    /// piece does not fit, and nothing was changed. Never failed.
    status st = status::need_more;
    errc ec = errc::ok; ///< buffer_too_small with need_space
    /// With ready: the message. It lies in the store, or is the piece itself if it was the only one.
    std::span<char> message{};
    std::size_t required = 0; ///< with need_space: octets that the store has to have at least

    constexpr std::string_view text() const noexcept { return {message.data(), message.size()}; }
  };

  /// Takes a piece of a message: an event of kind text or binary. A control frame between pieces changes
  /// nothing; a Close, or the end of the connection, drops what was not complete, as does the first piece of
  /// another message. The payload must not lie in the store. Linear in the piece.
  constexpr result add(const event &e, std::span<char> store) noexcept {
    return add(e.kind, e.first, e.last, e.payload, store);
  }
  /// The same for an item of a batch over `in`.
  constexpr result add(const item &i, std::span<char> in, std::span<char> store) noexcept {
    return add(i.kind, i.first(), i.last(), i.in(in), store);
  }

  /// Octets of the store that are in use: of the message in progress; 0 between messages.
  constexpr std::size_t size() const noexcept { return size_; }
  /// Drops what was not complete.
  constexpr void reset() noexcept { size_ = 0; }

private:
  constexpr result add(event_kind kind, bool first, bool last, std::span<char> piece,
                       std::span<char> store) noexcept {
    switch (kind) {
    case event_kind::text:
    case event_kind::binary: break;
    case event_kind::need_more:
    case event_kind::ping:
    case event_kind::pong: return {};
    case event_kind::close:
    case event_kind::closed:
    case event_kind::failed: size_ = 0; return {};
    }
    const std::size_t before = first ? 0 : size_;
    if (first && last) {
      size_ = 0;
      return {.st = status::ready, .message = piece};
    }
    if (before > store.size() || piece.size() > store.size() - before)
      return {.st = status::need_space, .ec = errc::buffer_too_small, .required = before + piece.size()};
    std::copy(piece.begin(), piece.end(), store.begin() + static_cast<std::ptrdiff_t>(before));
    size_ = last ? 0 : before + piece.size();
    if (!last) return {};
    return {.st = status::ready, .message = store.first(before + piece.size())};
  }

  std::size_t size_ = 0;
};
static_assert(std::is_trivially_copyable_v<assembler> && sizeof(assembler) <= 8);

} // namespace coax::inline v0_1::websocket
