// One JSON object per line, for programs.
#pragma once

#include "output.hpp"
#include "sink.hpp"

namespace inspect {

class json_sink final : public sink {
public:
  /// With `sizes`, how many octets there are is told instead of the octets.
  json_sink(output &out, bool sizes) noexcept : out_(out), sizes_(sizes) {}

  void head(const message_head &head) override;
  void data(std::uint64_t offset, std::string_view octets) override;
  void trailers(const trailer_section &section) override;
  void end(std::uint64_t offset, http::deviations seen) override;
  void upgrade(std::uint64_t offset, std::string_view protocol) override;
  void error(const failure &what) override;
  void eof(const end_of_input &what) override;
  void frame(const frame_head &head) override;
  void message(const whole_message &what) override;
  void control(const control_frame &what) override;
  void error(const frame_failure &what) override;
  bool flush() override { return out_.flush(); }

private:
  output &out_;
  bool sizes_;
};

} // namespace inspect
