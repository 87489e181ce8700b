// Whatever a connection accepts for sending is read back as the same thing.
#include "support/catch.hpp"
#include "support/round_trip.hpp"

#include <cstddef>
#include <random>
#include <string>

namespace {

class lots : public coax_test::chooser {
public:
  explicit lots(unsigned seed) : random_(seed), seed_(seed) {}
  unsigned below(unsigned n) override { return static_cast<unsigned>(random_() % n); }
  void broken(const std::string &what, const std::string &wire) override {
    FAIL("seed " << seed_ << ": " << what << "\n" << wire);
  }

private:
  std::mt19937 random_;
  unsigned seed_;
};

} // namespace

TEST_CASE("reads every request that a client sends as what was sent", "[H1-323]") {
  coax_test::counts all;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    lots c(seed);
    coax_test::round_trip trip(c);
    trip.requests();
    all.accepted += trip.seen.accepted;
    all.refused += trip.seen.refused;
    all.bodies += trip.seen.bodies;
    all.trailers += trip.seen.trailers;
  }
  CHECK(all.accepted > 4000); // there is something to it
  CHECK(all.refused > 2000);
  CHECK(all.bodies > 1200);
  CHECK(all.trailers > 80);
}

TEST_CASE("reads every response that a server sends as what was sent", "[H1-323]") {
  coax_test::counts all;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    lots c(seed);
    coax_test::round_trip trip(c);
    trip.responses();
    all.accepted += trip.seen.accepted;
    all.refused += trip.seen.refused;
    all.bodies += trip.seen.bodies;
    all.trailers += trip.seen.trailers;
    all.switches += trip.seen.switches;
  }
  CHECK(all.accepted > 4000);
  CHECK(all.refused > 2000);
  CHECK(all.bodies > 1200);
  CHECK(all.trailers > 80);
  CHECK(all.switches > 200);
}
