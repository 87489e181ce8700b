// The command line.
#pragma once

#include "exit_status.hpp"

#include <coax/websocket/close_code.hpp>
#include <coax/websocket/deflate_offer.hpp>
#include <http_client/tls.hpp>
#include <http_client/url.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ws_client {

/// A ws or wss URL.
struct endpoint {
  std::string text{};       ///< in one piece, without userinfo
  http_client::url where{}; ///< the same as an http or https URL
};

struct arguments {
  endpoint to{};
  bool echo_suite = false; ///< `to` is the base URL of a conformance suite
  bool ping = false;
  coax::websocket::close_code close = coax::websocket::close_code::normal;
  std::optional<http_client::url> proxy{};
  std::vector<std::pair<std::string, std::string>> fields{};
  std::vector<std::string> subprotocols{};
  std::optional<coax::websocket::deflate_terms> deflate{}; ///< to be offered
  std::string origin{};
  http_client::tls_options tls{};
  bool verbose = false;
  http_client::clock::duration patience = std::chrono::seconds(60);
};

/// Reads the command line into `out`. False if the program is done: help was asked for, or something is
/// wrong; what there is to say was said, and `status` is set.
bool read_arguments(int argc, char **argv, arguments &out, exit_status &status);

} // namespace ws_client
