#include "arguments.hpp"

#include "exit_status.hpp"

#include <coax/config.hpp>
#include <coax/core/ascii.hpp>
#include <coax/websocket/deflate_offer.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <iostream>
#include <string_view>

namespace inspect {

namespace {

constexpr std::string_view help =
    R"(Usage: coax-inspect (--request | --response | --websocket WHO) [OPTION...] [FILE | -]

Tells what is in the raw bytes of one direction of an HTTP/1.1 or WebSocket connection, message by
message. The bytes come from FILE, or from standard input without one; their end is taken for the
end of the connection.

What the bytes are; one of the three is needed:
  --request            what a client sent: requests
  --response           what a server sent: responses
  --websocket WHO      what WHO sent, client or server, from the first frame on: what follows the
                       handshake. A client's frames are masked. More than 16 MiB in a frame or a
                       message is an error, as by default in coax.
  --deflate PARAMS     with --websocket: messages may be compressed. PARAMS is what the response
                       says: 'permessage-deflate; client_no_context_takeover', or without the name
  --upgrade            with --request or --response: go on with the frames behind a WebSocket
                       handshake. That is a 101 which switches to it, or the first request that
                       offers it: this says that the offer was accepted. Without it, a response's
                       frames are counted, and a request's are an error. Compressed messages are
                       inflated, if the response agrees on that, or the request offers it.
  --methods M1,M2,...  the methods of the requests that the responses answer, in order; GET where
                       nothing is said. They matter where a method decides how a response ends:
                       HEAD and CONNECT.

What to print:
  --json               one JSON object per line, for programs
  --sizes              with --json: how long the data are, instead of the data
  --color WHEN         auto (on a terminal, unless NO_COLOR is set), always or never

  --chunk N            hand the bytes to the parser N at a time. What is printed does not change;
                       this shows that it does not.
  -h, --help           this text
  --version            the version

Examples:
  printf 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' | coax-inspect --request
  coax-inspect --response --methods HEAD,GET --json examples/captures/curl-head.response.http
  coax-inspect --request --upgrade examples/captures/websocket-upgrade.request.http
  printf '\201\005Hello' | coax-inspect --websocket server

Exit status:
  0   every message is complete
  1   a protocol error: the output tells which rule is broken, and at which byte
  2   the input ends inside a message
  64  the command line is wrong, or the input cannot be read
  74  the output cannot be written
)";

struct usage_error {
  std::string what;
};

/// The value of --chunk: a number from 1 on.
std::size_t to_chunk(const std::string &text) {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n == 0)
    throw usage_error{"--chunk takes a number of bytes from 1 on, not '" + text + "'"};
  return n;
}

std::vector<std::string> to_methods(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::string_view method = list.substr(0, list.find(','));
    if (!coax::ascii::is_token(method))
      throw usage_error{"--methods takes methods with commas between them; '" + std::string(method) +
                        "' is none"};
    out.emplace_back(method);
    list.remove_prefix(std::min(list.size(), method.size() + 1));
  }
  return out;
}

color_mode to_color(const std::string &when) {
  if (when == "auto") return color_mode::automatic;
  if (when == "always") return color_mode::always;
  if (when == "never") return color_mode::never;
  throw usage_error{"--color takes auto, always or never, not '" + when + "'"};
}

direction to_sender(const std::string &who) {
  if (who == "client") return direction::request;
  if (who == "server") return direction::response;
  throw usage_error{"--websocket takes client or server, not '" + who + "'"};
}

/// What an answer with these parameters agrees on.
coax::websocket::deflate_parameters to_deflate(const std::string &text) {
  using namespace coax::websocket;
  const bool named = text.starts_with(permessage_deflate);
  const std::string answer =
      named ? text : std::string(permessage_deflate) + (text.empty() ? "" : "; ") + text;
  constexpr std::uint8_t smallest_window = 8;
  const checked_deflate checked = check_deflate(extension_reader(answer), usual_deflate, smallest_window);
  if (!checked.value.agreed)
    throw usage_error{"--deflate takes the parameters of permessage-deflate in a response, not '" + text +
                      "'"};
  return checked.value;
}

void read(int argc, char **argv, arguments &out) {
  bool request = false, response = false;
  std::string methods, chunk, color = "auto", sender, deflate;
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i)
    if (std::string_view(argv[i]).starts_with("--") && std::string_view(argv[i]).ends_with('='))
      throw usage_error{std::string(argv[i]) + " lacks its value"};
  CLI::App app;
  app.set_version_flag("--version", "coax-inspect " COAX_VERSION_STRING);
  app.add_flag("--request", request);
  app.add_flag("--response", response);
  const CLI::Option *const has_sender = app.add_option("--websocket", sender);
  const CLI::Option *const has_deflate = app.add_option("--deflate", deflate);
  app.add_flag("--upgrade", out.how.upgrade);
  app.add_option("--methods", methods);
  const CLI::Option *const has_chunk = app.add_option("--chunk", chunk);
  app.add_flag("--sizes", out.sizes);
  app.add_flag("--json", out.json);
  app.add_option("--color", color);
  app.add_option("FILE", out.file);
  app.parse(argc, argv);

  out.how.websocket = static_cast<bool>(*has_sender);
  const int kinds = request + response + out.how.websocket;
  if (kinds == 0) throw usage_error{"either --request or --response is needed, or --websocket"};
  if (kinds > 1) throw usage_error{"--request, --response and --websocket exclude each other"};
  if (out.how.websocket && out.how.upgrade)
    throw usage_error{"--upgrade goes with --request or --response: --websocket begins with frames"};
  out.how.kind = out.how.websocket ? to_sender(sender) : request ? direction::request : direction::response;
  if (*has_deflate && !out.how.websocket)
    throw usage_error{"--deflate goes with --websocket: --upgrade reads the handshake"};
  if (*has_deflate) out.how.deflate = to_deflate(deflate);
  out.how.methods = to_methods(methods);
  if (*has_chunk) out.how.chunk = to_chunk(chunk);
  out.color = to_color(color);
}

std::string behind_colon(std::string_view text) { return std::string(text.substr(text.find(':') + 1)); }

bool refuse(std::string_view why, int &exit_status) {
  std::cerr << "coax-inspect: " << why << "\nTry 'coax-inspect --help'.\n";
  exit_status = exit_usage;
  return false;
}

} // namespace

bool read_arguments(int argc, char **argv, arguments &out, int &exit_status) {
  exit_status = 0;
  try {
    read(argc, argv, out);
    return true;
  } catch (const CLI::CallForHelp &) {
    std::cout << help;
  } catch (const CLI::CallForVersion &version) {
    std::cout << version.what() << '\n';
  } catch (const CLI::ExtrasError &error) {
    return refuse("unknown option, or more than one file:" + behind_colon(error.what()), exit_status);
  } catch (const CLI::ArgumentMismatch &error) {
    const std::string_view what = error.what();
    return refuse(std::string(what.substr(0, what.find(':'))) + " takes one value, once", exit_status);
  } catch (const CLI::ParseError &error) {
    return refuse(error.what(), exit_status);
  } catch (const usage_error &error) {
    return refuse(error.what, exit_status);
  }
  return false;
}

} // namespace inspect
