// The server's side of the opening handshake (RFC 6455 §4.2).
#pragma once

#include "../core/fault.hpp"
#include "../http/framing.hpp"
#include "../http/head_writer.hpp"
#include "../http/protocol_set.hpp"
#include "../http/server.hpp"
#include "../uri/target.hpp"
#include "deflate_offer.hpp"
#include "errc.hpp"
#include "extension.hpp"
#include "handshake_fields.hpp"
#include "key.hpp"
#include "protocol.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

enum class verdict : std::uint8_t {
  acceptable,     ///< accept() it, or refuse() it for a reason of the program's own
  not_an_upgrade, ///< an ordinary request: answer it as such, or refuse() it where there are only WebSockets
  refused,        ///< refuse() it: a WebSocket is asked for, and something is wrong
};

/// What a request asks for. Its views point to the request's head, and `fields` to the table it was read
/// with: to decide later, keep the bytes and call read_offer() again after http::reindex().
struct offer {
  websocket::verdict verdict = websocket::verdict::not_an_upgrade;
  errc ec = errc::not_websocket; ///< ok if acceptable
  /// When not acceptable: where. Offsets count from the first byte of the start-line.
  fault why{};
  std::uint16_t suggested_status = 426; ///< when not acceptable
  key_text key{};                       ///< when acceptable
  /// The resource asked for is `target.path`, "/" if that is empty, and `target.query`.
  uri::target target{};
  http::fields fields{};

  /// The subprotocols offered, the preferred one first. When acceptable: valid and distinct.
  constexpr protocol_reader protocols() const noexcept { return protocol_reader(fields); }
  /// The extensions offered, the preferred one first. When acceptable: valid.
  constexpr extension_reader extensions() const noexcept { return extension_reader(fields); }
  /// Origin. Absent, the client is no browser, or pretends so; see allows_origin().
  constexpr http::single_value origin() const noexcept { return fields.single("Origin"); }
};

namespace detail {

/// What browsers offer, octet by octet: no need to look into it.
inline constexpr std::string_view usual_extensions = "permessage-deflate; client_max_window_bits";

/// Reads an offer step by step; each step refuses, or leaves it to the next.
class offer_reader {
public:
  constexpr offer_reader(const http::request &r, offer &out) noexcept
      : request_(r), out_(out), lines_(r.fields) {}

  constexpr void read() noexcept {
    out_.fields = request_.fields;
    out_.why = missing();
    if (!asks_for_websocket()) return;
    if (line_is_good() && body_is_absent() && version_is_ours() && key_is_good() && lists_are_good()) {
      out_.verdict = verdict::acceptable;
      out_.ec = errc::ok;
      out_.why = {};
      out_.suggested_status = 0;
    }
  }

private:
  /// Whether Upgrade has websocket, and Connection has upgrade. http::server remembers but a few protocols:
  /// one that it forgets cannot be switched to.
  constexpr bool asks_for_websocket() const noexcept {
    bool alone = false, named = false, connection = false;
    http::protocol_set remembered;
    for (const http::field_ref &ref : request_.fields.refs()) {
      if (ref.framing != http::field_id::upgrade && ref.framing != http::field_id::connection) continue;
      const std::string_view value(request_.fields.base() + ref.value, ref.value_size);
      if (ref.framing == http::field_id::connection) {
        connection = connection || values::has_token(value, "upgrade");
      } else if (remembered.empty() && ascii::iequals(value, "websocket")) {
        alone = true; // whatever follows
      } else {
        named = named || values::has_token(value, "websocket");
        (void)remembered.add(value);
      }
    }
    return connection && (alone || (named && remembered.contains("websocket")));
  }

  constexpr bool line_is_good() noexcept {
    if (request_.method != http::method::get) return refuse(errc::bad_method, {0, element::method, 0});
    if (request_.minor == 0)
      return refuse(errc::bad_http_version, {at(request_.target) + 1, element::version, 0});
    const uri::parsed_target parsed = uri::parse_target(request_.target, false, uri::syntax::any_visible);
    out_.target = parsed.value;
    const std::string_view scheme = parsed.value.scheme;
    if (!parsed.ok || parsed.value.form == uri::target_form::asterisk ||
        (parsed.value.form == uri::target_form::absolute && !ascii::iequals(scheme, "http") &&
         !ascii::iequals(scheme, "https")))
      return refuse(errc::bad_target, {at(request_.target.substr(0, 0)), element::target, 0});
    const http::framing_set known = request_.framing;
    if (known.has(http::field_id::host) && !known.repeated()) return true;
    return request_.fields.single("Host") ? true : refuse(errc::bad_host, missing());
  }

  constexpr bool body_is_absent() noexcept {
    const http::framing_set known = request_.framing;
    if (!known.has(http::field_id::content_length) && !known.has(http::field_id::transfer_encoding))
      return true;
    http::framing framing;
    const http::verdict v = http::analyze(request_, http::default_limits, http::strict, framing);
    if (!v) return refuse(errc::unwanted_body, v.why);
    if (framing.kind != http::body_kind::chunked && framing.length == 0) return true;
    for (const http::field_ref &ref : request_.fields.refs())
      if (ref.framing == http::field_id::content_length || ref.framing == http::field_id::transfer_encoding)
        return refuse(errc::unwanted_body, http::refusal(http::errc::ok, ref.name, element::field_name,
                                                         http::index_of(request_.fields, ref))
                                               .why);
    return true;
  }

  /// Judged before the key, of which other versions may have other ideas.
  constexpr bool version_is_ours() noexcept {
    const found_lines &found = lines_.version;
    if (found.count == 0) return refuse(errc::unsupported_version, missing());
    static_assert(version == 13);
    if (found.count == 1 && value_of(found) == "13") return true;
    const parsed_version parsed = parse_version(value_of(found));
    if (found.count > 1 || !parsed.ok) return refuse(errc::bad_version, place_of(request_.fields, found));
    return parsed.value == version || refuse(errc::unsupported_version, place_of(request_.fields, found));
  }

  constexpr bool key_is_good() noexcept {
    const found_lines &found = lines_.key;
    if (found.count == 0) return refuse(errc::bad_key, missing());
    const std::string_view key = value_of(found);
    if (found.count > 1 || !is_key(key)) return refuse(errc::bad_key, place_of(request_.fields, found));
    copy_text(out_.key.data(), key);
    return true;
  }

  constexpr bool lists_are_good() noexcept {
    if (lines_.protocol.count != 0)
      if (const checked_list protocols = check_protocols(out_.protocols()); !protocols)
        return refuse(errc::bad_protocols, protocols.why);
    const found_lines &found = lines_.extensions;
    const bool usual = found.count == 1 && value_of(found) == usual_extensions;
    if (found.count != 0 && !usual)
      if (const checked_list extensions = check_extensions(out_.extensions()); !extensions)
        return refuse(errc::bad_extensions, extensions.why);
    return true;
  }

  constexpr bool refuse(errc ec, fault why) noexcept {
    out_.verdict = verdict::refused;
    out_.ec = ec;
    out_.why = why;
    out_.suggested_status = websocket::suggested_status(ec);
    return false;
  }
  /// Offset behind the text in the head.
  constexpr std::uint32_t at(std::string_view text) const noexcept {
    return static_cast<std::uint32_t>(text.data() + text.size() - request_.fields.base());
  }
  constexpr fault missing() const noexcept {
    return {static_cast<std::uint32_t>(http::detail::empty_line(request_)), element::head, 0};
  }
  constexpr std::string_view value_of(const found_lines &lines) const noexcept {
    return request_.fields[lines.last].value;
  }

  const http::request &request_;
  offer &out_;
  handshake_lines lines_;
};

} // namespace detail

/// Reads what a request asks for, and judges it: GET, HTTP/1.1, a path or http URI, Host, no body, Upgrade
/// and Connection, version 13, one valid key, well-formed lists (RFC 6455 §4.2.1). Nothing is committed.
///
///     case http::event_kind::request: {
///       const auto asked = websocket::read_offer(http::view_request(e.head, input.data(), table));
///       if (asked.verdict == websocket::verdict::acceptable)
///         transmit(out, websocket::accept(http, asked, {.protocol = "chat"}, sha1, out));
///       else if (asked.verdict == websocket::verdict::refused)
///         transmit(out, websocket::refuse(http, asked, asked.suggested_status, out));
///       break;                                       // else it is an ordinary request
///     }
///     case http::event_kind::switched:
///       session = websocket::take_over(http, e, input, chosen);
///
/// Whatever else a program wants to see before, such as Cookie or Authorization, is in `fields`. Origin is no
/// authentication (RFC 6455 §10.5). Linear in the head's size.
constexpr offer read_offer(const http::request &r) noexcept {
  offer out;
  detail::offer_reader(r, out).read();
  return out;
}

/// Whether the Origin of a request is on a list of serialised origins ("https://example.com", "null"), the
/// defence against pages of other sites that use the cookies of their visitors (RFC 6455 §10.2). Scheme, host
/// and port are compared as a whole, without case; several Origin lines are never allowed, and no line at all
/// only with `allow_missing`, for clients that are no browsers. Refuse what is not allowed with 403.
constexpr bool allows_origin(const offer &o, std::span<const std::string_view> allowed,
                             bool allow_missing) noexcept {
  const http::single_value found = o.origin();
  if (found.absent()) return allow_missing;
  for (const std::string_view origin : allowed)
    if (found && ascii::iequals(origin, found.value)) return true;
  return false;
}

/// What a server answers an offer with.
struct choice {
  /// One of the subprotocols offered; empty for none. See select_protocol().
  std::string_view protocol{};
  /// How messages are compressed, see choose_deflate(). By default they are not.
  deflate_parameters deflate{};
  /// Extensions of the program's own, as in Sec-WebSocket-Extensions: those that were offered, with what was
  /// agreed on; empty for none. permessage-deflate comes by itself, behind them: what they transform is
  /// messages before they are compressed (RFC 6455 §9.1).
  std::string_view extensions{};
  /// Further fields, such as Set-Cookie. Those of the handshake cannot be among them.
  std::span<const http::field> extra{};
  /// What the program's own extensions claim, see judge_extensions().
  std::span<const extension_claim> claims{};
};

namespace detail {

/// Whether the extensions of a choice may stand in the answer.
constexpr bool may_agree_to(const offer &o, const choice &c) noexcept {
  extension_reader list(c.extensions);
  if (!may_send_extensions(c.extensions) || judge_extensions(list, o.extensions(), c.claims).ec != errc::ok)
    return false;
  for (extension e; list.next(e);)
    if (e.name == permessage_deflate || (c.deflate.agreed && (claim_of(e.name, c.claims).rsv & rsv1) != 0))
      return false;
  return true;
}

/// What each 101 begins with, down to the accept value.
class switching_head {
public:
  constexpr switching_head() noexcept {
    std::array<char, size> text{};
    http::response_head head(text, 101);
    head.field(http::field_id::upgrade, "websocket").field(http::field_id::connection, "Upgrade");
    const http::prepared_response begun = head.prepared();
    std::copy(begun.text.begin(), begun.text.end(), text_.begin());
    facts_ = begun.facts;
  }
  constexpr http::prepared_response get() const noexcept {
    return {http::errc::ok, {text_.data(), size}, 101, size, facts_};
  }

private:
  static constexpr std::size_t size = 75;
  std::array<char, size> text_{};
  http::detail::head_facts facts_{};
};
inline constexpr switching_head switching;

} // namespace detail

/// Writes the 101 that accepts an offer (RFC 6455 §4.2.2); the connection is then open, and frames may follow
/// at once. http::server::next() reports `switched` next, for take_over(). `hash` computes SHA-1.
///
/// invalid_input: the offer is not acceptable; a subprotocol or extension that was not offered; parameters of
/// permessage-deflate that no offer permits; extensions that may not be sent or that conflict, or have
/// permessage-deflate among them; a field of the handshake among the extra ones, what no field may hold, a
/// SHA-1 that could not be computed. Otherwise as http::server::send(). Nothing is written then.
template <sha1 H>
constexpr written<http::errc> accept(http::server &to, const offer &o, const choice &c, H &&hash,
                                     std::span<char> out) noexcept {
  constexpr written<http::errc> misuse{http::errc::invalid_input};
  if (o.verdict != verdict::acceptable) return misuse;
  if (!c.protocol.empty() && !names_protocol(o.protocols(), c.protocol)) return misuse;
  std::array<char, detail::max_deflate_element> text; // not cleared: mostly there is none
  std::size_t deflate = 0;
  if (c.deflate.agreed) {
    const auto written = write_deflate_answer(o.extensions(), c.deflate, text);
    if (!written) return misuse;
    deflate = written.size;
  }
  if (!c.extensions.empty() && !detail::may_agree_to(o, c)) return misuse;
  const std::string_view extensions[] = {c.extensions, {text.data(), deflate}};
  const accept_text answer = make_accept(o.key, hash); // if it failed, no field can hold it
  http::response_head head(out, detail::switching.get());
  head.field(http::field_id::sec_websocket_accept, {answer.data(), answer.size()});
  if (!c.protocol.empty()) head.field(http::field_id::sec_websocket_protocol, c.protocol);
  if (deflate != 0 || !c.extensions.empty()) head.list(http::field_id::sec_websocket_extensions, extensions);
  for (const http::field &f : c.extra) {
    if (detail::is_handshake_field(f.id())) return misuse;
    head.field(f.name, f.value);
  }
  return to.send(head);
}

/// Writes a complete answer that refuses a request, has no body, and closes the connection, so that what
/// follows is never taken for frames. `status` is the one suggested, or the program's own: 403 for an origin,
/// 404, 401 with WWW-Authenticate in `extra`, 307 with Location. What the status and the offer's error ask
/// for is added: Upgrade and Sec-WebSocket-Version with 426, the latter for any trouble with the version (RFC
/// 6455 §4.4), Allow with 405.
///
/// invalid_input: a status below 300, a field of the handshake among the extra ones, what no field may hold.
/// Otherwise as http::server::send().
constexpr written<http::errc> refuse(http::server &to, const offer &o, std::uint16_t status,
                                     std::span<char> out, std::span<const http::field> extra = {}) noexcept {
  constexpr written<http::errc> misuse{http::errc::invalid_input};
  if (status < 300) return misuse;
  http::response_head head(out, status);
  if (status == 426) head.field(http::field_id::upgrade, "websocket");
  if (status == 426 || o.ec == errc::bad_version || o.ec == errc::unsupported_version)
    head.field("Sec-WebSocket-Version", std::uint64_t{version});
  bool allow = status != 405;
  for (const http::field &f : extra) {
    if (detail::is_handshake_field(f.id())) return misuse;
    allow = allow || f.id() == http::field_id::allow;
    head.field(f.name, f.value);
  }
  if (!allow) head.field(http::field_id::allow, "GET");
  head.field(http::field_id::connection, "close");
  return to.send(head, http::content::of(0));
}

} // namespace coax::inline v0_1::websocket
