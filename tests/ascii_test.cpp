// Comparing text without case, at every size and place.
#include <coax/core/ascii.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

using coax::ascii::iequals;
using std::string_view;

static_assert(iequals("", "") && iequals("Upgrade", "uPGRADE") &&
              iequals("Sec-WebSocket-Key", "sec-websocket-key"));
static_assert(!iequals("a", "") && !iequals("upgrade", "upgrado") && !iequals("[", "{") &&
              !iequals("@", "`"));

namespace {

/// What the library says about `a` and `b`, which lie in memory of exactly their size.
bool compared(string_view a, string_view b) {
  const std::unique_ptr<char[]> left(new char[a.size()]), right(new char[b.size()]);
  a.copy(left.get(), a.size());
  b.copy(right.get(), b.size());
  return iequals({left.get(), a.size()}, {right.get(), b.size()});
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

} // namespace

TEST_CASE("letters compare without case, and nothing else does, wherever they stand", "[H1-083]") {
  std::size_t wrong = 0;
  for (std::size_t size = 1; size <= 19; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string a(size, 'x'), b(size, 'X');
      for (int left = 0; left < 256; ++left)
        for (int right = 0; right < 256; ++right) {
          const auto l = static_cast<char>(left), r = static_cast<char>(right);
          if (size > 9 && l != r && (left ^ right) != 0x20)
            continue; // enough of those that have nothing to do
          a[at] = l;
          b[at] = r;
          wrong += iequals(a, b) != (lower(l) == lower(r));
        }
      a[at] = b[at] = 'q';
      wrong += !compared(a, b);
      b[at] = '\x91';
      wrong += compared(a, b);
    }
  CHECK(wrong == 0);
}

TEST_CASE("texts of different sizes are different", "[H1-083]") {
  const std::string text(20, 'a');
  std::size_t wrong = 0;
  for (std::size_t n = 0; n <= text.size(); ++n)
    for (std::size_t m = 0; m <= text.size(); ++m)
      wrong += compared(string_view(text).substr(n), string_view(text).substr(m)) != (n == m);
  CHECK(wrong == 0);
}
