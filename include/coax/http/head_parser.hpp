// Heads: a start-line, field lines and the empty line, from bytes to offsets.
#pragma once

#include "context.hpp"
#include "field_lines.hpp"
#include "head.hpp"
#include "quick_head.hpp"
#include "start_line.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

namespace detail {

/// What request_parser and response_parser have in common: see there.
template <class StartLine> class head_parser {
  static constexpr bool is_request = std::is_same_v<StartLine, request_line>;

public:
  /// Goes on with the head that `in` begins with. See the class.
  [[gnu::always_inline]] constexpr step<errc> parse(const context &ctx, std::string_view in) noexcept {
    return parse(ctx, in, nullptr);
  }

  /// The same, honouring leniency::unfold: folds in `in` are replaced by spaces.
  template <std::same_as<std::span<char>> Writable>
  constexpr step<errc> parse(const context &ctx, Writable in) noexcept {
    return parse(ctx, {in.data(), in.size()}, in.data());
  }

  /// The head that the last call of parse() found ready. Without meaning in any other case.
  constexpr head_ref head() const noexcept { return head_; }

  /// Requests only: the method of the head that is being read, as soon as it has ended; else `other`.
  constexpr method method_so_far() const noexcept requires is_request { return head_.method; }

  /// Deviations tolerated in the head so far.
  constexpr deviations seen() const noexcept { return seen_; }

  /// Whether no byte of a head has been seen since the last one was ready; skipped empty lines do not count.
  constexpr bool idle() const noexcept {
    return phase_ == phase::done || (phase_ == phase::empty_lines && !begun_);
  }

  /// Forgets everything, an error included.
  constexpr void reset() noexcept { *this = head_parser(); }

private:
  enum class phase : std::uint8_t { empty_lines, done, fields, start_line, failed };

  [[gnu::always_inline]] constexpr step<errc> parse(const context &ctx, std::string_view in,
                                                    char *writable) noexcept {
    if (phase_ <= phase::done) {
      const quick_lines lines = take_plain(ctx, in);
      if (lines.taken == quick::complete) return ready(lines.size);
      if (begin(lines.taken, ctx, in)) return need_more();
    } else if (phase_ == phase::fields ? lines_.go_on(ctx, in)
                                       : phase_ == phase::start_line && start_line_.go_on(ctx.limits, in)) {
      return need_more();
    }
    return parse_lines(ctx, in, writable);
  }

  /// What is left to the parsers of lines: a place of its own, as the above is done often, and short.
  [[gnu::noinline]] constexpr step<errc> parse_lines(const context &ctx, std::string_view in,
                                                     char *writable) noexcept {
    if (phase_ == phase::failed) return failed(ec_, why_.at, why_.what, why_.index);
    begun_ = begun_ || !in.empty();
    std::size_t start = 0;
    step<errc> out = phase_ == phase::empty_lines ? skip_empty_lines(ctx, in, start) : ready(0);
    if (out.ready())
      out = parse_head(ctx, in.substr(start), writable == nullptr ? nullptr : writable + start);
    if (out.failed()) {
      phase_ = phase::failed;
      ec_ = out.ec;
      out.why.at += static_cast<std::uint32_t>(start);
      why_ = out.why;
      return out;
    }
    if (out.ready()) {
      phase_ = phase::done;
      head_.start = static_cast<std::uint16_t>(start);
      head_.size = static_cast<std::uint16_t>(out.consumed);
    } else if (start == in.size()) {
      begun_ = false; // nothing but empty lines so far
    }
    out.consumed += start;
    return out;
  }

  /// Begins with a head. Takes the lines that are right without doubt, where there is a kernel for it.
  constexpr quick_lines take_plain(const context &ctx, std::string_view in) noexcept {
    quick_lines lines;
    if (!std::is_constant_evaluated()) lines = take_plain_head<is_request>(ctx, in, head_);
    if (lines.taken == quick::complete) {
      if (phase_ == phase::done) seen_ = {}; // else it tells of empty lines that were skipped
      phase_ = phase::done;
    }
    return lines;
  }

  /// Begins with a head of which some lines, or none, were taken. The others are left to parse_head(), and so
  /// is the start-line if it was not plain. True if nothing is left: the last line goes on in a further
  /// piece.
  [[gnu::noinline]] constexpr bool begin(quick taken, const context &ctx, std::string_view in) noexcept {
    const head_ref head = head_;
    if (phase_ == phase::done) reset();
    if (taken == quick::nothing) return false;
    begun_ = true;
    phase_ = phase::fields;
    head_ = head;
    start_line_.skip(head);
    lines_.skip(head, ctx);
    field_lines lines = lines_;
    if (!lines.go_on(ctx, in)) return false;
    lines_ = lines;
    return true;
  }

  /// RFC 9112 §2.2: a server skips empty lines before a request-line. Ready: a start-line begins at `start`.
  constexpr step<errc> skip_empty_lines(const context &ctx, std::string_view in,
                                        std::size_t &start) noexcept {
    if (is_request) {
      constexpr bounds anywhere{no_cap, no_cap, errc::ok, errc::ok, element::none};
      for (;; ++empty_lines_) {
        if (start == in.size()) return need_more();
        if (!is_line_end(in[start])) break;
        const std::size_t line = start;
        start = 0; // where an error's offset counts from
        if (empty_lines_ >= ctx.limits.empty_lines)
          return failed(errc::bad_start_line, line, element::method);
        const step<errc> end = take_line_end(in, line, anywhere, element::method, ctx.leniency, seen_);
        if (end.failed()) return end;
        start = line + end.consumed;
        if (!end.ready()) return end;
      }
    } else if (in.empty()) {
      return need_more();
    }
    phase_ = phase::start_line;
    return ready(0);
  }

  constexpr step<errc> parse_head(const context &ctx, std::string_view text, char *writable) noexcept {
    constexpr field_lines::rules rules{.response = !is_request, .trailers = false};
    if (phase_ == phase::start_line) {
      const bool in_pieces = start_line_.size() != 0;
      const step<errc> line = start_line_.parse(ctx, text, head_, seen_);
      if (!line.ready()) return line;
      lines_ = field_lines(line.consumed);
      phase_ = phase::fields;
      if (in_pieces && lines_.go_on(ctx, text)) return need_more();
    }
    if (lines_.interrupted() && take_plain_rest(ctx, text)) return ready(head_.size);
    const step<errc> out = lines_.parse(ctx, rules, text, writable, seen_);
    if (out.ready()) {
      head_.fields = lines_.count();
      head_.framing = lines_.framing();
      if (lines_.interrupted())
        head_.framing = fill_table(ctx.table, rules, text.substr(0, out.consumed), start_line_.size(),
                                   forbidden_trailer_policy::reject)
                            .framing;
    }
    return out;
  }

  /// Ends a head that came in pieces, if it does end here and its lines are plain, each of them.
  constexpr bool take_plain_rest(const context &ctx, std::string_view text) noexcept {
    if (std::is_constant_evaluated() || !ends_in_empty_line(text)) return false;
    head_ref rest;
    if (take_plain_fields(ctx, text, start_line_.size(), 0, rest) != quick::complete) return false;
    head_.size = rest.size;
    head_.fields = rest.fields;
    head_.framing = rest.framing;
    return true;
  }

  StartLine start_line_{};
  field_lines lines_{};
  head_ref head_{};
  deviations seen_{};
  fault why_{};
  errc ec_{};
  phase phase_ = phase::empty_lines;
  std::uint8_t empty_lines_ = 0;
  bool begun_ = false;
};

} // namespace detail

/// An incremental parser of request heads (RFC 9112 §3 and §5), and its twin for response heads (§4).
///
///     request_parser parser;
///     auto step = parser.parse({table, limits, leniency}, input);
///     if (step.ready()) request r = view_request(parser.head(), input.data(), table);
///
/// parse() takes the bytes of a head that are there so far, from its first byte on; with need_more, drop
/// `consumed` bytes (empty lines before a request-line: usually none) and pass the rest again, longer. It
/// never looks at a byte twice, save that a head which arrived in pieces is tokenised once more when it is
/// complete, as the table is not kept between calls.
///
/// - ready: head() describes the head, `consumed` is its size together with head().start, and the table
///   holds its field lines. The next call begins a new head.
/// - failed: `ec` and `why` tell what is wrong; every later call says the same until reset().
///
/// The error is the one with the lowest offset, found at the first byte that proves it, except that the form
/// of a request-target is judged when the target ends; it does not depend on how the input was cut. What the
/// fields mean together (Host, framing) is judged by check_host() and analyze().
///
/// The overload for mutable bytes honours leniency::unfold: it is the only case in which input is written to.
class request_parser : public detail::head_parser<detail::request_line> {};
class response_parser : public detail::head_parser<detail::status_line> {};

static_assert(std::is_trivially_copyable_v<request_parser> && sizeof(request_parser) <= 56);
static_assert(std::is_trivially_copyable_v<response_parser> && sizeof(response_parser) <= 56);

/// Fills the table again for a head that was kept (pinned or copied) while the table served others. `base`
/// is the first byte of the input in which the head was found. False if the table has less than head.fields
/// entries: then its content is of no use. Linear in the head's size.
constexpr bool reindex(const head_ref &head, const char *base, std::span<field_ref> table) noexcept {
  const std::string_view text(base + head.start, head.size);
  const std::size_t line_end = text.find('\n');
  return detail::fill_table(table, {}, text, line_end + 1, forbidden_trailer_policy::reject).whole;
}

} // namespace coax::inline v0_1::http
