// Test vectors as data: see tests/vectors/README.md for the format.
#pragma once

#include "feed.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

struct test_vector {
  std::string name;
  dialogue talk;
  std::vector<std::string> expected;
};

/// The tests of one file of tests/vectors, in order.
std::vector<test_vector> read_vector_file(const std::string &path);

/// Runs test number `index` of a file of tests/vectors in the current test case.
void run_vector(std::string_view file, std::size_t index);

/// Replaces {G}, {P}, {R}, {C} and {N*text}, then escapes.
std::string bytes_of(std::string_view text);

} // namespace coax_test
