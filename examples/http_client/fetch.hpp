// A whole fetch: connections, exchanges, redirects, and where the response goes.
#pragma once

#include "arguments.hpp"
#include "connection.hpp"
#include "exchange.hpp"
#include "output.hpp"
#include "progress.hpp"

#include <memory>

namespace http_client {

class fetcher {
public:
  explicit fetcher(const arguments &wanted);

  problem run();

private:
  /// What became of one request.
  struct answer {
    std::uint16_t code = 0;
    std::string status{};   ///< "404 Not Found"
    std::string location{}; ///< where to go on, if to be followed
    bool follow = false;
    bool repeat_without_expect = false;
    bool shown = false;      ///< its body goes to the output
    bool enough = false;     ///< its body is not read to the end
    bool has_ranges = false; ///< the server can send a part
    std::optional<std::uint64_t> size{};
  };

  problem ask_once(answer &got);
  problem ensure_connection();
  problem connect();
  problem receive(exchange &talk, answer &got);
  problem take_head(const http::event &e, answer &got);
  problem take_data(const http::event &e, answer &got);
  problem take_end(const http::event &e, const answer &got);
  void tell_what_came(const answer &got, problem &trouble) const;
  problem finish(const answer &got);
  bool is_stale(const exchange &talk) const;
  std::string route() const;

  const arguments &wanted_;
  trace log_;
  request ask_;
  upload content_;
  output out_;
  progress progress_;
  std::unique_ptr<connection> connection_;
  std::string connected_to_;
};

} // namespace http_client
