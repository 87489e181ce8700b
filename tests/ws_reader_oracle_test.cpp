// The reader against a naive one, which has the whole stream, joins strings, and looks at every octet anew.
#include "support/catch.hpp"

#include <coax/websocket/reader.hpp>

#include "support/feed.hpp"
#include "support/ws_feed.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using coax_test::escape;
using coax_test::ws_hex;
using coax_test::ws_stream;

namespace {

std::string at(std::size_t offset) { return " @" + std::to_string(offset); }
unsigned octet(std::string_view in, std::size_t i) { return static_cast<unsigned char>(in[i]); }

// --- UTF-8, by decoding (RFC 3629 §3) ----------------------------------------------------------------------

/// Whether `in` is one whole character.
bool is_character(std::string_view in) {
  const unsigned first = octet(in, 0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (in.size() != size || (first >= 0x80 && first < 0xC0) || first >= 0xF8) return false;
  unsigned value = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (octet(in, i) >> 6 != 2) return false;
    value = value * 64 + octet(in, i) % 64;
  }
  const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  return value >= least[size] && value < 0x110000 && !(value >= 0xD800 && value < 0xE000);
}

/// Whether a character may begin with `in`: some whole one does.
bool begins_character(const std::string &in) {
  if (is_character(in)) return true;
  if (in.size() >= 4) return false;
  // the second octet decides; the later ones may be any
  for (const char more : {'\x80', '\x90', '\x8F', '\x9F', '\xA0', '\xBF'})
    if (begins_character(in + more)) return true;
  return false;
}

enum class text_state { whole, cut, bad };

text_state judge_text(std::string_view in) {
  std::size_t begin = 0;
  while (begin < in.size()) {
    std::size_t size = 1;
    while (size <= 4 && begin + size <= in.size() && !is_character(in.substr(begin, size))) ++size;
    if (size <= 4 && begin + size <= in.size()) {
      begin += size;
      continue;
    }
    return in.size() - begin < 4 && begins_character(std::string(in.substr(begin))) ? text_state::cut
                                                                                    : text_state::bad;
  }
  return text_state::whole;
}

// --- the naive reader --------------------------------------------------------------------------------------

class naive {
public:
  naive(const ws_stream &s, role own) : s_(s), own_(own), in_(s.input) {}

  std::string read() {
    while (pos_ < in_.size() || !started_) {
      started_ = true;
      if (!frame()) break;
    }
    if (!ended_) {
      broken_off();
      if (in_message_ || pos_ != in_.size() || in_frame_) say("more", pos_);
    }
    return out_;
  }

private:
  /// What is wrong with a header of which these octets are there, or ok.
  errc wrong(std::string_view h) const {
    const unsigned op = octet(h, 0) % 16;
    const bool fin = octet(h, 0) >= 128, control = op >= 8, begins = op == 1 || op == 2;
    const unsigned reserved = octet(h, 0) / 16 % 8;
    if (reserved != 0 && !(reserved == 4 && begins && s_.deflate)) return errc::reserved_bits;
    if (op == 3 || op == 4 || op == 5 || op == 6 || op == 7 || op > 10) return errc::reserved_opcode;
    if (control && !fin) return errc::fragmented_control;
    if ((op == 9 || op == 10) && control_ + 1 > s_.limits.control) return errc::too_many_control;
    if (begins && in_message_) return errc::unfinished_message;
    if (op == 0 && !in_message_) return errc::unexpected_continuation;
    if (!control && frames_ + 1 > s_.limits.fragments) return errc::too_many_fragments;
    if (h.size() < 2) return errc::ok;
    if (own_ == role::server && octet(h, 1) < 128) return errc::unmasked_frame;
    if (own_ == role::client && octet(h, 1) >= 128) return errc::masked_frame;
    const unsigned seven = octet(h, 1) % 128;
    if (control && seven > 125) return errc::control_too_long;
    if (op == 8 && seven == 1) return errc::bad_close_payload;
    if (op == 0 && fin && seven == 0 && is_text_ && judge_text(message_) != text_state::whole)
      return errc::bad_utf8;
    // what the length is at least
    const std::size_t width = seven == 126 ? 2 : seven == 127 ? 8 : 0;
    std::uint64_t least = width == 0 ? seven : 0;
    for (std::size_t i = 0; i < width; ++i) least = least * 256 + (2 + i < h.size() ? octet(h, 2 + i) : 0);
    if (width == 8 && least >= std::uint64_t{1} << 63) return errc::length_overflow;
    if (width == 2 && h.size() >= 4 && least < 126) return errc::non_minimal_length;
    if (width == 8 && h.size() >= 8 && least < 65536) return errc::non_minimal_length;
    if (!control && least > s_.limits.frame) return errc::frame_too_big;
    if (!control && static_cast<long double>(least) + static_cast<long double>(announced_) >
                        static_cast<long double>(s_.limits.message))
      return errc::message_too_big;
    return errc::ok;
  }

  bool frame() {
    std::size_t size = 2;
    for (std::size_t n = 1; n <= size; ++n) {
      if (pos_ + n > in_.size()) return false;
      const std::string_view h = in_.substr(pos_, n);
      if (const errc ec = wrong(h); ec != errc::ok) {
        const auto what = ec == errc::bad_close_payload ? element::close_payload
                          : ec == errc::bad_utf8        ? element::payload
                                                        : element::frame_header;
        return fail(ec, what, pos_ + n - 1);
      }
      if (n == 2) {
        const unsigned seven = octet(h, 1) % 128;
        size += (seven == 126 ? 2u : seven == 127 ? 8u : 0u) + (own_ == role::server ? 4u : 0u);
      }
    }
    const std::string header(in_.substr(pos_, size));
    std::uint64_t length = octet(header, 1) % 128;
    if (length > 125) {
      const std::size_t width = length == 126 ? 2 : 8;
      length = 0;
      for (std::size_t i = 0; i < width; ++i) length = length * 256 + octet(header, 2 + i);
    }
    const std::string key = own_ == role::server ? header.substr(size - 4) : std::string(4, '\0');
    const unsigned op = octet(header, 0) % 16;
    const bool fin = octet(header, 0) >= 128;
    pos_ += size;
    in_frame_ = true;
    std::string payload;
    for (std::size_t i = 0; i < length && pos_ + i < in_.size(); ++i)
      payload += static_cast<char>(octet(in_, pos_ + i) ^ static_cast<unsigned char>(key[i % 4]));
    const bool whole = payload.size() == length;
    if (op >= 8 ? !control(op, payload, length, whole) : !data(op, header, fin, payload, length, whole))
      return false;
    in_frame_ = false;
    return true;
  }

  bool control(unsigned op, const std::string &payload, std::uint64_t length, bool whole) {
    if (op == 8) {
      const unsigned code = payload.size() < 2 ? 0 : octet(payload, 0) * 256 + octet(payload, 1);
      const bool known =
          (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
      if (payload.size() >= 2 && !known) return fail(errc::bad_close_code, element::close_payload, pos_ + 1);
      for (std::size_t n = 3; n <= payload.size(); ++n) {
        const text_state t = judge_text(std::string_view(payload).substr(2, n - 2));
        if (t == text_state::bad || (t == text_state::cut && n == length))
          return fail(errc::bad_close_reason, element::close_payload, pos_ + n - 1);
      }
      if (!whole) return false;
      broken_off();
      pos_ += payload.size();
      say("close " + std::to_string(length == 0 ? 1005 : code) +
              (length > 2 ? " " + escape(std::string_view(payload).substr(2)) : ""),
          pos_);
      if (pos_ != in_.size()) say("dropped", in_.size());
      ended_ = true;
      return false;
    }
    if (!whole) return false;
    pos_ += payload.size();
    ++control_;
    say(std::string(op == 9 ? "ping" : "pong") + (payload.empty() ? "" : " " + escape(payload)), pos_);
    return true;
  }

  bool data(unsigned op, const std::string &header, bool fin, const std::string &payload,
            std::uint64_t length, bool whole) {
    if (op != 0) {
      const bool compressed = octet(header, 0) / 64 % 2 == 1;
      is_text_ = op == 1 && !compressed;
      name_ = std::string(compressed ? "compressed " : "") + (op == 1 ? "text" : "binary");
      message_.clear();
      in_message_ = true;
      handed_out_ = false;
      frames_ = announced_ = 0;
    }
    control_ = 0;
    ++frames_;
    announced_ += length;
    const std::string before = message_;
    const bool in_pieces = length >= s_.whole_below;
    for (std::size_t i = 0; i < payload.size(); ++i) {
      message_ += payload[i];
      const text_state t = is_text_ ? judge_text(message_) : text_state::whole;
      if (t == text_state::bad || (t == text_state::cut && fin && i + 1 == length)) {
        if (!in_pieces || i == 0) {
          message_ = before;
        } else {
          message_.pop_back();
          piece_ends_ = pos_ + i;
          handed_out_ = true;
        }
        return fail(errc::bad_utf8, element::payload, pos_ + i);
      }
    }
    if (!whole && !in_pieces) {
      message_ = before;
      return false;
    }
    pos_ += payload.size();
    if (!payload.empty()) piece_ends_ = pos_, handed_out_ = true;
    if (!whole) return false;
    if (!fin) return true;
    in_message_ = is_text_ = false;
    frames_ = announced_ = 0;
    say(name_ + (message_.empty() ? "" : " " + escape(message_)), pos_);
    return true;
  }

  void broken_off() {
    if (in_message_ && handed_out_) say(name_ + "... " + escape(message_), piece_ends_);
  }
  bool fail(errc ec, element what, std::size_t offset) {
    broken_off();
    say("error " + std::string(name(ec)) + " " + std::to_string(static_cast<unsigned>(close_code_for(ec))) +
            " in " + std::string(name(what)),
        offset);
    ended_ = true;
    return false;
  }
  void say(const std::string &what, std::size_t offset) {
    out_ += (out_.empty() ? "" : " | ") + what + at(offset);
  }

  const ws_stream &s_;
  const role own_;
  const std::string_view in_;
  std::string out_{}, message_{}, name_{};
  std::size_t pos_ = 0, piece_ends_ = 0;
  std::uint64_t announced_ = 0, frames_ = 0, control_ = 0;
  bool in_message_ = false, is_text_ = false, handed_out_ = false, ended_ = false, started_ = false,
       in_frame_ = false;
};

// --- streams -----------------------------------------------------------------------------------------------

struct generator {
  std::mt19937 random;
  role own;

  unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }

  std::string text(unsigned size) {
    static const std::string characters[] = {"a",
                                             "Z",
                                             std::string(1, '\0'),
                                             "\xC3\xA9",
                                             "\xE2\x82\xAC",
                                             "\xED\x9F\xBF",
                                             "\xF0\x9F\x98\x80",
                                             "\xF4\x8F\xBF\xBF",
                                             "longer run of ASCII"};
    std::string out;
    while (out.size() < size) out += characters[below(9)];
    return out;
  }

  void frame(std::string &out, unsigned first, std::string payload) {
    const unsigned mask = own == role::server ? 0x80 : 0;
    const auto put = [&](std::uint64_t value, int width) {
      for (int i = width - 1; i >= 0; --i) out += static_cast<char>(value >> 8 * i & 0xFF);
    };
    put(first, 1);
    if (payload.size() < 126)
      put(mask | payload.size(), 1);
    else
      put(mask | 126, 1), put(payload.size(), 2);
    if (own == role::server) {
      char key[4];
      for (char &c : key) out += c = static_cast<char>(below(4) == 0 ? 0 : below(256));
      for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
    }
    out += payload;
  }

  void maybe_control(std::string &out) {
    while (below(4) == 0) frame(out, below(2) == 0 ? 0x89 : 0x8A, std::string(below(8), 'p'));
  }

  std::string stream(bool deflate) {
    std::string out;
    for (unsigned n = 1 + below(5); n > 0; --n) {
      maybe_control(out);
      const bool is_text = below(3) != 0, compressed = deflate && below(3) == 0;
      std::string payload = text(below(10) == 0 ? below(300) : below(20));
      if (!is_text || compressed)
        for (char &c : payload) c = static_cast<char>(below(256));
      unsigned first = (is_text ? 1u : 2u) | (compressed ? 0x40u : 0u);
      while (below(2) == 0) {
        const unsigned cut = below(static_cast<unsigned>(payload.size()) + 1);
        frame(out, first, payload.substr(0, cut));
        payload.erase(0, cut);
        first = 0;
        maybe_control(out);
      }
      frame(out, 0x80 | first, payload);
    }
    if (below(4) == 0) {
      static const std::string codes[] = {"\x03\xE8", "\x03\xF3", "\x0F\xA0", "\x03\xED", "\x0B\xB7"};
      frame(out, 0x88, below(3) == 0 ? "" : codes[below(5)] + text(below(9)));
      if (below(2) == 0) out += "behind";
    }
    return out;
  }

  void mutate(std::string &in) {
    for (unsigned n = 1 + below(3); n > 0 && !in.empty(); --n) {
      const unsigned place = below(static_cast<unsigned>(in.size()));
      switch (below(6)) {
      case 0: in[place] = static_cast<char>(below(256)); break;
      case 1: in[place] = static_cast<char>(in[place] ^ (1 << below(8))); break;
      case 2: in.erase(place, 1 + below(3)); break;
      case 3: in.insert(place, 1, static_cast<char>(below(256))); break;
      case 4: in.resize(place); break;
      case 5: in.insert(place, in.substr(below(static_cast<unsigned>(in.size())), below(6))); break;
      }
    }
  }
};

} // namespace

TEST_CASE("the naive reader's text is what the RFC calls UTF-8", "[WS-190][WS-194]") {
  CHECK(judge_text("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == text_state::whole);
  for (const auto *cut : {"\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xED\x9F", "\xE0\xA0", "\xF4\x8F\xBF"})
    CHECK(judge_text(cut) == text_state::cut);
  for (const auto *bad :
       {"\x80", "\xC0", "\xC1", "\xE0\x9F", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xF5", "\xC3\x28", "\xFF"})
    CHECK(judge_text(bad) == text_state::bad);
}

TEST_CASE("reads generated streams, valid and broken, as the naive reader does",
          "[WS-120][WS-131][WS-132][WS-140][WS-146][WS-197]") {
  generator g{std::mt19937(2026), role::client};
  int valid = 0, broken = 0;
  for (int round = 0; round < 12000; ++round) {
    g.own = g.below(2) == 0 ? role::client : role::server;
    ws_stream s{.deflate = g.below(3) == 0, .whole_below = g.below(3) == 0 ? 1 + g.below(40) : 0};
    if (g.below(4) == 0)
      s.limits = {.frame = 1 + g.below(40),
                  .message = 1 + g.below(60),
                  .fragments = 1 + g.below(5),
                  .control = g.below(5)};
    s.input = g.stream(s.deflate);
    if (round % 4 != 0) g.mutate(s.input);
    const std::string want = naive(s, g.own).read();
    (want.find("error") == std::string::npos ? valid : broken) += 1;

    std::vector<coax_test::ws_way> ways = {{}, {.batch = 64}};
    std::vector<std::size_t> bytes, some;
    for (std::size_t i = 1; i < s.input.size(); ++i) {
      bytes.push_back(i);
      if (g.below(6) == 0) some.push_back(i);
    }
    ways.push_back({.cuts = some, .batch = g.below(3)});
    if (round % 8 == 1) ways.push_back({.cuts = bytes, .batch = g.below(3)});
    if (s.whole_below == 0) ways.push_back({.cuts = some, .max_payload = 1 + g.below(9)});
    for (const coax_test::ws_way &way : ways) {
      const std::string got = to_text(coax_test::read_ws(s, g.own, way, g.own == role::server));
      if (got == want) continue;
      CAPTURE(round);
      CAPTURE(ws_hex(s.input));
      CAPTURE(g.own == role::server);
      CAPTURE(s.whole_below);
      CAPTURE(s.deflate);
      REQUIRE(got == want);
    }
  }
  CHECK(valid > 3000);
  CHECK(broken > 3000);
}

TEST_CASE("reads anything at all as the naive reader does", "[WS-131][WS-132]") {
  generator g{std::mt19937(6455), role::client};
  for (int round = 0; round < 15000; ++round) {
    ws_stream s{.deflate = g.below(2) == 0};
    // octets that get far: few opcodes, small lengths
    for (unsigned n = g.below(24); n > 0; --n) {
      static const unsigned often[] = {0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88,
                                       0x89, 0x8A, 0xC1, 0x7E, 0x7F, 0x03, 0xE8};
      s.input += static_cast<char>(g.below(3) == 0 ? g.below(256) : often[g.below(14)]);
    }
    const role own = g.below(2) == 0 ? role::client : role::server;
    const std::string want = naive(s, own).read();
    for (const std::size_t batch : {0u, 64u}) {
      const std::string got = to_text(coax_test::read_ws(s, own, {.batch = batch}, own == role::server));
      if (got == want) continue;
      CAPTURE(ws_hex(s.input));
      REQUIRE(got == want);
    }
  }
}
