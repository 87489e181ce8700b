// Joining the pieces of messages in a caller's memory.
#include "support/catch.hpp"

#include <coax/websocket/assembler.hpp>
#include <coax/websocket/reader.hpp>

#include "support/guarded.hpp"
#include "support/ws_feed.hpp"

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::guarded;
using coax_test::ws_bytes;

namespace {

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

event piece(std::span<char> payload, bool first, bool last, event_kind kind = event_kind::text) {
  return {.kind = kind, .first = first, .last = last, .payload = payload};
}

} // namespace

TEST_CASE("a message in one piece is passed through, and needs no store") {
  assembler a;
  std::string text = "Hello";
  const auto r = a.add(piece(text, true, true), {});
  CHECK((r.st == status::ready && r.ec == errc::ok && r.message.data() == text.data() &&
         r.message.size() == 5));
  CHECK(a.size() == 0);
  const auto empty = a.add(piece({}, true, true, event_kind::binary), {});
  CHECK((empty.st == status::ready && empty.message.empty()));
}

TEST_CASE("pieces are joined in order, in the store", "[WS-140][WS-146]") {
  assembler a;
  std::string one = "Hel", two = "l", three = "o";
  guarded memory(5);
  const std::span<char> store = memory.place("-----");
  CHECK(a.add(piece(one, true, false), store).st == status::need_more);
  CHECK(a.size() == 3);
  CHECK(a.add(piece(two, false, false), store).st == status::need_more);
  const auto r = a.add(piece(three, false, true), store);
  CHECK((r.st == status::ready && view(r.message) == "Hello" && r.message.data() == store.data()));
  CHECK(a.size() == 0);
  // the next one begins anew; an empty last piece ends it
  CHECK(a.add(piece(two, true, false), store).st == status::need_more);
  CHECK(view(a.add(piece({}, false, true), store).message) == "l");
}

TEST_CASE("a piece that does not fit changes nothing, and may be added again") {
  std::string one = "abc", two = "def";
  for (std::size_t size = 0; size < 6; ++size) {
    assembler a;
    std::vector<char> store(size);
    auto r = a.add(piece(one, true, false), store);
    if (size < 3) {
      CHECK(
          (r.st == status::need_space && r.ec == errc::buffer_too_small && r.required == 3 && a.size() == 0));
      store.resize(r.required);
      r = a.add(piece(one, true, false), store);
    }
    CHECK((r.st == status::need_more && r.required == 0));
    r = a.add(piece(two, false, true), store);
    CHECK((r.st == status::need_space && r.required == 6 && r.message.empty() && a.size() == 3));
    CHECK(view(store).substr(0, 3) == "abc");
    store.resize(6);
    r = a.add(piece(two, false, true), store);
    CHECK((r.st == status::ready && view(r.message) == "abcdef"));
  }
  // a store that shrank is no overflow
  assembler a;
  std::array<char, 4> store{};
  CHECK(a.add(piece(one, true, false), store).st == status::need_more);
  const auto r = a.add(piece({}, false, true), std::span(store).first(2));
  CHECK((r.st == status::need_space && r.required == 3));
}

TEST_CASE("control frames change nothing, and what ends the connection drops the rest", "[WS-144][WS-145]") {
  std::string one = "ab", two = "cd", ping = "p";
  std::array<char, 8> store{};
  for (const event_kind kind : {event_kind::need_more, event_kind::ping, event_kind::pong, event_kind::close,
                                event_kind::closed, event_kind::failed}) {
    assembler a;
    CHECK(a.add(piece(one, true, false), store).st == status::need_more);
    const auto r = a.add({.kind = kind, .payload = ping}, store);
    CHECK((r.st == status::need_more && r.message.empty()));
    const bool drops = kind == event_kind::close || kind == event_kind::closed || kind == event_kind::failed;
    CHECK(a.size() == (drops ? 0u : 2u));
    CHECK(view(store).substr(0, 2) == "ab");
  }
  assembler a;
  CHECK(a.add(piece(one, true, false), store).st == status::need_more);
  CHECK(a.add(piece(two, true, false), store).st == status::need_more); // another message
  CHECK(a.size() == 2);
  CHECK(view(store).substr(0, 2) == "cd");
  a.reset();
  CHECK(a.size() == 0);
}

TEST_CASE("messages come out the same, one event at a time and in batches", "[WS-146]") {
  const std::string in =
      ws_bytes("81 05 48656c6c6f 01 03 48656c 89 01 70 80 02 6c6f 02 00 00 01 ff 80 00 82 00");
  const std::vector<std::string> want = {"Hello", "Hello", "\xFF", ""};
  for (const std::size_t max : {std::size_t{1}, std::size_t{3}, no_cap}) {
    std::string bytes = in;
    std::array<char, 16> store{};
    reader r(role::client);
    assembler a;
    std::vector<std::string> got;
    for (std::size_t at = 0;;) {
      const event e = r.next(limits{}, std::span(bytes).subspan(at), max);
      if (e.kind == event_kind::need_more) break;
      const auto m = a.add(e, store);
      if (m.st == status::ready) got.emplace_back(view(m.message));
      at += e.consumed;
    }
    CHECK(got == want);
  }
  std::string bytes = in;
  std::array<char, 16> store{};
  std::array<item, 16> items;
  reader r(role::client);
  assembler a;
  std::vector<std::string> got;
  const batch b = r.next(limits{}, bytes, std::span<item>(items));
  for (const item &i : std::span(items).first(b.events))
    if (const auto m = a.add(i, bytes, store); m.st == status::ready) got.emplace_back(view(m.message));
  CHECK(got == want);
}

TEST_CASE("an assembler works in constant expressions, and is plain bytes") {
  static_assert(std::is_trivially_copyable_v<assembler>);
  constexpr auto joined = [] {
    std::array one{'a'}, two{'b'};
    std::array<char, 2> store{};
    assembler a;
    (void)a.add(event{.kind = event_kind::text, .first = true, .payload = one}, store);
    return a.add(event{.kind = event_kind::text, .last = true, .payload = two}, store).message.size();
  }();
  CHECK(joined == 2);
}
