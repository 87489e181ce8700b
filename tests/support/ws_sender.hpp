// What the tests of WebSocket senders share: octets in hex, sources of keys, one interface to the writers of
// both roles, and a plain second reading of what they write.
#pragma once

#include <coax/websocket/writer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

namespace ws = coax::websocket;
using coax::role;

/// Octets from hex digits; spaces mean nothing.
inline std::string hex(std::string_view digits) {
  std::string out;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int value = c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
    if (high >= 0) out += static_cast<char>(static_cast<unsigned char>(high * 16 + value));
    high = high >= 0 ? -1 : value;
  }
  return out;
}

/// A source of keys that counts what is drawn and can be told to fail. It gives the key of the examples.
struct example_keys {
  unsigned draws = 0;
  std::size_t last_size = 0;
  bool fails = false;
  bool fill(std::span<char> out) noexcept {
    ++draws;
    last_size = out.size();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = "\x37\xfa\x21\x3d"[i & 3];
    return !fails;
  }
};

/// Keys that differ, the same in each run. For tests only.
struct generated_keys {
  std::mt19937 generator{7};
  unsigned draws = 0;
  bool fill(std::span<char> out) noexcept {
    ++draws;
    for (char &c : out) c = static_cast<char>(static_cast<unsigned char>(generator() & 0xFF));
    return true;
  }
};

/// A writer with its keys, called in the same way whether it is a client's or a server's.
template <role R, class Keys = example_keys> struct sender {
  ws::writer<R> w;
  Keys keys{};

  static constexpr bool client = R == role::client;
  using out_span = std::span<char>;
  using result = coax::written<ws::errc>;

  result text(std::string_view m, out_span out) noexcept {
    if constexpr (client)
      return w.text(m, keys, out);
    else
      return w.text(m, out);
  }
  result binary(std::string_view m, out_span out) noexcept {
    if constexpr (client)
      return w.binary(m, keys, out);
    else
      return w.binary(m, out);
  }
  result frame(ws::frame_kind kind, std::string_view m, out_span out) noexcept {
    if constexpr (client)
      return w.frame(kind, m, keys, out);
    else
      return w.frame(kind, m, out);
  }
  result begin(ws::frame_kind kind, std::uint64_t n, out_span out) noexcept {
    if constexpr (client)
      return w.begin(kind, n, keys, out);
    else
      return w.begin(kind, n, out);
  }
  result ping(std::string_view m, out_span out) noexcept {
    if constexpr (client)
      return w.ping(m, keys, out);
    else
      return w.ping(m, out);
  }
  result pong(std::string_view m, out_span out) noexcept {
    if constexpr (client)
      return w.pong(m, keys, out);
    else
      return w.pong(m, out);
  }
  result close(ws::close_code code, std::string_view reason, out_span out) noexcept {
    if constexpr (client)
      return w.close(code, reason, keys, out);
    else
      return w.close(code, reason, out);
  }
  result close(out_span out) noexcept {
    if constexpr (client)
      return w.close(keys, out);
    else
      return w.close(out);
  }
  result payload(std::string_view piece, out_span out) noexcept { return w.payload(piece, out); }

  /// The octets of the state.
  std::string state() const {
    std::string out(sizeof w, '\0');
    std::memcpy(out.data(), &w, sizeof w);
    return out;
  }
};

/// A frame as it is on the wire, its payload unmasked.
struct plain_frame {
  bool fin = false;
  unsigned rsv = 0, op = 0;
  bool masked = false;
  std::string key, payload;
};

/// Takes a stream of whole frames apart, octet by octet (RFC 6455 §5.2). Nothing if it ends inside a frame,
/// or a length is not in its shortest form.
inline std::optional<std::vector<plain_frame>> read_frames(std::string_view in) {
  std::vector<plain_frame> out;
  std::size_t at = 0;
  const auto octet = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(in[i])}; };
  while (at < in.size()) {
    if (in.size() - at < 2) return std::nullopt;
    plain_frame f;
    f.fin = octet(at) >= 128;
    f.rsv = static_cast<unsigned>(octet(at) / 16 % 8);
    f.op = static_cast<unsigned>(octet(at) % 16);
    f.masked = octet(at + 1) >= 128;
    std::uint64_t length = octet(at + 1) % 128;
    at += 2;
    const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (in.size() - at < wide + (f.masked ? 4 : 0)) return std::nullopt;
    if (wide != 0) length = 0;
    for (std::size_t i = 0; i < wide; ++i) length = length * 256 + octet(at++);
    if ((wide == 2 && length < 126) || (wide == 8 && length < 65536)) return std::nullopt;
    if (f.masked) f.key = in.substr(at, 4), at += 4;
    if (in.size() - at < length) return std::nullopt;
    f.payload = in.substr(at, static_cast<std::size_t>(length));
    at += static_cast<std::size_t>(length);
    if (f.masked)
      for (std::size_t i = 0; i < f.payload.size(); ++i)
        f.payload[i] = static_cast<char>(f.payload[i] ^ f.key[i % 4]);
    out.push_back(std::move(f));
  }
  return out;
}

/// What a peer is told: 't', 'b' with the message, 'T', 'B' for compressed ones, 'p' and 'q' for ping and
/// pong, 'c' for a Close with its body.
struct told {
  char what = 0;
  std::string payload;
  friend bool operator==(const told &, const told &) = default;
};

/// What the peer of a sender in role `from` is told, or nothing if the stream is not one that it may send, in
/// whatever way: masks, order of frames, reserved bits, control frames, Close bodies, data behind the Close,
/// text. `unfinished` is set to whether a message lacks its end.
inline std::optional<std::vector<told>> read_stream(std::string_view in, role from, bool deflate,
                                                    bool &unfinished) {
  const auto frames = read_frames(in);
  if (!frames) return std::nullopt;
  std::vector<told> out;
  told message;
  bool closed = false;
  for (const plain_frame &f : *frames) {
    if (f.masked != (from == role::client)) return std::nullopt;
    if (f.op >= 8) {
      if (f.op > 10 || !f.fin || f.rsv != 0 || f.payload.size() > 125) return std::nullopt;
      if (closed && f.op != 10) return std::nullopt;
      if (f.op == 8) {
        closed = true;
        if (f.payload.size() == 1) return std::nullopt;
        if (!f.payload.empty()) {
          const unsigned code =
              static_cast<unsigned char>(f.payload[0]) * 256u + static_cast<unsigned char>(f.payload[1]);
          const bool named = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
          if (!(named || (code >= 3000 && code < 5000)) || (code == 1010 && from == role::server) ||
              !ws::is_utf8(std::string_view(f.payload).substr(2)))
            return std::nullopt;
        }
      }
      out.push_back({f.op == 8 ? 'c' : f.op == 9 ? 'p' : 'q', f.payload});
      continue;
    }
    if (closed || f.op > 2 || (f.op == 0) != (message.what != 0)) return std::nullopt;
    if (f.rsv != 0 && (f.rsv != 4 || !deflate || f.op == 0)) return std::nullopt;
    if (f.op != 0) message = {f.op == 1 ? (f.rsv ? 'T' : 't') : (f.rsv ? 'B' : 'b'), {}};
    message.payload += f.payload;
    if (!f.fin) continue;
    if (message.what == 't' && !ws::is_utf8(message.payload)) return std::nullopt;
    out.push_back(message);
    message = {};
  }
  unfinished = message.what != 0;
  return out;
}

} // namespace coax_test
