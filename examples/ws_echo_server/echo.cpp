#include "echo.hpp"

#include <algorithm>
#include <string_view>

namespace ws_echo {

namespace {

// For the frames around a message: its header, a pong and a Close.
constexpr std::size_t frame_room = 512;
// Less room is not worth beginning a message.
constexpr std::size_t least_room = 4096;

} // namespace

bool echo::converse(std::span<char> &input, bool input_ended, service &common) {
  output &out = common.output;
  bool more = true;
  while (more && send_message(out) && out.room().size() >= least_room) {
    send_due(out);
    // A piece is never larger than the room, so that a message in one piece need not be kept.
    const std::size_t most = out.room().size() - frame_room;
    const websocket::event event =
        input_ended ? socket_.end_of_input() : socket_.next(common.limits, input, most);
    input = input.subspan(event.consumed);
    switch (event.kind) {
    case websocket::event_kind::text:
    case websocket::event_kind::binary: take(event, common.limits, out); break;
    case websocket::event_kind::need_more:
    case websocket::event_kind::closed:
    case websocket::event_kind::failed: more = false; break;
    default: break; // what answers a ping or a Close comes here:
    }
    out.put(socket_.send_owed(out.room()));
  }
  return !more;
}

/// Begins to send a message back, once it is whole.
void echo::take(const websocket::event &piece, const websocket::limits &limits, output &out) {
  if (!socket_.out().may_begin()) return; // a Close was sent: what still comes is dropped
  auto joined = messages_.add(piece, store_);
  if (joined.st == coax::status::need_space) {
    const auto most = static_cast<std::size_t>(limits.message);
    store_.resize(std::max(joined.required, std::min(2 * store_.size(), most)));
    joined = messages_.add(piece, store_);
  }
  if (joined.st != coax::status::ready) return;
  const bool is_text = piece.kind == websocket::event_kind::text;
  out.put(socket_.out().begin({is_text ? websocket::opcode::text : websocket::opcode::binary},
                              joined.message.size(), out.room()));
  unsent_ = joined.message;
  send_message(out);
}

/// Sends as much of the message as there is room for. True if nothing is left of it.
bool echo::send_message(output &out) {
  if (unsent_.empty()) return true;
  const std::string_view piece(unsent_.data(), std::min(unsent_.size(), out.room().size()));
  out.put(socket_.out().payload(piece, out.room()));
  unsent_ = unsent_.subspan(piece.size());
  if (!unsent_.empty()) return false;
  store_ = {};
  return true;
}

/// Sends what the program itself has to say.
void echo::send_due(output &out) {
  if (std::exchange(ping_due_, false)) out.put(socket_.out().ping({}, out.room()));
  if (close_due_ != websocket::close_code::none) out.put(socket_.close(close_due_, {}, out.room()));
  close_due_ = websocket::close_code::none;
}

} // namespace ws_echo
