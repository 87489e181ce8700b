// Calls of a writer as the input has them, in order or not: a refused call leaves no trace, and what the
// others wrote is a stream that the peer accepts, and that says what was passed.
#include "transcript.hpp"

#include "support/ws_receive.hpp"
#include "support/ws_sender.hpp"

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
using coax::role;
using coax_test::told;

/// What is left of the input.
struct bytes {
  std::string_view rest;
  unsigned next() {
    if (rest.empty()) return 0;
    const auto c = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return c;
  }
  std::string_view take(std::size_t n) {
    const std::string_view out = rest.substr(0, n);
    rest.remove_prefix(out.size());
    return out;
  }
};

/// Keys from the input; they run out.
struct input_keys {
  bytes *in = nullptr;
  unsigned draws = 0;
  bool fails = false;
  bool fill(std::span<char> out) noexcept {
    ++draws;
    COAX_FUZZ_CHECK(out.size() == 4);
    for (char &c : out) c = static_cast<char>(in->next());
    return !fails;
  }
};

template <role R> class run {
public:
  run(bytes in, bool deflate) : in_(in), deflate_(deflate) {
    s_.w = ws::writer<R>(ws::writer_options{.deflate = deflate});
    s_.keys.in = &in_;
  }

  void all() {
    while (!in_.rest.empty()) step();
    std::string_view whole = wire_;
    if (s_.w.frame_left() != 0) whole = whole.substr(0, frame_at_); // the last frame is not finished
    bool unfinished = false;
    const auto got = coax_test::read_stream(whole, R, deflate_, unfinished);
    COAX_FUZZ_CHECK(got && *got == expected_);
    bool lacks_end = false;
    const auto received =
        coax_test::receive(std::string(whole), R, deflate_, 1 + whole.size() % 7, lacks_end);
    COAX_FUZZ_CHECK(received && *received == coax_test::until_close(expected_));
    if (!s_.w.closed() && s_.w.frame_left() == 0) COAX_FUZZ_CHECK(unfinished == s_.w.in_message());
  }

private:
  /// Makes the call with some room, as much as it takes, or too little. Whether it succeeded.
  template <class F> bool call(std::size_t size, bool draws, F f) {
    const std::size_t room = in_.next() < 16 ? in_.next() : size;
    const std::unique_ptr<char[]> memory(new char[room]);
    std::fill_n(memory.get(), room, '~');
    const std::string before = s_.state();
    const unsigned draws_before = s_.keys.draws;
    const auto done = f(std::span<char>(memory.get(), room));
    const unsigned drawn = s_.keys.draws - draws_before;
    if (!done) {
      COAX_FUZZ_CHECK(done.size == 0 && s_.state() == before);
      COAX_FUZZ_CHECK(std::string_view(memory.get(), room) == std::string(room, '~'));
      COAX_FUZZ_CHECK((done.ec == ws::errc::buffer_too_small) == (done.required > room));
      COAX_FUZZ_CHECK((done.ec == ws::errc::no_entropy) == (drawn == 1));
      if (done.ec == ws::errc::no_entropy) COAX_FUZZ_CHECK(s_.keys.fails);
      return false;
    }
    COAX_FUZZ_CHECK(done.size == size && done.required == size);
    COAX_FUZZ_CHECK(drawn == (draws && R == role::client ? 1 : 0));
    COAX_FUZZ_CHECK(std::string_view(memory.get() + size, room - size) == std::string(room - size, '~'));
    frame_at_ = draws ? wire_.size() : frame_at_;
    wire_.append(memory.get(), size);
    return true;
  }

  static std::size_t framed(std::size_t n) { return static_cast<std::size_t>(ws::writer<R>::frame_size(n)); }

  void data(ws::frame_kind kind, std::string_view payload) {
    if (kind.op != ws::opcode::continuation) {
      message_ = {kind.op == ws::opcode::text ? (kind.compressed ? 'T' : 't') : (kind.compressed ? 'B' : 'b'),
                  {}};
    }
    fin_ = kind.fin;
    pass(payload);
  }
  void pass(std::string_view payload) {
    message_.payload += payload;
    if (s_.w.frame_left() == 0 && fin_) {
      expected_.push_back(message_);
      message_ = {};
      fin_ = false;
    }
  }

  void step() {
    const unsigned what = in_.next();
    s_.keys.fails = what >= 250;
    // mostly the opcode that is in order, sometimes anything
    const unsigned flags = in_.next();
    ws::frame_kind kind{s_.w.in_message() ? ws::opcode::continuation : static_cast<ws::opcode>(1 + flags % 2),
                        (flags & 4) != 0, (flags & 24) == 24};
    if ((flags & 0xE0) == 0xE0) kind.op = static_cast<ws::opcode>(in_.next() % 18);
    const std::string payload(in_.take(flags & 32 ? in_.next() : in_.next() % 8));
    const std::string_view p = payload;
    using out_span = std::span<char>;
    switch (what % 13) {
    case 0:
      if (call(framed(p.size()), true, [&](out_span out) { return s_.text(p, out); }))
        data({ws::opcode::text}, p);
      break;
    case 1:
      if (call(framed(p.size()), true, [&](out_span out) { return s_.binary(p, out); }))
        data({ws::opcode::binary}, p);
      break;
    case 2:
    case 3:
      if (call(framed(p.size()), true, [&](out_span out) { return s_.frame(kind, p, out); })) data(kind, p);
      break;
    case 4:
    case 5: {
      std::uint64_t n = in_.next() % 12;
      if (flags & 64) n = std::uint64_t{in_.next()} << in_.next() % 64;
      const auto header =
          static_cast<std::size_t>(n > ws::max_frame_payload ? 0 : ws::writer<R>::frame_size(n) - n);
      if (call(header, true, [&](out_span out) { return s_.begin(kind, n, out); })) data(kind, {});
      break;
    }
    case 6:
    case 7:
      if (call(p.size(), false, [&](out_span out) { return s_.payload(p, out); }) && !p.empty()) pass(p);
      break;
    case 8: {
      std::string copy = payload;
      const std::string before = s_.state();
      if (s_.w.payload_in_place(copy) != ws::errc::ok) {
        COAX_FUZZ_CHECK(copy == payload && s_.state() == before);
        break;
      }
      wire_ += copy;
      if (!p.empty()) pass(p);
      break;
    }
    case 9:
      if (call(framed(p.size()), true, [&](out_span out) { return s_.ping(p, out); }))
        expected_.push_back({'p', payload});
      break;
    case 10:
      if (call(framed(p.size()), true, [&](out_span out) { return s_.pong(p, out); }))
        expected_.push_back({'q', payload});
      break;
    case 11:
      if constexpr (R == role::server) {
        const ws::prepared head = ws::prepare(kind.op, p, kind.compressed);
        if (s_.w.admit(head) == ws::errc::ok) {
          wire_ += head.header();
          wire_ += p;
          kind.fin = true;
          data(kind, p);
          break;
        }
        const std::string before = s_.state();
        if (s_.w.payload(p) != ws::errc::ok) {
          COAX_FUZZ_CHECK(s_.state() == before);
          break;
        }
        wire_ += p;
        if (!p.empty()) pass(p);
      }
      break;
    default:
      if (flags < 16) {
        s_.w.peer_closed();
      } else if (flags == 16) {
        if (call(framed(0), true, [&](out_span out) { return s_.close(out); }))
          expected_.push_back({'c', ""});
      } else if (flags < 80) {
        const unsigned code = in_.next() * 256 + in_.next();
        if (call(framed(p.size() + 2), true,
                 [&](out_span out) { return s_.close(static_cast<ws::close_code>(code), p, out); }))
          expected_.push_back(
              {'c', std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + payload});
      } else if (flags == 255) {
        if (s_.w.frame_left() != 0) wire_.resize(frame_at_); // it is never finished
        s_.w.stop();
      }
    }
  }

  bytes in_;
  bool deflate_;
  coax_test::sender<R, input_keys> s_{};
  std::string wire_{};
  std::size_t frame_at_ = 0; // where the last frame begins
  std::vector<told> expected_{};
  told message_{};
  bool fin_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  const bytes in{std::string_view(reinterpret_cast<const char *>(data) + 1, size - 1)};
  if (data[0] & 1)
    run<role::client>(in, data[0] & 2).all();
  else
    run<role::server>(in, data[0] & 2).all();
  return 0;
}
