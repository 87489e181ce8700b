#include "event_loop.hpp"

#include <cerrno>
#include <iostream>
#include <unistd.h>
#include <vector>

namespace ws_echo {

namespace {

// How long to wait for descriptors or memory before clients are let in again.
constexpr std::chrono::milliseconds respite{1000};

} // namespace

event_loop::event_loop(net::listener &door, int stop, service &common)
    : door_(door), stop_(stop), common_(common) {
  poller_.add(stop_, net::interest::read);
  listen(true);
}

void event_loop::run() {
  while (!stopping_ || (!connections_.empty() && now_ < give_up_)) {
    const auto ready = poller_.wait(timers_.time_left(now_, respite));
    now_ = clock::now();
    for (const int fd : ready) {
      if (fd == stop_)
        stop();
      else if (fd == door_.fd())
        accept_all();
      else if (const auto found = connections_.find(fd); found != connections_.end()) {
        found->second.client.on_ready(now_);
        settle(fd, found->second);
      }
    }
    for (int fd = timers_.expired(now_); fd >= 0; fd = timers_.expired(now_)) {
      connection &c = connections_.at(fd);
      c.client.on_timeout(now_);
      settle(fd, c);
    }
    if (!stopping_ && now_ >= listen_again_ && connections_.size() < common_.how.max_connections)
      listen(true);
  }
}

/// Lets in who waits. Those for whom there is no room go on waiting.
void event_loop::accept_all() {
  while (listening_ && connections_.size() < common_.how.max_connections) {
    net::file_descriptor socket = door_.accept();
    if (!socket) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      listen_again_ = now_ + respite;
      break;
    }
    const int fd = socket.get();
    auto bytes = common_.transports.make(std::move(socket));
    if (bytes == nullptr || !poller_.add(fd, net::interest::read)) continue;
    peer client(std::move(bytes), common_, now_);
    const auto timer = timers_.add(fd, client.deadline());
    connections_.emplace(fd,
                         connection{std::move(client), timer, common_.how.verbose ? net::peer_name(fd) : ""});
  }
  listen(false);
}

void event_loop::listen(bool on) {
  if (on == listening_) return;
  listening_ = on;
  if (on)
    poller_.add(door_.fd(), net::interest::read);
  else
    poller_.remove(door_.fd());
}

/// Draws the conclusions from what a connection did.
void event_loop::settle(int fd, connection &c) {
  if (c.client.is_over()) {
    if (common_.how.verbose) std::cerr << c.name << ": " << c.client.report() << '\n';
    timers_.remove(c.timer);
    poller_.remove(fd);
    connections_.erase(fd);
    return;
  }
  if (c.polled_for != c.client.wants()) poller_.change(fd, c.polled_for = c.client.wants());
  c.timer = timers_.move(c.timer, c.client.deadline());
}

void event_loop::stop() {
  char signal = 0;
  if (::read(stop_, &signal, 1) != 1) return;
  give_up_ = stopping_ ? now_ : now_ + common_.how.shutdown_timeout;
  if (stopping_) return;
  stopping_ = true;
  listen(false);
  door_.close();
  std::vector<int> all;
  for (const auto &[fd, c] : connections_) all.push_back(fd);
  for (const int fd : all) {
    connection &c = connections_.at(fd);
    c.client.finish(now_);
    settle(fd, c);
  }
}

} // namespace ws_echo
