// Firmware: a whole HTTP server in 2 KB of static memory, without heap, exceptions or an operating system.
// The serial line is standard input and output here, so that it can be tried: printf '...' | http_firmware
#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unistd.h>

namespace http = coax::http;

namespace {

// --- what the board brings
// -------------------------------------------------------------------------------------

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
void flash_write(std::string_view bytes) { // where an image would be written
  for (const char c : bytes) flash_checksum = flash_checksum * 31 + static_cast<unsigned char>(c);
}

// --- the server
// ------------------------------------------------------------------------------------------------

std::array<http::field_ref, 24> table;
coax::inbox<1024> in;
std::array<char, 512> out;
http::server connection;
static_assert(sizeof table + sizeof in + sizeof out + sizeof connection <= 2048);

constexpr http::limits limits{.head = 1000, .chunk_extension = 64, .trailers = 512, .body = 65536};
const http::context context{table, limits};

void transmit(coax::written<http::errc> sent) { uart_write({out.data(), sent.size}); }

void answer() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 9> sum{};
  for (std::size_t i = 0; i < 8; ++i) sum[i] = digits[(flash_checksum >> (28 - 4 * i)) & 15];
  sum[8] = '\n';
  http::response_head head(out, 200);
  head.field("Content-Type", "text/plain");
  transmit(connection.send(head, http::content::of(sum.size())));
  if (connection.send_data(sum.size())) uart_write({sum.data(), sum.size()});
}

} // namespace

int main() {
  for (;;) {
    const http::event event = connection.next(context, in.text());
    switch (event.kind) {
    case http::event_kind::need_more: {
      in.consume(event.consumed);
      if (in.space().size() < event.hint) {
        (void)connection.fail(http::errc::head_too_large);
      } else if (const std::size_t n = uart_read(in.space()); n != 0) {
        in.commit(n);
      } else {
        (void)connection.end_of_input(context, true);
      }
      continue;
    }
    case http::event_kind::request:
      flash_checksum = 0;
      transmit(connection.send_continue(out));
      break;
    case http::event_kind::data: flash_write(event.data); break;
    case http::event_kind::end: answer(); break;
    case http::event_kind::failed: transmit(connection.answer_failure(out)); return 1;
    default: return 0; // closed
    }
    in.consume(event.consumed);
  }
}
