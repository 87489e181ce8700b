// WebSocket messages that are sent: their text checked, masked by clients, in frames that a socket can take.
// Beast and wslay send text unchecked, and a server's payload from where it lies: what they do is what coax
// does for binary messages, in gather form.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
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

/// Messages back to back, so that they lie the same in every run.
struct texts {
  explicit texts(const std::vector<std::string> &messages) : bytes(join(messages)) {
    std::size_t at = 0;
    for (const std::string &m : messages) {
      all.push_back(bytes.view().substr(at, m.size()));
      at += m.size();
      most = std::max(most, m.size());
    }
  }
  static std::string join(const std::vector<std::string> &messages) {
    std::string out;
    for (const std::string &m : messages) out += m;
    return out;
  }

  bench::buffer bytes;
  std::vector<std::string_view> all;
  std::size_t most = 0;
};

void add(bool server, const std::string &kind, const std::string &input,
         const std::vector<std::string> &messages) {
  const auto in = std::make_shared<texts>(messages);
  const auto subject = [&](const char *name, auto end) {
    bench::add({.group = std::string(server ? "send unmasked" : "send masked") + kind,
                .input = input,
                .name = name,
                .messages = in->all.size(),
                .bytes = in->bytes.size(),
                .run = [end, in] {
                  std::size_t sent = 0;
                  for (const std::string_view text : in->all) sent += end->send(text) > text.size();
                  return sent == in->all.size();
                }});
  };
  const std::size_t room = in->most + 14;
  if (server) {
    subject("coax", std::make_shared<coax_server>(room));
    subject("coax gather", std::make_shared<coax_gather<ws::opcode::text>>(room));
    subject("coax binary", std::make_shared<coax_gather<ws::opcode::binary>>(room));
  } else {
    subject("coax", std::make_shared<coax_client<ws::opcode::text>>(room));
    subject("coax binary", std::make_shared<coax_client<ws::opcode::binary>>(room));
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
