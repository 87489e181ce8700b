#include "ws_peers.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

namespace bench::peers {
namespace {

/// The event interface, which is the one that checks messages and their text.
class wslay final : public receiver {
public:
  explicit wslay(bool masked) {
    wslay_event_callbacks calls{};
    calls.recv_callback = [](wslay_event_context_ptr ctx, std::uint8_t *to, std::size_t size, int,
                             void *self) { return static_cast<wslay *>(self)->read(ctx, to, size); };
    calls.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg *m,
                                    void *self) {
      keep(m->msg);
      if (!wslay_is_ctrl_frame(m->opcode)) ++static_cast<wslay *>(self)->messages_;
    };
    calls.send_callback = [](wslay_event_context_ptr, const std::uint8_t *, std::size_t size, int, void *) {
      return static_cast<ssize_t>(size);
    };
    calls.genmask_callback = [](wslay_event_context_ptr, std::uint8_t *, std::size_t, void *) { return 0; };
    if (masked)
      wslay_event_context_server_init(&context_, &calls, this);
    else
      wslay_event_context_client_init(&context_, &calls, this);
  }
  ~wslay() override { wslay_event_context_free(context_); }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    data_ = data;
    at_ = messages_ = 0;
    for (const std::size_t end : ends) {
      end_ = end;
      if (wslay_event_recv(context_) != 0) return 0;
    }
    clobber();
    return messages_;
  }

private:
  ssize_t read(wslay_event_context_ptr ctx, std::uint8_t *to, std::size_t size) {
    size = std::min(size, end_ - at_);
    if (size == 0) {
      wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    std::memcpy(to, data_ + at_, size);
    at_ += size;
    return static_cast<ssize_t>(size);
  }

  wslay_event_context_ptr context_ = nullptr;
  const char *data_ = nullptr;
  std::size_t at_ = 0, end_ = 0, messages_ = 0;
};

} // namespace

std::unique_ptr<receiver> wslay_receiver(bool masked) { return std::make_unique<wslay>(masked); }

} // namespace bench::peers
