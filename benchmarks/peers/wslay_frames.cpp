// wslay's frame interface: headers and masks, but no messages, and no check of text.
#include "ws_peers.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

namespace bench::peers {
namespace {

class wslay_frames final : public endpoint {
public:
  explicit wslay_frames(bool server) : server_(server) {
    const wslay_frame_callbacks calls{
        [](const std::uint8_t *, std::size_t size, int, void *self) {
          static_cast<wslay_frames *>(self)->sent_ += size;
          clobber();
          return static_cast<ssize_t>(size);
        },
        [](std::uint8_t *to, std::size_t size, int, void *self) {
          return static_cast<wslay_frames *>(self)->read(to, size);
        },
        [](std::uint8_t *to, std::size_t size, void *self) {
          const std::uint32_t key =
              static_cast<wslay_frames *>(self)->random_.next(); // cheaper than one that is safe
          std::memcpy(to, &key, std::min(size, sizeof key));
          return 0;
        }};
    wslay_frame_context_init(&context_, &calls, this);
  }
  ~wslay_frames() override { wslay_frame_context_free(context_); }

  std::size_t receive(char *data, const std::vector<std::size_t> &ends, std::size_t) override {
    std::size_t messages = 0;
    std::uint64_t left = 0; // of a frame of which a piece came
    data_ = data;
    at_ = 0;
    for (const std::size_t end : ends) {
      end_ = end;
      wslay_frame_iocb frame{};
      for (;;) {
        const ssize_t size = wslay_frame_recv(context_, &frame);
        if (size == WSLAY_ERR_WANT_READ) break;
        if (size < 0) return 0;
        keep(frame);
        left = (left != 0 ? left : frame.payload_length) - static_cast<std::uint64_t>(size);
        messages += left == 0 && frame.fin && frame.opcode < 8;
      }
    }
    clobber();
    return messages;
  }
  std::size_t send(std::string_view text) override {
    wslay_frame_iocb frame{};
    frame.fin = 1;
    frame.opcode = WSLAY_TEXT_FRAME;
    frame.mask = !server_;
    frame.payload_length = frame.data_length = text.size();
    frame.data = reinterpret_cast<const std::uint8_t *>(text.data());
    sent_ = 0;
    return wslay_frame_send(context_, &frame) == static_cast<ssize_t>(text.size()) ? sent_ : 0;
  }

private:
  ssize_t read(std::uint8_t *to, std::size_t size) {
    size = std::min(size, end_ - at_);
    if (size == 0) return -1;
    std::memcpy(to, data_ + at_, size);
    at_ += size;
    return static_cast<ssize_t>(size);
  }

  wslay_frame_context_ptr context_ = nullptr;
  bool server_;
  const char *data_ = nullptr;
  std::size_t at_ = 0, end_ = 0, sent_ = 0;
  random random_{1};
};

} // namespace

std::unique_ptr<endpoint> wslay_frames_endpoint(bool server) {
  return std::make_unique<wslay_frames>(server);
}

} // namespace bench::peers
