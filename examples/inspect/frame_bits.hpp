// The fields of a frame header as they lie there (RFC 6455 §5.2), whether or not anybody accepts them.
#pragma once

#include <coax/websocket/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inspect {

namespace websocket = coax::websocket;

/// For showing only: what is right, and where a frame ends, is the library's to say.
class frame_bits {
public:
  /// The header that `bytes` begins with, or as much of it as is there: at least one octet.
  explicit frame_bits(std::string_view bytes) noexcept : bytes_(bytes) {
    bytes_ = bytes_.substr(0, bytes_.size() < 2 ? 1 : size());
  }

  /// The octets of the header that are there.
  std::string_view bytes() const noexcept { return bytes_; }
  bool complete() const noexcept { return has_mask() && bytes_.size() == size(); }

  // the first octet
  bool fin() const noexcept { return octet(0) >= 0x80; }
  std::uint8_t rsv() const noexcept { return octet(0) >> 4 & 7; }
  websocket::opcode op() const noexcept { return static_cast<websocket::opcode>(octet(0) & 0xF); }

  // the second octet
  bool has_mask() const noexcept { return bytes_.size() >= 2; }
  bool masked() const noexcept { return octet(1) >= 0x80; }
  /// The length, or 126 or 127 for one that follows.
  std::uint8_t seven() const noexcept { return octet(1) & 0x7F; }
  /// Octets of the length that follows: 0, 2 or 8.
  std::size_t width() const noexcept { return seven() < 126 ? 0 : seven() == 126 ? 2 : 8; }
  /// Octets of the whole header.
  std::size_t size() const noexcept { return 2 + width() + (masked() ? 4 : 0); }

  // what follows
  std::string_view extended() const noexcept { return bytes_.substr(2, width()); }
  bool has_length() const noexcept { return has_mask() && extended().size() == width(); }
  std::uint64_t length() const noexcept;
  std::string_view key() const noexcept {
    return has_length() ? bytes_.substr(2 + width()) : std::string_view{};
  }

private:
  std::uint8_t octet(std::size_t i) const noexcept { return static_cast<unsigned char>(bytes_[i]); }

  std::string_view bytes_;
};

} // namespace inspect
