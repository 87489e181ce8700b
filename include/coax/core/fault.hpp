// Where in the input an error lies, and in which element of the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1 {

/// The element of a message, frame or URI that an error concerns.
enum class element : std::uint8_t {
  none,
  method,
  target,
  version,
  status_code,
  reason,
  field_name,
  field_value,
  chunk_size,
  chunk_extension,
  chunk_data,
  trailer_section,
  head,
  body,
  scheme,
  userinfo,
  host,
  port,
  path,
  query,
  fragment,
  frame_header,
  payload,
  close_payload,
};

/// The element's name in the words of the RFCs.
constexpr std::string_view name(element e) noexcept {
  constexpr std::string_view names[] = {
      "message",    "method",      "request-target", "HTTP-version",    "status-code", "reason-phrase",
      "field name", "field value", "chunk-size",     "chunk extension", "chunk data",  "trailer section",
      "head",       "body",        "scheme",         "userinfo",        "host",        "port",
      "path",       "query",       "fragment",       "frame header",    "payload",     "close payload",
  };
  static_assert(std::size(names) == static_cast<std::size_t>(element::close_payload) + 1);
  return names[static_cast<std::uint8_t>(e)];
}

/// The place of an error.
struct fault {
  /// Offset of the offending byte, counted from the first byte of the input passed to the call that
  /// failed. For a limit it is the first byte in excess; for something that is missing, the place where
  /// its absence became certain.
  std::uint32_t at = 0;
  element what = element::none;
  /// For field names and values: the number of the field line in its section, from 0.
  std::uint16_t index = 0;

  friend constexpr bool operator==(const fault &, const fault &) noexcept = default;
};
static_assert(sizeof(fault) == 8);

} // namespace coax::inline v0_1
