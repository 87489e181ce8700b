// The client's side of the opening handshake (RFC 6455 §4.1).
#pragma once

#include "../core/fault.hpp"
#include "../http/client.hpp"
#include "../http/head_writer.hpp"
#include "../uri/request_target.hpp"
#include "../uri/uri.hpp"
#include "deflate_offer.hpp"
#include "errc.hpp"
#include "extension.hpp"
#include "handshake_fields.hpp"
#include "key.hpp"
#include "protocol.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What a client asks for. Keep it, and what it refers to, until the answer was checked.
struct client_offer {
  /// Where to, as parse_url() gives it.
  uri::parts to{};
  /// Drawn at random for this attempt, and for each further one, redirects and retries included. All zeros
  /// are taken for a nonce that was forgotten, and refused.
  websocket::nonce nonce{};
  /// Subprotocols, the preferred one first: distinct tokens.
  std::span<const std::string_view> protocols{};
  /// Offers of permessage-deflate, the preferred one first, at most max_deflate_offers: usual_deflate, or the
  /// program's own. By default messages are not compressed.
  std::span<const deflate_terms> deflate{};
  /// Extensions of the program's own, as in Sec-WebSocket-Extensions; empty for none. permessage-deflate
  /// cannot be among them.
  std::string_view extensions{};
  /// The serialised origin that the request is made for: browsers have to tell it, others may.
  std::string_view origin{};
  /// Fail if the server chooses none of the subprotocols offered. It may do so (RFC 6455 §4.2.2).
  bool require_protocol = false;
  /// Who gets the request: a proxy that is to pass it on, rather than to open a tunnel, gets an http URI.
  uri::next_hop hop = uri::next_hop::origin;
  /// What the program's own extensions claim, see judge_extensions().
  std::span<const extension_claim> claims{};
  /// 8 to 15: the smallest window that the engine can compress with. An answer that wants a smaller one is
  /// refused. coax::zlib can do 8: zlib::min_window_bits.
  std::uint8_t deflate_min_window_bits = 9;
};

namespace detail {

/// Whether the engine can do what the offers promise, and the program's own extensions may stand beside them.
constexpr bool may_offer_extensions(const client_offer &o) noexcept {
  for (const deflate_terms &t : o.deflate)
    if (t.client_max_window_bits != 0 && t.client_max_window_bits < o.deflate_min_window_bits) return false;
  if (o.extensions.empty()) return true;
  const extension_reader list(o.extensions);
  return may_send_extensions(o.extensions) && !names_extension(list, permessage_deflate) &&
         check_extensions(list).members + o.deflate.size() <= list_limits.members;
}

} // namespace detail

/// Writes the request of the opening handshake (RFC 6455 §4.1). `extra` are further fields: Cookie,
/// Authorization, User-Agent. Nothing may be sent behind it until check() found the answer good.
///
///     websocket::client_offer asking{.to = websocket::parse_url("wss://example.com/chat").value};
///     random.fill(asking.nonce);
///     transmit(out, websocket::send_offer(http, asking, {}, out));
///     ...
///     case http::event_kind::response: ...              // not upgraded: an ordinary answer, with its body
///     case http::event_kind::switched: {
///       const auto agreed = websocket::check(asking, http::view_response(e.head, input.data(), table),
///       sha1); session = websocket::take_over(http, e, input, agreed);
///     }
///
/// invalid_input: parts that are no ws or wss URI, or have port 0; a nonce of zeros; subprotocols that are no
/// tokens or not distinct, or more than 64; offers of permessage-deflate that are too many, have numbers that
/// they cannot have, or promise a smaller window than the engine can do; extensions that may not be sent, are
/// more than 64, or have permessage-deflate among them; a field of the handshake, or one that frames a body,
/// among the extra ones; what no field may hold. Connection may be among the extra ones, with options besides
/// Upgrade. Otherwise as http::client::send(). Nothing is written then.
constexpr written<http::errc> send_offer(http::client &by, const client_offer &o,
                                         std::span<const http::field> extra, std::span<char> out) noexcept {
  constexpr written<http::errc> misuse{http::errc::invalid_input};
  if (!uri::is_websocket(o.to.scheme) || o.to.port() == 0 || o.nonce == nonce{}) return misuse;
  if (o.protocols.size() > list_limits.members) return misuse;
  for (std::size_t i = 0; i < o.protocols.size(); ++i) {
    if (!ascii::is_token(o.protocols[i])) return misuse;
    for (std::size_t j = 0; j < i; ++j)
      if (o.protocols[i] == o.protocols[j]) return misuse;
  }
  std::array<char, detail::max_deflate_element * max_deflate_offers> text; // not cleared: it may be empty
  std::size_t deflate = 0;
  if (!o.deflate.empty()) {
    const auto written = write_deflate_offers(o.deflate, text);
    if (!written) return misuse;
    deflate = written.size;
  }
  if (!detail::may_offer_extensions(o)) return misuse;
  const std::string_view extensions[] = {{text.data(), deflate}, o.extensions};
  bool options = false;
  for (const http::field &f : extra) {
    const http::field_id id = f.id();
    if (id == http::field_id::connection)
      options = true;
    else if (detail::is_handshake_field(id) || id == http::field_id::content_length ||
             id == http::field_id::transfer_encoding)
      return misuse;
  }

  static_assert(version == 13);
  const key_text key = make_key(o.nonce);
  http::request_head head(out, "GET", o.to, o.hop);
  head.field(http::field_id::upgrade, "websocket");
  if (!options) head.field(http::field_id::connection, "Upgrade"); // else all options share one line
  head.field(http::field_id::sec_websocket_key, {key.data(), key.size()})
      .field(http::field_id::sec_websocket_version, "13");
  if (!o.origin.empty()) head.field(http::field_id::origin, o.origin);
  if (!o.protocols.empty()) head.tokens(http::field_id::sec_websocket_protocol, o.protocols);
  if (deflate != 0 || !o.extensions.empty()) head.list(http::field_id::sec_websocket_extensions, extensions);
  for (const http::field &f : extra) head.field(f.name, f.value);
  return by.send(head);
}

/// What a server agreed to.
struct agreed {
  /// ok; not_upgraded for any other status than 101, which is an ordinary answer; or what is wrong with the
  /// 101: close the transport then, and send nothing.
  errc ec = errc::not_upgraded;
  fault why{};              ///< with an error: where, counted from the first byte of the start-line
  std::uint16_t status = 0; ///< of the answer
  /// The subprotocol in use, one of those in the offer; empty for none.
  std::string_view protocol{};
  /// Whether permessage-deflate is in use, and how.
  deflate_parameters deflate{};
  /// Of the answer: Set-Cookie and others. Valid as long as its head and its table.
  http::fields fields{};

  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
  /// The extensions in use, in the order in which they transform what is sent (RFC 6455 §9.1).
  constexpr extension_reader extensions() const noexcept { return extension_reader(fields); }
};

namespace detail {

/// Judges an answer step by step; each step refuses, or leaves it to the next.
class answer_reader {
public:
  constexpr answer_reader(const client_offer &o, const http::response &r) noexcept
      : offer_(o), response_(r), lines_(r.fields) {
    out_.status = r.code;
    out_.fields = r.fields;
  }

  template <sha1 H> constexpr agreed read(H &&hash) noexcept {
    if (response_.code != 101) return out_;
    const accept_text expected = make_accept(make_key(offer_.nonce), hash);
    out_.ec = errc::ok;
    if (switches() && answers({expected.data(), expected.size()}) && protocol_is_offered())
      extensions_are_offered();
    if (out_.ec != errc::ok) {
      out_.protocol = {};
      out_.deflate = {};
    }
    return out_;
  }

private:
  constexpr bool switches() noexcept {
    if (response_.minor == 0) return refuse(errc::bad_http_version, {0, element::version, 0});
    bool connection = false, websocket = false;
    found_lines upgrades, connections;
    std::uint16_t line = 0;
    for (const http::field_ref &ref : response_.fields.refs()) {
      const std::string_view value(response_.fields.base() + ref.value, ref.value_size);
      if (ref.framing == http::field_id::connection) {
        connection = connection || values::has_token(value, "upgrade");
        connections.add(line);
      } else if (ref.framing == http::field_id::upgrade) {
        websocket = ascii::iequals(value, "websocket");
        upgrades.add(line);
      }
      ++line;
    }
    if (upgrades.count != 1 || !websocket) return refuse(errc::bad_upgrade, place_of_last(upgrades));
    return connection || refuse(errc::bad_upgrade, place_of_last(connections));
  }

  constexpr bool answers(std::string_view expected) noexcept {
    const found_lines &found = lines_.accept;
    return (found.count == 1 && value_of(found) == expected) ||
           refuse(errc::bad_accept, place_of_last(found));
  }

  constexpr bool protocol_is_offered() noexcept {
    const found_lines &found = lines_.protocol;
    if (found.count == 0)
      return !offer_.require_protocol || offer_.protocols.empty() ||
             refuse(errc::missing_protocol, place_of_last(found));
    for (const std::string_view offered : offer_.protocols)
      if (found.count == 1 && value_of(found) == offered) out_.protocol = offered;
    return !out_.protocol.empty() || refuse(errc::unoffered_protocol, place_of_last(found));
  }

  constexpr void extensions_are_offered() noexcept {
    if (lines_.extensions.count == 0) return; // none is in use
    const extension_reader agreed(response_.fields);
    // No field line is no offer; an empty one would be malformed.
    const extension_reader offered =
        offer_.extensions.empty() ? extension_reader(http::fields{}) : extension_reader(offer_.extensions);
    const judged_extensions judged = judge_extensions(agreed, offered, offer_.claims, permessage_deflate);
    const checked_deflate deflate = check_deflate(agreed, offer_.deflate, offer_.deflate_min_window_bits);
    const bool earlier = judged.ec == errc::ok || deflate.why.at < judged.why.at;
    if (deflate.ec != errc::ok && earlier) return void(refuse(deflate.ec, deflate.why));
    if (judged.ec != errc::ok) return void(refuse(judged.ec, judged.why));
    out_.deflate = deflate.value;
  }

  constexpr bool refuse(errc ec, fault why) noexcept {
    out_.ec = ec;
    out_.why = why;
    return false;
  }
  /// The last line of a field, or the empty line if there is none.
  constexpr fault place_of_last(const found_lines &lines) const noexcept {
    if (lines.count != 0) return place_of(response_.fields, lines);
    return {static_cast<std::uint32_t>(http::detail::empty_line(response_)), element::head, 0};
  }
  constexpr std::string_view value_of(const found_lines &lines) const noexcept {
    return response_.fields[lines.last].value;
  }

  const client_offer &offer_;
  const http::response &response_;
  handshake_lines lines_;
  agreed out_{};
};

} // namespace detail

/// Judges the answer to an offer by the checks of RFC 6455 §4.1: Upgrade, Connection, Sec-WebSocket-Accept,
/// one subprotocol that was offered or none, extensions that were offered and do not conflict, parameters of
/// permessage-deflate that an offer permits (RFC 7692 §7.1). An error other
/// than not_upgraded: bad_http_version, bad_upgrade, bad_accept, unoffered_protocol, missing_protocol,
/// unoffered_extension, conflicting_extensions, bad_extensions. Much of it is found by http::client already,
/// which answers `failed` then.
template <sha1 H> constexpr agreed check(const client_offer &o, const http::response &r, H &&hash) noexcept {
  return detail::answer_reader(o, r).read(hash);
}

} // namespace coax::inline v0_1::websocket
