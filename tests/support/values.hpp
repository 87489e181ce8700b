// The outcomes of reading and writing values, as text.
#pragma once

#include "catch.hpp"

#include <coax/core/outcome.hpp>
#include <coax/fields/errc.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace coax_test {

/// An error and its offset: "malformed@3".
inline std::string error(coax::values::errc ec, std::size_t at) {
  return std::string(name(ec)) + "@" + std::to_string(at);
}

/// Every span smaller than `required` has to be refused, with nothing said to be written, the room that is
/// required, and no byte touched behind it. `write` is called with the span.
template <class Write> void check_smaller_refused(Write &write, std::size_t required) {
  for (std::size_t size = 0; size < required; ++size) {
    std::string small(required + 1, '\xEE');
    const coax::written<coax::values::errc> refused = write(std::span<char>(small).first(size));
    CHECK(refused.ec == coax::values::errc::buffer_too_small);
    CHECK(refused.size == 0);
    CHECK(refused.required == required);
    CHECK(small.find_first_not_of('\xEE', size) == std::string::npos);
  }
}

/// What a writer makes in at most `most` bytes, or the name of its error. Every smaller span has to be
/// refused, and a span of just the size must do.
template <class Write> std::string written_by(Write write, std::size_t most = 512) {
  std::string out(most, '\xEE');
  const coax::written<coax::values::errc> done = write(std::span<char>(out));
  if (!done) {
    CHECK(done.size == 0);
    CHECK(out.find_first_not_of('\xEE') == std::string::npos);
    return std::string(name(done.ec));
  }
  CHECK(done.size == done.required);
  CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
  check_smaller_refused(write, done.size);
  std::string fitting(done.size, '\xEE');
  CHECK(write(std::span<char>(fitting)));
  CHECK(fitting == out.substr(0, done.size));
  return fitting;
}

} // namespace coax_test
