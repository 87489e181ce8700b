// One connection: bytes from the socket into the codec, what it says into answers, answers into the socket.
#pragma once

#include "answer.hpp"
#include "common/file_descriptor.hpp"
#include "common/poller.hpp"
#include "output.hpp"
#include "service.hpp"
#include "timers.hpp"

#include <coax/http/server.hpp>

#include <memory>
#include <string>

namespace http_server {

using net::file_descriptor;
using net::interest;

class peer {
public:
  peer(file_descriptor socket, service &common) : socket_(std::move(socket)), common_(common) {}

  /// The socket is ready for what wants() said.
  void on_ready();
  /// The time for waits_for() is over; `stalled` tells that hardly a byte passed meanwhile.
  void on_timeout(bool stalled);
  /// The server is going to stop: finish what is under way, and close.
  void finish();

  /// Whether the socket can be closed. Nothing else is to be called then.
  bool is_over() const noexcept { return over_; }
  interest wants() const noexcept;
  pending waits_for() const noexcept;
  /// Octets of bodies received and of responses sent.
  std::uint64_t progress() const noexcept { return received_ + sent_; }
  int fd() const noexcept { return socket_.get(); }

private:
  bool has_output() const noexcept { return buffers_ != nullptr && !buffers_->out.empty(); }

  void receive();
  void advance();
  bool converse();
  void begin(const http::request &request, const http::framing &framing);
  void refuse(http::errc why);
  void respond();
  bool send_content();
  void put(const coax::written<http::errc> &what);
  void follow_duty();

  file_descriptor socket_;
  service &common_;
  http::server http_{};
  answer answer_{};                    // to the request that is being received
  std::unique_ptr<content> content_{}; // of the response that is being sent
  std::unique_ptr<buffers> buffers_{}; // only while there is something in them
  std::string asked_ = "-";            // for the log
  std::uint64_t requests_ = 0, received_ = 0, sent_ = 0;
  bool waits_for_input_ = true; // else for the output to drain, or for its turn
  bool input_ended_ = false;
  bool lingering_ = false; // nothing more is sent: what still arrives is dropped
  bool over_ = false;
};

} // namespace http_server
