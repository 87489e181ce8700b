// Firmware: a whole HTTP and WebSocket server in 2 KB of static memory, without heap, exceptions or an
// operating system. It takes images for its flash, as the body of a request or as binary messages. The serial
// line is standard input and output here, so that it can be tried: printf '...' | http_firmware
#include <coax/http.hpp>
#include <coax/websocket.hpp>

#include <coax/openssl/sha1.hpp> // in place of a board's hash unit

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unistd.h>
#include <variant>

namespace http = coax::http;
namespace websocket = coax::websocket;

namespace {

// --- what the board brings ---------------------------------------------------------------------------------

std::size_t uart_read(std::span<char> to) {
  const ssize_t n = read(STDIN_FILENO, to.data(), to.size());
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}
void uart_write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}
std::uint32_t flash_checksum = 0;
void flash_write(std::span<const char> bytes) { // where an image would be written
  for (const char c : bytes) flash_checksum = flash_checksum * 31 + static_cast<unsigned char>(c);
}
std::array<char, 20> sha1(std::span<const char> message) noexcept { return coax::openssl::sha1()(message); }

// --- the server --------------------------------------------------------------------------------------------

std::array<http::field_ref, 24> table;
coax::inbox<1024> in;
std::array<char, 512> out;
std::variant<http::server, websocket::server> connection; // one after the other, in the same memory
static_assert(sizeof table + sizeof in + sizeof out + sizeof connection <= 2048);

constexpr http::limits http_limits{.head = 1000, .chunk_extension = 64, .trailers = 512, .body = 65536};
const http::context context{table, http_limits};
constexpr websocket::limits limits{.frame = 65536, .message = 65536};

template <class E> void transmit(coax::written<E> sent) { uart_write({out.data(), sent.size}); }

/// Waits for the line. False if there is nothing more to come.
bool receive() {
  const std::size_t n = uart_read(in.space());
  in.commit(n);
  return n != 0;
}

std::array<char, 9> checksum() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 9> text{};
  for (std::size_t i = 0; i < 8; ++i) text[i] = digits[(flash_checksum >> (28 - 4 * i)) & 15];
  text[8] = '\n';
  return text;
}

void begin(http::server &server, const http::request &request) {
  flash_checksum = 0;
  const websocket::offer offer = websocket::read_offer(request);
  if (offer.verdict == websocket::verdict::acceptable)
    transmit(websocket::accept(server, offer, {}, sha1, out));
  else if (offer.verdict == websocket::verdict::refused)
    transmit(websocket::refuse(server, offer, offer.suggested_status, out));
  else
    transmit(server.send_continue(out));
}

void answer(http::server &server) {
  const std::array<char, 9> sum = checksum();
  http::response_head head(out, 200);
  head.field("Content-Type", "text/plain");
  transmit(server.send(head, http::content::of(sum.size()))); // nothing, where there was an answer before
  if (server.send_data(sum.size())) uart_write({sum.data(), sum.size()});
}

/// One step of HTTP. False once all is over.
bool serve(http::server &server) {
  const http::event event = server.next(context, in.text());
  bool open = true;
  switch (event.kind) {
  case http::event_kind::need_more:
    in.consume(event.consumed);
    if (in.space().size() < event.hint)
      (void)server.fail(http::errc::head_too_large);
    else if (!receive())
      (void)server.end_of_input(context, true);
    return true;
  case http::event_kind::request:
    begin(server, http::view_request(event.head, in.text().data(), table));
    break;
  case http::event_kind::data: flash_write(event.data); break;
  case http::event_kind::end: answer(server); break;
  case http::event_kind::switched: {
    const websocket::session agreed = websocket::take_over(server, event, in.readable(), {});
    connection.emplace<websocket::server>(agreed.options);
    break;
  }
  case http::event_kind::failed: transmit(server.answer_failure(out)); [[fallthrough]];
  default: open = false; // closed
  }
  in.consume(event.consumed);
  return open;
}

/// One step of WebSocket. False once all is over.
bool converse(websocket::server &server) {
  const websocket::event event = server.next(limits, in.readable());
  switch (event.kind) {
  case websocket::event_kind::binary:
    if (event.first) flash_checksum = 0;
    flash_write(event.payload);
    if (event.last) transmit(server.out().text({checksum().data(), 8}, out));
    break;
  case websocket::event_kind::text: (void)server.fail(websocket::close_code::unsupported_data); break;
  default: break;
  }
  in.consume(event.consumed);
  transmit(server.send_owed(out));
  if (event.kind == websocket::event_kind::need_more && !receive()) (void)server.end_of_input();
  return server.next_duty() != websocket::duty::close_transport;
}

} // namespace

int main() {
  for (bool open = true; open;) {
    if (auto *const server = std::get_if<websocket::server>(&connection))
      open = converse(*server);
    else
      open = serve(*std::get_if<http::server>(&connection));
  }
}
