// Heads to be sent: a start-line and fields, checked and written as they come (RFC 9112 §2 to §5).
#pragma once

#include "../core/number.hpp"
#include "../fields/list.hpp"
#include "../uri/authority.hpp"
#include "../uri/request_target.hpp"
#include "../uri/target.hpp"
#include "field_id.hpp"
#include "field_writer.hpp"
#include "head_facts.hpp"
#include "method.hpp"
#include "status_code.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::http {

namespace detail {

struct forwarding;

} // namespace detail

/// Writes the fields of a head behind its start-line: the common part of request_head and response_head.
///
/// Fields come out in the order of the calls, each as `Name: value CR LF`. The connection adds what belongs
/// to it when the head is sent, and these fields are taken as wishes rather than written:
///
/// - Content-Length declares the size of the content; see content for where that is given otherwise.
/// - Transfer-Encoding names codings that the caller applied; chunked, which is never to be applied by the
///   caller, is added as the last.
/// - Connection: `close` makes this message the last; `keep-alive`, `upgrade` and `TE` come by themselves;
///   other options must name fields of this hop (RFC 9110 §7.6.1). `upgrade` behind an Upgrade field is
///   written where it is passed.
///
/// Refused as invalid_input: names that are no tokens; values with control characters; a second line of a
/// field that may occur once; Host, which request_head writes; Proxy-Connection; TE and Expect in a response;
/// chunked in TE; more than three protocols in Upgrade; lists that are malformed, where they are read here.
class head_writer : public field_writer {
public:
  /// Appends a field. The bytes are copied; `value` loses the whitespace around it.
  constexpr head_writer &field(std::string_view name, std::string_view value) noexcept {
    add(to_field_id(name), name, value);
    return *this;
  }
  /// The same for a known field, in its canonical spelling.
  constexpr head_writer &field(field_id id, std::string_view value) noexcept {
    add(id, name(id), value);
    return *this;
  }
  /// Appends a field whose value is a number.
  constexpr head_writer &field(std::string_view name, std::uint64_t value) noexcept {
    std::array<char, 20> digits{};
    bounded_writer number(digits);
    number.put_decimal(value);
    return field(name, std::string_view(digits.data(), number.required()));
  }
  /// Appends a field whose value is a list of tokens, joined with ", ". Refused: anything else, a list
  /// without members, and the fields that the connection reads.
  constexpr head_writer &tokens(field_id id, std::span<const std::string_view> members) noexcept {
    return join(id, members, true);
  }
  /// Appends a field whose value is a list that the caller has in parts, joined with ", ". Empty parts are
  /// left out, and so is a field without any. That the list is well-formed is for the caller to see.
  constexpr head_writer &list(field_id id, std::span<const std::string_view> parts) noexcept {
    return join(id, parts, false);
  }

protected:
  constexpr head_writer(std::span<char> out, bool is_response) noexcept
      : field_writer(out), is_response_(is_response) {}

  detail::head_facts facts_{};

private:
  friend struct detail::forwarding;

  constexpr head_writer &join(field_id id, std::span<const std::string_view> parts, bool tokens) noexcept {
    std::string_view none;
    if (!check(name(id), none)) return *this;
    if (to_framing_field(name(id)) != field_id::other || may_occur_once(id)) refuse(element::field_name);
    std::string_view before = name(id), between = ": ";
    for (const std::string_view part : parts) {
      if (!tokens && part.empty()) continue;
      if (tokens ? !ascii::is_token(part) : find_outside_field_text(part, 0) != part.size())
        refuse(element::field_value);
      out().put(before).put(between).put(part);
      before = ", ";
      between = {};
    }
    const bool any = between.empty();
    if (tokens && !any) refuse(element::field_value);
    if (any) out().put("\r\n");
    return *this;
  }

  constexpr void add(field_id id, std::string_view name, std::string_view value) noexcept {
    const std::uint64_t bit = detail::bit_of(id);
    if ((bit & (detail::fields_read_here | facts_.once)) != 0 || !is_plain_value(value) ||
        (id == field_id::other && !is_plainly_name(name)))
      return judge(id, name, value);
    facts_.once |= bit & detail::fields_once;
    count_field();
    line(name, value);
  }

  /// Adds what is not plain, or means something to the connection, or is refused.
  [[gnu::noinline]] constexpr void judge(field_id id, std::string_view name,
                                         std::string_view value) noexcept {
    if (!check(name, value, id != field_id::other)) return;
    if (may_occur_once(id)) { // RFC 9110 §5.3
      const std::uint64_t bit = detail::bit_of(id);
      if ((facts_.once & bit) != 0) return void(refuse(element::field_name));
      facts_.once |= bit;
    }
    switch (id) {
    case field_id::content_length: return declare_length(value);
    case field_id::transfer_encoding: return declare_codings(value);
    case field_id::connection: return connection(value);
    case field_id::host:
    case field_id::proxy_connection: return void(refuse(element::field_name));
    case field_id::te:
      if (is_response_) return void(refuse(element::field_name));
      if (detail::names_chunked(value)) return void(refuse(element::field_value)); // RFC 9110 §10.1.4
      facts_.te = true;
      break;
    case field_id::upgrade: // RFC 9110 §7.8
      if ((value != detail::usual_protocol && !detail::is_protocol_list(value)) ||
          !facts_.protocols.add(value))
        return void(refuse(element::field_value));
      facts_.upgrade = true;
      break;
    case field_id::expect:
      if (is_response_) return void(refuse(element::field_name));
      facts_.expects_continue = facts_.expects_continue || detail::expects_continue(value);
      break;
    case field_id::keep_alive: facts_.keep_alive_field = true; break;
    case field_id::trailer: // RFC 9110 §6.6.2
      if (!values::is_token_list(value)) return void(refuse(element::field_value));
      break;
    default: break;
    }
    line(name, value);
  }

  constexpr void declare_length(std::string_view value) noexcept { // RFC 9112 §6.2
    if (facts_.chunked) return void(refuse(element::field_name));
    const parsed_number n = parse_decimal(value);
    if (!n.ok) return void(refuse(element::field_value, n.at));
    facts_.has_length = true;
    facts_.length = n.value;
  }

  constexpr void declare_codings(std::string_view value) noexcept { // RFC 9112 §6.1
    if (facts_.has_length || facts_.chunked) return void(refuse(element::field_name));
    values::list_splitter members(value, values::list_of::quoted);
    bool any = false;
    for (std::string_view member; members.next(member);) {
      const std::string_view coding = member.substr(0, find_outside(member, 0, ascii::tchar));
      // An empty member, or chunked where another coding follows.
      if (coding.empty() || facts_.chunked) return void(refuse(element::field_value));
      facts_.chunked = ascii::iequals(coding, "chunked");
      if (ascii::iequals(coding, "identity") || !detail::are_parameters(coding, member.substr(coding.size())))
        return void(refuse(element::field_value));
      facts_.codings = facts_.codings || !facts_.chunked;
      any = true;
    }
    if (!any) return void(refuse(element::field_value));
    const bool named = facts_.chunked;
    facts_.chunked = true;
    if (!facts_.codings) return; // the connection adds the field itself
    out().put("Transfer-Encoding: ").put(value).put(named ? "\r\n" : ", chunked\r\n");
  }

  constexpr void connection(std::string_view value) noexcept { // RFC 9110 §7.6.1
    values::list_splitter members(value, values::list_of::tokens);
    bool any = false;
    for (std::string_view option; members.next(option);) {
      const bool upgrade = ascii::iequals(option, "upgrade");
      if (ascii::iequals(option, "close")) {
        facts_.close = true;
      } else if (ascii::iequals(option, "keep-alive")) {
        facts_.keep_alive = true;
      } else if (!ascii::iequals(option, "te")) {
        if (upgrade && (!facts_.upgrade || facts_.upgrade_named)) continue;
        // An option that names a field which is meant for the recipient at the end is a fault.
        if (!upgrade && (!ascii::is_token(option) || to_field_id(option) != field_id::other))
          return void(refuse(element::field_value));
        facts_.upgrade_named = facts_.upgrade_named || upgrade;
        out().put(any ? ", " : "Connection: ").put(option);
        any = true;
      }
    }
    if (any) out().put("\r\n");
  }

  bool is_response_;
};

/// A response head that is complete but for what the connection adds: it can be sent to any number of
/// connections. A view of the bytes of the response_head it came from.
struct prepared_response {
  errc ec = errc::ok;
  std::string_view text{}; ///< to be sent in front of what http::server::send() writes
  std::uint16_t code = 0;
  std::size_t required = 0; ///< with buffer_too_small: how much the head takes so far
  detail::head_facts facts{};
};

/// The same for a request.
struct prepared_request {
  errc ec = errc::ok;
  std::string_view text{};
  http::method method = http::method::other;
  std::uint8_t minor = 1;
  std::size_t required = 0;
  detail::head_facts facts{};
};

/// A response head, written into a caller's span as it is built; http::server::send() completes it in the
/// same span, which has to outlive it. The span is the head's alone until then: what must go out first, such
/// as server::send_continue(), has to be written, and sent, before the head is begun.
///
///     response_head head(out, 200);
///     head.field("Content-Type", "text/plain").field("ETag", tag);
///     auto sent = server.send(head, content::of(text.size()));
class response_head : public head_writer {
public:
  /// status-line (RFC 9112 §4). The reason phrase is the registered one if none is given; it may be empty.
  /// Refused: codes outside 100 to 599, control characters in the reason phrase.
  constexpr response_head(std::span<char> out, std::uint16_t code) noexcept
      : head_writer(out, true), code_(code) {
    status_line(reason_phrase(code));
  }
  constexpr response_head(std::span<char> out, std::uint16_t code, std::string_view reason) noexcept
      : head_writer(out, true), code_(code) {
    status_line(reason);
    if (const std::size_t bad = find_outside_field_text(reason, 0); bad != reason.size())
      refuse(element::reason, bad);
  }

  /// Begins with a head that was prepared, which is copied and not checked again: what many responses have in
  /// common. Its error is that of this head, too.
  constexpr response_head(std::span<char> out, const prepared_response &begun) noexcept
      : head_writer(out, true), code_(begun.code) {
    facts_ = begun.facts;
    if (begun.ec == errc::ok)
      this->out().put(begun.text);
    else
      fail(begun.ec, begun.required);
  }

  /// The head as far as it goes, to be completed by a connection. Valid as long as the span's bytes are.
  constexpr prepared_response prepared() const noexcept {
    return {ec(), ec() == errc::ok ? text() : std::string_view{}, code_, required(), facts_};
  }
  /// The room in the span behind what was written.
  using field_writer::room;

private:
  constexpr void status_line(std::string_view reason) noexcept {
    if (code_ < 100 || code_ > 599) refuse(element::status_code);
    char *to = this->out().take(reason.size() + 15);
    if (to == nullptr) return;
    to = copy_text(to, "HTTP/1.1 ");
    *to++ = static_cast<char>('0' + code_ / 100 % 10);
    *to++ = static_cast<char>('0' + code_ / 10 % 10);
    *to++ = static_cast<char>('0' + code_ % 10);
    *to++ = ' ';
    to = copy_text(to, reason);
    *to++ = '\r';
    *to = '\n';
  }

  std::uint16_t code_;
};

/// A request head, written into a caller's span as it is built; http::client::send() completes it in the same
/// span, which has to outlive it and is the head's alone until then.
///
///     request_head head(out, "GET", uri::parse("https://example.com/index.html").value);
///     head.field("Accept", "*/*");
///     auto sent = client.send(head);
class request_head : public head_writer {
public:
  /// request-line and Host (RFC 9112 §3). `host` is the authority of the target URI, without userinfo and
  /// with the port where it is not the default; see uri::request_target() and uri::host_field().
  ///
  /// Refused: a method that is no token; a target of the wrong form for the method, or with octets that have
  /// to be percent-encoded; a host that is no uri-host [ ":" port ], or not the authority of an absolute-form
  /// target; a minor version above 1. Nothing is repaired or escaped.
  constexpr request_head(std::span<char> out, std::string_view method, std::string_view target,
                         std::string_view host, std::uint8_t minor = 1) noexcept
      : head_writer(out, false), method_(to_method(method)), minor_(minor) {
    check_method(method);
    check_target(target, host);
    if (minor > 1) refuse(element::version);
    begin_request_line(method).put(target);
    end_request_line();
    this->out().put("Host: ").put(host).put("\r\n");
  }

  /// The same for a URI: target and Host as uri::request_target() and uri::host_field() write them.
  ///
  /// Refused as target: parts that no uri::parse() gave, or that were parsed with a syntax that lets more
  /// pass than uri::syntax::browser; CONNECT to port 0. As host: a comma in it.
  constexpr request_head(std::span<char> out, std::string_view method, const uri::parts &to,
                         uri::next_hop hop = uri::next_hop::origin, std::uint8_t minor = 1) noexcept
      : head_writer(out, false), method_(to_method(method)), minor_(minor) {
    check_method(method);
    check_parts(method, to);
    if (minor > 1) refuse(element::version);
    uri::detail::put_target(begin_request_line(method), method, to, hop);
    end_request_line();
    uri::detail::put_host(this->out().put("Host: "), to);
    this->out().put("\r\n");
  }

  /// The head as far as it goes, to be completed by a connection. Valid as long as the span's bytes are.
  constexpr prepared_request prepared() const noexcept {
    return {ec(), ec() == errc::ok ? text() : std::string_view{}, method_, minor_, required(), facts_};
  }
  /// The room in the span behind what was written.
  using field_writer::room;

private:
  constexpr bounded_writer &begin_request_line(std::string_view method) noexcept {
    return this->out().put(method).put(' ');
  }
  constexpr void end_request_line() noexcept {
    this->out().put(minor_ == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  }

  constexpr void check_method(std::string_view method) noexcept { // RFC 9110 §9.1
    const std::size_t bad = find_outside(method, 0, ascii::tchar);
    if (method.empty() || bad != method.size()) refuse(element::method, bad);
  }

  constexpr void check_parts(std::string_view method, const uri::parts &to) noexcept {
    bool raw = false;
    const auto may_stand = [&](std::string_view text, bool in_query) {
      return is_plainly_target(text) ||
             uri::detail::skip_component(text, 0, uri::syntax::browser, in_query, raw).at == text.size();
    };
    if (!uri::detail::can_be_target(method, to) || !may_stand(to.path, false) || !may_stand(to.query, true))
      refuse(element::target);
    if (to.authority.host.find(',') != std::string_view::npos) refuse(element::host);
  }

  constexpr void check_target(std::string_view target, std::string_view host) noexcept { // RFC 9112 §3.2
    if (method_ != method::connect && target.starts_with('/') && is_plainly_target(target) &&
        is_plainly_name(host))
      return;
    const uri::parsed_target parsed =
        uri::parse_target(target, method_ == method::connect, uri::syntax::browser);
    const uri::target &t = parsed.value;
    if (!parsed.ok) refuse(element::target, parsed.at);
    if (t.form == uri::target_form::asterisk && method_ != method::options) refuse(element::target);
    const uri::parsed_authority authority = uri::parse_authority(host);
    if (!authority.ok) refuse(element::host, authority.at);
    if (const std::size_t comma = host.find(','); comma != std::string_view::npos)
      refuse(element::host, comma);
    if (!host.empty() && uri::detail::lacks_host(host)) refuse(element::host);
    if (t.form == uri::target_form::absolute && !ascii::iequals(t.authority_text, host))
      refuse(element::host); // RFC 9112 §3.2.2
  }

  http::method method_;
  std::uint8_t minor_;
};

} // namespace coax::inline v0_1::http
