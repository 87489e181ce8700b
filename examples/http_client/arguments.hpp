// The command line.
#pragma once

#include "redirect.hpp"
#include "request.hpp"
#include "tls.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace http_client {

enum class progress_mode : std::uint8_t { automatic, always, never };

struct arguments {
  request ask{}; ///< all but the content
  std::optional<std::string> data{};
  bool chunked = false;
  std::optional<url> proxy{};
  login proxy_user{};
  redirect_policy redirects{};
  tls_options tls{};
  std::string output = "-";
  bool include = false;
  bool fail = false;
  bool verbose = false;
  progress_mode progress = progress_mode::automatic;
  clock::duration patience = std::chrono::seconds(60);
};

/// Reads the command line into `out`. False if the program is done: help was asked for, or something is
/// wrong; what there is to say was said, and `status` is set.
bool read_arguments(int argc, char **argv, arguments &out, exit_status &status);

} // namespace http_client
