// Bodies: from framed octets to payload (RFC 9112 §6 and §7).
#pragma once

#include "../core/by_members.hpp"
#include "../core/role.hpp"
#include "chunked.hpp"
#include "field_lines.hpp"
#include "framing.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// What one step of a body_decoder found. Views into the input of that call.
struct piece {
  status st = status::need_more;
  errc ec = errc::ok;
  std::size_t consumed = 0; ///< drop these bytes before the next call
  std::size_t hint = 0;     ///< with need_more: at least so many further bytes are needed
  std::string_view data{};  ///< payload, transfer coding removed
  /// The extensions of the chunk line that was read in this step, see chunk_extension_reader.
  std::string_view extensions{};
  /// The body is complete. Its trailer section, if any, is described by `trailers` and the table.
  bool last = false;
  fields_ref trailers{};
  fault why{};
};

/// What decode_in_place() did.
struct compacted {
  status st = status::need_more;
  errc ec = errc::ok;
  std::size_t consumed = 0; ///< drop these bytes: the rest of the input begins behind them
  std::size_t produced = 0; ///< payload, moved to the front of the input
  bool last = false;
  fields_ref trailers{};
  fault why{};
};

/// Takes the body of one message apart, as it arrives.
///
/// Payload is handed out as views into the caller's input and never copied; a chunk line together with the
/// first octets of its chunk, the last chunk together with its trailer section: neither is ever handed out in
/// halves. Complete once `last` was reported; from then on decode() consumes nothing.
class body_decoder {
public:
  /// A decoder that is complete: a message without a body.
  constexpr body_decoder() noexcept { coax::detail::initialise_by_members(); }

  /// A decoder for the body of a message framed as analyze() said. `sender` is who sent it: a client's bodies
  /// belong to requests, a server's to responses, and leniency differs.
  constexpr body_decoder(const framing &f, role sender) noexcept { begin(f, sender); }

  /// Forgets everything and begins with another body.
  constexpr void begin(const framing &f, role sender) noexcept {
    kind_ = f.kind;
    is_response_ = sender == role::server;
    ec_ = errc::ok;
    line_size_ = 0;
    remaining_ = f.kind == body_kind::length ? f.length : 0;
    received_ = 0;
    seen_ = {};
    if (f.kind == body_kind::chunked) {
      phase_ = phase::line;
      credit_ = spent_ = extensions_ = 0;
      line_ = {};
      lines_ = field_lines();
    } else {
      phase_ = f.kind == body_kind::until_close || remaining_ != 0 ? phase::payload : phase::complete;
    }
  }

  /// Decodes from the first octet that was not consumed yet. At most `max_data` octets of payload are handed
  /// out; with `max_data` 0 nothing is, and need_more is answered when payload is due.
  constexpr piece decode(const context &ctx, std::string_view in, std::size_t max_data = no_cap) noexcept {
    return decode(ctx, in, nullptr, max_data);
  }
  /// The same, honouring leniency::unfold in trailers.
  template <std::same_as<std::span<char>> Writable>
  constexpr piece decode(const context &ctx, Writable in, std::size_t max_data = no_cap) noexcept {
    return decode(ctx, {in.data(), in.size()}, in.data(), max_data);
  }

  /// Decodes as much of `in` as it holds and moves the payload to its front as one contiguous run: for many
  /// small chunks. An error is reported once all payload before it was handed out. Linear in `in`.
  constexpr compacted decode_in_place(const context &ctx, std::span<char> in) noexcept {
    compacted out;
    for (;;) {
      const piece p = decode(ctx, in.subspan(out.consumed));
      if (p.st != status::ready) {
        if (out.produced == 0 || p.st == status::need_more) {
          out.ec = p.ec;
          out.why = p.why;
          out.consumed += p.consumed;
          out.st = out.produced != 0 ? status::ready : p.st;
        }
        return out;
      }
      char *const to = in.data() + out.produced;
      if (p.data.data() != to) std::copy(p.data.begin(), p.data.end(), to);
      out.produced += p.data.size();
      out.trailers = p.trailers;
      out.trailers.start += static_cast<std::uint32_t>(out.consumed);
      out.consumed += p.consumed;
      out.st = status::ready;
      out.last = p.last;
      if (out.last) return out;
    }
  }

  /// The input ended; `clean` tells that the transport was closed in order (no reset; with TLS,
  /// close_notify). Ready, with `last`, if that completes the body; else failed with `incomplete`.
  constexpr piece finish(const context &ctx, bool clean) noexcept {
    if (phase_ == phase::failed) return failure();
    const bool to_the_end = kind_ == body_kind::until_close && clean; // RFC 9112 §6.3(8), §9.8
    const bool zero_seen = phase_ == phase::trailers && lines_.untouched() && is_response_ && clean &&
                           ctx.leniency.complete_at_last_chunk; // RFC 9112 §8
    if (phase_ != phase::complete && !to_the_end && !zero_seen)
      return fail(detail::failed(errc::incomplete, 0, element::body));
    if (zero_seen) seen_.add(deviation::missing_final_line);
    phase_ = phase::complete;
    return {.st = status::ready, .last = true};
  }

  /// Whether the whole body was handed out.
  constexpr bool complete() const noexcept { return phase_ == phase::complete; }
  /// Octets of payload handed out so far.
  constexpr std::uint64_t received() const noexcept { return received_; }
  /// Deviations tolerated in the body so far.
  constexpr deviations seen() const noexcept { return seen_; }

private:
  enum class phase : std::uint8_t { line, payload, terminator, trailers, complete, failed };

  constexpr piece decode(const context &ctx, std::string_view in, char *writable,
                         std::size_t max_data) noexcept {
    if (phase_ == phase::terminator || (phase_ == phase::line && line_.untouched())) {
      piece out;
      if (take_plain_chunk(ctx, in, max_data, out)) return out;
    }
    return decode_any(ctx, in, writable, max_data);
  }

  /// Takes a chunk whose line has no extension, with the CR LF in front of it and what there is of its
  /// payload. False, and nothing has changed, if the line is anything else or not whole, no payload is there
  /// or wanted, or a limit is reached.
  constexpr bool take_plain_chunk(const context &ctx, std::string_view in, std::size_t max_data,
                                  piece &out) noexcept {
    constexpr std::size_t most_digits = 8;
    if (in.size() < 2 + most_digits + 2) return false;
    std::size_t at = 0;
    if (phase_ == phase::terminator) {
      if (in[0] != '\r' || in[1] != '\n') return false;
      at = 2;
    }
    const std::size_t first = at;
    std::uint64_t size = 0;
    for (std::uint8_t digit; (digit = detail::hex_values[static_cast<unsigned char>(in[at])]) < 16; ++at) {
      if (at == first + most_digits) return false;
      size = size * 16 + digit;
    }
    if (in[at] != '\r' || in[at + 1] != '\n') return false;
    const std::size_t line = at + 2 - first;
    const std::size_t n =
        static_cast<std::size_t>(std::min<std::uint64_t>(size, std::min(in.size() - at - 2, max_data)));
    if (n == 0 || received_ > ctx.limits.body || size > ctx.limits.body - received_ ||
        spent_ + line > ctx.limits.chunk_overhead + credit_)
      return false;
    if (credit_ + 8 * std::uint64_t{n} >= line) { // as spend() and earn() do
      credit_ = std::min(credit_ + 8 * std::uint64_t{n} - line, max_credit);
    } else {
      spend(line);
      earn(n);
    }
    received_ += n;
    remaining_ = size - n;
    phase_ = remaining_ == 0 ? phase::terminator : phase::payload;
    out.st = status::ready;
    out.consumed = at + 2 + n;
    out.data = {in.data() + at + 2, n};
    out.extensions = {in.data() + at, 0};
    return true;
  }

  constexpr piece decode_any(const context &ctx, std::string_view in, char *writable,
                             std::size_t max_data) noexcept {
    if (phase_ == phase::failed) return failure();
    if (phase_ == phase::complete) return {.st = status::ready, .last = true};
    std::size_t skipped = 0;
    if (phase_ == phase::terminator) { // RFC 9112 §7.1: CRLF follows chunk-data
      for (std::size_t i = 0; i < 2; ++i) {
        if (i == in.size()) return {.hint = 2 - i};
        if (in[i] != "\r\n"[i])
          return fail(detail::failed(errc::bad_chunk_terminator, i, element::chunk_data));
      }
      skipped = 2;
      line_ = {};
      line_size_ = 0;
      phase_ = phase::line;
    }
    const std::string_view text = in.substr(skipped);
    if (phase_ == phase::line) {
      const step<errc> line = line_.parse(text, is_response_, allowance(ctx.limits), ctx.leniency, seen_);
      if (line.failed()) return fail(line, skipped);
      if (!line.ready()) return {.consumed = skipped, .hint = 1};
      line_size_ = static_cast<std::uint32_t>(line.consumed);
      extensions_ += static_cast<std::uint32_t>(line_.extension_size(line.consumed));
      spend(line.consumed);
      remaining_ = line_.size();
      phase_ = remaining_ == 0 ? phase::trailers : phase::payload;
    }
    if (text.size() < line_size_) return {.consumed = skipped, .hint = line_size_ - text.size()};
    if (phase_ == phase::payload) return take_payload(ctx, text, skipped, max_data);
    return take_trailers(ctx, text, skipped, writable == nullptr ? nullptr : writable + skipped);
  }

  /// `text` begins with the chunk line as long as that was not handed over, see line_size_.
  constexpr piece take_payload(const context &ctx, std::string_view text, std::size_t skipped,
                               std::size_t max_data) noexcept {
    const std::string_view available = text.substr(line_size_);
    std::size_t n = std::min(available.size(), max_data);
    if (kind_ != body_kind::until_close)
      n = static_cast<std::size_t>(std::min<std::uint64_t>(n, remaining_));
    else if (const std::uint64_t may = ctx.limits.body - std::min(received_, ctx.limits.body); n > may) {
      n = static_cast<std::size_t>(may);
      if (n == 0) return fail(detail::failed(errc::body_too_large, skipped, element::body));
    }
    if (n == 0) return {.consumed = skipped, .hint = available.empty() ? 1u : 0u};
    piece out{.st = status::ready, .consumed = skipped + line_size_ + n, .data = available.substr(0, n)};
    if (line_size_ != 0) out.extensions = line_.extensions(text.substr(0, line_size_));
    line_size_ = 0;
    received_ += n;
    if (kind_ == body_kind::until_close) return out;
    remaining_ -= n;
    if (kind_ == body_kind::chunked) {
      earn(n);
      if (remaining_ == 0) phase_ = phase::terminator;
    } else if (remaining_ == 0) {
      phase_ = phase::complete;
      out.last = true;
    }
    return out;
  }

  constexpr piece take_trailers(const context &ctx, std::string_view text, std::size_t skipped,
                                char *writable) noexcept {
    const field_lines::rules rules{.response = is_response_, .trailers = true};
    const std::string_view section = text.substr(line_size_);
    const step<errc> out =
        lines_.parse(ctx, rules, section, writable == nullptr ? nullptr : writable + line_size_, seen_);
    if (out.st == status::need_more) return {.consumed = skipped, .hint = 1};
    if (out.failed()) return fail(out, skipped + line_size_);
    if (lines_.interrupted())
      (void)detail::fill_table(ctx.table, rules, section.substr(0, out.consumed), 0,
                               ctx.leniency.on_forbidden_trailer);
    phase_ = phase::complete;
    return {.st = status::ready,
            .consumed = skipped + line_size_ + out.consumed,
            .extensions = line_.extensions(text.substr(0, line_size_)),
            .last = true,
            .trailers = {static_cast<std::uint32_t>(skipped + line_size_),
                         static_cast<std::uint16_t>(out.consumed), lines_.count()}};
  }

  constexpr detail::chunk_allowance allowance(const limits &lim) const noexcept {
    const std::uint64_t overhead = std::uint64_t{lim.chunk_overhead} + credit_;
    return {std::min<std::size_t>(lim.chunk_extension,
                                  lim.chunk_extensions - std::min(extensions_, lim.chunk_extensions)),
            overhead > spent_
                ? static_cast<std::size_t>(std::min<std::uint64_t>(overhead - spent_, 0xFFFF'FFFF))
                : 0,
            lim.body - std::min(received_, lim.body)};
  }

  constexpr void spend(std::size_t line) noexcept {
    spent_ += line;
    // Only the difference matters: keep both numbers small, however long the message.
    const std::uint64_t common = std::min(spent_, credit_);
    spent_ -= common;
    credit_ -= common;
  }

  constexpr void earn(std::size_t n) noexcept {
    credit_ = std::min<std::uint64_t>(credit_ + 8 * std::uint64_t{n}, max_credit); // n is below 2^60
  }

  constexpr piece fail(const step<errc> &out, std::size_t offset = 0) noexcept {
    phase_ = phase::failed;
    ec_ = out.ec;
    why_ = out.why;
    why_.at += static_cast<std::uint32_t>(offset);
    return failure();
  }
  constexpr piece failure() const noexcept { return {.st = status::failed, .ec = ec_, .why = why_}; }

  static constexpr std::uint64_t max_credit = std::uint64_t{1} << 62;

  body_kind kind_ = body_kind::none;
  phase phase_ = phase::complete;
  bool is_response_ = false;
  errc ec_ = errc::ok;
  std::uint32_t line_size_ = 0; // size of a chunk line that was read but not handed over
  std::uint64_t remaining_ = 0; // octets of payload to come, of the body or of the chunk
  std::uint64_t received_ = 0;
  std::uint64_t credit_ = 0;     // chunk overhead that the payload has earned
  std::uint64_t spent_ = 0;      // chunk overhead
  std::uint32_t extensions_ = 0; // octets of chunk extensions
  detail::chunk_line line_{};
  field_lines lines_{};
  deviations seen_{};
  fault why_{};
};
static_assert(std::is_trivially_copyable_v<body_decoder> && sizeof(body_decoder) <= 96);

} // namespace coax::inline v0_1::http
