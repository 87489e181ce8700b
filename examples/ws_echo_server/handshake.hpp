// The opening handshake of a connection.
#pragma once

#include "service.hpp"

#include <coax/http/server.hpp>
#include <coax/websocket/session.hpp>

#include <span>

namespace ws_echo {

class handshake {
public:
  /// Reads the request from `input`, of which it drops what is done with, and writes the answer. Once the
  /// offer is accepted, the session is ok, and `input` is what follows. Otherwise it waits for input,
  /// or is over.
  websocket::session converse(std::span<char> &input, bool input_ended, service &common);

  /// It takes too long.
  void on_timeout() { (void)http_.fail(http::errc::timed_out); }
  /// No request is accepted any more.
  void finish() {
    leaving_ = true;
    http_.close();
  }
  /// Nothing more is said.
  bool is_over() const noexcept;

private:
  void answer(const websocket::offer &asked, service &common);
  std::uint16_t refusal(const websocket::offer &asked, const service &common) const;

  http::server http_{};
  websocket::choice chosen_{}; // refers to the settings
  bool leaving_ = false;
};

} // namespace ws_echo
