#include "poller.hpp"

#include <algorithm>
#include <climits>

namespace net {

namespace {

int to_timeout(std::chrono::milliseconds longest) {
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(longest.count(), 0, INT_MAX));
}

} // namespace

#ifdef EXAMPLES_USE_EPOLL

namespace {

epoll_event to_event(int fd, interest what) {
  epoll_event out{};
  out.events = what == interest::read ? EPOLLIN : EPOLLOUT;
  out.data.fd = fd;
  return out;
}

} // namespace

poller::poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(256) {}

bool poller::add(int fd, interest what) {
  epoll_event event = to_event(fd, what);
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void poller::change(int fd, interest what) {
  epoll_event event = to_event(fd, what);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void poller::remove(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const int> poller::wait(std::chrono::milliseconds longest) {
  ready_.clear();
  const int n =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), to_timeout(longest));
  for (int i = 0; i < n; ++i) ready_.push_back(events_[static_cast<std::size_t>(i)].data.fd);
  return ready_;
}

#else

namespace {

short to_events(interest what) { return what == interest::read ? POLLIN : POLLOUT; }

} // namespace

poller::poller() = default;

bool poller::add(int fd, interest what) {
  const auto index = static_cast<std::size_t>(fd);
  if (position_.size() <= index) position_.resize(index + 1);
  position_[index] = polled_.size();
  polled_.push_back({fd, to_events(what), 0});
  return true;
}

void poller::change(int fd, interest what) {
  polled_[position_[static_cast<std::size_t>(fd)]].events = to_events(what);
}

void poller::remove(int fd) {
  const std::size_t gap = position_[static_cast<std::size_t>(fd)];
  polled_[gap] = polled_.back();
  position_[static_cast<std::size_t>(polled_[gap].fd)] = gap;
  polled_.pop_back();
}

std::span<const int> poller::wait(std::chrono::milliseconds longest) {
  ready_.clear();
  if (::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), to_timeout(longest)) > 0)
    for (const pollfd &entry : polled_)
      if (entry.revents != 0) ready_.push_back(entry.fd);
  return ready_;
}

#endif

} // namespace net
