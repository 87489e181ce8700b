// What a reader makes of a stream, as one text, for fuzzers to compare.
#pragma once

#include <coax/http.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace coax_fuzz {

namespace http = coax::http;

#define COAX_FUZZ_CHECK(condition)                                                                           \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                           \
      std::abort();                                                                                          \
    }                                                                                                        \
  } while (false)

/// How a stream is read.
struct settings {
  http::limits limits{};
  http::leniency leniency{};
  http::method asked = http::method::get;
  std::size_t table = 64;
  bool clean = true;
};

/// Settings from two bytes of the input.
inline settings choose(unsigned char a, unsigned char b) {
  settings s;
  http::leniency &l = s.leniency;
  if (a & 1) {
    l.allow_bare_lf = b & 1;
    l.strip_space_before_colon = b & 2;
    l.allow_ctl_in_values = b & 4;
    l.unfold = b & 8;
    l.te_overrides_cl = b & 16;
    l.expose_codings = b & 32;
    l.allow_empty_members_in_framing = l.collapse_repeated_content_length = b & 64;
    l.allow_chunk_size_trailing_ws = l.complete_at_last_chunk = b & 128;
    if (a & 2) l.on_forbidden_trailer = http::forbidden_trailer_policy::drop;
    if (a & 4) l.target = coax::uri::syntax::rfc3986;
    if (a & 8) l.target = coax::uri::syntax::any_visible;
  }
  if (a & 16) // small limits are easier to hit
    s.limits = {.empty_lines = 1,
                .method = 7,
                .request_line = 40,
                .field_line = 30,
                .head = 150,
                .fields = 4,
                .chunk_extension = 8,
                .chunk_extensions = 12,
                .chunk_overhead = 24,
                .trailers = 40,
                .body = 300};
  if (a & 32) s.asked = http::method::head;
  if (a & 64) s.asked = http::method::connect;
  s.clean = !(a & 128);
  return s;
}

/// Reads `input` in pieces whose sizes `sizes` gives in turn (all at once if it is empty). Each call sees a
/// fresh heap copy of its bytes, so that overreads and stale views show.
template <class Reader>
std::string read(const settings &s, std::string input, const std::vector<std::size_t> &sizes) {
  std::string out, data;
  std::vector<http::field_ref> table(s.table);
  const http::context ctx{table, s.limits, s.leniency};
  Reader reader;
  if constexpr (std::is_same_v<Reader, http::response_reader>) reader.answers(s.asked);
  std::size_t base = 0, available = 0, turn = 0;
  const auto flush = [&] {
    if (!data.empty()) out += "data " + data + "\n";
    data.clear();
  };
  const auto fields = [&](const http::fields &all) {
    for (const http::field f : all) out += std::string(f.name) + ": " + std::string(f.value) + "\n";
  };
  for (;;) {
    const std::size_t size = input.size() - available;
    available += sizes.empty() ? size : std::min(size, sizes[turn++ % sizes.size()]);
    for (;;) {
      const std::size_t unread = available - base;
      const std::unique_ptr<char[]> copy(new char[unread]);
      std::memcpy(copy.get(), input.data() + base, unread);
      const std::span<char> in(copy.get(), unread);
      const http::event e =
          s.leniency.unfold ? reader.next(ctx, in) : reader.next(ctx, std::string_view(in.data(), unread));
      if (s.leniency.unfold)
        std::memcpy(input.data() + base, in.data(), unread);
      else
        COAX_FUZZ_CHECK(std::memcmp(input.data() + base, in.data(), unread) == 0);
      COAX_FUZZ_CHECK(e.consumed <= unread);
      if (e.kind == http::event_kind::data) {
        COAX_FUZZ_CHECK(!e.data.empty());
        COAX_FUZZ_CHECK(e.data.data() >= in.data() &&
                        e.data.data() + e.data.size() <= in.data() + e.consumed);
        if (!e.extensions.empty()) flush(), out += "extensions " + std::string(e.extensions) + "\n";
        data += e.data;
      } else if (e.kind != http::event_kind::need_more && e.kind != http::event_kind::failed) {
        flush();
        out += "event " + std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(base + e.consumed) +
               "\n";
      }
      if (e.head.size != 0) {
        if constexpr (std::is_same_v<Reader, http::request_reader>) {
          const http::request r = http::view_request(e.head, in.data(), table);
          out += std::string(r.method_text) + " " + std::string(r.target) + "\n";
          fields(r.fields);
        } else {
          const http::response r = http::view_response(e.head, in.data(), table);
          out += std::to_string(r.code) + " " + std::string(r.reason) + "\n";
          fields(r.fields);
        }
        out += std::to_string(static_cast<int>(e.framing.kind)) + " " + std::to_string(e.framing.length) +
               (e.framing.keep_alive ? " keep" : " last") + "\n";
      }
      if (e.kind == http::event_kind::end) fields(http::view_fields(e.trailers, in.data(), table));
      base += e.consumed;
      if (e.kind == http::event_kind::failed) {
        COAX_FUZZ_CHECK(e.consumed == 0 && e.ec != http::errc::ok && e.why.at <= unread);
        return out + std::string(name(e.ec)) + " at " + std::to_string(base + e.why.at) + " " +
               std::to_string(static_cast<int>(e.why.what)) + " " + std::to_string(e.why.index);
      }
      if (e.kind == http::event_kind::switched || e.kind == http::event_kind::closed) return out;
      if (e.kind == http::event_kind::need_more) break;
    }
    if (available == input.size()) break;
  }
  flush();
  for (;;) {
    const http::event e = reader.end_of_input(ctx, s.clean);
    out += "at the end " + std::to_string(static_cast<int>(e.kind)) + "\n";
    if (e.kind != http::event_kind::end) return out;
  }
}

} // namespace coax_fuzz
