// Heads, whole and in pieces that are too small for the quick path: the same outcome, offsets and table.
#include "transcript.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

namespace http = coax::http;
using fields = std::array<http::field_ref, 70>;

struct outcome {
  coax::step<http::errc> step{};
  std::size_t consumed = 0;
  http::head_ref head{};
  http::deviations seen{};
};

template <class Parser>
outcome parse(std::string_view text, const http::limits &lim, const http::leniency &len, std::size_t piece,
              fields &table) {
  std::memset(static_cast<void *>(table.data()), 0xA5, sizeof table);
  const http::context ctx{table, lim, len};
  Parser parser;
  outcome out;
  for (std::size_t end = std::min(piece, text.size());; end = std::min(end + piece, text.size())) {
    out.step = parser.parse(ctx, text.substr(out.consumed, end - out.consumed));
    out.consumed += out.step.consumed;
    if (out.step.st != coax::status::need_more || end == text.size()) break;
  }
  out.seen = parser.seen();
  if (out.step.ready()) out.head = parser.head();
  out.head.start = 0; // empty lines in front may have been dropped before
  return out;
}

template <class Parser>
void compare(std::string_view text, const http::limits &lim, const http::leniency &len) {
  static fields one, other;
  const outcome whole = parse<Parser>(text, lim, len, text.size() + 1, one);
  const outcome alone = parse<Parser>(text, lim, len, 31, other);
  COAX_FUZZ_CHECK(whole.step.st == alone.step.st);
  COAX_FUZZ_CHECK(whole.step.ec == alone.step.ec);
  COAX_FUZZ_CHECK(whole.step.why.what == alone.step.why.what && whole.step.why.index == alone.step.why.index);
  COAX_FUZZ_CHECK(whole.consumed + whole.step.why.at == alone.consumed + alone.step.why.at);
  COAX_FUZZ_CHECK(whole.seen == alone.seen);
  COAX_FUZZ_CHECK(std::memcmp(&whole.head, &alone.head, sizeof whole.head) == 0);
  const std::size_t lines = whole.step.ready() ? whole.head.fields * sizeof(http::field_ref) : 0;
  COAX_FUZZ_CHECK(std::memcmp(one.data(), other.data(), lines) == 0);
}

} // namespace

// The first octets: what is parsed, and under which limits and leniency.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 4) return 0;
  http::limits lim;
  http::leniency len;
  if ((data[0] & 2) != 0) lim.field_line = data[1];
  if ((data[0] & 4) != 0) lim.head = static_cast<std::uint16_t>(4 * data[2]);
  if ((data[0] & 8) != 0) lim.fields = data[3] & 7;
  if ((data[0] & 16) != 0) lim.request_line = data[3];
  len.reject_underscore_names = (data[0] & 32) != 0;
  len.allow_bare_lf = (data[0] & 64) != 0;
  len.target = static_cast<coax::uri::syntax>((data[0] >> 6) % 3);
  const std::string_view text(reinterpret_cast<const char *>(data) + 4, size - 4);
  if ((data[0] & 1) != 0)
    compare<http::response_parser>(text, lim, len);
  else
    compare<http::request_parser>(text, lim, len);
  return 0;
}
