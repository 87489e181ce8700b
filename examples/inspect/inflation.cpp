#include "inflation.hpp"

namespace inspect {

namespace {

constexpr coax::role other(coax::role r) {
  return r == coax::role::server ? coax::role::client : coax::role::server;
}

/// More than zlib takes: libraries with its interface need more.
constexpr std::size_t memory_size = 4 * coax::zlib::decompressor_memory(15);

} // namespace

inflation::inflation(const websocket::deflate_parameters &agreed, coax::role own)
    : memory_(memory_size), engine_(agreed.window_bits(other(own)), memory_), inflater_(agreed, own) {}

inflation::result inflation::add(const websocket::limits &lim, const websocket::event &piece,
                                 std::string &out) {
  websocket::event e = piece;
  for (std::size_t at = 0; at < piece.payload.size() || piece.last; ++at) {
    e.last = at == piece.payload.size();
    e.payload = piece.payload.subspan(at, e.last ? 0 : 1);
    do {
      const websocket::event m = inflater_.next(engine_, lim, e, buffer_);
      if (m.kind == websocket::event_kind::failed) return {m.ec, at};
      out.append(m.payload.data(), m.payload.size());
    } while (inflater_.more());
    e.first = false;
    if (e.last) break;
  }
  return {};
}

} // namespace inspect
