// Content-Encoding: what was done to the content, and stays done (RFC 9110 §8.4).
#pragma once

#include "list_writer.hpp"
#include "member_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coax::inline v0_1::values {

/// The content codings that are known by name.
enum class content_coding : std::uint8_t {
  other,    ///< any other token
  identity, ///< none: stands in Accept-Encoding only, and is never sent in Content-Encoding
  gzip,     ///< RFC 1952; "x-gzip" is the same (RFC 9110 §8.4.1.3)
  compress, ///< LZW; "x-compress" is the same (RFC 9110 §8.4.1.1)
  deflate,  ///< the zlib format, RFC 1950 (RFC 9110 §8.4.1.2)
  br,       ///< RFC 7932
  zstd,     ///< RFC 8878
};

/// The name to send for a coding; empty for `other`.
constexpr std::string_view name(content_coding c) noexcept {
  constexpr std::string_view names[] = {"", "identity", "gzip", "compress", "deflate", "br", "zstd"};
  return names[static_cast<std::size_t>(c)];
}

/// The coding with this name, compared without case.
constexpr content_coding to_content_coding(std::string_view text) noexcept {
  if (ascii::iequals(text, "x-gzip") || ascii::iequals(text, "x-compress")) text.remove_prefix(2);
  for (const content_coding c : {content_coding::identity, content_coding::gzip, content_coding::compress,
                                 content_coding::deflate, content_coding::br, content_coding::zstd})
    if (ascii::iequals(text, name(c))) return c;
  return content_coding::other;
}

/// Whether two names stand for the same coding.
constexpr bool same_content_coding(std::string_view a, std::string_view b) noexcept {
  const content_coding c = to_content_coding(a);
  return c == content_coding::other ? ascii::iequals(a, b) : c == to_content_coding(b);
}

/// One member of Content-Encoding.
struct applied_coding {
  content_coding coding = content_coding::other;
  std::string_view text; ///< the name as received: a view into the value
};

/// Reads the codings of Content-Encoding in the order in which they were applied: the last one has to be
/// undone first. Nothing is undone here.
///
///     content_coding_reader codings(value);
///     for (applied_coding c; codings.next(c);) ...
///     if (codings.ec() != errc::ok) ... // codings.at() tells where
///
/// "identity" is handed out like any other, although no sender may write it.
///
/// errc::malformed: a member that is no token. errc::too_many: more than limits::members or
/// limits::empty_members. Linear in the value's size.
class content_coding_reader : public detail::member_reader {
public:
  constexpr explicit content_coding_reader(std::string_view value,
                                           const limits &lim = default_limits) noexcept
      : member_reader(value, list_of::tokens, lim) {}

  /// Takes the next coding; false at the end or at an error, and from then on.
  constexpr bool next(applied_coding &out) noexcept {
    std::string_view text;
    if (!next_member(text)) return false;
    const std::size_t end = find_outside(text, 0, ascii::tchar);
    if (end != text.size()) return refuse(errc::malformed, end);
    out = {to_content_coding(text), text};
    return true;
  }
};

/// Writes the value of Content-Encoding from the names of the codings, in the order in which they were
/// applied.
///
/// errc::invalid_input: no coding (leave the field out then), a name that is no token, or "identity"
/// (RFC 9110 §8.4.1). errc::buffer_too_small.
constexpr written<errc> write_content_encoding(std::span<const std::string_view> codings,
                                               std::span<char> out) noexcept {
  if (codings.empty()) return {errc::invalid_input, 0, 0};
  for (const std::string_view coding : codings)
    if (!ascii::is_token(coding) || to_content_coding(coding) == content_coding::identity)
      return {errc::invalid_input, 0, 0};
  list_writer list(out);
  for (const std::string_view coding : codings) list.add(coding);
  return list.finish();
}

} // namespace coax::inline v0_1::values
