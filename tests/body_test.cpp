// Bodies: chunk lines and their extensions, trailers, lengths, the end of the input.
#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/forbidden_trailers.hpp"
#include "support/octets.hpp"
#include "support/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace coax::http;
using coax::element;
using coax::fault;
using coax::role;
using coax::status;
using coax_test::byte;
using coax_test::dialogue;
using coax_test::escape;
using coax_test::forbidden_trailers;
using coax_test::join;
using coax_test::lower;
using coax_test::repeat;
using coax_test::transcript;
using coax_test::upper;

namespace {

constexpr std::string_view chunked_post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view chunked_ok = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

framing of(body_kind kind, std::uint64_t length = 0) {
  framing f;
  f.kind = kind;
  f.length = length;
  return f;
}

/// A decoder with all that it is called with.
struct session {
  explicit session(body_kind kind, std::uint64_t length = 0, role sender = role::client)
      : body(of(kind, length), sender) {}

  piece decode(std::string_view in, std::size_t max_data = coax::no_cap) {
    return body.decode(ctx(), in, max_data);
  }
  piece finish(bool clean) { return body.finish(ctx(), clean); }
  context ctx() { return {table, lim, len}; }
  std::string trailers_of(const fields_ref &ref, const char *base) const {
    std::string out;
    for (const field f : view_fields(ref, base, table)) out += join({f.name, "=", f.value, ";"});
    return out;
  }

  std::array<field_ref, 8> table{};
  limits lim{};
  leniency len{};
  body_decoder body;
};

session chunks(role sender = role::client) { return session(body_kind::chunked, 0, sender); }

/// All that became of a body: the payload, the trailers, and the error or how it stopped.
struct outcome {
  std::string data;
  std::string trailers;
  std::string stop; // "last", "more", or the error with its offset from the first byte of the body
  std::size_t consumed = 0;
};

std::string describe(const outcome &o) {
  // How much was consumed before an error, or before more was needed, is up to the cut.
  const std::string consumed = o.stop == "last" ? std::to_string(o.consumed) : "";
  return escape(o.data) + " | " + escape(o.trailers) + " | " + o.stop + " | " + consumed;
}

std::string text_of(errc ec, const fault &why, std::size_t base) {
  return std::string(name(ec)) + " at " + std::to_string(base + why.at);
}

/// Decodes `in`, which becomes known in pieces that end at the given offsets.
outcome decode_all(session s, std::string_view in, std::vector<std::size_t> cuts = {},
                   std::size_t max_data = coax::no_cap) {
  outcome out;
  cuts.push_back(in.size());
  for (std::size_t cut : cuts)
    for (;;) {
      const std::string_view known = in.substr(out.consumed, cut - out.consumed);
      const piece p = s.decode(known, max_data);
      REQUIRE(p.consumed <= known.size());
      if (p.st == status::failed) {
        CHECK(p.consumed == 0);
        CHECK(p.data.empty());
        out.stop = text_of(p.ec, p.why, out.consumed);
        return out;
      }
      out.data += p.data;
      if (p.last) out.trailers = s.trailers_of(p.trailers, known.data());
      out.consumed += p.consumed;
      if (p.last) {
        out.stop = "last";
        return out;
      }
      if (p.st == status::need_more) break;
    }
  out.stop = "more";
  return out;
}

/// The same by decode_in_place(). What was not consumed is moved to the front, as a receive buffer would.
outcome decode_all_in_place(session s, std::string_view in, std::vector<std::size_t> cuts = {}) {
  outcome out;
  cuts.push_back(in.size());
  std::string buffer;
  std::size_t known = 0;
  for (std::size_t cut : cuts) {
    buffer += in.substr(known, cut - known);
    known = cut;
    for (;;) {
      const compacted c = s.body.decode_in_place(s.ctx(), buffer);
      REQUIRE(c.consumed <= buffer.size());
      REQUIRE(c.produced <= c.consumed);
      out.data += std::string_view(buffer).substr(0, c.produced);
      if (c.st == status::failed) {
        CHECK(c.produced == 0);
        CHECK(c.consumed == 0);
        out.stop = text_of(c.ec, c.why, out.consumed);
        return out;
      }
      CHECK(c.ec == errc::ok);
      CHECK((c.st == status::ready) == (c.produced != 0 || c.last));
      if (c.last) out.trailers = s.trailers_of(c.trailers, buffer.data());
      out.consumed += c.consumed;
      buffer.erase(0, c.consumed);
      if (c.last) {
        out.stop = "last";
        return out;
      }
      if (c.st == status::need_more) break;
    }
  }
  out.stop = "more";
  return out;
}

/// "last", "more" or the error, for a chunked body.
std::string stop_of(std::string_view in, role sender = role::client) {
  return decode_all(chunks(sender), in).stop;
}

} // namespace

// --- S2: chunk sizes --------------------------------------------------------------------------------------

namespace {

bool is_hex(char c) { return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos; }
bool is_token_char(char c) { return coax_test::is_tchar(static_cast<unsigned char>(c)); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

struct line_verdict {
  errc ec = errc::ok;
  std::size_t at = 0;
};
constexpr line_verdict accepted{};

/// The verdict on "5" and two bytes, with CR LF behind them, as RFC 9112 §7.1 has it.
line_verdict behind_a_digit(char x, char y) {
  if (x == '\n') return {errc::bad_line_ending, 1};
  if (x == '\r') return y == '\n' ? accepted : line_verdict{errc::bad_line_ending, 1};
  if (is_hex(x)) {
    if (is_hex(y)) return {};
    if (y == ';') return {errc::bad_chunk_extension, 3};
    if (y == '\n' || y == '\r') return {errc::bad_line_ending, 2};
    return {errc::bad_chunk_size, 2};
  }
  if (x == ';') {
    if (is_token_char(y)) return {};
    if (is_blank(y)) return {errc::bad_chunk_extension, 3};
    if (y == '\n') return {errc::bad_line_ending, 2};
    return {errc::bad_chunk_extension, 2};
  }
  if (is_blank(x)) {
    if (y == ';') return {errc::bad_chunk_extension, 3};
    if (is_blank(y) || y == '\r') return {errc::bad_chunk_size, 1};
    if (y == '\n') return {errc::bad_line_ending, 2};
    return {errc::bad_chunk_size, 2};
  }
  return {errc::bad_chunk_size, 1};
}

/// The verdict on two bytes and "5", with CR LF behind them.
line_verdict before_a_digit(char x, char y) {
  if (!is_hex(x)) return {errc::bad_chunk_size, 0};
  if (is_hex(y) || y == ';') return {}; // an extension called "5"
  if (y == '\r' || y == '\n') return {errc::bad_line_ending, 1};
  if (is_blank(y)) return {errc::bad_chunk_size, 2};
  return {errc::bad_chunk_size, 1};
}

void check_line(const std::string &line, line_verdict expected) {
  session s = chunks();
  const std::string in = line + "x";
  const piece p = s.decode(in);
  const bool good = p.st == status::ready && p.data == "x";
  const bool complete = p.st == status::need_more; // a size of zero: trailers follow
  if (expected.ec == errc::ok ? good || complete : p.ec == expected.ec && p.why.at == expected.at) return;
  CAPTURE(escape(line));
  CHECK(name(p.ec) == name(expected.ec));
  CHECK(p.why.at == expected.at);
  CHECK((p.st == status::failed || expected.ec == errc::ok));
}

} // namespace

TEST_CASE("takes no byte around a digit for a part of a chunk size but digits",
          "[H1-162][H1-163][H1-165][S2]") {
  for (int i = 0; i < 256; ++i) {
    const char c = byte(i);
    check_line(std::string{c, '5', '\r', '\n'}, is_hex(c) ? accepted : line_verdict{errc::bad_chunk_size, 0});
    line_verdict behind{errc::bad_chunk_size, 1};
    if (is_hex(c)) behind = accepted;
    if (c == '\r' || c == '\n') behind = {errc::bad_line_ending, 1};
    if (c == ';') behind = {errc::bad_chunk_extension, 2}; // an extension without a name
    check_line(std::string{'5', c, '\r', '\n'}, behind);
  }
}

TEST_CASE("takes no two bytes around a digit for a part of a chunk size but digits",
          "[H1-162][H1-163][H1-165][S2]") {
  for (int i = 0; i < 256; ++i)
    for (int j = 0; j < 256; ++j) {
      const char x = byte(i), y = byte(j);
      check_line(std::string{x, y, '5', '\r', '\n'}, before_a_digit(x, y));
      check_line(std::string{'5', x, y, '\r', '\n'}, behind_a_digit(x, y));
    }
}

TEST_CASE("reads every chunk size of up to sixteen digits and none of seventeen", "[H1-161][H1-164][S2]") {
  const auto left = [](std::string_view digits) -> std::optional<std::uint64_t> {
    // The size shows in what a limit of that many octets lets pass.
    for (std::uint64_t size :
         {0ull, 5ull, 0x10ull, 0xFFFF'FFFFull, 0x1'0000'0000ull, 0x7FFF'FFFF'FFFF'FFFFull,
          0x8000'0000'0000'0000ull, 0xFFFF'FFFF'FFFF'FFFEull, 0xFFFF'FFFF'FFFF'FFFFull}) {
      session enough = chunks();
      enough.lim.body = size;
      const bool fits = enough.decode(join({digits, "\r\n"})).st != status::failed;
      session less = chunks();
      less.lim.body = size - 1;
      if (fits && (size == 0 || less.decode(join({digits, "\r\n"})).ec == errc::body_too_large)) return size;
    }
    return {};
  };
  CHECK(left("0") == 0);
  CHECK(left("5") == 5);
  CHECK(left("0000000000000005") == 5);
  CHECK(left("10") == 0x10);
  CHECK(left("ffffffff") == 0xFFFF'FFFF);
  CHECK(left("100000000") == 0x1'0000'0000);
  CHECK(left("7FFFFFFFFFFFFFFF") == 0x7FFF'FFFF'FFFF'FFFF);
  CHECK(left("8000000000000000") == 0x8000'0000'0000'0000);
  CHECK(left("FFFFFFFFFFFFFFFE") == 0xFFFF'FFFF'FFFF'FFFE);
  CHECK(left("ffffffffffffffff") == 0xFFFF'FFFF'FFFF'FFFF);
  for (std::string_view digits : {"00000000000000005", "10000000000000000", "10000000000000005",
                                  "FFFFFFFFFFFFFFFFF", "00000000000000000", "123456789abcdef01"}) {
    CAPTURE(digits);
    CHECK(stop_of(join({digits, "\r\n"})) == "chunk_size_overflow at 16");
    CHECK(stop_of(digits) == "chunk_size_overflow at 16");
  }
  CHECK(stop_of(repeat("0", 200) + "5\r\n") == "chunk_size_overflow at 16");
  CHECK(stop_of("\r\n") == "bad_chunk_size at 0");
}

// --- S5: the grammar of chunk extensions -----------------------------------------------------------------

namespace {

/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 §7.1.1
bool is_chunk_ext(std::string_view text) {
  std::size_t i = 0;
  const auto at = [&](char c) { return i < text.size() && text[i] == c; };
  const auto blanks = [&] {
    while (i < text.size() && is_blank(text[i])) ++i;
  };
  const auto token = [&] {
    const std::size_t first = i;
    while (i < text.size() && is_token_char(text[i])) ++i;
    return i != first;
  };
  const auto quoted_string = [&] {
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
      if (i < text.size() && static_cast<unsigned char>(text[i]) < ' ' && text[i] != '\t') return false;
    }
    return i++ < text.size();
  };
  while (i < text.size()) {
    blanks();
    if (!at(';')) return false;
    ++i;
    blanks();
    if (!token()) return false;
    const std::size_t name_end = i;
    blanks();
    if (!at('=')) {
      i = name_end;
      continue;
    }
    ++i;
    blanks();
    if (!(at('"') ? quoted_string() : token())) return false;
  }
  return true;
}

} // namespace

TEST_CASE("accepts exactly the chunk extensions of the grammar", "[H1-167][H1-168][S5]") {
  constexpr std::string_view alphabet = ";= n\"\\\x01\xE9";
  std::vector<std::string> all{""};
  std::size_t good = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string text = all[i];
    const bool legal = is_chunk_ext(text);
    good += legal;
    session s = chunks();
    const std::string in = join({"1", text, "\r\nx"});
    const piece p = s.decode(in);
    const bool ok = p.st == status::ready && p.data == "x";
    const bool refused = p.ec == errc::bad_chunk_extension || p.ec == errc::bad_chunk_size;
    if (ok != legal || refused == legal) {
      CAPTURE(escape(text));
      CHECK(ok == legal);
      CHECK(refused == !legal);
    }
    // All texts of up to four bytes, and those of five and six that begin like an extension
    if (text.size() < 4 || (text.size() == 4 && text[0] == ';') ||
        (text.size() == 5 && text.starts_with(";n")))
      for (char c : alphabet) all.push_back(text + c);
  }
  CHECK(all.size() > 10'000);
  CHECK(good > 50);
}

TEST_CASE("judges every byte at every place of a chunk extension", "[H1-167][H1-168][H1-165][S5]") {
  using predicate = bool (*)(char);
  constexpr predicate text = [](char c) {
    return c == '\t' || (c >= ' ' && c != '\x7F') || static_cast<unsigned char>(c) >= 0x80;
  };
  constexpr predicate in_quotes = [](char c) { return text(c) && c != '"' && c != '\\'; };
  constexpr predicate in_quotes_or_backslash = [](char c) { return text(c) && c != '"'; };
  constexpr predicate blank = [](char c) { return is_blank(c); };
  constexpr predicate token = [](char c) { return is_token_char(c); };
  constexpr predicate blank_or_token = [](char c) { return is_blank(c) || is_token_char(c); };
  constexpr predicate in_name = [](char c) { return is_token_char(c) || c == '=' || c == ';'; };
  constexpr predicate in_value = [](char c) { return is_token_char(c) || c == ';'; };
  struct place {
    std::string_view before, behind;
    predicate legal;
  };
  const place places[] = {
      {"1;", "", token},                          // first byte of a name
      {"1;a", "", token},                         // last byte of a name
      {"1;a", "b", in_name},                      // within a name
      {"1;a=", "", token},                        // first byte of a value
      {"1;a=b", "", token},                       // last byte of a value
      {"1;a=b", "c", in_value},                   // within a value
      {"1;a=\"", "\"", in_quotes},                // in quotes
      {"1;a=\"b", "c\"", in_quotes_or_backslash}, // within them
      {"1;a=\"\\", "\"", text},                   // behind a backslash
      {"1;a=\"b\"", ";c", blank},                 // behind a quoted value
      {"1 ", ";a", blank},                        // before a semicolon
      {"1; ", "a", blank_or_token},               // behind it
      {"1;a ", "=b", blank},                      // before an equals sign
      {"1;a= ", "b", blank_or_token},             // behind it
  };
  for (const place &p : places)
    for (int i = 0; i < 256; ++i) {
      const char c = byte(i);
      const std::string line = join({p.before, std::string_view(&c, 1), p.behind});
      session s = chunks();
      const std::string in = line + "\r\nx";
      const piece got = s.decode(in);
      const bool ok = got.st == status::ready && got.data == "x";
      // A control character is wrong where it stands, whatever follows; but where a CR makes whitespace the
      // end of the line, it is the whitespace that is wrong.
      const bool at_once = text(c) || got.why.at == p.before.size() - (p.before == "1 " && c == '\r');
      if (ok == p.legal(c) && at_once && (ok || got.st == status::failed)) continue;
      CAPTURE(escape(line), got.why.at);
      CHECK(ok == p.legal(c));
      CHECK(at_once);
      CHECK((ok || got.st == status::failed));
    }
}

TEST_CASE("reads the extensions of a chunk one by one", "[H1-167]") {
  const auto list = [](std::string_view text) {
    std::string out;
    chunk_extension_reader reader(text);
    chunk_extension x;
    while (reader.next(x)) out += join({"[", x.name, "|", x.value, "]"});
    CHECK_FALSE(reader.next(x));
    return out;
  };
  CHECK(list("") == "");
  CHECK(list(";a") == "[a|]");
  CHECK(list(";a=b") == "[a|b]");
  CHECK(list(";a;b=c;d") == "[a|][b|c][d|]");
  CHECK(list("; a = \"x;\\\"y\" ;b") == "[a|\"x;\\\"y\"][b|]");
  CHECK(list("\t;\ta\t=\tb\t;\tc") == "[a|b][c|]");
  CHECK(list(";a=\"\"") == "[a|\"\"]");
  CHECK(list(";a=\"\\\\\";b=\"=,\"") == "[a|\"\\\\\"][b|\"=,\"]");
}

TEST_CASE("hands out the extensions of a chunk with its first octets and never again", "[H1-167]") {
  session s = chunks();
  const std::string in = "3;a=b;c\r\nxyz\r\n0;d\r\n\r\n";
  std::string_view rest = in;
  piece p = s.decode(rest, 1);
  CHECK(p.data == "x");
  CHECK(p.extensions == ";a=b;c");
  CHECK(p.extensions.data() == in.data() + 1);
  rest.remove_prefix(p.consumed);
  p = s.decode(rest, 1);
  CHECK(p.data == "y");
  CHECK(p.extensions.empty());
  rest.remove_prefix(p.consumed);
  p = s.decode(rest);
  CHECK(p.data == "z");
  CHECK(p.extensions.empty());
  rest.remove_prefix(p.consumed);
  p = s.decode(rest);
  CHECK(p.last);
  CHECK(p.extensions == ";d");
}

// --- S6: budgets ------------------------------------------------------------------------------------------

TEST_CASE("refuses heavy extensions on tiny chunks once the budget is spent", "[H1-169][S6]") {
  // 256 octets each, 16384 for the message
  const std::string chunk = "1;" + std::string(255, 'a') + "\r\nx\r\n";
  for (role sender : {role::client, role::server}) {
    session s = chunks(sender);
    s.lim.chunk_overhead = 1'000'000;
    CHECK(decode_all(s, repeat(chunk, 64)).stop == "more");
    CHECK(decode_all(s, repeat(chunk, 64) + "0\r\n\r\n").stop == "last");
    const outcome o = decode_all(s, repeat(chunk, 65));
    CHECK(o.data == std::string(64, 'x'));
    CHECK(o.stop == "chunk_extension_too_large at " + std::to_string(64 * chunk.size() + 1));
  }
  // 4 KiB each, where a line may hold as much
  const std::string heavy = "1;" + std::string(4095, 'a') + "\r\nx\r\n";
  session s = chunks();
  s.lim.chunk_extension = 4096;
  s.lim.chunk_overhead = 1'000'000;
  CHECK(decode_all(s, repeat(heavy, 4) + "0\r\n\r\n").stop == "last");
  CHECK(decode_all(s, repeat(heavy, 5)).stop ==
        "chunk_extension_too_large at " + std::to_string(4 * heavy.size() + 1));
}

TEST_CASE("limits the extension of one chunk line", "[H1-169][S6]") {
  for (std::size_t limit : {0u, 1u, 2u, 255u, 256u, 1000u}) {
    session s = chunks();
    s.lim.chunk_extension = static_cast<std::uint16_t>(limit);
    CAPTURE(limit);
    if (limit >= 2)
      CHECK(decode_all(s, "1;" + std::string(limit - 1, 'a') + "\r\nx\r\n0\r\n\r\n").stop == "last");
    const std::string over = "1;" + std::string(limit, 'a');
    CHECK(decode_all(s, over).stop == "chunk_extension_too_large at " + std::to_string(limit + 1));
    CHECK(decode_all(s, over + "\r\nx").stop == "chunk_extension_too_large at " + std::to_string(limit + 1));
  }
}

TEST_CASE("limits the extensions of a message", "[H1-169][S6]") {
  session s = chunks();
  s.lim.chunk_extensions = 10;
  CHECK(decode_all(s, "1;aaaa\r\nx\r\n1;bbbb\r\ny\r\n0\r\n\r\n").stop == "last");
  CHECK(decode_all(s, "1;aaaa\r\nx\r\n1;bbb\r\ny\r\n0;\r\n\r\n").stop == "bad_chunk_extension at 23");
  CHECK(decode_all(s, "1;aaaa\r\nx\r\n1;bbbb\r\ny\r\n0;c\r\n\r\n").stop == "chunk_extension_too_large at 23");
  CHECK(decode_all(s, "1;aaaa\r\nx\r\n1;bbbbb").stop == "chunk_extension_too_large at 17");
}

TEST_CASE("refuses tiny chunks alone once the overhead outgrows the payload", "[H1-169][S6]") {
  // Each line has 10 octets and earns 8: two more are spent each time, and there are 16384 to begin with.
  const std::string chunk = "00000001\r\nx\r\n";
  const std::size_t granted = 16384;
  std::size_t fine = 0;
  while (10 * (fine + 1) <= granted + 8 * fine) ++fine;
  REQUIRE(fine == 8188);
  for (role sender : {role::client, role::server}) {
    session s = chunks(sender);
    const std::string good = repeat(chunk, fine);
    const outcome o = decode_all(s, good + chunk);
    CHECK(o.data.size() == fine);
    CHECK(o.stop == "chunk_overhead at " + std::to_string(good.size() + granted + 8 * fine - 10 * fine));
    CHECK(decode_all(s, good).stop == "more");
  }
}

TEST_CASE("never refuses the smallest chunk lines, whatever the number of chunks", "[H1-169][S6]") {
  // "1\r\n" has 3 octets and earns 8
  session s = chunks();
  s.lim.chunk_overhead = 3;
  std::string_view in = "1\r\nx";
  for (int i = 0; i < 100'000; ++i) {
    const piece p = s.decode(in);
    if (p.st != status::ready || p.data != "x" || p.consumed != in.size()) FAIL("chunk " << i);
    in = "\r\n1\r\nx";
  }
  CHECK(s.decode("\r\n0\r\n\r\n").last);
}

TEST_CASE("accepts a gibibyte in chunks of a kibibyte", "[H1-169][S6]") {
  session s = chunks();
  const std::string data(1024, 'x');
  const std::string first = "400\r\n" + data, next = "\r\n" + first;
  std::string_view in = first;
  const context ctx = s.ctx();
  for (std::uint64_t i = 0; i < 1024 * 1024; ++i) {
    const piece p = s.body.decode(ctx, in);
    if (p.st != status::ready || p.data.size() != 1024 || p.consumed != in.size()) FAIL("chunk " << i);
    in = next;
  }
  CHECK(s.body.received() == 1024u * 1024 * 1024);
  const piece end = s.decode("\r\n0\r\n\r\n");
  CHECK(end.last);
  CHECK(end.consumed == 7);
}

TEST_CASE("earns overhead with every octet of a large chunk", "[H1-169]") {
  session s = chunks();
  s.lim.chunk_overhead = 6;
  const std::string line = "0000000000000001\r\n";
  const std::string in = "400\r\n" + std::string(1024, 'x') + "\r\n" + repeat(line + "x\r\n", 818);
  // 5 of 6 are spent and 8192 are earned. Each further line has 18 and earns 8: behind 818, 13 are left.
  CHECK(decode_all(s, in).stop == "more");
  CHECK(decode_all(s, in + line).stop == "chunk_overhead at " + std::to_string(in.size() + 13));
}

// --- S7: the line end behind the data ---------------------------------------------------------------------

TEST_CASE("accepts no two bytes behind chunk data but CR LF", "[H1-166][S7]") {
  std::string in = "5\r\nhello??0\r\n\r\n";
  for (int i = 0; i < 256; ++i)
    for (int j = 0; j < 256; ++j) {
      in[8] = byte(i);
      in[9] = byte(j);
      const role sender = (i + j) % 2 == 0 ? role::client : role::server;
      const bool good = in[8] == '\r' && in[9] == '\n';
      const std::size_t at = in[8] == '\r' ? 9 : 8;
      // whole, and cut between the two
      session whole = chunks(sender), cut = chunks(sender);
      const piece data = whole.decode(in);
      REQUIRE(data.data == "hello");
      const std::string_view rest = std::string_view(in).substr(data.consumed);
      const piece end = whole.decode(rest);
      REQUIRE(cut.decode(std::string_view(in).substr(0, 9)).data == "hello");
      const piece first = cut.decode(rest.substr(0, 1));
      if (first.st == status::need_more) {
        if (in[8] != '\r' || first.consumed != 0 || first.hint != 1) FAIL_CHECK("cut behind the byte " << i);
      } else if (in[8] == '\r' || first.ec != errc::bad_chunk_terminator || first.why.at != 0) {
        FAIL_CHECK("cut behind the byte " << i);
      }
      const piece second = cut.decode(rest);
      const bool same =
          end.st == second.st && end.ec == second.ec && end.why == second.why && end.last == second.last;
      const bool right =
          good ? end.last && end.consumed == 7
               : end.ec == errc::bad_chunk_terminator &&
                     end.why == fault{static_cast<std::uint32_t>(at - 8), element::chunk_data, 0};
      if (!same || !right) FAIL_CHECK("the bytes " << i << " and " << j);
    }
}

TEST_CASE("checks the line end behind each chunk in every cut of the stream", "[H1-166][S7]") {
  for (bool responses : {false, true})
    for (std::string_view end :
         {"\r\n", "\n\n", "\r\r", "\n\r", "\r0", "0\n", "  ", "\0\0", "\r\0", "!\r\n"}) {
      dialogue d;
      d.responses = responses;
      const std::string head(responses ? chunked_ok : chunked_post);
      d.input = join({head, "5\r\nhello", end, "0\r\n\r\n"});
      CAPTURE(escape(d.input));
      const transcript t = coax_test::read_every_way(d);
      const std::size_t bad = head.size() + 8 + (end[0] == '\r');
      if (end == "\r\n")
        CHECK(t.back().text == "idle");
      else
        CHECK(t.back().text == "error bad_chunk_terminator at " + std::to_string(bad) + " in chunk data 0");
      CHECK(t[t.size() - (end == "\r\n" ? 3 : 2)].text == "data hello");
    }
}

// --- S8: trailers -----------------------------------------------------------------------------------------

namespace {

/// The transcript behind the head, without its fields, of a chunked message followed by another one.
std::vector<std::string> behind_head(std::string_view body, bool responses, const leniency &len = strict) {
  dialogue d;
  d.responses = responses;
  d.leniency = len;
  d.input = responses ? join({chunked_ok, body, "HTTP/1.1 204 N\r\n\r\n"})
                      : join({chunked_post, body, "GET / HTTP/1.1\r\nHost: b\r\n\r\n"});
  std::vector<std::string> out;
  bool first = true;
  for (const auto &r : coax_test::read_every_way(d)) {
    if (!first && !r.text.starts_with("field ")) out.push_back(r.text);
    first = false;
  }
  return out;
}

using texts = std::vector<std::string>;

texts then_next(texts start, bool responses) {
  start.push_back("end");
  start.push_back(responses ? "response 204 \"N\" 1.1 none keep" : "request GET / 1.1 none keep");
  start.push_back("end");
  start.push_back("idle");
  return start;
}

std::string error(std::string_view what, std::string_view body_before, bool responses,
                  std::string_view where) {
  const std::size_t at = (responses ? chunked_ok : chunked_post).size() + body_before.size();
  return join({"error ", what, " at ", std::to_string(at), " in ", where});
}

} // namespace

TEST_CASE("refuses each name of the list in trailers, in any case", "[H1-174][S8]") {
  for (std::string_view name : forbidden_trailers) {
    CAPTURE(name);
    for (bool responses : {false, true}) {
      const std::string before = responses ? "0\r\nA: b\r\n" : "0\r\n";
      CHECK(behind_head(join({before, name, ": x\r\n\r\n"}), responses) ==
            texts{error("forbidden_trailer", before, responses,
                        responses ? "trailer section 1" : "trailer section 0")});
    }
    CHECK(stop_of(join({"0\r\n", upper(name), ": x\r\n\r\n"})) == "forbidden_trailer at 3");
    CHECK(stop_of(join({"0\r\n", lower(name), ":x\r\n\r\n"})) == "forbidden_trailer at 3");
    CHECK(stop_of(join({"0\r\n", name, ":"})) == "forbidden_trailer at 3"); // as soon as the name is known
    CHECK(stop_of(join({"0\r\n", name})) == "more");
  }
}

TEST_CASE("drops each name of the list from trailers and reads the next message, where that is asked for",
          "[H1-174][S8]") {
  leniency drop;
  drop.on_forbidden_trailer = forbidden_trailer_policy::drop;
  for (std::string_view name : forbidden_trailers) {
    CAPTURE(name);
    for (bool responses : {false, true})
      CHECK(behind_head(join({"0\r\nA: b\r\n", name, ": close\r\nC: d\r\n\r\n"}), responses, drop) ==
            then_next({"trailer A: b", "trailer C: d", "tolerated dropped_trailer"}, responses));
    session s = chunks();
    s.len = drop;
    CHECK(decode_all(s, join({"0\r\n", name, ": x\r\n\r\n"})).trailers == "");
    CHECK(decode_all(
              s, join({"0\r\n", name, ": x\r\n", lower(name), ": y\r\nE: f\r\n", upper(name), ":\r\n\r\n"}))
              .trailers == "E=f;");
  }
}

TEST_CASE("accepts names around those of the list in trailers", "[H1-174][S8]") {
  for (std::string_view name : forbidden_trailers) {
    CAPTURE(name);
    CHECK(decode_all(chunks(), join({"0\r\nX-", name, ": x\r\n\r\n"})).trailers == join({"X-", name, "=x;"}));
    CHECK(decode_all(chunks(), join({"0\r\n", name, "-X: x\r\n\r\n"})).trailers == join({name, "-X=x;"}));
    CHECK(decode_all(chunks(), join({"0\r\n", name.substr(1), "_: x\r\n\r\n"})).stop == "last");
  }
  for (std::string_view name :
       {"ETag", "Accept-Ranges", "Authentication-Info", "Proxy-Authentication-Info"}) {
    CAPTURE(name);
    CHECK(decode_all(chunks(), join({"0\r\n", name, ": x\r\n\r\n"})).trailers == join({name, "=x;"}));
  }
}

TEST_CASE("judges trailers like fields and reads nothing behind bad ones", "[H1-172][S8]") {
  struct wrong {
    std::string_view before, behind, what, where;
  };
  const wrong all[] = {
      {"Foo", "\r\n\r\n", "bad_field_name", "field name 0"},
      {"", ": x\r\n\r\n", "bad_field_name", "field name 0"},
      {"X", " Y: 1\r\n\r\n", "bad_field_name", "field name 0"},
      {"X", "\x80: 1\r\n\r\n", "bad_field_name", "field name 0"},
      {"X", " : y\r\n\r\n", "space_before_colon", "field name 0"},
      {"Content-Length", " : y\r\n\r\n", "space_before_colon", "field name 0"},
      {"", " X: y\r\n\r\n", "leading_whitespace", "field name 0"},
      {"", "\tX: y\r\n\r\n", "leading_whitespace", "field name 0"},
      {"X: a\r\n", " b\r\n\r\n", "obs_fold", "field value 0"},
      {"A: a\r\nX: a\r\n", "\tb\r\n\r\n", "obs_fold", "field value 1"},
      {"X: a", "\rb\r\n\r\n", "bad_line_ending", "field value 0"},
      {"X: a", "\nY: b\r\n\r\n", "bad_line_ending", "field value 0"},
      {"X: a", std::string_view("\0\r\n\r\n", 5), "bad_field_value", "field value 0"},
      {"X: a", "\x7F\r\n\r\n", "bad_field_value", "field value 0"},
      {"A: a\r\nB", "/: b\r\n\r\n", "bad_field_name", "field name 1"},
  };
  for (const wrong &w : all)
    for (bool responses : {false, true}) {
      const std::string before = join({"0\r\n", w.before});
      CAPTURE(escape(before), escape(w.behind));
      CHECK(behind_head(before + std::string(w.behind), responses) ==
            texts{error(w.what, before, responses, w.where)});
    }
}

TEST_CASE("delivers trailers and reads the next message", "[H1-173][H1-160][S8]") {
  for (bool responses : {false, true}) {
    CHECK(behind_head("0\r\n\r\n", responses) == then_next({}, responses));
    CHECK(behind_head("0\r\nX: y\r\n\r\n", responses) == then_next({"trailer X: y"}, responses));
    CHECK(behind_head("2;e\r\nab\r\n0;f\r\nX: y\r\nx:\r\n\r\n", responses) ==
          then_next({"extension e", "data ab", "extension f", "trailer X: y", "trailer x: "}, responses));
  }
}

TEST_CASE("a trailer changes nothing of what the head said about the connection", "[H1-174][S8]") {
  leniency drop;
  drop.on_forbidden_trailer = forbidden_trailer_policy::drop;
  dialogue d;
  d.leniency = drop;
  d.input = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\nGET / HTTP/1.1\r\n";
  const transcript t = coax_test::read_every_way(d);
  CHECK(t.back().text == "closed 16");
}

// --- S9, S10 ----------------------------------------------------------------------------------------------

TEST_CASE("refuses one trailer too many instead of hiding it", "[H1-172][H1-174][S10]") {
  session s = chunks();
  s.lim.fields = 3;
  CHECK(decode_all(s, "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n").trailers == "A=1;B=2;C=3;");
  const outcome o = decode_all(s, "0\r\nA: 1\r\nB: 2\r\nC: 3\r\nContent-Length: 5\r\n\r\n");
  CHECK(o.stop.ends_with(" at 21"));
  CHECK(o.trailers.empty());
  const outcome table = decode_all(chunks(), join({"0\r\n", repeat("A: 1\r\n", 8), "Host: a\r\n\r\n"}));
  CHECK(table.stop.ends_with(" at 51"));
}

TEST_CASE("refuses an endless trailer section at its limit however it arrives", "[H1-172][H1-272][S9]") {
  for (std::string_view unit : {"a", "X: y\r\n"}) {
    session s = chunks();
    s.lim.trailers = 300;
    std::string in = "0\r\n";
    piece p;
    while ((p = s.decode(in)).st == status::need_more && in.size() < 10'000)
      in += unit[(in.size() - 3) % unit.size()];
    CHECK((p.ec == errc::trailers_too_large || p.ec == errc::too_many_fields));
    CHECK(in.size() <= 3 + 301);
  }
}

// --- body_decoder -----------------------------------------------------------------------------------------

TEST_CASE("a body decoder of no body is complete", "[H1-138]") {
  body_decoder none;
  session s(body_kind::none);
  session tunnel(body_kind::tunnel);
  session zero(body_kind::length, 0);
  s.body = none;
  for (session *each : {&s, &tunnel, &zero}) {
    CHECK(each->body.complete());
    CHECK(each->body.received() == 0);
    for (std::string_view in : {"", "abc", "0\r\n\r\n"}) {
      const piece p = each->decode(in);
      CHECK(p.st == status::ready);
      CHECK(p.last);
      CHECK(p.consumed == 0);
      CHECK(p.data.empty());
      CHECK(p.trailers.count == 0);
    }
    CHECK(each->finish(false).last);
  }
}

TEST_CASE("a body decoder hands out as many octets as were declared", "[H1-137]") {
  const std::string in = "abcdef";
  session s(body_kind::length, 4);
  CHECK_FALSE(s.body.complete());
  piece p = s.decode("");
  CHECK(p.st == status::need_more);
  CHECK(p.hint >= 1);
  CHECK(p.consumed == 0);
  p = s.decode(std::string_view(in).substr(0, 1));
  CHECK(p.st == status::ready);
  CHECK(p.data == "a");
  CHECK(p.data.data() == in.data());
  CHECK(p.consumed == 1);
  CHECK_FALSE(p.last);
  CHECK(s.body.received() == 1);
  p = s.decode(std::string_view(in).substr(1));
  CHECK(p.data == "bcd");
  CHECK(p.consumed == 3);
  CHECK(p.last);
  CHECK(s.body.complete());
  CHECK(s.body.received() == 4);
  p = s.decode(std::string_view(in).substr(4));
  CHECK(p.st == status::ready);
  CHECK(p.last);
  CHECK(p.consumed == 0);
  CHECK(p.data.empty());
}

TEST_CASE("a body decoder counts lengths beyond what memory holds", "[H1-134][H1-137]") {
  session s(body_kind::length, ~std::uint64_t{0});
  const std::string in(1000, 'x');
  CHECK(s.decode(in).data.size() == 1000);
  CHECK_FALSE(s.body.complete());
  CHECK(s.body.received() == 1000);
  session c = chunks();
  const std::string chunk = "ffffffffffffffff\r\n" + in;
  const piece p = c.decode(chunk);
  CHECK(p.data.size() == 1000);
  CHECK(p.consumed == 1018);
}

TEST_CASE("a body decoder reads until the close, up to the limit", "[H1-139][H1-145][H1-274]") {
  session s(body_kind::until_close, 0, role::server);
  s.lim.body = 5;
  CHECK(s.decode("").st == status::need_more);
  piece p = s.decode("abc");
  CHECK(p.data == "abc");
  CHECK_FALSE(p.last);
  p = s.decode("defg"); // up to the limit first
  CHECK(p.st == status::ready);
  CHECK(p.data == "de");
  CHECK(p.consumed == 2);
  CHECK(s.decode("").st == status::need_more);
  p = s.decode("fg");
  CHECK(p.st == status::failed);
  CHECK(p.ec == errc::body_too_large);
  CHECK(p.why == fault{0, element::body, 0});
  CHECK(p.consumed == 0);
  CHECK(s.body.received() == 5);
  CHECK(s.finish(true).ec == errc::body_too_large);

  session full(body_kind::until_close, 0, role::server);
  full.lim.body = 5;
  CHECK(full.decode("abcde").data == "abcde");
  p = full.finish(true);
  CHECK(p.st == status::ready);
  CHECK(p.last);
}

TEST_CASE("a body decoder hands out no more at a time than it is asked for", "[H1-002]") {
  struct kind {
    session s;
    std::string in;
  };
  session close(body_kind::until_close, 0, role::server);
  for (const kind &k : {kind{session(body_kind::length, 7), "abcdefg"}, kind{close, "abcdefg"},
                        kind{chunks(), "3;e\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"}}) {
    for (std::size_t cap : {1u, 2u, 3u, 6u, 7u, 100u}) {
      session s = k.s;
      std::string_view rest = k.in;
      std::string data;
      for (piece p = s.decode(rest, cap); p.st == status::ready; p = s.decode(rest, cap)) {
        CHECK(p.data.size() <= cap);
        CHECK((p.last || !p.data.empty()));
        data += p.data;
        rest.remove_prefix(p.consumed);
        if (p.last) break;
      }
      CHECK(data == "abcdefg");
      CHECK(rest.empty());
      CHECK(s.body.received() == 7);
    }
  }
}

TEST_CASE("a body decoder that may hand out nothing consumes no payload", "[H1-002]") {
  session length(body_kind::length, 3), close(body_kind::until_close, 0, role::server), c = chunks();
  for (session *s : {&length, &close}) {
    const piece p = s->decode("abc", 0);
    CHECK(p.st == status::need_more);
    CHECK(p.consumed == 0);
    CHECK(p.data.empty());
    CHECK(s->decode("abc").data == "abc");
  }
  const std::string_view in = "3;e\r\nabc\r\n0\r\n\r\n";
  piece p = c.decode(in, 0);
  CHECK(p.st == status::need_more);
  CHECK(p.consumed == 0);
  p = c.decode(in, 2);
  CHECK(p.data == "ab");
  CHECK(p.extensions == ";e");
  std::string_view rest = in.substr(p.consumed);
  CHECK(c.decode(rest, 0).st == status::need_more);
  CHECK(c.decode(rest, 0).consumed == 0);
  p = c.decode(rest);
  CHECK(p.data == "c");
  rest.remove_prefix(p.consumed);
  p = c.decode(rest, 0); // no payload is due: the end comes all the same
  CHECK(p.st == status::ready);
  CHECK(p.last);

  session empty(body_kind::length, 0);
  CHECK(empty.decode("", 0).last);
  session none = chunks();
  CHECK(none.decode("0\r\n\r\n", 0).last);
  session bad = chunks();
  CHECK(bad.decode("x", 0).ec == errc::bad_chunk_size);
}

TEST_CASE("a reader that may hand out nothing reports everything but payload", "[H1-002]") {
  dialogue d;
  d.max_data = 0;
  d.input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na";
  CHECK(coax_test::read_every_way(d).back().text == "more");
  d.input = join({chunked_post, "0\r\nX: y\r\n\r\n"});
  CHECK(coax_test::read_every_way(d).back().text == "idle");
  d.input = join({chunked_post, "1\r\nx\r\n0\r\n\r\n"});
  CHECK(coax_test::read_every_way(d).back().text == "more");
}

TEST_CASE("a chunk line is never handed over without the first octet of its chunk", "[H1-160][H1-167]") {
  session s = chunks();
  for (std::string_view in : {"3", "3;", "3;a\r", "3;a\r\n"}) {
    const piece p = s.decode(in);
    CHECK(p.st == status::need_more);
    CHECK(p.consumed == 0);
    CHECK(p.hint >= 1);
  }
  const piece p = s.decode("3;a\r\nx");
  CHECK(p.data == "x");
  CHECK(p.extensions == ";a");
  CHECK(p.consumed == 6);
}

TEST_CASE("a trailer section is handed over whole, with the last chunk line", "[H1-173][H1-167]") {
  session s = chunks();
  const std::string in = "0;a\r\nX: y\r\nZ: \r\n\r\nmore";
  for (std::size_t n = 0; n + 4 < in.size(); ++n) {
    const piece p = s.decode(std::string_view(in).substr(0, n));
    CHECK(p.st == status::need_more);
    CHECK(p.consumed == 0);
    CHECK(p.hint >= 1);
    CHECK_FALSE(s.body.complete());
  }
  const piece p = s.decode(in);
  CHECK(p.st == status::ready);
  CHECK(p.last);
  CHECK(p.data.empty());
  CHECK(p.extensions == ";a");
  CHECK(p.consumed == in.size() - 4);
  CHECK(p.trailers.start == 5);
  CHECK(p.trailers.size == in.size() - 4 - 5);
  CHECK(p.trailers.count == 2);
  CHECK(s.trailers_of(p.trailers, in.data()) == "X=y;Z=;");
  CHECK(s.body.complete());
  CHECK(s.decode("more").consumed == 0);
  CHECK(s.decode("more").last);
}

TEST_CASE("a body decoder consumes the line end behind a chunk with what follows it", "[H1-166][H1-160]") {
  session s = chunks();
  REQUIRE(s.decode("1\r\nx").consumed == 4);
  CHECK(s.decode("").st == status::need_more);
  CHECK(s.decode("").hint == 2);
  CHECK(s.decode("\r").hint == 1);
  CHECK(s.decode("\r").consumed == 0);
  const piece p = s.decode("\r\n2\r\nyz");
  CHECK(p.data == "yz");
  CHECK(p.consumed == 7);
}

TEST_CASE("never asks for more bytes than the next event takes", "[H1-002]") {
  struct kind {
    session s;
    std::string in;
  };
  for (const kind &k : {kind{session(body_kind::length, 5), "hello"},
                        kind{chunks(), "5;a=\"b\"\r\nhello\r\n1\r\n!\r\n0;c\r\nX: y\r\n\r\n"},
                        kind{chunks(), "00a\r\n0123456789\r\n000\r\n\r\n"}}) {
    session s = k.s;
    std::size_t base = 0, asked = 0;
    for (std::size_t known = 0; known <= k.in.size(); ++known)
      for (;;) {
        const piece p = s.decode(std::string_view(k.in).substr(base, known - base));
        base += p.consumed;
        if (p.st == status::need_more) {
          CHECK(p.hint >= 1);
          asked = known + p.hint;
          break;
        }
        CAPTURE(escape(k.in), known);
        REQUIRE(p.st == status::ready);
        CHECK(asked <= known);
        if (p.last) break;
      }
    CHECK(s.body.complete());
  }
}

TEST_CASE("an error in a chunked body is counted from the first byte of the input it was found in",
          "[H1-162]") {
  session s = chunks();
  REQUIRE(s.decode("1\r\nx").consumed == 4);
  const piece p = s.decode("\r\n5x");
  CHECK(p.ec == errc::bad_chunk_size);
  CHECK(p.why == fault{3, element::chunk_size, 0});
  session t = chunks();
  REQUIRE(t.decode("1\r\nx").consumed == 4);
  const piece q = t.decode("\r\n0;a\r\nX : y\r\n");
  CHECK(q.ec == errc::space_before_colon);
  CHECK(q.why == fault{8, element::field_name, 0});
}

TEST_CASE("a body decoder repeats its error whatever comes, and consumes nothing", "[H1-009][H1-170]") {
  for (std::string_view in : {"x", "1\r\nxx", "0\r\nX : y\r\n", "10000000000000000", "5;\r\n"}) {
    session s = chunks();
    piece p = s.decode(in);
    std::size_t base = 0;
    while (p.st == status::ready) p = s.decode(in.substr(base += p.consumed));
    REQUIRE(p.st == status::failed);
    for (std::string_view more : {"", "0\r\n\r\n", "x"}) {
      const piece again = s.decode(more);
      CHECK(again.st == status::failed);
      CHECK(again.ec == p.ec);
      CHECK(again.why == p.why);
      CHECK(again.consumed == 0);
      CHECK_FALSE(again.last);
    }
    std::string buffer = "0\r\n\r\n";
    const compacted c = s.body.decode_in_place(s.ctx(), buffer);
    CHECK(c.st == status::failed);
    CHECK(c.ec == p.ec);
    CHECK(c.consumed == 0);
    CHECK(c.produced == 0);
    CHECK(s.finish(true).ec == p.ec);
    CHECK_FALSE(s.body.complete());
  }
}

TEST_CASE("the end of the input completes what it may and nothing else", "[H1-144][H1-145][H1-170][H1-171]") {
  for (bool clean : {false, true}) {
    session none(body_kind::none);
    CHECK(none.finish(clean).last);

    session part(body_kind::length, 3);
    (void)part.decode("ab");
    piece p = part.finish(clean);
    CHECK(p.st == status::failed);
    CHECK(p.ec == errc::incomplete);
    CHECK(p.why == fault{0, element::body, 0});
    CHECK(part.body.received() == 2);
    CHECK_FALSE(part.body.complete());
    CHECK(part.decode("c").ec == errc::incomplete);
    CHECK(part.finish(true).ec == errc::incomplete);

    session whole(body_kind::length, 3);
    (void)whole.decode("abc");
    p = whole.finish(clean);
    CHECK(p.st == status::ready);
    CHECK(p.last);

    session close(body_kind::until_close, 0, role::server);
    (void)close.decode("abc");
    p = close.finish(clean);
    CHECK(p.last == clean);
    CHECK(p.ec == (clean ? errc::ok : errc::incomplete));
    CHECK(close.body.complete() == clean);
    CHECK(close.body.received() == 3);
    if (clean) CHECK(close.decode("d").consumed == 0);

    session done = chunks();
    (void)done.decode("0\r\n\r\n");
    CHECK(done.finish(clean).last);

    for (std::string_view in : {"", "1", "1\r\n", "0", "0\r", "0\r\n", "0\r\nX: y\r\n"}) {
      session c = chunks(role::server);
      (void)c.decode(in);
      CHECK(c.finish(clean).ec == errc::incomplete);
    }
  }
}

TEST_CASE("the last chunk completes the body of a response where that is allowed", "[H1-171]") {
  const auto finish = [](std::string_view in, role sender, bool clean) {
    session s = chunks(sender);
    s.len.complete_at_last_chunk = true;
    const piece p = s.decode(in);
    REQUIRE(p.st == status::need_more);
    const piece end = s.finish(clean);
    CHECK(end.last == (end.st == status::ready));
    CHECK(s.body.complete() == end.last);
    CHECK(s.body.seen().has(deviation::missing_final_line) == end.last);
    return end.last;
  };
  CHECK(finish("0\r\n", role::server, true));
  CHECK(finish("000;a=b\r\n", role::server, true));
  CHECK_FALSE(finish("0\r\n", role::server, false));
  CHECK_FALSE(finish("0\r\n", role::client, true));
  CHECK_FALSE(finish("0\r", role::server, true));
  CHECK_FALSE(finish("0", role::server, true));
  CHECK_FALSE(finish("", role::server, true));
  CHECK_FALSE(finish("0\r\nX", role::server, true));
  CHECK_FALSE(finish("0\r\nX: y\r\n", role::server, true));
}

TEST_CASE("a body decoder tells what it tolerated", "[H1-163][H1-171][H1-174]") {
  session s = chunks(role::server);
  s.len.allow_chunk_size_trailing_ws = true;
  s.len.on_forbidden_trailer = forbidden_trailer_policy::drop;
  CHECK(s.body.seen().empty());
  (void)s.decode("1 \r\nx");
  CHECK(coax_test::names_of(s.body.seen()) == "chunk_size_trailing_ws");
  (void)s.decode("\r\n0\r\nHost: a\r\n\r\n");
  CHECK(coax_test::names_of(s.body.seen()) == "chunk_size_trailing_ws,dropped_trailer");
}

TEST_CASE("a body decoder replaces folds in trailers where it may write", "[H1-172][H1-088]") {
  session s = chunks();
  s.len.unfold = true;
  std::string in = "0\r\nX: a\r\n\tb\r\nY: c\r\n\r\n";
  const std::string before = in;
  const piece no = session(s).body.decode(s.ctx(), std::string_view(in));
  CHECK(no.ec == errc::obs_fold);
  CHECK(no.why.at == 9);
  CHECK(in == before);
  const piece yes = s.body.decode(s.ctx(), std::span<char>(in));
  CHECK(yes.last);
  CHECK(s.trailers_of(yes.trailers, in.data()) == "X=a  \tb;Y=c;");
  CHECK(in == "0\r\nX: a  \tb\r\nY: c\r\n\r\n");
}

TEST_CASE("trailers are found again in the table whatever happened to it between calls", "[H1-002][H1-173]") {
  const std::string in = "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n";
  for (std::size_t cut = 1; cut < in.size(); ++cut) {
    session s = chunks();
    std::size_t base = 0;
    piece p;
    for (std::size_t end : {cut, in.size()}) do {
        s.table.fill({0xFFFF, 0xFFFF, 0xFFFF, 0xFF, field_id::host});
        p = s.decode(std::string_view(in).substr(base, end - base));
        base += p.consumed;
      } while (p.st == status::ready && !p.last);
    REQUIRE(p.last);
    CHECK(s.trailers_of(p.trailers, in.data() + base - p.consumed) == "A=b;C=d;");
  }
}

// --- decode_in_place --------------------------------------------------------------------------------------

TEST_CASE("decoding in place gives what decoding piece by piece gives, in every cut",
          "[H1-002][H1-160][H1-173]") {
  session tolerant = chunks(role::server);
  tolerant.len.on_forbidden_trailer = forbidden_trailer_policy::drop;
  tolerant.len.allow_chunk_size_trailing_ws = true;
  session limited(body_kind::until_close, 0, role::server), budget = chunks();
  limited.lim.body = 4;
  budget.lim.body = 4;
  const std::pair<session, std::string> all[] = {
      {chunks(), "0\r\n\r\n"},
      {chunks(), "5\r\nhello\r\n0\r\n\r\nnext"},
      {chunks(), "1\r\nh\r\n1;a\r\ne\r\n3;b=\"c\"\r\nllo\r\n0;d\r\nX: y\r\nZ:\r\n\r\nnext"},
      {chunks(), "1\r\na\r\n1\r\nb\r\n"},
      {chunks(), "1\r\na\r\n1\r\nbc\r\n0\r\n\r\n"},
      {chunks(), "1\r\na\r\n1\r\nb\r\nx\r\n"},
      {chunks(), "x"},
      {chunks(), "2\r\nab\r\n0\r\nX : y\r\n\r\n"},
      {chunks(), "0\r\nHost: y\r\n\r\n"},
      {tolerant, "1 \r\na\r\n0\r\nHost: y\r\nX: y\r\n\r\n"},
      {session(body_kind::length, 5), "hello"},
      {session(body_kind::length, 5), "hellonext"},
      {session(body_kind::length, 5), "hel"},
      {session(body_kind::none), "next"},
      {session(body_kind::until_close, 0, role::server), "hello"},
      {limited, "hello"},
      {budget, "2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n"},
  };
  for (const auto &[s, in] : all) {
    CAPTURE(escape(in));
    const std::string expected = describe(decode_all(s, in));
    CHECK(describe(decode_all_in_place(s, in)) == expected);
    CHECK(describe(decode_all(s, in, {}, 1)) == expected);
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < in.size(); ++cut) {
      CAPTURE(cut);
      every.push_back(cut);
      CHECK(describe(decode_all(s, in, {cut})) == expected);
      CHECK(describe(decode_all_in_place(s, in, {cut})) == expected);
      for (std::size_t second = cut + 1; second < in.size(); second += 3)
        CHECK(describe(decode_all_in_place(s, in, {cut, second})) == expected);
    }
    CHECK(describe(decode_all(s, in, every)) == expected);
    CHECK(describe(decode_all(s, in, every, 1)) == expected);
    CHECK(describe(decode_all_in_place(s, in, every)) == expected);
  }
}

TEST_CASE("decoding in place makes one run of many small chunks", "[H1-160]") {
  std::string in, data;
  for (int i = 0; i < 5000; ++i) {
    const std::string part(static_cast<std::size_t>(1 + i % 7), static_cast<char>('a' + i % 26));
    in += std::to_string(part.size()) + ";e=" + std::to_string(i % 10) + "\r\n" + part + "\r\n";
    data += part;
  }
  in += "0\r\nX: y\r\n\r\nnext";
  session s = chunks();
  s.lim.chunk_extensions = 100'000;
  const compacted c = s.body.decode_in_place(s.ctx(), in);
  CHECK(c.st == status::ready);
  CHECK(c.ec == errc::ok);
  CHECK(c.last);
  CHECK(c.produced == data.size());
  CHECK(in.substr(0, c.produced) == data);
  CHECK(in.substr(c.consumed) == "next");
  CHECK(s.trailers_of(c.trailers, in.data()) == "X=y;");
  CHECK(s.body.complete());
  CHECK(s.body.received() == data.size());
}

TEST_CASE("decoding in place hands out the payload before it reports an error", "[H1-009][H1-166]") {
  std::string in = "1\r\na\r\n2\r\nbc\r\n1\r\ndx\r\n";
  session s = chunks();
  compacted c = s.body.decode_in_place(s.ctx(), in);
  CHECK(c.st == status::ready);
  CHECK(c.ec == errc::ok);
  CHECK(c.produced == 4);
  CHECK(in.substr(0, 4) == "abcd");
  CHECK_FALSE(c.last);
  const std::size_t base = c.consumed;
  std::string rest = in.substr(base);
  c = s.body.decode_in_place(s.ctx(), rest);
  CHECK(c.st == status::failed);
  CHECK(c.ec == errc::bad_chunk_terminator);
  CHECK(base + c.why.at == 17);
  CHECK(c.produced == 0);
  CHECK(c.consumed == 0);
}

TEST_CASE("decoding in place asks for more when there is nothing to hand out", "[H1-160]") {
  session s = chunks();
  for (std::string_view text : {"", "3", "3\r\n"}) {
    std::string in(text);
    const compacted c = s.body.decode_in_place(s.ctx(), in);
    CHECK(c.st == status::need_more);
    CHECK(c.consumed == 0);
    CHECK(c.produced == 0);
    CHECK(in == text);
  }
  std::string in = "3\r\na";
  compacted c = s.body.decode_in_place(s.ctx(), in);
  CHECK(c.st == status::ready);
  CHECK(c.consumed == 4);
  CHECK(in.substr(0, c.produced) == "a");
  session done(body_kind::none);
  in = "next";
  c = done.body.decode_in_place(done.ctx(), in);
  CHECK(c.st == status::ready);
  CHECK(c.last);
  CHECK(c.consumed == 0);
  CHECK(in == "next");
}

// --- constant expressions, shape ---------------------------------------------------------------------------

namespace {

struct constant_result {
  bool last = false;
  std::size_t consumed = 0, size = 0;
  std::array<char, 8> data{};
  errc ec = errc::ok;
  constexpr bool is(std::string_view text) const {
    return last && std::string_view(data.data(), size) == text;
  }
};

constexpr constant_result decode_constant(std::string_view in) {
  std::array<field_ref, 4> table{};
  framing f;
  f.kind = body_kind::chunked;
  body_decoder body(f, role::client);
  constant_result out;
  for (;;) {
    const piece p = body.decode({table, default_limits, strict}, in.substr(out.consumed));
    out.ec = p.ec;
    for (char c : p.data) out.data[out.size++] = c;
    out.consumed += p.consumed;
    out.last = p.last;
    if (p.last || p.st != status::ready) return out;
  }
}

static_assert(decode_constant("5\r\nhello\r\n0\r\n\r\n").is("hello"));
static_assert(decode_constant("1\r\na\r\n002;x=\"y\"\r\nbc\r\n0\r\nX: y\r\n\r\nz").is("abc"));
static_assert(decode_constant("1\r\na\r\n0\r\nX: y\r\n\r\nz").consumed == 17);
static_assert(decode_constant("0x5\r\n").ec == errc::bad_chunk_size);
static_assert(decode_constant("5\r\nhello!").ec == errc::bad_chunk_terminator);
static_assert(decode_constant("0\r\nHost: a\r\n\r\n").ec == errc::forbidden_trailer);

constexpr bool compacts_in_constant_expressions() {
  std::array<char, 21> in{'1',  '\r', '\n', 'a',  '\r', '\n', '2',  '\r', '\n', 'b', 'c',
                          '\r', '\n', '0',  '\r', '\n', '\r', '\n', 'x',  'y',  'z'};
  std::array<field_ref, 4> table{};
  framing f;
  f.kind = body_kind::chunked;
  body_decoder body(f, role::server);
  const compacted c = body.decode_in_place({table, default_limits, strict}, in);
  return c.last && c.consumed == 18 && std::string_view(in.data(), c.produced) == "abc" && body.complete();
}
static_assert(compacts_in_constant_expressions());

constexpr std::size_t count_extensions(std::string_view text) {
  std::size_t n = 0;
  chunk_extension_reader reader(text);
  for (chunk_extension x; reader.next(x);) ++n;
  return n;
}
static_assert(count_extensions(";a=\";\";b") == 2);

static_assert(body_decoder{}.complete());
static_assert(std::is_trivially_copyable_v<body_decoder>);
static_assert(sizeof(body_decoder) <= 96);
static_assert(std::is_nothrow_default_constructible_v<body_decoder>);

} // namespace
