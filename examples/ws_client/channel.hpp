// An open WebSocket over a transport: whole messages in and out, pongs, the closing handshake, and time.
#pragma once

#include "connect.hpp"
#include "failure.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket/assembler.hpp>
#include <coax/websocket/connection.hpp>
#include <common/compression.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ws_client {

enum class news {
  text,        ///< a message
  binary,      ///< a message
  pong,        ///< asked for or not
  other_ready, ///< the other file has something to be read
  late,        ///< `until` has come
  over,        ///< the connection has ended: see channel::result()
};

struct incident {
  news kind = news::over;
  std::string_view payload{}; ///< until the next call
};

class channel {
public:
  using clock = http_client::clock;

  channel(opened &&from, const std::string &who, clock::duration patience, const http_client::trace &log);

  /// Sends and receives until something happens. Unless `other` is -1, data to be read from there is an
  /// event too.
  incident next(int other = -1, clock::time_point until = clock::time_point::max());

  /// Queues a message; nothing happens once a Close went either way. False if text is not UTF-8.
  bool text(std::string_view message);
  void binary(std::string_view message);
  void ping(std::string_view payload);
  /// Begins the closing handshake. `code` has to be one that a client may send.
  void close(websocket::close_code code);

  /// Octets that are queued and not sent.
  std::size_t unsent() const noexcept { return outgoing_.size() - sent_; }
  bool is_open() const noexcept { return socket_.state() == websocket::ready_state::open; }
  /// Behind `over`: how the connection ended.
  failure result() const;

private:
  enum class step { go_on, wait, over };

  template <class Write> bool queue(Write write);
  bool send(websocket::opcode op, std::string_view message);
  bool take(const websocket::event &e, incident &out);
  bool gather(const websocket::event &piece, incident &out);
  step transfer();
  bool is_congested() const;
  clock::time_point give_up_at() const;
  bool gives_up();

  std::unique_ptr<http_client::connection> on_;
  std::string who_;
  clock::duration patience_;
  const http_client::trace &log_;
  websocket::client socket_;
  websocket::assembler messages_{};
  std::unique_ptr<net::compression> compression_{}; // if that was agreed on
  std::array<char, 16384> inflated_{};              // a piece of a message
  coax::interop::system_entropy random_{};
  std::string store_{};    // of a message in several pieces
  std::string outgoing_{}; // frames, of which sent_ octets are sent
  std::size_t sent_ = 0;
  std::uint64_t offset_ = 0; // of the first octet of the input behind the handshake
  websocket::close_code asked_to_close_ = websocket::close_code::none; // by this end, before the server did
  std::string close_reason_{};                                         // of the server
  failure why_{};                                                      // what went wrong here
  std::string broken_{};                                               // why the transport broke, if it did
  clock::time_point last_move_ = clock::now();
  bool asked_ = false; // a silent server was pinged
};

} // namespace ws_client
