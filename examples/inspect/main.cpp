// coax-inspect: tells what is in the raw bytes of one direction of an HTTP/1.1 or WebSocket
// connection.
#include "arguments.hpp"
#include "exit_status.hpp"
#include "file_source.hpp"
#include "json_sink.hpp"
#include "output.hpp"
#include "stream.hpp"
#include "text_sink.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

bool wants_color(inspect::color_mode mode) {
  if (mode != inspect::color_mode::automatic) return mode == inspect::color_mode::always;
  const char *no_color = std::getenv("NO_COLOR");
  const char *terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') && !dumb;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  return size.ws_col;
}

std::unique_ptr<inspect::sink> make_sink(const inspect::arguments &wanted, inspect::output &out) {
  if (wanted.json) return std::make_unique<inspect::json_sink>(out, wanted.sizes);
  return std::make_unique<inspect::text_sink>(wanted.how.kind, out, terminal_width(),
                                              wants_color(wanted.color));
}

int inspect_input(const inspect::arguments &wanted) {
  inspect::file_source from(wanted.file);
  inspect::output out(STDOUT_FILENO);
  inspect::outcome how = inspect::outcome::unreadable;
  if (!from.failed()) {
    const std::unique_ptr<inspect::sink> to = make_sink(wanted, out);
    how = inspect::run(wanted.how, from, *to);
  }
  if (!out.flush()) {
    if (out.error() == EPIPE) return inspect::exit_clean; // as with head(1): enough was seen
    std::cerr << "coax-inspect: standard output: " << std::strerror(out.error()) << '\n';
    return inspect::exit_no_output;
  }
  switch (how) {
  case inspect::outcome::protocol_error: return inspect::exit_protocol_error;
  case inspect::outcome::incomplete: return inspect::exit_incomplete;
  case inspect::outcome::unreadable:
    std::cerr << "coax-inspect: " << from.error() << '\n';
    return inspect::exit_no_input;
  default: return inspect::exit_clean;
  }
}

} // namespace

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN); // a write then fails, and the program ends in order
  inspect::arguments wanted;
  int exit_status = 0;
  if (!inspect::read_arguments(argc, argv, wanted, exit_status)) return exit_status;
  return inspect_input(wanted);
}
