// The opening handshake: a server that reads the request and writes 101, a client that writes the request and
// checks the answer.
#include "peers/ws_peers.hpp"
#include "support/bench.hpp"

#include <coax/http.hpp>
#include <coax/websocket.hpp>
#if defined(COAX_BENCH_OPENSSL)
#include <coax/openssl/sha1.hpp>
#endif

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
namespace ws = coax::websocket;
namespace peers = bench::peers;

std::array<http::field_ref, 100> table;
const http::context context{table};
std::array<char, 4096> room;

/// Stands for SHA-1, to see what all the rest costs.
struct no_hash {
  std::array<char, 20> operator()(std::span<const char>) const noexcept {
    std::array<char, 20> out{};
    out.fill('x'); // zeros would say that it failed
    return out;
  }
};

template <class Hash> bool accept(std::string_view in, Hash &hash) {
  http::server connection;
  const http::event e = connection.next(context, in);
  if (e.kind != http::event_kind::request) return false;
  const ws::offer offer = ws::read_offer(http::view_request(e.head, in.data(), table));
  if (connection.next(context, in.substr(e.consumed)).kind != http::event_kind::end) return false;
  const auto sent = ws::accept(connection, offer, {}, hash, room);
  bench::clobber();
  return sent && connection.next(context, {}).kind == http::event_kind::switched;
}

template <class Hash> bool connect(std::string_view answer, Hash &hash) {
  ws::client_offer offer;
  offer.to = coax::uri::parse("wss://www.example.com/chat?room=1").value;
  offer.nonce.fill('k');
  http::client connection;
  if (!ws::send_offer(connection, offer, {}, room)) return false;
  bench::clobber();
  const http::event e = connection.next(context, answer);
  if (e.kind != http::event_kind::switched) return false;
  return static_cast<bool>(ws::check(offer, http::view_response(e.head, answer.data(), table), hash));
}

template <class Hash> std::string answer_to_us(Hash &hash) {
  ws::nonce n{};
  n.fill('k');
  const auto accept = ws::make_accept(ws::make_key(n), hash);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         std::string(accept.data(), accept.size()) + "\r\nServer: example\r\n\r\n";
}

/// The 128 requests of the corpus.
std::vector<std::string> requests() {
  const std::string bytes = bench::load("f_ws.mix.http");
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find("\r\n\r\n", at) + 4;
    out.push_back(bytes.substr(at, end - at));
    at = end;
  }
  return out;
}

template <class Work>
void add(const char *group, const char *input, const char *name, std::vector<std::string> texts, bool counted,
         Work work) {
  const auto in = std::make_shared<std::vector<std::string>>(std::move(texts));
  std::size_t bytes = 0;
  for (const std::string &t : *in) bytes += t.size();
  bench::add({.group = group,
              .input = input,
              .name = name,
              .messages = in->size(),
              .bytes = bytes,
              .run =
                  [in, work] {
                    std::size_t good = 0;
                    for (const std::string &t : *in) good += work(t);
                    return good == in->size();
                  },
              .counted = counted});
}

} // namespace

void add_subjects() {
  peers::report_ws_peers();
  const std::vector<std::string> all = requests();
#if defined(COAX_BENCH_OPENSSL)
  const auto hash = std::make_shared<coax::openssl::sha1>();
  add("handshake", "server", "coax", all, false, [hash](std::string_view t) { return accept(t, *hash); });
#if defined(COAX_BENCH_BEAST)
  add("handshake", "server", "Beast", all, false, peers::beast_accept);
#endif
#if defined(COAX_BENCH_WEBSOCKETPP)
  add("handshake", "server", "websocketpp", all, false, peers::websocketpp_accept);
#endif
  add("handshake", "client", "coax", {128, answer_to_us(*hash)}, false,
      [hash](std::string_view t) { return connect(t, *hash); });
#else
  bench::missing("SHA-1 for the handshake", "OpenSSL's headers");
#endif
  static no_hash none;
  add("handshake, SHA-1 left out", "server", "coax", all, true,
      [](std::string_view t) { return accept(t, none); });
  add("handshake, SHA-1 left out", "client", "coax", {128, answer_to_us(none)}, true,
      [](std::string_view t) { return connect(t, none); });
}
