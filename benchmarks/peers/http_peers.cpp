#include "http_peers.hpp"

namespace bench::peers {

void report_http_peers() {
#if defined(COAX_BENCH_PICOHTTPPARSER)
  present("picohttpparser", COAX_BENCH_PICOHTTPPARSER);
#else
  missing("picohttpparser", "its sources");
#endif
#if defined(COAX_BENCH_HTTPARSE)
  present("httparse", COAX_BENCH_HTTPARSE);
#else
  missing("httparse", "cargo and its crate");
#endif
#if defined(COAX_BENCH_LLHTTP)
  present("llhttp", COAX_BENCH_LLHTTP);
#else
  missing("llhttp", "its sources");
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
  present("http_parser", COAX_BENCH_HTTP_PARSER);
#else
  missing("http_parser", "libhttp-parser-dev");
#endif
#if defined(COAX_BENCH_BEAST)
  present("Beast", COAX_BENCH_BEAST);
#else
  missing("Beast", "libboost-dev");
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
  present("uWebSockets", COAX_BENCH_UWEBSOCKETS);
#else
  missing("uWebSockets", "cargo and a crate that carries it");
#endif
}

} // namespace bench::peers
