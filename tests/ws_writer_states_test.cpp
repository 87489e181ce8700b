// Which call is possible when: every call in every state, and long runs of calls read back by a plain
// decoder.
#include "support/catch.hpp"

#include <coax/websocket/writer.hpp>

#include "support/ws_receive.hpp"
#include "support/ws_sender.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::example_keys;
using coax_test::sender;
using coax_test::told;

namespace {

constexpr frame_kind first_text{.op = opcode::text, .fin = false};
constexpr frame_kind first_binary{.op = opcode::binary, .fin = false};
constexpr frame_kind first_packed{.op = opcode::text, .fin = false, .compressed = true};
constexpr frame_kind middle{.op = opcode::continuation, .fin = false};
constexpr frame_kind last{opcode::continuation};

template <class S> struct state {
  std::string name;
  S sender;
  /// The calls of the table below that succeed; each other is wrong_state, unless it is also in `invalid`.
  std::set<std::string> possible;
  std::set<std::string> invalid{};
};

template <class S> S open(bool deflate = false) {
  S s;
  if (deflate) s.w = decltype(s.w)(writer_options{.deflate = true});
  return s;
}

const std::set<std::string> begins = {"text",       "binary",       "whole frame", "first frame",
                                      "begin text", "begin binary", "begin empty"};
const std::set<std::string> continues = {"middle", "last", "begin middle", "begin last"};

std::set<std::string> operator+(std::set<std::string> a, const std::set<std::string> &b) {
  a.insert(b.begin(), b.end());
  return a;
}

/// Every state that can be reached, with what is possible in it.
template <class S> std::vector<state<S>> states() {
  std::array<char, 100> memory{};
  const std::span<char> o(memory);
  std::vector<state<S>> out;
  const auto add = [&](std::string name, S s, std::set<std::string> possible,
                       std::set<std::string> invalid = {}) {
    if (possible.contains("last") || invalid.contains("last")) invalid.insert("packed last");
    out.push_back({std::move(name), s, std::move(possible), std::move(invalid)});
  };
  const std::set<std::string> pongs = {"pong"}, controls = {"ping", "pong", "close", "close plainly"},
                              owed = {"pong", "close", "close plainly"}, nothing = {"nothing"};
  const std::set<std::string> packed = {"packed frame", "begin packed"};
  const std::set<std::string> bad_when_open = {"bad text",  "reserved",   "long ping", "long pong",
                                               "bad close", "bad reason", "huge"};
  const std::set<std::string> bad_when_inside = {"long ping", "long pong", "bad close", "bad reason"};
  const std::set<std::string> bad_when_closing = {"long pong", "bad close", "bad reason"};

  add("open", open<S>(), begins + controls + nothing, bad_when_open);
  add("open, with deflate", open<S>(true), begins + controls + packed + nothing, bad_when_open);

  S s = open<S>();
  CHECK(s.text("whole", o));
  add("behind a message", s, begins + controls + nothing, bad_when_open);
  s = open<S>();
  CHECK(s.frame(first_text, "a", o));
  const S in_text = s;
  add("in a text message", s, continues + controls + nothing, bad_when_inside);
  CHECK(s.ping("", o));
  add("behind a ping in a text message", s, continues + controls + nothing, bad_when_inside);
  CHECK(s.frame(last, "", o));
  add("behind a message of two frames", s, begins + controls + nothing, bad_when_open);
  s = open<S>();
  CHECK(s.frame(first_text, "\xe2\x82", o));
  add("in a character", s, controls + nothing + std::set<std::string>{"begin middle"},
      bad_when_inside + std::set<std::string>{"middle", "last", "begin last"});
  CHECK(s.begin(last, 3, o));
  add("in the last frame, in a character", s, nothing, {"payload", "all payload", "much payload"});
  s = open<S>();
  CHECK(s.frame(first_binary, "\xe2\x82", o));
  add("in a binary message", s, continues + controls + nothing, bad_when_inside);
  s = open<S>(true);
  CHECK(s.frame(first_packed, "\xe2\x82", o));
  add("in a compressed message", s, continues + controls + nothing, bad_when_inside);

  for (const frame_kind kind :
       {first_text, frame_kind{opcode::text}, first_binary, frame_kind{opcode::binary}}) {
    s = open<S>();
    CHECK(s.begin(kind, 3, o));
    add("in a frame", s, {"payload", "all payload", "nothing"}, {"much payload"});
    CHECK(s.payload("x", o));
    add("further in a frame", s, {"payload", "nothing"}, {"all payload", "much payload"});
    S closing = s, stopped = s;
    closing.w.peer_closed();
    add("in a frame, a Close was received", closing, {"payload", "nothing"}, {"all payload", "much payload"});
    stopped.w.stop();
    add("stopped in a frame", stopped, {});
    CHECK(s.payload("yz", o));
    add("behind a frame", s, (kind.fin ? begins : continues) + controls + nothing,
        kind.fin ? bad_when_open : bad_when_inside);
    CHECK(closing.payload("yz", o));
    add("behind a frame, a Close was received", closing,
        (kind.fin ? std::set<std::string>{} : continues) + owed + nothing, bad_when_closing);
  }
  s = in_text;
  CHECK(s.begin(last, 3, o));
  add("in the last frame", s, {"payload", "all payload", "nothing"}, {"much payload"});

  s = open<S>();
  s.w.peer_closed();
  add("a Close was received", s, owed + nothing, bad_when_closing);
  s.w.peer_closed();
  add("a Close was received twice", s, owed + nothing, bad_when_closing);
  CHECK(s.close(o));
  add("a Close was answered", s, {});
  s = in_text;
  s.w.peer_closed();
  add("in a message, a Close was received", s, continues + owed + nothing, bad_when_closing);
  S answered = s;
  CHECK(answered.close(close_code::normal, "", o));
  add("in a message, a Close was answered", answered, {});
  CHECK(s.frame(last, "", o));
  add("behind the last message, a Close was received", s, owed + nothing, bad_when_closing);

  for (const S &before : {open<S>(), open<S>(true), in_text}) {
    s = before;
    CHECK(s.close(close_code::going_away, "bye", o));
    add("a Close was sent", s, pongs, {"long pong"});
    CHECK(s.pong("", o));
    add("a pong behind the Close", s, pongs, {"long pong"});
    s.w.peer_closed();
    add("closed both ways", s, {});
    s = before;
    s.w.stop();
    add("stopped", s, {});
    s.w.peer_closed();
    add("stopped, a Close was received", s, {});
  }
  return out;
}

template <class S> using call = coax::written<errc> (*)(S &, std::span<char>);

template <class S> std::vector<std::pair<std::string, call<S>>> calls() {
  using o = std::span<char>;
  static const std::string long_one(126, 'x');
  return {
      {"text", [](S &s, o out) { return s.text("abc", out); }},
      {"bad text", [](S &s, o out) { return s.text("a\xff", out); }},
      {"binary", [](S &s, o out) { return s.binary("\xff\xfe", out); }},
      {"whole frame", [](S &s, o out) { return s.frame({opcode::text}, "", out); }},
      {"first frame", [](S &s, o out) { return s.frame(first_text, "\xc3", out); }},
      {"packed frame",
       [](S &s, o out) {
         return s.frame({opcode::text, true, true}, "\xff", out);
       }},
      {"begin packed",
       [](S &s, o out) {
         return s.begin({opcode::binary, false, true}, 9, out);
       }},
      {"packed last",
       [](S &s, o out) {
         return s.frame({opcode::continuation, true, true}, "", out);
       }},
      {"reserved", [](S &s, o out) { return s.frame({opcode{3}}, "", out); }},
      {"middle", [](S &s, o out) { return s.frame(middle, "abc", out); }},
      {"last", [](S &s, o out) { return s.frame(last, "", out); }},
      {"begin text", [](S &s, o out) { return s.begin({opcode::text}, 70000, out); }},
      {"begin binary", [](S &s, o out) { return s.begin(first_binary, 200, out); }},
      {"begin empty", [](S &s, o out) { return s.begin({opcode::text}, 0, out); }},
      {"huge", [](S &s, o out) { return s.begin({opcode::binary}, max_frame_payload + 1, out); }},
      {"begin middle", [](S &s, o out) { return s.begin(middle, 1, out); }},
      {"begin last", [](S &s, o out) { return s.begin(last, 0, out); }},
      {"nothing", [](S &s, o out) { return s.payload("", out); }},
      {"payload", [](S &s, o out) { return s.payload("a", out); }},
      {"all payload", [](S &s, o out) { return s.payload("abc", out); }},
      {"much payload", [](S &s, o out) { return s.payload("abcd", out); }},
      {"ping", [](S &s, o out) { return s.ping("p", out); }},
      {"long ping", [](S &s, o out) { return s.ping(long_one, out); }},
      {"pong", [](S &s, o out) { return s.pong("", out); }},
      {"long pong", [](S &s, o out) { return s.pong(long_one, out); }},
      {"close", [](S &s, o out) { return s.close(close_code::normal, "bye", out); }},
      {"close plainly", [](S &s, o out) { return s.close(out); }},
      {"bad close", [](S &s, o out) { return s.close(close_code::abnormal, "", out); }},
      {"bad reason", [](S &s, o out) { return s.close(close_code::normal, "\xff", out); }},
  };
}

template <class S> void try_all() {
  std::set<std::string> known;
  for (const auto &[name, f] : calls<S>()) known.insert(name);
  for (const state<S> &at : states<S>()) {
    INFO(at.name);
    for (const std::set<std::string> &names : {at.possible, at.invalid})
      for (const std::string &name : names) CHECK(known.contains(name));
    for (const auto &[name, f] : calls<S>()) {
      INFO(name);
      errc expected = at.possible.contains(name) ? errc::ok : errc::wrong_state;
      if (at.invalid.contains(name)) expected = errc::invalid_input;
      for (std::size_t room = 0; room <= 20; ++room) {
        S s = at.sender;
        std::array<char, 24> out;
        out.fill('\xEE');
        const auto done = f(s, std::span(out).first(room));
        const bool fits = done.required <= room;
        const errc want = expected == errc::ok && !fits ? errc::buffer_too_small : expected;
        if (done.ec != want) {
          CAPTURE(room);
          CHECK(websocket::name(done.ec) == websocket::name(want));
          break;
        }
        bool clean = true;
        for (std::size_t i = done.size; i < out.size(); ++i) clean = clean && out[i] == '\xEE';
        if (!clean || (want != errc::ok && (done.size != 0 || s.state() != at.sender.state() ||
                                            s.keys.draws != at.sender.keys.draws))) {
          CAPTURE(room);
          CHECK(clean);
          CHECK(done.size == 0);
          CHECK(s.state() == at.sender.state());
          CHECK(s.keys.draws == at.sender.keys.draws);
          break;
        }
      }
    }
    // what the accessors tell
    const auto possible = [&](const char *name) { return at.possible.contains(name); };
    CHECK(at.sender.w.may_begin() == possible("text"));
    CHECK(at.sender.w.may_close() == possible("close"));
    CHECK(at.sender.w.closed() == !possible("nothing"));
    CHECK((at.sender.w.frame_left() != 0) ==
          (possible("payload") || at.invalid.contains("payload") || at.invalid.contains("much payload")));
    if (possible("middle")) CHECK(at.sender.w.in_message());
    if (possible("text")) CHECK_FALSE(at.sender.w.in_message());
  }
}

/// Text, most of it of several octets a character.
std::string some_text(std::mt19937 &random) {
  static const std::string characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                           "plain ASCII text, "};
  std::string out;
  for (auto n = random() % 12; n != 0; --n) out += characters[random() % 5];
  return out;
}
std::string some_octets(std::mt19937 &random) {
  static const std::size_t sizes[] = {0, 1, 2, 7, 8, 60, 125, 126, 127, 1000};
  std::string out(sizes[random() % 10], '\0');
  for (char &c : out) c = static_cast<char>(static_cast<unsigned char>(random() & 0xFF));
  return out;
}

/// A run of calls that are all in order, and what the peer should be told.
template <role R> struct run {
  std::mt19937 random;
  sender<R, coax_test::generated_keys> s{};
  std::string wire{};
  std::vector<told> expected{};

  template <class F> void send(F f) {
    std::string out(f(s, std::span<char>()).required, '\0');
    const auto done = f(s, std::span<char>(out));
    REQUIRE(done.ec == errc::ok);
    REQUIRE(done.size == out.size());
    wire += out;
  }
  void maybe_control() {
    if (random() % 4 == 0) {
      const std::string p = some_octets(random).substr(0, 125);
      send([&](auto &x, auto out) { return x.ping(p, out); });
      expected.push_back({'p', p});
    }
    if (random() % 4 == 0) {
      const std::string p = some_octets(random).substr(0, 125);
      send([&](auto &x, auto out) { return x.pong(p, out); });
      expected.push_back({'q', p});
    }
  }
  /// Payload of an announced frame, in pieces, by all the forms.
  void pieces(std::string_view all) {
    while (!all.empty() || random() % 4 == 0) {
      const std::string_view piece =
          all.substr(0, random() % 3 == 0 ? random() % (all.size() + 1) : all.size());
      all.remove_prefix(piece.size());
      if constexpr (R == role::server) {
        if (random() % 2 == 0) {
          REQUIRE(s.w.payload(piece) == errc::ok);
          wire += piece;
          continue;
        }
      }
      std::string copy(piece);
      if (random() % 2 == 0) {
        REQUIRE(s.w.payload_in_place(copy) == errc::ok);
      } else {
        const std::string source = copy;
        REQUIRE(s.w.payload(source, copy).ec == errc::ok);
      }
      wire += copy;
    }
  }
  void message() {
    const bool is_text = random() % 2 == 0, compressed = random() % 4 == 0;
    const std::string m = is_text && !compressed ? some_text(random) : some_octets(random);
    std::string_view rest = m;
    frame_kind kind{is_text ? opcode::text : opcode::binary, false, compressed};
    if (!compressed && random() % 3 == 0) {
      if (is_text)
        send([&](auto &x, auto out) { return x.text(m, out); });
      else
        send([&](auto &x, auto out) { return x.binary(m, out); });
    } else {
      for (bool done = false; !done;) {
        const std::string_view part =
            rest.substr(0, random() % 2 == 0 ? random() % (rest.size() + 1) : rest.size());
        rest.remove_prefix(part.size());
        kind.fin = rest.empty() && random() % 2 == 0;
        if (random() % 2 == 0) {
          send([&](auto &x, auto out) { return x.frame(kind, part, out); });
        } else {
          send([&](auto &x, auto out) { return x.begin(kind, part.size(), out); });
          pieces(part);
        }
        if (!kind.fin) maybe_control();
        done = kind.fin;
        kind = {opcode::continuation, false};
      }
    }
    expected.push_back({is_text ? (compressed ? 'T' : 't') : (compressed ? 'B' : 'b'), m});
  }
};

template <role R> void round_trips() {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    run<R> r{std::mt19937(seed)};
    r.s.w = writer<R>(writer_options{.deflate = true});
    for (auto n = 1 + r.random() % 12; n != 0; --n) {
      r.message();
      r.maybe_control();
    }
    if (r.random() % 2 == 0) {
      r.send([](auto &x, auto out) { return x.close(close_code::going_away, "bye", out); });
      r.expected.push_back({'c', "\x03\xe9"
                                 "bye"});
    }
    bool unfinished = true;
    const auto got = coax_test::read_stream(r.wire, R, true, unfinished);
    REQUIRE(got);
    CHECK_FALSE(unfinished);
    CHECK((*got == r.expected));
    for (const std::size_t piece : {r.wire.size(), std::size_t{1}, std::size_t{17}}) {
      const auto received = coax_test::receive(r.wire, R, true, piece, unfinished);
      REQUIRE(received);
      CHECK_FALSE(unfinished);
      CHECK((*received == r.expected));
    }
  }
}

/// Calls at random, in order or not. Whatever comes of them, the stream is one that the peer accepts.
template <role R> void anything_goes() {
  using S = sender<R>;
  const auto all = calls<S>();
  unsigned done = 0, refused = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    S s = open<S>(seed % 2 == 0);
    std::string wire;
    bool told_closed = false;
    for (int i = 0; i < 40; ++i) {
      const auto &[name, f] = all[random() % all.size()];
      const bool ends = name.find("close") != std::string::npos && random() % 8 != 0;
      if (ends || name == "begin text" || name == "begin packed" || name == "begin binary") continue;
      if (random() % 100 == 0) s.w.peer_closed(), told_closed = true;
      std::array<char, 40> out{};
      const std::string before = s.state();
      const auto w = f(s, std::span(out).first(random() % 41));
      (w ? done : refused) += 1;
      if (!w) CHECK((w.size == 0 && s.state() == before));
      wire.append(out.data(), w.size);
    }
    while (s.w.frame_left() != 0) {
      char out = 0;
      if (!s.payload(s.w.frame_left() % 2 ? "a" : "b", std::span(&out, 1))) {
        const char *const tail[] = {"\x82", "\xac", "\xa9"};
        bool taken = false;
        for (const char *const t : tail)
          if (!taken && s.payload(t, std::span(&out, 1))) taken = true;
        if (!taken) break; // text that cannot end here
      }
      wire += out;
    }
    if (s.w.frame_left() != 0) continue;
    bool unfinished = false;
    const auto got = coax_test::read_stream(wire, R, seed % 2 == 0, unfinished);
    CAPTURE(seed, told_closed);
    REQUIRE(got);
    CHECK((s.w.closed() || unfinished == s.w.in_message()));
    const auto received = coax_test::receive(wire, R, seed % 2 == 0, 1 + seed % 40, unfinished);
    REQUIRE(received);
    CHECK((*received == coax_test::until_close(*got)));
  }
  CHECK(done > 10000);
  CHECK(refused > 10000);
}

} // namespace

TEST_CASE("every call in every state does what the table says, or nothing",
          "[WS-214][WS-215][WS-216][WS-217][WS-218][WS-219][WS-220][WS-165][WS-153][WS-154]") {
  SECTION("server") { try_all<sender<role::server>>(); }
  SECTION("client") { try_all<sender<role::client>>(); }
}

TEST_CASE("what is written is read back", "[WS-210][WS-211][WS-215][WS-216][WS-219][WS-220]") {
  SECTION("server") { round_trips<role::server>(); }
  SECTION("client") { round_trips<role::client>(); }
}

TEST_CASE("no order of calls makes a stream that the peer has to refuse",
          "[WS-214][WS-215][WS-219][WS-220]") {
  SECTION("server") { anything_goes<role::server>(); }
  SECTION("client") { anything_goes<role::client>(); }
}
