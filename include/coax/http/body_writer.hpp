// Bodies to be sent: how the content is framed, counted and ended (RFC 9112 §6 and §7).
#pragma once

#include "field_writer.hpp"
#include "framing.hpp"
#include "head.hpp"
#include "status_code.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// What a message is sent with: nothing, so many octets, or octets of a number that is not known yet. How
/// that is framed is for the connection to decide (RFC 9112 §6.1).
class content {
public:
  constexpr content() noexcept = default;
  static constexpr content none() noexcept { return {}; }
  /// Exactly `octets` octets.
  static constexpr content of(std::uint64_t octets) noexcept { return {kind::sized, octets}; }
  /// As many octets as come until send_end().
  static constexpr content streamed() noexcept { return {kind::streamed, 0}; }
  /// As a message that was received, for passing it on: streamed where it came chunked or until the close.
  static constexpr content as(const framing &received) noexcept {
    if (received.kind == body_kind::chunked || received.kind == body_kind::until_close) return streamed();
    return received.has_length ? of(received.length) : none();
  }
  /// The same for a response, of which some have no content whatever they declare (RFC 9110 §8.6).
  static constexpr content as(const response &r, const framing &received) noexcept {
    const bool never = is_informational(r.code) || r.code == 204 || received.kind == body_kind::tunnel;
    return never ? none() : as(received);
  }

  constexpr bool is_none() const noexcept { return kind_ == kind::none; }
  constexpr bool is_sized() const noexcept { return kind_ == kind::sized; }
  constexpr bool is_streamed() const noexcept { return kind_ == kind::streamed; }
  constexpr std::uint64_t size() const noexcept { return size_; }

private:
  enum class kind : std::uint8_t { none, sized, streamed };
  constexpr content(kind k, std::uint64_t n) noexcept : kind_(k), size_(n) {}

  kind kind_ = kind::none;
  std::uint64_t size_ = 0;
};

/// The bytes to send around a piece of payload, ready for a gathering write: prefix(), the payload, suffix.
/// The payload itself is never copied.
struct data_frame {
  errc ec =
      errc::ok; ///< ok; invalid_input for more than was declared; wrong_state. Nothing is to be sent then
  std::uint8_t prefix_size = 0;
  std::array<char, 18> prefix_bytes{}; ///< a chunk line
  std::string_view suffix{};           ///< a literal

  constexpr std::string_view prefix() const noexcept { return {prefix_bytes.data(), prefix_size}; }
  constexpr explicit operator bool() const noexcept { return ec == errc::ok; }
};

/// A trailer section to be sent behind the last chunk, written into a caller's span as it is built.
///
///     trailer_writer trailers(out);
///     trailers.field("X-Checksum", sum);
///     auto sent = server.send_end(trailers);
class trailer_writer : public field_writer {
public:
  constexpr explicit trailer_writer(std::span<char> out) noexcept : field_writer(out) {
    this->out().put("0\r\n");
  }

  /// Appends a field. Besides what no field line may hold, the names are refused that may not be trailers
  /// (RFC 9110 §6.5.1, see allowed_in_trailers()).
  constexpr trailer_writer &field(std::string_view name, std::string_view value) noexcept {
    if (!check(name, value)) return *this;
    if (allowed_in_trailers(to_field_id(name)))
      line(name, value);
    else
      refuse(element::field_name);
    return *this;
  }

  /// Number of fields.
  using field_writer::count;

private:
  friend class body_writer;
  /// The last chunk with the section, ended.
  constexpr written<errc> finish() const noexcept {
    if (ec() == errc::invalid_input) return {errc::invalid_input};
    bounded_writer end(room());
    end.put("\r\n");
    if (ec() != errc::ok || !end.fits()) return {errc::buffer_too_small, 0, required() + 2};
    return {errc::ok, required() + 2, required() + 2};
  }
};

/// Frames and counts the body of one message. http::server and http::client have one each; it can be used
/// alone.
class body_writer {
public:
  /// No body: complete.
  constexpr body_writer() noexcept = default;
  /// `kind`: none, length (then `octets` many), chunked or until_close.
  constexpr explicit body_writer(body_kind kind, std::uint64_t octets = 0) noexcept
      : kind_(kind), remaining_(kind == body_kind::length ? octets : 0),
        open_(kind == body_kind::chunked || kind == body_kind::until_close || remaining_ != 0) {}

  /// Announces `n` octets of payload, to be sent right away between the prefix and the suffix. 0 octets give
  /// an empty frame, as an empty chunk would end the body. invalid_input if that is more than was declared,
  /// wrong_state if the body has ended.
  constexpr data_frame data(std::uint64_t n) noexcept {
    if (const errc ec = check(n); ec != errc::ok) return {.ec = ec};
    count(n);
    return kind_ == body_kind::chunked && n != 0 ? chunk(n) : data_frame{};
  }

  /// Writes payload with its framing. The whole of it or nothing: buffer_too_small says how much it takes.
  constexpr written<errc> data(std::string_view payload, std::span<char> out) noexcept {
    if (const errc ec = check(payload.size()); ec != errc::ok) return {ec};
    bounded_writer w(out);
    if (kind_ == body_kind::chunked && !payload.empty()) {
      const data_frame frame = chunk(payload.size());
      const std::size_t size = frame.prefix().size() + payload.size() + frame.suffix.size();
      if (size > out.size()) return {errc::buffer_too_small, 0, size};
      w.put(frame.prefix()).put(payload).put(frame.suffix);
    } else {
      if (payload.size() > out.size()) return {errc::buffer_too_small, 0, payload.size()};
      w.put(payload);
    }
    count(payload.size());
    return {errc::ok, w.required(), w.required()};
  }

  /// Ends the body: writes the last chunk, or nothing where none is needed. body_too_short if less was sent
  /// than was declared, wrong_state if it has ended.
  constexpr written<errc> end(std::span<char> out) noexcept {
    if (!open_) return {errc::wrong_state};
    if (remaining_ != 0) return {errc::body_too_short};
    bounded_writer w(out);
    if (kind_ == body_kind::chunked) w.put("0\r\n\r\n");
    if (w.fits()) open_ = false;
    return w.finish(errc::buffer_too_small);
  }
  /// The same with a trailer section, which only a chunked body can have: else invalid_input, if it has
  /// fields.
  constexpr written<errc> end(const trailer_writer &trailers) noexcept {
    if (kind_ != body_kind::chunked) {
      if (trailers.count() != 0) return {errc::invalid_input}; // RFC 9110 §6.5.1
      return end(std::span<char>{});
    }
    if (!open_) return {errc::wrong_state};
    const written<errc> out = trailers.finish();
    if (out) open_ = false;
    return out;
  }

  /// Whether the body is complete: a declared length is so with its last octet.
  constexpr bool complete() const noexcept { return !open_; }
  constexpr body_kind kind() const noexcept { return kind_; }
  /// Octets still to be sent of a declared length.
  constexpr std::uint64_t remaining() const noexcept { return remaining_; }

private:
  constexpr errc check(std::uint64_t n) const noexcept {
    if (!open_) return errc::wrong_state;
    return kind_ == body_kind::length && n > remaining_ ? errc::invalid_input : errc::ok; // RFC 9110 §8.6
  }
  constexpr void count(std::uint64_t n) noexcept {
    if (kind_ != body_kind::length) return;
    remaining_ -= n;
    open_ = remaining_ != 0;
  }
  /// What a chunk of `n` octets stands between (RFC 9112 §7.1).
  static constexpr data_frame chunk(std::uint64_t n) noexcept {
    data_frame out;
    out.prefix_size = static_cast<std::uint8_t>((std::bit_width(n) + 3) / 4);
    for (std::size_t i = out.prefix_size; i-- != 0; n >>= 4) out.prefix_bytes[i] = "0123456789abcdef"[n & 15];
    for (const char c : {'\r', '\n'}) out.prefix_bytes[out.prefix_size++] = c;
    out.suffix = "\r\n";
    return out;
  }

  body_kind kind_ = body_kind::none;
  std::uint64_t remaining_ = 0;
  bool open_ = false;
};
static_assert(std::is_trivially_copyable_v<body_writer> && sizeof(body_writer) <= 24);

} // namespace coax::inline v0_1::http
