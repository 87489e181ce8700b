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
class reader {
public:
  /// The direction that `own` reads: a server's frames have to be masked, a client's must not be.
  constexpr explicit reader(role own, reader_options options = {}) noexcept
      : whole_below_(options.whole_below), own_(own), deflate_(options.deflate) {}

  /// The next event in `in`, which begins with the first byte that was not consumed yet. At most
  /// `max_payload` octets of a data frame are handed out at a time; a frame below whole_below waits for a
  /// call that permits all of it. Not calling is all that back-pressure takes.
  ///
  /// Looks at no more than 4 GiB at a time. Linear.
  constexpr event next(const limits &lim, std::span<char> in, std::size_t max_payload = no_cap) noexcept {
    in = in.first(std::min(in.size(), max_input));
    std::size_t at = 0;
    if (between_messages(lim)) {
      detail::plain_frame begun;
      if (const detail::plain_frame f = plain(lim, max_payload).take_first(in, begun)) {
        control_ = 0;
        return detail::to_found(f).as_event(in, f.end, 0);
      }
      if (begun) at = start(lim, in, begun);
    }
    found f;
    advance(lim, in, at, max_payload, f);
    return f.kind == event_kind::failed ? failure() : f.as_event(in, at, frame_left_);
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
        if (begun) at = start(lim, in, begun);
      }
      if (at == in.size() && (b.hint = hint_at_end()) != 0) {
        b.consumed = at;
        break;
      }
      if (phase_ == phase::payload && !is_control(op_) && frame_left_ != 0) {
        const found piece = take_data(in, at, no_cap); // most often one more, and never in memory
        if (piece.kind == kind_) {
          out[b.events++] = piece.as_item();
          b.consumed = at;
          continue;
        }
        f = piece;
      } else {
        advance(lim, in, at, no_cap, f);
      }
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
    if (phase_ != phase::failed) refuse(ec, phase_ == phase::payload ? element::payload : element::none, 0);
    return failure();
  }

  /// Counts control frames anew, as each data frame does. For a caller with a clock: called once in a while
  /// it makes a rate of limits::control, so that a connection which is silent but for pings can live on.
  constexpr void forget_control_frames() noexcept { control_ = 0; }

  /// Whether a message was begun and has not ended.
  constexpr bool in_message() const noexcept { return in_message_; }
  /// Whether nothing was begun: a frame header comes next, of a control frame or of a new message.
  constexpr bool idle() const noexcept { return phase_ == phase::header && !in_message_; }
  /// Whether the Close frame came.
  constexpr bool closed() const noexcept { return phase_ == phase::closed; }
  /// What is wrong; ok as long as nothing is.
  constexpr errc error() const noexcept { return ec_; }
  /// Octets of payload of the frame in progress that were not handed out yet.
  constexpr std::uint64_t frame_left() const noexcept { return frame_left_; }
  /// Octets of payload that the frames of the message in progress have announced so far.
  constexpr std::uint64_t message_size() const noexcept { return message_; }
  /// The end that this reader belongs to.
  constexpr role own_role() const noexcept { return own_; }
  constexpr reader_options options() const noexcept { return {deflate_, whole_below_}; }

  /// Begins anew, with the same role and options.
  constexpr void reset() noexcept { *this = reader(own_, options()); }

private:
  enum class phase : std::uint8_t { header, payload, closed, failed };

  static constexpr std::size_t max_input = 0xFFFF'FFFF;

  using found = detail::found_event;
  /// Whether plain_frames may look: what comes next may be a message in one frame.
  constexpr bool between_messages(const limits &lim) const noexcept {
    return phase_ == phase::header && !in_message_ && lim.fragments != 0;
  }
  constexpr detail::plain_frames plain(const limits &lim, std::size_t max_payload) const noexcept {
    return {own_ == role::server, deflate_, std::min<std::uint64_t>({max_payload, lim.frame, lim.message})};
  }

  static constexpr std::string_view view(std::span<const char> in) noexcept { return {in.data(), in.size()}; }
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
      if (phase_ != phase::payload) break;
      if (is_control(op_)) return take_control(in, at, f);
      if (frame_left_ != 0 || fin_) return (void)(f = take_data(in, at, max_payload));
      phase_ = phase::header;
    }
    if (phase_ == phase::closed) at = in.size();
    f.kind = phase_ == phase::failed   ? event_kind::failed
             : phase_ == phase::closed ? event_kind::closed
                                       : event_kind::need_more;
  }

  /// The hint at the end of the input, where that needs no look at octets that were not consumed; else 0.
  constexpr std::size_t hint_at_end() const noexcept {
    if (phase_ == phase::header) return own_ == role::server ? 6 : 2;
    if (phase_ != phase::payload || frame_left_ == 0) return 0;
    return whole_ ? static_cast<std::size_t>(frame_left_) : 1;
  }

  constexpr void refuse(errc ec, element what, std::size_t at) noexcept {
    phase_ = phase::failed;
    ec_ = ec;
    what_ = what;
    checked_ = static_cast<std::uint32_t>(at);
  }
  constexpr event failure() const noexcept {
    return {.kind = event_kind::failed, .ec = ec_, .why = {.at = checked_, .what = what_}};
  }

  /// Whether text is in progress that has to be UTF-8.
  constexpr bool is_checked() const noexcept { return kind_ == event_kind::text && !compressed_; }

  constexpr step<errc> read_header(const limits &lim, std::string_view in) noexcept {
    frame_header h;
    const step<errc> s = decode(in, {own_, deflate_ ? rsv1 : std::uint8_t{0}}, h);
    const frame_place place{.in_message = in_message_,
                            .in_character = is_checked() && !text_.complete(),
                            .control = control_,
                            .frames = fragments_,
                            .payload = message_};
    const step<errc> r = place.judge(lim, in, s);
    if (r.ready()) start(h);
    return r;
  }

  /// Begins a plain frame. Returns where its payload begins.
  constexpr std::size_t start(const limits &lim, std::span<const char> in, detail::plain_frame f) noexcept {
    start(plain(lim, no_cap).to_header(f, in));
    return f.begin();
  }
  /// Begins a frame that is in order.
  constexpr void start(const frame_header &h) noexcept {
    phase_ = phase::payload;
    op_ = h.op;
    fin_ = h.fin;
    frame_left_ = h.length;
    key_ = h.key;
    checked_ = 0;
    whole_ = is_control(h.op) || h.length < whole_below_;
    if (is_control(h.op)) {
      if (h.op != opcode::close) ++control_;
      return;
    }
    control_ = 0;
    if (begins_message(h.op)) {
      kind_ = h.op == opcode::text ? event_kind::text : event_kind::binary;
      compressed_ = h.rsv != 0;
      in_message_ = first_ = true;
    }
    ++fragments_;
    message_ += h.length;
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
  COAX_ALWAYS_INLINE constexpr found take_data(std::span<char> in, std::size_t &at,
                                               std::size_t max_payload) noexcept {
    const std::size_t there = in.size() - at;
    if (whole_ && (there < frame_left_ || max_payload < frame_left_)) return await_data(in, at);
    std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>({there, frame_left_, max_payload}));
    if (size == 0 && frame_left_ != 0) return {.hint = there == 0 ? 1u : 0u};
    if (const std::span<char> piece = in.subspan(at, size); !take_ascii(piece)) { // which most are
      size = unmask(piece, at);
      if (phase_ == phase::failed) return {.kind = event_kind::failed};
    }
    at += size;
    frame_left_ -= size;
    unsigned flags = (first_ ? item::first_flag : 0u) | (compressed_ ? item::compressed_flag : 0u);
    first_ = false;
    if (frame_left_ == 0) {
      phase_ = phase::header;
      if (fin_) {
        flags |= item::last_flag;
        in_message_ = false;
        message_ = fragments_ = 0;
      }
    }
    return {.offset = at - size, .size = size, .kind = kind_, .flags = static_cast<std::uint8_t>(flags)};
  }

  /// A data frame that is to stay whole, and is not there or not permitted as a whole.
  constexpr found await_data(std::span<const char> in, std::size_t at) noexcept {
    if (in.size() - at >= frame_left_) return {};
    const bool good = check_ahead(in.subspan(at), at);
    return {.hint = static_cast<std::size_t>(frame_left_) - (in.size() - at),
            .kind = good ? event_kind::need_more : event_kind::failed};
  }

  /// Takes a piece of text if it is ASCII, behind a whole character, and quickly seen to be.
  constexpr bool take_ascii(std::span<char> piece) noexcept {
    if (std::is_constant_evaluated() || kind_ != event_kind::text || checked_ != 0 || !text_.complete())
      return false;
    if (own_ == role::client) return detail::is_ascii(view(piece));
    if (!detail::unmask_ascii(piece, key_)) return false;
    key_ = detail::turn(key_, piece.size());
    return true;
  }

  /// Unmasks a piece that lies at `at`, and checks it. Returns how much of it is handed out: all, or what is
  /// in front of an error, which the next call meets again as its first octet.
  constexpr std::size_t unmask(std::span<char> piece, std::size_t at) noexcept {
    const bool masked = own_ == role::server;
    if (is_checked()) {
      const utf8_validator before = text_;
      const std::size_t good = check(piece, masked);
      if (good < piece.size()) {
        const bool refused = whole_ || good == 0;
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

  std::uint64_t frame_left_ = 0; // octets of the frame's payload that were not consumed
  std::uint64_t message_ = 0;    // octets that the frames of the message announced
  std::uint32_t whole_below_;
  std::uint32_t fragments_ = 0; // frames of the message
  std::uint32_t control_ = 0;   // pings and pongs since the last data frame
  std::uint32_t checked_ = 0;   // octets that were checked and not consumed; of a failed reader, fault::at
  mask_key key_{};              // turned so that the next octet meets its first
  utf8_validator text_{};       // of the message in progress
  role own_;
  phase phase_ = phase::header;
  opcode op_ = opcode::continuation;        // of the frame in progress
  event_kind kind_ = event_kind::need_more; // of the message in progress
  errc ec_ = errc::ok;
  element what_ = element::none; // of a failed reader
  bool deflate_ : 1;
  bool fin_ : 1 = false;        // of the frame in progress
  bool whole_ : 1 = false;      // of the frame in progress: not handed out in pieces
  bool in_message_ : 1 = false; // a message was begun and has not ended
  bool first_ : 1 = false;      // no piece of the message was handed out
  bool compressed_ : 1 = false; // the message in progress
};
static_assert(std::is_trivially_copyable_v<reader> && sizeof(reader) == 48);

} // namespace coax::inline v0_1::websocket
