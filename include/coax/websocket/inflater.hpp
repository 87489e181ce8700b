// Compressed messages into what they were: the receiving half of permessage-deflate (RFC 7692 §7.2.2).
#pragma once

#include "../core/role.hpp"
#include "deflate_engine.hpp"
#include "deflate_parameters.hpp"
#include "errc.hpp"
#include "event.hpp"
#include "limits.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Turns the events of a reader whose messages are compressed into those of one whose messages are not. It
/// stands between the reader and the code that handles messages:
///
///     inflater inflate(session.deflate, role::server);
///     ...
///     const event e = socket.next(limits, input);
///     do {
///       const event m = inflate.next(engine, limits, e, buffer);
///       switch (m.kind) {
///       case event_kind::text: ... m.payload, m.first, m.last ...
///       case event_kind::failed: socket.fail(m.ec); break;
///       ...
///       }
///     } while (inflate.more());
///     input = input.subspan(e.consumed);
///
/// Nothing has to be held: compressed octets are inflated as they arrive, into whatever buffer there is. Text
/// is checked here, as the reader cannot. The state has no pointers, and the engine is the caller's.
class inflater {
public:
  constexpr explicit inflater(const deflate_parameters &agreed = {}, role own = role::server) noexcept
      : keeps_window_(agreed.takes_over(own == role::server ? role::client : role::server)) {}

  /// The next piece of what the event `e` stands for, inflated into `out`. Events that are not of compressed
  /// messages come back as they are. As long as more() says so, call it again with the same event, whose
  /// payload has to stay where it is.
  ///
  /// - text, binary: a piece, in `out`. `first` and `last` are those of the inflated message, of which every
  ///   one has exactly one of either. Where nothing comes of these octets the piece is empty, and neither,
  ///   unless it is the last. `consumed` is that of `e` once nothing more comes of it, before that 0.
  /// - failed: pass `ec` to connection::fail(). bad_deflate; message_too_big, as soon as the message has one
  ///   octet more than limits::message, of which at most the octets in front of it were inflated; bad_utf8;
  ///   engine_failed. `why` counts from the first octet of the payload of `e`, and is how far the engine had
  ///   read: behind the octet that proves bad data by one at most, and further where it is what came out that
  ///   is wrong. So it may depend on how the input is cut; the error does not. What is valid in front of an
  ///   error is handed out first. The error repeats itself until reset(). Or buffer_too_small for an empty
  ///   `out`, which changes nothing.
  ///
  /// Linear in the octets of `e` and those that come out.
  template <inflate_engine E>
  constexpr event next(E &engine, const limits &lim, const event &e, std::span<char> out) noexcept {
    if (ec_ != errc::ok) return failure();
    if ((e.kind != event_kind::text && e.kind != event_kind::binary) || !e.compressed) return e;
    if (out.empty()) return {.kind = event_kind::failed, .ec = errc::buffer_too_small};
    if (!more_) begin(engine, e);

    // At the limit there has to be room for one octet that must not come.
    char excess = 0;
    const std::uint64_t left = lim.message > total_ ? lim.message - total_ : 0;
    const std::span<char> to =
        left == 0 ? std::span(&excess, 1)
                  : out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
    const ran r = run(engine, e, to);
    more_ = r.size == to.size();
    if (left == 0 && r.size != 0) return fail(errc::message_too_big);

    std::string_view text(to.data(), r.size);
    errc ec = r.ec;
    if (e.kind == event_kind::text) {
      const std::size_t bad = text_.add(text);
      if (bad != utf8_validator::npos) {
        text = text.substr(0, bad);
        ec = errc::bad_utf8;
      } else if (r.ended && !text_.complete()) {
        ec = errc::bad_utf8;
      }
    }
    if (ec != errc::ok) {
      if (text.empty()) return fail(ec);
      ec_ = ec; // for the next call
      more_ = true;
    }
    return piece(e, out.first(text.size()), r.ended && ec == errc::ok); // `to` may be a local
  }

  /// The same for an item of a batch over `in`; `consumed` is always 0.
  template <inflate_engine E>
  constexpr event next(E &engine, const limits &lim, const item &i, std::span<char> in,
                       std::span<char> out) noexcept {
    return next(engine, lim,
                event{.kind = i.kind,
                      .first = i.first(),
                      .last = i.last(),
                      .compressed = i.compressed(),
                      .code = i.code,
                      .payload = i.in(in)},
                out);
  }

  /// Whether more may come of the event that was passed last.
  constexpr bool more() const noexcept { return more_; }
  /// Octets of the message in progress that were inflated so far.
  constexpr std::uint64_t message_size() const noexcept { return total_; }

  /// Begins anew. The engine has to be reset as well.
  constexpr void reset() noexcept {
    const bool keeps_window = keeps_window_;
    *this = inflater();
    keeps_window_ = keeps_window;
  }

private:
  /// What the sender has taken off the end of a message (RFC 7692 §7.2.1).
  static constexpr std::string_view tail{"\0\0\xFF\xFF", 4};

  struct ran {
    std::size_t size = 0; // octets that came out
    bool ended = false;   // the message did
    errc ec = errc::ok;
  };

  template <class E> constexpr void begin(E &engine, const event &e) noexcept {
    done_ = 0;
    if (!e.first) return;
    total_ = 0;
    tail_done_ = 0;
    first_ = true;
    text_.reset();
    if (!keeps_window_) engine.reset();
  }

  /// Inflates until the output is full, or there is no more input.
  template <class E> constexpr ran run(E &engine, const event &e, std::span<char> to) noexcept {
    ran r;
    while (r.size < to.size()) {
      const bool at_tail = done_ == e.payload.size() && e.last;
      const std::span<const char> in = at_tail ? std::span<const char>(tail).subspan(tail_done_)
                                               : std::span<const char>(e.payload).subspan(done_);
      const engine_step s = engine.inflate(in, to.subspan(r.size));
      (at_tail ? tail_done_ : done_) += s.consumed;
      r.size += s.produced;
      if (s.st != engine_status::ok) {
        r.ec = s.st == engine_status::bad_data ? errc::bad_deflate : errc::engine_failed;
        break;
      }
      if (r.size == to.size()) break;
      if (s.consumed != in.size()) { // an engine that does neither would go on for ever
        r.ec = errc::bad_deflate;
        break;
      }
      if (at_tail) {
        r.ended = engine.at_boundary();
        if (!r.ended) r.ec = errc::bad_deflate; // as of a message without any octet (RFC 7692 §7.2.3.6)
        break;
      }
      if (!e.last) break;
    }
    return r;
  }

  constexpr event piece(const event &e, std::span<char> payload, bool last) noexcept {
    total_ += payload.size();
    const bool says_something = !payload.empty() || last;
    const event m{.kind = e.kind,
                  .first = first_ && says_something,
                  .last = last,
                  .consumed = more_ ? 0 : e.consumed,
                  .payload = payload,
                  .frame_left = e.frame_left};
    first_ = first_ && !says_something;
    return m;
  }

  constexpr event fail(errc ec) noexcept {
    ec_ = ec;
    return failure();
  }
  constexpr event failure() noexcept {
    more_ = false;
    return {.kind = event_kind::failed,
            .ec = ec_,
            .why = {.at = static_cast<std::uint32_t>(done_), .what = element::payload}};
  }

  std::uint64_t total_ = 0;   // octets of the message that came out
  std::size_t done_ = 0;      // octets of the event's payload that went in
  std::size_t tail_done_ = 0; // of `tail`
  utf8_validator text_{};
  errc ec_ = errc::ok;
  bool keeps_window_ = true; // between messages
  bool first_ = false;       // nothing of the message was handed out
  bool more_ = false;
};
static_assert(std::is_trivially_copyable_v<inflater> && sizeof(inflater) <= 32);

} // namespace coax::inline v0_1::websocket
