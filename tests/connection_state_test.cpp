// The table of states, and what every call of a connection does in every state that can be reached.
#include "support/catch.hpp"
#include "support/wired.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace http = coax::http;
using http::content;
using http::errc;
using http::event;
using http::machine;
using http::phase;
using http::signal;
using http::detail::transition;
using std::string_view;

constexpr std::array all_machines{machine::server_receiving, machine::server_sending, machine::client_sending,
                                  machine::client_receiving};
constexpr std::array all_phases{phase::idle,     phase::due,  phase::body,  phase::done,
                                phase::switched, phase::over, phase::failed};
constexpr std::array all_signals{signal::expect, signal::interim, signal::head,
                                 signal::end,    signal::next,    signal::protocol,
                                 signal::last,   signal::fault,   signal::error_head};

/// The phases that a machine can get to from `from`, by any number of rows.
std::set<phase> reachable(machine who, phase from) {
  std::set<phase> out{from};
  for (std::size_t known = 0; known != out.size();) {
    known = out.size();
    for (const transition &t : http::detail::transitions)
      if (t.who == who && out.count(t.from) != 0) out.insert(t.to);
  }
  return out;
}

} // namespace

// --- the table
// -------------------------------------------------------------------------------------------------

TEST_CASE("the table of states has one answer for each signal in each phase", "[H1-410]") {
  std::set<std::array<int, 3>> seen;
  for (const transition &t : http::detail::transitions) {
    CAPTURE(std::string(name(t.who)), std::string(name(t.from)), std::string(name(t.on)));
    CHECK(seen.insert({static_cast<int>(t.who), static_cast<int>(t.from), static_cast<int>(t.on)}).second);
  }
  std::size_t permitted = 0;
  for (const machine who : all_machines) {
    for (const phase from : all_phases) {
      for (const signal on : all_signals) {
        CAPTURE(std::string(name(who)), std::string(name(from)), std::string(name(on)));
        const transition *row = nullptr;
        for (const transition &t : http::detail::transitions)
          if (t.who == who && t.from == from && t.on == on) row = &t;
        phase at = from;
        CHECK(permits(who, from, on) == (row != nullptr));
        CHECK(advance(who, at, on) == (row != nullptr));
        CHECK(at == (row != nullptr ? row->to : from)); // a misuse changes nothing
        permitted += row != nullptr ? 1 : 0;
      }
    }
  }
  CHECK(permitted == std::size(http::detail::transitions));
}

TEST_CASE("every phase of a machine can be reached, and leads to an end", "[H1-405]") {
  for (const machine who : all_machines) {
    CAPTURE(std::string(name(who)));
    const std::set<phase> from_start = reachable(who, phase::idle);
    for (const transition &t : http::detail::transitions)
      if (t.who == who) CHECK(from_start.count(t.from) == 1);
    for (const phase p : from_start) {
      CAPTURE(std::string(name(p)));
      const std::set<phase> on = reachable(who, p);
      CHECK((on.count(phase::over) == 1 || on.count(phase::failed) == 1 || on.count(phase::switched) == 1));
      const bool ended = p == phase::switched || p == phase::over || p == phase::failed;
      CHECK(ended == (on.count(phase::body) == 0)); // behind an end no message begins
      CHECK(ended == (on.count(phase::idle) == 0));
    }
    CHECK(reachable(who, phase::failed).size() == 1);
  }
  for (const signal s : all_signals)
    CHECK(std::any_of(std::begin(http::detail::transitions), std::end(http::detail::transitions),
                      [&](const transition &t) { return t.on == s; }));
}

TEST_CASE("machines, phases and signals have names of their own", "[H1-410]") {
  std::set<string_view> machine_names, phase_names, signal_names;
  for (const machine m : all_machines) machine_names.insert(name(m));
  for (const phase p : all_phases) phase_names.insert(name(p));
  for (const signal s : all_signals) signal_names.insert(name(s));
  CHECK(machine_names.size() == http::detail::machines);
  CHECK(phase_names.size() == http::detail::phases);
  CHECK(signal_names.size() == http::detail::signals);
  for (const auto &names : {machine_names, phase_names, signal_names}) CHECK(names.count("") == 0);
}

// --- every call in every state
// ---------------------------------------------------------------------------------

namespace {

/// What became of a call.
struct outcome {
  bool sends = false; // it is a call that writes
  errc ec = errc::ok;
  std::size_t size = 0;
};

std::array<http::field_ref, 16> table;

/// A call that can be made on an end in any state.
template <class End> struct call {
  std::string name;
  std::function<outcome(End &, std::span<char>)> make;
};

template <class End> call<End> reading(const std::string &bytes) {
  return {"next " + coax_test::escape(bytes), [bytes](End &end, std::span<char>) {
            const event e = end.next({table}, string_view(bytes));
            CHECK(e.consumed <= bytes.size());
            CHECK((e.kind != http::event_kind::failed || e.consumed == 0));
            return outcome{};
          }};
}

outcome of(const coax::written<errc> &w) {
  CHECK((w.ec == errc::ok || w.size == 0));
  return {true, w.ec, w.size};
}

template <class End> std::vector<call<End>> common_calls() {
  using bytes = std::span<char>;
  std::vector<call<End>> out;
  for (const bool clean : {true, false})
    out.push_back({clean ? "end of input" : "unclean end", [clean](End &end, bytes) {
                     (void)end.end_of_input({table}, clean);
                     return outcome{};
                   }});
  for (const errc ec : {errc::timed_out, errc::body_too_large, errc::unexpected_data})
    out.push_back({"fail " + std::string(name(ec)), [ec](End &end, bytes) {
                     CHECK(end.fail(ec).consumed == 0);
                     return outcome{};
                   }});
  out.push_back({"close", [](End &end, bytes) {
                   end.close();
                   return outcome{};
                 }});
  for (const string_view payload : {"", "a", "ab", "abcd"}) {
    out.push_back({"data " + std::string(payload),
                   [payload](End &end, bytes o) { return of(end.send_data(payload, o)); }});
    out.push_back({"frame " + std::string(payload), [payload](End &end, bytes) {
                     return outcome{true, end.send_data(payload.size()).ec, 0};
                   }});
  }
  out.push_back({"end", [](End &end, bytes o) { return of(end.send_end(o)); }});
  out.push_back({"end, empty trailers", [](End &end, bytes) {
                   static std::array<char, 64> section;
                   return of(end.send_end(http::trailer_writer(section)));
                 }});
  out.push_back({"end, trailers", [](End &end, bytes) {
                   static std::array<char, 64> section;
                   return of(end.send_end(http::trailer_writer(section).field("X", "y")));
                 }});
  return out;
}

std::vector<call<http::server>> calls(const http::server &) {
  using bytes = std::span<char>;
  std::vector<call<http::server>> out = common_calls<http::server>();
  for (const char *in :
       {"", "G", "x\x01", "ab", "abc", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nmore", "GET / HTTP/1.0\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nmore"})
    out.push_back(reading<http::server>(in));
  const auto sending = [&](std::uint16_t code, content c, const char *field) {
    out.push_back({"send " + std::to_string(code) + (field == nullptr ? "" : std::string(" ") + field),
                   [=](http::server &end, bytes o) {
                     std::array<char, 128> text;
                     http::response_head head(text, code);
                     if (field != nullptr) head.field(field, std::string_view("x"));
                     return of(end.send(head.prepared(), c, o));
                   }});
  };
  sending(100, {}, nullptr);
  sending(103, {}, nullptr);
  sending(101, {}, "Upgrade");
  sending(200, {}, nullptr);
  sending(200, content::of(0), nullptr);
  sending(200, content::of(2), nullptr);
  sending(200, content::streamed(), nullptr);
  sending(204, {}, nullptr);
  sending(403, content::of(0), nullptr);
  sending(426, content::of(0), "Upgrade");
  out.push_back({"answer failure", [](http::server &end, bytes o) {
                   const bool due = end.can_answer_failure();
                   const outcome answer = of(end.answer_failure(o));
                   CHECK(answer.ec == errc::ok);
                   CHECK((answer.size != 0) == due);
                   return answer;
                 }});
  out.push_back({"continue", [](http::server &end, bytes o) {
                   const bool due = end.awaits_continue();
                   const outcome sent = of(end.send_continue(o));
                   CHECK(sent.ec == errc::ok);
                   CHECK((sent.size != 0) == due);
                   return sent;
                 }});
  return out;
}

std::vector<call<http::client>> calls(const http::client &) {
  using bytes = std::span<char>;
  std::vector<call<http::client>> out = common_calls<http::client>();
  for (const char *in :
       {"", "H", "x", "hi", "\r\n", "HTTP/1.1 100 C\r\n\r\n", "HTTP/1.1 103 C\r\n\r\n",
        "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n",
        "HTTP/1.1 403 F\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"})
    out.push_back(reading<http::client>(in));
  const auto sending = [&](const char *method, content c, const char *field, const char *value) {
    out.push_back({"send " + std::string(method) + (field == nullptr ? "" : std::string(" ") + field),
                   [=](http::client &end, bytes o) {
                     std::array<char, 128> text;
                     const bool connect = string_view(method) == "CONNECT";
                     http::request_head head(text, method, connect ? "a:1" : "/", connect ? "a:1" : "a");
                     if (field != nullptr) head.field(field, std::string_view(value));
                     return of(end.send(head.prepared(), c, o));
                   }});
  };
  sending("GET", {}, nullptr, nullptr);
  sending("GET", {}, "Connection", "close");
  sending("HEAD", {}, nullptr, nullptr);
  sending("POST", content::of(2), nullptr, nullptr);
  sending("POST", content::of(2), "Expect", "100-continue");
  sending("POST", content::of(2), "Upgrade", "x");
  sending("POST", content::streamed(), nullptr, nullptr);
  sending("GET", {}, "Upgrade", "x");
  sending("CONNECT", {}, nullptr, nullptr);
  return out;
}

/// Whether a call that sends may succeed, by the phases alone.
bool may_send(const http::server &s, const std::string &what) {
  if (what == "answer failure" || what == "continue") return true;
  if (what.substr(0, 5) == "send ") {
    if (s.receiving() == phase::failed) return s.can_answer_failure() && what[5] != '1';
    return s.sending() == phase::due;
  }
  return true; // bodies: see may_send_body
}
bool may_send(const http::client &c, const std::string &what) {
  if (what.substr(0, 5) == "send ") return c.sending() == phase::idle && !c.outstanding().full();
  return true;
}

std::string traits(const http::server &s) {
  return std::to_string(s.keeps_alive()) + std::to_string(s.can_answer_failure()) +
         std::to_string(s.trailers_wanted());
}
std::string traits(const http::client &c) {
  return std::to_string(c.can_send()) + std::to_string(c.may_pipeline()) +
         std::to_string(std::min<std::size_t>(c.outstanding().size(), 3));
}
std::pair<machine, machine> machines_of(const http::server &) {
  return {machine::server_receiving, machine::server_sending};
}
std::pair<machine, machine> machines_of(const http::client &) {
  return {machine::client_receiving, machine::client_sending};
}

std::string pair_of(phase receiving, phase sending) {
  return std::string(name(receiving)) + "/" + std::string(name(sending));
}

/// A state on the walk, and the message that was begun last: what that asked for is not to be seen from
/// outside.
template <class End> struct place {
  End end;
  std::string message;

  std::string key() const {
    return pair_of(end.receiving(), end.sending()) + std::to_string(static_cast<int>(end.next_duty())) +
           std::to_string(static_cast<int>(end.waits_for())) + std::to_string(end.is_idle()) +
           std::to_string(end.awaits_continue()) + std::to_string(end.body_wanted()) + traits(end) +
           std::to_string(std::min<std::uint64_t>(end.body_received(), 4)) + message;
  }
};

bool begins_message(const http::server &before, const http::server &after) {
  return before.receiving() != after.receiving() && after.receiving() == phase::body;
}
bool begins_message(const http::client &before, const http::client &after) {
  return before.outstanding().size() < after.outstanding().size();
}

/// Checks a call that sends, made at `at`, with `after` as what became of it.
template <class End>
void check_sending(const End &at, const End &after, const call<End> &c, const outcome &o, bool unchanged,
                   bool untouched) {
  const bool body_call = c.name.substr(0, 4) == "data" || c.name.substr(0, 5) == "frame";
  const bool end_call = c.name.substr(0, 3) == "end";
  if (o.ec != errc::ok) {
    const bool too_short = end_call && o.ec == errc::body_too_short && at.sending() == phase::body;
    REQUIRE((o.ec == errc::wrong_state || o.ec == errc::invalid_input || too_short));
    REQUIRE(untouched);
    REQUIRE(unchanged != too_short);
    return;
  }
  CHECK(may_send(at, c.name));
  if (body_call) CHECK(at.sending() == phase::body);
  if (!end_call || at.sending() == phase::body) return;
  // It had ended by itself, which is told once.
  CHECK(untouched);
  CHECK(pair_of(after.receiving(), after.sending()) == pair_of(at.receiving(), at.sending()));
  End again = after;
  CHECK(c.make(again, {}).ec == errc::wrong_state);
}

/// Walks from a fresh end through every state that the calls lead to, as far as states can be told apart,
/// makes every call in each, and returns the pairs of phases that were seen.
template <class End> std::set<std::string> walk(const End &fresh) {
  const auto all = calls(fresh);
  std::set<std::string> pairs, known;
  std::deque<place<End>> open{{fresh, ""}};
  while (!open.empty()) {
    const auto [at, message] = open.front();
    open.pop_front();
    pairs.insert(pair_of(at.receiving(), at.sending()));
    CHECK(at.body_wanted() == (at.sending() == phase::body));
    for (const call<End> &c : all) {
      INFO(c.name << " in " << pair_of(at.receiving(), at.sending()) << " behind " << message);
      End end = at;
      const coax_test::snapshot<End> before(end);
      std::array<char, 512> out;
      out.fill('\x5A');
      const outcome o = c.make(end, out);
      const bool untouched = std::all_of(out.begin(), out.end(), [](char ch) { return ch == '\x5A'; });
      if (o.sends) check_sending(at, end, c, o, before.still(end), untouched);
      const auto [receives, sends] = machines_of(end);
      CHECK(reachable(receives, at.receiving()).count(end.receiving()) == 1);
      CHECK(reachable(sends, at.sending()).count(end.sending()) == 1);
      const place<End> next{end, begins_message(at, end) ? c.name : message};
      if (known.insert(next.key()).second) open.push_back(next);
    }
  }
  CAPTURE(known.size());
  CHECK(known.size() > 400);
  return pairs;
}

} // namespace

TEST_CASE("every call of a server is permitted or changes nothing, in every state it can be in",
          "[H1-410][H1-389]") {
  // receiving/sending
  CHECK(walk(http::server()) ==
        (std::set<std::string>{"body/body",        "body/done",       "body/due",      "body/switched",
                               "done/body",        "done/done",       "done/due",      "done/switched",
                               "failed/body",      "failed/due",      "failed/failed", "failed/idle",
                               "failed/over",      "failed/switched", "idle/idle",     "over/body",
                               "over/due",         "over/failed",     "over/over",     "over/switched",
                               "switched/switched"}));
}

TEST_CASE("every call of a client is permitted or changes nothing, in every state it can be in",
          "[H1-410][H1-387]") {
  // receiving/sending
  CHECK(walk(http::client({.assume_http11 = true})) ==
        (std::set<std::string>{"body/body", "body/done", "body/idle", "body/over", "due/body", "due/done",
                               "due/idle", "due/over", "failed/failed", "failed/over", "failed/switched",
                               "idle/body", "idle/idle", "over/failed", "over/over", "over/switched",
                               "switched/body", "switched/failed", "switched/switched"}));
}
