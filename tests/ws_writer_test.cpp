// What writers write: frames, messages, control frames, in both roles and into spans of every size.
#include "support/catch.hpp"

#include <coax/websocket/writer.hpp>

#include "support/guarded.hpp"
#include "support/ws_sender.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using namespace std::string_literals;
using coax_test::example_keys;
using coax_test::hex;
using coax_test::sender;

namespace {

constexpr frame_kind first_text{.op = opcode::text, .fin = false};
constexpr frame_kind first_binary{.op = opcode::binary, .fin = false};
constexpr frame_kind middle{.op = opcode::continuation, .fin = false};
constexpr frame_kind last{opcode::continuation};

/// Calls `f(sender, span)`, which is expected to succeed, first with spans of all smaller sizes (of the
/// larger frames: of some): each has to be refused without a trace. Returns what was written.
template <class S, class F> std::string emit(S &s, F f) {
  S probe = s;
  const auto unknown = f(probe, std::span<char>());
  const std::size_t required = unknown.required;
  unsigned wrong = 0;
  for (std::size_t size = 0; size < required; ++size) {
    if (size == 300 && required > 600) size = required - 20;
    S small = s;
    std::string out(required + 8, '\xEE');
    const auto refused = f(small, std::span<char>(out).first(size));
    if (refused.ec != errc::buffer_too_small || refused.size != 0 || refused.required != required ||
        out.find_first_not_of('\xEE') != std::string::npos || small.state() != s.state() ||
        small.keys.draws != s.keys.draws)
      ++wrong;
  }
  CHECK(wrong == 0);
  S roomy = s;
  std::string out(required + 8, '\xEE');
  const auto with_room = f(roomy, std::span<char>(out));
  CHECK(with_room.ec == errc::ok);
  CHECK(with_room.size == required);
  CHECK(with_room.required == required);
  CHECK(out.substr(required) == std::string(8, '\xEE'));
  out.resize(required);
  coax_test::guarded memory(required + 1);
  const std::span<char> exact = memory.place(std::string(required, '\xEE'));
  const auto done = f(s, exact);
  CHECK(done.ec == errc::ok);
  CHECK(done.size == required);
  CHECK(out == std::string_view(exact.data(), exact.size()));
  CHECK(roomy.state() == s.state());
  return out;
}

/// The same for a call without further arguments.
template <class S> std::string text(S &s, std::string_view m) {
  return emit(s, [&](S &x, auto out) { return x.text(m, out); });
}
template <class S> std::string binary(S &s, std::string_view m) {
  return emit(s, [&](S &x, auto out) { return x.binary(m, out); });
}
template <class S> std::string frame(S &s, frame_kind kind, std::string_view m) {
  return emit(s, [&](S &x, auto out) { return x.frame(kind, m, out); });
}
template <class S> std::string begin(S &s, frame_kind kind, std::uint64_t n) {
  return emit(s, [&](S &x, auto out) { return x.begin(kind, n, out); });
}
template <class S> std::string payload(S &s, std::string_view piece) {
  return emit(s, [&](S &x, auto out) { return x.payload(piece, out); });
}
template <class S> std::string ping(S &s, std::string_view m) {
  return emit(s, [&](S &x, auto out) { return x.ping(m, out); });
}
template <class S> std::string pong(S &s, std::string_view m) {
  return emit(s, [&](S &x, auto out) { return x.pong(m, out); });
}
template <class S> std::string close(S &s, close_code code, std::string_view reason = "") {
  return emit(s, [&](S &x, auto out) { return x.close(code, reason, out); });
}
template <class S> std::string close(S &s) {
  return emit(s, [&](S &x, auto out) { return x.close(out); });
}

/// Expects `f(sender, span)` to be refused with `ec` whatever the room, without a trace.
template <class S, class F> void refused(S &s, errc ec, F f) {
  unsigned wrong = 0;
  for (const std::size_t size : {0u, 1u, 2u, 7u, 400u}) {
    S tried = s;
    std::string out(400, '\xEE');
    const auto done = f(tried, std::span<char>(out).first(size));
    if (done.ec != ec || done || done.size != 0 || out.find_first_not_of('\xEE') != std::string::npos ||
        tried.state() != s.state() || tried.keys.draws != s.keys.draws)
      ++wrong;
  }
  CHECK(wrong == 0);
}

/// What a server's frame is when `S` sends it: a client's is masked with the key of the examples.
template <class S> std::string as(const S &, std::string out) {
  if (!S::client) return out;
  const auto length = static_cast<unsigned char>(out[1]);
  out[1] = static_cast<char>(length | 0x80);
  const std::size_t header = length < 126 ? 2 : length == 126 ? 4 : 10;
  for (std::size_t i = header; i < out.size(); ++i)
    out[i] = static_cast<char>(out[i] ^ "\x37\xfa\x21\x3d"[(i - header) & 3]);
  return out.insert(header, "\x37\xfa\x21\x3d");
}

/// Runs `test` for the senders of both roles.
template <class F> void both(F test) {
  {
    INFO("server");
    test(sender<role::server>{});
  }
  {
    INFO("client");
    test(sender<role::client>{});
  }
}
template <class S> S with_deflate() {
  S s;
  s.w = decltype(s.w)(writer_options{.deflate = true});
  return s;
}

} // namespace

// --- who passes randomness (compiled, not run)
// ---------------------------------------------------------------

namespace {

template <class W, class... A>
concept can_text = requires(W w, A &&...a) {
  w.text(std::string_view(), a...);
};
template <class W, class... A>
concept can_binary = requires(W w, A &&...a) {
  w.binary(std::string_view(), a...);
};
template <class W, class... A>
concept can_frame = requires(W w, A &&...a) {
  w.frame(frame_kind{}, std::string_view(), a...);
};
template <class W, class... A>
concept can_begin = requires(W w, A &&...a) {
  w.begin(frame_kind{}, 1, a...);
};
template <class W, class... A>
concept can_ping = requires(W w, A &&...a) {
  w.ping(std::string_view(), a...);
};
template <class W, class... A>
concept can_pong = requires(W w, A &&...a) {
  w.pong(std::string_view(), a...);
};
template <class W, class... A>
concept can_close = requires(W w, A &&...a) {
  w.close(close_code::normal, std::string_view(), a...);
};
template <class W, class... A>
concept can_close_plainly = requires(W w, A &&...a) {
  w.close(a...);
};

template <class W, class... A>
constexpr bool all = can_text<W, A...> &&can_binary<W, A...> &&can_frame<W, A...> &&can_begin<W, A...>
    &&can_ping<W, A...> &&can_pong<W, A...> &&can_close<W, A...> &&can_close_plainly<W, A...>;
template <class W, class... A>
constexpr bool any =
    can_text<W, A...> || can_binary<W, A...> || can_frame<W, A...> || can_begin<W, A...> ||
    can_ping<W, A...> || can_pong<W, A...> || can_close<W, A...> || can_close_plainly<W, A...>;

using out_span = std::span<char>;
using server_writer = writer<role::server>;
using client_writer = writer<role::client>;
static_assert(all<server_writer, out_span> && !any<server_writer, example_keys &, out_span>);
static_assert(all<client_writer, example_keys &, out_span> && !any<client_writer, out_span>);
// nor is a key, a number or a source that may throw or does not say whether it succeeded one
struct throwing {
  bool fill(std::span<char>);
};
struct silent {
  void fill(std::span<char>) noexcept;
};
struct number {
  int fill(std::span<char>) noexcept;
};
static_assert(entropy<example_keys> && !entropy<throwing> && !entropy<silent> && !entropy<number>);
static_assert(!entropy<mask_key> && !entropy<std::mt19937> && !entropy<int>);
static_assert(!any<client_writer, throwing &, out_span> && !any<client_writer, silent &, out_span>);
static_assert(!any<client_writer, mask_key &, out_span> && !any<client_writer, std::mt19937 &, out_span>);

template <class W>
concept can_gather = requires(W w) {
  w.payload(std::string_view());
};
template <class W>
concept can_share = requires(W w) {
  w.admit(prepared{});
};
static_assert(can_gather<server_writer> && !can_gather<client_writer>);
static_assert(can_share<server_writer> && !can_share<client_writer>);

// the state is small, and can be kept anywhere
static_assert(sizeof(server_writer) == 24 && sizeof(client_writer) == 24);
static_assert(std::is_trivially_copyable_v<client_writer> &&
              std::is_nothrow_default_constructible_v<client_writer>);

// all of it works in constant expressions
struct fixed_key {
  constexpr bool fill(std::span<char> out) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = "\x37\xfa\x21\x3d"[i & 3];
    return true;
  }
};
constexpr std::array<char, 40> constant() {
  std::array<char, 40> out{};
  client_writer w;
  fixed_key key;
  std::span<char> room(out);
  room = room.subspan(w.text("Hello", key, room).size);
  room = room.subspan(w.begin(first_binary, 3, key, room).size);
  room = room.subspan(w.payload("ab", room).size);
  room[0] = 'c';
  if (w.payload_in_place(room.first(1)) != errc::ok) return {};
  room = room.subspan(1);
  room = room.subspan(w.pong("", key, room).size);
  room = room.subspan(w.close(close_code::normal, "", key, room).size);
  return out;
}
static_assert(std::string_view(constant().data(), 11) == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
static_assert(std::string_view(constant().data() + 11, 9) == "\x02\x83\x37\xfa\x21\x3d\x56\x98\x42");
static_assert(std::string_view(constant().data() + 20, 6) == "\x8a\x80\x37\xfa\x21\x3d");
static_assert(std::string_view(constant().data() + 26, 8) == "\x88\x82\x37\xfa\x21\x3d\x34\x12");

} // namespace

// --- the rows
// --------------------------------------------------------------------------------------------------

TEST_CASE("writes lengths in their shortest form, whole and announced", "[WS-210]") {
  const std::pair<std::uint64_t, std::string> sizes[] = {{0, "00"},
                                                         {1, "01"},
                                                         {124, "7c"},
                                                         {125, "7d"},
                                                         {126, "7e 007e"},
                                                         {127, "7e 007f"},
                                                         {255, "7e 00ff"},
                                                         {256, "7e 0100"},
                                                         {65534, "7e fffe"},
                                                         {65535, "7e ffff"},
                                                         {65536, "7f 0000000000010000"},
                                                         {65537, "7f 0000000000010001"},
                                                         {200000, "7f 0000000000030d40"}};
  for (const auto &[size, length] : sizes) {
    const std::string header = hex("82 " + length), payload(static_cast<std::size_t>(size), 'x');
    CAPTURE(size);
    both([&, n = size](auto end) {
      auto whole = end, other = end, announced = end;
      std::string expected = as(end, header + payload);
      CHECK((binary(whole, payload) == expected)); // no text of 200 kB if not
      CHECK(decltype(end.w)::frame_size(n) == expected.size());
      CHECK(begin(announced, {opcode::binary}, n) == expected.substr(0, expected.size() - payload.size()));
      CHECK(announced.w.frame_left() == n);
      expected[0] = '\x81';
      CHECK((text(other, payload) == expected));
    });
  }
  for (const auto &[size, length] : {std::pair{max_frame_payload, "7f 7fffffffffffffff"},
                                     std::pair{std::uint64_t{1} << 32, "7f 0000000100000000"}})
    both([&, n = size, digits = std::string(length)](auto end) {
      const std::string expected = as(end, hex("82 " + digits));
      CHECK(begin(end, {opcode::binary}, n) == expected);
      CHECK(end.w.frame_left() == n);
      CHECK(decltype(end.w)::frame_size(n) == n + expected.size());
    });
  both([](auto end) {
    for (const std::uint64_t n : {max_frame_payload + 1, ~std::uint64_t{0}})
      refused(end, errc::invalid_input, [n](auto &s, auto out) { return s.begin({opcode::binary}, n, out); });
  });
}

TEST_CASE("clients mask every frame, empty and control frames too, and servers none", "[WS-211][WS-152]") {
  sender<role::client> c;
  CHECK(text(c, "") == hex("81 80 37fa213d"));
  CHECK(text(c, "Hello") == hex("81 85 37fa213d 7f9f4d5158"));
  CHECK(pong(c, "Hello") == hex("8a 85 37fa213d 7f9f4d5158"));
  CHECK(ping(c, "") == hex("89 80 37fa213d"));
  CHECK(begin(c, first_text, 0) == hex("01 80 37fa213d"));
  CHECK(frame(c, middle, "Hello") == hex("00 85 37fa213d 7f9f4d5158"));
  CHECK(frame(c, last, "") == hex("80 80 37fa213d"));
  auto plainly = c;
  CHECK(close(plainly) == hex("88 80 37fa213d"));
  CHECK(close(c, close_code::normal) == hex("88 82 37fa213d 3412"));

  sender<role::server> s;
  CHECK(text(s, "") == hex("81 00"));
  CHECK(text(s, "Hello") == hex("81 05 48656c6c6f"));
  CHECK(pong(s, "Hello") == hex("8a 05 48656c6c6f"));
  CHECK(ping(s, "") == hex("89 00"));
  CHECK(pong(s, "") == hex("8a 00"));
  CHECK(close(s, close_code::normal) == hex("88 02 03e8"));
}

TEST_CASE("draws four octets for each frame once all else is certain, and none for anything else",
          "[WS-212]") {
  sender<role::client> c;
  std::array<char, 400> out{};
  unsigned draws = 0;
  const auto drew_one = [&](const auto &done) {
    CHECK(done.ec == errc::ok);
    CHECK(c.keys.draws == ++draws);
    CHECK(c.keys.last_size == 4);
  };
  drew_one(c.text("a", out));
  drew_one(c.text("a", out));
  drew_one(c.binary("", out));
  drew_one(c.ping("", out));
  drew_one(c.pong("x", out));
  drew_one(c.frame(first_text, "", out));
  drew_one(c.begin(last, 4, out));
  CHECK(c.payload("ab", out).ec == errc::ok);
  CHECK(c.w.payload_in_place(std::span(out).first(2)) == errc::invalid_input); // masked octets are no text
  out[0] = out[1] = 'c';
  CHECK(c.w.payload_in_place(std::span(out).first(2)) == errc::ok);
  CHECK(c.keys.draws == draws);
  CHECK(c.text("\xc3(", out).ec == errc::invalid_input);
  CHECK(c.text("a", std::span(out).first(6)).ec == errc::buffer_too_small);
  CHECK(c.frame(last, "", out).ec == errc::wrong_state);
  CHECK(c.ping(std::string(126, 'x'), out).ec == errc::invalid_input);
  CHECK(c.close(close_code::no_status, "", out).ec == errc::invalid_input);
  CHECK(c.keys.draws == draws);
  drew_one(c.close(close_code::normal, "bye", out));
  CHECK(c.close(out).ec == errc::wrong_state);
  CHECK(c.keys.draws == draws);
}

TEST_CASE("each frame is masked with the key that was drawn for it", "[WS-212][WS-307]") {
  sender<role::client, coax_test::generated_keys> c;
  coax_test::generated_keys same;
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const std::string out = i % 2 ? text(c, request) : frame(c, {opcode::binary}, request);
    CHECK(out.find("GET") == std::string::npos);
    CHECK(out.find("HTTP") == std::string::npos);
    const auto frames = coax_test::read_frames(out);
    REQUIRE(frames);
    CHECK(frames->at(0).payload == request);
    std::string key(4, '\0');
    (void)same.fill(key);
    CHECK(frames->at(0).key == key);
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("without randomness nothing is sent, and nothing is lost", "[WS-212]") {
  sender<role::client> c;
  const auto fails = [&](auto f) {
    auto tried = c;
    tried.keys.fails = true;
    std::string out(300, '\xEE');
    const auto done = f(tried, std::span<char>(out));
    CHECK(done.ec == errc::no_entropy);
    CHECK(done.size == 0);
    CHECK(out == std::string(300, '\xEE'));
    CHECK(tried.state() == c.state());
    tried.keys.fails = false; // and when there is some again
    CHECK(f(tried, std::span<char>(out)).ec == errc::ok);
  };
  for (const bool inside : {false, true}) {
    if (inside)
      CHECK(frame(c, first_text, "\xc3") == hex("01 81 37fa213d f4"));
    else {
      fails([](auto &s, auto out) { return s.text("Hello", out); });
      fails([](auto &s, auto out) { return s.binary("", out); });
      fails([](auto &s, auto out) { return s.frame(first_binary, "x", out); });
      fails([](auto &s, auto out) { return s.begin(first_text, 70000, out); });
    }
    fails([](auto &s, auto out) { return s.ping("p", out); });
    fails([](auto &s, auto out) { return s.pong("", out); });
    fails([](auto &s, auto out) { return s.close(out); });
    fails([](auto &s, auto out) { return s.close(close_code::going_away, "reason", out); });
  }
  fails([](auto &s, auto out) { return s.frame(middle, "\xa9", out); });
  fails([](auto &s, auto out) { return s.begin(last, 1, out); });
}

TEST_CASE("the caller's payload is not changed, and not looked at later", "[WS-213]") {
  both([](auto end) {
    coax_test::guarded memory(300);
    const std::string plain = "a message of some length that fills several words, and a half \xe2\x82\xac";
    for (const std::size_t size : {plain.size(), std::size_t{1}, std::size_t{0}}) {
      const std::string message = plain.substr(0, size);
      const auto kept = memory.place(message);
      const std::string_view view(kept.data(), kept.size());
      std::array<char, 300> out{};
      auto s = end;
      std::vector<std::string> sent;
      const auto send = [&](const auto &done) {
        REQUIRE(done);
        CHECK(view == message);
        sent.emplace_back(out.data(), done.size);
      };
      send(s.text(view, out));
      send(s.binary(view, out));
      send(s.frame(first_text, view, out));
      send(s.begin(last, size, out));
      send(s.payload(view, out));
      send(s.ping(view, out));
      send(s.pong(view, out));
      send(s.close(close_code::normal, view, out));
      const std::vector<std::string> before = sent;
      std::fill(kept.begin(), kept.end(), '!');
      CHECK(sent == before);
      const std::string masked = as(end, hex("81") + static_cast<char>(size) + message);
      CHECK(sent[0] == masked);
    }
  });
}

TEST_CASE("masks in place only where the name says so, and not on failure", "[WS-213]") {
  sender<role::client> c;
  std::array<char, 20> out{};
  CHECK(c.begin(first_text, 5, out).size == 6);
  std::string buffer = "Hel\xff";
  const std::string before = c.state();
  CHECK(c.w.payload_in_place(buffer) == errc::invalid_input);
  CHECK(buffer == "Hel\xff");
  CHECK(c.state() == before);
  buffer = "Hello!";
  CHECK(c.w.payload_in_place(buffer) == errc::invalid_input); // more than was announced
  CHECK(buffer == "Hello!");
  CHECK(c.state() == before);
  CHECK(c.w.payload_in_place(std::span(buffer).first(2)) == errc::ok);
  CHECK(c.w.frame_left() == 3);
  CHECK(c.w.payload_in_place(std::span(buffer).subspan(2, 3)) == errc::ok);
  CHECK(buffer == hex("7f9f4d5158") + "!");
  CHECK(c.w.payload_in_place(std::span(buffer).last(1)) == errc::wrong_state);
  CHECK(buffer.back() == '!');

  sender<role::server> s;
  buffer = "Hello";
  CHECK(s.begin({opcode::text}, 5, out).size == 2);
  CHECK(s.w.payload_in_place(buffer) == errc::ok);
  CHECK(buffer == "Hello");
  CHECK(s.w.frame_left() == 0);
}

TEST_CASE("payload in pieces, by any of the forms, is masked as the whole is", "[WS-131][WS-211]") {
  std::string plain;
  for (int i = 0; i < 61; ++i) plain += static_cast<char>('A' + i % 57);
  both([&](auto end) {
    auto whole = end;
    const std::string expected = text(whole, plain);
    unsigned wrong = 0;
    for (std::size_t a = 0; a <= plain.size(); ++a)
      for (std::size_t b = a; b <= plain.size(); ++b) {
        auto s = end;
        std::string out(expected.size(), '\0');
        std::size_t at = s.begin({opcode::text}, plain.size(), out).size;
        const std::size_t header = at;
        at += s.payload(std::string_view(plain).substr(0, a), std::span(out).subspan(at)).size;
        std::copy(plain.begin() + static_cast<std::ptrdiff_t>(a), plain.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(at));
        if (s.w.payload_in_place(std::span(out).subspan(at, b - a)) != errc::ok) ++wrong;
        at += b - a;
        at += s.payload(std::string_view(plain).substr(b), std::span(out).subspan(at)).size;
        if (at != header + plain.size() || out != expected || s.w.frame_left() != 0 || s.w.in_message())
          ++wrong;
      }
    CHECK(wrong == 0);
  });
}

TEST_CASE("servers send payload from where it lies", "[WS-210][WS-216]") {
  sender<role::server> s;
  CHECK(begin(s, first_text, 4) == hex("01 04"));
  CHECK(s.w.payload("\xe2\x82") == errc::ok);
  CHECK(s.w.frame_left() == 2);
  const std::string before = s.state();
  CHECK(s.w.payload("ab") == errc::invalid_input);
  CHECK(s.w.payload("\xac"
                    "ab") == errc::invalid_input);
  CHECK(s.state() == before);
  CHECK(s.w.payload("\xac"
                    "b") == errc::ok);
  CHECK(s.w.payload("") == errc::ok);
  CHECK(s.w.payload("x") == errc::wrong_state);
  CHECK(begin(s, last, 0) == hex("80 00"));
  CHECK(s.w.payload("") == errc::ok);
  CHECK_FALSE(s.w.in_message());
}

TEST_CASE("after a Close was sent there are no data and no pings", "[WS-214][WS-218]") {
  both([](auto end) {
    for (const bool with_code : {false, true})
      for (const bool inside : {false, true}) {
        auto s = end;
        if (inside) (void)frame(s, first_text, "a");
        if (with_code)
          CHECK(close(s, close_code::normal) == as(end, hex("88 02 03e8")));
        else
          CHECK(close(s) == as(end, hex("88 00")));
        CHECK(s.w.closed());
        CHECK_FALSE(s.w.in_message());
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.text("x", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.text("", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.binary("x", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.frame(last, "x", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.begin(last, 0, out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.payload("", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.ping("", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.close(out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.close(close_code::normal, "", out); });
      }
  });
}

TEST_CASE("a ping that crosses the own Close can be answered, one behind both cannot", "[WS-153][WS-154]") {
  both([](auto end) {
    (void)close(end, close_code::normal);
    CHECK(pong(end, "") == as(end, hex("8a 00")));
    CHECK(pong(end, "again") == as(end, hex("8a 05") + "again"));
    end.w.peer_closed();
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.pong("", out); });
  });
}

TEST_CASE("the message in progress can be finished before the Close that is owed, and no other begun",
          "[WS-165][WS-214]") {
  both([](auto end) {
    CHECK(frame(end, first_text, "a") == as(end, hex("01 01 61")));
    end.w.peer_closed();
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.ping("", out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.text("b", out); });
    CHECK(frame(end, middle, "") == as(end, hex("00 00")));
    CHECK(frame(end, last, "b") == as(end, hex("80 01 62")));
    CHECK_FALSE(end.w.in_message());
    CHECK_FALSE(end.w.may_begin());
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.text("c", out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.begin(first_binary, 1, out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.frame(last, "c", out); });
    CHECK(close(end, close_code::normal) == as(end, hex("88 02 03e8")));
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.pong("", out); });
  });
}

TEST_CASE("first frames have the message's opcode, later ones 0, and only the last has FIN", "[WS-215]") {
  both([](auto end) {
    CHECK(frame(end, first_text, "Hel") == as(end, hex("01 03 48656c")));
    CHECK(frame(end, last, "lo") == as(end, hex("80 02 6c6f")));
    CHECK(frame(end, first_binary, "\xff") == as(end, hex("02 01 ff")));
    CHECK(frame(end, middle, "") == as(end, hex("00 00")));
    CHECK(frame(end, middle, "\xfe") == as(end, hex("00 01 fe")));
    CHECK(frame(end, last, "\xfd") == as(end, hex("80 01 fd")));
    CHECK(frame(end, {opcode::text}, "x") == as(end, hex("81 01 78")));
    CHECK(frame(end, {opcode::binary}, "x") == as(end, hex("82 01 78")));
  });
}

TEST_CASE("reserved opcodes and control frames cannot be written as data", "[WS-215][WS-151]") {
  both([](auto end) {
    for (unsigned op = 0; op < 256; ++op) {
      if (op == 1 || op == 2) continue;
      CAPTURE(op);
      for (const bool fin : {false, true}) {
        const frame_kind kind{static_cast<opcode>(op), fin};
        const errc ec = op == 0 ? errc::wrong_state : errc::invalid_input;
        refused(end, ec, [kind](auto &x, auto out) { return x.frame(kind, "x", out); });
        refused(end, ec, [kind](auto &x, auto out) { return x.begin(kind, 1, out); });
      }
    }
  });
}

TEST_CASE("RSV1 stands in the first frames of compressed messages, where that was agreed on",
          "[WS-215][WS-270][WS-271][WS-273][WS-281]") {
  both([](auto end) {
    using S = decltype(end);
    const frame_kind whole{opcode::text, true, true}, first{opcode::text, false, true};
    refused(end, errc::wrong_state, [&](auto &x, auto out) { return x.frame(whole, "\xf2\x48", out); });
    refused(end, errc::wrong_state, [&](auto &x, auto out) { return x.begin(first, 1, out); });

    auto s = with_deflate<S>();
    CHECK(frame(s, whole, hex("f248cdc9c90700")) == as(end, hex("c1 07 f248cdc9c90700")));
    CHECK(frame(s, {opcode::binary, true, true}, hex("00")) == as(end, hex("c2 01 00")));
    CHECK(text(s, "Hello") == as(end, hex("81 05 48656c6c6f")));
    CHECK(frame(s, first, hex("f248cd")) == as(end, hex("41 03 f248cd")));
    refused(s, errc::invalid_input, [&](auto &x, auto out) {
      return x.frame({opcode::continuation, true, true}, "x", out);
    });
    CHECK(ping(s, "") == as(end, hex("89 00")));
    CHECK(begin(s, last, 4) == as(end, hex("80 04")).substr(0, S::client ? 6 : 2));
    CHECK(payload(s, hex("c9c90700")).size() == 4);
    // text behind it is judged again
    refused(s, errc::invalid_input, [&](auto &x, auto out) { return x.text("\xf2\x48", out); });
    refused(s, errc::invalid_input,
            [&](auto &x, auto out) { return x.frame({opcode::text}, "\xf2\x48", out); });
  });
}

TEST_CASE("text is checked before it is written, over all of its fragments", "[WS-216]") {
  both([](auto end) {
    for (const char *const bad : {"\xc3(", "\xc3", "abc\xff", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80",
                                  "\xe2\x82", "long enough to be looked at by words \x80"}) {
      refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.text(bad, out); });
      CHECK(binary(end, bad) == as(end, hex("82") + static_cast<char>(std::string_view(bad).size()) + bad));
    }
    CHECK(frame(end, first_text, "\xc3") == as(end, hex("01 01 c3")));
    CHECK(ping(end, "\xc3") == as(end, hex("89 01 c3"))); // not text
    CHECK(frame(end, middle, "") == as(end, hex("00 00")));
    refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.frame(last, "", out); });
    refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.begin(last, 0, out); });
    refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.frame(last, "a", out); });
    refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.frame(middle, "\xc3", out); });
    refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.frame(last, "\xa9\xc3", out); });
    CHECK(frame(end, last, "\xa9") == as(end, hex("80 01 a9")));
    // what was left of a message does not reach into the next
    CHECK(frame(end, first_binary, "\xc3") == as(end, hex("02 01 c3")));
    CHECK(frame(end, last, "\xc3") == as(end, hex("80 01 c3")));
    CHECK(text(end, "\xc3\xa9") == as(end, hex("81 02 c3a9")));
  });
}

TEST_CASE("announced text is checked as it is passed, cut anywhere", "[WS-216][WS-220]") {
  const std::string message = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  both([&](auto end) {
    using S = decltype(end);
    auto whole = end;
    const std::string expected = text(whole, message);
    for (std::size_t cut = 0; cut <= message.size(); ++cut)
      for (const bool fragments : {false, true}) {
        CAPTURE(cut, fragments);
        auto s = end;
        const std::string_view a = std::string_view(message).substr(0, cut),
                               b = std::string_view(message).substr(cut);
        const auto after = [](const S &x, std::string_view piece) { // both forms
          auto in_place = x;
          std::string copy(piece);
          std::array<char, 40> out{};
          auto copied = x;
          const errc ec = copied.payload(piece, out).ec;
          CHECK(in_place.w.payload_in_place(copy) == ec);
          CHECK(in_place.state() == copied.state());
          return ec;
        };
        if (!a.empty() || !fragments)
          (void)begin(s, fragments ? first_text : frame_kind{opcode::text},
                      fragments ? a.size() : message.size());
        else
          (void)frame(s, first_text, "");
        std::string out = payload(s, a);
        if (fragments) {
          CHECK(s.w.in_message());
          if (b.empty()) {
            (void)begin(s, last, 0);
            CHECK_FALSE(s.w.in_message());
            continue;
          }
          (void)begin(s, last, b.size());
        }
        if (!b.empty()) {
          std::string spoilt(b);
          spoilt.back() = '\xc3'; // a character that is cut off
          CHECK(after(s, spoilt) == errc::invalid_input);
          spoilt = b;
          spoilt.front() = '\xff';
          CHECK(after(s, spoilt) == errc::invalid_input);
        }
        out += payload(s, b);
        CHECK_FALSE(s.w.in_message());
        if (!fragments) CHECK(out == expected.substr(expected.size() - message.size()));
      }
  });
}

TEST_CASE("payloads of pings and pongs have at most 125 octets", "[WS-217][WS-150]") {
  both([](auto end) {
    for (std::size_t size = 0; size <= 125; ++size) {
      const std::string p(size, '\xfe');
      CHECK(ping(end, p) == as(end, hex("89") + static_cast<char>(size) + p));
      CHECK(pong(end, p) == as(end, hex("8a") + static_cast<char>(size) + p));
    }
    for (const std::size_t size : {126u, 127u, 300u, 65536u}) {
      const std::string p(size, 'x');
      refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.ping(p, out); });
      refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.pong(p, out); });
    }
  });
}

TEST_CASE("Close frames have a code that the sender may use, or none",
          "[WS-171][WS-172][WS-173][WS-174][WS-175][WS-176][WS-170][WS-218]") {
  both([](auto end) {
    unsigned wrong = 0, sent = 0;
    for (unsigned code = 0; code < 65536; ++code) {
      const bool registered = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
      const bool allowed =
          (registered && (code != 1010 || decltype(end)::client)) || (code >= 3000 && code <= 4999);
      auto s = end;
      std::array<char, 20> out{};
      const auto done = s.close(static_cast<close_code>(code), "", out);
      if (!allowed) {
        if (done.ec != errc::invalid_input || done.size != 0 || out != decltype(out){} ||
            s.state() != end.state())
          ++wrong;
        continue;
      }
      ++sent;
      std::string body = hex("88 02");
      body += static_cast<char>(code >> 8);
      body += static_cast<char>(code & 0xFF);
      if (done.ec != errc::ok || std::string(out.data(), done.size) != as(end, body)) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(sent == (decltype(end)::client ? 2012 : 2011));
  });
  sender<role::client> c;
  CHECK(close(c, close_code::mandatory_extension, "permessage-deflate") ==
        as(c, hex("88 14 03f2") + "permessage-deflate"));
}

TEST_CASE("reasons are UTF-8 of at most 123 octets, and stand behind a code", "[WS-218]") {
  both([](auto end) {
    for (const std::size_t size : {0u, 1u, 3u, 122u, 123u}) {
      auto s = end;
      const std::string reason(size, 'r');
      CHECK(close(s, close_code::normal, reason) ==
            as(end, hex("88") + static_cast<char>(size + 2) + hex("03e8") + reason));
    }
    auto s = end;
    const std::string accents = "\xc3\xa9\xe2\x82\xac";
    CHECK(close(s, close_code{4000}, accents) == as(end, hex("88 07 0fa0") + accents));
    for (const std::size_t size : {124u, 125u, 126u, 65536u})
      refused(end, errc::invalid_input,
              [&](auto &x, auto out) { return x.close(close_code::normal, std::string(size, 'r'), out); });
    for (const char *const bad : {"\xc3(", "\xc3", "x\xed\xa0\x80"})
      refused(end, errc::invalid_input,
              [&](auto &x, auto out) { return x.close(close_code::normal, bad, out); });
    // a reason without a code, by whatever means
    for (const close_code code : {close_code::none, close_code::no_status})
      for (const char *const reason : {"", "reason"})
        refused(end, errc::invalid_input, [&](auto &x, auto out) { return x.close(code, reason, out); });
  });
}

TEST_CASE("inside a message there are its continuations and control frames only", "[WS-219][WS-157]") {
  both([](auto end) {
    CHECK(frame(end, first_text, "a") == as(end, hex("01 01 61")));
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.binary("b", out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.text("b", out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.begin(first_text, 1, out); });
    refused(end, errc::wrong_state, [](auto &x, auto out) { return x.frame(first_binary, "b", out); });
    CHECK(ping(end, "") == as(end, hex("89 00")));
    CHECK(pong(end, "p") == as(end, hex("8a 01 70"))); // ahead of the rest of the message
    CHECK(frame(end, middle, "b") == as(end, hex("00 01 62")));
    CHECK(pong(end, "q") == as(end, hex("8a 01 71")));
    CHECK(frame(end, last, "c") == as(end, hex("80 01 63")));
    CHECK(text(end, "d") == as(end, hex("81 01 64")));
  });
}

TEST_CASE("control frames never stand inside a frame", "[WS-157][WS-220]") {
  both([](auto end) {
    for (const frame_kind kind : {first_text, frame_kind{opcode::binary}}) {
      auto s = end;
      (void)begin(s, kind, 3);
      for (int i = 0; i < 3; ++i) {
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.pong("", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.ping("", out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.close(out); });
        refused(s, errc::wrong_state, [](auto &x, auto out) { return x.close(close_code::normal, "", out); });
        CHECK_FALSE(s.w.may_close());
        (void)payload(s, "x");
      }
      CHECK(s.w.may_close());
      CHECK(pong(s, "") == as(end, hex("8a 00")));
    }
  });
}

TEST_CASE("messages may be split at any size", "[WS-220]") {
  both([](auto end) {
    CHECK(frame(end, first_text, "He") == as(end, hex("01 02 4865")));
    CHECK(frame(end, middle, "ll") == as(end, hex("00 02 6c6c")));
    CHECK(frame(end, last, "o") == as(end, hex("80 01 6f")));
  });
}

TEST_CASE("a bounded queue that is full refuses the frame, and takes it once it was drained", "[WS-296]") {
  both([](auto end) {
    std::array<char, 64> queue{};
    std::size_t used = 0;
    std::string wire;
    const std::string message = "0123456789";
    int refusals = 0;
    for (int sent = 0; sent < 20;) {
      const std::string before = end.state();
      const auto done = end.text(message, std::span(queue).subspan(used));
      if (done) {
        used += done.size;
        ++sent;
        continue;
      }
      CHECK(done.ec == errc::buffer_too_small);
      CHECK(done.required > queue.size() - used);
      CHECK(end.state() == before);
      ++refusals;
      wire.append(queue.data(), used);
      used = 0;
    }
    wire.append(queue.data(), used);
    CHECK(refusals >= 3);
    const auto frames = coax_test::read_frames(wire);
    REQUIRE(frames);
    CHECK(frames->size() == 20);
    for (const auto &f : *frames) CHECK(f.payload == message);
  });
}

// --- prepared frames
// -------------------------------------------------------------------------------------------

TEST_CASE("a prepared header and its payload are what the direct call writes", "[WS-210][WS-215]") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 100000u}) {
    const std::string message(size, 'm');
    CAPTURE(size);
    sender<role::server> s;
    for (const opcode op : {opcode::text, opcode::binary}) {
      const std::string before = s.state();
      const prepared head = prepare(op, message);
      CHECK(head);
      CHECK(head.ec() == errc::ok);
      CHECK_FALSE(head.compressed());
      CHECK(s.w.admit(head) == errc::ok);
      CHECK(s.state() == before);
      CHECK((std::string(head.header()) + message == frame(s, {op}, message)));
    }
  }
  CHECK(prepare(opcode::binary, "\xc3(").header() == hex("82 02")); // no text
  const std::string packed = hex("f248cdc9c90700");
  const prepared head = prepare(opcode::text, packed, true);
  CHECK(head.header() == hex("c1 07"));
  CHECK(head.compressed());
  sender<role::server> plain;
  CHECK(plain.w.admit(head) == errc::wrong_state);
  CHECK(with_deflate<sender<role::server>>().w.admit(head) == errc::wrong_state); // it takes context over
  const coax::websocket::writer<role::server> alike({.deflate = true, .takeover = false});
  CHECK(alike.admit(head) == errc::ok);
  CHECK(with_deflate<sender<role::server>>().w.admit(prepare(opcode::text, "x")) == errc::ok);
}

TEST_CASE("what is no message cannot be prepared", "[WS-215][WS-216]") {
  sender<role::server> s;
  const auto none = [&](const prepared &p) {
    CHECK_FALSE(p);
    CHECK(p.ec() == errc::invalid_input);
    CHECK(p.header().empty());
    CHECK(s.w.admit(p) == errc::invalid_input);
  };
  none({});
  none(prepare(opcode::text, "\xc3("));
  none(prepare(opcode::text, "\xc3"));
  for (unsigned op = 0; op < 256; ++op)
    if (op != 1 && op != 2)
      for (const bool compressed : {false, true}) none(prepare(static_cast<opcode>(op), "x", compressed));
  static_assert(prepare(opcode::text, "x").header() == "\x81\x01");
}

TEST_CASE("a prepared message is admitted where a message may begin", "[WS-214][WS-219]") {
  const prepared head = prepare(opcode::text, "x");
  sender<role::server> s;
  std::array<char, 20> out{};
  CHECK(s.w.admit(head) == errc::ok);
  CHECK(s.begin(first_text, 1, out));
  CHECK(s.w.admit(head) == errc::wrong_state);
  CHECK(s.w.payload("x") == errc::ok);
  CHECK(s.w.admit(head) == errc::wrong_state);
  CHECK(s.frame(last, "", out));
  CHECK(s.w.admit(head) == errc::ok);
  auto closing = s, stopped = s;
  closing.w.peer_closed();
  CHECK(closing.w.admit(head) == errc::wrong_state);
  stopped.w.stop();
  CHECK(stopped.w.admit(head) == errc::wrong_state);
  CHECK(s.close(out));
  CHECK(s.w.admit(head) == errc::wrong_state);
}
