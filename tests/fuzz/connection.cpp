// A server and a client, called in any order with any bytes, wired to each other or not: nothing impossible
// happens.
#include "transcript.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

namespace http = coax_fuzz::http;
using http::content;
using http::errc;
using http::event;
using http::event_kind;
using http::phase;
using std::string_view;

/// The server applies codings, which are for the caller to undo.
constexpr http::leniency any_coding{.expose_codings = true};

/// The input: decisions and bytes, taken from its front.
class tape {
public:
  tape(const std::uint8_t *bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  bool empty() const { return size_ == 0; }
  std::uint8_t take() {
    if (size_ == 0) return 0;
    --size_;
    return *bytes_++;
  }
  string_view take(std::size_t n) {
    n = std::min(n, size_);
    const string_view out(reinterpret_cast<const char *>(bytes_), n);
    bytes_ += n;
    size_ -= n;
    return out;
  }

private:
  const std::uint8_t *bytes_;
  std::size_t size_;
};

/// What is worth sending, so that fuzzers find their way.
constexpr string_view pieces[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "abc",
    "2\r\nab\r\n",
    "0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "\r\n",
};

/// One end and its input. Everything that a call may not do is checked here.
template <class End> class driven {
public:
  static constexpr bool is_server = std::is_same_v<End, http::server>;

  driven(const End &end, const http::limits &lim) : end_(end), limits_(lim) {}

  void arrive(string_view bytes) { unread_ += bytes; }
  const End &end() const { return end_; }
  /// What was sent since the last call.
  std::string take_sent() {
    std::string out;
    out.swap(sent_);
    return out;
  }

  event next(std::size_t max_data) {
    // A copy of exactly the right size, so that sanitizers see every byte too far.
    const std::unique_ptr<char[]> in(new char[unread_.size()]);
    std::memcpy(in.get(), unread_.data(), unread_.size());
    std::memset(static_cast<void *>(table_.data()), 0xA5, sizeof table_);
    const End before = end_;
    const event e = end_.next({table_, limits_, any_coding}, string_view(in.get(), unread_.size()), max_data);
    COAX_FUZZ_CHECK(e.consumed <= unread_.size());
    COAX_FUZZ_CHECK(std::memcmp(in.get(), unread_.data(), unread_.size()) == 0);
    if (e.kind == event_kind::need_more || e.kind == event_kind::paused) COAX_FUZZ_CHECK(e.data.empty());
    if (e.kind == event_kind::paused) COAX_FUZZ_CHECK(is_server && e.consumed == 0);
    if (!e.data.empty())
      COAX_FUZZ_CHECK(e.data.data() >= in.get() && e.data.data() + e.data.size() <= in.get() + e.consumed &&
                      e.data.size() <= max_data);
    if (before.receiving() == phase::over || before.receiving() == phase::switched)
      COAX_FUZZ_CHECK(e.consumed == 0);
    note(e);
    unread_.erase(0, e.consumed);
    return e;
  }

  void end_of_input(bool clean) {
    std::memset(static_cast<void *>(table_.data()), 0xA5, sizeof table_);
    const event e = end_.end_of_input({table_, limits_, any_coding}, clean);
    COAX_FUZZ_CHECK(e.consumed == 0);
    note(e);
  }
  void fail(errc ec) { note(end_.fail(ec)); }
  void close() { end_.close(); }

  /// Sends what `call` writes into a span of `room` bytes. With an error nothing has changed, and where
  /// `untouched`, not a byte was written.
  template <class Call> bool send(std::size_t room, bool untouched, Call call) {
    std::array<char, 512> out;
    out.fill('\x5A');
    std::array<char, sizeof(End)> before;
    std::memcpy(before.data(), static_cast<const void *>(&end_), sizeof(End));
    const coax::written<errc> w = call(end_, std::span<char>(out).first(room));
    COAX_FUZZ_CHECK(w.size <= room);
    const bool writes = w.ec == errc::ok || w.ec == errc::buffer_too_small || !untouched;
    COAX_FUZZ_CHECK(std::all_of(out.begin() + (writes ? static_cast<std::ptrdiff_t>(room) : 0), out.end(),
                                [](char c) { return c == '\x5A'; }));
    if (w.ec == errc::ok) {
      COAX_FUZZ_CHECK(w.size == w.required);
      sent_.append(out.data(), w.size);
      return true;
    }
    COAX_FUZZ_CHECK(w.size == 0);
    COAX_FUZZ_CHECK(w.ec == errc::wrong_state || w.ec == errc::invalid_input ||
                    w.ec == errc::buffer_too_small || w.ec == errc::body_too_short);
    if (w.ec != errc::body_too_short)
      COAX_FUZZ_CHECK(std::memcmp(before.data(), static_cast<const void *>(&end_), sizeof(End)) == 0);
    if (w.ec == errc::buffer_too_small) COAX_FUZZ_CHECK(w.required > room);
    return false;
  }

  /// Reading on without sending gives the same, whole and byte by byte.
  void check_split() const {
    COAX_FUZZ_CHECK(read_on(unread_.size() + 1) == read_on(1));
    COAX_FUZZ_CHECK(read_on(unread_.size() + 1) == read_on(3));
  }

private:
  void note(const event &e) {
    if (failed_) {
      COAX_FUZZ_CHECK(e.kind == event_kind::failed && e.ec == ec_ && e.consumed == 0);
    } else if (e.kind == event_kind::failed) {
      failed_ = true;
      ec_ = e.ec;
      COAX_FUZZ_CHECK(e.consumed == 0 && e.ec != errc::ok);
    }
    COAX_FUZZ_CHECK(failed_ == (end_.receiving() == phase::failed));
  }

  std::string read_on(std::size_t step) const {
    End end = end_;
    std::array<http::field_ref, 8> table{};
    std::string log, data;
    std::size_t from = 0, to = 0;
    while (to < unread_.size()) {
      to = std::min(to + step, unread_.size());
      for (;;) {
        std::memset(static_cast<void *>(table.data()), 0xA5, sizeof table);
        const event e = end.next({table, limits_, any_coding}, string_view(unread_).substr(from, to - from));
        from += e.consumed;
        if (e.kind == event_kind::data) {
          data += e.data;
          continue;
        }
        if (e.kind == event_kind::need_more || e.kind == event_kind::paused) break;
        if (!data.empty()) log += "[" + data + "]";
        data.clear();
        log += std::to_string(static_cast<int>(e.kind)) + "/" + std::to_string(static_cast<int>(e.ec)) + "/" +
               std::to_string(e.head.size) + "/" + std::to_string(e.trailers.count) + "/" +
               std::to_string(e.kind == event_kind::failed ? from + e.why.at : from) + " ";
        if (e.kind == event_kind::closed || e.kind == event_kind::failed || e.kind == event_kind::switched)
          return log + name_of(end);
      }
    }
    return log + "[" + data + "]" + std::to_string(from) + name_of(end);
  }
  static std::string name_of(const End &end) {
    return std::string(name(end.receiving())) + "/" + std::string(name(end.sending()));
  }

  End end_;
  http::limits limits_;
  std::string unread_, sent_;
  std::array<http::field_ref, 8> table_{};
  bool failed_ = false;
  errc ec_ = errc::ok;
};

content content_from(std::uint8_t b) {
  return b % 3 == 0 ? content::none() : b % 3 == 1 ? content::of(b / 3 % 5) : content::streamed();
}

/// What both ends can do to send a body.
template <class End> void send_body(driven<End> &d, std::uint8_t what, std::uint8_t with, std::size_t room) {
  constexpr string_view payload = "0123456789abcdefghij";
  const string_view some = payload.substr(0, with % (payload.size() + 1));
  switch (what % 4) {
  case 0: d.send(room, true, [&](End &e, std::span<char> out) { return e.send_data(some, out); }); break;
  case 1:
    d.send(512, true, [&](End &e, std::span<char> out) -> coax::written<errc> {
      const http::data_frame frame = e.send_data(some.size()); // as a program would with a gathering write
      if (!frame) return {frame.ec};
      coax::bounded_writer w(out);
      w.put(frame.prefix()).put(some).put(frame.suffix);
      return w.finish(errc::buffer_too_small);
    });
    break;
  case 2: d.send(room, true, [&](End &e, std::span<char> out) { return e.send_end(out); }); break;
  default:
    d.send(room, false, [&](End &e, std::span<char> out) {
      http::trailer_writer trailers(out);
      if (with & 1) trailers.field("X", "y");
      if (with & 8) trailers.field("Host", "y");
      return e.send_end(trailers);
    });
  }
}

void send_head(driven<http::server> &d, std::uint8_t a, std::uint8_t b, std::size_t room) {
  constexpr std::uint16_t codes[] = {100, 101, 103, 200, 204, 205, 299, 304,
                                     403, 426, 500, 599, 99,  600, 101, 200};
  const auto fill = [&](std::span<char> out) {
    http::response_head head(out, codes[a % 16]);
    if (b & 1) head.field("Upgrade", string_view("x"));
    if (b & 2) head.field("Connection", string_view("close"));
    if ((b & 12) == 4) head.field("Transfer-Encoding", string_view("gzip"));
    if ((b & 12) == 8) head.field("Content-Length", std::uint64_t{2});
    return head;
  };
  const content c = content_from(static_cast<std::uint8_t>(b >> 4));
  // Refused in a copy: not a byte is written.
  driven<http::server> copy = d;
  std::array<char, 256> text;
  copy.send(room, true,
            [&](http::server &s, std::span<char> out) { return s.send(fill(text).prepared(), c, out); });
  d.send(room, false, [&](http::server &s, std::span<char> out) { return s.send(fill(out), c); });
}

/// The method that was asked with, if a request was sent.
bool send_head(driven<http::client> &d, std::uint8_t a, std::uint8_t b, std::size_t room) {
  constexpr string_view methods[] = {"GET", "HEAD", "POST", "CONNECT", "OPTIONS", "PUT", "FOO", "GET"};
  const string_view method = methods[a % 8];
  const auto fill = [&](std::span<char> out) {
    http::request_head head(out, method, method == "CONNECT" ? "a:1" : "/", method == "CONNECT" ? "a:1" : "a",
                            (a & 8) != 0 && (a & 16) != 0 ? 0 : 1);
    if (b & 1) head.field("Upgrade", string_view("x"));
    if (b & 2) head.field("Connection", string_view("close"));
    if (b & 4) head.field("Expect", string_view("100-continue"));
    if (b & 8) head.field("Connection", string_view("keep-alive"));
    return head;
  };
  const content c = content_from(static_cast<std::uint8_t>(b >> 4));
  driven<http::client> copy = d;
  std::array<char, 256> text;
  copy.send(room, true,
            [&](http::client &s, std::span<char> out) { return s.send(fill(text).prepared(), c, out); });
  return d.send(room, false, [&](http::client &s, std::span<char> out) { return s.send(fill(out), c); });
}

/// Reads what an end sent, as a peer of little wit would: it has to be HTTP.
template <class Reader> class witness {
public:
  void asked(http::method m) { methods_ += static_cast<char>(m); }
  void take(string_view bytes) {
    unread_ += bytes;
    std::array<http::field_ref, 16> table{};
    for (;;) {
      if constexpr (std::is_same_v<Reader, http::response_reader>)
        reader_.answers(methods_.empty() ? http::method::get : static_cast<http::method>(methods_[0]));
      const event e = reader_.next({table, http::default_limits, any_coding}, string_view(unread_));
      if (e.kind == event_kind::failed) std::fprintf(stderr, "%s\n%s\n", name(e.ec).data(), unread_.c_str());
      COAX_FUZZ_CHECK(e.kind != event_kind::failed);
      unread_.erase(0, e.consumed);
      if (e.kind == event_kind::response && !methods_.empty()) methods_.erase(0, 1);
      if (e.kind == event_kind::need_more || e.kind == event_kind::closed || e.kind == event_kind::switched)
        return;
    }
  }

private:
  Reader reader_;
  std::string unread_, methods_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 4 || size > 4096) return 0;
  tape in(bytes, size);
  const std::uint8_t mode = in.take(), small = in.take();
  const bool wired = mode & 1; // only what the other end sent arrives, and nobody gives up
  http::limits lim;
  lim.interim = wired ? 65535 : 3;
  if (mode & 2) lim.drain = small % 8;
  if ((mode & 4) && !wired) lim.body = small % 16, lim.head = 100, lim.chunk_overhead = 20;
  driven<http::server> server(http::server({.proxy = (mode & 8) != 0}), lim);
  driven<http::client> client(http::client({.assume_http11 = (mode & 16) != 0}), lim);
  witness<http::response_reader> answers;
  witness<http::request_reader> requests;
  std::string up, down; // on the wire

  const auto serve = [&](event_kind &kind, const event &e) {
    kind = e.kind;
    if (e.kind == event_kind::request) answers.asked(e.head.method);
    if (wired) COAX_FUZZ_CHECK(e.kind != event_kind::failed);
  };
  while (!in.empty()) {
    const std::uint8_t op = in.take(), with = in.take();
    const std::size_t room = (with & 128) ? 512 : with;
    const std::size_t max_data = (with & 7) == 7 ? with >> 3 : coax::no_cap;
    event_kind kind{};
    const std::uint8_t first = op % 16 == 4 || op % 16 == 6 ? in.take() : std::uint8_t{0};
    switch (op % 16) {
    case 0:
    case 1: serve(kind, server.next(max_data)); break;
    case 2:
    case 3: {
      const event e = client.next(max_data);
      if (wired) COAX_FUZZ_CHECK(e.kind != event_kind::failed || e.ec == errc::body_too_short);
      break;
    }
    case 4: send_head(server, first, in.take(), room); break;
    case 5: send_body(server, in.take(), with, room); break;
    case 6: (void)send_head(client, first, in.take(), room); break;
    case 7: send_body(client, in.take(), with, room); break;
    case 8:
      server.send(room, true, [](http::server &s, std::span<char> out) { return s.send_continue(out); });
      break;
    case 9:
      server.send(room, false, [](http::server &s, std::span<char> out) { return s.answer_failure(out); });
      break;
    case 10:
    case 11: {
      std::string &wire = op % 16 == 10 ? up : down;
      const std::string piece = wire.substr(0, with);
      wire.erase(0, piece.size());
      op % 16 == 10 ? server.arrive(piece) : client.arrive(piece);
      break;
    }
    case 12:
      if (with & 1)
        server.close();
      else
        client.close();
      break;
    case 13:
      if (wired) break;
      if (with & 1)
        server.end_of_input(with & 2);
      else
        client.end_of_input(with & 2);
      break;
    case 14:
      if (wired) break;
      if (with & 1)
        server.fail(with & 2 ? errc::timed_out : errc::body_too_large);
      else
        client.fail(errc::timed_out);
      break;
    default: {
      if (wired) break;
      const string_view piece = (with & 2) ? pieces[with >> 4] : in.take(with >> 2);
      (with & 1) ? server.arrive(piece) : client.arrive(piece);
    }
    }
    const std::string answered = server.take_sent(), asked = client.take_sent();
    answers.take(answered);
    requests.take(asked);
    down += answered;
    up += asked;
    if ((with & 31) == 31) server.check_split(), client.check_split();
  }
  return 0;
}
