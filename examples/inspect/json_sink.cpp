#include "json_sink.hpp"

#include "json_text.hpp"

#include <nlohmann/json.hpp>

namespace inspect {

namespace {

using json = nlohmann::ordered_json;

json object(std::string_view event, std::uint64_t offset) {
  json out = json::object();
  out["event"] = event;
  out["offset"] = offset;
  return out;
}

json list(const http::fields &fields) {
  json out = json::array();
  for (const http::field f : fields) out.push_back({to_utf8(f.name), to_utf8(f.value)});
  return out;
}

std::string_view framing_name(http::body_kind kind) {
  constexpr std::string_view names[] = {"none", "length", "chunked", "close", "tunnel"};
  return names[static_cast<std::size_t>(kind)];
}

/// The opcode's name; of one that is reserved the number.
std::string opcode_name(websocket::opcode op) {
  if (!websocket::is_reserved(op)) return std::string(websocket::name(op));
  return std::string("0x") + "0123456789abcdef"[static_cast<std::size_t>(op)];
}

void put(output &out, const json &line) {
  out.put(line.dump(-1, ' ', true));
  out.put("\n");
}

} // namespace

void json_sink::head(const message_head &head) {
  json line = object("head", head.offset);
  if (head.kind == direction::request) {
    line["method"] = to_utf8(head.request.method_text);
    line["target"] = to_utf8(head.request.target);
  } else {
    line["status"] = head.response.code;
    line["reason"] = to_utf8(head.response.reason);
  }
  line["version"] = "1." + std::to_string(head.minor());
  line["fields"] = list(head.fields());
  line["framing"] = framing_name(head.framing.kind);
  if (head.framing.kind == http::body_kind::length) line["length"] = head.framing.length;
  line["keep_alive"] = head.framing.keep_alive;
  put(out_, line);
}

void json_sink::data(std::uint64_t offset, std::string_view octets) {
  json line = object("data", offset);
  if (sizes_)
    line["size"] = octets.size();
  else
    line["data"] = to_base64(octets);
  put(out_, line);
}

void json_sink::trailers(const trailer_section &section) {
  if (section.fields.empty()) return;
  json line = object("trailers", section.offset);
  line["fields"] = list(section.fields);
  put(out_, line);
}

void json_sink::end(std::uint64_t offset, http::deviations) { put(out_, object("end", offset)); }

void json_sink::upgrade(std::uint64_t offset, std::string_view protocol) {
  json line = object("upgrade", offset);
  line["protocol"] = to_utf8(protocol);
  put(out_, line);
}

void json_sink::error(const failure &what) {
  json line = object("error", what.offset);
  line["code"] = http::name(what.code);
  line["status"] = what.status();
  line["message"] = http::message(what.code);
  line["rfc"] = http::section(what.code);
  put(out_, line);
}

void json_sink::eof(const end_of_input &what) {
  json line = object("eof", what.offset);
  line["state"] = inspect::name(what.state);
  line["unparsed"] = what.unparsed;
  put(out_, line);
}

void json_sink::frame(const frame_head &head) {
  const frame_bits &bits = head.bits;
  json line = object("frame", head.offset);
  if (bits.has_mask()) line["header"] = bits.size();
  line["fin"] = bits.fin();
  line["rsv"] = bits.rsv();
  line["opcode"] = opcode_name(bits.op());
  if (bits.has_mask()) line["masked"] = bits.masked();
  if (bits.has_length()) line["length"] = bits.length();
  if (head.compressed) line["compressed"] = true;
  put(out_, line);
}

void json_sink::message(const whole_message &what) {
  json line = object("message", what.offset);
  line["type"] = what.text ? "text" : "binary";
  if (!sizes_) line["data"] = to_base64(what.data);
  line["size"] = what.data.size();
  if (what.compressed) line["compressed"] = true;
  put(out_, line);
}

void json_sink::control(const control_frame &what) {
  if (what.kind == websocket::event_kind::close) {
    json line = object("close", what.offset);
    line["code"] = static_cast<std::uint16_t>(what.code);
    line["reason"] = what.payload; // which is UTF-8
    return put(out_, line);
  }
  json line = object(what.kind == websocket::event_kind::ping ? "ping" : "pong", what.offset);
  if (sizes_)
    line["size"] = what.payload.size();
  else
    line["data"] = to_base64(what.payload);
  put(out_, line);
}

void json_sink::error(const frame_failure &what) {
  json line = object("error", what.offset);
  line["code"] = websocket::name(what.code);
  line["close"] = static_cast<std::uint16_t>(what.close());
  line["message"] = websocket::message(what.code);
  line["rfc"] = websocket::section(what.code);
  put(out_, line);
}

} // namespace inspect
