// Heads that a fresh connection sends, as text: for the tests of what is sent.
#pragma once

#include "allocations.hpp"
#include "catch.hpp"

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

namespace http = coax::http;
using http::content;
using http::errc;
using std::string_view;

/// A server that has received a request.
inline http::server asked(const std::string &request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
  std::array<http::field_ref, 8> table{};
  http::server s;
  string_view in = request;
  for (http::event e = s.next({table}, in);
       e.kind == http::event_kind::request || e.kind == http::event_kind::data; e = s.next({table}, in))
    in.remove_prefix(e.consumed);
  REQUIRE(s.sending() == http::phase::due);
  return s;
}

using fill = std::function<void(http::head_writer &)>;
inline void no_fields(http::head_writer &) {}
inline fill one(string_view name, string_view value) {
  return [=](http::head_writer &h) { h.field(name, value); };
}

struct request_line {
  string_view method = "GET", target = "/", host = "h";
  std::uint8_t minor = 1;
};

/// A request on a fresh connection to a server that speaks HTTP/1.1, or empty if it is refused.
inline std::string request(const request_line &r, const fill &add = no_fields, content c = content::none()) {
  std::vector<char> out(20000);
  http::client client({.assume_http11 = true});
  const std::size_t before = coax_test::allocations();
  http::request_head head(out, r.method, r.target, r.host, r.minor);
  const std::size_t between = coax_test::allocations();
  add(head);
  const std::size_t behind = coax_test::allocations();
  const auto sent = client.send(head, c);
  CHECK(coax_test::allocations() - behind + between == before);
  CHECK((sent.ec == errc::ok || sent.ec == errc::invalid_input));
  CHECK((sent.ec == errc::ok ? sent.size == sent.required && sent.size > 0 : sent.size == 0));
  if (!sent) CHECK((client.can_send() && client.outstanding().size() == 0));
  return {out.data(), sent.size};
}

/// A response to a request, or empty if it is refused.
inline std::string response(std::uint16_t code, const fill &add = no_fields, content c = content::none(),
                            const std::string &to = "GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
  std::vector<char> out(20000);
  http::server server = asked(to);
  http::response_head head(out, code);
  add(head);
  const auto sent = server.send(head, c);
  CHECK((sent.ec == errc::ok || sent.ec == errc::invalid_input));
  CHECK((sent.ec == errc::ok ? sent.size == sent.required && sent.size > 0 : sent.size == 0));
  if (!sent) CHECK(server.sending() == http::phase::due);
  return {out.data(), sent.size};
}

/// The fields of a request that has these, as they are sent.
inline std::string fields(const fill &add, content c = content::none(), const request_line &r = {}) {
  const std::string all = request(r, add, c);
  const std::size_t host = all.find("\r\nHost: h\r\n");
  return all.empty() ? "refused" : all.substr(host + 11, all.size() - host - 13);
}

/// Why a head is refused, as "element at offset of field n".
inline std::string why(const http::head_writer &head) {
  REQUIRE(head.ec() == errc::invalid_input);
  return std::string(name(head.why().what)) + " at " + std::to_string(head.why().at) + " of " +
         std::to_string(head.why().index);
}

/// A server that has sent the head of a response, and that head.
struct reply {
  std::string head;
  http::server server;
};
inline reply answered(const std::string &request, std::uint16_t code, content c,
                      const fill &add = no_fields) {
  std::array<char, 300> out{};
  http::server server = asked(request);
  http::response_head head(out, code);
  add(head);
  const auto sent = server.send(head, c);
  CHECK(http::name(sent.ec) == "ok");
  return {std::string(out.data(), sent.size), server};
}

} // namespace coax_test
