#include "text_body.hpp"

#include "words.hpp"

#include <coax/http/chunked.hpp>

namespace inspect {

namespace {

std::uint64_t size_of(std::string_view line) {
  std::uint64_t size = 0;
  for (const char c : line) {
    const std::uint64_t digit = coax::hex_value(c);
    if (digit > 15) break;
    size = size * 16 + digit;
  }
  return size;
}

std::string about_extensions(std::string_view extensions) {
  coax::http::chunk_extension_reader reader(extensions);
  std::string names;
  std::size_t n = 0;
  for (coax::http::chunk_extension x; reader.next(x); ++n) {
    if (n != 0) names += ", ";
    names += x.name;
  }
  return n == 0 ? names : (n == 1 ? "; extension " : "; extensions ") + names;
}

} // namespace

void text_body::reset() noexcept {
  octets_ = chunks_ = 0;
  hides_ = false;
}

void text_body::chunk(std::uint64_t offset, std::string_view line, std::string_view extensions) {
  const std::uint64_t size = size_of(line);
  if (size != 0 && ++chunks_ > chunks_shown && extensions.empty()) {
    if (hidden_.octets == 0 && hidden_.chunks == 0) hidden_.offset = offset;
    ++hidden_.chunks;
    hides_ = true;
    return;
  }
  flush();
  hides_ = false;
  rows_.row(offset, line, size == 0 ? "last chunk" : "chunk",
            (size == 0 ? "no more data" : inspect::octets(size)) + about_extensions(extensions));
}

void text_body::data(std::uint64_t offset, std::string_view octets) {
  octets_ += octets.size();
  if (!hides_) {
    rows_.row(offset, octets, "data", inspect::octets(octets.size()));
    hides_ = true;
    return;
  }
  if (hidden_.octets == 0 && hidden_.chunks == 0) hidden_.offset = offset;
  hidden_.octets += octets.size();
}

void text_body::flush() {
  if (hidden_.octets == 0 && hidden_.chunks == 0) return;
  std::string meaning = inspect::octets(hidden_.octets) + " more";
  if (hidden_.chunks != 0) meaning += ", in " + count(hidden_.chunks, "more chunk");
  rows_.row(hidden_.offset, "...", "data", meaning);
  hidden_ = {};
}

} // namespace inspect
