#include "feed.hpp"

#include <coax/websocket/session.hpp>
#include <http_client/dial.hpp>
#include <http_client/trace.hpp>

#include <algorithm>
#include <utility>

namespace ws_feed {

namespace http = coax::http;
using http_client::io_result;
using websocket::failure;

namespace {

constexpr std::chrono::seconds patience{10}, silence{30}, end_patience{2};

} // namespace

failure feed::open(const coax::uri::parts &to, const http_client::tls_options &tls) {
  const http_client::trace quiet(false);
  const std::string host(to.authority.host);
  http_client::socket_handle socket;
  if (const auto trouble = http_client::dial(host, to.port(), patience, quiet, socket)) {
    fail(trouble.what);
    return failure::transport;
  }
  stream_ = http_client::plain_transport(std::move(socket));
  if (!coax::uri::is_secure(to.scheme)) return shake_hands(to);
  const auto trouble = http_client::start_tls(stream_->release(), host, tls, patience, quiet, stream_);
  if (!trouble) return shake_hands(to);
  fail(trouble.what);
  return failure::tls;
}

failure feed::shake_hands(const coax::uri::parts &to) {
  std::array<http::field_ref, 64> table;
  const http::limits head_limits{.head = 32 * 1024};
  const http::context context{table, head_limits};
  http::client by;
  websocket::client_offer asking{.to = to};
  std::array<char, 4096> out;
  if (!random_.fill(asking.nonce)) return failure::transport;
  send({out.data(), websocket::send_offer(by, asking, {}, out).size});
  for (const auto until = clock::now() + patience;;) {
    const http::event event = by.next(context, in_.text());
    switch (event.kind) {
    case http::event_kind::need_more:
      in_.consume(event.consumed);
      if (!receive(until)) (void)by.fail(http::errc::timed_out);
      continue;
    case http::event_kind::informational: in_.consume(event.consumed); continue;
    case http::event_kind::response:
    case http::event_kind::switched: {
      const http::response answer = http::view_response(event.head, in_.text().data(), table);
      const websocket::agreed agreed = websocket::check(asking, answer, sha1_);
      websocket::session session = websocket::take_over(by, event, in_.readable(), agreed);
      if (!session) fail(std::to_string(answer.code) + ": " + std::string(message(agreed.ec)));
      session.options.whole_below = whole_below;
      socket_ = websocket::client(session.options);
      in_.consume(event.consumed); // what is left are frames
      return websocket::failure_of(agreed);
    }
    default: fail(message(event.ec)); return websocket::failure_of(event);
    }
  }
}

/// False if nothing has come before `until`, or nothing will come any more.
bool feed::receive(clock::time_point until) {
  while (!over_) {
    const io_result got = stream_->read(in_.space());
    switch (got.how) {
    case io_result::outcome::moved:
      in_.commit(got.size);
      heard_ = clock::now();
      asked_ = false;
      return true;
    case io_result::outcome::would_wait: break;
    case io_result::outcome::ended:
    case io_result::outcome::failed: fail(got.why); return false;
    }
    if (clock::now() >= heard_ + silence) {
      if (std::exchange(asked_, true)) fail("it is silent");
      heard_ = clock::now();
      std::array<char, 16> out;
      send({out.data(), socket_.out().ping("", random_, out).size});
    }
    if (!stream_->wait(false, std::min(until, heard_ + silence)) && clock::now() >= until) return false;
  }
  return false;
}

void feed::settle(const websocket::batch &last) {
  std::array<char, 256> out;
  if (last.ec != websocket::errc::ok) problem_ = message(last.ec);
  send({out.data(), socket_.send_owed(random_, out).size});
  const websocket::duty next = socket_.next_duty();
  if (next == websocket::duty::await_end) (void)receive(clock::now() + end_patience); // RFC 6455 §7.1.1
  if (next == websocket::duty::await_end || next == websocket::duty::close_transport) over_ = true;
}

void feed::say(std::string_view text) {
  std::string out(websocket::writer<coax::role::client>::frame_size(text.size()), '\0');
  out.resize(socket_.out().text(text, random_, out).size);
  send(out);
}

/// There is little to send, so there is no harm in waiting for it.
void feed::send(std::string_view octets) {
  const auto until = clock::now() + patience;
  while (!octets.empty() && !over_) {
    const io_result sent = stream_->write(octets);
    octets.remove_prefix(sent.size);
    if (sent.how == io_result::outcome::failed) fail(sent.why);
    if (sent.how == io_result::outcome::would_wait && !stream_->wait_to_write(until))
      fail("it does not read");
  }
}

void feed::fail(std::string_view why) {
  if (problem_.empty()) problem_ = why;
  over_ = true;
}

} // namespace ws_feed
