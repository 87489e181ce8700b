#include "channel.hpp"

#include <http_client/dial.hpp>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace ws_client {

using http_client::io_result;
using websocket::close_code;

namespace {

constexpr websocket::limits limits{.frame = 64u << 20, .message = 64u << 20};
// A server that sends and does not read is not listened to while more than this waits to be sent to it.
constexpr std::size_t most_queued = 16u << 20;
// How long a server may take to close the transport behind both Close frames (RFC 6455 §7.1.1).
constexpr std::chrono::seconds end_patience{2};

bool is_ready(int file) {
  pollfd wanted{file, POLLIN, 0};
  return ::poll(&wanted, 1, 0) > 0;
}

} // namespace

channel::channel(opened &&from, const std::string &who, clock::duration patience,
                 const http_client::trace &log)
    : on_(std::move(from.on)), who_(who), patience_(patience), log_(log), socket_(from.options) {
  if (from.deflate.agreed)
    compression_ = std::make_unique<net::compression>(from.deflate, coax::role::client);
}

// --- sending -----------------------------------------------------------------------------------------------

/// Has `write` write a frame behind what is queued.
template <class Write> bool channel::queue(Write write) {
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
  } else if (sent_ > outgoing_.size() / 2) {
    outgoing_.erase(0, sent_);
    sent_ = 0;
  }
  const std::size_t before = outgoing_.size();
  std::size_t room = 256;
  for (;;) {
    outgoing_.resize(before + room);
    const coax::written<websocket::errc> w = write(std::span<char>(outgoing_).subspan(before));
    outgoing_.resize(before + w.size);
    if (w) return true;
    if (w.ec == websocket::errc::no_entropy)
      why_ = {exit_status::no_connection, "the system has no randomness"};
    if (w.ec != websocket::errc::buffer_too_small) return w.ec != websocket::errc::invalid_input;
    room = w.required;
  }
}

bool channel::text(std::string_view message) { return send(websocket::opcode::text, message); }
void channel::binary(std::string_view message) { send(websocket::opcode::binary, message); }

bool channel::send(websocket::opcode op, std::string_view message) {
  if (!socket_.out().may_begin()) return true;
  websocket::deflated m{.kind = {op}, .payload = message};
  if (compression_) m = compression_->deflate(op, message);
  if (m.ec == websocket::errc::engine_failed) (void)socket_.fail(m.ec);
  if (!m) return m.ec != websocket::errc::invalid_input;
  return queue([&](std::span<char> out) { return socket_.out().frame(m.kind, m.payload, random_, out); });
}
void channel::ping(std::string_view payload) {
  queue([&](std::span<char> out) { return socket_.out().ping(payload, random_, out); });
}
void channel::close(close_code code) {
  if (!is_open()) return;
  log_.note("closing with " + text_of(code));
  asked_to_close_ = code;
  queue([&](std::span<char> out) { return socket_.close(code, {}, random_, out); });
}

// --- receiving ---------------------------------------------------------------------------------------------

incident channel::next(int other, clock::time_point until) {
  for (;;) {
    const websocket::event e = socket_.next(limits, on_->input.readable());
    incident out;
    const bool tell = take(e, out);
    while (socket_.next_duty() == websocket::duty::send_owed &&
           (!why_ || why_.status == exit_status::protocol_error))
      queue([&](std::span<char> to) { return socket_.send_owed(random_, to); });
    on_->drop(e.consumed); // the octets stay where they are until there is need of room
    offset_ += e.consumed;
    if (tell) return out;
    if (why_ && why_.status != exit_status::protocol_error) return {};
    if (e.goes_on()) continue;
    switch (transfer()) {
    case step::go_on: continue;
    case step::over: return {};
    case step::wait: break;
    }
    if (other >= 0 && is_ready(other)) return {news::other_ready};
    if (clock::now() >= until) return {news::late};
    const clock::time_point at = std::min(until, give_up_at());
    const bool any =
        is_congested() ? on_->stream->wait_to_write(at) : on_->stream->wait(unsent() != 0, at, other);
    if (!any && gives_up()) return {};
  }
}

/// True if the caller is to be told, by `out`.
bool channel::take(const websocket::event &e, incident &out) {
  switch (e.kind) {
  case websocket::event_kind::text:
  case websocket::event_kind::binary: {
    if (!e.compressed) return gather(e, out);
    bool tell = false;
    do {
      const websocket::event piece = compression_->inflate(limits, e, inflated_);
      if (piece.kind == websocket::event_kind::failed) return take(socket_.fail(piece.ec), out);
      tell = gather(piece, out);
    } while (compression_->more());
    return tell;
  }
  case websocket::event_kind::pong: out = {news::pong, e.text()}; return true;
  case websocket::event_kind::close:
    close_reason_ = http_client::visible(e.text());
    log_.note("the server closes with " + text_of(e.code));
    return false;
  case websocket::event_kind::failed:
    if (!why_) why_ = broken_rule(who_, e.ec, e.why, offset_, "its frames");
    return false;
  default: return false;
  }
}

/// Joins the pieces of a message. True once it is whole.
bool channel::gather(const websocket::event &piece, incident &out) {
  auto joined = messages_.add(piece, store_);
  if (joined.st == coax::status::need_space) {
    store_.resize(std::max(joined.required, 2 * store_.size()));
    joined = messages_.add(piece, store_);
  }
  out = {piece.kind == websocket::event_kind::text ? news::text : news::binary, joined.text()};
  return joined.st == coax::status::ready;
}

/// Sends and receives what it can without waiting.
channel::step channel::transfer() {
  const bool failed = socket_.error() != websocket::errc::ok;
  if (unsent() != 0 && broken_.empty()) {
    const io_result out = on_->stream->write(std::string_view(outgoing_).substr(sent_));
    if (out.how == io_result::outcome::failed) broken_ = out.why;
    sent_ += out.size;
    if (out.size != 0) last_move_ = clock::now();
  }
  if (failed && (unsent() == 0 || !broken_.empty())) return step::over; // RFC 6455 §7.1.7
  if (is_congested()) return step::wait;
  const io_result in = on_->stream->read(on_->input.space());
  switch (in.how) {
  case io_result::outcome::moved:
    on_->input.commit(in.size);
    last_move_ = clock::now();
    asked_ = false;
    if (failed) on_->input.consume(on_->input.text().size()); // nothing is read behind an error, but the end
    return step::go_on;
  case io_result::outcome::would_wait: return step::wait;
  case io_result::outcome::failed: broken_ = in.why; break;
  case io_result::outcome::ended: break;
  }
  (void)socket_.end_of_input();
  return step::over;
}

bool channel::is_congested() const { return broken_.empty() && unsent() > most_queued; }

// --- time --------------------------------------------------------------------------------------------------

channel::clock::time_point channel::give_up_at() const {
  const bool is_over =
      socket_.waits_for() == websocket::waiting::end || socket_.waits_for() == websocket::waiting::nothing;
  return http_client::deadline(last_move_,
                               is_over ? std::min<clock::duration>(patience_, end_patience) : patience_);
}

/// Whether nothing has moved for too long. A silent server is asked first whether it is still there.
bool channel::gives_up() {
  if (clock::now() < give_up_at()) return false;
  switch (socket_.waits_for()) {
  case websocket::waiting::end:
  case websocket::waiting::nothing: return true;
  case websocket::waiting::traffic:
    if (std::exchange(asked_, true)) break;
    log_.note("nothing comes: asking by a ping");
    ping({});
    last_move_ = clock::now();
    return false;
  default: break;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(patience_).count();
  std::string number = std::to_string(seconds);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  why_ = {exit_status::timed_out,
          who_ + ": nothing moved for " + number + " s, waiting for " +
              (is_open() ? "anything to come" : "the server to answer the Close"),
          "--timeout SECONDS waits longer"};
  return true;
}

failure channel::result() const {
  if (why_) return why_;
  if (!socket_.clean())
    return {exit_status::abnormal, who_ + " ended the connection without a closing handshake (1006)" +
                                       (broken_.empty() ? std::string() : ": " + broken_)};
  const close_code code = socket_.peer_code();
  if (code == close_code::normal || code == close_code::going_away || code == close_code::no_status ||
      code == asked_to_close_)
    return {};
  return {exit_status::abnormal, who_ + " closed with " + text_of(code) +
                                     (close_reason_.empty() ? std::string() : ": " + close_reason_)};
}

} // namespace ws_client
