// Pairs name = value, and whether a name occurred before: what the readers of several fields share.
#pragma once

#include "parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values::detail {

/// Whether `c` is a control character (RFC 5234 B.1): HTAB and DEL are.
constexpr bool is_ctl(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// A pair that was read, or where it is spoiled.
struct scanned_pair {
  bool ok = false;
  parameter pair{};
  std::size_t end = 0; ///< when ok: offset behind the value
  std::size_t bad = 0; ///< when not ok: the offending byte (the text's size at an early end)
};

/// Reads the pair at offset `at`, whose whitespace around "=" is tolerated (RFC 9110 §5.6.3):
///
///     pair = token BWS "=" BWS ( token / quoted-string )
constexpr scanned_pair scan_pair(std::string_view text, std::size_t at) noexcept {
  const std::size_t name_end = find_outside(text, at, ascii::tchar);
  if (name_end == at) return {false, {}, 0, at};
  const std::size_t equals = find_outside(text, name_end, ascii::blank);
  if (equals == text.size() || text[equals] != '=') return {false, {}, 0, equals};
  const std::size_t value = find_outside(text, equals + 1, ascii::blank);
  std::size_t end = find_outside(text, value, ascii::tchar);
  if (end == value) {
    const scanned quoted = scan_quoted(text, value);
    if (quoted.size == 0) return {false, {}, 0, quoted.bad};
    end = value + quoted.size;
  }
  return {true, {text.substr(at, name_end - at), text.substr(value, end - value)}, end, 0};
}

/// Whether one of the pairs of `text`, which was accepted before, has the name.
constexpr bool has_pair(std::string_view text, char separator, std::string_view name) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == separator || ascii::is(text[at], ascii::blank)) {
      ++at;
      continue;
    }
    const scanned_pair found = scan_pair(text, at);
    if (!found.ok) return false;
    if (ascii::iequals(found.pair.name, name)) return true;
    at = found.end;
  }
  return false;
}

/// A set of names that may take a name for a member that is none, but never the other way round: spares
/// most readers looking through the text again.
class name_filter {
public:
  /// Whether the name, in either case, may have been added before. Adds it.
  constexpr bool add(std::string_view name) noexcept {
    const std::uint64_t mark = mark_of(name);
    const bool known = (seen_ & mark) != 0;
    seen_ |= mark;
    return known;
  }

private:
  std::uint64_t seen_ = 0;
};

} // namespace coax::inline v0_1::values::detail
