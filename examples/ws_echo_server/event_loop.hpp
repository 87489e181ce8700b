// Lets every connection have its turn.
#pragma once

#include "common/listener.hpp"
#include "common/poller.hpp"
#include "peer.hpp"
#include "service.hpp"
#include "timers.hpp"

#include <string>
#include <unordered_map>

namespace ws_echo {

class event_loop {
public:
  /// `stop` is readable once the server is to stop, and once more to stop at once.
  event_loop(net::listener &door, int stop, service &common);

  /// Serves until it is told to stop and the last connection has ended.
  void run();

private:
  struct connection {
    peer client;
    timers::timer timer;
    std::string name; // for the log
    net::interest polled_for = net::interest::read;
  };

  void accept_all();
  void listen(bool on);
  void settle(int fd, connection &c);
  void stop();

  net::listener &door_;
  int stop_;
  service &common_;
  net::poller poller_{};
  timers timers_{};
  std::unordered_map<int, connection> connections_{};
  clock::time_point now_ = clock::now();
  clock::time_point give_up_ = clock::time_point::max(); // when the last connections are cut
  clock::time_point listen_again_ = now_;                // not before, as the system has run out of something
  bool listening_ = false;
  bool stopping_ = false;
};

} // namespace ws_echo
