// A table for the terminal, in which no line is longer than the terminal is wide:
//
//     offset  bytes                          element       meaning
//          0  GET / HTTP/1.1\r\n             request-line  GET of a path, HTTP/1.1
#pragma once

#include "output.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inspect {

enum class tone : std::uint8_t { plain, dim, element, heading, warning, error };

class listing {
public:
  listing(output &out, std::size_t width, bool color) noexcept;

  /// The names of the columns.
  void titles();
  /// A line that stands out, with an empty one before it.
  void heading(std::string_view text);
  /// `bytes` is made visible and shortened; a CR LF at its end is dimmed. `meaning` may take several lines.
  void row(std::uint64_t offset, std::string_view bytes, std::string_view element, std::string_view meaning,
           tone how = tone::element);
  /// The same without offset and bytes: a remark.
  void remark(std::string_view element, std::string_view meaning, tone how);
  /// The same from the column of the bytes on.
  void note(std::string_view label, std::string_view text, tone how);

  /// A line of free form, piece by piece, beginning at the column of the bytes.
  void begin(std::uint64_t offset);
  /// The same without the offset, aligned with the line that has it.
  void begin_under(std::uint64_t offset);
  void put(std::string_view text, tone how = tone::plain);
  void finish() { out_.put("\n"); }
  /// How many columns such a line has.
  std::size_t free_width(std::uint64_t offset) const;

  bool flush() { return out_.flush(); }

private:
  static constexpr std::size_t offset_size = 8, gap = 2, element_size = 12;
  static constexpr std::size_t indent = offset_size + gap;

  void put_offset(std::string_view offset);
  void put_bytes(std::string_view bytes, std::size_t width);
  void put_wrapped(std::string_view text, std::size_t width, tone how);
  void put_rest(std::string_view element, std::string_view meaning, tone how);
  void space(std::size_t n) { out_.put(std::string(n, ' ')); }

  output &out_;
  std::size_t width_, bytes_size_, meaning_size_;
  bool color_;
};

} // namespace inspect
