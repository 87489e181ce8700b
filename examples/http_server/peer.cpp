#include "peer.hpp"

#include "common/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <sys/socket.h>
#include <utility>

namespace http_server {

namespace {

// Longer than any head that is sent: Location may be as long as a request-line.
constexpr std::size_t head_room = output::capacity / 2;
// More than the frame around a piece of content takes.
constexpr std::size_t frame_room = 64;
// How often one connection may fill its output before it is another's turn.
constexpr int turns = 8;

/// What a head has to say about the content that follows.
http::content announced(const content *following) {
  if (following == nullptr) return http::content::none();
  const std::optional<std::uint64_t> size = following->size();
  return size ? http::content::of(*size) : http::content::streamed();
}

} // namespace

interest peer::wants() const noexcept {
  return waits_for_input_ && !has_output() ? interest::read : interest::write;
}

pending peer::waits_for() const noexcept {
  return {has_output() ? http::waiting::answer : http_.waits_for(), requests_};
}

void peer::on_ready() {
  if (wants() == interest::read) receive();
  advance();
}

void peer::on_timeout(bool stalled) {
  switch (waits_for().what) {
  case http::waiting::idle: http_.close(); break;
  case http::waiting::head: (void)http_.fail(http::errc::timed_out); break;
  case http::waiting::body:
    if (stalled) (void)http_.fail(http::errc::timed_out);
    break;
  case http::waiting::answer: over_ = stalled; break;
  default: over_ = true;
  }
  advance();
}

void peer::finish() {
  http_.close();
  advance();
}

/// Takes what the socket has.
void peer::receive() {
  if (buffers_ == nullptr) buffers_ = common_.take_buffers();
  const std::span<char> space = lingering_ ? std::span<char>(common_.scratch) : buffers_->in.space();
  const ssize_t n = ::recv(fd(), space.data(), space.size(), 0);
  if (n > 0 && !lingering_) buffers_->in.commit(static_cast<std::size_t>(n));
  if (n == 0) input_ended_ = true;
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) over_ = true;
}

/// Goes on as far as input, output and fairness allow.
void peer::advance() {
  if (buffers_ == nullptr) buffers_ = common_.take_buffers();
  waits_for_input_ = false;
  for (int turn = 0; !over_ && !waits_for_input_ && turn < turns; ++turn) {
    waits_for_input_ = converse();
    const output::outcome sent = buffers_->out.flush(fd(), sent_);
    if (sent == output::outcome::failed) over_ = true;
    if (sent != output::outcome::sent) return;
  }
  if (waits_for_input_) follow_duty();
}

/// Turns input into output. True if it waits for input, false if for room.
bool peer::converse() {
  while (!over_) {
    if (!send_content() || buffers_->out.room().size() < head_room) return false;
    const std::string_view input = buffers_->in.text();
    http::event event = http_.next(common_.context, input);
    buffers_->in.consume(event.consumed); // its views stay until more is received
    if (event.kind == http::event_kind::need_more && input_ended_)
      event = http_.end_of_input(common_.context, true);
    switch (event.kind) {
    case http::event_kind::request:
      begin(http::view_request(event.head, input.data(), common_.table), event.framing);
      break;
    case http::event_kind::data: received_ += event.data.size(); break;
    case http::event_kind::end:
      if (answer_.reports_upload)
        answer_ = upload_report(http_.body_received(),
                                http::view_fields(event.trailers, input.data(), common_.table));
      respond();
      break;
    case http::event_kind::failed: refuse(event.ec); return content_ == nullptr;
    default: return true; // need_more or closed; nothing is ever paused or switched here
    }
  }
  return false;
}

/// A request's head is there.
void peer::begin(const http::request &request, const http::framing &framing) {
  ++requests_;
  if (common_.how.verbose) asked_ = std::string(request.method_text) + ' ' + std::string(request.target);
  answer_ = common_.pages.choose(request, framing);
  if (!http_.awaits_continue()) return;
  if (answer_.code < 400)
    put(http_.send_continue(buffers_->out.room()));
  else
    respond(); // so that the body need not be sent at all
}

/// What arrived is no request, or will not become one.
void peer::refuse(http::errc why) {
  if (!http_.can_answer_failure()) return;
  answer_ = text_answer(http::suggested_status(why),
                        std::string(http::name(why)) + ": " + std::string(http::message(why)));
  respond();
}

/// Begins the response.
void peer::respond() {
  http::response_head head(buffers_->out.room(), answer_.code);
  head.field(http::field_id::date, common_.date());
  for (const auto &[id, value] : answer_.fields) head.field(id, value);
  put(http_.send(head, announced(answer_.content.get())));
  if (common_.how.verbose) std::cerr << net::peer_name(fd()) << ' ' << asked_ << ' ' << answer_.code << '\n';
  asked_ = "-";
  if (http_.body_wanted()) content_ = std::move(answer_.content);
  answer_ = {};
}

/// Sends as much of the response's content as there is room for. True if none is left.
bool peer::send_content() {
  while (content_ != nullptr && !over_) {
    const std::span<char> room = buffers_->out.room();
    if (room.size() < content::smallest_piece + frame_room) return false;
    const std::size_t most = std::min(room.size() - frame_room, common_.scratch.size());
    const std::size_t size = content_->read(std::span(common_.scratch).first(most));
    if (size != 0) {
      put(http_.send_data({common_.scratch.data(), size}, room));
      continue;
    }
    http::trailer_writer trailers(room);
    content_->write_trailers(trailers);
    put(http_.send_end(trailers));
    content_.reset();
  }
  return true;
}

/// Takes note of what was written into the output's room. What cannot be written, such as the rest of a file
/// that became shorter, cannot be mended either.
void peer::put(const coax::written<http::errc> &what) {
  buffers_->out.add(what.size);
  if (!what) over_ = true;
}

/// All that could be done is done.
void peer::follow_duty() {
  switch (http_.next_duty()) {
  case http::duty::shutdown_then_discard:
    if (!lingering_) ::shutdown(fd(), SHUT_WR);
    lingering_ = true;
    buffers_->in.consume(buffers_->in.text().size());
    break;
  case http::duty::close: over_ = true; break;
  default: break;
  }
  if (buffers_->in.text().empty()) common_.give_back(std::move(buffers_));
}

} // namespace http_server
