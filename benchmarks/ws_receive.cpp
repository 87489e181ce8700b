// WebSocket frames that arrive: from bytes to messages, unmasked and with their text checked.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace peers = bench::peers;

ws::reader make_reader(bool masked) { return ws::reader(masked ? coax::role::server : coax::role::client); }

/// Many events with each call.
class coax_batches {
public:
  explicit coax_batches(bool masked) : reader_(make_reader(masked)) {}

  std::size_t receive(char *data, const std::vector<std::size_t> &ends) {
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
class coax_events {
public:
  explicit coax_events(bool masked) : reader_(make_reader(masked)) {}

  std::size_t receive(char *data, const std::vector<std::size_t> &ends) {
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

void add(const std::string &group, const std::string &input, bench::ws_arrivals::streams streams) {
  const auto all = std::make_shared<const bench::ws_arrivals::streams>(std::move(streams));
  const bool masked = all->front().masked;
  const auto subject = [&](const char *name, auto receive) {
    const auto in = std::make_shared<bench::ws_arrivals>(all);
    bench::subject s{.group = group,
                     .input = input,
                     .name = name,
                     .messages = in->messages(),
                     .bytes = in->payload(),
                     .run = [in, receive] { return receive(in->data(), in->stream()) == in->messages(); }};
    if (masked || all->size() > 1) s.prepare = [in] { in->next(); };
    bench::add(std::move(s));
  };
  const auto own = [&](const char *name, auto end) {
    subject(name, [end](char *data, const bench::ws_stream &s) { return end->receive(data, s.ends); });
  };
  own("coax", std::make_shared<coax_batches>(masked));
  own("coax one by one", std::make_shared<coax_events>(masked));
  const auto peer = [&](const char *name, const std::shared_ptr<peers::endpoint> &end) {
    subject(name,
            [end](char *data, const bench::ws_stream &s) { return end->receive(data, s.ends, s.messages); });
  };
  peers::add_ws_peers(masked, peer);
  peers::add_frame_peers(masked, peer);
}

/// Messages of one size.
void add_sizes(bool masked, bool mixed) {
  for (const std::size_t size : bench::text_sizes) {
    bench::ws_stream in(masked, bench::texts_of(size, mixed));
    if (size == 1 << 20) in.cut(65536, 65536);
    add(std::string("receive ") + (masked ? "masked, " : "unmasked, ") + (mixed ? "mixed" : "ASCII"),
        bench::size_name(size), {std::move(in)});
  }
}

/// One large message again and again at the same place. Its key is zero, so that nothing is to be restored in
/// between: it takes as long as any other.
bench::ws_stream in_one_place(std::string_view text) {
  bench::ws_stream out(true);
  bench::random r(3);
  out.add(text, r);
  const std::size_t payload = out.bytes.size() - text.size();
  out.bytes.replace(payload - 4, std::string::npos, std::string(4, 0)).append(text);
  return out;
}

/// Masked text beside memcpy, which is the limit of what is done with every octet.
void add_beside_memcpy(const std::string &input, bench::ws_stream stream, std::size_t rounds = 1) {
  const auto all = std::make_shared<const bench::ws_arrivals::streams>(1, std::move(stream));
  const auto subject = [&](const char *name, auto take) {
    const auto in = std::make_shared<bench::ws_arrivals>(all);
    bench::subject s{.group = "receive masked beside memcpy",
                     .input = input,
                     .name = name,
                     .messages = in->messages() * rounds,
                     .bytes = in->payload() * rounds,
                     .run = [in, take, rounds] {
                       bool good = true;
                       for (std::size_t i = 0; i < rounds; ++i) good = take(*in) && good;
                       return good;
                     }};
    if (rounds == 1) s.prepare = [in] { in->next(); };
    bench::add(std::move(s));
  };
  subject("coax", [end = std::make_shared<coax_batches>(true)](bench::ws_arrivals &in) {
    return end->receive(in.data(), in.stream().ends) == in.messages();
  });
  const auto to = std::make_shared<bench::buffer>(all->front().bytes.size());
  subject("memcpy", [to](bench::ws_arrivals &in) {
    constexpr std::size_t piece = 16384;
    for (std::size_t at = 0; at < to->size(); at += piece)
      std::memcpy(to->data() + at, in.data() + at, std::min(piece, to->size() - at));
    bench::clobber();
    return true;
  });
}

void add_limits(bool mixed) {
  const std::string kind = mixed ? " mixed" : " ASCII";
  const std::vector<std::string> texts = bench::texts_of(16384, mixed);
  add_beside_memcpy("16K" + kind + " in L1", in_one_place(texts.front()), 16);
  add_beside_memcpy("16K" + kind + " in L2", bench::ws_stream(true, texts));
  bench::ws_stream large(true, bench::texts_of(1 << 20, mixed));
  large.cut(65536, 65536);
  add_beside_memcpy("1M" + kind, std::move(large));
}

/// What real connections look like: lengths that nobody can learn, fragments with pings, reads of any size.
void add_traffic(bool masked) {
  const std::string kind = masked ? "masked " : "unmasked ";
  add("receive traffic", kind + "JSON", bench::json_feeds(masked));
  add("receive traffic", kind + "JSON, reads to 400", bench::json_feeds(masked, 1, 400));
  add("receive traffic", kind + "JSON, reads of 1448", bench::json_feeds(masked, 1448, 1448));

  bench::ws_stream fragments(masked);
  bench::random r(5);
  for (int i = 0; i < 16; ++i) {
    fragments.add(bench::mixed_text(1000, r), r, 256);
    bench::put_frame(fragments.bytes, 9, true, masked, "ping", r);
  }
  fragments.ends = {fragments.bytes.size()};
  add("receive traffic", kind + "4 fragments, ping", {std::move(fragments)});
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  for (const bool masked : {true, false})
    for (const bool mixed : {false, true}) add_sizes(masked, mixed);
  for (const bool masked : {true, false}) add_traffic(masked);
  for (const bool mixed : {false, true}) add_limits(mixed);
}
