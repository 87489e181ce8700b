// HTTP heads that are written, and whole exchanges: a server that reads requests and answers them, a client
// that asks and reads the answer. Of the peers, only Beast sends.
#include "peers/beast_http.hpp"
#include "peers/http_peers.hpp"
#include "support/bench.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
namespace peers = bench::peers;

std::array<http::field_ref, 100> table;
const http::context context{table};

bench::buffer &output() {
  static bench::buffer out(64 * 1024);
  return out;
}
std::span<char> room() { return {output().data(), output().size()}; }

// --- heads ------------------------------------------------------------------------------------------------

std::size_t coax_write_head(const peers::outgoing_head &head) {
  const auto fill = [&](auto &out) {
    for (const auto &[name, value] : head.fields) out.field(name, value);
    return out.ec() == http::errc::ok ? out.required() : 0;
  };
  if (head.code != 0) {
    http::response_head out(room(), static_cast<std::uint16_t>(head.code));
    return fill(out);
  }
  http::request_head out(room(), head.method, head.target, "www.example.com");
  return fill(out);
}

/// The heads of a corpus file, taken apart; those fields left out that both libraries write by themselves.
std::vector<peers::outgoing_head> outgoing(const std::string &file, bool response) {
  const std::string bytes = bench::load(file);
  std::vector<peers::outgoing_head> out;
  const auto fields_of = [](const http::fields &fields) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const http::field f : fields)
      if (http::to_framing_field(f.name) == http::field_id::other) all.emplace_back(f.name, f.value);
    return all;
  };
  const auto split = [&](auto reader, auto make) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const http::event e = reader.next(context, rest);
      if (e.kind == http::event_kind::failed || e.kind == http::event_kind::need_more) std::abort();
      if (e.head.size != 0) out.push_back(make(e.head, rest.data()));
      if (e.kind == http::event_kind::switched || e.kind == http::event_kind::closed) reader.reset();
      rest.remove_prefix(e.consumed);
    }
  };
  if (response)
    split(http::response_reader(), [&](const http::head_ref &head, const char *base) {
      const http::response r = http::view_response(head, base, table);
      peers::outgoing_head taken;
      taken.code = r.code;
      taken.fields = fields_of(r.fields);
      return taken;
    });
  else
    split(http::request_reader(), [&](const http::head_ref &head, const char *base) {
      const http::request r = http::view_request(head, base, table);
      peers::outgoing_head taken;
      taken.method = r.method_text;
      taken.target = r.target;
      taken.fields = fields_of(r.fields);
      return taken;
    });
  return out;
}

void add_heads(const std::string &name, bool response) {
  const auto heads =
      std::make_shared<std::vector<peers::outgoing_head>>(outgoing(name + ".mix.http", response));
  std::size_t bytes = 0;
  for (const auto &h : *heads) bytes += coax_write_head(h);
  const auto subject = [&](const char *peer, auto write) {
    bench::add({.group = "heads to be sent",
                .input = name + ".mix",
                .name = peer,
                .messages = heads->size(),
                .bytes = bytes,
                .run = [heads, write] {
                  std::size_t good = 0;
                  for (const auto &h : *heads) good += write(h) != 0;
                  return good == heads->size();
                }});
  };
  subject("coax", [](const peers::outgoing_head &h) {
    const std::size_t size = coax_write_head(h);
    bench::clobber();
    return size;
  });
#if defined(COAX_BENCH_BEAST)
  subject("Beast", [](const peers::outgoing_head &h) {
    return peers::beast_write_head(h, output().data(), output().size());
  });
#endif
}

// --- a server ---------------------------------------------------------------------------------------------

constexpr std::string_view content =
    R"({"id":42,"name":"example","tags":["a","b","c"],"price":12.50,"stock":7,"text":"some words about it"})";

/// Takes all requests in `in`, and writes an answer to each. How many there were.
std::size_t coax_serve(std::string_view in) {
  http::server connection;
  std::size_t served = 0;
  for (;;) {
    const http::event e = connection.next(context, in);
    in.remove_prefix(e.consumed);
    switch (e.kind) {
    case http::event_kind::request:
    case http::event_kind::data: bench::keep(e); break;
    case http::event_kind::end: {
      http::response_head head(room(), 200);
      head.field(http::field_id::date, "Sun, 06 Nov 1994 08:49:37 GMT")
          .field(http::field_id::server, "example")
          .field(http::field_id::content_type, "application/json");
      const auto begun = connection.send(head, http::content::of(content.size()));
      if (!begun || !connection.send_data(content, room().subspan(begun.size))) return 0;
      bench::clobber();
      ++served;
      break;
    }
    default: return in.empty() ? served : 0;
    }
  }
}

#if defined(COAX_BENCH_BEAST)
std::size_t beast_serve(std::string_view in) {
  std::size_t served = 0;
  for (; !in.empty(); ++served) {
    const auto [consumed, written] = peers::beast_serve(in, content, output().data(), output().size());
    if (consumed == 0 || written == 0) return 0;
    in.remove_prefix(consumed);
  }
  return served;
}
#endif

/// Each message, or 16 of them, is what arrives on one connection.
void add_exchanges(const std::string &group, const std::string &input, const std::vector<std::string> &parts,
                   std::size_t each, std::size_t (*own)(std::string_view),
                   std::size_t (*beast)(std::string_view)) {
  const auto in = std::make_shared<std::vector<std::unique_ptr<bench::buffer>>>();
  std::size_t bytes = 0;
  for (const std::string &p : parts) {
    in->push_back(std::make_unique<bench::buffer>(p));
    bytes += p.size();
  }
  const auto subject = [&](const char *name, std::size_t (*serve)(std::string_view)) {
    bench::add({.group = group,
                .input = input,
                .name = name,
                .messages = each * parts.size(),
                .bytes = bytes,
                .run = [in, serve, each] {
                  std::size_t served = 0;
                  for (const auto &part : *in) served += serve(part->view());
                  return served == each * in->size();
                }});
  };
  subject("coax", own);
  if (beast != nullptr) subject("Beast", beast);
}

/// A file's messages, bodies included, `together` in one.
template <class Reader> std::vector<std::string> messages_of(const std::string &file, std::size_t together) {
  const std::string bytes = bench::load(file);
  std::vector<std::string> out;
  Reader reader;
  std::size_t begin = 0, count = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const http::event e = reader.next(context, std::string_view(bytes).substr(at));
    if (e.kind == http::event_kind::failed || e.kind == http::event_kind::need_more) std::abort();
    at += e.consumed;
    if (e.kind != http::event_kind::end) continue;
    if (++count % together != 0 && at < bytes.size()) continue;
    out.push_back(bytes.substr(begin, at - begin));
    begin = at;
  }
  return out;
}

// --- a client ---------------------------------------------------------------------------------------------

std::size_t coax_ask(std::string_view in) {
  http::client connection;
  http::request_head head(room(), "GET", "/api/v1/items/42", "www.example.com");
  head.field(http::field_id::user_agent, "example/1.0").field(http::field_id::accept, "application/json");
  if (!connection.send(head)) return 0;
  bench::clobber();
  for (;;) {
    const http::event e = connection.next(context, in);
    in.remove_prefix(e.consumed);
    if (e.kind == http::event_kind::end) return in.empty();
    if (e.kind != http::event_kind::response && e.kind != http::event_kind::data) return 0;
    bench::keep(e);
  }
}

#if defined(COAX_BENCH_BEAST)
std::size_t beast_ask(std::string_view in) { return peers::beast_ask(in, output().data(), output().size()); }
#else
constexpr std::size_t (*beast_serve)(std::string_view) = nullptr;
constexpr std::size_t (*beast_ask)(std::string_view) = nullptr;
#endif

} // namespace

void add_subjects() {
  peers::report_http_peers();
  for (const char *name : {"a_tiny", "b_browser", "c_chrome", "d_api", "f_ws"}) add_heads(name, false);
  add_heads("e_resp", true);
  for (const char *name : {"a_tiny", "b_browser", "c_chrome", "d_api"})
    add_exchanges("a server's exchange", name + std::string(".mix"),
                  messages_of<http::request_reader>(name + std::string(".mix.http"), 1), 1, coax_serve,
                  beast_serve);
  add_exchanges("a server's exchange", "g_pipe16.mix",
                messages_of<http::request_reader>("g_pipe16.mix.http", 16), 16, coax_serve, beast_serve);
  add_exchanges("a client's exchange", "e_resp.mix", messages_of<http::response_reader>("e_resp.mix.http", 1),
                1, coax_ask, beast_ask);
}
