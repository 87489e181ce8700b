// An annotated listing, for people.
#pragma once

#include "listing.hpp"
#include "sink.hpp"
#include "text_body.hpp"
#include "text_frames.hpp"

#include <string>

namespace inspect {

class text_sink final : public sink {
public:
  text_sink(direction kind, output &out, std::size_t width, bool color);

  void head(const message_head &head) override;
  void data(std::uint64_t offset, std::string_view octets) override { body_.data(offset, octets); }
  void trailers(const trailer_section &section) override;
  void end(std::uint64_t offset, http::deviations seen) override;
  void upgrade(std::uint64_t offset, std::string_view protocol) override;
  void error(const failure &what) override;
  void eof(const end_of_input &what) override;

  void frame(const frame_head &head) override { frames_.frame(head); }
  void message(const whole_message &what) override { frames_.message(what); }
  void control(const control_frame &what) override { frames_.control(what); }
  void error(const frame_failure &what) override;

  bool wants_detail() const override { return true; }
  void chunk(std::uint64_t offset, std::string_view line, std::string_view extensions) override {
    body_.chunk(offset, line, extensions);
  }
  void payload(std::uint64_t offset, std::string_view octets, std::uint64_t size) override {
    frames_.payload(offset, octets, size);
  }

  bool flush() override { return rows_.flush(); }

private:
  /// The name of the message that begins at `offset`.
  void announce(std::uint64_t offset, std::string_view detail);
  /// The empty lines between the last message and `offset`.
  void list_skipped(std::uint64_t offset);
  /// Lines of a head or trailer section that is not complete.
  void list_lines(std::uint64_t offset, std::string_view lines, bool in_head);
  void list_deviations(http::deviations seen);
  std::string next_message() const;
  std::string so_far() const;
  std::string about_eof(const end_of_input &what) const;

  direction kind_;
  listing rows_;
  text_body body_;
  text_frames frames_;

  // the message at hand
  bool interim_ = false;
  http::framing framing_{};
  http::deviations seen_{};

  std::uint64_t messages_ = 0, interims_ = 0; // complete ones
  std::uint64_t next_ = 0;                    // where the next message may begin
  std::string protocol_;                      // after an upgrade
};

} // namespace inspect
