// Judging and copying short texts 16 octets at a time.
#include <coax/core/plain_text.hpp>
#include <coax/core/scan.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using coax::is_plainly_name;
using coax::is_plainly_target;
using coax::is_plainly_text;

/// Whether short texts are judged at once here: not on each machine.
bool used() { return is_plainly_text("a"); }

bool is_text(unsigned char c) { return c >= 0x20 && c <= 0x7E; }
bool is_name(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}
bool is_base64(unsigned char c) { return c != '-' && c != '.' && (is_name(c) || c == '+' || c == '/'); }
bool is_target(unsigned char c) {
  return c < 0x80 && (is_name(c) || std::string_view("&\'()*+,/:;=?@_").find(static_cast<char>(c)) !=
                                        std::string_view::npos);
}

/// What the first octet is that `stops`, from each offset of each text on. The texts are of few octets, and
/// of all.
template <class Find, class Stops> bool finds(Find find, Stops stops) {
  coax_test::guarded memory(256);
  std::uint32_t seed = 1;
  const auto random = [&seed] { return (seed = seed * 1664525 + 1013904223) >> 16; };
  for (int turn = 0; turn < 4000; ++turn) {
    std::string text(random() % 80, 'a');
    for (char &c : text) {
      if (random() % 16 == 0) c = "\",;?%= _\x7F\x1F\t\r/@"[random() % 15];
      if (random() % 64 == 0) c = static_cast<char>(random());
    }
    const auto placed = (turn & 1) != 0 ? memory.place(text) : memory.place_first(text);
    const std::string_view view(placed.data(), placed.size());
    for (std::size_t from = 0; from <= text.size(); ++from) {
      std::size_t expected = from;
      while (expected < text.size() && !stops(text[expected])) ++expected;
      if (find(view, from) == expected) continue;
      CAPTURE(text, from, expected);
      CHECK(find(view, from) == expected);
      return false;
    }
  }
  return true;
}

/// Texts of each size, with each octet at each place, in front of an inaccessible page and behind one.
template <class Judge, class Good> bool agree(Judge judge, Good good) {
  coax_test::guarded memory(256);
  for (std::size_t size = 1; size <= 70; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(octet);
        const bool expected = used() && good(static_cast<unsigned char>(octet));
        const auto behind = (at & 1) != 0 ? memory.place(text) : memory.place_first(text);
        if (judge(std::string_view(behind.data(), size)) != expected) {
          CAPTURE(size, at, octet);
          CHECK(judge(text) == expected);
          return false;
        }
      }
  return true;
}

static_assert(!is_plainly_text("a")); // in constant expressions others decide

} // namespace

TEST_CASE("what is plainly text, name or target is so octet by octet") {
  CHECK(agree(is_plainly_text, is_text));
  CHECK(agree(is_plainly_name, is_name));
  CHECK(agree(is_plainly_target, is_target));
  CHECK(agree(coax::is_plainly_base64, is_base64));
  CHECK_FALSE(coax::is_plainly_base64(""));
  CHECK_FALSE(is_plainly_text(""));
  CHECK_FALSE(is_plainly_name(""));
  CHECK_FALSE(is_plainly_target(""));
}

TEST_CASE("what is plain belongs to the class that it stands for") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const std::string_view text(&c, 1);
    CAPTURE(octet);
    if (is_plainly_text(text)) CHECK(coax::ascii::is(c, coax::ascii::field_text));
    if (is_plainly_name(text)) CHECK(coax::ascii::is(c, coax::ascii::tchar));
    if (is_plainly_name(text)) CHECK(coax::ascii::is(c, coax::ascii::reg_name));
    if (is_plainly_target(text)) CHECK(coax::ascii::is(c, coax::ascii::query));
  }
}

TEST_CASE("what ends a token, a member or plain text is found where it stands") {
  namespace ascii = coax::ascii;
  using std::string_view;
  CHECK(finds(coax::find_token_end, [](char c) { return !ascii::is(c, ascii::tchar); }));
  CHECK(finds([](string_view text, std::size_t from) { return coax::find_either(text, from, ',', '"'); },
              [](char c) { return c == ',' || c == '"'; }));
  CHECK(finds([](string_view text, std::size_t from) { return coax::find_either(text, from, ',', ','); },
              [](char c) { return c == ','; }));
  CHECK(finds([](string_view text, std::size_t from) { return coax::find_plain_end(text, from, ';'); },
              [](char c) { return c == ';' || !is_text(static_cast<unsigned char>(c)); }));
  // Nothing that a path may not hold is skipped.
  CHECK(finds(
      [](string_view text, std::size_t from) {
        return coax::find_outside(text, coax::skip_plain_path(text, from), ascii::path);
      },
      [](char c) { return !ascii::is(c, ascii::path); }));
}

TEST_CASE("text is copied to the octet, from and to where memory ends") {
  coax_test::guarded from(256), to(256);
  for (std::size_t size = 0; size <= 150; ++size) {
    CAPTURE(size);
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('!' + i % 90);
    for (const bool first : {false, true}) {
      const auto source = first ? from.place_first(text) : from.place(text);
      const std::string empty(size, '\0');
      const auto room = first ? to.place_first(empty) : to.place(empty);
      CHECK(coax::copy_text(room.data(), {source.data(), size}) == room.data() + size);
      CHECK(std::equal(room.begin(), room.end(), text.begin(), text.end()));
    }
    std::string more(size + 32, '#');
    CHECK(coax::copy_text(more.data() + 16, text) == more.data() + 16 + size);
    CHECK(more == std::string(16, '#') + text + std::string(16, '#'));
  }
}
