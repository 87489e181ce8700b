// One connection: HTTP first, then WebSocket, out of one buffer.
#pragma once

#include "common/file_descriptor.hpp"
#include "common/poller.hpp"

#include <coax/core/inbox.hpp>
#include <coax/http/server.hpp>
#include <coax/websocket/assembler.hpp>
#include <coax/websocket/connection.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ws_chat {

namespace http = coax::http;
namespace websocket = coax::websocket;

class peer {
public:
  explicit peer(net::file_descriptor socket) : socket_(std::move(socket)) {}

  /// Takes what has arrived.
  void receive();
  /// What this peer says next, if anything. Answers requests, pings and the like on the way. The text lives
  /// until the next call of receive() or next().
  std::optional<std::string_view> next();

  /// Queues a message. A peer that does not read is told so and let go: the others do not wait for it.
  void say(const websocket::prepared &head, const std::shared_ptr<const std::string> &text);
  /// Sends as much as the socket takes. True if all was sent.
  bool flush();

  /// A second has passed.
  void tick();
  /// The server stops: says so.
  void leave();

  /// While something waits to be sent, nothing is read.
  net::interest wants() const noexcept { return queue_.empty() ? net::interest::read : net::interest::write; }
  /// Whether the socket can be closed.
  bool is_over() const noexcept { return over_; }

private:
  /// Octets of the peer's own, and behind them, perhaps, octets that it shares with others.
  struct piece {
    std::string own;
    std::shared_ptr<const std::string> shared;
    std::size_t size() const noexcept { return own.size() + (shared ? shared->size() : 0); }
  };

  bool serve(http::server &connection);
  void let_in(http::server &connection, const http::request &request);
  void send_page(http::server &connection, const http::request &request);
  void close(websocket::server &connection, websocket::close_code code, std::string_view reason);
  void end_if_done();
  template <class Write> bool put(Write write);

  net::file_descriptor socket_;
  std::variant<http::server, websocket::server> connection_{};
  coax::inbox<8192> in_{};
  websocket::assembler messages_{};
  std::array<char, 4096> store_{}; // of a message that comes in several frames
  std::deque<piece> queue_{};
  std::size_t sent_ = 0;   // of the first piece
  std::size_t queued_ = 0; // octets
  int quiet_ = 0;          // seconds without a sign of life
  bool input_ended_ = false;
  bool lingering_ = false; // all is said; what still comes is dropped
  bool over_ = false;
};

} // namespace ws_chat
