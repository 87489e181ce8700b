// How far a download is, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace http_client {

class progress {
public:
  explicit progress(bool shown) noexcept : shown_(shown) {}
  ~progress() { end(); }
  progress(const progress &) = delete;
  progress &operator=(const progress &) = delete;

  /// A body of `total` octets begins.
  void begin(std::optional<std::uint64_t> total);
  /// `received` octets of it are there. Says so now and then, and not at all where it is over at once.
  void update(std::uint64_t received);
  /// The last word, if there was a first one.
  void end();

private:
  using clock = std::chrono::steady_clock;

  void show();

  bool shown_;
  bool any_shown_ = false;
  std::optional<std::uint64_t> total_{};
  std::uint64_t received_ = 0;
  clock::time_point begun_{};
  clock::time_point next_{};
};

/// "2.4 MiB of 9.5 MiB, 25 %, 1.2 MiB/s, 6 s left"
std::string describe_progress(std::uint64_t received, std::optional<std::uint64_t> total,
                              std::chrono::duration<double> elapsed);

} // namespace http_client
