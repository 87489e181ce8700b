// Writing comma-separated lists (RFC 9110 §5.6.1.1).
#pragma once

#include "../core/bounded_writer.hpp"
#include "list.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// Writes a list whose members are joined with ", ", none of them empty.
///
///     list_writer list(out, list_of::tokens);
///     list.add("gzip").add("br");
///     const written<errc> done = list.finish();
///
/// The span is written to as members are added, but holds a list only if finish() succeeds.
class list_writer {
public:
  constexpr explicit list_writer(std::span<char> out, list_of kind = list_of::tokens) noexcept
      : to_(out), kind_(kind) {}

  /// Appends a member, if a reader would find exactly this text as one member: it is not empty, has no
  /// whitespace around it, no comma outside quoted strings, and no byte that a field value may not hold.
  /// Otherwise the list as a whole is refused by finish(). Linear in the member's size.
  constexpr list_writer &add(std::string_view member) noexcept {
    valid_ = valid_ && is_member(member);
    if (!valid_) return *this;
    if (to_.required() > 0) to_.put(", ");
    to_.put(member);
    return *this;
  }

  /// errc::invalid_input: a member was refused. errc::buffer_too_small. A list without members is empty text.
  constexpr written<errc> finish() const noexcept {
    if (!valid_) return {errc::invalid_input, 0, 0};
    return to_.finish(errc::buffer_too_small);
  }

private:
  constexpr bool is_member(std::string_view text) const noexcept {
    if (!is_quotable(text)) return false;
    list_reader members(text, kind_);
    std::string_view member;
    return members.next(member) && member.size() == text.size();
  }

  bounded_writer to_;
  list_of kind_;
  bool valid_ = true;
};

} // namespace coax::inline v0_1::values
