// What a reader knows between two calls, and how frames change it.
#pragma once

#include "../core/fault.hpp"
#include "../core/role.hpp"
#include "errc.hpp"
#include "event.hpp"
#include "found_event.hpp"
#include "frame.hpp"
#include "mask.hpp"
#include "reader_options.hpp"
#include "utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::websocket::detail {

/// What the members of a reader have in common: where in the stream it is.
class reader_state {
protected:
  /// Of those that are in a frame: there is some of its payload left, to be handed out as it comes; or it is
  /// a frame to be waited for, or an empty one.
  enum class phase : std::uint8_t { header, pieces, whole, closed, failed };

  constexpr reader_state(role own, reader_options options) noexcept
      : whole_below_(options.whole_below), own_(own), deflate_(options.deflate) {}

  constexpr bool in_message() const noexcept { return kind_ != event_kind::need_more; }
  constexpr bool in_frame() const noexcept { return phase_ == phase::pieces || phase_ == phase::whole; }

  /// Begins a frame that is in order.
  constexpr void start(const frame_header &h) noexcept {
    op_ = h.op;
    fin_ = h.fin;
    frame_left_ = h.length;
    key_ = h.key;
    checked_ = 0;
    phase_ = is_control(h.op) || h.length < whole_below_ || h.length == 0 ? phase::whole : phase::pieces;
    if (is_control(h.op)) {
      if (h.op != opcode::close) ++control_;
      return;
    }
    control_ = 0;
    if (begins_message(h.op)) {
      kind_ = h.op == opcode::text ? event_kind::text : event_kind::binary;
      flags_ = h.rsv != 0 ? item::first_flag | item::compressed_flag : item::first_flag;
      fragments_ = 1;
      message_ = h.length;
    } else {
      ++fragments_;
      message_ += h.length;
    }
  }

  /// Counts a piece.
  COAX_ALWAYS_INLINE constexpr piece pass(std::size_t size) noexcept {
    piece p{kind_, flags_};
    frame_left_ -= size;
    flags_ &= static_cast<std::uint8_t>(~item::first_flag);
    if (frame_left_ == 0) {
      phase_ = phase::header;
      if (fin_) {
        p.flags |= item::last_flag;
        kind_ = event_kind::need_more;
      }
    }
    return p;
  }

  /// The hint at the end of the input, where that needs no look at octets that were not consumed; else 0.
  constexpr std::size_t hint_at_end() const noexcept {
    if (phase_ == phase::header) return own_ == role::server ? 6 : 2;
    if (!in_frame() || frame_left_ == 0) return 0;
    return phase_ == phase::whole ? static_cast<std::size_t>(frame_left_) : 1;
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
  constexpr bool is_checked() const noexcept {
    return kind_ == event_kind::text && (flags_ & item::compressed_flag) == 0;
  }

  std::uint64_t frame_left_ = 0; // octets of the frame's payload that were not consumed
  std::uint64_t message_ = 0;    // octets that the frames of the message in progress announced
  std::uint32_t whole_below_;
  std::uint32_t fragments_ = 0; // frames of that message
  std::uint32_t control_ = 0;   // pings and pongs since the last data frame
  std::uint32_t checked_ = 0;   // octets that were checked and not consumed; of a failed reader, fault::at
  mask_key key_{};              // turned so that the next octet meets its first
  utf8_validator text_{};       // of the message in progress
  role own_;
  phase phase_ = phase::header;
  opcode op_ = opcode::continuation;        // of the frame in progress
  event_kind kind_ = event_kind::need_more; // of the message in progress, if there is one
  std::uint8_t flags_ = 0;                  // of its next piece, but for last_flag
  errc ec_ = errc::ok;
  element what_ = element::none; // of a failed reader
  bool deflate_ : 1;
  bool fin_ : 1 = false; // of the frame in progress
};

} // namespace coax::inline v0_1::websocket::detail
