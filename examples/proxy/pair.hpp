// One client of the proxy and its connection to the origin server: bytes in, bytes out, no sockets.
#pragma once

#include "outbox.hpp"

#include <coax/http.hpp>
#include <coax/http/forward.hpp>

#include <cstdint>

/// Both directions stream: a piece of a body is passed on as it arrives, never more than the other side's
/// outbox takes, in chunks of the next hop's own. A side whose bytes find no room is simply not pulled.
class pair {
public:
  /// What one side of the proxy has received and is to send.
  struct side {
    coax::inbox<32768> in;
    outbox out;
    bool ended = false; // the peer sends no more
  };

  side down; ///< towards the client
  side up;   ///< towards the origin server

  /// Passes on all that can be passed on. Call it when bytes have arrived or were sent.
  void move_on();

  /// The client sends no more; `clean` if it said so.
  void down_ended(bool clean);
  /// The origin server sends no more.
  void up_ended(bool clean);
  /// No answer can be had from the origin server: tells the client with this status, if it can be told.
  void up_failed(std::uint16_t status);

  enum class server_use : std::uint8_t {
    none,    ///< no connection is needed; close the one that is there
    connect, ///< a fresh connection is needed: call connected() once it is being made
    in_use,
  };
  server_use server() const { return server_; }
  void connected() { server_ = server_use::in_use; }

  /// Whether the pair has come to its end: send what is pending to the client, then close as duty() says.
  bool over() const { return over_; }
  coax::http::duty duty() const { return broken_ ? coax::http::duty::close : from_client_.next_duty(); }
  /// Whether the client waits for the origin server.
  bool waits_for_server() const { return from_client_.next_duty() == coax::http::duty::send; }

private:
  bool down_to_up(); // whether anything moved
  bool up_to_down();
  bool relay(side &from, side &to);
  void begin_request(const coax::http::event &event);
  void begin_response(const coax::http::event &event);
  void answer(std::uint16_t status);
  void end_of_client();
  void break_off();

  coax::http::server from_client_{coax::http::server::options{.proxy = true}};
  coax::http::client to_server_;
  coax::http::hop_by_hop request_hop_{}, response_hop_{}; // which fields are not passed on
  server_use server_ = server_use::none;
  bool relaying_ = false;   // both sides have switched to another protocol
  bool down_clean_ = false; // the client ended in order
  bool over_ = false;
  bool broken_ = false; // the client got half a response: only an abrupt end tells it so
};
