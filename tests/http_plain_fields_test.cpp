// The quick path for framing against what judges every head: both say the same of Host and framing.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using http::body_kind;
using http::errc;
using http::field_id;
using http::method;
using std::string_view;

std::array<http::field_ref, 40> table;

/// What is said of a head. Framing counts only where nothing is wrong.
struct judged {
  http::verdict v{};
  http::framing framing{};
};

void check_equal(const judged &a, const judged &b) {
  REQUIRE(a.v.ec == b.v.ec);
  REQUIRE(a.v.why == b.v.why);
  if (!a.v) return;
  REQUIRE(a.framing.kind == b.framing.kind);
  REQUIRE(a.framing.length == b.framing.length);
  REQUIRE(a.framing.has_length == b.framing.has_length);
  REQUIRE(a.framing.keep_alive == b.framing.keep_alive);
  REQUIRE(a.framing.upgrade == b.framing.upgrade);
  REQUIRE(a.framing.expects_continue == b.framing.expects_continue);
  REQUIRE(a.framing.unknown_expectation == b.framing.unknown_expectation);
  REQUIRE(a.framing.accepts_trailers == b.framing.accepts_trailers);
  REQUIRE(a.framing.other_codings == b.framing.other_codings);
  REQUIRE(a.framing.seen == b.framing.seen);
}

/// By the functions that look at everything, whatever the head.
judged closely(const http::request &r, const http::limits &lim, const http::leniency &len) {
  judged out;
  http::deviations host_seen;
  out.v = http::detail::judge_host(r, len, host_seen);
  if (!out.v || !http::detail::frame(r, lim, len, out.framing, out.v)) return out;
  out.framing.seen.add(host_seen);
  return out;
}
judged closely(const http::response &r, method asked, const http::limits &lim, const http::leniency &len) {
  judged out;
  (void)http::detail::frame(r, asked, lim, len, out.framing, out.v);
  return out;
}

judged by_event(const http::event &e, http::errc ec) {
  judged out;
  out.v = {ec, e.why};
  out.framing = e.framing;
  return out;
}

class random_text {
public:
  string_view any_of(const std::vector<string_view> &values) {
    return values[std::uniform_int_distribution<std::size_t>(0, values.size() - 1)(engine_)];
  }
  bool chance(int percent) { return std::uniform_int_distribution<>(1, 100)(engine_) <= percent; }

  /// A line, now and then with a value of a field that is not its own.
  std::string line(const std::vector<std::vector<string_view>> &fields) {
    const auto &field = fields[std::uniform_int_distribution<std::size_t>(0, fields.size() - 1)(engine_)];
    const auto value = std::uniform_int_distribution<std::size_t>(1, field.size() - 1)(engine_);
    return std::string(field[0]) + ": " + std::string(chance(60) ? field[1] : field[value]) + "\r\n";
  }

private:
  std::mt19937 engine_{20}; // NOLINT: the same each time
};

const std::vector<std::vector<string_view>> lines{
    {"Connection", "keep-alive", "close", "Keep-Alive", "CLOSE", "keep-alive, close", "close, keep-alive",
     "TE", "upgrade", "Upgrade", "", "keep-alive,", "clos", "closes", "keep\xADlive", "keep-alive, Upgrade"},
    {"Content-Length",
     "7",
     "0",
     "00",
     "123456789012345678",
     "1234567890123456789",
     "18446744073709551615",
     "18446744073709551616",
     "",
     "-1",
     "+1",
     "1 2",
     "7, 7",
     "7,",
     "7a",
     "7:",
     "/7",
     "0x7",
     "\xB7",
     "65537"},
    {"Transfer-Encoding", "chunked", "CHUNKED", "gzip, chunked", "chunked, chunked", "", "chunke", "chunkedx",
     "chunked;q=1", "identity"},
    {"Accept", "*/*"},
    {"X-Some", "", "thing"},
    {"Upgrade", "websocket", "", ",", "a, b", "h2c,"},
    {"Expect", "100-continue", "other"},
    {"TE", "trailers"},
};
const std::vector<string_view> hosts{"example.com",
                                     "example.com",
                                     "a",
                                     "",
                                     "www.example.com:8080",
                                     "www.example.com:80808",
                                     "127.0.0.1:1",
                                     "[::1]",
                                     "[::1]:443",
                                     "a:",
                                     "a:x",
                                     "a:1x",
                                     "ab:/1",
                                     "ab:1:",
                                     "a.b:12:4",
                                     "a.b:8/80",
                                     "a:0",
                                     "a:00000",
                                     "a_b~c",
                                     "a b",
                                     "a,b",
                                     "a%20b",
                                     "%",
                                     "a@b",
                                     "a/b",
                                     "\xC3\xA9",
                                     ":80",
                                     "a!$&'()*+;=b",
                                     "abcdefghijabcdefghijabcdefghijab",
                                     "abcdefghijabcdefghijabcdefghijab:8080",
                                     "abcdefghijabcdefghijabcdefghijabc",
                                     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd",
                                     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc:80",
                                     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde"};

const http::limits lim = [] {
  http::limits out;
  out.body = 65536;
  return out;
}();

http::leniency some_leniency(random_text &random) {
  http::leniency out;
  out.allow_missing_host = random.chance(20);
  out.reject_empty_host = random.chance(20);
  out.allow_comma_in_host = random.chance(20);
  out.te_overrides_cl = random.chance(20);
  out.expose_codings = random.chance(20);
  out.allow_empty_members_in_framing = random.chance(20);
  out.collapse_repeated_content_length = random.chance(20);
  out.reject_body_on_get_head = random.chance(20);
  return out;
}

} // namespace

TEST_CASE("Host and framing of a request are the same by the quick path") {
  random_text random;
  int good = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string head(random.any_of({"GET", "POST", "HEAD", "PUT", "CONNECT"}));
    head += head == "CONNECT" ? " a:80 HTTP/1." : " / HTTP/1.";
    head += random.any_of({"1", "1", "1", "0", "2"});
    head += "\r\n";
    const bool host_first = random.chance(70);
    const std::string host = "Host: " + std::string(random.any_of(hosts)) + "\r\n";
    if (host_first) head += host;
    while (random.chance(50)) head += random.line(lines);
    if (!host_first && random.chance(80)) head += host;
    head += "\r\n";
    INFO(head);

    const http::leniency len = some_leniency(random);
    const http::context ctx{table, lim, len};
    const string_view in = coax_test::guarded_copy(head);
    http::request_parser parser;
    if (!parser.parse(ctx, in).ready()) continue;
    const http::request r = http::view_request(parser.head(), in.data(), table);
    const judged all = closely(r, lim, len);
    good += static_cast<bool>(all.v);

    judged apart;
    http::deviations host_seen;
    apart.v = http::check_host(r, len, host_seen);
    if (apart.v) apart.v = http::analyze(r, lim, len, apart.framing);
    apart.framing.seen.add(host_seen);
    check_equal(apart, all);

    http::request_reader reader;
    const http::event e = reader.next(ctx, in);
    check_equal(by_event(e, e.ec), all);
  }
  CHECK(good > 3000);
}

TEST_CASE("the framing of a response is the same by the quick path") {
  random_text random;
  int good = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string head = "HTTP/1." + std::string(random.any_of({"1", "1", "1", "0", "2"})) + ' ';
    head += random.any_of({"200", "200", "100", "101", "103", "204", "205", "304", "404", "599"});
    head += " \r\n";
    while (random.chance(60)) head += random.line(lines);
    if (random.chance(10)) head += "Host: " + std::string(random.any_of(hosts)) + "\r\n";
    head += "X: to make it long enough\r\n\r\n";
    INFO(head);

    const http::leniency len = some_leniency(random);
    const http::context ctx{table, lim, len};
    const string_view in = coax_test::guarded_copy(head);
    http::response_parser parser;
    if (!parser.parse(ctx, in).ready()) continue;
    const http::response r = http::view_response(parser.head(), in.data(), table);
    const string_view methods[] = {"GET", "HEAD", "CONNECT"};
    for (const string_view text : methods) {
      const method asked = http::to_method(text);
      const judged all = closely(r, asked, lim, len);
      good += static_cast<bool>(all.v);

      judged apart;
      apart.v = http::analyze(r, asked, lim, len, apart.framing);
      check_equal(apart, all);

      http::response_reader reader;
      reader.answers(asked);
      const http::event e = reader.next(ctx, in);
      check_equal(by_event(e, e.ec), all);
    }
  }
  CHECK(good > 3000);
}

TEST_CASE("usual heads take the quick path") {
  if (coax::best_isa() == coax::isa::scalar) return; // there is none
  const auto quick = [](string_view head) {
    http::request_parser parser;
    REQUIRE(parser.parse({table}, head).ready());
    http::framing framing;
    return http::detail::frame_plainly(http::view_request(parser.head(), head.data(), table),
                                       http::default_limits, http::strict, framing);
  };
  CHECK(quick("GET / HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n"));
  CHECK(quick("GET / HTTP/1.1\r\nAccept: */*\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(quick("POST / HTTP/1.1\r\nHost: some_name-1\r\nContent-Length: 12\r\nConnection: close\r\n\r\n"));
  CHECK(quick("POST / HTTP/1.1\r\nHost: example\r\nTransfer-Encoding: chunked\r\nAccept: */*\r\n\r\n"));
  CHECK_FALSE(
      quick("GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: TE, close\r\nTE: trailers\r\n\r\n"));
}
