// permessage-deflate of one connection, by zlib: both engines, and the memory that they work in.
#pragma once

#include <coax/core/role.hpp>
#include <coax/websocket/deflate_offer.hpp>
#include <coax/websocket/deflater.hpp>
#include <coax/websocket/inflater.hpp>
#include <coax/zlib/compressor.hpp>
#include <coax/zlib/decompressor.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace net {

/// Reads the parameters of permessage-deflate as in an offer: "server_no_context_takeover;
/// client_max_window_bits=10". Nothing if they are none. Empty means none, so all have their defaults.
std::optional<coax::websocket::deflate_terms> parse_deflate_terms(std::string_view text);

class compression {
public:
  /// For what was agreed on, at the end `own`.
  compression(const coax::websocket::deflate_parameters &agreed, coax::role own);

  /// The next piece of the compressed message that `e` is a part of, in `buffer`. As long as there is more(),
  /// to be called again with the same event.
  coax::websocket::event inflate(const coax::websocket::limits &limits, const coax::websocket::event &e,
                                 std::span<char> buffer) noexcept {
    return inflater_.next(decompressor_, limits, e, buffer);
  }
  bool more() const noexcept { return inflater_.more(); }

  /// What is to be sent of a message, and has to be sent if it is ok. Valid until the next call, or
  /// release().
  coax::websocket::deflated deflate(coax::websocket::opcode op, std::string_view message);
  /// Frees what the last message took.
  void release() { scratch_ = {}; }

private:
  std::vector<char> decompressor_memory_, compressor_memory_, scratch_{};
  coax::zlib::decompressor decompressor_;
  coax::zlib::compressor compressor_;
  coax::websocket::inflater inflater_;
  coax::websocket::deflater deflater_;
};

} // namespace net
