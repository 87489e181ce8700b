// What a peer may make us spend: every limit at its last octet and at the first one in excess.
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace coax::http;
using coax_test::dialogue;
using coax_test::join;
using coax_test::repeat;
using coax_test::transcript;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view post = "POST / HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view ok = "HTTP/1.1 200 OK\r\n";

std::string last_line(const dialogue &d) { return coax_test::read_every_way(d).back().text; }

/// Feeds a reader bytes without end, one more in each call: a prefix, then a unit over and over.
struct endless {
  std::string prefix, unit;
  char at(std::size_t i) const {
    return i < prefix.size() ? prefix[i] : unit[(i - prefix.size()) % unit.size()];
  }
};

struct verdict_on_endless {
  errc ec = errc::ok;
  std::size_t at = 0;
  std::size_t held = 0; // most bytes that had to be kept
  std::size_t fed = 0;
};

template <class Reader>
verdict_on_endless feed_endless(const endless &input, const limits &lim, std::size_t most) {
  static std::array<field_ref, 20000> table;
  const context ctx{table, lim, strict};
  Reader reader;
  std::string held;
  verdict_on_endless out;
  std::size_t base = 0;
  while (out.fed < most) {
    held += input.at(out.fed++);
    for (;;) {
      const event e = reader.next(ctx, std::string_view(held));
      out.held = std::max(out.held, held.size());
      if (e.kind == event_kind::failed) {
        out.ec = e.ec;
        out.at = base + e.why.at;
        return out;
      }
      base += e.consumed;
      if (e.consumed != 0) held.erase(0, e.consumed);
      if (e.kind == event_kind::need_more || e.kind == event_kind::closed) break;
    }
  }
  return out;
}

} // namespace

TEST_CASE("each limit holds a dialogue that just fits and refuses it with its own error when it is one lower",
          "[H1-006][H1-034][H1-169][H1-270][H1-271][H1-274]") {
  dialogue exact;
  exact.input =
      join({"\r\n", "POST /abcdefghij HTTP/1.1\r\n", "Host: a\r\n", "Transfer-Encoding: chunked\r\n", "\r\n",
            "5;abcd=e\r\nhello\r\n", "3;fg\r\nxyz\r\n", "0\r\n", "X: y\r\n", "Y: zz\r\n", "\r\n"});
  exact.limits.empty_lines = 1;
  exact.limits.method = 4;
  exact.limits.request_line = 25;
  exact.limits.field_line = 26;
  exact.limits.head = 27 + 9 + 28 + 2;
  exact.limits.fields = 2;
  exact.limits.chunk_extension = 7;
  exact.limits.chunk_extensions = 10;
  exact.limits.chunk_overhead = 10;
  exact.limits.trailers = 6 + 7 + 2;
  exact.limits.body = 8;
  exact.table = 2;
  const transcript good = coax_test::read_every_way(exact);
  CHECK(good.back().text == "idle");
  CHECK(good.size() == 11);

  struct lower {
    const char *error;
    std::function<void(dialogue &)> by_one;
  };
  const lower all[] = {
      {"bad_start_line", [](dialogue &d) { --d.limits.empty_lines; }},
      {"method_too_long", [](dialogue &d) { --d.limits.method; }},
      {"target_too_long", [](dialogue &d) { --d.limits.request_line; }},
      {"field_too_long", [](dialogue &d) { --d.limits.field_line; }},
      {"head_too_large", [](dialogue &d) { --d.limits.head; }},
      {"too_many_fields", [](dialogue &d) { --d.limits.fields; }},
      {"too_many_fields", [](dialogue &d) { --d.table; }},
      {"chunk_extension_too_large", [](dialogue &d) { --d.limits.chunk_extension; }},
      {"chunk_extension_too_large", [](dialogue &d) { --d.limits.chunk_extensions; }},
      {"chunk_overhead", [](dialogue &d) { --d.limits.chunk_overhead; }},
      {"trailers_too_large", [](dialogue &d) { --d.limits.trailers; }},
      {"body_too_large", [](dialogue &d) { --d.limits.body; }},
  };
  for (const lower &l : all) {
    dialogue d = exact;
    l.by_one(d);
    CAPTURE(l.error);
    CHECK(last_line(d).starts_with(join({"error ", l.error, " at "})));
  }
}

TEST_CASE("the limits of a response are those that concern it", "[H1-271][H1-274][H1-169]") {
  dialogue exact;
  exact.responses = true;
  exact.input =
      join({ok, "Transfer-Encoding: chunked\r\n", "\r\n", "5;a\r\nhello\r\n", "0\r\n", "X: y\r\n", "\r\n"});
  exact.limits.empty_lines = 0;
  exact.limits.method = 0;
  exact.limits.request_line = 0;
  exact.limits.field_line = 26;
  exact.limits.head = 17 + 28 + 2;
  exact.limits.fields = 1;
  exact.limits.chunk_extension = 2;
  exact.limits.chunk_extensions = 2;
  exact.limits.chunk_overhead = 5;
  exact.limits.trailers = 8;
  exact.limits.body = 5;
  exact.table = 1;
  CHECK(last_line(exact) == "idle");
  const std::pair<const char *, std::function<void(dialogue &)>> all[] = {
      {"field_too_long", [](dialogue &d) { --d.limits.field_line; }},
      {"head_too_large", [](dialogue &d) { --d.limits.head; }},
      {"too_many_fields", [](dialogue &d) { --d.limits.fields; }},
      {"too_many_fields", [](dialogue &d) { --d.table; }},
      {"chunk_extension_too_large", [](dialogue &d) { --d.limits.chunk_extension; }},
      {"chunk_extension_too_large", [](dialogue &d) { --d.limits.chunk_extensions; }},
      {"chunk_overhead", [](dialogue &d) { --d.limits.chunk_overhead; }},
      {"trailers_too_large", [](dialogue &d) { --d.limits.trailers; }},
      {"body_too_large", [](dialogue &d) { --d.limits.body; }},
  };
  for (const auto &[error, by_one] : all) {
    dialogue d = exact;
    by_one(d);
    CAPTURE(error);
    CHECK(last_line(d).starts_with(join({"error ", error, " at "})));
  }
}

TEST_CASE("has the defaults that are documented, and room for a request-line of 8000 octets",
          "[H1-270][H1-169]") {
  constexpr limits lim;
  static_assert(lim.request_line >= 8000);
  CHECK(lim.empty_lines == 2);
  CHECK(lim.method == 32);
  CHECK(lim.request_line == 16384);
  CHECK(lim.field_line == 32768);
  CHECK(lim.head == 65535);
  CHECK(lim.fields == 65535);
  CHECK(lim.chunk_extension == 256);
  CHECK(lim.chunk_extensions == 16384);
  CHECK(lim.chunk_overhead == 16384);
  CHECK(lim.trailers == 16384);
  CHECK(lim.body == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("suggests the status that a request in excess of a limit is answered with",
          "[H1-034][H1-270][H1-271][H1-274]") {
  CHECK(suggested_status(errc::method_too_long) == 501);
  CHECK(suggested_status(errc::target_too_long) == 414);
  CHECK(suggested_status(errc::field_too_long) == 431);
  CHECK(suggested_status(errc::too_many_fields) == 431);
  CHECK(suggested_status(errc::head_too_large) == 431);
  CHECK(suggested_status(errc::trailers_too_large) == 431);
  CHECK(suggested_status(errc::body_too_large) == 413);
  CHECK(suggested_status(errc::chunk_extension_too_large) == 400);
  CHECK(suggested_status(errc::chunk_overhead) == 400);
}

TEST_CASE("an endless request is refused with the first octet in excess of a limit", "[H1-272][S9]") {
  const limits lim;
  struct expectation {
    endless input;
    errc ec;
    std::size_t at;
  };
  const expectation all[] = {
      {{"", "A"}, errc::method_too_long, 32},
      {{"GET /", "a"}, errc::target_too_long, 16384},
      {{"GET /?", "%41"}, errc::target_too_long, 16384},
      {{"GET http://", "a"}, errc::target_too_long, 16384},
      {{std::string(get), "x"}, errc::field_too_long, 25 + 32768},
      {{join({get, "X:"}), " "}, errc::field_too_long, 25 + 32768},
      {{join({get, "X: "}), "y"}, errc::field_too_long, 25 + 32768},
      {{join({get, "X: "}), "y "}, errc::field_too_long, 25 + 32768},
      {{std::string(get), "X: y\r\n"}, errc::head_too_large, 65535},
      {{std::string(get), "X: " + std::string(4000, 'y') + "\r\n"}, errc::head_too_large, 65535},
      {{"", "\r\n"}, errc::bad_start_line, 4},
  };
  for (const auto &[input, ec, at] : all) {
    CAPTURE(input.prefix, input.unit.substr(0, 10));
    const verdict_on_endless v = feed_endless<request_reader>(input, lim, 100'000);
    CHECK(name(v.ec) == name(ec));
    CHECK(v.at == at);
    CHECK(v.fed <= at + 2); // a CR that may be half a line end waits for the next byte
    CHECK(v.held <= at + 2);
    // The same at once: one mebibyte
    std::string whole = input.prefix;
    while (whole.size() < (1u << 20)) whole += input.unit;
    std::vector<field_ref> table(20000);
    request_reader reader;
    std::size_t base = 0;
    event e;
    while ((e = reader.next({table, lim, strict}, std::string_view(whole).substr(base))).kind !=
           event_kind::failed) {
      REQUIRE(e.kind == event_kind::need_more);
      REQUIRE(e.consumed != 0); // empty lines only
      base += e.consumed;
    }
    CHECK(name(e.ec) == name(ec));
    CHECK(base + e.why.at == at);
  }
}

TEST_CASE("an endless response is refused with the first octet in excess of a limit", "[H1-272][S9]") {
  const limits lim;
  struct expectation {
    endless input;
    errc ec;
    std::size_t at;
  };
  const expectation all[] = {
      {{"HTTP/1.1 200 ", "r"}, errc::head_too_large, 65535},
      {{std::string(ok), "x"}, errc::field_too_long, 17 + 32768},
      {{join({ok, "X: "}), "y"}, errc::field_too_long, 17 + 32768},
      {{std::string(ok), "X: y\r\n"}, errc::head_too_large, 65535},
  };
  for (const auto &[input, ec, at] : all) {
    CAPTURE(input.prefix);
    const verdict_on_endless v = feed_endless<response_reader>(input, lim, 100'000);
    CHECK(name(v.ec) == name(ec));
    CHECK(v.at == at);
    CHECK(v.fed <= at + 2);
    CHECK(v.held <= at + 2);
  }
}

TEST_CASE("an endless chunked body is refused with the first octet of framing in excess, and never kept",
          "[H1-272][H1-169][S6][S9]") {
  const std::string head = join({post, "Transfer-Encoding: chunked\r\n\r\n"});
  const limits lim;
  struct expectation {
    endless input;
    errc ec;
    std::size_t at, held;
  };
  const expectation all[] = {
      {{head, "0"}, errc::chunk_size_overflow, 56 + 16, 17},
      {{head + "1;", "a"}, errc::chunk_extension_too_large, 56 + 1 + 256, 258},
      {{head + "1;a=\"", "\\\""}, errc::chunk_extension_too_large, 56 + 1 + 256, 258},
      {{head + "1", " "}, errc::chunk_extension_too_large, 56 + 1 + 256, 258},
      {{head, "00000001\r\nx\r\n"}, errc::chunk_overhead, 56 + 8188 * 13 + 8, 13},
      {{head + "0\r\n", "x"}, errc::trailers_too_large, 56 + 3 + 16384, 3 + 16385},
      {{head + "0\r\n", "X: y\r\n"}, errc::trailers_too_large, 56 + 3 + 16384, 3 + 16385},
  };
  for (const auto &[input, ec, at, held] : all) {
    CAPTURE(input.prefix, input.unit);
    const verdict_on_endless v = feed_endless<request_reader>(input, lim, 200'000);
    CHECK(name(v.ec) == name(ec));
    CHECK(v.at == at);
    CHECK(v.fed <= at + 2);
    CHECK(v.held <= std::max(head.size(), held + 1));
  }
}

TEST_CASE("reads a head as large as the largest limit one byte at a time", "[H1-271][H1-273]") {
  for (bool responses : {false, true}) {
    std::string head(responses ? ok : get);
    std::size_t fields = responses ? 0 : 1;
    for (std::size_t left = 65535 - 2 - head.size(); left != 0; ++fields) {
      const std::size_t line = left > 32000 ? 30000 : left;
      head += "X:" + std::string(line - 4, 'y') + "\r\n";
      left -= line;
    }
    head += "\r\n";
    REQUIRE(head.size() == 65535);
    const auto last_field = [&](auto reader) {
      std::array<field_ref, 10> table{};
      for (std::size_t n = 1; n < head.size(); ++n) {
        const event e = reader.next({table, default_limits, strict}, std::string_view(head).substr(0, n));
        if (e.kind != event_kind::need_more || e.consumed != 0) FAIL("after " << n << " bytes");
      }
      const event e = reader.next({table, default_limits, strict}, std::string_view(head));
      REQUIRE((e.kind == event_kind::request || e.kind == event_kind::response));
      CHECK(e.consumed == head.size());
      CHECK(e.head.size == 65535);
      CHECK(e.head.fields == fields);
      return view_request(e.head, head.data(), table).fields[fields - 1].value.size();
    };
    const std::size_t size = responses ? last_field(response_reader()) : last_field(request_reader());
    CHECK(head.size() - size - 4 > 0);
    CHECK(head.substr(head.size() - 4 - size, size) == std::string(size, 'y'));
  }
}

TEST_CASE("refuses a head one larger than the largest limit", "[H1-271]") {
  const std::string start = join({get, "X:", std::string(30000, 'y'), "\r\nZ:"});
  const std::string fits = start + std::string(65535 - start.size() - 4, 'z') + "\r\n\r\n";
  const std::string over = start + std::string(65536 - start.size() - 4, 'z') + "\r\n\r\n";
  limits lim;
  lim.field_line = 65535;
  std::array<field_ref, 4> table{};
  request_reader a, b;
  CHECK(a.next({table, lim, strict}, std::string_view(fits)).kind == event_kind::request);
  const event e = b.next({table, lim, strict}, std::string_view(over));
  CHECK(e.ec == errc::head_too_large);
  CHECK(e.why.at == 65535);
}

TEST_CASE("accepts lines as long as the largest limits", "[H1-270][H1-271]") {
  limits lim;
  lim.request_line = lim.field_line = lim.head = 65535;
  std::array<field_ref, 4> table{};
  const std::string target(60000, 'a');
  const std::string long_target = join({"GET /", target, " HTTP/1.1\r\nHost: a\r\n\r\n"});
  request_reader a;
  event e = a.next({table, lim, strict}, std::string_view(long_target));
  REQUIRE(e.kind == event_kind::request);
  CHECK(view_request(e.head, long_target.data(), table).target.size() == 60001);
  const std::string long_name = join({get, target, ": ", "b\r\n\r\n"});
  request_reader b;
  e = b.next({table, lim, strict}, std::string_view(long_name));
  REQUIRE(e.kind == event_kind::request);
  CHECK(view_request(e.head, long_name.data(), table).fields[1].name == target);
  CHECK(view_request(e.head, long_name.data(), table).fields[1].value == "b");
  // Beyond them the line may be as long as it likes: nothing wraps around.
  const std::string beyond = join({"GET /", std::string(65536 + 10, 'a'), " HTTP/1.1\r\n"});
  request_reader c;
  e = c.next({table, lim, strict}, std::string_view(beyond));
  CHECK((e.ec == errc::target_too_long || e.ec == errc::head_too_large));
  CHECK(e.why.at == 65535);
  const std::string field_beyond = join({get, "X: ", std::string(65536 + 10, 'a'), "\r\n\r\n"});
  request_reader d;
  e = d.next({table, lim, strict}, std::string_view(field_beyond));
  CHECK(e.ec == errc::head_too_large);
  CHECK(e.why.at == 65535);
}

TEST_CASE("holds as many fields as a head has room for", "[H1-271]") {
  const std::size_t count = 16000;
  const std::string head = join({get, repeat("a:\r\n", count - 1), "\r\n"});
  std::vector<field_ref> table(count);
  request_reader reader;
  const event e = reader.next({table, default_limits, strict}, std::string_view(head));
  REQUIRE(e.kind == event_kind::request);
  CHECK(e.head.fields == count);
  table.resize(count - 1);
  request_reader less;
  const event refused = less.next({table, default_limits, strict}, std::string_view(head));
  CHECK(refused.ec == errc::too_many_fields);
  CHECK(refused.why.at == head.size() - 6);
}

TEST_CASE("a field in excess of the limit is an error and never left out of the framing", "[H1-271][S10]") {
  const std::pair<std::string_view, std::string_view> last_fields[] = {
      {"Content-Length: 5\r\n", " length=5 keep"},
      {"Transfer-Encoding: chunked\r\n", " chunked keep"},
      {"Content-Length: 0\r\nConnection: close\r\n", " length=0 last"},
  };
  for (bool responses : {false, true})
    for (bool by_table : {false, true})
      for (std::size_t room = 2; room <= 12; ++room)
        for (const auto &[last, words] : last_fields) {
          dialogue d;
          d.responses = responses;
          const std::size_t lines_of_last = last.starts_with("Content-Length: 0") ? 2 : 1;
          const std::size_t others = room + 1 - lines_of_last - (responses ? 0 : 1);
          const std::string head = join({responses ? ok : post, repeat("X: y\r\n", others)});
          const std::size_t excess = head.size() + (lines_of_last == 2 ? 19 : 0);
          d.input = join({head, last, "\r\n"});
          CAPTURE(responses, by_table, room, last);
          const auto set_room = [&](std::size_t n) {
            if (by_table)
              d.table = n;
            else
              d.limits.fields = static_cast<std::uint16_t>(n);
          };
          set_room(room);
          const transcript t = coax_test::read_in_pieces(d, {});
          REQUIRE(t.size() == 1);
          CHECK(t[0].text == join({"error too_many_fields at ", std::to_string(excess), " in field name ",
                                   std::to_string(room)}));
          CHECK(coax_test::read_in_pieces(d, {excess}) == t);
          CHECK(coax_test::read_in_pieces(d, {excess + 1}) == t);
          set_room(room + 1);
          const transcript good = coax_test::read_in_pieces(d, {});
          CHECK(good.front().text.ends_with(words));
        }
}

TEST_CASE("skips as many empty lines as the largest limit and counts them into offsets", "[H1-006]") {
  dialogue d;
  d.limits.empty_lines = 255;
  d.input = repeat("\r\n", 255) + "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n";
  CHECK(last_line(d) == "error bad_host at 533 in field value 0");
  d.input = repeat("\r\n", 255) + std::string(get) + "\r\n";
  CHECK(last_line(d) == "idle");
  d.input = repeat("\r\n", 256) + std::string(get) + "\r\n";
  CHECK(last_line(d).starts_with("error bad_start_line at 510"));
}

TEST_CASE("applies the limit on the body to every kind of framing", "[H1-274]") {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10},
                              std::uint64_t{4294967295}, std::uint64_t{4294967296}, most - 1}) {
    CAPTURE(limit);
    limits lim;
    lim.body = limit;
    std::array<field_ref, 4> table{};
    const auto length = [&](std::uint64_t n) {
      const std::string in = join({post, "Content-Length: ", std::to_string(n), "\r\n\r\n"});
      request_reader reader;
      const event e = reader.next({table, lim, strict}, std::string_view(in));
      return e.ec;
    };
    CHECK(length(limit) == errc::ok);
    CHECK(length(limit + 1) == errc::body_too_large);
    CHECK(length(most) == errc::body_too_large);
    const auto chunk = [&](std::uint64_t n) {
      std::string digits;
      for (std::uint64_t rest = n; rest != 0 || digits.empty(); rest /= 16)
        digits.insert(digits.begin(), "0123456789abcdef"[rest % 16]);
      framing f;
      f.kind = body_kind::chunked;
      body_decoder body(f, coax::role::client);
      return body.decode({table, lim, strict}, std::string_view(digits + "\r\n")).ec;
    };
    CHECK(chunk(limit) == errc::ok);
    CHECK(chunk(limit + 1) == errc::body_too_large);
    CHECK(chunk(most) == errc::body_too_large);
  }
}

TEST_CASE("adds up chunks towards the limit on the body", "[H1-274]") {
  for (std::uint64_t limit = 0; limit < 12; ++limit) {
    dialogue d;
    d.limits.body = limit;
    const std::string head = join({post, "Transfer-Encoding: chunked\r\n\r\n"});
    std::string body;
    for (std::uint64_t i = 0; i < limit; ++i) body += "1\r\nx\r\n";
    d.input = head + body + "0\r\n\r\n";
    CAPTURE(limit);
    CHECK(last_line(d) == "idle");
    d.input = head + body + "1\r\nx\r\n";
    CHECK(last_line(d) ==
          "error body_too_large at " + std::to_string(head.size() + body.size()) + " in chunk-size 0");
  }
}

TEST_CASE("hands out a body that runs until the close up to its limit, however it comes", "[H1-274]") {
  for (std::size_t cap : {std::size_t{1}, std::size_t{3}, coax::no_cap}) {
    dialogue d;
    d.responses = true;
    d.max_data = cap;
    d.limits.body = 6;
    d.end = coax_test::eof::clean;
    d.input = join({ok, "\r\nabcdef"});
    const transcript fits = coax_test::read_every_way(d);
    CHECK(fits.back().text == "closed");
    d.input += "ghi";
    const transcript over = coax_test::read_every_way(d);
    REQUIRE(over.size() >= 2);
    CHECK(over[over.size() - 2].text == "data abcdef");
    CHECK(over.back().text == "error body_too_large at 25 in body 0");
  }
}

TEST_CASE("a limit of the largest value is as good as none", "[H1-271][H1-169]") {
  dialogue d;
  d.limits.chunk_extension = 65535;
  d.limits.chunk_extensions = 0xFFFF'FFFF;
  d.limits.chunk_overhead = 0xFFFF'FFFF;
  d.limits.trailers = 65535;
  d.limits.fields = 65535;
  d.input = join({post, "Transfer-Encoding: chunked\r\n\r\n", "5;", std::string(3000, 'a'),
                  "\r\nhello\r\n0\r\nX: ", std::string(3000, 'y'), "\r\n\r\n"});
  CHECK(last_line(d) == "idle");
}
