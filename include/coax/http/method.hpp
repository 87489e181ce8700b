// Request methods (RFC 9110 §9).
#pragma once

#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

/// The registered methods that have a meaning to the codec or to most programs. Every other token is
/// `other`; its text is always at hand.
enum class method : std::uint8_t { other, get, head, post, put, delete_, connect, options, trace, patch };

/// The method named by `text`, compared case-sensitively (RFC 9110 §9.1).
constexpr method to_method(std::string_view text) noexcept {
  switch (text.size()) {
  case 3: return text == "GET" ? method::get : text == "PUT" ? method::put : method::other;
  case 4: return text == "POST" ? method::post : text == "HEAD" ? method::head : method::other;
  case 5: return text == "PATCH" ? method::patch : text == "TRACE" ? method::trace : method::other;
  case 6: return text == "DELETE" ? method::delete_ : method::other;
  case 7: return text == "OPTIONS" ? method::options : text == "CONNECT" ? method::connect : method::other;
  default: return method::other;
  }
}

/// The method's token; empty for `other`.
constexpr std::string_view name(method m) noexcept {
  constexpr std::string_view names[] = {"",       "GET",     "HEAD",    "POST",  "PUT",
                                        "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return names[static_cast<std::uint8_t>(m)];
}

/// Essentially read-only (RFC 9110 §9.2.1). Unknown methods are not.
constexpr bool is_safe(method m) noexcept {
  return m == method::get || m == method::head || m == method::options || m == method::trace;
}

/// Repeating it has the effect of doing it once (RFC 9110 §9.2.2). Unknown methods are not.
constexpr bool is_idempotent(method m) noexcept {
  return is_safe(m) || m == method::put || m == method::delete_;
}

} // namespace coax::inline v0_1::http
