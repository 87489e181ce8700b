#include "arguments.hpp"

#include <coax/config.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <limits>
#include <string_view>

namespace http_server {

namespace {

constexpr std::string_view help = R"(Usage: http_server [OPTION...]

Serves the files of a directory over HTTP/1.1, on one thread, until it gets SIGTERM or SIGINT.
Once it accepts connections it prints `listening on http://ADDRESS:PORT/`.

  --bind ADDRESS          the address to listen on (127.0.0.1)
  --port N                the port; 0 for an unused one (0)
  --root DIR              the directory (the current one); names that begin with a dot are hidden
  --answer-all            no files: answer 200 to every well-formed request (CONNECT gets 405)
  --verbose               an access log on standard error

  --max-body OCTETS       how long the body of a request may be (16777216)
  --max-connections N     how many clients are served at a time (16384, or what the system grants);
                          the others wait. A connection holds less than 1 KiB while it is idle, and
                          49 KiB while a message passes.
  --idle-timeout SECONDS  how long a client may say nothing between requests (60)
  --head-timeout SECONDS  how long a head may take, from its first byte to its last (10)
  --body-timeout SECONDS  how long 16 KiB of a body may take, or its end (15)

  -h, --help              this text
  --version               the version

Exit status:
  0   stopped by a signal, after the requests that were under way
  1   it cannot listen, or cannot open the directory
  64  the command line is wrong
)";

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

void read(int argc, char **argv, settings &out) {
  double idle = 60, head = 10, body = 15;
  auto port = std::int64_t{out.port}, max_body = static_cast<std::int64_t>(out.max_body);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const CLI::Range duration(0.001, 86400.0);
  CLI::App app;
  app.set_version_flag("--version", "http_server (coax " COAX_VERSION_STRING ")");
  app.add_option("--bind", out.bind);
  app.add_option("--port", port)->check(CLI::Range(0, 65535));
  app.add_option("--root", out.root);
  app.add_flag("--answer-all", out.answer_all);
  app.add_flag("--verbose", out.verbose);
  app.add_option("--max-body", max_body)->check(CLI::Range(std::int64_t{0}, most));
  app.add_option("--max-connections", out.max_connections)->check(CLI::Range(1, 1'000'000));
  app.add_option("--idle-timeout", idle)->check(duration);
  app.add_option("--head-timeout", head)->check(duration);
  app.add_option("--body-timeout", body)->check(duration);
  app.parse(argc, argv);
  out.port = static_cast<std::uint16_t>(port);
  out.max_body = static_cast<std::uint64_t>(max_body);
  out.idle_timeout = to_milliseconds(idle);
  out.head_timeout = to_milliseconds(head);
  out.body_timeout = to_milliseconds(body);
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
    std::cerr << "http_server: " << error.what() << "\nTry 'http_server --help'.\n";
    exit_status = exit_usage;
  }
  return false;
}

} // namespace http_server
