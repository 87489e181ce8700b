#include "connect.hpp"

#include <coax/config.hpp>
#include <coax/interop/system_entropy.hpp>
#include <coax/openssl/sha1.hpp>
#include <coax/websocket/handshake_client.hpp>
#include <coax/websocket/session.hpp>
#include <coax/websocket/url.hpp>
#include <coax/zlib/compressor.hpp>
#include <http_client/dial.hpp>
#include <http_client/exchange.hpp>
#include <http_client/tunnel.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace ws_client {

namespace http = coax::http;
using http_client::connection;
using http_client::exchange;
using http_client::problem;

namespace {

problem reach(const http_client::url &where, const arguments &wanted, const http_client::trace &log,
              std::unique_ptr<http_client::transport> &out) {
  const http_client::url &first = wanted.proxy ? *wanted.proxy : where;
  http_client::socket_handle socket;
  if (problem p = http_client::dial(first.host, first.port, wanted.patience, log, socket)) return p;
  out = http_client::plain_transport(std::move(socket));
  if (wanted.proxy) // a tunnel also without TLS (RFC 6455 §4.1)
    if (problem p = http_client::open_tunnel(where, wanted.proxy->user, wanted.patience, log, out)) return p;
  if (!where.secure) return {};
  return http_client::start_tls(out->release(), where.host, wanted.tls, wanted.patience, log, out);
}

/// All fields but those of the handshake.
class further_fields {
public:
  further_fields(const endpoint &to, const arguments &wanted) : basic_(to.where.user.basic()) {
    bool agent = false, authorization = false;
    for (const auto &[name, value] : wanted.fields) {
      const http::field given{name, value};
      agent = agent || given.is("User-Agent");
      authorization = authorization || given.is("Authorization");
      fields_.push_back(given);
    }
    if (!agent) fields_.push_back({"User-Agent", "coax-ws_client/" COAX_VERSION_STRING});
    if (to.where.user.given && !authorization) fields_.push_back({"Authorization", basic_});
  }
  further_fields(const further_fields &) = delete;
  further_fields &operator=(const further_fields &) = delete;

  std::span<const http::field> view() const noexcept { return fields_; }

private:
  std::string basic_;
  std::vector<http::field> fields_{};
};

failure write_offer(const websocket::client_offer &asking, const further_fields &more, http::client &by,
                    std::string &out) {
  out.resize(2048);
  for (;;) {
    const auto sent = websocket::send_offer(by, asking, more.view(), out);
    if (sent.ec == http::errc::buffer_too_small) {
      out.resize(sent.required);
      continue;
    }
    out.resize(sent.size);
    if (sent) return {};
    return {exit_status::usage,
            "the handshake cannot be sent: " + http_client::with_section(message(sent.ec), section(sent.ec)),
            "leave the fields of the handshake and of framing out of --header, and see that the values of "
            "--header and --origin hold no control characters"};
  }
}

/// An ordinary answer in place of 101.
failure not_upgraded(const std::string &who, const http::response &answer) {
  failure out{exit_status::not_upgraded,
              who + " does not upgrade: it answers " + http_client::status_text(answer)};
  const http::single_value location = answer.fields.single("Location");
  if (answer.code >= 300 && answer.code < 400 && location)
    out.advice = "it points to " + http_client::visible(location.value);
  if (answer.code == 401) out.advice = "credentials may stand in the URL, or in --header";
  if (answer.code == 403) out.advice = "some servers want another --origin";
  if (answer.code == 404) out.advice = "check the path";
  return out;
}

failure shake_hands(const endpoint &to, const arguments &wanted, const http_client::trace &log, opened &out) {
  connection &on = *out.on;
  const std::vector<std::string_view> subprotocols(wanted.subprotocols.begin(), wanted.subprotocols.end());
  websocket::client_offer asking{.to = websocket::parse_url(to.text).value,
                                 .protocols = subprotocols,
                                 .origin = wanted.origin,
                                 .deflate_min_window_bits = coax::zlib::min_window_bits};
  if (wanted.deflate) asking.deflate = {&*wanted.deflate, 1};
  coax::interop::system_entropy random;
  if (!random.fill(asking.nonce)) return {exit_status::no_connection, "the system has no randomness"};
  const further_fields more(to, wanted);
  std::string head;
  if (failure f = write_offer(asking, more, on.http, head)) return f;

  const http_client::request about{.where = to.where};
  exchange talk(on, wanted.patience, log);
  talk.send(about, std::move(head));
  http::event e = talk.next();
  while (e.kind == http::event_kind::informational) e = talk.next();
  if (e.kind != http::event_kind::response && e.kind != http::event_kind::switched) return from(talk.why());
  const http::response answer = http::view_response(e.head, on.input.text().data(), on.context().table);
  const websocket::agreed agreed = websocket::check(asking, answer, coax::openssl::sha1());
  if (agreed.ec == websocket::errc::not_upgraded) return not_upgraded(to.where.authority, answer);
  if (!agreed) return broken_rule(to.where.authority, agreed.ec, agreed.why, 0, "its answer");
  const websocket::session session = websocket::take_over(on.http, e, on.input.readable(), agreed);
  if (!session) return broken_rule(to.where.authority, session.ec, {}, 0, "its answer");
  out.options = session.options;
  out.deflate = session.deflate;
  out.subprotocol = session.protocol;
  return {}; // what was consumed is dropped with `talk`
}

} // namespace

failure open(const endpoint &to, const arguments &wanted, const http_client::trace &log, opened &out) {
  std::unique_ptr<http_client::transport> stream;
  if (problem p = reach(to.where, wanted, log, stream)) return from(p);
  out.on = std::make_unique<connection>(std::move(stream));
  if (failure f = shake_hands(to, wanted, log, out)) return f;
  log.note("open" + (out.subprotocol.empty() ? std::string() : ", with subprotocol " + out.subprotocol) +
           (out.deflate.agreed ? ", with permessage-deflate" : ""));
  return {};
}

} // namespace ws_client
