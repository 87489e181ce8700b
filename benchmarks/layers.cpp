// What the layers of coax cost above the parser of heads, and above the decoder of frames. The column "coax"
// is what is at the bottom, and the others stand upon it: their ratio is how many times longer they take.
#include "support/bench.hpp"
#include "support/http_inputs.hpp"
#include "support/ws_inputs.hpp"

#include <coax/http.hpp>
#include <coax/websocket.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace {

// --- HTTP: a request without a body -----------------------------------------------------------------------

namespace http = coax::http;

std::array<http::field_ref, 100> table;
const http::context context{table};

bool parse(std::string_view bytes) {
  http::request_parser parser;
  const bool good = parser.parse(context, bytes).ready();
  bench::clobber();
  return good;
}

/// With Host and framing judged by hand.
bool parse_and_judge(std::string_view bytes) {
  http::request_parser parser;
  if (!parser.parse(context, bytes).ready()) return false;
  const http::request r = http::view_request(parser.head(), bytes.data(), table);
  http::deviations seen;
  http::framing framing;
  const bool good = http::check_host(r, context.leniency, seen) &&
                    http::analyze(r, context.limits, context.leniency, framing);
  bench::keep(framing);
  bench::clobber();
  return good;
}

/// Both events of a request: its head, and its end.
template <class Reader> bool read(std::string_view bytes) {
  Reader reader;
  const http::event head = reader.next(context, bytes);
  bench::keep(head);
  bench::clobber();
  if (head.kind != http::event_kind::request) return false;
  bytes.remove_prefix(head.consumed);
  const http::event end = reader.next(context, bytes);
  bench::keep(end);
  return end.kind == http::event_kind::end;
}

void add_requests(const std::string &name) {
  const auto in = std::make_shared<const bench::http_arrivals>(bench::http_heads_of(name + ".http", false));
  const auto subject = [&](const char *layer, bool (*take)(std::string_view)) {
    bench::add({.group = "layers above request_parser",
                .input = name,
                .name = layer,
                .messages = in->messages * in->rounds(),
                .bytes = in->bytes * in->rounds(),
                .run = [in, take] {
                  bool good = true;
                  for (std::size_t i = 0; i < in->rounds(); ++i)
                    for (const auto &b : in->all) good = take(b->view()) && good;
                  return good;
                }});
  };
  subject("coax", parse);
  subject("coax framing", parse_and_judge);
  subject("coax reader", read<http::request_reader>);
  subject("coax server", read<http::server>);
}

// --- WebSocket: masked text that arrives at a server ------------------------------------------------------

namespace ws = coax::websocket;

const ws::limits limits{};

/// Frames decoded, unmasked and their text checked by hand. All of them are whole messages.
std::size_t decode(std::span<char> in) {
  std::size_t messages = 0;
  while (!in.empty()) {
    ws::frame_header header;
    const auto step = ws::decode({in.data(), in.size()}, {}, header);
    if (!step.ready() || in.size() - step.consumed < header.length) return 0;
    const std::span<char> text = in.subspan(step.consumed, static_cast<std::size_t>(header.length));
    ws::apply_mask(text, header.key);
    if (!ws::is_utf8({text.data(), text.size()})) return 0;
    bench::keep(text);
    in = in.subspan(step.consumed + text.size());
    ++messages;
  }
  bench::clobber();
  return messages;
}

/// One event with each call, or many.
template <class End> std::size_t read_one_by_one(End &end, std::span<char> in) {
  for (std::size_t messages = 0;;) {
    const ws::event e = end.next(limits, in);
    in = in.subspan(e.consumed);
    if (e.kind == ws::event_kind::need_more) {
      bench::clobber();
      return messages;
    }
    if (e.kind == ws::event_kind::failed) return 0;
    bench::keep(e.payload);
    messages += e.last;
  }
}
template <class End> std::size_t read_batches(End &end, std::span<char> in) {
  std::array<ws::item, 64> items;
  for (std::size_t messages = 0;;) {
    const ws::batch b = end.next(limits, in, items);
    if (b.ec != ws::errc::ok) return 0;
    for (const ws::item &i : std::span(items).first(b.events)) messages += i.last();
    bench::clobber();
    in = in.subspan(b.consumed);
    if (b.events < items.size()) return messages;
  }
}

void add_frames(std::size_t size, bool mixed) {
  const auto all = std::make_shared<const bench::ws_arrivals::streams>(
      bench::ws_arrivals::streams{bench::ws_stream(true, bench::texts_of(size, mixed))});
  const auto subject = [&](const char *layer, auto take) {
    const auto in = std::make_shared<bench::ws_arrivals>(all);
    bench::add({.group = "layers above frame decoder",
                .input = bench::size_name(size) + (mixed ? " mixed" : " ASCII"),
                .name = layer,
                .messages = in->messages(),
                .bytes = in->payload(),
                .run =
                    [in, take]() mutable {
                      return take(std::span(in->data(), in->stream().bytes.size())) == in->messages();
                    },
                .prepare = [in] { in->next(); }});
  };
  subject("coax", decode);
  subject("coax reader", [end = ws::reader(coax::role::server)](std::span<char> in) mutable {
    return read_one_by_one(end, in);
  });
  subject("coax server",
          [end = ws::server()](std::span<char> in) mutable { return read_one_by_one(end, in); });
  subject("coax reader, batches", [end = ws::reader(coax::role::server)](std::span<char> in) mutable {
    return read_batches(end, in);
  });
  subject("coax server, batches",
          [end = ws::server()](std::span<char> in) mutable { return read_batches(end, in); });
}

} // namespace

void add_subjects() {
  add_requests("b_browser");
  add_requests("b_browser.mix");
  for (const bool mixed : {false, true}) add_frames(125, mixed);
}
