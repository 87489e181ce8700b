// Status codes (RFC 9110 §15).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace coax::inline v0_1::http {

/// The class of a status code: its first digit.
enum class status_class : std::uint8_t {
  informational = 1,
  successful = 2,
  redirection = 3,
  client_error = 4,
  server_error = 5,
};

/// The class of `code`. Codes outside 100 to 599 are handled as a 5xx (RFC 9110 §15).
constexpr status_class class_of(std::uint16_t code) noexcept {
  return code < 100 || code > 599 ? status_class::server_error : static_cast<status_class>(code / 100);
}

/// The registered reason phrase of `code`, or empty when the code is not recognised.
constexpr std::string_view reason_phrase(std::uint16_t code) noexcept {
  switch (code) {
  case 100: return "Continue";
  case 101: return "Switching Protocols";
  case 102: return "Processing";
  case 103: return "Early Hints";
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 203: return "Non-Authoritative Information";
  case 204: return "No Content";
  case 205: return "Reset Content";
  case 206: return "Partial Content";
  case 207: return "Multi-Status";
  case 208: return "Already Reported";
  case 226: return "IM Used";
  case 300: return "Multiple Choices";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 303: return "See Other";
  case 304: return "Not Modified";
  case 305: return "Use Proxy";
  case 307: return "Temporary Redirect";
  case 308: return "Permanent Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 402: return "Payment Required";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 406: return "Not Acceptable";
  case 407: return "Proxy Authentication Required";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 411: return "Length Required";
  case 412: return "Precondition Failed";
  case 413: return "Content Too Large";
  case 414: return "URI Too Long";
  case 415: return "Unsupported Media Type";
  case 416: return "Range Not Satisfiable";
  case 417: return "Expectation Failed";
  case 421: return "Misdirected Request";
  case 422: return "Unprocessable Content";
  case 423: return "Locked";
  case 424: return "Failed Dependency";
  case 425: return "Too Early";
  case 426: return "Upgrade Required";
  case 428: return "Precondition Required";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 451: return "Unavailable For Legal Reasons";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  case 505: return "HTTP Version Not Supported";
  case 506: return "Variant Also Negotiates";
  case 507: return "Insufficient Storage";
  case 508: return "Loop Detected";
  case 511: return "Network Authentication Required";
  default: return {};
  }
}

/// Whether the code is a registered one. A response with an unrecognised code must not be cached
/// (RFC 2616 §6.1.1).
constexpr bool is_recognized(std::uint16_t code) noexcept { return !reason_phrase(code).empty(); }

/// The code to act on: the code itself when recognised, else x00 of its class (RFC 9110 §15).
constexpr std::uint16_t effective_code(std::uint16_t code) noexcept {
  return is_recognized(code) ? code
                             : static_cast<std::uint16_t>(static_cast<std::uint16_t>(class_of(code)) * 100);
}

/// Whether a cache may store the response without explicit freshness information (RFC 9110 §15.1).
constexpr bool is_heuristically_cacheable(std::uint16_t code) noexcept {
  for (std::uint16_t cacheable :
       std::initializer_list<std::uint16_t>{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
    if (code == cacheable) return true;
  return false;
}

/// 1xx: a head that precedes the final response. 101 is the exception that ends HTTP.
constexpr bool is_informational(std::uint16_t code) noexcept { return code >= 100 && code <= 199; }

} // namespace coax::inline v0_1::http
