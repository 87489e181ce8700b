// A server on io_uring whose receive buffers belong to the ring: each is given back as soon as it was read,
// and what straddles two of them is carried over by coax::carry. It says what it was asked for; a WebSocket
// gets its messages back, frame by frame.
#include <coax/http.hpp>
#include <coax/openssl/sha1.hpp>
#include <coax/websocket.hpp>

#include <liburing.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace http = coax::http;
namespace websocket = coax::websocket;

namespace {

// One thread runs all connections.
std::array<http::field_ref, 100> table;
const http::limits http_limits{.head = 8000, .body = 1 << 30};
const http::context context{table, http_limits};
constexpr websocket::limits limits{.frame = 1 << 30, .message = 1 << 30}; // nothing is kept
coax::openssl::sha1 sha1;
volatile std::sig_atomic_t stopping = 0;

struct http_side {
  http::server codec{};
  coax::carry<8192> carry{}; // the largest head
  std::string asked{};
};
struct websocket_side {
  websocket::server codec{};
  coax::carry<139> carry{}; // a frame header, or what a control frame holds
};

struct connection {
  explicit connection(int socket) : fd(socket) {}
  ~connection() { close(fd); }
  connection(const connection &) = delete;

  int fd;
  std::variant<http_side, websocket_side> side{};
  std::array<char, 4096> out;
  std::size_t out_size = 0, sent = 0;
  std::span<char> piece; // what is left of the buffer that the ring lent us
  int buffer = -1;       // and which one that is
  bool needs_more = true;
  bool finished = false; // nothing more is read; close once all was sent
};

class server {
public:
  explicit server(int listener) : listener_(listener) {
    if (io_uring_queue_init(256, &ring_, 0) != 0) fail("io_uring is not available here");
    for (unsigned id = 0; id < buffers; ++id) lend(id);
    accept_next();
  }
  ~server() { io_uring_queue_exit(&ring_); }
  server(const server &) = delete;

  void run() {
    while (stopping == 0) {
      if (io_uring_submit_and_wait(&ring_, 1) < 0) continue;
      io_uring_cqe *done = nullptr;
      while (io_uring_peek_cqe(&ring_, &done) == 0) {
        const io_uring_cqe event = *done;
        io_uring_cqe_seen(&ring_, done);
        complete(event);
      }
    }
  }

private:
  static constexpr unsigned buffers = 64, buffer_size = 2048, group = 1;
  enum : std::uintptr_t { receiving = 0, sending = 1, what = 1 };

  void complete(const io_uring_cqe &event) {
    if (event.user_data == 0) return; // a buffer was lent
    if (event.user_data == accepting) {
      if (event.res >= 0) receive(new connection(event.res));
      return accept_next();
    }
    auto *one = reinterpret_cast<connection *>(event.user_data & ~std::uintptr_t{what});
    if ((event.user_data & what) == sending)
      take_sent(*one, event.res);
    else
      take_received(*one, event);
    go_on(one);
  }

  void take_received(connection &one, const io_uring_cqe &event) {
    if (event.res == -ENOBUFS) return; // all lent out: tried again
    if (event.res <= 0) {
      one.finished = true;
      return;
    }
    one.buffer = static_cast<int>(event.flags >> IORING_CQE_BUFFER_SHIFT);
    one.piece =
        std::span(memory_[static_cast<std::size_t>(one.buffer)]).first(static_cast<std::size_t>(event.res));
    one.needs_more = false;
  }

  static void take_sent(connection &one, int result) {
    if (result <= 0) {
      one.finished = true;
      one.sent = one.out_size = 0;
    } else if ((one.sent += static_cast<std::size_t>(result)) == one.out_size) {
      one.sent = one.out_size = 0;
    }
  }

  /// Reads what the buffer holds, gives it back, and starts the next operation.
  void go_on(connection *one) {
    if (one->sent == 0) read(*one);
    if (one->buffer >= 0 && (one->needs_more || one->finished))
      lend(static_cast<unsigned>(std::exchange(one->buffer, -1)));
    if (one->out_size != 0) return send(one);
    if (!one->finished) return receive(one);
    shutdown(one->fd, SHUT_WR);
    delete one;
  }

  /// Goes on until more is needed, or the answers so far fill the output.
  static void read(connection &one) {
    while (!one.finished && !one.needs_more && room(one).size() >= buffer_size + 256) {
      if (auto *const side = std::get_if<websocket_side>(&one.side))
        one.needs_more = read(one, *side);
      else
        one.needs_more = read(one, std::get<http_side>(one.side));
    }
  }

  /// One step of HTTP, in the way that coax::carry asks for. True if the piece is used up.
  static bool read(connection &one, http_side &side) {
    const std::span<char> in = side.carry.join(one.piece);
    const http::event event = side.codec.next(context, in);
    switch (event.kind) {
    case http::event_kind::request: {
      const http::request request = http::view_request(event.head, in.data(), table);
      const websocket::offer offer = websocket::read_offer(request);
      side.asked = request.target.substr(0, 200);
      if (offer.verdict == websocket::verdict::acceptable)
        one.out_size += websocket::accept(side.codec, offer, {}, sha1, room(one)).size;
      else if (offer.verdict == websocket::verdict::refused)
        one.out_size += websocket::refuse(side.codec, offer, offer.suggested_status, room(one)).size;
      else
        one.out_size += side.codec.send_continue(room(one)).size;
      break;
    }
    case http::event_kind::end:
      if (side.codec.next_duty() == http::duty::send) answer(one, side);
      break;
    case http::event_kind::failed: one.out_size += side.codec.answer_failure(room(one)).size; [[fallthrough]];
    case http::event_kind::closed: one.finished = true; break;
    case http::event_kind::switched: {
      const websocket::session agreed = websocket::take_over(side.codec, event, in, {});
      // Whatever was carried has been read by now: what is left lies in the piece.
      one.piece = one.piece.subspan(side.carry.settle(one.piece, event.consumed, false));
      one.side = websocket_side{websocket::server(agreed.options)};
      return false;
    }
    default: break;
    }
    const bool more = event.kind == http::event_kind::need_more;
    one.piece = one.piece.subspan(side.carry.settle(one.piece, event.consumed, more));
    if (more && side.carry.full()) (void)side.codec.fail(http::errc::head_too_large);
    return more && one.piece.empty();
  }

  /// One step of WebSocket. Each piece of a message goes back as a frame of its own, so that none is kept.
  static bool read(connection &one, websocket_side &side) {
    const std::span<char> in = side.carry.join(one.piece);
    const websocket::event event = side.codec.next(limits, in);
    if (event.kind == websocket::event_kind::text || event.kind == websocket::event_kind::binary) {
      const auto op =
          event.kind == websocket::event_kind::text ? websocket::opcode::text : websocket::opcode::binary;
      const websocket::frame_kind kind{event.first ? op : websocket::opcode::continuation, event.last};
      one.out_size += side.codec.out().frame(kind, event.text(), room(one)).size;
    }
    one.out_size += side.codec.send_owed(room(one)).size;
    one.finished = side.codec.next_duty() == websocket::duty::close_transport;
    const bool more = event.kind == websocket::event_kind::need_more;
    one.piece = one.piece.subspan(side.carry.settle(one.piece, event.consumed, more));
    return more && one.piece.empty();
  }

  static std::span<char> room(connection &one) { return std::span(one.out).subspan(one.out_size); }

  static void answer(connection &one, http_side &side) {
    side.asked += ": " + std::to_string(side.codec.body_received()) + " octets came with it\n";
    http::response_head head(room(one), 200);
    head.field("Content-Type", "text/plain");
    one.out_size += side.codec.send(head, http::content::of(side.asked.size())).size;
    one.out_size += side.codec.send_data(side.asked, room(one)).size;
  }

  // --- operations ----------------------------------------------------------------------------------------

  io_uring_sqe *operation(std::uintptr_t data) {
    io_uring_sqe *sqe = io_uring_get_sqe(&ring_);
    while (sqe == nullptr) { // the queue is full: hand it over
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
    }
    std::memset(sqe, 0, sizeof *sqe);
    sqe->user_data = data;
    return sqe;
  }
  void accept_next() {
    io_uring_sqe *sqe = operation(0);
    io_uring_prep_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    sqe->user_data = accepting;
  }
  void receive(connection *one) {
    io_uring_sqe *sqe = operation(0);
    io_uring_prep_recv(sqe, one->fd, nullptr, buffer_size, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = group;
    sqe->user_data = reinterpret_cast<std::uintptr_t>(one) | receiving;
  }
  void send(connection *one) {
    io_uring_sqe *sqe = operation(0);
    io_uring_prep_send(sqe, one->fd, one->out.data() + one->sent, one->out_size - one->sent, MSG_NOSIGNAL);
    sqe->user_data = reinterpret_cast<std::uintptr_t>(one) | sending;
  }
  void lend(unsigned id) {
    io_uring_sqe *sqe = operation(0);
    io_uring_prep_provide_buffers(sqe, memory_[id].data(), buffer_size, 1, group, static_cast<int>(id));
    sqe->user_data = 0;
  }

  [[noreturn]] static void fail(const char *why) {
    std::fprintf(stderr, "http_uring: %s\n", why);
    std::exit(1);
  }

  static constexpr std::uintptr_t accepting = ~std::uintptr_t{0};
  int listener_;
  io_uring ring_{};
  std::array<std::array<char, buffer_size>, buffers> memory_{};
};

} // namespace

int main(int argc, char **argv) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  socklen_t size = sizeof address;
  const auto any = reinterpret_cast<sockaddr *>(&address);
  if (bind(listener, any, size) != 0 || listen(listener, 128) != 0 || getsockname(listener, any, &size) != 0)
    return std::perror("http_uring"), 1;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    action.sa_handler = [](int) { stopping = 1; };
    sigaction(signal, &action, nullptr); // without SA_RESTART: the wait is to end
  }
  std::printf("listening on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
  std::fflush(stdout);
  server(listener).run();
}
