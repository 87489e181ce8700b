#include "arguments.hpp"

#include <coax/config.hpp>
#include <common/compression.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <string_view>

namespace ws_echo {

namespace {

constexpr std::string_view help = R"(Usage: ws_echo_server [OPTION...]

Sends each WebSocket message back to the client it came from, on one thread, until it gets SIGTERM or SIGINT.
Once it accepts connections it prints `listening on ws://ADDRESS:PORT/`. Any path will do.

  --bind ADDRESS           the address to listen on (127.0.0.1)
  --port N                 the port; 0 for an unused one (0)
  --tls-cert FILE          speak TLS, with this chain of certificates in PEM format ...
  --tls-key FILE           ... and this key
  --verbose                say on standard error how each connection ended

  --subprotocol NAME       a subprotocol to agree on; repeat it for several, the preferred one first
  --origin ORIGIN          an origin that pages may have, such as https://example.com; repeat it for several.
                           Without it, pages may have any. Clients that are no browsers do not say.
  --deflate [PARAMETERS]   compress messages for clients that offer permessage-deflate. PARAMETERS, joined
                           by semicolons, are demands: server_no_context_takeover, client_no_context_takeover,
                           server_max_window_bits=N and client_max_window_bits=N, from 8 to 15
  --max-message OCTETS     how long a message may be, also after inflating (67108864)
  --max-fragments N        in how many frames it may come (131072)
  --max-connections N      how many clients are served at a time (16384, or what the system grants); the
                           others wait

  --handshake-timeout SECONDS  how long the opening handshake may take (10)
  --idle-timeout SECONDS       how long a client may say nothing until it is pinged, and again until the
                               connection is closed (60)
  --output-timeout SECONDS     how long a client may take to read 16 KiB that wait for it (15)
  --close-timeout SECONDS      how long a client may take to answer a Close (5)

  -h, --help               this text
  --version                the version

Exit status:
  0   stopped by a signal, and the clients were told
  1   it cannot listen, or cannot use the certificate or the key
  64  the command line is wrong
)";

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

coax::websocket::deflate_policy to_policy(const std::string &parameters) {
  const auto terms = net::parse_deflate_terms(parameters);
  if (!terms)
    throw CLI::ValidationError("--deflate", "'" + parameters +
                                                "' are no parameters of permessage-deflate (RFC 7692 §7.1)");
  const auto window = [](std::uint8_t bits) {
    return bits == 0 || bits == coax::websocket::deflate_terms::any_window ? std::uint8_t{15} : bits;
  };
  return {.server_no_context_takeover = terms->server_no_context_takeover,
          .client_no_context_takeover = terms->client_no_context_takeover,
          .server_max_window_bits = window(terms->server_max_window_bits),
          .client_max_window_bits = window(terms->client_max_window_bits),
          .server_min_window_bits = coax::zlib::min_window_bits};
}

void read(int argc, char **argv, settings &out) {
  double handshake = 10, idle = 60, output = 15, close = 5;
  int port = out.port;
  std::string deflate;
  constexpr std::uint64_t most_octets = std::uint64_t{1} << 40;
  constexpr std::uint32_t most_fragments = 1'000'000'000;
  const CLI::Range duration(0.001, 86400.0);
  CLI::App app;
  app.set_version_flag("--version", "ws_echo_server (coax " COAX_VERSION_STRING ")");
  app.add_option("--bind", out.bind);
  app.add_option("--port", port)->check(CLI::Range(0, 65535));
  CLI::Option *certificate = app.add_option("--tls-cert", out.certificate);
  certificate->needs(app.add_option("--tls-key", out.key)->needs(certificate));
  app.add_flag("--verbose", out.verbose);
  app.add_option("--subprotocol", out.subprotocols)->allow_extra_args(false);
  app.add_option("--origin", out.origins)->allow_extra_args(false);
  const CLI::Option *const compresses = app.add_option("--deflate", deflate)->expected(0, 1);
  app.add_option("--max-message", out.max_message)->check(CLI::Range(std::uint64_t{0}, most_octets));
  app.add_option("--max-fragments", out.max_fragments)->check(CLI::Range(std::uint32_t{1}, most_fragments));
  app.add_option("--max-connections", out.max_connections)->check(CLI::Range(1, 1'000'000));
  app.add_option("--handshake-timeout", handshake)->check(duration);
  app.add_option("--idle-timeout", idle)->check(duration);
  app.add_option("--output-timeout", output)->check(duration);
  app.add_option("--close-timeout", close)->check(duration);
  app.parse(argc, argv);
  out.port = static_cast<std::uint16_t>(port);
  if (*compresses) out.deflate = to_policy(deflate);
  out.handshake_timeout = to_milliseconds(handshake);
  out.idle_timeout = to_milliseconds(idle);
  out.output_timeout = to_milliseconds(output);
  out.close_timeout = to_milliseconds(close);
}

} // namespace

bool read_arguments(int argc, char **argv, settings &out, int &exit_status) {
  exit_status = 0;
  try {
    read(argc, argv, out);
    return true;
  } catch (const CLI::CallForHelp &) {
    std::cout << help;
  } catch (const CLI::CallForVersion &version) {
    std::cout << version.what() << '\n';
  } catch (const CLI::ParseError &error) {
    std::cerr << "ws_echo_server: " << error.what() << "\nTry 'ws_echo_server --help'.\n";
    exit_status = exit_usage;
  }
  return false;
}

} // namespace ws_echo
