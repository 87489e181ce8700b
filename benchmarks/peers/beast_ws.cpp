#include "ws_peers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <string>

namespace bench::peers {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using error = boost::system::error_code;

/// What Beast takes for a socket: reads come out of a buffer, what is written is kept or forgotten.
class memory {
public:
  using executor_type = asio::io_context::executor_type;
  explicit memory(asio::io_context &context) : context_(context) {}
  executor_type get_executor() noexcept { return context_.get_executor(); }

  void arrives(const char *data, const std::vector<std::size_t> *ends) {
    data_ = data;
    ends_ = ends;
    at_ = next_ = 0;
  }
  /// How many octets were written since forget().
  std::size_t written() const { return written_; }
  void forget() { written_ = 0; }
  /// Plays the server of a handshake.
  void answers_handshake(bool answers) { answers_ = answers; }

  template <class Buffers> std::size_t read_some(const Buffers &to, error &ec) {
    if (answers_ && answer_.empty()) answer();
    if (next_ == ends_->size()) {
      ec = asio::error::eof;
      return 0;
    }
    const std::size_t size = asio::buffer_copy(to, asio::buffer(data_ + at_, (*ends_)[next_] - at_));
    at_ += size;
    if (at_ == (*ends_)[next_]) ++next_;
    ec = {};
    return size;
  }
  template <class Buffers> std::size_t read_some(const Buffers &to) {
    error ec;
    return read_some(to, ec);
  }
  template <class Buffers> std::size_t write_some(const Buffers &from, error &ec) {
    ec = {};
    const std::size_t size = asio::buffer_size(from);
    if (answers_) {
      const std::size_t before = request_.size();
      request_.resize(before + size);
      asio::buffer_copy(asio::buffer(request_.data() + before, size), from);
    }
    written_ += size;
    clobber();
    return size;
  }
  template <class Buffers> std::size_t write_some(const Buffers &from) {
    error ec;
    return write_some(from, ec);
  }

private:
  void answer() {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    websocket::detail::sec_ws_accept_type accept;
    websocket::detail::make_sec_ws_accept(accept, {request_.data() + request_.find(name) + name.size(), 24});
    answer_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: ";
    answer_.append(accept.data(), accept.size()).append("\r\n\r\n");
    answer_ends_ = {answer_.size()};
    arrives(answer_.data(), &answer_ends_);
  }

  asio::io_context &context_;
  const char *data_ = nullptr;
  const std::vector<std::size_t> *ends_ = nullptr;
  std::size_t at_ = 0, next_ = 0, written_ = 0;
  bool answers_ = false;
  std::string request_, answer_;
  std::vector<std::size_t> answer_ends_;
};

[[maybe_unused]] void teardown(beast::role_type, memory &, error &ec) { ec = {}; }
template <class Handler> void async_teardown(beast::role_type, memory &, Handler &&) {}

class beast_end final : public endpoint {
public:
  /// `takeover` as of permessage-deflate, where that is there.
  enum class deflate { no, each_alone, takeover };
  explicit beast_end(bool server, deflate how = deflate::no) : stream_(context_) {
    if (how != deflate::no) {
      websocket::permessage_deflate options;
      options.server_enable = true;
      options.server_no_context_takeover = options.client_no_context_takeover = how == deflate::each_alone;
      options.compLevel = 6; // as zlib's default
      options.memLevel = 8;
      stream_.set_option(options);
    }
    stream_.read_message_max(std::size_t{64} << 20);
    stream_.text(true);
    stream_.auto_fragment(false);
    if (server)
      accept();
    else
      connect();
  }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t messages) override {
    stream_.next_layer().arrives(data, &ends);
    for (std::size_t i = 0; i < messages; ++i) {
      error ec;
      stream_.read(message_, ec);
      if (ec) return 0;
      keep(message_);
      message_.clear();
    }
    clobber();
    return messages;
  }
  std::size_t send(std::string_view text) override {
    stream_.next_layer().forget();
    error ec;
    stream_.write(asio::buffer(text.data(), text.size()), ec);
    return ec ? 0 : stream_.next_layer().written();
  }
  std::size_t echo(char *data, const std::vector<std::size_t> &ends, std::size_t messages) override {
    stream_.next_layer().arrives(data, &ends);
    for (std::size_t i = 0; i < messages; ++i) {
      error ec;
      stream_.read(message_, ec);
      if (!ec) stream_.write(message_.data(), ec);
      if (ec) return 0;
      message_.clear();
    }
    clobber();
    return messages;
  }

private:
  void accept() {
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                                         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                         "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const std::vector<std::size_t> ends{request.size()};
    stream_.next_layer().arrives(request.data(), &ends);
    stream_.accept();
  }
  void connect() {
    stream_.next_layer().answers_handshake(true);
    stream_.handshake("a", "/");
    stream_.next_layer().answers_handshake(false);
  }

  asio::io_context context_;
  websocket::stream<memory> stream_;
  beast::flat_buffer message_;
};

} // namespace

std::unique_ptr<endpoint> beast_endpoint(bool server) { return std::make_unique<beast_end>(server); }

std::unique_ptr<endpoint> beast_deflating_endpoint(bool takeover) {
  return std::make_unique<beast_end>(true, takeover ? beast_end::deflate::takeover
                                                    : beast_end::deflate::each_alone);
}

bool beast_accept(std::string_view request) {
  static asio::io_context context;
  static std::vector<std::size_t> ends(1);
  websocket::stream<memory> stream(context);
  ends[0] = request.size();
  stream.next_layer().arrives(request.data(), &ends);
  error ec;
  stream.accept(ec);
  return !ec && stream.is_open();
}

} // namespace bench::peers
