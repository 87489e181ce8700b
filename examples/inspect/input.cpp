#include "input.hpp"

#include <algorithm>

namespace inspect {

bool input::more() {
  while (window_.ahead().size() < std::max<std::size_t>(chunk_, 1) && read_more()) {
  }
  const std::size_t n = window_.ahead().size();
  window_.show(chunk_ == 0 ? n : std::min(n, chunk_));
  return n != 0;
}

bool input::look_ahead() { return from_.answers_soon() && read_more(); }

input::rest input::drain() {
  const std::uint64_t begin = window_.offset();
  rest out;
  do {
    window_.show(window_.ahead().size());
    out.first += window_.text().substr(0, window::history_size - out.first.size());
    window_.consume(window_.text().size());
  } while (read_more());
  out.octets = window_.offset() - begin;
  return out;
}

bool input::read_more() {
  if (ended_) return false;
  if (!to_.flush())
    stopped_ = outcome::unheard;
  else if (window_.fill(from_))
    return true;
  else if (from_.failed())
    stopped_ = outcome::unreadable;
  ended_ = true;
  return false;
}

} // namespace inspect
