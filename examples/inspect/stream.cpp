#include "stream.hpp"

#include "frame_stream.hpp"
#include "gatherer.hpp"
#include "input.hpp"

#include <coax/fields/list.hpp>
#include <coax/http/message_reader.hpp>
#include <coax/websocket/deflate_offer.hpp>
#include <coax/websocket/handshake_server.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace inspect {

namespace {

constexpr std::size_t table_size = 100;
constexpr http::limits limits{.fields = table_size};
constexpr http::leniency strict{};

/// The first protocol that an Upgrade field names.
std::string_view first_upgrade(const http::fields &fields) {
  for (const http::field f : fields) {
    if (f.id() != http::field_id::upgrade) continue;
    coax::values::list_splitter members(f.value, coax::values::list_of::tokens);
    for (std::string_view member; members.next(member);)
      if (!member.empty()) return member;
  }
  return {};
}

/// What a request tells about compression. The answer says with which parameters; those that permit the most
/// do for all of them.
websocket::deflate_parameters offered_deflate(const websocket::extension_reader &offers) {
  return {.agreed = websocket::names_extension(offers, websocket::permessage_deflate)};
}

/// What a response tells about compression. The offers are not known here, so the usual one is taken, which
/// permits every answer. One that no offer permits counts as none.
websocket::deflate_parameters agreed_deflate(const websocket::extension_reader &answer) {
  constexpr std::uint8_t smallest_window = 8;
  return websocket::check_deflate(answer, websocket::usual_deflate, smallest_window).value;
}

/// `text` without the CR LF that belong to what came before it: skipped empty lines, the end of a chunk. The
/// library may have consumed them already, or not yet.
std::string_view without_line_ends(std::string_view text) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  return text;
}

template <class Reader> class driver {
  static constexpr bool is_request = std::is_same_v<Reader, http::request_reader>;
  static constexpr direction kind = is_request ? direction::request : direction::response;

public:
  driver(const settings &how, input &from, sink &to) : how_(how), input_(from), to_(to), data_(to) {
    expect_answer();
  }

  outcome run() {
    for (;;) {
      const std::string_view in = window().text();
      in_body_ = reader_.in_body();
      const http::event e = reader_.next(context_, in);
      switch (e.kind) {
      case http::event_kind::need_more:
        window().consume(e.consumed);
        if (input_.more()) break;
        return input_.stopped() == outcome::clean ? finish() : input_.stopped();
      case http::event_kind::request:
      case http::event_kind::informational:
      case http::event_kind::response: take_head(e, in); break;
      case http::event_kind::data: take_data(e, in); break;
      case http::event_kind::end:
        take_end(e, in);
        if (offered_) return go_on_with_frames();
        break;
      case http::event_kind::switched: return take_switch(e, in);
      case http::event_kind::paused: // a connection's event
      case http::event_kind::closed: return drain(end_state::closed);
      case http::event_kind::failed: return take_error(e);
      }
    }
  }

private:
  // --- events ---------------------------------------------------------------------------------------------

  void take_head(const http::event &e, std::string_view in) {
    message_head head;
    head.kind = kind;
    head.offset = window().offset() + e.head.start;
    head.bytes = in.substr(e.head.start, e.head.size);
    head.interim = e.kind == http::event_kind::informational;
    head.framing = e.framing;
    head.seen = reader_.seen();
    if constexpr (is_request) {
      head.request = http::view_request(e.head, in.data(), table_);
      if (how_.upgrade && e.framing.upgrade) take_offer(websocket::read_offer(head.request));
    } else {
      head.response = http::view_response(e.head, in.data(), table_);
      head.asked = asked();
    }
    to_.head(head);
    window().consume(e.consumed);
    if (head.interim) {
      to_.end(window().offset(), {});
    } else {
      ++answered_;
      expect_answer();
    }
  }

  void take_data(const http::event &e, std::string_view in) {
    const auto start = static_cast<std::size_t>(e.data.data() - in.data());
    take_chunk(in.substr(0, start), e.extensions);
    data_.add(window().offset() + start, e.data);
    window().consume(e.consumed);
  }

  void take_end(const http::event &e, std::string_view in) {
    const std::string_view section = in.substr(e.trailers.start, e.trailers.size);
    take_chunk(in.substr(0, e.trailers.start), e.extensions);
    data_.flush();
    if (!section.empty())
      to_.trailers(
          {window().offset() + e.trailers.start, section, http::view_fields(e.trailers, in.data(), table_)});
    window().consume(e.consumed);
    to_.end(window().offset(), reader_.seen());
  }

  /// `before` stands before octets of a body: a chunk line, or nothing.
  void take_chunk(std::string_view before, std::string_view extensions) {
    if (before.empty() || !to_.wants_detail()) return;
    const std::string_view line = without_line_ends(before);
    data_.flush();
    to_.chunk(window().offset() + (before.size() - line.size()), line, extensions);
  }

  /// Only the response tells whether an offer was accepted: settings::upgrade says that it was.
  void take_offer(const websocket::offer &offer) {
    offered_ = offer.verdict != websocket::verdict::not_an_upgrade;
    deflate_ = offered_deflate(offer.extensions());
  }

  outcome go_on_with_frames(std::string_view protocol = "websocket") {
    to_.upgrade(window().offset(), protocol);
    return run_frames({kind, deflate_}, input_, to_);
  }

  outcome take_switch(const http::event &e, std::string_view in) {
    std::string protocol = "tunnel";
    if constexpr (!is_request) {
      const http::fields fields = http::view_response(e.head, in.data(), table_).fields;
      if (e.framing.upgrade) protocol = first_upgrade(fields);
      deflate_ = agreed_deflate(websocket::extension_reader(fields));
      take_head(e, in);
      to_.end(window().offset(), {});
      if (how_.upgrade && coax::ascii::iequals(protocol, "websocket")) return go_on_with_frames(protocol);
    }
    to_.upgrade(window().offset(), protocol);
    return drain(end_state::tunnel);
  }

  outcome take_error(const http::event &e) {
    data_.flush();
    failure out;
    out.kind = kind;
    out.offset = window().offset() + e.why.at;
    out.code = e.ec;
    out.what = e.why.what;
    out.index = e.why.index;
    out.in_head = !in_body_;
    if (to_.wants_detail()) surround(out);
    to_.error(out);
    return outcome::protocol_error;
  }

  /// What is to be seen around an error: the same, however much of it the library has seen.
  void surround(failure &out) {
    const auto rest = [&] { return window().all().substr(out.offset - window().all_offset()); };
    while (rest().substr(0, context_size).find('\n') == rest().npos && rest().size() < context_size &&
           input_.look_ahead()) {
    }
    const std::string_view all = window().all();
    const std::size_t at = out.offset - window().all_offset();
    const std::size_t begin = window().offset() - window().all_offset();
    std::size_t line = at == 0 ? 0 : all.rfind('\n', at - 1) + 1; // npos + 1 is 0
    if (out.in_head) line = std::max(line, begin);                // before that is another message
    const std::size_t first = std::max(line, at - std::min(at, context_size));
    const std::size_t end = all.substr(0, at + context_size).find('\n', at);
    out.line = all.substr(first, (end == all.npos ? at + context_size : end + 1) - first);
    out.line_at = window().all_offset() + first;

    out.before = without_line_ends(all.substr(begin, std::max(line, begin) - begin));
    out.before_at = window().all_offset() + static_cast<std::size_t>(out.before.data() - all.data());
  }

  // --- the end --------------------------------------------------------------------------------------------

  /// The input ended while the library waited for more of it.
  outcome finish() {
    const end_state inside = in_body_ ? end_state::body : end_state::head;
    const http::event e = reader_.end_of_input(context_, true);
    data_.flush();
    if (e.kind == http::event_kind::closed) return tell_eof(end_state::idle, outcome::clean);
    if (e.kind == http::event_kind::failed)
      return tell_eof(inside, outcome::incomplete, 0, without_line_ends(window().text()));
    to_.end(window().offset(), reader_.seen());
    return tell_eof(end_state::closed, outcome::clean);
  }

  /// HTTP is over: counts what follows.
  outcome drain(end_state state) {
    const input::rest rest = input_.drain();
    if (input_.stopped() != outcome::clean) return input_.stopped();
    return tell_eof(state, outcome::clean, rest.octets, rest.first);
  }

  outcome tell_eof(end_state state, outcome out, std::uint64_t unparsed = 0, std::string_view rest = {}) {
    to_.eof({window().offset() + window().text().size(), state, unparsed, rest});
    return out;
  }

  inspect::window &window() { return input_.window(); }

  std::string_view asked() const {
    return answered_ < how_.methods.size() ? std::string_view(how_.methods[answered_]) : "GET";
  }
  void expect_answer() {
    if constexpr (!is_request) reader_.answers(http::to_method(asked()));
  }

  static constexpr std::size_t context_size = window::history_size;

  const settings &how_;
  input &input_;
  sink &to_;
  gatherer data_;
  Reader reader_;
  std::array<http::field_ref, table_size> table_{};
  http::context context_{table_, limits, strict};
  std::size_t answered_ = 0; // final responses so far
  bool in_body_ = false;     // of the reader, before the event at hand
  bool offered_ = false;     // frames follow the request at hand
  websocket::deflate_parameters deflate_{};
};

} // namespace

outcome run(const settings &how, source &from, sink &to) {
  input bytes(how.chunk, from, to);
  if (how.websocket) return run_frames({how.kind, how.deflate}, bytes, to);
  if (how.kind == direction::request) return driver<http::request_reader>(how, bytes, to).run();
  return driver<http::response_reader>(how, bytes, to).run();
}

} // namespace inspect
