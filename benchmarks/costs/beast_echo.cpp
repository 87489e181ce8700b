// The same as ws_echo.cpp by Beast, over a socket, without which there is no connection.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

std::size_t echo(boost::beast::websocket::stream<boost::asio::ip::tcp::socket> &connection,
                 boost::beast::flat_buffer &in) {
  boost::system::error_code ec;
  connection.read(in, ec);
  connection.text(connection.got_text());
  return ec ? 0 : connection.write(in.data(), ec);
}
