// Multipart bodies: multipart/byteranges (RFC 9110 §14.6) and multipart/form-data (RFC 7578), as they arrive.
#pragma once

#include "../fields/boundary.hpp"
#include "../fields/content_range.hpp"
#include "../fields/errc.hpp"
#include "../fields/form_data.hpp"
#include "field_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// What the parts of a multipart body have to carry.
enum class multipart_type : std::uint8_t {
  other,      ///< nothing: multipart/mixed and the like
  byteranges, ///< one valid Content-Range, and as many bytes of data as it says
  form_data,  ///< one valid Content-Disposition with a name
};

/// Limits of a multipart body besides those of its context, each answered with values::errc::too_many.
struct multipart_limits {
  /// Parts of the body.
  std::uint32_t parts = 1000;
  /// Octets before the first delimiter, which are ignored.
  std::uint16_t preamble = 4096;
  /// Blanks behind a boundary.
  std::uint16_t padding = 256;
};

enum class multipart_event_kind : std::uint8_t {
  need_more, ///< call again once more bytes have arrived; finish() if none will
  part,      ///< the head of a part
  data,      ///< octets of the part
  part_end,  ///< the part is complete; exactly one follows each part
  end,       ///< the body is complete
  failed,    ///< see `ec` and `why`; every later call says the same
};

/// One event. Its views point into the input of the call that returned it.
struct multipart_event {
  multipart_event_kind kind = multipart_event_kind::need_more;
  /// With failed:
  /// - incomplete: the input ended before the close delimiter.
  /// - ambiguous_boundary: a line that begins with the delimiter goes on with something else than blanks, or
  /// than
  ///   two hyphens: other recipients may take it for data (RFC 2046 §5.1.1).
  /// - missing_field, duplicate: Content-Range or Content-Disposition.
  /// - too_many: a limit. out_of_range: the data is longer or shorter than its Content-Range says.
  /// - malformed and others: of the head's lines, see `line_ec`, or of the value of one of the two fields.
  values::errc ec = values::errc::ok;
  /// With failed: what is wrong with the lines of the part's head; ok if it is something else.
  errc line_ec = errc::ok;
  /// Drop these bytes before the next call. Exact in every event; 0 with failed.
  std::size_t consumed = 0;
  /// With need_more: at least so many further bytes are needed.
  std::size_t hint = 0;
  std::string_view data{};
  /// With part: its fields. Make views with view_fields() before the table serves another call.
  fields_ref head{};
  /// With part, of byteranges.
  values::content_range range{};
  /// With part, of form_data.
  values::form_field form{};
  /// With failed: what is wrong where. Offsets count from the first byte of this call's input.
  fault why{};
};

/// Takes a multipart body apart, as it arrives; feed it the payload of a body.
///
///     multipart_reader reader(*values::parse_boundary(content_type), multipart_type::form_data);
///     for (bool more = true; more;) {
///       const multipart_event e = reader.next(context, input);
///       switch (e.kind) {
///       case multipart_event_kind::part: ... view_fields(e.head, input.data(), table) ...
///       case multipart_event_kind::data: ...
///       case multipart_event_kind::part_end: ...
///       default: more = false; // need_more; end, failed: it is over
///       }
///       input.remove_prefix(e.consumed);
///     }
///     ... and once the payload is complete and all of it needs more: reader.finish()
///
///     multipart = [ preamble CRLF ] delimiter-line *( part delimiter-line ) close-delimiter [ CRLF epilogue
///     ] delimiter = CRLF "--" boundary      ; the CRLF is missing at the very start
///
/// Heads come whole; data comes in pieces, without the line end that belongs to the delimiter behind it. The
/// caller keeps what was not consumed: a head that is not complete, or up to 74 bytes that may be a
/// delimiter. An empty part may have one line end between its head and the delimiter, or two. A body without
/// parts is accepted, as browsers send it for an empty form. Preamble and epilogue are ignored.
///
/// Linear in the input for every way of cutting it. Delimiters end in CR LF whatever leniency says; in heads
/// the context's leniency and its limits for heads hold (leniency::unfold does not).
class multipart_reader {
public:
  /// With a boundary that is empty every call fails (values::errc::empty).
  constexpr explicit multipart_reader(const values::boundary &boundary,
                                      multipart_type type = multipart_type::other,
                                      const multipart_limits &lim = {}) noexcept
      : parts_left_(lim.parts), preamble_left_(lim.preamble), padding_(lim.padding), boundary_(boundary),
        type_(type) {
    if (boundary.empty()) {
      phase_ = phase::failed;
      ec_ = values::errc::empty;
    }
  }

  /// The next event in `in`, which begins with the first byte that was not consumed yet. At most `max_data`
  /// octets of data are handed out at a time, with 0 none: need_more is answered then, with hint 0, where
  /// data is due. Behind `end` everything is consumed, and `end` answered again.
  constexpr multipart_event next(const context &ctx, std::string_view in,
                                 std::size_t max_data = no_cap) noexcept {
    std::size_t used = 0;
    for (;;) {
      switch (phase_) {
      case phase::preamble: {
        // One byte more than allowed, so that it shows when there is one.
        const scan_result found = scan(in.substr(used), std::size_t{preamble_left_} + 1);
        if (found.free > preamble_left_)
          return fail(values::errc::too_many, used + preamble_left_, element::body);
        preamble_left_ = static_cast<std::uint16_t>(preamble_left_ - found.free);
        used += found.free + found.delimiter;
        if (found.delimiter != 0)
          phase_ = phase::boundary_end;
        else if (found.free == 0)
          return more(used);
        continue;
      }

      case phase::data: {
        const bool counted = type_ == multipart_type::byteranges;
        std::size_t cap = max_data;
        if (counted) // the first byte in excess has to show whatever max_data says
          cap = remaining_ == 0 ? 1 : static_cast<std::size_t>(std::min<std::uint64_t>(cap, remaining_));
        const scan_result found = scan(in, cap);
        if (found.delimiter != 0) {
          if (counted && remaining_ != 0) return fail(values::errc::out_of_range, 0, element::body);
          used = found.delimiter;
          phase_ = phase::boundary_end;
          continue;
        }
        if (found.free == 0) return {.hint = found.withheld ? 0u : 1u};
        if (counted) {
          if (remaining_ == 0) return fail(values::errc::out_of_range, 0, element::body);
          remaining_ -= found.free;
        }
        return {.kind = multipart_event_kind::data, .consumed = found.free, .data = in.substr(0, found.free)};
      }

      case phase::boundary_end:
        padding_used_ = 0;
        if (used == in.size()) return more(used);
        phase_ = phase::padding;
        if (in[used] == '-') {
          ++used;
          phase_ = phase::second_hyphen;
        }
        continue;

      case phase::second_hyphen:
        if (used == in.size()) return more(used);
        if (in[used] != '-') return fail(values::errc::ambiguous_boundary, used, element::body);
        ++used;
        phase_ = phase::closing_padding;
        if (end_part()) return {.kind = multipart_event_kind::part_end, .consumed = used};
        continue;

      case phase::padding:
      case phase::closing_padding: { // RFC 2046 §5.1.1: transport-padding
        const step<values::errc> line_end = take_line_end(in, used);
        if (line_end.failed()) return fail(line_end.ec, used, element::body);
        if (!line_end.ready()) return more(used);
        used += 2;
        if (phase_ == phase::closing_padding) {
          phase_ = phase::complete;
          return {.kind = multipart_event_kind::end, .consumed = used};
        }
        phase_ = phase::head;
        if (end_part()) return {.kind = multipart_event_kind::part_end, .consumed = used};
        continue;
      }

      case phase::head: return read_head(ctx, in, used);
      case phase::complete: return {.kind = multipart_event_kind::end, .consumed = in.size()};
      case phase::failed: return failure();
      }
    }
  }

  /// The payload ended. Call this once next() has answered need_more for all the bytes there are: `end` if
  /// the close delimiter was read, else failed with incomplete.
  constexpr multipart_event finish() noexcept {
    if (phase_ == phase::failed) return failure();
    if (phase_ != phase::complete && phase_ != phase::closing_padding)
      return fail(values::errc::incomplete, 0, element::body);
    phase_ = phase::complete;
    return {.kind = multipart_event_kind::end};
  }

  /// Whether `end` was reported.
  constexpr bool complete() const noexcept { return phase_ == phase::complete; }
  /// Deviations tolerated in the heads so far.
  constexpr deviations seen() const noexcept { return seen_; }

private:
  enum class phase : std::uint8_t {
    preamble,
    head,
    data,
    boundary_end,  // behind a boundary
    second_hyphen, // behind a boundary and a hyphen
    padding,
    closing_padding, // behind the close delimiter
    complete,
    failed,
  };

  struct scan_result {
    std::size_t free = 0;      // so many bytes at the front are no part of a delimiter
    std::size_t delimiter = 0; // or so many are one
    bool withheld = false;     // there are free bytes, but none may be handed out
  };

  constexpr std::size_t delimiter_size() const noexcept { return 4 + boundary_.size(); }
  constexpr char delimiter_at(std::size_t i) const noexcept {
    return i < 4 ? "\r\n--"[i] : boundary_.view()[i - 4];
  }

  /// Looks for a delimiter. The only CR in one is its first byte: where a match breaks off, none of the bytes
  /// before can begin another, so each byte is looked at once, and once more to find the CR.
  constexpr scan_result scan(std::string_view in, std::size_t cap) noexcept {
    if (in.size() < matched_) return {};
    for (std::size_t at = 0;;) {
      const std::size_t size = delimiter_size() - skipped_;
      while (matched_ < size && at + matched_ < in.size() &&
             in[at + matched_] == delimiter_at(std::size_t{skipped_} + matched_)) {
        COAX_COUNT_WORK(1);
        ++matched_;
      }
      if (matched_ == size && at == 0) {
        matched_ = 0;
        return {.delimiter = size};
      }
      if (matched_ == size || at + matched_ == in.size()) return {.free = at};
      at += matched_;
      matched_ = 0;
      skipped_ = 0;
      const std::size_t end = std::min(in.size(), std::max<std::size_t>(cap, 1));
      const std::size_t cr = at < end ? in.substr(0, end).find('\r', at) : std::string_view::npos;
      COAX_COUNT_WORK(std::min(cr, end) - std::min(at, end));
      if (cr == std::string_view::npos) return {.free = std::min(end, cap), .withheld = cap == 0};
      at = cr;
    }
  }

  /// Skips blanks and sees whether CR LF follows them, at in[used]. A failure lies there as well.
  constexpr step<values::errc> take_line_end(std::string_view in, std::size_t &used) noexcept {
    using result = step<values::errc>;
    for (; used < in.size() && ascii::is(in[used], ascii::blank); ++used)
      if (padding_used_++ == padding_) return {.st = status::failed, .ec = values::errc::too_many};
    if (used == in.size()) return {};
    const result ambiguous{.st = status::failed, .ec = values::errc::ambiguous_boundary};
    if (in[used] != '\r') return ambiguous;
    if (used + 1 == in.size()) return {};
    return in[used + 1] == '\n' ? result{.st = status::ready} : ambiguous;
  }

  constexpr multipart_event read_head(const context &ctx, std::string_view in, std::size_t used) noexcept {
    const std::string_view text = in.substr(used);
    if (parts_left_ == 0) return fail(values::errc::too_many, used, element::body);
    const field_lines::rules rules{.response = type_ != multipart_type::form_data, .trailers = false};
    const step<errc> head = lines_.parse(ctx, rules, text, nullptr, seen_);
    if (head.failed()) return fail_head(head, used);
    if (!head.ready()) return more(used);
    if (lines_.interrupted())
      (void)detail::fill_table(ctx.table, rules, text.substr(0, head.consumed), 0,
                               ctx.leniency.on_forbidden_trailer);
    multipart_event out{.kind = multipart_event_kind::part,
                        .consumed = used + head.consumed,
                        .head = {static_cast<std::uint32_t>(used), static_cast<std::uint16_t>(head.consumed),
                                 lines_.count()}};
    if (!take_required_field(ctx, in, out)) return failure();
    --parts_left_;
    lines_ = field_lines();
    remaining_ = out.range.size();
    matched_ = 0;
    skipped_ = 2; // the line end of the head may be that of the delimiter
    in_part_ = true;
    phase_ = phase::data;
    return out;
  }

  /// Reads the field that the type demands of the part in `out`.
  constexpr bool take_required_field(const context &ctx, std::string_view in, multipart_event &out) noexcept {
    if (type_ == multipart_type::other) return true;
    const bool byteranges = type_ == multipart_type::byteranges;
    const std::string_view wanted = byteranges ? "Content-Range" : "Content-Disposition";
    const fields all = view_fields(out.head, in.data(), ctx.table);
    std::size_t found = all.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].is(wanted)) continue;
      const auto name = static_cast<std::size_t>(all[i].name.data() - in.data());
      if (found != all.size()) return refuse(values::errc::duplicate, name, element::field_name, i);
      found = i;
    }
    if (found == all.size()) { // certain at the empty line
      const std::size_t line_end = in.substr(0, out.consumed).ends_with("\r\n") ? 2 : 1;
      return refuse(values::errc::missing_field, out.consumed - line_end, element::head, found);
    }
    const std::string_view value = all[found].value;
    const auto offset = static_cast<std::size_t>(value.data() - in.data());
    if (byteranges) {
      const values::parsed<values::content_range> range = values::parse_content_range(value);
      if (!range) return refuse(range.ec, offset + range.at, element::field_value, found);
      // RFC 9110 §15.3.7.2: a part holds a range; "*/length" is for a 416.
      if (range->unsatisfied) return refuse(values::errc::malformed, offset, element::field_value, found);
      out.range = *range;
    } else {
      const values::parsed<values::form_field> form = values::parse_form_field(value);
      if (!form) return refuse(form.ec, offset + form.at, element::field_value, found);
      out.form = *form;
    }
    return true;
  }

  /// Whether a part ends here.
  constexpr bool end_part() noexcept {
    const bool was = in_part_;
    in_part_ = false;
    return was;
  }

  static constexpr multipart_event more(std::size_t used) noexcept { return {.consumed = used, .hint = 1}; }

  constexpr multipart_event fail_head(const step<errc> &head, std::size_t offset) noexcept {
    line_ec_ = head.ec;
    const bool is_limit = head.ec == errc::field_too_long || head.ec == errc::too_many_fields ||
                          head.ec == errc::head_too_large;
    return fail(is_limit ? values::errc::too_many : values::errc::malformed, offset + head.why.at,
                head.why.what, head.why.index);
  }
  constexpr multipart_event fail(values::errc ec, std::size_t at, element what,
                                 std::size_t index = 0) noexcept {
    (void)refuse(ec, at, what, index);
    return failure();
  }
  constexpr bool refuse(values::errc ec, std::size_t at, element what, std::size_t index) noexcept {
    phase_ = phase::failed;
    ec_ = ec;
    why_ = {static_cast<std::uint32_t>(at), what, static_cast<std::uint16_t>(index)};
    return false;
  }
  constexpr multipart_event failure() const noexcept {
    return {.kind = multipart_event_kind::failed, .ec = ec_, .line_ec = line_ec_, .why = why_};
  }

  std::uint64_t remaining_ = 0; // octets of the part to come, of byteranges
  std::uint32_t parts_left_;
  std::uint16_t preamble_left_;
  fault why_{};
  field_lines lines_{};
  deviations seen_{};
  std::uint16_t padding_; // blanks that are allowed behind a boundary
  std::uint16_t padding_used_ = 0;
  values::boundary boundary_;
  std::uint8_t matched_ = 0; // bytes at the front of the input that agree with the delimiter
  std::uint8_t skipped_ = 2; // bytes of the delimiter that need not be there: 2 where a line begins, else 0
  phase phase_ = phase::preamble;
  multipart_type type_;
  values::errc ec_ = values::errc::ok;
  errc line_ec_ = errc::ok;
  bool in_part_ = false;
};
static_assert(std::is_trivially_copyable_v<multipart_reader> && sizeof(multipart_reader) <= 136);

} // namespace coax::inline v0_1::http
