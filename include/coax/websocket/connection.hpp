// Both directions of a WebSocket connection: messages, pongs that are owed, and the closing handshake (RFC
// 6455 §7).
#pragma once

#include "reader.hpp"
#include "writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// What is to be done next, besides sending what was written.
enum class duty : std::uint8_t {
  read,      ///< receive more bytes, or call next() with those there are
  send_owed, ///< call send_owed() and send what it wrote
  await_end, ///< clients: both Close frames have passed, the server closes the transport; close it after a
             ///< while if it does not (RFC 6455 §7.1.1)
  close_transport, ///< close the transport
};

/// Which timer should be running.
enum class waiting : std::uint8_t {
  nothing,     ///< none: it is this end that has to do something
  traffic,     ///< for anything to arrive: send a ping after a while, and close if nothing comes
  close_reply, ///< for the peer's Close frame, as ours was sent
  end,         ///< for the peer to close the transport
};

/// How far a connection is (RFC 6455 §4.1 and §7.1). CONNECTING is the HTTP connection before it.
enum class ready_state : std::uint8_t {
  open,
  closing, ///< a Close frame was sent or received, or the connection failed
  closed,  ///< the transport has ended: see end_of_input()
};

/// One end of an open connection. `R` is who owns it: a client's calls that send take a source of randomness,
/// see writer.
///
///     websocket::server socket(session.options);
///     for (bool more = true; more;) {
///       const event e = socket.next(limits, input);
///       switch (e.kind) {
///       case event_kind::text: ... e.payload, e.first, e.last ...
///       case event_kind::closed:
///       case event_kind::failed:
///       case event_kind::need_more: more = false; break;
///       default: break;                        // ping, pong, close: nothing is to be done but this:
///       }
///       transmit(out, socket.send_owed(out));  // a pong or a Close, where one is due
///       input = input.subspan(e.consumed);
///     }
///     if (socket.next_duty() == duty::close_transport) ...
///
/// Messages are sent through out(). State is a small value without pointers: copy it, move it, keep it
/// anywhere.
template <role R> class connection {
  static constexpr bool masks = R == role::client;

public:
  constexpr explicit connection(reader_options options = {}) noexcept
      : reader_(R, options),
        writer_(writer_options{.deflate = options.deflate, .takeover = options.own_takeover}) {}

  // --- receiving ---------------------------------------------------------------------------------------

  /// The next event in `in`; see reader. Besides what that reports: a ping makes a pong due, of which only
  /// the latest is kept (RFC 6455 §5.5.3); a Close frame makes a reply due, if none was sent, and no data can
  /// be sent any more but the rest of a message in progress; an error makes a Close with a fitting code due,
  /// if none was sent and no frame is being sent, and no data can be sent any more. send_owed() writes what
  /// is due. Data that arrives after the own Close was sent is still delivered.
  constexpr event next(const limits &lim, std::span<char> in, std::size_t max_payload = no_cap) noexcept {
    const event e = reader_.next(lim, in, max_payload);
    take(e.kind, e.code, e.payload);
    return e;
  }
  /// The next events in `in`, as many as `out` has room for.
  constexpr batch next(const limits &lim, std::span<char> in, std::span<item> out) noexcept {
    const batch b = reader_.next(lim, in, out);
    for (const item &i : out.first(b.events))
      if (i.kind >= event_kind::ping) take(i.kind, i.code, i.in(in));
    if (b.ec != errc::ok) take(event_kind::failed, close_code::none, {});
    return b;
  }

  /// The transport has ended, by the peer or by the caller: CLOSED. closed behind the peer's Close frame,
  /// else failed, with incomplete if nothing was wrong before; the same as often as it is called. Nothing is
  /// due and nothing can be sent any more. clean() tells whether the closing handshake was completed.
  constexpr event end_of_input() noexcept {
    ended_ = true;
    writer_.stop();
    return reader_.end_of_input();
  }
  /// TLS failed: CLOSED, with close_code::tls_handshake to report if no Close frame came (RFC 6455 §7.1.5).
  constexpr event tls_failed() noexcept {
    if (!ended_ && received_ == close_code::none) received_ = close_code::tls_handshake;
    return end_of_input();
  }

  /// The caller's own verdict: fails the connection (RFC 6455 §7.1.7). Nothing more is read, and a Close
  /// becomes due as with an error in what is read: with `code`, or internal_error in place of one that may
  /// not be sent; or with the code that belongs to an error such as errc::message_too_big. Says failed, with
  /// the earlier error if there was one; behind the peer's Close frame nothing is to be failed: closed.
  constexpr event fail(close_code code) noexcept { return fail(errc::given_up, code); }
  constexpr event fail(errc ec) noexcept {
    if (ec == errc::ok) ec = errc::given_up;
    return fail(ec, close_code_for(ec));
  }

  /// For a caller with a clock: see reader::forget_control_frames(). Without it a connection that is silent
  /// but for pings ends at limits::control.
  constexpr void forget_control_frames() noexcept { reader_.forget_control_frames(); }

  // --- sending -----------------------------------------------------------------------------------------

  /// The sending direction: text(), binary(), frames, pings. Send what is owed first. It is told by this
  /// object how the connection goes: its peer_closed() and failed() are not for the caller. Its stop() means
  /// that nothing is due any more.
  constexpr writer<R> &out() noexcept { return writer_; }
  constexpr const writer<R> &out() const noexcept { return writer_; }

  /// Writes what is due, a pong or the Close frame; nothing (size 0) if nothing is, or inside a frame that is
  /// being sent. A Close gives up a message in progress: to finish that first, call this later.
  /// buffer_too_small, `required` tells how much it takes: at most 131 octets.
  constexpr written<errc> send_owed(std::span<char> out) noexcept requires(!masks) {
    return send_what_is_owed([&](auto write) { return write(out); });
  }
  template <entropy E>
  constexpr written<errc> send_owed(E &random, std::span<char> out) noexcept requires(masks) {
    return send_what_is_owed([&](auto write) { return write(random, out); });
  }

  /// Begins the closing handshake, or answers the peer's Close, or says why the connection failed, in other
  /// words than send_owed(): see writer::close(). A pong that is due remains so unless the peer has closed.
  constexpr written<errc> close(close_code code, std::string_view reason, std::span<char> out) noexcept
      requires(!masks) {
    return writer_.close(code, reason, out);
  }
  template <entropy E>
  constexpr written<errc> close(close_code code, std::string_view reason, E &random,
                                std::span<char> out) noexcept requires(masks) {
    return writer_.close(code, reason, random, out);
  }
  /// The same without a code, and so without a reason.
  constexpr written<errc> close(std::span<char> out) noexcept requires(!masks) { return writer_.close(out); }
  template <entropy E>
  constexpr written<errc> close(E &random, std::span<char> out) noexcept requires(masks) {
    return writer_.close(random, out);
  }

  // --- what holds now ----------------------------------------------------------------------------------

  /// What is to be done next. close_transport is final.
  constexpr duty next_duty() const noexcept {
    if (ended_) return duty::close_transport;
    if (owes_close() ? writer_.may_close() : pong_owed_ && writer_.may_pong()) return duty::send_owed;
    if (failed_) return duty::close_transport;
    if (!reader_.closed() || owes_close()) return duty::read; // the latter: once the own frame is complete
    return masks ? duty::await_end : duty::close_transport;   // RFC 6455 §7.1.1
  }
  /// Which timer should be running. When it has run out: fail(), or behind both Close frames end_of_input(),
  /// make the transport to be closed.
  constexpr waiting waits_for() const noexcept {
    if (ended_ || failed_) return waiting::nothing;
    if (reader_.closed()) return masks && writer_.closed() ? waiting::end : waiting::nothing;
    return writer_.closed() ? waiting::close_reply : waiting::traffic;
  }
  /// How far the connection is; it only ever advances.
  constexpr ready_state state() const noexcept {
    if (ended_) return ready_state::closed;
    return reader_.closed() || writer_.closed() || failed_ ? ready_state::closing : ready_state::open;
  }
  /// Whether the closing handshake was completed: a Close frame went each way (RFC 6455 §7.1.4).
  constexpr bool clean() const noexcept {
    return reader_.closed() && writer_.sent_code() != close_code::none;
  }
  /// The code to report (RFC 6455 §7.1.5): that of the peer's Close frame, no_status if it had none; abnormal
  /// if there was no such frame; tls_handshake if TLS failed.
  constexpr close_code peer_code() const noexcept {
    return received_ == close_code::none ? close_code::abnormal : received_;
  }
  /// The code of the own Close frame: no_status if it has none; close_code::none if it was not written.
  constexpr close_code own_code() const noexcept { return writer_.sent_code(); }
  /// What failed here; ok if nothing did.
  constexpr errc error() const noexcept { return reader_.error(); }
  /// The receiving direction, for what it knows of the message in progress.
  constexpr const reader &in() const noexcept { return reader_; }

private:
  constexpr event fail(errc ec, close_code code) noexcept {
    const event e = reader_.closed() ? event{.kind = event_kind::closed} : reader_.fail(ec);
    if (e.kind == event_kind::failed) give_up(code);
    return e;
  }

  constexpr void take(event_kind kind, close_code code, std::span<char> payload) noexcept {
    switch (kind) {
    case event_kind::ping:
      pong_size_ = static_cast<std::uint8_t>(payload.size());
      std::copy(payload.begin(), payload.end(), pong_.begin());
      pong_owed_ = true;
      break;
    case event_kind::close:
      received_ = code;
      close_owed_ = true;
      owed_code_ = code == close_code::no_status ? close_code::none : code;
      writer_.peer_closed();
      break;
    case event_kind::failed: give_up(close_code_for(reader_.error())); break;
    default: break;
    }
  }

  constexpr void give_up(close_code code) noexcept {
    if (failed_) return;
    failed_ = true;
    close_owed_ = true;
    owed_code_ = may_send(code, R) ? code : close_code::internal_error;
    writer_.failed();
  }

  /// Whether there has to be a Close that there was not yet.
  constexpr bool owes_close() const noexcept { return close_owed_ && !writer_.closed(); }

  /// The Close goes first, and a pong that was due is not sent behind both (RFC 6455 §5.5.2).
  template <class Call> constexpr written<errc> send_what_is_owed(Call call) noexcept {
    if (owes_close()) {
      if (!writer_.may_close()) return {};
      // An echo of 1010, which only a client may send, becomes a normal closure.
      const close_code code =
          owed_code_ == close_code::none || may_send(owed_code_, R) ? owed_code_ : close_code::normal;
      return call([&](auto &&...to) {
        return code == close_code::none ? writer_.close(to...)
                                        : writer_.close(code, std::string_view{}, to...);
      });
    }
    if (!pong_owed_ || !writer_.may_pong()) return {};
    const std::string_view answer{pong_.data(), pong_size_};
    const written<errc> sent = call([&](auto &&...to) { return writer_.pong(answer, to...); });
    if (sent) pong_owed_ = false;
    return sent;
  }

  reader reader_;
  writer<R> writer_;
  std::array<char, max_control_payload> pong_{}; // payload of the latest ping
  std::uint8_t pong_size_ = 0;
  close_code received_ = close_code::none;  // what the peer's Close frame said
  close_code owed_code_ = close_code::none; // of the Close frame that is due; none: without a code
  bool pong_owed_ = false;
  bool close_owed_ = false; // the peer's Close or a failure asks for one; see owes_close()
  bool failed_ = false;     // nothing more is read
  bool ended_ = false;      // the transport is gone
};

using server = connection<role::server>;
using client = connection<role::client>;
static_assert(std::is_trivially_copyable_v<server> && sizeof(server) <= 256);
static_assert(std::is_trivially_copyable_v<client> && sizeof(client) <= 256);

} // namespace coax::inline v0_1::websocket
