// Request-line and status-line (RFC 9112 §3 and §4).
#pragma once

#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "../uri/target.hpp"
#include "head.hpp"
#include "line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

inline constexpr std::size_t version_size = 8; // "HTTP/1.1"

/// Judges HTTP-version from `text[at]` on, where `first` is its first byte; goes on as far as `stop`.
/// Ready: all eight bytes stand, and the major version is 1. `otherwise` is the error for a line that is none
/// of ours at all.
constexpr step<errc> parse_version(std::string_view text, std::size_t first, std::size_t stop,
                                   std::size_t &at, errc otherwise, const leniency &len) noexcept {
  for (; at < first + version_size; ++at) {
    if (at >= stop) return need_more();
    const char c = text[at];
    const std::size_t i = at - first;
    if (i == 6 && c == '.' && text[at - 1] != '1')
      return failed(errc::unsupported_version, at - 1, element::version); // RFC 9110 §6.2
    if (i == 5 || i == 7 ? ascii::is(c, ascii::digit) : c == "HTTP/ ."[i]) continue;
    return refuse(text, at, i == 0 && c != 'h' ? otherwise : errc::bad_version, element::version, len);
  }
  return ready(0);
}

/// request-line = method SP request-target SP HTTP-version
///
/// Resumable: sees the line from its first byte in every call. Ready: `consumed` is the line's size with
/// its line end.
class request_line {
public:
  /// What is found is put into `head`, which keeps it between calls: the method as soon as it has ended.
  constexpr step<errc> parse(const context &ctx, std::string_view text, head_ref &head,
                             deviations &seen) noexcept {
    std::size_t at = position_;
    if (text.size() < at) return need_more();
    const step<errc> out = run(ctx, text, at, head, seen);
    position_ = static_cast<std::uint16_t>(at);
    return out;
  }

  /// The line goes on in a further piece: takes what is plain. True if nothing is left for parse() to look
  /// at, which has to go on else.
  [[gnu::noinline]] constexpr bool go_on(const limits &lim, std::string_view text) noexcept {
    if (state_ != state::target || text.size() <= position_ || text.size() > lim.request_line ||
        text.size() > lim.head)
      return false;
    position_ = static_cast<std::uint16_t>(find_query_end(text, position_));
    return position_ == text.size();
  }

  /// How much of the text was judged: once the line is ready, its size.
  constexpr std::size_t size() const noexcept { return position_; }
  /// The line was read without this, and `head` tells what it is.
  constexpr void skip(const head_ref &head) noexcept {
    position_ = static_cast<std::uint16_t>(std::size_t{head.text} + head.text_size + 1 + version_size + 2);
  }

private:
  enum class state : std::uint8_t { method, target, version, end };

  constexpr step<errc> run(const context &ctx, std::string_view text, std::size_t &at, head_ref &head,
                           deviations &seen) noexcept {
    const leniency &len = ctx.leniency;
    const bounds within{ctx.limits.request_line, ctx.limits.head, errc::target_too_long, errc::head_too_large,
                        element::head};
    const std::string_view line = text.substr(0, within.stop());
    for (;;) {
      switch (state_) {
      case state::method: { // RFC 9110 §9.1
        const std::size_t longest = ctx.limits.method;
        at = find_outside(line.substr(0, longest + 1), at, ascii::tchar);
        if (at > longest) return failed(errc::method_too_long, longest, element::method);
        if (at == text.size()) return need_more();
        const step<errc> inside = within.check(text, at, element::method);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (c == ' ' && at != 0) {
          head.method = to_method(text.substr(0, at));
          head.method_size = static_cast<std::uint8_t>(at);
          head.text = static_cast<std::uint16_t>(++at);
          state_ = state::target;
          continue;
        }
        const bool status_line = c == '/' && text.substr(0, at) == "HTTP";
        const bool misplaced = at == 0 || status_line || is_white(c) || is_line_end(c);
        return refuse(text, at, misplaced ? errc::bad_start_line : errc::bad_method, element::method, len);
      }

      case state::target: { // RFC 9112 §3.2
        at = find_outside(line, find_query_end(line, at), uri::detail::target_octets(len.target));
        if (at == text.size()) return need_more();
        const step<errc> form = end_target(text, at, head, len, seen);
        if (form.failed()) return form;
        const step<errc> inside = within.check(text, at, element::target);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (c == ' ' && at != head.text) {
          head.text_size = static_cast<std::uint16_t>(at - head.text);
          ++at;
          state_ = state::version;
          continue;
        }
        const bool misplaced = is_white(c) || is_line_end(c);
        return refuse(text, at, misplaced ? errc::bad_start_line : errc::bad_target, element::target, len);
      }

      case state::version: { // RFC 9112 §2.3
        const std::size_t version = std::size_t{head.text} + head.text_size + 1;
        const step<errc> out = parse_version(text, version, line.size(), at, errc::bad_start_line, len);
        if (out.st == status::need_more && at >= within.stop() && at < text.size()) {
          const step<errc> inside = within.check(text, at, element::version);
          const errc cut = at == version ? errc::bad_start_line : errc::bad_version;
          return inside.failed() ? inside : refuse(text, at, cut, element::version, len);
        }
        if (!out.ready()) return out;
        head.minor = static_cast<std::uint8_t>(text[at - 1] - '0');
        if (text.substr(0, head.text) == "PRI " && text.substr(head.text, 2) == "* ")
          return failed(errc::bad_target, head.text,
                        element::target); // "*" was let pass for HTTP/2's preface
        state_ = state::end;
        continue;
      }

      case state::end: {
        if (at == text.size()) return need_more();
        const step<errc> inside = within.check(text, at, element::version);
        if (inside.failed()) return inside;
        const char c = text[at];
        if (!is_line_end(c))
          return failed(is_white(c) ? errc::bad_start_line : errc::bad_version, at, element::version);
        const step<errc> end = take_line_end(text, at, within, element::version, len, seen);
        if (!end.ready()) return end;
        at += end.consumed;
        return ready(at);
      }
      }
    }
  }

  static constexpr bool is_white(char c) noexcept {
    return ascii::is(c, ascii::blank) || c == '\v' || c == '\f';
  }

  /// Judges the form of the target, which ends at `end` for whatever reason. An error at `end` itself is
  /// only reported when the target ends regularly, with SP.
  static constexpr step<errc> end_target(std::string_view text, std::size_t end, const head_ref &head,
                                         const leniency &len, deviations &seen) noexcept {
    const std::size_t begin = head.text;
    const std::string_view target = text.substr(begin, end - begin);
    if (target.empty()) return ready(0);
    const uri::parsed_target parsed = uri::parse_target(target, head.method == method::connect, len.target);
    if (parsed.value.raw_octets) seen.add(deviation::unescaped_target);
    const bool asterisk = parsed.value.form == uri::target_form::asterisk;
    if (asterisk && head.method != method::options && text.substr(0, begin) != "PRI ") // RFC 9112 §3.2.4
      return failed(errc::bad_target, begin, element::target);
    const std::size_t at = begin + parsed.at;
    if (parsed.ok || (at == end && text[end] != ' ')) return ready(0);
    return failed(errc::bad_target, at, element::target);
  }

  std::uint16_t position_ = 0;
  state state_ = state::method;
};

/// status-line = HTTP-version SP status-code SP [ reason-phrase ]
///
/// Resumable like request_line.
class status_line {
public:
  constexpr step<errc> parse(const context &ctx, std::string_view text, head_ref &head,
                             deviations &seen) noexcept {
    std::size_t at = position_;
    if (text.size() < at) return need_more();
    const step<errc> out = run(ctx, text, at, head, seen);
    position_ = static_cast<std::uint16_t>(at);
    return out;
  }

  /// See request_line. A status-line is short.
  constexpr bool go_on(const limits &, std::string_view) noexcept { return false; }
  constexpr std::size_t size() const noexcept { return position_; }
  constexpr void skip(const head_ref &head) noexcept {
    position_ = static_cast<std::uint16_t>(head.text + head.text_size + 2);
  }

private:
  enum class state : std::uint8_t { version, code, after_code, reason };
  static constexpr std::size_t first_code = version_size + 1;
  static constexpr std::size_t first_reason = first_code + 4;

  constexpr step<errc> run(const context &ctx, std::string_view text, std::size_t &at, head_ref &head,
                           deviations &seen) noexcept {
    const leniency &len = ctx.leniency;
    const bounds within{no_cap, ctx.limits.head, errc::head_too_large, errc::head_too_large, element::head};
    const std::string_view line = text.substr(0, within.stop());
    for (;;) {
      switch (state_) {
      case state::version: {
        const step<errc> out = parse_version(text, 0, line.size(), at, errc::bad_status_line, len);
        if (out.st == status::need_more && at >= within.stop() && at < text.size())
          return within.check(text, at, element::version);
        if (!out.ready()) return out;
        head.minor = static_cast<std::uint8_t>(text[at - 1] - '0');
        head.text = std::uint16_t{first_reason};
        if (at == text.size()) return need_more();
        if (const step<errc> inside = within.check(text, at, element::version); inside.failed())
          return inside;
        if (text[at] != ' ') {
          const bool longer = ascii::is(text[at], ascii::digit);
          return refuse(text, at, longer ? errc::bad_version : errc::bad_status_line, element::version, len);
        }
        ++at;
        state_ = state::code;
        continue;
      }

      case state::code:
        for (; at < first_code + 3; ++at) {
          if (at == text.size()) return need_more();
          const step<errc> inside = within.check(text, at, element::status_code);
          if (inside.failed()) return inside;
          if (!ascii::is(text[at], ascii::digit))
            return refuse(text, at, errc::bad_status_line, element::status_code, len);
          head.code = static_cast<std::uint16_t>(head.code * 10 + (text[at] - '0'));
        }
        state_ = state::after_code;
        continue;

      case state::after_code: {
        if (at == text.size()) return need_more();
        if (const step<errc> inside = within.check(text, at, element::status_code); inside.failed())
          return inside;
        if (text[at] == ' ') {
          ++at;
          state_ = state::reason;
          continue;
        }
        // A line that ends here lacks its second SP, which is common and without consequence.
        if (!is_line_end(text[at]) || len.require_reason_sp)
          return refuse(text, at, errc::bad_status_line, element::status_code, len);
        const step<errc> end = take_line_end(text, at, within, element::status_code, len, seen);
        if (!end.ready()) return end;
        seen.add(deviation::missing_reason_sp);
        at += end.consumed;
        return ready(at);
      }

      case state::reason: {
        at = find_outside_field_text(line, at);
        if (at == text.size()) return need_more();
        if (const step<errc> inside = within.check(text, at, element::reason); inside.failed()) return inside;
        if (!is_line_end(text[at])) return failed(errc::bad_status_line, at, element::reason);
        const step<errc> end = take_line_end(text, at, within, element::reason, len, seen);
        if (!end.ready()) return end;
        head.text_size = static_cast<std::uint16_t>(at - first_reason);
        at += end.consumed;
        return ready(at);
      }
      }
    }
  }

  std::uint16_t position_ = 0;
  state state_ = state::version;
};

} // namespace coax::inline v0_1::http::detail
