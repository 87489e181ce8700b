// What the fields of a head to be sent mean for its connection.
#pragma once

#include "../core/scan.hpp"
#include "../fields/list.hpp"
#include "../fields/te.hpp"
#include "field_id.hpp"
#include "framing_reader.hpp"
#include "protocol_set.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http::detail {

/// What the fields of a head that is being written mean for the connection, which completes it.
struct head_facts {
  std::uint64_t length = 0; ///< Content-Length, as passed to field()
  std::uint64_t once = 0;   ///< one bit for each field_id that may occur once and did
  protocol_set protocols{}; ///< named in Upgrade
  bool has_length = false;
  bool chunked = false;    ///< Transfer-Encoding was passed; chunked is its last coding
  bool codings = false;    ///< other codings are among them: the field is written already
  bool close = false;      ///< Connection: close was passed
  bool keep_alive = false; ///< Connection: keep-alive was passed
  bool keep_alive_field = false;
  bool upgrade = false;
  bool upgrade_named = false; ///< in a Connection field that is written already
  bool te = false;
  bool expects_continue = false;
};

/// The bit for a field in head_facts::once.
constexpr std::uint64_t bit_of(field_id id) noexcept {
  static_assert(field_count <= 64);
  return std::uint64_t{1} << static_cast<unsigned>(id);
}

/// The fields that may occur once, as bits of head_facts::once.
inline constexpr std::uint64_t fields_once = [] {
  std::uint64_t bits = 0;
  for (const field_info &row : field_table)
    if (may_occur_once(row.id)) bits |= bit_of(row.id);
  return bits;
}();
/// Those whose values head_writer reads, or that it refuses.
inline constexpr std::uint64_t fields_read_here = [] {
  std::uint64_t bits = 0;
  for (const field_id id : {field_id::content_length, field_id::transfer_encoding, field_id::connection,
                            field_id::host, field_id::proxy_connection, field_id::te, field_id::upgrade,
                            field_id::expect, field_id::keep_alive, field_id::trailer})
    bits |= bit_of(id);
  return bits;
}();

/// Whether `text` may follow a transfer coding: *( OWS ";" OWS token "=" ( token / quoted-string ) ), where
/// the coding has parameters at all. Senders put no whitespace around "=" (RFC 9110 §5.6.3).
constexpr bool are_parameters(std::string_view coding, std::string_view text) noexcept {
  if (!text.empty() && takes_no_parameters(coding)) return false;
  values::transfer_parameter_reader parameters(text);
  for (values::parameter p; parameters.next(p);)
    if (p.value.data() != p.name.data() + p.name.size() + 1) return false;
  return parameters.ec() == values::errc::ok;
}

constexpr bool names_chunked(std::string_view te) noexcept {
  values::list_splitter members(te, values::list_of::quoted);
  for (std::string_view member; members.next(member);)
    if (ascii::iequals(member.substr(0, find_outside(member, 0, ascii::tchar)), "chunked")) return true;
  return false;
}

constexpr bool expects_continue(std::string_view expect) noexcept {
  values::list_splitter members(expect, values::list_of::quoted);
  for (std::string_view member; members.next(member);)
    if (ascii::iequals(member, "100-continue")) return true;
  return false;
}

/// 1#( token [ "/" token ] )
constexpr bool is_protocol_list(std::string_view value) noexcept {
  values::list_splitter members(value, values::list_of::tokens);
  bool any = false;
  for (std::string_view member; members.next(member); any = true) {
    const std::size_t slash = member.find('/');
    if (!ascii::is_token(member.substr(0, slash))) return false;
    if (slash != std::string_view::npos && !ascii::is_token(member.substr(slash + 1))) return false;
  }
  return any;
}

} // namespace coax::inline v0_1::http::detail
