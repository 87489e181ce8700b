// WebSocket messages that are sent: their text checked, masked by clients, in frames that a socket can take.
// Beast and wslay send text unchecked, and a server's payload from where it lies: what they do is what coax
// does for binary messages, in gather form.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket.hpp>

#include <algorithm>
#include <cstdint>
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

using feeds = std::vector<std::vector<std::string>>;

/// The messages of one feed after the other, back to back in one place, so that they lie the same in every
/// run.
class outbox {
public:
  explicit outbox(std::shared_ptr<const feeds> all)
      : all_(std::move(all)), room_(octets()), turn_(all_->size() - 1) {
    next();
  }
  void next() {
    turn_ = (turn_ + 1) % all_->size();
    texts_.clear();
    char *at = room_.data();
    for (const std::string &m : (*all_)[turn_]) {
      texts_.emplace_back(at, m.size());
      at = std::copy(m.begin(), m.end(), at);
    }
  }
  const std::vector<std::string_view> &texts() const { return texts_; }

  /// Octets of the largest feed.
  std::size_t octets() const {
    std::size_t out = 0;
    for (const auto &feed : *all_) {
      std::size_t size = 0;
      for (const std::string &m : feed) size += m.size();
      out = std::max(out, size);
    }
    return out;
  }

private:
  std::shared_ptr<const feeds> all_;
  bench::buffer room_;
  std::size_t turn_;
  std::vector<std::string_view> texts_;
};

void add(bool server, const std::string &kind, const std::string &input, feeds messages) {
  const auto all = std::make_shared<const feeds>(std::move(messages));
  std::size_t room = 0;
  for (const auto &feed : *all)
    for (const std::string &m : feed) room = std::max(room, m.size() + 14);
  const auto subject = [&](const char *name, auto end) {
    const auto out = std::make_shared<outbox>(all);
    bench::subject s{.group = std::string(server ? "send unmasked" : "send masked") + kind,
                     .input = input,
                     .name = name,
                     .messages = out->texts().size(),
                     .bytes = out->octets(),
                     .run = [end, out] {
                       std::size_t sent = 0;
                       for (const std::string_view text : out->texts()) sent += end->send(text) > text.size();
                       return sent == out->texts().size();
                     }};
    if (all->size() > 1) s.prepare = [out] { out->next(); };
    bench::add(std::move(s));
  };
  if (server) {
    subject("coax", std::make_shared<coax_server>(room));
    subject("coax gather", std::make_shared<coax_gather<ws::opcode::text>>(room));
    subject("coax binary", std::make_shared<coax_gather<ws::opcode::binary>>(room));
  } else {
    subject("coax", std::make_shared<coax_client<ws::opcode::text>>(room));
    subject("coax binary", std::make_shared<coax_client<ws::opcode::binary>>(room));
  }
  peers::add_ws_peers(server, subject);
  peers::add_frame_peers(server, subject);
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  for (const bool server : {false, true}) {
    for (const bool mixed : {false, true})
      for (const std::size_t size : bench::text_sizes)
        add(server, mixed ? ", mixed" : ", ASCII", bench::size_name(size), {bench::texts_of(size, mixed)});
    feeds json;
    for (std::uint64_t seed = 2; seed < 18; ++seed) json.push_back(bench::json_feed(seed));
    add(server, " traffic", "JSON", std::move(json));
  }
}
