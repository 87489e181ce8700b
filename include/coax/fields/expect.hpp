// Expect: what the server is to support for the request (RFC 9110 §10.1.1).
#pragma once

#include "member_reader.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// One expectation. Views into the text that was read.
struct expectation {
  std::string_view name;       ///< compares without case
  std::string_view value;      ///< as written: a token or a quoted-string with its quotes; empty if none
  std::string_view parameters; ///< behind the value, for parameter_reader; may be empty

  /// Whether it is the one expectation that RFC 9110 defines. Whether it is to be honoured depends on the
  /// request: see framing::expects_continue.
  constexpr bool is_continue() const noexcept {
    return value.empty() && ascii::iequals(name, "100-continue");
  }
};

/// Reads the expectations, in order:
///
///     Expect = #( token [ "=" ( token / quoted-string ) parameters ] )
///
/// errc::malformed: anything that is not of this grammar; errc::duplicate: a repeated name among the
/// parameters of one expectation; errc::too_many: more than limits::members, limits::empty_members, or
/// limits::parameters behind one value.
class expect_reader : public detail::member_reader {
public:
  constexpr explicit expect_reader(std::string_view value, const limits &lim = default_limits) noexcept
      : member_reader(value, list_of::quoted, lim), limits_(lim) {}

  /// Takes the next expectation; false at the end or at an error, and from then on.
  constexpr bool next(expectation &out) noexcept {
    std::string_view text;
    if (!next_member(text)) return false;
    const std::size_t name_end = find_outside(text, 0, ascii::tchar);
    if (name_end == 0) return refuse(errc::malformed, 0);
    expectation found{text.substr(0, name_end), {}, {}};
    if (name_end < text.size()) {
      if (text[name_end] != '=') return refuse(errc::malformed, name_end);
      const std::size_t begin = name_end + 1;
      std::size_t end = find_outside(text, begin, ascii::tchar);
      if (end == begin) {
        const scanned quoted = scan_quoted(text, begin);
        if (quoted.size == 0) return refuse(errc::malformed, quoted.bad);
        end = begin + quoted.size;
      }
      found.value = text.substr(begin, end - begin);
      found.parameters = text.substr(end);
      const parsed<std::size_t> checked = check_parameters(found.parameters, limits_);
      if (!checked) return refuse(checked.ec, end + checked.at);
    }
    out = found;
    return true;
  }

private:
  limits limits_;
};

} // namespace coax::inline v0_1::values
