// The receiving direction of a connection: frames in, messages and control frames out (RFC 6455 §5 to §8).
#pragma once

#include "../core/outcome.hpp"
#include "../core/role.hpp"
#include "close_payload.hpp"
#include "event.hpp"
#include "found_event.hpp"
#include "frame.hpp"
#include "frame_place.hpp"
#include "limits.hpp"
#include "mask.hpp"
#include "masked_text.hpp"
#include "plain_frames.hpp"
#include "reader_options.hpp"
#include "reader_state.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Takes what a peer sends apart, as it arrives.
///
/// Payload is unmasked where it lies, and handed out as it comes; only the payload of control frames, which
/// has at most 125 octets, and of frames below reader_options::whole_below is waited for. So a caller has to
/// hold a frame header (14 octets) or such a payload, whichever is larger. Only bytes that are reported as
/// consumed are ever changed. Frames that neither bring payload nor end a message give no event.
///
/// Events, and the place of an error, do not depend on how the input is cut: payload in front of an error is
/// handed out first (not that of a frame below whole_below, which is not handed out in pieces). A failed
/// reader stays so until reset().
///
/// The errors are those of decode(); those of frame_place, which is where a frame may stand and how large it
/// may be; and of payload: bad_utf8, bad_close_code, bad_close_reason. Each is found at the first octet that
/// proves it; that is the last one where text or a reason ends inside a character.
class reader : detail::reader_state {
public:
  /// The direction that `own` reads: a server's frames have to be masked, a client's must not be.
  constexpr explicit reader(role own, reader_options options = {}) noexcept : reader_state(own, options) {}

  /// The next event in `in`, which begins with the first byte that was not consumed yet. At most
  /// `max_payload` octets of a data frame are handed out at a time; a frame below whole_below waits for a
  /// call that permits all of it. Not calling is all that back-pressure takes.
  ///
  /// Looks at no more than 4 GiB at a time. Linear.
  COAX_ALWAYS_INLINE constexpr event next(const limits &lim, std::span<char> in,
                                          std::size_t max_payload = no_cap) noexcept {
    // Inlined, as to enter a function and to leave it takes as long as a small message does.
    in = in.first(std::min(in.size(), max_input));
    if (phase_ == phase::pieces) return next_piece(in, 0, max_payload);
    if (between_messages(lim)) {
      if (const detail::plain_frame f = plain(lim, max_payload).take_small(in)) {
        if (f.end > in.size()) return next_of_begun(lim, in, start_plain(lim, in, f), max_payload);
        control_ = 0;
        return f.as_event(in);
      }
    }
    return next_of_any(lim, in, max_payload);
  }

  /// The next events in `in`, as many as `out` has room for. The same events as one at a time give.
  constexpr batch next(const limits &lim, std::span<char> in, std::span<item> out) noexcept {
    in = in.first(std::min(in.size(), max_input));
    batch b;
    std::size_t at = 0;
    found f;
    while (b.events < out.size()) {
      if (between_messages(lim)) {
        detail::plain_frame begun;
        if (const std::size_t taken = plain(lim, no_cap).take(in, at, out.subspan(b.events), begun);
            taken != 0) {
          b.events += taken;
          b.consumed = at;
          control_ = 0;
          if (b.events == out.size()) break;
        }
        if (begun) at = start_plain(lim, in, begun);
      }
      if (at == in.size() && (b.hint = hint_at_end()) != 0) {
        b.consumed = at;
        break;
      }
      if (phase_ == phase::pieces) {
        if (const std::size_t size = take_piece(in, at, no_cap); size != 0) { // most often one more
          out[b.events++] = pass(size).as_item(at, size);
          b.consumed = at += size;
          continue;
        }
      }
      advance(lim, in, at, no_cap, f);
      if (f.kind == event_kind::failed) {
        b.ec = ec_;
        b.why = failure().why;
        return b;
      }
      b.consumed = at;
      if (f.kind == event_kind::need_more || f.kind == event_kind::closed) {
        b.hint = f.hint;
        break;
      }
      out[b.events++] = f.as_item();
    }
    return b;
  }

  /// The input ended. closed behind a Close frame, else failed with `incomplete`: an end without it is not
  /// clean, wherever it comes (RFC 6455 §7.1.5), and what was in progress never ends.
  constexpr event end_of_input() noexcept {
    if (phase_ == phase::closed) return {.kind = event_kind::closed};
    return fail(errc::incomplete);
  }

  /// The caller's own verdict, such as text that turned out bad after inflating: every later call says
  /// failed, with this error. Of a reader that failed before, nothing is changed.
  constexpr event fail(errc ec) noexcept {
    if (phase_ != phase::failed) refuse(ec, in_frame() ? element::payload : element::none, 0);
    return failure();
  }

  /// Counts control frames anew, as each data frame does. For a caller with a clock: called once in a while
  /// it makes a rate of limits::control, so that a connection which is silent but for pings can live on.
  constexpr void forget_control_frames() noexcept { control_ = 0; }

  /// Whether a message was begun and has not ended.
  using reader_state::in_message;
  /// Whether nothing was begun: a frame header comes next, of a control frame or of a new message.
  constexpr bool idle() const noexcept { return phase_ == phase::header && !in_message(); }
  /// Whether the Close frame came.
  constexpr bool closed() const noexcept { return phase_ == phase::closed; }
  /// What is wrong; ok as long as nothing is.
  constexpr errc error() const noexcept { return ec_; }
  /// Octets of payload of the frame in progress that were not handed out yet.
  constexpr std::uint64_t frame_left() const noexcept { return frame_left_; }
  /// Octets of payload that the frames of the message in progress have announced so far.
  constexpr std::uint64_t message_size() const noexcept { return in_message() ? message_ : 0; }
  /// The end that this reader belongs to.
  constexpr role own_role() const noexcept { return own_; }
  constexpr reader_options options() const noexcept { return {deflate_, whole_below_}; }

  /// Begins anew, with the same role and options.
  constexpr void reset() noexcept { *this = reader(own_, options()); }

private:
  static constexpr std::size_t max_input = 0xFFFF'FFFF;

  using found = detail::found_event;
  /// Whether plain_frames may look: what comes next may be a message in one frame.
  constexpr bool between_messages(const limits &lim) const noexcept { return idle() && lim.fragments != 0; }
  constexpr detail::plain_frames plain(const limits &lim, std::size_t max_payload) const noexcept {
    return {own_ == role::server, deflate_,
            std::min<std::uint64_t>(max_payload, std::min(lim.frame, lim.message))};
  }

  static constexpr std::string_view view(std::span<const char> in) noexcept { return {in.data(), in.size()}; }

  /// The next event, of a frame that was begun.
  [[gnu::noinline]] constexpr event next_piece(std::span<char> in, std::size_t at,
                                               std::size_t max_payload) noexcept {
    if (const std::size_t size = take_piece(in, at, max_payload); size != 0)
      return pass(size).as_event(in, at, size, frame_left_);
    if (phase_ == phase::failed) return failure();
    return {.kind = event_kind::need_more, .consumed = at, .hint = at == in.size() ? 1u : 0u};
  }
  /// The next event, of a frame whose payload begins at `at`.
  constexpr event next_of_begun(const limits &lim, std::span<char> in, std::size_t at,
                                std::size_t max_payload) noexcept {
    return phase_ == phase::pieces ? next_piece(in, at, max_payload) : next_of_any(lim, in, max_payload, at);
  }
  /// The next event, whatever it is.
  [[gnu::noinline]] constexpr event next_of_any(const limits &lim, std::span<char> in,
                                                std::size_t max_payload, std::size_t at = 0) noexcept {
    if (between_messages(lim)) {
      if (const detail::plain_frame f = plain(lim, max_payload).take_any(in)) {
        if (f.end > in.size()) return next_of_begun(lim, in, start_plain(lim, in, f), max_payload);
        control_ = 0;
        return f.as_event(in);
      }
    }
    found f;
    advance(lim, in, at, max_payload, f);
    return f.kind == event_kind::failed ? failure() : f.as_event(in, at, frame_left_);
  }

  /// Goes on from `at` to the next event, or as far as the input goes.
  constexpr void advance(const limits &lim, std::span<char> in, std::size_t &at, std::size_t max_payload,
                         found &f) noexcept {
    f = {};
    for (;;) {
      if (phase_ == phase::header) {
        const step<errc> s = read_header(lim, view(in).substr(at));
        if (s.failed()) refuse(s.ec, s.why.what, at + s.why.at);
        if (s.st == status::need_more) f.hint = s.hint;
        if (!s.ready()) break;
        at += s.consumed;
      }
      if (!in_frame()) break;
      if (is_control(op_)) return take_control(in, at, f);
      if (frame_left_ != 0 || fin_) return take_data(in, at, max_payload, f);
      phase_ = phase::header;
    }
    if (phase_ == phase::closed) at = in.size();
    f.kind = phase_ == phase::failed   ? event_kind::failed
             : phase_ == phase::closed ? event_kind::closed
                                       : event_kind::need_more;
  }

  constexpr step<errc> read_header(const limits &lim, std::string_view in) noexcept {
    frame_header h;
    const step<errc> s = decode(in, {own_, deflate_ ? rsv1 : std::uint8_t{0}}, h);
    const frame_place place{.in_message = in_message(),
                            .in_character = is_checked() && !text_.complete(),
                            .control = control_,
                            .frames = in_message() ? fragments_ : 0,
                            .payload = message_size()};
    const step<errc> r = place.judge(lim, in, s);
    if (r.ready()) start(h);
    return r;
  }

  /// Begins a plain frame. Returns where its payload begins.
  [[gnu::noinline]] constexpr std::size_t start_plain(const limits &lim, std::span<const char> in,
                                                      detail::plain_frame f) noexcept {
    start(plain(lim, no_cap).to_header(f, in));
    return f.begin();
  }
  /// The payload of a control frame, once it is there.
  constexpr void take_control(std::span<char> in, std::size_t &at, found &f) noexcept {
    const auto size = static_cast<std::size_t>(frame_left_);
    const std::span<char> payload = in.subspan(at, std::min(size, in.size() - at));
    const bool is_close = op_ == opcode::close;
    if (is_close) {
      std::array<char, max_control_payload> plain{};
      apply_mask({payload.data(), payload.size()}, plain, key_);
      const checked_close c = check_close_payload({plain.data(), payload.size()}, size);
      if (c.ec != errc::ok) {
        refuse(c.ec, element::close_payload, at + c.at);
        f.kind = event_kind::failed;
        return;
      }
      f.code = c.code;
    }
    if (payload.size() < size) {
      f = {.hint = size - payload.size()};
      return;
    }
    if (own_ == role::server) apply_mask(payload, key_);
    const std::size_t reason = is_close ? std::min<std::size_t>(size, 2) : 0; // behind the code
    f.offset = at + reason;
    f.size = size - reason;
    f.kind = is_close ? event_kind::close : op_ == opcode::ping ? event_kind::ping : event_kind::pong;
    at += size;
    frame_left_ = 0;
    phase_ = is_close ? phase::closed : phase::header;
  }

  /// The payload of a data frame: what is there of it, or nothing if it is to stay whole.
  constexpr void take_data(std::span<char> in, std::size_t &at, std::size_t max_payload, found &f) noexcept {
    if (phase_ == phase::whole && (in.size() - at < frame_left_ || max_payload < frame_left_))
      return await_data(in, at, f);
    const std::size_t size = frame_left_ != 0 ? take_piece(in, at, max_payload) : 0;
    if (phase_ == phase::failed) {
      f.kind = event_kind::failed;
    } else if (size == 0 && frame_left_ != 0) {
      f.hint = at == in.size() ? 1u : 0u;
    } else {
      const detail::piece p = pass(size);
      f.kind = p.kind;
      f.flags = p.flags;
      f.offset = at;
      f.size = size;
      at += size;
    }
  }

  /// Unmasks and checks what there is at `at` of the payload that is left. Returns how much; 0 if there is
  /// nothing, or the reader has failed by it.
  COAX_ALWAYS_INLINE constexpr std::size_t take_piece(std::span<char> in, std::size_t at,
                                                      std::size_t max_payload) noexcept {
    const std::size_t there = std::min(in.size() - at, max_payload);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(frame_left_, there));
    return size == 0 || take_ascii(in, at, size) ? size : unmask(in.subspan(at, size), at); // most are ASCII
  }

  /// A data frame that is to stay whole, and is not there or not permitted as a whole.
  constexpr void await_data(std::span<const char> in, std::size_t at, found &f) noexcept {
    if (in.size() - at >= frame_left_) return;
    f.hint = static_cast<std::size_t>(frame_left_) - (in.size() - at);
    if (!check_ahead(in.subspan(at), at)) f.kind = event_kind::failed;
  }

  /// Takes a piece of text if it is ASCII, behind a whole character, and quickly seen to be.
  COAX_ALWAYS_INLINE constexpr bool take_ascii(std::span<char> in, std::size_t at,
                                               std::size_t size) noexcept {
    if (std::is_constant_evaluated() || kind_ != event_kind::text || checked_ != 0 || !text_.complete())
      return false;
    if (own_ == role::client) return detail::is_ascii_piece(view(in), at, size);
    if (!detail::unmask_ascii(in.subspan(at, size), key_)) return false;
    key_ = detail::turn(key_, size);
    return true;
  }

  /// Unmasks a piece that lies at `at`, and checks it. Returns how much of it is handed out: all, or what is
  /// in front of an error, which the next call meets again as its first octet.
  [[gnu::noinline]] constexpr std::size_t unmask(std::span<char> piece, std::size_t at) noexcept {
    const bool masked = own_ == role::server;
    if (is_checked()) {
      const utf8_validator before = text_;
      const std::size_t good = check(piece, masked);
      if (good < piece.size()) {
        const bool refused = phase_ == phase::whole || good == 0;
        const std::size_t kept = refused ? 0 : good;
        if (masked) apply_mask(piece.subspan(kept), key_, kept); // as it was: it is not consumed
        if (refused) {
          refuse(errc::bad_utf8, element::payload, at + good);
          return 0;
        }
        piece = piece.first(good);
        text_ = before;
        (void)text_.add({piece.data(), good});
      }
    } else if (masked) {
      apply_mask(piece, key_);
    }
    key_ = detail::turn(key_, piece.size());
    return piece.size();
  }

  /// Unmasks a piece of text. Returns its octets in front of the one that makes it no text.
  constexpr std::size_t check(std::span<char> piece, bool masked) noexcept {
    const std::span<char> rest = piece.subspan(checked_); // the others were checked ahead
    if (masked) apply_mask(piece.first(checked_), key_);
    const std::size_t bad = masked ? detail::unmask_piece(rest, detail::turn(key_, checked_), text_)
                                   : text_.add({rest.data(), rest.size()});
    if (bad != utf8_validator::npos) return checked_ + bad;
    const bool ends = fin_ && piece.size() == frame_left_ && !piece.empty();
    return ends && !text_.complete() ? piece.size() - 1 : piece.size();
  }

  /// Checks what there is of a frame that is waited for, without changing it: text that is none has to be
  /// refused at the first impossible octet (RFC 6455 §8.1). False, and refused, if it is none.
  constexpr bool check_ahead(std::span<const char> there, std::size_t at) noexcept {
    if (!is_checked() || there.size() <= checked_) return true;
    const std::size_t bad = detail::check_masked(view(there).substr(checked_), key_, checked_, text_);
    if (bad != utf8_validator::npos) {
      refuse(errc::bad_utf8, element::payload, at + checked_ + bad);
      return false;
    }
    checked_ = static_cast<std::uint32_t>(there.size());
    return true;
  }
};
static_assert(std::is_trivially_copyable_v<reader> && sizeof(reader) == 48);

} // namespace coax::inline v0_1::websocket
