// Content-Disposition of the parts of a form (RFC 7578 §4.2).
#pragma once

#include "../core/ascii.hpp"
#include "errc.hpp"
#include "limits.hpp"
#include "parameters.hpp"
#include "parsed.hpp"

#include <cstddef>
#include <string_view>

namespace coax::inline v0_1::values {

/// Which field of a form a part holds. Views into the text that was read.
struct form_field {
  /// The field's name as written: a token or a quoted-string with its quotes. Compare it with value_equals(),
  /// copy it with unquote(). Browsers write a quote in it as %22, CR as %0D, LF as %0A, and nothing else in
  /// that way: such sequences are left as they are, as they cannot be told from the same characters in a
  /// name.
  std::string_view name{};
  /// The same for the name of a file, if the part is one. Only a hint: never use it as a path.
  std::string_view filename{};
  bool has_filename = false;
};

/// Reads the Content-Disposition of a part of multipart/form-data. Parameters other than `name` and
/// `filename` are ignored; `filename*` must not be sent (RFC 7578 §4.2), and is refused, as those who honour
/// it see another name.
///
///     form-data; name="field" [; filename="file.txt"]
///
/// Errors: malformed, missing_field (no `name`), duplicate (a parameter that occurs twice), too_many
/// (limits::parameters).
constexpr parsed<form_field> parse_form_field(std::string_view text,
                                              const limits &lim = default_limits) noexcept {
  std::size_t end = 0;
  while (end < text.size() && ascii::is(text[end], ascii::tchar)) ++end;
  if (!ascii::iequals(text.substr(0, end), "form-data")) return {errc::malformed, end == 0 ? end : 0, {}};

  parsed<form_field> out;
  bool has_name = false;
  parameter_reader parameters(text.substr(end), lim);
  for (parameter p; parameters.next(p);) {
    if (ascii::iequals(p.name, "name")) {
      out.value.name = p.value;
      has_name = true;
    } else if (ascii::iequals(p.name, "filename")) {
      out.value.filename = p.value;
      out.value.has_filename = true;
    } else if (ascii::iequals(p.name, "filename*")) {
      return {errc::malformed, static_cast<std::size_t>(p.name.data() - text.data()), {}};
    }
  }
  if (parameters.ec() != errc::ok) return {parameters.ec(), end + parameters.at(), {}};
  if (!has_name) return {errc::missing_field, text.size(), {}};
  return out;
}

} // namespace coax::inline v0_1::values
