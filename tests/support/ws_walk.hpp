// A connection taken through calls and frames as a string of octets has them, next to a plain model of what
// holds then: which calls are possible, what is due, and what is to be done.
#pragma once

#include "ws_sender.hpp"

#include <coax/websocket/connection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace coax_test {

template <role R> class ws_walk {
public:
  /// What was not as the model has it; empty if all was.
  std::string run(std::string_view steps) {
    in_ = steps;
    check_state();
    while (!in_.empty() && problem_.empty()) {
      step();
      check_state();
    }
    return problem_;
  }

private:
  using code = ws::close_code;
  static constexpr bool client = R == role::client;
  static constexpr role peer = client ? role::server : role::client;

  unsigned draw() {
    if (in_.empty()) return 0;
    const auto c = static_cast<unsigned char>(in_[0]);
    in_.remove_prefix(1);
    return c;
  }
  void expect(bool holds, const char *what) {
    if (!holds && problem_.empty()) problem_ = std::string(what) + " in step " + last_;
  }

  // --- the model ---------------------------------------------------------------------------------------
  bool own_close_ = false, peer_close_ = false, failed_ = false, ended_ = false, stopped_ = false;
  code own_code_ = code::none, peer_code_ = code::abnormal, due_code_ = code::none;
  bool pong_due_ = false, close_due_ = false;
  std::string ping_{};
  ws::errc error_ = ws::errc::ok;
  bool in_message_ = false, in_text_ = false; // received
  bool out_message_ = false;                  // sent
  bool out_fin_ = true;
  std::size_t out_left_ = 0;

  bool is_open() const { return !own_close_ && !peer_close_ && !failed_ && !ended_ && !stopped_; }
  bool may_close() const { return !own_close_ && !ended_ && !stopped_ && out_left_ == 0; }
  bool may_pong() const {
    return !ended_ && !stopped_ && out_left_ == 0 && !(own_close_ && (peer_close_ || failed_));
  }
  bool may_continue() const {
    return out_message_ && out_left_ == 0 && !own_close_ && !failed_ && !ended_ && !stopped_;
  }

  void fails(ws::errc ec, code c) {
    if (failed_ || ended_) return;
    failed_ = true;
    error_ = ec;
    pong_due_ = false;
    if (out_left_ != 0) stops(); // a Close cannot stand inside a frame
    out_message_ = false;
    close_due_ = !own_close_ && !stopped_;
    due_code_ = ws::may_send(c, R) ? c : code::internal_error;
  }
  void stops() {
    stopped_ = true;
    out_message_ = false;
    out_left_ = 0;
    close_due_ = pong_due_ = false;
  }

  void check_state() {
    const bool send = (close_due_ && may_close()) || (!close_due_ && pong_due_ && may_pong());
    const bool both = peer_close_ && !close_due_;
    const ws::duty d = ended_            ? ws::duty::close_transport
                       : send            ? ws::duty::send_owed
                       : failed_         ? ws::duty::close_transport
                       : both && !client ? ws::duty::close_transport
                       : both            ? ws::duty::await_end
                                         : ws::duty::read;
    expect(c_.next_duty() == d, "next_duty()");
    const bool silent = own_close_ || stopped_;
    const ws::waiting w = ended_ || failed_ ? ws::waiting::nothing
                          : peer_close_     ? (client && silent ? ws::waiting::end : ws::waiting::nothing)
                          : silent          ? ws::waiting::close_reply
                                            : ws::waiting::traffic;
    expect(c_.waits_for() == w, "waits_for()");
    const ws::ready_state s = ended_      ? ws::ready_state::closed
                              : is_open() ? ws::ready_state::open
                                          : ws::ready_state::closing;
    expect(c_.state() == s, "state()");
    expect(d == ws::duty::close_transport || duty_ != ws::duty::close_transport, "close_transport is final");
    expect(s >= state_, "went back");
    duty_ = d;
    state_ = s;
    expect(c_.clean() == (own_close_ && peer_close_), "clean()");
    expect(c_.peer_code() == peer_code_, "peer_code()");
    expect(c_.own_code() == own_code_, "own_code()");
    expect(c_.error() == error_, "error()");
    expect(c_.out().in_message() == out_message_, "in_message()");
    expect(c_.out().frame_left() == out_left_, "frame_left()");
    expect(c_.out().may_close() == may_close() && c_.out().may_pong() == may_pong(),
           "may_close(), may_pong()");
    expect(c_.out().may_begin() == (is_open() && !out_message_), "may_begin()");
  }

  // --- sending -----------------------------------------------------------------------------------------

  /// Makes a call that has to give `ec` and, if that is ok, a frame with this opcode and payload; nothing of
  /// size 0 for an opcode of 99. Refused calls may not change a thing.
  template <class F> void call(const char *name, ws::errc ec, unsigned op, std::string_view payload, F f) {
    last_ = name;
    std::array<char, 400> room;
    room.fill('~');
    const std::size_t size = draw() % 8 == 0 ? draw() : room.size();
    keys_.fails = draw() % 16 == 0;
    std::array<char, sizeof c_> before;
    std::memcpy(before.data(), static_cast<const void *>(&c_), sizeof c_);
    const coax::written<ws::errc> done = f(std::span<char>(room).first(size));
    const bool same = std::memcmp(before.data(), static_cast<const void *>(&c_), sizeof c_) == 0;
    keys_was_ = keys_.fails;
    done_ = done.ec == ws::errc::ok;
    if (!done_) {
      expect(same && done.size == 0, "a refused call changed something");
      expect(std::string_view(room.data(), room.size()) == std::string(room.size(), '~'), "wrote");
      if (ec != ws::errc::ok) return expect(done.ec == ec, "the reason to refuse");
      if (done.ec == ws::errc::buffer_too_small) return expect(done.required > size, "required");
      return expect(client && keys_was_ && done.ec == ws::errc::no_entropy, "refused");
    }
    expect(ec == ws::errc::ok, "not refused");
    expect(done.size == done.required && done.size <= size, "size");
    if (op == 99) return expect(done.size == 0 && same, "nothing was to be written");
    if (op == 98) return expect(done.size == payload.size(), "a piece");
    const auto frames = read_frames(std::string_view(room.data(), done.size));
    expect(frames && frames->size() == 1, "no frame");
    if (!problem_.empty()) return;
    expect(frames->front().op == op && frames->front().payload == payload && frames->front().masked == client,
           "another frame");
  }

  ws::errc judged(bool in_order, bool valid = true) const {
    return !in_order ? ws::errc::wrong_state : valid ? ws::errc::ok : ws::errc::invalid_input;
  }

  void send_data(bool first, bool text, bool fin, std::string_view p) {
    const ws::opcode op = !first ? ws::opcode::continuation : text ? ws::opcode::text : ws::opcode::binary;
    const bool can = first ? is_open() && !out_message_ : may_continue();
    call("frame", judged(can), static_cast<unsigned>(op), p, [&](std::span<char> out) {
      if constexpr (client)
        return c_.out().frame({op, fin}, p, keys_, out);
      else
        return c_.out().frame({op, fin}, p, out);
    });
    if (done_) out_message_ = !fin;
  }
  void begin(bool first, bool fin) {
    const ws::opcode op = first ? ws::opcode::binary : ws::opcode::continuation;
    const std::size_t n = 1 + draw() % 4;
    const bool can = first ? is_open() && !out_message_ : may_continue();
    last_ = "begin";
    std::array<char, 8> room{};
    keys_.fails = false;
    const auto done = [&] {
      if constexpr (client)
        return c_.out().begin({op, fin}, n, keys_, room);
      else
        return c_.out().begin({op, fin}, n, room);
    }();
    expect(done.ec == judged(can), "begin()");
    if (!done) return;
    out_message_ = true;
    out_fin_ = fin;
    out_left_ = n;
  }
  void payload(std::string_view p) {
    const bool silent = own_close_ || ended_ || stopped_;
    ws::errc ec = ws::errc::ok;
    if (silent || (out_left_ == 0 && !p.empty()))
      ec = ws::errc::wrong_state;
    else if (p.size() > out_left_)
      ec = ws::errc::invalid_input;
    call("payload", ec, 98, p, [&](std::span<char> out) { return c_.out().payload(p, out); });
    if (!done_ || p.empty()) return;
    out_left_ -= p.size();
    if (out_left_ == 0 && out_fin_) out_message_ = false;
  }
  void control(bool ping, std::string_view p) {
    const bool can = ping ? is_open() && out_left_ == 0 : may_pong();
    call(ping ? "ping" : "pong", judged(can), ping ? 9 : 10, p, [&](std::span<char> out) {
      if constexpr (client)
        return ping ? c_.out().ping(p, keys_, out) : c_.out().pong(p, keys_, out);
      else
        return ping ? c_.out().ping(p, out) : c_.out().pong(p, out);
    });
  }
  static std::string body_of(code c) {
    if (c == code::none || c == code::no_status) return {};
    return {static_cast<char>(static_cast<unsigned>(c) >> 8),
            static_cast<char>(static_cast<unsigned>(c) & 0xFF)};
  }
  void closed_with(code c) {
    own_close_ = true;
    own_code_ = c == code::none ? code::no_status : c;
    close_due_ = false;
    out_message_ = false;
  }
  void close(bool by_out, code c) {
    const bool plain = c == code::none;
    call("close", judged(may_close(), plain || ws::may_send(c, R)), 8, body_of(c), [&](std::span<char> out) {
      if constexpr (client) {
        if (by_out) return plain ? c_.out().close(keys_, out) : c_.out().close(c, "", keys_, out);
        return plain ? c_.close(keys_, out) : c_.close(c, "", keys_, out);
      } else {
        if (by_out) return plain ? c_.out().close(out) : c_.out().close(c, "", out);
        return plain ? c_.close(out) : c_.close(c, "", out);
      }
    });
    if (done_) closed_with(c);
  }
  void send_owed() {
    const bool sends_close = close_due_ && may_close();
    const bool sends_pong = !close_due_ && pong_due_ && may_pong();
    const code c = due_code_ == code::mandatory_extension && !client ? code::normal : due_code_;
    call("send_owed", ws::errc::ok,
         sends_close  ? 8
         : sends_pong ? 10
                      : 99,
         sends_close  ? body_of(c)
         : sends_pong ? ping_
                      : std::string(),
         [&](std::span<char> out) {
           if constexpr (client)
             return c_.send_owed(keys_, out);
           else
             return c_.send_owed(out);
         });
    if (done_ && sends_close) closed_with(c);
    if (done_ && sends_pong) pong_due_ = false;
  }

  // --- receiving ---------------------------------------------------------------------------------------

  static std::string frame(unsigned first, std::string_view payload) {
    std::string out{static_cast<char>(static_cast<unsigned char>(first)),
                    static_cast<char>(static_cast<unsigned char>(payload.size() | (client ? 0u : 0x80u)))};
    if (!client) out += "\x05\x0a\x15\x20";
    for (std::size_t i = 0; i < payload.size(); ++i)
      out += static_cast<char>(client ? payload[i] : payload[i] ^ "\x05\x0a\x15\x20"[i % 4]);
    return out;
  }

  /// One frame arrives, whole or in two pieces, to be read singly or as a batch.
  void receive(std::string bytes, ws::event_kind want, ws::errc ec, code c, std::string_view payload) {
    const std::size_t cut = draw() % 3 == 0 ? draw() % bytes.size() : 0;
    const bool batch = draw() % 2 != 0;
    if (failed_ || (ended_ && !peer_close_)) {
      want = ws::event_kind::failed;
      ec = error_;
    } else if (peer_close_)
      want = ws::event_kind::closed;
    std::string got;
    std::size_t at = 0;
    bool told = false;
    const auto take = [&](ws::event_kind k, ws::errc e, code e_code, std::span<const char> p) {
      using kind = ws::event_kind;
      told = told || k == want;
      expect(k == want, "another event");
      expect(k != kind::failed || e == ec, "another error");
      expect(k != kind::close || e_code == c, "another code");
      got.append(p.begin(), p.end());
    };
    for (const std::size_t end : {cut, bytes.size()}) {
      for (bool more = true; more && problem_.empty();) {
        const std::span<char> in = std::span(bytes).subspan(at, end - at);
        if (batch) {
          std::array<ws::item, 2> items;
          const ws::batch b = c_.next(ws::limits{}, in, std::span<ws::item>(items));
          for (const ws::item &i : std::span(items).first(b.events))
            take(i.kind, ws::errc::ok, i.code, i.in(in));
          if (b.ec != ws::errc::ok) take(ws::event_kind::failed, b.ec, code::none, {});
          if (c_.in().closed() && b.events == 0 && b.ec == ws::errc::ok)
            take(ws::event_kind::closed, ws::errc::ok, code::none, {});
          at += b.consumed;
          more = b.events == items.size();
        } else {
          const ws::event e = c_.next(ws::limits{}, in);
          if (e.kind != ws::event_kind::need_more) take(e.kind, e.ec, e.code, e.payload);
          at += e.consumed;
          more = e.kind != ws::event_kind::need_more && e.kind != ws::event_kind::closed &&
                 e.kind != ws::event_kind::failed && e.kind != ws::event_kind::close;
        }
      }
    }
    if (!problem_.empty()) return;
    const bool silent = want == ws::event_kind::text || want == ws::event_kind::binary;
    expect(told || silent, "no event");
    if (want == ws::event_kind::failed) return fails(ec, ws::close_code_for(ec));
    if (want == ws::event_kind::closed) return;
    expect(at == bytes.size() && got == payload, "another payload");
    if (want == ws::event_kind::ping) {
      ping_ = payload;
      pong_due_ = !stopped_;
    }
    if (want == ws::event_kind::close) {
      peer_close_ = true;
      peer_code_ = c;
      pong_due_ = false;
      close_due_ = !own_close_ && !stopped_;
      due_code_ = c == code::no_status ? code::none : c;
      in_message_ = false;
    }
  }

  void arrive() {
    last_ = "receive";
    const std::string p = std::string("payload").substr(0, draw() % 8);
    using kind = ws::event_kind;
    switch (draw() % 12) {
    case 0:
    case 1:
    case 2: return receive(frame(0x89, p), kind::ping, ws::errc::ok, code::none, p);
    case 3: return receive(frame(0x8a, p), kind::pong, ws::errc::ok, code::none, p);
    case 4:
    case 5: {
      const bool fin = draw() % 2 != 0;
      if (in_message_)
        return receive(frame(0x81, p), kind::failed, ws::errc::unfinished_message, code::none, {});
      in_text_ = draw() % 2 != 0;
      const bool reads = !failed_ && !ended_ && !peer_close_;
      receive(frame((fin ? 0x80u : 0u) | (in_text_ ? 1u : 2u), p), in_text_ ? kind::text : kind::binary,
              ws::errc::ok, code::none, p);
      if (reads) in_message_ = !fin;
      return;
    }
    case 6:
    case 7: {
      const bool fin = draw() % 2 != 0;
      if (!in_message_)
        return receive(frame(0x80, p), kind::failed, ws::errc::unexpected_continuation, code::none, {});
      receive(frame(fin ? 0x80 : 0, p), in_text_ ? kind::text : kind::binary, ws::errc::ok, code::none, p);
      if (fin && !failed_ && !ended_ && !peer_close_) in_message_ = false;
      return;
    }
    case 8: {
      static constexpr std::uint16_t codes[] = {1000, 1001, 1007, 1010, 1011, 1014, 3000, 4999};
      const code c = draw() % 4 == 0 ? code::no_status : static_cast<code>(codes[draw() % 8]);
      const std::string reason = c == code::no_status ? "" : p;
      return receive(frame(0x88, body_of(c) + reason), kind::close, ws::errc::ok, c, reason);
    }
    case 9: return receive(frame(0x83, p), kind::failed, ws::errc::reserved_opcode, code::none, {});
    case 10: return receive(frame(0x88, "\x03"), kind::failed, ws::errc::bad_close_payload, code::none, {});
    default: return receive(frame(0x88, "\x03\xed"), kind::failed, ws::errc::bad_close_code, code::none, {});
    }
  }

  void verdict(bool by_code) {
    last_ = "fail";
    const code c = static_cast<code>(999 + draw() % 20);
    static constexpr ws::errc errors[] = {ws::errc::message_too_big, ws::errc::bad_deflate, ws::errc::ok};
    const ws::errc ec = by_code ? ws::errc::ok : errors[draw() % 3];
    const ws::errc want = ec == ws::errc::ok ? ws::errc::given_up : ec;
    const ws::event e = by_code ? c_.fail(c) : c_.fail(ec);
    if (peer_close_) return expect(e.kind == ws::event_kind::closed, "nothing to fail");
    const bool before = failed_ || ended_;
    expect(e.kind == ws::event_kind::failed && e.ec == (before ? error_ : want), "fail()");
    fails(want, by_code ? c : ws::close_code_for(want));
  }
  void end(bool tls) {
    last_ = "end";
    const ws::event e = tls ? c_.tls_failed() : c_.end_of_input();
    if (tls && !ended_ && peer_code_ == code::abnormal) peer_code_ = code::tls_handshake;
    ended_ = true;
    stops();
    if (!peer_close_ && error_ == ws::errc::ok) error_ = ws::errc::incomplete;
    expect(peer_close_ ? e.kind == ws::event_kind::closed
                       : e.kind == ws::event_kind::failed && e.ec == error_,
           "end_of_input()");
  }

  void step() {
    const unsigned what = draw();
    const std::string p(draw() % 5, 'x');
    switch (what % 24) {
    case 0:
    case 1: return send_data(true, what & 32, true, p);
    case 2: return send_data(true, what & 32, false, p);
    case 3:
    case 4: return send_data(false, false, what & 32, p);
    case 5: return begin(true, what & 32);
    case 6: return begin(false, what & 32);
    case 7:
    case 8:
    case 9: return payload(p);
    case 10: return control(true, p);
    case 11: return control(false, p);
    case 12: return close(what & 32, what & 64 ? code::none : static_cast<code>(999 + draw() % 20));
    case 13:
    case 14:
    case 15: return send_owed();
    case 16:
      if (what & 32) return verdict(what & 64);
      return arrive();
    case 17:
      if (what < 64) return end(what & 32);
      return arrive();
    case 18:
      if (what < 32) {
        last_ = "stop";
        c_.out().stop();
        return stops();
      }
      return arrive();
    default: return arrive();
    }
  }

  ws::connection<R> c_{};
  example_keys keys_{};
  std::string_view in_{};
  std::string problem_{};
  std::string last_ = "none";
  ws::duty duty_ = ws::duty::read;
  ws::ready_state state_ = ws::ready_state::open;
  bool done_ = false, keys_was_ = false;
};

} // namespace coax_test
