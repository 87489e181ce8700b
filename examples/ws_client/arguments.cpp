#include "arguments.hpp"

#include <coax/config.hpp>
#include <coax/core/ascii.hpp>
#include <coax/http/field.hpp>
#include <coax/websocket/url.hpp>
#include <common/compression.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

namespace ws_client {

namespace websocket = coax::websocket;

namespace {

constexpr std::string_view help = R"(Usage: ws_client [OPTION...] URL
       ws_client [OPTION...] --echo-suite URL

Opens a WebSocket to a ws or wss URL, sends each line of standard input as a text message, and prints what
arrives: text as lines, binary messages as <N octets>. At the end of the input it closes.

  --ping               send a ping first, and print how long its pong took
  --close CODE         close with this code (1000)
  --echo-suite URL     talk to a conformance suite at this base URL: run all of its cases, sending back every
                       message, and have it write its report. Ends with 0 once all cases were run, however
                       they ended: that is for the suite to judge

The handshake:
  --subprotocol NAME   a subprotocol to offer; may be repeated, the preferred one first
  --deflate [PARAMS]   offer permessage-deflate: compress messages if the server agrees. PARAMS, joined by
                       semicolons, are what the offer says; client_max_window_bits by default
  --origin ORIGIN      the origin to tell, such as https://example.com
  --header 'N: V'      a further field, such as Cookie; may be repeated. Credentials may also stand in the URL

The way there:
  --proxy URL          through a tunnel by this http proxy; its URL may hold credentials
  --cacert FILE        the certificates to trust, in PEM format, instead of the system's
  --insecure           do not verify the server's certificate
  --timeout SECONDS    give up when nothing moves for so long: 60 by default, 0 is never. An open connection
                       that is silent for so long is pinged first
  --verbose            tell on standard error what is done (*), sent (>) and received (<)
  -h, --help           this text
  --version            the version

Exit status:
  0   closed in order: with 1000, 1001, no code, or the code of --close
  1   the server breaks a rule of HTTP or WebSocket: the message tells which one, and at which byte
  2   no connection: no such host, refused, reset, a proxy that does not let through
  3   the server does not upgrade: the message tells the status of its answer
  4   closed abnormally: the connection ended without a closing handshake, or the server closed with a code
      that says that something is wrong
  6   TLS: no handshake, or a certificate that is not trusted
  7   nothing moved for too long
  8   the output cannot be written
  64  the command line is wrong, or the input cannot be read or is not UTF-8
)";

struct usage_error {
  std::string what;
};

[[noreturn]] void refuse_url(const http_client::problem &p) {
  throw usage_error{p.what + '\n' + p.excerpt + p.advice};
}

endpoint to_endpoint(const std::string &text) {
  const coax::uri::parsed parsed = websocket::parse_url(text, {.allow_userinfo = true});
  if (!parsed) {
    http_client::problem p = http_client::bad_uri("the URL", text, parsed.ec, parsed.why);
    if (parsed.why.what == coax::element::scheme) p.advice = "it has to begin with ws:// or wss://";
    refuse_url(p);
  }
  endpoint out;
  // The way there is the same as for the http or https URL.
  if (http_client::problem p = http_client::parse_url("the URL", "http" + text.substr(2), out.where))
    refuse_url(p);
  out.text = "ws" + out.where.text.substr(4);
  return out;
}

std::pair<std::string, std::string> to_field(const std::string &text) {
  const std::size_t colon = text.find(':');
  std::string name = text.substr(0, colon);
  if (colon == std::string::npos || !coax::ascii::is_token(name))
    throw usage_error{"--header takes 'Name: value', not '" + text + "'"};
  if (coax::http::to_field_id(name) == coax::http::field_id::host)
    throw usage_error{"--header cannot set Host: it is the authority of the URL"};
  return {name, std::string(coax::ascii::trim(text.substr(colon + 1)))};
}

void check_login(std::string_view of, const http_client::login &who) {
  if (who.given && who.basic().empty())
    throw usage_error{std::string(of) + ": a control character in credentials cannot be sent (RFC 7617 §2)"};
}

void check_subprotocols(const std::vector<std::string> &names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (!coax::ascii::is_token(*name))
      throw usage_error{"--subprotocol: '" + *name + "' is no token (RFC 6455 §4.1)"};
    if (std::find(names.begin(), name, *name) != name)
      throw usage_error{"--subprotocol: '" + *name + "' is there twice (RFC 6455 §4.1)"};
  }
}

websocket::deflate_terms to_deflate_terms(const std::string &parameters) {
  const auto terms = net::parse_deflate_terms(parameters.empty() ? "client_max_window_bits" : parameters);
  if (!terms)
    throw usage_error{"--deflate: '" + parameters +
                      "' are no parameters of permessage-deflate (RFC 7692 §7.1)"};
  return *terms;
}

void read(int argc, char **argv, arguments &out) {
  std::string target, suite, proxy, deflate;
  std::vector<std::string> fields;
  double timeout = 60;
  unsigned close = 1000;
  bool insecure = false;
  CLI::App app;
  app.set_version_flag("--version", "ws_client (coax " COAX_VERSION_STRING ")");
  app.add_flag("--ping", out.ping);
  app.add_option("--close", close)->check(CLI::Range(0u, 65535u));
  CLI::Option *const has_suite = app.add_option("--echo-suite", suite);
  app.add_option("--subprotocol", out.subprotocols)->allow_extra_args(false);
  const CLI::Option *const compresses = app.add_option("--deflate", deflate)->expected(0, 1);
  app.add_option("--origin", out.origin);
  app.add_option("--header", fields)->allow_extra_args(false);
  const CLI::Option *const has_proxy = app.add_option("--proxy", proxy);
  app.add_option("--cacert", out.tls.ca_file);
  app.add_flag("--insecure", insecure);
  app.add_option("--timeout", timeout)->check(CLI::Range(0.0, 1e6));
  app.add_flag("--verbose", out.verbose);
  app.add_option("URL", target)->excludes(has_suite);
  app.parse(argc, argv);

  if (target.empty() && deflate.find("://") != std::string::npos) target.swap(deflate); // --deflate URL
  if (*compresses) out.deflate = to_deflate_terms(deflate);
  if (!*has_suite && target.empty()) throw usage_error{"a URL is needed"};
  out.echo_suite = static_cast<bool>(*has_suite);
  out.to = to_endpoint(out.echo_suite ? suite : target);
  if (out.echo_suite && out.to.text.find('?') != std::string::npos)
    throw usage_error{"--echo-suite takes a URL without query"};
  out.close = static_cast<websocket::close_code>(close);
  if (!websocket::may_send(out.close, coax::role::client))
    throw usage_error{"--close: a client may not send " + std::to_string(close) + " (RFC 6455 §7.4)"};
  if (*has_proxy) {
    http_client::url parsed;
    if (http_client::problem p = http_client::parse_url("the proxy's URL", proxy, parsed)) refuse_url(p);
    if (parsed.secure) throw usage_error{"--proxy takes an http URL"};
    check_login("--proxy", parsed.user);
    out.proxy = parsed;
  }
  check_login("the URL", out.to.where.user);
  for (const std::string &field : fields) out.fields.push_back(to_field(field));
  check_subprotocols(out.subprotocols);
  out.tls.verify = !insecure;
  using clock = http_client::clock;
  out.patience = timeout == 0
                     ? clock::duration::max()
                     : std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(timeout));
}

bool refuse(std::string_view why, exit_status &status) {
  std::cerr << "ws_client: " << why << "\nTry 'ws_client --help'.\n";
  status = exit_status::usage;
  return false;
}

} // namespace

bool read_arguments(int argc, char **argv, arguments &out, exit_status &status) {
  status = exit_status::ok;
  try {
    read(argc, argv, out);
    return true;
  } catch (const CLI::CallForHelp &) {
    std::cout << help;
  } catch (const CLI::CallForVersion &version) {
    std::cout << version.what() << '\n';
  } catch (const CLI::ParseError &error) {
    return refuse(error.what(), status);
  } catch (const usage_error &error) {
    return refuse(error.what, status);
  }
  return false;
}

} // namespace ws_client
