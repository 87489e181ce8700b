// When the patience with each connection ends.
#pragma once

#include "settings.hpp"

#include <coax/http/duty.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>

namespace http_server {

using clock = std::chrono::steady_clock;

/// What a connection waits for. A timer runs as long as this stays the same, whatever arrives meanwhile:
/// bytes that trickle in do not prolong it.
struct pending {
  coax::http::waiting what = coax::http::waiting::nothing;
  std::uint64_t request = 0; ///< of which request, by number

  friend bool operator==(const pending &, const pending &) = default;
};

/// The timers of all connections. One list for each thing that is waited for: as the time for it is always
/// the same, what is added last expires last, and everything takes constant time.
class timers {
  struct entry {
    int connection;
    pending what;
    std::uint64_t progress;
    clock::time_point deadline;
  };

public:
  using timer = std::list<entry>::iterator;

  explicit timers(const settings &how);

  timer add(int connection);
  void remove(timer t) { list_of(t->what).erase(t); }
  /// Starts the time for `what` anew. `progress` counts what the connection has achieved so far.
  void restart(timer t, pending what, std::uint64_t progress, clock::time_point now);

  /// A timer whose time is over, or null.
  const entry *expired(clock::time_point now) const;
  /// How long there is nothing to do, `longest` at most.
  std::chrono::milliseconds time_left(clock::time_point now, std::chrono::milliseconds longest) const;

private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(coax::http::waiting::linger) + 1;
  std::list<entry> &list_of(pending what) { return lists_[static_cast<std::size_t>(what.what)]; }

  std::array<std::chrono::milliseconds, kinds> durations_;
  std::array<std::list<entry>, kinds> lists_;
};

} // namespace http_server
