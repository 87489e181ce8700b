// ws_client: a WebSocket client for the terminal and for conformance suites.
//
//   talk         standard input out, messages in;  echo_suite: all cases of a suite
//   channel      an open WebSocket: drives websocket::client, reads, writes, waits
//   connect      the way there: TCP, proxy, TLS, and the opening handshake
//
// What is below, streams and tunnels, is http_client's. What is told: standard_streams, failure. Begin with
// connect.cpp and channel.cpp to see how the library is used.
#include "arguments.hpp"
#include "channel.hpp"
#include "connect.hpp"
#include "echo_suite.hpp"
#include "talk.hpp"

#include <csignal>
#include <iostream>

namespace ws_client {

namespace {

failure run(const arguments &wanted) {
  const http_client::trace log(wanted.verbose);
  if (wanted.echo_suite) return run_echo_suite(wanted, log);
  opened connection;
  if (failure f = open(wanted.to, wanted, log, connection)) return f;
  channel with(std::move(connection), wanted.to.where.authority, wanted.patience, log);
  return talk(with, wanted);
}

} // namespace

} // namespace ws_client

int main(int argc, char **argv) {
  using namespace ws_client;
  std::signal(SIGPIPE, SIG_IGN); // a write then fails, and the program ends in order
  arguments wanted;
  exit_status status = exit_status::ok;
  if (!read_arguments(argc, argv, wanted, status)) return static_cast<int>(status);

  const failure trouble = run(wanted);
  if (trouble) std::cerr << "ws_client: " << trouble.what << '\n' << trouble.excerpt;
  if (!trouble.advice.empty()) std::cerr << "Hint: " << trouble.advice << ".\n";
  return static_cast<int>(trouble.status);
}
