#include "peer.hpp"

#include <utility>

namespace ws_echo {

namespace {

// How often one connection may fill input or output before it is another's turn.
constexpr int turns = 8;
// Who takes less in the time for it is too slow.
constexpr std::uint64_t least_progress = 16 * 1024;
// For how long pings are counted.
constexpr std::chrono::minutes while_counted{1};

} // namespace

/// Also starts the time for what it waits for next.
void peer::on_ready(clock::time_point now) {
  if (auto *const open = std::get_if<echo>(&stage_);
      open != nullptr && now - counts_since_ >= while_counted) {
    open->forget_pings();
    counts_since_ = now;
  }
  heard_ = false;
  take_turns();
  if (heard_) pinged_ = false;
  const patience before = std::exchange(waits_for_, waits_for());
  if (waits_for_ != before) sent_before_ = sent_;
  if (waits_for_ != before || (heard_ && waits_for_ == patience::traffic)) since_ = now;
}

void peer::on_timeout(clock::time_point now) {
  switch (waits_for_) {
  case patience::handshake: std::get<handshake>(stage_).on_timeout(); break;
  case patience::traffic:
    std::get<echo>(stage_).ping();
    pinged_ = true;
    break;
  case patience::pong: std::get<echo>(stage_).close(websocket::close_code::timeout); break;
  case patience::output: over_ = sent_ - std::exchange(sent_before_, sent_) < least_progress; break;
  case patience::close_reply:
  case patience::linger: over_ = true; break;
  }
  since_ = now;
  waits_for_input_ = false; // something has to be said
  on_ready(now);
}

void peer::finish(clock::time_point now) {
  if (auto *const open = std::get_if<echo>(&stage_))
    open->close(websocket::close_code::going_away);
  else
    std::get<handshake>(stage_).finish();
  waits_for_input_ = false;
  on_ready(now);
}

/// Goes on as far as input, output and fairness allow.
void peer::take_turns() {
  for (int turn = 0; (turn < turns || (turn < 2 * turns && transport_->holds_input())) && !over_; ++turn) {
    std::span<char> input;
    unsent_ = std::string(send(unsent_));
    if (!unsent_.empty()) return;
    if (is_said()) return linger();
    if (!receive(input)) return;
    converse(input);
  }
  // Which is ready at once, when others had their turn, if there is still something to do.
  const bool reads = unsent_.empty() && waits_for_input_ && !is_said();
  wants_ = reads ? net::interest::read : net::interest::write;
}

/// Whether there is nothing more to say.
bool peer::is_said() const noexcept {
  return std::visit([](const auto &stage) { return stage.is_over(); }, stage_);
}

/// What is to be read: what was held, and behind it, where that is waited for, what the transport has. False
/// if there is nothing new.
bool peer::receive(std::span<char> &input) {
  const std::span<char> buffer(common_->input);
  std::size_t size = held_.copy(buffer.data(), buffer.size());
  if (waits_for_input_) {
    const io_result got = transport_->read(buffer.subspan(size));
    input_ended_ = got.how == io_result::outcome::ended;
    if (!input_ended_ && !moved(got)) return false;
    size += got.size;
    heard_ = true;
  }
  input = buffer.first(size);
  return true;
}

/// Turns input into output, and keeps what is left of either.
void peer::converse(std::span<char> input) {
  waits_for_input_ = true;
  if (auto *const opening = std::get_if<handshake>(&stage_))
    if (const websocket::session agreed = opening->converse(input, input_ended_, *common_))
      stage_.emplace<echo>(agreed);
  if (auto *const open = std::get_if<echo>(&stage_))
    waits_for_input_ = open->converse(input, input_ended_, *common_);
  held_ = std::string(input.begin(), input.end());
  unsent_ = std::string(send(common_->output.take()));
}

/// Sends as much as the transport takes. Returns what is left.
std::string_view peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const io_result done = transport_->write(bytes);
    if (!moved(done)) break;
    sent_ += done.size;
    bytes.remove_prefix(done.size);
  }
  return bytes;
}

/// All is said: drops what still comes until the client closes, so that it can read the last of it.
void peer::linger() {
  if (!lingering_) transport_->end();
  lingering_ = true;
  held_ = {};
  over_ = input_ended_;
  for (int turn = 0; turn < turns && !over_; ++turn) {
    const io_result got = transport_->read(common_->input);
    over_ = got.how == io_result::outcome::ended;
    if (!over_ && !moved(got)) return;
  }
}

/// Whether something moved; if not, it is known what to wait for, or that it is over.
bool peer::moved(const io_result &what) {
  switch (what.how) {
  case io_result::outcome::moved: return true;
  case io_result::outcome::wait_to_read: wants_ = net::interest::read; break;
  case io_result::outcome::wait_to_write: wants_ = net::interest::write; break;
  case io_result::outcome::ended:
  case io_result::outcome::failed: over_ = true; break;
  }
  return false;
}

peer::patience peer::waits_for() const noexcept {
  if (lingering_) return patience::linger;
  if (!unsent_.empty() || !waits_for_input_) return patience::output; // a message may wait in the echo
  const auto *const open = std::get_if<echo>(&stage_);
  if (open == nullptr) return patience::handshake;
  switch (open->waits_for()) {
  case websocket::waiting::traffic: return pinged_ ? patience::pong : patience::traffic;
  case websocket::waiting::close_reply: return patience::close_reply;
  default: return patience::linger;
  }
}

clock::time_point peer::deadline() const noexcept {
  const settings &how = common_->how;
  switch (waits_for_) {
  case patience::handshake: return since_ + how.handshake_timeout;
  case patience::traffic:
  case patience::pong: return since_ + how.idle_timeout;
  case patience::output: return since_ + how.output_timeout;
  case patience::close_reply: return since_ + how.close_timeout;
  case patience::linger: break;
  }
  return since_ + how.linger_timeout;
}

std::string peer::report() const {
  const auto *const open = std::get_if<echo>(&stage_);
  if (open == nullptr) return "no handshake";
  const auto number = [](websocket::close_code code) { return std::to_string(static_cast<int>(code)); };
  const websocket::server &socket = open->socket();
  return "received " + number(socket.peer_code()) + ", sent " + number(socket.own_code()) + ", " +
         std::string(websocket::name(socket.error()));
}

} // namespace ws_echo
