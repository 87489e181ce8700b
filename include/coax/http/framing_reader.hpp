// Reads the fields that frame a message, whatever they say.
#pragma once

#include "../core/number.hpp"
#include "../fields/list.hpp"
#include "framing.hpp"
#include "verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace coax::inline v0_1::http {

namespace detail {

/// Whether a transfer coding is defined without parameters (RFC 9112 §7.1 and §7.2).
constexpr bool takes_no_parameters(std::string_view coding) noexcept {
  for (std::string_view name : {"chunked", "gzip", "x-gzip", "deflate", "compress", "x-compress"})
    if (ascii::iequals(coding, name)) return true;
  return false;
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

} // namespace detail

} // namespace coax::inline v0_1::http
