// Other HTTP parsers, each behind the same signature. A peer that was not found has no functions.
#pragma once

#include "../support/bench.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench::peers {

/// Parses the heads that lie in `bytes` back to back, nothing between or behind them. How many they were; 0
/// if one was refused.
using parse_heads = std::size_t(std::string_view bytes);

/// Parses one head that arrives in pieces of `size` octets, all in one buffer. Whether it was accepted.
using parse_in_pieces = bool(std::string_view head, std::size_t size);

/// Takes a chunked body apart, in place if the peer can do no other. The octets of payload; 0 if refused.
using parse_chunked = std::size_t(char *body, std::size_t size);

#if defined(COAX_BENCH_PICOHTTPPARSER)
parse_heads picohttpparser_requests, picohttpparser_responses;
parse_heads picohttpparser_framed_requests, picohttpparser_framed_responses;
parse_in_pieces picohttpparser_pieces;
parse_chunked picohttpparser_chunked;
#endif
#if defined(COAX_BENCH_HTTPARSE)
parse_heads httparse_requests, httparse_responses, httparse_framed_requests, httparse_framed_responses;
parse_in_pieces httparse_pieces;
parse_chunked httparse_chunked;
#endif
#if defined(COAX_BENCH_LLHTTP)
parse_heads llhttp_requests, llhttp_responses;
parse_in_pieces llhttp_pieces;
parse_chunked llhttp_chunked;
#endif
#if defined(COAX_BENCH_HTTP_PARSER)
parse_heads http_parser_requests, http_parser_responses;
parse_in_pieces http_parser_pieces;
parse_chunked http_parser_chunked;
#endif
#if defined(COAX_BENCH_BEAST)
parse_heads beast_requests, beast_responses;
parse_in_pieces beast_pieces;
parse_chunked beast_chunked;
#endif
#if defined(COAX_BENCH_UWEBSOCKETS)
parse_heads uwebsockets_requests; ///< writes into them, and into two octets behind them
#endif

/// Says which of them there are.
void report_http_peers();

/// What a server or client has to find out behind a parser that knows no field: which Host, where the body
/// ends, and whether the connection goes on. Written as a careful user of such a parser would.
struct user_framing {
  std::uint64_t length = 0;
  unsigned hosts = 0;
  bool has_length = false, chunked = false, close = false, keep_alive = false, upgrade = false;

  bool add(std::string_view name, std::string_view value) {
    switch (name.size()) {
    case 4: // two Host fields are refused in the end
      if (is(name, "host")) ++hosts;
      return true;
    case 10: return !is(name, "connection") || options(value);
    case 14: return !is(name, "content-length") || declared(value);
    case 17:
      if (!is(name, "transfer-encoding")) return true;
      chunked = ends_in_chunked(value);
      return chunked;
    default: return true;
    }
  }
  bool good(bool response) const { return (response || hosts == 1) && !(chunked && has_length); }

private:
  static bool is(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
      if ((text[i] | 0x20) != lower[i]) return false;
    return true;
  }
  bool declared(std::string_view value) {
    std::uint64_t n = 0;
    if (value.empty() || value.size() > 19) return false;
    for (const char c : value) {
      if (c < '0' || c > '9') return false;
      n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (has_length && n != length) return false;
    has_length = true;
    length = n;
    return true;
  }
  static std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }
  bool options(std::string_view value) {
    while (!value.empty()) {
      const std::size_t comma = value.find(',');
      const std::string_view option = trim(value.substr(0, comma));
      close = close || is(option, "close");
      keep_alive = keep_alive || is(option, "keep-alive");
      upgrade = upgrade || is(option, "upgrade");
      value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    }
    return true;
  }
  static bool ends_in_chunked(std::string_view value) {
    const std::size_t comma = value.rfind(',');
    return is(trim(comma == std::string_view::npos ? value : value.substr(comma + 1)), "chunked");
  }
};

} // namespace bench::peers
