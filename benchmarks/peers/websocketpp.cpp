// As C++17: this library's headers are not C++20.
#include "ws_peers.hpp"

#include <websocketpp/config/core_client.hpp>
#include <websocketpp/processors/hybi13.hpp>
#include <websocketpp/random/random_device.hpp>

namespace bench::peers {
namespace {

/// What is under its endpoints: frames in, messages out.
class processor final : public endpoint {
  using config = websocketpp::config::core_client; // the one that has masking keys
  using manager = config::con_msg_manager_type;

public:
  explicit processor(bool server)
      : manager_(std::make_shared<manager>()), processor_(false, server, manager_, random_) {
    processor_.set_max_message_size(std::size_t{64} << 20);
  }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    return take(data, ends, [](const auto &message) {
      keep(message->get_payload().data());
      return true;
    });
  }
  std::size_t send(std::string_view text) override {
    const auto message = manager_->get_message(websocketpp::frame::opcode::text, text.size());
    message->set_payload(text.data(), text.size());
    return send(message);
  }
  std::size_t echo(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    return take(data, ends, [this](const auto &message) { return send(message) != 0; });
  }

private:
  std::size_t send(const config::message_type::ptr &message) {
    const auto out = manager_->get_message();
    if (processor_.prepare_data_frame(message, out)) return 0;
    keep(out->get_payload().data());
    clobber();
    return out->get_header().size() + out->get_payload().size();
  }
  template <class Use> std::size_t take(char *data, const std::vector<std::size_t> &ends, Use use) {
    std::size_t at = 0, messages = 0;
    for (const std::size_t end : ends) {
      while (at != end) {
        websocketpp::lib::error_code ec;
        at += processor_.consume(reinterpret_cast<std::uint8_t *>(data) + at, end - at, ec);
        if (ec) return 0;
        if (!processor_.ready()) continue;
        const auto message = processor_.get_message();
        if (websocketpp::frame::opcode::is_control(message->get_opcode())) continue;
        if (!use(message)) return 0;
        ++messages;
      }
    }
    clobber();
    return messages;
  }

  manager::ptr manager_;
  config::rng_type random_;
  websocketpp::processor::hybi13<config> processor_;
};

} // namespace

std::unique_ptr<endpoint> websocketpp_endpoint(bool server) { return std::make_unique<processor>(server); }

bool websocketpp_accept(std::string_view request) {
  using config = websocketpp::config::core_client;
  static config::rng_type random;
  static const auto manager = std::make_shared<config::con_msg_manager_type>();
  websocketpp::http::parser::request parsed;
  parsed.consume(request.data(), request.size());
  if (!parsed.ready()) return false;
  websocketpp::processor::hybi13<config> server(false, true, manager, random);
  websocketpp::http::parser::response answer;
  if (server.validate_handshake(parsed) || server.process_handshake(parsed, "", answer)) return false;
  answer.set_status(websocketpp::http::status_code::switching_protocols);
  const std::string text = answer.raw();
  keep(text.data());
  return !text.empty();
}

} // namespace bench::peers
