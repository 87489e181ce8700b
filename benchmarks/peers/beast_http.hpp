// Whole exchanges and heads to be sent, by Beast, the only peer that does both.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench::peers {

/// A head to be sent.
struct outgoing_head {
  std::string method, target; ///< of a request
  unsigned code = 0;          ///< of a response
  std::vector<std::pair<std::string, std::string>> fields;
};

#if defined(COAX_BENCH_BEAST)
/// Writes a head into `out`. Octets; 0 if it failed.
std::size_t beast_write_head(const outgoing_head &head, char *out, std::size_t room);

/// Reads one request, body included, and writes a response with `content`. {consumed, written}; zeros if it
/// failed.
std::pair<std::size_t, std::size_t> beast_serve(std::string_view in, std::string_view content, char *out,
                                                std::size_t room);

/// Writes a GET, and reads its response from `in`. Whether that was it.
bool beast_ask(std::string_view in, char *out, std::size_t room);

/// Writes `payload` in chunks of `size` octets, and the last chunk. Octets.
std::size_t beast_write_chunks(std::string_view payload, std::size_t size, char *out, std::size_t room);

/// Takes a list of tokens apart. Whether it has any.
bool beast_token_list(std::string_view list);
#endif

} // namespace bench::peers
