// Range and Content-Range.
#include "support/catch.hpp"
#include "support/guarded.hpp"

#include <coax/fields/content_range.hpp>
#include <coax/fields/range.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace coax::values;
using coax_test::guarded_copy;
using std::string_view;

constexpr std::uint64_t max64 = ~std::uint64_t{0};

/// The ranges of a field, or the error and its offset.
std::string specs(string_view text, const limits &lim = default_limits) {
  const string_view in = guarded_copy(text);
  range_reader ranges(in, lim);
  std::string out;
  for (range_spec r; ranges.next(r);) {
    switch (r.form) {
    case range_form::bounded: out += std::to_string(r.first) + "-" + std::to_string(r.last) + " "; break;
    case range_form::open: out += std::to_string(r.first) + "- "; break;
    case range_form::suffix: out += "-" + std::to_string(r.last) + " "; break;
    }
  }
  if (ranges.ec() != errc::ok) out += std::string(name(ranges.ec())) + " at " + std::to_string(ranges.at());
  range_spec ignored;
  CHECK_FALSE(ranges.next(ignored));
  return out;
}

/// The ranges of a field within a length, or the error.
std::string within(std::uint64_t length, string_view text, const limits &lim = default_limits) {
  std::array<byte_range, 64> out{};
  const resolved_ranges done = resolve_ranges(guarded_copy(text), length, out, lim);
  if (done.ec != errc::ok) {
    CHECK(done.count == 0);
    CHECK_FALSE(done.suspicious);
    return std::string(name(done.ec)) + " at " + std::to_string(done.at);
  }
  std::string found;
  for (std::size_t i = 0; i < done.count; ++i) {
    const byte_range r = out[i];
    if (!found.empty()) found += " ";
    found += r.size == 0 ? "empty" : std::to_string(r.first) + ".." + std::to_string(r.first + r.size - 1);
  }
  return found + (done.suspicious ? " suspicious" : "");
}

bool suspicious(const std::vector<byte_range> &ranges) { return is_suspicious(ranges); }

std::string read_content_range(string_view text) {
  const auto r = parse_content_range(guarded_copy(text));
  if (!r) return std::string(name(r.ec)) + " at " + std::to_string(r.at);
  return (r->unsatisfied ? "*" : std::to_string(r->first) + "-" + std::to_string(r->last)) + "/" +
         (r->has_length ? std::to_string(r->length) : "*");
}

} // namespace

TEST_CASE("reads the three forms of a range", "[H1-212]") {
  CHECK(specs("bytes=0-499, -500") == "0-499 -500 ");
  CHECK(specs("BYTES= 0-9,-1") == "0-9 -1 ");
  CHECK(specs("bytes=9500-") == "9500- ");
  CHECK(specs("bytes=0-0,-1") == "0-0 -1 ");
  CHECK(specs("bytes= 0-999, 4500-5499, -1000") == "0-999 4500-5499 -1000 ");
  CHECK(specs("bytes=5-5") == "5-5 ");
  CHECK(specs("bytes=007-0008") == "7-8 ");
  CHECK(specs("bytes=0-1 \t,\t2-3") == "0-1 2-3 ");
  CHECK(specs("bytes=,0-1,,2-3,") == "0-1 2-3 ");
  CHECK(specs("bytes=\t0-1") == "0-1 ");
}

TEST_CASE("lets one invalid range spoil the whole set", "[H1-212]") {
  CHECK(specs("bytes=5-2") == "malformed at 8");
  CHECK(specs("bytes=0-1,5-2") == "0-1 malformed at 12");
  CHECK(specs("bytes=") == "empty at 6");
  CHECK(specs("bytes= ,\t,") == "empty at 10");
  CHECK(specs("bytes=-") == "malformed at 7");
  CHECK(specs("bytes=a-b") == "malformed at 6");
  CHECK(specs("bytes=0") == "malformed at 7");
  CHECK(specs("bytes=0-1-2") == "malformed at 9");
  CHECK(specs("bytes=--1") == "malformed at 7");
  CHECK(specs("bytes=-1-2") == "malformed at 8");
  CHECK(specs("bytes=0 -1") == "malformed at 7");
  CHECK(specs("bytes=0- 1") == "malformed at 8");
  CHECK(specs("bytes=+0-1") == "malformed at 6");
  CHECK(specs("bytes=0-1;x") == "malformed at 9");
  CHECK(specs("bytes=0-1 2-3") == "malformed at 9");
  CHECK(specs("bytes=0-1, bytes=2-3") == "0-1 malformed at 11");
  CHECK(specs("bytes=0x0-1") == "malformed at 7");
  CHECK(within(10, "bytes=0-1,x") == "malformed at 10");
}

TEST_CASE("knows bytes only, in any case, and has other units ignored", "[H1-212]") {
  CHECK(specs("items=0-1") == "unknown_unit at 0");
  CHECK(specs("seconds=1-") == "unknown_unit at 0");
  CHECK(specs("byte=0-1") == "unknown_unit at 0");
  CHECK(specs("none=") == "unknown_unit at 0");
  CHECK(specs("bYtEs=0-1") == "0-1 ");
  CHECK(specs("") == "malformed at 0");
  CHECK(specs("=0-1") == "malformed at 0");
  CHECK(specs("bytes") == "malformed at 5");
  CHECK(specs("bytes 0-1") == "malformed at 5");
  CHECK(specs("bytes =0-1") == "malformed at 5");
  CHECK(specs(" bytes=0-1") == "malformed at 0");
  CHECK(specs("0-1") == "malformed at 3");
  CHECK(within(10, "items=0-1") == "unknown_unit at 0");
}

TEST_CASE("clamps positions of any size and never wraps", "[H1-212]") {
  const std::string most = std::to_string(max64), nines(30, '9');
  CHECK(specs("bytes=0-" + most) == "0-" + most + " ");
  CHECK(specs("bytes=0-18446744073709551616") == "0-" + most + " ");
  CHECK(specs("bytes=0-" + nines) == "0-" + most + " ");
  CHECK(specs("bytes=" + nines + "-") == most + "- ");
  CHECK(specs("bytes=-" + nines) == "-" + most + " ");
  CHECK(specs("bytes=" + nines + "-" + nines) == most + "-" + most + " ");
  CHECK(specs("bytes=" + nines + "-1") == "malformed at 37");
  CHECK(specs("bytes=" + nines + "-" + std::string(30, '8')) == "malformed at 37");
  CHECK(specs("bytes=" + std::string(40, '0') + "5-0006") == "5-6 ");
  CHECK(specs("bytes=10-9") == "malformed at 9");
  CHECK(specs("bytes=9-10") == "9-10 ");
  CHECK(within(10, "bytes=0-" + nines) == "0..9");
  CHECK(within(10, "bytes=-" + nines) == "0..9");
  CHECK(within(max64, "bytes=" + nines + "-") == "unsatisfiable at 0");
  CHECK(within(max64, "bytes=0-") == "0..18446744073709551614");
  CHECK(within(max64, "bytes=18446744073709551614-") == "18446744073709551614..18446744073709551614");
  CHECK(within(max64, "bytes=-18446744073709551615") == "0..18446744073709551614");
}

TEST_CASE("bounds the number of ranges", "[H1-212]") {
  const auto repeat = [](int n) {
    std::string text = "bytes=0-";
    for (int i = 1; i < n; ++i) text += ",0-";
    return text;
  };
  CHECK(specs(repeat(1000)).ends_with("too_many at 54"));
  CHECK(within(10, repeat(1000)) == "too_many at 54");
  CHECK(specs(repeat(16)).find("too_many") == std::string::npos);
  CHECK(specs(repeat(17)).ends_with("too_many at 54"));
  CHECK(specs("bytes=0-1,2-3", {.ranges = 2}) == "0-1 2-3 ");
  CHECK(specs("bytes=0-1,2-3,4-5", {.ranges = 2}) == "0-1 2-3 too_many at 14");
  CHECK(specs("bytes=0-1", {.ranges = 0}) == "too_many at 6");
  CHECK(specs("bytes=,,0-1", {.empty_members = 2}) == "0-1 ");
  CHECK(specs("bytes=,,,0-1", {.empty_members = 2}) == "too_many at 8");

  std::array<byte_range, 2> two{};
  CHECK(resolve_ranges("bytes=0-1,2-3", 10, two).count == 2);
  CHECK(resolve_ranges("bytes=0-1,2-3,20-", 10, two).count == 2); // what is left out takes no room
  CHECK(resolve_ranges("bytes=0-1,2-3,4-5", 10, two).ec == errc::too_many);
  CHECK(resolve_ranges("bytes=0-1,2-3,4-5,x", 10, two).ec == errc::malformed);
  CHECK(resolve_ranges("bytes=0-1", 10, {}).ec == errc::too_many);
}

TEST_CASE("judges every octet in a range", "[H1-212]") {
  for (unsigned i = 0; i < 256; ++i) {
    const std::string c(1, static_cast<char>(static_cast<unsigned char>(i)));
    CAPTURE(i);
    const bool digit = i >= '0' && i <= '9', blank = i == ' ' || i == '\t', comma = i == ',';
    const auto ok = [](const std::string &text) { return specs(text).find(" at ") == std::string::npos; };
    CHECK(ok("bytes=" + c + "1-2") == (blank || comma || i == '0'));
    CHECK(ok("bytes=1" + c + "2") == (i == '-'));
    CHECK(ok("bytes=1-" + c) == (digit ? i != '0' : blank || comma));
    CHECK(ok("bytes=-1" + c) == (digit || blank || comma));
    CHECK(ok("bytes" + c + "1-2") == (c == "="));
  }
}

TEST_CASE("reads nothing behind the end of a truncated Range", "[H1-212]") {
  const std::string whole = "bytes=0-499, -500, 700-";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    CAPTURE(size);
    const std::string found = specs(whole.substr(0, size));
    const bool complete = (size >= 8 && size <= 13) || (size >= 15 && size <= 19) || size == 23;
    CHECK((found.find(" at ") == std::string::npos) == complete);
  }
}

TEST_CASE("resolves ranges against a length", "[H1-213]") {
  CHECK(within(10, "bytes=5-99") == "5..9");
  CHECK(within(10, "bytes=-20") == "0..9");
  CHECK(within(10, "bytes=10-") == "unsatisfiable at 0");
  CHECK(within(10, "bytes=-0") == "unsatisfiable at 0");
  CHECK(within(0, "bytes=-5") == "empty");

  CHECK(within(10, "bytes=9-") == "9..9");
  CHECK(within(10, "bytes=9-9") == "9..9");
  CHECK(within(10, "bytes=9-10") == "9..9");
  CHECK(within(10, "bytes=10-20") == "unsatisfiable at 0");
  CHECK(within(10, "bytes=-1") == "9..9");
  CHECK(within(10, "bytes=-9") == "1..9");
  CHECK(within(10, "bytes=-10") == "0..9");
  CHECK(within(10, "bytes=-11") == "0..9");
  CHECK(within(10, "bytes=0-0") == "0..0");
  CHECK(within(1, "bytes=0-") == "0..0");
  CHECK(within(0, "bytes=0-") == "unsatisfiable at 0");
  CHECK(within(0, "bytes=-0") == "unsatisfiable at 0");
  CHECK(within(0, "bytes=0-0") == "unsatisfiable at 0");
  byte_range r;
  CHECK_FALSE(resolve({range_form::bounded, 5, 2}, 10, r));
}

TEST_CASE("leaves unsatisfiable ranges out and keeps the order asked for", "[H1-213]") {
  CHECK(within(10, "bytes=20-,0-1") == "0..1");
  CHECK(within(10, "bytes=8-,0-1,-0,4-5") == "8..9 0..1 4..5");
  CHECK(within(10, "bytes=10-,11-,-0") == "unsatisfiable at 0");
  static_assert([] {
    std::array<byte_range, 2> out{};
    return resolve_ranges("bytes=-3", 10, out).count == 1 && out[0] == byte_range{7, 3};
  }());
}

TEST_CASE("flags more than two overlapping ranges", "[H1-212]") {
  CHECK(within(1000, "bytes=0-,0-") == "0..999 0..999");
  CHECK(within(1000, "bytes=0-,0-,0-") == "0..999 0..999 0..999 suspicious");
  CHECK(within(1000, "bytes=0-10,10-20,20-30") == "0..10 10..20 20..30 suspicious");
  CHECK(within(1000, "bytes=0-9,10-19,20-29") == "0..9 10..19 20..29");
  CHECK_FALSE(suspicious({}));
  CHECK_FALSE(suspicious({{0, 10}}));
  CHECK_FALSE(suspicious({{0, 10}, {5, 10}, {20, 1}, {30, 1}}));
  CHECK(suspicious({{0, 10}, {5, 10}, {20, 10}, {25, 10}})); // two pairs
  CHECK(suspicious({{0, 100}, {5, 1}, {50, 1}}));            // one that holds two others
  CHECK(suspicious({{50, 1}, {0, 100}, {5, 1}}));            // the same in another order
  CHECK_FALSE(suspicious({{20, 10}, {0, 10}, {5, 10}}));     // unordered, two overlap
  CHECK(suspicious({{20, 10}, {25, 10}, {0, 10}, {5, 10}})); // unordered, two pairs
  CHECK_FALSE(suspicious({{0, 10}, {10, 10}, {20, 10}}));    // touching
  CHECK_FALSE(suspicious({{20, 10}, {10, 10}, {0, 10}}));    // touching, backwards
  CHECK_FALSE(suspicious({{0, 0}, {0, 0}, {0, 0}, {0, 0}})); // suffixes of an empty representation
}

TEST_CASE("flags many small ranges out of order", "[H1-212]") {
  const auto row = [](std::size_t n, std::uint64_t size, bool backwards) {
    std::vector<byte_range> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back({i * 10000, size});
    if (backwards) std::reverse(out.begin(), out.end());
    return out;
  };
  CHECK_FALSE(suspicious(row(8, 1, true)));
  CHECK(suspicious(row(9, 1, true)));
  CHECK(suspicious(row(9, 1023, true)));
  CHECK_FALSE(suspicious(row(9, 1024, true)));
  CHECK_FALSE(suspicious(row(9, 1, false)));
  CHECK_FALSE(suspicious(row(32, 1024, true)));
  CHECK(suspicious(row(33, 1024, true)));
  CHECK_FALSE(suspicious(row(1000, 1, false)));
}

TEST_CASE("answers one range by itself and several as multipart", "[H1-322]") {
  std::array<byte_range, 16> out{};
  const auto answer = [&](string_view text, std::uint64_t length) {
    return answer_for(resolve_ranges(text, length, out), length);
  };
  CHECK(answer("bytes=0-1", 9) == range_answer::single);
  CHECK(answer("bytes=0-1,20-", 9) == range_answer::single);
  CHECK(answer("bytes=0-1,4-5", 9) == range_answer::multipart);
  CHECK(answer("bytes=0-,0-,0-", 9) == range_answer::whole);
  CHECK(answer("bytes=20-", 9) == range_answer::unsatisfiable);
  CHECK(answer("bytes=5-2", 9) == range_answer::whole);
  CHECK(answer("items=0-1", 9) == range_answer::whole);
  CHECK(answer("bytes=-5", 0) == range_answer::whole);
  CHECK(answer("bytes=0-", 0) == range_answer::unsatisfiable);
  CHECK(to_content_range({5, 4}, 9) == content_range{.first = 5, .last = 8, .length = 9, .has_length = true});
}

TEST_CASE("reads Content-Range in its three forms", "[H1-214]") {
  CHECK(read_content_range("bytes 0-499/1234") == "0-499/1234");
  CHECK(read_content_range("bytes */1234") == "*/1234");
  CHECK(read_content_range("bytes 0-499/*") == "0-499/*");
  CHECK(read_content_range("BYTES 0-0/1") == "0-0/1");
  CHECK(read_content_range("bytes 42-1233/1234") == "42-1233/1234");
  CHECK(read_content_range("bytes */0") == "*/0");
  CHECK(parse_content_range("bytes 0-499/1234")->size() == 500);
  CHECK(parse_content_range("bytes */1234")->size() == 0);
  CHECK(parse_content_range("bytes */1234")->unsatisfied);
  static_assert(parse_content_range("bytes 0-499/1234")->last == 499);
}

TEST_CASE("refuses a Content-Range that cannot be", "[H1-214]") {
  CHECK(read_content_range("bytes 5-2/9") == "out_of_range at 8");
  CHECK(read_content_range("bytes 0-9/9") == "out_of_range at 10");
  CHECK(read_content_range("bytes 0-8/9") == "0-8/9");
  CHECK(read_content_range("bytes 0-9/10") == "0-9/10");
  CHECK(read_content_range("bytes */*") == "malformed at 8");
  CHECK(read_content_range("bytes 0-0/0") == "out_of_range at 10");
  CHECK(read_content_range("items 0-1/2") == "unknown_unit at 0");
  CHECK(read_content_range("") == "malformed at 0");
  CHECK(read_content_range("bytes") == "malformed at 5");
  CHECK(read_content_range("bytes=0-1/2") == "malformed at 5");
  CHECK(read_content_range("bytes\t0-1/2") == "malformed at 5");
  CHECK(read_content_range("bytes  0-1/2") == "malformed at 6");
  CHECK(read_content_range(" bytes 0-1/2") == "malformed at 0");
  CHECK(read_content_range("bytes 0-1/2 ") == "malformed at 11");
  CHECK(read_content_range("bytes 0-/2") == "malformed at 8");
  CHECK(read_content_range("bytes -1/2") == "malformed at 6");
  CHECK(read_content_range("bytes 0-1") == "malformed at 9");
  CHECK(read_content_range("bytes 0-1/") == "malformed at 10");
  CHECK(read_content_range("bytes 0-1/**") == "malformed at 11");
  CHECK(read_content_range("bytes */") == "malformed at 8");
  CHECK(read_content_range("bytes 0 - 1/2") == "malformed at 7");
}

TEST_CASE("refuses a Content-Range with numbers beyond 64 bits", "[H1-214]") {
  CHECK(read_content_range("bytes 0-18446744073709551614/18446744073709551615") ==
        "0-18446744073709551614/18446744073709551615");
  CHECK(read_content_range("bytes 0-1/18446744073709551616") == "out_of_range at 29");
  CHECK(read_content_range("bytes 18446744073709551616-1/2") == "out_of_range at 25");
  CHECK(read_content_range("bytes 0-" + std::string(30, '9') + "/*") == "out_of_range at 27");
  CHECK(read_content_range("bytes 1-18446744073709551615/*") == "1-18446744073709551615/*");
  CHECK(read_content_range("bytes 0-18446744073709551615/*") == "out_of_range at 8");
  CHECK(read_content_range("bytes */18446744073709551616") == "out_of_range at 27");
}

TEST_CASE("judges every octet of a Content-Range", "[H1-214]") {
  const std::string whole = "bytes 1-2/34";
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (unsigned i = 0; i < 256; ++i) {
      std::string text = whole;
      text[at] = static_cast<char>(static_cast<unsigned char>(i));
      CAPTURE(at, i);
      const bool ok = read_content_range(text).find(" at ") == std::string::npos;
      const bool digit = i >= '0' && i <= '9';
      bool expected = text[at] == whole[at];
      if (at < 5) expected = (i | 0x20) == static_cast<unsigned char>(whole[at]) && i >= 'A';
      if (at == 6) expected = i >= '0' && i <= '2';
      if (at == 8) expected = i >= '1' && i <= '9';
      if (at == 10) expected = digit; // 04 and above
      if (at == 11) expected = digit;
      CHECK(ok == expected);
    }
  for (std::size_t size = 0; size < whole.size() - 1; ++size) {
    CAPTURE(size);
    CHECK(read_content_range(whole.substr(0, size)) == "malformed at " + std::to_string(size));
  }
}

TEST_CASE("writes Content-Range as it reads it", "[H1-214]") {
  for (const string_view text : {"bytes 0-499/1234", "bytes */1234", "bytes 7-7/*",
                                 "bytes 0-18446744073709551614/18446744073709551615"}) {
    const content_range value = *parse_content_range(text);
    std::string out(64, '\xEE');
    const auto done = write_content_range(value, out);
    REQUIRE(done);
    CHECK(out.substr(0, done.size) == text);
    CHECK(out.find_first_not_of('\xEE', done.size) == std::string::npos);
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto refused = write_content_range(value, std::span<char>(out).first(size));
      CHECK(refused.ec == errc::buffer_too_small);
      CHECK(refused.required == text.size());
    }
  }
  char out[64];
  const content_range bad[] = {{.first = 5, .last = 2},
                               {.first = 0, .last = 9, .length = 9, .has_length = true},
                               {.unsatisfied = true},
                               {.first = 0, .last = max64}};
  for (const content_range &r : bad) {
    const auto refused = write_content_range(r, out);
    CHECK(refused.ec == errc::invalid_input);
    CHECK(refused.size == 0);
  }
}
