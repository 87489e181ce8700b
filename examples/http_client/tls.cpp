#include "tls.hpp"

#include "dial.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace http_client {

namespace {

struct free_context {
  void operator()(SSL_CTX *context) const noexcept { SSL_CTX_free(context); }
};
struct free_session {
  void operator()(SSL *session) const noexcept { SSL_free(session); }
};
using context_ptr = std::unique_ptr<SSL_CTX, free_context>;
using session_ptr = std::unique_ptr<SSL, free_session>;

/// The oldest error in OpenSSL's queue, which is emptied.
std::string openssl_error() {
  const int system_error = errno;
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return system_error != 0 ? std::strerror(system_error) : "the connection was closed";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char *reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

bool is_address(const std::string &host) {
  in6_addr any;
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

class tls final : public transport {
public:
  tls(socket_handle socket, session_ptr session)
      : transport(std::move(socket)), session_(std::move(session)) {
    SSL_set_fd(session_.get(), this->socket());
  }
  /// Says that no more is sent (RFC 9112 §9.8). The answer is not waited for.
  ~tls() override {
    if (usable_) SSL_shutdown(session_.get());
  }

  io_result handshake() {
    const io_result out = attempt(read_needs_, [&](std::size_t &) { return SSL_connect(session_.get()); });
    usable_ = out.how == io_result::outcome::moved;
    return out;
  }
  io_result read(std::span<char> into) override {
    return attempt(read_needs_,
                   [&](std::size_t &n) { return SSL_read_ex(session_.get(), into.data(), into.size(), &n); });
  }
  io_result write(std::string_view from) override {
    return attempt(write_needs_, [&](std::size_t &n) {
      return SSL_write_ex(session_.get(), from.data(), from.size(), &n);
    });
  }

private:
  template <class Call> io_result attempt(short &needs, Call call) {
    ERR_clear_error();
    errno = 0;
    std::size_t n = 0;
    const int ok = call(n);
    if (ok == 1) return {io_result::outcome::moved, n};
    switch (SSL_get_error(session_.get(), ok)) {
    case SSL_ERROR_WANT_READ: needs = POLLIN; return {};
    case SSL_ERROR_WANT_WRITE: needs = POLLOUT; return {};
    case SSL_ERROR_ZERO_RETURN: return {io_result::outcome::ended}; // a close_notify came
    default: usable_ = false; return {io_result::outcome::failed, 0, openssl_error()};
    }
  }

  session_ptr session_;
  bool usable_ = false;
};

problem cannot_start(const std::string &what) {
  return {exit_status::tls_error, "cannot start TLS: " + what + ": " + openssl_error()};
}

/// A context that verifies as asked, or null.
context_ptr make_context(const tls_options &how, problem &out) {
  ERR_clear_error();
  errno = 0;
  context_ptr context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    out = cannot_start("OpenSSL");
    return nullptr;
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), how.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const bool trusts = how.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                          : SSL_CTX_load_verify_locations(context.get(), how.ca_file.c_str(), nullptr) == 1;
  if (trusts || !how.verify) return context;
  out = cannot_start(how.ca_file.empty() ? "the certificates of the system" : how.ca_file);
  out.advice = "--cacert takes a file of certificates in PEM format";
  return nullptr;
}

/// Who the server has to be, and which protocol is to be spoken.
bool name_server(SSL *session, const std::string &host) {
  constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  if (SSL_set_alpn_protos(session, http11, sizeof http11) != 0) return false;
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
  return SSL_set_tlsext_host_name(session, host.c_str()) == 1 && SSL_set1_host(session, host.c_str()) == 1;
}

problem handshake_problem(const SSL *session, const std::string &host, const std::string &why) {
  problem out{exit_status::tls_error};
  const long verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK) {
    out.what = "the TLS handshake with " + host + " failed: " + why;
    out.advice = "perhaps the server does not speak TLS on this port";
  } else {
    out.what = "the certificate of " + host + " is not accepted: " + X509_verify_cert_error_string(verdict);
    out.advice = "--cacert FILE names certificates to trust; --insecure trusts anybody";
  }
  return out;
}

} // namespace

bool has_tls() noexcept { return true; }

problem start_tls(socket_handle socket, const std::string &host, const tls_options &how,
                  clock::duration patience, const trace &log, std::unique_ptr<transport> &out) {
  problem trouble;
  const context_ptr context = make_context(how, trouble);
  if (!context) return trouble;
  session_ptr session(SSL_new(context.get())); // keeps the context
  if (!session || !name_server(session.get(), host)) return cannot_start(host);

  const SSL *const view = session.get();
  auto stream = std::make_unique<tls>(std::move(socket), std::move(session));
  for (;;) {
    const io_result step = stream->handshake();
    if (step.how == io_result::outcome::moved) break;
    if (step.how != io_result::outcome::would_wait) {
      const std::string closed = "the server closed the connection";
      return handshake_problem(view, host, step.why.empty() ? closed : step.why);
    }
    if (!stream->wait(false, deadline(clock::now(), patience)))
      return {exit_status::timed_out, "timed out in the TLS handshake with " + host};
  }
  log.note(std::string(SSL_get_version(view)) + ", " + SSL_get_cipher_name(view) +
           (how.verify ? ", certificate verified" : ", certificate not verified"));
  out = std::move(stream);
  return {};
}

} // namespace http_client
