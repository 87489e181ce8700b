// One connection to a server: the stream, the state of HTTP on it, and what was received.
#pragma once

#include "transport.hpp"

#include <coax/core/inbox.hpp>
#include <coax/http/client.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace http_client {

class connection {
public:
  explicit connection(std::unique_ptr<transport> over, http::client::options server = {})
      : stream(std::move(over)), http(server) {}

  /// What each step of `http` needs.
  http::context context() noexcept { return {table_, limits, lenience}; }

  /// Drops bytes that `http` has consumed.
  void drop(std::size_t n) noexcept {
    input.consume(n);
    offset += n;
  }

  /// Whether another request can be sent: the last exchange is over, and the server has neither closed the
  /// connection nor said anything unasked.
  bool is_reusable() {
    if (!http.can_send() || !http.is_idle() || !input.text().empty()) return false;
    return stream->read(input.space()).how == io_result::outcome::would_wait;
  }

  // Heads and trailer sections have to fit into the inbox as a whole.
  static constexpr std::size_t inbox_size = 64 * 1024;
  static constexpr http::limits limits{.head = 48 * 1024};
  // A user agent replaces obsolete line folding by spaces (RFC 9112 §5.2). All else is strict.
  static constexpr http::leniency lenience{.unfold = true};

  std::unique_ptr<transport> stream;
  coax::http::client http;
  coax::inbox<inbox_size> input{};
  std::uint64_t offset = 0; ///< of the first byte of `input` among all that the server sent
  bool used = false;        ///< a response came on it before

private:
  std::array<http::field_ref, 256> table_{};
};

} // namespace http_client
