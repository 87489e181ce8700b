// Other WebSocket libraries, each behind the same signatures. A peer that was not found has no functions.
#pragma once

#include "../support/bench.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench::peers {

/// One end of a connection that is open already.
class endpoint {
public:
  virtual ~endpoint() = default;
  /// Takes what arrives: reads that end at `ends`, all in one buffer, which may be changed. It consists of
  /// whole messages. How many there were; 0 if something was refused.
  virtual std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t messages) = 0;
  /// Sends a text message: its octets are ready for a socket. How many they are; 0 if it was refused.
  virtual std::size_t send(std::string_view text) = 0;
  /// The same as receive(), and each message is sent back. 0 where only frames are known.
  virtual std::size_t echo(char *data, const std::vector<std::size_t> &ends, std::size_t messages) {
    (void)data, (void)ends, (void)messages;
    return 0;
  }
};

/// A server's end, where frames have to be masked, or a client's.
using make_endpoint = std::unique_ptr<endpoint>(bool server);

/// A server's side of the opening handshake. Whether it was accepted.
using accept_handshake = bool(std::string_view request);

#if defined(COAX_BENCH_BEAST)
make_endpoint beast_endpoint;
accept_handshake beast_accept;
/// A server's, with permessage-deflate: it compresses what it sends, with what went before in mind or not.
std::unique_ptr<endpoint> beast_deflating_endpoint(bool takeover);
#endif
#if defined(COAX_BENCH_WSLAY)
make_endpoint wslay_endpoint, wslay_frames_endpoint;
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
make_endpoint websocketpp_endpoint;
accept_handshake websocketpp_accept;
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
make_endpoint uwebsockets_endpoint;
#endif

/// Says which of them there are.
void report_ws_peers();

/// Calls add(name, endpoint) for each of them that knows messages.
template <class Add> void add_ws_peers(bool server, Add add) {
#if defined(COAX_BENCH_BEAST)
  add("Beast", std::shared_ptr<endpoint>(beast_endpoint(server)));
#endif
#if defined(COAX_BENCH_WSLAY)
  add("wslay", std::shared_ptr<endpoint>(wslay_endpoint(server)));
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
  add("websocketpp", std::shared_ptr<endpoint>(websocketpp_endpoint(server)));
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
  add("uWebSockets", std::shared_ptr<endpoint>(uwebsockets_endpoint(server)));
#endif
  (void)server;
  (void)add;
}

/// The same for those that know frames only, and check no text.
template <class Add> void add_frame_peers(bool server, Add add) {
#if defined(COAX_BENCH_WSLAY)
  add("wslay frames", std::shared_ptr<endpoint>(wslay_frames_endpoint(server)));
#endif
  (void)server;
  (void)add;
}

} // namespace bench::peers
