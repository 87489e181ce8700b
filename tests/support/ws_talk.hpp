// One end of a WebSocket connection, driven by a script: bytes that arrive in any pieces, and calls.
#pragma once

#include "allocations.hpp"
#include "catch.hpp"
#include "feed.hpp"
#include "guarded.hpp"
#include "wired.hpp"
#include "ws_feed.hpp"
#include "ws_sender.hpp"

#include <coax/websocket/connection.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

/// "open read traffic unclean 1006 0 ok": state, duty, timer, clean, the peer's code, the own code, error.
template <role R> std::string status_of(const ws::connection<R> &c) {
  static constexpr std::string_view states[] = {"open", "closing", "closed"};
  static constexpr std::string_view duties[] = {"read", "send_owed", "await_end", "close_transport"};
  static constexpr std::string_view timers[] = {"nothing", "traffic", "close_reply", "end"};
  std::string out(states[static_cast<std::size_t>(c.state())]);
  out += " " + std::string(duties[static_cast<std::size_t>(c.next_duty())]);
  out += " " + std::string(timers[static_cast<std::size_t>(c.waits_for())]);
  out += c.clean() ? " clean " : " unclean ";
  out += std::to_string(static_cast<unsigned>(c.peer_code())) + " ";
  out += std::to_string(static_cast<unsigned>(c.own_code())) + " ";
  return out + std::string(name(c.error()));
}

/// How a script is played.
struct ws_play {
  bool owed = true;      ///< send_owed() behind each event; else once behind all that a step brings
  std::size_t batch = 0; ///< room for so many items; 0: one event at a time
  std::size_t cut = 0;   ///< the first piece of each step that brings bytes, if that is not 0
  std::size_t step = 0;  ///< pieces of this size, if that is not 0
  std::string key = "\x37\xfa\x21\x3d"; ///< of what a server reads
};

/// An end whose input lies beside an inaccessible page, whose state moves between any two calls, and which
/// may not allocate. Whatever it writes is tried with spans that are too small before, and with keys that
/// fail.
template <role R> class ws_talk {
public:
  explicit ws_talk(const ws_play &play = {}, ws::reader_options options = {}, const ws::limits &lim = {})
      : socket(options), limits(lim), play_(play), items_(play.batch) {}

  static constexpr bool is_client = R == role::client;

  ws::connection<R> socket;
  ws::limits limits;
  example_keys keys{};
  std::string unread{}; ///< input that was not consumed
  std::string sent{};   ///< all output, as it is on the wire

  /// Takes what arrives, in the direction that this end reads.
  void receive(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      std::size_t size = bytes.size() - at;
      if (play_.cut > at) size = std::min(size, play_.cut - at);
      if (play_.step != 0) size = std::min(size, play_.step);
      unread += bytes.substr(at, size);
      at += size;
      while (play_.batch != 0 ? next_batch() : next()) {
      }
    }
    if (!play_.owed) CHECK(send_owed().ec == ws::errc::ok);
  }

  coax::written<ws::errc> send_owed() {
    return transmit([](auto &end, auto &&...to) { return end.send_owed(to...); });
  }

  /// Plays steps that stand between semicolons. "< HEX": a client's input arrives, or its masked twin. Else a
  /// call, which is logged if it is refused.
  std::string run(std::string_view script) {
    while (!script.empty()) {
      const std::size_t end = std::min(script.find(';'), script.size());
      std::string_view one = script.substr(0, end);
      script.remove_prefix(std::min(end + 1, script.size()));
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
      if (one.empty()) continue;
      if (one[0] == '<') {
        const std::string bytes = hex(one.substr(1));
        receive(is_client ? bytes : mask_stream(bytes, play_.key).input);
      } else
        call(one);
    }
    drop_message();
    return log();
  }

  std::string log() const {
    std::string out;
    for (const std::string &line : log_) out += (out.empty() ? "" : " | ") + line;
    return out;
  }

  /// Calls `f(end, span)` or `f(end, keys, span)`; see the class.
  template <class F> coax::written<ws::errc> transmit(F f, bool piece = false) {
    const auto on = [&](ws::connection<R> &end, std::span<char> out) {
      if constexpr (is_client)
        return f(end, keys, out);
      else
        return f(end, out);
    };
    ws::connection<R> probe = socket;
    std::string large(600, '\xEE');
    const coax::written<ws::errc> whole = on(probe, large);
    const snapshot<ws::connection<R>> before(socket);
    if (!whole) {
      CHECK(whole.size == 0);
      CHECK(large == std::string(600, '\xEE'));
      CHECK(on(socket, large).ec == whole.ec);
      CHECK(before.still(socket));
      return whole;
    }
    CHECK(whole.size == whole.required);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size / 2, whole.size - 1}) {
      if (size >= whole.size) continue;
      std::string small(size, '\xEE');
      const auto refused = on(socket, small);
      CHECK(refused.ec == ws::errc::buffer_too_small);
      CHECK(refused.size == 0);
      CHECK(refused.required == whole.required);
      CHECK(small == std::string(size, '\xEE'));
      CHECK(before.still(socket));
    }
    std::string exact(whole.size, '\xEE');
    if (is_client && whole.size >= 6) {
      keys.fails = true;
      const auto refused = on(socket, exact);
      keys.fails = false;
      if (refused.ec != ws::errc::ok) { // pieces of a payload draw none
        CHECK(refused.ec == ws::errc::no_entropy);
        CHECK(before.still(socket));
      } else
        before.restore(socket);
    }
    const std::size_t allocated = allocations();
    const auto done = on(socket, exact);
    CHECK(allocations() == allocated);
    CHECK(done.ec == ws::errc::ok);
    CHECK(exact == large.substr(0, whole.size));
    CHECK(large.substr(whole.size) == std::string(600 - whole.size, '\xEE'));
    relocate();
    if (!piece && !exact.empty()) piece_at_ = 0;
    if (!exact.empty()) {
      sent += exact;
      log_.push_back("> " + (piece ? piece_in_hex(exact) : plain(exact)));
    }
    return done;
  }

  /// A frame as a server would send it, in hex; pieces of a payload as they are. The mask is checked.
  std::string plain(const std::string &bytes) const {
    if (!is_client) return ws_hex(bytes);
    const auto frames = read_frames(bytes);
    if (!frames) { // the header of a frame that follows in pieces
      CHECK(bytes.size() == 6);
      CHECK((static_cast<unsigned char>(bytes[1]) & 0x80u) != 0);
      CHECK(bytes.substr(2) == "\x37\xfa\x21\x3d");
      return ws_hex(std::string{bytes[0], static_cast<char>(bytes[1] & 0x7F)});
    }
    const plain_frame &f = frames->front();
    CHECK(f.masked);
    CHECK(f.key == "\x37\xfa\x21\x3d");
    std::string out{static_cast<char>(static_cast<unsigned char>((f.fin ? 0x80u : 0u) | f.op))};
    out += static_cast<char>(f.payload.size()); // scripts have short frames only
    return ws_hex(out + f.payload);
  }

private:
  /// A piece of a payload, unmasked.
  std::string piece_in_hex(std::string bytes) {
    if (is_client)
      for (char &c : bytes) c = static_cast<char>(c ^ "\x37\xfa\x21\x3d"[piece_at_++ % 4]);
    return ws_hex(bytes);
  }

  template <class F> auto quietly(F f) {
    const std::size_t allocated = allocations();
    const auto out = f();
    CHECK(allocations() == allocated);
    relocate();
    return out;
  }

  /// Whether there may be more.
  bool next() {
    const std::span<char> in = memory_.place(unread);
    const ws::event e = quietly([&] { return socket.next(limits, in); });
    take(e.kind, e.first, e.last, e.code, e.payload, e.ec);
    unread.erase(0, e.consumed);
    return e.kind != ws::event_kind::need_more && e.kind != ws::event_kind::closed &&
           e.kind != ws::event_kind::failed;
  }
  bool next_batch() {
    const std::span<char> in = memory_.place(unread);
    const ws::batch b = quietly([&] { return socket.next(limits, in, std::span<ws::item>(items_)); });
    for (const ws::item &i : std::span(items_).first(b.events))
      take(i.kind, i.first(), i.last(), i.code, i.in(in), ws::errc::ok);
    if (b.ec != ws::errc::ok) take(ws::event_kind::failed, false, false, {}, {}, b.ec);
    unread.erase(0, b.consumed);
    return b.ec == ws::errc::ok && b.events == items_.size();
  }

  void take(ws::event_kind kind, bool first, bool last, ws::close_code code, std::span<char> payload,
            ws::errc ec) {
    using k = ws::event_kind;
    const std::string text(payload.data(), payload.size());

    switch (kind) {
    case k::need_more:
    case k::closed: break;
    case k::failed:
      drop_message();
      if (!failed_) log_.push_back("failed " + std::string(name(ec)));
      failed_ = true;
      break;
    case k::text:
    case k::binary:
      if (first) message_ = kind == k::binary ? "binary " : "text ";
      message_ += text;
      if (last) log_.push_back(message_), message_.clear();
      break;
    case k::ping: log_.push_back("ping " + text); break;
    case k::pong: log_.push_back("pong " + text); break;
    case k::close:
      drop_message();
      log_.push_back("close " + std::to_string(static_cast<unsigned>(code)) + (text.empty() ? "" : " ") +
                     text);
      break;
    }
    if (play_.owed && kind != k::need_more) CHECK(send_owed().ec == ws::errc::ok);
  }
  void drop_message() {
    if (!message_.empty()) log_.push_back(message_ + "...");
    message_.clear();
  }

  void call(std::string_view words) {
    const std::size_t space = std::min(words.find(' '), words.size());
    const std::string_view what = words.substr(0, space),
                           arg = words.substr(std::min(space + 1, words.size()));
    const auto number = [&] { return std::stoi("0" + std::string(arg)); };
    const auto report = [&](const coax::written<ws::errc> &w) {
      if (!w) log_.push_back(std::string(what) + ": " + std::string(name(w.ec)));
    };
    const auto data = [&](ws::opcode op, bool fin) {
      report(transmit([&](auto &end, auto &&...to) { return end.out().frame({op, fin}, arg, to...); }));
    };
    const auto ended = [&](const ws::event &e) {
      relocate();
      drop_message();
      log_.push_back(std::string(what) + ": " +
                     (e.kind == ws::event_kind::closed ? "closed" : std::string(name(e.ec))));
    };
    if (what == "text") return data(ws::opcode::text, true);
    if (what == "binary") return data(ws::opcode::binary, true);
    if (what == "first") return data(ws::opcode::text, false);
    if (what == "middle") return data(ws::opcode::continuation, false);
    if (what == "last") return data(ws::opcode::continuation, true);
    if (what == "begin") {
      const auto n = static_cast<std::uint64_t>(number());
      return report(
          transmit([&](auto &end, auto &&...to) { return end.out().begin({ws::opcode::binary}, n, to...); }));
    }
    if (what == "payload")
      return report(
          transmit([&](auto &end, auto &&...to) { return payload_into(end.out(), arg, to...); }, true));
    if (what == "ping")
      return report(transmit([&](auto &end, auto &&...to) { return end.out().ping(arg, to...); }));
    if (what == "pong")
      return report(transmit([&](auto &end, auto &&...to) { return end.out().pong(arg, to...); }));
    if (what == "close" && arg.empty())
      return report(transmit([&](auto &end, auto &&...to) { return end.close(to...); }));
    if (what == "close") {
      const auto code = static_cast<ws::close_code>(number());
      const std::string_view reason = arg.substr(std::min<std::size_t>(5, arg.size()));
      return report(transmit([&](auto &end, auto &&...to) { return end.close(code, reason, to...); }));
    }
    if (what == "owed") return report(send_owed());
    if (what == "fail") return ended(socket.fail(static_cast<ws::close_code>(number())));
    if (what == "too_big") return ended(socket.fail(ws::errc::message_too_big));
    if (what == "end") return ended(socket.end_of_input());
    if (what == "tls") return ended(socket.tls_failed());
    if (what == "stop") return socket.out().stop();
    if (what == "status") return log_.push_back(status_of(socket));
    FAIL("no such step");
  }

  template <class W> static auto payload_into(W &w, std::string_view piece, std::span<char> out) {
    return w.payload(piece, out);
  }
  template <class W>
  static auto payload_into(W &w, std::string_view piece, example_keys &, std::span<char> out) {
    return w.payload(piece, out);
  }

  /// The state is plain bytes: moves it away and back, leaving rubbish between.
  void relocate() {
    const snapshot<ws::connection<R>> bytes(socket);
    std::memset(static_cast<void *>(&socket), 0xA5, sizeof socket);
    bytes.restore(socket);
  }

  ws_play play_;
  std::vector<ws::item> items_;
  guarded memory_{4096};
  std::vector<std::string> log_{};
  std::string message_{};
  bool failed_ = false;
  std::size_t piece_at_ = 0; // in the payload of the frame in progress
};

/// Plays a script with its bytes cut at every offset, by ones and threes; all have to agree.
template <role R>
std::string every_cut(std::string_view script, ws_play play, ws::reader_options o = {}, ws::limits lim = {}) {
  const std::string whole = ws_talk<R>(play, o, lim).run(script);
  const auto compare = [&](const ws_play &way) {
    const std::string log = ws_talk<R>(way, o, lim).run(script);
    CAPTURE(script, way.cut, way.step, way.batch);
    if (log != whole) REQUIRE(log == whole);
  };
  for (play.cut = 1; play.cut < script.size() / 2; ++play.cut) compare(play);
  play.cut = 0;
  for (play.step = 1; play.step < 4; ++play.step) compare(play);
  return whole;
}

/// Plays a script in every way. What is owed is sent behind each event; the other ways, in which it is sent
/// once a step's bytes were read, single and in batches, have to agree with each other.
template <role R> std::string talk(std::string_view script, ws::reader_options o = {}, ws::limits lim = {}) {
  const std::string later = every_cut<R>(script, {.owed = false}, o, lim);
  for (const std::size_t batch : {1u, 2u, 64u}) {
    CAPTURE(script, batch);
    CHECK(every_cut<R>(script, {.owed = false, .batch = batch}, o, lim) == later);
  }
  return every_cut<R>(script, {}, o, lim);
}

/// What both ends make of a script, if they agree.
inline std::string talk(std::string_view script) {
  const std::string client = talk<role::client>(script);
  CAPTURE(script);
  CHECK(talk<role::server>(script) == client);
  return client;
}

} // namespace coax_test
