// What a request is answered with.
#pragma once

#include <coax/http/body_writer.hpp>
#include <coax/http/field.hpp>
#include <coax/http/field_id.hpp>
#include <coax/http/head_writer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http_server {

namespace http = coax::http;

/// The content of a response, produced piece by piece while it is sent.
class content {
public:
  /// What read() may count on to have room for.
  static constexpr std::size_t smallest_piece = 4096;

  content() = default;
  content(const content &) = delete;
  content &operator=(const content &) = delete;
  virtual ~content() = default;

  /// How many octets there are in all, if that is known.
  virtual std::optional<std::uint64_t> size() const = 0;
  /// Puts the next octets into `out`, which has room for `smallest_piece` at least. Returns how many; 0 at
  /// the end, and when there is no going on.
  virtual std::size_t read(std::span<char> out) = 0;
  /// Fields to be sent behind the content, if its size was not known.
  virtual void write_trailers(http::trailer_writer &) const {}
};

/// A response, but for Date, framing and Connection, which are added when it is sent.
struct answer {
  std::uint16_t code = 200;
  std::vector<std::pair<http::field_id, std::string>> fields{};
  std::unique_ptr<http_server::content> content{};
  /// The text is still to be made, by upload_report(), when the request has ended.
  bool reports_upload = false;
};

/// An answer that is one line of text.
answer text_answer(std::uint16_t code, std::string_view text);
/// The same with the code and its reason phrase as text.
answer text_answer(std::uint16_t code);

/// Tells how many octets of body and which trailers came.
answer upload_report(std::uint64_t octets, const http::fields &trailers);

} // namespace http_server
