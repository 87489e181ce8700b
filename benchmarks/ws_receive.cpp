// WebSocket frames that arrive: from bytes to messages, unmasked and with their text checked.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/websocket.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <string>

namespace {

namespace ws = coax::websocket;
namespace peers = bench::peers;

ws::reader make_reader(bool masked) { return ws::reader(masked ? coax::role::server : coax::role::client); }

/// Many events with each call.
class coax_batches final : public peers::receiver {
public:
  explicit coax_batches(bool masked) : reader_(make_reader(masked)) {}

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    std::size_t at = 0, messages = 0;
    for (const std::size_t end : ends)
      for (;;) {
        const ws::batch b = reader_.next(limits_, std::span(data + at, end - at), items_);
        if (b.ec != ws::errc::ok) return 0;
        for (std::size_t i = 0; i < b.events; ++i) messages += items_[i].last();
        at += b.consumed;
        if (b.events < items_.size()) break;
      }
    bench::clobber();
    return messages;
  }

private:
  ws::limits limits_{};
  ws::reader reader_;
  std::array<ws::item, 64> items_{};
};

/// One event with each call.
class coax_events final : public peers::receiver {
public:
  explicit coax_events(bool masked) : reader_(make_reader(masked)) {}

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    std::size_t at = 0, messages = 0;
    for (const std::size_t end : ends)
      for (;;) {
        const ws::event e = reader_.next(limits_, std::span(data + at, end - at));
        at += e.consumed;
        if (e.kind == ws::event_kind::need_more) break;
        if (e.kind == ws::event_kind::failed) return 0;
        bench::keep(e.payload);
        messages += e.last;
      }
    bench::clobber();
    return messages;
  }

private:
  ws::limits limits_{};
  ws::reader reader_;
};

void add(const std::string &group, const std::string &input, const std::shared_ptr<bench::ws_stream> &in) {
  const auto subject = [&](const char *name, std::shared_ptr<peers::receiver> end) {
    const auto room = std::make_shared<bench::buffer>(in->bytes);
    bench::subject s{.group = group,
                     .input = input,
                     .name = name,
                     .messages = in->messages,
                     .bytes = in->payload,
                     .run = [in, room, end] {
                       return end->receive(room->data(), in->ends, in->messages) == in->messages;
                     }};
    if (in->masked) s.prepare = [in, room] { std::memcpy(room->data(), in->bytes.data(), in->bytes.size()); };
    bench::add(std::move(s));
  };
  subject("coax", std::make_unique<coax_batches>(in->masked));
  subject("coax one by one", std::make_unique<coax_events>(in->masked));
#if defined(COAX_BENCH_BEAST)
  subject("Beast", peers::beast_receiver(in->masked));
#endif
#if defined(COAX_BENCH_WSLAY)
  subject("wslay", peers::wslay_receiver(in->masked));
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
  subject("websocketpp", peers::websocketpp_receiver(in->masked));
#endif
}

std::string size_name(std::size_t size) {
  if (size >= 1 << 20) return std::to_string(size >> 20) + "M";
  return size >= 1024 ? std::to_string(size >> 10) + "K" : std::to_string(size);
}

/// Messages of one size: so many that the clock does not count.
void add_sizes(bool masked, bool mixed) {
  bench::random r(1);
  for (const std::size_t size : {8u, 32u, 125u, 1024u, 16384u, 1u << 20}) {
    const auto in = std::make_shared<bench::ws_stream>();
    in->masked = masked;
    const std::size_t all = size < 16384 ? 16384 : 256 * 1024;
    do in->add(mixed ? bench::mixed_text(size, r) : bench::ascii_text(size, r), r);
    while (in->bytes.size() < all);
    if (size == 1 << 20) in->cut(65536, 65536, r);
    add(std::string(masked ? "masked" : "unmasked") + (mixed ? " mixed text" : " ASCII"), size_name(size),
        in);
  }
}

/// What real connections look like: lengths that nobody can learn, fragments with pings, reads of any size.
void add_traffic(bool masked) {
  bench::random r(2);
  const auto feed = std::make_shared<bench::ws_stream>();
  feed->masked = masked;
  for (int i = 0; i < 2048; ++i) feed->add(bench::json_message(r), r);
  const std::string kind = masked ? "masked " : "unmasked ";
  add("traffic", kind + "JSON", feed);

  const auto pieces = std::make_shared<bench::ws_stream>(*feed);
  pieces->cut(1, 400, r);
  add("traffic", kind + "JSON, reads to 400", pieces);
  const auto packets = std::make_shared<bench::ws_stream>(*feed);
  packets->cut(1448, 1448, r);
  add("traffic", kind + "JSON, reads of 1448", packets);

  const auto fragments = std::make_shared<bench::ws_stream>();
  fragments->masked = masked;
  for (int i = 0; i < 16; ++i) {
    fragments->add(bench::mixed_text(1000, r), r, 256);
    bench::put_frame(fragments->bytes, 9, true, masked, "ping", r);
  }
  fragments->ends = {fragments->bytes.size()};
  add("traffic", kind + "4 fragments, ping", fragments);
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  for (const bool masked : {true, false})
    for (const bool mixed : {false, true}) add_sizes(masked, mixed);
  for (const bool masked : {true, false}) add_traffic(masked);
}
