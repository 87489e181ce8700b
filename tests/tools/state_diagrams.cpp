// Prints docs/states.md from the table in include/coax/http/state.hpp. With a file as argument, tells whether
// that is what it would print.
#include <coax/http/state.hpp>

#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace {

namespace http = coax::http;
using http::machine;
using http::phase;
using http::signal;

constexpr std::string_view introduction = R"(# The states of a connection

Written by `scripts/states` from the table in `include/coax/http/state.hpp`; do not edit. The table is not a
description: `http::server` and `http::client` look each step up in it.

A connection has two directions, and each of them is in one *phase*. What arrives and what the program calls is turned
into *signals*; the table says what a signal does in a phase. A signal that a phase has no arrow for changes nothing:
for a call it is a misuse, answered with `wrong_state`, and not a byte is written. The two directions are coupled by
the signals alone: for instance `next` comes to both when both are `done` and the connection goes on.

)";

struct phase_text {
  phase which;
  std::string_view text;
};
constexpr phase_text phase_texts[] = {
    {phase::idle, "between messages"},
    {phase::due, "a response is owed: the server's to send, the client's to receive"},
    {phase::body, "a head has passed, and its message has not ended; also where the message has no body"},
    {phase::done, "the message has ended, and what follows depends on the other direction"},
    {phase::switched, "HTTP is over: behind a 101, or in a tunnel. The bytes are another protocol's"},
    {phase::over, "no further message passes in this direction"},
    {phase::failed, "an error. Nothing more passes, save one answer of a server to a broken request"},
};

struct signal_text {
  signal which;
  std::string_view text;
};
constexpr signal_text signal_texts[] = {
    {signal::expect, "a request has begun, or the response before has ended with more requests outstanding: "
                     "a response is due"},
    {signal::interim, "an informational head (1xx other than 101) passes"},
    {signal::head, "the head of a request or of a final response passes"},
    {signal::end,
     "the message has ended: `event_kind::end`, `send_end()`, or the last octet of a declared length"},
    {signal::next, "the exchange is complete, and the connection goes on"},
    {signal::protocol, "a 101 or a 2xx to CONNECT, once the whole request has passed"},
    {signal::last, "the connection carries no further message in this direction: `Connection: close`, "
                   "`close()`, the end of input, a body not worth reading"},
    {signal::fault, "the input is broken, `fail()` was called, or a body ended before its declared length"},
    {signal::error_head, "the head of the one answer that may follow a broken request"},
};

struct machine_text {
  machine which;
  std::string_view title, text;
};
constexpr machine_text machine_texts[] = {
    {machine::server_receiving, "A server receives",
     "`server::receiving()`. While it is `done` and the response is not, `next()` answers `paused` and looks "
     "at no byte."},
    {machine::server_sending, "A server sends",
     "`server::sending()`. Only `due` takes a response. The answer to a broken request may begin in `idle` "
     "too, as the "
     "request may have failed before its head was complete."},
    {machine::client_sending, "A client sends",
     "`client::sending()`. Only `idle` takes a request. It is left at `done` behind CONNECT and behind an "
     "offer to "
     "upgrade, until the response tells what the bytes that follow are."},
    {machine::client_receiving, "A client receives",
     "`client::receiving()`. In `idle` nothing may arrive but empty lines; in `over` no byte is looked at."},
};

std::string page() {
  std::string out(introduction);
  out += "| Phase | A direction is |\n|---|---|\n";
  for (const phase_text &p : phase_texts)
    out.append("| `").append(name(p.which)).append("` | ").append(p.text).append(" |\n");
  out += "\n| Signal | Comes when |\n|---|---|\n";
  for (const signal_text &s : signal_texts)
    out.append("| `").append(name(s.which)).append("` | ").append(s.text).append(" |\n");

  for (const machine_text &m : machine_texts) {
    out.append("\n## ").append(m.title).append("\n\n").append(m.text).append(
        "\n\n```mermaid\nstateDiagram-v2\n");
    out += "    [*] --> idle\n";
    for (const phase_text &from : phase_texts) {
      bool leads_on = false, known = from.which == phase::idle;
      for (const phase_text &to : phase_texts) {
        std::string label;
        for (const http::detail::transition &t : http::detail::transitions) {
          known = known || (t.who == m.which && t.to == from.which);
          if (t.who != m.which || t.from != from.which || t.to != to.which) continue;
          label.append(label.empty() ? "" : ", ").append(name(t.on));
        }
        if (label.empty()) continue;
        leads_on = true;
        out.append("    ")
            .append(name(from.which))
            .append(" --> ")
            .append(name(to.which))
            .append(": ")
            .append(label) += "\n";
      }
      if (known && !leads_on) out.append("    ").append(name(from.which)).append(" --> [*]\n");
    }
    out += "```\n";
  }
  return out;
}

} // namespace

int main(int argc, char **argv) {
  const std::string text = page();
  if (argc < 2) return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string there{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (there == text) return 0;
  std::fprintf(stderr, "%s is not what the table of states gives: run scripts/states\n", argv[1]);
  return 1;
}
