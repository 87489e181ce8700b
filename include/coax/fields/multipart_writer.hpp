// Writing multipart/byteranges (RFC 9110 §14.6) and multipart/form-data (RFC 7578): all but the payload.
#pragma once

#include "../core/bounded_writer.hpp"
#include "boundary.hpp"
#include "content_range.hpp"
#include "errc.hpp"
#include "media_type.hpp"
#include "quoted.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::values {

/// The head of a part of multipart/byteranges.
struct byterange_part {
  std::string_view content_type{}; ///< the representation's; empty if it is not known
  content_range range{};           ///< the payload has to be range.size() bytes
};

/// The head of a part of multipart/form-data.
struct form_part {
  std::string_view name{};
  std::string_view filename{};
  bool has_filename = false;
  std::string_view content_type{}; ///< empty for none: text/plain then
};

namespace detail {

/// Empty or a media type: nothing that could end the line.
constexpr bool is_part_type(std::string_view text) noexcept {
  return text.empty() || bool(parse_media_type(text));
}

constexpr bool is_valid(const byterange_part &part) noexcept {
  return is_part_type(part.content_type) && !part.range.unsatisfied && is_valid(part.range);
}
constexpr bool is_valid(const form_part &part) noexcept {
  return is_part_type(part.content_type) && is_quotable(part.name) && is_quotable(part.filename) &&
         (part.has_filename || part.filename.empty());
}

constexpr void put_type(bounded_writer &w, std::string_view content_type) noexcept {
  if (!content_type.empty()) w.put("Content-Type: ").put(content_type).put("\r\n");
}

constexpr void put_quoted(bounded_writer &w, std::string_view text) noexcept {
  w.put('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') w.put('\\');
    w.put(c);
  }
  w.put('"');
}

constexpr void put(bounded_writer &w, const byterange_part &part) noexcept {
  put_type(w, part.content_type);
  w.put("Content-Range: ");
  put(w, part.range);
  w.put("\r\n\r\n");
}

constexpr void put(bounded_writer &w, const form_part &part) noexcept {
  w.put("Content-Disposition: form-data; name=");
  put_quoted(w, part.name);
  if (part.has_filename) {
    w.put("; filename=");
    put_quoted(w, part.filename);
  }
  w.put("\r\n");
  put_type(w, part.content_type);
  w.put("\r\n");
}

} // namespace detail

/// Writes what stands between the payloads of a multipart body. The payloads are never seen: send, in this
/// order, what begin_part() wrote, the part's payload, and so on, and at last what end() wrote.
///
/// The head that belongs to it has `Content-Type: multipart/byteranges; boundary=...` (quoted if the boundary
/// is no token) and, as a 206, no Content-Range. One range alone must not be sent in this form: see
/// answer_for(). No line of a payload may begin with the delimiter: see boundary_check.
class multipart_writer {
public:
  constexpr explicit multipart_writer(const boundary &b) noexcept : boundary_(b) {}

  /// Writes the delimiter and the head of the next part: of byteranges or of a form, not both in one body.
  ///
  /// Errors: invalid_input (a Content-Type that is none, a Content-Range that is none, control characters in
  /// a name, an empty boundary), buffer_too_small. Then the part has not begun: call again.
  constexpr written<errc> begin_part(const byterange_part &part, std::span<char> out) noexcept {
    if (boundary_.empty() || !detail::is_valid(part)) return {errc::invalid_input, 0, 0};
    bounded_writer w = delimiter_line(out);
    detail::put(w, part);
    return begin(w);
  }
  constexpr written<errc> begin_part(const form_part &part, std::span<char> out) noexcept {
    if (boundary_.empty() || !detail::is_valid(part)) return {errc::invalid_input, 0, 0};
    bounded_writer w = delimiter_line(out);
    detail::put(w, part);
    return begin(w);
  }

  /// Writes the close delimiter. Errors: buffer_too_small; invalid_input if the boundary is empty.
  constexpr written<errc> end(std::span<char> out) const noexcept {
    if (boundary_.empty()) return {errc::invalid_input, 0, 0};
    bounded_writer w(out);
    put_delimiter(w);
    w.put("--\r\n");
    return w.finish(errc::buffer_too_small);
  }

private:
  constexpr void put_delimiter(bounded_writer &w) const noexcept {
    if (begun_) w.put("\r\n");
    w.put("--").put(boundary_.view());
  }

  constexpr bounded_writer delimiter_line(std::span<char> out) const noexcept {
    bounded_writer w(out);
    put_delimiter(w);
    w.put("\r\n");
    return w;
  }
  constexpr written<errc> begin(const bounded_writer &w) noexcept {
    begun_ = begun_ || w.fits();
    return w.finish(errc::buffer_too_small);
  }

  friend class multipart_size;
  boundary boundary_;
  bool begun_ = false;
};
static_assert(std::is_trivially_copyable_v<multipart_writer> && sizeof(multipart_writer) <= 72);

/// Adds up the size of a multipart body before any of it is written, for Content-Length.
///
///     multipart_size size(b);
///     for each part: if (!size.add(part)) ... // it cannot be written
///     size.total()
class multipart_size {
public:
  constexpr explicit multipart_size(const boundary &b) noexcept : writer_(b) {}

  /// Adds a part with its payload. False, and nothing is added, if the part cannot be written or the sum
  /// exceeds 64 bits.
  constexpr bool add(const byterange_part &part) noexcept {
    return add_sizes(writer_.begin_part(part, {}).required, part.range.size());
  }
  constexpr bool add(const form_part &part, std::uint64_t payload) noexcept {
    return add_sizes(writer_.begin_part(part, {}).required, payload);
  }

  /// The size of the whole body, with its close delimiter.
  constexpr std::uint64_t total() const noexcept { return sum_ + writer_.end({}).required; }

private:
  /// `head` is 0 if the part cannot be written.
  constexpr bool add_sizes(std::uint64_t head, std::uint64_t payload) noexcept {
    constexpr std::uint64_t close = 128; // more than any close delimiter takes
    constexpr std::uint64_t most = ~std::uint64_t{0} - close;
    if (head == 0 || head > most - sum_ || payload > most - sum_ - head) return false;
    sum_ += head + payload;
    writer_.begun_ = true;
    return true;
  }

  multipart_writer writer_;
  std::uint64_t sum_ = 0;
};

} // namespace coax::inline v0_1::values
