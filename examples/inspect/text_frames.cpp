#include "text_frames.hpp"

#include "words.hpp"

namespace inspect {

namespace {

using websocket::event_kind;

/// The bits of an octet from the one with the value `high` down to that with `low`, in their places; dots
/// stand for the others: "1... ....".
std::string places(unsigned octet, unsigned high, unsigned low) {
  std::string out;
  for (unsigned bit = 0x80; bit != 0; bit >>= 1) {
    if (bit == 0x08) out += ' ';
    out += bit > high || bit < low ? '.' : (octet & bit) != 0 ? '1' : '0';
  }
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += digits[byte >> 4];
    out += digits[byte & 0xF];
  }
  return out;
}

std::string about_rsv(const frame_head &head) {
  if (head.compressed) return "RSV1: the message is compressed";
  std::string out;
  for (unsigned i = 0; i < 3; ++i)
    if ((head.bits.rsv() & websocket::rsv1 >> i) != 0)
      out += (out.empty() ? "RSV" : ", RSV") + std::to_string(i + 1);
  return out.empty() ? "none is set" : out;
}

/// "2.5 times as much".
std::string ratio(std::uint64_t inflated, std::uint64_t sent) {
  const std::uint64_t tenths = (inflated * 10 + sent / 2) / sent;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " times as much";
}

std::string_view about_fin(const frame_bits &bits) {
  if (websocket::is_control(bits.op())) return bits.fin() ? "" : "not set";
  return bits.fin() ? "the message ends here" : "the message goes on";
}

} // namespace

void text_frames::frame(const frame_head &head) {
  if (websocket::is_data(head.bits.op()) && !websocket::is_reserved(head.bits.op())) {
    if (websocket::begins_message(head.bits.op())) {
      frames_ = size_ = 0;
      compressed_ = head.compressed;
    }
    ++frames_;
  }
  op_ = head.bits.op();
  rsv1_ = head.bits.rsv() == websocket::rsv1 && websocket::begins_message(op_);
  list(head);
  if (!head.bits.complete()) return;
  payload_at_ = head.offset + head.bits.size();
  length_ = head.bits.length();
  got_ = 0;
  if (websocket::is_data(head.bits.op())) size_ += length_;
}

void text_frames::payload(std::uint64_t offset, std::string_view octets, std::uint64_t size) {
  got_ = size;
  std::string meaning =
      size == length_ ? inspect::octets(size) : std::to_string(size) + " of " + inspect::octets(length_);
  if (compressed_ && websocket::is_data(op_)) meaning += ", compressed";
  rows_.row(offset, octets, "payload", meaning);
}

void text_frames::message(const whole_message &what) {
  const std::uint64_t end = payload_at_ + length_;
  if (what.compressed)
    rows_.row(end, what.data, "inflated", octets(what.data.size()) + ", " + ratio(what.data.size(), size_));
  std::string meaning = number() + ": " + octets(what.data.size());
  if (frames_ != 1) meaning += " in " + count(frames_, "frame");
  rows_.row(end, "", "end", meaning);
  ++messages_;
  frames_ = 0;
}

void text_frames::control(const control_frame &what) {
  switch (what.kind) {
  case event_kind::ping: ++pings_; return;
  case event_kind::pong: ++pongs_; return;
  default: return list_close(what);
  }
}

void text_frames::list_close(const control_frame &what) {
  closed_ = true;
  if (length_ == 0) return rows_.remark("code", "none is given", tone::element);
  const auto code = static_cast<std::uint16_t>(what.code);
  const char bytes[] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  std::string meaning = std::to_string(code);
  if (!websocket::name(what.code).empty()) meaning += ", " + std::string(websocket::name(what.code));
  rows_.row(payload_at_, hex({bytes, 2}), "code", meaning);
  if (!what.payload.empty()) rows_.row(payload_at_ + 2, what.payload, "reason", octets(what.payload.size()));
}

void text_frames::unfinished(std::uint64_t offset, std::string_view header) {
  in_header_ = true;
  list({offset, frame_bits(header)});
}

std::string_view text_frames::hint(const frame_failure &what) const {
  if (what.code != websocket::errc::reserved_bits || !rsv1_) return {};
  return "RSV1 marks a compressed message, where the handshake agreed on that: see --deflate";
}

std::string text_frames::title(const frame_bits &bits) const {
  if (websocket::is_reserved(bits.op())) return "frame";
  if (websocket::is_control(bits.op())) return std::string(websocket::name(bits.op()));
  if (websocket::begins_message(bits.op())) return number() + ": " + std::string(websocket::name(bits.op()));
  return number() + ", frame " + std::to_string(frames_);
}

void text_frames::list(const frame_head &head) {
  const frame_bits &bits = head.bits;
  rows_.heading(title(bits));
  list_first_octet(head);
  if (!bits.has_mask()) return;
  const unsigned second = static_cast<unsigned char>(bits.bytes()[1]);
  rows_.row(head.offset + 1, places(second, 0x80, 0x80), "MASK", bits.masked() ? "masked" : "not masked");
  list_length(head.offset, bits);
  if (!bits.key().empty())
    rows_.row(head.offset + 2 + bits.width(), hex(bits.key()), "masking key",
              bits.complete() ? "" : "unfinished");
}

void text_frames::list_first_octet(const frame_head &head) {
  const unsigned first = static_cast<unsigned char>(head.bits.bytes()[0]);
  const websocket::opcode op = head.bits.op();
  rows_.row(head.offset, places(first, 0x80, 0x80), "FIN", about_fin(head.bits));
  rows_.row(head.offset, places(first, 0x40, 0x10), "RSV", about_rsv(head));
  rows_.row(head.offset, places(first, 0x08, 0x01), "opcode",
            std::to_string(static_cast<unsigned>(op)) + ", " + std::string(websocket::name(op)));
}

void text_frames::list_length(std::uint64_t offset, const frame_bits &bits) {
  const unsigned second = static_cast<unsigned char>(bits.bytes()[1]);
  rows_.row(offset + 1, places(second, 0x40, 0x01), "length",
            bits.width() == 0
                ? octets(bits.length())
                : std::to_string(bits.seven()) + ": " + count(bits.width() * 8, "bit") + " follow");
  if (bits.extended().empty()) return;
  rows_.row(offset + 2, hex(bits.extended()), "length",
            bits.has_length() ? octets(bits.length()) : "unfinished");
}

std::string text_frames::so_far() const {
  std::string out = count(messages_, "message");
  if (pings_ != 0) out += ", " + count(pings_, "ping");
  if (pongs_ != 0) out += ", " + count(pongs_, "pong");
  return out;
}

std::string text_frames::about_eof(end_state state) const {
  switch (state) {
  case end_state::open: return so_far() + ", no Close frame";
  case end_state::message: return "incomplete: " + number() + " goes on in a frame that is missing";
  case end_state::frame: break;
  default: return so_far() + ", closed";
  }
  if (in_header_) return "incomplete: inside the header of a frame";
  return "incomplete: the frame has " + std::to_string(got_) + " of " + octets(length_);
}

} // namespace inspect
