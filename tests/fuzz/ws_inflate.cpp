// Messages that the input has: whatever an inflater makes of them with zlib, in whatever pieces, is what a
// decoder of DEFLATE that was written for the tests makes of them. The same for stored blocks.
#include "transcript.hpp"

#include "support/reference_inflater.hpp"

#include <coax/websocket/inflater.hpp>
#include <coax/websocket/stored_blocks.hpp>
#include <coax/zlib/decompressor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
using coax_test::reference_inflater;
using coax_test::reference_message;

/// What is left of the input.
struct bytes {
  std::string_view rest;
  unsigned next() {
    if (rest.empty()) return 0;
    const auto c = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return c;
  }
  std::string take(std::size_t n) {
    const std::string out(rest.substr(0, n));
    rest.remove_prefix(out.size());
    return out;
  }
};

struct outcome {
  std::string handed_out{};
  ws::errc ec = ws::errc::ok;
};

/// What an inflater has to say about a message.
outcome expected(const reference_message &m, bool text, std::uint64_t limit) {
  outcome out{m.out.substr(0, std::min<std::uint64_t>(limit, m.out.size()))};
  ws::utf8_validator check;
  const std::size_t bad = text ? check.add(out.handed_out) : ws::utf8_validator::npos;
  if (bad != ws::utf8_validator::npos) {
    out.handed_out.resize(bad);
    out.ec = ws::errc::bad_utf8;
  } else if (m.out.size() > limit) {
    out.ec = ws::errc::message_too_big;
  } else if (!m.ok) {
    out.ec = ws::errc::bad_deflate;
  } else if (text && !check.complete()) {
    out.ec = ws::errc::bad_utf8;
  }
  return out;
}

/// A message in events of `piece` octets, into outputs of `room` octets.
template <class E>
outcome inflated(ws::inflater &inflate, E &engine, const ws::limits &lim, const std::string &payload,
                 bool text, std::size_t piece, std::size_t room) {
  outcome out;
  std::size_t at = 0;
  bool first = true, ended = false;
  do {
    const std::size_t size = std::min(piece, payload.size() - at);
    const std::unique_ptr<char[]> in(new char[size]);
    if (size != 0) std::memcpy(in.get(), payload.data() + at, size);
    const ws::event e{.kind = text ? ws::event_kind::text : ws::event_kind::binary,
                      .first = at == 0,
                      .last = at + size == payload.size(),
                      .compressed = true,
                      .consumed = size + 2,
                      .payload = {in.get(), size}};
    at += size;
    do {
      const std::unique_ptr<char[]> to(new char[room]);
      const ws::event m = inflate.next(engine, lim, e, {to.get(), room});
      if (m.kind == ws::event_kind::failed) {
        COAX_FUZZ_CHECK(!inflate.more() && m.consumed == 0);
        out.ec = m.ec;
        return out;
      }
      COAX_FUZZ_CHECK(m.consumed == (inflate.more() ? 0 : e.consumed));
      COAX_FUZZ_CHECK(m.kind == e.kind && !ended && !m.compressed);
      const bool says_something = !m.payload.empty() || m.last;
      COAX_FUZZ_CHECK(m.first == (first && says_something));
      COAX_FUZZ_CHECK(m.payload.data() == to.get() && m.payload.size() <= room);
      first = first && !says_something;
      ended = m.last;
      out.handed_out.append(m.payload.data(), m.payload.size());
      COAX_FUZZ_CHECK(inflate.message_size() == out.handed_out.size() &&
                      out.handed_out.size() <= lim.message);
    } while (inflate.more());
    COAX_FUZZ_CHECK(ended == e.last);
  } while (at < payload.size());
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  bytes input{{reinterpret_cast<const char *>(data), size}};
  const unsigned how = input.next(), sizes = input.next();
  const bool takes_over = how & 1, text = how & 2, limited = how & 4, stored = how & 8;
  const int bits = how & 16 ? static_cast<int>(8 + (how >> 5)) : 15;
  const std::size_t room = sizes % 16 == 15 ? 5000 : 1 + sizes % 16;
  const std::size_t piece = sizes / 16 == 15 ? 5000 : 1 + sizes / 16;
  ws::limits lim;
  lim.message = limited ? input.next() : 1 << 16;

  std::vector<char> memory(coax::zlib::decompressor_memory(bits));
  coax::zlib::decompressor engine(bits, memory);
  COAX_FUZZ_CHECK(engine);
  ws::stored_block_reader plain;
  ws::inflater inflate{ws::deflate_parameters{.agreed = true, .client_no_context_takeover = !takes_over}};
  reference_inflater reference;
  reference.most = 1 << 16;

  do {
    const std::string payload = input.take(how & 64 ? input.next() : size);
    if (!takes_over) reference.reset();
    reference_message m = reference.message(payload);
    if (m.why == reference_inflater::too_much) return 0;
    if (stored && m.types.find_first_not_of('0') != std::string::npos) return 0;
    const outcome want = expected(m, text, lim.message);
    const outcome got = stored ? inflated(inflate, plain, lim, payload, text, piece, room)
                               : inflated(inflate, engine, lim, payload, text, piece, room);
    if (m.farthest > std::size_t{1} << bits && got.ec == ws::errc::bad_deflate) {
      // A reference beyond the window need not be found, and what is in front of it is right in any case.
      COAX_FUZZ_CHECK(want.handed_out.starts_with(got.handed_out));
      return 0;
    }
    COAX_FUZZ_CHECK(got.ec == want.ec);
    COAX_FUZZ_CHECK(got.handed_out == want.handed_out);
    if (want.ec != ws::errc::ok) return 0;
  } while (!input.rest.empty());
  return 0;
}
