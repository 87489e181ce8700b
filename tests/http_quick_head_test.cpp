// The quick path for heads against the parsers by themselves: the same head gives the same in every respect.
// COAX_ISA tells with which instructions.
#include "support/catch.hpp"
#include "support/heads.hpp"

#include <coax/http.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using coax_test::all_heads;
using coax_test::long_heads;
using coax_test::placed;
using coax_test::short_heads;
using http::field_id;
using http::field_ref;
using std::string_view;
using namespace std::string_literals;
using sample = coax_test::sample_head;
using setting = coax_test::head_setting;

void compare(bool response, string_view text, const setting &set = {}, placed where = placed::at_end) {
  coax_test::require_same_head(coax_test::parse_head_slowly(response, text, set), response, text, set,
                               text.size() + 1, where);
}

/// A head whose field lines have the given text.
std::string with_lines(string_view lines) { return "GET / HTTP/1.1\r\n" + std::string(lines) + "\r\n\r\n"; }

} // namespace

TEST_CASE("the quick path gives what the parser gives, whatever octet stands where in a short head") {
  for (const sample &s : short_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at)
      for (int octet = 0; octet < 256; ++octet) {
        std::string text = s.text;
        text[at] = static_cast<char>(octet);
        compare(s.response, text);
      }
}

TEST_CASE("the quick path gives what the parser gives, whatever is spoiled in the heads of real programs") {
  for (const sample &s : long_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at)
      for (const char octet : "\0\t\n\r :/a_%?\x7F\x80\xFF"s) {
        std::string text = s.text;
        text[at] = octet;
        compare(s.response, text);
      }
}

TEST_CASE("the quick path gives what the parser gives where octets are missing, doubled or inserted") {
  for (const sample &s : short_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at) {
      std::string text = s.text;
      text.erase(at, 1);
      compare(s.response, text);
      compare(s.response, text.erase(at, 1));
      for (const char octet : " \t\r\n:x"s) compare(s.response, std::string(s.text).insert(at, 1, octet));
      compare(s.response, std::string(s.text).insert(at, "\r\n"));
      compare(s.response, std::string(s.text).insert(at, "\r\n "));
    }
}

TEST_CASE(
    "the quick path gives what the parser gives for heads that end anywhere, and looks at no octet behind") {
  for (const sample &s : all_heads())
    for (std::size_t size = 0; size <= s.text.size(); ++size) {
      compare(s.response, string_view(s.text).substr(0, size));
      compare(s.response, string_view(s.text).substr(0, size), {}, placed::at_front);
    }
}

TEST_CASE("the quick path keeps to every limit at each of its values", "[H1-272]") {
  for (const sample &s : all_heads()) {
    const auto values = static_cast<std::uint16_t>(s.text.size() + 4);
    for (std::uint16_t n = 0; n < values; ++n) {
      compare(s.response, s.text, {.limits = {.head = n}});
      compare(s.response, s.text, {.limits = {.request_line = n}});
      compare(s.response, s.text, {.limits = {.field_line = n}});
    }
    for (std::uint8_t n = 0; n < 40; ++n) {
      compare(s.response, s.text, {.limits = {.method = n}});
      compare(s.response, s.text, {.limits = {.fields = n}});
      compare(s.response, s.text, {.table = n});
    }
  }
}

TEST_CASE("the quick path gives what the parser gives wherever lines end in blocks of 64 octets") {
  for (std::size_t first = 0; first < 140; ++first)
    for (std::size_t second : {0u, 1u, 2u, 3u, 27u, 28u, 29u, 59u, 60u, 61u, 62u, 63u, 64u, 65u, 130u}) {
      const std::string lines = "a: " + std::string(first, 'x') + "\r\nbc:" + std::string(second, 'y');
      compare(false, with_lines(lines));
      compare(false, with_lines(lines) + std::string(first, 'z'));
      compare(true, "HTTP/1.1 200 " + std::string(second, 'r') + "\r\n" + lines + "\r\n\r\n");
      compare(false, "GET /" + std::string(first, 't') + " HTTP/1.1\r\nHost:" + std::string(second, 'h') +
                         "\r\n\r\n");
    }
}

TEST_CASE("the quick path gives what the parser gives wherever a line of any kind lies in its blocks") {
  const std::vector<std::string> lines = {"Host: a",
                                          "h:",
                                          "e: ",
                                          "t: v ",
                                          "d:  v",
                                          "s:   ",
                                          ":",
                                          ": x",
                                          ":: x",
                                          " f: x",
                                          "n n: x",
                                          "n : x",
                                          "b\tx",
                                          "c: \tx",
                                          "CONTENT-LENGTH: 12",
                                          "o: \x80 ",
                                          "r: a\rb",
                                          "l: a\nb",
                                          "k",
                                          "transfer-encoding: gzip, chunked",
                                          "x: y\r",
                                          "TE: gzip ",
                                          "Upgrade:   h2c",
                                          "noHost: b",
                                          "Hosts: b"};
  for (const std::string &line : lines)
    for (std::size_t before = 0; before < 132; ++before) {
      const std::string front = "A: " + std::string(before, 'x') + "\r\n";
      compare(false, with_lines(front + line));
      compare(false, with_lines(front + line + "\r\n" + line));
      compare(false, with_lines(front + line + "\r\nB: c\r\nConnection: close") + "GET / HTTP/1.1\r\n");
      compare(true,
              "HTTP/1.1 200 OK\r\n" + front + line + "\r\nDate: " + std::string(before, 'z') + "\r\n\r\n");
      for (std::size_t cut = 0; cut < 5; ++cut) {
        const std::string text = with_lines(front + line);
        compare(false, string_view(text).substr(0, text.size() - cut));
      }
    }
}

TEST_CASE("the quick path gives what the parser gives for whatever octet stands where in a long target") {
  for (std::size_t size : {1u, 2u, 27u, 28u, 29u, 31u, 32u, 33u, 63u, 64u, 65u, 100u})
    for (std::size_t at = 0; at < size; ++at)
      for (int octet = 0; octet < 256; ++octet) {
        std::string target = "/" + std::string(size, 't');
        target[at + 1] = static_cast<char>(octet);
        compare(false, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
      }
}

TEST_CASE("the quick path knows fields that frame messages when they are repeated, and only then") {
  const std::vector<std::string> names = {"TE",         "Host",           "Expect",           "Upgrade",
                                          "Connection", "Content-Length", "Transfer-Encoding"};
  for (const std::string &one : names)
    for (const std::string &other : names)
      for (const std::string &third : names) {
        const std::string text = with_lines(one + ": a\r\nx: y\r\n" + other + ": b\r\n" + third + ": c");
        compare(false, text);
        std::vector<field_ref> table(8);
        http::request_parser parser;
        REQUIRE(parser.parse({table}, string_view(text)).ready());
        const http::framing_set framing = parser.head().framing;
        CHECK(framing.repeated() == (one == other || one == third || other == third));
        for (const std::string &name : names)
          CHECK(framing.has(http::to_framing_field(name)) == (name == one || name == other || name == third));
      }
}

TEST_CASE("the quick path gives what the parser gives for names and methods of every size") {
  for (std::size_t size = 1; size < 300; ++size) {
    compare(false, with_lines(std::string(size, 'n') + ": v"));
    compare(false, with_lines(std::string(size, 'n') + ":v\r\nHost: a"));
    compare(false, std::string(size, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
}

TEST_CASE(
    "the quick path gives what the parser gives for every method that is known, and those that are nearly") {
  for (unsigned i = 1; i <= static_cast<unsigned>(http::method::patch); ++i) {
    const std::string method(http::name(static_cast<http::method>(i)));
    for (std::size_t at = 0; at < method.size(); ++at)
      for (const char octet : "AGTX x\t"s) {
        std::string text = method + " /a HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n";
        compare(false, text);
        text[at] = octet;
        compare(false, text);
      }
  }
}

TEST_CASE("the quick path marks the fields that frame messages, in any case of letters, and no other") {
  for (const auto &row : http::detail::field_table) {
    if (http::to_framing_field(row.name) == field_id::other) continue;
    const std::string name(row.name);
    std::string upper = name, lower = name, mixed = name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == '-') continue;
      upper[i] = static_cast<char>(name[i] & ~0x20);
      lower[i] = static_cast<char>(name[i] | 0x20);
      mixed[i] = static_cast<char>(i % 2 == 0 ? upper[i] : lower[i]);
    }
    for (const std::string &written : {name, upper, lower, mixed}) {
      for (const std::string &lines :
           {written + ": 1", "A: b\r\n" + written + ": 1\r\nC: d", written + ":"}) {
        const std::string text = with_lines(lines);
        compare(false, text);
        std::vector<field_ref> table(8);
        http::request_parser parser;
        REQUIRE(parser.parse({table}, string_view(text)).ready());
        CHECK(table[lines[0] == 'A' ? 1 : 0].framing == row.id);
      }
      for (std::size_t i = 0; i < name.size(); ++i)
        for (int octet = 0x21; octet < 0x7F; ++octet) {
          std::string other = written;
          other[i] = static_cast<char>(octet);
          compare(false, with_lines(other + ": 1\r\nHost: a"));
        }
    }
  }
}

TEST_CASE("the quick path takes heads with more fields than it looks at in one go") {
  std::string lines = "a: b";
  for (std::size_t count = 1; count < 210; ++count) {
    const setting set{.limits = {}, .leniency = {}, .table = 205};
    compare(false, with_lines(lines), set);
    lines += count % 50 == 0 ? "\r\nHost: c" : "\r\nname" + std::to_string(count) + ":  value";
  }
}

TEST_CASE("the quick path takes nothing that a leniency changes") {
  coax_test::for_each_nearly_plain_head(
      [](bool response, const std::string &text, const http::leniency &len) {
        compare(response, text, {.limits = {}, .leniency = len});
      });
}

TEST_CASE("the quick path takes heads at any address") {
  for (const sample &s : long_heads()) {
    std::string store(64, '\0');
    for (std::size_t shift = 0; shift < 64; ++shift) {
      store.resize(shift);
      store += s.text;
      std::vector<field_ref> table(100), expected(100);
      const auto run = [&](auto parser, auto other) {
        REQUIRE(parser.parse({table}, string_view(store).substr(shift)).ready());
        REQUIRE(other.parse({expected}, string_view(s.text)).ready());
        REQUIRE(parser.head().size == s.text.size());
        REQUIRE(std::memcmp(table.data(), expected.data(), parser.head().fields * sizeof(field_ref)) == 0);
      };
      if (s.response)
        run(http::response_parser(), http::response_parser());
      else
        run(http::request_parser(), http::request_parser());
    }
  }
}
