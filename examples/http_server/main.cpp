// http_server: serves a directory over HTTP/1.1, on plain sockets and one thread.
#include "arguments.hpp"
#include "event_loop.hpp"
#include "listener.hpp"
#include "service.hpp"
#include "site.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace {

int stop_pipe[2];

void request_stop(int) {
  const int error = errno;
  (void)!::write(stop_pipe[1], "", 1);
  errno = error;
}

/// Makes SIGTERM and SIGINT readable, as one byte each.
bool catch_signals() {
  if (::pipe(stop_pipe) != 0) return false;
  for (const int end : stop_pipe) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  struct sigaction action {};
  action.sa_handler = request_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return true;
}

/// As many descriptors as the system grants; some of them are for files.
void limit_connections(std::size_t &connections) {
  constexpr rlim_t others = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur =
      std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, 2 * connections + others));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t most = limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2;
  connections = std::min<rlim_t>(connections, most);
}

int fail(const std::string &why) {
  std::cerr << "http_server: " << why << '\n';
  return http_server::exit_failure;
}

} // namespace

int main(int argc, char **argv) {
  http_server::settings how;
  int exit_status = 0;
  if (!http_server::read_arguments(argc, argv, how, exit_status)) return exit_status;
  limit_connections(how.max_connections);
  if (!catch_signals()) return fail(std::strerror(errno));

  const http_server::site pages(how);
  if (pages.error() != 0) return fail("cannot serve " + how.root + ": " + std::strerror(pages.error()));
  http_server::listener door(how.bind, how.port);
  if (!door.error().empty()) return fail(door.error());
  std::cout << "listening on " << door.url() << std::endl;

  http_server::service common(how, pages);
  http_server::event_loop(door, stop_pipe[0], common).run();
  return 0;
}
