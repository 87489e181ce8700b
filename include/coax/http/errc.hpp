// Everything that can be wrong with an HTTP message, with what to say about it and what to answer.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

enum class errc : std::uint8_t {
  ok,

  // start-line
  bad_start_line,
  bad_method,
  bad_target,
  bad_version,
  unsupported_version,
  bad_status_line,

  // lines and fields
  bad_line_ending,
  leading_whitespace,
  obs_fold,
  bad_field_name,
  space_before_colon,
  bad_field_value,

  // Host
  missing_host,
  multiple_host,
  bad_host,

  // framing
  bad_content_length,
  conflicting_content_length,
  length_and_transfer_encoding,
  bad_transfer_encoding,
  transfer_encoding_in_http10,
  unsupported_transfer_coding,
  bad_framing,

  // chunked coding
  bad_chunk_size,
  chunk_size_overflow,
  bad_chunk_terminator,
  bad_chunk_extension,
  forbidden_trailer,

  // limits
  method_too_long,
  target_too_long,
  field_too_long,
  too_many_fields,
  head_too_large,
  chunk_extension_too_large,
  chunk_overhead,
  trailers_too_large,
  body_too_large,

  // the course of the connection
  incomplete,
  unexpected_upgrade,
  unexpected_data,
  too_many_interim,
  timed_out,

  // sending: nothing was written
  invalid_input,
  body_too_short,
  wrong_state,

  // helpers on field values; no error of the message
  duplicate_field,
  buffer_too_small,
};

namespace detail {

struct errc_info {
  errc code;
  std::string_view name, message, section;
  std::uint16_t status;
};

inline constexpr errc_info errc_table[] = {
    {errc::ok, "ok", "no error", "", 0},
    {errc::bad_start_line, "bad_start_line",
     "not a request-line: method, SP, request-target, SP, HTTP-version", "9112 3", 400},
    {errc::bad_method, "bad_method", "the method holds a byte that no token may hold", "9110 9.1", 400},
    {errc::bad_target, "bad_target", "the request-target has none of the four forms, or a byte outside them",
     "9112 3.2", 400},
    {errc::bad_version, "bad_version", "the HTTP-version is not HTTP, slash, digit, dot, digit", "9112 2.3",
     400},
    {errc::unsupported_version, "unsupported_version", "the major version is not 1", "9110 15.6.6", 505},
    {errc::bad_status_line, "bad_status_line",
     "not a status-line: HTTP-version, SP, three digits, SP, reason", "9112 4", 502},
    {errc::bad_line_ending, "bad_line_ending", "a line ends in CR LF; this CR or LF stands alone", "9112 2.2",
     400},
    {errc::leading_whitespace, "leading_whitespace", "whitespace between the start-line and the first field",
     "9112 2.2", 400},
    {errc::obs_fold, "obs_fold", "the line continues the field value before it (obsolete line folding)",
     "9112 5.2", 400},
    {errc::bad_field_name, "bad_field_name", "a field line is a token, a colon and a value", "9112 5", 400},
    {errc::space_before_colon, "space_before_colon", "whitespace between field name and colon", "9112 5.1",
     400},
    {errc::bad_field_value, "bad_field_value", "the field value holds a control character", "9110 5.5", 400},
    {errc::missing_host, "missing_host", "an HTTP/1.1 request has to carry a Host field", "9112 3.2", 400},
    {errc::multiple_host, "multiple_host", "more than one Host field", "9112 3.2", 400},
    {errc::bad_host, "bad_host", "the Host field is not a host with an optional port", "9110 7.2", 400},
    {errc::bad_content_length, "bad_content_length", "Content-Length is not one number of decimal digits",
     "9112 6.3", 400},
    {errc::conflicting_content_length, "conflicting_content_length", "Content-Length is given more than once",
     "9112 6.3", 400},
    {errc::length_and_transfer_encoding, "length_and_transfer_encoding",
     "Content-Length and Transfer-Encoding in one message", "9112 6.3", 400},
    {errc::bad_transfer_encoding, "bad_transfer_encoding",
     "Transfer-Encoding is malformed or does not apply chunked once and last", "9112 6.1", 400},
    {errc::transfer_encoding_in_http10, "transfer_encoding_in_http10",
     "Transfer-Encoding in an HTTP/1.0 message", "9112 6.1", 400},
    {errc::unsupported_transfer_coding, "unsupported_transfer_coding", "a transfer coding other than chunked",
     "9112 6.1", 501},
    {errc::bad_framing, "bad_framing", "this request may not have content", "9110 9.3", 400},
    {errc::bad_chunk_size, "bad_chunk_size",
     "chunk-size is one to sixteen hexadecimal digits and nothing else", "9112 7.1", 400},
    {errc::chunk_size_overflow, "chunk_size_overflow", "chunk-size has more than sixteen digits", "9112 7.1",
     400},
    {errc::bad_chunk_terminator, "bad_chunk_terminator", "chunk data has to be followed by CR LF", "9112 7.1",
     400},
    {errc::bad_chunk_extension, "bad_chunk_extension", "malformed chunk extension", "9112 7.1.1", 400},
    {errc::forbidden_trailer, "forbidden_trailer", "this field is not allowed in a trailer section",
     "9110 6.5.1", 400},
    {errc::method_too_long, "method_too_long", "the method is longer than the limit", "9112 3", 501},
    {errc::target_too_long, "target_too_long", "the request-line is longer than the limit", "9112 3", 414},
    {errc::field_too_long, "field_too_long", "the field line is longer than the limit", "9110 5.4", 431},
    {errc::too_many_fields, "too_many_fields", "more fields than the limit", "9110 5.4", 431},
    {errc::head_too_large, "head_too_large", "the head is larger than the limit", "9110 5.4", 431},
    {errc::chunk_extension_too_large, "chunk_extension_too_large", "chunk extensions larger than the limit",
     "9112 7.1.1", 400},
    {errc::chunk_overhead, "chunk_overhead", "too much chunk framing for too little payload", "9110 17.5",
     400},
    {errc::trailers_too_large, "trailers_too_large", "the trailer section is larger than the limit",
     "9110 5.4", 431},
    {errc::body_too_large, "body_too_large", "the body is larger than the limit", "9110 15.5.14", 413},
    {errc::incomplete, "incomplete", "the input ended inside a message", "9112 8", 400},
    {errc::unexpected_upgrade, "unexpected_upgrade", "101 without the protocol that is switched to",
     "9110 7.8", 0},
    {errc::unexpected_data, "unexpected_data", "data from the server where no response is due", "9112 9.2",
     0},
    {errc::too_many_interim, "too_many_interim", "more interim responses to one request than the limit",
     "9110 15.2", 0},
    {errc::timed_out, "timed_out", "the peer took too long", "9110 15.5.9", 408},
    {errc::invalid_input, "invalid_input", "what was to be sent would make no valid message", "9112 11.1", 0},
    {errc::body_too_short, "body_too_short", "the body was ended before its declared length", "9110 8.6", 0},
    {errc::wrong_state, "wrong_state", "the state of the connection does not permit this", "", 0},
    {errc::duplicate_field, "duplicate_field", "more than one line of a field that may occur once",
     "9110 5.3", 400},
    {errc::buffer_too_small, "buffer_too_small", "the output does not fit into the span", "", 0},
};

constexpr bool errc_table_is_in_order() noexcept {
  std::size_t i = 0;
  for (const auto &row : errc_table)
    if (static_cast<std::size_t>(row.code) != i++) return false;
  return i == static_cast<std::size_t>(errc::buffer_too_small) + 1;
}
static_assert(errc_table_is_in_order());

constexpr const errc_info &info(errc e) noexcept { return errc_table[static_cast<std::size_t>(e)]; }

} // namespace detail

/// The stable name of an error: its enumerator.
constexpr std::string_view name(errc e) noexcept { return detail::info(e).name; }

/// One sentence for people.
constexpr std::string_view message(errc e) noexcept { return detail::info(e).message; }

/// The section whose rule was broken, as RFC number and section ("9112 6.3"), or empty.
constexpr std::string_view section(errc e) noexcept { return detail::info(e).section; }

/// The status that a server may answer a broken request with before it closes the connection; 0 where no
/// answer is due. A gateway that met the error in a response answers 502.
constexpr std::uint16_t suggested_status(errc e) noexcept { return detail::info(e).status; }

} // namespace coax::inline v0_1::http
