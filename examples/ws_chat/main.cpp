// ws_chat: a chat for browsers. It serves one page over HTTP, and what one of them says goes to all others
// over WebSocket, framed once for all of them.
//
//   main   who is there, and whose turn it is
//   peer   one connection: HTTP first, then WebSocket, out of one buffer
//   page   what the browser is sent
//
// Try it: ws_chat 8080, and open http://127.0.0.1:8080/ in two windows.
#include "common/listener.hpp"
#include "common/poller.hpp"
#include "common/process.hpp"
#include "peer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

class chat {
public:
  chat(const net::listener &door, int stop) : door_(door), stop_(stop) {
    poller_.add(door_.fd(), net::interest::read);
    poller_.add(stop_, net::interest::read);
  }

  /// Until there is a signal, and everybody was told or five seconds have passed.
  void run() {
    auto next_tick = clock_type::now() + 1s;
    while (!stopping_ || (!peers_.empty() && seconds_left_ > 0)) {
      for (const int fd : poller_.wait(1s)) {
        if (fd == stop_)
          stop();
        else if (fd == door_.fd())
          let_in();
        else
          listen_to(peers_.at(fd).who);
      }
      if (clock_type::now() >= next_tick) {
        next_tick += 1s;
        if (stopping_) --seconds_left_;
        for (auto &[fd, one] : peers_) one.who.tick();
      }
      send_all();
    }
  }

private:
  struct member {
    ws_chat::peer who;
    net::interest polled_for = net::interest::read;
  };

  void let_in() {
    while (net::file_descriptor socket = door_.accept()) {
      if (peers_.size() == most_) continue; // no room: closed at once
      const int fd = socket.get();
      poller_.add(fd, net::interest::read);
      peers_.emplace(fd, member{ws_chat::peer(std::move(socket))});
    }
  }

  void listen_to(ws_chat::peer &one) {
    if (one.wants() == net::interest::read) one.receive();
    while (const auto text = one.next()) broadcast(*text, one);
  }

  /// One frame and one copy of the text, however many it goes to.
  void broadcast(std::string_view said, const ws_chat::peer &by) {
    const auto text = std::make_shared<const std::string>(said);
    const auto head = coax::websocket::prepare(coax::websocket::opcode::text, *text);
    for (auto &[fd, other] : peers_)
      if (&other.who != &by) other.who.say(head, text);
  }

  /// Sends what this turn brought about, and lets go who has left.
  void send_all() {
    for (auto each = peers_.begin(); each != peers_.end();) {
      auto &[fd, one] = *each;
      one.who.flush();
      if (one.who.is_over()) {
        poller_.remove(fd);
        each = peers_.erase(each);
        continue;
      }
      if (one.polled_for != one.who.wants()) poller_.change(fd, one.polled_for = one.who.wants());
      ++each;
    }
  }

  void stop() {
    stopping_ = true;
    poller_.remove(stop_);
    poller_.remove(door_.fd());
    for (auto &[fd, one] : peers_) one.who.leave();
  }

  const net::listener &door_;
  int stop_;
  const std::size_t most_ = net::raise_descriptor_limit(1000);
  net::poller poller_{};
  std::unordered_map<int, member> peers_{};
  bool stopping_ = false;
  int seconds_left_ = 5;
};

} // namespace

int main(int argc, char **argv) {
  const net::listener door("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  if (!door.error().empty()) {
    std::cerr << "ws_chat: " << door.error() << '\n';
    return 1;
  }
  std::cout << "listening on " << door.url("http") << std::endl;
  chat(door, net::catch_signals()).run();
}
