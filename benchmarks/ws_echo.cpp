// A whole echo: each message that arrives at a connection is sent back.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace {

namespace ws = coax::websocket;
namespace peers = bench::peers;

/// The loop of a program that has a receive buffer, a store for messages in pieces, and a send buffer.
template <coax::role R> class coax_end {
public:
  explicit coax_end(std::size_t room) : store_(room), out_(room) {}

  std::size_t echo(char *data, const bench::ws_stream &in) {
    std::size_t at = 0, messages = 0;
    for (const std::size_t end : in.ends) {
      std::size_t filled = 0; // of the send buffer, which is sent when the read is dealt with
      for (;;) {
        const std::span<char> left(data + at, end - at);
        const ws::batch b = connection_.next(limits_, left, items_);
        if (b.ec != ws::errc::ok) return 0;
        for (const ws::item &i : std::span(items_).first(b.events)) {
          const auto whole = assembler_.add(i, left, {store_.data(), store_.size()});
          if (whole.st != coax::status::ready) continue;
          const std::size_t size = send({whole.message.data(), whole.message.size()}, filled);
          if (size == 0) return 0;
          filled += size;
          ++messages;
        }
        if (connection_.next_duty() == ws::duty::send_owed) filled += pong(filled);
        at += b.consumed;
        if (b.events < items_.size()) break;
      }
      bench::clobber();
    }
    return messages;
  }

private:
  std::span<char> room(std::size_t filled) { return {out_.data() + filled, out_.size() - filled}; }
  std::size_t send(std::string_view text, std::size_t filled) {
    if constexpr (R == coax::role::client)
      return connection_.out().text(text, random_, room(filled)).size;
    else
      return connection_.out().text(text, room(filled)).size;
  }
  std::size_t pong(std::size_t filled) {
    if constexpr (R == coax::role::client)
      return connection_.send_owed(random_, room(filled)).size;
    else
      return connection_.send_owed(room(filled)).size;
  }

  ws::limits limits_{};
  ws::connection<R> connection_;
  ws::assembler assembler_;
  std::array<ws::item, 64> items_{};
  coax::interop::system_entropy random_;
  bench::buffer store_, out_;
};

void add(bool server, const std::string &input, bench::ws_arrivals::streams streams) {
  const auto all = std::make_shared<const bench::ws_arrivals::streams>(std::move(streams));
  std::size_t room = 0;
  const auto subject = [&](const char *name, auto echo) {
    const auto in = std::make_shared<bench::ws_arrivals>(all);
    bench::add({.group = server ? "echo of a server" : "echo of a client",
                .input = input,
                .name = name,
                .messages = in->messages(),
                .bytes = in->payload(),
                .run = [in, echo] { return echo(in->data(), in->stream()) == in->messages(); },
                .prepare = [in] { in->next(); }});
  };
  for (const bench::ws_stream &s : *all) room = std::max(room, s.bytes.size() + 4 * s.messages + 4096);
  const auto own = [&](auto end) {
    subject("coax", [end](char *data, const bench::ws_stream &s) { return end->echo(data, s); });
  };
  if (server)
    own(std::make_shared<coax_end<coax::role::server>>(room));
  else
    own(std::make_shared<coax_end<coax::role::client>>(room));
  peers::add_ws_peers(server, [&](const char *name, const std::shared_ptr<peers::endpoint> &end) {
    subject(name,
            [end](char *data, const bench::ws_stream &s) { return end->echo(data, s.ends, s.messages); });
  });
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  for (const bool server : {true, false}) {
    for (const bool mixed : {false, true})
      for (const std::size_t size : {32u, 125u, 1024u, 16384u})
        add(server, bench::size_name(size) + (mixed ? " mixed" : " ASCII"),
            {bench::ws_stream(server, bench::texts_of(size, mixed))});
    add(server, "JSON", bench::json_feeds(server));
    add(server, "JSON, reads of 1448", bench::json_feeds(server, 1448, 1448));
  }
}
