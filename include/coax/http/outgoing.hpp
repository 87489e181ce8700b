// How a message to be sent is framed, and how its head ends: the rules for senders, in one place.
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/plain_text.hpp"
#include "body_writer.hpp"
#include "head_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// The end of a head: framing, Connection, and the empty line. Field lines of the caller stand before it.
struct head_tail {
  enum class framing_line : std::uint8_t { none, length, chunked };

  framing_line framing = framing_line::none;
  std::uint64_t length = 0;
  bool close = false;
  bool keep_alive = false;
  bool keep_alive_field = false; ///< Keep-Alive is among the fields
  bool upgrade = false;
  bool te = false;

  constexpr written<errc> write(std::span<char> to) const noexcept {
    std::array<char, longest.size()> apart; // for where it may not fit
    char *const begin = to.size() < longest.size() ? apart.data() : to.data();
    const std::size_t size = static_cast<std::size_t>(put(begin) - begin);
    if (size > to.size()) return {errc::buffer_too_small, 0, size};
    if (to.size() < longest.size()) std::copy_n(begin, size, to.data());
    return {errc::ok, size, size};
  }

private:
  static constexpr std::string_view longest =
      "Content-Length: 18446744073709551615\r\nConnection: close, keep-alive, upgrade, TE\r\n\r\n";

  /// Writes to where there is room for the longest. Returns the place behind.
  constexpr char *put(char *to) const noexcept {
    if (framing == framing_line::length) {
      to = copy_text(to, "Content-Length: ");
      to = write_decimal(to, decimal_size(length), length);
      to = copy_text(to, "\r\n");
    } else if (framing == framing_line::chunked) {
      to = copy_text(to, "Transfer-Encoding: chunked\r\n");
    }
    const bool keep = keep_alive_field || (keep_alive && !close);
    if (close || keep || upgrade || te) { // RFC 9110 §7.6.1
      to = copy_text(to, "Connection: ");
      if (close) to = copy_text(to, "close, ");
      if (keep) to = copy_text(to, "keep-alive, ");
      if (upgrade) to = copy_text(to, "upgrade, ");
      if (te) to = copy_text(to, "TE, ");
      to = copy_text(to - 2, "\r\n"); // in place of the last comma
    }
    return copy_text(to, "\r\n");
  }
};

/// The end of an informational head, which has no framing.
constexpr head_tail tail_of_interim(const prepared_response &head) noexcept {
  const head_facts &facts = head.facts;
  return {.keep_alive_field = facts.keep_alive_field, .upgrade = facts.upgrade && !facts.upgrade_named};
}

/// How a message is sent, or why it cannot be.
struct sending_plan {
  errc ec = errc::ok;
  head_tail tail{};
  body_kind kind = body_kind::none; ///< of the body; a size that is only told stands in `tail`
};

/// Brings what the caller passed as content and as fields together. invalid_input if they contradict.
constexpr errc reconcile(const head_facts &facts, content &c) noexcept {
  if (facts.has_length) { // RFC 9112 §6.2
    if (c.is_streamed() || (c.is_sized() && c.size() != facts.length)) return errc::invalid_input;
    c = content::of(facts.length);
  }
  if (facts.chunked) {
    if (c.is_sized()) return errc::invalid_input;
    c = content::streamed();
  }
  return errc::ok;
}

/// What of the request decides over its response.
struct request_facts {
  std::uint8_t minor = 1;
  bool head = false;
  bool connect = false;
};

/// Whether a response opens the tunnel that was asked for.
constexpr bool opens_tunnel(request_facts asked, std::uint16_t code) noexcept {
  return asked.connect && class_of(code) == status_class::successful;
}

/// A final response. The kind until_close, like `tail.close`, ends the connection.
constexpr sending_plan plan_response(const prepared_response &head, content c, request_facts asked) noexcept {
  using line = head_tail::framing_line;
  constexpr sending_plan refused{errc::invalid_input};
  const head_facts &facts = head.facts;
  const bool tunnel = opens_tunnel(asked, head.code);
  if (reconcile(facts, c) != errc::ok) return refused;
  if ((tunnel || head.code == 204) && !c.is_none()) return refused;           // RFC 9112 §6.1, 9110 §8.6
  if (head.code == 205 && (c.is_streamed() || c.size() != 0)) return refused; // RFC 9110 §15.3.6
  if (head.code == 426 && !facts.upgrade) return refused;                     // RFC 9110 §15.5.22
  if (facts.codings && asked.minor == 0) return refused;                      // RFC 9112 §6.1

  sending_plan out;
  out.tail.length = c.size();
  out.tail.close = facts.close && !tunnel;
  out.tail.keep_alive = (asked.minor == 0 || facts.keep_alive || facts.keep_alive_field) && !tunnel;
  out.tail.keep_alive_field = facts.keep_alive_field;
  out.tail.upgrade = facts.upgrade && !facts.upgrade_named;
  const bool bodiless = tunnel || asked.head || head.code == 204 || head.code == 304; // RFC 9112 §6.3(1)
  if (c.is_sized() || (c.is_none() && !bodiless)) {
    out.tail.framing = line::length;
    if (!bodiless) out.kind = body_kind::length;
  } else if (c.is_streamed() && head.code != 304) { // RFC 9112 §6.3(8)
    if (asked.minor != 0 && !facts.codings) out.tail.framing = line::chunked;
    if (!bodiless) out.kind = asked.minor == 0 ? body_kind::until_close : body_kind::chunked;
  }
  return out;
}

/// A request. `knows_chunked` tells that the server speaks HTTP/1.1 (RFC 9112 §6.1).
constexpr sending_plan plan_request(const prepared_request &head, content c, bool knows_chunked) noexcept {
  using line = head_tail::framing_line;
  constexpr sending_plan refused{errc::invalid_input};
  const head_facts &facts = head.facts;
  if (reconcile(facts, c) != errc::ok) return refused;
  const bool has_content = c.is_streamed() || c.size() != 0;
  if ((head.method == method::connect || head.method == method::trace) && !c.is_none()) return refused;
  if (facts.expects_continue && (!has_content || head.minor == 0)) return refused; // RFC 9110 §10.1.1
  if (c.is_streamed() && (head.minor == 0 || !knows_chunked)) return refused;      // RFC 9112 §6.1
  if (facts.upgrade && (head.minor == 0 || head.method == method::connect)) return refused; // RFC 9110 §7.8

  sending_plan out;
  out.tail.length = c.size();
  out.tail.close = facts.close;
  out.tail.keep_alive = facts.keep_alive || facts.keep_alive_field;
  out.tail.keep_alive_field = facts.keep_alive_field;
  out.tail.upgrade = facts.upgrade && !facts.upgrade_named;
  out.tail.te = facts.te;
  const bool usual =
      head.method == method::post || head.method == method::put || head.method == method::patch;
  if (c.is_sized() || (c.is_none() && usual)) { // RFC 9110 §8.6
    out.tail.framing = line::length;
    out.kind = body_kind::length;
  } else if (c.is_streamed()) {
    if (!facts.codings) out.tail.framing = line::chunked;
    out.kind = body_kind::chunked;
  }
  return out;
}

/// How a head ended, for one that the caller began in front of it.
constexpr written<errc> behind(const written<errc> &tail, std::size_t begun) noexcept {
  if (tail.ec == errc::buffer_too_small) return {tail.ec, 0, begun + tail.required};
  return tail ? written<errc>{errc::ok, begun + tail.size, begun + tail.size} : tail;
}

} // namespace coax::inline v0_1::http::detail
