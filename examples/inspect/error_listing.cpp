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

std::string rule(http::errc code) {
  const std::string_view section = http::section(code);
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

} // namespace

void list_error(listing &rows, const failure &what, std::string_view hint) {
  const excerpt part =
      cut_out(what.line, static_cast<std::size_t>(what.offset - what.line_at), rows.free_width(what.line_at));
  rows.begin(what.line_at);
  rows.put(std::string_view(part.text).substr(0, part.column));
  rows.put(std::string_view(part.text).substr(part.column, part.columns), tone::error);
  rows.put(std::string_view(part.text).substr(std::min(part.text.size(), part.column + part.columns)));
  rows.finish();
  rows.begin_under(what.line_at);
  rows.put(std::string(part.column, ' '));
  std::string caret(std::max<std::size_t>(part.columns, 1), '~');
  caret.front() = '^';
  rows.put(caret, tone::error);
  rows.finish();

  rows.note("error", http::message(what.code), tone::error);
  rows.note("code", http::name(what.code), tone::plain);
  rows.note("where", "offset " + std::to_string(what.offset) + ", " + element(what), tone::plain);
  rows.note("rule", rule(what.code), tone::plain);
  rows.note("answer", answer(what), tone::plain);
  if (!hint.empty()) rows.note("hint", hint, tone::warning);
}

} // namespace inspect
