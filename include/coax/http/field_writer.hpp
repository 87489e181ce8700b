// Field lines, checked and written (RFC 9112 §5).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/fault.hpp"
#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "errc.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::http {

/// What heads and trailer sections have in common when they are written: every byte that the caller passes is
/// checked, so that nothing can split a message or add a field to it (RFC 9112 §11.1); the first refusal
/// sticks. What does not fit is counted, see required().
class field_writer {
public:
  /// ok, or why the section cannot be sent: invalid_input, buffer_too_small.
  constexpr errc ec() const noexcept { return ec_ != errc::ok || out_.fits() ? ec_ : errc::buffer_too_small; }
  /// With invalid_input: the element that was refused, the offset of the offending byte in what was passed
  /// for it, and for fields the number of the call, from 0.
  constexpr fault why() const noexcept { return why_; }
  /// Bytes that the section takes so far, whether they fitted or not.
  constexpr std::size_t required() const noexcept { return out_.required(); }

protected:
  constexpr explicit field_writer(std::span<char> out) noexcept : span_(out), out_(out) {}

  /// Whether name and value may stand in a field line; takes the whitespace around the value away. Refuses
  /// them otherwise. The name of a known field need not be looked at.
  constexpr bool check(std::string_view name, std::string_view &value, bool known = false) noexcept {
    if (ec_ != errc::ok) return false;
    count_field();
    if (!known) {
      const std::size_t bad_name = find_outside(name, 0, ascii::tchar); // RFC 9110 §5.1
      if (name.empty() || bad_name != name.size()) return refuse(element::field_name, bad_name);
    }
    const std::size_t lead = find_outside(value, 0, ascii::blank);
    value = ascii::trim(value);
    const std::size_t bad_value = find_outside_field_text(value, 0); // RFC 9110 §5.5
    return bad_value == value.size() || refuse(element::field_value, lead + bad_value);
  }

  /// Whether a value may stand in a field line as it is, beyond doubt, and no call was refused.
  constexpr bool is_plain_value(std::string_view value) const noexcept {
    return ec_ == errc::ok && is_plainly_text(value) && value.front() != ' ' && value.back() != ' ';
  }

  /// Writes a line that check() found good, or that is plain and was counted.
  constexpr void line(std::string_view name, std::string_view value) noexcept {
    char *to = out_.take(name.size() + value.size() + 4);
    if (to == nullptr) return;
    to = copy_text(to, name);
    *to++ = ':';
    *to++ = ' ';
    to = copy_text(to, value);
    *to++ = '\r';
    *to = '\n';
  }

  /// Refuses the field that was checked last, or another element. Always false.
  constexpr bool refuse(element what, std::size_t at = 0) noexcept {
    if (ec_ != errc::ok) return false;
    ec_ = errc::invalid_input;
    const bool is_field = what == element::field_name || what == element::field_value;
    why_ = {static_cast<std::uint32_t>(at), what,
            static_cast<std::uint16_t>(is_field && count_ != 0 ? count_ - 1 : 0)};
    return false;
  }

  /// Ends the section for what went wrong with its first part, which takes `required` octets.
  constexpr void fail(errc ec, std::size_t required) noexcept {
    ec_ = ec;
    (void)out_.take(required);
  }

  constexpr bounded_writer &out() noexcept { return out_; }
  /// What was written, and the room behind it. Only if all fitted.
  constexpr std::string_view text() const noexcept { return {span_.data(), out_.required()}; }
  constexpr std::span<char> room() const noexcept {
    return out_.fits() ? span_.subspan(out_.required()) : std::span<char>{};
  }
  constexpr std::uint16_t count() const noexcept { return count_; }
  constexpr void count_field() noexcept {
    if (count_ != 0xFFFF) ++count_;
  }

private:
  std::span<char> span_;
  bounded_writer out_;
  fault why_{};
  errc ec_ = errc::ok;
  std::uint16_t count_ = 0;
};

} // namespace coax::inline v0_1::http
