#include "exchange.hpp"

#include "dial.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace http_client {

namespace {

// How long a server may take to say 100 (Continue). Many never do (RFC 9110 §10.1.1).
constexpr std::chrono::seconds continue_patience{1};

} // namespace

problem exchange::send(const request &what) {
  std::string head;
  if (problem p = write_head(what, on_.http, head)) return p;
  send(what, std::move(head));
  return {};
}

void exchange::send(const request &what, std::string head) {
  what_ = &what;
  outgoing_ = std::move(head);
  log_.sent(outgoing_);
  send_content_at_ = clock::now() + continue_patience;
}

http::event exchange::next() {
  on_.drop(std::exchange(consumed_, 0));
  for (;;) {
    const http::event e = on_.http.next(on_.context(), on_.input.readable());
    if (e.kind != http::event_kind::need_more) return report(e);
    on_.drop(e.consumed);
    switch (transfer()) {
    case moved::received: answered_ = true; break;
    case moved::ended: return end_of_input();
    case moved::nothing: why_ = timed_out(); return report(on_.http.fail(http::errc::timed_out));
    }
  }
}

/// Sends and receives until something was received, the input ends, or nothing moves any more.
exchange::moved exchange::transfer() {
  clock::time_point last_move = clock::now();
  for (;;) {
    queue_content();
    if (why_) return moved::ended; // the content cannot be read
    if (write_some()) last_move = clock::now();
    const io_result in = on_.stream->read(on_.input.space());
    switch (in.how) {
    case io_result::outcome::moved: on_.input.commit(in.size); return moved::received;
    case io_result::outcome::ended: clean_end_ = true; return moved::ended;
    case io_result::outcome::failed: broken_ = in.why; return moved::ended;
    case io_result::outcome::would_wait: break;
    }
    const clock::time_point give_up = deadline(last_move, patience_);
    const int content = awaits_content() ? what_->content->descriptor() : -1;
    const bool to_write = content < 0 && has_to_write();
    const bool until_continue = !to_write && holds_content_back();
    const clock::time_point until = until_continue ? std::min(give_up, send_content_at_) : give_up;
    if (!on_.stream->wait(to_write, until, content) && until == give_up) return moved::nothing;
  }
}

/// Writes what it can of what is queued. A server that stops reading may still have something to say, so that
/// an error is none until reading ends.
bool exchange::write_some() {
  if (sent_ == outgoing_.size() || !broken_.empty()) return false;
  const io_result out = on_.stream->write(std::string_view(outgoing_).substr(sent_));
  if (out.how == io_result::outcome::failed) broken_ = out.why;
  sent_ += out.size;
  return out.size != 0;
}

bool exchange::holds_content_back() const {
  return on_.http.awaits_continue() && clock::now() < send_content_at_;
}

/// Whether content is to be sent now: there is some left, and the server has neither to be asked first nor
/// answered that it does not want it.
bool exchange::wants_content() const {
  return !content_ended_ && on_.http.body_wanted() && !holds_content_back();
}

/// Whether nothing can be sent until there is more content, as from a pipe.
bool exchange::awaits_content() const {
  return sent_ == outgoing_.size() && wants_content() && !what_->content->is_ready();
}

bool exchange::has_to_write() const {
  return broken_.empty() && (sent_ < outgoing_.size() || wants_content());
}

/// Queues the next piece of the content, framed, once all before it is sent, if there is one by now.
void exchange::queue_content() {
  if (sent_ != outgoing_.size() || !wants_content() || !what_->content->is_ready()) return;
  std::array<char, 16 * 1024> room;
  const std::string_view piece(room.data(), what_->content->read(room));
  why_ = what_->content->trouble();
  if (why_) return;
  sent_ = 0;
  if (!piece.empty()) {
    const http::data_frame frame = on_.http.send_data(piece.size());
    outgoing_.assign(frame.prefix()).append(piece).append(frame.suffix);
    return;
  }
  content_ended_ = true;
  outgoing_.resize(room.size());
  const coax::written<http::errc> end = on_.http.send_end(outgoing_);
  outgoing_.resize(end.size);
  if (!end) why_ = {exit_status::usage, what_->content->name() + " became shorter while it was sent"};
}

std::string exchange::what_is_awaited() const {
  if (awaits_content()) return "more from " + what_->content->name();
  if (has_to_write()) return "the server to take more of the request";
  switch (on_.http.waits_for()) {
  case http::waiting::head: return "the rest of the response's head";
  case http::waiting::body: return "more of the response's body";
  default: return "the response to begin";
  }
}

problem exchange::timed_out() const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_).count();
  return {exit_status::timed_out,
          what_->where.authority + ": nothing moved for " + std::to_string(seconds) + " s, waiting for " +
              what_is_awaited(),
          "--timeout SECONDS waits longer"};
}

http::event exchange::end_of_input() { return report(on_.http.end_of_input(on_.context(), clean_end_)); }

/// Takes note of an event before it is passed on.
http::event exchange::report(const http::event &e) {
  consumed_ = e.consumed;
  const std::string_view in = on_.input.text();
  const std::string who = what_->where.authority;
  switch (e.kind) {
  case http::event_kind::informational:
  case http::event_kind::response:
  case http::event_kind::switched: log_.received(in.substr(e.head.start, e.head.size)); break;
  case http::event_kind::end:
    if (e.trailers.count != 0) log_.received(in.substr(e.trailers.start, e.trailers.size));
    break;
  case http::event_kind::closed:
    if (why_) break;
    why_ = {exit_status::no_connection, who + " closed the connection without a response"};
    if (!broken_.empty()) why_.what += ": " + broken_;
    if (!http::is_idempotent(http::to_method(what_->method))) // RFC 9110 §9.2.2
      why_.advice = "the request may have had its effect all the same: look before you repeat it";
    break;
  case http::event_kind::failed:
    if (why_) break;
    if (e.ec == http::errc::incomplete) {
      why_ = {exit_status::incomplete, "the response of " + who + " is incomplete: the connection " +
                                           (broken_.empty() ? "was closed" : "broke (" + broken_ + ")")};
    } else {
      why_ = bad_response(e.ec, e.why, in, on_.offset);
      why_.what = "the response of " + who + " is refused: " + why_.what;
    }
    break;
  default: break;
  }
  return e;
}

std::string status_text(const http::response &head) {
  const std::string reason = visible(head.reason);
  return std::to_string(head.code) + (reason.empty() ? "" : " " + reason);
}

} // namespace http_client
