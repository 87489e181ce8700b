// A stream of messages gives the same events, errors and offsets however it is cut.
#include "transcript.hpp"

#include <cstddef>
#include <cstdint>

namespace {

template <class Reader>
void check(const coax_fuzz::settings &s, const std::string &input, std::size_t a, std::size_t b) {
  const std::string whole = coax_fuzz::read<Reader>(s, input, {});
  for (const std::vector<std::size_t> &sizes :
       {std::vector<std::size_t>{1}, {a + 1, b + 1}, {b * 7 + 1, 1, 2}}) {
    const std::string cut = coax_fuzz::read<Reader>(s, input, sizes);
    if (cut != whole) std::fprintf(stderr, "whole:\n%s\ncut:\n%s\n", whole.c_str(), cut.c_str());
    COAX_FUZZ_CHECK(cut == whole);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 4 || size > 8192) return 0;
  const coax_fuzz::settings s = coax_fuzz::choose(bytes[0], bytes[1]);
  const std::string input(reinterpret_cast<const char *>(bytes) + 4, size - 4);
  if (bytes[2] & 1)
    check<coax_fuzz::http::response_reader>(s, input, bytes[2], bytes[3]);
  else
    check<coax_fuzz::http::request_reader>(s, input, bytes[2], bytes[3]);
  return 0;
}
