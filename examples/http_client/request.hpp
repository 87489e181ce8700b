// A request as this program makes one.
#pragma once

#include "upload.hpp"
#include "url.hpp"

#include <coax/http/client.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http_client {

struct request {
  std::string method = "GET";
  url where{};
  std::vector<std::pair<std::string, std::string>> fields{};
  login user{};
  login proxy_user{};    ///< for a proxy that this request is sent to
  bool by_proxy = false; ///< asked of a proxy, which passes it on
  bool expect = false;   ///< wait for 100 before the content is sent
  std::uint8_t minor = 1;
  upload *content = nullptr; ///< null: none

  bool has_content() const noexcept { return content != nullptr && content->exists(); }
  /// Whether a field of this name was given.
  bool gives(std::string_view name) const;
};

/// CONNECT: a request for a tunnel through a proxy.
request tunnel_to(const url &where, const login &proxy_user);

/// Sends `what` on `to`: the whole head is put into `out`.
problem write_head(const request &what, http::client &to, std::string &out);

} // namespace http_client
