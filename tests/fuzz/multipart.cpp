// A multipart body gives the same events, errors and offsets however it is cut and however little data is
// taken.
#include "transcript.hpp"

#include <coax/fields/boundary.hpp>
#include <coax/http/multipart_reader.hpp>

#include <cstddef>
#include <cstdint>

namespace {

namespace http = coax::http;
namespace values = coax::values;
using http::multipart_event_kind;

struct shape {
  http::multipart_type type = http::multipart_type::other;
  http::multipart_limits parts{};
  http::limits limits{};
  std::size_t table = 16;
  values::boundary boundary{};
};

/// Reads `input` in pieces whose sizes `sizes` gives in turn (all at once if it is empty). Each call sees a
/// fresh heap copy of its bytes.
std::string read(const shape &s, const std::string &input, const std::vector<std::size_t> &sizes,
                 std::size_t max_data) {
  std::string out, data;
  std::vector<http::field_ref> table(s.table);
  const http::leniency len;
  const http::context ctx{table, s.limits, len};
  http::multipart_reader reader(s.boundary, s.type, s.parts);
  std::size_t base = 0, available = 0, turn = 0;
  const std::string delimiter = "\r\n--" + std::string(s.boundary.view());
  const auto flush = [&] {
    if (data.empty()) return;
    COAX_FUZZ_CHECK(data.find(delimiter) == std::string::npos);
    COAX_FUZZ_CHECK(data.compare(0, delimiter.size() - 2, delimiter, 2) != 0);
    out += "data " + data + "\n";
    data.clear();
  };
  do {
    const std::size_t size = input.size() - available;
    available += sizes.empty() ? size : std::min(size, sizes[turn++ % sizes.size()]);
    for (;;) {
      const std::size_t unread = available - base;
      const std::unique_ptr<char[]> copy(new char[unread]);
      std::memcpy(copy.get(), input.data() + base, unread);
      const http::multipart_event e = reader.next(ctx, {copy.get(), unread}, max_data);
      COAX_FUZZ_CHECK(e.consumed <= unread);
      base += e.consumed;
      if (e.kind == multipart_event_kind::need_more) {
        // What is held back is a head, or shorter than a delimiter.
        COAX_FUZZ_CHECK(e.hint == 1);
        break;
      }
      if (e.kind == multipart_event_kind::data) {
        COAX_FUZZ_CHECK(!e.data.empty() && e.data.size() <= max_data && e.data.data() == copy.get());
        data += e.data;
        continue;
      }
      flush();
      if (e.kind == multipart_event_kind::failed) {
        COAX_FUZZ_CHECK(e.consumed == 0 && e.ec != values::errc::ok && e.why.at <= unread);
        COAX_FUZZ_CHECK(reader.finish().ec == e.ec);
        return out + "failed " + std::string(name(e.ec)) + " at " + std::to_string(base + e.why.at) + " " +
               std::to_string(static_cast<int>(e.why.what)) + " " + std::to_string(e.why.index) + " " +
               std::string(name(e.line_ec));
      }
      out += "event " + std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(base) + "\n";
      if (e.kind == multipart_event_kind::end) return out;
      if (e.kind == multipart_event_kind::part) {
        for (const http::field f : http::view_fields(e.head, copy.get(), table))
          out += std::string(f.name) + ": " + std::string(f.value) + "\n";
        out += std::to_string(e.range.first) + " " + std::to_string(e.range.size()) + " " +
               std::string(e.form.name) + " " + std::string(e.form.filename) + "\n";
      }
    }
  } while (available != input.size());
  flush();
  const http::multipart_event e = reader.finish();
  return out + "at the end " + std::string(name(e.ec));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 4 || size > 4096) return 0;
  constexpr const char *boundaries[] = {
      "B", "BB", "-", "--", "a b", "ab-ab", "----WebKitFormBoundary7MA4YWxk", "x'"};
  shape s;
  s.type = static_cast<http::multipart_type>(bytes[0] % 3);
  s.boundary = *values::make_boundary(boundaries[bytes[1] % 8]);
  if (bytes[0] & 16) s.parts = {.parts = 2, .preamble = 6, .padding = 2};
  if (bytes[0] & 32) s.limits.head = 60, s.limits.field_line = 50, s.table = 2;
  const std::string input(reinterpret_cast<const char *>(bytes) + 4, size - 4);
  const std::string whole = read(s, input, {}, coax::no_cap);
  const std::size_t a = bytes[2], b = bytes[3];
  const auto same = [&](const std::vector<std::size_t> &sizes, std::size_t max_data) {
    const std::string cut = read(s, input, sizes, max_data);
    if (cut != whole) std::fprintf(stderr, "whole:\n%s\ncut:\n%s\n", whole.c_str(), cut.c_str());
    COAX_FUZZ_CHECK(cut == whole);
  };
  same({1}, coax::no_cap);
  same({a + 1, b + 1}, b % 9 + 1);
  same({b * 7 + 1, 1, 2}, coax::no_cap);
  same({}, a % 5 + 1);
  return 0;
}
