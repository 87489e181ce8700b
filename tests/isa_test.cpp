// That COAX_ISA decides which instructions the tests run with.
#include <coax/core/isa.hpp>

#include "support/catch.hpp"

#include <cstdlib>
#include <string_view>

static_assert(coax::best_isa() == coax::isa::scalar); // in constant expressions

TEST_CASE("the tests run with the instructions that they are told to use") {
  const char *const given = std::getenv("COAX_ISA");
  const std::string_view wanted = given == nullptr ? "" : given;
  coax::isa used{};
  used = coax::best_isa(); // not in a constant expression
  if (wanted == "scalar")
    CHECK(used == coax::isa::scalar);
  else if (wanted == "ssse3")
    CHECK(used <= coax::isa::ssse3);
  else
    CHECK(used <= coax::isa::neon);
}
