// What is under the WebSocket connections: masks and the check of text, beside copying, which is the limit.
#include "support/bench.hpp"
#include "support/ws_inputs.hpp"

#include <coax/websocket.hpp>

#include <cstring>
#include <memory>
#include <string>

namespace {

namespace ws = coax::websocket;

constexpr ws::mask_key key{{'\x37', '\xfa', '\x21', '\x3d'}};

/// 64 KB of work in each run, in pieces of `size`, each `shift` octets from where a cache line begins.
struct pieces {
  pieces(const std::string &text, std::size_t piece, std::size_t shift)
      : size(piece), stride((piece + shift + 63) / 64 * 64), count(std::max<std::size_t>(1, 65536 / stride)),
        from(stride * count), to(stride * count), begin(shift) {
    for (std::size_t i = 0; i < count; ++i) std::memcpy(source(i), text.data(), size);
  }
  char *source(std::size_t i) { return from.data() + i * stride + begin; }
  char *target(std::size_t i) { return to.data() + i * stride + begin; }

  std::size_t size, stride, count;
  bench::buffer from, to;
  std::size_t begin;
};

template <class Work>
void add(const std::string &group, const std::string &input, const char *name,
         const std::shared_ptr<pieces> &in, Work work) {
  bench::add({.group = group,
              .input = input,
              .name = name,
              .messages = in->count,
              .bytes = in->count * in->size,
              .run = [in, work] {
                bool good = true;
                for (std::size_t i = 0; i < in->count; ++i)
                  good = work(in->source(i), in->target(i), in->size) && good;
                bench::clobber();
                return good;
              }});
}

void add_sizes(std::size_t size) {
  const std::string row = bench::size_name(size);
  bench::random r(size);
  // As they lie behind a masked header.
  const auto ascii = std::make_shared<pieces>(bench::ascii_text(size, r), size, size < 126 ? 6 : 8);
  const auto mixed = std::make_shared<pieces>(bench::mixed_text(size, r), size, size < 126 ? 6 : 8);
  const auto copy = [](char *from, char *to, std::size_t n) {
    std::memcpy(to, from, n);
    return true;
  };
  add("mask in place", row, "coax", ascii, [](char *from, char *, std::size_t n) {
    ws::apply_mask({from, n}, key);
    return true;
  });
  add("mask in place", row, "memcpy", ascii, copy);
  add("mask into another place", row, "coax", ascii, [](char *from, char *to, std::size_t n) {
    return ws::apply_mask({from, n}, {to, n}, key) == n;
  });
  add("mask into another place", row, "memcpy", ascii, copy);
  // Fresh memory for this: masks have changed the other by then.
  const auto plain = std::make_shared<pieces>(std::string(ascii->source(0), size), size, size < 126 ? 6 : 8);
  const auto check = [](char *from, char *, std::size_t n) { return ws::is_utf8({from, n}); };
  add("is it UTF-8, ASCII", row, "coax", plain, check);
  add("is it UTF-8, ASCII", row, "memcpy", plain, copy);
  add("is it UTF-8, mixed", row, "coax", mixed, check);
  add("is it UTF-8, mixed", row, "memcpy", mixed, copy);
}

} // namespace

void add_subjects() {
  for (const std::size_t size : {8u, 32u, 125u, 1024u, 16384u, 65536u}) add_sizes(size);
}
