// Media types (RFC 9110 §8.3.1).
#pragma once

#include "../core/plain_text.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// A media type. Views into the text that was read.
struct media_type {
  std::string_view type;    ///< compares without case
  std::string_view subtype; ///< compares without case
  std::string_view
      parameters; ///< all behind the subtype, for parameter_reader and find_parameter(); may be empty

  /// Whether it is `type_name`/`subtype_name`, with whatever parameters.
  constexpr bool is(std::string_view type_name, std::string_view subtype_name) const noexcept {
    return ascii::iequals(type, type_name) && ascii::iequals(subtype, subtype_name);
  }
  /// The value of a parameter, as written.
  constexpr found_parameter parameter_named(std::string_view name,
                                            const limits &lim = default_limits) const noexcept {
    return find_parameter(parameters, name, lim);
  }
};

/// Reads a media type, as of Content-Type:
///
///     media-type = token "/" token *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )
///
/// errc::malformed, and of the parameters errc::duplicate and errc::too_many, as of parameter_reader. The
/// asterisk is a byte of tokens, so that media ranges are read as well.
constexpr parsed<media_type> parse_media_type(std::string_view text,
                                              const limits &lim = default_limits) noexcept {
  const std::size_t slash = find_outside(text, 0, ascii::tchar); // short, as a rule
  if (slash == 0 || slash == text.size() || text[slash] != '/') return {errc::malformed, slash, {}};
  const std::size_t end = find_token_end(text, slash + 1);
  if (end == slash + 1) return {errc::malformed, end, {}};
  const std::string_view parameters(text.data() + end, text.size() - end);
  const parsed<std::size_t> checked = check_parameters(parameters, lim);
  if (!checked) return {checked.ec, end + checked.at, {}};
  return {errc::ok, 0, {{text.data(), slash}, {text.data() + slash + 1, end - slash - 1}, parameters}};
}

/// Whether two values of the media type parameter `name`, as written, are equal. They compare with their
/// case, except those of charset (RFC 9110 §8.3.1, §8.3.2).
constexpr bool same_parameter_value(std::string_view name, std::string_view a, std::string_view b) noexcept {
  return detail::stand_for_the_same(a, b, ascii::iequals(name, "charset"));
}

/// Whether two media types that parse_media_type() gave are equal: type, subtype, and the same parameters in
/// whatever order and form. `lim` as they were read with. Looks through the parameters of `b` for each
/// parameter of `a`.
constexpr bool same_media_type(const media_type &a, const media_type &b,
                               const limits &lim = default_limits) noexcept {
  if (!a.is(b.type, b.subtype)) return false;
  std::size_t count = 0;
  parameter_reader parameters(a.parameters, lim);
  for (parameter p; parameters.next(p); ++count) {
    const found_parameter other = b.parameter_named(p.name, lim);
    if (!other.present || !same_parameter_value(p.name, p.value, other.value)) return false;
  }
  const parsed<std::size_t> others = check_parameters(b.parameters, lim);
  return parameters.ec() == errc::ok && others && *others == count;
}

} // namespace coax::inline v0_1::values
