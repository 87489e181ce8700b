// What the readers of lists have in common whose members are more than text.
#pragma once

#include "list.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values::detail {

/// The list below a reader, and the error of either.
class member_reader {
public:
  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the value, or the value's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

protected:
  constexpr member_reader(std::string_view value, list_of kind, const limits &lim) noexcept
      : members_(value, kind, lim) {}

  /// Takes the next member, which is not empty; false behind the last one or at an error, and from then on.
  constexpr bool next_member(std::string_view &member) noexcept {
    if (ec_ != errc::ok) return false;
    if (members_.next(member)) return true;
    ec_ = members_.ec();
    at_ = members_.at();
    return false;
  }

  /// Where in the value the member begins.
  constexpr std::size_t offset() const noexcept { return members_.offset(); }

  /// Ends the reader with an error at the offset `at` of the current member.
  constexpr bool refuse(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = members_.offset() + at;
    return false;
  }

private:
  list_reader members_;
  std::size_t at_ = 0;
  errc ec_ = errc::ok;
};

} // namespace coax::inline v0_1::values::detail
