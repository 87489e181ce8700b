// Whatever a connection accepts for sending is read strictly as the same thing, with nothing left over: the
// bytes choose the calls and their arguments.
#include "support/round_trip.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

class bytes : public coax_test::chooser {
public:
  bytes(const std::uint8_t *first, std::size_t size) : next_(first), end_(first + size) {}
  unsigned below(unsigned n) override {
    unsigned out = take();
    if (n > 256) out = out << 8 | take();
    return out % n;
  }
  void broken(const std::string &what, const std::string &wire) override {
    std::fprintf(stderr, "%s\n%s\n", what.c_str(), wire.c_str());
    std::abort();
  }

private:
  unsigned take() { return next_ == end_ ? 0 : *next_++; }

  const std::uint8_t *next_, *end_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  bytes c(data + 1, size - 1);
  coax_test::round_trip trip(c);
  if (data[0] & 1)
    trip.requests();
  else
    trip.responses();
  return 0;
}
