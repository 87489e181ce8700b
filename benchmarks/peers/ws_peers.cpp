#include "ws_peers.hpp"

namespace bench::peers {

void report_ws_peers() {
#if defined(COAX_BENCH_BEAST)
  present("Beast", COAX_BENCH_BEAST);
#else
  missing("Beast", "libboost-dev");
#endif
#if defined(COAX_BENCH_WSLAY)
  present("wslay", COAX_BENCH_WSLAY);
#else
  missing("wslay", "libwslay-dev");
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
  present("websocketpp", COAX_BENCH_WEBSOCKETPP);
#else
  missing("websocketpp", "libwebsocketpp-dev");
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
  present("uWebSockets", COAX_BENCH_UWEBSOCKETS);
#else
  missing("uWebSockets", "cargo and a crate that carries it");
#endif
}

} // namespace bench::peers
