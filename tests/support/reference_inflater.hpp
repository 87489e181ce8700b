// DEFLATE as RFC 1951 has it, decoded slowly and plainly, bit by bit: what the engines are compared with. It
// uses nothing of coax and no library.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

/// What a message came to.
struct reference_message {
  bool ok = false;          ///< it ends directly behind a block, and at the end of an octet
  std::string_view why{};   ///< what is wrong with it
  std::string out{};        ///< all of it, or what is in front of the error
  std::size_t farthest = 0; ///< the largest distance of a back reference
  bool final_blocks = false;
  std::string types{}; ///< of the blocks in turn: '0' stored, '1' fixed code, '2' dynamic code
};

/// Keeps all that it ever decoded, as far as back references can reach.
class reference_inflater {
public:
  /// Decodes a message of permessage-deflate (RFC 7692 §7.2.2).
  reference_message message(std::string_view payload) {
    return decode(std::string(payload) + std::string("\0\0\xFF\xFF", 4));
  }
  void reset() { history_.clear(); }

  static constexpr std::string_view too_much = "more than was asked for";
  std::size_t most = std::string::npos; ///< octets that a message may become: what is more is too_much

private:
  /// A prefix code: the symbols in the order of their codes, and how many there are of each length.
  struct code {
    std::array<unsigned, 16> count{};
    std::vector<unsigned> symbols{};

    explicit code(const std::vector<unsigned> &lengths) {
      for (unsigned length = 1; length <= 15; ++length)
        for (unsigned symbol = 0; symbol < lengths.size(); ++symbol)
          if (lengths[symbol] == length) symbols.push_back(symbol), ++count[length];
    }
    /// How many codes of 15 bits are not taken; below 0 if there are more symbols than codes.
    long unused() const {
      long left = 1;
      for (unsigned length = 1; length <= 15; ++length) {
        left = left * 2 - static_cast<long>(count[length]);
        if (left < 0) return left;
      }
      return left;
    }
    /// Whether zlib, as others, takes it: complete, or a single code of one bit.
    bool usable() const { return unused() == 0 || (symbols.size() == 1 && count[1] == 1); }
  };

  reference_message decode(const std::string &in) {
    in_ = in;
    at_ = 0;
    m_ = {};
    const std::size_t before = history_.size();
    most_ = most < std::string::npos - before ? before + most : std::string::npos;
    m_.ok = blocks();
    m_.out = history_.substr(before);
    if (history_.size() > 1 << 20) history_.erase(0, history_.size() - 32768);
    return m_;
  }

  bool fail(std::string_view why) {
    if (m_.why.empty()) m_.why = why;
    return false;
  }
  bool failed() const { return !m_.why.empty(); }
  std::size_t end() const { return in_.size() * 8; }

  unsigned bit() {
    if (at_ == end()) fail("ends too early");
    if (failed()) return 0;
    const unsigned octet = static_cast<unsigned char>(in_[at_ / 8]), out = octet >> (at_ % 8) & 1u;
    ++at_;
    return out;
  }
  unsigned bits(unsigned n) {
    unsigned out = 0;
    for (unsigned i = 0; i < n; ++i) out |= bit() << i;
    return out;
  }
  /// The next symbol of a code. Codes of one length follow each other, behind the shorter ones.
  unsigned symbol(const code &c) {
    unsigned value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= 15; ++length) {
      value |= bit();
      if (failed()) return 0;
      if (value < first + c.count[length]) return c.symbols[index + value - first];
      index += c.count[length];
      first = (first + c.count[length]) * 2;
      value *= 2;
    }
    fail("no such code");
    return 0;
  }

  bool blocks() {
    while (at_ != end()) {
      const bool last = bit() == 1;
      const unsigned type = bits(2);
      if (failed()) return false;
      m_.types += static_cast<char>('0' + type);
      m_.final_blocks = m_.final_blocks || last;
      const bool good = type == 0   ? stored()
                        : type == 1 ? compressed(fixed_literals(), code(std::vector<unsigned>(30, 5)))
                        : type == 2 ? dynamic()
                                    : fail("reserved type");
      if (!good || failed()) return false;
      if (last && at_ % 8 != 0) { // RFC 1951 does not say what follows, RFC 7692 §7.2.1 does: a new octet
        at_ += 8 - at_ % 8;
        if (at_ == end()) return fail("ends inside an octet");
      }
    }
    return true;
  }

  bool stored() {
    at_ = (at_ + 7) / 8 * 8;
    const unsigned size = bits(16), inverse = bits(16);
    if (!failed() && (size ^ inverse) != 0xFFFF) return fail("LEN and NLEN differ");
    for (unsigned i = 0; i < size && !failed(); ++i) {
      const unsigned c = bits(8);
      if (!failed()) put(c);
    }
    return !failed();
  }

  static code fixed_literals() {
    std::vector<unsigned> lengths(288, 8);
    for (unsigned i = 144; i < 256; ++i) lengths[i] = 9;
    for (unsigned i = 256; i < 280; ++i) lengths[i] = 7;
    return code(lengths);
  }

  bool dynamic() {
    const unsigned literals = bits(5) + 257, distances = bits(5) + 1, sizes = bits(4) + 4;
    if (literals > 286 || distances > 30) return fail("too many symbols");
    static constexpr std::array<unsigned, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
    std::vector<unsigned> lengths(19, 0);
    for (unsigned i = 0; i < sizes; ++i) lengths[order[i]] = bits(3);
    const code of_lengths(lengths);
    if (failed() || of_lengths.unused() != 0) return fail("the code of code lengths");
    lengths.clear();
    while (lengths.size() < literals + distances) {
      const unsigned s = symbol(of_lengths);
      if (failed()) return false;
      if (s < 16) {
        lengths.push_back(s);
        continue;
      }
      if (s == 16 && lengths.empty()) return fail("nothing to repeat");
      const unsigned value = s == 16 ? lengths.back() : 0;
      const unsigned times = s == 16 ? 3 + bits(2) : s == 17 ? 3 + bits(3) : 11 + bits(7);
      if (lengths.size() + times > literals + distances) return fail("too many code lengths");
      lengths.insert(lengths.end(), times, value);
    }
    if (failed() || lengths[256] == 0) return fail("no end of block");
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
    const code of_literals(std::vector<unsigned>(lengths.begin(), middle));
    const code of_distances(std::vector<unsigned>(middle, lengths.end()));
    if (!of_literals.usable()) return fail("the code of literals");
    if (!of_distances.symbols.empty() && !of_distances.usable()) return fail("the code of distances");
    return compressed(of_literals, of_distances);
  }

  bool compressed(const code &literals, const code &distances) {
    for (;;) {
      const unsigned s = symbol(literals);
      if (failed()) return false;
      if (s == 256) return true;
      if (s < 256) {
        put(s);
        if (failed()) return false;
        continue;
      }
      if (s > 285) return fail("reserved length");
      // Lengths: 3 to 10 one by one, then four for each number of extra bits, and 258.
      const unsigned l = s - 257, extra = l < 8 || l == 28 ? 0 : l / 4 - 1;
      const unsigned length = l == 28 ? 258 : l < 8 ? 3 + l : 3 + ((4 + l % 4) << extra) + bits(extra);
      const unsigned d = symbol(distances);
      if (failed()) return false;
      if (d > 29) return fail("reserved distance");
      const unsigned more = d < 4 ? 0 : d / 2 - 1;
      const std::size_t distance = d < 4 ? 1 + d : 1 + ((2 + d % 2) << more) + bits(more);
      if (failed()) return false;
      if (distance > history_.size()) return fail("distance too far");
      if (distance > m_.farthest) m_.farthest = distance;
      for (unsigned i = 0; i < length; ++i)
        put(static_cast<unsigned char>(history_[history_.size() - distance]));
      if (failed()) return false;
    }
  }

  void put(unsigned c) {
    if (history_.size() >= most_) fail(too_much);
    if (!failed()) history_ += static_cast<char>(static_cast<unsigned char>(c));
  }

  std::string history_{};
  std::string in_{};
  std::size_t at_ = 0;   // in bits
  std::size_t most_ = 0; // octets of history
  reference_message m_{};
};

} // namespace coax_test
