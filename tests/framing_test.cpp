// How the body of a message is framed, and what its head says about the connection.
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/octets.hpp"
#include "support/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace coax::http;
using coax::element;
using coax_test::byte;
using coax_test::dialogue;
using coax_test::join;
using coax_test::transcript;

namespace {

constexpr std::string_view post = "POST / HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view ok = "HTTP/1.1 200 OK\r\n";

transcript read(std::string input, bool responses = false, const leniency &len = strict,
                std::string asked = "GET") {
  dialogue d;
  d.responses = responses;
  d.methods = {asked};
  d.leniency = len;
  d.input = std::move(input);
  return coax_test::read_every_way(d);
}

/// The line of the transcript that describes the head, whole: words that should not be there show.
std::string words(std::string input, bool responses = false, const leniency &len = strict,
                  std::string asked = "GET") {
  return read(std::move(input), responses, len, std::move(asked)).front().text;
}

/// What analyze() says about a head.
struct analysis {
  verdict v{};
  framing f{};
};

analysis analyze_request(std::string_view head, const leniency &len = strict,
                         const limits &lim = default_limits) {
  std::array<field_ref, 20> table{};
  request_parser parser;
  REQUIRE(parser.parse({table, lim, len}, head).ready());
  analysis out;
  out.v = analyze(view_request(parser.head(), head.data(), table), lim, len, out.f);
  return out;
}

analysis analyze_response(std::string_view head, method asked = method::get, const leniency &len = strict,
                          const limits &lim = default_limits) {
  std::array<field_ref, 20> table{};
  response_parser parser;
  REQUIRE(parser.parse({table, lim, len}, head).ready());
  analysis out;
  out.v = analyze(view_response(parser.head(), head.data(), table), asked, lim, len, out.f);
  return out;
}

/// The verdict on a request whose only field is Content-Length, with any bytes for its value.
verdict judge_length(std::string_view value, framing &out) {
  const std::array<field_ref, 1> table{
      field_ref{0, 0, static_cast<std::uint16_t>(value.size()), 0, field_id::content_length}};
  const request r{.method = method::post, .minor = 1, .fields = {value.data(), table}};
  return analyze(r, default_limits, strict, out);
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

struct length_verdict {
  errc ec = errc::ok;
  std::size_t at = 0;
};

/// What a Content-Length is by RFC 9110 §8.6: 1*DIGIT. A list of them conflicts at its second member, and a
/// member that is none is wrong at its first byte that is no digit.
length_verdict expected_length(std::string_view value) {
  std::size_t first = 0;
  for (bool second = false;; second = true) {
    const std::size_t comma = value.find(',', first);
    const std::size_t end = comma == std::string_view::npos ? value.size() : comma;
    const std::string_view member = without_blanks(value.substr(first, end - first));
    if (member.empty()) return {errc::bad_content_length, end};
    const std::size_t start = static_cast<std::size_t>(member.data() - value.data());
    for (std::size_t i = 0; i < member.size(); ++i)
      if (!is_digit(member[i])) return {errc::bad_content_length, start + i};
    if (second) return {errc::conflicting_content_length, start};
    if (comma == std::string_view::npos) return {};
    first = comma + 1;
  }
}

void check_length(std::string_view whole) {
  const std::string_view value = without_blanks(whole);
  const length_verdict expected = expected_length(value);
  framing f;
  const verdict got = judge_length(value, f);
  if (got.ec == expected.ec &&
      (got ? f.kind == body_kind::length && f.has_length : got.why.at == expected.at))
    return;
  CAPTURE(coax_test::escape(value));
  CHECK(name(got.ec) == name(expected.ec));
  CHECK(got.why.at == expected.at);
  CHECK((!got || f.kind == body_kind::length));
}

} // namespace

// --- S1: Content-Length and Transfer-Encoding in every combination ----------------------------------------

namespace {

using lines = std::vector<std::string_view>;

const lines lengths[] = {{}, {"5"}, {"5", "5"}, {"5", "6"}, {"5, 5"}, {"5, 6"}};
const lines codings[] = {{},
                         {"chunked"},
                         {"CHUNKED"},
                         {"gzip, chunked"},
                         {"chunked, gzip"},
                         {"xchunked"},
                         {"chunked123"},
                         {"chunked", "chunked"},
                         {"gzip", "chunked"}};

constexpr std::string_view both = "error length_and_transfer_encoding";
constexpr std::string_view conflict = "error conflicting_content_length";
constexpr std::string_view bad = "error bad_transfer_encoding";
constexpr std::string_view unsupported = "error unsupported_transfer_coding";

// Rows: Transfer-Encoding as in `codings`; columns: Content-Length as in `lengths`.
constexpr std::string_view golden_requests[9][6] = {
    {"none keep", "length=5 keep", conflict, conflict, conflict, conflict},
    {"chunked keep", both, both, both, both, both},
    {"chunked keep", both, both, both, both, both},
    {unsupported, both, both, both, both, both},
    {bad, both, both, both, both, both},
    {bad, both, both, both, both, both},
    {bad, both, both, both, both, both},
    {bad, both, both, both, both, both},
    {unsupported, both, both, both, both, both},
};
constexpr std::string_view golden_responses[9][6] = {
    {"close last", "length=5 keep", conflict, conflict, conflict, conflict},
    {"chunked keep", both, both, both, both, both},
    {"chunked keep", both, both, both, both, both},
    {unsupported, both, both, both, both, both},
    {unsupported, both, both, both, both, both},
    {unsupported, both, both, both, both, both},
    {unsupported, both, both, both, both, both},
    {bad, both, both, both, both, both},
    {unsupported, both, both, both, both, both},
};

// The same where Transfer-Encoding overrides: what it says, whatever the lengths; but the connection closes.
constexpr std::string_view overriding_requests[9] = {
    "", "chunked last", "chunked last", unsupported, bad, bad, bad, bad, unsupported};
constexpr std::string_view overriding_responses[9] = {
    "", "chunked last", "chunked last", unsupported, unsupported, unsupported, unsupported, bad, unsupported};

// The first column where codings are exposed.
constexpr std::string_view exposing_requests[9] = {
    "none keep", "chunked keep",        "chunked keep", "chunked keep codings", bad, bad, bad,
    bad,         "chunked keep codings"};
constexpr std::string_view exposing_responses[9] = {
    "close last",          "chunked keep",       "chunked keep",       "chunked keep codings",
    "close last codings",  "close last codings", "close last codings", bad,
    "chunked keep codings"};

struct combination {
  std::string input;
  std::size_t second = 0; // offset of the first field of the kind that comes second
};

combination combine(const lines &cl, const lines &te, bool te_first, bool responses) {
  combination out{std::string(responses ? ok : post)};
  for (bool te_now : {te_first, !te_first}) {
    if (te_now != te_first) out.second = out.input.size();
    for (std::string_view value : te_now ? te : cl)
      out.input += join({te_now ? "Transfer-Encoding: " : "Content-Length: ", value, "\r\n"});
  }
  out.input += "\r\n0\r\n\r\n"; // a whole chunked body, and five octets
  return out;
}

/// The head's framing, or the error's name; checks that what follows fits.
std::string outcome(const transcript &t, bool responses) {
  const std::string &first = t.front().text;
  if (first.starts_with("error ")) {
    CHECK(t.size() == 1);
    return first.substr(0, first.find(" at "));
  }
  const std::string_view start = responses ? "response 200 \"OK\" 1.1 " : "request POST / 1.1 ";
  REQUIRE(first.starts_with(start));
  return first.substr(start.size());
}

} // namespace

TEST_CASE("judges every combination of Content-Length and Transfer-Encoding as the table says",
          "[H1-123][H1-124][H1-125][H1-126][H1-127][H1-128][H1-130][H1-135][H1-136][S1]") {
  for (bool responses : {false, true})
    for (std::size_t te = 0; te < 9; ++te)
      for (std::size_t cl = 0; cl < 6; ++cl)
        for (bool te_first : {false, true}) {
          if (te_first && (te == 0 || cl == 0)) continue;
          const combination c = combine(lengths[cl], codings[te], te_first, responses);
          CAPTURE(coax_test::escape(c.input));
          const transcript t = read(c.input, responses);
          const std::string_view golden = (responses ? golden_responses : golden_requests)[te][cl];
          CHECK(outcome(t, responses) == golden);
          if (golden == both) CHECK(t.front().offset == c.second);
          if (golden == "length=5 keep")
            CHECK(t[2 + lengths[cl].size() - responses].text == "data 0\\r\\n\\r\\n");
        }
}

TEST_CASE("judges every combination as the table says where Transfer-Encoding overrides",
          "[H1-123][H1-124][S1]") {
  leniency len;
  len.te_overrides_cl = true;
  for (bool responses : {false, true})
    for (std::size_t te = 1; te < 9; ++te)
      for (std::size_t cl = 1; cl < 6; ++cl)
        for (bool te_first : {false, true}) {
          const combination c = combine(lengths[cl], codings[te], te_first, responses);
          CAPTURE(coax_test::escape(c.input));
          const transcript t = read(c.input, responses, len);
          CHECK(outcome(t, responses) == (responses ? overriding_responses : overriding_requests)[te]);
          if (t.size() == 1) continue;
          REQUIRE(t.size() > 3);
          CHECK(t[t.size() - 3].text == "tolerated length_and_transfer_encoding");
          CHECK(t[t.size() - 2].text == "end");
          CHECK(t[t.size() - 1].text == "closed 0");
        }
}

TEST_CASE("judges every combination as the table says where codings are exposed", "[H1-127][H1-130][S1]") {
  leniency len;
  len.expose_codings = true;
  for (bool responses : {false, true})
    for (std::size_t te = 0; te < 9; ++te)
      for (std::size_t cl = 0; cl < 6; ++cl) {
        const combination c = combine(lengths[cl], codings[te], false, responses);
        CAPTURE(coax_test::escape(c.input));
        const std::string_view golden = cl == 0     ? (responses ? exposing_responses : exposing_requests)[te]
                                        : te != 0   ? both
                                        : responses ? golden_responses[0][cl]
                                                    : golden_requests[0][cl];
        CHECK(outcome(read(c.input, responses, len), responses) == golden);
      }
}

TEST_CASE("collapses equal lengths only, and only without Transfer-Encoding", "[H1-136][H1-135][S1]") {
  leniency len;
  len.collapse_repeated_content_length = true;
  constexpr std::string_view column[6] = {"",       "length=5 keep", "length=5 keep",
                                          conflict, "length=5 keep", conflict};
  for (bool responses : {false, true})
    for (std::size_t te = 0; te < 9; ++te)
      for (std::size_t cl = 1; cl < 6; ++cl) {
        const combination c = combine(lengths[cl], codings[te], false, responses);
        CAPTURE(coax_test::escape(c.input));
        CHECK(outcome(read(c.input, responses, len), responses) == (te == 0 ? column[cl] : both));
      }
}

TEST_CASE("no option makes one Content-Length of two different ones", "[H1-135]") {
  leniency all;
  all.allow_bare_lf = all.strip_space_before_colon = all.allow_ctl_in_values = all.unfold = true;
  all.allow_missing_host = all.allow_comma_in_host = all.te_overrides_cl = all.expose_codings = true;
  all.allow_empty_members_in_framing = all.collapse_repeated_content_length = true;
  all.allow_chunk_size_trailing_ws = all.complete_at_last_chunk = true;
  for (bool responses : {false, true})
    for (const lines &cl :
         {lines{"5", "6"}, lines{"5, 6"}, lines{"5,,6"}, lines{"5", "05"}, lines{"5, 05"}}) {
      const combination c = combine(cl, {}, false, responses);
      CAPTURE(coax_test::escape(c.input));
      CHECK(outcome(read(c.input, responses, all), responses) == conflict);
    }
}

// --- S2: numbers ------------------------------------------------------------------------------------------

TEST_CASE("takes no byte before or behind a digit for a part of Content-Length but digits",
          "[H1-133][H1-131][S2]") {
  for (int i = 0; i < 256; ++i) {
    check_length(std::string{byte(i), '5'});
    check_length(std::string{'5', byte(i)});
    check_length(std::string{byte(i)});
  }
}

TEST_CASE("takes no two bytes before or behind a digit for a part of Content-Length but digits",
          "[H1-133][H1-131][H1-135][S2]") {
  for (int i = 0; i < 256; ++i)
    for (int j = 0; j < 256; ++j) {
      check_length(std::string{byte(i), byte(j), '5'});
      check_length(std::string{'5', byte(i), byte(j)});
    }
}

TEST_CASE("takes no byte around the digit of a Content-Length line for a part of it but digits",
          "[H1-133][H1-086][S2]") {
  for (bool responses : {false, true})
    for (bool before : {false, true})
      for (int i = 0; i < 256; ++i) {
        const char c = byte(i);
        const std::string value = before ? std::string{c, '5'} : std::string{'5', c};
        const std::string start = join({responses ? ok : post, "Content-Length: "});
        const std::size_t at = start.size() + (before ? 0u : 1u);
        const std::string index = responses ? " in field value 0" : " in field value 1";
        std::string expected = "error bad_content_length at " + std::to_string(at) + index;
        if (c == '\r' || c == '\n')
          expected = "error bad_line_ending at " + std::to_string(at) + index;
        else if ((i < 0x20 && c != '\t') || i == 0x7F)
          expected = "error bad_field_value at " + std::to_string(at) + index;
        else if (is_blank(c))
          expected = "length=5 keep";
        else if (is_digit(c))
          expected = "length=" + std::to_string(std::stoi(value)) + " keep";
        else if (c == ',' && !before)
          expected = "error bad_content_length at " + std::to_string(at + 1) + index;
        if (!expected.starts_with("error"))
          expected = (responses ? "response 200 \"OK\" 1.1 " : "request POST / 1.1 ") + expected;
        CAPTURE(i, before);
        dialogue d;
        d.responses = responses;
        d.input = start + value + "\r\n\r\n";
        const std::string whole = coax_test::read_in_pieces(d, {}).front().text;
        CHECK(whole == expected);
        CHECK(coax_test::read_in_pieces(d, {at}).front().text == whole);
        CHECK(coax_test::read_in_pieces(d, {at + 1}).front().text == whole);
      }
}

TEST_CASE("reads every Content-Length that fits and refuses every one that does not", "[H1-134][S2]") {
  const std::pair<std::string_view, std::uint64_t> good[] = {
      {"0", 0},
      {"9", 9},
      {"10", 10},
      {"4294967295", 4294967295u},
      {"4294967296", 4294967296u},
      {"9223372036854775807", 9223372036854775807u},
      {"9223372036854775808", 9223372036854775808u},
      {"18446744073709551614", 18446744073709551614u},
      {"18446744073709551615", 18446744073709551615u},
      {"00000000000000000000000018446744073709551615", 18446744073709551615u},
  };
  for (const auto &[text, number] : good) {
    CAPTURE(text);
    framing f;
    CHECK(judge_length(text, f));
    CHECK(f.kind == body_kind::length);
    CHECK(f.has_length);
    CHECK(f.length == number);
  }
  const std::pair<std::string, std::size_t> bad_ones[] = {
      {"18446744073709551616", 19},
      {"18446744073709551617", 19},
      {"18446744073709551620", 19},
      {"18446744073709551700", 19},
      {"18446744073709552000", 19},
      {"28446744073709551615", 19},
      {"99999999999999999999", 19},
      {"184467440737095516150", 20},
      {"100000000000000000000", 20},
      {"0018446744073709551616", 21},
      {"36893488147419103237", 19},                    // 2^65 + 5
      {"340282366920938463463374607431768211461", 19}, // 2^128 + 5
      {std::string(400, '9'), 19},
      {"", 0},
  };
  for (const auto &[text, at] : bad_ones) {
    CAPTURE(text);
    framing f;
    const verdict v = judge_length(text, f);
    CHECK(v.ec == errc::bad_content_length);
    CHECK(v.why.at == at);
  }
}

// --- analyze() --------------------------------------------------------------------------------------------

TEST_CASE("analyze() tells all that the head of a request says", "[H1-125][H1-137][H1-138]") {
  const analysis none = analyze_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(none.v);
  CHECK(none.f.kind == body_kind::none);
  CHECK(none.f.length == 0);
  CHECK_FALSE(none.f.has_length);
  CHECK(none.f.keep_alive);
  CHECK_FALSE(none.f.upgrade);
  CHECK_FALSE(none.f.expects_continue);
  CHECK_FALSE(none.f.unknown_expectation);
  CHECK_FALSE(none.f.other_codings);
  CHECK(none.f.seen.empty());

  const analysis length = analyze_request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n");
  CHECK(length.v);
  CHECK(length.f.kind == body_kind::length);
  CHECK(length.f.length == 7);
  CHECK(length.f.has_length);

  const analysis chunks = analyze_request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(chunks.v);
  CHECK(chunks.f.kind == body_kind::chunked);
  CHECK_FALSE(chunks.f.has_length);
  CHECK(chunks.f.length == 0);
}

TEST_CASE("analyze() forgets what stood in its result", "[H1-138]") {
  const std::string_view head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::array<field_ref, 4> table{};
  request_parser parser;
  REQUIRE(parser.parse({table, default_limits, strict}, head).ready());
  framing f;
  f.kind = body_kind::tunnel;
  f.length = 7;
  f.has_length = f.upgrade = f.expects_continue = f.unknown_expectation = f.other_codings = true;
  f.seen.add(deviation::bare_lf);
  CHECK(analyze(view_request(parser.head(), head.data(), table), default_limits, strict, f));
  CHECK(f.kind == body_kind::none);
  CHECK(f.length == 0);
  CHECK_FALSE((f.has_length || f.upgrade || f.expects_continue || f.unknown_expectation || f.other_codings));
  CHECK(f.seen.empty());
}

TEST_CASE("analyze() counts the place of an error from the start-line", "[H1-123][H1-126][H1-133][H1-135]") {
  const auto at = [](std::string_view fields) {
    const analysis a = analyze_request(join({"POST / HTTP/1.1\r\n", fields, "\r\n"}));
    CHECK_FALSE(a.v);
    return std::pair(a.v.ec, a.v.why);
  };
  using found = std::pair<errc, coax::fault>;
  CHECK(at("Content-Length: 5x\r\n") == found(errc::bad_content_length, {34, element::field_value, 0}));
  CHECK(at("A: b\r\nContent-Length:\r\n") == found(errc::bad_content_length, {38, element::field_value, 1}));
  CHECK(at("Content-Length: 5\r\nA: b\r\nContent-Length: 6\r\n") ==
        found(errc::conflicting_content_length, {58, element::field_value, 2}));
  CHECK(at("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") ==
        found(errc::length_and_transfer_encoding, {36, element::field_name, 1}));
  CHECK(at("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") ==
        found(errc::length_and_transfer_encoding, {45, element::field_name, 1}));
  CHECK(at("Transfer-Encoding: chunked, gzip\r\n") ==
        found(errc::bad_transfer_encoding, {45, element::field_value, 0}));
  CHECK(at("A: b\r\nTransfer-Encoding: gzip, chunked\r\n") ==
        found(errc::unsupported_transfer_coding, {42, element::field_value, 1}));
}

TEST_CASE("analyze() reports each deviation that it tolerates, and no other",
          "[H1-123][H1-130][H1-131][H1-136]") {
  leniency len;
  len.te_overrides_cl = len.expose_codings = len.allow_empty_members_in_framing = true;
  len.collapse_repeated_content_length = true;
  const auto seen = [&](std::string_view fields) {
    const analysis a = analyze_request(join({post, fields, "\r\n"}), len);
    CHECK(a.v);
    const analysis b = analyze_response(join({ok, fields, "\r\n"}), method::get, len);
    CHECK(b.v);
    CHECK(a.f.seen == b.f.seen);
    return coax_test::names_of(a.f.seen);
  };
  CHECK(seen("") == "");
  CHECK(seen("Content-Length: 5\r\n") == "");
  CHECK(seen("Transfer-Encoding: chunked\r\n") == "");
  CHECK(seen("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") == "length_and_transfer_encoding");
  CHECK(seen("Transfer-Encoding: gzip, chunked\r\n") == "exposed_codings");
  CHECK(seen("Transfer-Encoding: chunked,\r\n") == "empty_member_in_framing");
  CHECK(seen("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n") == "empty_member_in_framing");
  CHECK(seen("Content-Length: 5,\r\n") == "empty_member_in_framing");
  CHECK(seen("Content-Length: 5, 5\r\n") == "repeated_content_length");
  CHECK(seen("Content-Length: 5\r\nContent-Length: 5\r\n") == "repeated_content_length");
  CHECK(seen("Content-Length: ,5,5\r\n") == "empty_member_in_framing,repeated_content_length");
  CHECK(seen("Content-Length: 5\r\nTransfer-Encoding: ,gzip, chunked\r\n") ==
        "length_and_transfer_encoding,exposed_codings,empty_member_in_framing");
}

TEST_CASE("frames a response as its status code and the method that it answers ask",
          "[H1-120][H1-122][H1-142][H1-139][H1-055]") {
  // Upgrade, so that a 101 is legal
  constexpr std::string_view rest = " x\r\nConnection: upgrade\r\nUpgrade: x\r\n";
  for (unsigned code = 0; code < 1000; ++code) {
    const std::string digits = {char('0' + code / 100), char('0' + code / 10 % 10), char('0' + code % 10)};
    for (method asked : {method::get, method::head, method::connect, method::other}) {
      const bool tunnel = asked == method::connect && code >= 200 && code <= 299;
      const bool none = asked == method::head || (code >= 100 && code <= 199) || code == 204 || code == 304;
      CAPTURE(code, name(asked));
      const auto kind_of = [&](std::string_view field) {
        const analysis a = analyze_response(join({"HTTP/1.1 ", digits, rest, field, "\r\n"}), asked);
        CHECK(a.v);
        CHECK(a.f.upgrade == (code == 101));
        return a.f.kind;
      };
      CHECK(kind_of("") == (tunnel ? body_kind::tunnel : none ? body_kind::none : body_kind::until_close));
      CHECK(kind_of("Content-Length: 5\r\n") == (tunnel ? body_kind::tunnel
                                                 : none ? body_kind::none
                                                        : body_kind::length));
      CHECK(kind_of("Transfer-Encoding: chunked\r\n") == (tunnel ? body_kind::tunnel
                                                          : none ? body_kind::none
                                                                 : body_kind::chunked));
    }
  }
}

TEST_CASE("keeps the length that a response without a body declares, if it is one", "[H1-120][H1-122]") {
  const auto declared = [](std::string_view fields, method asked = method::head,
                           const leniency &len = strict) {
    const analysis a = analyze_response(join({ok, fields, "\r\n"}), asked, len);
    CHECK(a.v);
    CHECK(a.f.seen.empty());
    return a.f.has_length ? std::to_string(a.f.length) : "none, " + std::to_string(a.f.length);
  };
  CHECK(declared("Content-Length: 10\r\n") == "10");
  CHECK(declared("Content-Length: 0\r\n") == "0");
  CHECK(declared("Content-Length: 10\r\n", method::connect) == "10");
  CHECK(declared("") == "none, 0");
  CHECK(declared("Content-Length: x\r\n") == "none, 0");
  CHECK(declared("Content-Length: 5x\r\n") == "none, 0");
  CHECK(declared("Content-Length:\r\n") == "none, 0");
  CHECK(declared("Content-Length: 5, 6\r\n") == "none, 0");
  CHECK(declared("Content-Length: 5\r\nContent-Length: x\r\n") == "none, 0");
  CHECK(declared("Content-Length: 99999999999999999999\r\n") == "none, 0");
  leniency len;
  len.collapse_repeated_content_length = len.allow_empty_members_in_framing = true;
  CHECK(declared("Content-Length: 5, 5,\r\n", method::head, len) == "5");
}

TEST_CASE("says nothing about the framing of a response without a body but its length", "[H1-120]") {
  CHECK(words("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", true, strict, "HEAD") ==
        "response 200 \"OK\" 1.1 none keep");
  CHECK(words("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", true, strict, "HEAD") ==
        "response 200 \"OK\" 1.1 none keep");
  CHECK(words("HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", true) ==
        "response 304 \"x\" 1.1 none keep");
  CHECK(words("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", true) ==
        "response 204 \"x\" 1.1 none declared=5 keep");
}

TEST_CASE("keeps a connection exactly as version and connection options say", "[H1-382][H1-200]") {
  struct expectation {
    std::string_view version, connection;
    bool keep;
  };
  const expectation all[] = {
      {"1.1", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: keep-alive\r\n", true},
      {"1.1", "Connection: close, keep-alive\r\n", false},
      {"1.1", "Connection: keep-alive, close\r\n", false},
      {"1.1", "Connection: Keep-Alive\r\nConnection: CLOSE\r\n", false},
      {"1.1", "Connection: upgrade\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: close\r\n", false},
      {"1.0", "Connection: keep-alive\r\n", true},
      {"1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0", "Connection: close, keep-alive\r\n", false},
      {"1.0", "Connection: keep-alive\r\nConnection: close\r\n", false},
      {"1.0", "Connection: upgrade\r\n", false},
      {"1.0", "Keep-Alive: timeout=5\r\n", false},
      {"1.2", "", true},
      {"1.2", "Connection: close\r\n", false},
      {"1.9", "", true},
  };
  for (const auto &[version, connection, keep] : all) {
    CAPTURE(version, connection);
    CHECK(
        analyze_request(join({"GET / HTTP/", version, "\r\nHost: a\r\n", connection, "\r\n"})).f.keep_alive ==
        keep);
    for (method asked : {method::get, method::head})
      CHECK(analyze_response(join({"HTTP/", version, " 200 OK\r\nContent-Length: 0\r\n", connection, "\r\n"}),
                             asked)
                .f.keep_alive == keep);
    // Whatever it says, a body that runs until the close leaves no connection.
    CHECK_FALSE(analyze_response(join({"HTTP/", version, " 200 OK\r\n", connection, "\r\n"})).f.keep_alive);
  }
}

TEST_CASE("sees no offer to upgrade without protocol, connection option and version", "[H1-203][H1-206]") {
  const std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string plain = "request GET / 1.1 none keep";
  CHECK(words(join({get, "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"})) == plain + " upgrade");
  CHECK(words(join({get, "Upgrade: websocket\r\n\r\n"})) == plain);
  CHECK(words(join({get, "Connection: upgrade\r\n\r\n"})) == plain);
  CHECK(words(join({get, "Upgrade: websocket\r\nConnection: keep-alive\r\n\r\n"})) == plain);
  CHECK(words(join({get, "Upgrade: websocket\r\nConnection: upgrades, \"upgrade\", up grade\r\n\r\n"})) ==
        plain);
  CHECK(words(join({get, "Upgrade:\r\nConnection: upgrade\r\n\r\n"})) == plain);
  CHECK(words(join({get, "X-Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"})) == plain);
  CHECK(words("GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n") ==
        "request GET / 1.0 none last");
  CHECK(words("GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade, keep-alive\r\n\r\n") ==
        "request GET / 1.0 none keep");
}

TEST_CASE("sees no offer to upgrade in a list without members", "[H1-206]") {
  CHECK(words("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: ,\r\nConnection: upgrade\r\n\r\n") ==
        "request GET / 1.1 none keep");
}

TEST_CASE("sees no upgrade in a response other than 101", "[H1-203][H1-206]") {
  for (std::string_view code : {"200", "426", "102"}) {
    const analysis a = analyze_response(join(
        {"HTTP/1.1 ", code, " x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n"}));
    CHECK(a.v);
    CHECK_FALSE(a.f.upgrade);
  }
}

TEST_CASE("TE means nothing for the framing, with its connection option or without", "[H1-203]") {
  const std::string plain = "request GET / 1.1 none keep";
  CHECK(words("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, chunked\r\n\r\n") == plain);
  CHECK(words("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n") == plain);
}

TEST_CASE("sees that a client waits for 100 only where it may and has content to send", "[H1-205]") {
  const auto with = [](std::string_view start, std::string_view rest) {
    return words(join({start, "Expect: 100-continue\r\n", rest}));
  };
  const std::string_view old = "POST / HTTP/1.0\r\n";
  CHECK(with(post, "Content-Length: 5\r\n\r\n") == "request POST / 1.1 length=5 keep continue");
  CHECK(with(post, "Transfer-Encoding: chunked\r\n\r\n") == "request POST / 1.1 chunked keep continue");
  CHECK(with(post, "Content-Length: 0\r\n\r\n") == "request POST / 1.1 length=0 keep");
  CHECK(with(post, "\r\n") == "request POST / 1.1 none keep");
  CHECK(with(old, "Content-Length: 5\r\n\r\n") == "request POST / 1.0 length=5 last");
  CHECK(with(old, "Connection: keep-alive\r\nContent-Length: 5\r\n\r\n") ==
        "request POST / 1.0 length=5 keep");
  CHECK(with("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n", "Content-Length: 0\r\n\r\n") ==
        "request CONNECT a:1 1.1 none declared=0 keep");
}

TEST_CASE("tells 100-continue from every other expectation", "[H1-205]") {
  const auto with = [](std::string_view value) {
    return words(join({post, "Expect: ", value, "\r\nContent-Length: 5\r\n\r\n"}));
  };
  const std::string plain = "request POST / 1.1 length=5 keep";
  CHECK(with("100-continue") == plain + " continue");
  CHECK(with("100-Continue") == plain + " continue");
  CHECK(with(", 100-CONTINUE ,") == plain + " continue");
  CHECK(with("100-continue, 100-continue") == plain + " continue");
  CHECK(with("") == plain);
  CHECK(with(" , ,") == plain);
  CHECK(with("x=1") == plain + " expectation");
  CHECK(with("x=\"100-continue\"") == plain + " expectation");
  CHECK(with("x=\"a, 100-continue\"") == plain + " expectation");
  CHECK(with("x=\"\\\", 100-continue\"") == plain + " expectation");
  CHECK(with("100-continue, x") == plain + " continue expectation");
  CHECK(with("x, 100-continue") == plain + " continue expectation");
  CHECK(with("100-continue\r\nExpect: x") == plain + " continue expectation");
  CHECK(with("100-continue\r\nX-Expect: x") == plain + " continue");
}

TEST_CASE("reports an unknown expectation whatever the version and the content", "[H1-205]") {
  CHECK(words("GET / HTTP/1.1\r\nHost: a\r\nExpect: x=1\r\n\r\n") ==
        "request GET / 1.1 none keep expectation");
  CHECK(words("GET / HTTP/1.0\r\nExpect: x=1\r\n\r\n") == "request GET / 1.0 none last expectation");
}

TEST_CASE("expects nothing of a response", "[H1-205]") {
  CHECK(words("HTTP/1.1 200 OK\r\nExpect: 100-continue, x=1\r\nContent-Length: 5\r\n\r\n", true) ==
        "response 200 \"OK\" 1.1 length=5 keep");
}

TEST_CASE("flags for one direction change nothing in the other", "[H1-100][H1-104][H1-105][H1-140]") {
  leniency requests_only;
  requests_only.allow_missing_host = requests_only.allow_comma_in_host = true;
  requests_only.reject_empty_host = requests_only.reject_body_on_get_head = true;
  for (std::string_view fields :
       {"", "Host:\r\n", "Host: a,b\r\n", "Host: a\r\nHost: b\r\n", "Content-Length: 0\r\n",
        "Host: a/b\r\nContent-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CAPTURE(fields);
    const std::string input = join({ok, fields, "\r\n"});
    CHECK(read(input, true, requests_only) == read(input, true));
  }
  leniency responses_only;
  responses_only.allow_chunk_size_trailing_ws = responses_only.complete_at_last_chunk = true;
  responses_only.strip_space_before_colon = responses_only.require_reason_sp = true;
  for (std::string_view rest :
       {"\r\n", "A : b\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\nA : b\r\n\r\n"}) {
    CAPTURE(rest);
    const std::string input = join({post, rest});
    CHECK(read(input, false, responses_only) == read(input));
  }
}

TEST_CASE("suggests the status that each framing error is answered with",
          "[H1-126][H1-130][H1-141][H1-274]") {
  for (errc e :
       {errc::missing_host, errc::multiple_host, errc::bad_host, errc::bad_content_length,
        errc::conflicting_content_length, errc::length_and_transfer_encoding, errc::bad_transfer_encoding,
        errc::transfer_encoding_in_http10, errc::bad_framing, errc::bad_chunk_size,
        errc::bad_chunk_terminator, errc::bad_chunk_extension, errc::chunk_extension_too_large,
        errc::chunk_overhead, errc::forbidden_trailer, errc::incomplete}) {
    CAPTURE(name(e));
    CHECK(suggested_status(e) == 400);
  }
  CHECK(suggested_status(errc::unsupported_transfer_coding) == 501);
  CHECK(suggested_status(errc::body_too_large) == 413);
  CHECK((suggested_status(errc::chunk_size_overflow) == 400 ||
         suggested_status(errc::chunk_size_overflow) == 413));
}

// --- lists ------------------------------------------------------------------------------------------------

namespace {

std::vector<std::string> members_of(std::string_view value, coax::values::list_of kind) {
  std::vector<std::string> out;
  coax::values::list_splitter members(value, kind);
  for (std::string_view member; members.next(member);) out.emplace_back(member);
  return out;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("takes the members of an Upgrade field in their order", "[H1-206]") {
  CHECK(members_of("websocket, IRC/6.9", coax::values::list_of::tokens) == texts{"websocket", "IRC/6.9"});
  CHECK(members_of("IRC/6.9,websocket", coax::values::list_of::tokens) == texts{"IRC/6.9", "websocket"});
  CHECK(members_of("h2c/2 ,\tWebSocket", coax::values::list_of::tokens) == texts{"h2c/2", "WebSocket"});
}

TEST_CASE("splits a list at its commas and shows empty members", "[H1-200][H1-131]") {
  constexpr auto tokens = coax::values::list_of::tokens;
  CHECK(members_of("", tokens) == texts{});
  CHECK(members_of("a", tokens) == texts{"a"});
  CHECK(members_of(",", tokens) == texts{"", ""});
  CHECK(members_of("a,", tokens) == texts{"a", ""});
  CHECK(members_of(",a", tokens) == texts{"", "a"});
  CHECK(members_of(" a ,\t b\t, ,c d", tokens) == texts{"a", "b", "", "c d"});
  CHECK(members_of("\"a,b\"", tokens) == texts{"\"a", "b\""});
  CHECK(members_of("a\x0B,\xA0", tokens) == texts{"a\x0B", "\xA0"});
}

TEST_CASE("splits no list at a comma in a quoted string", "[H1-205][H1-129]") {
  constexpr auto quoted = coax::values::list_of::quoted;
  CHECK(members_of("\"a,b\", c", quoted) == texts{"\"a,b\"", "c"});
  CHECK(members_of("x=\"a,\\\",b\",c", quoted) == texts{"x=\"a,\\\",b\"", "c"});
  CHECK(members_of("\"a\\\\\",b", quoted) == texts{"\"a\\\\\"", "b"});
  CHECK(members_of("\"a,b", quoted) == texts{"\"a,b"});
  CHECK(members_of("\"a\\", quoted) == texts{"\"a\\"});
  CHECK(members_of("a\\,b", quoted) == texts{"a\\", "b"});
  CHECK(members_of("\"\",\"\"", quoted) == texts{"\"\"", "\"\""});
}

TEST_CASE("finds a token among the members of a list and nowhere else", "[H1-200]") {
  using coax::values::has_token;
  CHECK(has_token("close", "close"));
  CHECK(has_token("Keep-Alive, CLOSE", "close"));
  CHECK(has_token("close, x", "CLOSE"));
  CHECK(has_token("a,,\tclose\t,b", "close"));
  CHECK_FALSE(has_token("", "close"));
  CHECK_FALSE(has_token("closed", "close"));
  CHECK_FALSE(has_token("xclose", "close"));
  CHECK_FALSE(has_token("a close", "close"));
  CHECK_FALSE(has_token("\"close\"", "close"));
  CHECK_FALSE(has_token("close;q=1", "close"));
  CHECK_FALSE(has_token("clos, e", "close"));
  CHECK_FALSE(has_token("\xE2\x84\xAA", "k")); // the Kelvin sign
}

TEST_CASE("takes the Trailer field for a list of field names or for an error", "[H1-175]") {
  using coax::values::is_token_list;
  CHECK(is_token_list("A"));
  CHECK(is_token_list("A, B"));
  CHECK(is_token_list("Server-Timing,X-Sum"));
  CHECK(is_token_list(",A,,B ,"));
  CHECK_FALSE(is_token_list("a b"));
  CHECK_FALSE(is_token_list("A, b c"));
  CHECK_FALSE(is_token_list(""));
  CHECK_FALSE(is_token_list(" "));
  CHECK_FALSE(is_token_list(", ,"));
  CHECK_FALSE(is_token_list("A: B"));
  CHECK_FALSE(is_token_list("\"A\""));
  CHECK_FALSE(is_token_list("A;b"));
  CHECK_FALSE(is_token_list("A\xE9"));
  CHECK_FALSE(is_token_list(std::string_view("A\0B", 3)));
}

// --- constant expressions ---------------------------------------------------------------------------------

namespace {

constexpr framing framing_of(std::string_view head) {
  std::array<field_ref, 8> table{};
  request_parser parser;
  if (!parser.parse({table, default_limits, strict}, head).ready()) return {};
  framing f;
  return analyze(view_request(parser.head(), head.data(), table), default_limits, strict, f) ? f : framing{};
}

static_assert(framing_of("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").length == 5);
static_assert(framing_of("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").kind == body_kind::length);
static_assert(framing_of("POST / HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\n\r\n").kind == body_kind::chunked);
static_assert(framing_of("GET / HTTP/1.1\r\n\r\n").kind == body_kind::none);
static_assert(framing_of("GET / HTTP/1.1\r\n\r\n").keep_alive);
static_assert(!framing_of("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
static_assert(
    !framing_of("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n").has_length);
static_assert(coax::values::has_token("a, B", "b"));
static_assert(!coax::values::is_token_list("a b"));
static_assert(std::is_trivially_copyable_v<framing>);

} // namespace
