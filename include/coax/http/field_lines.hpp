// The field lines of a head or of a trailer section, up to and with the empty line (RFC 9112 §5).
#pragma once

#include "../core/scan.hpp"
#include "line.hpp"
#include "quick_head.hpp"

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
public:
  /// What the surroundings of a section decide.
  struct rules {
    bool response = false; ///< whose leniency applies
    bool trailers = false; ///< RFC 9110 §6.5.1: some fields are refused
  };

  /// `begin` is the offset of the first field line in the section: behind the start-line, or 0.
  constexpr explicit field_lines(std::size_t begin = 0) noexcept
      : position_(static_cast<std::uint16_t>(begin)) {}

  /// `section` starts with the first byte of the section and is shorter than 64 KiB. `writable` is null, or
  /// the same bytes, in which folds may be replaced by spaces. Ready once the empty line was read:
  /// `consumed` is the size of the section then, and the first count() entries of the table describe it.
  constexpr step<errc> parse(const context &ctx, rules r, std::string_view section, char *writable,
                             deviations &seen) noexcept {
    std::size_t at = position_;
    if (section.size() < at) return detail::need_more();
    const step<errc> out = run(ctx, r, section, writable, at, seen);
    position_ = static_cast<std::uint16_t>(at);
    if (out.st == status::need_more) interrupted_ = true;
    return out;
  }

  /// Whether the section, of a head, ends inside a value and all of it is in order so far: what parse() finds
  /// as well. Short, as a long value may arrive in many pieces.
  constexpr bool ends_in_value(const limits &lim, std::string_view section) noexcept {
    if (state_ != state::value || section.size() > lim.head ||
        section.size() > std::size_t{line_} + lim.field_line || section.size() < position_ ||
        find_outside_field_text(section, position_) != section.size())
      return false;
    position_ = static_cast<std::uint16_t>(section.size());
    interrupted_ = true;
    return true;
  }

  /// Lines were read without this, up to the offset `head.size`, and `head.fields` fields put into the table
  /// behind those that count() tells.
  constexpr void skip(const head_ref &head, const context &ctx) noexcept {
    position_ = head.size;
    if (head.fields == 0) return;
    for (unsigned left = head.fields; left > 1; --left) framing_fields_.add(ctx.table[count_++].framing);
    const field_ref &last = ctx.table[count_]; // which the next line may continue
    line_ = last.name;
    name_size_ = last.name_size;
    value_ = static_cast<std::uint16_t>(line_ + name_size_ + 1);
    value_end_ = static_cast<std::uint16_t>(head.size - 2);
    framing_ = last.framing;
    dropped_ = false;
    state_ = state::next_line;
  }

  constexpr std::uint16_t count() const noexcept { return count_; }
  /// Which of the fields that frame a message there are.
  constexpr framing_set framing() const noexcept { return framing_fields_; }
  /// Whether no byte of a line was seen yet.
  constexpr bool untouched() const noexcept { return state_ == state::first_line; }
  /// Whether the section arrived in pieces: then the table's content is not to be relied on.
  constexpr bool interrupted() const noexcept { return interrupted_; }

private:
  enum class state : std::uint8_t {
    first_line, // nothing was read yet
    next_line,  // a line was read that is not in the table yet, as the next may be its fold
    last_line,  // all lines are in the table, and this one has begun to end the section
    name,
    space_before_colon,
    value,
  };

  constexpr step<errc> run(const context &ctx, rules r, std::string_view text, char *writable,
                           std::size_t &at, deviations &seen) noexcept {
    const leniency &len = ctx.leniency;
    std::size_t next_quick =
        r.trailers || std::is_constant_evaluated() ? detail::no_quick : detail::quick_offset;
    for (;;) {
      const detail::bounds within = bounds(ctx.limits, r);
      const std::string_view line = text.substr(0, within.stop());
      switch (state_) {
      case state::first_line:
      case state::next_line:
      case state::last_line: {
        if (at == text.size()) return detail::need_more();
        if (at >= within.section) return within.check(text, at, element::field_name, count_);
        const char c = text[at];
        if (ascii::is(c, ascii::blank)) {
          if (state_ == state::first_line) // RFC 9112 §2.2
            return detail::failed(errc::leading_whitespace, at, element::field_name, count_);
          if (!len.unfold || writable == nullptr) // RFC 9112 §5.2
            return detail::failed(errc::obs_fold, at, element::field_value, count_);
          unfold(text, writable, at);
          seen.add(deviation::obs_fold);
          continue;
        }
        if (state_ == state::next_line) { // only now it is certain that the value does not go on in this line
          if (count_ >= ctx.max_fields()) return too_many(r, line_);
          record(ctx, text);
        }
        if (detail::is_line_end(c)) {
          if (state_ == state::next_line) state_ = state::last_line;
          const step<errc> end =
              detail::take_line_end(text, at, within, element::field_name, len, seen, count_);
          if (!end.ready()) return end;
          if (count_ > ctx.max_fields()) return too_many(r, at);
          at += end.consumed;
          return detail::ready(at);
        }
        if (count_ >= ctx.max_fields()) return too_many(r, at);
        if (at >= next_quick) {
          head_ref taken;
          const detail::quick out = detail::take_plain_fields(ctx, text, at, count_, taken);
          if (out != detail::quick::nothing && taken.size != at) {
            skip(taken, ctx);
            at = taken.size;
            if (out == detail::quick::complete) {
              framing_fields_.add(framing_); // there is no further line that might continue it
              ++count_;
              return detail::ready(at);
            }
            next_quick = at + 64;
            continue;
          }
          next_quick = at + 64;
        }
        line_ = static_cast<std::uint16_t>(at);
        state_ = state::name;
        continue;
      }

      case state::name: { // RFC 9112 §5, RFC 9110 §5.1
        at = find_outside(line, at, len.reject_underscore_names ? ascii::tchar_no_underscore : ascii::tchar);
        if (at == text.size()) return detail::need_more();
        const step<errc> inside = within.check(text, at, element::field_name, count_);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (at == line_)
          return detail::refuse(text, at, errc::bad_field_name, element::field_name, len, count_);
        if (c == ':') {
          if (!end_name(len, r, text.substr(line_, at - line_), seen)) return forbidden();
          value_ = static_cast<std::uint16_t>(++at);
          state_ = state::value;
          continue;
        }
        if (!ascii::is(c, ascii::blank))
          return detail::refuse(text, at, errc::bad_field_name, element::field_name, len, count_);
        state_ = state::space_before_colon;
        continue;
      }

      case state::space_before_colon: { // RFC 9112 §5.1
        at = find_outside(line, at, ascii::blank);
        if (at == text.size()) return detail::need_more();
        const std::size_t name_end = find_outside(text, line_, ascii::tchar);
        if (text[at] != ':' && !ascii::is(text[at], ascii::blank))
          return detail::failed(errc::bad_field_name, name_end, element::field_name, count_);
        if (!len.strip_space_before_colon || !r.response)
          return detail::failed(errc::space_before_colon, name_end, element::field_name, count_);
        const step<errc> inside = within.check(text, at, element::field_name, count_);
        if (inside.failed()) return inside;
        seen.add(deviation::space_before_colon);
        if (!end_name(len, r, text.substr(line_, name_end - line_), seen)) return forbidden();
        value_ = static_cast<std::uint16_t>(++at);
        state_ = state::value;
        continue;
      }

      case state::value: { // RFC 9110 §5.5
        at = find_outside_field_text(line, std::min(at, line.size()));
        if (at == text.size()) return detail::need_more();
        const step<errc> inside = within.check(text, at, element::field_value, count_);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (detail::is_line_end(c)) {
          const step<errc> end =
              detail::take_line_end(text, at, within, element::field_value, len, seen, count_);
          if (!end.ready()) return end;
          value_end_ = static_cast<std::uint16_t>(at);
          at += end.consumed;
          state_ = state::next_line;
          continue;
        }
        if (c == '\0' || !len.allow_ctl_in_values || framing_ != field_id::other)
          return detail::failed(errc::bad_field_value, at, element::field_value, count_);
        seen.add(deviation::ctl_in_value);
        ++at;
        continue;
      }
      }
    }
  }

  constexpr detail::bounds bounds(const limits &lim, rules r) const noexcept {
    const std::size_t line = std::size_t{line_} + lim.field_line;
    if (r.trailers)
      return {line, lim.trailers, errc::field_too_long, errc::trailers_too_large, element::trailer_section};
    return {line, lim.head, errc::field_too_long, errc::head_too_large, element::head};
  }

  constexpr step<errc> too_many(rules r, std::size_t at) const noexcept {
    return r.trailers ? detail::failed(errc::trailers_too_large, at, element::trailer_section, count_)
                      : detail::failed(errc::too_many_fields, at, element::field_name, count_);
  }

  constexpr step<errc> forbidden() const noexcept {
    return detail::failed(errc::forbidden_trailer, line_, element::trailer_section, count_);
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

  constexpr void record(const context &ctx, std::string_view text) noexcept {
    if (dropped_) return;
    framing_fields_.add(framing_);
    const std::string_view value = ascii::trim(text.substr(value_, std::size_t{value_end_} - value_));
    ctx.table[count_++] = {line_, static_cast<std::uint16_t>(value.data() - text.data()),
                           static_cast<std::uint16_t>(value.size()),
                           static_cast<std::uint8_t>(std::min<std::size_t>(name_size_, 255)), framing_};
  }

  /// Replaces the line end before `text[at]` by spaces, so that offsets stay, and reopens the value.
  constexpr void unfold(std::string_view text, char *writable, std::size_t at) noexcept {
    writable[at - 1] = ' ';
    if (text[at - 2] == '\r') writable[at - 2] = ' ';
    state_ = state::value;
  }

  std::uint16_t position_ = 0; // bytes of the section that were judged
  std::uint16_t line_ = 0;     // offset of the line being read
  std::uint16_t name_size_ = 0;
  std::uint16_t value_ = 0;     // offset behind the colon
  std::uint16_t value_end_ = 0; // offset of the line end
  std::uint16_t count_ = 0;
  framing_set framing_fields_{};
  state state_ = state::first_line;
  field_id framing_ = field_id::other;
  bool dropped_ = false; // the line is not to be put into the table
  bool interrupted_ = false;
};
static_assert(std::is_trivially_copyable_v<field_lines> && sizeof(field_lines) <= 18);

namespace detail {

/// Fills the table again for a section that was accepted before: `begin` is where its first field line
/// starts, `section` ends with its empty line. False if the table is too small. Linear in the section's size.
constexpr bool fill_table(std::span<field_ref> table, field_lines::rules r, std::string_view section,
                          std::size_t begin, forbidden_trailer_policy policy) noexcept {
  constexpr limits no_limits{.field_line = 65535, .head = 65535, .trailers = 65535};
  leniency everything;
  everything.allow_bare_lf = everything.allow_ctl_in_values = everything.strip_space_before_colon = true;
  everything.on_forbidden_trailer = policy;
  r.response = true;
  deviations seen;
  field_lines lines(begin);
  return lines.parse({table, no_limits, everything}, r, section, nullptr, seen).ready();
}

} // namespace detail

} // namespace coax::inline v0_1::http
