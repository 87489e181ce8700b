#include "talk.hpp"

#include "standard_streams.hpp"

#include <http_client/dial.hpp>
#include <http_client/text.hpp>

#include <array>
#include <cstdio>
#include <unistd.h>

namespace ws_client {

namespace {

// More input is read when less than this waits to be sent.
constexpr std::size_t enough_queued = 64 * 1024;
constexpr std::string_view ping_payload = "coax";

using clock = channel::clock;

class conversation {
public:
  conversation(channel &with, const arguments &wanted) : with_(with), wanted_(wanted) {}

  failure run() {
    if (wanted_.ping) {
      with_.ping(ping_payload);
      pinged_at_ = clock::now();
      awaits_pong_ = true;
    }
    for (;;) {
      const bool reads = !source_.ended() && !trouble_ && with_.is_open() && with_.unsent() < enough_queued;
      if (is_done()) with_.close(wanted_.close);
      const clock::time_point until =
          awaits_pong_ ? http_client::deadline(pinged_at_, wanted_.patience) : clock::time_point::max();
      const incident what = with_.next(reads ? STDIN_FILENO : -1, until);
      if (what.kind == news::over) {
        const failure ending = with_.result();
        return trouble_ ? trouble_ : ending;
      }
      if (failure f = take(what); f && !trouble_) trouble_ = f;
      if (trouble_.status == exit_status::no_output) return trouble_;
    }
  }

private:
  /// Whether it is time to close.
  bool is_done() const { return with_.is_open() && (trouble_ || (source_.ended() && !awaits_pong_)); }

  failure take(const incident &what) {
    switch (what.kind) {
    case news::text: return print_line(what.payload);
    case news::binary: return print_line('<' + http_client::octets(what.payload.size()) + '>');
    case news::pong: return take_pong(what.payload);
    case news::other_ready: return take_input();
    case news::late:
      awaits_pong_ = false;
      return {exit_status::timed_out, "no pong came", "--timeout SECONDS waits longer"};
    case news::over: break;
    }
    return {};
  }

  failure take_pong(std::string_view payload) {
    if (!awaits_pong_ || payload != ping_payload) return {};
    awaits_pong_ = false;
    const std::chrono::duration<double, std::milli> took = clock::now() - pinged_at_;
    std::array<char, 48> line;
    const int size = std::snprintf(line.data(), line.size(), "<pong after %.3f ms>", took.count());
    return print_line({line.data(), static_cast<std::size_t>(size)});
  }

  failure take_input() {
    failure trouble = source_.read();
    for (std::string_view line; !trouble && source_.next(line);)
      if (!with_.text(line))
        trouble = {exit_status::usage,
                   "line " + std::to_string(source_.lines()) +
                       " of standard input is not UTF-8, and cannot be sent (RFC 6455 §8.1)"};
    return trouble;
  }

  channel &with_;
  const arguments &wanted_;
  line_source source_{};
  failure trouble_{};
  bool awaits_pong_ = false;
  clock::time_point pinged_at_{};
};

} // namespace

failure talk(channel &with, const arguments &wanted) { return conversation(with, wanted).run(); }

} // namespace ws_client
