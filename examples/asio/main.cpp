// The server's loop as coroutines on standalone Asio: bodies are echoed while they arrive, with their
// trailers.
#include <coax/http.hpp>

#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>

namespace http = coax::http;
using asio::awaitable, asio::use_awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;

namespace {

/// One thread runs all sessions, and none of them needs the table across a suspension: it is shared.
std::array<http::field_ref, 100> table;
const http::limits limits{.head = 16384};
const http::context context{table, limits};

/// Errors are answers here, not exceptions.
auto into(asio::error_code &error) { return asio::redirect_error(use_awaitable, error); }

class session {
public:
  explicit session(tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  awaitable<void> run() {
    for (;;) {
      const http::event event = co_await next();
      switch (event.kind) {
      case http::event_kind::request: co_await begin(event); break;
      case http::event_kind::data: co_await echo(event.data); break;
      case http::event_kind::end: co_await end(event); break;
      case http::event_kind::failed: co_await write(connection_.answer_failure(out_)); [[fallthrough]];
      default: co_return co_await linger();
      }
      in_.consume(event.consumed);
    }
  }

private:
  /// The next event that is not need_more: reads as long as that takes.
  awaitable<http::event> next() {
    for (;;) {
      const http::event event = connection_.next(context, in_.text());
      if (event.kind != http::event_kind::need_more) co_return event;
      in_.consume(event.consumed);
      if (in_.full()) co_return connection_.fail(http::errc::head_too_large);
      co_await read();
    }
  }

  awaitable<void> read() {
    const std::span<char> space = in_.space();
    timer_.expires_after(connection_.waits_for() == http::waiting::idle ? std::chrono::seconds(60)
                                                                        : std::chrono::seconds(10));
    asio::error_code error, ignored;
    const auto first =
        co_await (socket_.async_read_some(asio::buffer(space.data(), space.size()), into(error)) ||
                  timer_.async_wait(into(ignored)));
    if (first.index() == 1)
      (void)connection_.fail(http::errc::timed_out);
    else if (error)
      (void)connection_.end_of_input(context, error == asio::error::eof);
    else
      in_.commit(std::get<0>(first));
  }

  awaitable<void> begin(const http::event &event) {
    const http::request request = http::view_request(event.head, in_.text().data(), table);
    const bool known = request.method == http::method::get || request.method == http::method::head ||
                       request.method == http::method::post || request.method == http::method::put;
    if (known) co_await write(connection_.send_continue(out_));
    http::response_head head(out_, known ? 200 : 405);
    if (!known) head.field("Allow", "GET, HEAD, POST, PUT");
    if (const std::string_view type = request.fields["Content-Type"]; known && !type.empty())
      head.field("Content-Type", type);
    co_await write(connection_.send(head, known ? http::content::streamed() : http::content::none()));
  }

  awaitable<void> echo(std::string_view data) {
    const http::data_frame frame = connection_.send_data(data.size());
    if (!frame) co_return; // a method that takes no echo
    const std::array<asio::const_buffer, 3> parts{asio::buffer(frame.prefix()), asio::buffer(data),
                                                  asio::buffer(frame.suffix)};
    co_await asio::async_write(socket_, parts, use_awaitable);
  }

  awaitable<void> end(const http::event &event) {
    http::trailer_writer trailers(out_);
    if (connection_.trailers_wanted())
      for (const http::field f : http::view_fields(event.trailers, in_.text().data(), table))
        trailers.field(f.name, f.value);
    co_await write(connection_.send_end(trailers));
  }

  awaitable<void> write(coax::written<http::errc> sent) {
    if (sent.size != 0) co_await asio::async_write(socket_, asio::buffer(out_, sent.size), use_awaitable);
  }

  /// RFC 9112 §9.6
  awaitable<void> linger() {
    asio::error_code ignored;
    if (connection_.next_duty() != http::duty::shutdown_then_discard) co_return;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    timer_.expires_after(std::chrono::seconds(2));
    co_await (discard() || timer_.async_wait(into(ignored)));
  }
  awaitable<void> discard() {
    for (asio::error_code error; !error;) co_await socket_.async_read_some(asio::buffer(out_), into(error));
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  http::server connection_;
  coax::inbox<32768> in_;
  std::array<char, 4096> out_{};
};

awaitable<void> listen(tcp::acceptor acceptor) {
  for (;;) {
    auto one = std::make_unique<session>(co_await acceptor.async_accept(use_awaitable));
    asio::co_spawn(
        acceptor.get_executor(), [one = std::move(one)]() { return one->run(); },
        [](std::exception_ptr) {}); // a broken connection ends its session, and nothing else
  }
}

} // namespace

int main(int argc, char **argv) try {
  asio::io_context io;
  const auto port = static_cast<asio::ip::port_type>(argc > 1 ? std::atoi(argv[1]) : 0);
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
  std::printf("listening on http://127.0.0.1:%d/\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, auto) { io.stop(); });
  asio::co_spawn(io, listen(std::move(acceptor)), asio::detached);
  io.run();
} catch (const std::exception &e) {
  std::fprintf(stderr, "http_asio: %s\n", e.what());
  return 1;
}
