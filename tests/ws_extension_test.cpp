// Sec-WebSocket-Extensions, Sec-WebSocket-Protocol and Sec-WebSocket-Version as lists.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/fields/quoted.hpp>
#include <coax/http/head_parser.hpp>
#include <coax/websocket/extension.hpp>
#include <coax/websocket/protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace http = coax::http;
namespace values = coax::values;
using std::string_view;

/// A copy that ends at an inaccessible page.
class exact {
public:
  explicit exact(string_view text) : block_(text.size()), bytes_(block_.place(text)) {}
  string_view view() const { return {bytes_.data(), bytes_.size()}; }

private:
  coax_test::guarded block_;
  std::span<char> bytes_;
};

/// Field lines, as a head has them.
class lines {
public:
  explicit lines(const std::vector<std::string> &all) {
    for (const std::string &line : all) {
      const std::size_t colon = line.find(": ");
      table_.push_back(
          {static_cast<std::uint16_t>(text_.size()), static_cast<std::uint16_t>(text_.size() + colon + 2),
           static_cast<std::uint16_t>(line.size() - colon - 2), static_cast<std::uint8_t>(colon)});
      text_ += line + "\r\n";
    }
  }
  http::fields fields() const { return {text_.data(), table_}; }

private:
  std::string text_;
  std::vector<http::field_ref> table_;
};

std::string plain(string_view written) {
  std::array<char, 64> out{};
  const auto w = values::unquote(written, out);
  REQUIRE(w);
  CHECK(values::value_equals(written, {out.data(), w.size}));
  return {out.data(), w.size};
}

std::string error(values::errc ec, const coax::fault &why) {
  return ec == values::errc::ok ? "" : std::string(name(ec)) + "@" + std::to_string(why.at);
}

/// Members in brackets with values unescaped, then the error if there is one.
std::string members(ws::extension_reader list) {
  std::string out;
  const ws::extension_reader again = list;
  ws::extension e;
  std::size_t count = 0;
  while (list.next(e)) {
    out += "[" + std::string(e.name);
    ++count;
    ws::extension_parameter_reader parameters(e.parameters);
    ws::extension_parameter p;
    while (parameters.next(p)) {
      out += ";" + std::string(p.name);
      if (p.has_value) out += "=" + plain(p.value);
    }
    CHECK_FALSE(parameters.next(p));
    out += "]";
  }
  CHECK_FALSE(list.next(e));
  const ws::checked_list whole = ws::check_extensions(again);
  CHECK(whole.ec == list.ec());
  CHECK(whole.why == list.why());
  if (whole) CHECK(whole.members == count);
  return out + error(list.ec(), list.why());
}
std::string extensions(string_view text) { return members(ws::extension_reader(exact(text).view())); }

std::string members(ws::protocol_reader list) {
  const ws::checked_list whole = ws::check_protocols(list);
  std::string out;
  for (string_view p; list.next(p);) out += "[" + std::string(p) + "]";
  if (whole.ec == values::errc::duplicate) {
    CHECK(list.ec() == values::errc::ok);
    return out + error(whole.ec, whole.why);
  }
  CHECK(whole.ec == list.ec());
  CHECK(whole.why == list.why());
  return out + error(list.ec(), list.why());
}
std::string protocols(string_view text) { return members(ws::protocol_reader(exact(text).view())); }

std::string repeat(string_view unit, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += unit;
  return out;
}

constexpr bool is_tchar(unsigned octet) {
  return octet < 0x80 &&
         (string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(octet)) != string_view::npos ||
          (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z'));
}

constexpr bool reads(string_view text, std::size_t count) {
  const ws::checked_list list = ws::check_extensions(ws::extension_reader(text));
  return list && list.members == count;
}

} // namespace

TEST_CASE("reads extensions with optional whitespace and empty members", "[WS-100]") {
  static_assert(reads("foo, bar; baz=2", 2) && reads("a; b=\"c\"", 1) && !reads("foo;", 0));
  CHECK(extensions("foo, bar; baz=2") == "[foo][bar;baz=2]");
  CHECK(extensions("foo ; a = 1") == "[foo;a=1]");
  CHECK(extensions("foo\t;\ta\t=\t1\t,\tbar") == "[foo;a=1][bar]");
  CHECK(extensions("a,,b") == "[a][b]");
  CHECK(extensions(" , a , , b,") == "[a][b]");
  CHECK(extensions("permessage-deflate; client_max_window_bits") ==
        "[permessage-deflate;client_max_window_bits]");
  CHECK(extensions("a;b;c=1;b=2;b") == "[a;b;c=1;b=2;b]");
  CHECK(extensions("a;b;c=1,a;b=3") == "[a;b;c=1][a;b=3]");
  CHECK(extensions("constructor, __proto__, toString") == "[constructor][__proto__][toString]");
}

TEST_CASE("joins the lines of extensions", "[WS-100]") {
  const lines two({"Sec-WebSocket-Extensions: foo", "X: ;", "sec-websocket-EXTENSIONS: bar; baz=2"});
  CHECK(members(ws::extension_reader(two.fields())) == extensions("foo, bar; baz=2"));
  CHECK(members(ws::extension_reader(lines({"X: y"}).fields())).empty());
  CHECK(members(ws::extension_reader(lines({}).fields())).empty());
  // Nothing goes from one line into the next, and the place counts from the first line's first octet.
  const lines cut({"Sec-WebSocket-Extensions: foo; a=\"", "Sec-WebSocket-Extensions: \""});
  CHECK(members(ws::extension_reader(cut.fields())) == "malformed@34");
  const lines empty({"Sec-WebSocket-Extensions: foo", "Sec-WebSocket-Extensions: ,"});
  ws::extension_reader list(empty.fields());
  CHECK(members(list) == "[foo]empty@58");
  for (ws::extension e; list.next(e);) {
  }
  CHECK(list.why().index == 1);
  CHECK(list.why().what == coax::element::field_value);
}

TEST_CASE("refuses extension lists outside the grammar, at the octet that is wrong", "[WS-101][WS-067]") {
  CHECK(extensions("") == "empty@0");
  CHECK(extensions(" ") == "empty@1");
  CHECK(extensions(",") == "empty@1");
  CHECK(extensions(", ,") == "empty@3");
  CHECK(extensions(";") == "malformed@0");
  CHECK(extensions("foo;") == "malformed@4");
  CHECK(extensions("foo; =1") == "malformed@5");
  CHECK(extensions("foo; a=") == "malformed@7");
  CHECK(extensions("foo; a=,b") == "malformed@7");
  CHECK(extensions("fo o") == "malformed@3");
  CHECK(extensions("foo; a=b c") == "malformed@9");
  CHECK(extensions("foo; a=@") == "malformed@7");
  CHECK(extensions("foo; a b") == "malformed@7");
  CHECK(extensions("foo;; a") == "malformed@4");
  CHECK(extensions("foo=1") == "malformed@3");
  CHECK(extensions("\"foo\"") == "malformed@0");
  CHECK(extensions("foo; \"a\"") == "malformed@5");
  CHECK(extensions("foo; a==b") == "malformed@7");
  CHECK(extensions("a, b, foo;, c") == "[a][b]malformed@10");
}

TEST_CASE("takes a quoted value for the token that it stands for", "[WS-102]") {
  CHECK(extensions("x; p=\"10\"") == extensions("x; p=10"));
  CHECK(extensions("x; p=\"1\\0\"") == "[x;p=10]");
  CHECK(extensions("x; p=\"\\1\\0\", y") == "[x;p=10][y]");
  CHECK(extensions("x; p=\"\"") == "malformed@6");
  CHECK(extensions("x; p=\"a b\"") == "malformed@7");
  CHECK(extensions("x; p=\"a") == "malformed@7");
  CHECK(extensions("x; p=\"") == "malformed@6");
  CHECK(extensions("x; p=\"a\\") == "malformed@8");
  CHECK(extensions("x; p=\"\\\"") == "malformed@7");
  CHECK(extensions("x; p=\"\\\"\"") == "malformed@7");
  CHECK(extensions("x; p=\"a,b\"") == "malformed@7");
  CHECK(extensions("x; p=\"a;b\"") == "malformed@7");
  CHECK(extensions("x; p=\"a\"b") == "malformed@8");
  CHECK(extensions("x; p=\"a\"\"b\"") == "malformed@8");
  CHECK(extensions("x; p=\"a\" ; q") == "[x;p=a;q]");
}

TEST_CASE("knows each octet of an extension list", "[WS-101][WS-068]") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    const std::string c(1, static_cast<char>(octet));
    CAPTURE(octet);
    const bool token = is_tchar(octet), blank = octet == ' ' || octet == '\t';
    if (octet != ';' && octet != '=') { // they begin a parameter and a value there
      CHECK((extensions("a" + c + "b") == "[a" + c + "b]") == token);
      CHECK((extensions("a; b" + c + "d") == "[a;b" + c + "d]") == token);
      CHECK((extensions("a; b=d" + c + "e") == "[a;b=d" + c + "e]") == token);
    }
    CHECK((extensions("a; b=\"d" + c + "e\"") == "[a;b=d" + c + "e]") == token);
    CHECK((extensions("a; b=\"d\\" + c + "e\"") == "[a;b=d" + c + "e]") == token);
    const std::string alone = extensions(c);
    CHECK(alone == (token ? "[" + c + "]" : octet == ',' || blank ? "empty@1" : "malformed@0"));
    const std::string between = extensions("a" + c + " b");
    CHECK(between == (token          ? "malformed@3"
                      : octet == ',' ? "[a][b]"
                      : octet == ';' ? "[a;b]"
                      : blank        ? "malformed@3"
                                     : "malformed@1"));
  }
}

TEST_CASE("reads no octet behind an extension list, wherever it is cut", "[WS-101]") {
  const string_view whole =
      " foo ; a = 1 ; b ; c = \"x\\y\" , , permessage-deflate; client_max_window_bits=15 ,";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string out = extensions(whole.substr(0, size));
    const std::size_t at = out.find('@');
    if (at != std::string::npos) CHECK(std::stoul(out.substr(at + 1)) == size);
  }
}

TEST_CASE("limits the extensions, their parameters and the empty members", "[WS-100][WS-295]") {
  CHECK(extensions(repeat("a,", 64)) == repeat("[a]", 64));
  CHECK(extensions(repeat("a,", 64) + "a") == repeat("[a]", 64) + "too_many@128");
  CHECK(extensions("a" + repeat(";b", 64)) == "[a" + repeat(";b", 64) + "]");
  CHECK(extensions("a" + repeat(";b", 65)) == "too_many@129");
  CHECK(extensions(repeat(",", 16) + "a") == "[a]");
  CHECK(extensions(repeat(",", 17) + "a") == "too_many@16");
  // Over all lines together.
  std::vector<std::string> many(64, "Sec-WebSocket-Extensions: a");
  CHECK(members(ws::extension_reader(lines(many).fields())) == repeat("[a]", 64));
  many.push_back(many.front());
  CHECK(members(ws::extension_reader(lines(many).fields())) ==
        repeat("[a]", 64) + "too_many@" + std::to_string(64 * 29 + 26));
}

TEST_CASE("hands extensions out in the order in which they stand", "[WS-103]") {
  const lines two({"Sec-WebSocket-Extensions: foo, bar", "Sec-WebSocket-Extensions: baz"});
  CHECK(members(ws::extension_reader(two.fields())) == "[foo][bar][baz]");
  const lines turned({"Sec-WebSocket-Extensions: baz, bar", "Sec-WebSocket-Extensions: foo"});
  CHECK(members(ws::extension_reader(turned.fields())) == "[baz][bar][foo]");
}

TEST_CASE("judges what was agreed on by what was offered", "[WS-044][WS-083][WS-106]") {
  const auto judge = [](string_view agreed, string_view offered,
                        std::span<const ws::extension_claim> claims = {},
                        string_view also = {}) -> std::string {
    const auto j =
        ws::judge_extensions(ws::extension_reader(agreed), ws::extension_reader(offered), claims, also);
    if (j.ec == ws::errc::ok) return "ok";
    return std::string(name(j.ec)) + "@" + std::to_string(j.why.at);
  };
  CHECK(judge("a", "a") == "ok");
  CHECK(judge("b; x=1, a", "a, b") == "ok");
  CHECK(judge("c", "a, b") == "unoffered_extension@0");
  CHECK(judge("a, A", "a, b") == "unoffered_extension@3"); // names are compared octet by octet
  CHECK(judge("a, a", "a, a") == "conflicting_extensions@3");
  CHECK(judge("a; x, b, a", "a, b, c") == "conflicting_extensions@9");
  CHECK(judge("permessage-deflate, x-webkit-deflate-frame", "x-webkit-deflate-frame, permessage-deflate") ==
        "conflicting_extensions@20");
  CHECK(judge("permessage-deflate, foo", "foo, permessage-deflate") == "ok");
  CHECK(judge("", "a") == "bad_extensions@0");
  CHECK(judge("a, b;", "a, b") == "bad_extensions@5");
  const ws::extension_claim claims[] = {{"one", ws::rsv1},
                                        {"two", ws::rsv2},
                                        {"both", ws::rsv1 | ws::rsv2},
                                        {"op", 0, 1 << 3},
                                        {"po", 0, 3 << 3}};
  CHECK(judge("one, two, op", "one, two, op, both, po", claims) == "ok");
  CHECK(judge("two, both", "one, two, op, both, po", claims) == "conflicting_extensions@5");
  CHECK(judge("op, po", "one, two, op, both, po", claims) == "conflicting_extensions@4");
  CHECK(judge("one, permessage-deflate", "one, permessage-deflate", claims) == "conflicting_extensions@5");
  // Nobody can say that permessage-deflate claims something else.
  const ws::extension_claim lie[] = {{"permessage-deflate", 0}, {"one", ws::rsv1}};
  CHECK(judge("one, permessage-deflate", "one, permessage-deflate", lie) == "conflicting_extensions@5");
  CHECK(judge("permessage-deflate, one", "one, permessage-deflate", lie) == "conflicting_extensions@20");
  // A further name that was offered.
  CHECK(judge("x, a", "a", {}, "x") == "ok");
  CHECK(judge("x, y", "a", {}, "x") == "unoffered_extension@3");
  CHECK(judge("x, a, x", "a", {}, "x") == "conflicting_extensions@6");
  CHECK(judge("permessage-deflate, one", "one", claims, "permessage-deflate") == "conflicting_extensions@20");
}

TEST_CASE("sends extensions without whitespace that strict readers refuse", "[WS-100][WS-030][WS-303]") {
  for (const string_view good : {"a", "a, b", "a,b", "a; b", "a;b=c; d", "a; b=\"c\", d",
                                 "permessage-deflate; client_max_window_bits"})
    CHECK(ws::may_send_extensions(good));
  for (const string_view bad : {"", " a", "a ", "a ,b", "a ;b", "a; b =c", "a; b= c", "a,", ",a", "a,,b",
                                "a, ,b", "a;", "a;  b", "a\r\nX: y", "a; b=\"c d\"", "a\n", "\xE9", "a, b, "})
    CHECK_FALSE(ws::may_send_extensions(bad));
}

TEST_CASE("reads subprotocols over several lines, in order", "[WS-066][WS-312]") {
  CHECK(protocols("chat, superchat") == "[chat][superchat]");
  CHECK(protocols("a,b") == "[a][b]");
  CHECK(protocols("chat,,superchat") == "[chat][superchat]");
  CHECK(protocols("\tchat\t") == "[chat]");
  const lines two({"Sec-WebSocket-Protocol: chat", "A: b", "SEC-websocket-protocol: superchat"});
  CHECK(members(ws::protocol_reader(two.fields())) == "[chat][superchat]");
  CHECK(members(ws::protocol_reader(lines({}).fields())).empty());
}

TEST_CASE("refuses subprotocols that are no distinct tokens", "[WS-066][WS-068]") {
  CHECK(protocols("") == "empty@0");
  CHECK(protocols(" , ") == "empty@3");
  CHECK(protocols("chat superchat") == "malformed@4");
  CHECK(protocols("\"chat\"") == "malformed@0");
  CHECK(protocols("a, ch\xE9t") == "[a]malformed@5");
  CHECK(protocols("chat, chat") == "[chat][chat]duplicate@6");
  CHECK(protocols("a, b, c, b") == "[a][b][c][b]duplicate@9");
  CHECK(protocols("chat, Chat") == "[chat][Chat]"); // case-sensitive: two names
  const lines twice({"Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: x, chat"});
  CHECK(members(ws::protocol_reader(twice.fields())) == "[chat][x][chat]duplicate@57");
  for (unsigned octet = 0; octet < 256; ++octet) {
    const std::string c(1, static_cast<char>(octet));
    CAPTURE(octet);
    CHECK((protocols("a" + c + "b") == "[a" + c + "b]") == is_tchar(octet));
    if (!is_tchar(octet) && octet != ',') CHECK(protocols("a" + c + "b") == "malformed@1");
  }
  std::string many;
  for (int i = 0; i < 64; ++i) many += "p" + std::to_string(i) + ",";
  CHECK(protocols(many).find('@') == std::string::npos);
  CHECK(protocols(many + "x").ends_with("too_many@" + std::to_string(many.size())));
  std::vector<std::string> all;
  for (int i = 0; i < 65; ++i) all.push_back("Sec-WebSocket-Protocol: p" + std::to_string(i));
  CHECK(members(ws::protocol_reader(lines(all).fields())).find("too_many@") != std::string::npos);
  all.pop_back();
  CHECK(members(ws::protocol_reader(lines(all).fields())).find('@') == std::string::npos);
}

TEST_CASE("chooses a subprotocol by either end's preference", "[WS-082]") {
  const lines offered({"Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: c"});
  const ws::protocol_reader reader(offered.fields());
  const string_view cb[] = {"x", "c", "b"};
  CHECK(ws::select_protocol(reader, cb) == "c");
  CHECK(ws::select_protocol(reader, cb, ws::preference::of_client) == "b");
  CHECK(ws::select_protocol(reader, cb).data() == cb[1].data());
  CHECK(ws::select_protocol(reader, cb, ws::preference::of_client).data() == cb[2].data());
  const string_view none[] = {"A", "x"};
  for (const auto whose : {ws::preference::of_server, ws::preference::of_client}) {
    CHECK(ws::select_protocol(reader, none, whose).empty());
    CHECK(ws::select_protocol(reader, {}, whose).empty());
    CHECK(ws::select_protocol(ws::protocol_reader("a, b c"), std::span(cb), whose).empty());
    CHECK(ws::select_protocol(ws::protocol_reader("b, b c"), std::span(cb), whose).empty());
  }
  CHECK(ws::names_protocol(reader, "b"));
  CHECK_FALSE(ws::names_protocol(reader, ""));
  CHECK_FALSE(ws::names_protocol(reader, "a, b"));
}

TEST_CASE("reads the versions that a server lists", "[WS-105][WS-312]") {
  const auto versions = [](const std::vector<std::string> &all) {
    const lines head(all);
    ws::version_reader reader(head.fields());
    std::string out;
    for (std::uint8_t v; reader.next(v);) out += "[" + std::to_string(v) + "]";
    std::uint8_t v = 0;
    CHECK_FALSE(reader.next(v));
    return out;
  };
  CHECK(versions({"Sec-WebSocket-Version: 13", "X: 9", "Sec-WebSocket-Version: 8, 7"}) == "[13][8][7]");
  CHECK(versions({"Sec-WebSocket-Version: 13, 8"}) == "[13][8]");
  CHECK(versions({"Sec-WebSocket-Version: 256, 07, 255, 0, 00, -1, +13, 1 3, x, , 13"}) == "[255][0][13]");
  CHECK(versions({"Sec-WebSocket-Version: "}).empty());
  CHECK(versions({}).empty());
}
