#include "ws_inputs.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace bench {

std::string ascii_text(std::size_t size, random &r) {
  constexpr std::string_view words[] = {"order", "of",    "the",  "price",  "bid",
                                        "ask",   "trade", "last", "volume", "a"};
  std::string out;
  while (out.size() < size) (out += words[r.next() % std::size(words)]) += ' ';
  out.resize(size);
  return out;
}

std::string mixed_text(std::size_t size, random &r) {
  constexpr std::string_view words[] = {"价格", "订单", "成交量", "买入", "卖出", "😀", "🚀", "ok", "BTC", " "};
  std::string out;
  for (;;) {
    const std::string_view word = words[r.next() % std::size(words)];
    if (out.size() + word.size() > size) break;
    out += word;
  }
  return out.append(size - out.size(), '.');
}

std::string json_message(random &r) {
  constexpr std::string_view symbols[] = {"BTC-USD", "ETH-USD", "SOL-EUR", "ADA-BTC", "XRP-USD", "DOGE-USD"};
  std::string out = "{\"type\":\"ticker\",\"symbol\":\"" +
                    std::string(symbols[r.next() % std::size(symbols)]) + "\",\"price\":\"" +
                    std::to_string(r.next() % 100000) + "." + std::to_string(r.next() % 100) +
                    "\",\"size\":\"" + std::to_string(r.next() % 1000) + "\"";
  const std::size_t size = r.between(80, 200);
  constexpr std::string_view more[] = {"bid", "ask", "open", "high", "low", "volume", "time"};
  for (std::size_t i = 0; i < std::size(more) && out.size() + 30 < size; ++i)
    out += ",\"" + std::string(more[i]) + "\":" + std::to_string(r.next());
  if (out.size() + 8 < size) out += ",\"x\":\"" + std::string(size - out.size() - 8, 'x') + "\"";
  return out + "}";
}

void put_frame(std::string &out, int opcode, bool fin, bool masked, std::string_view payload, random &r) {
  const auto octet = [&out](std::uint64_t value) { out += static_cast<char>(value & 0xFF); };
  octet(static_cast<std::size_t>(opcode) | (fin ? 0x80u : 0u));
  const std::size_t mask = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    octet(mask | payload.size());
  } else if (payload.size() < 65536) {
    octet(mask | 126);
    octet(payload.size() >> 8);
    octet(payload.size());
  } else {
    octet(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) octet(std::uint64_t{payload.size()} >> shift);
  }
  if (!masked) {
    out += payload;
    return;
  }
  std::array<char, 4> key{};
  for (char &k : key) octet(static_cast<unsigned char>(k = static_cast<char>(r.next())));
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
}

std::vector<std::string> texts_of(std::size_t size, bool mixed) {
  random r(1);
  std::vector<std::string> out;
  for (std::size_t all = 0; all < (size < 16384 ? 16384u : 256 * 1024u); all += size + 8)
    out.push_back(mixed ? mixed_text(size, r) : ascii_text(size, r));
  return out;
}

std::string size_name(std::size_t size) {
  if (size >= 1 << 20) return std::to_string(size >> 20) + "M";
  return size >= 1024 ? std::to_string(size >> 10) + "K" : std::to_string(size);
}

std::vector<std::string> json_feed(std::uint64_t seed) {
  random r(seed);
  std::vector<std::string> out;
  for (int i = 0; i < 2048; ++i) out.push_back(json_message(r));
  return out;
}

ws_stream::ws_stream(bool is_masked, const std::vector<std::string> &texts) : masked(is_masked) {
  random r(3);
  for (const std::string &text : texts) add(text, r);
}

void ws_stream::add(std::string_view text, random &r, std::size_t fragment) {
  ++messages;
  payload += text.size();
  int opcode = 1;
  do {
    const std::string_view piece = text.substr(0, fragment);
    text.remove_prefix(piece.size());
    put_frame(bytes, opcode, text.empty(), masked, piece, r);
    opcode = 0;
  } while (!text.empty());
  ends = {bytes.size()};
}

void ws_stream::cut(std::size_t least, std::size_t most, std::uint64_t seed) {
  random r(seed);
  ends.clear();
  for (std::size_t at = 0; at < bytes.size();) {
    at = std::min(bytes.size(), at + r.between(least, most));
    ends.push_back(at);
  }
}

namespace {

std::size_t largest(const ws_arrivals::streams &all) {
  std::size_t out = 0;
  for (const ws_stream &s : all) out = std::max(out, s.bytes.size());
  return out;
}

} // namespace

ws_arrivals::ws_arrivals(std::shared_ptr<const streams> all)
    : all_(std::move(all)), room_(largest(*all_)), turn_(all_->size() - 1) {
  next();
}

void ws_arrivals::next() {
  turn_ = (turn_ + 1) % all_->size();
  std::memcpy(room_.data(), stream().bytes.data(), stream().bytes.size());
}

std::size_t ws_arrivals::payload() const {
  std::size_t out = 0;
  for (const ws_stream &s : *all_) out += s.payload;
  return out / all_->size();
}

ws_arrivals::streams json_feeds(bool masked, std::size_t least, std::size_t most) {
  ws_arrivals::streams out;
  for (std::uint64_t seed = 2; seed < 18; ++seed) {
    out.emplace_back(masked, json_feed(seed));
    if (most != 0) out.back().cut(least, most, seed);
  }
  return out;
}

} // namespace bench
