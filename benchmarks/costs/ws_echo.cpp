// What the smallest echo takes to compile, behind the handshake.
#include <coax/websocket.hpp>

std::size_t echo(coax::websocket::server &connection, std::span<char> in, std::span<char> out) {
  namespace ws = coax::websocket;
  const ws::event e = connection.next(ws::limits{}, in);
  if (e.kind == ws::event_kind::text)
    return connection.out().text({e.payload.data(), e.payload.size()}, out).size;
  return connection.send_owed(out).size;
}
