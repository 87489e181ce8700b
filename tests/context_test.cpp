// Limits and table come with each call: they may change between two calls in the middle of a message.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/http.hpp>

#include <string>
#include <vector>

using namespace coax::http;

namespace {

const std::string request_text =
    "\r\nPOST /a/b?c HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=y\r\nhello\r\n0;a=\"b\"\r\nT: 1\r\nU: 2\r\n\r\n";
const std::string response_text = "HTTP/1.1 200 A longer reason\r\nX: 1\r\nY : 2\r\nZ: \x01\r\n 3\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0\r\nT: 1\r\n\r\n";

/// Reads `text` up to `cut` with one context and on from there with another, from memory that ends at an
/// inaccessible page. Whatever comes out, it comes to an end, and nothing is read or written outside.
template <class Reader>
void switch_at(const std::string &text, std::size_t cut, const context &first, const context &second) {
  coax_test::guarded memory(text.size());
  Reader reader;
  std::size_t base = 0;
  event e;
  for (std::size_t end : {cut, text.size()}) {
    for (int steps = 0;; ++steps) {
      REQUIRE(steps < 100);
      const auto in = memory.place(std::string_view(text).substr(base, end - base));
      e = reader.next(end == cut ? first : second, in);
      REQUIRE(e.consumed <= in.size());
      base += e.consumed;
      if (e.kind == event_kind::need_more || e.kind == event_kind::failed || e.kind == event_kind::closed)
        break;
    }
    if (e.kind != event_kind::need_more) break;
  }
  if (e.kind == event_kind::need_more) CHECK(base == text.size());
}

template <class Reader> void switch_everywhere(const std::string &text, const leniency &len) {
  const limits wide;
  limits narrow[12];
  narrow[0].head = 5;
  narrow[1].head = 30;
  narrow[2].request_line = 3;
  narrow[3].request_line = 15;
  narrow[4].field_line = 2;
  narrow[5].method = 1;
  narrow[6].empty_lines = 0;
  narrow[7].fields = 1;
  narrow[8].chunk_extension = 1;
  narrow[8].chunk_extensions = 1;
  narrow[9].chunk_overhead = 1;
  narrow[10].trailers = 3;
  narrow[11].body = 2;
  std::vector<field_ref> table(16);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    for (const limits &lim : narrow) {
      switch_at<Reader>(text, cut, {table, wide, len}, {table, lim, len});
      switch_at<Reader>(text, cut, {table, lim, len}, {table, wide, len});
    }
    for (std::size_t size = 0; size < 6; ++size) {
      std::vector<field_ref> small(size); // of its own, so that writing behind it shows under a sanitizer
      switch_at<Reader>(text, cut, {table, wide, len}, {small, wide, len});
      switch_at<Reader>(text, cut, {small, wide, len}, {table, wide, len});
    }
    switch_at<Reader>(text, cut, {table, wide, len}, {table, wide, strict});
    switch_at<Reader>(text, cut, {table, wide, strict}, {table, wide, len});
  }
}

} // namespace

TEST_CASE("limits, table and leniency may change at any byte of a message", "[H1-271][H1-272]") {
  leniency loose;
  loose.unfold = loose.strip_space_before_colon = loose.allow_ctl_in_values =
      loose.allow_chunk_size_trailing_ws = true;
  switch_everywhere<request_reader>(request_text, strict);
  switch_everywhere<request_reader>(request_text, loose);
  switch_everywhere<response_reader>(response_text, loose);
}

TEST_CASE("a table that has become too small is refused, not exceeded", "[H1-271]") {
  std::vector<field_ref> table(8), small(1);
  request_parser parser;
  const std::string_view text = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";
  REQUIRE(parser.parse({table}, text.substr(0, 30)).st == coax::status::need_more);
  const auto step = parser.parse({small}, text);
  CHECK(step.ec == errc::too_many_fields);

  request_parser again;
  REQUIRE(again.parse({table}, text).ready());
  CHECK_FALSE(reindex(again.head(), text.data(), small));
  CHECK(reindex(again.head(), text.data(), table));
}

TEST_CASE("deviations belong to the current message, and to the last one until another begins", "[H1-009]") {
  std::vector<field_ref> table(8);
  leniency len;
  len.allow_comma_in_host = true;
  const context ctx{table, default_limits, len};
  request_reader reader;
  const std::string_view first = "GET /[ HTTP/1.1\r\nHost: a,b\r\n\r\n";
  REQUIRE(reader.next(ctx, first).kind == event_kind::request);
  CHECK(reader.seen().has(deviation::comma_in_host));
  REQUIRE(reader.next(ctx, std::string_view()).kind == event_kind::end);
  REQUIRE(reader.next(ctx, std::string_view()).kind == event_kind::need_more);
  CHECK(reader.seen().has(deviation::comma_in_host));
  CHECK(reader.seen().has(deviation::unescaped_target));
  REQUIRE(reader.next(ctx, std::string_view("G")).kind == event_kind::need_more);
  CHECK(reader.seen().empty());
  REQUIRE(reader.next(ctx, std::string_view("G(")).kind == event_kind::failed);
  CHECK(reader.seen().empty());
}

TEST_CASE("a reader takes a string, a literal and a view, and writes into none of them") {
  std::vector<field_ref> table(8);
  leniency len;
  len.unfold = true;
  const std::string fold = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n";
  std::string text = fold;
  request_reader reader;
  CHECK(reader.next({table, default_limits, len}, text).ec == errc::obs_fold);
  CHECK(text == fold);
  reader.reset();
  CHECK(reader.next({table, default_limits, len}, std::span<char>(text)).kind == event_kind::request);
  CHECK(text == "GET / HTTP/1.1\r\nHost: a\r\nX: 1   2\r\n\r\n");
}

TEST_CASE("a reader of chunk extensions stays inside a text that no decoder accepted", "[H1-167][H1-168]") {
  for (const std::string_view text :
       {";a=\"x", ";a=\"x\\", ";a=\"", ";a=\"\\\"", ";a=", ";", "a", "\"", ";a=\"x\";b=\"y"}) {
    CAPTURE(text);
    coax_test::guarded memory(text.size());
    const auto in = memory.place(text);
    chunk_extension_reader reader(std::string_view(in.data(), in.size()));
    std::size_t count = 0;
    for (chunk_extension x; reader.next(x); ++count) {
      REQUIRE(count < text.size());
      CHECK(x.name.size() + x.value.size() <= text.size());
    }
    CHECK(count >= 1);
  }
}
