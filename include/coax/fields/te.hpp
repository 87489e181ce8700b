// TE: which transfer codings, and whether trailers, a client accepts (RFC 9110 §10.1.4, RFC 9112 §7.4).
#pragma once

#include "member_reader.hpp"
#include "pair.hpp"
#include "quality.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// Reads the parameters of a transfer coding, in order:
///
///     *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) )
///
/// Other than those of a media type they may have whitespace around "=", which is tolerated, and none may be
/// empty. errc::malformed, errc::duplicate (at the later name), errc::too_many. Linear in the text's size,
/// but for names that seem to be known: see parameter_reader.
class transfer_parameter_reader {
public:
  constexpr explicit transfer_parameter_reader(std::string_view text,
                                               const limits &lim = default_limits) noexcept
      : text_(text), left_(lim.parameters) {}

  /// Takes the next parameter; false at the end or at an error, and from then on.
  constexpr bool next(parameter &out) noexcept {
    if (ec_ != errc::ok) return false;
    std::size_t begin = find_outside(text_, at_, ascii::blank);
    if (begin == text_.size()) return false;
    if (text_[begin] != ';') return fail(errc::malformed, begin);
    begin = find_outside(text_, begin + 1, ascii::blank);
    const detail::scanned_pair found = detail::scan_pair(text_, begin);
    if (!found.ok) return fail(errc::malformed, found.bad);
    if (left_ == 0) return fail(errc::too_many, begin);
    if (filter_.add(found.pair.name) && detail::has_pair(text_.substr(0, begin), ';', found.pair.name))
      return fail(errc::duplicate, begin);
    --left_;
    at_ = found.end;
    out = found.pair;
    return true;
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text, or the text's size if something is missing.
  /// Else the offset behind the last parameter that was taken.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  detail::name_filter filter_{};
  std::uint16_t left_;
  errc ec_ = errc::ok;
};

/// One member of TE. Views into the text that was read.
struct te_member {
  std::string_view name;                ///< compares without case
  std::string_view parameters;          ///< all but the weight, for transfer_parameter_reader; may be empty
  std::uint16_t quality = full_quality; ///< in thousandths; 0 is "not acceptable"

  /// Whether this is no coding, but the keyword that says that trailers will not be dropped.
  constexpr bool is_trailers() const noexcept { return ascii::iequals(name, "trailers"); }
  /// Whether this is the coding that is always acceptable, and that a client must not list.
  constexpr bool is_chunked() const noexcept { return ascii::iequals(name, "chunked"); }
};

/// Reads the members of TE, in order:
///
///     TE = #( "trailers" / token *( OWS ";" OWS transfer-parameter ) [ OWS ";" OWS "q=" qvalue ] )
///
///     te_reader members(value);
///     for (te_member m; members.next(m);) ...
///     if (members.ec() != errc::ok) ... // members.at() tells where
///
/// An empty value has no member. "chunked" is handed out like any other. Members may have been handed out
/// before an error is met: where all or none count, call parse_te() first.
///
/// errc::malformed: anything that is not of this grammar, also a parameter behind the weight and one of
///   "trailers". errc::duplicate: a parameter's name that occurred before in the same member. errc::too_many:
///   more than limits::members, limits::empty_members, or limits::parameters in one member.
class te_reader : public detail::member_reader {
public:
  constexpr explicit te_reader(std::string_view value, const limits &lim = default_limits) noexcept
      : member_reader(value, list_of::quoted, lim), limits_(lim) {}

  /// Takes the next member; false at the end or at an error, and from then on.
  constexpr bool next(te_member &out) noexcept {
    std::string_view text;
    if (!next_member(text)) return false;
    const std::size_t name_end = find_outside(text, 0, ascii::tchar);
    if (name_end == 0) return refuse(errc::malformed, 0);
    te_member found;
    found.name = text.substr(0, name_end);
    if (found.is_trailers() && name_end != text.size()) return refuse(errc::malformed, name_end);
    const std::string_view rest = text.substr(name_end);
    transfer_parameter_reader parameters(rest, limits_);
    std::size_t parameters_end = 0;
    for (parameter p; parameters.next(p); parameters_end = parameters.at()) {
      if (!ascii::iequals(p.name, "q")) continue;
      // The weight: no whitespace around "=" (RFC 9110 §12.4.2), and the last one.
      const auto offset = [&](std::string_view part) {
        return static_cast<std::size_t>(part.data() - text.data());
      };
      if (offset(p.value) != offset(p.name) + 2) return refuse(errc::malformed, offset(p.name) + 1);
      const parsed<std::uint16_t> quality = parse_quality(p.value);
      if (!quality) return refuse(errc::malformed, offset(p.value) + quality.at);
      if (parameters.at() != rest.size()) return refuse(errc::malformed, name_end + parameters.at());
      found.quality = *quality;
      break;
    }
    if (parameters.ec() != errc::ok) return refuse(parameters.ec(), name_end + parameters.at());
    found.parameters = rest.substr(0, parameters_end);
    out = found;
    return true;
  }

  using member_reader::offset;

private:
  limits limits_;
};

/// What a whole TE field says.
struct te {
  bool trailers = false;   ///< trailers will not be dropped
  bool chunked = false;    ///< names "chunked", which no client may do; it is acceptable in any case
  std::size_t codings = 0; ///< how many other codings there are
};

/// Reads all of TE. Empty text is valid: only chunked is acceptable then, as without the field. Errors as of
/// te_reader.
constexpr parsed<te> parse_te(std::string_view value, const limits &lim = default_limits) noexcept {
  te out;
  te_reader members(value, lim);
  for (te_member m; members.next(m);) {
    if (m.is_trailers())
      out.trailers = true;
    else if (m.is_chunked())
      out.chunked = true;
    else
      ++out.codings;
  }
  if (members.ec() != errc::ok) return {members.ec(), members.at(), {}};
  return {errc::ok, 0, out};
}

/// The quality with which the client accepts a transfer coding, in thousandths: full for "chunked", 0 if the
/// coding is not listed or the value is not valid, and the lowest if it is listed several times. "x-gzip" is
/// "gzip", "x-compress" is "compress" (RFC 9112 §7.2).
constexpr std::uint16_t te_quality(std::string_view value, std::string_view coding,
                                   const limits &lim = default_limits) noexcept {
  const auto plain = [](std::string_view name) {
    const bool old = ascii::iequals(name, "x-gzip") || ascii::iequals(name, "x-compress");
    return old ? name.substr(2) : name;
  };
  if (ascii::iequals(coding, "chunked")) return full_quality;
  bool listed = false;
  std::uint16_t lowest = full_quality;
  te_reader members(value, lim);
  for (te_member m; members.next(m);) {
    if (m.is_trailers() || !ascii::iequals(plain(m.name), plain(coding))) continue;
    listed = true;
    if (m.quality < lowest) lowest = m.quality;
  }
  return listed && members.ec() == errc::ok ? lowest : std::uint16_t{0};
}

/// Judges a value that is to be sent as TE.
///
/// errc::invalid_input: what te_reader refuses, and besides "chunked" (RFC 9110 §10.1.4), an empty member and
/// whitespace around "=" (RFC 9110 §5.6.1.1, §5.6.3).
constexpr parsed<te> check_te_to_send(std::string_view value, const limits &lim = default_limits) noexcept {
  limits strict = lim;
  strict.empty_members = 0;
  te_reader members(value, strict);
  for (te_member m; members.next(m);) {
    const std::size_t begin = members.offset();
    if (m.is_chunked()) return {errc::invalid_input, begin, {}};
    transfer_parameter_reader parameters(m.parameters, strict);
    for (parameter p; parameters.next(p);) {
      const char *behind_name = p.name.data() + p.name.size();
      if (p.value.data() == behind_name + 1) continue;
      const std::size_t blank = ascii::is(*behind_name, ascii::blank) ? 0 : 1;
      return {errc::invalid_input, static_cast<std::size_t>(behind_name - value.data()) + blank, {}};
    }
  }
  if (members.ec() != errc::ok) return {errc::invalid_input, members.at(), {}};
  return parse_te(value, strict);
}

} // namespace coax::inline v0_1::values
