// A WebSocket connection taken through calls and frames as the input has them, next to a model of it.
#include "transcript.hpp"

#include "support/ws_walk.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  const std::string_view steps(reinterpret_cast<const char *>(data) + 1, size - 1);
  const std::string problem = (data[0] & 1) != 0 ? coax_test::ws_walk<coax::role::client>().run(steps)
                                                 : coax_test::ws_walk<coax::role::server>().run(steps);
  if (!problem.empty()) std::fprintf(stderr, "%s\n", problem.c_str());
  COAX_FUZZ_CHECK(problem.empty());
  return 0;
}
