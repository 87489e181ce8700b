// permessage-deflate: offers, what a server chooses, and how a client judges the answer.
#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/handshake.hpp"

#include <coax/websocket/deflate_offer.hpp>
#include <coax/websocket/url.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
namespace http = coax::http;
using coax::role;
using std::string_view;
using ws::deflate_parameters;
using ws::deflate_policy;
using ws::deflate_terms;
using ws::errc;

constexpr std::uint8_t any = deflate_terms::any_window;
constexpr std::string_view plain = "permessage-deflate";
std::string pmd(string_view parameters) { return std::string(plain) + std::string(parameters); }

/// "server takes over or not, client the same, windows": "+15 +15" are the defaults.
std::string text_of(const deflate_parameters &p) {
  if (!p.agreed) return "none";
  const auto side = [&](role sender) {
    return (p.takes_over(sender) ? "+" : "-") + std::to_string(p.window_bits(sender));
  };
  return side(role::server) + " " + side(role::client);
}

/// The same for what an element mentions, with "?" for a window without a value.
std::string text_of(const deflate_terms &t) {
  const auto side = [](bool none, std::uint8_t bits) {
    return (none ? "-" : "+") + (bits == 0 ? "" : bits == any ? "?" : std::to_string(bits));
  };
  return side(t.server_no_context_takeover, t.server_max_window_bits) + " " +
         side(t.client_no_context_takeover, t.client_max_window_bits);
}

/// A list at the end of a page.
class list {
public:
  explicit list(string_view text) : block_(text.size()), bytes_(block_.place(text)) {}
  ws::extension_reader reader() const {
    return ws::extension_reader(string_view(bytes_.data(), bytes_.size()));
  }

private:
  coax_test::guarded block_;
  std::span<char> bytes_;
};

/// What the first element of a list says, or "bad@" and the offset.
std::string read(string_view text, bool is_offer) {
  const list in(text);
  ws::extension_reader reader = in.reader();
  ws::extension e;
  if (!reader.next(e)) return "malformed@" + std::to_string(reader.why().at);
  const ws::parsed_deflate p = is_offer ? ws::parse_deflate_offer(e) : ws::parse_deflate_answer(e);
  if (!p.ok) {
    CHECK(p.value == deflate_terms{});
    return "bad@" + std::to_string(p.at);
  }
  return text_of(p.value);
}
std::string offer(string_view parameters) { return read(pmd(parameters), true); }
std::string answer(string_view parameters) { return read(pmd(parameters), false); }

std::string choose(string_view offers, const deflate_policy &policy = {}) {
  const list in(offers);
  return text_of(ws::choose_deflate(in.reader(), policy));
}

/// The answer's text for what was agreed on, "refused" where no offer permits it.
std::string write(string_view offers, const deflate_parameters &agreed) {
  const list in(offers);
  std::array<char, 200> out{};
  const auto whole = ws::write_deflate_answer(in.reader(), agreed, out);
  if (!whole) {
    CHECK(whole.ec == errc::invalid_input);
    CHECK(whole.size == 0);
    return "refused";
  }
  CHECK(whole.size <= 128);
  CHECK(whole.required == whole.size);
  std::array<char, 200> small{};
  const auto less = ws::write_deflate_answer(in.reader(), agreed, std::span(small).first(whole.size - 1));
  CHECK(less.ec == errc::buffer_too_small);
  CHECK(less.required == whole.size);
  CHECK(ws::write_deflate_answer(in.reader(), agreed, std::span(small).first(whole.size)));
  return {out.data(), whole.size};
}
/// What a server with this policy answers, empty for nothing.
std::string serve(string_view offers, const deflate_policy &policy = {}) {
  const list in(offers);
  const deflate_parameters chosen = ws::choose_deflate(in.reader(), policy);
  return chosen.agreed ? write(offers, chosen) : "";
}

/// What a client makes of an answer.
std::string check(const std::vector<deflate_terms> &offers, string_view text, std::uint8_t min = 9) {
  const list in(text);
  const ws::checked_deflate c = ws::check_deflate(in.reader(), offers, min);
  if (c.ec == errc::ok) return text_of(c.value);
  CHECK(c.value == deflate_parameters{});
  CHECK(c.why.what == coax::element::field_value);
  return std::string(name(c.ec)) + "@" + std::to_string(c.why.at);
}

/// All that one element can mention.
std::vector<deflate_terms> all_terms(bool is_offer) {
  std::vector<deflate_terms> out;
  for (int flags = 0; flags < 4; ++flags)
    for (int server = 7; server <= 15; ++server)
      for (int client = 7; client <= (is_offer ? 16 : 15); ++client)
        out.push_back({(flags & 1) != 0, (flags & 2) != 0,
                       static_cast<std::uint8_t>(server == 7 ? 0 : server),
                       static_cast<std::uint8_t>(client == 7 ? 0 : client)});
  return out;
}
/// As it goes over the wire, in another order than the library's and with quotes here and there.
std::string wire(const deflate_terms &t) {
  std::string out = pmd("");
  if (t.client_max_window_bits == any)
    out += ";client_max_window_bits";
  else if (t.client_max_window_bits != 0)
    out += ";client_max_window_bits=\"" + std::to_string(t.client_max_window_bits) + "\"";
  if (t.client_no_context_takeover) out += " ; client_no_context_takeover";
  if (t.server_max_window_bits != 0)
    out += "; server_max_window_bits = " + std::to_string(t.server_max_window_bits);
  if (t.server_no_context_takeover) out += ";server_no_context_takeover";
  return out;
}

/// RFC 7692 §7.1 in the words of its four sections: whether the answer may be given to the offer.
bool may_answer(const deflate_terms &asked, const deflate_terms &answered) {
  const bool takeover = !asked.server_no_context_takeover || answered.server_no_context_takeover; // §7.1.1.1
  bool server = true;                                                                             // §7.1.2.1
  if (asked.server_max_window_bits != 0)
    server = answered.server_max_window_bits != 0 &&
             answered.server_max_window_bits <= asked.server_max_window_bits;
  bool client = true; // §7.1.2.2
  if (answered.client_max_window_bits != 0) {
    const int offered = asked.client_max_window_bits == any ? 15 : asked.client_max_window_bits;
    client = asked.client_max_window_bits != 0 && answered.client_max_window_bits <= offered;
  }
  return takeover && server && client;
}

constexpr bool negotiates_in_a_constant_expression() {
  constexpr string_view offered =
      "permessage-deflate; server_max_window_bits=\"1\\0\"; client_max_window_bits";
  const deflate_parameters p =
      ws::choose_deflate(ws::extension_reader(offered), {.client_max_window_bits = 12});
  std::array<char, 128> out{};
  const auto w = ws::write_deflate_answer(ws::extension_reader(offered), p, out);
  const deflate_terms asked[] = {{.server_max_window_bits = 10, .client_max_window_bits = any}};
  const auto c = ws::check_deflate(ws::extension_reader(string_view(out.data(), w.size)), asked);
  return c.ec == errc::ok && c.value == p && p == deflate_parameters{true, false, false, 10, 12};
}

} // namespace

// --- elements ----------------------------------------------------------------------------------------------

TEST_CASE("the parameters say what both senders do", "[WS-260]") {
  static_assert(negotiates_in_a_constant_expression());
  static_assert(sizeof(deflate_parameters) == 5);
  constexpr deflate_parameters none;
  CHECK_FALSE(none.agreed);
  for (const role r : {role::server, role::client}) {
    CHECK(none.takes_over(r));
    CHECK(none.window_bits(r) == 15);
  }
  constexpr deflate_parameters p{true, true, false, 9, 10};
  CHECK_FALSE(p.takes_over(role::server));
  CHECK(p.takes_over(role::client));
  CHECK(p.window_bits(role::server) == 9);
  CHECK(p.window_bits(role::client) == 10);
  CHECK(p != none);
}

TEST_CASE("reads what an element mentions", "[WS-253][WS-254][WS-255][WS-256]") {
  CHECK(offer("") == "+ +");
  CHECK(offer("; server_no_context_takeover") == "- +");
  CHECK(offer("; client_no_context_takeover") == "+ -");
  CHECK(offer("; server_max_window_bits=10") == "+10 +");
  CHECK(offer("; client_max_window_bits=10") == "+ +10");
  CHECK(offer("; client_max_window_bits") == "+ +?");
  CHECK(offer(";client_max_window_bits = 9;\tserver_no_context_takeover ; server_max_window_bits=\"15\";"
              "client_no_context_takeover") == "-15 -9");
  for (const bool is_offer : {true, false})
    for (const deflate_terms &t : all_terms(is_offer))
      if (read(wire(t), is_offer) != text_of(t)) CHECK(read(wire(t), is_offer) == text_of(t));
  // The value may be left out in offers, and there of one parameter only.
  CHECK(answer("; client_max_window_bits") == "bad@20");
  CHECK(answer("; client_max_window_bits=10") == "+ +10");
  CHECK(answer("; server_max_window_bits") == "bad@20");
  CHECK(offer("; server_max_window_bits") == "bad@20");
  // No value where none belongs.
  for (const string_view flag : {"server_no_context_takeover", "client_no_context_takeover"})
    for (const string_view value : {"=1", "=0", "=true", "=\"1\"", "=8", "=server_no_context_takeover"}) {
      CHECK(offer("; " + std::string(flag) + std::string(value)) == "bad@20");
      CHECK(answer("; " + std::string(flag) + std::string(value)) == "bad@20");
    }
}

TEST_CASE("refuses unknown and repeated parameters, and says which", "[WS-252][WS-258]") {
  for (const bool is_offer : {true, false}) {
    const auto bad = [&](string_view parameters) { return read(pmd(parameters), is_offer); };
    CHECK(bad("; foo") == "bad@20");
    CHECK(bad("; foo=1") == "bad@20");
    CHECK(bad("; server_no_context_takeover; foo") == "bad@48");
    CHECK(bad("; server_max_window_bits=16") == "bad@20");
    // Twice, with the same value or another, whatever else there is.
    for (const string_view one :
         {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=9",
          "server_max_window_bits=10", "client_max_window_bits=9", "client_max_window_bits=10"})
      for (const string_view two :
           {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=9",
            "server_max_window_bits=10", "client_max_window_bits=9", "client_max_window_bits=10"}) {
        const std::string text = "; " + std::string(one) + "; " + std::string(two);
        CAPTURE(text);
        const bool same = one.substr(0, one.find('=')) == two.substr(0, two.find('='));
        CHECK((bad(text) == "bad@" + std::to_string(pmd("; ").size() + one.size() + 2)) == same);
      }
    // Names are compared octet by octet.
    for (const string_view other :
         {"Server_no_context_takeover", "SERVER_NO_CONTEXT_TAKEOVER", "server_no_context_takeove",
          "server_no_context_takeovers", "server-no-context-takeover", "no_context_takeover",
          "server_max_window_bit=9", "max_window_bits=9", "Client_max_window_bits", "constructor",
          "__proto__", "x"})
      CHECK(bad("; " + std::string(other)) == "bad@20");
  }
  CHECK(offer("; client_max_window_bits; client_max_window_bits") == "bad@44");
  CHECK(offer("; client_max_window_bits; client_max_window_bits=10") == "bad@44");
  CHECK(offer("; client_max_window_bits=10; client_max_window_bits") == "bad@47");
  // It is another extension, and not read as this one.
  for (const string_view other : {"Permessage-Deflate", "permessage-deflate2", "permessage-deflat", "x"}) {
    CHECK(read(other, true) == "bad@0");
    CHECK(read(other, false) == "bad@0");
  }
}

TEST_CASE("takes 8 to 15 for a window, as a token or in quotes, and nothing else", "[WS-257][WS-259]") {
  for (const bool of_server : {true, false})
    for (const bool is_offer : {true, false}) {
      const std::string begin = pmd(of_server ? "; server_max_window_bits=" : "; client_max_window_bits=");
      const auto read_as = [&](const std::string &value) {
        const std::string got = read(begin + value, is_offer);
        if (!got.starts_with("+")) return got;
        return of_server ? got.substr(1, got.size() - 3) : got.substr(3);
      };
      for (unsigned n = 0; n < 256; ++n) {
        const std::string digits = std::to_string(n);
        CAPTURE(n);
        const std::string expected = n >= 8 && n <= 15 ? digits : "bad@20";
        CHECK(read_as(digits) == expected);
        CHECK(read_as("\"" + digits + "\"") == expected);
        CHECK(read_as("\"\\" + digits + "\"") == expected);
        for (const string_view before : {"0", "00", "+", "-", "0x", "1e", "x"})
          if (before != "-" || n != 0) CHECK(read_as(std::string(before) + digits) == "bad@20");
        for (const string_view after : {".0", "e0", "x", "!", "'", "_"})
          CHECK(read_as(digits + std::string(after)) == "bad@20");
        CHECK(read_as("\"0" + digits + "\"") == "bad@20");
      }
      CHECK(read_as("1e1") == "bad@20");
      CHECK(read_as("0x9") == "bad@20");
      CHECK(read_as("0xf") == "bad@20");
      CHECK(read_as("f") == "bad@20");
      CHECK(read_as("\"1\\0\"") == "10");
      CHECK(read_as("\"\\1\\5\"") == "15");
      CHECK(read_as("") == "malformed@43");
      CHECK(read_as("\"\"") == "malformed@44");
      CHECK(read_as("\" 9\"") == "malformed@44");
      CHECK(read_as("\"9 \"") == "malformed@45");
      CHECK(read_as("'9'") == "bad@20");
      for (const string_view huge : {"256", "264", "65544", "4294967304", "18446744073709551624",
                                     "340282366920938463463374607431768211464", "9999999999999999999999"})
        CHECK(read_as(std::string(huge)) == "bad@20");
      CHECK(read_as(std::string(10000, '9')) == "bad@20");
      CHECK(read_as(std::string(10000, '0') + "9") == "bad@20");
      CHECK(read_as("\"" + std::string(10000, '1') + "\"") == "bad@20");
      // Every value of one and of two octets.
      for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 257; ++b) {
          std::string value(1, static_cast<char>(a));
          if (b < 256) value += static_cast<char>(b);
          const string_view alone = coax::ascii::trim(value);
          bool good = alone == "8," || alone == "9,"; // the value, and the next member
          for (const string_view text : {"8", "9", "10", "11", "12", "13", "14", "15"})
            good = good || alone == text;
          const std::string text = begin + value;
          ws::extension_reader list{string_view(text)};
          ws::extension e;
          const bool taken =
              list.next(e) && (is_offer ? ws::parse_deflate_offer(e) : ws::parse_deflate_answer(e)).ok;
          if (taken != good) {
            CAPTURE(value);
            CHECK(taken == good);
          }
        }
    }
}

TEST_CASE("reads no octet behind an element, wherever it ends", "[WS-252]") {
  const std::string whole = pmd("; server_no_context_takeover; client_max_window_bits=\"1\\2\"; "
                                "client_no_context_takeover; server_max_window_bits=10");
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    (void)read(cut, true);
    (void)read(cut, false);
    (void)serve(cut);
    (void)check({{.client_max_window_bits = any}}, cut);
  }
  CHECK(read(whole, true) == "-10 -12");
}

// --- the server --------------------------------------------------------------------------------------------

TEST_CASE("chooses the first offer that can be honoured", "[WS-250][WS-251]") {
  const string_view two = "permessage-deflate; server_max_window_bits=10, permessage-deflate";
  CHECK(serve(two) == pmd("; server_max_window_bits=10"));
  CHECK(serve(two, {.server_min_window_bits = 11}) == pmd("")); // it cannot set its window
  CHECK(serve(two, {.server_min_window_bits = 10}) == pmd("; server_max_window_bits=10"));
  CHECK(serve("permessage-deflate, permessage-deflate; server_max_window_bits=10") == pmd(""));
  // Each element is judged for itself.
  CHECK(serve("permessage-deflate; foo, permessage-deflate; server_max_window_bits=16, "
              "permessage-deflate; server_no_context_takeover, permessage-deflate") ==
        pmd("; server_no_context_takeover"));
  CHECK(
      serve("permessage-deflate; server_max_window_bits=8, permessage-deflate; client_max_window_bits=12") ==
      pmd("; client_max_window_bits=12"));
  // Over several lines, and among other extensions.
  CHECK(serve("x-webkit-deflate-frame, foo; a=\"b\", permessage-deflate, bar") == pmd(""));
  CHECK(serve("permessage-deflate-2, Permessage-deflate, PERMESSAGE-DEFLATE").empty());
  const std::string head = coax_test::request_with(
      "Sec-WebSocket-Extensions: foo, permessage-deflate; server_max_window_bits=8\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover, permessage-deflate\r\n");
  coax_test::asked_server s(head);
  const ws::choice chosen{.deflate = ws::choose_deflate(s.offer.extensions())};
  CHECK(text_of(chosen.deflate) == "+15 -15");
  CHECK(s.accept(chosen) ==
        coax_test::response_with(
            "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n"));
}

TEST_CASE("declines what it cannot honour, and the WebSocket is accepted all the same", "[WS-252][WS-257]") {
  for (const string_view bad :
       {"; foo", "; server_max_window_bits=16", "; server_no_context_takeover; server_no_context_takeover",
        "; server_max_window_bits", "; server_max_window_bits=7", "; server_max_window_bits=08",
        "; client_max_window_bits=0x9", "; client_max_window_bits=+9", "; client_max_window_bits=1e1",
        "; client_no_context_takeover=1", "; server_no_context_takeover=\"1\"", "; server_max_window_bits=8",
        "; client_max_window_bits=99", "; client_max_window_bits; client_max_window_bits"}) {
    CHECK(choose(pmd(bad)) == "none");
    CHECK(choose(pmd(bad) + ", x, " + pmd(bad)) == "none");
    CHECK(choose(pmd(bad) + ", " + pmd("")) == "+15 +15");
    CHECK(choose(pmd("") + ", " + pmd(bad)) == "+15 +15");
    coax_test::asked_server s(coax_test::request_with("Sec-WebSocket-Extensions: " + pmd(bad) + "\r\n"));
    REQUIRE(s.offer.verdict == ws::verdict::acceptable);
    CHECK(s.accept({.deflate = ws::choose_deflate(s.offer.extensions())}) == coax_test::sample_response);
  }
  CHECK(choose(plain, {.accept = false}) == "none");
  CHECK(choose("foo") == "none");
  coax_test::asked_server none(coax_test::sample_request);
  CHECK(text_of(ws::choose_deflate(none.offer.extensions())) == "none");
  // A list that is refused offers nothing, whatever stands before the fault.
  CHECK(choose("permessage-deflate, foo;") == "none");
  CHECK(choose("permessage-deflate,, foo; a=b c") == "none");
  CHECK(choose("") == "none");
  // 64 members, and one more.
  std::string many;
  for (int i = 0; i < 63; ++i) many += "permessage-deflate; foo,";
  CHECK(choose(many + pmd("")) == "+15 +15");
  CHECK(choose(many + pmd("") + ", x") == "none");
  CHECK(choose(pmd("") + "," + many + "x") == "none");
  std::string parameters;
  for (int i = 0; i < 64; ++i) parameters += "; x" + std::to_string(i);
  CHECK(choose(pmd(parameters) + ", " + pmd("")) == "+15 +15");
  CHECK(choose(pmd(parameters) + "; y, " + pmd("")) == "none");
  CHECK(choose(std::string(1 << 20, ' ') + pmd("") + std::string(1 << 20, '\t')) == "+15 +15");
}

TEST_CASE("repeats server_no_context_takeover, and may add it unasked", "[WS-253]") {
  const std::string with = pmd("; server_no_context_takeover");
  CHECK(serve(with) == with);
  CHECK(choose(with) == "-15 +15");
  CHECK(serve(plain, {.server_no_context_takeover = true}) == with);
  CHECK(serve(with, {.server_no_context_takeover = true}) == with);
  CHECK(serve(plain) == plain);
  CHECK(write(with, {.agreed = true}) == "refused"); // the answer would lack it
}

TEST_CASE("answers client_no_context_takeover to the hint, and may demand it", "[WS-254]") {
  const std::string with = pmd("; client_no_context_takeover");
  CHECK(serve(with) == with); // no window to keep, at no cost
  CHECK(serve(plain, {.client_no_context_takeover = true}) == with);
  CHECK(serve(plain) == plain);
  // The hint does not bind: without it in the answer, the server keeps its window.
  CHECK(write(with, {.agreed = true}) == plain);
  CHECK(deflate_parameters{.agreed = true}.takes_over(role::client));
}

TEST_CASE("answers server_max_window_bits with the same or less, and may add it unasked", "[WS-255]") {
  const auto offered = [](int n) { return pmd("; server_max_window_bits=" + std::to_string(n)); };
  for (int asked = 9; asked <= 15; ++asked)
    for (std::uint8_t own = 9; own <= 15; ++own) {
      CHECK(serve(offered(asked), {.server_max_window_bits = own}) == offered(std::min<int>(asked, own)));
      CHECK(write(offered(asked), {.agreed = true, .server_max_window_bits = own}) ==
            (own <= asked ? offered(own) : "refused"));
    }
  CHECK(serve(offered(15)) == offered(15)); // it is there although it is the default
  CHECK(serve(plain, {.server_max_window_bits = 12}) == offered(12));
  CHECK(serve(plain, {.server_max_window_bits = 15}) == plain);
  CHECK(serve(pmd("; server_max_window_bits")).empty());
}

TEST_CASE("answers client_max_window_bits only where it was offered", "[WS-256]") {
  const auto with = [](int n) { return pmd("; client_max_window_bits=" + std::to_string(n)); };
  const std::string bare = pmd("; client_max_window_bits");
  CHECK(serve(bare) == plain);
  CHECK(serve(with(15)) == plain);
  CHECK(serve(with(12)) == with(12)); // what the client does anyway saves a window
  for (std::uint8_t own = 8; own < 15; ++own) {
    CHECK(serve(bare, {.client_max_window_bits = own}) == with(own));
    for (int asked = 8; asked <= 15; ++asked)
      CHECK(serve(with(asked), {.client_max_window_bits = own}) == with(std::min<int>(own, asked)));
    // A client that cannot be told: declined, or accepted with all its window.
    CHECK(serve(plain, {.client_max_window_bits = own}).empty());
    CHECK(serve(plain, {.client_max_window_bits = own, .accept_larger_client_window = true}) == plain);
    CHECK(choose(plain, {.client_max_window_bits = own, .accept_larger_client_window = true}) == "+15 +15");
    CHECK(write(plain, {.agreed = true, .client_max_window_bits = own}) == "refused");
    CHECK(write(bare, {.agreed = true, .client_max_window_bits = own}) == with(own));
    CHECK(write(with(own), {.agreed = true}) == plain);
    CHECK(write(with(own), {.agreed = true, .client_max_window_bits = static_cast<std::uint8_t>(own + 1)}) ==
          (own == 14 ? std::string(plain) : "refused"));
    // The next offer lets itself be told.
    CHECK(serve(pmd(", ") + bare, {.client_max_window_bits = own}) == with(own));
  }
}

TEST_CASE("compresses with 8 bits only if the engine can", "[WS-259]") {
  const std::string eight = pmd("; server_max_window_bits=8");
  CHECK(serve(eight).empty()); // zlib
  CHECK(serve(eight + ", " + pmd("")) == plain);
  CHECK(serve(eight, {.server_min_window_bits = 8}) == eight);
  CHECK(serve(eight, {.server_max_window_bits = 12, .server_min_window_bits = 8}) == eight);
  for (std::uint8_t min = 8; min <= 15; ++min)
    for (int asked = 8; asked <= 15; ++asked) {
      const std::string text = pmd("; server_max_window_bits=" + std::to_string(asked));
      CHECK(serve(text, {.server_min_window_bits = min}) == (asked < min ? "" : text));
    }
  // To receive such a stream takes no more than any window.
  CHECK(choose(pmd("; client_max_window_bits=8")) == "+15 +8");
  CHECK(choose(pmd("; client_max_window_bits"), {.client_max_window_bits = 8}) == "+15 +8");
}

TEST_CASE("a policy that no engine can have agrees to nothing", "[WS-252][WS-259]") {
  for (const int n : {0, 1, 7, 16, 255}) {
    const auto bad = static_cast<std::uint8_t>(n);
    const std::string all = pmd("; client_max_window_bits, ") + pmd("");
    CHECK(choose(all, {.server_max_window_bits = bad}) == "none");
    CHECK(choose(all, {.client_max_window_bits = bad}) == "none");
    CHECK(choose(all, {.server_min_window_bits = bad}) == "none");
    CHECK(write(all, {true, false, false, bad, 15}) == "refused");
    CHECK(write(all, {true, false, false, 15, bad}) == "refused");
  }
  CHECK(choose(plain, {.server_max_window_bits = 8}) == "none"); // less than the smallest
  CHECK(choose(plain, {.server_max_window_bits = 10, .server_min_window_bits = 11}) == "none");
  CHECK(write(plain, {}) == "refused");
}

// --- the client --------------------------------------------------------------------------------------------

TEST_CASE("writes offers, the preferred one first", "[WS-250][WS-257]") {
  const auto offers = [](const std::vector<deflate_terms> &all) -> std::string {
    std::array<char, 4 * 130> out{};
    const auto w = ws::write_deflate_offers(all, out);
    if (!w) {
      CHECK(w.ec == errc::invalid_input);
      return "refused";
    }
    CHECK(ws::may_send_extensions({out.data(), w.size}));
    CHECK(ws::write_deflate_offers(all, std::span(out).first(w.size - 1)).ec == errc::buffer_too_small);
    return {out.data(), w.size};
  };
  CHECK(offers({ws::usual_deflate[0]}) == "permessage-deflate; client_max_window_bits");
  CHECK(offers({{.server_max_window_bits = 10}, {}}) ==
        "permessage-deflate; server_max_window_bits=10, permessage-deflate");
  CHECK(offers({}) == "refused");
  CHECK(offers({{}, {}, {}, {}}) != "refused");
  CHECK(offers({{}, {}, {}, {}, {}}) == "refused");
  for (unsigned n = 0; n < 256; ++n) {
    CAPTURE(n);
    const auto bits = static_cast<std::uint8_t>(n);
    const bool good = n == 0 || (n >= 8 && n <= 15);
    CHECK((offers({{.server_max_window_bits = bits}}) != "refused") == good);
    CHECK((offers({{}, {.client_max_window_bits = bits}}) != "refused") == (good || n == any));
  }
  // What is written is read as what it was.
  for (const deflate_terms &t : all_terms(true))
    if (read(offers({t}), true) != text_of(t)) CHECK(read(offers({t}), true) == text_of(t));
}

TEST_CASE("takes what an offer permits, and fails otherwise", "[WS-253][WS-254][WS-255][WS-256]") {
  const std::string unoffered = "unoffered_extension@0";
  // server_no_context_takeover
  CHECK(check({{true}}, pmd("; server_no_context_takeover")) == "-15 +15");
  CHECK(check({{true}}, plain) == unoffered);
  CHECK(check({{}}, pmd("; server_no_context_takeover")) == "-15 +15"); // unasked
  CHECK(check({{true}}, pmd("; server_no_context_takeover=1")) == "bad_extensions@20");
  // client_no_context_takeover
  CHECK(check({{}}, pmd("; client_no_context_takeover")) == "+15 -15");
  CHECK(check({{.client_no_context_takeover = true}}, pmd("; client_no_context_takeover")) == "+15 -15");
  CHECK(check({{.client_no_context_takeover = true}}, plain) == "+15 -15"); // it said it would not
  // server_max_window_bits
  const std::vector<deflate_terms> ten{{.server_max_window_bits = 10}};
  CHECK(check(ten, pmd("; server_max_window_bits=10")) == "+10 +15");
  CHECK(check(ten, pmd("; server_max_window_bits=9")) == "+9 +15");
  CHECK(check(ten, pmd("; server_max_window_bits=8")) == "+8 +15");
  CHECK(check(ten, pmd("; server_max_window_bits=11")) == unoffered);
  CHECK(check(ten, plain) == unoffered);
  CHECK(check({{}}, pmd("; server_max_window_bits=12")) == "+12 +15");
  CHECK(check({{}}, pmd("; server_max_window_bits")) == "bad_extensions@20");
  // client_max_window_bits
  const std::vector<deflate_terms> bare{ws::usual_deflate[0]}, nine{{.client_max_window_bits = 9}};
  CHECK(check(bare, pmd("; client_max_window_bits=10")) == "+15 +10");
  CHECK(check(bare, pmd("; client_max_window_bits")) == "bad_extensions@20");
  CHECK(check(bare, plain) == "+15 +15");
  CHECK(check(nine, pmd("; client_max_window_bits=10")) == unoffered);
  CHECK(check(nine, pmd("; client_max_window_bits=9")) == "+15 +9");
  CHECK(check(nine, plain) == "+15 +9"); // it said that it would keep to it
  CHECK(check({{}}, pmd("; client_max_window_bits=10")) == unoffered);
  CHECK(check({{}}, pmd("; client_max_window_bits=15")) == unoffered);
}

TEST_CASE("fails on answers that are none", "[WS-258][WS-257][WS-106]") {
  const std::vector<deflate_terms> usual{ws::usual_deflate[0]};
  CHECK(check(usual, pmd("; foo=1")) == "bad_extensions@20");
  CHECK(check(usual, pmd("; server_max_window_bits=9; server_max_window_bits=9")) == "bad_extensions@46");
  CHECK(check(usual, pmd(", ") + pmd("")) == "conflicting_extensions@20");
  CHECK(check(usual, pmd(", ") + pmd("; foo")) == "conflicting_extensions@20");
  CHECK(check(usual, "foo, " + pmd("; client_max_window_bits=10, x, ") + pmd("")) ==
        "conflicting_extensions@55");
  for (const string_view bits : {"7", "16", "08", "+9", "1e1", "0x9", "\"7\"", "\"010\""}) {
    CHECK(check(usual, pmd("; server_max_window_bits=" + std::string(bits))) == "bad_extensions@20");
    CHECK(check(usual, pmd("; client_max_window_bits=" + std::string(bits))) == "bad_extensions@20");
  }
  CHECK(check(usual, pmd("; server_max_window_bits=")) == "bad_extensions@43");
  CHECK(check(usual, "x, " + pmd(";")) == "bad_extensions@22");
  CHECK(check(usual, pmd("; foo") + ", x;") == "bad_extensions@20"); // the first fault
  CHECK(check(usual, "") == "bad_extensions@0");
  CHECK(check(usual, "x, y") == "none");
  CHECK(check(usual, "Permessage-deflate") == "none");
  // Nothing was offered.
  CHECK(check({}, plain) == "unoffered_extension@0");
  CHECK(check({}, "x, " + pmd("; foo")) == "unoffered_extension@3");
  CHECK(check({}, "x") == "none");
}

TEST_CASE("compresses with no smaller window than the engine can", "[WS-259][WS-258]") {
  const std::vector<deflate_terms> usual{ws::usual_deflate[0]};
  const std::string eight = pmd("; client_max_window_bits=8");
  CHECK(check(usual, eight) == "bad_extensions@0");
  CHECK(check(usual, eight, 8) == "+15 +8");
  CHECK(check({{.client_max_window_bits = 8}}, plain) == "bad_extensions@0");
  CHECK(check({{.client_max_window_bits = 8}}, eight, 8) == "+15 +8");
  for (std::uint8_t min = 8; min <= 15; ++min)
    for (int bits = 8; bits <= 15; ++bits) {
      const std::string answer = pmd("; client_max_window_bits=" + std::to_string(bits));
      CHECK(check(usual, answer, min) == (bits < min ? "bad_extensions@0" : "+15 +" + std::to_string(bits)));
    }
  CHECK(check(usual, pmd("; server_max_window_bits=8")) == "+8 +15"); // inflating takes any window
}

TEST_CASE("absent parameters mean full windows that are kept", "[WS-260]") {
  const std::vector<deflate_terms> usual{ws::usual_deflate[0]};
  CHECK(check(usual, plain) == "+15 +15");
  CHECK(choose(plain) == "+15 +15");
  CHECK(check(usual, pmd("; server_max_window_bits=15")) == "+15 +15");
  CHECK(check(usual, pmd("; client_max_window_bits=15")) == "+15 +15");
}

TEST_CASE("an answer belongs to the first offer that permits it", "[WS-250][WS-251]") {
  const std::vector<deflate_terms> two{{.client_no_context_takeover = true, .server_max_window_bits = 10},
                                       {.client_max_window_bits = 12}};
  CHECK(check(two, pmd("; server_max_window_bits=10")) == "+10 -15");
  CHECK(check(two, pmd("; server_max_window_bits=11")) == "+11 +12");
  CHECK(check(two, plain) == "+15 +12");
  CHECK(check(two, pmd("; client_max_window_bits=11; server_max_window_bits=10")) == "+10 +11");
  CHECK(check(two, pmd("; client_max_window_bits=13")) == "unoffered_extension@0");
}

TEST_CASE("judges each answer to each offer as the RFC does", "[WS-253][WS-254][WS-255][WS-256][WS-260]") {
  const std::vector<deflate_terms> offers = all_terms(true), answers = all_terms(false);
  std::vector<std::string> texts;
  for (const deflate_terms &t : answers) texts.push_back(wire(t));
  std::size_t taken = 0;
  for (const deflate_terms &o : offers)
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const deflate_terms &a = answers[i];
      const auto c = ws::check_deflate(ws::extension_reader(texts[i]), std::span(&o, 1), 8);
      if (may_answer(o, a)) {
        ++taken;
        deflate_parameters p{true, a.server_no_context_takeover,
                             a.client_no_context_takeover || o.client_no_context_takeover};
        if (a.server_max_window_bits != 0) p.server_max_window_bits = a.server_max_window_bits;
        if (o.client_max_window_bits != 0 && o.client_max_window_bits != any)
          p.client_max_window_bits = o.client_max_window_bits;
        if (a.client_max_window_bits != 0) p.client_max_window_bits = a.client_max_window_bits;
        if (c.ec == errc::ok && c.value == p) continue;
      } else if (c.ec == errc::unoffered_extension && c.why.at == 0) {
        continue;
      }
      CAPTURE(text_of(o));
      CAPTURE(texts[i]);
      CHECK(text_of(c.value) == "something else");
    }
  CHECK(taken > 10000);
}

// --- both --------------------------------------------------------------------------------------------------

namespace {

std::vector<deflate_policy> policies() {
  std::vector<deflate_policy> out;
  for (int flags = 0; flags < 8; ++flags)
    for (const int server : {8, 9, 12, 15})
      for (const int client : {8, 11, 15})
        for (const int min : {8, 9, 12})
          out.push_back({.server_no_context_takeover = (flags & 1) != 0,
                         .client_no_context_takeover = (flags & 2) != 0,
                         .server_max_window_bits = static_cast<std::uint8_t>(server),
                         .client_max_window_bits = static_cast<std::uint8_t>(client),
                         .accept_larger_client_window = (flags & 4) != 0,
                         .server_min_window_bits = static_cast<std::uint8_t>(min)});
  return out;
}

/// Whether a server of this policy can do what is offered.
bool can_honour(const deflate_terms &o, const deflate_policy &p) {
  const int server = o.server_max_window_bits == 0
                         ? p.server_max_window_bits
                         : std::min(o.server_max_window_bits, p.server_max_window_bits);
  if (server < p.server_min_window_bits) return false;
  return o.client_max_window_bits != 0 || p.client_max_window_bits == 15 || p.accept_larger_client_window;
}

/// A server of a policy answers offers; the client judges. Whether both ends come to the same, which is what
/// the first offer that can be honoured permits, if there is one.
bool agree(const std::vector<deflate_terms> &offers, const deflate_policy &policy, std::size_t &agreed) {
  std::array<char, 4 * 130> space{};
  const auto offered = ws::write_deflate_offers(offers, space);
  if (!offered) return false;
  const ws::extension_reader list(string_view(space.data(), offered.size));
  const deflate_parameters p = ws::choose_deflate(list, policy);
  const deflate_terms *first = nullptr;
  for (const deflate_terms &o : offers)
    if (first == nullptr && can_honour(o, policy)) first = &o;
  if (!p.agreed) return first == nullptr && p == deflate_parameters{};
  if (first == nullptr) return false;
  ++agreed;
  std::array<char, 128> text{};
  const auto answered = ws::write_deflate_answer(list, p, text);
  if (!answered) return false;
  ws::extension_reader answer(string_view(text.data(), answered.size));
  ws::extension e;
  if (!answer.next(e)) return false;
  const ws::parsed_deflate parsed = ws::parse_deflate_answer(e);
  if (!parsed.ok || answer.next(e) || !may_answer(*first, parsed.value)) return false;
  // What the policy asks for, as far as the client lets itself be told.
  const bool told = first->client_max_window_bits != 0;
  if ((policy.server_no_context_takeover && p.takes_over(role::server)) ||
      (policy.client_no_context_takeover && p.takes_over(role::client)) ||
      p.server_max_window_bits > policy.server_max_window_bits ||
      p.server_max_window_bits < policy.server_min_window_bits ||
      (told ? p.client_max_window_bits > policy.client_max_window_bits : p.client_max_window_bits != 15))
    return false;
  const auto c = ws::check_deflate(ws::extension_reader(string_view(text.data(), answered.size)), offers, 8);
  return c.ec == errc::ok && c.value == p;
}

} // namespace

TEST_CASE("whatever is offered and whatever the policy, both ends come to the same",
          "[WS-250][WS-251][WS-253][WS-254][WS-255][WS-256][WS-259][WS-260]") {
  std::size_t tried = 0, agreed = 0;
  const auto all = policies();
  for (const deflate_terms &o : all_terms(true))
    for (const deflate_policy &p : all) {
      ++tried;
      if (agree({o}, p, agreed)) continue;
      CAPTURE(text_of(o));
      CHECK(text_of(ws::choose_deflate(ws::extension_reader(wire(o)), p)) == "something else");
    }
  CHECK(agreed > tried / 4);
  CHECK(agreed < tried);
  // Several offers.
  std::vector<deflate_terms> some;
  const std::vector<deflate_terms> every = all_terms(true);
  for (std::size_t i = 0; i < every.size(); i += 29) some.push_back(every[i]);
  std::size_t with_three = 0;
  for (const deflate_terms &a : some)
    for (const deflate_terms &b : some)
      for (std::size_t i = 0; i < all.size(); i += 7)
        if (!agree({a, b, some[i % some.size()]}, all[i], with_three)) {
          CAPTURE(text_of(a));
          CAPTURE(text_of(b));
          CAPTURE(i);
          CHECK(false);
        }
  CHECK(with_three > 1000);
}

TEST_CASE("both ends of a whole handshake come to the same", "[WS-251][WS-252][WS-260]") {
  const auto everything = policies();
  const std::vector<deflate_terms> every = all_terms(true);
  std::size_t with = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::array<deflate_terms, 2> offers{every[i * 37 % every.size()], every[i * 101 % every.size()]};
    ws::client_offer asking{.to = ws::parse_url("ws://server.example.com/chat").value,
                            .nonce = coax_test::sample_nonce,
                            .deflate = std::span(offers).first(1 + i % 2),
                            .extensions = i % 3 == 0 ? "foo" : "",
                            .deflate_min_window_bits = 8};
    http::client client;
    std::array<char, 2000> out{};
    const auto asked = ws::send_offer(client, asking, {}, out);
    REQUIRE(asked);
    coax_test::asked_server server({out.data(), asked.size});
    REQUIRE(server.offer.verdict == ws::verdict::acceptable);
    const ws::choice chosen{
        .deflate = ws::choose_deflate(server.offer.extensions(), everything[i * 11 % everything.size()]),
        .extensions = asking.extensions};
    std::string bytes = server.accept(chosen);
    std::array<http::field_ref, 16> table{};
    http::event e = client.next({table}, string_view(bytes));
    REQUIRE(e.kind == http::event_kind::switched);
    const ws::agreed a =
        ws::check(asking, http::view_response(e.head, bytes.data(), table), coax_test::sha1{});
    const ws::session of_client = ws::take_over(client, e, bytes, a);
    std::string none;
    e = server.http.next({server.table}, string_view(none));
    while (e.kind == http::event_kind::end) e = server.http.next({server.table}, string_view(none));
    const ws::session of_server = ws::take_over(server.http, e, none, chosen);
    CAPTURE(bytes);
    CHECK(of_client);
    CHECK(of_server);
    CHECK(of_client.deflate == of_server.deflate);
    CHECK(of_client.options.deflate == chosen.deflate.agreed);
    CHECK(of_client.options.own_takeover == chosen.deflate.takes_over(role::client));
    CHECK(of_server.options.own_takeover == chosen.deflate.takes_over(role::server));
    CHECK(of_server.options.deflate == chosen.deflate.agreed);
    CHECK((bytes.find(plain) != std::string::npos) == chosen.deflate.agreed);
    with += chosen.deflate.agreed ? 1 : 0;
  }
  CHECK(with > 50);
  CHECK(with < 300);
}

TEST_CASE("a client says where in the head an answer goes wrong", "[WS-258][WS-255][WS-256]") {
  const auto judge = [](string_view lines, const std::vector<deflate_terms> &offers,
                        string_view extensions = "foo, bar") {
    const ws::client_offer asking{.to = ws::parse_url("ws://server.example.com/chat").value,
                                  .nonce = coax_test::sample_nonce,
                                  .deflate = offers,
                                  .extensions = extensions};
    http::client client;
    std::array<char, 2000> out{};
    REQUIRE(ws::send_offer(client, asking, {}, out));
    const std::string head = coax_test::response_with(lines);
    std::array<http::field_ref, 16> table{};
    const http::event e = client.next({table}, string_view(head));
    REQUIRE(e.kind == http::event_kind::switched);
    const ws::agreed a =
        ws::check(asking, http::view_response(e.head, head.data(), table), coax_test::sha1{});
    if (a) return text_of(a.deflate);
    CHECK(a.deflate == deflate_parameters{});
    const std::size_t line = head.find("Sec-WebSocket-Extensions");
    return std::string(name(a.ec)) + "@" + std::to_string(a.why.at - line) + "/" +
           std::to_string(a.why.index);
  };
  const std::vector<deflate_terms> usual{ws::usual_deflate[0]}, ten{{.server_max_window_bits = 10}};
  const std::string one = "Sec-WebSocket-Extensions: ", cr = "\r\n";
  CHECK(judge(one + pmd("") + cr, usual) == "+15 +15");
  CHECK(judge(one + "foo, " + pmd("; client_max_window_bits=10") + ", bar" + cr, usual) == "+15 +10");
  CHECK(judge(one + "foo" + cr + one + pmd("; server_no_context_takeover") + cr, usual) == "-15 +15");
  CHECK(judge(one + "foo" + cr, usual) == "none");
  CHECK(judge(one + pmd("; client_max_window_bits") + cr, usual) == "bad_extensions@46/3");
  CHECK(judge(one + "foo, " + pmd("; server_max_window_bits=10; foo=1") + cr, usual) ==
        "bad_extensions@78/3");
  CHECK(judge(one + "foo" + cr + one + pmd("; foo=1") + cr, usual) == "bad_extensions@77/4");
  CHECK(judge(one + "foo, " + pmd("; server_max_window_bits=11") + cr, ten) == "unoffered_extension@31/3");
  CHECK(judge(one + "foo, " + pmd("") + cr, ten) == "unoffered_extension@31/3");
  CHECK(judge(one + pmd(", foo, ") + pmd("") + cr, usual) == "conflicting_extensions@51/3");
  CHECK(judge(one + pmd("") + cr + one + pmd("") + cr, usual) == "conflicting_extensions@72/4");
  CHECK(judge(one + pmd("") + cr, {}) == "unoffered_extension@26/3");
  CHECK(judge(one + pmd("; foo") + cr, {}) == "unoffered_extension@26/3");
  // The first of several faults.
  CHECK(judge(one + "x, " + pmd("; foo") + cr, usual) == "unoffered_extension@26/3");
  CHECK(judge(one + pmd("; foo, x") + cr, usual) == "bad_extensions@46/3");
  CHECK(judge(one + pmd("; foo, x;") + cr, usual) == "bad_extensions@46/3");
  CHECK(judge(one + "foo, foo, " + pmd("; foo") + cr, usual) == "conflicting_extensions@31/3");
  CHECK(judge(one + pmd(", x-webkit-deflate-frame") + cr, usual, "x-webkit-deflate-frame") ==
        "conflicting_extensions@46/3");
  CHECK(judge(one + pmd("; client_max_window_bits=8") + cr, usual) == "bad_extensions@26/3");
}
