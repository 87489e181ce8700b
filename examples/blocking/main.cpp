// A server on blocking sockets in one file: it says what it was asked for and how many octets came along.
#include <coax/http.hpp>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace http = coax::http;

namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool answer(int socket, http::server &connection, std::string_view text) {
  char out[512];
  http::response_head head(out, 200);
  head.field("Content-Type", "text/plain");
  const auto sent = connection.send(head, http::content::of(text.size()));
  if (!sent || !send_all(socket, {out, sent.size})) return false;
  return !connection.send_data(text.size()) || send_all(socket, text); // HEAD takes no data
}

void serve(int socket) {
  http::server connection;
  http::field_ref table[64];
  const http::limits limits{.body = 1 << 20};
  const http::context context{table, limits};
  coax::inbox<16384> in;
  char out[512];
  std::string asked;

  for (;;) {
    const http::event event = connection.next(context, in.text());
    switch (event.kind) {
    case http::event_kind::request:
      asked = http::view_request(event.head, in.text().data(), table).target;
      if (!send_all(socket, {out, connection.send_continue(out).size})) return;
      break;
    case http::event_kind::end:
      asked += ": " + std::to_string(connection.body_received()) + " octets came with it\n";
      if (!answer(socket, connection, asked)) return;
      break;
    case http::event_kind::need_more:
      in.consume(event.consumed);
      if (in.full()) {
        (void)connection.fail(http::errc::head_too_large);
      } else {
        const auto space = in.space();
        const ssize_t n = recv(socket, space.data(), space.size(), 0);
        if (n > 0) in.commit(static_cast<std::size_t>(n));
        if (n <= 0) (void)connection.end_of_input(context, n == 0);
      }
      continue;
    case http::event_kind::failed:
      send_all(socket, {out, connection.answer_failure(out).size});
      [[fallthrough]];
    case http::event_kind::closed:
      if (connection.next_duty() == http::duty::shutdown_then_discard && shutdown(socket, SHUT_WR) == 0)
        while (recv(socket, out, sizeof out, 0) > 0)
          continue; // until the peer closes, or the socket's timeout
      return;
    default: break;
    }
    in.consume(event.consumed);
  }
}

} // namespace

int main(int argc, char **argv) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  socklen_t size = sizeof address;
  const auto any = reinterpret_cast<sockaddr *>(&address);
  if (bind(listener, any, size) != 0 || listen(listener, 16) != 0 || getsockname(listener, any, &size) != 0)
    return std::perror("http_blocking"), 1;
  std::printf("listening on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (int peer; (peer = accept(listener, nullptr, nullptr)) >= 0; close(peer)) {
    const timeval patience{10,
                           0}; // one client at a time: a slow one must not keep the others waiting for long
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    serve(peer);
  }
}
