#include "compression.hpp"

#include <string>

namespace net {

namespace websocket = coax::websocket;
namespace zlib = coax::zlib;

namespace {

coax::role peer_of(coax::role own) {
  return own == coax::role::server ? coax::role::client : coax::role::server;
}

zlib::compression how(const websocket::deflate_parameters &agreed, coax::role own) {
  return {.window_bits = agreed.window_bits(own)};
}

} // namespace

std::optional<websocket::deflate_terms> parse_deflate_terms(std::string_view text) {
  const std::string element =
      std::string(websocket::permessage_deflate) + (text.empty() ? "" : "; ") + std::string(text);
  websocket::extension_reader list(element);
  websocket::extension one, another;
  if (!list.next(one) || list.next(another) || list.ec() != coax::values::errc::ok) return {};
  const websocket::parsed_deflate terms = websocket::parse_deflate_offer(one);
  return terms.ok ? std::optional(terms.value) : std::nullopt;
}

compression::compression(const websocket::deflate_parameters &agreed, coax::role own)
    : decompressor_memory_(zlib::decompressor_memory(agreed.window_bits(peer_of(own)))),
      compressor_memory_(zlib::compressor_memory(how(agreed, own))),
      decompressor_(agreed.window_bits(peer_of(own)), decompressor_memory_),
      compressor_(how(agreed, own), compressor_memory_), inflater_(agreed, own), deflater_(agreed, own) {}

websocket::deflated compression::deflate(websocket::opcode op, std::string_view message) {
  const auto run = [&] {
    return op == websocket::opcode::text ? deflater_.text(compressor_, message, scratch_)
                                         : deflater_.binary(compressor_, message, scratch_);
  };
  websocket::deflated out = run();
  if (out.ec == websocket::errc::buffer_too_small) {
    scratch_.resize(out.required);
    out = run();
  }
  return out;
}

} // namespace net
