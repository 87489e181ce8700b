// The ground floor: character classes, scanning, numbers, the bounded writer and the two buffers.
#include "support/catch.hpp"

#include <coax/core/bounded_writer.hpp>
#include <coax/core/number.hpp>
#include <coax/core/scan.hpp>
#include <coax/http.hpp>

#include "support/guarded.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace coax;

namespace {
char byte(int i) { return static_cast<char>(static_cast<unsigned char>(i)); }
} // namespace

TEST_CASE("has exactly the 77 token characters of RFC 9110", "[H1-180]") {
  const std::string_view tokens =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  REQUIRE(tokens.size() == 77);
  for (int i = 0; i < 256; ++i) {
    CAPTURE(i);
    CHECK(ascii::is(byte(i), ascii::tchar) == (tokens.find(byte(i)) != std::string_view::npos));
    CHECK(ascii::is(byte(i), ascii::digit) == (i >= '0' && i <= '9'));
    CHECK(ascii::is(byte(i), ascii::field_text) == (i == 9 || (i >= 0x20 && i != 0x7F)));
    CHECK(ascii::is(byte(i), ascii::visible_no_hash) == (i > 0x20 && i < 0x7F && i != '#'));
    CHECK((hex_value(byte(i)) < 16) == ascii::is(byte(i), ascii::hexdig));
    CHECK(ascii::to_lower(byte(i)) == (i >= 'A' && i <= 'Z' ? byte(i + 32) : byte(i)));
  }
  STATIC_REQUIRE(ascii::is_token("M-SEARCH"));
  STATIC_REQUIRE_FALSE(ascii::is_token(""));
  STATIC_REQUIRE_FALSE(ascii::is_token("a b"));
}

TEST_CASE("trims SP and HTAB and nothing else", "[H1-084]") {
  CHECK(ascii::trim(" \t a  b \t") == "a  b");
  CHECK(ascii::trim("\v a\f") == "\v a\f");
  CHECK(ascii::trim("\xA0"
                    "a") == "\xA0"
                            "a");
  CHECK(ascii::trim(" \t ").empty());
}

TEST_CASE("finds the first byte outside field text at every place, as the plain loop does",
          "[H1-085][H1-086]") {
  coax_test::guarded memory(64);
  for (std::size_t size = 0; size < 40; ++size)
    for (std::size_t at = 0; at <= size; ++at)
      for (int value : {0, 1, 8, 9, 10, 13, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0xFF}) {
        std::string text(size, 'a');
        if (at < size) text[at] = byte(value);
        if (at + 1 < size) text[at + 1] = '\x01';
        const auto placed = memory.place(text);
        const std::string_view view(placed.data(), placed.size());
        for (std::size_t from : {std::size_t{0}, at / 2, at})
          REQUIRE(find_outside_field_text(view, from) == find_outside(view, from, ascii::field_text));
      }
}

TEST_CASE("reads decimal numbers up to the last one that fits and no further", "[H1-133][H1-134]") {
  CHECK(parse_decimal("18446744073709551615").value == 18446744073709551615u);
  CHECK(parse_decimal("18446744073709551615").ok);
  for (std::string_view text : {"18446744073709551616", "99999999999999999999", "184467440737095516150", "",
                                "+5", "-5", "0x5", "5 5", "5.0", " 5", "5 ", "1_0", "\xD9\xA5"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text).ok);
  }
  CHECK(parse_decimal("18446744073709551616").at == 19);
  CHECK(parse_decimal("000").ok);
  CHECK(parse_decimal("0005").value == 5);
  CHECK(parse_decimal("65535", 0xFFFF).ok);
  CHECK_FALSE(parse_decimal("65536", 0xFFFF).ok);
  CHECK_FALSE(parse_decimal("9", 8).ok);
  CHECK_FALSE(parse_decimal("1", 0).ok);
  CHECK(parse_decimal("0", 0).ok);
}

TEST_CASE("writes what fits and counts the rest") {
  char out[4] = {'.', '.', '.', '.'};
  bounded_writer w(std::span<char>(out).first(3));
  w.put("ab").put('c').put("def");
  CHECK_FALSE(w.fits());
  CHECK(w.required() == 6);
  CHECK(std::string_view(out, 4) == "abc.");
}

TEST_CASE("an inbox keeps pinned bytes where they are and compacts the rest") {
  inbox<16> in;
  const auto receive = [&](std::string_view text) {
    const auto space = in.space();
    REQUIRE(space.size() >= text.size());
    std::copy(text.begin(), text.end(), space.begin());
    in.commit(text.size());
  };
  receive("xxHEADbody");
  in.consume(2);
  CHECK(in.text() == "HEADbody");
  CHECK(in.pin(4) == "HEAD");
  CHECK(in.text() == "body");
  CHECK_FALSE(in.full());
  in.consume(3);
  receive("0123456789"); // 4 pinned + 1 + 10
  CHECK(in.text() == "y0123456789");
  CHECK(std::string_view(in.pinned(), 4) == "HEAD");
  CHECK(in.space().size() == 1);
  receive("!");
  CHECK(in.full());
  CHECK(in.space().empty());
  in.unpin();
  CHECK_FALSE(in.full());
  CHECK(in.space().size() == 4);
  CHECK(in.text() == "y0123456789!");
  in.consume(12);
  CHECK(in.readable().empty());
  CHECK(in.space().size() == 16);
}

namespace {

/// What an event stream contains, as one text.
struct collector {
  std::string text;
  bool failed = false;
  void take(const http::event &e, const char *base, std::span<const http::field_ref> table) {
    using kind = http::event_kind;
    if (e.kind == kind::request) {
      const auto r = http::view_request(e.head, base, table);
      text +=
          std::string(r.method_text) + " " + std::string(r.target) + " " + std::string(r.fields["X"]) + ";";
    }
    if (e.kind == kind::data) text += e.data;
    if (e.kind == kind::end) {
      for (const http::field f : http::view_fields(e.trailers, base, table))
        text += "[" + std::string(f.value) + "]";
      text += ".";
    }
    if (e.kind == kind::failed) failed = true;
  }
};

const std::string three_requests =
    "GET /one HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n"
    "POST /two HTTP/1.1\r\nHost: a\r\nX: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n6\r\n world\r\n0\r\nT: end\r\n\r\n"
    "POST /three HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: 3\r\n\r\nbody";
const std::string three_texts = "GET /one 1;.POST /two 2;hello world[end].POST /three 3;body.";

} // namespace

TEST_CASE("a carry joins requests that straddle borrowed buffers of any size", "[H1-002]") {
  std::vector<http::field_ref> table(16);
  const http::limits lim;
  const http::leniency len;
  for (std::size_t size = 1; size <= three_requests.size(); ++size) {
    CAPTURE(size);
    collector seen;
    http::request_reader reader;
    carry<128> kept;
    for (std::size_t at = 0; at < three_requests.size(); at += size) {
      std::string buffer = three_requests.substr(at, size); // given back, and dead, after this round
      std::span<char> piece(buffer);
      for (bool more = false; !more || !piece.empty();) {
        const auto in = kept.join(piece);
        const auto e = reader.next({table, lim, len}, in);
        seen.take(e, in.data(), table);
        more = e.kind == http::event_kind::need_more;
        piece = piece.subspan(kept.settle(piece, e.consumed, more));
        REQUIRE_FALSE((more && kept.full()));
      }
    }
    CHECK(seen.text == three_texts);
  }
}

TEST_CASE("a carry says so when what is unfinished does not fit") {
  std::vector<http::field_ref> table(16);
  const http::limits lim;
  const http::leniency len;
  http::request_reader reader;
  carry<16> kept;
  std::string buffer = "GET /a-long-target-that-goes-on HTTP/1.1\r\n";
  std::span<char> piece(buffer);
  bool full = false;
  while (!piece.empty() && !full) {
    const auto in = kept.join(piece);
    const auto e = reader.next({table, lim, len}, in);
    const bool more = e.kind == http::event_kind::need_more;
    piece = piece.subspan(kept.settle(piece, e.consumed, more));
    full = more && kept.full();
  }
  CHECK(full);
}

TEST_CASE("an inbox carries a pinned head through the body that streams behind it", "[H1-002]") {
  std::vector<http::field_ref> table(16);
  const http::limits lim;
  const http::leniency len;
  const http::context ctx{table, lim, len};
  for (const std::size_t size : std::vector<std::size_t>{1, 2, 3, 7, 30, 1000}) {
    CAPTURE(size);
    std::string text;
    http::request_reader reader;
    inbox<160> in;
    http::head_ref head;
    std::size_t fed = 0;
    for (bool more = true; more;) {
      const auto space = in.space();
      const std::size_t n = std::min({size, space.size(), three_requests.size() - fed});
      std::copy_n(three_requests.begin() + static_cast<std::ptrdiff_t>(fed), n, space.begin());
      in.commit(n);
      fed += n;
      for (bool pull = true; pull;) {
        const auto e = reader.next(ctx, in.text());
        switch (e.kind) {
        case http::event_kind::request:
          head = e.head;
          in.pin(e.consumed);
          continue;
        case http::event_kind::data: text += e.data; break;
        case http::event_kind::end: {
          REQUIRE(http::reindex(head, in.pinned(),
                                table)); // the table served chunk lines and trailers in between
          const auto r = http::view_request(head, in.pinned(), table);
          text += "<" + std::string(r.target) + " " + std::string(r.fields["X"]) + ">";
          in.unpin();
          break;
        }
        default: pull = false;
        }
        in.consume(e.consumed);
      }
      more = n != 0;
    }
    CHECK(text == "</one 1>hello world</two 2>body</three 3>");
  }
}
