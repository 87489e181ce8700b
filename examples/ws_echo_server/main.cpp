// ws_echo_server: sends WebSocket messages back, on plain sockets or TLS and one thread.
#include "arguments.hpp"
#include "common/listener.hpp"
#include "common/process.hpp"
#include "event_loop.hpp"
#include "service.hpp"
#include "transport.hpp"

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

namespace {

int fail(const std::string &why) {
  std::cerr << "ws_echo_server: " << why << '\n';
  return ws_echo::exit_failure;
}

} // namespace

int main(int argc, char **argv) {
  ws_echo::settings how;
  int exit_status = 0;
  if (!ws_echo::read_arguments(argc, argv, how, exit_status)) return exit_status;
  how.max_connections = net::raise_descriptor_limit(how.max_connections);
  const int stop = net::catch_signals();
  if (stop < 0) return fail(std::strerror(errno));

  const bool secure = !how.certificate.empty();
  std::string error;
  const auto transports =
      secure ? ws_echo::tls_transports(how.certificate, how.key, error) : ws_echo::plain_transports();
  if (transports == nullptr) return fail(error);
  net::listener door(how.bind, how.port);
  if (!door.error().empty()) return fail(door.error());
  std::cout << "listening on " << door.url(secure ? "wss" : "ws") << std::endl;

  ws_echo::service common(how, *transports);
  ws_echo::event_loop(door, stop, common).run();
  return 0;
}
