// Compacting chunks in place gives the payload, the trailers and the error that decoding one by one gives.
#include "transcript.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace coax_fuzz;

struct outcome {
  std::string payload;
  std::string trailers;
  http::errc ec = http::errc::ok;
  std::size_t at = 0;
  bool last = false;
  friend bool operator==(const outcome &, const outcome &) = default;
};

const http::framing chunked{.kind = http::body_kind::chunked};

void take_trailers(outcome &out, const http::fields &all) {
  for (const http::field f : all) out.trailers += std::string(f.name) + ":" + std::string(f.value) + ";";
}

outcome one_by_one(const settings &s, std::string_view in) {
  std::vector<http::field_ref> table(s.table);
  const http::context ctx{table, s.limits, s.leniency};
  http::body_decoder decoder(chunked, coax::role::client);
  outcome out;
  for (std::size_t base = 0;;) {
    const http::piece p = decoder.decode(ctx, in.substr(base));
    if (p.st == coax::status::failed) {
      out.ec = p.ec;
      out.at = base + p.why.at;
      return out;
    }
    out.payload += p.data;
    if (p.last) take_trailers(out, http::view_fields(p.trailers, in.data() + base, table));
    base += p.consumed;
    out.last = p.last;
    if (p.last || p.st == coax::status::need_more) return out;
  }
}

outcome in_place(const settings &s, std::string in, std::size_t step) {
  std::vector<http::field_ref> table(s.table);
  const http::context ctx{table, s.limits, s.leniency};
  http::body_decoder decoder(chunked, coax::role::client);
  outcome out;
  std::size_t base = 0;
  for (std::size_t end = 0;;) {
    end = std::min(in.size(), end + step);
    for (;;) {
      const std::size_t size = end - base;
      const http::compacted c = decoder.decode_in_place(ctx, std::span<char>(in).subspan(base, size));
      COAX_FUZZ_CHECK(c.consumed <= size && c.produced <= c.consumed);
      if (c.st == coax::status::failed) {
        out.ec = c.ec;
        out.at = base + c.why.at;
        return out;
      }
      out.payload.append(in, base, c.produced);
      if (c.last) take_trailers(out, http::view_fields(c.trailers, in.data() + base, table));
      base += c.consumed;
      out.last = c.last;
      if (c.last) return out;
      if (c.st == coax::status::need_more) break;
    }
    if (end == in.size()) return out;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 3 || size > 8192) return 0;
  settings s = choose(bytes[0], bytes[1]);
  s.leniency.unfold = false;
  const std::string input(reinterpret_cast<const char *>(bytes) + 3, size - 3);
  const outcome expected = one_by_one(s, input);
  COAX_FUZZ_CHECK(in_place(s, input, input.size() + 1) == expected);
  COAX_FUZZ_CHECK(in_place(s, input, 1u + bytes[2]) == expected);
  return 0;
}
