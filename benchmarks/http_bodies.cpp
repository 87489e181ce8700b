// Chunked bodies: the coding taken away, payload handed out where it lies; or put together at the front, as
// picohttpparser does it. And the same to be sent.
#include "peers/beast_http.hpp"
#include "peers/http_peers.hpp"
#include "support/bench.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = coax::http;
namespace peers = bench::peers;

std::array<http::field_ref, 16> table;
const http::context context{table};

http::body_decoder chunked() { return {http::framing{.kind = http::body_kind::chunked}, coax::role::server}; }

std::size_t coax_chunked(char *body, std::size_t size) {
  http::body_decoder decoder = chunked();
  std::string_view in(body, size);
  std::size_t payload = 0;
  for (;;) {
    const http::piece p = decoder.decode(context, in);
    if (p.st != coax::status::ready) return 0;
    payload += p.data.size();
    bench::keep(p.data);
    in.remove_prefix(p.consumed);
    if (p.last) return payload;
  }
}

/// The payload as one run.
std::size_t coax_in_place(char *body, std::size_t size) {
  http::body_decoder decoder = chunked();
  const http::compacted c = decoder.decode_in_place(context, {body, size});
  bench::clobber();
  return c.last ? c.produced : 0;
}

struct bodies {
  std::vector<std::size_t> sizes;
  std::string bytes;
  std::size_t payload = 0;
};

std::shared_ptr<bodies> split(std::string bytes) {
  auto out = std::make_shared<bodies>();
  out->bytes = std::move(bytes);
  for (std::string_view rest = out->bytes; !rest.empty();) {
    http::body_decoder decoder = chunked();
    std::size_t size = 0;
    for (;;) {
      const http::piece p = decoder.decode(context, rest.substr(size));
      if (p.st != coax::status::ready) std::abort();
      size += p.consumed;
      out->payload += p.data.size();
      if (p.last) break;
    }
    out->sizes.push_back(size);
    rest.remove_prefix(size);
  }
  return out;
}

void add(const std::string &input, const std::shared_ptr<bodies> &in) {
  const auto subject = [&](const char *name, peers::parse_chunked *parse, bool in_place = false) {
    const auto room = std::make_shared<bench::buffer>(in->bytes);
    bench::subject s{.group = in_place ? "chunked bodies, payload put together" : "chunked bodies",
                     .input = input,
                     .name = name,
                     .messages = in->sizes.size(),
                     .bytes = in->bytes.size(),
                     .run = [in, room, parse] {
                       char *at = room->data();
                       std::size_t payload = 0;
                       for (const std::size_t size : in->sizes) {
                         payload += parse(at, size);
                         at += size;
                       }
                       return payload == in->payload;
                     }};
    if (in_place) s.prepare = [in, room] { std::memcpy(room->data(), in->bytes.data(), in->bytes.size()); };
    bench::add(std::move(s));
  };
  subject("coax", coax_chunked);
  subject("coax", coax_in_place, true);
#if defined(COAX_BENCH_PICOHTTPPARSER)
  subject("picohttpparser", peers::picohttpparser_chunked, true);
#endif
#if defined(COAX_BENCH_HTTPARSE)
  subject("httparse", peers::httparse_chunked);
#endif
#if defined(COAX_BENCH_LLHTTP)
  subject("llhttp", peers::llhttp_chunked);
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
  subject("http_parser", peers::http_parser_chunked);
#endif
#if defined(COAX_BENCH_BEAST)
  subject("Beast", peers::beast_chunked);
#endif
}

std::string chunks_of(std::size_t size, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 16> line{};
    out.append(line.data(),
               static_cast<std::size_t>(std::snprintf(line.data(), line.size(), "%zx\r\n", size)));
    out.append(size, static_cast<char>('a' + i % 26)) += "\r\n";
  }
  return out + "0\r\n\r\n";
}

/// A body that is streamed, copied behind its chunk lines.
std::size_t coax_write_chunks(std::string_view payload, std::size_t size, char *out, std::size_t room) {
  http::body_writer writer(http::body_kind::chunked, 0);
  std::size_t written = 0;
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, size);
    const auto sent = writer.data(piece, {out + written, room - written});
    if (!sent) return 0;
    written += sent.size;
    payload.remove_prefix(piece.size());
  }
  written += writer.end({out + written, room - written}).size;
  bench::clobber();
  return written;
}

void add_sending(const std::string &input, std::size_t size, std::size_t count) {
  const auto payload = std::make_shared<bench::buffer>(std::string(size * count, 'x'));
  const auto out = std::make_shared<bench::buffer>(payload->size() + 32 * count);
  const auto subject = [&](const char *name, auto write) {
    bench::add({.group = "chunked bodies to be sent",
                .input = input,
                .name = name,
                .messages = 1,
                .bytes = payload->size(),
                .run = [payload, out, size, write] {
                  return write(payload->view(), size, out->data(), out->size()) > payload->size();
                }});
  };
  subject("coax", coax_write_chunks);
#if defined(COAX_BENCH_BEAST)
  subject("Beast", peers::beast_write_chunks);
#endif
}

} // namespace

void add_subjects() {
  peers::report_http_peers();
  add("16 octets each", split(bench::load("h_chunk16.http")));
  add("1 to 31 octets, mix", split(bench::load("h_chunk16.mix.http")));
  add("4 KB each, 64 KB", split(chunks_of(4096, 16)));
  add_sending("16 octets each, 4 KB", 16, 256);
  add_sending("4 KB each, 64 KB", 4096, 16);
}
