#include "beast_http.hpp"
#include "http_peers.hpp"

#include <boost/beast/http.hpp>

#include <limits>

namespace bench::peers {
namespace {

namespace http = boost::beast::http;
namespace asio = boost::asio;

template <bool Request> using parser = http::parser<Request, http::empty_body>;

template <bool Request> std::size_t heads(std::string_view bytes) {
  std::size_t out = 0;
  while (!bytes.empty()) {
    parser<Request> p;
    p.header_limit(64 * 1024);
    boost::system::error_code ec;
    const std::size_t n = p.put(asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec || !p.is_header_done()) return 0;
    keep(p);
    bytes.remove_prefix(n);
    ++out;
  }
  return out;
}

/// What a serializer gives goes into `out`, as it would to a socket.
template <bool Request, class Body>
std::size_t write(http::serializer<Request, Body> &from, char *out, std::size_t room) {
  std::size_t written = 0;
  while (!from.is_done()) {
    boost::system::error_code ec;
    from.next(ec, [&](boost::system::error_code &, const auto &buffers) {
      const std::size_t size = asio::buffer_copy(asio::buffer(out + written, room - written), buffers);
      written += size;
      from.consume(size);
    });
    if (ec) return 0;
  }
  clobber();
  return written;
}

} // namespace

std::size_t beast_write_head(const outgoing_head &head, char *out, std::size_t room) {
  const auto fill = [&](auto &message) {
    for (const auto &[name, value] : head.fields) message.insert(name, value);
  };
  if (head.code != 0) {
    http::response<http::empty_body> message;
    message.result(head.code);
    fill(message);
    http::response_serializer<http::empty_body> serializer(message);
    return write(serializer, out, room);
  }
  http::request<http::empty_body> message;
  message.method_string(head.method);
  message.target(head.target);
  fill(message);
  http::request_serializer<http::empty_body> serializer(message);
  return write(serializer, out, room);
}

std::pair<std::size_t, std::size_t> beast_serve(std::string_view in, std::string_view content, char *out,
                                                std::size_t room) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code ec;
  const std::size_t n = parser.put(asio::buffer(in.data(), in.size()), ec);
  if (ec || !parser.is_done()) return {};
  http::response<http::span_body<const char>> response(http::status::ok, parser.get().version());
  response.set(http::field::date, "Sun, 06 Nov 1994 08:49:37 GMT");
  response.set(http::field::server, "example");
  response.set(http::field::content_type, "application/json");
  response.keep_alive(parser.keep_alive());
  response.body() = {content.data(), content.size()};
  response.prepare_payload();
  http::response_serializer<http::span_body<const char>> serializer(response);
  return {n, write(serializer, out, room)};
}

bool beast_ask(std::string_view in, char *out, std::size_t room) {
  http::request<http::empty_body> request(http::verb::get, "/api/v1/items/42", 11);
  request.set(http::field::host, "www.example.com");
  request.set(http::field::user_agent, "example/1.0");
  request.set(http::field::accept, "application/json");
  http::request_serializer<http::empty_body> serializer(request);
  if (write(serializer, out, room) == 0) return false;
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code ec;
  parser.put(asio::buffer(in.data(), in.size()), ec);
  return !ec && parser.is_done() && parser.keep_alive();
}

std::size_t beast_write_chunks(std::string_view payload, std::size_t size, char *out, std::size_t room) {
  std::size_t written = 0;
  const auto put = [&](const auto &chunk) {
    written += asio::buffer_copy(asio::buffer(out + written, room - written), chunk);
  };
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, size);
    put(http::make_chunk(asio::buffer(piece.data(), piece.size())));
    payload.remove_prefix(piece.size());
  }
  put(http::make_chunk_last());
  clobber();
  return written;
}

bool beast_token_list(std::string_view list) {
  bool any = false;
  for (const auto token : http::token_list({list.data(), list.size()})) {
    keep(token);
    any = true;
  }
  return any;
}

std::size_t beast_requests(std::string_view bytes) { return heads<true>(bytes); }
std::size_t beast_responses(std::string_view bytes) { return heads<false>(bytes); }

bool beast_pieces(std::string_view head, std::size_t size) {
  parser<true> p;
  p.header_limit(64 * 1024);
  for (std::size_t begin = 0, there = 0; there < head.size();) {
    there = there + size < head.size() ? there + size : head.size();
    boost::system::error_code ec;
    begin += p.put(asio::buffer(head.data() + begin, there - begin), ec);
    if (ec && ec != http::error::need_more) return false;
  }
  keep(p);
  return p.is_header_done();
}

std::size_t beast_chunked(char *body, std::size_t size) {
  constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  http::parser<false, http::buffer_body> p;
  p.body_limit((std::numeric_limits<std::uint64_t>::max)());
  boost::system::error_code ec;
  p.put(asio::buffer(head.data(), head.size()), ec);
  static char store[64 * 1024];
  std::size_t payload = 0;
  for (std::size_t at = 0; at < size && !p.is_done();) {
    p.get().body().data = store;
    p.get().body().size = sizeof store;
    const std::size_t n = p.put(asio::buffer(body + at, size - at), ec);
    payload += sizeof store - p.get().body().size;
    if (ec && ec != http::error::need_buffer && ec != http::error::need_more) return 0;
    at += n;
  }
  clobber();
  return p.is_done() ? payload : 0;
}

} // namespace bench::peers
