// When the patience with each connection ends.
#pragma once

#include <chrono>
#include <map>

namespace ws_echo {

using clock = std::chrono::steady_clock;

class timers {
public:
  using timer = std::multimap<clock::time_point, int>::iterator;

  timer add(int connection, clock::time_point deadline) { return all_.emplace(deadline, connection); }
  void remove(timer t) { all_.erase(t); }
  timer move(timer t, clock::time_point deadline) {
    if (t->first == deadline) return t;
    auto node = all_.extract(t);
    node.key() = deadline;
    return all_.insert(std::move(node));
  }

  /// A connection whose time is over, or -1.
  int expired(clock::time_point now) const {
    return !all_.empty() && all_.begin()->first <= now ? all_.begin()->second : -1;
  }
  /// How long there is nothing to do, `longest` at most.
  std::chrono::milliseconds time_left(clock::time_point now, std::chrono::milliseconds longest) const {
    if (all_.empty() || all_.begin()->first >= now + longest) return longest;
    if (all_.begin()->first <= now) return {};
    return std::chrono::ceil<std::chrono::milliseconds>(all_.begin()->first - now);
  }

private:
  std::multimap<clock::time_point, int> all_;
};

} // namespace ws_echo
