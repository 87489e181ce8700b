// Frame headers: what is read, what is refused at which octet, and what is written.
#include "support/catch.hpp"

#include <coax/websocket/frame.hpp>

#include "support/guarded.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace coax;
using namespace coax::websocket;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr role both_roles[] = {role::client, role::server};

char byte(unsigned i) { return static_cast<char>(static_cast<unsigned char>(i)); }

std::string bytes(std::initializer_list<unsigned> list) {
  std::string out;
  for (const unsigned i : list) out += byte(i);
  return out;
}

std::string hex(std::string_view in) {
  std::string out;
  for (const char c : in)
    for (const int shift : {4, 0}) out += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return out;
}

std::string from_hex(std::string_view in) {
  std::string out, digits;
  for (const char c : in)
    if (c != ' ') digits += c;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += byte(static_cast<unsigned>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return out;
}

std::string big_endian(std::uint64_t value, int width) {
  std::string out;
  for (int i = width - 1; i >= 0; --i) out += byte(static_cast<unsigned>(value >> 8 * i & 0xFF));
  return out;
}

constexpr mask_key sample_key{{'\x37', '\xfa', '\x21', '\x3d'}};
const std::string sample_key_text = "\x37\xfa\x21\x3d";

/// A header as it goes from a server to a client, turned into the one that goes to `receiver`.
std::string twin(std::string header, role receiver, std::string_view key = sample_key_text) {
  if (receiver == role::client || header.size() < 2) return header;
  header[1] = byte(static_cast<unsigned char>(header[1]) | 0x80u);
  return header.append(key);
}

// --- an oracle, written from the RFC's text ---------------------------------------------------------------

/// Reads bits as the figure of RFC 6455 §5.2 counts them.
struct bit_reader {
  std::string_view in;
  std::size_t at = 0;
  std::uint64_t take(int bits) {
    std::uint64_t out = 0;
    for (; bits > 0; --bits, ++at)
      out = out * 2 + (static_cast<unsigned>(static_cast<unsigned char>(in[at / 8])) >> (7 - at % 8) & 1u);
    return out;
  }
};

struct verdict {
  errc ec = errc::ok;
  std::size_t at = 0;
  std::size_t size = 0;
  bool fin = false;
  unsigned rsv = 0, op = 0;
  bool masked = false;
  std::uint64_t length = 0;
  std::string key;
};

/// Judges a header of which all octets are there (fill it up with anything). Every rule is looked at; the
/// error that an earlier octet proves wins, and of two in one octet the one that is looked at first.
verdict judge(std::string_view in, frame_rules rules) {
  bit_reader bits{in};
  verdict v;
  v.fin = bits.take(1) == 1;
  const bool rsv[] = {bits.take(1) == 1, bits.take(1) == 1, bits.take(1) == 1};
  v.rsv = (rsv[0] ? rsv1 : 0u) | (rsv[1] ? rsv2 : 0u) | (rsv[2] ? rsv3 : 0u);
  v.op = static_cast<unsigned>(bits.take(4));
  v.masked = bits.take(1) == 1;
  v.length = bits.take(7);
  int width = 7;
  if (v.length == 126)
    v.length = bits.take(width = 16);
  else if (v.length == 127)
    v.length = bits.take(width = 64);
  if (v.masked)
    for (int i = 0; i < 4; ++i) v.key += byte(static_cast<unsigned>(bits.take(8)));
  v.size = bits.at / 8;

  v.at = 100;
  const auto broken = [&v](errc ec, std::size_t at) {
    if (at < v.at) v.ec = ec, v.at = at;
  };
  const std::uint8_t names[] = {rsv1, rsv2, rsv3};
  const bool first_of_message = v.op == 1 || v.op == 2;
  for (int i = 0; i < 3; ++i)
    if (rsv[i] && !(first_of_message && (rules.rsv & names[i]) != 0)) broken(errc::reserved_bits, 0);
  const std::set<unsigned> defined = {0x0, 0x1, 0x2, 0x8, 0x9, 0xA};
  if (defined.count(v.op) == 0) broken(errc::reserved_opcode, 0);
  const bool control = v.op >= 0x8;
  if (control && !v.fin) broken(errc::fragmented_control, 0);
  if (rules.receiver == role::server && !v.masked) broken(errc::unmasked_frame, 1);
  if (rules.receiver == role::client && v.masked) broken(errc::masked_frame, 1);
  if (control && width != 7) broken(errc::control_too_long, 1);
  if (width == 16 && v.length < 126) broken(errc::non_minimal_length, 3);
  if (width == 64 && v.length > 0x7FFFFFFFFFFFFFFF) broken(errc::length_overflow, 2);
  // 65535 and less: what the first six octets say is enough to know
  if (width == 64 && v.length < 65536) broken(errc::non_minimal_length, 7);
  return v;
}

/// What there may stand behind a prefix, as far as it makes a difference.
const std::vector<std::string> &fillings() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const unsigned second : {0x00u, 0x7Du, 0x7Eu, 0x7Fu, 0x80u, 0xFDu, 0xFEu, 0xFFu})
      for (const std::string &tail :
           {std::string(12, '\0'), std::string(12, '\xFF'), "\x7F" + std::string(11, '\xFF')})
        out.push_back(byte(second) + tail);
    return out;
  }();
  return all;
}

/// Whether some valid header begins with these octets; the size of the smallest of them.
std::size_t smallest_valid(std::string_view prefix, frame_rules rules) {
  std::size_t best = 0;
  const auto consider = [&](const std::string &whole) {
    const verdict v = judge(whole, rules);
    if (v.ec == errc::ok && v.size >= prefix.size() && (best == 0 || v.size < best)) best = v.size;
  };
  for (const std::string &filling : fillings()) {
    if (prefix.empty())
      for (unsigned first = 0; first < 256; ++first) consider(byte(first) + filling);
    else
      consider(std::string(prefix) + (prefix.size() == 1 ? filling : filling.substr(1)) +
               std::string(4, 'k'));
  }
  return best;
}

// --- what the codec says ----------------------------------------------------------------------------------

/// The first octets of a stream for one receiver, each number of them placed before an inaccessible page. For
/// each prefix it checks all that has to hold in any case; returns the outcome for the whole.
struct outcome {
  step<errc> got;
  frame_header header;
};

constexpr frame_header untouched{.op = opcode::pong, .rsv = 7, .length = 0xABCDEF};

outcome decode_every_prefix(std::string_view in, frame_rules rules) {
  static coax_test::guarded memory(64);
  outcome last;
  bool settled = false;
  for (std::size_t size = 0; size <= in.size(); ++size) {
    const auto placed = memory.place(in.substr(0, size));
    outcome now{{}, untouched};
    now.got = decode({placed.data(), placed.size()}, rules, now.header);
    const bool is_fine =
        now.got.st == status::need_more ? !settled && now.got.ec == errc::ok && now.got.consumed == 0 &&
                                              now.got.hint > 0 && now.header == untouched
        : now.got.failed() ? now.got.ec != errc::ok && now.got.consumed == 0 && now.header == untouched &&
                                 now.got.why.what == element::frame_header && now.got.why.at < size
                           : now.got.ready() && now.got.ec == errc::ok && now.got.consumed <= size &&
                                 now.got.consumed == now.header.size();
    // once it is decided, more octets change nothing
    const bool is_same = !settled || (now.got.st == last.got.st && now.got.ec == last.got.ec &&
                                      now.got.consumed == last.got.consumed && now.got.why == last.got.why &&
                                      now.header == last.header);
    // and it is decided by the octet that proves it
    const bool is_early = settled || !now.got.failed() || now.got.why.at + 1 == size;
    const bool is_prompt = settled || !now.got.ready() || now.got.consumed == size;
    if (!is_fine || !is_same || !is_early || !is_prompt) {
      INFO(hex(in) << " cut at " << size);
      REQUIRE(is_fine);
      REQUIRE(is_same);
      REQUIRE(is_early);
      REQUIRE(is_prompt);
    }
    settled = settled || now.got.st != status::need_more;
    last = now;
  }
  return last;
}

void check_refused(std::string_view text, frame_rules rules, errc ec, std::size_t at) {
  INFO(text);
  const outcome o = decode_every_prefix(from_hex(text), rules);
  CHECK(o.got.failed());
  CHECK(name(o.got.ec) == name(ec));
  CHECK(o.got.why.at == at);
}

/// For headers as a client reads them: refused in both roles, at the same octet.
void check_refused_by_both(std::string_view text, errc ec, std::size_t at, std::uint8_t rsv = 0) {
  for (const role receiver : both_roles)
    check_refused(hex(twin(from_hex(text), receiver)), {receiver, rsv}, ec, at);
}

void check_accepted(std::string_view text, role receiver, frame_header expected, std::uint8_t rsv = 0) {
  std::string in = from_hex(text);
  INFO(hex(in));
  const outcome o = decode_every_prefix(in + "payload", {receiver, rsv});
  REQUIRE(o.got.ready());
  CHECK(o.got.consumed == in.size());
  CHECK(o.header == expected);
}

void check_accepted_by_both(std::string_view text, frame_header expected, std::uint8_t rsv = 0) {
  check_accepted(text, role::client, expected, rsv);
  expected.masked = true;
  expected.key = sample_key;
  check_accepted(hex(twin(from_hex(text), role::server)), role::server, expected, rsv);
}

std::string encoded(const frame_header &header) {
  std::array<char, max_frame_header> out{};
  const written<errc> w = encode(header, out);
  return w ? std::string(out.data(), w.size) : std::string(name(w.ec));
}

constexpr std::array<char, 4> constant_roundtrip() {
  std::array<char, 14> out{};
  const auto w = encode(
      {.op = opcode::binary, .rsv = rsv1, .masked = true, .key = {{'a', 'b', 'c', 'd'}}, .length = 70000},
      out);
  frame_header back;
  const auto s = decode({out.data(), w.size}, {role::server, rsv1}, back);
  return s.ready() && back.length == 70000 && back.rsv == rsv1 && s.consumed == 14 ? back.key.bytes
                                                                                   : std::array<char, 4>{};
}
static_assert(constant_roundtrip() == std::array<char, 4>{'a', 'b', 'c', 'd'});

constexpr errc constant_error(std::string_view in, role receiver) {
  frame_header h;
  return decode(in, {receiver}, h).ec;
}
static_assert(constant_error("\xB1", role::client) == errc::reserved_bits);
static_assert(constant_error("\x89\x7E", role::client) == errc::control_too_long);
static_assert(constant_error("\x81\x05", role::server) == errc::unmasked_frame);
static_assert(constant_error("\x81\x05", role::client) == errc::ok);

} // namespace

TEST_CASE("reads FIN, reserved bits, opcode, mask and length from where they stand", "[WS-120]") {
  check_accepted_by_both("81 05", {.op = opcode::text, .length = 5});
  check_accepted_by_both("82 01", {.op = opcode::binary, .length = 1});
  check_accepted_by_both("80 00", {.op = opcode::continuation});
  check_accepted_by_both("00 00", {.op = opcode::continuation, .fin = false});
  check_accepted_by_both("01 03", {.op = opcode::text, .fin = false, .length = 3});
  check_accepted_by_both("88 02", {.op = opcode::close, .length = 2});
  check_accepted_by_both("89 7d", {.op = opcode::ping, .length = 125});
  check_accepted_by_both("8a 00", {.op = opcode::pong});
  check_accepted_by_both("82 7e 0102", {.op = opcode::binary, .length = 0x0102});
  check_accepted_by_both("82 7f 0102030405060708", {.op = opcode::binary, .length = 0x0102030405060708});
}

TEST_CASE("refuses a reserved bit that no extension defines, on data and control frames, at its octet",
          "[WS-121][WS-271]") {
  for (const auto *text :
       {"c1 00", "a1 00", "91 00", "f1 00", "c9 00", "98 00", "c1", "b1", "40", "c8", "ca"})
    check_refused_by_both(text, errc::reserved_bits, 0);
  // each bit is agreed on alone
  check_accepted_by_both("c1 00", {.op = opcode::text, .rsv = rsv1}, rsv1);
  check_accepted_by_both("42 00", {.op = opcode::binary, .fin = false, .rsv = rsv1}, rsv1);
  check_accepted_by_both("a1 00", {.op = opcode::text, .rsv = rsv2}, rsv2);
  check_accepted_by_both("92 00", {.op = opcode::binary, .rsv = rsv3}, rsv3);
  check_accepted_by_both("f2 00", {.op = opcode::binary, .rsv = 7}, 7);
  check_accepted_by_both("82 00", {.op = opcode::binary}, 7);
  check_refused_by_both("a1 00", errc::reserved_bits, 0, rsv1);
  check_refused_by_both("e1 00", errc::reserved_bits, 0, rsv1);
  check_refused_by_both("d1 00", errc::reserved_bits, 0, rsv1);
  check_refused_by_both("f1 00", errc::reserved_bits, 0, rsv1 | rsv2);
  // and never on continuations and control frames
  for (const auto *text : {"40 03", "c0 04", "c9 00", "c8 00", "ca 00", "a0 00", "90 00", "f8 00"})
    check_refused_by_both(text, errc::reserved_bits, 0, 7);
}

TEST_CASE("refuses each of the ten reserved opcodes, with FIN and without", "[WS-122]") {
  for (const unsigned op : {0x3u, 0x4u, 0x5u, 0x6u, 0x7u, 0xBu, 0xCu, 0xDu, 0xEu, 0xFu})
    for (const unsigned fin : {0x80u, 0u}) {
      check_refused_by_both(hex(bytes({fin | op, 0})), errc::reserved_opcode, 0);
      check_refused_by_both(hex(bytes({fin | op})), errc::reserved_opcode, 0);
    }
  CHECK(close_code_for(errc::reserved_opcode) == close_code::protocol_error);
}

TEST_CASE("a server refuses every frame that is not masked, at its second octet", "[WS-123][S17]") {
  for (const auto *text :
       {"81 05 48656c6c6f", "88 00", "81 00", "82 7e ffff", "82 7f ffff", "89 00", "80 05", "00 05", "81 05"})
    check_refused(text, {role::server}, errc::unmasked_frame, 1);
  check_refused("89 7e", {role::server}, errc::unmasked_frame, 1);
  CHECK(close_code_for(errc::unmasked_frame) == close_code::protocol_error);
}

TEST_CASE("a client refuses every frame that is masked, at its second octet", "[WS-124][S17]") {
  for (const auto *text :
       {"81 85 37fa213d 7f9f4d5158", "88 80", "81 80", "82 fe", "82 ff 80", "89 fe", "8a 80", "00 80"})
    check_refused(text, {role::client}, errc::masked_frame, 1);
  CHECK(close_code_for(errc::masked_frame) == close_code::protocol_error);
}

TEST_CASE("the key stands behind the length and is not part of it", "[WS-125]") {
  check_accepted("81 82 00000000", role::server, {.op = opcode::text, .masked = true, .length = 2});
  check_accepted("81 85 37fa213d", role::server,
                 {.op = opcode::text, .masked = true, .key = sample_key, .length = 5});
  check_accepted("82 fe 0100 37fa213d", role::server,
                 {.op = opcode::binary, .masked = true, .key = sample_key, .length = 256});
  check_accepted("82 ff 0000000000010000 37fa213d", role::server,
                 {.op = opcode::binary, .masked = true, .key = sample_key, .length = 65536});
}

TEST_CASE("reads lengths in their three forms", "[WS-126][WS-127]") {
  check_accepted_by_both("81 00", {.op = opcode::text});
  check_accepted_by_both("82 7d", {.op = opcode::binary, .length = 125});
  check_accepted_by_both("82 7e 007e", {.op = opcode::binary, .length = 126});
  check_accepted_by_both("82 7e 007f", {.op = opcode::binary, .length = 127});
  check_accepted_by_both("82 7e ffff", {.op = opcode::binary, .length = 65535});
  check_accepted_by_both("82 7f 0000000000010000", {.op = opcode::binary, .length = 65536});
}

TEST_CASE("refuses a length that is not in its shortest form, at the octet that shows it", "[WS-128]") {
  check_refused_by_both("82 7e 0000", errc::non_minimal_length, 3);
  check_refused_by_both("82 7e 007d", errc::non_minimal_length, 3);
  check_refused_by_both("82 7f 000000000000007d", errc::non_minimal_length, 7);
  check_refused_by_both("82 7f 000000000000ffff", errc::non_minimal_length, 7);
  check_refused_by_both("82 7f 0000000000000000", errc::non_minimal_length, 7);
  check_refused_by_both("82 7f 000000000000", errc::non_minimal_length, 7);
  CHECK(close_code_for(errc::non_minimal_length) == close_code::protocol_error);
}

TEST_CASE("refuses a 64-bit length with its top bit set, at that octet", "[WS-129]") {
  check_refused_by_both("82 7f 8000000000000000", errc::length_overflow, 2);
  check_refused_by_both("82 7f ffffffffffffffff", errc::length_overflow, 2);
  check_refused_by_both("82 7f 8000000000000001", errc::length_overflow, 2);
  for (unsigned octet = 0x80; octet < 256; ++octet)
    check_refused_by_both(hex(bytes({0x82, 0x7F, octet})), errc::length_overflow, 2);
  CHECK(close_code_for(errc::length_overflow) == close_code::protocol_error);
}

TEST_CASE("holds every legal length in 64 bits", "[WS-130]") {
  check_accepted_by_both("82 7f 7fffffffffffffff", {.op = opcode::binary, .length = 0x7FFFFFFFFFFFFFFF});
  check_accepted_by_both("82 7f 0000000100000005", {.op = opcode::binary, .length = 0x100000005});
}

TEST_CASE("reads or refuses each length in each of the three forms, in both roles",
          "[WS-126][WS-127][WS-128][WS-129][WS-130][S12]") {
  std::vector<std::uint64_t> lengths = {0, 1, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537};
  for (const int power : {31, 32, 48, 63})
    for (const int more : {-1, 0, 1})
      lengths.push_back((std::uint64_t{1} << power) + static_cast<std::uint64_t>(more));
  lengths.push_back(std::numeric_limits<std::uint64_t>::max());
  lengths.push_back(std::numeric_limits<std::uint64_t>::max() - 1);
  int accepted = 0;
  for (const role receiver : both_roles)
    for (const std::uint64_t length : lengths)
      for (const int width : {0, 2, 8}) {
        if ((width == 0 && length > 125) || (width == 2 && length > 65535)) continue; // no way to say it
        const unsigned second = width == 0 ? static_cast<unsigned>(length) : width == 2 ? 126 : 127;
        const std::string in =
            twin(bytes({0x82, second}) + big_endian(length, width), receiver, "\x01\x02\x03\x04");
        INFO(hex(in));
        const outcome o = decode_every_prefix(in, {receiver});
        const bool shortest = width == 0 || (width == 2 && length >= 126) || (width == 8 && length >= 65536);
        if (!shortest) {
          CHECK(o.got.ec == errc::non_minimal_length);
        } else if (length > 0x7FFFFFFFFFFFFFFF) {
          CHECK(o.got.ec == errc::length_overflow);
        } else {
          REQUIRE(o.got.ready());
          CHECK(o.header.length == length);
          CHECK(o.got.consumed == in.size());
          CHECK(encoded(o.header) == in); // and the same is written
          ++accepted;
        }
      }
  CHECK(accepted == 2 * (12 + 3 * 3 + 1));
}

TEST_CASE("a whole header says as much as its octets one by one, and hints never reach into the payload",
          "[WS-131]") {
  for (const std::string_view text : {"81 05", "82 7e 007e", "82 7f 0000000000010000", "89 00", "c1 7d"})
    for (const role receiver : both_roles) {
      const std::string whole = twin(from_hex(text), receiver);
      for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string prefix = whole.substr(0, size);
        frame_header h;
        const step<errc> s = decode(prefix, {receiver, rsv1}, h);
        INFO(hex(prefix));
        REQUIRE(s.st == status::need_more);
        CHECK(size + s.hint == smallest_valid(prefix, {receiver, rsv1}));
      }
      // what stands behind the header does not matter
      for (const std::string &tail : {""s, "\xff"s, std::string(30, '\xff'), "\0\0\0"s}) {
        const outcome o = decode_every_prefix(whole + tail, {receiver, rsv1});
        CHECK(o.got.ready());
        CHECK(o.got.consumed == whole.size());
      }
    }
  frame_header h;
  CHECK(decode("", {role::client}, h).hint == 2);
  CHECK(decode("", {role::server}, h).hint == 6);
  CHECK(decode("\x81", {role::client}, h).hint == 1);
  CHECK(decode("\x81", {role::server}, h).hint == 5);
}

TEST_CASE("finds an error at the first octet that proves it", "[WS-132]") {
  check_refused_by_both("b1", errc::reserved_bits, 0);
  check_refused("89 7e", {role::client}, errc::control_too_long, 1);
  check_refused("89 fe", {role::server}, errc::control_too_long, 1);
  check_refused("81 05", {role::server}, errc::unmasked_frame, 1);
  check_refused("81 85", {role::client}, errc::masked_frame, 1);
  check_refused("82 7f 80", {role::client}, errc::length_overflow, 2);
  check_refused("82 ff 80", {role::server}, errc::length_overflow, 2);
  check_refused("82 fe 0000", {role::server}, errc::non_minimal_length, 3);
}

TEST_CASE("of several errors in one octet reports the first of the documented order", "[WS-132]") {
  check_refused("f3", {role::client}, errc::reserved_bits, 0);
  check_refused("c3", {role::client, rsv1}, errc::reserved_bits, 0);
  check_refused("49", {role::client}, errc::reserved_bits, 0);
  check_refused("0b", {role::client}, errc::reserved_opcode, 0);
  check_refused("0f", {role::client}, errc::reserved_opcode, 0);
  check_refused("09", {role::client}, errc::fragmented_control, 0);
  check_refused("89 ff", {role::client}, errc::masked_frame, 1);
  check_refused("89 7f", {role::server}, errc::unmasked_frame, 1);
}

TEST_CASE("control frames have at most 125 octets, and the 7-bit form", "[WS-150]") {
  for (const unsigned op : {0x88u, 0x89u, 0x8Au}) {
    check_accepted_by_both(hex(bytes({op, 125})), {.op = static_cast<opcode>(op & 15), .length = 125});
    for (const unsigned length : {126u, 127u})
      check_refused_by_both(hex(bytes({op, length})), errc::control_too_long, 1);
  }
  check_refused_by_both("89 7e 007e", errc::control_too_long, 1);
  check_refused_by_both("8a 7e 0000", errc::control_too_long, 1);
  check_refused_by_both("88 7f 0000000000000001", errc::control_too_long, 1);
  CHECK(close_code_for(errc::control_too_long) == close_code::protocol_error);
}

TEST_CASE("control frames are never fragments", "[WS-151]") {
  for (const auto *text : {"09 00", "0a 00", "08 02 03e8", "09", "0a", "08"})
    check_refused_by_both(text, errc::fragmented_control, 0);
  CHECK(close_code_for(errc::fragmented_control) == close_code::protocol_error);
}

TEST_CASE("judges all 65,536 starts of a header as the text of the RFC does",
          "[WS-120][WS-121][WS-122][WS-123][WS-124][WS-132][WS-150][WS-151]") {
  std::uint64_t failures = 0, accepted = 0;
  for (const role receiver : both_roles)
    for (const unsigned rsv : {0u, 4u, 2u, 1u, 5u, 7u}) {
      const frame_rules rules{receiver, static_cast<std::uint8_t>(rsv)};
      for (unsigned i = 0; i < 0x10000; ++i) {
        const std::string start = big_endian(i, 2);
        // a valid rest: lengths of 0x0100 and 0x0100000000000000, then a key
        const std::string in = start + "\x01\0\0\0\0\0\0\0key!"s;
        const verdict want = judge(in, rules);
        frame_header h;
        for (std::size_t size = 1; size <= 2; ++size) {
          const step<errc> s = decode(in.substr(0, size), rules, h);
          const bool proven = want.ec != errc::ok && want.at < size;
          const bool right = proven ? s.failed() && s.ec == want.ec && s.why.at == want.at
                                    : s.ec == errc::ok && !s.failed() &&
                                          s.ready() == (want.ec == errc::ok && want.size <= size);
          if (!right) ++failures;
        }
        const step<errc> s = decode(in, rules, h);
        if (want.ec != errc::ok) {
          if (!s.failed() || s.ec != want.ec || s.why.at != want.at) ++failures;
          continue;
        }
        ++accepted;
        if (!s.ready() || s.consumed != want.size || h.fin != want.fin || h.rsv != want.rsv ||
            static_cast<unsigned>(h.op) != want.op || h.masked != want.masked || h.length != want.length ||
            std::string(h.key.bytes.data(), 4) != (want.masked ? want.key : std::string(4, '\0')))
          ++failures;
        // what was read is written the same way
        if (encoded(h) != in.substr(0, want.size)) ++failures;
      }
    }
  CHECK(failures == 0);
  // per set of n agreed bits: 2 opcodes with 2^n settings and 1 with one, FIN or not, 128 lengths; 3 control
  // opcodes with 126 lengths
  std::uint64_t expected = 0;
  for (const unsigned settings : {1u, 2u, 2u, 2u, 4u, 8u})
    expected += 2 * ((2 * settings + 1) * 2 * 128 + 3 * 126);
  CHECK(accepted == expected);
}

TEST_CASE("fails exactly where no valid header begins with the octets so far", "[WS-131][WS-132]") {
  std::uint64_t failures = 0;
  const auto check = [&failures](const std::string &prefix, frame_rules rules) {
    frame_header h;
    const step<errc> s = decode(prefix, rules, h);
    const std::size_t smallest = smallest_valid(prefix, rules);
    const bool right = smallest == 0 ? s.failed()
                       : smallest == prefix.size()
                           ? s.ready() && s.consumed == prefix.size()
                           : s.st == status::need_more && prefix.size() + s.hint == smallest;
    if (!right) {
      ++failures;
      INFO(hex(prefix));
      CHECK(right);
    }
  };
  for (const role receiver : both_roles)
    for (const unsigned rsv : {0u, 4u, 7u}) {
      const frame_rules rules{receiver, static_cast<std::uint8_t>(rsv)};
      check("", rules);
      for (unsigned first = 0; first < 256; ++first) check(bytes({first}), rules);
    }
  for (const role receiver : both_roles) {
    const frame_rules rules{receiver};
    const unsigned mask = receiver == role::server ? 0x80 : 0;
    for (unsigned second = 0; second < 256; ++second)
      for (const unsigned first : {0x00u, 0x81u, 0x88u}) check(bytes({first, second}), rules);
    for (unsigned third = 0; third < 256; ++third) {
      check(bytes({0x82, mask | 126, third}), rules);
      check(bytes({0x82, mask | 127, third}), rules);
      for (const unsigned fourth : {0u, 1u, 0x7Du, 0x7Eu, 0x7Fu, 0x80u, 0xFFu}) {
        check(bytes({0x82, mask | 126, third, fourth}), rules);
        check(bytes({0x82, mask | 127, third, fourth}), rules);
      }
    }
    // one octet of the 64-bit length that is not zero, and where it stands
    for (std::size_t place = 0; place < 8; ++place)
      for (const unsigned value : {0x00u, 0x01u, 0x7Fu, 0x80u, 0xFFu}) {
        std::string length(8, '\0');
        length[place] = byte(value);
        for (std::size_t size = 0; size <= 8; ++size)
          check(bytes({0x82, mask | 127}) + length.substr(0, size), rules);
      }
  }
  CHECK(failures == 0);
}

TEST_CASE("writes the shortest form of a length, as a server and as a client", "[WS-210][WS-211]") {
  const auto server = [](std::uint64_t n) { return hex(encoded({.op = opcode::binary, .length = n})); };
  CHECK(server(0) == "8200");
  CHECK(server(125) == "827d");
  CHECK(server(126) == "827e007e");
  CHECK(server(127) == "827e007f");
  CHECK(server(65535) == "827effff");
  CHECK(server(65536) == "827f0000000000010000");
  CHECK(server(0x7FFFFFFFFFFFFFFF) == "827f7fffffffffffffff");
  CHECK(server(0x100000005) == "827f0000000100000005");

  const auto client = [](opcode op, std::uint64_t n) {
    return hex(encoded({.op = op, .masked = true, .key = sample_key, .length = n}));
  };
  CHECK(client(opcode::text, 0) == "818037fa213d");
  CHECK(client(opcode::close, 2) == "888237fa213d");
  CHECK(client(opcode::pong, 125) == "8afd37fa213d");
  CHECK(client(opcode::binary, 126) == "82fe007e37fa213d");
  CHECK(client(opcode::binary, 65535) == "82feffff37fa213d");
  CHECK(client(opcode::binary, 65536) == "82ff000000000001000037fa213d");
  CHECK(hex(encoded({.op = opcode::text})) == "8100");
  // the key of a frame that is not masked does not show
  CHECK(hex(encoded({.op = opcode::text, .key = sample_key, .length = 1})) == "8101");
  CHECK(hex(encoded({.op = opcode::text, .fin = false, .rsv = rsv1, .length = 3})) == "4103");
}

TEST_CASE("what is written is read back the same, whatever it is", "[WS-210][WS-211]") {
  std::vector<std::uint64_t> lengths = {0, 1, 124, 125, 126, 127, 65535, 65536, 0x7FFFFFFFFFFFFFFF};
  for (int power = 0; power < 63; ++power) lengths.push_back(std::uint64_t{1} << power);
  coax_test::guarded memory(64);
  std::uint64_t failures = 0;
  for (unsigned op = 0; op < 256; ++op)
    for (const bool fin : {true, false})
      for (unsigned rsv = 0; rsv < 10; ++rsv)
        for (const bool masked : {true, false})
          for (const std::uint64_t length : lengths) {
            const frame_header h{static_cast<opcode>(op),          fin,
                                 static_cast<std::uint8_t>(rsv),   masked,
                                 masked ? sample_key : mask_key{}, length};
            const bool defined = op <= 2 || (op >= 8 && op <= 10);
            const bool valid =
                defined && (op < 8 || (fin && length <= 125)) && rsv <= (op == 1 || op == 2 ? 7u : 0u);
            const auto out = memory.place(std::string(14, '~'));
            const written<errc> w = encode(h, out);
            const std::string_view text(out.data(), out.size());
            if (!valid) {
              if (w.ec != errc::invalid_input || w.size != 0 || text != std::string(14, '~')) ++failures;
              continue;
            }
            frame_header back;
            const step<errc> s = decode(text, {masked ? role::server : role::client, 7}, back);
            if (!w || w.size != h.size() || w.required != w.size || !s.ready() || s.consumed != w.size ||
                !(back == h) || text.substr(w.size) != std::string(14 - w.size, '~'))
              ++failures;
          }
  CHECK(failures == 0);
}

TEST_CASE("refuses to write what no receiver may accept", "[WS-215]") {
  const auto refused = [](frame_header h) { return encoded(h) == "invalid_input"; };
  CHECK(refused({.op = static_cast<opcode>(3)}));
  CHECK(refused({.op = static_cast<opcode>(11)}));
  CHECK(refused({.op = static_cast<opcode>(0x81)}));
  CHECK(refused({.op = opcode::ping, .fin = false}));
  CHECK(refused({.op = opcode::ping, .length = 126}));
  CHECK(refused({.op = opcode::ping, .rsv = rsv1}));
  CHECK(refused({.op = opcode::continuation, .rsv = rsv1}));
  CHECK(refused({.op = opcode::text, .rsv = 8}));
  CHECK(refused({.op = opcode::text, .length = 0x8000000000000000}));
  CHECK(refused({.op = opcode::text, .masked = true, .length = ~std::uint64_t{0}}));
}

TEST_CASE("writes nothing into a span that is too small, and says how large it has to be", "[WS-210]") {
  coax_test::guarded memory(64);
  for (const bool masked : {true, false})
    for (const std::uint64_t length : {0u, 125u, 126u, 65535u, 65536u}) {
      const frame_header h{
          .op = opcode::binary, .masked = masked, .key = masked ? sample_key : mask_key{}, .length = length};
      const std::size_t need = h.size();
      for (std::size_t size = 0; size <= need; ++size) {
        const auto out = memory.place(std::string(size, '~'));
        const written<errc> w = encode(h, out);
        CHECK(w.required == need);
        CHECK(static_cast<bool>(w) == (size == need));
        if (size == need) continue;
        CHECK(w.ec == errc::buffer_too_small);
        CHECK(w.size == 0);
        CHECK(std::string_view(out.data(), size) == std::string(size, '~'));
      }
    }
}

TEST_CASE("sorts the sixteen opcodes", "[WS-120][WS-122]") {
  for (unsigned i = 0; i < 256; ++i) {
    CAPTURE(i);
    const auto op = static_cast<opcode>(i);
    CHECK(is_reserved(op) == !(i <= 2 || (i >= 8 && i <= 10)));
    CHECK(is_control(op) == (i >= 8));
    CHECK(is_data(op) == (i < 8));
    CHECK(begins_message(op) == (i == 1 || i == 2));
    CHECK((name(op) == "reserved") == is_reserved(op));
  }
  CHECK(name(opcode::continuation) == "continuation");
  CHECK(name(opcode::text) == "text");
  CHECK(name(opcode::binary) == "binary");
  CHECK(name(opcode::close) == "close");
  CHECK(name(opcode::ping) == "ping");
  CHECK(name(opcode::pong) == "pong");
}
