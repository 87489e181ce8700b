#include "pair.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace http = coax::http;
using http::event_kind;

namespace {

// One thread serves all pairs, and no table is needed between two calls.
std::array<http::field_ref, 200> client_table, server_table;
const http::limits limits{.head = 30000};
// A proxy owes to responses what it refuses in requests: RFC 9112 §5.1 and §5.2.
const http::leniency of_responses{.strip_space_before_colon = true, .unfold = true};
const http::context from_client{client_table, limits};
const http::context from_server{server_table, limits, of_responses};

constexpr std::size_t framing_room = 64; // what chunk framing takes, and a little more

/// Frames a piece of a body for the next hop.
bool pass_data(auto &to, outbox &out, std::string_view data) {
  const http::data_frame frame = to.send_data(data.size());
  out.put(frame.prefix());
  if (frame) out.put(data);
  out.put(frame.suffix);
  return bool(frame);
}

/// Ends a body, with its trailers where the next hop can have any.
bool pass_end(auto &to, outbox &out, const http::fields &trailers, const http::hop_by_hop &hop) {
  http::trailer_writer section(out.room());
  http::copy_end_to_end(section, trailers, hop);
  auto sent = to.send_end(section);
  if (sent.ec == http::errc::invalid_input) sent = to.send_end(out.room());
  out.commit(sent.size);
  return bool(sent);
}

} // namespace

void pair::move_on() {
  for (bool moved = true; moved && !over_;) {
    moved = down_to_up();
    if (!over_ && server_ != server_use::none) moved = up_to_down() || moved;
  }
}

bool pair::down_to_up() {
  if (relaying_) return relay(down, up);
  for (bool moved = false;; moved = true) {
    // A head needs all of an outbox, on both sides: it may have to be answered.
    if (from_client_.receiving() == http::phase::idle && !(up.out.empty() && down.out.empty())) return moved;
    const std::size_t room = up.out.room().size();
    if (room < 2 * framing_room) return moved;
    const http::event event = from_client_.next(from_client, down.in.text(), room - framing_room);
    switch (event.kind) {
    case event_kind::request: begin_request(event); break;
    case event_kind::data: // what the server does not want any more is dropped
      if (to_server_.body_wanted() && !pass_data(to_server_, up.out, event.data)) break_off();
      break;
    case event_kind::end: {
      const auto trailers = http::view_fields(event.trailers, down.in.text().data(), client_table);
      if (to_server_.body_wanted() && !pass_end(to_server_, up.out, trailers, request_hop_)) break_off();
      break;
    }
    case event_kind::failed: {
      const auto answered = from_client_.answer_failure(down.out.room());
      down.out.commit(answered.size);
      broken_ = answered.size == 0;
      over_ = true;
      break;
    }
    case event_kind::closed: over_ = from_client_.next_duty() != http::duty::send; return moved;
    case event_kind::switched: relaying_ = to_server_.receiving() == http::phase::switched; return moved;
    case event_kind::need_more:
      down.in.consume(event.consumed);
      if (down.ended) end_of_client();
      return moved;
    default: return moved; // paused
    }
    down.in.consume(event.consumed);
    if (over_) return true;
  }
}

bool pair::up_to_down() {
  if (relaying_) return relay(up, down);
  for (bool moved = false;; moved = true) {
    if (to_server_.receiving() == http::phase::due && !down.out.empty()) return moved;
    const std::size_t room = down.out.room().size();
    if (room < 2 * framing_room) return moved;
    const http::event event = to_server_.next(from_server, up.in.readable(), room - framing_room);
    switch (event.kind) {
    case event_kind::switched:
      if (event.head.size == 0) return moved; // once more, until the client's side has switched as well
      [[fallthrough]];
    case event_kind::informational:
    case event_kind::response: begin_response(event); break;
    case event_kind::data:
      if (from_client_.body_wanted() && !pass_data(from_client_, down.out, event.data)) break_off();
      break;
    case event_kind::end: {
      const auto trailers = http::view_fields(event.trailers, up.in.text().data(), server_table);
      if (!pass_end(from_client_, down.out, trailers, response_hop_)) break_off();
      break;
    }
    case event_kind::need_more: up.in.consume(event.consumed); return moved;
    default: // closed, failed
      up_failed(502);
      return true;
    }
    up.in.consume(event.consumed);
    if (over_ || relaying_) return true;
  }
}

void pair::begin_request(const http::event &event) {
  const http::request request = http::view_request(event.head, down.in.text().data(), client_table);
  if (request.method == http::method::connect) return answer(501); // this is no forward proxy
  if (server_ == server_use::none || !to_server_.can_send()) {
    to_server_ = http::client(http::client::options{.assume_http11 = true});
    up = {};
    server_ = server_use::connect;
  }
  std::array<char, 32768> target;
  const auto asked = http::forwarded_target(request, target);
  http::request_head head(up.out.room(), request.method_text, {target.data(), asked.size},
                          http::effective_authority(request));
  request_hop_ = http::copy_end_to_end(head, request.fields);
  if (request_hop_.ec() != http::errc::ok || request_hop_.misplaced() != 0) return answer(400);
  head.field("Via", request.minor == 0 ? "1.0 coax" : "1.1 coax");
  if (event.framing.upgrade) head.field("Upgrade", request.fields["Upgrade"]);
  if (event.framing.accepts_trailers) head.field("TE", "trailers");
  const auto sent = to_server_.send(head, http::content::as(event.framing));
  if (!sent) return answer(sent.ec == http::errc::buffer_too_small ? 431 : 400);
  up.out.commit(sent.size);
}

void pair::begin_response(const http::event &event) {
  const http::response response = http::view_response(event.head, up.in.text().data(), server_table);
  http::response_head head(down.out.room(), response.code, response.reason);
  response_hop_ = http::copy_end_to_end(head, response.fields);
  if (event.kind != event_kind::informational) head.field("Via", "1.1 coax");
  if (event.framing.upgrade || response.code == 426) head.field("Upgrade", response.fields["Upgrade"]);
  const auto sent = from_client_.send(head, http::content::as(response, event.framing));
  if (sent)
    down.out.commit(sent.size);
  else if (event.kind != event_kind::informational)
    up_failed(502); // HTTP/1.0 clients get no interim responses
}

bool pair::relay(side &from, side &to) {
  const std::size_t n = std::min(from.in.text().size(), to.out.room().size());
  to.out.put(from.in.text().substr(0, n));
  from.in.consume(n);
  over_ = over_ || (from.ended && from.in.text().empty()); // RFC 9110 §9.3.6
  return n != 0;
}

void pair::down_ended(bool clean) {
  down.ended = true;
  down_clean_ = clean;
  move_on();
}

/// All that the client has sent was read.
void pair::end_of_client() {
  const http::event event = from_client_.end_of_input(from_client, down_clean_);
  over_ = event.kind == event_kind::failed || from_client_.next_duty() != http::duty::send;
}

void pair::up_ended(bool clean) {
  up.ended = true;
  move_on();
  if (relaying_) return;
  for (;;) { // a body may run until now
    const http::event event = to_server_.end_of_input(from_server, clean);
    if (event.kind == event_kind::end) {
      if (!pass_end(from_client_, down.out, {}, {})) break_off();
      continue;
    }
    if (event.kind == event_kind::failed || to_server_.outstanding().size() != 0) return up_failed(502);
    server_ = server_use::none;
    return;
  }
}

void pair::up_failed(std::uint16_t status) {
  server_ = server_use::none;
  if (from_client_.sending() == http::phase::due)
    answer(status);
  else if (from_client_.sending() == http::phase::body)
    break_off();
}

void pair::answer(std::uint16_t status) {
  const std::string_view text = http::reason_phrase(status);
  http::response_head head(down.out.room(), status);
  head.field("Content-Type", "text/plain").field("Connection", "close");
  const auto sent = from_client_.send(head, http::content::of(text.size()));
  down.out.commit(sent.size);
  if (from_client_.body_wanted()) pass_data(from_client_, down.out, text);
  over_ = true;
}

void pair::break_off() { over_ = broken_ = true; }
