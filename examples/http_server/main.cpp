// http_server: serves a directory over HTTP/1.1, on plain sockets and one thread.
#include "arguments.hpp"
#include "common/listener.hpp"
#include "common/process.hpp"
#include "event_loop.hpp"
#include "service.hpp"
#include "site.hpp"

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>

namespace {

int fail(const std::string &why) {
  std::cerr << "http_server: " << why << '\n';
  return http_server::exit_failure;
}

} // namespace

int main(int argc, char **argv) {
  http_server::settings how;
  int exit_status = 0;
  if (!http_server::read_arguments(argc, argv, how, exit_status)) return exit_status;
  how.max_connections = net::raise_descriptor_limit(how.max_connections);
  const int stop = net::catch_signals();
  if (stop < 0) return fail(std::strerror(errno));

  const http_server::site pages(how);
  if (pages.error() != 0) return fail("cannot serve " + how.root + ": " + std::strerror(pages.error()));
  net::listener door(how.bind, how.port);
  if (!door.error().empty()) return fail(door.error());
  std::cout << "listening on " << door.url("http") << std::endl;

  http_server::service common(how, pages);
  http_server::event_loop(door, stop, common).run();
  return 0;
}
