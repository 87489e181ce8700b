// One connection: bytes from the transport into the handshake and then the echo, and their answers back.
#pragma once

#include "common/poller.hpp"
#include "echo.hpp"
#include "handshake.hpp"
#include "service.hpp"
#include "timers.hpp"
#include "transport.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace ws_echo {

class peer {
public:
  peer(std::unique_ptr<transport> bytes, service &common, clock::time_point now)
      : transport_(std::move(bytes)), common_(&common), counts_since_(now), since_(now) {}

  /// The socket is ready for what wants() said: goes on as far as that leads.
  void on_ready(clock::time_point now);
  /// It is deadline().
  void on_timeout(clock::time_point now);
  /// The server is going to stop: says so, and closes.
  void finish(clock::time_point now);

  /// Whether the socket can be closed. Nothing else is to be called then.
  bool is_over() const noexcept { return over_; }
  net::interest wants() const noexcept { return wants_; }
  clock::time_point deadline() const noexcept;
  int fd() const noexcept { return transport_->fd(); }
  /// How it ended, for the log.
  std::string report() const;

private:
  /// What it waits for. The time for it is counted from when it became this; with `traffic` and `pong` from
  /// when something arrived.
  enum class patience : std::uint8_t { handshake, traffic, pong, output, close_reply, linger };

  patience waits_for() const noexcept;
  void take_turns();
  bool is_said() const noexcept;
  bool receive(std::span<char> &input);
  void converse(std::span<char> input);
  std::string_view send(std::string_view bytes);
  void linger();
  bool moved(const io_result &what);

  std::unique_ptr<transport> transport_;
  service *common_;
  std::variant<handshake, echo> stage_{};
  std::string held_{};                       // received, and waits for more, or for the output to drain
  std::string unsent_{};                     // on its way out; nothing is read while there is any
  std::uint64_t sent_ = 0, sent_before_ = 0; // octets, in all and when the time began
  clock::time_point counts_since_;           // pings, of which there may be so many in a while
  clock::time_point since_;                  // when what it waits for began
  patience waits_for_ = patience::handshake;
  net::interest wants_ = net::interest::read;
  bool waits_for_input_ = true; // else for the output to drain, or for its turn
  bool input_ended_ = false;
  bool heard_ = false;     // something arrived in this turn
  bool pinged_ = false;    // nothing has arrived since the ping
  bool lingering_ = false; // nothing more is sent: what still arrives is dropped
  bool over_ = false;
};

} // namespace ws_echo
