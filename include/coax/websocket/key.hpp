// Sec-WebSocket-Key and the Sec-WebSocket-Accept that answers it (RFC 6455 §4.1, §4.2.2).
#pragma once

#include "../core/base64.hpp"
#include "../core/plain_text.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// The 16 octets that a client draws at random for each attempt (RFC 6455 §4.1 item 7).
using nonce = std::array<char, 16>;
/// The text of a Sec-WebSocket-Key: base64 of a nonce.
using key_text = std::array<char, 24>;
/// The text of a Sec-WebSocket-Accept: base64 of a SHA-1.
using accept_text = std::array<char, 28>;

/// What computes SHA-1 (FIPS 180-4): a function or function object, such as coax::openssl::sha1. All zeros
/// say that it could not; such a digest is never sent and never accepted. Nothing here rests on the strength
/// of SHA-1 (RFC 6455 §10.8).
template <class H>
concept sha1 = requires(H &h, std::span<const char> message) {
  { h(message) }
  noexcept->std::same_as<std::array<char, 20>>;
};

/// What is appended to a key before it is hashed (RFC 6455 §1.3).
inline constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The key for a nonce.
constexpr key_text make_key(const nonce &n) noexcept {
  key_text text{};
  write_base64({n.data(), n.size()}, text.data());
  return text;
}

/// Whether `text` is base64 of 16 octets. The four bits of the last digit that stand for nothing may be set:
/// the key is hashed as text and never decoded.
constexpr bool is_key(std::string_view text) noexcept {
  if (text.size() != key_text{}.size() || !text.ends_with("==")) return false;
  const std::string_view digits = text.substr(0, 22);
  if (is_plainly_base64(digits)) return true;
  for (const char c : digits)
    if (coax::detail::base64_values[static_cast<unsigned char>(c)] == 64) return false;
  return true;
}

/// The answer to a key: base64 of the SHA-1 of its text and accept_guid. All NUL if `hash` could not do it.
template <sha1 H> constexpr accept_text make_accept(const key_text &key, H &&hash) noexcept {
  std::array<char, 24 + accept_guid.size()> message{};
  std::copy(accept_guid.begin(), accept_guid.end(), std::copy(key.begin(), key.end(), message.begin()));
  const std::array<char, 20> digest = hash(std::span<const char>(message));
  accept_text text{};
  if (digest == std::array<char, 20>{}) return text;
  write_base64({digest.data(), digest.size()}, text.data());
  return text;
}

} // namespace coax::inline v0_1::websocket
