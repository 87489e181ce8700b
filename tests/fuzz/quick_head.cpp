// Heads, by the quick paths, whole and in pieces, and without any kernel: the same outcome, offsets and
// table.
#define COAX_ISA_FOR_TESTS
#include "transcript.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

bool kernels = true;

} // namespace

extern "C" int coax_isa_for_tests() noexcept {
  if (!kernels) return static_cast<int>(coax::isa::scalar);
#if defined(COAX_HAS_X86_KERNELS)
  static const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return static_cast<int>(avx2 ? coax::isa::avx2 : coax::isa::ssse3);
#elif defined(COAX_HAS_NEON_KERNELS)
  return static_cast<int>(coax::isa::neon);
#else
  return static_cast<int>(coax::isa::scalar);
#endif
}

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
void compare(std::string_view text, const http::limits &lim, const http::leniency &len, std::size_t piece) {
  static fields one, other;
  kernels = false;
  const outcome slow = parse<Parser>(text, lim, len, text.size() + 1, one);
  kernels = true;
  for (const std::size_t size : {piece, text.size() + 1}) {
    const outcome quick = parse<Parser>(text, lim, len, size, other);
    COAX_FUZZ_CHECK(quick.step.st == slow.step.st);
    COAX_FUZZ_CHECK(quick.step.ec == slow.step.ec);
    COAX_FUZZ_CHECK(quick.step.why.what == slow.step.why.what && quick.step.why.index == slow.step.why.index);
    COAX_FUZZ_CHECK(quick.consumed + quick.step.why.at == slow.consumed + slow.step.why.at);
    COAX_FUZZ_CHECK(quick.seen == slow.seen);
    COAX_FUZZ_CHECK(std::memcmp(&quick.head, &slow.head, sizeof quick.head) == 0);
    const std::size_t lines = quick.step.ready() ? quick.head.fields * sizeof(http::field_ref) : 0;
    COAX_FUZZ_CHECK(std::memcmp(one.data(), other.data(), lines) == 0);
  }
}

} // namespace

// The first octets: what is parsed, in pieces of which size, and under which limits and leniency.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 5) return 0;
  http::limits lim;
  http::leniency len;
  if ((data[0] & 2) != 0) lim.field_line = data[1];
  if ((data[0] & 4) != 0) lim.head = static_cast<std::uint16_t>(4 * data[2]);
  if ((data[0] & 8) != 0) lim.fields = data[3] & 7;
  if ((data[0] & 16) != 0) lim.request_line = data[3];
  len.reject_underscore_names = (data[0] & 32) != 0;
  len.allow_bare_lf = (data[0] & 64) != 0;
  len.target = static_cast<coax::uri::syntax>((data[0] >> 6) % 3);
  const std::string_view text(reinterpret_cast<const char *>(data) + 5, size - 5);
  const std::size_t piece = data[4] + std::size_t{1};
  if ((data[0] & 1) != 0)
    compare<http::response_parser>(text, lim, len, piece);
  else
    compare<http::request_parser>(text, lim, len, piece);
  return 0;
}
