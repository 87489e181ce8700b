// Prints how large the states are that a program keeps: for each connection, message or thread.
#include <coax/coax.hpp>

#include <cstdio>

int main() {
  using namespace coax;
#define SIZE(type) std::printf("%-36s %5zu\n", #type, sizeof(type))
  SIZE(http::server);
  SIZE(http::client);
  SIZE(http::request_reader);
  SIZE(http::response_reader);
  SIZE(http::request_parser);
  SIZE(http::response_parser);
  SIZE(http::body_decoder);
  SIZE(http::multipart_reader);
  SIZE(http::field_ref);
  SIZE(http::event);
  SIZE(websocket::server);
  SIZE(websocket::client);
  SIZE(websocket::reader);
  SIZE(websocket::writer<role::server>);
  SIZE(websocket::writer<role::client>);
  SIZE(websocket::assembler);
  SIZE(websocket::inflater);
  SIZE(websocket::deflater);
  SIZE(websocket::prepared);
  SIZE(websocket::item);
  SIZE(websocket::event);
  SIZE(websocket::backoff);
#undef SIZE
}
