// What the bytes of a connection turn out to be, told piece by piece. All offsets count from the first byte
// of the input.
#pragma once

#include "frame_bits.hpp"

#include <coax/http/event.hpp>
#include <coax/websocket/event.hpp>

#include <cstdint>
#include <string_view>

namespace inspect {

namespace http = coax::http;

enum class direction : std::uint8_t { request, response };

/// A head that was accepted. Views live as long as the call.
struct message_head {
  direction kind = direction::request;
  std::uint64_t offset = 0;  ///< of the start-line
  std::string_view bytes{};  ///< from the start-line to the empty line and with it
  http::request request{};   ///< for direction::request
  http::response response{}; ///< for direction::response
  std::string_view asked{};  ///< the method that the response answers
  bool interim = false;      ///< a 1xx: the response is still to come
  http::framing framing{};
  http::deviations seen{};

  const http::fields &fields() const { return kind == direction::request ? request.fields : response.fields; }
  std::uint8_t minor() const { return kind == direction::request ? request.minor : response.minor; }
};

/// The trailer section of a chunked body; often without a field.
struct trailer_section {
  std::uint64_t offset = 0;
  std::string_view bytes{}; ///< up to the empty line and with it
  http::fields fields{};
};

/// A protocol error, with what is to be seen around it.
struct failure {
  direction kind = direction::request;
  std::uint64_t offset = 0; ///< of the offending byte
  http::errc code = http::errc::ok;
  coax::element what = coax::element::none;
  std::uint16_t index = 0; ///< for field names and values: the number of the field line, from 0
  bool in_head = false;
  std::string_view before{}; ///< the lines of the same section before the offending one
  std::uint64_t before_at = 0;
  std::string_view line{}; ///< the offending line, or the part of it around the offending byte
  std::uint64_t line_at = 0;

  /// What a server answers the request with, and a gateway the request whose response this was; 0: nothing.
  std::uint16_t status() const {
    const std::uint16_t suggested = http::suggested_status(code);
    return suggested == 0 || kind == direction::request ? suggested : std::uint16_t{502};
  }
};

/// Where the input ended.
enum class end_state : std::uint8_t {
  idle,   ///< between messages
  head,   ///< inside a head
  body,   ///< inside a body
  closed, ///< behind a message that ends the connection, or a Close frame
  tunnel, ///< behind an upgrade

  open,    ///< between WebSocket messages, without a Close frame
  frame,   ///< inside a frame, or its header
  message, ///< between the frames of a message
};

constexpr std::string_view name(end_state s) noexcept {
  constexpr std::string_view names[] = {"idle",   "head", "body",  "closed",
                                        "tunnel", "open", "frame", "message"};
  return names[static_cast<std::uint8_t>(s)];
}

struct end_of_input {
  std::uint64_t offset = 0; ///< the size of the input
  end_state state = end_state::idle;
  std::uint64_t unparsed = 0; ///< octets behind the last message that were not looked at
  std::string_view rest{};    ///< the bytes that belong to nothing told so far, or the first of them
};

/// The header of a frame.
struct frame_head {
  std::uint64_t offset = 0;
  frame_bits bits;         ///< whole, unless the frame is refused
  bool compressed = false; ///< the message that begins here is, as it was agreed on
};

/// A message whose last frame is complete.
struct whole_message {
  std::uint64_t offset = 0; ///< of its first frame
  bool text = false;
  bool compressed = false;
  std::string_view data{}; ///< unmasked and inflated
};

/// A ping, a pong or a Close frame.
struct control_frame {
  std::uint64_t offset = 0; ///< of the frame
  websocket::event_kind kind = websocket::event_kind::ping;
  std::string_view payload{}; ///< unmasked; the reason of a Close frame
  websocket::close_code code = websocket::close_code::none;
};

/// A protocol error in frames.
struct frame_failure {
  std::uint64_t offset = 0; ///< of the offending byte
  websocket::errc code = websocket::errc::ok;
  coax::element what = coax::element::none;
  std::string_view line{}; ///< the header, or the part of the payload around the offending byte, unmasked
  std::uint64_t line_at = 0;

  /// The code to close with.
  websocket::close_code close() const { return websocket::close_code_for(code); }
};

/// Takes what a stream tells: for each message a head, data, trailers if the body is chunked, and an end; an
/// upgrade behind the last one; then, where WebSocket is to be read, the frames, each message behind its last
/// frame; and one error or one eof to finish. A frame that is refused is told in front of its error.
class sink {
public:
  sink() = default;
  sink(const sink &) = delete;
  sink &operator=(const sink &) = delete;
  virtual ~sink() = default;

  virtual void head(const message_head &head) = 0;
  /// Octets of the body, gathered into blocks of 16 KiB; the last of a body may be shorter. `offset` is that
  /// of the first.
  virtual void data(std::uint64_t offset, std::string_view octets) = 0;
  virtual void trailers(const trailer_section &section) = 0;
  /// `offset` is that of the first byte behind the message.
  virtual void end(std::uint64_t offset, http::deviations seen) = 0;
  virtual void upgrade(std::uint64_t offset, std::string_view protocol) = 0;
  virtual void error(const failure &what) = 0;
  virtual void eof(const end_of_input &what) = 0;

  virtual void frame(const frame_head &head) = 0;
  virtual void message(const whole_message &what) = 0;
  virtual void control(const control_frame &what) = 0;
  virtual void error(const frame_failure &what) = 0;

  /// Whether more is wanted than the messages themselves: chunk lines, blocks of data that end where a chunk
  /// ends, and the whole line in which an error lies.
  virtual bool wants_detail() const { return false; }
  /// A chunk line, with its CR LF, and the extensions in it.
  virtual void chunk(std::uint64_t /*offset*/, std::string_view /*line*/, std::string_view /*extensions*/) {}
  /// The payload of the frame that was told last, unmasked: the first `octets` of the `size` that there are,
  /// which are fewer than the header says if the input ends inside. Not called where there are none, nor for
  /// a Close frame that is complete.
  virtual void payload(std::uint64_t /*offset*/, std::string_view /*octets*/, std::uint64_t /*size*/) {}

  /// Called before input is waited for. False: nobody listens any more.
  virtual bool flush() = 0;
};

} // namespace inspect
