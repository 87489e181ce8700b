// request_parser and response_parser used on their own: what they consume and ask for, what they describe,
// how they start over, heads that are kept, poisoning, heads in constant expressions.
#include "support/catch.hpp"
#include "support/feed.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace http = coax::http;
namespace uri = coax::uri;
using coax::element;
using coax::fault;
using coax::status;
using http::deviation;
using http::errc;
using http::field_ref;
using outcome = coax::step<errc>;
using std::string_view;
using namespace std::string_view_literals;

/// What a parser needs besides its input.
struct setting {
  http::limits limits{};
  http::leniency leniency{};
  std::vector<field_ref> table = std::vector<field_ref>(16);

  http::context context() { return {table, limits, leniency}; }
  void overwrite_table() {
    for (field_ref &ref : table) ref = {0xFFFF, 0xFFFF, 0xFFFF, 0xFF, http::field_id::host};
  }
};

/// Passes the input in pieces of the given size, each time all that was not consumed yet.
template <class Parser>
outcome parse_in_pieces(Parser &parser, setting &set, string_view input, std::size_t size,
                        std::size_t *dropped = nullptr) {
  std::size_t begin = 0;
  for (std::size_t end = std::min(size, input.size());; end = std::min(end + size, input.size())) {
    set.overwrite_table();
    const outcome out = parser.parse(set.context(), input.substr(begin, end - begin));
    if (out.st != status::need_more || end == input.size()) {
      if (dropped != nullptr) *dropped = begin;
      return out;
    }
    REQUIRE(out.hint >= 1);
    begin += out.consumed;
  }
}

void check_error(const outcome &out, errc ec, std::size_t at, element what, std::size_t index = 0) {
  CHECK(out.st == status::failed);
  CHECK(name(out.ec) == name(ec));
  CHECK(out.why.at == at);
  CHECK(out.why.what == what);
  CHECK(out.why.index == index);
  CHECK(out.consumed == 0);
}

std::vector<std::pair<std::string, std::string>> lines_of(const http::fields &all) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const http::field f : all) out.emplace_back(f.name, f.value);
  return out;
}

} // namespace

TEST_CASE("describes a request head by offsets from its first byte", "[H1-003][H1-020][H1-028][H1-084]") {
  constexpr string_view input = "\r\n\r\nPOST /a?b HTTP/1.0\r\nHost: a\r\nX-Y:\t c d \r\nE:\r\n\r\nrest"sv;
  setting set;
  http::request_parser parser;
  CHECK(parser.idle());
  const outcome out = parser.parse(set.context(), input);
  REQUIRE(out.ready());
  CHECK(out.consumed == input.size() - 4);
  CHECK(parser.idle());

  const http::head_ref head = parser.head();
  CHECK(head.start == 4);
  CHECK(head.size == input.size() - 8);
  CHECK(head.start + std::size_t{head.size} == out.consumed);
  CHECK(head.fields == 3);
  CHECK(head.method == http::method::post);
  CHECK(head.method_size == 4);
  CHECK(head.text == 5);
  CHECK(head.text_size == 4);
  CHECK(head.minor == 0);
  CHECK(head.code == 0);
  CHECK(set.table[0].name == 20);
  CHECK(set.table[0].name_size == 4);
  CHECK(set.table[0].value == 26);
  CHECK(set.table[0].value_size == 1);
  CHECK(set.table[0].framing == http::field_id::host);
  CHECK(set.table[1].name == 29);
  CHECK(set.table[1].name_size == 3);
  CHECK(set.table[1].value == 35);
  CHECK(set.table[1].value_size == 3);
  CHECK(set.table[1].framing == http::field_id::other);
  CHECK(set.table[2].name == 41);
  CHECK(set.table[2].value_size == 0);

  const http::request r = http::view_request(head, input.data(), set.table);
  CHECK(r.method == http::method::post);
  CHECK(r.method_text == "POST");
  CHECK(r.method_text.data() == input.data() + 4);
  CHECK(r.target == "/a?b");
  CHECK(r.target.data() == input.data() + 9);
  CHECK(r.minor == 0);
  CHECK(r.size == head.size);
  REQUIRE(r.fields.size() == 3);
  CHECK(r.fields[1].name == "X-Y");
  CHECK(r.fields[1].value == "c d");
  CHECK(r.fields[1].value.data() == input.data() + 4 + 35);
  CHECK(r.fields[2].value.empty());
}

TEST_CASE("describes a response head by offsets from its first byte", "[H1-003][H1-050]") {
  constexpr string_view input = "HTTP/1.1 404 Not Found\r\nA:b\r\n\r\nrest"sv;
  setting set;
  http::response_parser parser;
  const outcome out = parser.parse(set.context(), input);
  REQUIRE(out.ready());
  CHECK(out.consumed == input.size() - 4);
  const http::head_ref head = parser.head();
  CHECK(head.start == 0);
  CHECK(head.size == input.size() - 4);
  CHECK(head.fields == 1);
  CHECK(head.code == 404);
  CHECK(head.text == 13);
  CHECK(head.text_size == 9);
  CHECK(head.minor == 1);
  CHECK(set.table[0].name == 24);
  CHECK(set.table[0].value == 26);
  const http::response r = http::view_response(head, input.data(), set.table);
  CHECK(r.code == 404);
  CHECK(r.reason == "Not Found");
  CHECK(r.reason.data() == input.data() + 13);
  CHECK(r.size == head.size);
  REQUIRE(r.fields.size() == 1);
  CHECK(r.fields[0].name == "A");
}

TEST_CASE("has an empty reason phrase with and without its SP", "[H1-050][H1-051]") {
  for (const string_view line : {"HTTP/1.1 200 \r\n\r\n"sv, "HTTP/1.1 200\r\n\r\n"sv}) {
    setting set;
    http::response_parser parser;
    REQUIRE(parser.parse(set.context(), line).ready());
    const http::response r = http::view_response(parser.head(), line.data(), set.table);
    CHECK(r.code == 200);
    CHECK(r.reason.empty());
    CHECK(parser.seen().has(deviation::missing_reason_sp) == (line.size() == 16));
  }
}

TEST_CASE("gives the same head and table for pieces of every size", "[H1-002][H1-003]") {
  constexpr string_view input = "\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nX-Y:\t c d \r\nE:\r\n\r\n"sv;
  setting whole;
  http::request_parser one;
  REQUIRE(one.parse(whole.context(), input).ready());
  const auto wanted = lines_of(http::view_request(one.head(), input.data(), whole.table).fields);
  for (std::size_t size = 1; size <= input.size(); ++size) {
    CAPTURE(size);
    setting set;
    http::request_parser parser;
    std::size_t dropped = 0;
    const outcome out = parse_in_pieces(parser, set, input, size, &dropped);
    REQUIRE(out.ready());
    CHECK(dropped + out.consumed == input.size());
    CHECK(dropped + parser.head().start == 4);
    CHECK(parser.head().size == one.head().size);
    const http::request r = http::view_request(parser.head(), input.data() + dropped, set.table);
    CHECK(r.target == "/x");
    CHECK(lines_of(r.fields) == wanted);
  }
}

TEST_CASE("consumes empty lines while it needs more, and nothing of a head", "[H1-002][H1-006]") {
  setting set;
  http::request_parser parser;
  outcome out = parser.parse(set.context(), ""sv);
  CHECK(out.st == status::need_more);
  CHECK(out.consumed == 0);
  CHECK(out.hint >= 1);
  CHECK(parser.idle());

  out = parser.parse(set.context(), "\r"sv);
  CHECK(out.st == status::need_more);
  CHECK(out.consumed == 0);
  CHECK(out.hint >= 1);

  out = parser.parse(set.context(), "\r\n"sv);
  CHECK(out.st == status::need_more);
  CHECK(out.consumed == 2);
  CHECK(out.hint >= 1);
  CHECK(parser.idle());

  out = parser.parse(set.context(), "\r\nGE"sv);
  CHECK(out.st == status::need_more);
  CHECK(out.consumed == 2);
  CHECK_FALSE(parser.idle());

  out = parser.parse(set.context(), "GET / HTTP/1.1\r\nHost: a\r\n"sv);
  CHECK(out.st == status::need_more);
  CHECK(out.consumed == 0);
  CHECK(out.hint >= 1);
  CHECK_FALSE(parser.idle());

  constexpr string_view all = "GET / HTTP/1.1\r\nHost: a\r\n\r\nnext"sv;
  out = parser.parse(set.context(), all);
  REQUIRE(out.ready());
  CHECK(out.consumed == 27);
  CHECK(parser.head().start == 0);
  CHECK(parser.idle());
}

TEST_CASE("consumes nothing of a response head while it needs more", "[H1-002]") {
  constexpr string_view all = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"sv;
  setting set;
  http::response_parser parser;
  CHECK(parser.parse(set.context(), ""sv).st == status::need_more);
  CHECK(parser.idle());
  for (std::size_t size = 1; size < all.size(); ++size) {
    CAPTURE(size);
    const outcome out = parser.parse(set.context(), all.substr(0, size));
    CHECK(out.st == status::need_more);
    CHECK(out.consumed == 0);
    CHECK(out.hint >= 1);
    CHECK_FALSE(parser.idle());
  }
  CHECK(parser.parse(set.context(), all).ready());
}

TEST_CASE("begins a new head behind a complete one", "[H1-002][H1-003][H1-004]") {
  setting set;
  set.leniency.allow_bare_lf = true;
  http::request_parser parser;
  string_view input = "GET /1 HTTP/1.1\nA: b\n\nPUT /22 HTTP/1.0\r\n\r\n"sv;
  outcome out = parser.parse(set.context(), input);
  REQUIRE(out.ready());
  CHECK(parser.seen().has(deviation::bare_lf));
  CHECK(http::view_request(parser.head(), input.data(), set.table).target == "/1");
  input.remove_prefix(out.consumed);
  out = parser.parse(set.context(), input);
  REQUIRE(out.ready());
  CHECK(parser.seen().empty());
  const http::request r = http::view_request(parser.head(), input.data(), set.table);
  CHECK(r.method == http::method::put);
  CHECK(r.target == "/22");
  CHECK(r.fields.empty());
  CHECK(out.consumed == input.size());
}

TEST_CASE("repeats its error whatever it is passed, until it is reset", "[H1-009]") {
  constexpr string_view bad = "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"sv;
  constexpr string_view good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv;
  for (std::size_t size : {std::size_t{1}, std::size_t{7}, bad.size()}) {
    setting set;
    http::request_parser parser;
    check_error(parse_in_pieces(parser, set, bad, size), errc::space_before_colon, 26, element::field_name,
                1);
    for (const string_view next : {good, bad, ""sv, "X"sv, "\r\n"sv})
      for (int i = 0; i < 2; ++i)
        check_error(parser.parse(set.context(), next), errc::space_before_colon, 26, element::field_name, 1);
    std::string bytes(good);
    check_error(parser.parse(set.context(), std::span<char>(bytes)), errc::space_before_colon, 26,
                element::field_name, 1);
    CHECK(bytes == good);
    parser.reset();
    CHECK(parser.idle());
    CHECK(parser.seen().empty());
    const outcome out = parser.parse(set.context(), good);
    REQUIRE(out.ready());
    CHECK(out.consumed == good.size());
  }
}

TEST_CASE("repeats the error of a response until it is reset", "[H1-009]") {
  setting set;
  http::response_parser parser;
  check_error(parser.parse(set.context(), "HTTP/1.1 2x"sv), errc::bad_status_line, 10, element::status_code);
  constexpr string_view good = "HTTP/1.1 204 x\r\n\r\n"sv;
  check_error(parser.parse(set.context(), good), errc::bad_status_line, 10, element::status_code);
  parser.reset();
  CHECK(parser.parse(set.context(), good).ready());
  CHECK(parser.head().code == 204);
}

TEST_CASE("a reader repeats its error for every later feed and at the end of the input", "[H1-009]") {
  constexpr string_view bad = "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"sv;
  constexpr string_view good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv;
  setting set;
  http::request_reader reader;
  const auto check = [](const http::event &e) {
    CHECK(e.kind == http::event_kind::failed);
    CHECK(name(e.ec) == "space_before_colon");
    CHECK(e.consumed == 0);
    CHECK(e.why == fault{26, element::field_name, 1});
  };
  check(reader.next(set.context(), bad));
  check(reader.next(set.context(), good));
  check(reader.next(set.context(), ""sv));
  check(reader.end_of_input(set.context(), true));
  check(reader.next(set.context(), good));
  CHECK_FALSE(reader.idle());
  reader.reset();
  CHECK(reader.idle());
  CHECK(reader.next(set.context(), good).kind == http::event_kind::request);
}

TEST_CASE("a reader is poisoned by each kind of error in a head", "[H1-009][H1-008]") {
  for (const std::string bad :
       {"\x16\x03", "G(T / HTTP/1.1", "GET  /", "GET * HTTP/1.1", "GET / HTTP/2.0", "GET / http/1.1",
        "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\n X", "GET / HTTP/1.1\r\nX: a\r\n b", "GET / HTTP/1.1\r\n:",
        "GET / HTTP/1.1\r\nX :", "GET / HTTP/1.1\r\nX: \x01", "GET / HTTP/1.1\r\n\r\n"}) {
    coax_test::dialogue d;
    d.input = bad + "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    INFO("input: " << coax_test::escape(d.input));
    const coax_test::transcript t = read_every_way(d); // tries each time what comes behind the error
    REQUIRE(t.size() == 1);
    CHECK(t[0].text.starts_with("error "));
  }
}

TEST_CASE("counts the offset of an error from the first byte it was passed", "[H1-006][H1-009]") {
  setting set;
  http::request_parser parser;
  check_error(parser.parse(set.context(), "\r\n\r\nGET / HTTP/1.1\r\nX: \x01"sv), errc::bad_field_value, 23,
              element::field_value, 0);
  parser.reset();
  CHECK(parser.parse(set.context(), "\r\n"sv).consumed == 2); // which are dropped
  check_error(parser.parse(set.context(), "\r\nG("sv), errc::bad_method, 3, element::method);
  parser.reset();
  CHECK(parser.parse(set.context(), "\r\nG"sv).consumed == 2);
  check_error(parser.parse(set.context(), "G("sv), errc::bad_method, 1, element::method);
}

TEST_CASE("counts empty lines over several calls and for each head anew", "[H1-006]") {
  setting set;
  http::request_parser parser;
  CHECK(parser.parse(set.context(), "\r\n"sv).consumed == 2);
  CHECK(parser.parse(set.context(), "\r\n"sv).consumed == 2);
  check_error(parser.parse(set.context(), "\r"sv), errc::bad_start_line, 0, element::method);
  parser.reset();
  CHECK(parser.parse(set.context(), "\r\n\r\nGET / HTTP/1.0\r\n\r\n"sv).ready());
  CHECK(parser.parse(set.context(), "\r\n\r\nGET / HTTP/1.0\r\n\r\n"sv).ready());
}

TEST_CASE("knows GET from get and keeps the text of unknown methods", "[H1-020]") {
  for (const auto &[text, method] : {std::pair{"GET"sv, http::method::get},
                                     {"get"sv, http::method::other},
                                     {"Get"sv, http::method::other},
                                     {"GETS"sv, http::method::other},
                                     {"M-SEARCH"sv, http::method::other},
                                     {"OPTIONS"sv, http::method::options},
                                     {"CONNECt"sv, http::method::other},
                                     {"DELETE"sv, http::method::delete_}}) {
    const std::string input = std::string(text) + " / HTTP/1.1\r\n\r\n";
    setting set;
    http::request_parser parser;
    REQUIRE(parser.parse(set.context(), string_view(input)).ready());
    const http::request r = http::view_request(parser.head(), input.data(), set.table);
    CHECK(r.method == method);
    CHECK(r.method_text == text);
  }
}

namespace {

/// The target of a request-line, taken apart after it was parsed.
uri::target target_of(const std::string &input) {
  setting set;
  http::request_parser parser;
  REQUIRE(parser.parse(set.context(), string_view(input)).ready());
  return view_target(http::view_request(parser.head(), input.data(), set.table));
}

} // namespace

TEST_CASE("takes the target of a request apart in each of its four forms",
          "[H1-028][H1-029][H1-030][H1-032]") {
  const std::string origin = "GET //evil.example/x?q HTTP/1.1\r\n\r\n";
  uri::target t = target_of(origin);
  CHECK(t.form == uri::target_form::origin);
  CHECK(t.path == "//evil.example/x");
  CHECK(t.has_query);
  CHECK(t.query == "q");
  CHECK(t.authority_text.empty());
  CHECK(t.scheme.empty());

  const std::string absolute = "GET http://x.example:8080/p?q HTTP/1.1\r\n\r\n";
  t = target_of(absolute);
  CHECK(t.form == uri::target_form::absolute);
  CHECK(t.scheme == "http");
  CHECK(t.authority_text == "x.example:8080");
  CHECK(t.authority.host == "x.example");
  CHECK(t.authority.port == 8080);
  CHECK(t.path == "/p");
  CHECK(t.query == "q");

  const std::string authority = "CONNECT a:443 HTTP/1.1\r\n\r\n";
  t = target_of(authority);
  CHECK(t.form == uri::target_form::authority);
  CHECK(t.authority.host == "a");
  CHECK(t.authority.port == 443);

  const std::string asterisk = "OPTIONS * HTTP/1.1\r\n\r\n";
  t = target_of(asterisk);
  CHECK(t.form == uri::target_form::asterisk);
  CHECK(t.path.empty());
}

TEST_CASE("keeps a minor version above 1 visible", "[H1-023][H1-057]") {
  constexpr string_view input = "GET / HTTP/1.7\r\n\r\n"sv;
  setting set;
  http::request_parser parser;
  REQUIRE(parser.parse(set.context(), input).ready());
  CHECK(parser.head().minor == 7);
  CHECK(http::view_request(parser.head(), input.data(), set.table).minor == 7);
}

TEST_CASE("gives status codes to the functions that classify them", "[H1-053][H1-054][H1-055]") {
  struct row {
    string_view digits;
    std::uint16_t code;
    http::status_class kind;
    std::uint16_t effective;
    bool known, cacheable;
  };
  for (const row &r : {row{"471", 471, http::status_class::client_error, 400, false, false},
                       row{"299", 299, http::status_class::successful, 200, false, false},
                       row{"404", 404, http::status_class::client_error, 404, true, true},
                       row{"302", 302, http::status_class::redirection, 302, true, false},
                       row{"199", 199, http::status_class::informational, 100, false, false},
                       row{"999", 999, http::status_class::server_error, 500, false, false},
                       row{"099", 99, http::status_class::server_error, 500, false, false}}) {
    const std::string input = "HTTP/1.1 " + std::string(r.digits) + " x\r\n\r\n";
    setting set;
    http::response_parser parser;
    REQUIRE(parser.parse(set.context(), string_view(input)).ready());
    const std::uint16_t code = http::view_response(parser.head(), input.data(), set.table).code;
    CAPTURE(code);
    CHECK(code == r.code);
    CHECK(http::class_of(code) == r.kind);
    CHECK(http::effective_code(code) == r.effective);
    CHECK(http::is_recognized(code) == r.known);
    CHECK(http::is_heuristically_cacheable(code) == r.cacheable);
  }
}

TEST_CASE("says what to answer to each kind of error in a head", "[H1-008][H1-024][H1-034]") {
  const auto answer = [](string_view input) {
    setting set;
    http::request_parser parser;
    const outcome out = parser.parse(set.context(), input);
    REQUIRE(out.failed());
    return suggested_status(out.ec);
  };
  CHECK(answer("\x16\x03\x01"sv) == 400);
  CHECK(answer("G("sv) == 400);
  CHECK(answer("GET * HTTP/1.1\r\n"sv) == 400);
  CHECK(answer("GET / http"sv) == 400);
  CHECK(answer("GET / HTTP/2.0\r\n"sv) == 505);
  CHECK(answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv) == 505);
  CHECK(answer("CONNECT a HTTP/1.1\r\n"sv) == 400);
  CHECK(answer("GET /" + std::string(16384, 'a')) == 414);
  CHECK(answer(std::string(33, 'A')) == 501);
  CHECK(answer("GET / HTTP/1.1\n"sv) == 400);
  CHECK(answer("GET / HTTP/1.1\r\n "sv) == 400);
  CHECK(answer("GET / HTTP/1.1\r\nA: b\r\n "sv) == 400);
  CHECK(answer("GET / HTTP/1.1\r\n:"sv) == 400);
  CHECK(answer("GET / HTTP/1.1\r\nA :"sv) == 400);
  CHECK(answer("GET / HTTP/1.1\r\nA: \x01"sv) == 400);
}

TEST_CASE("reports each deviation that it tolerated in a head, and no other",
          "[H1-004][H1-026][H1-051][H1-082][H1-086][H1-088]") {
  const auto seen_in = [](auto parser, string_view input) {
    setting set;
    set.leniency.allow_bare_lf = set.leniency.strip_space_before_colon = true;
    set.leniency.allow_ctl_in_values = set.leniency.unfold = true;
    std::string bytes(input);
    REQUIRE(parser.parse(set.context(), std::span<char>(bytes)).ready());
    return coax_test::names_of(parser.seen());
  };
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\r\nA: b\r\n\r\n"sv) == "");
  CHECK(seen_in(http::request_parser(), "\nGET /a HTTP/1.1\r\nA: b\r\n\r\n"sv) == "bare_lf");
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\nA: b\r\n\r\n"sv) == "bare_lf");
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\r\nA: b\n\r\n"sv) == "bare_lf");
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\r\nA: b\r\n\n"sv) == "bare_lf");
  CHECK(seen_in(http::request_parser(), "GET /[ HTTP/1.1\r\nA: b\r\n\r\n"sv) == "unescaped_target");
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\r\nA: \x01\r\n\r\n"sv) == "ctl_in_value");
  CHECK(seen_in(http::request_parser(), "GET /a HTTP/1.1\r\nA: b\r\n c\r\n\r\n"sv) == "obs_fold");
  CHECK(seen_in(http::response_parser(), "HTTP/1.1 200\r\nA: b\r\n\r\n"sv) == "missing_reason_sp");
  CHECK(seen_in(http::response_parser(), "HTTP/1.1 200 \r\nA : b\r\n\r\n"sv) == "space_before_colon");
  CHECK(seen_in(http::response_parser(), "HTTP/1.1 200\nA : b\n\x20\x02\n\n"sv) ==
        "bare_lf,missing_reason_sp,space_before_colon,ctl_in_value,obs_fold");
}

TEST_CASE("writes to the input only where a fold is replaced", "[H1-088][H1-089]") {
  const std::string input = "HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\nY:\r\n c\r\n\r\nrest\r\n ";
  setting set;
  set.leniency.unfold = true;
  http::response_parser parser;

  std::string bytes = input;
  outcome out = parser.parse(set.context(), std::span<char>(bytes));
  REQUIRE(out.ready());
  CHECK(bytes == "HTTP/1.1 200 OK\r\nX: a  \t b\r\nY:   c\r\n\r\nrest\r\n ");
  const http::response r = http::view_response(parser.head(), bytes.data(), set.table);
  REQUIRE(r.fields.size() == 2);
  CHECK(r.fields[0].value == "a  \t b");
  CHECK(r.fields[1].value == "c");
  CHECK(parser.seen().has(deviation::obs_fold));

  parser.reset();
  bytes = input;
  check_error(parser.parse(set.context(), string_view(bytes)), errc::obs_fold, 23, element::field_value, 0);
  CHECK(bytes == input);

  parser.reset();
  set.leniency.unfold = false;
  check_error(parser.parse(set.context(), std::span<char>(bytes)), errc::obs_fold, 23, element::field_value,
              0);
  CHECK(bytes == input);
}

TEST_CASE("does not write to a line end before it knows that a fold follows", "[H1-088]") {
  std::string bytes = "GET / HTTP/1.1\r\nX: a\r\n";
  const std::string before = bytes;
  setting set;
  set.leniency.unfold = true;
  http::request_parser parser;
  CHECK(parser.parse(set.context(), std::span<char>(bytes)).st == status::need_more);
  CHECK(bytes == before);
  bytes += " b\r\n\r\n";
  REQUIRE(parser.parse(set.context(), std::span<char>(bytes)).ready());
  CHECK(bytes == "GET / HTTP/1.1\r\nX: a   b\r\n\r\n");
  CHECK(http::view_request(parser.head(), bytes.data(), set.table).fields["X"] == "a   b");
}

namespace {

/// Parses a head with everything allowed, keeps a copy of its bytes, spoils the table and fills it again.
template <class Parser> void check_reindex(const std::string &input) {
  INFO("input: " << coax_test::escape(input).substr(0, 300));
  setting set;
  set.leniency.allow_bare_lf = set.leniency.strip_space_before_colon = true;
  set.leniency.allow_ctl_in_values = set.leniency.unfold = true;
  set.leniency.target = uri::syntax::any_visible;
  Parser parser;
  std::string bytes = input;
  REQUIRE(parser.parse(set.context(), std::span<char>(bytes)).ready());
  const http::head_ref head = parser.head();
  const std::vector<field_ref> table = set.table;
  const auto wanted = lines_of(http::fields(bytes.data() + head.start, std::span(table).first(head.fields)));

  const std::string kept = bytes.substr(0, std::size_t{head.start} + head.size);
  bytes.assign(bytes.size(), '?');
  set.overwrite_table();
  http::reindex(head, kept.data(), set.table);
  const http::fields again(kept.data() + head.start,
                           std::span<const field_ref>(set.table).first(head.fields));
  CHECK(lines_of(again) == wanted);
  CHECK(again.size() == head.fields);
  CHECK(std::memcmp(set.table.data(), table.data(), head.fields * sizeof(field_ref)) == 0);
}

} // namespace

TEST_CASE("fills the table again for a head that was kept", "[H1-003][H1-090]") {
  check_reindex<http::request_parser>("GET / HTTP/1.0\r\n\r\n");
  check_reindex<http::request_parser>("GET / HTTP/1.1\r\nHost: a\r\nX-Y:\t c d \r\nE:\r\n\r\nnext");
  check_reindex<http::request_parser>(
      "\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost:a\r\n\r\n");
  check_reindex<http::response_parser>("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a\r\n\r\nhello");
  check_reindex<http::response_parser>("HTTP/1.1 200\r\nA: b\r\n\r\n");
}

TEST_CASE("fills the table again for a head with deviations", "[H1-004][H1-082][H1-086][H1-088]") {
  check_reindex<http::request_parser>("\nGET /<> HTTP/1.1\nHost: a\nX: \x01 b\n\n");
  check_reindex<http::request_parser>("GET / HTTP/1.1\r\nX: a\r\n b\r\n\tc\r\nY: d\r\n\r\n");
  check_reindex<http::response_parser>("HTTP/1.1 200\nContent-Length \t: 5\nX : a\n b\n\n");
  check_reindex<http::response_parser>("HTTP/1.1 200 x\r\n" + std::string(300, 'n') + " : v\r\nA: b\r\n\r\n");
}

TEST_CASE("fills the table again for fields that a trailer section may not hold", "[H1-083]") {
  check_reindex<http::request_parser>(
      "GET / HTTP/1.1\r\nhost: a\r\nAUTHORIZATION: b\r\nTrailer: c\r\nDate: d\r\n\r\n");
}

TEST_CASE("fills the table again for as many fields as it holds", "[H1-090]") {
  std::string input = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 16; ++i)
    input += "F" + std::to_string(i) + ": " + std::string(static_cast<std::size_t>(i), 'v') + "\r\n";
  check_reindex<http::request_parser>(input + "\r\n");
}

TEST_CASE("keeps names of 254, 255, 256 and 1000 bytes", "[H1-080][H1-083]") {
  for (const bool responses : {false, true})
    for (const std::size_t size : {1u, 253u, 254u, 255u, 256u, 257u, 1000u}) {
      CAPTURE(size);
      const std::string name(size, 'n'), other = name.substr(1) + "m";
      coax_test::dialogue d;
      d.responses = responses;
      const std::string head = responses ? "HTTP/1.1 204 x\r\n" : "GET / HTTP/1.0\r\n";
      d.input = head + name + ": v\r\n" + other + ":\r\nZ: z\r\n\r\n";
      const std::string text = to_text(read_every_way(d));
      CHECK(text.find("\nfield " + name + ": v\nfield " + other + ": \nfield Z: z\nend\n") !=
            std::string::npos);

      setting set;
      http::request_parser parser;
      const std::string request = "GET / HTTP/1.0\r\n" + name + ": v\r\n" + other + ":\r\nZ: z\r\n\r\n";
      REQUIRE(parser.parse(set.context(), string_view(request)).ready());
      const http::fields fields = http::view_request(parser.head(), request.data(), set.table).fields;
      REQUIRE(fields.size() == 3);
      CHECK(fields[0].name == name);
      CHECK(fields[1].name == other);
      CHECK(fields[0].is(name));
      CHECK_FALSE(fields[0].is(other));
      CHECK_FALSE(fields[0].is(name + "n"));
      CHECK_FALSE(fields[0].is(string_view(name).substr(1)));
      CHECK(fields.single(name).lines == 1);
      CHECK(fields[std::string(size, 'N')] == "v");
      CHECK(fields.contains(other));
      CHECK(fields["Z"] == "z");
      check_reindex<http::request_parser>(request);
    }
}

TEST_CASE("takes as many fields as the table holds and refuses the first in excess", "[H1-002]") {
  constexpr string_view input = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"sv;
  setting set;
  set.table.resize(3);
  http::request_parser parser;
  CHECK(parser.parse(set.context(), input).ready());
  set.table.resize(2);
  check_error(parser.parse(set.context(), input), errc::too_many_fields, 28, element::field_name, 2);
  set.table.clear();
  parser.reset();
  check_error(parser.parse(set.context(), input), errc::too_many_fields, 16, element::field_name, 0);
  parser.reset();
  CHECK(parser.parse(set.context(), "GET / HTTP/1.1\r\n\r\n"sv).ready());
}

TEST_CASE("goes on when its state was copied in the middle of a head", "[H1-002]") {
  constexpr string_view input = "\r\nGET /abc HTTP/1.1\r\nHost: a\r\nX-Y: c\r\n\r\n"sv;
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    CAPTURE(cut);
    setting set;
    http::request_parser first;
    const outcome part = first.parse(set.context(), input.substr(0, cut));
    if (part.ready()) continue;
    http::request_parser second = first;
    const string_view rest = input.substr(part.consumed);
    REQUIRE(second.parse(set.context(), rest).ready());
    set.overwrite_table();
    REQUIRE(first.parse(set.context(), rest).ready()); // the copy went its own way
    CHECK(http::view_request(first.head(), rest.data(), set.table).fields["x-y"] == "c");
    CHECK(first.head().size == second.head().size);
  }
}

// --- in constant expressions
// ---------------------------------------------------------------------------------

namespace {

/// The outcome of parsing a whole head, and its head and table.
template <class Parser> struct parsed {
  outcome out;
  http::head_ref head;
  http::deviations seen;
  std::array<field_ref, 8> table{};
};

template <class Parser>
constexpr parsed<Parser> parse(string_view input, const http::leniency &len = {},
                               const http::limits &lim = {}) {
  parsed<Parser> p{};
  Parser parser;
  p.out = parser.parse({p.table, lim, len}, input);
  p.head = parser.head();
  p.seen = parser.seen();
  return p;
}
constexpr auto parse_request(string_view input, const http::leniency &len = {},
                             const http::limits &lim = {}) {
  return parse<http::request_parser>(input, len, lim);
}
constexpr auto parse_response(string_view input, const http::leniency &len = {},
                              const http::limits &lim = {}) {
  return parse<http::response_parser>(input, len, lim);
}

constexpr bool is_error(const outcome &out, errc ec, std::size_t at) {
  return out.failed() && out.ec == ec && out.why.at == at && out.consumed == 0;
}

// H1-003, H1-020, H1-028, H1-084
static_assert([] {
  constexpr string_view input =
      "GET /a?b HTTP/1.1\r\nHost: a\r\nX-Long-Name: a value that is longer\t \r\nE:\r\n\r\n!";
  const auto p = parse_request(input);
  const http::request r = http::view_request(p.head, input.data(), p.table);
  return p.out.ready() && p.out.consumed == input.size() - 1 && r.method == http::method::get &&
         r.target == "/a?b" && r.minor == 1 && r.fields.size() == 3 && r.fields["host"] == "a" &&
         r.fields["x-long-name"] == "a value that is longer" && r.fields.contains("E") && p.seen.empty();
}());

// H1-050, H1-090
static_assert([] {
  constexpr string_view input = "HTTP/1.0 404 Not Found\r\nA: 1\r\nB: x\r\na: 2\r\n\r\n";
  const auto p = parse_response(input);
  const http::response r = http::view_response(p.head, input.data(), p.table);
  char out[8] = {};
  const auto all = r.fields.combined("A", out);
  return p.out.ready() && r.code == 404 && r.minor == 0 && r.reason == "Not Found" && all && all.size == 4 &&
         string_view(out, 4) == "1, 2" && r.fields.single("a").duplicate();
}());

// H1-051
static_assert(parse_response("HTTP/1.1 200\r\n\r\n").seen.has(deviation::missing_reason_sp));
static_assert(is_error(parse_response("HTTP/1.1 200\r\n\r\n", {.require_reason_sp = true}).out,
                       errc::bad_status_line, 12));

// H1-004, H1-005, H1-006
static_assert(is_error(parse_request("GET / HTTP/1.1\nHost: a\n\n").out, errc::bad_line_ending, 14));
static_assert(parse_request("GET / HTTP/1.1\nHost: a\n\n", {.allow_bare_lf = true}).out.ready());
static_assert(is_error(parse_request("GET / HTTP/1.1\r\nX: a\rb").out, errc::bad_line_ending, 20));
static_assert(parse_request("\r\n\r\nGET / HTTP/1.1\r\n\r\n").head.start == 4);
static_assert(is_error(parse_request("\r\n\r\n\r\n").out, errc::bad_start_line, 4));

// H1-008, H1-024, H1-026, H1-029, H1-034
static_assert(is_error(parse_request("\x16").out, errc::bad_start_line, 0));
static_assert(is_error(parse_request("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").out, errc::unsupported_version, 11));
static_assert(parse_request("GET /?q=a|b HTTP/1.1\r\n\r\n").seen.has(deviation::unescaped_target));
static_assert(is_error(parse_request("GET /?q=a|b HTTP/1.1\r\n\r\n", {.target = uri::syntax::rfc3986}).out,
                       errc::bad_target, 9));
static_assert(is_error(parse_request("GET * HTTP/1.1\r\n\r\n").out, errc::bad_target, 4));
static_assert(parse_request("OPTIONS * HTTP/1.1\r\n\r\n").out.ready());
static_assert(is_error(parse_request("GET /aaa", {}, {.request_line = 7}).out, errc::target_too_long, 7));
static_assert(is_error(parse_request("POST / HTTP/1.1", {}, {.method = 3}).out, errc::method_too_long, 3));

// H1-080, H1-081, H1-082, H1-085, H1-086, H1-093
static_assert(is_error(parse_request("GET / HTTP/1.1\r\nFoo\r\n\r\n").out, errc::bad_field_name, 19));
static_assert(is_error(parse_request("GET / HTTP/1.1\r\nX : y\r\n\r\n").out, errc::space_before_colon, 17));
static_assert(
    parse_response("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", {.strip_space_before_colon = true}).out.ready());
static_assert(is_error(parse_request("GET / HTTP/1.1\r\nX: abcdefghij\0\r\n\r\n"sv).out,
                       errc::bad_field_value, 29));
static_assert(parse_request("GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", {.allow_ctl_in_values = true})
                  .seen.has(deviation::ctl_in_value));
static_assert(
    is_error(parse_request("GET / HTTP/1.1\r\nX_Y: a\r\n\r\n", {.reject_underscore_names = true}).out,
             errc::bad_field_name, 17));

// H1-088
static_assert([] {
  std::array bytes = std::to_array("GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n");
  constexpr http::leniency len{.unfold = true};
  constexpr http::limits lim;
  std::array<field_ref, 2> table{};
  http::request_parser parser;
  const outcome out = parser.parse({table, lim, len}, std::span<char>(bytes.data(), bytes.size() - 1));
  const http::request r = http::view_request(parser.head(), bytes.data(), table);
  return out.ready() && r.fields["X"] == "a   b" && bytes[20] == ' ' && bytes[21] == ' ';
}());

// H1-002, H1-009: byte by byte, and poisoned
static_assert([] {
  constexpr string_view input = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
  constexpr http::leniency len;
  constexpr http::limits lim;
  std::array<field_ref, 4> table{};
  http::request_parser parser;
  for (std::size_t size = 0; size < input.size(); ++size)
    if (parser.parse({table, lim, len}, input.substr(0, size)).st != status::need_more) return false;
  if (!parser.parse({table, lim, len}, input).ready() || parser.head().fields != 2) return false;
  table = {};
  http::reindex(parser.head(), input.data(), table);
  if (http::view_request(parser.head(), input.data(), table).fields["x"] != "y") return false;
  for (string_view bad : {"("sv, input, ""sv})
    if (!is_error(parser.parse({table, lim, len}, bad), errc::bad_start_line, 0)) return false;
  parser.reset();
  return parser.parse({table, lim, len}, input).ready();
}());

} // namespace

TEST_CASE("parses whole heads in constant expressions", "[H1-002][H1-003][H1-009]") {
  constexpr string_view input = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
  constexpr auto p = parse_request(input);
  STATIC_REQUIRE(p.out.ready());
  STATIC_REQUIRE(p.head.fields == 1);
  STATIC_REQUIRE(http::view_request(p.head, input.data(), p.table).target == "/x");
}
