// Entity tags, and the lists of them in If-Match and If-None-Match (RFC 9110 §8.8.3, §13.1).
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "errc.hpp"
#include "limits.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// An entity tag. The view lives as long as the text it was read from.
struct entity_tag {
  bool weak = false;
  std::string_view opaque{}; ///< what stands between the quotes, byte for byte: there are no escapes
};

/// Whether both are strong and the same (RFC 9110 §8.8.3.2): for If-Match and If-Range.
constexpr bool strong_equal(const entity_tag &a, const entity_tag &b) noexcept {
  return !a.weak && !b.weak && a.opaque == b.opaque;
}

/// Whether they are the same, weak or not (RFC 9110 §8.8.3.2): for If-None-Match.
constexpr bool weak_equal(const entity_tag &a, const entity_tag &b) noexcept { return a.opaque == b.opaque; }

namespace detail {

/// etagc = "!" / %x23-7E / obs-text: all visible bytes but the quote.
constexpr bool is_etagc(char c) noexcept {
  COAX_COUNT_WORK(1);
  const auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u != 0x22 && u != 0x7F;
}

/// Reads the entity tag that begins at text[at] and moves `at` behind it; on failure to the offending byte.
constexpr bool take_entity_tag(std::string_view text, std::size_t &at, entity_tag &out) noexcept {
  out.weak = false;
  if (at < text.size() && text[at] == 'W') {
    ++at;
    if (at == text.size() || text[at] != '/') return false;
    ++at;
    out.weak = true;
  }
  if (at == text.size() || text[at] != '"') return false;
  const std::size_t first = ++at;
  while (at < text.size() && is_etagc(text[at])) ++at;
  if (at == text.size() || text[at] != '"') return false;
  out.opaque = text.substr(first, at - first);
  ++at;
  return true;
}

} // namespace detail

/// Reads one entity tag, as ETag has it.
///
///     entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE      ; "W/" is case-sensitive
///
/// Errors: malformed. Linear in the text's size.
constexpr parsed<entity_tag> parse_entity_tag(std::string_view text) noexcept {
  parsed<entity_tag> out;
  if (!detail::take_entity_tag(text, out.at, out.value) || out.at != text.size()) {
    out.ec = errc::malformed;
    out.value = {};
    return out;
  }
  out.at = 0;
  return out;
}

/// Reads the value of If-Match or If-None-Match: `*`, or a list of entity tags, whose commas are data.
///
///     If-Match = "*" / #entity-tag
///
/// Errors: malformed (`*` beside anything else as well), too_many (limits::members, limits::empty_members). A
/// list without members is valid, and matches nothing.
class entity_tag_reader {
public:
  constexpr explicit entity_tag_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text), members_(lim.members), empties_(lim.empty_members), any_(ascii::trim(text) == "*"),
        done_(any_ || text.empty()) {}

  /// Takes the next tag; false behind the last one, for `*`, and at an error. Linear over the whole list.
  constexpr bool next(entity_tag &tag) noexcept {
    while (!done_) {
      while (at_ < text_.size() && ascii::is(text_[at_], ascii::blank)) ++at_;
      if (at_ == text_.size()) {
        done_ = true;
        if (!after_member_) count_empty();
        return false;
      }
      if (text_[at_] == ',') {
        if (!after_member_ && !count_empty()) return false;
        after_member_ = false;
        ++at_;
        continue;
      }
      if (after_member_) return fail(errc::malformed);
      if (members_ == 0) return fail(errc::too_many);
      if (!detail::take_entity_tag(text_, at_, tag)) return fail(errc::malformed);
      --members_;
      after_member_ = true;
      return true;
    }
    return false;
  }

  /// Whether the value is `*`: any current representation.
  constexpr bool any() const noexcept { return any_; }
  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text.
  constexpr std::size_t at() const noexcept { return ec_ == errc::ok ? 0 : at_; }

private:
  constexpr bool count_empty() noexcept {
    if (empties_ == 0) return fail(errc::too_many);
    --empties_;
    return true;
  }
  constexpr bool fail(errc ec) noexcept {
    ec_ = ec;
    done_ = true;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint16_t members_; // how many more may follow
  std::uint16_t empties_;
  errc ec_ = errc::ok;
  bool any_;
  bool done_;
  bool after_member_ = false;
};

namespace detail {

template <class Equal>
constexpr parsed<bool> matches_any(std::string_view list, const entity_tag &tag, const limits &lim,
                                   Equal equal) noexcept {
  entity_tag_reader tags(list, lim);
  parsed<bool> out{.value = tags.any()};
  for (entity_tag member; tags.next(member);) out.value = equal(member, tag) || out.value;
  if (tags.ec() != errc::ok) return {tags.ec(), tags.at(), false};
  return out;
}

} // namespace detail

/// Whether `list`, the value of If-Match, is `*` or has a tag that equals `tag` by strong comparison. The
/// list is judged whole: an error behind a tag that matches is an error. Errors: those of entity_tag_reader.
constexpr parsed<bool> matches_any_strong(std::string_view list, const entity_tag &tag,
                                          const limits &lim = default_limits) noexcept {
  return detail::matches_any(list, tag, lim, strong_equal);
}

/// The same by weak comparison, for the value of If-None-Match.
constexpr parsed<bool> matches_any_weak(std::string_view list, const entity_tag &tag,
                                        const limits &lim = default_limits) noexcept {
  return detail::matches_any(list, tag, lim, weak_equal);
}

/// Writes `tag` with its quotes.
///
/// Errors: invalid_input (a quote, a space or a control character in it), buffer_too_small.
constexpr written<errc> write_entity_tag(const entity_tag &tag, std::span<char> out) noexcept {
  for (char c : tag.opaque)
    if (!detail::is_etagc(c)) return {errc::invalid_input, 0, 0};
  bounded_writer w(out);
  if (tag.weak) w.put("W/");
  w.put('"').put(tag.opaque).put('"');
  return w.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::values
