// What a WebSocket reader makes of a stream does not depend on how it is cut, nor on whether events come one
// at a time or in batches. Only what is consumed is changed.
#include "transcript.hpp"

#include <coax/websocket/assembler.hpp>
#include <coax/websocket/reader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

namespace ws = coax::websocket;
using coax::role;
using ws::event_kind;

struct setting {
  role own = role::client;
  ws::reader_options options{};
  ws::limits limits{};
};

/// How much is given at a time, how much is taken, and in batches of how many (0: one event at a time).
struct manner {
  std::size_t piece = 0, max = 0, batch = 0;
};

class transcript {
public:
  explicit transcript(const setting &s) : s_(s), reader_(s.own, s.options) {}

  std::string read(const std::string &input, const manner &m) {
    std::size_t given = std::min(m.piece, input.size()), at = 0;
    for (;;) {
      const std::size_t size = given - at;
      const std::unique_ptr<char[]> memory(new char[size]); // of its own, so that overreads show
      if (size != 0) std::memcpy(memory.get(), input.data() + at, size);
      const std::span<char> in(memory.get(), size);
      std::size_t consumed = 0;
      const bool goes_on = m.batch == 0 ? one(in, m.max, at, consumed) : many(in, m.batch, at, consumed);
      COAX_FUZZ_CHECK(consumed <= size);
      COAX_FUZZ_CHECK(size == consumed ||
                      std::memcmp(in.data() + consumed, input.data() + at + consumed, size - consumed) == 0);
      at += consumed;
      if (done_) return out_;
      if (goes_on) continue;
      if (given == input.size()) break;
      given = std::min(given + m.piece, input.size());
    }
    const ws::event e = reader_.end_of_input();
    out_ += (e.kind == event_kind::closed ? "end " : "incomplete ") + std::to_string(at) + message_;
    return out_;
  }

private:
  bool one(std::span<char> in, std::size_t max, std::size_t at, std::size_t &consumed) {
    const ws::event e = reader_.next(s_.limits, in, max);
    consumed = e.consumed;
    if (e.kind == event_kind::failed) return fail(e.ec, e.why, at);
    if (e.kind == event_kind::need_more || e.kind == event_kind::closed) return false;
    COAX_FUZZ_CHECK(e.payload.data() + e.payload.size() == in.data() + consumed);
    add(e.kind, e.first, e.last, e.compressed, e.code, e.payload, at + consumed);
    check(assembler_.add(e, store_), e.last);
    return true;
  }

  bool many(std::span<char> in, std::size_t room, std::size_t at, std::size_t &consumed) {
    std::array<ws::item, 64> items;
    const ws::batch b = reader_.next(s_.limits, in, std::span(items).first(room));
    consumed = b.consumed;
    COAX_FUZZ_CHECK(b.events <= room);
    for (const ws::item &i : std::span(items).first(b.events)) {
      COAX_FUZZ_CHECK(std::size_t{i.offset} + i.size <= consumed);
      add(i.kind, i.first(), i.last(), i.compressed(), i.code, i.in(in), at + i.offset + i.size);
      check(assembler_.add(i, in, store_), i.last());
    }
    if (b.ec != ws::errc::ok) return fail(b.ec, b.why, at);
    return b.events == room;
  }

  void add(event_kind kind, bool first, bool last, bool compressed, ws::close_code code,
           std::span<const char> payload, std::size_t end) {
    const std::string_view bytes(payload.data(), payload.size());
    const std::string head = std::to_string(static_cast<int>(kind)) + (compressed ? "c" : "");
    if (kind != event_kind::text && kind != event_kind::binary) {
      out_ += head + std::to_string(static_cast<int>(code)) + "<" + std::string(bytes) + ">" +
              std::to_string(end) + "\n";
      return;
    }
    COAX_FUZZ_CHECK(first == !in_message_ && (last || !bytes.empty()));
    in_message_ = !last;
    message_ += bytes;
    if (!last) return;
    if (kind == event_kind::text && !compressed) COAX_FUZZ_CHECK(ws::is_utf8(message_));
    out_ += head + "<" + message_ + ">" + std::to_string(end) + "\n";
  }

  void check(const ws::assembler::result &r, bool last) {
    COAX_FUZZ_CHECK((r.st == coax::status::ready) == last);
    if (!last) return;
    COAX_FUZZ_CHECK(std::string_view(r.message.data(), r.message.size()) == message_);
    message_.clear();
  }

  bool fail(ws::errc ec, coax::fault why, std::size_t at) {
    out_ += std::string(name(ec)) + " " + std::to_string(at + why.at) + " " + std::string(name(why.what)) +
            message_;
    done_ = true;
    return false;
  }

  const setting &s_;
  ws::reader reader_;
  ws::assembler assembler_{};
  std::array<char, 5000> store_{};
  std::string out_{}, message_{};
  bool in_message_ = false, done_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 5 || size > 4096) return 0;
  setting s;
  s.own = (bytes[0] & 1) != 0 ? role::server : role::client;
  s.options.deflate = (bytes[0] & 2) != 0;
  if ((bytes[0] & 4) != 0) s.options.whole_below = bytes[1];
  if ((bytes[0] & 8) != 0)
    s.limits = {
        .frame = bytes[2], .message = bytes[2] * 2u, .fragments = bytes[3] % 8u, .control = bytes[3] / 32u};
  const std::string input(reinterpret_cast<const char *>(bytes) + 5, size - 5);
  const std::string want = transcript(s).read(input, {input.size(), coax::no_cap, 0});
  const std::size_t piece = bytes[4] % 16 + 1u;
  for (const manner &m :
       {manner{1, coax::no_cap, 0}, manner{piece, coax::no_cap, 0}, manner{input.size(), coax::no_cap, 64},
        manner{piece, coax::no_cap, 2}, manner{1, coax::no_cap, 1}})
    COAX_FUZZ_CHECK(transcript(s).read(input, m) == want);
  if (s.options.whole_below == 0)
    COAX_FUZZ_CHECK(transcript(s).read(input, {piece, bytes[4] / 16u + 1, 0}) == want);
  return 0;
}
