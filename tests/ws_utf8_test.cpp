// UTF-8: what is text, and at which octet it stops being text, however it is cut.
#include "support/catch.hpp"

#include <coax/websocket/utf8.hpp>

#include "support/guarded.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using namespace coax::websocket;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t npos = utf8_validator::npos;

char byte(unsigned i) { return static_cast<char>(static_cast<unsigned char>(i)); }

// --- an oracle: UTF-8 by enumeration ----------------------------------------------------------------------
// All scalar values are encoded, as RFC 3629 §3 says; what begins no encoding is impossible.

std::string encode(std::uint32_t c) {
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

class oracle {
public:
  oracle()
      : known_{std::vector<char>(1), std::vector<char>(1 << 8), std::vector<char>(1 << 16),
               std::vector<char>(1 << 24)} {
    for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      const std::string text = encode(c);
      std::size_t index = 0;
      for (std::size_t i = 0; i < text.size() && i < 3; ++i) {
        index = index << 8 | static_cast<unsigned char>(text[i]);
        known_[i + 1][index] = i + 1 == text.size() ? whole : part;
      }
      if (text.size() == 4) ++lasts_[static_cast<unsigned char>(text[3])];
    }
    for (auto &n : lasts_) n = n == 0x100000 / 64; // the last of four octets does not depend on the others
  }

  struct answer {
    std::size_t at; // of the first impossible octet, or npos
    bool complete;
  };
  answer judge(std::string_view text) const {
    std::size_t length = 0, index = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (length == 3) {
        if (lasts_[c] == 0) return {i, false};
        length = index = 0;
        continue;
      }
      index = index << 8 | c;
      const char kind = known_[++length][index];
      if (kind == nothing) return {i, false};
      if (kind == whole) length = index = 0;
    }
    return {npos, length == 0};
  }

private:
  static constexpr char nothing = 0, part = 1, whole = 2;
  std::array<std::vector<char>, 4> known_;
  std::array<std::uint32_t, 256> lasts_{};
};

const oracle &truth() {
  static const oracle one;
  return one;
}

// --- checks -----------------------------------------------------------------------------------------------

/// Feeds `text` cut where `cuts` has a bit set (bit i: in front of octet i + 1). True if all is as expected.
bool agrees(std::string_view text, oracle::answer want, std::uint64_t cuts) {
  utf8_validator v;
  std::size_t base = 0;
  while (base < text.size()) {
    std::size_t end = base + 1;
    while (end < text.size() && (end > 64 || (cuts >> (end - 1) & 1) == 0)) ++end;
    const std::size_t at = v.add(text.substr(base, end - base));
    if (at != npos)
      return base + at == want.at && v.failed() && !v.complete() && v.add("") == 0 && v.add("a") == 0;
    if (v.failed()) return false;
    base = end;
  }
  return want.at == npos && v.complete() == want.complete;
}

/// Checks `text` against the oracle, cut in every way (at most 12 octets), in front of an inaccessible page.
void check(std::string_view text) {
  static coax_test::guarded memory(4096);
  const auto placed = memory.place(text);
  const std::string_view copy(placed.data(), placed.size());
  const oracle::answer want = truth().judge(text);
  for (std::uint64_t cuts = 0; cuts < std::uint64_t{1} << (text.size() - 1); ++cuts)
    if (!agrees(copy, want, cuts)) {
      INFO(std::string(text) << " cut by " << cuts);
      CHECK(agrees(copy, want, cuts));
    }
  if (is_utf8(copy) != (want.at == npos && want.complete)) CHECK_FALSE(is_utf8(copy));
}

void check_valid(std::string_view text) {
  CAPTURE(text);
  CHECK(is_utf8(text));
  check(text);
}

void check_impossible(std::string_view text, std::size_t at) {
  CAPTURE(text);
  CHECK_FALSE(is_utf8(text));
  CHECK(utf8_validator().add(text) == at);
  check(text);
}

void check_unfinished(std::string_view text) {
  CAPTURE(text);
  CHECK_FALSE(is_utf8(text));
  CHECK(utf8_validator().add(text) == npos);
  check(text);
}

static_assert(is_utf8("") && is_utf8("plain text, longer than a word") && is_utf8("\xF0\x9F\x98\x80"));
static_assert(!is_utf8("\xC3") && !is_utf8("\xC3\x28") && !is_utf8("\xED\xA0\x80"));
constexpr std::size_t at_in_second_piece() {
  utf8_validator v;
  if (v.add("plain text \xF4") != npos || v.complete()) return 99;
  return v.add("\x90");
}
static_assert(at_in_second_piece() == 0);

} // namespace

TEST_CASE("accepts every kind of scalar value, noncharacters and a byte order mark included", "[WS-190]") {
  for (const std::string_view text :
       {"\0"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv,
        "\xef\xbb\xbf"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv})
    check_valid(text);
  CHECK(is_utf8(""));
}

TEST_CASE("accepts each of the 1,112,064 scalar values and refuses each surrogate", "[WS-190][WS-193]") {
  std::uint64_t accepted = 0, failures = 0;
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const bool valid = is_utf8(encode(c));
    accepted += valid;
    if (valid == (c >= 0xD800 && c <= 0xDFFF)) ++failures;
  }
  CHECK(accepted == 1112064);
  CHECK(failures == 0);
}

TEST_CASE("refuses continuation octets that continue nothing, and lead octets without them",
          "[WS-191][WS-197]") {
  check_impossible("\x80", 0);
  check_impossible("\xbf", 0);
  check_impossible("\xc3\x28", 1);
  check_impossible("\xe2\x28\xa1", 1);
  check_impossible("\xe2\x82\x28", 2);
  check_impossible("\xf0\x28\x8c\xbc", 1);
  check_impossible("\xf0\x9f\x98\x41", 3);
  check_impossible("\xc3\xc3", 1);
  check_impossible("\xc3\xa9\xa9", 2);
}

TEST_CASE("refuses overlong forms at the octet that shows them", "[WS-192][WS-197]") {
  check_impossible("\xc0\x80", 0);
  check_impossible("\xc1\xbf", 0);
  check_impossible("\xe0\x80\x80", 1);
  check_impossible("\xe0\x9f\xbf", 1);
  check_impossible("\xf0\x80\x80\x80", 1);
  check_impossible("\xf0\x8f\xbf\xbf", 1);
}

TEST_CASE("refuses surrogates, alone or in pairs, at their second octet", "[WS-193][WS-197]") {
  check_impossible("\xed\xa0\x80", 1);
  check_impossible("\xed\xbf\xbf", 1);
  check_impossible("\xed\xa0\x80\xed\xb0\x80", 1);
}

TEST_CASE("refuses values above U+10FFFF, and octets that begin none", "[WS-194][WS-197]") {
  check_impossible("\xf4\x90\x80\x80", 1);
  check_impossible("\xf5\x80\x80\x80", 0);
  check_impossible("\xf8\x88\x80\x80\x80", 0);
  check_impossible("\xfc\x84\x80\x80\x80\x80", 0);
  check_impossible("\xfe", 0);
  check_impossible("\xff", 0);
}

TEST_CASE("text that ends inside a character is not complete", "[WS-195]") {
  for (const std::string_view text :
       {"\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xf0"sv, "\xf0\x9f"sv, "\xe2"sv, "abc\xc3"sv})
    check_unfinished(text);
}

TEST_CASE("a character may be cut anywhere, and the next text begins afresh", "[WS-196]") {
  utf8_validator v;
  CHECK(v.add("\xc3") == npos);
  CHECK_FALSE(v.complete());
  CHECK(v.add("") == npos);
  CHECK_FALSE(v.complete());
  CHECK(v.add("\xa9") == npos);
  CHECK(v.complete());
  CHECK(v == utf8_validator());
  for (const std::string_view piece : {"\xf0"sv, "\x9f"sv, ""sv, "\x98"sv, "\x80"sv})
    CHECK(v.add(piece) == npos);
  CHECK(v.complete());

  CHECK(v.add("\xc3") == npos);
  v.reset(); // the message ended there
  CHECK(v.add("\xa9") == 0);
  CHECK(v.failed());
  v.reset();
  CHECK_FALSE(v.failed());
  CHECK(v.complete());
  CHECK(v.add("a\xc3\xa9") == npos);
}

TEST_CASE("fails at the first impossible octet, without waiting for the rest", "[WS-197]") {
  utf8_validator v;
  CHECK(v.add("\x48\xff") == 1);
  CHECK(v.add("fine") == 0); // and goes on failing
  CHECK(v.add("") == 0);
  v.reset();
  CHECK(v.add("\xf4\x90") == 1);
  v.reset();
  CHECK(v.add("\xf4") == npos);
  CHECK(v.add("\x90") == 0);
}

TEST_CASE("judges all strings of one, two and three octets as the enumeration of UTF-8 does, cut everywhere",
          "[WS-190][WS-191][WS-192][WS-193][WS-194][WS-195][WS-196][WS-197]") {
  std::uint64_t failures = 0;
  std::array<char, 3> text{};
  const std::string_view view(text.data(), 3);
  for (unsigned a = 0; a < 256; ++a) {
    text[0] = byte(a);
    const oracle::answer one = truth().judge(view.substr(0, 1));
    if (!agrees(view.substr(0, 1), one, 0)) ++failures;
    utf8_validator after_one;
    (void)after_one.add(view.substr(0, 1));
    for (unsigned b = 0; b < 256; ++b) {
      text[1] = byte(b);
      const oracle::answer two = truth().judge(view.substr(0, 2));
      for (std::uint64_t cuts = 0; cuts < 2; ++cuts)
        if (!agrees(view.substr(0, 2), two, cuts)) ++failures;
      utf8_validator after_two, after_one_and_one = after_one;
      (void)after_two.add(view.substr(0, 2));
      (void)after_one_and_one.add(view.substr(1, 1));
      if (!(after_two == after_one_and_one)) ++failures; // so three pieces are as good as two
      for (unsigned c = 0; c < 256; ++c) {
        text[2] = byte(c);
        const oracle::answer three = two.at != npos ? two : truth().judge(view);
        utf8_validator v;
        if (v.add(view) != three.at || v.complete() != three.complete) ++failures;
        if (two.at != npos) continue;
        v = after_one;
        if (v.add(view.substr(1)) + (three.at == npos ? 0 : 1) != three.at || v.complete() != three.complete)
          ++failures;
        v = after_two;
        if (v.add(view.substr(2)) + (three.at == npos ? 0 : 2) != three.at || v.complete() != three.complete)
          ++failures;
      }
    }
  }
  CHECK(failures == 0);
}

TEST_CASE("judges strings of four octets at the bounds of everything, cut everywhere",
          "[WS-190][WS-191][WS-192][WS-194][WS-195][WS-196][WS-197]") {
  const std::vector<unsigned> bounds = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0,
                                        0xBE, 0xBF, 0xC0, 0xC2, 0xE0, 0xF0, 0xFF};
  std::uint64_t failures = 0;
  std::array<char, 4> text{};
  const std::string_view view(text.data(), 4);
  for (const unsigned a : {0x41u, 0xC2u, 0xDFu, 0xE0u, 0xE1u, 0xEDu, 0xEFu, 0xF0u, 0xF1u, 0xF3u, 0xF4u, 0xF5u,
                           0xF7u, 0xF8u, 0xFCu, 0xFFu})
    for (unsigned b = 0; b < 256; ++b)
      for (const unsigned c : bounds)
        for (const unsigned d : bounds) {
          text = {byte(a), byte(b), byte(c), byte(d)};
          const oracle::answer want = truth().judge(view);
          for (std::uint64_t cuts = 0; cuts < 8; ++cuts)
            if (!agrees(view, want, cuts)) ++failures;
        }
  CHECK(failures == 0);
}

TEST_CASE("finds the first impossible octet at every place of longer text, cut in two everywhere",
          "[WS-197][WS-131]") {
  coax_test::guarded memory(256);
  std::uint64_t failures = 0;
  const std::string_view parts[] = {"\xff"sv,         "\x80"sv,         "\xc3\xa9"sv,  "\xe2\x82\xac"sv,
                                    "\xe2\x82"sv,     "\xed\xa0\x80"sv, "\xe2\x82z"sv, "\xf0\x9f\x98\x80"sv,
                                    "\xf0\x9f\x98"sv, "\xf4\x90"sv,     "\xc3\xff"sv};
  for (const std::string_view part : parts)
    for (std::size_t before = 0; before <= 20; ++before)
      for (std::size_t behind = 0; behind <= 20; ++behind) {
        std::string text = std::string(before, 'a') + std::string(part) + std::string(behind, 'b');
        for (const bool wide : {false, true}) {
          if (wide) text = "\xc2\xa2\xe0\xa4\xb9" + text + "\xf0\x90\x8d\x88";
          const oracle::answer want = truth().judge(text);
          for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            utf8_validator v;
            const auto first = memory.place(text.substr(0, cut));
            std::size_t at = v.add({first.data(), first.size()});
            if (at == npos) {
              const auto second = memory.place(text.substr(cut));
              at = v.add({second.data(), second.size()});
              if (at != npos) at += cut;
            }
            if (at != want.at || v.complete() != want.complete) ++failures;
          }
          const auto whole = memory.place(text);
          if (is_utf8({whole.data(), whole.size()}) != (want.at == npos && want.complete)) ++failures;
        }
      }
  CHECK(failures == 0);
}

TEST_CASE("its state is the unfinished character and nothing else", "[WS-196]") {
  const auto state = [](std::initializer_list<std::string_view> pieces) {
    utf8_validator v;
    for (const auto piece : pieces) CHECK(v.add(piece) == npos);
    return v;
  };
  CHECK(state({"\xf0\x9f\x98"}) == state({"some text\xc3\xa9", "\xf0", "\x9f\x98"}));
  CHECK(state({"\xf0\x9f"}) == state({"\xe2\x82", "\xac\xf0\x9f"}));
  CHECK(state({"\xf0\x9f\x98", "\x80"}) == state({}));
  CHECK_FALSE(state({"\xf0\x9f"}) == state({"\xf0\x90"}));
}
