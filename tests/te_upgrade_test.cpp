// TE, Upgrade and Expect.
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/guarded.hpp"
#include "support/octets.hpp"
#include "support/values.hpp"

#include <coax/fields/expect.hpp>
#include <coax/fields/te.hpp>
#include <coax/fields/upgrade.hpp>
#include <coax/http.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::error;
using coax_test::guarded_copy;
using coax_test::is_tchar;
using coax_test::octet;
using std::string_view;

/// Members in brackets, then the error and its offset if there is one.
std::string te_members(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  te_reader members(copy, lim);
  te_member m;
  while (members.next(m)) {
    out += "[" + std::string(m.name);
    transfer_parameter_reader parameters(m.parameters, lim);
    for (parameter p; parameters.next(p);) out += "," + std::string(p.name) + "=" + std::string(p.value);
    CHECK(parameters.ec() == errc::ok);
    if (m.quality != full_quality) out += " " + std::to_string(m.quality);
    out += "]";
  }
  CHECK_FALSE(members.next(m));
  const parsed<te> whole = parse_te(copy, lim);
  CHECK(whole.ec == members.ec());
  if (members.ec() == errc::ok) return out;
  CHECK(whole.at == members.at());
  CHECK(members.at() <= text.size());
  return out + error(members.ec(), members.at());
}

std::string to_send(string_view text) {
  const string_view copy = guarded_copy(text);
  const parsed<te> checked = check_te_to_send(copy);
  return checked ? "ok" : error(checked.ec, checked.at);
}

std::string protocols(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  upgrade_reader reader(copy, lim);
  protocol p;
  while (reader.next(p))
    out += "(" + std::string(p.name) + "," + (p.version.empty() ? "-" : std::string(p.version)) + ")";
  CHECK_FALSE(reader.next(p));
  CHECK(reader.at() <= text.size());
  return reader.ec() == errc::ok ? out : out + error(reader.ec(), reader.at());
}

std::string expectations(string_view text, const limits &lim = default_limits) {
  const string_view copy = guarded_copy(text);
  std::string out;
  expect_reader reader(copy, lim);
  expectation e;
  while (reader.next(e)) {
    out += "(" + std::string(e.name) + "," + std::string(e.value);
    parameter_reader parameters(e.parameters, lim);
    for (parameter p; parameters.next(p);) out += "," + std::string(p.name) + "=" + std::string(p.value);
    CHECK(parameters.ec() == errc::ok);
    out += e.is_continue() ? " continue)" : ")";
  }
  CHECK_FALSE(reader.next(e));
  CHECK(reader.at() <= text.size());
  return reader.ec() == errc::ok ? out : out + error(reader.ec(), reader.at());
}

} // namespace

TEST_CASE("reads trailers and codings with their qualities from TE", "[H1-204]") {
  CHECK(te_members("trailers, deflate;q=0.5") == "[trailers][deflate 500]");
  const parsed<te> read = parse_te("trailers, deflate;q=0.5");
  REQUIRE(read);
  CHECK(read->trailers);
  CHECK_FALSE(read->chunked);
  CHECK(read->codings == 1);
  CHECK(te_quality("trailers, deflate;q=0.5", "deflate") == 500);
  CHECK(te_members("deflate") == "[deflate]");
  CHECK(te_members("TRAILERS") == "[TRAILERS]");
  CHECK(parse_te("Trailers")->trailers);
  CHECK(te_members("a;q=0, b;Q=1.000;") == "[a 0]malformed@16");
  CHECK(te_members("a;q=0, b;Q=1.000 ,c;q=0.001") == "[a 0][b][c 1]");
  CHECK(te_members("a;x=1;y=\"2;q=0,\\\"\" ; q=0.25,b") == "[a,x=1,y=\"2;q=0,\\\"\" 250][b]");
  CHECK(te_members("a \t; x = 1 ;\ty\t=\t\"2\"") == "[a,x=1,y=\"2\"]");
  CHECK(te_members(" a , ,b,") == "[a][b]");
  // Where TE is handed out as a whole, the members keep their text.
  te_reader members("a;x=1 ;q=0.5");
  te_member m;
  REQUIRE(members.next(m));
  CHECK(m.parameters == ";x=1");
  CHECK(members.offset() == 0);
}

TEST_CASE("takes an empty TE for a client that accepts only chunked", "[H1-204]") {
  const parsed<te> read = parse_te("");
  REQUIRE(read);
  CHECK_FALSE(read->trailers);
  CHECK_FALSE(read->chunked);
  CHECK(read->codings == 0);
  CHECK(te_members("") == "");
  CHECK(te_quality("", "chunked") == 1000);
  CHECK(te_quality("", "Chunked") == 1000);
  CHECK(te_quality("", "gzip") == 0);
  CHECK(te_quality("trailers", "trailers") == 0);
}

TEST_CASE("tolerates chunked in a TE that is received, and reports it", "[H1-204]") {
  for (const string_view text : {"chunked", "Chunked", "CHUNKED;q=0.5", "gzip, chunked"}) {
    CAPTURE(text);
    const parsed<te> read = parse_te(text);
    REQUIRE(read);
    CHECK(read->chunked);
    CHECK(te_quality(text, "chunked") == 1000);
  }
  CHECK_FALSE(parse_te("xchunked, chunked2")->chunked);
  CHECK(parse_te("xchunked, chunked2")->codings == 2);
}

TEST_CASE("refuses to send chunked in TE, and what a sender must not generate", "[H1-204][H1-321]") {
  CHECK(to_send("chunked") == "invalid_input@0");
  CHECK(to_send("trailers, CHUNKED") == "invalid_input@10");
  CHECK(to_send("trailers, chunked;q=0.1") == "invalid_input@10");
  CHECK(to_send("") == "ok");
  CHECK(to_send("trailers") == "ok");
  CHECK(to_send("trailers, gzip;q=0.5, deflate ; a=\"b\";q=1") == "ok");
  CHECK(to_send("a,,b") == "invalid_input@2");
  CHECK(to_send(",a") == "invalid_input@0");
  CHECK(to_send("a,") == "invalid_input@2");
  CHECK(to_send("a;x =1") == "invalid_input@3");
  CHECK(to_send("b, a;x= 1") == "invalid_input@7");
  CHECK(to_send("a;q=0.1234") == "invalid_input@9");
  CHECK(to_send("a\r\nX: y") == "invalid_input@1");
}

TEST_CASE("finds the quality of a transfer coding by any of its names", "[H1-204]") {
  CHECK(te_quality("GZIP;q=0.3", "gzip") == 300);
  CHECK(te_quality("x-gzip;q=0.3", "gzip") == 300);
  CHECK(te_quality("gzip;q=0.3", "X-GZIP") == 300);
  CHECK(te_quality("x-compress", "compress") == 1000);
  CHECK(te_quality("x-deflate", "deflate") == 0);
  CHECK(te_quality("gzip;q=0.5, gzip;q=0.2, gzip", "gzip") == 200);
  CHECK(te_quality("gzip, =", "gzip") == 0);
}

TEST_CASE("refuses a TE that is not of the grammar", "[H1-204]") {
  CHECK(te_members("=") == "malformed@0");
  CHECK(te_members("a b") == "malformed@2");
  CHECK(te_members("a/b") == "malformed@1");
  CHECK(te_members("a;") == "malformed@2");
  CHECK(te_members("a;;q=1") == "malformed@2");
  CHECK(te_members("a;x") == "malformed@3");
  CHECK(te_members("a;x=") == "malformed@4");
  CHECK(te_members("a;x=\"") == "malformed@5");
  CHECK(te_members("a;=1") == "malformed@2");
  CHECK(te_members("a;q") == "malformed@3");
  CHECK(te_members("a;q=") == "malformed@4");
  CHECK(te_members("a;q =0.5") == "malformed@3");
  CHECK(te_members("a;q= 0.5") == "malformed@3");
  CHECK(te_members("a;q=\"0.5\"") == "malformed@4");
  CHECK(te_members("a;q=1.001") == "malformed@8");
  CHECK(te_members("a;q=0.1234") == "malformed@9");
  CHECK(te_members("a;q=2") == "malformed@4");
  CHECK(te_members("a;q=.5") == "malformed@4");
  CHECK(te_members("a;q=-0") == "malformed@4");
  CHECK(te_members("a;q=0.5;x=1") == "malformed@7");
  CHECK(te_members("a;q=0.5 ; q=0.5") == "malformed@7");
  CHECK(te_members("trailers;q=1") == "malformed@8");
  CHECK(te_members("b, trailers ;x=1") == "[b]malformed@11");
  CHECK(te_members("a;x=1;X=2") == "duplicate@6");
  CHECK(te_members("a;x=1, b;x=2") == "[a,x=1][b,x=2]");
}

TEST_CASE("bounds the members of TE and their parameters", "[H1-204]") {
  const limits lim{.members = 2, .empty_members = 1, .parameters = 2};
  CHECK(te_members("a,b", lim) == "[a][b]");
  CHECK(te_members("a,b,c", lim) == "[a][b]too_many@4");
  CHECK(te_members("a;x=1;y=2", lim) == "[a,x=1,y=2]");
  CHECK(te_members("a;x=1;y=2;z=3", lim) == "too_many@10");
  CHECK(te_members(",a", lim) == "[a]");
  CHECK(te_members(",,a", lim) == "too_many@1");
}

TEST_CASE("judges each octet of TE by its place", "[H1-204]") {
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const bool blank = i == ' ' || i == '\t';
    CHECK((te_members("a" + octet(i)).find("malformed") == std::string::npos) ==
          (is_tchar(i) || blank || i == ','));
    CHECK((te_members("a;" + octet(i) + "=1").find("malformed") == std::string::npos) == is_tchar(i));
    CHECK((te_members("a;q=0." + octet(i)).find("malformed") == std::string::npos) ==
          ((i >= '0' && i <= '9') || blank || i == ','));
    CHECK((te_members("a;x=1" + octet(i) + "q=0").find("malformed") == std::string::npos) == (i == ';'));
  }
}

TEST_CASE("never reads past the end of a TE, Upgrade or Expect cut short", "[H1-204][H1-206][H1-205]") {
  const string_view texts[] = {"trailers, deflate;q=0.5,  gzip ; x = \"\\\"y\" ;q=1.000, z",
                               "websocket, IRC/6.9 , h2c, ,RTA/x11",
                               "100-Continue, x=\"a\\\"\" ; b=c;d=\"e\", y=z"};
  for (const string_view text : texts)
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const string_view part = text.substr(0, size);
      CAPTURE(text, size);
      te_members(part);
      to_send(part);
      protocols(part);
      expectations(part);
    }
  CHECK(te_members(texts[0]).find('@') == std::string::npos);
  CHECK(protocols(texts[1]).find('@') == std::string::npos);
  CHECK(expectations(texts[2]).find('@') == std::string::npos);
}

TEST_CASE("reads the protocols of Upgrade in order of preference", "[H1-206]") {
  CHECK(protocols("websocket, IRC/6.9") == "(websocket,-)(IRC,6.9)");
  CHECK(protocols("HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11") == "(HTTP,2.0)(SHTTP,1.3)(IRC,6.9)(RTA,x11)");
  CHECK(protocols("b,a ,\tc/1") == "(b,-)(a,-)(c,1)");
  CHECK(protocols("") == "");
  CHECK(protocols(", a,,") == "(a,-)");
}

TEST_CASE("compares the names of protocols without case", "[H1-206]") {
  CHECK(offers("websocket, IRC/6.9", "WebSocket"));
  CHECK(offers("WEBSOCKET", "websocket"));
  CHECK(offers("websocket, IRC/6.9", "irc"));
  CHECK(offers("websocket/13", "websocket"));
  CHECK_FALSE(offers("websocket2", "websocket"));
  CHECK_FALSE(offers("x/websocket", "websocket"));
  CHECK_FALSE(offers("", "websocket"));
  CHECK_FALSE(offers("websocket, /", "websocket"));
  CHECK_FALSE(offers("websocket;a=1", "websocket"));
}

TEST_CASE("refuses an Upgrade that is not of the grammar", "[H1-206]") {
  CHECK(protocols("a/") == "malformed@2");
  CHECK(protocols("/1") == "malformed@0");
  CHECK(protocols("a/1/2") == "malformed@3");
  CHECK(protocols("a /1") == "malformed@1");
  CHECK(protocols("a/ 1") == "malformed@2");
  CHECK(protocols("a b") == "malformed@1");
  CHECK(protocols("x, \"a\"") == "(x,-)malformed@3");
  CHECK(protocols("a;b") == "malformed@1");
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const bool fine = is_tchar(i);
    CHECK((protocols("a" + octet(i) + "b").find('@') == std::string::npos) == (fine || i == '/' || i == ','));
    CHECK((protocols("a/b" + octet(i) + "c").find('@') == std::string::npos) == (fine || i == ','));
  }
  const limits lim{.members = 2, .empty_members = 1};
  CHECK(protocols("a,b/1", lim) == "(a,-)(b,1)");
  CHECK(protocols("a,b/1,c", lim) == "(a,-)(b,1)too_many@6");
  CHECK(protocols(",,a", lim) == "too_many@1");
}

TEST_CASE("ignores Upgrade in a request of HTTP/1.0", "[H1-206]") {
  const std::string lines = "Host: a\r\nConnection: upgrade\r\nUpgrade: websocket, IRC/6.9\r\n\r\n";
  for (const bool old : {false, true}) {
    coax_test::dialogue d;
    d.input = std::string("GET / HTTP/1.") + (old ? "0" : "1") + "\r\n" + lines;
    coax::http::request_reader reader;
    std::vector<coax::http::field_ref> table(8);
    const coax::http::limits lim;
    const coax::http::event e = reader.next({table, lim, coax::http::strict}, string_view(d.input));
    REQUIRE(e.kind == coax::http::event_kind::request);
    CHECK(e.framing.upgrade == !old);
    const std::string seen = coax_test::to_text(coax_test::read_every_way(d));
    CAPTURE(seen);
    CHECK((seen.find("upgrade") < seen.find('\n')) == !old);
  }
}

TEST_CASE("reads expectations with values and parameters", "[H1-205]") {
  CHECK(expectations("100-continue") == "(100-continue, continue)");
  CHECK(expectations("100-Continue") == "(100-Continue, continue)");
  CHECK(expectations("x=1") == "(x,1)");
  CHECK(expectations("x=\"1, 2\" ; a=b;c=\"d\", 100-CONTINUE") ==
        "(x,\"1, 2\",a=b,c=\"d\")(100-CONTINUE, continue)");
  CHECK(expectations("100-continue=1") == "(100-continue,1)");
  CHECK(expectations("100-continue=\"\"") == "(100-continue,\"\")");
  CHECK(expectations("") == "");
  CHECK(expectations("a, ,b") == "(a,)(b,)");
}

TEST_CASE("refuses expectations that are not of the grammar", "[H1-205]") {
  CHECK(expectations("x=") == "malformed@2");
  CHECK(expectations("=x") == "malformed@0");
  CHECK(expectations("x =1") == "malformed@1");
  CHECK(expectations("x= 1") == "malformed@2");
  CHECK(expectations("100-continue;a=b") == "malformed@12");
  CHECK(expectations("x=1;a") == "malformed@5");
  CHECK(expectations("x=1 y") == "malformed@4");
  CHECK(expectations("a, x=1;b=1;B=2") == "(a,)duplicate@11");
  CHECK(expectations("x=\"1") == "malformed@4");
  CHECK(expectations("x=1;a=1;b=2", limits{.parameters = 1}) == "too_many@8");
}

TEST_CASE("TE, Upgrade and Expect are read in constant expressions", "[H1-204][H1-206]") {
  static_assert(parse_te("trailers, deflate;q=0.5")->trailers);
  static_assert(te_quality("trailers, deflate;q=0.5", "deflate") == 500);
  static_assert(check_te_to_send("chunked").ec == errc::invalid_input);
  static_assert(offers("websocket, IRC/6.9", "WEBSOCKET"));
  static_assert([] {
    expect_reader reader("100-continue");
    expectation e;
    return reader.next(e) && e.is_continue();
  }());
}
