// Heads that arrive in pieces against heads that are parsed whole and without any kernel: the same outcome,
// table and offsets, however they were cut. COAX_ISA tells with which instructions.
#include "support/catch.hpp"
#include "support/heads.hpp"

#include <coax/core/plain_text.hpp>
#include <coax/http.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
using coax_test::all_heads;
using coax_test::long_heads;
using coax_test::placed;
using coax_test::short_heads;
using std::string_view;
using namespace std::string_literals;
using sample = coax_test::sample_head;
using setting = coax_test::head_setting;

// On both sides of what decides which way a piece takes.
constexpr std::initializer_list<std::size_t> sizes = {1, 3, 7, 8, 15, 16, 17, 33, 64, 65, 100, 257};

void compare(bool response, string_view text, const setting &set = {},
             std::initializer_list<std::size_t> pieces = sizes) {
  const coax_test::head_outcome expected = coax_test::parse_head_slowly(response, text, set);
  for (const std::size_t piece : pieces)
    if (piece <= text.size()) coax_test::require_same_head(expected, response, text, set, piece);
}

std::string with_lines(string_view lines) { return "GET / HTTP/1.1\r\n" + std::string(lines) + "\r\n\r\n"; }

} // namespace

TEST_CASE("a head in pieces of any size gives what it gives whole, and no octet beside it is looked at",
          "[H1-002]") {
  for (const sample &s : all_heads()) {
    const coax_test::head_outcome expected = coax_test::parse_head_slowly(s.response, s.text);
    for (std::size_t piece = 1; piece <= s.text.size(); ++piece) {
      coax_test::require_same_head(expected, s.response, s.text, {}, piece);
      coax_test::require_same_head(expected, s.response, s.text, {}, piece, placed::at_front);
    }
  }
}

TEST_CASE("what is wrong in a head is found in the piece that proves it") {
  for (const sample &s : all_heads())
    for (std::size_t size = 0; size <= s.text.size(); ++size) {
      const string_view text = string_view(s.text).substr(0, size);
      compare(s.response, text, {}, {1, 16, 64});
      for (const char octet : "\0\t\r\n :\x7F\xE9"s)
        compare(s.response, std::string(text) + octet, {}, {16, 64});
    }
}

TEST_CASE("a head in pieces gives what it gives whole, whatever octet stands where in a short one") {
  for (const sample &s : short_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at)
      for (int octet = 0; octet < 256; ++octet) {
        std::string text = s.text;
        text[at] = static_cast<char>(octet);
        compare(s.response, text, {}, {1, 7, 16, 40});
      }
}

TEST_CASE("a head in pieces gives what it gives whole, whatever is spoiled in those of real programs") {
  for (const sample &s : long_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at)
      for (const char octet : "\0\t\n\r :/a_%?\x7F\x80\xFF"s) {
        std::string text = s.text;
        text[at] = octet;
        compare(s.response, text, {}, {16, 64, 100});
      }
}

TEST_CASE("a head in pieces gives what it gives whole where octets are missing, doubled or inserted") {
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

TEST_CASE("a head in pieces keeps to every limit at each of its values", "[H1-272]") {
  for (const sample &s : all_heads()) {
    const auto values = static_cast<std::uint16_t>(s.text.size() + 4);
    for (std::uint16_t n = 0; n < values; ++n) {
      compare(s.response, s.text, {.limits = {.head = n}}, {1, 16, 64});
      compare(s.response, s.text, {.limits = {.request_line = n}}, {1, 16, 64});
      compare(s.response, s.text, {.limits = {.field_line = n}}, {1, 16, 64});
    }
    for (std::uint8_t n = 0; n < 40; ++n) {
      compare(s.response, s.text, {.limits = {.method = n}});
      compare(s.response, s.text, {.limits = {.fields = n}});
      compare(s.response, s.text, {.table = n});
    }
  }
}

TEST_CASE("a head in pieces keeps to its limits at the first octet in excess", "[H1-272]") {
  for (const sample &s : all_heads())
    for (std::uint16_t n = 0; n < s.text.size(); ++n)
      for (std::size_t size = n; size <= std::size_t{n} + 2; ++size) {
        const string_view text = string_view(s.text).substr(0, size);
        compare(s.response, text, {.limits = {.head = n}}, {1, 16, 64});
        compare(s.response, text, {.limits = {.field_line = n}}, {1, 16, 64});
        compare(s.response, text, {.limits = {.field_line = static_cast<std::uint16_t>(n % 80)}},
                {1, 16, 64});
      }
}

TEST_CASE("a head in pieces may have no field too many, not even the beginning of one", "[H1-272]") {
  for (const sample &s : all_heads())
    for (std::uint16_t n = 0; n < 8; ++n)
      for (std::size_t size = 0; size <= s.text.size(); ++size)
        compare(s.response, string_view(s.text).substr(0, size), {.limits = {.fields = n}}, {16, 64});
}

TEST_CASE("a head in pieces gives what it gives whole wherever its lines end") {
  for (std::size_t first = 0; first < 140; ++first)
    for (std::size_t second : {0u, 1u, 2u, 31u, 62u, 63u, 64u, 65u, 130u}) {
      const std::string lines = "a: " + std::string(first, 'x') + "\r\nbc:" + std::string(second, 'y');
      compare(false, with_lines(lines));
      compare(false, with_lines(lines) + std::string(first, 'z'), {}, {16, 64});
      compare(true, "HTTP/1.1 200 " + std::string(second, 'r') + "\r\n" + lines + "\r\n\r\n", {}, {16, 64});
      compare(false, "GET /" + std::string(first, 't') + " HTTP/1.1\r\nHost:" + std::string(second, 'h') +
                         "\r\n\r\n");
    }
}

TEST_CASE("a head in pieces gives what it gives whole for names, methods and targets of every size") {
  for (std::size_t size = 1; size < 200; ++size) {
    compare(false, with_lines("a: b\r\n" + std::string(size, 'n') + ": v"));
    compare(false, with_lines("a: b\r\n" + std::string(size, 'n') + " : v"));
    compare(false, std::string(size, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    compare(false, "GET /" + std::string(size, 'p') + "[?%41 HTTP/1.1\r\nHost: a\r\n\r\n");
    compare(false, "CONNECT " + std::string(size, 'h') + ":443 HTTP/1.1\r\nHost: a\r\n\r\n");
    compare(false, "GET " + std::string(size, '*') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
}

TEST_CASE("a head in pieces may have more fields than a kernel takes in one go") {
  std::string lines = "a: b";
  for (std::size_t count = 1; count < 210; ++count) {
    compare(false, with_lines(lines), {.table = 205}, {16, 64, 1000});
    lines += count % 50 == 0 ? "\r\nHost: c" : "\r\nname" + std::to_string(count) + ":  value";
  }
}

TEST_CASE("a head in pieces is read as its leniency has it") {
  coax_test::for_each_nearly_plain_head(
      [](bool response, const std::string &text, const http::leniency &len) {
        compare(response, text, {.leniency = len}, {1, 16, 40});
      });
}

TEST_CASE("folds are replaced in a head in pieces as they are in a whole one", "[H1-088]") {
  http::leniency len;
  len.unfold = true;
  for (const sample &s : all_heads())
    for (std::size_t at = 0; at < s.text.size(); ++at)
      for (const string_view fold : {"\r\n ", "\r\n\t\r\n "}) {
        const std::string text = std::string(s.text).insert(at, fold);
        compare(s.response, text, {.leniency = len, .in_place = true}, {1, 16, 64});
      }
}

TEST_CASE("empty lines in front of a head in pieces count as ever") {
  for (const sample &s : short_heads())
    for (const string_view lines : {"\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\r", "\n", "\r\n\n"})
      compare(s.response, std::string(lines) + s.text);
}

TEST_CASE("a piece of plain text is known for what it is, whatever its size and the octets beside it") {
  coax_test::guarded memory(1024);
  for (std::size_t size = 1; size <= 64; ++size) {
    const std::string text(size, size % 2 == 0 ? ' ' : '~');
    for (const placed where : {placed::at_end, placed::at_front}) {
      const std::span<char> in = where == placed::at_end ? memory.place(text) : memory.place_first(text);
      const string_view view(in.data(), in.size());
      REQUIRE(coax::is_plain_piece(view));
      for (char &octet : in) {
        const char good = octet;
        for (int any = 0; any < 256; ++any) {
          octet = static_cast<char>(any);
          const bool plain = any >= 0x20 && any < 0x7F,
                     text_octet = coax::ascii::is(octet, coax::ascii::field_text);
          REQUIRE((coax::is_plain_piece(view) ? text_octet : !plain));
        }
        octet = good;
      }
    }
  }
}

TEST_CASE("the end of what a query may hold is found wherever it is") {
  coax_test::guarded memory(1024);
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::span<char> in = memory.place(std::string(size, 'q'));
    const string_view view(in.data(), in.size());
    for (std::size_t from = 0; from <= size; ++from) REQUIRE(coax::find_query_end(view, from) == size);
    for (std::size_t at = 0; at < size; ++at) {
      for (int any = 0; any < 256; ++any) {
        in[at] = static_cast<char>(any);
        const bool inside = coax::ascii::is(in[at], coax::ascii::query);
        REQUIRE(coax::find_query_end(view, 0) == (inside ? size : at));
        REQUIRE(coax::find_query_end(view, at) == (inside ? size : at));
      }
      in[at] = 'q';
    }
  }
}
