// WebSocket messages that are sent: their text checked, masked by clients, in frames that a socket can take.
// Beast and wslay send text unchecked, and a server's payload from where it lies: what they do is what coax
// does for binary messages, in gather form.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace peers = bench::peers;

/// Whole frames in a buffer, keys included: what one send() takes.
template <ws::opcode Op> class coax_client {
public:
  explicit coax_client(std::size_t room) : out_(room) {}
  std::size_t send(std::string_view payload) {
    const auto sent = writer_.frame({Op}, payload, random_, std::span(out_.data(), out_.size()));
    bench::clobber();
    return sent.size;
  }

private:
  ws::writer<coax::role::client> writer_;
  coax::interop::system_entropy random_;
  bench::buffer out_;
};

class coax_server {
public:
  explicit coax_server(std::size_t room) : out_(room) {}
  std::size_t send(std::string_view text) {
    const auto sent = writer_.text(text, std::span(out_.data(), out_.size()));
    bench::clobber();
    return sent.size;
  }

private:
  ws::writer<coax::role::server> writer_;
  bench::buffer out_;
};

/// A header, and the payload from where it lies: what one writev() takes.
template <ws::opcode Op> class coax_gather {
public:
  explicit coax_gather(std::size_t) : out_(64) {}
  std::size_t send(std::string_view payload) {
    const auto sent = writer_.begin({Op}, payload.size(), std::span(out_.data(), out_.size()));
    if (!sent || writer_.payload(payload) != ws::errc::ok) return 0;
    bench::clobber();
    return sent.size + payload.size();
  }

private:
  ws::writer<coax::role::server> writer_;
  bench::buffer out_;
};

void add(bool server, const std::string &kind, const std::string &input, std::vector<std::string> messages) {
  const auto texts = std::make_shared<std::vector<std::string>>(std::move(messages));
  std::size_t bytes = 0, most = 0;
  for (const std::string &text : *texts) {
    bytes += text.size();
    most = std::max(most, text.size() + 14);
  }
  const auto subject = [&](const char *name, auto end) {
    bench::add({.group = std::string(server ? "send unmasked" : "send masked") + kind,
                .input = input,
                .name = name,
                .messages = texts->size(),
                .bytes = bytes,
                .run = [end, texts] {
                  std::size_t sent = 0;
                  for (const std::string &text : *texts) sent += end->send(text) > text.size();
                  return sent == texts->size();
                }});
  };
  if (server) {
    subject("coax", std::make_shared<coax_server>(most));
    subject("coax gather", std::make_shared<coax_gather<ws::opcode::text>>(most));
    subject("coax binary", std::make_shared<coax_gather<ws::opcode::binary>>(most));
  } else {
    subject("coax", std::make_shared<coax_client<ws::opcode::text>>(most));
    subject("coax binary", std::make_shared<coax_client<ws::opcode::binary>>(most));
  }
  peers::add_ws_peers(server, subject);
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  for (const bool server : {false, true}) {
    for (const bool mixed : {false, true})
      for (const std::size_t size : bench::text_sizes)
        add(server, mixed ? ", mixed" : ", ASCII", bench::size_name(size), bench::texts_of(size, mixed));
    add(server, " traffic", "JSON", bench::json_feed());
  }
}
