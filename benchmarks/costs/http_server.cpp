// What the smallest server takes to compile: requests in, answers out.
#include <coax/http.hpp>

std::size_t answer(coax::http::server &connection, const coax::http::context &context, std::string_view in,
                   std::span<char> out) {
  namespace http = coax::http;
  for (;;) {
    const http::event e = connection.next(context, in);
    in.remove_prefix(e.consumed);
    if (e.kind == http::event_kind::need_more || e.kind == http::event_kind::failed) return 0;
    if (e.kind != http::event_kind::end) continue;
    http::response_head head(out, 200);
    head.field("Content-Type", "text/plain");
    return connection.send(head, http::content::of(0)).size;
  }
}
