// Compressed messages, inflated octet by octet.
#pragma once

#include <coax/websocket/inflater.hpp>
#include <coax/websocket/limits.hpp>
#include <coax/zlib/decompressor.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace inspect {

namespace websocket = coax::websocket;

class inflation {
public:
  /// `agreed` has permessage-deflate; `own` is the end that receives the messages.
  inflation(const websocket::deflate_parameters &agreed, coax::role own);

  struct result {
    websocket::errc ec = websocket::errc::ok;
    /// With an error: the octet of the piece that proves it; or its size, if it is what is missing behind the
    /// message's last octet.
    std::size_t at = 0;
  };
  /// Inflates a piece of a compressed message and appends what comes of it to `out`. The octets go in one by
  /// one: so what comes out in front of an error, and where that is, does not depend on the pieces.
  result add(const websocket::limits &lim, const websocket::event &piece, std::string &out);

private:
  std::vector<char> memory_;
  coax::zlib::decompressor engine_;
  websocket::inflater inflater_;
  std::array<char, 4096> buffer_{};
};

} // namespace inspect
