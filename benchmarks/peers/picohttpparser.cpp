#include "http_peers.hpp"

#include <picohttpparser.h>

#include <array>

namespace bench::peers {
namespace {

std::array<phr_header, 100> table;

bool framed(std::size_t count, bool response) {
  user_framing f;
  for (std::size_t i = 0; i < count; ++i)
    if (!f.add({table[i].name, table[i].name_len}, {table[i].value, table[i].value_len})) return false;
  keep(f);
  return f.good(response);
}

int request(std::string_view bytes, std::size_t &count, std::size_t last = 0) {
  const char *method, *path;
  std::size_t method_size, path_size;
  int minor;
  count = table.size();
  const int n = phr_parse_request(bytes.data(), bytes.size(), &method, &method_size, &path, &path_size,
                                  &minor, table.data(), &count, last);
  clobber();
  return n;
}

int response(std::string_view bytes, std::size_t &count) {
  const char *reason;
  std::size_t reason_size;
  int minor, code;
  count = table.size();
  const int n = phr_parse_response(bytes.data(), bytes.size(), &minor, &code, &reason, &reason_size,
                                   table.data(), &count, 0);
  clobber();
  return n;
}

template <bool Response, bool Framed> std::size_t heads(std::string_view bytes) {
  std::size_t out = 0, count;
  while (!bytes.empty()) {
    const int n = Response ? response(bytes, count) : request(bytes, count);
    if (n <= 0 || (Framed && !framed(count, Response))) return 0;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    ++out;
  }
  return out;
}

} // namespace

std::size_t picohttpparser_requests(std::string_view bytes) { return heads<false, false>(bytes); }
std::size_t picohttpparser_responses(std::string_view bytes) { return heads<true, false>(bytes); }
std::size_t picohttpparser_framed_requests(std::string_view bytes) { return heads<false, true>(bytes); }
std::size_t picohttpparser_framed_responses(std::string_view bytes) { return heads<true, true>(bytes); }

bool picohttpparser_pieces(std::string_view head, std::size_t size) {
  std::size_t count;
  for (std::size_t there = 0, last = 0; there < head.size(); last = there) {
    there = there + size < head.size() ? there + size : head.size();
    const int n = request(head.substr(0, there), count, last);
    if (n != -2) return n > 0;
  }
  return false;
}

std::size_t picohttpparser_chunked(char *body, std::size_t size) {
  phr_chunked_decoder decoder{};
  decoder.consume_trailer = 1;
  const auto left = phr_decode_chunked(&decoder, body, &size);
  return left < 0 ? 0 : size;
}

} // namespace bench::peers
