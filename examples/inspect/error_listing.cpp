#include "error_listing.hpp"

#include "escape.hpp"
#include "words.hpp"

#include <coax/http/status_code.hpp>

#include <algorithm>

namespace inspect {

namespace {

/// A piece of a line, made visible, with the columns that one byte of it takes.
struct excerpt {
  std::string text;
  std::size_t column = 0, columns = 0;
};

/// The piece of `line` around the byte at `at` that fits into `width` columns; "..." stands for the rest.
excerpt cut_out(std::string_view line, std::size_t at, std::size_t width) {
  constexpr std::string_view dots = "...";
  std::size_t begin = at;
  std::size_t room = width * 2 / 3 - dots.size();
  for (; begin > 0 && visible_size(line[begin - 1]) <= room; --begin) room -= visible_size(line[begin - 1]);

  excerpt out;
  if (begin > 0) out.text = dots;
  out.text += visible(line.substr(begin, at - begin));
  out.column = out.text.size();
  if (at == line.size()) return out;
  out.columns = visible_size(line[at]);
  out.text += visible(line.substr(at), width - out.column);
  return out;
}

std::string element(const failure &what) {
  std::string out(coax::name(what.what));
  const bool field = what.what == coax::element::field_name || what.what == coax::element::field_value;
  if (field) out += " of field line " + std::to_string(what.index + 1);
  return out;
}

/// `section` is RFC number and section: "9112 6.3".
std::string rule(std::string_view section) {
  const std::size_t space = section.find(' ');
  if (space == section.npos) return "none of an RFC";
  return "RFC " + std::string(section.substr(0, space)) + " section " +
         std::string(section.substr(space + 1));
}

std::string answer(const failure &what) {
  if (what.status() == 0) return "none: close the connection";
  std::string out = std::to_string(what.status()) + ' ' + std::string(http::reason_phrase(what.status()));
  return out + (what.kind == direction::request ? ", then close" : " from a gateway; close the connection");
}

std::string answer(const frame_failure &what) {
  return "Close frame with " + std::to_string(static_cast<unsigned>(what.close())) + ", " +
         std::string(websocket::name(what.close()));
}

/// The line in which the byte at `offset` lies, and a caret under it.
void list_excerpt(listing &rows, std::string_view line, std::uint64_t line_at, std::uint64_t offset) {
  const excerpt part = cut_out(line, static_cast<std::size_t>(offset - line_at), rows.free_width(line_at));
  rows.begin(line_at);
  rows.put(std::string_view(part.text).substr(0, part.column));
  rows.put(std::string_view(part.text).substr(part.column, part.columns), tone::error);
  rows.put(std::string_view(part.text).substr(std::min(part.text.size(), part.column + part.columns)));
  rows.finish();
  rows.begin_under(line_at);
  rows.put(std::string(part.column, ' '));
  std::string caret(std::max<std::size_t>(part.columns, 1), '~');
  caret.front() = '^';
  rows.put(caret, tone::error);
  rows.finish();
}

void list_notes(listing &rows, std::string_view message, std::string_view name, std::string_view section,
                std::uint64_t offset, std::string_view where, std::string_view answer) {
  rows.note("error", message, tone::error);
  rows.note("code", name, tone::plain);
  rows.note("where", "offset " + std::to_string(offset) + ", " + std::string(where), tone::plain);
  rows.note("rule", rule(section), tone::plain);
  rows.note("answer", answer, tone::plain);
}

} // namespace

void list_error(listing &rows, const failure &what, std::string_view hint) {
  list_excerpt(rows, what.line, what.line_at, what.offset);
  list_notes(rows, http::message(what.code), http::name(what.code), http::section(what.code), what.offset,
             element(what), answer(what));
  if (!hint.empty()) rows.note("hint", hint, tone::warning);
}

void list_error(listing &rows, const frame_failure &what, std::string_view hint) {
  list_excerpt(rows, what.line, what.line_at, what.offset);
  list_notes(rows, websocket::message(what.code), websocket::name(what.code), websocket::section(what.code),
             what.offset, coax::name(what.what), answer(what));
  if (!hint.empty()) rows.note("hint", hint, tone::warning);
}

} // namespace inspect
