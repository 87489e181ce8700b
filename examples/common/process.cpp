#include "process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace net {

namespace {

int stop_pipe[2];

void request_stop(int) {
  const int error = errno;
  (void)!::write(stop_pipe[1], "", 1);
  errno = error;
}

} // namespace

int catch_signals() {
  if (::pipe(stop_pipe) != 0) return -1;
  for (const int end : stop_pipe) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  struct sigaction action {};
  action.sa_handler = request_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return stop_pipe[0];
}

std::size_t raise_descriptor_limit(std::size_t connections) {
  constexpr rlim_t others = 256; // files, for example
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
  limit.rlim_cur =
      std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, 2 * connections + others));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t most = limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2;
  return std::min<rlim_t>(connections, most);
}

} // namespace net
