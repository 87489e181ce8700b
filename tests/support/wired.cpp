#include "wired.hpp"

namespace coax_test {

namespace http = coax::http;

namespace {

std::string framing_text(const http::framing &f) {
  std::string out(name(f.kind));
  if (f.kind == http::body_kind::length) out += "=" + std::to_string(f.length);
  out += f.keep_alive ? " keep" : " last";
  if (f.upgrade) out += " upgrade";
  if (f.expects_continue) out += " continue";
  if (f.accepts_trailers) out += " trailers";
  return out;
}

} // namespace

std::string describe(const http::event &e, bool is_request, const char *base,
                     std::span<const http::field_ref> table) {
  std::string out;
  const auto response = [&](const std::string &what) {
    const http::response r = http::view_response(e.head, base, table);
    return what + " " + std::to_string(r.code) + " 1." + std::to_string(r.minor);
  };
  switch (e.kind) {
  case http::event_kind::request: {
    const http::request r = http::view_request(e.head, base, table);
    out = "request " + std::string(r.method_text) + " " + std::string(r.target) + " 1." +
          std::to_string(r.minor) + " " + framing_text(e.framing);
    break;
  }
  case http::event_kind::informational: out = response("interim"); break;
  case http::event_kind::response: out = response("response") + " " + framing_text(e.framing); break;
  case http::event_kind::switched:
    out = e.head.size != 0 && !is_request ? response("switched") : "switched";
    break;
  case http::event_kind::end:
    out = "end";
    if (e.trailers.count != 0)
      for (const http::field f : http::view_fields(e.trailers, base, table))
        out += " " + std::string(f.name) + "=" + std::string(f.value);
    break;
  case http::event_kind::closed: out = "closed"; break;
  case http::event_kind::failed: out = "failed " + std::string(name(e.ec)); break;
  default: break;
  }
  return out + "\n";
}

std::vector<std::size_t> cuts_at_each(std::size_t step, std::size_t size) {
  std::vector<std::size_t> out;
  for (std::size_t at = step; at < size; at += step) out.push_back(at);
  return out;
}

} // namespace coax_test
