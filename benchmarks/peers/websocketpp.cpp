// As C++17: this library's headers are not C++20.
#include "ws_peers.hpp"

#include <websocketpp/config/core.hpp>
#include <websocketpp/processors/hybi13.hpp>

namespace bench::peers {
namespace {

/// What is under its endpoints: frames in, messages out.
class processor final : public receiver {
  using config = websocketpp::config::core;
  using manager = config::con_msg_manager_type;

public:
  explicit processor(bool masked) : processor_(false, masked, std::make_shared<manager>(), random_) {
    processor_.set_max_message_size(std::size_t{64} << 20);
  }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    std::size_t at = 0, messages = 0;
    for (const std::size_t end : ends) {
      while (at != end) {
        websocketpp::lib::error_code ec;
        at += processor_.consume(reinterpret_cast<std::uint8_t *>(data) + at, end - at, ec);
        if (ec) return 0;
        if (!processor_.ready()) continue;
        const auto message = processor_.get_message();
        keep(message->get_payload().data());
        if (!websocketpp::frame::opcode::is_control(message->get_opcode())) ++messages;
      }
    }
    clobber();
    return messages;
  }

private:
  config::rng_type random_;
  websocketpp::processor::hybi13<config> processor_;
};

} // namespace

std::unique_ptr<receiver> websocketpp_receiver(bool masked) { return std::make_unique<processor>(masked); }

} // namespace bench::peers
