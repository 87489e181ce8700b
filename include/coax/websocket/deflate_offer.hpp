// permessage-deflate: what is offered, what is answered, and what follows from both (RFC 7692 §5, §7.1).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/fault.hpp"
#include "../fields/quoted.hpp"
#include "deflate_parameters.hpp"
#include "errc.hpp"
#include "extension.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The name of the extension (RFC 7692 §7).
inline constexpr std::string_view permessage_deflate = "permessage-deflate";

/// What one permessage-deflate element of Sec-WebSocket-Extensions mentions, be it an offer or an answer (RFC
/// 7692 §7.1). What is not mentioned has its default.
struct deflate_terms {
  /// client_max_window_bits without a value: the client leaves its window to the server. Offers only. Above
  /// 15, so that every window is within it.
  static constexpr std::uint8_t any_window = 16;

  /// In an offer: the server has to compress each message by itself.
  bool server_no_context_takeover = false;
  /// In an offer: the client is going to compress each message by itself, whatever the answer says.
  bool client_no_context_takeover = false;
  /// 8 to 15; 0: not mentioned. In an offer: the server has to keep to this window, or a smaller one.
  std::uint8_t server_max_window_bits = 0;
  /// 8 to 15 or any_window; 0: not mentioned. In an offer: the client keeps to this window, whatever the
  /// answer says, and the server may ask for a smaller one. Not mentioned, the server may not ask.
  std::uint8_t client_max_window_bits = 0;

  friend constexpr bool operator==(const deflate_terms &, const deflate_terms &) noexcept = default;
};

/// The one offer that browsers make: `permessage-deflate; client_max_window_bits`.
inline constexpr std::array<deflate_terms, 1> usual_deflate{
    {{.client_max_window_bits = deflate_terms::any_window}}};

/// Offers that a client can make at once.
inline constexpr std::size_t max_deflate_offers = 4;

namespace detail {

/// The longest element, with a separator.
inline constexpr std::size_t max_deflate_element = 130;

/// A number from 8 to 15 without leading zeros, as a token or a quoted-string (RFC 7692 §7.1.2); else 0.
constexpr std::uint8_t read_window_bits(std::string_view written) noexcept {
  constexpr std::string_view texts[] = {"8", "9", "10", "11", "12", "13", "14", "15"};
  for (std::uint8_t i = 0; i < std::size(texts); ++i)
    if (values::value_equals(written, texts[i])) return static_cast<std::uint8_t>(8 + i);
  return 0;
}

/// Takes a parameter into account; false if it is unknown, repeated or has no such value (RFC 7692 §7).
constexpr bool add_parameter(deflate_terms &to, const extension_parameter &p, bool in_offer) noexcept {
  bool *const flag = p.name == "server_no_context_takeover"   ? &to.server_no_context_takeover
                     : p.name == "client_no_context_takeover" ? &to.client_no_context_takeover
                                                              : nullptr;
  if (flag != nullptr) return !p.has_value && !*flag && (*flag = true);
  std::uint8_t *const bits = p.name == "server_max_window_bits"   ? &to.server_max_window_bits
                             : p.name == "client_max_window_bits" ? &to.client_max_window_bits
                                                                  : nullptr;
  if (bits == nullptr || *bits != 0) return false;
  if (p.has_value)
    *bits = read_window_bits(p.value);
  else if (in_offer && bits == &to.client_max_window_bits)
    *bits = deflate_terms::any_window;
  return *bits != 0;
}

constexpr bool is_window(unsigned bits) noexcept { return bits >= 8 && bits <= 15; }

constexpr void put_window(bounded_writer &out, std::string_view name, std::uint8_t bits) noexcept {
  if (bits == 0) return;
  out.put("; ").put(name);
  if (bits != deflate_terms::any_window) out.put('=').put_decimal(bits);
}

constexpr void put_deflate(bounded_writer &out, const deflate_terms &t) noexcept {
  out.put(permessage_deflate);
  if (t.server_no_context_takeover) out.put("; server_no_context_takeover");
  if (t.client_no_context_takeover) out.put("; client_no_context_takeover");
  put_window(out, "server_max_window_bits", t.server_max_window_bits);
  put_window(out, "client_max_window_bits", t.client_max_window_bits);
}

} // namespace detail

/// What a permessage-deflate element mentions, or where it is wrong.
struct parsed_deflate {
  bool ok = false;
  /// When not ok: the parameter at fault, counted from the extension's first octet; 0 if that has another
  /// name.
  std::size_t at = 0;
  deflate_terms value{};
};

namespace detail {

constexpr parsed_deflate parse_deflate(const extension &e, bool in_offer) noexcept {
  parsed_deflate out;
  if (e.name != permessage_deflate) return out;
  extension_parameter_reader parameters(e.parameters);
  for (extension_parameter p; parameters.next(p);)
    if (!add_parameter(out.value, p, in_offer))
      return {false, static_cast<std::size_t>(p.name.data() - e.name.data()), {}};
  out.ok = true;
  return out;
}

} // namespace detail

/// Reads an offer that an extension_reader gave. Not ok: a parameter that RFC 7692 does not define, that is
/// repeated, or whose value is missing, superfluous or no number from 8 to 15. A server declines it then
/// (RFC 7692 §7); that is no error of the handshake. Names compare octet by octet. Linear.
constexpr parsed_deflate parse_deflate_offer(const extension &e) noexcept {
  return detail::parse_deflate(e, true);
}

/// The same for an answer, in which client_max_window_bits has to have a value. A client fails the connection
/// when it is not ok (RFC 7692 §7).
constexpr parsed_deflate parse_deflate_answer(const extension &e) noexcept {
  return detail::parse_deflate(e, false);
}

/// Whether an answer is one that the offer permits: what the offer demands of the server is in it, no window
/// is larger than the one offered, and the client's is left alone unless it was offered (RFC 7692 §7.1).
constexpr bool permits(const deflate_terms &offer, const deflate_terms &answer) noexcept {
  if (offer.server_no_context_takeover && !answer.server_no_context_takeover) return false;
  if (offer.server_max_window_bits != 0 &&
      (answer.server_max_window_bits == 0 || answer.server_max_window_bits > offer.server_max_window_bits))
    return false;
  return answer.client_max_window_bits <= offer.client_max_window_bits;
}

/// What a server agrees to. The defaults are those of zlib and cost no compression: up to about 300 KiB for
/// each connection, for the windows and what zlib keeps besides.
struct deflate_policy {
  bool accept = true; ///< false: every offer is declined
  /// Compress each message by itself: nothing is kept between two messages.
  bool server_no_context_takeover = false;
  /// Have the client compress each message by itself: no window is kept between two messages.
  bool client_no_context_takeover = false;
  /// 8 to 15: the largest window to compress with.
  std::uint8_t server_max_window_bits = 15;
  /// 8 to 15: the largest window to inflate with. Only clients that offer client_max_window_bits can be told;
  /// those that do not are declined if this is below 15. Many clients cannot do 8.
  std::uint8_t client_max_window_bits = 15;
  /// Accept clients that cannot be told their window all the same: it takes 15 bits then.
  bool accept_larger_client_window = false;
  /// 8 to 15: the smallest window that the engine can compress with. Offers that demand a smaller one are
  /// declined. coax::zlib can do 8: zlib::min_window_bits.
  std::uint8_t server_min_window_bits = 9;
};

namespace detail {

constexpr deflate_parameters choose_for(const deflate_terms &offer, const deflate_policy &policy) noexcept {
  const std::uint8_t server = policy.server_max_window_bits, client = policy.client_max_window_bits;
  deflate_parameters out{
      .agreed = true,
      .server_no_context_takeover = offer.server_no_context_takeover || policy.server_no_context_takeover,
      // What the client is going to do anyway becomes binding by saying so: the window need not be kept.
      .client_no_context_takeover = offer.client_no_context_takeover || policy.client_no_context_takeover,
      .server_max_window_bits =
          offer.server_max_window_bits == 0 ? server : std::min(server, offer.server_max_window_bits),
  };
  if (offer.client_max_window_bits != 0)
    out.client_max_window_bits = std::min(client, offer.client_max_window_bits);
  if (out.server_max_window_bits < policy.server_min_window_bits) return {};
  if (out.client_max_window_bits > client && !policy.accept_larger_client_window) return {};
  return out;
}

} // namespace detail

/// Chooses the first offer of permessage-deflate that is valid and that the policy can honour (RFC 7692 §5).
/// What was agreed on goes into choice::deflate; if that is nothing, the WebSocket can be accepted without.
/// A policy with numbers outside 8 to 15, and a list that the reader refuses, agree to nothing. Linear in the
/// size of the lines.
///
///     chosen.deflate = websocket::choose_deflate(asked.extensions(), policy);
///     transmit(out, websocket::accept(http, asked, chosen, sha1, out));
constexpr deflate_parameters choose_deflate(extension_reader offers,
                                            const deflate_policy &policy = {}) noexcept {
  if (!policy.accept || !detail::is_window(policy.server_max_window_bits) ||
      !detail::is_window(policy.client_max_window_bits) || !detail::is_window(policy.server_min_window_bits))
    return {};
  deflate_parameters out;
  for (extension e; offers.next(e);) {
    if (out.agreed) continue;
    const parsed_deflate offer = parse_deflate_offer(e);
    if (offer.ok) out = detail::choose_for(offer.value, policy);
  }
  return offers.ec() == values::errc::ok ? out : deflate_parameters{};
}

/// Writes the element that answers the offers of a client with what was agreed on, 128 octets at the most. It
/// answers the first offer that permits it, and mentions what differs from the defaults, or has to be there.
///
/// errc::invalid_input: nothing was agreed on, no offer permits it, or a number is none of 8 to 15.
/// errc::buffer_too_small.
constexpr written<errc> write_deflate_answer(extension_reader offers, const deflate_parameters &agreed,
                                             std::span<char> out) noexcept {
  if (!agreed.agreed || !detail::is_window(agreed.server_max_window_bits) ||
      !detail::is_window(agreed.client_max_window_bits))
    return {errc::invalid_input};
  for (extension e; offers.next(e);) {
    const parsed_deflate offer = parse_deflate_offer(e);
    if (!offer.ok) continue;
    deflate_terms answer{agreed.server_no_context_takeover, agreed.client_no_context_takeover};
    if (agreed.server_max_window_bits != 15 || offer.value.server_max_window_bits != 0)
      answer.server_max_window_bits = agreed.server_max_window_bits;
    if (agreed.client_max_window_bits != 15) answer.client_max_window_bits = agreed.client_max_window_bits;
    if (!permits(offer.value, answer)) continue;
    bounded_writer to(out);
    detail::put_deflate(to, answer);
    return to.finish(errc::buffer_too_small);
  }
  return {errc::invalid_input};
}

/// Writes a client's offers, the preferred one first (RFC 7692 §5).
///
/// errc::invalid_input: no offers or more than max_deflate_offers, or numbers that deflate_terms does not
/// have. errc::buffer_too_small.
constexpr written<errc> write_deflate_offers(std::span<const deflate_terms> offers,
                                             std::span<char> out) noexcept {
  if (offers.empty() || offers.size() > max_deflate_offers) return {errc::invalid_input};
  bounded_writer to(out);
  for (const deflate_terms &t : offers) {
    const std::uint8_t servers = t.server_max_window_bits, clients = t.client_max_window_bits;
    if ((servers != 0 && !detail::is_window(servers)) ||
        (clients != 0 && clients != deflate_terms::any_window && !detail::is_window(clients)))
      return {errc::invalid_input};
    if (to.required() != 0) to.put(", ");
    detail::put_deflate(to, t);
  }
  return to.finish(errc::buffer_too_small);
}

/// What a server's answer means, or what is wrong with it.
struct checked_deflate {
  errc ec = errc::ok;
  fault why{};
  deflate_parameters value{}; ///< without an error; if permessage-deflate is not in the answer, not agreed on
};

/// Judges an answer by the offers that were made; the first one that permits it counts. What that offer said
/// about the client's own window and context holds also where the answer does not repeat it. The product of
/// the number of offers and the answer's size.
///
/// errc::bad_extensions: a list outside the grammar; a parameter that is undefined, repeated or has a wrong
/// value, at the parameter; a window for the client below `min_window_bits`, the smallest that its engine can
/// compress with (RFC 7692 §7). errc::unoffered_extension: no offer permits it.
/// errc::conflicting_extensions: a second permessage-deflate.
constexpr checked_deflate check_deflate(extension_reader answer, std::span<const deflate_terms> offers,
                                        std::uint8_t min_window_bits = 9) noexcept {
  checked_deflate out;
  for (extension e; answer.next(e);) {
    if (e.name != permessage_deflate) continue;
    fault why = answer.place();
    if (offers.empty()) return {errc::unoffered_extension, why};
    if (out.value.agreed) return {errc::conflicting_extensions, why};
    const parsed_deflate parsed = parse_deflate_answer(e);
    why.at += static_cast<std::uint32_t>(parsed.at);
    if (!parsed.ok) return {errc::bad_extensions, why};
    const deflate_terms &found = parsed.value;
    const auto offer =
        std::find_if(offers.begin(), offers.end(), [&](const deflate_terms &o) { return permits(o, found); });
    if (offer == offers.end()) return {errc::unoffered_extension, why};
    deflate_parameters &agreed = out.value;
    agreed = {true, found.server_no_context_takeover,
              found.client_no_context_takeover || offer->client_no_context_takeover};
    if (found.server_max_window_bits != 0) agreed.server_max_window_bits = found.server_max_window_bits;
    const std::uint8_t clients = // the answer's is the smaller one
        found.client_max_window_bits != 0 ? found.client_max_window_bits : offer->client_max_window_bits;
    if (detail::is_window(clients)) agreed.client_max_window_bits = clients;
    if (agreed.client_max_window_bits < min_window_bits) return {errc::bad_extensions, why};
  }
  if (answer.ec() != values::errc::ok) return {errc::bad_extensions, answer.why()};
  return out;
}

} // namespace coax::inline v0_1::websocket
