#include "http_peers.hpp"

#include <llhttp.h>

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

message &of(llhttp_t *p) { return *static_cast<message *>(p->data); }

int part(llhttp_t *p, const char *at, std::size_t size) {
  message &m = of(p);
  if (m.end == at && m.count != 0) // goes on where the piece before ended
    m.parts[m.count - 1] = {m.parts[m.count - 1].data(), m.parts[m.count - 1].size() + size};
  else if (m.count < m.parts.size())
    m.parts[m.count++] = {at, size};
  m.end = at + size;
  return 0;
}

const llhttp_settings_t &settings() {
  static const llhttp_settings_t out = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_message_begin = [](llhttp_t *p) {
      of(p).count = 0;
      return 0;
    };
    s.on_url = s.on_header_field = s.on_header_value = part;
    s.on_headers_complete = [](llhttp_t *p) {
      ++of(p).heads;
      return 0;
    };
    s.on_body = [](llhttp_t *p, const char *at, std::size_t size) {
      of(p).payload += size;
      keep(at);
      return 0;
    };
    s.on_message_complete = [](llhttp_t *p) {
      of(p).complete = true;
      return 0;
    };
    return s;
  }();
  return out;
}

std::size_t heads(std::string_view bytes, llhttp_type_t type) {
  static message m;
  m.count = m.heads = 0;
  llhttp_t p;
  llhttp_init(&p, type, &settings());
  p.data = &m;
  const llhttp_errno_t e = llhttp_execute(&p, bytes.data(), bytes.size());
  clobber();
  return e == HPE_OK || e == HPE_PAUSED_UPGRADE ? m.heads : 0;
}

} // namespace

std::size_t llhttp_requests(std::string_view bytes) { return heads(bytes, HTTP_REQUEST); }
std::size_t llhttp_responses(std::string_view bytes) { return heads(bytes, HTTP_RESPONSE); }

bool llhttp_pieces(std::string_view head, std::size_t size) {
  static message m;
  m.count = m.heads = 0;
  llhttp_t p;
  llhttp_init(&p, HTTP_REQUEST, &settings());
  p.data = &m;
  for (; !head.empty(); head.remove_prefix(head.size() < size ? head.size() : size))
    if (llhttp_execute(&p, head.data(), head.size() < size ? head.size() : size) != HPE_OK) return false;
  clobber();
  return m.heads == 1;
}

std::size_t llhttp_chunked(char *body, std::size_t size) {
  static message m;
  static const llhttp_t begun = [] { // behind the head: only the body is measured
    llhttp_t p;
    llhttp_init(&p, HTTP_RESPONSE, &settings());
    p.data = &m;
    constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    llhttp_execute(&p, head.data(), head.size());
    return p;
  }();
  llhttp_t p = begun;
  m.payload = 0;
  m.complete = false;
  llhttp_execute(&p, body, size);
  clobber();
  return m.complete ? m.payload : 0;
}

} // namespace bench::peers
