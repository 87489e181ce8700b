// Parameters behind a value (RFC 9110 §5.6.6).
#pragma once

#include "limits.hpp"
#include "parsed.hpp"
#include "quoted.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// One parameter. Views into the text that was read.
struct parameter {
  std::string_view name; ///< compares without case
  std::string_view
      value; ///< as written: a token, or a quoted-string with its quotes; see value_equals(), unquote()
};

namespace detail {

/// One of 64 bits for a name without its case, by some of its octets: names with different bits differ.
constexpr std::uint64_t mark_of(std::string_view name) noexcept {
  if (name.empty()) return 1;
  const auto octet = [name](std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(name[at])} | 0x20;
  };
  const std::uint32_t some = octet(0) | octet(name.size() / 2) << 8 | octet(name.size() - 1) << 16 |
                             static_cast<std::uint32_t>(name.size()) << 24;
  return std::uint64_t{1} << (some * 0x9E3779B1u >> 26);
}

} // namespace detail

/// Reads the parameters that stand behind a media type, an expectation or the like, in order:
///
///     parameters = *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )
///
///     parameter_reader parameters(text); // text begins right behind the media type
///     for (parameter p; parameters.next(p);) ...
///     if (parameters.ec() != errc::ok) ... // parameters.at() tells where
///
/// Empty parameters are skipped. Parameters may have been handed out before an error is met: where all or
/// none count, call check_parameters() first.
///
/// errc::malformed: anything that is not of this grammar, such as whitespace around "=", a name without
///   value, or whitespace at the end that no ";" precedes.
/// errc::duplicate: a name that occurred before, at the later name. RFC 9110 does not say which of them
///   would count, so recipients differ.
/// errc::too_many: more than limits::parameters, at the first name in excess.
///
/// Linear in the text's size, except that it reads what it has read again for each name that seems to be
/// known: at most limits::parameters times, and hardly ever in practice.
class parameter_reader {
public:
  constexpr explicit parameter_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text), left_(lim.parameters) {}

  /// Takes the next parameter; false at the end or at an error, and from then on.
  constexpr bool next(parameter &out) noexcept {
    const std::size_t begin = find_name();
    if (begin == text_.size()) return false;
    if (left_ == 0) return fail(errc::too_many, begin);
    parameter found;
    if (!read(begin, found)) return false;
    const std::uint64_t mark = detail::mark_of(found.name);
    if ((seen_ & mark) != 0 && occurs_before(begin, found.name)) return fail(errc::duplicate, begin);
    seen_ |= mark;
    --left_;
    out = found;
    return true;
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text, or the text's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  /// Skips *( OWS ";" OWS ) to a name; the text's size if there is none or no separator.
  constexpr std::size_t find_name() noexcept {
    bool separated = false;
    while (at_ < text_.size() && ec_ == errc::ok) {
      const std::size_t next = find_outside(text_, at_, ascii::blank);
      if (next == text_.size()) {
        if (!separated) fail(errc::malformed, next);
        at_ = next;
        break;
      }
      at_ = next;
      if (text_[next] != ';') {
        if (separated) return next;
        fail(errc::malformed, next);
        break;
      }
      separated = true;
      ++at_;
    }
    return text_.size();
  }

  constexpr bool read(std::size_t begin, parameter &out) noexcept {
    const std::size_t name_end = find_outside(text_, begin, ascii::tchar);
    if (name_end == begin || name_end == text_.size() || text_[name_end] != '=')
      return fail(errc::malformed, name_end);
    const std::size_t value = name_end + 1;
    std::size_t end = find_outside(text_, value, ascii::tchar);
    if (end == value) {
      const scanned quoted = scan_quoted(text_, value);
      if (quoted.size == 0) return fail(errc::malformed, quoted.bad);
      end = value + quoted.size;
    }
    out = {text_.substr(begin, name_end - begin), text_.substr(value, end - value)};
    at_ = end;
    return true;
  }

  constexpr bool occurs_before(std::size_t end, std::string_view name) const noexcept {
    parameter_reader earlier(text_.substr(0, end));
    for (std::size_t begin; (begin = earlier.find_name()) != end;) {
      parameter p;
      if (!earlier.read(begin, p)) return false;
      if (ascii::iequals(p.name, name)) return true;
    }
    return false;
  }

  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t seen_ = 0;
  std::uint16_t left_;
  errc ec_ = errc::ok;
};

/// Reads all parameters of `text`, and tells how many there are. Errors as of parameter_reader.
constexpr parsed<std::size_t> check_parameters(std::string_view text,
                                               const limits &lim = default_limits) noexcept {
  if (text.empty()) return {errc::ok, 0, 0};
  parameter_reader parameters(text, lim);
  std::size_t count = 0;
  for (parameter p; parameters.next(p);) ++count;
  if (parameters.ec() != errc::ok) return {parameters.ec(), parameters.at(), 0};
  return {errc::ok, 0, count};
}

/// The value of one parameter.
struct found_parameter {
  bool present = false;
  std::string_view value{}; ///< as written, if present: a token, or a quoted-string with its quotes
};

/// Finds a parameter of `text`, which is what a parameter_reader takes. Text that it would refuse, for
/// instance as a name occurs twice, has no parameters.
constexpr found_parameter find_parameter(std::string_view text, std::string_view name,
                                         const limits &lim = default_limits) noexcept {
  found_parameter found;
  parameter_reader parameters(text, lim);
  for (parameter p; parameters.next(p);)
    if (ascii::iequals(p.name, name)) found = {true, p.value};
  return parameters.ec() == errc::ok ? found : found_parameter{};
}

} // namespace coax::inline v0_1::values
