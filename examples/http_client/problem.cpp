#include "problem.hpp"

#include "text.hpp"

#include <algorithm>

namespace http_client {

namespace {

/// Two lines: the line of `text` that holds byte `at`, and a mark below that byte.
std::string marked(std::string_view text, std::size_t at) {
  constexpr std::size_t before = 40, behind = 30;
  at = std::min(at, text.size());
  const std::size_t last_line_end = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  std::size_t begin = last_line_end == std::string_view::npos ? 0 : last_line_end + 1;
  begin = std::max(begin, at - std::min(at, before));
  const std::size_t end = std::min({text.size(), at + behind, text.find('\n', at)});
  const std::string left = visible(text.substr(begin, at - begin));
  return "    " + left + visible(text.substr(at, end - at)) + "\n    " + std::string(left.size(), ' ') +
         "^\n";
}

exit_status status_of(http::errc ec) {
  switch (ec) {
  case http::errc::incomplete: return exit_status::incomplete;
  case http::errc::timed_out: return exit_status::timed_out;
  default: return exit_status::protocol_error;
  }
}

std::string advice_for(http::errc ec) {
  switch (ec) {
  case http::errc::head_too_large:
  case http::errc::field_too_long:
  case http::errc::too_many_fields: return "the limits of this program are in connection.hpp";
  case http::errc::unsupported_transfer_coding:
    return "this program never asks for one: tell the server's owner";
  case http::errc::unexpected_upgrade: return "leave Upgrade out of --header";
  default: return "--verbose shows what was sent and received; tell the server's owner";
  }
}

} // namespace

std::string with_section(std::string_view message, std::string_view section) {
  std::string out(message);
  if (section.empty()) return out;
  const std::size_t space = section.find(' ');
  return out + " (RFC " + std::string(section.substr(0, space)) + " §" +
         std::string(section.substr(space + 1)) + ')';
}

problem bad_uri(std::string_view role, std::string_view text, coax::uri::errc ec, coax::fault why) {
  problem out{exit_status::usage};
  out.what = std::string(role) + ": " +
             with_section(coax::uri::message(ec), coax::uri::section(ec, why.what)) + "; the " +
             std::string(name(why.what)) + " goes wrong at byte " + std::to_string(why.at);
  out.excerpt = marked(text, why.at);
  if (why.what == coax::element::scheme) out.advice = "it has to begin with http:// or https://";
  return out;
}

problem bad_response(http::errc ec, coax::fault why, std::string_view input, std::uint64_t offset) {
  problem out{status_of(ec)};
  out.what = std::string(name(ec)) + ": " + with_section(message(ec), section(ec));
  if (why.what != coax::element::none) out.what += ", in the " + std::string(name(why.what));
  out.what += ", at byte " + std::to_string(offset + why.at) + " of what the server sent";
  out.excerpt = marked(input, why.at);
  out.advice = advice_for(ec);
  return out;
}

} // namespace http_client
