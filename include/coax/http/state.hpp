// The states of a connection, and every transition between them, in one table.
//
// A connection has two directions, and each is in one phase. Which signal follows from an event or a call is
// decided in server.hpp and client.hpp; what a signal does in a phase is decided here and nowhere else. A
// signal for which the table has no row is a misuse: it changes nothing. docs/states.md is made from this
// table.
#pragma once

#include "../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

/// One direction of one role.
enum class machine : std::uint8_t { server_receiving, server_sending, client_sending, client_receiving };

/// What a direction is in the middle of.
enum class phase : std::uint8_t {
  idle,     ///< between messages
  due,      ///< a response is owed: the server's to send, the client's to receive
  body,     ///< a head has passed, its message has not ended
  done,     ///< the message has ended; what follows depends on the other direction
  switched, ///< HTTP is over: a 101, or a tunnel
  over,     ///< no further message passes in this direction
  failed,   ///< an error; nothing more passes, save one answer to a broken request
};

/// What moves a direction on.
enum class signal : std::uint8_t {
  expect,     ///< a request has begun, so a response is due
  interim,    ///< an informational head passes
  head,       ///< the head of a request or of a final response passes
  end,        ///< the message has ended
  next,       ///< the exchange is complete and the connection goes on
  protocol,   ///< the connection becomes another protocol's
  last,       ///< the connection will not carry another message in this direction
  fault,      ///< the input is broken, or the caller gave up
  error_head, ///< the head of the one answer that may follow a broken request
};

namespace detail {

struct transition {
  machine who;
  phase from;
  signal on;
  phase to;
};

inline constexpr transition transitions[] = {
    // A server receives requests.
    {machine::server_receiving, phase::idle, signal::head, phase::body},
    {machine::server_receiving, phase::idle, signal::last, phase::over},
    {machine::server_receiving, phase::idle, signal::fault, phase::failed},
    {machine::server_receiving, phase::body, signal::end, phase::done},
    {machine::server_receiving, phase::body, signal::last, phase::over},
    {machine::server_receiving, phase::body, signal::fault, phase::failed},
    {machine::server_receiving, phase::done, signal::next, phase::idle},
    {machine::server_receiving, phase::done, signal::protocol, phase::switched},
    {machine::server_receiving, phase::done, signal::last, phase::over},
    {machine::server_receiving, phase::done, signal::fault, phase::failed},
    {machine::server_receiving, phase::switched, signal::last, phase::over},
    {machine::server_receiving, phase::over, signal::fault, phase::failed},

    // A server sends responses.
    {machine::server_sending, phase::idle, signal::expect, phase::due},
    {machine::server_sending, phase::idle, signal::last, phase::over},
    {machine::server_sending, phase::idle, signal::error_head, phase::body},
    {machine::server_sending, phase::due, signal::interim, phase::due},
    {machine::server_sending, phase::due, signal::head, phase::body},
    {machine::server_sending, phase::due, signal::protocol, phase::switched},
    {machine::server_sending, phase::due, signal::error_head, phase::body},
    {machine::server_sending, phase::body, signal::end, phase::done},
    {machine::server_sending, phase::body, signal::fault, phase::failed},
    {machine::server_sending, phase::done, signal::next, phase::idle},
    {machine::server_sending, phase::done, signal::last, phase::over},

    // A client sends requests.
    {machine::client_sending, phase::idle, signal::head, phase::body},
    {machine::client_sending, phase::idle, signal::last, phase::over},
    {machine::client_sending, phase::body, signal::end, phase::done},
    {machine::client_sending, phase::body, signal::last, phase::over},
    {machine::client_sending, phase::body, signal::fault, phase::failed},
    {machine::client_sending, phase::done, signal::next, phase::idle},
    {machine::client_sending, phase::done, signal::protocol, phase::switched},
    {machine::client_sending, phase::done, signal::last, phase::over},

    // A client receives responses.
    {machine::client_receiving, phase::idle, signal::expect, phase::due},
    {machine::client_receiving, phase::idle, signal::last, phase::over},
    {machine::client_receiving, phase::idle, signal::fault, phase::failed},
    {machine::client_receiving, phase::due, signal::interim, phase::due},
    {machine::client_receiving, phase::due, signal::head, phase::body},
    {machine::client_receiving, phase::due, signal::protocol, phase::switched},
    {machine::client_receiving, phase::due, signal::last, phase::over},
    {machine::client_receiving, phase::due, signal::fault, phase::failed},
    {machine::client_receiving, phase::body, signal::end, phase::done},
    {machine::client_receiving, phase::body, signal::fault, phase::failed},
    {machine::client_receiving, phase::done, signal::next, phase::idle},
    {machine::client_receiving, phase::done, signal::last, phase::over},
    {machine::client_receiving, phase::switched, signal::last, phase::over},
    {machine::client_receiving, phase::over, signal::fault, phase::failed},
};

inline constexpr std::size_t machines = 4, phases = 7, signals = 9;
inline constexpr std::uint8_t no_phase = 0xFF;

/// The same, to be looked up.
constexpr auto make_state_table() noexcept {
  std::array<std::array<std::array<std::uint8_t, signals>, phases>, machines> table{};
  for (auto &m : table)
    for (auto &p : m) p.fill(no_phase);
  for (const transition &t : transitions)
    table[static_cast<std::size_t>(t.who)][static_cast<std::size_t>(t.from)][static_cast<std::size_t>(t.on)] =
        static_cast<std::uint8_t>(t.to);
  return table;
}

inline constexpr auto state_table = make_state_table();

} // namespace detail

/// Whether `on` may come in phase `at` of machine `who`.
constexpr bool permits(machine who, phase at, signal on) noexcept {
  return detail::state_table[static_cast<std::size_t>(who)][static_cast<std::size_t>(at)]
                            [static_cast<std::size_t>(on)] != detail::no_phase;
}

/// Moves `at` on. False, and nothing changes, if the signal may not come there: so `last` and `fault` stop
/// what can be stopped, and leave alone what has ended or is owed.
constexpr bool advance(machine who, phase &at, signal on) noexcept {
  const std::uint8_t to = detail::state_table[static_cast<std::size_t>(who)][static_cast<std::size_t>(at)]
                                             [static_cast<std::size_t>(on)];
  if (to == detail::no_phase) return false;
  at = static_cast<phase>(to);
  return true;
}

constexpr std::string_view name(machine m) noexcept {
  constexpr std::string_view names[] = {"server_receiving", "server_sending", "client_sending",
                                        "client_receiving"};
  return names[static_cast<std::size_t>(m)];
}

constexpr std::string_view name(phase p) noexcept {
  constexpr std::string_view names[] = {"idle", "due", "body", "done", "switched", "over", "failed"};
  return names[static_cast<std::size_t>(p)];
}

constexpr std::string_view name(signal s) noexcept {
  constexpr std::string_view names[] = {"expect",   "interim", "head",  "end",       "next",
                                        "protocol", "last",    "fault", "error_head"};
  return names[static_cast<std::size_t>(s)];
}

} // namespace coax::inline v0_1::http
