// Heads parsed in every way, and all that a parser says about them: for tests that compare quick paths with
// the parsers by themselves.
#pragma once

#include "catch.hpp"
#include "guarded.hpp"
#include "isa.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace coax_test {

/// What a parser says about a head, and what it put into the table.
struct head_outcome {
  coax::status st = coax::status::need_more;
  coax::http::errc ec = coax::http::errc::ok;
  coax::fault why{}; // of a failure, its offset counted from the first octet of the text
  std::size_t consumed = 0;
  std::string head{}; // its bytes
  std::string lines{};
  std::string text{}; // what has become of the input
  coax::http::deviations seen{};
  coax::http::method method = coax::http::method::other;
  bool idle = false;

  friend bool operator==(const head_outcome &, const head_outcome &) = default;
};

struct head_setting {
  coax::http::limits limits{};
  coax::http::leniency leniency{};
  std::size_t table = 100;
  bool in_place = false; // folds are replaced
};

/// Where the inputs of parse_head() lie.
enum class placed { at_end, at_front };

/// Parses a head in pieces of the given size. Each input ends where memory does, or begins there.
template <class Parser>
head_outcome parse_head(std::string_view text, const head_setting &set, std::size_t piece,
                        placed where = placed::at_end) {
  static guarded memory(1 << 17);
  std::vector<coax::http::field_ref> table(set.table);
  const coax::http::context ctx{table, set.limits, set.leniency};
  Parser parser;
  head_outcome out;
  out.text = text;
  std::size_t begin = 0;
  for (std::size_t end = std::min(piece, text.size());; end = std::min(end + piece, text.size())) {
    if (!table.empty()) std::memset(static_cast<void *>(table.data()), 0xA5, table.size() * sizeof table[0]);
    const std::string_view there = std::string_view(out.text).substr(begin, end - begin);
    const std::span<char> in = where == placed::at_front ? memory.place_first(there) : memory.place(there);
    const auto step =
        set.in_place ? parser.parse(ctx, in) : parser.parse(ctx, std::string_view(in.data(), in.size()));
    out.text.replace(begin, in.size(), in.data(), in.size());
    out.st = step.st;
    out.ec = step.ec;
    out.why = step.why;
    if (step.failed()) out.why.at += static_cast<std::uint32_t>(begin);
    begin += step.consumed;
    if (step.st != coax::status::need_more || end == text.size()) break;
  }
  if (out.st != coax::status::failed) out.consumed = begin; // empty lines may have been dropped before
  out.seen = parser.seen();
  out.idle = parser.idle();
  if constexpr (std::is_same_v<Parser, coax::http::request_parser>) out.method = parser.method_so_far();
  if (out.st != coax::status::ready) return out;
  coax::http::head_ref head = parser.head();
  head.start = 0; // empty lines in front may have been dropped before
  out.head.assign(reinterpret_cast<const char *>(&head), 16); // every octet of it is a value's
  REQUIRE(head.fields <= table.size());
  out.lines.assign(reinterpret_cast<const char *>(table.data()), head.fields * sizeof table[0]);
  return out;
}
inline head_outcome parse_head(bool response, std::string_view text, const head_setting &set,
                               std::size_t piece, placed where = placed::at_end) {
  return response ? parse_head<coax::http::response_parser>(text, set, piece, where)
                  : parse_head<coax::http::request_parser>(text, set, piece, where);
}

/// The same in one piece and without any kernel: what everything else has to give as well.
inline head_outcome parse_head_slowly(bool response, std::string_view text, const head_setting &set = {}) {
  const without_kernels none;
  return parse_head(response, text, set, text.size() + 1);
}

/// Requires the same outcome from a head in pieces of this size.
inline void require_same_head(const head_outcome &expected, bool response, std::string_view text,
                              const head_setting &set, std::size_t piece, placed where = placed::at_end) {
  const head_outcome given = parse_head(response, text, set, piece, where);
  if (given == expected) return;
  CAPTURE(std::string(text), piece, set.table, set.limits.head, set.limits.field_line,
          set.limits.request_line);
  CHECK(given.st == expected.st);
  CHECK(coax::http::name(given.ec) == coax::http::name(expected.ec));
  CHECK(given.why.at == expected.why.at);
  CHECK(given.why.what == expected.why.what);
  CHECK(given.why.index == expected.why.index);
  CHECK(given.consumed == expected.consumed);
  CHECK(given.head == expected.head);
  CHECK(given.lines == expected.lines);
  CHECK(given.text == expected.text);
  REQUIRE(given == expected);
}

struct sample_head {
  bool response;
  std::string text;
};

/// Short heads, with what the quick paths decide about in them.
inline const std::vector<sample_head> &short_heads() {
  static const std::vector<sample_head> all = {
      {false, "GET / HTTP/1.1\r\n\r\n"},
      {false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {true, "HTTP/1.1 200 \r\n\r\n"},
      {true, "HTTP/1.0 204 No\r\nte:b\r\n\r\nHTTP"},
      {false, "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"},
      {false,
       "POST /a/b?c=d/e?f HTTP/1.0\r\nContent-Length: 5\r\nx:y\r\nEmpty:\r\nE2: \r\nE3:  z  \r\n\r\nhello"},
      {false,
       "OPTIONS /%20 HTTP/1.9\r\nHOST:a\r\nTE: trailers\r\nConnection: TE, upgrade\r\nUpgrade: h\r\n\r\n"},
      {false,
       "DELETE http://a/ HTTP/1.1\r\nhost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {false, "PROPFIND /x HTTP/1.1\r\nhost: a\r\nAccess-Control-Request-Headers-And-More: 1\r\n\r\nGET /"},
      {true, "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 0\r\nX-Y:  z\r\n\r\n"},
      {true, "HTTP/1.0 404 \r\nDate: Tue, 28 May 2024 12:30:45 GMT\r\nconnection: close\r\n\r\nHTTP/1.1 200"},
      {true, "HTTP/1.1 304\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\nx: \xC3\xA9\r\ny: \tz\r\n\r\n"},
  };
  return all;
}

/// The heads of real programs.
inline std::vector<sample_head> long_heads() {
  std::vector<sample_head> out;
  for (const auto &entry : std::filesystem::directory_iterator(COAX_SOURCE_DIR "/benchmarks/corpus")) {
    const std::string name = entry.path().filename().string();
    if (name.find(".mix.") != std::string::npos || name[0] == 'h') continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text.resize(text.find("\r\n\r\n") + 4);
    out.push_back({name[0] == 'e', text});
  }
  REQUIRE(out.size() == 7);
  return out;
}

/// Calls `f` with each short head, each of its octets in turn being one that some leniency may be about, and
/// with each leniency.
template <class F> void for_each_nearly_plain_head(F f) {
  std::vector<coax::http::leniency> all(9);
  all[0].allow_bare_lf = true;
  all[1].reject_underscore_names = true;
  all[2].require_reason_sp = true;
  all[3].strip_space_before_colon = true;
  all[4].allow_ctl_in_values = true;
  all[5].target = coax::uri::syntax::rfc3986;
  all[6].target = coax::uri::syntax::any_visible;
  all[7].allow_bare_lf = all[7].allow_ctl_in_values = all[7].strip_space_before_colon = true;
  all[8].unfold = all[8].allow_ctl_in_values = true;
  for (const coax::http::leniency &len : all)
    for (const sample_head &s : short_heads())
      for (std::size_t at = 0; at < s.text.size(); ++at)
        for (const char octet : std::string_view("\1\t\n\r :_[%{\x80")) {
          std::string text = s.text;
          text[at] = octet;
          f(s.response, text, len);
        }
}

inline std::vector<sample_head> all_heads() {
  std::vector<sample_head> out = short_heads();
  for (const sample_head &s : long_heads()) out.push_back(s);
  return out;
}

} // namespace coax_test
