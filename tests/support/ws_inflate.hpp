// The one way in which compressed messages are read in tests: through a connection and an inflater, in every
// cut, into outputs of every size. All of them must give the same messages and errors.
#pragma once

#include "allocations.hpp"
#include "catch.hpp"
#include "ws_sender.hpp"

#include <coax/websocket/connection.hpp>
#include <coax/websocket/inflater.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace coax_test {

/// The frames as a client sends them: masked with `key`. The stream has whole frames only.
inline std::string to_server(std::string_view frames, std::string_view key) {
  std::string out;
  std::size_t at = 0;
  while (at < frames.size()) {
    const std::size_t begin = at;
    std::size_t size = static_cast<unsigned char>(frames[at + 1]);
    const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
    at += 2;
    if (wide != 0) size = 0;
    for (std::size_t i = 0; i < wide; ++i) size = size << 8 | static_cast<unsigned char>(frames[at++]);
    std::string header(frames.substr(begin, at - begin));
    header[1] = static_cast<char>(static_cast<unsigned char>(header[1]) | 0x80u);
    out += header + std::string(key);
    for (std::size_t i = 0; i < size && at < frames.size(); ++i)
      out += static_cast<char>(frames[at++] ^ key[i % 4]);
  }
  return out;
}

/// A frame as a server sends it.
inline std::string ws_frame(unsigned first, std::string_view payload) {
  std::string out(1, static_cast<char>(static_cast<unsigned char>(first)));
  const std::size_t n = payload.size();
  const auto put = [&](std::uint64_t value) {
    out += static_cast<char>(static_cast<unsigned char>(value & 0xFF));
  };
  if (n < 126) {
    put(n);
  } else if (n < 65536) {
    put(126), put(n >> 8), put(n);
  } else {
    put(127);
    for (int shift = 56; shift >= 0; shift -= 8) put(std::uint64_t{n} >> shift);
  }
  return out + std::string(payload);
}

/// What was agreed on, and what is permitted.
struct inflate_setting {
  ws::deflate_parameters deflate{.agreed = true};
  ws::limits limits{};
  std::uint32_t whole_below = 0;
};

/// How a stream is given and taken.
struct inflate_way {
  std::size_t cut = 0;    ///< the first piece, if that is not 0
  std::size_t step = 0;   ///< pieces of this size, if that is not 0
  std::size_t room = 512; ///< of the output
  std::size_t max_payload = coax::no_cap;
  std::size_t batch = 0; ///< room for so many items; 0: one event at a time
};

/// One end that reads compressed messages. Its state moves between any two calls, its input and output have
/// memory of their own, nothing is allocated.
template <role R, class Engine> class inflating_end {
public:
  inflating_end(Engine &engine, const inflate_setting &s)
      : socket({s.deflate.agreed, s.whole_below}), inflate(s.deflate, R), limits(s.limits), engine_(engine) {}

  ws::connection<R> socket;
  ws::inflater inflate;
  ws::limits limits;
  std::vector<std::string> log{};

  /// All of the input, as `way` says; what was told, with the code of the Close frame behind an error.
  std::string read(std::string_view input, const inflate_way &way) {
    items_.resize(way.batch);
    std::size_t at = 0;
    while (at < input.size() && !over_) {
      std::size_t size = input.size() - at;
      if (way.cut > at) size = std::min(size, way.cut - at);
      if (way.step != 0) size = std::min(size, way.step);
      unread_ += input.substr(at, size);
      at += size;
      while (!over_ && (way.batch != 0 ? batch(way) : one(way))) {
      }
    }
    drop();
    if (!over_ && socket.in().in_message()) log.push_back("in a message");
    std::string out;
    for (const std::string &line : log) out += (out.empty() ? "" : " | ") + line;
    return out;
  }

private:
  std::span<char> input() {
    copy_.reset(new char[unread_.size()]);
    std::memcpy(copy_.get(), unread_.data(), unread_.size());
    return {copy_.get(), unread_.size()};
  }

  bool one(const inflate_way &way) {
    const std::span<char> in = input();
    const ws::event e = quietly([&] { return socket.next(limits, in, way.max_payload); });
    const std::string before(e.payload.data(), e.payload.size());
    take(way.room, e.consumed, [&](std::span<char> out) { return inflate.next(engine_, limits, e, out); });
    if (before != std::string_view(e.payload.data(), e.payload.size())) CHECK(before == "as it was");
    unread_.erase(0, e.consumed);
    return e.kind != ws::event_kind::need_more && e.kind != ws::event_kind::closed &&
           e.kind != ws::event_kind::failed;
  }
  bool batch(const inflate_way &way) {
    const std::span<char> in = input();
    const ws::batch b = quietly([&] { return socket.next(limits, in, std::span<ws::item>(items_)); });
    for (const ws::item &i : std::span(items_).first(b.events)) {
      if (!over_)
        take(way.room, 0, [&](std::span<char> out) { return inflate.next(engine_, limits, i, in, out); });
    }
    if (b.ec != ws::errc::ok && !over_) fail(b.ec);
    unread_.erase(0, b.consumed);
    return b.ec == ws::errc::ok && b.events == items_.size();
  }

  /// Everything that comes of one event.
  template <class Next> void take(std::size_t room, std::size_t consumed, Next next) {
    using k = ws::event_kind;
    do {
      const std::unique_ptr<char[]> memory(new char[room]);
      const std::span<char> out(memory.get(), room);
      const ws::event m = quietly([&] { return next(out); });
      if (m.kind == k::failed) {
        CHECK(m.consumed == 0);
        const ws::event again = next(out);
        CHECK(again.kind == k::failed);
        CHECK(again.ec == m.ec);
        return fail(m.ec);
      }
      if (m.consumed != (inflate.more() ? 0 : consumed)) CHECK(m.consumed == consumed);
      const bool is_data = m.kind == k::text || m.kind == k::binary;
      if (is_data && m.payload.empty() && !m.last) {
        CHECK(!m.first); // nothing came of these octets
      } else if (is_data) {
        const bool in_order = !m.compressed && m.first == message_.empty() &&
                              m.payload.size() <= std::max(room, unread_.size());
        if (!in_order) CHECK(in_order);
        if (m.first) message_ = m.kind == k::text ? "text " : "binary ";
        message_.append(m.payload.data(), m.payload.size());
        if (m.last) log.push_back(message_), message_.clear();
      } else if (m.kind == k::ping || m.kind == k::pong) {
        log.push_back((m.kind == k::ping ? "ping" : "pong") +
                      (m.payload.empty() ? "" : " " + std::string(m.payload.data(), m.payload.size())));
      } else if (m.kind == k::close) {
        log.push_back("close");
      }
    } while (inflate.more());
  }
  void fail(ws::errc ec) {
    over_ = true;
    drop();
    (void)socket.fail(ec);
    std::array<char, 140> frame;
    example_keys keys;
    if constexpr (R == role::client)
      CHECK(socket.send_owed(keys, frame).ec == ws::errc::ok);
    else
      CHECK(socket.send_owed(frame).ec == ws::errc::ok);
    log.push_back("failed " + std::string(name(ec)) + " " +
                  std::to_string(static_cast<unsigned>(socket.own_code())));
    CHECK(socket.error() == ec);
  }
  void drop() {
    if (!message_.empty()) log.push_back("... " + message_);
    message_.clear();
  }

  template <class F> auto quietly(F f) {
    const std::size_t allocated = allocations();
    const auto out = f();
    if (allocations() != allocated) CHECK(allocations() == allocated);
    relocate(inflate);
    relocate(socket);
    return out;
  }
  /// The state is plain bytes: moves it away and back, leaving rubbish between.
  template <class T> static void relocate(T &state) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), static_cast<const void *>(&state), sizeof(T));
    std::memset(static_cast<void *>(&state), 0xA5, sizeof(T));
    std::memcpy(static_cast<void *>(&state), bytes.data(), sizeof(T));
  }

  Engine &engine_;
  std::string unread_{}, message_{};
  std::unique_ptr<char[]> copy_{};
  std::vector<ws::item> items_{};
  bool over_ = false;
};

/// What an end in role `R` makes of `input`. The engine is reset before.
template <role R, class Engine>
std::string read_inflated(Engine &engine, const inflate_setting &s, std::string_view input,
                          const inflate_way &way) {
  engine.reset();
  return inflating_end<R, Engine>(engine, s).read(input, way);
}

template <role R, class Engine>
std::string inflated_every_way(Engine &engine, const inflate_setting &s, std::string_view input) {
  const std::string want = read_inflated<R>(engine, s, input, {});
  const auto compare = [&](const inflate_way &way) {
    const std::string got = read_inflated<R>(engine, s, input, way);
    if (got == want) return;
    CAPTURE(way.cut, way.step, way.room, way.max_payload, way.batch, R == role::server);
    CHECK(got == want);
  };
  for (const std::size_t room : {1u, 2u, 3u, 4u, 5u, 7u, 64u, 65536u}) {
    compare({.room = room});
    compare({.step = 1, .room = room});
    compare({.step = 3, .room = room});
    compare({.room = room, .max_payload = 1});
    compare({.room = room, .batch = 1});
    compare({.room = room, .batch = 16});
    compare({.step = 1, .room = room, .batch = 2});
    for (std::size_t cut = 1; cut < std::min<std::size_t>(input.size(), 100); ++cut)
      compare({.cut = cut, .room = room});
  }
  return want;
}

/// The same for what a client reads, and its twins that a server reads, masked with two keys. All agree.
template <class Engine>
std::string inflated_at_both_ends(Engine &engine, const inflate_setting &s, std::string_view input) {
  const std::string want = inflated_every_way<role::client>(engine, s, input);
  for (const std::string &key : {std::string(4, '\0'), std::string("\x37\xfa\x21\x3d")})
    CHECK(inflated_every_way<role::server>(engine, s, to_server(input, key)) == want);
  return want;
}

} // namespace coax_test
