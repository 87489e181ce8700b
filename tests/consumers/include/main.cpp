// A program that takes coax in by nothing but `-I include`. The CMake and Conan projects build the same file.
// It decodes two pipelined requests, one of them with a body, and tells whether it found what it knows is
// there.
#include <coax/http.hpp>

#include <array>
#include <cstdio>
#include <string_view>

namespace http = coax::http;

int main() {
  std::string_view input = "GET /first HTTP/1.1\r\nHost: example.org\r\n\r\n"
                           "POST /second HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\n\r\nhello";
  std::array<http::field_ref, 16> table{};
  const http::limits limits{};
  const http::leniency leniency{};
  const http::context context{table, limits, leniency};

  int requests = 0, ends = 0;
  bool hello = false;
  http::request_reader reader;
  while (!input.empty()) {
    const http::event event = reader.next(context, input);
    switch (event.kind) {
    case http::event_kind::request: {
      const http::request request = http::view_request(event.head, input.data(), table);
      if (request.target != (requests == 0 ? "/first" : "/second")) return 1;
      if (request.fields["Host"] != "example.org") return 2;
      ++requests;
      break;
    }
    case http::event_kind::data: hello = event.data == "hello"; break;
    case http::event_kind::end: ++ends; break;
    default: return 3;
    }
    input.remove_prefix(event.consumed);
  }
  // The end of the last message takes no further byte.
  if (reader.next(context, input).kind == http::event_kind::end) ++ends;
  if (requests != 2 || ends != 2 || !hello) return 4;
  std::printf("coax %d.%d.%d: decoded\n", COAX_VERSION_MAJOR, COAX_VERSION_MINOR, COAX_VERSION_PATCH);
  return 0;
}
