// Frames for the tests of coax-inspect, and what it tells about them.
#pragma once

#include "inspect/look.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace coax_test {

inline const inspect::settings client{.kind = direction::request, .websocket = true};
inline const inspect::settings server{.kind = direction::response, .websocket = true};
inline const inspect::settings upgraded_requests{.kind = direction::request, .upgrade = true};
inline const inspect::settings upgraded_responses{.kind = direction::response, .upgrade = true};

/// What is told about `input`, the same for pieces of every size, however the tool and the library get them.
inline report tell(const inspect::settings &how, std::string_view input, form as = form::json) {
  report whole = look(how, input, as);
  for (std::size_t size = 1; size < input.size(); size += 1 + size / 64) {
    inspect::settings cut = how;
    cut.chunk = size;
    CAPTURE(size);
    CHECK(look(cut, input, as) == whole);
    CHECK(look(how, input, as, size) == whole);
  }
  return whole;
}

/// Lines of JSON, each without its line end.
inline std::string lines(std::initializer_list<std::string_view> all) {
  std::string out;
  for (const std::string_view line : all) {
    out += line;
    out += '\n';
  }
  return out;
}

/// A client's frame: the first octets of its header, the key 37 fa 21 3d, and `payload` masked with it.
inline std::string masked(std::string_view header, std::string_view payload) {
  constexpr std::string_view key = "\x37\xfa\x21\x3d";
  std::string out(header);
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ static_cast<unsigned char>(key[i % 4]));
  return out;
}

inline const std::string offer =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
inline const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

inline std::string offering(std::string_view extensions) {
  return offer.substr(0, offer.size() - 2) + "Sec-WebSocket-Extensions: " + std::string(extensions) +
         "\r\n\r\n";
}
inline std::string agreeing(std::string_view extensions) {
  return agreed.substr(0, agreed.size() - 2) + "Sec-WebSocket-Extensions: " + std::string(extensions) +
         "\r\n\r\n";
}

} // namespace coax_test
