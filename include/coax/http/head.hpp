// A parsed head: offsets to keep, views to read.
#pragma once

#include "field.hpp"
#include "method.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// Where the parts of a head lie. Trivially copyable and free of pointers: keep it as long as the head's
/// bytes are kept. Offsets count from the first byte of the start-line.
struct head_ref {
  std::uint16_t start = 0;  ///< bytes of skipped empty lines before the start-line
  std::uint16_t size = 0;   ///< from the start-line to the empty line and with it
  std::uint16_t fields = 0; ///< number of field lines
  std::uint16_t code = 0;   ///< status code; 0 in a request
  std::uint16_t text = 0;   ///< the target of a request, the reason phrase of a response: offset
  std::uint16_t text_size = 0;
  std::uint8_t method_size = 0;
  http::method method = http::method::other;
  std::uint8_t minor = 1; ///< minor version as received; above 1 behaves as 1
  framing_set framing{};  ///< which of the fields that frame a message there are
};
static_assert(std::is_trivially_copyable_v<head_ref> && sizeof(head_ref) == 16);

/// A request head. The views live as long as the bytes and the table they were made from.
struct request {
  http::method method = http::method::other;
  std::uint8_t minor = 1;
  std::string_view method_text{};
  std::string_view target{};
  http::fields fields{};
  std::uint16_t size = 0;                   ///< octets of the head
  framing_set framing = framing_set::any(); ///< which of the fields that frame a message there may be
};

/// A response head. The views live as long as the bytes and the table they were made from.
struct response {
  std::uint16_t code = 0;
  std::uint8_t minor = 1;
  std::string_view reason{};
  http::fields fields{};
  std::uint16_t size = 0;                   ///< octets of the head
  framing_set framing = framing_set::any(); ///< which of the fields that frame a message there may be
};

/// Views of a request head. `base` is the first byte of the input in which it was found (inbox::pinned()
/// for a pinned one); `table` the one its parser filled, not reused since.
constexpr request view_request(const head_ref &head, const char *base,
                               std::span<const field_ref> table) noexcept {
  const char *first = base + head.start;
  return {head.method,
          head.minor,
          {first, head.method_size},
          {first + head.text, head.text_size},
          {first, table.first(head.fields)},
          head.size,
          head.framing};
}

/// Views of a response head; see view_request().
constexpr response view_response(const head_ref &head, const char *base,
                                 std::span<const field_ref> table) noexcept {
  const char *first = base + head.start;
  return {head.code, head.minor,  {first + head.text, head.text_size}, {first, table.first(head.fields)},
          head.size, head.framing};
}

} // namespace coax::inline v0_1::http
