#include "http_peers.hpp"

// Of peers/httparse/src/lib.rs.
extern "C" {
std::size_t coax_httparse_heads(const char *data, std::size_t size, bool response, bool framing);
bool coax_httparse_pieces(const char *data, std::size_t size, std::size_t piece);
std::size_t coax_httparse_chunked(const char *data, std::size_t size);
}

namespace bench::peers {

std::size_t httparse_requests(std::string_view b) {
  return coax_httparse_heads(b.data(), b.size(), false, false);
}
std::size_t httparse_responses(std::string_view b) {
  return coax_httparse_heads(b.data(), b.size(), true, false);
}
std::size_t httparse_framed_requests(std::string_view b) {
  return coax_httparse_heads(b.data(), b.size(), false, true);
}
std::size_t httparse_framed_responses(std::string_view b) {
  return coax_httparse_heads(b.data(), b.size(), true, true);
}
bool httparse_pieces(std::string_view head, std::size_t size) {
  return coax_httparse_pieces(head.data(), head.size(), size);
}
std::size_t httparse_chunked(char *body, std::size_t size) { return coax_httparse_chunked(body, size); }

} // namespace bench::peers
