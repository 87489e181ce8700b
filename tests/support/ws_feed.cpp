#include "ws_feed.hpp"

#include "allocations.hpp"
#include "catch.hpp"
#include "feed.hpp"
#include "guarded.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace coax_test {

namespace ws = coax::websocket;
using coax::role;
using ws::event_kind;

namespace {

const char *kind_name(event_kind k) {
  switch (k) {
  case event_kind::need_more: return "need_more";
  case event_kind::text: return "text";
  case event_kind::binary: return "binary";
  case event_kind::ping: return "ping";
  case event_kind::pong: return "pong";
  case event_kind::close: return "close";
  case event_kind::closed: return "closed";
  case event_kind::failed: return "failed";
  }
  return "?";
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

class ws_session {
public:
  ws_session(const ws_stream &s, role own, const ws_way &way, bool changes)
      : s_(s), way_(way), changes_(changes), memory_(s.input.size() + 1), store_(s.input),
        reader_(own, {s.deflate, s.whole_below}) {
    items_.resize(way.batch);
  }

  ws_transcript run() {
    bool goes_on = true;
    for (const std::size_t cut : way_.cuts)
      if (goes_on) goes_on = feed(cut);
    if (goes_on && feed(store_.size())) finish();
    if (!problem_.empty()) FAIL(problem_);
    return std::move(out_);
  }

private:
  void expect(bool holds, const char *what) {
    if (!holds && problem_.empty()) problem_ = std::string(what) + " at " + std::to_string(base_);
  }

  /// Makes the bytes before `available` known. False when nothing can follow.
  bool feed(std::size_t available) {
    for (;;) {
      place(available);
      const std::size_t unread = in_.size();
      bool again = false, failed = false;
      if (way_.batch != 0) {
        const ws::limits lim = s_.limits;
        const std::size_t before = allocations();
        const ws::batch b = reader_.next(lim, in_, std::span<ws::item>(items_));
        expect(allocations() == before, "allocated");
        expect(b.events <= items_.size() && b.consumed <= unread, "batch counts");
        expect(b.events == 0 || available >= promised_, "events before as many as the hint came");
        after_call(b.consumed);
        std::size_t last = 0;
        for (std::size_t i = 0; i < b.events; ++i) {
          const ws::item &e = items_[i];
          expect(e.offset >= last && e.offset + std::size_t{e.size} <= b.consumed, "item place");
          last = e.offset + e.size;
          take(e.kind, e.first(), e.last(), e.compressed(), e.code, view(e.in(in_)), base_ + last);
        }
        again = b.events == items_.size() && b.ec == ws::errc::ok;
        failed = b.ec != ws::errc::ok;
        if (failed) {
          expect(b.consumed == last, "consumed with failed");
          take_failure(b.ec, b.why);
        } else if (b.events < items_.size() && !reader_.closed())
          hint(b.hint, b.consumed, available);
        else
          expect(b.hint == 0, "hint of a batch");
        base_ += b.consumed;
      } else {
        const ws::limits lim = s_.limits;
        const std::size_t before = allocations();
        const ws::event e = reader_.next(lim, in_, way_.max_payload);
        expect(allocations() == before, "allocated");
        expect(e.consumed <= unread, "consumed");
        expect((e.code != ws::close_code::none) == (e.kind == event_kind::close), "a code without a Close");
        after_call(e.consumed);
        again = e.kind != event_kind::need_more && e.kind != event_kind::closed;
        failed = e.kind == event_kind::failed;
        if (failed) {
          expect(e.consumed == 0, "consumed with failed");
          take_failure(e.ec, e.why);
        } else if (e.kind == event_kind::need_more)
          hint(e.hint, e.consumed, available);
        else if (e.kind != event_kind::closed) {
          expect(e.ec == ws::errc::ok && e.hint == 0, "event fields");
          expect(available >= promised_, "an event before as many as the hint came");
          expect(e.frame_left == reader_.frame_left() && (!e.last || e.frame_left == 0), "frame_left");
          const std::size_t end = static_cast<std::size_t>(e.payload.data() - in_.data()) + e.payload.size();
          expect(end == e.consumed, "payload ends where consumed does");
          take(e.kind, e.first, e.last, e.compressed, e.code, view(e.payload), base_ + e.consumed);
        } else
          expect(e.consumed == unread && reader_.closed(), "closed");
        base_ += e.consumed;
      }
      if (failed) return false;
      if (!again) return true;
    }
  }

  void place(std::size_t available) {
    const std::string_view unread = std::string_view(store_).substr(base_, available - base_);
    in_ = ++calls_ % 2 == 0 ? memory_.place_first(unread) : memory_.place(unread);
  }

  void after_call(std::size_t consumed) {
    const std::string_view before = std::string_view(store_).substr(base_, in_.size());
    expect(view(in_).substr(consumed) == before.substr(consumed), "changed a byte that was not consumed");
    if (!changes_) expect(view(in_) == before, "changed a byte");
    relocate();
  }

  /// The state is plain bytes: move it elsewhere.
  void relocate() {
    alignas(ws::reader) std::array<char, sizeof(ws::reader)> bytes;
    std::memcpy(bytes.data(), static_cast<const void *>(&reader_), sizeof reader_);
    std::memset(static_cast<void *>(&reader_), 0xA5, sizeof reader_);
    std::memcpy(static_cast<void *>(&reader_), bytes.data(), sizeof reader_);
  }

  /// As long as fewer bytes than the hint have come, nothing may be consumed or handed out.
  void hint(std::size_t hint, std::size_t consumed, std::size_t available) {
    expect(hint >= 1, "hint");
    expect(available >= promised_ || consumed == 0, "consumed before as many as the hint came");
    promised_ = available + hint;
  }

  void take(event_kind kind, bool first, bool last, bool compressed, ws::close_code code,
            std::string_view payload, std::size_t end) {
    switch (kind) {
    case event_kind::text:
    case event_kind::binary:
      expect(code == ws::close_code::none, "a code without a Close");
      expect(!payload.empty() || last, "an empty piece");
      expect(payload.size() <= way_.max_payload, "max_payload");
      if (first) {
        expect(!joining_, "first twice");
        expect(!closed_, "data behind close");
        joining_ = true;
        message_ = std::string(compressed ? "compressed " : "") + kind_name(kind);
        payload_.clear();
      }
      expect(joining_, "no first");
      expect(message_ == std::string(compressed ? "compressed " : "") + kind_name(kind), "kind changed");
      payload_ += payload;
      message_end_ = end;
      if (last) {
        joining_ = false;
        add(message_, payload_, end);
      }
      return;
    case event_kind::ping:
    case event_kind::pong: add(kind_name(kind), payload, end); return;
    case event_kind::close:
      expect(!closed_, "closed twice");
      closed_ = true;
      drop_message();
      add("close " + std::to_string(static_cast<unsigned>(code)), payload, end);
      return;
    case event_kind::need_more:
    case event_kind::closed:
    case event_kind::failed: expect(false, "not an item"); return;
    }
  }

  void add(std::string text, std::size_t offset) { out_.push_back({std::move(text), offset}); }
  void add(const std::string &text, std::string_view payload, std::size_t offset) {
    add(payload.empty() ? text : text + " " + escape(payload), offset);
  }

  void drop_message() {
    if (joining_) add(message_ + "...", payload_, message_end_);
    joining_ = false;
  }

  void take_failure(ws::errc ec, coax::fault why) {
    drop_message();
    expect(why.at <= in_.size() && why.index == 0, "place of the error");
    add("error " + std::string(name(ec)) + " " +
            std::to_string(static_cast<unsigned>(ws::close_code_for(ec))) + " in " +
            std::string(name(why.what)),
        base_ + why.at);
    expect(reader_.error() == ec, "error()");
    repeats(ec, why);
  }

  /// A failed reader says the same to whatever comes, and touches nothing.
  void repeats(ws::errc ec, coax::fault why) {
    std::string valid = "\x81\x02hi", rest(view(in_));
    const std::string valid_before = valid, rest_before = rest;
    for (std::string *more : {&valid, &rest}) {
      const ws::event e = reader_.next(ws::limits{}, *more);
      expect(e.kind == event_kind::failed && e.ec == ec && e.why == why && e.consumed == 0 && e.hint == 0 &&
                 e.payload.empty(),
             "next of a failed reader");
      std::array<ws::item, 3> items;
      const ws::batch b = reader_.next(ws::limits{}, *more, std::span<ws::item>(items));
      expect(b.ec == ec && b.why == why && b.consumed == 0 && b.events == 0, "batch of a failed reader");
    }
    expect(valid == valid_before && rest == rest_before, "a failed reader changed input");
    expect(reader_.end_of_input().ec == ec && reader_.fail(ws::errc::bad_deflate).ec == ec && !reader_.idle(),
           "end of a failed reader");
    const role own = reader_.own_role();
    reader_.reset();
    expect(reader_.idle() && reader_.own_role() == own && reader_.error() == ws::errc::ok &&
               reader_.options() == ws::reader_options{s_.deflate, s_.whole_below},
           "reset");
    std::string close = own == role::client ? std::string("\x88\0", 2) : std::string("\x88\x80\0\0\0\0", 6);
    expect(reader_.next(ws::limits{}, close).kind == event_kind::close, "reading after reset");
  }

  void finish() {
    if (!s_.ends) {
      if (reader_.closed()) {
        if (base_ != message_end_of_close()) add("dropped", base_);
        return;
      }
      drop_message();
      if (!reader_.idle() || base_ != store_.size()) add("more", base_);
      expect(reader_.idle() == (reader_.frame_left() == 0 && !reader_.in_message()) || base_ == store_.size(),
             "idle");
      return;
    }
    const ws::event e = reader_.end_of_input();
    drop_message();
    if (e.kind == event_kind::closed)
      add("end", base_);
    else {
      expect(e.kind == event_kind::failed && e.ec == ws::errc::incomplete && e.why.at == 0, "end of input");
      add("incomplete", base_);
    }
    const ws::event again = reader_.end_of_input();
    expect(again.kind == e.kind && again.ec == e.ec, "end of input twice");
  }
  std::size_t message_end_of_close() const { return out_.empty() ? 0 : out_.back().offset; }

  const ws_stream &s_;
  const ws_way &way_;
  const bool changes_;
  guarded memory_;
  std::string store_;
  std::span<char> in_{};
  ws::reader reader_;
  std::vector<ws::item> items_{};
  ws_transcript out_{};
  std::string problem_{}, message_{}, payload_{};
  bool joining_ = false, closed_ = false;
  std::size_t base_ = 0, promised_ = 0, message_end_ = 0, calls_ = 0;
};

std::vector<std::size_t> offsets(std::size_t size, std::size_t step) {
  std::vector<std::size_t> out;
  for (std::size_t i = step; i < size; i += step) out.push_back(i);
  return out;
}

/// Every offset of a short input; of a long one its beginning and its end, and some between.
std::vector<std::size_t> cuts_for(std::size_t size) {
  if (size <= 2048) return offsets(size, 1);
  std::vector<std::size_t> out = offsets(20, 1);
  for (std::size_t i = 1; i < 8; ++i) out.push_back(size / 8 * i + i);
  for (std::size_t i = 8; i > 0; --i) out.push_back(size - i);
  return out;
}

} // namespace

std::string ws_hex(std::string_view in) {
  std::string out;
  for (const char c : in)
    for (const int shift : {4, 0}) out += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return out;
}

std::string ws_bytes(std::string_view hex) {
  std::string digits;
  for (const char c : hex)
    if (c != ' ') digits += c;
  REQUIRE(digits.size() % 2 == 0);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out += static_cast<char>(std::stoul(digits.substr(i, 2), nullptr, 16));
  return out;
}

std::string to_text(const ws_transcript &t) {
  std::string out;
  for (const ws_record &r : t) out += (out.empty() ? "" : " | ") + r.text + " @" + std::to_string(r.offset);
  return out;
}

ws_masked mask_stream(std::string_view input, std::string_view key) {
  ws_masked out;
  out.end.push_back(0);
  std::size_t at = 0;
  const auto put = [&](char c) {
    out.octet.push_back(out.input.size());
    out.input += c;
    out.end.push_back(out.input.size());
    ++at;
  };
  while (at < input.size()) {
    put(input[at]);
    if (at == input.size()) break;
    const auto second = static_cast<unsigned char>(input[at]);
    put(static_cast<char>(second ^ 0x80u)); // a masked frame becomes one that is not
    std::uint64_t length = second & 0x7F;
    const int width = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (width != 0) length = 0;
    int i = 0;
    for (; i < width && at < input.size(); ++i) {
      length = length << 8 | static_cast<unsigned char>(input[at]);
      put(input[at]);
    }
    if (i < width) break;
    out.input += key;
    out.end.back() = out.input.size();
    for (std::uint64_t n = 0; n < length && at < input.size(); ++n)
      put(static_cast<char>(input[at] ^ key[n % 4]));
  }
  out.octet.push_back(out.input.size());
  return out;
}

ws_transcript read_ws(const ws_stream &s, role own, const ws_way &way, bool changes) {
  return ws_session(s, own, way, changes).run();
}

ws_transcript read_ws_every_way(const ws_stream &s, role own, bool changes) {
  const ws_transcript whole = read_ws(s, own, {}, changes);
  const auto compare = [&](const ws_way &way) {
    const ws_transcript t = read_ws(s, own, way, changes);
    if (t == whole) return;
    CAPTURE(ws_hex(std::string_view(s.input).substr(0, 200)));
    CAPTURE(own == role::server);
    CAPTURE(way.cuts.size());
    CAPTURE(way.cuts.empty() ? 0 : way.cuts[0]);
    CAPTURE(way.batch);
    CAPTURE(way.max_payload);
    REQUIRE(to_text(t) == to_text(whole));
  };
  // Single bytes copy the unread bytes each time: linear for the reader, not for this helper.
  const std::size_t smallest = s.input.size() <= 4096 ? 1 : 1021;
  const std::size_t size = s.input.size();
  for (const std::size_t batch : {0u, 1u, 2u, 64u}) {
    if (batch != 0) compare({.batch = batch});
    for (const std::size_t step : {smallest, smallest * 3})
      compare({.cuts = offsets(size, step), .batch = batch});
    for (const std::size_t cut : cuts_for(size)) compare({.cuts = {cut}, .batch = batch});
  }
  if (s.whole_below <= 1)
    for (const std::size_t max : {1u, 2u, 5u, 1000u}) {
      if (size > 4096 && max < 1000) continue;
      compare({.max_payload = max});
      compare({.cuts = offsets(size, 7), .max_payload = max});
    }
  return whole;
}

std::string ws_every_way(const ws_stream &s) {
  const ws_transcript client = read_ws_every_way(s, role::client, false);
  for (const std::string_view key : {std::string_view("\0\0\0\0", 4), std::string_view("\x37\xfa\x21\x3d")}) {
    const ws_masked twin = mask_stream(s.input, key);
    ws_stream masked = s;
    masked.input = twin.input;
    const ws_transcript server = read_ws_every_way(masked, role::server, key[0] != '\0');
    ws_transcript want = client;
    for (ws_record &r : want) {
      const bool error = r.text.starts_with("error");
      if (error && r.text.starts_with("error masked_frame")) r.text.replace(0, 18, "error unmasked_frame");
      r.offset = error ? twin.octet.at(r.offset) : twin.end.at(r.offset);
    }
    INFO(ws_hex(std::string_view(s.input).substr(0, 200)));
    REQUIRE(to_text(server) == to_text(want));
  }
  return to_text(client);
}

std::string ws_every_way(std::string_view hex) { return ws_every_way(ws_stream{.input = ws_bytes(hex)}); }

} // namespace coax_test
