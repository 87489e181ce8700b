// The one place that decides how a message's body is framed and what becomes of its connection.
#pragma once

#include "../core/number.hpp"
#include "../fields/list.hpp"
#include "context.hpp"
#include "head.hpp"
#include "status_code.hpp"
#include "verdict.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// How the end of a body is found (RFC 9112 §6.3).
enum class body_kind : std::uint8_t {
  none,
  length,      ///< framing::length octets
  chunked,     ///< chunked transfer coding
  until_close, ///< responses only: everything until the connection closes
  tunnel,      ///< a 2xx to CONNECT: no body; what follows is no HTTP
};

constexpr std::string_view name(body_kind kind) noexcept {
  constexpr std::string_view names[] = {"none", "length", "chunked", "until_close", "tunnel"};
  return names[static_cast<std::uint8_t>(kind)];
}

/// What the fields of a head say about its message and its connection.
struct framing {
  body_kind kind = body_kind::none;
  /// Content-Length as declared, and the size of the body if `kind` is length. A response without a body
  /// (to HEAD, 304) may declare one all the same.
  std::uint64_t length = 0;
  bool has_length = false;
  /// The connection may carry another message after this one (RFC 9112 §9.3).
  bool keep_alive = false;
  /// A request offers, or a 101 carries out, a switch to what the Upgrade field names.
  bool upgrade = false;
  /// The client waits for 100 before it sends the body (RFC 9110 §10.1.1).
  bool expects_continue = false;
  /// Expect has a member other than 100-continue: a server may answer 417.
  bool unknown_expectation = false;
  /// The client takes trailer sections (TE: trailers, RFC 9110 §10.1.4): otherwise they may get lost on the
  /// way, and nothing should be in them that is needed.
  bool accepts_trailers = false;
  /// With leniency::expose_codings: transfer codings besides chunked are left for the caller to undo, see
  /// the members of Transfer-Encoding.
  bool other_codings = false;
  deviations seen{};
};

namespace detail {

/// Whether a transfer coding is defined without parameters (RFC 9112 §7.1 and §7.2).
constexpr bool takes_no_parameters(std::string_view coding) noexcept {
  for (std::string_view name : {"chunked", "gzip", "x-gzip", "deflate", "compress", "x-compress"})
    if (ascii::iequals(coding, name)) return true;
  return false;
}

/// Whether a value of Connection is "keep-alive" and nothing else, in any case of letters.
constexpr bool is_keep_alive(std::string_view value) noexcept {
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little)
    return ascii::iequals(value, "keep-alive");
  if (value.size() != 10) return false;
  constexpr std::uint64_t lower = 0x2020202020202020; // which also makes "-" of CR, but no value holds that
  std::uint64_t first, last;
  std::memcpy(&first, value.data(), 8);
  std::memcpy(&last, value.data() + 2, 8);
  return (first | lower) == 0x696C612D7065656B && (last | lower) == 0x6576696C612D7065;
}

/// Gathers the fields that frame a message in one pass, then answers from what it found. Offsets count from
/// the first byte of the start-line.
class framing_reader {
public:
  constexpr framing_reader(const fields &all, bool is_response, const leniency &len, framing &out) noexcept
      : all_(all), is_response_(is_response), len_(len), out_(out) {
    for (const field_ref &ref : all.refs()) {
      if (ref.framing == field_id::other) continue;
      switch (ref.framing) {
      case field_id::content_length:
        if (length_ == nullptr) length_ = &ref;
        last_length_ = &ref;
        break;
      case field_id::transfer_encoding:
        if (encoding_ == nullptr) encoding_ = &ref;
        last_encoding_ = &ref;
        break;
      case field_id::connection: read_connection(value(ref)); break;
      case field_id::upgrade: upgrade_field_ = upgrade_field_ || values::has_member(value(ref)); break;
      case field_id::expect:
        if (!is_response) read_expect(value(ref));
        break;
      case field_id::te: trailers_ = trailers_ || values::has_token(value(ref), "trailers"); break;
      default: break;
      }
    }
  }

  constexpr bool has_encoding() const noexcept { return encoding_ != nullptr; }
  constexpr bool has_length() const noexcept { return length_ != nullptr; }
  constexpr bool upgrades() const noexcept { return upgrade_field_ && connection_upgrade_; }
  constexpr bool continue_expected() const noexcept { return continue_; }
  constexpr bool takes_trailers() const noexcept { return trailers_ && connection_te_; }

  /// RFC 9112 §9.3
  constexpr bool keep_alive(std::uint8_t minor) const noexcept {
    return !close_ && (minor >= 1 || keep_alive_);
  }

  /// Transfer-Encoding and Content-Length, in the order of RFC 9112 §6.3. Leaves `kind` at none if there is
  /// neither.
  constexpr bool read(std::uint8_t minor) noexcept {
    if (has_encoding()) {
      if (minor == 0) return fail(at_name(errc::transfer_encoding_in_http10, *encoding_)); // RFC 9112 §6.1
      if (has_length()) { // RFC 9112 §6.3(3)
        if (!len_.te_overrides_cl)
          return fail(
              at_name(errc::length_and_transfer_encoding, encoding_ > length_ ? *encoding_ : *length_));
        out_.seen.add(deviation::length_and_transfer_encoding);
        out_.keep_alive = false;
      }
      return read_encoding();
    }
    if (!has_length()) return true;
    if (!read_length()) return false;
    out_.kind = body_kind::length;
    return true;
  }

  /// Content-Length: 1*DIGIT (RFC 9110 §8.6)
  constexpr bool read_length() noexcept {
    if (length_ == last_length_) { // no list, as a rule
      const parsed_number number = parse_decimal(value(*length_));
      if (number.ok) {
        out_.length = number.value;
        out_.has_length = true;
        return true;
      }
    }
    std::string_view first;
    for (const field_ref *ref = length_; ref <= last_length_; ++ref) {
      if (ref->framing != field_id::content_length) continue;
      const std::string_view text = value(*ref);
      values::list_splitter members(text, values::list_of::tokens);
      for (std::string_view member; members.next(member);) {
        const std::size_t offset = offset_in(*ref, member);
        if (member.empty()) {
          if (!len_.allow_empty_members_in_framing)
            return fail(at_value(errc::bad_content_length, *ref, offset));
          out_.seen.add(deviation::empty_member_in_framing);
          continue;
        }
        const parsed_number number = parse_decimal(member);
        if (!number.ok) return fail(at_value(errc::bad_content_length, *ref, offset + number.at));
        if (first.data() != nullptr) { // RFC 9112 §6.3(5)
          if (member != first || !len_.collapse_repeated_content_length)
            return fail(at_value(errc::conflicting_content_length, *ref, offset));
          out_.seen.add(deviation::repeated_content_length);
        }
        first = member;
        out_.length = number.value;
      }
      if (text.empty()) return fail(at_value(errc::bad_content_length, *ref, 0));
    }
    if (first.data() == nullptr) return fail(at_value(errc::bad_content_length, *length_, 0));
    out_.has_length = true;
    return true;
  }

  /// Refuses a request that announces content with a method or peer that may not have any.
  constexpr verdict refuse_content() const noexcept {
    return at_name(errc::bad_framing, has_encoding() ? *encoding_ : *length_);
  }

  constexpr verdict too_large() const noexcept { return at_value(errc::body_too_large, *length_, 0); }

  /// What is wrong, once something was.
  constexpr const verdict &why() const noexcept { return why_; }

private:
  constexpr bool fail(const verdict &v) noexcept {
    why_ = v;
    return false;
  }
  constexpr std::string_view value(const field_ref &ref) const noexcept {
    return {all_.base() + ref.value, ref.value_size};
  }
  constexpr std::size_t offset_in(const field_ref &ref, std::string_view part) const noexcept {
    return static_cast<std::size_t>(part.data() - (all_.base() + ref.value));
  }
  constexpr verdict at_name(errc ec, const field_ref &ref) const noexcept {
    return refusal(ec, ref.name, element::field_name, index_of(all_, ref));
  }
  constexpr verdict at_value(errc ec, const field_ref &ref, std::size_t offset) const noexcept {
    return refusal(ec, ref.value + offset, element::field_value, index_of(all_, ref));
  }

  constexpr void read_connection(std::string_view value) noexcept { // RFC 9110 §7.6.1
    if (is_keep_alive(value)) {                                     // nothing else, as a rule
      keep_alive_ = true;
      return;
    }
    values::list_splitter members(value, values::list_of::tokens);
    for (std::string_view member; members.next(member);) {
      close_ = close_ || ascii::iequals(member, "close");
      keep_alive_ = keep_alive_ || ascii::iequals(member, "keep-alive");
      connection_upgrade_ = connection_upgrade_ || ascii::iequals(member, "upgrade");
      connection_te_ = connection_te_ || ascii::iequals(member, "te");
    }
  }

  constexpr void read_expect(std::string_view value) noexcept { // RFC 9110 §10.1.1
    values::list_splitter members(value, values::list_of::quoted);
    for (std::string_view member; members.next(member);) {
      const bool is_continue = ascii::iequals(member, "100-continue");
      continue_ = continue_ || is_continue;
      if (!is_continue && !member.empty()) out_.unknown_expectation = true;
    }
  }

  /// Transfer-Encoding: 1#transfer-coding, all lines together (RFC 9112 §6.1, RFC 9110 §5.2)
  constexpr bool read_encoding() noexcept {
    bool any = false, chunked = false, last_is_chunked = false;
    verdict other{};    // where the first coding besides chunked stands
    verdict not_last{}; // where the last coding stands, if that is not chunked
    for (const field_ref *ref = encoding_; ref <= last_encoding_; ++ref) {
      if (ref->framing != field_id::transfer_encoding) continue;
      const std::string_view text = value(*ref);
      values::list_splitter members(text, values::list_of::quoted);
      for (std::string_view member; members.next(member);) {
        const std::size_t offset = offset_in(*ref, member);
        if (member.empty()) {
          if (!len_.allow_empty_members_in_framing)
            return fail(at_value(errc::bad_transfer_encoding, *ref, offset));
          out_.seen.add(deviation::empty_member_in_framing);
          continue;
        }
        const std::size_t token = find_outside(member, 0, ascii::tchar);
        const std::string_view name = member.substr(0, token);
        last_is_chunked = ascii::iequals(name, "chunked");
        const std::size_t rest = find_outside(member, token, ascii::blank);
        std::size_t bad = token == 0 ? 0 : find_parameter_error(member, token);
        if (rest < member.size() && takes_no_parameters(name)) bad = rest; // RFC 9112 §7.1 and §7.2
        if (bad != std::string_view::npos)
          return fail(at_value(errc::bad_transfer_encoding, *ref, offset + bad));
        if (last_is_chunked && chunked)
          return fail(at_value(errc::bad_transfer_encoding, *ref, offset)); // §6.1
        chunked = chunked || last_is_chunked;
        any = true;
        if (last_is_chunked) continue;
        not_last = at_value(errc::bad_transfer_encoding, *ref, offset);
        if (other) other = at_value(errc::unsupported_transfer_coding, *ref, offset);
      }
      if (text.empty()) {
        if (!len_.allow_empty_members_in_framing) return fail(at_value(errc::bad_transfer_encoding, *ref, 0));
        out_.seen.add(deviation::empty_member_in_framing);
      }
    }
    if (!any) return fail(at_value(errc::bad_transfer_encoding, *encoding_, 0));
    if (!last_is_chunked && !is_response_) return fail(not_last); // RFC 9112 §6.3(4)
    if (!other) {
      if (!len_.expose_codings) return fail(other);
      out_.other_codings = true;
      out_.seen.add(deviation::exposed_codings);
    }
    out_.kind = last_is_chunked ? body_kind::chunked : body_kind::until_close;
    return true;
  }

  /// transfer-parameters = *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) ), from `at` to the
  /// end. Returns the offset of the first offending byte, or the member's size.
  static constexpr std::size_t find_parameter_error(std::string_view member, std::size_t at) noexcept {
    const auto skip = [&](ascii::char_set set) { return at = find_outside(member, at, set); };
    const auto take = [&](char c) { return at < member.size() && member[at] == c && ++at != 0; };
    const auto token = [&] {
      const std::size_t first = at;
      return skip(ascii::tchar) != first;
    };
    const auto quoted = [&] {
      while (skip(ascii::qdtext) < member.size() && take('\\'))
        if (at < member.size()) ++at;
      return take('"');
    };
    while (skip(ascii::blank) != member.size()) {
      if (!take(';')) return at;
      skip(ascii::blank);
      if (!token()) return at;
      skip(ascii::blank);
      if (!take('=')) return at;
      skip(ascii::blank);
      if (!(take('"') ? quoted() : token())) return at;
    }
    return std::string_view::npos;
  }

  const fields &all_;
  bool is_response_;
  const leniency &len_;
  framing &out_;
  verdict why_{};
  const field_ref *length_ = nullptr, *last_length_ = nullptr;
  const field_ref *encoding_ = nullptr, *last_encoding_ = nullptr;
  bool close_ = false, keep_alive_ = false, connection_upgrade_ = false, upgrade_field_ = false,
       continue_ = false, connection_te_ = false, trailers_ = false;
};

/// analyze() of a request. True if all is well, and only else is `why` written: a verdict takes longer to
/// pass.
[[gnu::noinline]] constexpr bool frame(const request &r, const limits &lim, const leniency &len, framing &out,
                                       verdict &why) noexcept {
  const auto fail = [&why](const verdict &v) {
    why = v;
    return false;
  };
  framing_reader fields(r.fields, false, len, out);
  out.keep_alive = fields.keep_alive(r.minor);
  out.upgrade = fields.upgrades() && r.minor >= 1; // RFC 9110 §7.8
  out.accepts_trailers = fields.takes_trailers() && r.minor >= 1;
  if (!fields.read(r.minor)) return fail(fields.why());
  const bool content = out.kind == body_kind::chunked || out.length != 0;
  if (r.method == method::connect) { // RFC 9110 §9.3.6
    if (content) return fail(fields.refuse_content());
    out.kind = body_kind::none;
  }
  if (content && len.reject_body_on_get_head && (r.method == method::get || r.method == method::head))
    return fail(fields.refuse_content());
  if (out.kind == body_kind::length && out.length > lim.body) return fail(fields.too_large());
  out.expects_continue = fields.continue_expected() && content && r.minor >= 1;
  return true;
}

/// analyze() of a response, likewise.
[[gnu::noinline]] constexpr bool frame(const response &r, method asked, const limits &lim,
                                       const leniency &len, framing &out, verdict &why) noexcept {
  const auto fail = [&why](const verdict &v) {
    why = v;
    return false;
  };
  framing_reader fields(r.fields, true, len, out);
  out.keep_alive = fields.keep_alive(r.minor);
  const bool tunnel = asked == method::connect && class_of(r.code) == status_class::successful;
  if (asked == method::head || is_informational(r.code) || r.code == 204 || r.code == 304 || tunnel) {
    // RFC 9112 §6.3(1) and (2): ends at the empty line, whatever its fields say
    if (fields.has_length() && !fields.read_length()) out.length = 0;
    out.seen = {};
    out.kind = tunnel ? body_kind::tunnel : body_kind::none;
    if (r.code != 101) return true;
    out.upgrade = fields.upgrades() && r.minor >= 1; // RFC 9110 §7.8
    return out.upgrade || fail(refusal(errc::unexpected_upgrade, empty_line(r), element::head));
  }
  if (!fields.read(r.minor)) return fail(fields.why());
  if (out.kind == body_kind::none) out.kind = body_kind::until_close;
  if (out.kind == body_kind::until_close) out.keep_alive = false;
  if (out.kind == body_kind::length && out.length > lim.body) return fail(fields.too_large());
  return true;
}

} // namespace detail

/// Decides the framing of a request whose head is syntactically valid (RFC 9112 §6.3). `out` is meaningful
/// if the verdict is good; a limit on the body is applied to Content-Length here.
constexpr verdict analyze(const request &r, const limits &lim, const leniency &len, framing &out) noexcept {
  out = {};
  if (r.framing.at_most(field_id::host)) {
    out.keep_alive = r.minor >= 1;
    return {};
  }
  verdict why;
  return detail::frame(r, lim, len, out, why) ? verdict{} : why;
}

/// Decides the framing of a response, given the method of the request that it answers.
constexpr verdict analyze(const response &r, method asked, const limits &lim, const leniency &len,
                          framing &out) noexcept {
  out = {};
  verdict why;
  return detail::frame(r, asked, lim, len, out, why) ? verdict{} : why;
}

} // namespace coax::inline v0_1::http
