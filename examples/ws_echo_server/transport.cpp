#include "transport.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL // where it is missing, ignoring SIGPIPE has to do
#define MSG_NOSIGNAL 0
#endif

namespace ws_echo {

namespace {

using outcome = io_result::outcome;

class plain final : public transport {
public:
  using transport::transport;

  io_result read(std::span<char> into) noexcept override {
    const ssize_t n = ::recv(fd(), into.data(), into.size(), 0);
    return n == 0 ? io_result{outcome::ended} : result(n, outcome::wait_to_read);
  }
  io_result write(std::string_view from) noexcept override {
    return result(::send(fd(), from.data(), from.size(), MSG_NOSIGNAL), outcome::wait_to_write);
  }
  void end() noexcept override { ::shutdown(fd(), SHUT_WR); }

private:
  static io_result result(ssize_t n, outcome otherwise) noexcept {
    if (n >= 0) return {outcome::moved, static_cast<std::size_t>(n)};
    return {errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? otherwise : outcome::failed};
  }
};

struct free_context {
  void operator()(SSL_CTX *context) const noexcept { SSL_CTX_free(context); }
};
struct free_session {
  void operator()(SSL *session) const noexcept { SSL_free(session); }
};
using context_ptr = std::unique_ptr<SSL_CTX, free_context>;
using session_ptr = std::unique_ptr<SSL, free_session>;

/// Reading and writing bring the TLS handshake with them.
class tls final : public transport {
public:
  tls(net::file_descriptor socket, session_ptr session) noexcept
      : transport(std::move(socket)), session_(std::move(session)) {
    SSL_set_fd(session_.get(), fd());
    SSL_set_accept_state(session_.get());
  }

  io_result read(std::span<char> into) noexcept override {
    return attempt([&](std::size_t &n) { return SSL_read_ex(session_.get(), into.data(), into.size(), &n); });
  }
  io_result write(std::string_view from) noexcept override {
    return attempt(
        [&](std::size_t &n) { return SSL_write_ex(session_.get(), from.data(), from.size(), &n); });
  }
  bool holds_input() const noexcept override { return SSL_pending(session_.get()) > 0; }
  void end() noexcept override {
    ERR_clear_error();
    if (SSL_is_init_finished(session_.get())) SSL_shutdown(session_.get());
    ::shutdown(fd(), SHUT_WR);
  }

private:
  template <class Call> io_result attempt(Call call) noexcept {
    ERR_clear_error();
    std::size_t n = 0;
    const int ok = call(n);
    if (ok == 1) return {outcome::moved, n};
    switch (SSL_get_error(session_.get(), ok)) {
    case SSL_ERROR_WANT_READ: return {outcome::wait_to_read};
    case SSL_ERROR_WANT_WRITE: return {outcome::wait_to_write};
    case SSL_ERROR_ZERO_RETURN: return {outcome::ended};
    default: return {outcome::failed};
    }
  }

  session_ptr session_;
};

class plain_source final : public transport_source {
  std::unique_ptr<transport> make(net::file_descriptor socket) override {
    return std::make_unique<plain>(std::move(socket));
  }
};

class tls_source final : public transport_source {
public:
  explicit tls_source(context_ptr context) noexcept : context_(std::move(context)) {}

  std::unique_ptr<transport> make(net::file_descriptor socket) override {
    session_ptr session(SSL_new(context_.get()));
    if (!session) return nullptr;
    return std::make_unique<tls>(std::move(socket), std::move(session));
  }

private:
  context_ptr context_;
};

/// Of what the client offers in ALPN, http/1.1 is taken: it alone can be upgraded as this server does.
int choose_http11(SSL *, const unsigned char **out, unsigned char *size, const unsigned char *offered,
                  unsigned int offered_size, void *) {
  static constexpr unsigned char known[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char *chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, known, sizeof known, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

std::unique_ptr<transport_source> plain_transports() { return std::make_unique<plain_source>(); }

std::unique_ptr<transport_source> tls_transports(const std::string &certificate, const std::string &key,
                                                 std::string &error) {
  ERR_clear_error();
  context_ptr context(SSL_CTX_new(TLS_server_method()));
  if (context && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
      SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context.get()) == 1) {
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
    return std::make_unique<tls_source>(std::move(context));
  }
  const char *reason = ERR_reason_error_string(ERR_get_error());
  error =
      "cannot use " + certificate + " and " + key + ": " + (reason != nullptr ? reason : "OpenSSL failed");
  return nullptr;
}

} // namespace ws_echo
