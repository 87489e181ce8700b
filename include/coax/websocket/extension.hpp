// Sec-WebSocket-Extensions: lists of extensions and their parameters (RFC 6455 §9.1).
#pragma once

#include "../core/plain_text.hpp"
#include "../core/scan.hpp"
#include "../fields/errc.hpp"
#include "field_source.hpp"
#include "frame.hpp"
#include "protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// One extension of a list. Views into the text that was read.
struct extension {
  std::string_view name;       ///< compares octet by octet
  std::string_view parameters; ///< for extension_parameter_reader; empty, or from the first ";" on
};

/// One parameter of an extension.
struct extension_parameter {
  std::string_view name;
  bool has_value = false;
  /// As written: a token, or a quoted-string with its quotes that stands for one. values::value_equals()
  /// compares it, values::unquote() copies it.
  std::string_view value{};
};

namespace detail {

/// A parameter that was read, or the octet that spoils it.
struct scanned_extension_parameter {
  bool ok = false;
  extension_parameter value{};
  std::size_t end = 0; ///< when ok: the offset behind it
  std::size_t bad = 0; ///< when not ok: the offending octet, or the text's size at an early end
};

/// The offset behind the quoted-string at `at`, which has to stand for a token (RFC 6455 §9.1, the note).
/// `spoiled` if there is none, and the result is where.
constexpr std::size_t skip_quoted_token(std::string_view text, std::size_t at, bool &spoiled) noexcept {
  const std::size_t begin = ++at;
  for (; at < text.size(); ++at) {
    if (text[at] == '"' && at != begin) return at + 1;
    if (text[at] == '\\' && ++at == text.size()) break;
    if (!ascii::is(text[at], ascii::tchar)) break;
  }
  spoiled = true;
  return at;
}

/// OWS ";" OWS token [ OWS "=" OWS ( token / quoted-string ) ], from the ";" at `at` on.
constexpr scanned_extension_parameter scan_extension_parameter(std::string_view text,
                                                               std::size_t at) noexcept {
  const std::size_t name = find_outside(text, at + 1, ascii::blank);
  std::size_t end = find_token_end(text, name);
  if (end == name) return {false, {}, 0, name};
  extension_parameter out{text.substr(name, end - name)};
  const std::size_t equals = find_outside(text, end, ascii::blank);
  if (equals == text.size() || text[equals] != '=') return {true, out, end, 0};
  const std::size_t value = find_outside(text, equals + 1, ascii::blank);
  end = find_token_end(text, value);
  bool spoiled = end == value;
  if (spoiled && value < text.size() && text[value] == '"') {
    spoiled = false;
    end = skip_quoted_token(text, value, spoiled);
  }
  if (spoiled) return {false, {}, 0, end};
  out.has_value = true;
  out.value = text.substr(value, end - value);
  return {true, out, end, 0};
}

} // namespace detail

/// Reads the parameters of an extension that extension_reader gave, in order. Names may repeat: what that
/// means is for the extension to say.
///
///     extension_parameter_reader parameters(e.parameters);
///     for (extension_parameter p; parameters.next(p);) ...
class extension_parameter_reader {
public:
  constexpr explicit extension_parameter_reader(std::string_view text) noexcept : text_(text) {}

  /// Takes the next parameter; false behind the last one, or where the text is not what an extension_reader
  /// gave.
  constexpr bool next(extension_parameter &out) noexcept {
    at_ = find_outside(text_, at_, ascii::blank);
    if (at_ == text_.size() || text_[at_] != ';') return false;
    const auto found = detail::scan_extension_parameter(text_, at_);
    if (!found.ok) return false;
    at_ = found.end;
    out = found.value;
    return true;
  }

private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Reads the extensions of Sec-WebSocket-Extensions, in order: in an offer that of the client's preference,
/// in an answer that in which they transform what is sent.
///
///     Sec-WebSocket-Extensions = 1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )
///
///     extension_reader extensions(offer.fields);
///     for (extension e; extensions.next(e);) ...
///     if (extensions.ec() != values::errc::ok) ... // extensions.why() tells where
///
/// Whitespace is tolerated around "," ";" and "="; empty members are skipped, lines without a member are
/// refused; a quoted value has to stand for a token. Extensions may have been handed out before an error is
/// met: where all or none count, call check_extensions() first. Linear in the size of the lines, to which the
/// views point.
///
/// values::errc::malformed: anything that is not of this grammar. empty: a line without member. too_many:
/// more than 64 members in all, 64 parameters in one, or 16 empty members in a line.
class extension_reader {
public:
  /// The members of one line.
  constexpr explicit extension_reader(std::string_view value) noexcept : source_(value) {}
  /// The members of all lines in a head.
  constexpr explicit extension_reader(const http::fields &all) noexcept
      : source_(all, "Sec-WebSocket-Extensions") {}

  /// Takes the next extension; false at the end or at an error, and from then on.
  constexpr bool next(extension &out) noexcept {
    while (ec_ == values::errc::ok) {
      if (!in_line_) {
        if (!source_.next()) return false;
        in_line_ = true;
        any_ = false;
        at_ = 0;
        empty_left_ = list_limits.empty_members;
      }
      const std::string_view text = source_.line();
      const std::size_t begin = find_outside(text, at_, ascii::blank);
      if (begin < text.size() && text[begin] != ',') return take(text, begin, out);
      if ((begin < text.size() || at_ > 0) && empty_left_-- == 0) return fail(values::errc::too_many, begin);
      if (!pass(text, begin) && !any_) return fail(values::errc::empty, text.size());
    }
    return false;
  }

  constexpr values::errc ec() const noexcept { return ec_; }
  /// With an error: the offending octet, counted from the start of the value, or of the head.
  constexpr fault why() const noexcept { return why_; }
  /// The place of the extension that next() gave.
  constexpr fault place() const noexcept { return source_.place(offset_); }

private:
  constexpr bool take(std::string_view text, std::size_t begin, extension &out) noexcept {
    if (left_-- == 0) return fail(values::errc::too_many, begin);
    const std::size_t name_end = find_token_end(text, begin);
    if (name_end == begin) return fail(values::errc::malformed, begin);
    std::size_t end = name_end, next = 0;
    for (std::uint16_t left = list_limits.parameters;; --left) {
      next = find_outside(text, end, ascii::blank);
      if (next == text.size() || text[next] == ',') break;
      if (text[next] != ';') return fail(values::errc::malformed, next);
      if (left == 0) return fail(values::errc::too_many, next);
      const auto found = detail::scan_extension_parameter(text, next);
      if (!found.ok) return fail(values::errc::malformed, found.bad);
      end = found.end;
    }
    out.name = text.substr(begin, name_end - begin);
    out.parameters = ascii::trim(text.substr(name_end, end - name_end));
    offset_ = begin;
    any_ = true;
    (void)pass(text, next);
    return true;
  }

  /// Goes on behind the comma at `end`; false if there is none.
  constexpr bool pass(std::string_view text, std::size_t end) noexcept {
    in_line_ = end < text.size();
    at_ = end + 1;
    return in_line_;
  }

  constexpr bool fail(values::errc ec, std::size_t at) noexcept {
    ec_ = ec;
    why_ = source_.place(at);
    return false;
  }

  detail::field_source source_;
  std::size_t at_ = 0, offset_ = 0;
  fault why_{};
  std::uint16_t left_ = list_limits.members, empty_left_ = 0;
  values::errc ec_ = values::errc::ok;
  bool in_line_ = false, any_ = false;
};

/// Reads all extensions and tells how many there are, or the reader's error.
constexpr checked_list check_extensions(extension_reader list) noexcept {
  checked_list out;
  for (extension e; list.next(e);) ++out.members;
  out.ec = list.ec();
  out.why = list.why();
  return out;
}

/// Whether an extension of this name is in a list. A list that the reader refuses has none.
constexpr bool names_extension(extension_reader list, std::string_view name) noexcept {
  bool found = false;
  for (extension e; list.next(e);) found = found || e.name == name;
  return found && list.ec() == values::errc::ok;
}

/// Whether `text` may be sent as Sec-WebSocket-Extensions: it is well-formed, and has no empty members and no
/// whitespace around "=" or in front of "," and ";", which strict readers refuse.
constexpr bool may_send_extensions(std::string_view text) noexcept {
  if (!check_extensions(extension_reader(text))) return false;
  bool separated = true; // by a comma before
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool blank = ascii::is(text[at], ascii::blank);
    if (text[at] == ',' && separated) return false;
    if (!blank) separated = text[at] == ',';
    const char before = at == 0 ? '=' : text[at - 1];
    if (blank && before != ',' && before != ';') return false;
  }
  return !separated;
}

/// What an extension takes of the frames: nobody else may use it on the same connection (RFC 6455 §9.1).
struct extension_claim {
  std::string_view name;
  std::uint8_t rsv = 0;      ///< reserved bits: rsv1, rsv2, rsv3, joined with `|`
  std::uint16_t opcodes = 0; ///< one bit for each opcode: 1 << 3 for 0x3
};

namespace detail {

/// The registered extensions that compress, and their forerunners.
inline constexpr extension_claim known_claims[] = {
    {"permessage-deflate", rsv1, 0},     {"permessage-bzip2", rsv1, 0}, {"permessage-compress", rsv1, 0},
    {"x-webkit-deflate-frame", rsv1, 0}, {"deflate-frame", rsv1, 0},    {"permessage-snappy", rsv1, 0},
};

constexpr extension_claim claim_of(std::string_view name, std::span<const extension_claim> own) noexcept {
  if (name == known_claims[0].name) return known_claims[0]; // nobody else's
  for (const extension_claim &c : own)
    if (c.name == name) return c;
  for (const extension_claim &c : known_claims)
    if (c.name == name) return c;
  return {name};
}

} // namespace detail

/// What is wrong with the extensions that an answer names, or ok.
struct judged_extensions {
  errc ec = errc::ok;
  fault why{};
};

/// Judges an answer against the offer: errc::bad_extensions, unoffered_extension, conflicting_extensions,
/// each at the first extension that is at fault. `own` tells what the program's own extensions claim; those
/// that compress messages are known. `also_offered` is a further name that may stand in the answer. What the
/// parameters say is not judged; see check_deflate(). Takes the product of the number of extensions agreed on
/// and the offer's size.
constexpr judged_extensions judge_extensions(const extension_reader &agreed, const extension_reader &offered,
                                             std::span<const extension_claim> own = {},
                                             std::string_view also_offered = {}) noexcept {
  unsigned rsv = 0, opcodes = 0;
  extension_reader list = agreed;
  std::size_t count = 0;
  for (extension e; list.next(e); ++count) {
    if (e.name != also_offered && !names_extension(offered, e.name))
      return {errc::unoffered_extension, list.place()};
    const extension_claim claim = detail::claim_of(e.name, own);
    bool conflict = (rsv & claim.rsv) != 0 || (opcodes & claim.opcodes) != 0;
    extension_reader before = agreed;
    extension earlier;
    for (std::size_t i = 0; i < count && before.next(earlier); ++i)
      conflict = conflict || earlier.name == e.name;
    if (conflict) return {errc::conflicting_extensions, list.place()};
    rsv |= claim.rsv;
    opcodes |= claim.opcodes;
  }
  if (list.ec() != values::errc::ok) return {errc::bad_extensions, list.why()};
  return {};
}

} // namespace coax::inline v0_1::websocket
