// The opening handshake: whole heads of both kinds at every cut, and the three lists against plain second
// readings of their grammars. What a server accepts, the client that offered it accepts too.
#include "support/sha1.hpp"
#include "transcript.hpp"

#include <coax/fields/quoted.hpp>
#include <coax/websocket/handshake_client.hpp>
#include <coax/websocket/handshake_server.hpp>
#include <coax/websocket/redirect.hpp>
#include <coax/websocket/session.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

namespace ws = coax::websocket;
namespace http = coax::http;
using std::string;
using std::string_view;

/// A heap copy of its own, so that overreads show.
struct copied {
  explicit copied(string_view text) : memory(new char[text.size()]), size(text.size()) {
    if (size != 0) std::memcpy(memory.get(), text.data(), size);
  }
  string_view text() const { return {memory.get(), size}; }
  std::span<char> span() const { return {memory.get(), size}; }
  std::unique_ptr<char[]> memory;
  std::size_t size;
};

bool is_tchar(char c) {
  const auto lower = static_cast<char>(c | 0x20);
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z' && (c & 0x80) == 0) ||
         (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}
bool is_token(string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar); }
string_view trim(string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}
/// Cuts at a separator that stands in no quoted string.
std::vector<string_view> split(string_view text, char at) {
  std::vector<string_view> out;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      quoted = !quoted;
    else if (quoted && text[i] == '\\')
      ++i;
    else if (!quoted && text[i] == at) {
      out.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  out.push_back(text.substr(begin));
  return out;
}

/// Whether the text is a list of extensions: RFC 6455 §9.1 as it stands there. Its members go to `out`.
bool read_extensions(string_view text, string &out) {
  bool any = false;
  for (const string_view member : split(text, ',')) {
    if (trim(member).empty()) continue;
    any = true;
    const std::vector<string_view> parts = split(member, ';');
    if (!is_token(trim(parts[0]))) return false;
    out += "[" + string(trim(parts[0]));
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const std::size_t equals = parts[i].find('=');
      const string_view name = trim(parts[i].substr(0, equals));
      if (!is_token(name)) return false;
      out += ";" + string(name);
      if (equals == string_view::npos) continue;
      const string_view value = trim(parts[i].substr(equals + 1));
      string plain(value);
      if (value.starts_with('"')) {
        if (value.size() < 2 || value.back() != '"') return false;
        plain.clear();
        for (std::size_t at = 1; at + 1 < value.size(); ++at) {
          if (value[at] == '"') return false;
          if (value[at] == '\\' && ++at + 1 == value.size()) return false;
          plain += value[at];
        }
      }
      if (!is_token(plain)) return false;
      out += "=" + plain;
    }
    out += "]";
  }
  return any;
}

void check_extension_list(string_view input) {
  const copied in(input);
  ws::extension_reader list(in.text());
  string got;
  for (ws::extension e; list.next(e);) {
    got += "[" + string(e.name);
    ws::extension_parameter_reader parameters(e.parameters);
    for (ws::extension_parameter p; parameters.next(p);) {
      got += ";" + string(p.name);
      if (!p.has_value) continue;
      std::array<char, 1024> plain{};
      const auto w = coax::values::unquote(p.value, plain);
      COAX_FUZZ_CHECK(w);
      got += "=" + string(plain.data(), w.size);
    }
    got += "]";
  }
  const auto whole = ws::check_extensions(ws::extension_reader(in.text()));
  COAX_FUZZ_CHECK(whole.ec == list.ec() && whole.why == list.why());
  if (list.ec() == coax::values::errc::too_many) return;
  string want;
  const bool good = read_extensions(input, want);
  COAX_FUZZ_CHECK(good == (list.ec() == coax::values::errc::ok));
  if (good) COAX_FUZZ_CHECK(got == want);
  if (!good) COAX_FUZZ_CHECK(list.why().at <= input.size());
  if (ws::may_send_extensions(in.text()))
    COAX_FUZZ_CHECK(good && input.find(" =") == string_view::npos && input.find("= ") == string_view::npos &&
                    input.find('\r') == string_view::npos && input.find('\n') == string_view::npos);
  // An offer agreed to in full: only conflicts are wrong with it.
  const auto self = ws::judge_extensions(ws::extension_reader(in.text()), ws::extension_reader(in.text()));
  COAX_FUZZ_CHECK(good ? self.ec == ws::errc::ok || self.ec == ws::errc::conflicting_extensions
                       : self.ec != ws::errc::ok);
}

/// Offers of permessage-deflate in a list: what a server chooses by a policy is what the client may take.
void check_deflate_offers(string_view input, std::uint8_t seed) {
  const copied in(input);
  const ws::deflate_policy policy{.server_no_context_takeover = (seed & 1) != 0,
                                  .client_no_context_takeover = (seed & 2) != 0,
                                  .server_max_window_bits = static_cast<std::uint8_t>(9 + seed / 4 % 7),
                                  .client_max_window_bits = static_cast<std::uint8_t>(8 + seed / 32),
                                  .accept_larger_client_window = (seed & 4) != 0};
  std::vector<ws::deflate_terms> offers;
  ws::extension_reader list(in.text());
  for (ws::extension e; list.next(e);) {
    const ws::parsed_deflate parsed = ws::parse_deflate_offer(e);
    if (parsed.ok) offers.push_back(parsed.value);
  }
  const ws::deflate_parameters chosen = ws::choose_deflate(ws::extension_reader(in.text()), policy);
  (void)ws::check_deflate(ws::extension_reader(in.text()), ws::usual_deflate);
  if (!chosen.agreed) return;
  COAX_FUZZ_CHECK(list.ec() == coax::values::errc::ok);
  std::array<char, 128> out{};
  const auto w = ws::write_deflate_answer(ws::extension_reader(in.text()), chosen, out);
  COAX_FUZZ_CHECK(w && ws::may_send_extensions({out.data(), w.size}));
  const auto checked = ws::check_deflate(ws::extension_reader(string_view(out.data(), w.size)), offers, 8);
  COAX_FUZZ_CHECK(checked.ec == ws::errc::ok && checked.value == chosen);
  COAX_FUZZ_CHECK(chosen.server_max_window_bits <= policy.server_max_window_bits);
  COAX_FUZZ_CHECK(chosen.client_max_window_bits <= policy.client_max_window_bits ||
                  policy.accept_larger_client_window);
}

void check_protocol_list(string_view input) {
  const copied in(input);
  const auto got = ws::check_protocols(ws::protocol_reader(in.text()));
  if (got.ec == coax::values::errc::too_many) return;
  std::vector<string_view> names;
  bool good = true, twice = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= input.size(); ++i) {
    if (i != input.size() && input[i] != ',') continue;
    const string_view member = trim(input.substr(begin, i - begin));
    begin = i + 1;
    if (member.empty()) continue;
    good = good && is_token(member);
    twice = twice || std::count(names.begin(), names.end(), member) != 0;
    names.push_back(member);
  }
  COAX_FUZZ_CHECK((got.ec == coax::values::errc::ok) == (good && !twice && !names.empty()));
  if (!got) return;
  COAX_FUZZ_CHECK(got.members == names.size());
  const string_view supported[] = {names.back(), names.front()};
  COAX_FUZZ_CHECK(ws::select_protocol(ws::protocol_reader(in.text()), supported) == names.back());
  COAX_FUZZ_CHECK(ws::select_protocol(ws::protocol_reader(in.text()), supported, ws::preference::of_client) ==
                  names.front());
}

/// What a server makes of bytes that arrive in two pieces, and what it answers.
string serve(string_view input, std::size_t cut, string &sent) {
  http::server server;
  std::array<http::field_ref, 64> table{};
  string out, left;
  std::array<char, 4096> space{};
  for (const string_view piece : {input.substr(0, cut), input.substr(cut)}) {
    left += piece;
    for (bool more = true; more;) {
      const copied in(left);
      const http::event e = server.next({table}, in.text());
      more = false;
      if (e.kind == http::event_kind::request) {
        more = true;
        const ws::offer o = ws::read_offer(http::view_request(e.head, in.text().data(), table));
        out += string(name(o.ec)) + "@" + std::to_string(o.why.at) + "/" + std::to_string(o.why.index) + " ";
        COAX_FUZZ_CHECK((o.verdict == ws::verdict::acceptable) == (o.ec == ws::errc::ok));
        COAX_FUZZ_CHECK(o.why.at < e.head.size);
        ws::choice c;
        string_view first;
        ws::protocol_reader protocols = o.protocols();
        if (o.ec == ws::errc::ok && protocols.next(first)) c.protocol = first;
        ws::extension x;
        ws::extension_reader extensions = o.extensions();
        string agreed;
        if (o.ec == ws::errc::ok && extensions.next(x) && x.name != ws::permessage_deflate) agreed = x.name;
        c.extensions = agreed;
        if (o.ec == ws::errc::ok && agreed.empty()) c.deflate = ws::choose_deflate(o.extensions());
        const auto w = o.ec == ws::errc::ok ? ws::accept(server, o, c, coax_test::sha1{}, space)
                                            : ws::refuse(server, o, o.suggested_status, space);
        COAX_FUZZ_CHECK(w);
        sent.append(space.data(), w.size);
      } else if (e.kind == http::event_kind::switched) {
        const ws::session s = ws::take_over(server, e, in.span(), {});
        COAX_FUZZ_CHECK(s && s.rest.size() + e.consumed == left.size());
      } else if (e.kind == http::event_kind::failed) {
        out += "failed " + string(http::name(e.ec)) + " ";
        return out;
      } else {
        more = e.kind == http::event_kind::end || e.kind == http::event_kind::data;
      }
      left.erase(0, e.consumed);
    }
  }
  return out + "left " + (server.receiving() == http::phase::switched ? left : "");
}

void check_request(string_view input) {
  string sent;
  const string whole = serve(input, input.size(), sent);
  for (std::size_t cut = 0; cut < input.size(); cut += 1 + input.size() / 40) {
    string other;
    COAX_FUZZ_CHECK(serve(input, cut, other) == whole);
    COAX_FUZZ_CHECK(other == sent);
  }
  if (sent.starts_with("HTTP/1.1 101 ")) COAX_FUZZ_CHECK(whole.starts_with("ok@0/0 "));
  COAX_FUZZ_CHECK(sent.find("\n\n") == string::npos);
}

/// What check() says of an answer that arrives in two pieces.
string answer(const ws::client_offer &o, string_view input, std::size_t cut) {
  http::client client;
  std::array<http::field_ref, 64> table{};
  std::array<char, 8192> space{};
  if (!ws::send_offer(client, o, {}, space)) return "not sent";
  string left;
  for (const string_view piece : {input.substr(0, cut), input.substr(cut)}) {
    left += piece;
    for (;;) {
      const copied in(left);
      const http::event e = client.next({table}, in.text());
      if (e.kind == http::event_kind::failed) return "failed " + string(http::name(e.ec));
      if (e.kind == http::event_kind::switched || e.kind == http::event_kind::response) {
        const ws::agreed a =
            ws::check(o, http::view_response(e.head, in.text().data(), table), coax_test::sha1{});
        COAX_FUZZ_CHECK(!a || e.kind == http::event_kind::switched);
        const ws::session s = ws::take_over(client, e, in.span(), a);
        COAX_FUZZ_CHECK(static_cast<bool>(s) == static_cast<bool>(a));
        COAX_FUZZ_CHECK(s.deflate == a.deflate && s.options.deflate == a.deflate.agreed);
        COAX_FUZZ_CHECK(!a.deflate.agreed || (a && !o.deflate.empty()));
        return string(name(a.ec)) + "@" + std::to_string(a.why.at) + " " + string(a.protocol);
      }
      left.erase(0, e.consumed);
      if (e.kind == http::event_kind::need_more) break;
    }
  }
  return "need more";
}

/// A client offers what the input says; what it writes the server accepts, and the answer the client.
void check_offer(string_view input, ws::nonce nonce) {
  const std::size_t half = std::min<std::size_t>(input.find('\n'), input.size());
  std::vector<string_view> protocols;
  if (half != 0) protocols = split(input.substr(0, half), ',');
  ws::client_offer o{.to = coax::uri::parse("ws://a.example/").value, .nonce = nonce};
  o.protocols = protocols;
  o.extensions = input.substr(std::min(half + 1, input.size()));
  const ws::deflate_terms terms[] = {{.server_max_window_bits = static_cast<std::uint8_t>(input.size() % 17)},
                                     {.client_max_window_bits = ws::deflate_terms::any_window}};
  if ((nonce[0] & 8) != 0) o.deflate = std::span(terms).subspan(input.size() / 16 % 2);
  http::client client;
  string space(16384, '~');
  const auto w = ws::send_offer(client, o, {}, space);
  if (!w) {
    COAX_FUZZ_CHECK(w.ec == http::errc::invalid_input && client.can_send());
    return;
  }
  string sent;
  const string served = serve(space.substr(0, w.size), w.size, sent);
  COAX_FUZZ_CHECK(served.starts_with("ok@0/0 "));
  const string got = answer(o, sent, sent.size());
  COAX_FUZZ_CHECK(got.starts_with("ok@0 "));
  COAX_FUZZ_CHECK(got.substr(5) == (protocols.empty() ? "" : protocols[0]));
  ws::client_offer other = o;
  other.nonce[3] = static_cast<char>(other.nonce[3] ^ 0x55);
  COAX_FUZZ_CHECK(!answer(other, sent, sent.size()).starts_with("ok"));
}

void check_redirect(string_view input) {
  std::array<char, 2048> store{};
  for (const char *from : {"ws://a.example/x", "wss://a.example:81/x?y"}) {
    const auto base = coax::uri::parse(from).value;
    ws::redirects r;
    const ws::hop h = r.follow(base, copied(input).text(), store);
    if (h.ec != ws::errc::ok) continue;
    COAX_FUZZ_CHECK(!coax::uri::is_secure(base.scheme) || coax::uri::is_secure(h.to.scheme));
    COAX_FUZZ_CHECK(coax::uri::is_websocket(h.to.scheme) && !h.to.has_fragment && !h.to.has_userinfo);
    if (h.to.authority.host.find(',') != string_view::npos) continue; // http::request_head refuses it
    http::client client;
    ws::nonce nonce{};
    nonce[0] = 1;
    string space(8192, '~');
    COAX_FUZZ_CHECK(ws::send_offer(client, {.to = h.to, .nonce = nonce}, {}, space));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  if (size < 1 || size > 1000) return 0;
  const string_view input(reinterpret_cast<const char *>(bytes) + 1, size - 1);
  ws::nonce nonce{};
  nonce[0] = static_cast<char>(bytes[0] | 1);
  switch (bytes[0] % 8) {
  case 0:
    check_extension_list(input);
    check_deflate_offers(input, bytes[0] ^ bytes[size / 2]);
    break;
  case 1: check_protocol_list(input); break;
  case 2: check_request(input); break;
  case 3: // fields only
    check_request("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                  string(input));
    break;
  case 4: check_offer(input, nonce); break;
  case 5: check_redirect(input); break;
  default: {
    const string_view protocols[] = {"chat", "a"};
    const ws::client_offer o{
        .to = coax::uri::parse("ws://a.example/").value,
        .nonce = {'t', 'h', 'e', ' ', 's', 'a', 'm', 'p', 'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'},
        .protocols = protocols,
        .deflate = ws::usual_deflate,
        .extensions = "foo; b=1"};
    const string head = (bytes[0] % 8 == 6 ? ""
                                           : "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") +
                        string(input);
    const string whole = answer(o, head, head.size());
    for (std::size_t cut = 0; cut < head.size(); cut += 1 + head.size() / 40)
      COAX_FUZZ_CHECK(answer(o, head, cut) == whole);
  }
  }
  return 0;
}
