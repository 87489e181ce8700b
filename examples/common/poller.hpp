// Tells which descriptors are ready: epoll on Linux, poll elsewhere.
#pragma once

#include "file_descriptor.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#if defined(__linux__) && !defined(EXAMPLES_USE_POLL)
#define EXAMPLES_USE_EPOLL
#include <sys/epoll.h>
#else
#include <poll.h>
#endif

namespace net {

enum class interest : unsigned char { read, write };

/// Waits for any of many descriptors, each for one thing at a time. A failure or a hang-up counts as what was
/// waited for: reading or writing then tells.
class poller {
public:
  poller();

  bool add(int fd, interest what);
  void change(int fd, interest what);
  /// To be called before the descriptor is closed.
  void remove(int fd);

  /// The descriptors that are ready, or none after `longest`, or after a signal. Valid until the next call.
  std::span<const int> wait(std::chrono::milliseconds longest);

private:
  std::vector<int> ready_;
#ifdef EXAMPLES_USE_EPOLL
  file_descriptor epoll_;
  std::vector<epoll_event> events_;
#else
  std::vector<pollfd> polled_;
  std::vector<std::size_t> position_; // in polled_, by descriptor
#endif
};

} // namespace net
