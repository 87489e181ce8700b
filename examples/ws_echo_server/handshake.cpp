#include "handshake.hpp"

#include <coax/http/head.hpp>

namespace ws_echo {

websocket::session handshake::converse(std::span<char> &input, bool input_ended, service &common) {
  output &out = common.output;
  for (;;) {
    const std::string_view text(input.data(), input.size());
    const http::event event =
        input_ended ? http_.end_of_input(common.context, true) : http_.next(common.context, text);
    const std::span<char> seen = std::exchange(input, input.subspan(event.consumed));
    switch (event.kind) {
    case http::event_kind::request:
      answer(websocket::read_offer(http::view_request(event.head, text.data(), common.table)), common);
      break;
    case http::event_kind::switched: {
      const websocket::session agreed = websocket::take_over(http_, event, seen, chosen_);
      input = agreed.rest;
      return agreed;
    }
    case http::event_kind::failed: out.put(http_.answer_failure(out.room(), common.date())); return {};
    case http::event_kind::data:
    case http::event_kind::end: break; // of a request that was refused
    default: return {};
    }
  }
}

void handshake::answer(const websocket::offer &asked, service &common) {
  const http::field date[] = {{"Date", common.date()}};
  output &out = common.output;
  if (const std::uint16_t status = refusal(asked, common); status != 0) {
    out.put(websocket::refuse(http_, asked, status, out.room(), date));
    return;
  }
  chosen_.protocol = websocket::select_protocol(asked.protocols(), common.subprotocols);
  chosen_.deflate = websocket::choose_deflate(asked.extensions(), common.how.deflate);
  out.put(websocket::accept(http_, asked, chosen_, common.sha1, out.room()));
}

/// The status to refuse an offer with; 0 to accept it.
std::uint16_t handshake::refusal(const websocket::offer &asked, const service &common) const {
  if (asked.verdict != websocket::verdict::acceptable) return asked.suggested_status;
  if (leaving_) return 503;
  if (!common.origins.empty() && !websocket::allows_origin(asked, common.origins, true)) return 403;
  return 0;
}

bool handshake::is_over() const noexcept {
  const http::duty next = http_.next_duty();
  return next == http::duty::shutdown_then_discard || next == http::duty::close;
}

} // namespace ws_echo
