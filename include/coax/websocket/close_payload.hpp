// What a Close frame carries: a code and a reason, or nothing (RFC 6455 §5.5.1).
#pragma once

#include "close_code.hpp"
#include "errc.hpp"
#include "utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::websocket {

/// What check_close_payload() found.
struct checked_close {
  errc ec = errc::ok;
  /// With an error: the offset in the payload of the octet that proves it.
  std::size_t at = 0;
  /// When ok, and two octets were there: the code. close_code::no_status for a payload of size 0.
  close_code code = close_code::none;
};

/// Judges the payload of a Close frame, unmasked, of which the first octets are in `there` and that is `size`
/// octets large as a whole. Fails at the first octet that proves an error, whether or not the others are
/// there:
///
/// - bad_close_payload: the size is 1, which the frame's header says already
/// - bad_close_code, at the code's second octet: a code that no peer may send, see may_receive()
/// - bad_close_reason: the reason is not UTF-8, or its last octet leaves a character unfinished
///
/// The reason begins behind the two octets of the code. Linear.
constexpr checked_close check_close_payload(std::string_view there, std::size_t size) noexcept {
  if (size == 0) return {.code = close_code::no_status};
  if (size == 1) return {.ec = errc::bad_close_payload};
  if (there.size() < 2) return {};
  const auto code = static_cast<close_code>(static_cast<unsigned char>(there[0]) << 8 |
                                            static_cast<unsigned char>(there[1]));
  if (!may_receive(code)) return {.ec = errc::bad_close_code, .at = 1};
  utf8_validator reason;
  const std::size_t bad = reason.add(there.substr(2));
  if (bad != utf8_validator::npos) return {.ec = errc::bad_close_reason, .at = 2 + bad};
  if (there.size() == size && !reason.complete()) return {.ec = errc::bad_close_reason, .at = size - 1};
  return {.code = code};
}

} // namespace coax::inline v0_1::websocket
