// HTTP heads: from bytes to a table of fields, on to their framing, and in pieces.
#include "peers/http_peers.hpp"
#include "support/bench.hpp"
#include "support/http_inputs.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace http = coax::http;
namespace peers = bench::peers;

struct input {
  const char *name;
  bool response;
  std::size_t together; ///< messages that lie back to back in one buffer
};
constexpr input inputs[] = {{"a_tiny", false, 1},   {"b_browser", false, 1}, {"c_chrome", false, 1},
                            {"d_api", false, 1},    {"e_resp", true, 1},     {"f_ws", false, 1},
                            {"g_pipe16", false, 16}};

std::array<http::field_ref, 100> table;
const http::context context{table};

// --- coax -------------------------------------------------------------------------------------------------

template <class Parser> std::size_t parse(std::string_view bytes) {
  std::size_t out = 0;
  Parser parser;
  for (; !bytes.empty(); ++out) {
    const auto step = parser.parse(context, bytes);
    if (!step.ready()) return 0;
    bench::clobber();
    bytes.remove_prefix(step.consumed);
  }
  return out;
}

/// With Host and framing judged, as a connection sees it. Each head is one of a new connection, as its body
/// is not there.
template <class Reader> std::size_t read(std::string_view bytes) {
  std::size_t out = 0;
  for (; !bytes.empty(); ++out) {
    Reader reader;
    const http::event e = reader.next(context, bytes);
    if (e.head.size == 0) return 0;
    bench::clobber();
    bench::keep(e);
    bytes.remove_prefix(e.consumed);
  }
  return out;
}

bool parse_in_pieces(std::string_view head, std::size_t size) {
  http::request_parser parser;
  for (std::size_t begin = 0, there = 0; there < head.size();) {
    there = std::min(there + size, head.size());
    const auto step = parser.parse(context, head.substr(begin, there - begin));
    bench::clobber();
    if (step.ready()) return true;
    if (step.failed()) return false;
    begin += step.consumed;
  }
  return false;
}

// --- tables -----------------------------------------------------------------------------------------------

/// Every buffer once, or the one buffer as often as the mixes have messages.
void add(const std::string &group, const std::string &input, const std::string &name,
         const std::shared_ptr<bench::http_arrivals> &in, peers::parse_heads *parse) {
  const std::size_t rounds = in->rounds();
  bench::add({.group = group,
              .input = input,
              .name = name,
              .messages = in->messages * rounds,
              .bytes = in->bytes * rounds,
              .run = [in, parse, rounds] {
                std::size_t parsed = 0;
                for (std::size_t i = 0; i < rounds; ++i)
                  for (const auto &b : in->all) parsed += parse(b->view());
                return parsed == in->messages * rounds;
              }});
}

void add_heads(const input &i, const std::string &name, const std::string &file) {
  const auto heads = bench::http_heads_of(file, i.response);
  const auto in = std::make_shared<bench::http_arrivals>(heads, i.together);
  const bool r = i.response;
  const auto row = [&](const char *group, const char *peer, peers::parse_heads *requests,
                       peers::parse_heads *responses) {
    add(group, name, peer, in, r ? responses : requests);
  };
  row("heads", "coax", parse<http::request_parser>, parse<http::response_parser>);
  row("framed heads", "coax", read<http::request_reader>, read<http::response_reader>);
#if defined(COAX_BENCH_PICOHTTPPARSER)
  row("heads", "picohttpparser", peers::picohttpparser_requests, peers::picohttpparser_responses);
  row("framed heads", "picohttpparser+", peers::picohttpparser_framed_requests,
      peers::picohttpparser_framed_responses);
#endif
#if defined(COAX_BENCH_HTTPARSE)
  row("heads", "httparse", peers::httparse_requests, peers::httparse_responses);
  row("framed heads", "httparse+", peers::httparse_framed_requests, peers::httparse_framed_responses);
#endif
#if defined(COAX_BENCH_LLHTTP)
  row("framed heads", "llhttp", peers::llhttp_requests, peers::llhttp_responses);
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
  row("framed heads", "http_parser", peers::http_parser_requests, peers::http_parser_responses);
#endif
#if defined(COAX_BENCH_BEAST)
  row("framed heads", "Beast", peers::beast_requests, peers::beast_responses);
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
  if (!r) // among heads of its own, as it makes letters of names small
    add("framed heads", name, "uWebSockets", std::make_shared<bench::http_arrivals>(heads, i.together),
        peers::uwebsockets_requests);
#endif
}

void add_pieces(const std::string &name, const std::vector<std::string> &heads, std::size_t size) {
  std::vector<std::string> some = heads;
  some.resize(std::min<std::size_t>(some.size(), 8)); // by 1 is slow
  const auto in = std::make_shared<bench::http_arrivals>(some);
  const auto row = [&](const char *peer, peers::parse_in_pieces *parse) {
    bench::add({.group = "heads in pieces",
                .input = name + " by " + std::to_string(size),
                .name = peer,
                .messages = in->messages,
                .bytes = in->bytes,
                .run = [in, parse, size] {
                  bool good = true;
                  for (const auto &b : in->all) good = parse(b->view(), size) && good;
                  return good;
                }});
  };
  row("coax", parse_in_pieces);
#if defined(COAX_BENCH_PICOHTTPPARSER)
  row("picohttpparser", peers::picohttpparser_pieces);
#endif
#if defined(COAX_BENCH_HTTPARSE)
  row("httparse", peers::httparse_pieces);
#endif
#if defined(COAX_BENCH_LLHTTP)
  row("llhttp", peers::llhttp_pieces);
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
  row("http_parser", peers::http_parser_pieces);
#endif
#if defined(COAX_BENCH_BEAST)
  row("Beast", peers::beast_pieces);
#endif
}

/// A request with 16 KB of cookies.
std::string large_cookie() {
  std::string out = "GET /account HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\nCookie: ";
  bench::random random(16);
  const std::size_t begin = out.size();
  for (int i = 0; out.size() - begin < 16 * 1024; ++i) {
    if (i != 0) out += "; ";
    out += "c" + std::to_string(i) + "=";
    for (std::size_t n = random.between(20, 200); n != 0; --n)
      out += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random.next() % 64];
  }
  out.resize(begin + 16 * 1024);
  return out + "\r\nAccept: */*\r\n\r\n";
}

} // namespace

void add_subjects() {
  peers::report_http_peers();
  for (const input &i : inputs) {
    const std::string name = i.name;
    add_heads(i, name, name + ".http");
    add_heads(i, name + ".mix", name + ".mix.http");
  }
  const std::vector<std::string> cookie{large_cookie()};
  for (const std::size_t size : {1u, 16u, 64u, 256u, 1448u}) {
    add_pieces("b_browser", bench::http_heads_of("b_browser.mix.http", false), size);
    add_pieces("c_chrome", bench::http_heads_of("c_chrome.mix.http", false), size);
  }
  for (const std::size_t size : {1u, 16u, 64u, 256u, 1448u, 65536u}) add_pieces("16K cookie", cookie, size);
}
