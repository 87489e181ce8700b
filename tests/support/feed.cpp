#include "feed.hpp"

#include "allocations.hpp"
#include "catch.hpp"
#include "guarded.hpp"

#include <array>
#include <cstring>
#include <random>

namespace coax_test {

namespace http = coax::http;

namespace {

std::string body_text(const http::framing &f) {
  switch (f.kind) {
  case http::body_kind::none: return "none";
  case http::body_kind::length: return "length=" + std::to_string(f.length);
  case http::body_kind::chunked: return "chunked";
  case http::body_kind::until_close: return "close";
  case http::body_kind::tunnel: return "tunnel";
  }
  return "?";
}

std::string framing_text(const http::framing &f) {
  std::string out = body_text(f);
  if (f.has_length && f.kind != http::body_kind::length) out += " declared=" + std::to_string(f.length);
  out += f.keep_alive ? " keep" : " last";
  if (f.upgrade) out += " upgrade";
  if (f.expects_continue) out += " continue";
  if (f.unknown_expectation) out += " expectation";
  if (f.other_codings) out += " codings";
  return out;
}

/// Turns events into a transcript: payload that arrived in pieces becomes one record.
class recorder {
public:
  void add(std::string text, std::size_t offset) {
    flush();
    lines_.push_back({std::move(text), offset});
  }
  void data(std::string_view bytes, std::size_t offset) {
    data_.append(bytes);
    data_end_ = offset;
  }
  transcript take() {
    flush();
    return std::move(lines_);
  }

private:
  void flush() {
    if (!data_.empty()) lines_.push_back({"data " + escape(data_), data_end_});
    data_.clear();
  }
  transcript lines_;
  std::string data_;
  std::size_t data_end_ = 0;
};

template <class Reader> class session {
public:
  session(const dialogue &d) : d_(d), table_(d.table), memory_(d.input.size() + 1), store_(d.input) {}

  transcript run(const std::vector<std::size_t> &cuts) {
    for (std::size_t cut : cuts)
      if (!feed(cut)) return out_.take();
    if (!feed(store_.size())) return out_.take();
    finish();
    return out_.take();
  }

private:
  static constexpr bool responses = std::is_same_v<Reader, http::response_reader>;

  /// Makes the bytes before `available` known. False when no further event can follow.
  bool feed(std::size_t available) {
    for (;;) {
      const http::event e = next(available);
      REQUIRE(e.consumed <= available - base_);
      const bool goes_on = take(e);
      if (e.kind == http::event_kind::need_more) {
        base_ += e.consumed;
        if (d_.max_data != 0) REQUIRE(e.hint >= 1);
        return true;
      }
      base_ += e.consumed;
      if (!goes_on) return false;
    }
  }

  http::event next(std::size_t available) {
    const std::string_view unread = std::string_view(store_).substr(base_, available - base_);
    in_ = memory_.place(unread);
    for (http::field_ref &ref : table_) std::memset(static_cast<void *>(&ref), 0xA5, sizeof ref);
    if (responses) set_method();
    const http::context ctx{table_, d_.limits, d_.leniency};
    const std::size_t before = allocations();
    const http::event e = d_.writable
                              ? reader_.next(ctx, in_, d_.max_data)
                              : reader_.next(ctx, std::string_view(in_.data(), in_.size()), d_.max_data);
    REQUIRE(allocations() == before);
    if (d_.writable)
      store_.replace(base_, in_.size(), in_.data(), in_.size());
    else
      REQUIRE(unread == std::string_view(in_.data(), in_.size()));
    relocate();
    return e;
  }

  /// The state is plain bytes: move it elsewhere.
  void relocate() {
    alignas(Reader) std::array<char, sizeof(Reader)> bytes;
    std::memcpy(bytes.data(), static_cast<const void *>(&reader_), sizeof(Reader));
    reader_.reset();
    std::memcpy(static_cast<void *>(&reader_), bytes.data(), sizeof(Reader));
  }

  void set_method() {
    if constexpr (responses)
      reader_.answers(answered_ < d_.methods.size() ? http::to_method(d_.methods[answered_])
                                                    : http::method::get);
  }

  bool take(const http::event &e) {
    const std::size_t after = base_ + e.consumed;
    switch (e.kind) {
    case http::event_kind::need_more: return true;
    case http::event_kind::paused: FAIL("a reader never pauses"); return false;
    case http::event_kind::request: {
      const http::request r = http::view_request(e.head, in_.data(), table_);
      out_.add("request " + escape(r.method_text) + " " + escape(r.target) + " 1." + std::to_string(r.minor) +
                   " " + framing_text(e.framing),
               after);
      fields("field ", r.fields, after);
      return true;
    }
    case http::event_kind::informational:
    case http::event_kind::response:
    case http::event_kind::switched: {
      if (e.head.size == 0) {
        out_.add("switched " + std::to_string(store_.size() - after), after);
        return false;
      }
      const http::response r = http::view_response(e.head, in_.data(), table_);
      const char *what = e.kind == http::event_kind::informational ? "interim " : "response ";
      out_.add(what + std::to_string(r.code) + " \"" + escape(r.reason) + "\" 1." + std::to_string(r.minor) +
                   " " + framing_text(e.framing),
               after);
      fields("field ", r.fields, after);
      if (e.kind == http::event_kind::response) ++answered_;
      if (e.kind == http::event_kind::switched) {
        tolerated(after);
        out_.add("switched " + std::to_string(store_.size() - after), after);
        return false;
      }
      if (e.kind == http::event_kind::informational) tolerated(after);
      return true;
    }
    case http::event_kind::data:
      extensions(e);
      out_.data(e.data, after);
      return true;
    case http::event_kind::end:
      extensions(e);
      if (e.trailers.count != 0) fields("trailer ", http::view_fields(e.trailers, in_.data(), table_), after);
      tolerated(after);
      out_.add("end", after);
      return true;
    case http::event_kind::closed:
      out_.add("closed " + std::to_string(store_.size() - after), after);
      return false;
    case http::event_kind::failed: failed(e); return false;
    }
    return false;
  }

  void fields(const std::string &what, const http::fields &all, std::size_t offset) {
    for (const http::field f : all) out_.add(what + escape(f.name) + ": " + escape(f.value), offset);
  }

  void extensions(const http::event &e) {
    http::chunk_extension_reader reader(e.extensions);
    for (http::chunk_extension x; reader.next(x);)
      out_.add("extension " + escape(x.name) + (x.value.empty() ? "" : "=" + escape(x.value)),
               base_ + static_cast<std::size_t>(x.name.data() - in_.data()));
  }

  void tolerated(std::size_t offset) {
    const std::string names = names_of(reader_.seen());
    if (!names.empty()) out_.add("tolerated " + names, offset);
  }

  void failed(const http::event &e) {
    CHECK(e.consumed == 0);
    CHECK(e.ec != http::errc::ok);
    CHECK(e.why.at <= in_.size());
    out_.add("error " + std::string(name(e.ec)) + " at " + std::to_string(base_ + e.why.at) + " in " +
                 std::string(name(e.why.what)) + " " + std::to_string(e.why.index),
             base_ + e.why.at);
    // H1-009: poisoned, whatever comes
    const http::context ctx{table_, d_.limits, d_.leniency};
    for (std::string_view more :
         {std::string_view(in_.data(), in_.size()), std::string_view("GET / HTTP/1.1\r\n")}) {
      const http::event again = reader_.next(ctx, more);
      CHECK(again.kind == http::event_kind::failed);
      CHECK(again.ec == e.ec);
      CHECK(again.why == e.why);
      CHECK(again.consumed == 0);
    }
    CHECK(reader_.end_of_input(ctx, true).kind == http::event_kind::failed);
  }

  void finish() {
    if (d_.end == eof::open) {
      out_.add(reader_.idle() ? "idle" : "more", base_);
      return;
    }
    const http::context ctx{table_, d_.limits, d_.leniency};
    for (;;) {
      const http::event e = reader_.end_of_input(ctx, d_.end == eof::clean);
      if (e.kind == http::event_kind::failed) {
        out_.add("error " + std::string(name(e.ec)) + " got=" + std::to_string(reader_.body_received()),
                 base_);
        return;
      }
      if (e.kind == http::event_kind::end) tolerated(base_);
      out_.add(e.kind == http::event_kind::end ? "end" : "closed", base_);
      if (e.kind != http::event_kind::end) return;
    }
  }

  const dialogue &d_;
  std::vector<http::field_ref> table_;
  guarded memory_;
  std::string store_;
  std::span<char> in_{};
  Reader reader_{};
  recorder out_{};
  std::size_t base_ = 0;
  std::size_t answered_ = 0;
};

std::vector<std::size_t> all_offsets(std::size_t size, std::size_t step) {
  std::vector<std::size_t> out;
  for (std::size_t i = step; i < size; i += step) out.push_back(i);
  return out;
}

/// Every offset of a short input; of a long one its beginning, its end, the surroundings of line ends, and a
/// number of random offsets.
std::vector<std::size_t> cuts_for(std::string_view input) {
  if (input.size() <= 2048) return all_offsets(input.size(), 1);
  std::vector<std::size_t> out;
  for (std::size_t i = 1; i < 64; ++i) out.push_back(i), out.push_back(input.size() - i);
  std::size_t line_ends = 0;
  for (std::size_t i = 1; i + 2 < input.size() && line_ends < 200; ++i)
    if (input[i] == '\n' || input[i] == '\r') ++line_ends, out.push_back(i), out.push_back(i + 1);
  std::mt19937 random(static_cast<unsigned>(input.size()));
  for (int i = 0; i < 64; ++i) out.push_back(1 + random() % (input.size() - 1));
  return out;
}

} // namespace

transcript read_in_pieces(const dialogue &d, const std::vector<std::size_t> &cuts) {
  if (d.responses) return session<http::response_reader>(d).run(cuts);
  return session<http::request_reader>(d).run(cuts);
}

transcript read_every_way(const dialogue &d) {
  const transcript whole = read_in_pieces(d, {});
  for (std::size_t cut : cuts_for(d.input)) {
    CAPTURE(cut);
    const transcript t = read_in_pieces(d, {cut});
    if (t != whole) {
      CHECK(to_text(t) == to_text(whole));
      REQUIRE(t == whole);
    }
  }
  // A feed of single bytes copies the unread bytes each time: linear for the decoder, not for this helper.
  const std::size_t smallest = d.input.size() <= 20000 ? 1 : 61;
  for (std::size_t step : {smallest, smallest * 3}) {
    CAPTURE(step);
    const transcript t = read_in_pieces(d, all_offsets(d.input.size(), step));
    if (t != whole) {
      CHECK(to_text(t) == to_text(whole));
      REQUIRE(t == whole);
    }
  }
  return whole;
}

std::string to_text(const transcript &t) {
  std::string out;
  for (const record &r : t) out += r.text + "\n";
  return out;
}

std::string escape(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : bytes) {
    const auto u = static_cast<unsigned char>(c);
    switch (c) {
    case '\r': out += "\\r"; break;
    case '\n': out += "\\n"; break;
    case '\t': out += "\\t"; break;
    case '\0': out += "\\0"; break;
    case '\\': out += "\\\\"; break;
    default:
      if (u >= 0x20 && u < 0x7F)
        out += c;
      else
        out += {'\\', 'x', digits[u >> 4], digits[u & 15]};
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    REQUIRE(++i < text.size());
    switch (text[i]) {
    case 'r': out += '\r'; break;
    case 'n': out += '\n'; break;
    case 't': out += '\t'; break;
    case '0': out += '\0'; break;
    case '\\': out += '\\'; break;
    case 'x': {
      REQUIRE(i + 2 < text.size());
      const int value = coax::hex_value(text[i + 1]) * 16 + coax::hex_value(text[i + 2]);
      out += static_cast<char>(static_cast<unsigned char>(value));
      i += 2;
      break;
    }
    default: FAIL("unknown escape in a vector: \\" << text[i]);
    }
  }
  return out;
}

std::string names_of(http::deviations seen) {
  std::string out;
  for (unsigned bit = 0; bit < 15; ++bit) {
    const auto d = static_cast<http::deviation>(1u << bit);
    if (seen.has(d)) out += (out.empty() ? "" : ",") + std::string(name(d));
  }
  return out;
}

} // namespace coax_test
