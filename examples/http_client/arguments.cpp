#include "arguments.hpp"

#include "text.hpp"

#include <coax/config.hpp>
#include <coax/core/number.hpp>
#include <coax/fields/range.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <string_view>
#include <vector>

namespace http_client {

namespace {

constexpr std::string_view help = R"(Usage: http_client [OPTION...] URL

Fetches what an http or https URL names, and writes it to standard output.

The request:
  --method METHOD      GET, or POST with --data, unless told otherwise; as it is written
  --head               HEAD: only the head of the response, which is printed
  --header 'N: V'      a field of the request; may be repeated. Replaces what the program would send, such as
                       User-Agent
  --user NAME:PASSWORD credentials (Basic). They may also stand in the URL
  --range RANGE        only these octets: 0-99, 500-, -200
  --data CONTENT       the content of the request; @FILE takes it from a file, - from standard input
  --chunked            send the content in chunks, as it comes, without telling its size
  --expect             before the content is sent, wait a second for the server to agree
  --http1.0            speak HTTP/1.0

The way there:
  --proxy URL          ask this http proxy; for https, through a tunnel
  --proxy-user N:P     credentials for it (Basic). They may also stand in its URL
  --cacert FILE        the certificates to trust, in PEM format, instead of the system's
  --insecure           do not verify the server's certificate
  --timeout SECONDS    give up when nothing is sent or received for so long: 60 by default, 0 is never
  --max-redirects N    follow at most N redirects, 10 by default
  --no-redirects       follow none: print the response that redirects
  --allow-downgrade    follow redirects from https to http

The output:
  --output FILE        write to FILE instead of standard output
  --include            print the heads of all responses too, and trailer fields behind the body
  --fail               a status of 400 or above is an error, and its body is not printed
  --progress           tell how far it is, on standard error; as it is by default where that is a terminal
                       and the body goes elsewhere
  --no-progress        do not
  --verbose            tell on standard error what is done (*), sent (>) and received (<)
  -h, --help           this text
  --version            the version

Redirects are followed as RFC 9110 says: 303 turns the method into GET, and 301 and 302 turn POST into
GET. Credentials and cookies do not follow to another scheme, host or port. Responses are read strictly,
except that folded field lines are unfolded, as RFC 9112 §5.2 asks of user agents.

Exit status:
  0   the response is there, whole
  1   it breaks a rule of HTTP: the message tells which one, and at which byte
  2   no connection: no such host, refused, reset, a proxy that does not let through
  3   the response ended too early; what came was written
  4   its status is 400 or above, with --fail
  5   too many redirects, or one that is not followed
  6   TLS: no handshake, or a certificate that is not trusted
  7   nothing moved for too long
  8   the output cannot be written
  64  the command line is wrong, or the content cannot be read
)";

struct usage_error {
  std::string what;
};

std::uint64_t to_number(std::string_view option, const std::string &text, std::uint64_t most) {
  const coax::parsed_number number = coax::parse_decimal(text, most);
  if (!number.ok)
    throw usage_error{std::string(option) + " takes a whole number up to " + std::to_string(most) +
                      ", not '" + text + "'"};
  return number.value;
}

std::pair<std::string, std::string> to_field(const std::string &text) {
  const std::size_t colon = text.find(':');
  std::string name = text.substr(0, colon);
  if (colon == std::string::npos || !coax::ascii::is_token(name))
    throw usage_error{"--header takes 'Name: value', not '" + text + "'"};
  if (http::to_field_id(name) == http::field_id::host)
    throw usage_error{"--header cannot set Host: it is the authority of the URL"};
  return {name, std::string(coax::ascii::trim(text.substr(colon + 1)))};
}

std::string to_range(const std::string &text) {
  const std::string value = "bytes=" + text;
  coax::values::range_reader ranges(value);
  for (coax::values::range_spec range; ranges.next(range);) {
  }
  if (ranges.ec() != coax::values::errc::ok)
    throw usage_error{"--range takes positions such as 0-99, 500- or -200, not '" + text + "'"};
  return value;
}

/// The value of --method: any token (RFC 9110 §9.1).
std::string to_method(const std::string &text) {
  if (!coax::ascii::is_token(text)) throw usage_error{"--method: '" + text + "' is no method"};
  if (text == "CONNECT") throw usage_error{"--method: for a tunnel, --proxy does the CONNECT"};
  return text;
}

url to_url(std::string_view role, const std::string &text) {
  url out;
  if (const problem p = parse_url(role, text, out)) throw usage_error{p.what + '\n' + p.excerpt + p.advice};
  return out;
}

void check_login(std::string_view option, const login &who) {
  if (who.given && who.basic().empty())
    throw usage_error{std::string(option) +
                      ": a name with a colon, or a control character, cannot be sent (RFC 7617 §2)"};
}

void check_together(const arguments &wanted, bool head) {
  const bool data = wanted.data.has_value();
  const bool http10 = wanted.ask.minor == 0;
  if (head && data) throw usage_error{"--head and --data exclude each other"};
  if (!data && wanted.chunked) throw usage_error{"--chunked needs --data"};
  if (!data && wanted.ask.expect) throw usage_error{"--expect needs --data"};
  if (http10 && wanted.chunked) throw usage_error{"HTTP/1.0 has no chunks: leave --chunked or --http1.0 out"};
  if (http10 && wanted.ask.expect) throw usage_error{"HTTP/1.0 has no --expect"};
  if (wanted.ask.where.secure && !has_tls())
    throw usage_error{"this program was built without OpenSSL: https URLs cannot be fetched"};
  if (wanted.proxy && wanted.proxy->secure) throw usage_error{"--proxy takes an http URL"};
}

void read(int argc, char **argv, arguments &out) {
  std::string target, method, user, proxy, proxy_user, range, data, timeout, max_redirects;
  std::vector<std::string> fields;
  bool head = false, http10 = false, insecure = false, no_redirects = false, progress = false,
       no_progress = false;

  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i)
    if (std::string_view(argv[i]).starts_with("--") && std::string_view(argv[i]).ends_with('='))
      throw usage_error{std::string(argv[i]) + " lacks its value"};
  CLI::App app;
  app.set_version_flag("--version", "http_client " COAX_VERSION_STRING);
  const CLI::Option *const has_method = app.add_option("--method", method);
  app.add_flag("--head", head);
  app.add_option("--header", fields)->allow_extra_args(false);
  const CLI::Option *const has_user = app.add_option("--user", user);
  const CLI::Option *const has_range = app.add_option("--range", range);
  const CLI::Option *const has_data = app.add_option("--data", data);
  app.add_flag("--chunked", out.chunked);
  app.add_flag("--expect", out.ask.expect);
  app.add_flag("--http1.0", http10);
  const CLI::Option *const has_proxy = app.add_option("--proxy", proxy);
  const CLI::Option *const has_proxy_user = app.add_option("--proxy-user", proxy_user);
  app.add_option("--cacert", out.tls.ca_file);
  app.add_flag("--insecure", insecure);
  const CLI::Option *const has_timeout = app.add_option("--timeout", timeout);
  const CLI::Option *const has_most = app.add_option("--max-redirects", max_redirects);
  app.add_flag("--no-redirects", no_redirects);
  app.add_flag("--allow-downgrade", out.redirects.allow_downgrade);
  app.add_option("--output", out.output);
  app.add_flag("--include", out.include);
  app.add_flag("--fail", out.fail);
  app.add_flag("--progress", progress);
  app.add_flag("--no-progress", no_progress);
  app.add_flag("--verbose", out.verbose);
  app.add_option("URL", target)->required();
  app.parse(argc, argv);

  out.ask.where = to_url("the URL", target);
  out.ask.user = *has_user ? login::from(user) : out.ask.where.user;
  for (const std::string &field : fields) out.ask.fields.push_back(to_field(field));
  if (*has_range) out.ask.fields.emplace_back("Range", to_range(range));
  if (*has_data) out.data = data;
  out.ask.method = *has_method ? to_method(method) : head ? "HEAD" : *has_data ? "POST" : "GET";
  out.ask.minor = http10 ? 0 : 1;
  if (*has_proxy) out.proxy = to_url("the proxy's URL", proxy);
  if (out.proxy) out.proxy_user = *has_proxy_user ? login::from(proxy_user) : out.proxy->user;
  out.tls.verify = !insecure;
  if (*has_timeout) {
    const std::uint64_t seconds = to_number("--timeout", timeout, 1'000'000);
    out.patience = seconds == 0 ? clock::duration::max() : std::chrono::seconds(seconds);
  }
  if (*has_most)
    out.redirects.most = static_cast<unsigned>(to_number("--max-redirects", max_redirects, 1000));
  if (no_redirects) out.redirects.most = 0;
  out.include = out.include || head;
  if (progress) out.progress = progress_mode::always;
  if (no_progress) out.progress = progress_mode::never;
  check_login("--user", out.ask.user);
  check_login("--proxy-user", out.proxy_user);
  check_together(out, head);
}

std::string behind_colon(std::string_view text) { return std::string(text.substr(text.find(':') + 1)); }

bool refuse(std::string_view why, exit_status &status) {
  std::cerr << "http_client: " << why << "\nTry 'http_client --help'.\n";
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
  } catch (const CLI::ExtrasError &error) {
    return refuse("unknown option, or more than one URL:" + behind_colon(error.what()), status);
  } catch (const CLI::ArgumentMismatch &error) {
    const std::string_view what = error.what();
    return refuse(std::string(what.substr(0, what.find(':'))) + " takes one value, once", status);
  } catch (const CLI::ParseError &error) {
    return refuse(error.what(), status);
  } catch (const usage_error &error) {
    return refuse(error.what, status);
  }
  return false;
}

} // namespace http_client
