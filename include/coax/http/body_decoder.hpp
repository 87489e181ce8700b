// Bodies: from framed octets to payload (RFC 9112 §6 and §7).
#pragma once

#include "../core/by_members.hpp"
#include "../core/role.hpp"
#include "chunked.hpp"
#include "field_lines.hpp"
#include "framing.hpp"
#include "quick_chunk.hpp"

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
    totals_ = {};
    seen_ = {};
    if (f.kind == body_kind::chunked) {
      phase_ = phase::line;
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
  /// small chunks. An error is reported once all payload before it was handed out. Linear in `in`. What lies
  /// between the payload and the rest of the input is of no use afterwards.
  constexpr compacted decode_in_place(const context &ctx, std::span<char> in) noexcept {
    compacted out;
    for (;;) {
      compact_plain(ctx, in, out);
      const std::span<char> rest = in.subspan(out.consumed);
      const piece p = decode_any(ctx, {rest.data(), rest.size()}, rest.data(), no_cap);
      if (p.st != status::ready) {
        if (out.produced == 0 || p.st == status::need_more) {
          out.ec = p.ec;
          out.why = p.why;
          out.consumed += p.consumed;
          out.st = p.st;
        }
        break;
      }
      if (!p.data.empty()) {
        const auto from = static_cast<std::size_t>(p.data.data() - in.data());
        detail::move_down(in, from, p.data.size(), out.produced);
      }
      out.produced += p.data.size();
      const auto begin = static_cast<std::uint32_t>(out.consumed);
      out.consumed += p.consumed;
      if (p.last) {
        out.last = true;
        out.trailers = p.trailers;
        out.trailers.start += begin;
        break;
      }
    }
    if (out.produced != 0 || out.last) out.st = status::ready;
    return out;
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
  constexpr std::uint64_t received() const noexcept { return totals_.payload; }
  /// Deviations tolerated in the body so far.
  constexpr deviations seen() const noexcept { return seen_; }

private:
  enum class phase : std::uint8_t { line, payload, terminator, trailers, complete, failed };

  // Results are made where they are returned: a variable of that size would be copied on the way out.

  [[gnu::always_inline]] constexpr piece decode(const context &ctx, std::string_view in, char *writable,
                                                std::size_t max_data) noexcept {
    if (phase_ == phase::terminator) {
      const detail::plain_chunk chunk = detail::find_plain_chunk(in, true);
      if (chunk.is_whole(in.size()) && chunk.size <= max_data && totals_.add(chunk, ctx.limits))
        return {.st = status::ready,
                .consumed = chunk.begin + chunk.size,
                .data = {in.data() + chunk.begin, chunk.size},
                .extensions = {in.data() + chunk.begin - 2, 0}};
    }
    return decode_any(ctx, in, writable, max_data);
  }

  /// Takes whole plain chunks as long as they follow one another.
  constexpr void compact_plain(const context &ctx, std::span<char> in, compacted &out) noexcept {
    if (phase_ != phase::terminator) return;
    const limits lim = ctx.limits; // copies: nothing tells the compiler that payload is not moved over these
    detail::chunk_totals totals = totals_;
    std::size_t consumed = out.consumed, produced = out.produced;
    for (;;) {
      const std::string_view rest(in.data() + consumed, in.size() - consumed);
      const detail::plain_chunk chunk = detail::find_plain_chunk(rest, true);
      if (!chunk.is_whole(rest.size()) || !totals.add(chunk, lim)) break;
      detail::move_down(in, consumed + chunk.begin, chunk.size, produced);
      consumed += chunk.begin + chunk.size;
      produced += chunk.size;
    }
    totals_ = totals;
    out.consumed = consumed;
    out.produced = produced;
  }

  /// Takes what there is, and wanted, of a plain chunk, and makes that its size; or the last one with an
  /// empty trailer section. False, and nothing has changed, if it is anything else or not whole, no payload
  /// is there or wanted, or a limit is reached, or nearly.
  constexpr bool take_plain(const context &ctx, std::string_view in, std::size_t max_data,
                            detail::plain_chunk &chunk) noexcept {
    const bool behind = phase_ == phase::terminator;
    if (!behind && phase_ != phase::line) return false; // a line that was read in part is still all there
    chunk = detail::find_plain_chunk(in, behind);
    if (chunk.line == 0) return false;
    const std::string_view rest = in.substr(chunk.begin);
    if (chunk.size == 0) {
      if (rest.size() < 2 || !detail::is_crlf(rest.data()) || ctx.limits.trailers < 2) return false;
    } else if (rest.empty() || max_data == 0) {
      return false;
    }
    if (!totals_.add(chunk, ctx.limits)) return false;
    const std::size_t taken = std::min(chunk.size, std::min(rest.size(), max_data));
    remaining_ = chunk.size - taken;
    totals_.payload -= remaining_;
    phase_ = chunk.size == 0 ? phase::complete : remaining_ == 0 ? phase::terminator : phase::payload;
    chunk.size = taken;
    return true;
  }

  [[gnu::noinline]] constexpr piece decode_any(const context &ctx, std::string_view in, char *writable,
                                               std::size_t max_data) noexcept {
    // What is in the middle of payload comes first: the more of it there is, the more often.
    if (phase_ == phase::payload && line_size_ == 0) return take_payload(ctx, in, 0, max_data);
    if (detail::plain_chunk chunk; take_plain(ctx, in, max_data, chunk)) {
      const bool last = chunk.size == 0;
      const auto trailers = static_cast<std::uint32_t>(chunk.begin);
      return {.st = status::ready,
              .consumed = chunk.begin + (last ? 2 : chunk.size),
              .data = last ? std::string_view() : in.substr(chunk.begin, chunk.size),
              .extensions = {in.data() + chunk.begin - 2, 0},
              .last = last,
              .trailers = last ? fields_ref{trailers, 2, 0} : fields_ref()};
    }
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
      const step<errc> line =
          line_.parse(text, is_response_, totals_.allowance(ctx.limits), ctx.leniency, seen_);
      if (line.failed()) return fail(line, skipped);
      if (!line.ready()) return {.consumed = skipped, .hint = 1};
      line_size_ = static_cast<std::uint32_t>(line.consumed);
      totals_.extensions += static_cast<std::uint32_t>(line_.extension_size(line.consumed));
      totals_.lines += line.consumed;
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
    else if (const std::uint64_t may = ctx.limits.body - std::min(totals_.payload, ctx.limits.body);
             n > may) {
      n = static_cast<std::size_t>(may);
      if (n == 0) return fail(detail::failed(errc::body_too_large, skipped, element::body));
    }
    if (n == 0) return {.consumed = skipped, .hint = available.empty() ? 1u : 0u};
    const std::size_t consumed = skipped + line_size_ + n;
    std::string_view extensions;
    if (line_size_ != 0) extensions = line_.extensions(text.substr(0, line_size_));
    line_size_ = 0;
    totals_.payload += n;
    if (kind_ != body_kind::until_close) remaining_ -= n;
    if (kind_ != body_kind::until_close && remaining_ == 0)
      phase_ = kind_ == body_kind::chunked ? phase::terminator : phase::complete;
    return {.st = status::ready,
            .consumed = consumed,
            .data = available.substr(0, n),
            .extensions = extensions,
            .last = phase_ == phase::complete};
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

  constexpr piece fail(const step<errc> &out, std::size_t offset = 0) noexcept {
    phase_ = phase::failed;
    ec_ = out.ec;
    why_ = out.why;
    why_.at += static_cast<std::uint32_t>(offset);
    return failure();
  }
  constexpr piece failure() const noexcept { return {.st = status::failed, .ec = ec_, .why = why_}; }

  body_kind kind_ = body_kind::none;
  phase phase_ = phase::complete;
  bool is_response_ = false;
  errc ec_ = errc::ok;
  std::uint32_t line_size_ = 0; // size of a chunk line that was read but not handed over
  std::uint64_t remaining_ = 0; // octets of payload to come, of the body or of the chunk
  detail::chunk_totals totals_{};
  detail::chunk_line line_{};
  field_lines lines_{};
  deviations seen_{};
  fault why_{};
};
static_assert(std::is_trivially_copyable_v<body_decoder> && sizeof(body_decoder) <= 88);

} // namespace coax::inline v0_1::http
