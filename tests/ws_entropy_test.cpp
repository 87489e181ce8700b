// Where masking keys come from: a buffered source, and the operating system's.
#include "support/catch.hpp"

#include <coax/interop/system_entropy.hpp>
#include <coax/websocket/writer.hpp>

#include "support/ws_sender.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace coax;
using namespace coax::websocket;

namespace {

/// Counts 1, 2, 3 ... in octets, leaving out 0, and remembers how it was asked.
struct source_state {
  unsigned char next = 0;
  std::vector<std::size_t> asked{};
  bool fails = false;
};
struct counting {
  source_state *state = nullptr;
  bool fill(std::span<char> out) noexcept {
    state->asked.push_back(out.size());
    for (char &c : out) {
      if (++state->next == 0) ++state->next;
      c = static_cast<char>(state->next);
    }
    return !state->fails;
  }
};
static_assert(entropy<counting>);

using small = buffered_entropy<counting, 16>;
static_assert(entropy<small> && entropy<interop::system_source> && entropy<interop::system_entropy>);
static_assert(!std::is_copy_constructible_v<small> && !std::is_copy_assignable_v<small>);
static_assert(!std::is_move_constructible_v<small> && !std::is_move_assignable_v<small>);

template <class E> std::string draw(E &source, std::size_t size) {
  std::string out(size, '~');
  REQUIRE(source.fill(out));
  return out;
}

/// The octets of an object, as they are in memory.
template <class T> std::string octets_of(const T &object) {
  std::string out(sizeof object, '\0');
  std::memcpy(out.data(), static_cast<const void *>(&object), sizeof object);
  return out;
}

} // namespace

TEST_CASE("a buffered source asks once for many keys, and hands out no octet twice", "[WS-212]") {
  source_state state;
  small source{counting{&state}};
  CHECK(source.buffered() == 0);
  CHECK(draw(source, 4) == "\x01\x02\x03\x04");
  CHECK(source.buffered() == 12);
  CHECK(draw(source, 0).empty());
  CHECK(draw(source, 5) == "\x05\x06\x07\x08\x09");
  CHECK(draw(source, 7) == "\x0a\x0b\x0c\x0d\x0e\x0f\x10");
  CHECK(source.buffered() == 0);
  CHECK(state.asked == std::vector<std::size_t>{16});
  CHECK(draw(source, 16).front() == '\x11');
  CHECK(state.asked == std::vector<std::size_t>{16, 16});
  // what does not suffice is given up, not handed out in halves
  CHECK(draw(source, 14).front() == '\x21');
  CHECK(draw(source, 3) == "\x31\x32\x33");
  CHECK(source.buffered() == 13);
  CHECK(state.asked.size() == 4);
  // more than there is room for comes from the source itself
  CHECK(draw(source, 17).front() == '\x41');
  CHECK(source.buffered() == 13);
  CHECK(state.asked.back() == 17);
  CHECK(draw(source, 1) == "\x34");
}

TEST_CASE("a source that fails gives nothing, and is asked again", "[WS-212]") {
  source_state state;
  small source{counting{&state}};
  (void)draw(source, 14);
  state.fails = true;
  std::string out(20, '~');
  const std::span<char> all(out);
  CHECK_FALSE(source.fill(all.first(4)));
  CHECK_FALSE(source.fill(all.first(4)));
  CHECK(out == std::string(20, '~'));
  CHECK(source.buffered() == 0);
  CHECK_FALSE(source.fill(all)); // drawn directly
  CHECK(state.asked.size() == 4);
  state.fails = false;
  CHECK(source.fill(all.first(4)));
  CHECK(source.buffered() == 12);
  state.fails = true; // what was buffered is good
  CHECK(source.fill(all.first(12)));
  CHECK_FALSE(source.fill(all.first(1)));
}

TEST_CASE("octets that were handed out, or came with a failure, are not kept", "[WS-212]") {
  source_state state;
  small source{counting{&state}};
  const auto kept = [&](std::string_view octets) {
    return octets_of(source).find(octets) != std::string::npos;
  };
  (void)draw(source, 1);
  const std::string rest = "\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
  CHECK(kept(rest));
  CHECK_FALSE(kept("\x01\x02"));
  const std::string key = draw(source, 4);
  CHECK(key == rest.substr(0, 4));
  CHECK_FALSE(kept(key.substr(1)));
  CHECK(kept(rest.substr(4)));
  state.fails = true;
  std::array<char, 12> out{};
  CHECK_FALSE(source.fill(out));
  CHECK_FALSE(kept("\x11\x12"));
  CHECK_FALSE(kept("\x0d\x0e"));
  state.fails = false;
  (void)draw(source, 4);
  CHECK(kept("\x25\x26"));
  source.discard();
  CHECK(source.buffered() == 0);
  CHECK_FALSE(kept("\x25\x26"));
  const std::size_t before = state.asked.size();
  CHECK(draw(source, 4) == "\x31\x32\x33\x34");
  CHECK(state.asked.size() == before + 1);
}

TEST_CASE("what is left is wiped at the end", "[WS-212]") {
  source_state state;
  alignas(small) std::array<char, sizeof(small)> memory{};
  auto *const source = new (memory.data()) small{counting{&state}};
  (void)draw(*source, 4);
  CHECK(std::string_view(memory.data(), memory.size()).find("\x05\x06\x07") != std::string_view::npos);
  std::destroy_at(source);
  CHECK(std::string_view(memory.data(), memory.size()).find("\x05\x06\x07") == std::string_view::npos);
}

TEST_CASE("a client without randomness sends nothing, until there is some", "[WS-212]") {
  source_state state;
  state.fails = true;
  small source{counting{&state}};
  writer<role::client> w;
  std::array<char, 40> out{};
  CHECK(w.text("Hello", source, out).ec == errc::no_entropy);
  CHECK(out == decltype(out){});
  state.fails = false;
  CHECK(w.text("Hello", source, out).size == 11);
  CHECK(std::string_view(out.data() + 2, 4) == "\x11\x12\x13\x14");
}

TEST_CASE("the system's source fills spans of every size, and nothing beside them", "[WS-212]") {
  interop::system_source direct;
  for (const std::size_t size : {0u, 1u, 4u, 16u, 255u, 256u, 257u, 1024u, 1025u, 5000u, 3u << 20}) {
    CAPTURE(size);
    std::string out(size + 16, '\xEE');
    REQUIRE(direct.fill(std::span<char>(out).subspan(8, size)));
    CHECK((out.substr(0, 8) == std::string(8, '\xEE') && out.substr(8 + size) == std::string(8, '\xEE')));
    if (size < 256) continue;
    std::array<std::size_t, 256> counts{};
    for (const char c : out.substr(8, size)) ++counts[static_cast<unsigned char>(c)];
    const auto expected = static_cast<double>(size) / 256;
    double chi_squared = 0;
    for (const std::size_t n : counts)
      chi_squared += (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / expected;
    CHECK(chi_squared > 100); // 255 degrees of freedom: more than six standard deviations to each side
    CHECK(chi_squared < 450);
  }
}

TEST_CASE("the system's keys do not repeat more than chance has it, and their bits are even", "[WS-212]") {
  interop::system_entropy random;
  constexpr std::size_t count = 100000;
  std::vector<std::uint32_t> keys;
  std::array<std::size_t, 32> ones{};
  std::size_t refills = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t key = 0;
    std::array<char, 4> octets{};
    if (random.buffered() < 4) ++refills;
    REQUIRE(random.fill(octets));
    std::memcpy(&key, octets.data(), 4);
    for (std::size_t bit = 0; bit < 32; ++bit) ones[bit] += key >> bit & 1;
    keys.push_back(key);
  }
  CHECK(refills == (count + 247) / 248); // keys in 992 octets
  std::size_t in_a_row = 0;
  for (std::size_t i = 1; i < count; ++i) in_a_row += keys[i] == keys[i - 1];
  CHECK(in_a_row <= 1);
  std::sort(keys.begin(), keys.end());
  const auto distinct = static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin());
  CHECK(count - distinct <= 12);   // 1.2 pairs are expected among 2^32: more than 12 once in 10^9 runs
  for (const std::size_t n : ones) // half of them, within 7 standard deviations
    CHECK((n > count / 2 - 1107 && n < count / 2 + 1107));

  interop::system_entropy other;
  std::array<char, 16> a{}, b{};
  REQUIRE(random.fill(a));
  REQUIRE(other.fill(b));
  CHECK(a != b);
}

TEST_CASE("the system's answers in pieces are put together, and its failures are failures", "[WS-212]") {
  using interop::detail::fill_by;
  std::string out(10, '~');
  std::vector<std::size_t> asked;
  char next = 'a';
  const auto three = [&](char *octets, std::size_t size) {
    asked.push_back(size);
    const std::size_t n = std::min<std::size_t>(size, 3);
    for (std::size_t i = 0; i < n; ++i) octets[i] = next++;
    return static_cast<std::ptrdiff_t>(n);
  };
  CHECK(fill_by(out, 256, three));
  CHECK(out == "abcdefghij");
  CHECK(asked == std::vector<std::size_t>{10, 7, 4, 1});
  asked.clear();
  CHECK(fill_by(out, 4, three));
  CHECK(out == "klmnopqrst");
  CHECK(asked == std::vector<std::size_t>{4, 4, 4, 1});
  asked.clear();
  CHECK(fill_by(std::span(out).first(0), 4, three));
  CHECK(asked.empty());

  for (const std::ptrdiff_t answer : {-1, 0, 11, -38})
    for (const int good : {0, 1, 3}) {
      int calls = 0;
      CHECK_FALSE(fill_by(out, 256, [&](char *, std::size_t) -> std::ptrdiff_t {
        return calls++ < good ? std::ptrdiff_t{1} : answer;
      }));
      CHECK(calls == good + 1);
    }
}
