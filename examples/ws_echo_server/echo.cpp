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

echo::echo(const websocket::session &agreed) : socket_(agreed.options) {
  if (agreed.deflate.agreed)
    compression_ = std::make_unique<net::compression>(agreed.deflate, coax::role::server);
}

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
    more = event.goes_on();
    if (event.kind == websocket::event_kind::text || event.kind == websocket::event_kind::binary)
      take(event, common);
    out.put(socket_.send_owed(out.room()));
  }
  return !more;
}

/// Takes a piece of a message, inflated if need be.
void echo::take(const websocket::event &event, service &common) {
  if (!socket_.out().may_begin()) return; // a Close was sent: what still comes is dropped
  if (!event.compressed) return gather(event, common);
  const std::span<char> buffer = std::span(common.inflated).first(common.output.room().size() - frame_room);
  do {
    const websocket::event piece = compression_->inflate(common.limits, event, buffer);
    if (piece.kind == websocket::event_kind::failed) return void(socket_.fail(piece.ec));
    gather(piece, common);
  } while (compression_->more());
}

/// Begins to send a message back, once it is whole.
void echo::gather(const websocket::event &piece, service &common) {
  auto joined = messages_.add(piece, store_);
  if (joined.st == coax::status::need_space) {
    const auto most = static_cast<std::size_t>(common.limits.message);
    store_.resize(std::max(joined.required, std::min(2 * store_.size(), most)));
    joined = messages_.add(piece, store_);
  }
  if (joined.st != coax::status::ready) return;
  const bool is_text = piece.kind == websocket::event_kind::text;
  websocket::deflated message{.kind = {is_text ? websocket::opcode::text : websocket::opcode::binary},
                              .payload = joined.text()};
  if (compression_) message = compression_->deflate(message.kind.op, message.payload);
  if (!message) return void(socket_.fail(message.ec));
  common.output.put(socket_.out().begin(message.kind, message.payload.size(), common.output.room()));
  unsent_ = message.payload;
  send_message(common.output);
}

/// Sends as much of the message as there is room for. True if nothing is left of it.
bool echo::send_message(output &out) {
  if (unsent_.empty()) return true;
  const std::string_view piece(unsent_.data(), std::min(unsent_.size(), out.room().size()));
  out.put(socket_.out().payload(piece, out.room()));
  unsent_ = unsent_.subspan(piece.size());
  if (!unsent_.empty()) return false;
  store_ = {};
  if (compression_) compression_->release();
  return true;
}

/// Sends what the program itself has to say.
void echo::send_due(output &out) {
  if (std::exchange(ping_due_, false)) out.put(socket_.out().ping({}, out.room()));
  if (close_due_ != websocket::close_code::none) out.put(socket_.close(close_due_, {}, out.room()));
  close_due_ = websocket::close_code::none;
}

} // namespace ws_echo
