// One end of a connection with what a program keeps beside it, and the ways in which it is driven in tests.
#pragma once

#include "allocations.hpp"
#include "catch.hpp"
#include "feed.hpp"
#include "guarded.hpp"

#include <coax/http/connection.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace coax_test {

/// The bytes of an object, padding and all: whether a call changed anything.
template <class T> class snapshot {
public:
  explicit snapshot(const T &object) {
    std::memcpy(bytes_.data(), static_cast<const void *>(&object), sizeof(T));
  }
  bool still(const T &object) const {
    return std::memcmp(bytes_.data(), static_cast<const void *>(&object), sizeof(T)) == 0;
  }
  void restore(T &object) const { std::memcpy(static_cast<void *>(&object), bytes_.data(), sizeof(T)); }

private:
  std::array<char, sizeof(T)> bytes_;
};

/// A head of either kind, to be sent.
struct head_line {
  std::string name, value;
};
using head_lines = std::vector<head_line>;

/// What an event says, as one line; payload is not in it.
std::string describe(const coax::http::event &e, bool is_request, const char *base,
                     std::span<const coax::http::field_ref> table);

/// How an end is made and driven.
template <class End> struct setup {
  End end{};
  coax::http::limits limits{};
  std::size_t max_data = coax::no_cap;
};

/// A server or a client whose input ends at an inaccessible page, whose state moves between any two calls,
/// whose table is overwritten before each, and which may not allocate. Whatever it sends is tried with spans
/// that are too small before. It logs what it reports; payload that came in pieces is one line.
template <class End> class wired {
public:
  explicit wired(const setup<End> &s = {}) : http(s.end), limits(s.limits), max_data(s.max_data) {}

  End http;
  coax::http::limits limits;
  std::size_t max_data;
  std::string unread;                            ///< input that was not consumed
  std::string sent;                              ///< all output so far
  std::array<coax::http::field_ref, 32> table{}; ///< what the last head's views need

  static constexpr bool is_server = std::is_same_v<End, coax::http::server>;

  coax::http::context context() { return {table, limits}; }

  coax::http::event next() { return next(max_data); }
  coax::http::event next(std::size_t most) {
    in_ = memory_.place(unread);
    const coax::http::event e =
        call([&] { return http.next(context(), std::string_view(in_.data(), in_.size()), most); });
    REQUIRE(unread == std::string_view(in_.data(), in_.size()));
    REQUIRE(e.consumed <= unread.size());
    note(e);
    unread.erase(0, e.consumed);
    return e;
  }
  /// The bytes that arrive, and the next event.
  coax::http::event next(std::string_view arrived) {
    unread += arrived;
    return next();
  }
  coax::http::event end_of_input(bool clean = true) {
    const coax::http::event e = call([&] { return http.end_of_input(context(), clean); });
    note(e);
    return e;
  }
  coax::http::event fail(coax::http::errc ec) {
    const coax::http::event e = call([&] { return http.fail(ec); });
    note(e);
    return e;
  }

  /// Takes events until none comes, calling `react(*this, event)` behind each.
  template <class React> void run(React &react) {
    using kind = coax::http::event_kind;
    for (;;) {
      const std::size_t before = sent.size();
      const coax::http::event e = next();
      react(*this, e);
      if (e.kind == kind::closed || e.kind == kind::failed || e.kind == kind::switched) return;
      if ((e.kind == kind::need_more || e.kind == kind::paused) && sent.size() == before) return;
    }
  }

  /// Sends what `call(end, span)` writes; see the class. Any other error than a short body may not change a
  /// thing.
  template <class Call> coax::written<coax::http::errc> transmit(Call call_) {
    using coax::http::errc;
    End probe = http;
    std::string large(4096, '\xEE');
    const coax::written<errc> whole = call_(probe, std::span<char>(large));
    const snapshot<End> before(http);
    if (!whole) {
      const auto again = call_(http, std::span<char>(large));
      CHECK(again.ec == whole.ec);
      CHECK(again.size == 0);
      CHECK((whole.ec == errc::body_too_short || before.still(http)));
      return whole;
    }
    CHECK(whole.size == whole.required);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size / 2, whole.size - 1}) {
      if (size >= whole.size) continue;
      CAPTURE(size, whole.size);
      std::string small(size, '\xEE');
      const auto refused = call_(http, std::span<char>(small));
      CHECK(refused.ec == errc::buffer_too_small);
      CHECK(refused.size == 0);
      CHECK(refused.required == whole.required);
      CHECK(before.still(http));
    }
    std::string exact(whole.size, '\xEE');
    const std::size_t allocated = allocations();
    const auto done = call_(http, std::span<char>(exact));
    CHECK(allocations() == allocated);
    CHECK(done.ec == errc::ok);
    CHECK(done.size == whole.size);
    CHECK(exact == large.substr(0, whole.size));
    sent += exact;
    relocate();
    return done;
  }

  /// A response head.
  coax::http::errc send(std::uint16_t code, coax::http::content c = {},
                        const head_lines &lines = {}) requires is_server {
    return transmit([&](End &end, std::span<char> out) {
             coax::http::response_head head(out, code);
             for (const head_line &line : lines)
               head.field(std::string_view(line.name), std::string_view(line.value));
             return end.send(head, c);
           })
        .ec;
  }
  /// A request head.
  coax::http::errc send(std::string_view method, std::string_view target, coax::http::content c = {},
                        const head_lines &lines = {}, std::uint8_t minor = 1) requires(!is_server) {
    return transmit([&](End &end, std::span<char> out) {
             coax::http::request_head head(out, method, target, method == "CONNECT" ? target : "a", minor);
             for (const head_line &line : lines)
               head.field(std::string_view(line.name), std::string_view(line.value));
             return end.send(head, c);
           })
        .ec;
  }
  coax::http::errc send_data(std::string_view payload) {
    return transmit([&](End &end, std::span<char> out) { return end.send_data(payload, out); }).ec;
  }
  coax::http::errc send_end() {
    return transmit([&](End &end, std::span<char> out) { return end.send_end(out); }).ec;
  }
  coax::http::errc send_end(const head_lines &trailers) {
    return transmit([&](End &end, std::span<char> out) {
             coax::http::trailer_writer section(out);
             for (const head_line &line : trailers) section.field(line.name, line.value);
             return end.send_end(section);
           })
        .ec;
  }

  /// What was reported so far, one line each.
  std::string log() const { return log_ + (data_.empty() ? "" : "data " + escape(data_) + "\n"); }
  /// The same, and forgets it.
  std::string take_log() {
    std::string out = log();
    log_.clear();
    data_.clear();
    return out;
  }
  /// What was sent, and forgets it.
  std::string take_sent() {
    std::string out = std::move(sent);
    sent.clear();
    return out;
  }

private:
  template <class Call> coax::http::event call(Call call_) {
    for (auto &ref : table) std::memset(static_cast<void *>(&ref), 0xA5, sizeof ref);
    const std::size_t allocated = allocations();
    const coax::http::event e = call_();
    REQUIRE(allocations() == allocated);
    relocate();
    if (e.kind == coax::http::event_kind::failed) {
      CHECK(e.consumed == 0);
      CHECK(e.ec != coax::http::errc::ok);
    }
    return e;
  }

  /// The state is plain bytes: moves it away and back, leaving rubbish between.
  void relocate() {
    const snapshot<End> bytes(http);
    std::memset(static_cast<void *>(&http), 0xA5, sizeof(End));
    bytes.restore(http);
  }

  void note(const coax::http::event &e) {
    using kind = coax::http::event_kind;
    if (e.kind == kind::need_more || e.kind == kind::paused) return;
    if (e.kind == kind::data) return void(data_.append(e.data));
    const bool last = e.kind == kind::closed || e.kind == kind::failed || e.kind == kind::switched;
    if (last && last_ == e.kind) return; // the same again, as often as it is asked
    if (last) last_ = e.kind;
    const std::string line = describe(e, is_server, in_.data(), table);
    log_ = log() + line;
    data_.clear();
  }

  guarded memory_{1 << 17};
  std::span<char> in_{};
  std::string log_, data_;
  coax::http::event_kind last_ = coax::http::event_kind::need_more;
};

/// The offsets at which `size` bytes are cut when they come `step` at a time.
std::vector<std::size_t> cuts_at_each(std::size_t step, std::size_t size);

/// What an end makes of `input` that arrives in pieces that end at `cuts`: its log, what it sent, what it
/// left.
template <class End, class React>
std::string in_pieces(const setup<End> &s, std::string_view input, const std::vector<std::size_t> &cuts,
                      React react) {
  wired<End> end(s);
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    end.unread += input.substr(at, cut - at);
    at = cut;
    end.run(react);
  }
  end.unread += input.substr(at);
  end.run(react);
  return end.log() + "sent " + escape(end.sent) + "\nleft " + escape(end.unread) + "\n";
}

/// The same for every way to cut the input in two, byte by byte and by threes: all have to agree.
template <class End, class React>
std::string every_way(const setup<End> &s, std::string_view input, React react) {
  const std::string whole = in_pieces(s, input, {}, react);
  for (std::size_t cut = 1; cut < input.size(); ++cut) {
    CAPTURE(cut);
    const std::string cut_once = in_pieces(s, input, {cut}, react);
    if (cut_once != whole) REQUIRE(cut_once == whole);
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
    CAPTURE(step);
    const std::string pieces = in_pieces(s, input, cuts_at_each(step, input.size()), react);
    if (pieces != whole) REQUIRE(pieces == whole);
  }
  return whole;
}

} // namespace coax_test
