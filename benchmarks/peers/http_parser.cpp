#include "http_peers.hpp"

#include <http_parser.h>

#include <array>

namespace bench::peers {
namespace {

/// What a user of callbacks does at least: keeps where names and values lie.
struct message {
  std::array<std::string_view, 200> parts;
  std::size_t count = 0;
  std::size_t heads = 0;
  std::size_t payload = 0;
  const char *end = nullptr; // of the part before
  bool complete = false;
};

message &of(::http_parser *p) { return *static_cast<message *>(p->data); }

int part(::http_parser *p, const char *at, std::size_t size) {
  message &m = of(p);
  if (m.end == at && m.count != 0) // goes on where the piece before ended
    m.parts[m.count - 1] = {m.parts[m.count - 1].data(), m.parts[m.count - 1].size() + size};
  else if (m.count < m.parts.size())
    m.parts[m.count++] = {at, size};
  m.end = at + size;
  return 0;
}

const http_parser_settings &settings() {
  static const http_parser_settings out = [] {
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_message_begin = [](::http_parser *p) {
      of(p).count = 0;
      return 0;
    };
    s.on_url = s.on_header_field = s.on_header_value = part;
    s.on_headers_complete = [](::http_parser *p) {
      ++of(p).heads;
      return 0;
    };
    s.on_body = [](::http_parser *p, const char *at, std::size_t size) {
      of(p).payload += size;
      keep(at);
      return 0;
    };
    s.on_message_complete = [](::http_parser *p) {
      of(p).complete = true;
      return 0;
    };
    return s;
  }();
  return out;
}

std::size_t heads(std::string_view bytes, http_parser_type type) {
  static message m;
  m.count = m.heads = 0;
  ::http_parser p;
  http_parser_init(&p, type);
  p.data = &m;
  http_parser_execute(&p, &settings(), bytes.data(), bytes.size());
  clobber();
  return HTTP_PARSER_ERRNO(&p) == HPE_OK ? m.heads : 0;
}

} // namespace

std::size_t http_parser_requests(std::string_view bytes) { return heads(bytes, HTTP_REQUEST); }
std::size_t http_parser_responses(std::string_view bytes) { return heads(bytes, HTTP_RESPONSE); }

bool http_parser_pieces(std::string_view head, std::size_t size) {
  static message m;
  m.count = m.heads = 0;
  ::http_parser p;
  http_parser_init(&p, HTTP_REQUEST);
  p.data = &m;
  for (; !head.empty(); head.remove_prefix(head.size() < size ? head.size() : size))
    http_parser_execute(&p, &settings(), head.data(), head.size() < size ? head.size() : size);
  clobber();
  return HTTP_PARSER_ERRNO(&p) == HPE_OK && m.heads == 1;
}

std::size_t http_parser_chunked(char *body, std::size_t size) {
  static message m;
  static const ::http_parser begun = [] { // behind the head: only the body is measured
    ::http_parser p;
    http_parser_init(&p, HTTP_RESPONSE);
    p.data = &m;
    constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    http_parser_execute(&p, &settings(), head.data(), head.size());
    return p;
  }();
  ::http_parser p = begun;
  m.payload = 0;
  m.complete = false;
  http_parser_execute(&p, &settings(), body, size);
  clobber();
  return m.complete ? m.payload : 0;
}

} // namespace bench::peers
