// Passing messages on: what of a head is for the next hop, and what ends at this one (RFC 9110 §7.6).
#pragma once

#include "../core/bounded_writer.hpp"
#include "../core/number.hpp"
#include "../fields/list.hpp"
#include "body_writer.hpp"
#include "errc.hpp"
#include "field.hpp"
#include "field_id.hpp"
#include "head.hpp"
#include "head_writer.hpp"
#include "host.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// Which fields of a message end at this hop, gathered from its head once and then used for its head and its
/// trailers:
///
/// - Connection, Proxy-Connection, Keep-Alive, TE, Transfer-Encoding and Upgrade (RFC 9110 §7.6.1);
/// - Proxy-Authenticate, Proxy-Authorization and Proxy-Authentication-Info, which are between a proxy and its
///   client (RFC 2616 §13.5.1): a proxy that relays credentials (RFC 9110 §11.7) adds them again;
/// - what the options of Connection name, save fields that are meant for the recipient at the end, see
///   is_protected(): such options are not followed, but counted.
///
/// It holds hashes and no text, so it can be kept while the head's bytes are gone. Two names that hash alike
/// are taken for one; a peer that looks for such names could as well have named the other.
class hop_by_hop {
public:
  static constexpr std::size_t capacity = 16;

  constexpr hop_by_hop() noexcept = default;
  /// Reads the Connection fields of a head. Linear in its size, for any number of fields and options.
  constexpr explicit hop_by_hop(const fields &head) noexcept {
    for (const field_ref &ref : head.refs())
      if (ref.framing == field_id::connection) read({head.base() + ref.value, ref.value_size});
  }

  /// ok; or too_many_fields for more than `capacity` different options besides the usual ones. A proxy had
  /// better refuse the message then; if it does not, contains() holds for every field that is not known to be
  /// meant for the recipient at the end.
  constexpr errc ec() const noexcept { return full_ ? errc::too_many_fields : errc::ok; }
  /// Options that a sender may not send: those that name a protected field, and those that are no tokens.
  /// They are not followed; a strict proxy refuses the message (400).
  constexpr std::uint16_t misplaced() const noexcept { return misplaced_; }

  /// Whether the field ends here. Linear in the name's size.
  constexpr bool contains(std::string_view name) const noexcept {
    const field_id id = to_field_id(name);
    if (is_fixed(id)) return true;
    if (size_ == 0 && !full_) return false;
    const std::uint64_t h = hash(name);
    for (std::size_t i = 0; i < size_; ++i)
      if (hashes_[i] == h) return true;
    return full_ && !is_protected(name);
  }

  /// Adds a field that the proxy itself does not pass on, protected or not: Trailer, where the trailers are
  /// dropped; Proxy-Authorization and its like are in already.
  constexpr hop_by_hop &add(std::string_view name) noexcept {
    const std::uint64_t h = hash(name);
    for (std::size_t i = 0; i < size_; ++i)
      if (hashes_[i] == h) return *this;
    if (size_ == capacity)
      full_ = true;
    else
      hashes_[size_++] = h;
    return *this;
  }

  /// Whether a field is meant for the recipient at the end, or frames the message, so that no connection
  /// option may take it away: all known fields that do not end at every hop, and those whose names begin with
  /// Access-Control-, Content-, Sec- or X-Forwarded-, and X-Real-IP.
  static constexpr bool is_protected(std::string_view name) noexcept {
    if (const field_id id = to_field_id(name); id != field_id::other) return !is_fixed(id);
    for (const std::string_view prefix : {"Access-Control-", "Content-", "Sec-", "X-Forwarded-"})
      if (ascii::iequals(name.substr(0, prefix.size()), prefix)) return true;
    return ascii::iequals(name, "X-Real-IP");
  }

private:
  /// The fields that end at every hop.
  static constexpr bool is_fixed(field_id id) noexcept {
    switch (id) {
    case field_id::connection:
    case field_id::keep_alive:
    case field_id::proxy_authenticate:
    case field_id::proxy_authentication_info:
    case field_id::proxy_authorization:
    case field_id::proxy_connection:
    case field_id::te:
    case field_id::transfer_encoding:
    case field_id::upgrade: return true;
    default: return false;
    }
  }

  constexpr void read(std::string_view value) noexcept {
    values::list_splitter options(value, values::list_of::tokens);
    for (std::string_view option; options.next(option);) {
      if (option.empty() || is_fixed(to_field_id(option)) || ascii::iequals(option, "close")) continue;
      if (ascii::is_token(option) && !is_protected(option))
        add(option);
      else if (misplaced_ != 0xFFFF)
        ++misplaced_;
    }
  }

  /// FNV-1a over the name without case.
  static constexpr std::uint64_t hash(std::string_view name) noexcept {
    std::uint64_t h = 0xCBF29CE484222325u;
    for (const char c : name) h = (h ^ static_cast<unsigned char>(ascii::to_lower(c))) * 0x00000100000001B3u;
    return h;
  }

  std::array<std::uint64_t, capacity> hashes_{};
  std::uint16_t misplaced_ = 0;
  std::uint8_t size_ = 0;
  bool full_ = false;
};
static_assert(std::is_trivially_copyable_v<hop_by_hop> && sizeof(hop_by_hop) <= 136);

namespace detail {

/// Whether fields announce content. Which framing they get on the next hop is for content::as() to say.
constexpr bool announces_content(const fields &from) noexcept {
  for (const field_ref &ref : from.refs()) {
    if (ref.framing == field_id::transfer_encoding) return true;
    if (ref.framing != field_id::content_length) continue;
    const parsed_number length = parse_decimal({from.base() + ref.value, ref.value_size});
    if (!length.ok || length.value != 0) return true;
  }
  return false;
}

/// Access to what a head_writer says of itself.
struct forwarding {
  static constexpr bool is_response(const head_writer &head) noexcept { return head.is_response_; }
};

} // namespace detail

/// Appends to a head the fields of a received one that are meant for the next hop, in order, with their names
/// as received. Left out are those in `hop`; Host, which request_head wrote; Content-Length, as framing comes
/// with the content (see content::as(), which fits the fields); Expect in a response and where no content is
/// announced (RFC 9110 §10.1.1); a Trailer field that is no list of names.
///
///     char target[8192];
///     const auto asked = forwarded_target(r, target);
///     request_head head(out, r.method_text, {target, asked.size}, effective_authority(r));
///     const hop_by_hop hop = copy_end_to_end(head, r.fields);
///     head.field("Via", "1.1 proxy");
///     auto sent = client.send(head, content::as(event.framing));
///
/// What a sender may not send is not passed on in silence: with a second line of a field that may occur once,
/// or control characters that a leniency let in, the head is refused; see head_writer::why(). Where an
/// upgrade or trailers are to be offered to the next hop, add Upgrade or TE; where leniency::expose_codings
/// left codings for the caller that it does not undo, Transfer-Encoding. Linear in the size of the head.
constexpr void copy_end_to_end(head_writer &to, const fields &from, const hop_by_hop &hop) noexcept {
  const bool keeps_expect = !detail::forwarding::is_response(to) && detail::announces_content(from);
  for (const field f : from) {
    if (hop.contains(f.name)) continue;
    switch (f.id()) {
    case field_id::host:
    case field_id::content_length: continue;
    case field_id::expect:
      if (!keeps_expect) continue;
      break;
    case field_id::trailer: // RFC 9110 §6.6.2: but a hint
      if (!values::is_token_list(f.value)) continue;
      break;
    default: break;
    }
    to.field(f.name, f.value);
  }
}

/// The same with the fields that end here read from the head itself; returns them, for the trailers and for
/// what may be wrong with them.
constexpr hop_by_hop copy_end_to_end(head_writer &to, const fields &from) noexcept {
  const hop_by_hop hop(from);
  copy_end_to_end(to, from, hop);
  return hop;
}

/// Appends to a trailer section the fields of a received one that are meant for the next hop: all but those
/// in `hop`, which was made from the head of the same message.
constexpr void copy_end_to_end(trailer_writer &to, const fields &trailers, const hop_by_hop &hop) noexcept {
  for (const field f : trailers)
    if (!hop.contains(f.name)) to.field(f.name, f.value);
}

/// Writes the target with which a proxy asks an origin server for what it was asked for: of absolute-form
/// only path and query, "/" for an empty path, "*" for OPTIONS without path and query (RFC 9112 §3.2.4);
/// every other form unchanged. The Host to go with it is effective_authority() (RFC 9112 §3.2.2). The next
/// proxy in a chain is asked with target_uri() instead. buffer_too_small, `required` says how much it takes.
/// Linear.
constexpr written<errc> forwarded_target(const request &r, std::span<char> out) noexcept {
  bounded_writer target(out);
  const uri::target t = view_target(r);
  if (t.form != uri::target_form::absolute) {
    target.put(r.target);
  } else if (r.method == method::options && t.path.empty() && !t.has_query) {
    target.put('*');
  } else {
    target.put(t.path.empty() ? "/" : t.path);
    if (t.has_query) target.put('?').put(t.query);
  }
  return target.finish(errc::buffer_too_small);
}

} // namespace coax::inline v0_1::http
