// http_client: fetches a URL.
//
//   fetch        redirects, connections, and where the response goes
//   exchange     one request and its response: drives http::client, reads, writes, waits
//   connection   the stream, the http::client and the coax::inbox that belong together
//   transport    bytes over TCP; tls: the same over TLS; dial: opening connections; tunnel: through a proxy
//
// What is sent: arguments, url, request, upload, redirect. What is told: output, progress, trace, problem.
// Begin with exchange.hpp to see how the library is used.
#include "arguments.hpp"
#include "fetch.hpp"

#include <csignal>
#include <iostream>

int main(int argc, char **argv) {
  using namespace http_client;
  std::signal(SIGPIPE, SIG_IGN); // a write then fails, and the program ends in order
  arguments wanted;
  exit_status status = exit_status::ok;
  if (!read_arguments(argc, argv, wanted, status)) return static_cast<int>(status);

  const problem trouble = fetcher(wanted).run();
  if (trouble) std::cerr << "http_client: " << trouble.what << '\n' << trouble.excerpt;
  if (!trouble.advice.empty()) std::cerr << "Hint: " << trouble.advice << ".\n";
  return static_cast<int>(trouble.status);
}
