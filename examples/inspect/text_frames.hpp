// The rows of frames: each header field by field, the payload, and what it comes to.
#pragma once

#include "listing.hpp"
#include "sink.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace inspect {

class text_frames {
public:
  explicit text_frames(listing &rows) noexcept : rows_(rows) {}

  void frame(const frame_head &head);
  void payload(std::uint64_t offset, std::string_view octets, std::uint64_t size);
  void message(const whole_message &what);
  void control(const control_frame &what);
  /// The input ends inside this header.
  void unfinished(std::uint64_t offset, std::string_view header);

  /// What came of it when the input ends in `state`.
  std::string about_eof(end_state state) const;
  /// One more remark about an error, or nothing.
  std::string_view hint(const frame_failure &what) const;
  /// Whether a Close frame came.
  bool closed() const noexcept { return closed_; }

private:
  std::string title(const frame_bits &bits) const;
  void list(const frame_head &head);
  void list_first_octet(const frame_head &head);
  void list_length(std::uint64_t offset, const frame_bits &bits);
  void list_close(const control_frame &what);
  std::string number() const { return "message " + std::to_string(messages_ + 1); }
  std::string so_far() const;

  listing &rows_;
  std::uint64_t messages_ = 0, pings_ = 0, pongs_ = 0; // complete ones
  bool closed_ = false;

  // the message at hand
  std::uint64_t frames_ = 0, size_ = 0; // octets that its frames announced
  bool compressed_ = false;

  // the frame at hand
  websocket::opcode op_{};
  bool in_header_ = false; // its header is unfinished
  bool rsv1_ = false;      // it has this bit only, and begins a message
  std::uint64_t payload_at_ = 0, length_ = 0, got_ = 0;
};

} // namespace inspect
