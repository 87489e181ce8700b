// A stream of frames through the library's reader, told in the words of read_stream().
#pragma once

#include <coax/websocket/reader.hpp>

#include "ws_sender.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

/// What the library tells the peer of a sender in role `from`, given the stream in pieces of `piece` octets,
/// up to the Close; nothing if it refuses the stream. `unfinished` is set to whether a message lacks its end.
inline std::optional<std::vector<told>> receive(std::string stream, role from, bool deflate,
                                                std::size_t piece, bool &unfinished) {
  const ws::limits limits;
  ws::reader reader(from == role::client ? role::server : role::client, {.deflate = deflate});
  std::vector<told> out;
  std::string message;
  std::size_t at = 0, there = 0;
  while (true) {
    const std::span<char> in = std::span(stream).subspan(at, there - at);
    const ws::event e = reader.next(limits, in);
    at += e.consumed;
    const std::string payload(e.payload.data(), e.payload.size());
    switch (e.kind) {
    case ws::event_kind::failed: return std::nullopt;
    case ws::event_kind::closed: unfinished = false; return out;
    case ws::event_kind::need_more:
      if (there == stream.size()) {
        unfinished = reader.in_message();
        return out;
      }
      there += std::min(piece, stream.size() - there);
      break;
    case ws::event_kind::text:
    case ws::event_kind::binary:
      if (e.first) message.clear();
      message += payload;
      if (e.last) {
        const bool text = e.kind == ws::event_kind::text;
        out.push_back({text ? (e.compressed ? 'T' : 't') : (e.compressed ? 'B' : 'b'), message});
      }
      break;
    case ws::event_kind::ping: out.push_back({'p', payload}); break;
    case ws::event_kind::pong: out.push_back({'q', payload}); break;
    case ws::event_kind::close: {
      std::string body;
      if (e.code != ws::close_code::no_status) {
        body += static_cast<char>(static_cast<unsigned>(e.code) >> 8);
        body += static_cast<char>(static_cast<unsigned>(e.code) & 0xFF);
      }
      out.push_back({'c', body + payload});
      break;
    }
    }
  }
}

/// What was told up to the Close: a reader looks at nothing behind it.
inline std::vector<told> until_close(std::vector<told> all) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].what == 'c') all.resize(i + 1);
  return all;
}

} // namespace coax_test
