// One connection to a feed: many small messages in each read, none of them copied.
#pragma once

#include <coax/core/inbox.hpp>
#include <coax/interop/system_entropy.hpp>
#include <coax/openssl/sha1.hpp>
#include <coax/websocket/assembler.hpp>
#include <coax/websocket/connection.hpp>
#include <coax/websocket/failure.hpp>
#include <http_client/tls.hpp>
#include <http_client/transport.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ws_feed {

namespace websocket = coax::websocket;
using clock = http_client::clock;

class feed {
public:
  /// Connects to a ws or wss URL. If that fails, problem() tells why.
  websocket::failure open(const coax::uri::parts &to, const http_client::tls_options &tls);
  void say(std::string_view text);
  /// Calls `take` with each message that comes before `until`. False once the connection is over.
  template <class Take> bool pump(clock::time_point until, Take take) {
    do take_all(take);
    while (receive(until));
    return !over_;
  }

  /// With what the server closed; close_code::abnormal if it did not.
  websocket::close_code code() const noexcept { return socket_.peer_code(); }
  /// What went wrong, in words; empty if nothing did.
  const std::string &problem() const noexcept { return problem_; }

private:
  static constexpr websocket::limits limits{.frame = 1 << 20, .message = 1 << 20};
  // Smaller frames are never cut: there is room for them in the inbox.
  static constexpr std::uint32_t whole_below = 64 * 1024;

  /// The messages that there are, and then what is owed: the latest pong, or a Close.
  template <class Take> void take_all(Take take) {
    std::array<websocket::item, 256> items;
    websocket::batch got;
    do {
      const std::span<char> input = in_.readable();
      got = socket_.next(limits, input, std::span<websocket::item>(items));
      for (const websocket::item &each : std::span(items).first(got.events)) {
        auto message = messages_.add(each, input, store_);
        if (message.st == coax::status::need_space) {
          store_.resize(limits.message);
          message = messages_.add(each, input, store_);
        }
        if (message.st == coax::status::ready)
          take(std::string_view(message.message.data(), message.message.size()));
      }
      in_.consume(got.consumed);
    } while (got.events == items.size());
    settle(got);
  }

  websocket::failure shake_hands(const coax::uri::parts &to);
  void settle(const websocket::batch &last);
  bool receive(clock::time_point until);
  void send(std::string_view octets);
  void fail(std::string_view why);

  std::unique_ptr<http_client::transport> stream_{};
  websocket::client socket_{};
  coax::inbox<256 * 1024> in_{};
  websocket::assembler messages_{};
  std::string store_{}; // of a message that comes in pieces
  coax::interop::system_entropy random_{};
  coax::openssl::sha1 sha1_{};
  clock::time_point heard_ = clock::now();
  bool asked_ = false; // the server is silent, and was pinged
  bool over_ = false;
  std::string problem_{};
};

} // namespace ws_feed
