// The quick path for framing: reads the fields that frame a message where they say what they do in most.
#pragma once

#include "../fields/list.hpp"
#include "field.hpp"
#include "framing.hpp"
#include "quick_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http::detail {

/// Whether a Host is a name or an IPv4 address of 64 octets at most, with a port of up to four digits or
/// without: then it is in order under every leniency. `size` is that of the head, whose first octet is
/// `first`.
inline bool is_plain_host(const char *first, std::size_t size, const field_ref &host) noexcept {
  std::size_t name = host_name_size(first, size, host.value);
  if (name == 32 && host.value_size > 32) name += host_name_size(first, size, host.value + 32u);
  if (name == 0) return false;
  if (name >= host.value_size) return host.value_size <= 64 && host.value_size != 0;
  const char *const port = first + host.value + name;
  const std::size_t digits = host.value_size - name - 1;
  if (*port != ':' || digits > 4 || digits == 0) return false;
  for (std::size_t i = 1; i <= digits; ++i)
    if (port[i] < '0' || port[i] > '9') return false;
  return true;
}

/// See below; the fields are those from `ref` up to `end`, and offsets count from `first`.
[[gnu::noinline]] constexpr bool read_plain_fields(framing_set set, const char *first, std::size_t size,
                                                   const field_ref *ref, const field_ref *end,
                                                   framing &out) noexcept {
  if (std::is_constant_evaluated() || set.repeated()) return false;
  bool connection_upgrade = false, upgrade_field = false;
  for (unsigned left = set.bits(); left != 0 && ref != end; ++ref) {
    if (ref->framing == field_id::other) continue;
    left &= left - 1; // one less to find, whichever
    const char *const text = first + ref->value;
    const std::size_t text_size = ref->value_size;
    switch (ref->framing) {
    case field_id::host:
      if (!is_plain_host(first, size, *ref)) return false;
      break;
    case field_id::connection:
      if (ascii::iequals({text, text_size}, "keep-alive"))
        out.keep_alive = true;
      else if (ascii::iequals({text, text_size}, "close"))
        out.keep_alive = false;
      else if (ascii::iequals({text, text_size}, "upgrade"))
        connection_upgrade = true;
      else
        return false;
      break;
    case field_id::upgrade: upgrade_field = values::has_member({text, text_size}); break;
    case field_id::content_length:
      if (text_size == 0 || text_size > 18 || out.kind != body_kind::none) return false;
      for (std::size_t i = 0; i < text_size; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        out.length = out.length * 10 + static_cast<unsigned>(text[i] - '0');
      }
      out.has_length = true;
      out.kind = body_kind::length;
      break;
    case field_id::transfer_encoding:
      if (!ascii::iequals({text, text_size}, "chunked") || out.kind != body_kind::none) return false;
      out.kind = body_kind::chunked;
      break;
    default: return false;
    }
  }
  out.upgrade = connection_upgrade && upgrade_field;
  return true;
}

/// Reads the fields of `set` in a head of `size` octets. True if nothing in them has to be refused, noted or
/// thought over, and Host is plain if there is one. `out` has to hold what is true without them; it is of no
/// use if the answer is false.
constexpr bool read_plain_fields(framing_set set, std::size_t size, const fields &all,
                                 framing &out) noexcept {
  const field_ref *const refs = all.refs().data();
  return read_plain_fields(set, all.base(), size, refs, refs + all.size(), out);
}

} // namespace coax::inline v0_1::http::detail
