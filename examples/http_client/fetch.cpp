#include "fetch.hpp"

#include "dial.hpp"
#include "tunnel.hpp"

#include <unistd.h>

namespace http_client {

namespace {

// A body that nobody wants is read so that the connection can be used again, unless it is longer than this.
constexpr std::uint64_t worth_draining = 64 * 1024;

bool wants_progress(const arguments &wanted, const output &out) {
  if (wanted.progress != progress_mode::automatic) return wanted.progress == progress_mode::always;
  return ::isatty(STDERR_FILENO) != 0 && !out.is_terminal();
}

} // namespace

fetcher::fetcher(const arguments &wanted)
    : wanted_(wanted), log_(wanted.verbose), ask_(wanted.ask), out_(wanted.output),
      progress_(wants_progress(wanted, out_)) {}

problem fetcher::run() {
  if (wanted_.data) {
    if (problem p = content_.open(*wanted_.data, wanted_.chunked)) return p;
    ask_.content = &content_;
    if (content_.size() == std::uint64_t{0}) ask_.expect = false; // there is nothing to wait for
  }
  for (unsigned redirects = 0;;) {
    answer got;
    if (problem p = ask_once(got)) return p;
    if (got.repeat_without_expect) {
      log_.note("417: again, without Expect"); // RFC 9110 §10.1.1
      ask_.expect = false;
      if (!content_.rewind())
        return {exit_status::usage, content_.name() + " cannot be read twice", "leave --expect out"};
      continue;
    }
    if (!got.follow) return finish(got);
    if (redirects++ == wanted_.redirects.most)
      return {exit_status::bad_redirect, "more than " + std::to_string(wanted_.redirects.most) + " redirects",
              "--max-redirects allows more, but this may be a circle: see --verbose"};
    if (problem p = redirect(got.code, got.location, wanted_.redirects, ask_, log_)) return p;
  }
}

// --- one request -------------------------------------------------------------------------------------------

problem fetcher::ask_once(answer &got) {
  for (;;) {
    if (problem p = ensure_connection()) return p;
    exchange talk(*connection_, wanted_.patience, log_);
    if (problem p = talk.send(ask_)) return p;
    const problem trouble = receive(talk, got);
    progress_.end();
    if (!trouble) {
      connection_->used = true;
      return {};
    }
    // A server may close a connection that it kept at any time; its closing and our request have crossed.
    if (!is_stale(talk) || (ask_.has_content() && !content_.rewind())) return trouble;
    log_.note("the kept connection was closed: again on a new one");
  }
}

/// Whether the request may be sent again: the connection had been kept, no byte of a response came, and
/// repeating does no harm (RFC 9110 §9.2.2, RFC 9112 §9.3.1). A new connection is never stale.
bool fetcher::is_stale(const exchange &talk) const {
  const http::request_queue &unanswered = connection_->http.outstanding();
  return connection_->used && !talk.answered() && talk.why().status == exit_status::no_connection &&
         unanswered.size() == 1 && unanswered[0].idempotent;
}

problem fetcher::receive(exchange &talk, answer &got) {
  for (;;) {
    const http::event e = talk.next();
    problem trouble;
    switch (e.kind) {
    case http::event_kind::informational:
    case http::event_kind::response: trouble = take_head(e, got); break;
    case http::event_kind::data: trouble = take_data(e, got); break;
    case http::event_kind::end: return take_end(e, got);
    case http::event_kind::switched:
      return {exit_status::protocol_error, ask_.where.authority + " switches to another protocol",
              "leave Upgrade out of --header"};
    default:
      trouble = talk.why();
      if (got.code != 0) tell_what_came(got, trouble);
      break;
    }
    if (trouble || got.enough) return trouble;
  }
}

/// A body that was cut short: how much is there, and how to get the rest.
void fetcher::tell_what_came(const answer &got, problem &trouble) const {
  const std::uint64_t received = connection_->http.body_received();
  trouble.what += "; of the body came " + octets(received);
  if (got.size) trouble.what += " of " + std::to_string(*got.size);
  if (out_.is_file() && got.shown) trouble.what += ", which are in " + out_.path();
  if (got.code == 200 && got.has_ranges && trouble.status == exit_status::incomplete)
    trouble.advice = "--range " + std::to_string(received) + "- fetches the rest";
}

problem fetcher::take_head(const http::event &e, answer &got) {
  const char *const base = connection_->input.text().data();
  if (wanted_.include)
    if (problem p = out_.write({base + e.head.start, e.head.size})) return p;
  if (e.kind == http::event_kind::informational) return {};

  const http::response head = http::view_response(e.head, base, connection_->context().table);
  const http::single_value location = head.fields.single("Location");
  if (is_redirect(head.code) && location.duplicate()) // RFC 9110 §5.3
    return {exit_status::bad_redirect,
            ask_.where.text + " redirects to several places: Location is repeated"};
  got.code = head.code;
  got.status = status_text(head);
  got.has_ranges = coax::values::has_token(head.fields["Accept-Ranges"], "bytes");
  got.location = location.value;
  got.follow = is_redirect(head.code) && location && wanted_.redirects.most != 0;
  got.repeat_without_expect = head.code == 417 && ask_.expect;
  got.shown = !got.follow && !got.repeat_without_expect && !(wanted_.fail && head.code >= 400);
  if (e.framing.kind == http::body_kind::length) got.size = e.framing.length;
  if (!got.shown) return {};
  if (head.code == 200 && ask_.gives("Range")) log_.note("the server ignores the range and sends all");
  progress_.begin(got.size);
  return out_.open();
}

problem fetcher::take_data(const http::event &e, answer &got) {
  const std::uint64_t received = connection_->http.body_received();
  if (!got.shown) {
    got.enough = received > worth_draining;
    return {};
  }
  progress_.update(received);
  return out_.write(e.data);
}

problem fetcher::take_end(const http::event &e, const answer &got) {
  log_.note(octets(connection_->http.body_received()) + " of body");
  log_.tolerated(connection_->http.seen());
  if (wanted_.include && got.shown && e.trailers.count != 0)
    return out_.write(connection_->input.text().substr(e.trailers.start, e.trailers.size));
  return {};
}

problem fetcher::finish(const answer &got) {
  if (wanted_.fail && got.code >= 400)
    return {exit_status::http_error, ask_.where.text + " answers " + got.status};
  return out_.close();
}

// --- connections -------------------------------------------------------------------------------------------

/// Whom a connection leads to. A proxy takes requests for any http URL, a tunnel those for one origin.
std::string fetcher::route() const {
  if (wanted_.proxy && !ask_.where.secure) return "the proxy";
  return (ask_.where.secure ? "https " : "http ") + ask_.where.host + ' ' + std::to_string(ask_.where.port);
}

problem fetcher::ensure_connection() {
  const std::string to = route();
  if (connection_ && connected_to_ == to && connection_->is_reusable()) {
    log_.note("the connection is used again");
    return {};
  }
  connection_.reset();
  connected_to_ = to;
  return connect();
}

problem fetcher::connect() {
  const url &first = wanted_.proxy ? *wanted_.proxy : ask_.where;
  socket_handle socket;
  if (problem p = dial(first.host, first.port, wanted_.patience, log_, socket)) return p;
  std::unique_ptr<transport> stream = plain_transport(std::move(socket));
  ask_.by_proxy = wanted_.proxy && !ask_.where.secure;
  ask_.proxy_user = ask_.by_proxy ? wanted_.proxy_user : login{}; // not for who is behind a tunnel
  if (ask_.where.secure) {
    if (wanted_.proxy)
      if (problem p = open_tunnel(ask_.where, wanted_.proxy_user, wanted_.patience, log_, stream)) return p;
    if (problem p =
            start_tls(stream->release(), ask_.where.host, wanted_.tls, wanted_.patience, log_, stream))
      return p;
  }
  // --chunked says that the server is known to speak HTTP/1.1, as nothing has shown yet.
  connection_ = std::make_unique<connection>(std::move(stream), http::client::options{wanted_.chunked});
  return {};
}

} // namespace http_client
