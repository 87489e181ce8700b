// The field lines of a head or of a trailer section, up to and with the empty line (RFC 9112 §5).
#pragma once

#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "line.hpp"
#include "quick_pieces.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// An incremental parser of field lines. It sees its section from the first byte in every call and goes on
/// where it stopped, so that the work is linear in the section's size for every way of cutting it.
///
///     field-line = field-name ":" OWS field-value OWS
class field_lines {
  using state = detail::line_state;

public:
  /// What the surroundings of a section decide.
  struct rules {
    bool response = false; ///< whose leniency applies
    bool trailers = false; ///< RFC 9110 §6.5.1: some fields are refused
  };

  /// `begin` is the offset of the first field line in the section: behind the start-line, or 0.
  constexpr explicit field_lines(std::size_t begin = 0) noexcept
      : place_{.at = static_cast<std::uint16_t>(begin)} {}

  /// `section` starts with the first byte of the section and is shorter than 64 KiB. `writable` is null, or
  /// the same bytes, in which folds may be replaced by spaces. Ready once the empty line was read:
  /// `consumed` is the size of the section then, and the first count() entries of the table describe it.
  constexpr step<errc> parse(const context &ctx, rules r, std::string_view section, char *writable,
                             deviations &seen) noexcept {
    if (section.size() < place_.at) return detail::need_more();
    std::size_t at = place_.at;
    const step<errc> out = run(ctx, r, section, writable, at, seen);
    place_.at = static_cast<std::uint16_t>(at);
    if (out.st == status::need_more) interrupted_ = true;
    return out;
  }

  /// The section, of a head, arrives in pieces, and goes on: takes what is plain. True if nothing is left for
  /// parse() to look at, which has to go on else.
  [[gnu::noinline]] constexpr bool go_on(const context &ctx, std::string_view section) noexcept {
    interrupted_ = true;
    // A long value may arrive in many pieces: short, that is, without registers to be saved.
    if (place_.state == state::value && has_more(ctx.limits, section, 64) &&
        is_plain_piece({section.data() + place_.at, section.size() - place_.at})) {
      place_.at = static_cast<std::uint16_t>(section.size());
      return true;
    }
    return pass_lines(ctx, section);
  }

  /// Lines were read without this, up to the offset `head.size`, and `head.fields` fields put into the table
  /// behind those that count() tells.
  constexpr void skip(const head_ref &head, const context &ctx) noexcept {
    place_.at = head.size;
    if (head.fields == 0) return;
    for (unsigned left = head.fields; left > 1; --left)
      framing_fields_.add(ctx.table[place_.count++].framing);
    const field_ref &last = ctx.table[place_.count]; // which the next line may continue
    place_.line = last.name;
    name_size_ = last.name_size;
    value_ = static_cast<std::uint16_t>(last.name + name_size_ + 1);
    value_end_ = static_cast<std::uint16_t>(head.size - 2);
    framing_ = last.framing;
    dropped_ = false;
    place_.state = state::next_line;
  }

  constexpr std::uint16_t count() const noexcept { return place_.count; }
  /// Which of the fields that frame a message there are; if not interrupted().
  constexpr framing_set framing() const noexcept { return framing_fields_; }
  /// Whether no byte of a line was seen yet.
  constexpr bool untouched() const noexcept { return place_.state == state::first_line; }
  /// Whether the section arrived in pieces: then the table's content is not to be relied on.
  constexpr bool interrupted() const noexcept { return interrupted_; }

private:
  /// Whether so many octets at most are there that were not judged yet, and none behind a limit.
  constexpr bool has_more(const limits &lim, std::string_view section, std::size_t most) const noexcept {
    return section.size() - place_.at - 1 < most && section.size() <= lim.head &&
           section.size() <= std::size_t{place_.line} + lim.field_line;
  }

  [[gnu::noinline]] constexpr bool pass_lines(const context &ctx, std::string_view section) noexcept {
    if (place_.state == state::name && has_more(ctx.limits, section, 8) &&
        !ctx.leniency.reject_underscore_names &&
        find_outside(section, place_.at, ascii::tchar) == section.size()) { // too few for a kernel
      place_.at = static_cast<std::uint16_t>(section.size());
      return true;
    }
    return !detail::ends_in_empty_line(section) && detail::pass_lines(place_, ctx, section);
  }

  constexpr step<errc> run(const context &ctx, rules r, std::string_view text, char *writable,
                           std::size_t &at, deviations &seen) noexcept {
    const leniency &len = ctx.leniency;
    std::size_t next_quick =
        r.trailers || std::is_constant_evaluated() ? detail::no_quick : detail::quick_offset;
    for (;;) {
      const detail::bounds within = bounds(ctx.limits, r);
      const std::string_view line = text.substr(0, within.stop());
      switch (place_.state) {
      case state::first_line:
      case state::next_line:
      case state::last_line: {
        if (at == text.size()) return detail::need_more();
        if (at >= within.section) return within.check(text, at, element::field_name, place_.count);
        const char c = text[at];
        if (ascii::is(c, ascii::blank)) {
          if (place_.state == state::first_line) // RFC 9112 §2.2
            return detail::failed(errc::leading_whitespace, at, element::field_name, place_.count);
          if (!len.unfold || writable == nullptr) // RFC 9112 §5.2
            return detail::failed(errc::obs_fold, at, element::field_value, place_.count);
          unfold(text, writable, at);
          seen.add(deviation::obs_fold);
          continue;
        }
        if (place_.state ==
            state::next_line) { // only now it is certain that the value does not go on in this line
          if (place_.count >= ctx.max_fields()) return too_many(r, place_.line);
          record(ctx, text);
        }
        if (detail::is_line_end(c)) {
          if (place_.state == state::next_line) place_.state = state::last_line;
          const step<errc> end =
              detail::take_line_end(text, at, within, element::field_name, len, seen, place_.count);
          if (!end.ready()) return end;
          if (place_.count > ctx.max_fields()) return too_many(r, at);
          at += end.consumed;
          return detail::ready(at);
        }
        if (place_.count >= ctx.max_fields()) return too_many(r, at);
        if (at >= next_quick) {
          head_ref taken;
          const detail::quick out = detail::take_plain_fields(ctx, text, at, place_.count, taken);
          if (out != detail::quick::nothing && taken.size != at) {
            skip(taken, ctx);
            at = taken.size;
            if (out == detail::quick::complete) {
              framing_fields_.add(framing_); // there is no further line that might continue it
              ++place_.count;
              return detail::ready(at);
            }
            next_quick = at + 64;
            continue;
          }
          next_quick = at + 64;
        }
        place_.line = static_cast<std::uint16_t>(at);
        place_.state = state::name;
        continue;
      }

      case state::name: { // RFC 9112 §5, RFC 9110 §5.1
        at = find_outside(line, at, len.reject_underscore_names ? ascii::tchar_no_underscore : ascii::tchar);
        if (at == text.size()) return detail::need_more();
        const step<errc> inside = within.check(text, at, element::field_name, place_.count);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (at == place_.line)
          return detail::refuse(text, at, errc::bad_field_name, element::field_name, len, place_.count);
        if (c == ':') {
          if (!end_name(len, r, text.substr(place_.line, at - place_.line), seen)) return forbidden();
          value_ = static_cast<std::uint16_t>(++at);
          place_.state = state::value;
          continue;
        }
        if (!ascii::is(c, ascii::blank))
          return detail::refuse(text, at, errc::bad_field_name, element::field_name, len, place_.count);
        place_.state = state::space_before_colon;
        continue;
      }

      case state::space_before_colon: { // RFC 9112 §5.1
        at = find_outside(line, at, ascii::blank);
        if (at == text.size()) return detail::need_more();
        const std::size_t name_end = find_outside(text, place_.line, ascii::tchar);
        if (text[at] != ':' && !ascii::is(text[at], ascii::blank))
          return detail::failed(errc::bad_field_name, name_end, element::field_name, place_.count);
        if (!len.strip_space_before_colon || !r.response)
          return detail::failed(errc::space_before_colon, name_end, element::field_name, place_.count);
        const step<errc> inside = within.check(text, at, element::field_name, place_.count);
        if (inside.failed()) return inside;
        seen.add(deviation::space_before_colon);
        if (!end_name(len, r, text.substr(place_.line, name_end - place_.line), seen)) return forbidden();
        value_ = static_cast<std::uint16_t>(++at);
        place_.state = state::value;
        continue;
      }

      case state::value: { // RFC 9110 §5.5
        at = find_outside_field_text(line, std::min(at, line.size()));
        if (at == text.size()) return detail::need_more();
        const step<errc> inside = within.check(text, at, element::field_value, place_.count);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (detail::is_line_end(c)) {
          const step<errc> end =
              detail::take_line_end(text, at, within, element::field_value, len, seen, place_.count);
          if (!end.ready()) return end;
          value_end_ = static_cast<std::uint16_t>(at);
          at += end.consumed;
          place_.state = state::next_line;
          continue;
        }
        if (c == '\0' || !len.allow_ctl_in_values || framing_ != field_id::other)
          return detail::failed(errc::bad_field_value, at, element::field_value, place_.count);
        seen.add(deviation::ctl_in_value);
        ++at;
        continue;
      }
      }
    }
  }

  constexpr detail::bounds bounds(const limits &lim, rules r) const noexcept {
    const std::size_t line = std::size_t{place_.line} + lim.field_line;
    if (r.trailers)
      return {line, lim.trailers, errc::field_too_long, errc::trailers_too_large, element::trailer_section};
    return {line, lim.head, errc::field_too_long, errc::head_too_large, element::head};
  }

  constexpr step<errc> too_many(rules r, std::size_t at) const noexcept {
    return r.trailers ? detail::failed(errc::trailers_too_large, at, element::trailer_section, place_.count)
                      : detail::failed(errc::too_many_fields, at, element::field_name, place_.count);
  }

  constexpr step<errc> forbidden() const noexcept {
    return detail::failed(errc::forbidden_trailer, place_.line, element::trailer_section, place_.count);
  }

  /// Takes a name, once its colon has been seen. False if it may not stand here.
  constexpr bool end_name(const leniency &len, rules r, std::string_view name, deviations &seen) noexcept {
    name_size_ = static_cast<std::uint16_t>(name.size());
    framing_ = to_framing_field(name);
    dropped_ = r.trailers && !allowed_in_trailers(to_field_id(name)); // RFC 9110 §6.5.1
    if (!dropped_) return true;
    if (len.on_forbidden_trailer == forbidden_trailer_policy::reject) return false;
    seen.add(deviation::dropped_trailer);
    return true;
  }

  /// Counts the line that has ended. What would stand in a table is not kept from piece to piece.
  constexpr void record(const context &ctx, std::string_view text) noexcept {
    if (dropped_) return;
    const std::size_t index = place_.count++;
    if (interrupted_) return;
    framing_fields_.add(framing_);
    const std::string_view value = ascii::trim(text.substr(value_, std::size_t{value_end_} - value_));
    ctx.table[index] = {place_.line, static_cast<std::uint16_t>(value.data() - text.data()),
                        static_cast<std::uint16_t>(value.size()),
                        static_cast<std::uint8_t>(std::min<std::size_t>(name_size_, 255)), framing_};
  }

  /// Replaces the line end before `text[at]` by spaces, so that offsets stay, and reopens the value.
  constexpr void unfold(std::string_view text, char *writable, std::size_t at) noexcept {
    writable[at - 1] = ' ';
    if (text[at - 2] == '\r') writable[at - 2] = ' ';
    place_.state = state::value;
  }

  detail::line_place place_;
  std::uint16_t name_size_ = 0;
  std::uint16_t value_ = 0;     // offset behind the colon
  std::uint16_t value_end_ = 0; // offset of the line end
  framing_set framing_fields_{};
  field_id framing_ = field_id::other;
  bool dropped_ = false; // the line is not to be put into the table
  bool interrupted_ = false;
};
static_assert(std::is_trivially_copyable_v<field_lines> && sizeof(field_lines) <= 18);

namespace detail {

inline constexpr limits no_limits{.field_line = 65535, .head = 65535, .trailers = 65535};

/// What fill_table() did.
struct filled {
  bool whole = false;    ///< the table was large enough
  framing_set framing{}; ///< which of the fields that frame a message there are
};

/// Fills the table again for a section that was accepted before: `begin` is where its first field line
/// starts, `section` ends with its empty line. Linear in the section's size.
constexpr filled fill_table(std::span<field_ref> table, field_lines::rules r, std::string_view section,
                            std::size_t begin, forbidden_trailer_policy policy) noexcept {
  if (!std::is_constant_evaluated() && !r.trailers && begin >= quick_offset) {
    head_ref taken;
    if (take_plain_fields({table, no_limits}, section, begin, 0, taken) == quick::complete)
      return {true, taken.framing};
  }
  leniency everything;
  everything.allow_bare_lf = everything.allow_ctl_in_values = everything.strip_space_before_colon = true;
  everything.on_forbidden_trailer = policy;
  r.response = true;
  deviations seen;
  field_lines lines(begin);
  const bool whole = lines.parse({table, no_limits, everything}, r, section, nullptr, seen).ready();
  return {whole, lines.framing()};
}

} // namespace detail

} // namespace coax::inline v0_1::http
