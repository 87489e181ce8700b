// One request and its response on a connection, with all the reading, writing and waiting that takes.
#pragma once

#include "connection.hpp"
#include "request.hpp"
#include "trace.hpp"

#include <coax/http/event.hpp>
#include <coax/http/head.hpp>

#include <string>

namespace http_client {

/// Events come one by one, as from http::client, but none of them is need_more:
///
///     exchange talk(connection, patience, log);
///     if (problem p = talk.send(request)) ...
///     for (http::event e = talk.next(); e.kind != http::event_kind::end; e = talk.next()) ...
///
/// The content of the request is sent while the response is already listened for: a server may answer, and
/// stop reading, before it has seen all of it (RFC 9110 §10.1.1, RFC 9112 §9.5), or before there is any.
class exchange {
public:
  /// Gives up when nothing moves for as long as `patience`.
  exchange(connection &on, clock::duration patience, const trace &log)
      : on_(on), patience_(patience), log_(log) {}
  ~exchange() { on_.drop(consumed_); }
  exchange(const exchange &) = delete;
  exchange &operator=(const exchange &) = delete;

  /// Begins: the head, and then the content, are sent by the calls of next(). `what` has to outlive them.
  problem send(const request &what);
  /// The same for a request without content whose head `http` has written already.
  void send(const request &what, std::string head);

  /// The next event. Its views live until the next call.
  http::event next();

  /// Behind the events closed and failed: what happened.
  const problem &why() const noexcept { return why_; }
  /// Whether any byte of a response has come.
  bool answered() const noexcept { return answered_; }

private:
  enum class moved { received, ended, nothing };

  moved transfer();
  bool write_some();
  void queue_content();
  bool holds_content_back() const;
  bool wants_content() const;
  bool awaits_content() const;
  bool has_to_write() const;
  std::string what_is_awaited() const;
  http::event end_of_input();
  http::event report(const http::event &e);
  problem timed_out() const;

  connection &on_;
  clock::duration patience_;
  const trace &log_;
  const request *what_ = nullptr;
  std::string outgoing_{};              // bytes to be sent
  std::size_t sent_ = 0;                // of which so many are
  std::size_t consumed_ = 0;            // bytes of the input that the last event is about
  clock::time_point send_content_at_{}; // at the latest, if the server does not say 100
  std::string broken_{};                // why the connection broke, if it did
  bool content_ended_ = false;
  bool answered_ = false;
  bool clean_end_ = false; // the server closed in order
  problem why_{};
};

/// "404 Not Found", as text that is safe to show.
std::string status_text(const http::response &head);

} // namespace http_client
