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

} // namespace

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
