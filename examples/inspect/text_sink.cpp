#include "text_sink.hpp"

#include "error_listing.hpp"
#include "notes.hpp"
#include "words.hpp"

namespace inspect {

namespace {

/// Takes one line with its line end off the front of `text`.
std::string_view take_line(std::string_view &text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

} // namespace

text_sink::text_sink(direction kind, output &out, std::size_t width, bool color)
    : kind_(kind), rows_(out, width, color), body_(rows_), frames_(rows_) {
  rows_.titles();
}

void text_sink::head(const message_head &head) {
  std::string detail;
  if (head.interim)
    detail = ", interim";
  else if (head.kind == direction::response)
    detail = ", to " + std::string(head.asked);
  announce(head.offset, detail);
  std::string_view rest = head.bytes;
  std::uint64_t at = head.offset;
  const auto row = [&](std::string_view element, std::string_view meaning) {
    const std::string_view line = take_line(rest);
    rows_.row(at, line, element, meaning);
    at += line.size();
  };
  row(head.kind == direction::request ? "request-line" : "status-line", about_start_line(head));
  for (const http::field f : head.fields()) row("field", about_field(head, f));
  row("empty line", about_head(head));

  interim_ = head.interim;
  framing_ = head.framing;
  seen_ = {};
  list_deviations(head.seen);
  body_.reset();
}

void text_sink::trailers(const trailer_section &section) {
  body_.flush();
  std::string_view rest = section.bytes;
  std::uint64_t at = section.offset;
  for (std::size_t i = 0; i < section.fields.size(); ++i) {
    const std::string_view line = take_line(rest);
    rows_.row(at, line, "trailer", "");
    at += line.size();
  }
  rows_.row(at, rest, "empty line", section.fields.empty() ? "no trailers" : "ends the trailers");
}

void text_sink::end(std::uint64_t offset, http::deviations seen) {
  body_.flush();
  list_deviations(seen);
  next_ = offset;
  if (interim_) {
    ++interims_;
    return;
  }
  std::string meaning = next_message() + ": ";
  ++messages_;
  meaning += body_.octets() == 0 ? "complete" : octets(body_.octets());
  if (body_.chunks() != 0) meaning += " in " + count(body_.chunks(), "chunk");
  rows_.row(offset, "", "end", meaning);
}

void text_sink::upgrade(std::uint64_t offset, std::string_view protocol) {
  protocol_ = protocol;
  rows_.row(offset, "", "upgrade",
            protocol == "tunnel" ? "HTTP is over: a tunnel" : "HTTP is over: " + protocol_);
}

void text_sink::error(const failure &what) {
  body_.flush();
  if (what.in_head) announce(what.before.empty() ? what.line_at : what.before_at, "");
  list_lines(what.before_at, what.before, what.in_head);
  // The bytes that follow an offer are the peer's to understand: this side alone does not tell.
  const bool offered = kind_ == direction::request && framing_.upgrade && what.in_head && what.before.empty();
  list_error(rows_, what,
             offered ? "the last request offers an upgrade: was it accepted? See --upgrade" : "");
}

void text_sink::error(const frame_failure &what) { list_error(rows_, what, frames_.hint(what)); }

void text_sink::eof(const end_of_input &what) {
  body_.flush();
  if (what.state == end_state::frame && !what.rest.empty())
    frames_.unfinished(what.offset - what.rest.size(), what.rest);
  const bool inside = what.state == end_state::head || what.state == end_state::body;
  const std::uint64_t rest_at = what.offset - (inside ? what.rest.size() : what.unparsed);
  if (what.state == end_state::head) announce(rest_at, "");
  if (inside)
    list_lines(rest_at, what.rest, what.state == end_state::head);
  else if (what.state == end_state::idle)
    list_skipped(what.offset);
  else if (what.unparsed != 0)
    rows_.row(rest_at, what.rest, "not parsed", octets(what.unparsed), tone::warning);
  const bool clean =
      what.state == end_state::idle || what.state == end_state::closed || what.state == end_state::tunnel;
  rows_.row(what.offset, "", "end of input", about_eof(what), clean ? tone::element : tone::warning);
}

void text_sink::announce(std::uint64_t offset, std::string_view detail) {
  rows_.heading(next_message() + std::string(detail));
  list_skipped(offset);
}

void text_sink::list_skipped(std::uint64_t offset) {
  if (offset <= next_) return;
  std::string lines;
  for (std::uint64_t n = (offset - next_) / 2; n != 0; --n) lines += "\r\n";
  rows_.row(next_, lines, "empty lines", "skipped");
}

void text_sink::list_lines(std::uint64_t offset, std::string_view lines, bool in_head) {
  std::string_view element = !in_head                      ? "last chunk"
                             : kind_ == direction::request ? "request-line"
                                                           : "status-line";
  while (!lines.empty()) {
    const std::string_view line = take_line(lines);
    const bool complete = line.ends_with('\n');
    if (!complete && element == "last chunk") element = "chunk";
    rows_.row(offset, line, element, complete ? "" : "unfinished");
    offset += line.size();
    element = in_head ? "field" : "trailer";
  }
}

void text_sink::list_deviations(http::deviations seen) {
  for (const std::string_view what : about_deviations(seen, seen_))
    rows_.remark("tolerated", what, tone::warning);
  seen_ = seen;
}

std::string text_sink::next_message() const {
  return (kind_ == direction::request ? "request " : "response ") + std::to_string(messages_ + 1);
}

std::string text_sink::so_far() const {
  std::string out = count(messages_, kind_ == direction::request ? "request" : "response");
  if (interims_ != 0) out += ", " + std::to_string(interims_) + " interim";
  return out;
}

std::string text_sink::about_eof(const end_of_input &what) const {
  switch (what.state) {
  case end_state::idle: return what.offset == 0 ? "the input is empty" : so_far();
  case end_state::closed:
    return frames_.closed() ? frames_.about_eof(what.state) : so_far() + ", connection closes";
  case end_state::tunnel: return so_far();
  case end_state::head: return "incomplete: inside the head of " + next_message();
  case end_state::open:
  case end_state::frame:
  case end_state::message: return frames_.about_eof(what.state);
  case end_state::body: break;
  }
  std::string got = octets(body_.octets());
  if (framing_.kind == http::body_kind::length)
    got = std::to_string(body_.octets()) + " of " + octets(framing_.length);
  return "incomplete: the body of " + next_message() + " has " + got;
}

} // namespace inspect
