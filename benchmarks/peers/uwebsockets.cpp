// What of uWebSockets stands without its sockets: the parsers of requests and of frames, and its way to write
// frames.
#include "http_peers.hpp"
#include "ws_peers.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

// Behind what they use and do not include.
#include <HttpParser.h>
#include <WebSocketProtocol.h>

namespace bench::peers {
namespace {

/// Keeps messages together as its application layer does, text checked when it is whole. `Masked` is a
/// server's end.
template <bool Masked>
class uwebsockets final : public endpoint, public uWS::WebSocketProtocol<Masked, uwebsockets<Masked>> {
  using state = uWS::WebSocketState<Masked>;

public:
  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    echoes_ = false;
    return take(data, ends);
  }
  std::size_t send(std::string_view text) override {
    out_.resize(std::max(out_.size(), text.size() + 14));
    const std::size_t size = uWS::protocol::formatMessage<Masked>(
        out_.data(), text.data(), text.size(), uWS::OpCode::TEXT, text.size(), false, true);
    keep(out_.data());
    clobber();
    return size;
  }
  std::size_t echo(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    echoes_ = true;
    return take(data, ends);
  }

  // What the parser calls.
  static bool refusePayloadLength(std::uint64_t size, state *, void *) { return size > 64u << 20; }
  static bool setCompressed(state *, void *) { return false; }
  static void forceClose(state *, void *self, std::string_view = {}) { of(self).failed_ = true; }
  static bool handleFragment(char *data, std::size_t size, unsigned left, int opcode, bool fin, state *,
                             void *self) {
    return !of(self).add({data, size}, left == 0 && fin, opcode);
  }

private:
  static uwebsockets &of(void *self) { return *static_cast<uwebsockets *>(self); }

  std::size_t take(char *data, const std::vector<std::size_t> &ends) {
    std::size_t at = 0;
    messages_ = 0;
    for (const std::size_t end : ends) {
      // It writes behind what it is given. With reads of its own that is padding; here the next read is
      // there.
      std::array<char, 32> behind;
      std::memcpy(behind.data(), data + end, behind.size());
      this->consume(data + at, static_cast<unsigned>(end - at), &state_, this);
      std::memcpy(data + end, behind.data(), behind.size());
      at = end;
    }
    clobber();
    return failed_ ? 0 : messages_;
  }

  bool add(std::string_view piece, bool ends, int opcode) {
    if (opcode > 2) return true;
    if (ends && message_.empty()) return use(piece, opcode);
    message_.append(piece);
    if (!ends) return true;
    const bool good = use(message_, opcode);
    message_.clear();
    return good;
  }
  bool use(std::string_view message, int opcode) {
    auto *const octets = reinterpret_cast<unsigned char *>(const_cast<char *>(message.data()));
    if (opcode == 1 && !uWS::protocol::isValidUtf8(octets, message.size())) failed_ = true;
    keep(message);
    ++messages_;
    if (echoes_) send(message);
    return !failed_;
  }

  state state_;
  std::string message_, out_;
  std::size_t messages_ = 0;
  bool echoes_ = false, failed_ = false;
};

} // namespace

std::unique_ptr<endpoint> uwebsockets_endpoint(bool server) {
  if (server) return std::make_unique<uwebsockets<true>>();
  return std::make_unique<uwebsockets<false>>();
}

std::size_t uwebsockets_requests(std::string_view bytes) {
  std::size_t out = 0;
  uWS::HttpParser parser;
  parser.consumePostPadded(
      const_cast<char *>(bytes.data()), static_cast<unsigned>(bytes.size()), &out, nullptr,
      [](void *count, uWS::HttpRequest *request) {
        keep(*request);
        ++*static_cast<std::size_t *>(count);
        return count;
      },
      [](void *count, std::string_view, bool) { return count; });
  clobber();
  return out;
}

} // namespace bench::peers
