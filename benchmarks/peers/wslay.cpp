#include "ws_peers.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

namespace bench::peers {
namespace {

/// The event interface, which is the one that checks messages and their text.
class wslay final : public endpoint {
public:
  explicit wslay(bool server) {
    wslay_event_callbacks calls{};
    calls.recv_callback = [](wslay_event_context_ptr ctx, std::uint8_t *to, std::size_t size, int,
                             void *self) { return static_cast<wslay *>(self)->read(ctx, to, size); };
    calls.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg *m,
                                    void *self) {
      keep(m->msg);
      if (wslay_is_ctrl_frame(m->opcode)) return;
      auto &end = *static_cast<wslay *>(self);
      ++end.messages_;
      if (end.echoes_) end.queue(m->opcode, m->msg, m->msg_length);
    };
    calls.send_callback = [](wslay_event_context_ptr, const std::uint8_t *, std::size_t size, int,
                             void *self) {
      static_cast<wslay *>(self)->sent_ += size;
      clobber();
      return static_cast<ssize_t>(size);
    };
    calls.genmask_callback = [](wslay_event_context_ptr, std::uint8_t *to, std::size_t size, void *self) {
      const std::uint32_t key = static_cast<wslay *>(self)->random_.next(); // cheaper than one that is safe
      std::memcpy(to, &key, std::min(size, sizeof key));
      return 0;
    };
    if (server)
      wslay_event_context_server_init(&context_, &calls, this);
    else
      wslay_event_context_client_init(&context_, &calls, this);
  }
  ~wslay() override { wslay_event_context_free(context_); }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    echoes_ = false;
    return take(data, ends);
  }
  std::size_t send(std::string_view text) override {
    sent_ = 0;
    if (!queue(1, reinterpret_cast<const std::uint8_t *>(text.data()), text.size())) return 0;
    return wslay_event_send(context_) == 0 ? sent_ : 0;
  }
  std::size_t echo(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    echoes_ = true;
    return take(data, ends);
  }

private:
  std::size_t take(char *data, const std::vector<std::size_t> &ends) {
    data_ = data;
    at_ = messages_ = 0;
    for (const std::size_t end : ends) {
      end_ = end;
      if (wslay_event_recv(context_) != 0) return 0;
      if (wslay_event_want_write(context_) && wslay_event_send(context_) != 0) return 0;
    }
    clobber();
    return messages_;
  }
  bool queue(std::uint8_t opcode, const std::uint8_t *data, std::size_t size) {
    const wslay_event_msg message{opcode, data, size};
    return wslay_event_queue_msg(context_, &message) == 0;
  }
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
  std::size_t at_ = 0, end_ = 0, messages_ = 0, sent_ = 0;
  bool echoes_ = false;
  random random_{1};
};

} // namespace

std::unique_ptr<endpoint> wslay_endpoint(bool server) { return std::make_unique<wslay>(server); }

} // namespace bench::peers
