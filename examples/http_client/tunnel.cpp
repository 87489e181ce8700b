#include "tunnel.hpp"

#include "exchange.hpp"

namespace http_client {

problem open_tunnel(const url &where, const login &proxy_user, clock::duration patience, const trace &log,
                    std::unique_ptr<transport> &stream) {
  connection to_proxy(std::move(stream));
  const request wish = tunnel_to(where, proxy_user);
  exchange talk(to_proxy, patience, log);
  if (problem p = talk.send(wish)) return p;
  http::event e = talk.next();
  while (e.kind == http::event_kind::informational) e = talk.next();
  if (e.kind == http::event_kind::response) {
    const http::response head =
        http::view_response(e.head, to_proxy.input.text().data(), to_proxy.context().table);
    problem refused{exit_status::no_connection,
                    "the proxy opens no tunnel to " + wish.where.authority + ": " + status_text(head)};
    if (head.code == 407) refused.advice = "the proxy wants credentials: they may stand in its URL";
    return refused;
  }
  if (e.kind != http::event_kind::switched) return talk.why();
  if (to_proxy.input.text().size() != e.consumed)
    return {where.secure ? exit_status::tls_error : exit_status::protocol_error,
            "the tunnel begins with bytes that no server sends unasked"};
  stream = std::move(to_proxy.stream);
  return {};
}

} // namespace http_client
