// The kernels for masks and UTF-8, with each set of instructions that the machine has, against the validator
// that is given one octet at a time and masks that are taken off one by one.
#include "transcript.hpp"

#include <coax/core/simd/text.hpp>
#include <coax/websocket/masked_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace ws = coax::websocket;
using coax::isa;

void require(bool right) {
  if (!right) std::abort();
}

/// Octets that end where their memory does.
class exactly {
public:
  exactly(std::string_view text, std::size_t offset) : memory_(new char[offset + text.size()]) {
    span_ = {memory_.get() + offset, text.size()};
    std::copy(text.begin(), text.end(), span_.begin());
  }
  std::span<char> span() const { return span_; }
  std::string_view view() const { return {span_.data(), span_.size()}; }

private:
  std::unique_ptr<char[]> memory_;
  std::span<char> span_;
};

std::string masked(std::string_view text, ws::mask_key key) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) out += ws::detail::mask_octet(text[i], key.bytes[i % 4]);
  return out;
}

/// Whether a character begins at each place, up to the first error.
std::vector<bool> boundaries(std::string_view text) {
  std::vector<bool> out(text.size() + 1);
  ws::utf8_validator all;
  for (std::size_t i = 0; i <= text.size() && !all.failed(); ++i) {
    out[i] = all.complete();
    if (i < text.size()) (void)all.add(text.substr(i, 1));
  }
  return out;
}

void check(isa set, std::string_view text, std::size_t offset, ws::mask_key key) {
  const std::vector<bool> begins = boundaries(text);
  const auto right = [&](std::size_t good) {
    return good <= text.size() && begins[good] && begins[text.size()] == (good == text.size());
  };
  const std::string other = masked(text, key);
  const std::uint32_t word = ws::detail::to_word(key);

  const exactly plain(text, offset);
  require(right(coax::simd::valid_utf8(set, plain.span().data(), text.size())));
  const bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (text.size() >= 32) require(coax::simd::is_ascii(set, plain.span().data(), text.size()) == ascii);
  const exactly copy(text, 63 - offset);
  require(coax::simd::mask_octets(set, plain.span().data(), copy.span().data(), text.size(), word));
  require(copy.view() == other && plain.view() == text);
  require(coax::simd::mask_octets(set, plain.span().data(), plain.span().data(), text.size(), word));
  require(plain.view() == other);
  const auto [good, done] = coax::simd::unmask_utf8(set, plain.span().data(), text.size(), word);
  require(right(good) && done >= good && done <= text.size() && (good < text.size() || done == text.size()));
  require(plain.view().substr(0, done) == text.substr(0, done));
  require(plain.view().substr(done) == std::string_view(other).substr(done));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size < 7) return 0;
  const std::size_t most = data[0] * std::size_t{40}, offset = data[1] % 64;
  ws::mask_key key;
  std::memcpy(key.bytes.data(), data + 2, 4);
  std::string text(reinterpret_cast<const char *>(data) + 6, size - 6);
  while (text.size() < most) text += text.substr(0, most - text.size());

  for (const isa set : {isa::ssse3, isa::avx2, isa::neon})
    if (coax::best_isa() == set || (set == isa::ssse3 && coax::best_isa() == isa::avx2))
      check(set, text, offset, key);

  // What is built on them, in pieces.
  const std::string other = masked(text, key);
  ws::utf8_validator one, many;
  std::size_t expected = ws::utf8_validator::npos, found = expected, at = 0;
  for (std::size_t i = 0; i < text.size() && expected == ws::utf8_validator::npos; ++i)
    if (one.add(std::string_view(text).substr(i, 1)) != ws::utf8_validator::npos) expected = i;
  while (at < text.size() && found == ws::utf8_validator::npos) {
    const std::size_t piece = std::min<std::size_t>(1 + data[6 + at % (size - 6)] * 3, text.size() - at);
    const exactly part(std::string_view(other).substr(at, piece), offset);
    found = ws::detail::unmask_piece(part.span(), ws::detail::turn(key, at), many);
    require(part.view() == std::string_view(text).substr(at, piece));
    if (found != ws::utf8_validator::npos) found += at;
    at += piece;
  }
  require(found == expected);
  if (found == ws::utf8_validator::npos) require(one == many);
  require(ws::is_utf8(text) == (expected == ws::utf8_validator::npos && one.complete()));
  return 0;
}
