#include "timers.hpp"

#include <algorithm>

namespace http_server {

timers::timers(const settings &how)
    : durations_{std::chrono::milliseconds::max(),
                 how.idle_timeout,
                 how.head_timeout,
                 how.body_timeout,
                 how.body_timeout,
                 how.linger_timeout} {
  using coax::http::waiting;
  static_assert(static_cast<int>(waiting::nothing) == 0 && static_cast<int>(waiting::idle) == 1 &&
                static_cast<int>(waiting::head) == 2 && static_cast<int>(waiting::body) == 3 &&
                static_cast<int>(waiting::answer) == 4 && static_cast<int>(waiting::linger) == 5);
}

timers::timer timers::add(int connection) {
  std::list<entry> &list = list_of({});
  return list.insert(list.end(), {connection, {}, 0, clock::time_point::max()});
}

void timers::restart(timer t, pending what, std::uint64_t progress, clock::time_point now) {
  std::list<entry> &to = list_of(what);
  to.splice(to.end(), list_of(t->what), t);
  t->what = what;
  t->progress = progress;
  t->deadline = what.what == coax::http::waiting::nothing
                    ? clock::time_point::max()
                    : now + durations_[static_cast<std::size_t>(what.what)];
}

const timers::entry *timers::expired(clock::time_point now) const {
  for (const std::list<entry> &list : lists_)
    if (!list.empty() && list.front().deadline <= now) return &list.front();
  return nullptr;
}

std::chrono::milliseconds timers::time_left(clock::time_point now, std::chrono::milliseconds longest) const {
  for (const std::list<entry> &list : lists_)
    if (!list.empty() && list.front().deadline < now + longest)
      longest = std::max(std::chrono::ceil<std::chrono::milliseconds>(list.front().deadline - now),
                         std::chrono::milliseconds(0));
  return longest;
}

} // namespace http_server
