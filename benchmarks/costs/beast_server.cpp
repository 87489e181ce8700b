// The same as http_server.cpp by Beast.
#include <boost/beast/http.hpp>

#include <cstddef>
#include <sstream>
#include <string_view>

std::size_t answer(std::string_view in, std::ostream &out) {
  namespace http = boost::beast::http;
  http::request_parser<http::empty_body> parser;
  boost::system::error_code ec;
  parser.put(boost::asio::buffer(in.data(), in.size()), ec);
  if (ec || !parser.is_done()) return 0;
  http::response<http::string_body> response(http::status::ok, parser.get().version());
  response.set(http::field::content_type, "text/plain");
  response.keep_alive(parser.keep_alive());
  response.prepare_payload();
  out << response;
  return 1;
}
