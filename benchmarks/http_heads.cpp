// Heads: from bytes to a table of fields, and on to the framing. ns per message; other parsers beside coax
// where they are installed. See README.md here for what the inputs are.
#include <coax/http.hpp>

#include <benchmark/benchmark.h>

#if defined(COAX_BENCH_HTTP_PARSER)
#include <http_parser.h>
#endif
#if defined(COAX_BENCH_PICOHTTPPARSER)
#include <picohttpparser.h>
#endif

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace http = coax::http;

struct input {
  const char *name;
  bool response;
};

// One message each, and in NAME.mix.http 128 different ones of the same kind: a branch predictor learns a
// message that is repeated, so the mix is the figure that counts.
constexpr input inputs[] = {{"a_tiny", false}, {"b_browser", false}, {"c_chrome", false}, {"d_api", false},
                            {"e_resp", true},  {"f_ws", false},      {"g_pipe16", false}};

std::string load(const std::string &name) {
  const std::string path = std::string(COAX_SOURCE_DIR "/benchmarks/corpus/") + name;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(66);
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The heads of a corpus file, each with its own bytes; bodies are left out.
std::vector<std::string> heads_of(const std::string &bytes, bool response) {
  std::vector<std::string> out;
  std::vector<http::field_ref> table(200);
  const http::limits limits;
  const http::leniency leniency;
  const http::context context{table, limits, leniency};
  const auto split = [&](auto reader) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const http::event e = reader.next(context, rest);
      if (e.kind == http::event_kind::failed || e.kind == http::event_kind::need_more) std::abort();
      if (e.head.size != 0) out.emplace_back(rest.substr(0, e.consumed));
      if (e.kind == http::event_kind::switched || e.kind == http::event_kind::closed) reader.reset();
      rest.remove_prefix(e.consumed);
    }
  };
  if (response)
    split(http::response_reader());
  else
    split(http::request_reader());
  return out;
}

template <class F> void run(benchmark::State &state, const std::vector<std::string> &heads, F parse) {
  std::size_t i = 0, bytes = 0;
  for (auto _ : state) {
    const std::string &head = heads[i];
    if (!parse(head)) {
      state.SkipWithError("refused");
      break;
    }
    bytes += head.size();
    if (++i == heads.size()) i = 0;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

std::array<http::field_ref, 100> table;
const http::limits limits;
const http::leniency leniency;
const http::context context{table, limits, leniency};

template <class Parser> bool coax_head(const std::string &head) {
  Parser parser;
  const auto step = parser.parse(context, std::string_view(head));
  benchmark::DoNotOptimize(table.data());
  benchmark::ClobberMemory();
  return step.ready();
}

bool coax_request_framing(const std::string &head) {
  http::request_parser parser;
  if (!parser.parse(context, std::string_view(head)).ready()) return false;
  const http::request r = http::view_request(parser.head(), head.data(), table);
  http::framing framing;
  http::deviations seen;
  const bool ok = http::check_host(r, leniency, seen) && http::analyze(r, limits, leniency, framing);
  benchmark::DoNotOptimize(framing);
  return ok;
}

bool coax_response_framing(const std::string &head) {
  http::response_parser parser;
  if (!parser.parse(context, std::string_view(head)).ready()) return false;
  const http::response r = http::view_response(parser.head(), head.data(), table);
  http::framing framing;
  const bool ok = static_cast<bool>(http::analyze(r, http::method::get, limits, leniency, framing));
  benchmark::DoNotOptimize(framing);
  return ok;
}

#if defined(COAX_BENCH_PICOHTTPPARSER)
std::array<phr_header, 100> pico_table;

bool pico_request(const std::string &head) {
  const char *method, *path;
  std::size_t method_size, path_size, count = pico_table.size();
  int minor;
  const int n = phr_parse_request(head.data(), head.size(), &method, &method_size, &path, &path_size, &minor,
                                  pico_table.data(), &count, 0);
  benchmark::ClobberMemory();
  return n > 0;
}

bool pico_response(const std::string &head) {
  const char *reason;
  std::size_t reason_size, count = pico_table.size();
  int minor, code;
  const int n = phr_parse_response(head.data(), head.size(), &minor, &code, &reason, &reason_size,
                                   pico_table.data(), &count, 0);
  benchmark::ClobberMemory();
  return n > 0;
}
#endif

#if defined(COAX_BENCH_HTTP_PARSER)
/// What a user of http_parser does at least: keep where names and values lie.
struct old_message {
  std::array<std::string_view, 200> parts;
  std::size_t count = 0;
  bool complete = false;
};

int old_part(::http_parser *p, const char *at, std::size_t size) {
  auto *m = static_cast<old_message *>(p->data);
  m->parts[m->count++] = {at, size};
  return 0;
}

bool old_parse(const std::string &head, http_parser_type type) {
  static const http_parser_settings settings = [] {
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_url = s.on_header_field = s.on_header_value = old_part;
    s.on_headers_complete = [](::http_parser *p) {
      static_cast<old_message *>(p->data)->complete = true;
      return 1; // no body here
    };
    return s;
  }();
  static old_message m;
  m.count = 0;
  m.complete = false;
  ::http_parser p;
  http_parser_init(&p, type);
  p.data = &m;
  http_parser_execute(&p, &settings, head.data(), head.size());
  benchmark::ClobberMemory();
  return m.complete;
}
#endif

void add(const std::string &subject, const std::string &input, const std::vector<std::string> &heads,
         bool (*parse)(const std::string &)) {
  benchmark::RegisterBenchmark((input + "/" + subject).c_str(),
                               [heads, parse](benchmark::State &state) { run(state, heads, parse); });
}

void add_all(const std::string &name, const std::string &file, bool response) {
  const std::vector<std::string> heads = heads_of(load(file), response);
  if (response) {
    add("coax", name, heads, coax_head<http::response_parser>);
    add("coax+framing", name, heads, coax_response_framing);
#if defined(COAX_BENCH_PICOHTTPPARSER)
    add("picohttpparser", name, heads, pico_response);
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
    add("http_parser", name, heads, [](const std::string &h) { return old_parse(h, HTTP_RESPONSE); });
#endif
    return;
  }
  add("coax", name, heads, coax_head<http::request_parser>);
  add("coax+framing", name, heads, coax_request_framing);
#if defined(COAX_BENCH_PICOHTTPPARSER)
  add("picohttpparser", name, heads, pico_request);
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
  add("http_parser", name, heads, [](const std::string &h) { return old_parse(h, HTTP_REQUEST); });
#endif
}

} // namespace

int main(int argc, char **argv) {
  for (const input &i : inputs) {
    const std::string name = i.name;
    add_all(name, name + ".http", i.response);
    add_all(name + ".mix", name + ".mix.http", i.response);
  }
#if !defined(COAX_BENCH_PICOHTTPPARSER)
  benchmark::AddCustomContext("picohttpparser", "not installed, not measured");
#endif
#if !defined(COAX_BENCH_HTTP_PARSER)
  benchmark::AddCustomContext("http_parser", "not installed, not measured");
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
