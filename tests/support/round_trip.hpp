// Sends messages that someone chooses, reads them back strictly, and compares: the property that whatever a
// connection accepts for sending is read as the same thing. For a test, which draws lots, and for a fuzzer.
#pragma once

#include <coax/http.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coax_test {

namespace http = coax::http;
using std::string_view;

/// Who chooses. Derived classes give numbers; everything else is built from them.
class chooser {
public:
  virtual ~chooser() = default;
  /// A number below n, which is above 0.
  virtual unsigned below(unsigned n) = 0;
  /// Called when the property does not hold.
  virtual void broken(const std::string &what, const std::string &wire) = 0;

  bool one_in(unsigned n) { return below(n) == 0; }
  char octet() { return static_cast<char>(static_cast<unsigned char>(below(256))); }
  template <std::size_t N> std::string of(const string_view (&all)[N]) {
    return std::string(all[below(static_cast<unsigned>(N))]);
  }
  std::string octets(unsigned most) {
    std::string out(below(most + 1), '\0');
    for (char &c : out) c = octet();
    return out;
  }
  /// Some of the characters given; seldom with any octet among them.
  std::string text(string_view characters, unsigned most) {
    std::string out(below(most + 1), '\0');
    for (char &c : out) c = characters[below(static_cast<unsigned>(characters.size()))];
    if (!out.empty() && one_in(32)) out[below(static_cast<unsigned>(out.size()))] = octet();
    return out;
  }
};

struct counts {
  std::size_t accepted = 0, refused = 0, bodies = 0, trailers = 0, switches = 0;
};

class round_trip {
public:
  explicit round_trip(chooser &c) : c_(c) {}

  /// A few requests on one connection.
  void requests() {
    http::client client({.assume_http11 = !c_.one_in(4)});
    std::vector<message> sent;
    for (unsigned n = 1 + c_.below(3); n != 0 && client.can_send(); --n) {
      message m;
      m.method = c_.of(methods);
      if (c_.one_in(8)) m.method = c_.text(token, 8);
      m.target = target(m.method);
      const std::string host = this->host(m.target);
      const auto minor = static_cast<std::uint8_t>(c_.one_in(6) ? c_.below(3) : 1);
      std::array<char, 8192> out{};
      http::request_head head(room(out), m.method, m.target, host, minor);
      m.fields.emplace_back("Host", host);
      add_fields(head, m);
      const http::content content = choose_content(m);
      const auto done =
          c_.one_in(4) ? finish_prepared(client, head, content, out) : client.send(head, content);
      if (!accept(done, out, m)) continue;
      m.keeps = !m.close && (minor == 1 || m.keep_alive);
      send_body(client, m);
      sent.push_back(m);
      if (!m.complete) break;
    }
    read_requests(sent);
  }

  /// A few exchanges on one connection, of which the responses matter.
  void responses() {
    http::server server;
    std::vector<message> sent;
    for (unsigned n = 1 + c_.below(3); n != 0; --n) {
      const std::string asked = c_.of(questions);
      message question;
      if (!ask(server, asked, question.method)) break;
      for (unsigned interim = c_.below(3); interim != 0; --interim) {
        message m = question;
        send_head(server, m, static_cast<std::uint16_t>(100 + c_.below(6)), sent);
        if (m.switched) return read_responses(sent);
      }
      message m = question;
      if (!send_head(server, m, c_.one_in(12) ? c_.below(700) : codes[c_.below(std::size(codes))], sent))
        break;
      if (m.code < 200 || m.switched) break;
      const http::status_class kind = http::class_of(m.code);
      const bool bodiless = m.method == "HEAD" || m.code == 204 || m.code == 304 ||
                            (m.method == "CONNECT" && kind == http::status_class::successful);
      if (bodiless && server.body_wanted()) fail("a body is wanted where there is none", m.wire);
      message &last = sent.back();
      send_body(server, last);
      if (!last.complete || !server.keeps_alive()) break;
    }
    read_responses(sent);
  }

  counts seen{};

private:
  using field_list = std::vector<std::pair<std::string, std::string>>;

  struct message {
    std::string method{}, target{}, reason{}, body{}, wire{};
    std::uint16_t code = 0;
    field_list fields{}, trailers{};
    bool close = false, keep_alive = false, codings = false, upgrade = false;
    bool complete = false, keeps = false, switched = false;
  };

  static constexpr string_view token = "!#$%&'*+-.^_`|~019AZaz";
  static constexpr string_view methods[] = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                            "CONNECT", "OPTIONS", "TRACE", "PATCH", "BREW"};
  static constexpr string_view hosts[] = {"h", "h:80", "[::1]:8080", "1.2.3.4", "a-b.example", "h:", ""};
  static constexpr string_view names[] = {
      "A",    "X-Field", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection",
      "TE",   "Upgrade", "Expect",       "Trailer",        "Keep-Alive",        "Host",
      "ETag", "Date",    "Set-Cookie",   "Connection",     "X-Empty",           "Transfer-Encoding",
      "Via",  "Upgrade", "Age"};
  static constexpr string_view values[] = {"",
                                           "a",
                                           "close",
                                           "keep-alive",
                                           "chunked",
                                           "gzip",
                                           "trailers",
                                           "gzip;q=1",
                                           "a;b=\"c,d\"",
                                           "websocket",
                                           "0",
                                           "5",
                                           "x/1, y",
                                           "X-Field",
                                           "close, TE",
                                           "100-continue",
                                           "gzip, chunked",
                                           "chunked, chunked",
                                           "a;b",
                                           "a, b, c, d",
                                           ",",
                                           "5, 5"};
  static constexpr string_view tame[][2] = {{"A", "b"},
                                            {"X-Field", " a \t b "},
                                            {"Content-Type", "a/b"},
                                            {"Set-Cookie", "a=b"},
                                            {"Set-Cookie", ""},
                                            {"ETag", "\"x\""},
                                            {"x-obs", "caf\xE9"},
                                            {"Connection", "close"},
                                            {"Connection", "a"},
                                            {"TE", "trailers"},
                                            {"Upgrade", "websocket"},
                                            {"Keep-Alive", "timeout=5"},
                                            {"Via", "1.1 a"},
                                            {"Trailer", "a, ETag"},
                                            {"Date", "x"},
                                            {"Connection", "keep-alive, b"}};
  static constexpr string_view questions[] = {
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket, x/1, y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"};
  static constexpr std::uint16_t codes[] = {200, 200, 200, 201, 204, 205, 206, 301,
                                            304, 404, 426, 500, 599, 101, 100};

  static bool equal(string_view a, string_view b) { return coax::ascii::iequals(a, b); }
  void fail(const std::string &what, const std::string &wire) { c_.broken(what, wire); }
  void check(bool good, const char *what, const std::string &wire) {
    if (!good) fail(what, wire);
  }

  // --- choosing ----------------------------------------------------------------------------------------

  /// Now and then a span that is too small for all there is.
  std::span<char> room(std::array<char, 8192> &out) {
    return c_.one_in(24) ? std::span<char>(out).first(c_.below(400)) : std::span<char>(out);
  }

  std::string target(const std::string &method) {
    if (method == "CONNECT" && !c_.one_in(8))
      return "h:" + std::to_string(c_.one_in(8) ? c_.below(70000) : 443);
    if (c_.one_in(16)) return "*";
    std::string out;
    if (c_.one_in(4)) out = "http://" + std::string(c_.of(hosts));
    if (out.empty() || !c_.one_in(4)) out += '/';
    out += c_.text("abz09-._~!$&'()*+,;=:@/%[]|", 12);
    if (c_.one_in(3)) out += "?" + c_.text("abz09-._~/?%\\^`{}", 8);
    return out;
  }
  std::string host(const std::string &of_target) {
    const auto parsed = coax::uri::parse_target(of_target, false, coax::uri::syntax::browser);
    if (parsed.ok && parsed.value.form == coax::uri::target_form::absolute && !c_.one_in(8))
      return std::string(parsed.value.authority_text);
    return c_.one_in(8) ? c_.text("ab.:[]09,@-", 6) : c_.of(hosts);
  }

  void add_fields(http::head_writer &head, message &m) {
    for (unsigned n = c_.below(7); n != 0; --n) {
      const bool wild = c_.one_in(8);
      const auto &pair = tame[c_.below(static_cast<unsigned>(std::size(tame)))];
      const std::string name = !wild ? std::string(pair[0]) : c_.one_in(4) ? c_.text(token, 6) : c_.of(names);
      const std::string value = !wild          ? std::string(pair[1])
                                : c_.one_in(2) ? c_.of(values)
                                               : c_.text(" \tabc,;=\"\\/():\x80\xFF", 16);
      head.field(name, value);
      const auto has = [&](string_view option) { return coax::values::has_token(value, option); };
      if (equal(name, "Connection")) {
        m.close = m.close || has("close");
        m.keep_alive = m.keep_alive || has("keep-alive");
      } else if (equal(name, "Transfer-Encoding")) {
        m.codings = !equal(coax::ascii::trim(value), "chunked");
      } else if (!equal(name, "Content-Length")) {
        m.keep_alive = m.keep_alive || equal(name, "Keep-Alive");
        m.upgrade = m.upgrade || equal(name, "Upgrade");
        m.fields.emplace_back(name, std::string(coax::ascii::trim(value)));
      }
    }
  }

  http::content choose_content(message &m) {
    if ((m.method == "CONNECT" || m.method == "TRACE") && !c_.one_in(8)) return http::content::none();
    m.body = c_.octets(40);
    switch (c_.below(4)) {
    case 0: return http::content::streamed();
    case 1: return http::content::of(m.body.size());
    case 2: return http::content::of(c_.below(20));
    default: return http::content::none();
    }
  }

  // --- sending -----------------------------------------------------------------------------------------

  template <class Connection, class Head>
  coax::written<http::errc> finish_prepared(Connection &connection, const Head &head, http::content content,
                                            std::array<char, 8192> &out) {
    const auto prepared = head.prepared();
    std::array<char, 200> rest{};
    const auto w = connection.send(prepared, content, rest);
    if (!w) return w;
    check(prepared.text.size() + w.size <= out.size(), "a head outgrew its span", {});
    std::copy_n(rest.begin(), w.size, out.begin() + static_cast<std::ptrdiff_t>(prepared.text.size()));
    return {w.ec, prepared.text.size() + w.size, prepared.text.size() + w.size};
  }

  bool accept(const coax::written<http::errc> &done, const std::array<char, 8192> &out, message &m) {
    ++(done ? seen.accepted : seen.refused);
    check(done ? done.size == done.required && done.size != 0 : done.size == 0, "sizes of a head", m.wire);
    m.wire.append(out.data(), done.size);
    return static_cast<bool>(done);
  }

  bool send_head(http::server &server, message &m, unsigned code, std::vector<message> &sent) {
    m.code = static_cast<std::uint16_t>(code);
    m.reason = c_.one_in(3) ? c_.text(" \tOKab\xE9", 6) : std::string(http::reason_phrase(m.code));
    std::array<char, 8192> out{};
    http::response_head head(room(out), m.code, m.reason);
    add_fields(head, m);
    if (code == 101 && !m.upgrade) {
      head.field("Upgrade", "websocket");
      m.fields.emplace_back("Upgrade", "websocket");
    }
    http::content content = choose_content(m);
    if ((code < 200 || code == 204 || code == 205) && !c_.one_in(8)) content = http::content::none();
    if (!accept(c_.one_in(4) ? finish_prepared(server, head, content, out) : server.send(head, content), out,
                m))
      return false;
    m.switched = server.sending() == http::phase::switched;
    seen.switches += m.switched;
    m.keeps = server.keeps_alive();
    m.complete = !server.body_wanted();
    if (m.complete || m.code < 200) m.body.clear();
    sent.push_back(m);
    return true;
  }

  /// Sends what is chosen as body, piece by piece, with mistakes in between.
  template <class Connection> void send_body(Connection &connection, message &m) {
    m.complete = !connection.body_wanted();
    std::string payload;
    std::swap(payload, m.body);
    seen.bodies += !m.complete;
    for (unsigned steps = 0; !m.complete && steps < 12; ++steps) {
      std::array<char, 300> out{};
      const std::string piece = payload.substr(0, c_.below(static_cast<unsigned>(payload.size()) + 1));
      if (steps == 11 || c_.one_in(4)) {
        http::trailer_writer trailers(c_.one_in(16) ? std::span<char>(out).first(c_.below(40))
                                                    : std::span<char>(out));
        field_list list;
        for (unsigned n = c_.one_in(2) ? c_.below(4) : 0; n != 0; --n) {
          const std::string name = c_.one_in(8) ? c_.of(names) : "x" + c_.text(token, 6);
          const std::string value = c_.text(" \tab\xE9", 8);
          trailers.field(name, value);
          list.emplace_back(name, std::string(coax::ascii::trim(value)));
        }
        const auto w =
            list.empty() && c_.one_in(2) ? connection.send_end(out) : connection.send_end(trailers);
        check(w ? w.size == w.required : w.size == 0, "sizes of an end", m.wire);
        if (w.ec == http::errc::body_too_short) return;
        if (!w) continue;
        m.wire.append(out.data(), w.size);
        m.trailers = list;
        m.complete = true;
        seen.trailers += !list.empty();
        check(connection.send_data(1).ec != http::errc::ok, "data behind the end", m.wire);
        return;
      }
      if (c_.one_in(2)) { // gathering
        const http::data_frame frame = connection.send_data(piece.size());
        if (!frame) continue;
        m.wire.append(frame.prefix()).append(piece).append(frame.suffix);
      } else {
        const auto w =
            connection.send_data(piece, std::span<char>(out).first(c_.one_in(8) ? c_.below(30) : 300));
        check(w ? w.size == w.required : w.size == 0, "sizes of data", m.wire);
        if (!w) continue;
        m.wire.append(out.data(), w.size);
      }
      m.body += piece;
      payload.erase(0, piece.size());
      m.complete = !connection.body_wanted();
    }
  }

  /// Lets the server read a request, whole. False if it takes no more.
  bool ask(http::server &server, const std::string &text, std::string &method) {
    std::array<http::field_ref, 8> table{};
    string_view in = text;
    for (;;) {
      const http::event e = server.next({table}, in);
      if (e.kind == http::event_kind::request)
        method = http::view_request(e.head, in.data(), table).method_text;
      else if (e.kind != http::event_kind::data && e.kind != http::event_kind::end)
        return server.sending() == http::phase::due;
      in.remove_prefix(e.consumed);
    }
  }

  // --- reading -----------------------------------------------------------------------------------------

  void compare(const http::fields &got, const message &m, const field_list &expected, bool head) {
    auto next = expected.begin();
    for (const http::field f : got) {
      const http::field_id id = f.id();
      if (head && (id == http::field_id::content_length || id == http::field_id::transfer_encoding ||
                   id == http::field_id::connection))
        continue;
      if (next == expected.end() || next->first != f.name || next->second != f.value)
        return fail("another field: " + std::string(f.name), m.wire);
      ++next;
    }
    check(next == expected.end(), "a field is missing", m.wire);
  }

  /// Reads the messages from one stream that arrives in pieces; `on_head` is called with each head.
  template <class Reader, class OnHead>
  void read(Reader &reader, const std::vector<message> &sent, OnHead on_head) {
    std::string wire;
    for (const message &m : sent) wire += m.wire;
    std::vector<http::field_ref> table(64);
    const http::limits limits;
    std::size_t begin = 0, end = 0, index = 0;
    std::string body;
    for (bool headless = true; index < sent.size();) {
      const message &m = sent[index];
      const http::leniency len{.expose_codings = m.codings};
      const string_view in = string_view(wire).substr(begin, end - begin);
      if (headless) on_head(reader, m, nullptr, http::event{}, table);
      http::event e = reader.next({table, limits, len}, in);
      if (e.kind == http::event_kind::need_more && end == wire.size()) {
        if (!m.complete) return check(m.body.starts_with(body), "another body", wire);
        if (e.consumed == in.size()) e = reader.end_of_input({table, limits, len}, true);
        if (e.kind != http::event_kind::end) return fail("the end is missing", wire);
      }
      begin += e.consumed;
      switch (e.kind) {
      case http::event_kind::need_more: end += 1 + c_.below(static_cast<unsigned>(wire.size() - end)); break;
      case http::event_kind::request:
      case http::event_kind::informational:
      case http::event_kind::response:
      case http::event_kind::switched:
        if (!headless) return fail("two heads", wire);
        on_head(reader, m, in.data(), e, table);
        headless = e.kind == http::event_kind::informational || e.kind == http::event_kind::switched;
        index += headless;
        break;
      case http::event_kind::data: body += e.data; break;
      case http::event_kind::end:
        check(m.complete, "an end that nobody sent", wire);
        check(body == m.body, "another body", wire);
        compare(http::view_fields(e.trailers, in.data(), table), m, m.trailers, false);
        body.clear();
        headless = true;
        ++index;
        break;
      default: return fail("refused: " + std::string(http::name(e.ec)), wire);
      }
    }
    check(begin == wire.size(), "something is left over", wire);
  }

  void read_requests(const std::vector<message> &sent) {
    for (const message &m : sent)
      if (m.method.size() > http::limits{}.method) return; // the reader's limit
    http::request_reader reader;
    read(reader, sent,
         [this](http::request_reader &, const message &m, const char *base, const http::event &e,
                std::span<const http::field_ref> table) {
           if (base == nullptr) return;
           const http::request r = http::view_request(e.head, base, table);
           check(r.method_text == m.method, "another method", m.wire);
           check(r.target == m.target, "another target", m.wire);
           check(e.framing.keep_alive == m.keeps, "another persistence", m.wire);
           check(e.framing.upgrade == m.upgrade, "another upgrade", m.wire);
           check(e.framing.seen.empty() || m.codings, "a deviation", m.wire);
           compare(r.fields, m, m.fields, true);
         });
  }

  void read_responses(const std::vector<message> &sent) {
    http::response_reader reader;
    read(reader, sent,
         [this](http::response_reader &self, const message &m, const char *base, const http::event &e,
                std::span<const http::field_ref> table) {
           self.answers(http::to_method(m.method));
           if (base == nullptr) return;
           const http::response r = http::view_response(e.head, base, table);
           check(r.code == m.code, "another code", m.wire);
           check(r.reason == m.reason, "another reason", m.wire);
           check((e.kind == http::event_kind::switched) == m.switched, "another switch", m.wire);
           if (e.kind == http::event_kind::response)
             check(e.framing.keep_alive == m.keeps, "another persistence", m.wire);
           check(e.framing.seen.empty() || m.codings, "a deviation", m.wire);
           compare(r.fields, m, m.fields, true);
         });
  }

  chooser &c_;
};

} // namespace coax_test
