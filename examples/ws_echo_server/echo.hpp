// An open connection: each message goes back where it came from.
#pragma once

#include "service.hpp"

#include <coax/websocket/assembler.hpp>
#include <coax/websocket/connection.hpp>
#include <coax/websocket/session.hpp>
#include <common/compression.hpp>

#include <memory>
#include <span>
#include <vector>

namespace ws_echo {

class echo {
public:
  explicit echo(const websocket::session &agreed);

  /// Goes on as far as input and room for output allow. Drops from `input` what is done with. True if it
  /// waits for input, or is over; false if it waits for room.
  bool converse(std::span<char> &input, bool input_ended, service &common);

  /// Nothing has come for a while: asks for a sign of life.
  void ping() noexcept { ping_due_ = true; }
  /// Permits as many pings again as there may be in a while.
  void forget_pings() noexcept { socket_.forget_control_frames(); }
  /// Begins the closing handshake, as soon as the message that is being sent has ended.
  void close(websocket::close_code code) noexcept { close_due_ = code; }

  /// What it waits for, once all output was sent.
  websocket::waiting waits_for() const noexcept { return socket_.waits_for(); }
  /// Nothing more is said.
  bool is_over() const noexcept { return socket_.next_duty() == websocket::duty::close_transport; }
  const websocket::server &socket() const noexcept { return socket_; }

private:
  void take(const websocket::event &event, service &common);
  void gather(const websocket::event &piece, service &common);
  bool send_message(output &out);
  void send_due(output &out);

  websocket::server socket_;
  std::unique_ptr<net::compression> compression_{}; // if that was agreed on
  websocket::assembler messages_{};
  std::vector<char> store_{};      // of a message that comes in pieces
  std::span<const char> unsent_{}; // of the message that is being sent
  bool ping_due_ = false;
  websocket::close_code close_due_ = websocket::close_code::none;
};

} // namespace ws_echo
