#include "http_inputs.hpp"

#include <coax/http.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace bench {

std::vector<std::string> http_heads_of(const std::string &file, bool response) {
  namespace http = coax::http;
  std::array<http::field_ref, 100> table;
  const http::context context{table};
  const std::string bytes = load(file);
  std::vector<std::string> out;
  const auto split = [&](auto reader) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const http::event e = reader.next(context, rest);
      if (e.kind == http::event_kind::failed || e.kind == http::event_kind::need_more) std::abort();
      if (e.head.size != 0) out.emplace_back(rest.substr(0, e.consumed));
      if (e.kind == http::event_kind::switched || e.kind == http::event_kind::closed) reader.reset();
      rest.remove_prefix(e.consumed);
    }
  };
  if (response)
    split(http::response_reader());
  else
    split(http::request_reader());
  return out;
}

http_arrivals::http_arrivals(const std::vector<std::string> &messages_of_it, std::size_t together)
    : messages(messages_of_it.size()) {
  for (std::size_t i = 0; i < messages; i += together) {
    std::string bytes_of_it;
    for (std::size_t j = i; j < std::min(i + together, messages); ++j) bytes_of_it += messages_of_it[j];
    bytes += bytes_of_it.size();
    all.push_back(std::make_unique<buffer>(bytes_of_it));
  }
}

} // namespace bench
