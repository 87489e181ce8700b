// Other WebSocket libraries, each behind the same signatures. A peer that was not found has no functions.
#pragma once

#include "../support/bench.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace bench::peers {

/// The receiving end of a connection that is open already.
class receiver {
public:
  virtual ~receiver() = default;
  /// Takes what arrives: reads that end at `ends`, all in one buffer, which may be changed. It consists of
  /// whole messages. How many there were; 0 if something was refused.
  virtual std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t messages) = 0;
};

/// `masked`: frames have to be masked, as a server demands.
using make_receiver = std::unique_ptr<receiver>(bool masked);

#if defined(COAX_BENCH_WSLAY)
make_receiver wslay_receiver;
#endif
#if defined(COAX_BENCH_BEAST)
make_receiver beast_receiver;
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
make_receiver websocketpp_receiver;
#endif

/// Says which of them there are.
void report_ws_peers();

} // namespace bench::peers
