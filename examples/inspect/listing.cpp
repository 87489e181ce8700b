#include "listing.hpp"

#include "escape.hpp"
#include "words.hpp"

#include <algorithm>

namespace inspect {

namespace {

constexpr std::string_view code(tone how) {
  switch (how) {
  case tone::dim: return "\x1b[2m";
  case tone::element: return "\x1b[36m";
  case tone::heading: return "\x1b[1m";
  case tone::warning: return "\x1b[33m";
  case tone::error: return "\x1b[1;31m";
  default: return {};
  }
}

} // namespace

listing::listing(output &out, std::size_t width, bool color) noexcept
    : out_(out), width_(std::clamp<std::size_t>(width, 60, 180)), color_(color) {
  const std::size_t both = width_ - indent - gap - element_size - gap;
  bytes_size_ = both * 53 / 100;
  meaning_size_ = both - bytes_size_;
}

void listing::titles() {
  put_offset("offset");
  put("bytes", tone::dim);
  space(bytes_size_ - 5 + gap);
  put("element", tone::dim);
  space(element_size - 7 + gap);
  put("meaning", tone::dim);
  finish();
}

void listing::heading(std::string_view text) {
  finish();
  put(visible(text, width_), tone::heading);
  finish();
}

void listing::row(std::uint64_t offset, std::string_view bytes, std::string_view element,
                  std::string_view meaning, tone how) {
  const std::string number = std::to_string(offset);
  put_offset(number);
  put_bytes(bytes, bytes_size_ - (std::max(number.size(), offset_size) - offset_size));
  put_rest(element, meaning, how);
}

void listing::remark(std::string_view element, std::string_view meaning, tone how) {
  space(indent + bytes_size_ + gap);
  put_rest(element, meaning, how);
}

void listing::note(std::string_view label, std::string_view text, tone how) {
  constexpr std::size_t label_size = 6;
  space(indent);
  put(label, tone::dim);
  space(label_size - std::min(label_size, label.size()) + gap);
  put_wrapped(text, width_ - indent - label_size - gap, how);
}

void listing::begin(std::uint64_t offset) { put_offset(std::to_string(offset)); }

void listing::begin_under(std::uint64_t offset) { space(width_ - free_width(offset)); }

std::size_t listing::free_width(std::uint64_t offset) const {
  return width_ - gap - std::max(std::to_string(offset).size(), offset_size);
}

void listing::put(std::string_view text, tone how) {
  const std::string_view on = color_ ? code(how) : std::string_view{};
  out_.put(on);
  out_.put(text);
  if (!on.empty()) out_.put("\x1b[0m");
}

void listing::put_offset(std::string_view offset) {
  space(offset_size - std::min(offset_size, offset.size()));
  put(offset, tone::dim);
  space(gap);
}

void listing::put_bytes(std::string_view bytes, std::size_t width) {
  const std::string text = visible(bytes, width);
  constexpr std::string_view line_end = "\\r\\n";
  const bool ends = bytes.ends_with("\r\n") && text.ends_with(line_end);
  put(std::string_view(text).substr(0, text.size() - (ends ? line_end.size() : 0)));
  if (ends) put(line_end, tone::dim);
  space(width - text.size() + gap);
}

void listing::put_rest(std::string_view element, std::string_view meaning, tone how) {
  put(element, how);
  const bool loud = how == tone::warning || how == tone::error;
  if (meaning.empty()) return finish();
  space(element_size - std::min(element_size, element.size()) + gap);
  put_wrapped(meaning, meaning_size_, loud ? how : tone::plain);
}

/// Goes on in the last `width` columns of the lines that follow.
void listing::put_wrapped(std::string_view text, std::size_t width, tone how) {
  bool first = true;
  for (const std::string &line : wrap(text, width)) {
    if (!first) space(width_ - width);
    put(line, how);
    finish();
    first = false;
  }
}

} // namespace inspect
