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
  SIZE(http::body_writer);
  SIZE(http::multipart_reader);
  SIZE(values::multipart_writer);
  SIZE(http::hop_by_hop);
  SIZE(http::head_ref);
  SIZE(http::field_ref);
  SIZE(http::event);
  SIZE(websocket::server);
  SIZE(websocket::client);
  SIZE(websocket::reader);
  SIZE(websocket::writer<role::server>);
  SIZE(websocket::writer<role::client>);
  SIZE(websocket::utf8_validator);
  SIZE(websocket::assembler);
  SIZE(websocket::inflater);
  SIZE(websocket::deflater);
  SIZE(websocket::prepared);
  SIZE(websocket::item);
  SIZE(websocket::event);
  SIZE(websocket::frame_header);
  SIZE(websocket::backoff);
  SIZE(websocket::redirects);
#undef SIZE
}
