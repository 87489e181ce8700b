// permessage-deflate: messages compressed into frames, and inflated out of them. What the compression itself
// costs is zlib's: the column zlib is that alone, with the same settings.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/websocket.hpp>
#if defined(COAX_BENCH_ZLIB)
#include <coax/interop/system_entropy.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>
#endif

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

#if defined(COAX_BENCH_ZLIB)

namespace ws = coax::websocket;
namespace peers = bench::peers;
using texts = std::vector<std::string>;

ws::deflate_parameters agreed(bool takeover) {
  ws::deflate_parameters p;
  p.agreed = true;
  p.server_no_context_takeover = p.client_no_context_takeover = !takeover;
  return p;
}

template <coax::role R> class coax_sender {
public:
  explicit coax_sender(bool takeover)
      : deflate_(agreed(takeover), R, {.threshold = 0, .threshold_without_takeover = 0}) {}

  std::size_t send(std::string_view text, std::span<char> out) {
    const ws::deflated m = deflate_.text(engine_, text, scratch_);
    if (!m) return 0;
    if constexpr (R == coax::role::client)
      return writer_.frame(m.kind, m.payload, random_, out).size;
    else
      return writer_.frame(m.kind, m.payload, out).size;
  }

private:
  std::vector<char> memory_ = std::vector<char>(coax::zlib::compressor_memory());
  coax::zlib::compressor engine_{{}, memory_};
  ws::deflater deflate_;
  ws::writer<R> writer_{ws::writer_options{.deflate = true}};
  coax::interop::system_entropy random_;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
};

/// A server that receives.
class coax_receiver {
public:
  explicit coax_receiver(bool takeover) : inflate_(agreed(takeover), coax::role::server) {}

  std::size_t receive(std::span<char> in) {
    std::size_t messages = 0;
    for (;;) {
      const ws::event e = reader_.next(limits_, in);
      if (e.kind == ws::event_kind::need_more) return messages;
      do {
        const ws::event m = inflate_.next(engine_, limits_, e, room_);
        if (m.kind == ws::event_kind::failed) return 0;
        bench::keep(m.payload);
        messages += m.last && m.kind == ws::event_kind::text;
      } while (inflate_.more());
      in = in.subspan(e.consumed);
    }
  }

private:
  std::vector<char> memory_ = std::vector<char>(coax::zlib::decompressor_memory(15));
  coax::zlib::decompressor engine_{15, memory_};
  ws::inflater inflate_;
  ws::reader reader_{coax::role::server, {.deflate = true}};
  ws::limits limits_{};
  std::vector<char> room_ = std::vector<char>(64 * 1024);
};

class zlib_alone {
public:
  explicit zlib_alone(bool takeover) : takeover_(takeover) {
    deflateInit2(&out_, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    inflateInit2(&in_, -15);
  }
  ~zlib_alone() {
    deflateEnd(&out_);
    inflateEnd(&in_);
  }
  zlib_alone(const zlib_alone &) = delete;
  zlib_alone &operator=(const zlib_alone &) = delete;

  std::size_t send(std::string_view text, std::span<char> out) {
    if (!takeover_) deflateReset(&out_);
    return run(out_, text, out, [](z_stream *s) { return deflate(s, Z_SYNC_FLUSH); });
  }
  std::size_t receive(std::string_view deflated, std::span<char> out) {
    if (!takeover_) inflateReset(&in_);
    return run(in_, deflated, out, [](z_stream *s) { return inflate(s, Z_SYNC_FLUSH); });
  }

private:
  template <class Step>
  static std::size_t run(z_stream &s, std::string_view in, std::span<char> out, Step step) {
    s.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in.data()));
    s.avail_in = static_cast<uInt>(in.size());
    s.next_out = reinterpret_cast<Bytef *>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    if (step(&s) != Z_OK || s.avail_in != 0) return 0;
    return out.size() - s.avail_out;
  }

  z_stream out_{}, in_{};
  bool takeover_;
};

std::span<char> room() {
  static bench::buffer out(64 * 1024);
  return {out.data(), out.size()};
}

void add_sending(const std::string &input, const std::shared_ptr<texts> &all, bool takeover) {
  std::size_t bytes = 0;
  for (const std::string &t : *all) bytes += t.size();
  const auto subject = [&](const char *name, auto end) {
    bench::add({.group = "compress",
                .input = input + (takeover ? ", context kept" : ", each alone"),
                .name = name,
                .messages = all->size(),
                .bytes = bytes,
                .run =
                    [all, end] {
                      std::size_t sent = 0;
                      for (const std::string &t : *all) sent += end->send(t, room()) != 0;
                      return sent == all->size();
                    },
                .counted = false});
  };
  subject("coax", std::make_shared<coax_sender<coax::role::server>>(takeover));
  subject("zlib", std::make_shared<zlib_alone>(takeover));
#if defined(COAX_BENCH_BEAST)
  struct beast_sender {
    std::size_t send(std::string_view text, std::span<char>) { return end->send(text); }
    std::shared_ptr<peers::endpoint> end;
  };
  subject("Beast", std::make_shared<beast_sender>(beast_sender{peers::beast_deflating_endpoint(takeover)}));
#endif
}

void add_receiving(const std::string &input, const std::shared_ptr<texts> &all, bool takeover) {
  // What arrives: frames for those that read frames, and for zlib what is in them.
  std::string frames;
  std::vector<std::string> payloads;
  std::size_t bytes = 0;
  coax_sender<coax::role::client> from(takeover);
  zlib_alone alone(takeover);
  for (const std::string &t : *all) {
    bytes += t.size();
    frames.append(room().data(), from.send(t, room()));
    payloads.emplace_back(room().data(), alone.send(t, room()));
  }
  const auto subject = [&](const char *name, auto run, std::function<void()> prepare = {}) {
    bench::add({.group = "inflate",
                .input = input + (takeover ? ", context kept" : ", each alone"),
                .name = name,
                .messages = all->size(),
                .bytes = bytes,
                .run = [run, n = all->size()] { return run() == n; },
                .prepare = std::move(prepare),
                .counted = false});
  };
  const auto frame = [&](const char *name, auto receive) {
    const auto arrived = std::make_shared<bench::buffer>(frames);
    subject(
        name, [arrived, receive] { return receive(arrived->data(), arrived->size()); },
        [arrived, frames] { std::memcpy(arrived->data(), frames.data(), frames.size()); });
  };
  const auto own = std::make_shared<coax_receiver>(takeover);
  frame("coax", [own](char *data, std::size_t size) { return own->receive({data, size}); });
  const auto bare = std::make_shared<zlib_alone>(takeover);
  subject("zlib", [bare, payloads] {
    std::size_t good = 0;
    for (const std::string &p : payloads) good += bare->receive(p, room()) != 0;
    return good;
  });
#if defined(COAX_BENCH_BEAST)
  const std::shared_ptr<peers::endpoint> beast = peers::beast_deflating_endpoint(takeover);
  const std::vector<std::size_t> ends = {frames.size()};
  frame("Beast",
        [beast, ends, n = all->size()](char *data, std::size_t) { return beast->receive(data, ends, n); });
#endif
}

#endif

} // namespace

void add_subjects() {
#if defined(COAX_BENCH_ZLIB)
  peers::report_ws_peers();
  std::vector<std::string> feed = bench::json_feed();
  feed.resize(256);
  const auto json = std::make_shared<texts>(feed);
  const auto medium = std::make_shared<texts>(bench::texts_of(1024, false));
  const auto large = std::make_shared<texts>(bench::texts_of(16384, true));
  for (const bool takeover : {true, false})
    for (const auto &[input, all] : {std::pair("JSON", json), {"1K ASCII", medium}, {"16K mixed", large}})
      add_sending(input, all, takeover);
  for (const bool takeover : {true, false})
    for (const auto &[input, all] : {std::pair("JSON", json), {"1K ASCII", medium}, {"16K mixed", large}})
      add_receiving(input, all, takeover);
#else
  bench::missing("permessage-deflate", "zlib's headers");
#endif
}
