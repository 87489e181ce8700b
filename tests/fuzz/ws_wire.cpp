// The wire format of WebSocket against plain second readings of the RFCs: frame headers at every cut, masks
// in every phase, UTF-8 in pieces.
#include "transcript.hpp"

#include <coax/websocket/frame.hpp>
#include <coax/websocket/utf8.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

namespace ws = coax::websocket;
using coax::role;
using coax::status;

/// A heap copy of its own, so that overreads show.
struct copied {
  explicit copied(std::string_view text) : memory(new char[text.size()]), size(text.size()) {
    if (size != 0) std::memcpy(memory.get(), text.data(), size);
  }
  std::string_view text() const { return {memory.get(), size}; }
  std::span<char> span() const { return {memory.get(), size}; }
  std::unique_ptr<char[]> memory;
  std::size_t size;
};

unsigned octet(std::string_view in, std::size_t at) { return static_cast<unsigned char>(in[at]); }

/// What is wrong with the octets so far (RFC 6455 §5.2, in the order of the octets), or ok.
struct plain_header {
  ws::errc ec = ws::errc::ok;
  std::size_t at = 0, size = 2;
  std::uint64_t length = 0;
};

plain_header read_plainly(std::string_view in, ws::frame_rules rules) {
  plain_header h;
  const bool server = rules.receiver == role::server;
  if (server) h.size += 4;
  if (in.empty()) return h;
  const unsigned op = octet(in, 0) % 16;
  const bool control = op > 7;
  for (unsigned bit = 1; bit < 8; bit *= 2)
    if (octet(in, 0) / 16 & bit)
      if (!(rules.rsv & bit) || (op != 1 && op != 2)) return h.ec = ws::errc::reserved_bits, h;
  if ((op > 2 && op < 8) || op > 10) return h.ec = ws::errc::reserved_opcode, h;
  if (control && octet(in, 0) < 128) return h.ec = ws::errc::fragmented_control, h;
  if (in.size() < 2) return h;
  h.at = 1;
  if (server && octet(in, 1) < 128) return h.ec = ws::errc::unmasked_frame, h;
  if (!server && octet(in, 1) >= 128) return h.ec = ws::errc::masked_frame, h;
  const unsigned seven = octet(in, 1) % 128;
  if (control && seven > 125) return h.ec = ws::errc::control_too_long, h;
  h.length = seven;
  if (seven == 126) {
    h.size += 2;
    if (in.size() < 4) return h;
    h.length = octet(in, 2) * 256 + octet(in, 3);
    if (h.length < 126) return h.ec = ws::errc::non_minimal_length, h.at = 3, h;
  } else if (seven == 127) {
    h.size += 8;
    if (in.size() >= 3 && octet(in, 2) > 127) return h.ec = ws::errc::length_overflow, h.at = 2, h;
    if (in.size() >= 8 && in.substr(2, 6) == std::string_view("\0\0\0\0\0\0", 6))
      return h.ec = ws::errc::non_minimal_length, h.at = 7, h;
    if (in.size() < 10) return h;
    h.length = 0;
    for (std::size_t i = 2; i < 10; ++i) h.length = h.length * 256 + octet(in, i);
  }
  return h;
}

void check_header(std::string_view input, ws::frame_rules rules) {
  for (std::size_t size = 0; size <= input.size() && size <= 20; ++size) {
    const copied in(input.substr(0, size));
    ws::frame_header h;
    const auto s = ws::decode(in.text(), rules, h);
    const plain_header want = read_plainly(in.text(), rules);
    COAX_FUZZ_CHECK(s.ec == want.ec);
    if (want.ec != ws::errc::ok) {
      COAX_FUZZ_CHECK(s.failed() && s.consumed == 0 && s.why.at == want.at && s.why.at < size);
      continue;
    }
    if (size < want.size) {
      COAX_FUZZ_CHECK(s.st == status::need_more && s.consumed == 0 && size + s.hint == want.size);
      continue;
    }
    COAX_FUZZ_CHECK(s.ready() && s.consumed == want.size && h.size() == want.size && h.length == want.length);
    COAX_FUZZ_CHECK(h.fin == (octet(input, 0) > 127) && static_cast<unsigned>(h.op) == octet(input, 0) % 16 &&
                    h.rsv == octet(input, 0) / 16 % 8 && h.masked == (rules.receiver == role::server));
    for (std::size_t room = 0; room <= want.size; ++room) {
      const copied out(std::string(room, '~'));
      const auto w = ws::encode(h, out.span());
      COAX_FUZZ_CHECK(w.required == want.size);
      if (room == want.size)
        COAX_FUZZ_CHECK(w && w.size == room && out.text() == in.text().substr(0, room));
      else
        COAX_FUZZ_CHECK(w.ec == ws::errc::buffer_too_small && w.size == 0 &&
                        out.text() == std::string(room, '~'));
    }
  }
}

/// Headers made of anything: what is written is read back.
void check_any_header(std::string_view in) {
  if (in.size() < 16) return;
  ws::frame_header h;
  std::uint64_t length;
  std::memcpy(&length, in.data(), 8);
  h.length = length >> octet(in, 8) % 64;
  h.op = static_cast<ws::opcode>(octet(in, 9) % 20);
  h.fin = octet(in, 10) & 1;
  h.masked = octet(in, 10) & 2;
  h.rsv = static_cast<std::uint8_t>(octet(in, 11) % 9);
  if (h.masked) std::memcpy(h.key.bytes.data(), in.data() + 12, 4);
  std::array<char, ws::max_frame_header> out{};
  const auto w = ws::encode(h, out);
  if (!w) {
    COAX_FUZZ_CHECK(w.ec == ws::errc::invalid_input && out == decltype(out){});
    return;
  }
  ws::frame_header back;
  const auto s = ws::decode({out.data(), w.size}, {h.masked ? role::server : role::client, 7}, back);
  COAX_FUZZ_CHECK(s.ready() && s.consumed == w.size && back == h);
}

void check_mask(std::string_view input, ws::mask_key key, std::uint64_t offset, std::size_t cut) {
  std::string want(input);
  for (std::size_t i = 0; i < want.size(); ++i)
    want[i] =
        static_cast<char>(octet(input, i) ^ static_cast<unsigned char>(key.bytes[(offset % 4 + i) % 4]));

  const copied whole(input);
  ws::apply_mask(whole.span(), key, offset);
  COAX_FUZZ_CHECK(whole.text() == want);

  const copied pieces(input);
  ws::apply_mask(pieces.span().first(cut), key, offset);
  ws::apply_mask(pieces.span().subspan(cut), key, offset + cut);
  COAX_FUZZ_CHECK(pieces.text() == want);

  const copied from(input), to(std::string(cut, '~'));
  COAX_FUZZ_CHECK(ws::apply_mask(from.text(), to.span(), key, offset) == cut);
  COAX_FUZZ_CHECK(to.text() == want.substr(0, cut) && from.text() == input);
}

/// RFC 3629 §4 as a grammar. Returns the offset of the first octet that fits nowhere; sets `complete`.
std::size_t read_text_plainly(std::string_view in, bool &complete) {
  struct range {
    unsigned low, high;
  };
  static const std::vector<std::vector<range>> characters = {
      {{0x00, 0x7F}},
      {{0xC2, 0xDF}, {0x80, 0xBF}},
      {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}},
      {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}},
      {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}},
      {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}},
      {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
      {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
      {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}},
  };
  complete = false;
  std::size_t at = 0;
  while (at < in.size()) {
    std::size_t best = 0; // octets that fit the best
    bool whole = false;
    for (const auto &character : characters) {
      std::size_t fit = 0;
      while (fit < character.size() && at + fit < in.size() && octet(in, at + fit) >= character[fit].low &&
             octet(in, at + fit) <= character[fit].high)
        ++fit;
      if (fit > best) best = fit;
      if (fit == character.size()) whole = true;
    }
    at += best;
    if (whole) continue;
    return at == in.size() ? std::string_view::npos : at;
  }
  complete = true;
  return std::string_view::npos;
}

void check_text(std::string_view input, std::size_t piece) {
  bool complete = false;
  const std::size_t want = read_text_plainly(input, complete);
  COAX_FUZZ_CHECK(ws::is_utf8(copied(input).text()) == complete);

  ws::utf8_validator whole, cut;
  COAX_FUZZ_CHECK(whole.add(copied(input).text()) == want && whole.complete() == complete);
  std::size_t got = std::string_view::npos;
  for (std::size_t at = 0; at < input.size() && got == std::string_view::npos; at += piece) {
    const copied in(input.substr(at, piece));
    got = cut.add(in.text());
    if (got != std::string_view::npos) got += at;
  }
  COAX_FUZZ_CHECK(got == want && cut == whole);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 8 || size > 600) return 0;
  const std::string_view input(reinterpret_cast<const char *>(bytes) + 8, size - 8);
  for (const role receiver : {role::client, role::server})
    check_header(input, {receiver, static_cast<std::uint8_t>(bytes[0] % 8)});
  check_any_header(input);
  ws::mask_key key;
  std::memcpy(key.bytes.data(), bytes + 1, 4);
  check_mask(input, key, std::uint64_t{bytes[5]} << bytes[0] / 8,
             input.empty() ? 0 : bytes[6] % input.size());
  check_text(input, bytes[7] % 16 + 1u);
  return 0;
}
