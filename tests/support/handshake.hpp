// The two ends of an opening handshake, in bytes: for the tests of both.
#pragma once

#include "allocations.hpp"
#include "catch.hpp"
#include "guarded.hpp"
#include "sha1.hpp"

#include <coax/http.hpp>
#include <coax/websocket/handshake_client.hpp>
#include <coax/websocket/handshake_server.hpp>
#include <coax/websocket/session.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

/// The example of RFC 6455 §1.2, as the requirements write it.
inline constexpr std::string_view sample_request = "GET /chat HTTP/1.1\r\n"
                                                   "Host: server.example.com\r\n"
                                                   "Upgrade: websocket\r\n"
                                                   "Connection: Upgrade\r\n"
                                                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                                   "Sec-WebSocket-Version: 13\r\n"
                                                   "\r\n";
inline constexpr std::string_view sample_response = "HTTP/1.1 101 Switching Protocols\r\n"
                                                    "Upgrade: websocket\r\n"
                                                    "Connection: Upgrade\r\n"
                                                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                                    "\r\n";
inline constexpr coax::websocket::nonce sample_nonce = {'t', 'h', 'e', ' ', 's', 'a', 'm', 'p',
                                                        'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'};

/// `text` with what begins with `from` on a line of its own replaced by `to`, or `to` appended to the fields.
inline std::string with_line(std::string_view text, std::string_view name, std::string_view line) {
  std::string out(text);
  const std::size_t at = name.empty() ? std::string::npos : out.find("\r\n" + std::string(name) + ":");
  if (at == std::string::npos) return out.insert(out.size() - 2, std::string(line));
  return out.replace(at + 2, out.find("\r\n", at + 2) - at - 2, std::string(line));
}
/// The sample with further field lines, each with its CR LF, or with one of its lines replaced.
inline std::string request_with(std::string_view lines) { return with_line(sample_request, "", lines); }
inline std::string request_with(std::string_view name, std::string_view line) {
  return with_line(sample_request, name, line);
}
inline std::string response_with(std::string_view lines) { return with_line(sample_response, "", lines); }
inline std::string response_with(std::string_view name, std::string_view line) {
  return with_line(sample_response, name, line);
}

/// A server that has received a request head, with what is needed to answer it.
struct asked_server {
  explicit asked_server(std::string_view head, const coax::http::leniency &len = coax::http::strict)
      : bytes(memory.place(head)) {
    event = http.next({table, coax::http::default_limits, len}, text());
    if (event.kind != coax::http::event_kind::request) return;
    const std::size_t before = allocations();
    offer = coax::websocket::read_offer(coax::http::view_request(event.head, bytes.data(), table));
    CHECK(allocations() == before);
  }
  asked_server(const asked_server &) = delete;
  asked_server &operator=(const asked_server &) = delete;

  std::string_view text() const { return {bytes.data(), bytes.size()}; }
  bool has_request() const { return event.kind == coax::http::event_kind::request; }

  /// What accept() writes, "refused" where it may not; tries every span that is too small.
  std::string accept(const coax::websocket::choice &c = {}) {
    return write([&](coax::http::server &s, std::span<char> out) {
      return coax::websocket::accept(s, offer, c, sha1{}, out);
    });
  }
  std::string refuse(std::uint16_t status, std::span<const coax::http::field> extra = {}) {
    return write([&](coax::http::server &s, std::span<char> out) {
      return coax::websocket::refuse(s, offer, status, out, extra);
    });
  }

  guarded memory{1 << 17};
  std::span<char> bytes;
  std::array<coax::http::field_ref, 128> table{};
  coax::http::server http{};
  coax::http::event event{};
  coax::websocket::offer offer{};

private:
  template <class Call> std::string write(Call call) {
    using coax::http::errc;
    coax::http::server probe = http;
    std::string large(70000, '\xEE');
    const auto whole = call(probe, std::span<char>(large));
    if (!whole) {
      CHECK(whole.size == 0);
      CHECK(probe.sending() == http.sending());
      if (whole.ec == errc::invalid_input) return "refused";
      return std::string(coax::http::name(whole.ec));
    }
    for (std::size_t size = 0; size < whole.size; size += size + 64 < whole.size ? 7 : 1) {
      std::string small(size, '\xEE');
      const auto w = call(http, std::span<char>(small));
      if (w.ec != errc::buffer_too_small || w.required != whole.size) {
        CHECK(w.ec == errc::buffer_too_small);
        CHECK(w.required == whole.size);
      }
    }
    std::string exact(whole.size, '\xEE');
    const std::size_t before = allocations();
    CHECK(call(http, std::span<char>(exact)).size == whole.size);
    CHECK(allocations() == before);
    CHECK(exact == large.substr(0, whole.size));
    return exact;
  }
};

/// What becomes of a request: "ok", or the error and the suggested status; what HTTP refuses, with its
/// status.
inline std::string judge_request(std::string_view head) {
  const asked_server s(head);
  if (!s.has_request()) return "HTTP " + std::to_string(coax::http::suggested_status(s.event.ec));
  if (s.offer.verdict == coax::websocket::verdict::not_an_upgrade) {
    CHECK(s.offer.ec == coax::websocket::errc::not_websocket);
    return "no upgrade";
  }
  CHECK((s.offer.verdict == coax::websocket::verdict::acceptable) ==
        (s.offer.ec == coax::websocket::errc::ok));
  if (s.offer.ec == coax::websocket::errc::ok) return "ok";
  CHECK(s.offer.suggested_status == coax::websocket::suggested_status(s.offer.ec));
  CHECK(s.offer.why.at < s.event.head.size);
  return std::string(name(s.offer.ec)) + " " + std::to_string(s.offer.suggested_status);
}

} // namespace coax_test
