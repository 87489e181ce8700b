// What all connections share.
#pragma once

#include "settings.hpp"
#include "transport.hpp"

#include <coax/http/context.hpp>
#include <coax/http/field.hpp>
#include <coax/openssl/sha1.hpp>
#include <coax/websocket/limits.hpp>

#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ws_echo {

namespace http = coax::http;
namespace websocket = coax::websocket;

/// The bytes that a connection has to say in its turn.
class output {
public:
  static constexpr std::size_t capacity = 64 * 1024;

  /// Where to write what is to be sent next.
  std::span<char> room() noexcept { return std::span(bytes_).subspan(size_); }
  /// Declares the first bytes of room() written, as `what` tells. False if nothing could be written.
  template <class E> bool put(const coax::written<E> &what) noexcept {
    size_ += what.size;
    return bool(what);
  }
  /// All that was written. Nothing is left.
  std::string_view take() noexcept { return {bytes_.data(), std::exchange(size_, 0)}; }

private:
  std::array<char, capacity> bytes_;
  std::size_t size_ = 0;
};

struct service {
  service(const settings &how_, transport_source &transports_);
  service(const service &) = delete;
  service &operator=(const service &) = delete;

  /// The value of Date, as of now.
  std::string_view date();

  const settings &how;
  transport_source &transports;
  std::vector<std::string_view> subprotocols, origins; // as in the settings

  /// What one connection received and has to send, while it has its turn: it keeps what is left over.
  std::array<char, 64 * 1024> input{}, inflated{};
  ws_echo::output output{};

  /// A whole head fits into the input.
  http::limits http_limits{.request_line = 8192, .field_line = 8192, .head = 16'000, .trailers = 8192};
  std::array<http::field_ref, 100> table{};
  http::context context{.table = table, .limits = http_limits};
  websocket::limits limits{};
  coax::openssl::sha1 sha1{};

private:
  std::time_t date_of_ = -1;
  std::array<char, 29> date_text_{};
};

} // namespace ws_echo
