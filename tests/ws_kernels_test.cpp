// The kernels for masks and UTF-8, with each set of instructions that the machine has, against the
// definitions.
#include "support/catch.hpp"

#include <coax/core/simd/text.hpp>

#include "support/guarded.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using coax::isa;
using namespace std::string_view_literals;

namespace {

std::vector<isa> sets() {
  std::vector<isa> out;
  for (const isa set : {isa::ssse3, isa::avx2})
    if (coax::best_isa() != isa::neon && coax::best_isa() >= set) out.push_back(set);
  if (coax::best_isa() == isa::neon) out.push_back(isa::neon);
  return out;
}

char byte(unsigned i) { return static_cast<char>(static_cast<unsigned char>(i)); }
unsigned value(char c) { return static_cast<unsigned char>(c); }
std::string_view view(std::span<const char> s) { return {s.data(), s.size()}; }

class noise {
public:
  unsigned next(unsigned below) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>(state_ >> 33) % below;
  }
  std::string octets(std::size_t size) {
    std::string out(size, '\0');
    for (char &c : out) c = byte(next(256));
    return out;
  }
  /// `size` octets of valid text; with `ascii` in a hundred characters of one octet.
  std::string text(std::size_t size, unsigned ascii) {
    static const std::initializer_list<std::string_view> longer = {
        "\xC2\x80"sv,     "\xDF\xBF"sv,     "\xE0\xA0\x80"sv,     "\xED\x9F\xBF"sv,     "\xEE\x80\x80"sv,
        "\xE4\xB8\xAD"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "\xF0\x9F\x98\x80"sv};
    std::string out;
    while (out.size() < size) {
      const auto c = next(100) < ascii ? "a"sv : longer.begin()[next(static_cast<unsigned>(longer.size()))];
      out += out.size() + c.size() <= size ? c : "."sv;
    }
    return out;
  }

private:
  std::uint64_t state_ = 1;
};

std::string masked(std::string_view text, std::uint32_t key, std::size_t offset = 0) {
  char octets[4];
  std::memcpy(octets, &key, 4);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) out += byte(value(text[i]) ^ value(octets[(offset + i) % 4]));
  return out;
}

/// Where each character of `text` begins, up to the first that is wrong or not complete; RFC 3629 §4 by
/// words.
std::vector<bool> boundaries(std::string_view text) {
  const auto in = [&](std::size_t at, unsigned low, unsigned high) {
    return at < text.size() && value(text[at]) >= low && value(text[at]) <= high;
  };
  std::vector<bool> out(text.size() + 1);
  std::size_t at = 0;
  for (;;) {
    out[at] = true;
    const auto tail = [&](std::size_t i) { return in(at + i, 0x80, 0xBF); };
    if (in(at, 0x00, 0x7F))
      at += 1;
    else if (in(at, 0xC2, 0xDF) && tail(1))
      at += 2;
    else if (in(at, 0xE0, 0xE0) && in(at + 1, 0xA0, 0xBF) && tail(2))
      at += 3;
    else if (in(at, 0xE1, 0xEC) && tail(1) && tail(2))
      at += 3;
    else if (in(at, 0xED, 0xED) && in(at + 1, 0x80, 0x9F) && tail(2))
      at += 3;
    else if (in(at, 0xEE, 0xEF) && tail(1) && tail(2))
      at += 3;
    else if (in(at, 0xF0, 0xF0) && in(at + 1, 0x90, 0xBF) && tail(2) && tail(3))
      at += 4;
    else if (in(at, 0xF1, 0xF3) && tail(1) && tail(2) && tail(3))
      at += 4;
    else if (in(at, 0xF4, 0xF4) && in(at + 1, 0x80, 0x8F) && tail(2) && tail(3))
      at += 4;
    else
      return out;
  }
}

/// Whether valid_utf8() and unmask_utf8() answer rightly about `text`, and write nothing else.
class judge {
public:
  explicit judge(isa set) : set_(set) {}

  bool operator()(std::string_view text, bool in_front = false, std::uint32_t key = 0xC5A35A3Cu) {
    const std::vector<bool> begins = boundaries(text);
    const auto right = [&](std::size_t good) {
      return good <= text.size() && begins[good] && (begins[text.size()] == (good == text.size()));
    };
    const auto put = [&](std::string_view s) { return in_front ? memory_.place_first(s) : memory_.place(s); };
    if (!right(coax::simd::valid_utf8(set_, put(text).data(), text.size()))) return false;

    const std::string before = masked(text, key);
    const auto there = put(before);
    const auto [good, done] = coax::simd::unmask_utf8(set_, there.data(), text.size(), key);
    return right(good) && done >= good && done <= text.size() &&
           (good < text.size() || done == text.size()) && view(there.first(done)) == text.substr(0, done) &&
           view(there.subspan(done)) == std::string_view(before).substr(done);
  }

private:
  isa set_;
  coax_test::guarded memory_{20000};
};

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i <= 300; ++i) out.push_back(i);
  for (std::size_t i = 4030; i <= 4240; i += 3) out.push_back(i);
  for (std::size_t i = 8170; i <= 8290; i += 7) out.push_back(i);
  return out;
}

} // namespace

TEST_CASE("each set of instructions masks every size at every alignment, and nothing beside", "[WS-125]") {
  noise random;
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    std::uint64_t failures = 0;
    alignas(64) static char memory[9000];
    for (const std::size_t size : sizes())
      for (std::size_t at = 0; at < 64; at += size < 300 ? 1 : 7) {
        const std::string text = random.octets(size);
        const auto key = static_cast<std::uint32_t>(random.next(~0u));
        std::memset(memory, '~', sizeof memory);
        std::copy(text.begin(), text.end(), memory + at);
        if (!coax::simd::mask_octets(set, memory + at, memory + at, size, key)) ++failures;
        const std::string_view all(memory, at + size + 64);
        if (all.substr(at, size) != masked(text, key)) ++failures;
        if (all.find_first_not_of('~') < at || all.substr(at + size) != std::string(64, '~')) ++failures;

        std::memset(memory, '~', sizeof memory);
        if (!coax::simd::mask_octets(set, text.data(), memory + at, size, key)) ++failures;
        if (all.substr(at, size) != masked(text, key)) ++failures;
        if (all.find_first_not_of('~') < at || all.substr(at + size) != std::string(64, '~')) ++failures;
      }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions stays inside the octets it is given", "[WS-125][WS-131]") {
  noise random;
  coax_test::guarded from(9000), to(9000);
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    judge right(set);
    std::uint64_t failures = 0;
    for (const std::size_t size : sizes()) {
      const std::string text = random.octets(size);
      const std::string expected = masked(text, 0x12345678);
      for (const bool front : {true, false}) {
        const auto source = front ? from.place_first(text) : from.place(text);
        const auto target = front ? to.place(text) : to.place_first(text);
        coax::simd::mask_octets(set, source.data(), target.data(), size, 0x12345678);
        if (view(target) != expected || view(source) != text) ++failures;
        coax::simd::mask_octets(set, source.data(), source.data(), size, 0x12345678);
        if (view(source) != expected) ++failures;
        if (!right(random.text(size, 50), front)) ++failures;
        if (!right(std::string(size, 'a'), front)) ++failures;
        if (!right(text, front)) ++failures;
      }
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions finds text valid that is, whatever characters stand where", "[WS-131]") {
  noise random;
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    judge right(set);
    std::uint64_t failures = 0;
    for (const std::size_t size : sizes())
      for (const unsigned ascii : {0u, 30u, 97u})
        if (!right(random.text(size, ascii))) ++failures;
    // one character alone, at each place
    for (const auto c : {"\xC3\xA9"sv, "\xE4\xB8\xAD"sv, "\xF0\x9F\x98\x80"sv})
      for (std::size_t size = c.size(); size < 200; size += size < 100 ? 1 : 13)
        for (std::size_t at = 0; at + c.size() <= size; ++at) {
          std::string text(size, 'a');
          text.replace(at, c.size(), c);
          if (!right(text)) ++failures;
        }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions finds each error at each place", "[WS-131]") {
  const std::vector<std::string_view> errors = {"\x80"sv,
                                                "\xBF"sv,
                                                "\xC0\x80"sv,
                                                "\xC1\xBF"sv,
                                                "\xC2"sv,
                                                "\xDF\x7F"sv,
                                                "\xC2\x80\x80"sv,
                                                "\xE0\x9F\xBF"sv,
                                                "\xE0\xA0"sv,
                                                "\xE1\x80"sv,
                                                "\xED\xA0\x80"sv,
                                                "\xED\xBF\xBF"sv,
                                                "\xEF\xBF\xC0"sv,
                                                "\xE4\xB8\xAD\x80"sv,
                                                "\xF0\x8F\xBF\xBF"sv,
                                                "\xF0\x90\x80"sv,
                                                "\xF0\x9F\x98\x7F"sv,
                                                "\xF4\x90\x80\x80"sv,
                                                "\xF5\x80\x80\x80"sv,
                                                "\xF8\x88\x80\x80\x80"sv,
                                                "\xFE"sv,
                                                "\xFF"sv,
                                                "\xF0\x9F\x98\x80\x80"sv,
                                                "\xF3\xBF"sv,
                                                "\xE2\x28\xA1"sv,
                                                "\xF4"sv};
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    judge right(set);
    noise random;
    std::uint64_t failures = 0;
    for (const auto error : errors) {
      // in 200 octets at every place; and around the places where the work is divided
      for (const std::size_t size : {40u, 63u, 64u, 200u})
        for (std::size_t at = 0; at + error.size() <= size; ++at)
          for (const bool ascii : {true, false}) {
            std::string text = ascii ? std::string(size, 'a') : random.text(at, 30);
            if (!ascii) text += random.text(size, 30);
            text.replace(at, error.size(), error);
            text.resize(size);
            if (!right(text)) ++failures;
          }
      for (std::size_t at = 4030; at < 4140; ++at) {
        std::string text = random.text(at, 90) + std::string(error) + std::string(200, 'a');
        if (!right(text)) ++failures;
        text = std::string(at, 'a') + std::string(error) + random.text(4200, 50);
        if (!right(text)) ++failures;
        text = std::string(at, 'a') + std::string(error);
        if (!right(text)) ++failures;
        // an error that shows only behind the division, among nothing but ASCII
        text.resize(at + 8400, 'a');
        if (!right(text, true)) ++failures;
      }
    }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions finds the one octet that is not ASCII, wherever it stands", "[WS-131]") {
  coax_test::guarded memory(9000);
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    std::uint64_t failures = 0;
    for (const std::size_t size : sizes())
      for (std::size_t at = 0; at <= size && size >= 32; at += size < 300 || at + 40 > size ? 1 : 97) {
        std::string text(size, '\x7F');
        if (at < size) text[at] = '\x80';
        if (coax::simd::is_ascii(set, memory.place(text).data(), size) != (at == size)) ++failures;
        if (coax::simd::is_ascii(set, memory.place_first(text).data(), size) != (at == size)) ++failures;
      }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions judges all that four octets can tell", "[WS-131]") {
  const std::vector<unsigned> edges = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                       0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                       0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    std::uint64_t failures = 0;
    std::string text(70, 'a');
    const auto check = [&](std::size_t at, std::size_t size) {
      const bool valid = boundaries(std::string_view(text).substr(at, size))[size];
      if ((coax::simd::valid_utf8(set, text.data(), 70) == 70) != valid) ++failures;
      if ((coax::simd::valid_utf8(set, text.data() + at, 20) == 20) != valid) ++failures;
    };
    for (unsigned a = 0; a < 256; ++a) // each pair
      for (unsigned b = 0; b < 256; ++b) {
        text.replace(31, 2, {byte(a), byte(b)});
        check(31, 2);
      }
    for (const unsigned a : edges)
      for (const unsigned b : edges)
        for (const unsigned c : edges)
          for (const unsigned d : edges) {
            text.replace(29, 4, {byte(a), byte(b), byte(c), byte(d)});
            check(29, 4);
          }
    CHECK(failures == 0);
  }
}

TEST_CASE("each set of instructions agrees about text with one octet changed", "[WS-131]") {
  for (const isa set : sets()) {
    CAPTURE(static_cast<int>(set));
    judge right(set);
    noise random;
    std::uint64_t failures = 0;
    for (int i = 0; i < 20000; ++i) {
      std::string text = random.text(1 + random.next(i % 50 == 0 ? 9000 : 260), random.next(101));
      text[random.next(static_cast<unsigned>(text.size()))] = byte(random.next(256));
      if (!right(text, i % 2 == 0, random.next(~0u))) ++failures;
    }
    CHECK(failures == 0);
  }
}
