#include "frame_stream.hpp"

#include "inflation.hpp"

#include <coax/websocket/reader.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

namespace inspect {

namespace {

using websocket::event_kind;

constexpr websocket::limits limits{};
constexpr std::size_t shown_size = window::history_size;

/// The reader gets each header by itself, and then the payload of its frame, so that it stops behind either.
/// What it says does not depend on such cuts.
class driver {
public:
  driver(const frame_settings &how, input &from, sink &to)
      : input_(from), to_(to),
        receiver_(how.kind == direction::request ? coax::role::server : coax::role::client),
        reader_(receiver_, {.deflate = how.deflate.agreed}), rules_{receiver_, how.deflate.agreed
                                                                                   ? websocket::rsv1
                                                                                   : std::uint8_t{0}} {
    if (how.deflate.agreed) inflation_.emplace(how.deflate, receiver_);
  }

  outcome run() {
    for (;;) {
      const std::span<char> in = window().writable();
      std::size_t size = in.size(); // a part of a header, or one that the reader refuses
      if (in_frame_) {
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, reader_.frame_left()));
      } else if (const auto s = websocket::decode(window().text(), rules_, header_); s.ready()) {
        size = s.consumed;
      }
      const websocket::event e = reader_.next(limits, in.first(size));
      if (e.kind == event_kind::failed) return take_error(e);
      if (e.consumed == 0) {
        if (input_.more()) continue;
        return input_.stopped() == outcome::clean ? finish() : input_.stopped();
      }
      if (!in_frame_) begin_frame(window().text().substr(0, size));
      window().consume(e.consumed); // its bytes stay where they are until further ones are read
      if (e.kind != event_kind::need_more && !take(e)) return outcome::protocol_error;
      if (reader_.frame_left() == 0) end_frame();
      if (e.kind == event_kind::close) return drain();
    }
  }

private:
  // --- frames ---------------------------------------------------------------------------------------------

  void begin_frame(std::string_view header) {
    in_frame_ = true;
    frame_at_ = window().offset();
    payload_at_ = frame_at_ + header.size();
    taken_ = 0;
    shown_.clear();
    if (websocket::begins_message(header_.op)) {
      message_at_ = frame_at_;
      compressed_ = header_.rsv != 0;
      data_.clear();
    }
    to_.frame({frame_at_, frame_bits(header), header_.rsv != 0});
  }

  /// False if a compressed message is in error, which was told.
  bool take(const websocket::event &e) {
    const std::string_view payload(e.payload.data(), e.payload.size());
    if (e.kind != event_kind::close) show(payload);
    if (e.kind == event_kind::text || e.kind == event_kind::binary) {
      if (!take_data(e)) return false;
      if (!e.last) return true;
      tell_payload();
      to_.message({message_at_, e.kind == event_kind::text, compressed_, data_});
    } else {
      tell_payload();
      to_.control({frame_at_, e.kind, payload, e.code});
    }
    return true;
  }

  bool take_data(const websocket::event &e) {
    if (!e.compressed) {
      data_.append(e.payload.data(), e.payload.size());
      return true;
    }
    const inflation::result r = inflation_->add(limits, e, data_);
    if (r.ec == websocket::errc::ok) return true;
    // What is missing is missed at the frame's last octet, or at the one that says it has none.
    const std::uint64_t last = header_.length == 0 ? frame_at_ + 1 : window().offset() - 1;
    const std::uint64_t at = window().offset() - e.payload.size() + r.at;
    tell_error({.offset = std::min(at, last), .code = r.ec, .what = coax::element::payload});
    return false;
  }

  void end_frame() {
    tell_payload();
    in_frame_ = false;
  }

  /// Keeps the first octets of a frame's payload.
  void show(std::string_view payload) {
    shown_ += payload.substr(0, shown_size - shown_.size());
    taken_ += payload.size();
  }
  void tell_payload() {
    if (taken_ != 0) to_.payload(payload_at_, shown_, taken_);
    taken_ = 0;
  }

  // --- the end --------------------------------------------------------------------------------------------

  outcome take_error(const websocket::event &e) {
    tell_error({.offset = window().offset() + e.why.at, .code = e.ec, .what = e.why.what});
    return outcome::protocol_error;
  }

  void tell_error(frame_failure out) {
    if (!in_frame_)
      tell_refused(out);
    else if (to_.wants_detail())
      tell_error_in_frame(out);
    else
      to_.error(out);
  }

  /// A header that the reader refuses: it is told as far as it is there.
  void tell_refused(frame_failure &out) {
    const auto there = [this] { return frame_bits(behind(window().offset())); };
    while (!there().complete() && input_.look_ahead()) {
    }
    const frame_bits bits = there();
    to_.frame({window().offset(), bits});
    out.line = bits.bytes();
    out.line_at = window().offset();
    to_.error(out);
  }

  void tell_error_in_frame(frame_failure &out) {
    const bool in_header = out.offset < payload_at_;
    // With so much before and behind, the line begins in what window keeps, wherever the reader is in it.
    constexpr std::uint64_t context = window::history_size / 2;
    const std::uint64_t begin =
        std::max(in_header ? frame_at_ : payload_at_, out.offset - std::min(out.offset, context));
    const std::uint64_t end = std::min(payload_at_ + header_.length, out.offset + context);
    while (behind(begin).size() < end - begin && input_.look_ahead()) {
    }
    const std::string line = plain(begin, behind(begin).substr(0, static_cast<std::size_t>(end - begin)));
    out.line = line;
    out.line_at = begin;
    to_.error(out);
  }

  /// Everything in memory from `offset` on.
  std::string_view behind(std::uint64_t offset) {
    return window().all().substr(static_cast<std::size_t>(offset - window().all_offset()));
  }

  /// A part of the payload that begins at `offset`, unmasked: the reader did that for what it consumed.
  std::string plain(std::uint64_t offset, std::string_view part) {
    std::string out(part);
    const std::uint64_t masked = std::max(offset, window().offset());
    if (masked - offset < out.size())
      websocket::apply_mask(std::span(out).subspan(static_cast<std::size_t>(masked - offset)), header_.key,
                            masked - payload_at_);
    return out;
  }

  /// The input ended while the reader waited for more of it.
  outcome finish() {
    std::string_view rest = window().text();
    const bool inside = in_frame_ || !rest.empty();
    if (in_frame_) {
      show(plain(window().offset(), rest)); // of a control frame; of others everything was taken
      tell_payload();
      rest = {};
    }
    const end_state state = inside                 ? end_state::frame
                            : reader_.in_message() ? end_state::message
                                                   : end_state::open;
    to_.eof({window().offset() + window().text().size(), state, 0, rest});
    return state == end_state::open ? outcome::clean : outcome::incomplete;
  }

  /// Behind a Close frame nothing is looked at.
  outcome drain() {
    const input::rest rest = input_.drain();
    if (input_.stopped() != outcome::clean) return input_.stopped();
    to_.eof({window().offset(), end_state::closed, rest.octets, rest.first});
    return outcome::clean;
  }

  inspect::window &window() { return input_.window(); }

  input &input_;
  sink &to_;
  coax::role receiver_;
  websocket::reader reader_;
  websocket::frame_rules rules_;
  std::optional<inflation> inflation_{};

  // the frame at hand
  websocket::frame_header header_{};
  bool in_frame_ = false;
  std::uint64_t frame_at_ = 0, payload_at_ = 0;
  std::string shown_{};     // how its payload begins
  std::uint64_t taken_ = 0; // octets of its payload that were not told

  // the message at hand
  std::uint64_t message_at_ = 0;
  bool compressed_ = false;
  std::string data_{};
};

} // namespace

outcome run_frames(const frame_settings &how, input &from, sink &to) { return driver(how, from, to).run(); }

} // namespace inspect
