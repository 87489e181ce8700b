// A part of a program that is compiled with flags of its own: uses what has kernels, and says what came out.
#include <coax/http/message_reader.hpp>
#include <coax/websocket/reader.hpp>
#include <coax/websocket/writer.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace coax;

struct counter {
  unsigned char next = 1;
  bool fill(std::span<char> out) noexcept {
    for (char &c : out) c = static_cast<char>(next += 37);
    return true;
  }
};

struct sum {
  std::uint64_t value = 1469598103934665603u;
  void add(std::span<const char> octets) {
    for (const char c : octets) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
};

/// Sends messages of many sizes as a client, and receives them as a server.
void messages(sum &out) {
  websocket::writer<role::client> writer;
  websocket::reader reader(role::server);
  counter random;
  static std::array<char, 20000> wire;
  std::string text;
  for (unsigned i = 0; i < 400; ++i) {
    text += i % 3 == 0 ? "a" : i % 3 == 1 ? "\xC3\xA9" : "\xE4\xB8\xAD";
    const std::size_t size = writer.text(text, random, wire).size;
    out.add(std::span(wire).first(size));
    const auto e = reader.next(websocket::limits{}, std::span(wire).first(size));
    if (e.kind != websocket::event_kind::text || !e.last || e.consumed != size) out.value = 0;
    out.add(e.payload);
  }
  text.resize(9000, 'x');
  text[8000] = '\xFF';
  if (websocket::is_utf8(text)) out.value = 0;
}

void heads(sum &out) {
  static std::array<http::field_ref, 64> table;
  const http::limits lim;
  const http::context ctx{table, lim, http::strict};
  std::string head = "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\n";
  for (unsigned i = 0; i < 30; ++i) {
    head += "Field-" + std::to_string(i) + ": " + std::string(i, 'v') + "\r\n";
    std::string in = head + "\r\n";
    http::request_reader reader;
    const http::event e = reader.next(ctx, std::span<char>(in));
    if (e.kind == http::event_kind::failed || e.consumed != in.size()) out.value = 0;
    out.add(in);
  }
}

} // namespace

/// 0 if something is wrong; else the same for all parts.
std::uint64_t COAX_PART() {
  sum out;
  messages(out);
  heads(out);
  return out.value;
}
