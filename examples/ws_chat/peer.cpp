#include "peer.hpp"

#include "page.hpp"

#include <coax/fields/date.hpp>
#include <coax/openssl/sha1.hpp>
#include <coax/websocket/session.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <sys/socket.h>
#include <sys/uio.h>

namespace ws_chat {

namespace {

// One thread serves all connections, which share what holds no state of theirs.
std::array<http::field_ref, 64> table;
constexpr http::limits http_limits{.head = 8000, .body = 0};
const http::context context{table, http_limits};
constexpr websocket::limits limits{.frame = 4096, .message = 4096};
coax::openssl::sha1 sha1;

// Who lets more than this wait is too slow.
constexpr std::size_t most_queued = 256 * 1024;
// Seconds.
constexpr int ask_after = 20, give_up_after = 40, request_within = 10, close_within = 5;

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

} // namespace

// --- receiving ---------------------------------------------------------------------------------------------

void peer::receive() {
  const std::span<char> space = in_.space();
  const ssize_t n = ::recv(socket_.get(), space.data(), space.size(), 0);
  if (n == 0) input_ended_ = true;
  if (n < 0 && !would_wait()) over_ = true;
  if (n <= 0 || lingering_) return;
  in_.commit(static_cast<std::size_t>(n));
  const auto *const open = std::get_if<websocket::server>(&connection_);
  if (open != nullptr && open->waits_for() == websocket::waiting::traffic) quiet_ = 0;
}

std::optional<std::string_view> peer::next() {
  while (flush() && !over_) {
    if (auto *const still_http = std::get_if<http::server>(&connection_)) {
      if (serve(*still_http)) continue;
      break;
    }
    auto &open = std::get<websocket::server>(connection_);
    const websocket::event event = open.next(limits, in_.readable());
    in_.consume(event.consumed); // the payload stays where it is until more is received
    const auto message = messages_.add(event, store_);
    if (event.kind == websocket::event_kind::need_more && input_ended_) (void)open.end_of_input();
    put([&](std::span<char> out) { return open.send_owed(out); }); // a pong or a Close, where one is due
    if (event.kind == websocket::event_kind::binary)
      close(open, websocket::close_code::unsupported_data, "text only");
    else if (message.st == coax::status::ready)
      return message.text();
    if (!event.goes_on()) break;
  }
  return std::nullopt;
}

/// The part before: false if there is nothing to do for now.
bool peer::serve(http::server &connection) {
  http::event event = connection.next(context, in_.text());
  if (event.kind == http::event_kind::need_more && input_ended_)
    event = connection.end_of_input(context, true);
  else if (event.kind == http::event_kind::need_more && event.consumed == 0 && in_.full())
    event = connection.fail(http::errc::head_too_large);
  switch (event.kind) {
  case http::event_kind::request: {
    const http::request request = http::view_request(event.head, in_.text().data(), table);
    quiet_ = 0;
    if (request.target == "/chat")
      let_in(connection, request);
    else
      send_page(connection, request);
    break;
  }
  case http::event_kind::switched: {
    const websocket::session agreed = websocket::take_over(connection, event, in_.readable(), {});
    in_.consume(event.consumed); // what is left are frames
    connection_.emplace<websocket::server>(agreed.options);
    return true;
  }
  case http::event_kind::failed:
    put([&](std::span<char> out) { return connection.answer_failure(out); });
    break;
  default: break;
  }
  in_.consume(event.consumed);
  return event.kind == http::event_kind::request || event.kind == http::event_kind::data ||
         event.kind == http::event_kind::end;
}

void peer::let_in(http::server &connection, const http::request &request) {
  const websocket::offer offer = websocket::read_offer(request);
  // Pages of other sites have no business here (RFC 6455 §10.2).
  const std::string host(request.fields["Host"]), plain = "http://" + host, secure = "https://" + host;
  const std::string_view own_pages[] = {plain, secure};
  put([&](std::span<char> out) {
    if (offer.verdict != websocket::verdict::acceptable)
      return websocket::refuse(connection, offer, offer.suggested_status, out);
    if (!websocket::allows_origin(offer, own_pages, true))
      return websocket::refuse(connection, offer, 403, out);
    return websocket::accept(connection, offer, {}, sha1, out);
  });
}

void peer::send_page(http::server &connection, const http::request &request) {
  static const auto content = std::make_shared<const std::string>(page);
  const bool reads = request.method == http::method::get || request.method == http::method::head;
  const std::uint16_t status = !reads ? 405 : request.target == "/" ? 200 : 404;
  put([&](std::span<char> out) {
    http::response_head head(out, status);
    const auto date = coax::values::imf_fixdate(std::time(nullptr));
    head.field(http::field_id::date, {date.data(), date.size()});
    if (status == 405) head.field(http::field_id::allow, "GET, HEAD");
    if (status == 200) head.field(http::field_id::content_type, "text/html; charset=utf-8");
    return connection.send(head, http::content::of(status == 200 ? content->size() : 0));
  });
  if (status != 200 || !connection.send_data(content->size())) return; // HEAD takes none
  queue_.back().shared = content;
  queued_ += content->size();
}

// --- sending -----------------------------------------------------------------------------------------------

/// Has `write` write behind what is queued: there is room for all that is ever written here. False if it was
/// nothing.
template <class Write> bool peer::put(Write write) {
  std::array<char, 1024> out;
  const auto sent = write(std::span<char>(out));
  if (sent.size == 0) return false;
  queue_.push_back({std::string(out.data(), sent.size), nullptr});
  queued_ += sent.size;
  return true;
}

void peer::say(const websocket::prepared &head, const std::shared_ptr<const std::string> &text) {
  auto *const open = std::get_if<websocket::server>(&connection_);
  if (open == nullptr || open->out().admit(head) != websocket::errc::ok) return;
  if (queued_ > most_queued) { // all but what is on its way is lost
    for (; queue_.size() > 1; queue_.pop_back()) queued_ -= queue_.back().size();
    return close(*open, websocket::close_code::policy_violation, "too slow");
  }
  queue_.push_back({std::string(head.header()), text});
  queued_ += queue_.back().size();
}

void peer::close(websocket::server &connection, websocket::close_code code, std::string_view reason) {
  if (put([&](std::span<char> out) { return connection.close(code, reason, out); })) quiet_ = 0;
}

bool peer::flush() {
  while (!queue_.empty() && !over_) {
    std::array<iovec, 64> parts;
    std::size_t count = 0, skip = sent_;
    const auto add = [&](const std::string &octets) {
      const std::size_t skipped = std::min(skip, octets.size());
      skip -= skipped;
      if (skipped == octets.size()) return;
      parts[count++] = {const_cast<char *>(octets.data()) + skipped, octets.size() - skipped};
    };
    for (const piece &each : queue_) {
      if (count + 2 > parts.size()) break;
      add(each.own);
      if (each.shared) add(*each.shared);
    }
    msghdr what{};
    what.msg_iov = parts.data();
    what.msg_iovlen = count;
    const ssize_t n = ::sendmsg(socket_.get(), &what, MSG_NOSIGNAL);
    if (n < 0) {
      over_ = !would_wait();
      return false;
    }
    for (sent_ += static_cast<std::size_t>(n); !queue_.empty() && sent_ >= queue_.front().size();) {
      sent_ -= queue_.front().size();
      queued_ -= queue_.front().size();
      queue_.pop_front();
    }
    if (!queue_.empty()) quiet_ = 0; // it takes what there is, bit by bit
  }
  if (!over_) end_if_done();
  return true;
}

/// Once all is said, closes the sending side only: what was sent last could be lost otherwise.
void peer::end_if_done() {
  bool done = false;
  if (const auto *const open = std::get_if<websocket::server>(&connection_)) {
    done = open->next_duty() == websocket::duty::close_transport;
  } else {
    const http::duty next = std::get<http::server>(connection_).next_duty();
    done = next == http::duty::close || next == http::duty::shutdown_then_discard;
  }
  if (!done) return;
  over_ = input_ended_;
  if (lingering_) return;
  ::shutdown(socket_.get(), SHUT_WR);
  in_.consume(in_.text().size());
  lingering_ = true;
  quiet_ = 0;
}

// --- time --------------------------------------------------------------------------------------------------

void peer::tick() {
  ++quiet_;
  if (lingering_) {
    over_ = over_ || quiet_ >= close_within;
  } else if (auto *const open = std::get_if<websocket::server>(&connection_)) {
    const bool closing = open->waits_for() != websocket::waiting::traffic;
    over_ = over_ || quiet_ >= (closing ? close_within : give_up_after);
    if (quiet_ == ask_after && queue_.empty())
      put([&](std::span<char> out) { return open->out().ping("", out); });
  } else if (quiet_ >= request_within) {
    auto &connection = std::get<http::server>(connection_);
    if (!queue_.empty() || connection.is_idle()) {
      over_ = true;
    } else {
      (void)connection.fail(http::errc::timed_out);
      put([&](std::span<char> out) { return connection.answer_failure(out); });
    }
  }
}

void peer::leave() {
  if (auto *const open = std::get_if<websocket::server>(&connection_))
    close(*open, websocket::close_code::going_away, "");
  else
    std::get<http::server>(connection_).close();
}

} // namespace ws_chat
