#include "failure.hpp"

namespace ws_client {

namespace {

exit_status to_status(http_client::exit_status status) {
  using theirs = http_client::exit_status;
  switch (status) {
  case theirs::ok: return exit_status::ok;
  case theirs::protocol_error: return exit_status::protocol_error;
  case theirs::tls_error: return exit_status::tls_error;
  case theirs::timed_out: return exit_status::timed_out;
  case theirs::usage: return exit_status::usage;
  default: return exit_status::no_connection; // also an answer that is cut short
  }
}

} // namespace

failure from(const http_client::problem &trouble) {
  return {to_status(trouble.status), trouble.what, trouble.advice, trouble.excerpt};
}

failure broken_rule(const std::string &who, websocket::errc ec, coax::fault why, std::uint64_t offset,
                    std::string_view of_what) {
  failure out{exit_status::protocol_error};
  out.what = who + " breaks a rule: " + std::string(name(ec)) + ": " +
             http_client::with_section(message(ec), section(ec));
  if (why.what != coax::element::none) out.what += ", in the " + std::string(name(why.what));
  out.what += ", at byte " + std::to_string(offset + why.at) + " of " + std::string(of_what);
  return out;
}

std::string text_of(websocket::close_code code) {
  const std::string_view words = name(code);
  return std::to_string(static_cast<unsigned>(code)) +
         (words.empty() ? std::string() : " (" + std::string(words) + ')');
}

} // namespace ws_client
