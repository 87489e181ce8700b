// What all connections share.
#pragma once

#include "output.hpp"
#include "settings.hpp"
#include "site.hpp"

#include <coax/core/inbox.hpp>
#include <coax/fields/date.hpp>
#include <coax/http/context.hpp>

#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

namespace http_server {

/// What a connection needs while a message passes. One that is idle has none.
struct buffers {
  coax::inbox<16 * 1024> in;
  output out;
};

struct service {
  service(const settings &how_, const site &pages_) : how(how_), pages(pages_) { limits.body = how.max_body; }
  service(const service &) = delete;
  service &operator=(const service &) = delete;

  std::unique_ptr<buffers> take_buffers() {
    if (spare_.empty()) return std::make_unique_for_overwrite<buffers>();
    std::unique_ptr<buffers> out = std::move(spare_.back());
    spare_.pop_back();
    return out;
  }
  /// They have to be empty.
  void give_back(std::unique_ptr<buffers> used) {
    if (used != nullptr && spare_.size() < 64) spare_.push_back(std::move(used));
  }

  /// The value of Date, as of now.
  std::string_view date() {
    if (const std::time_t now = std::time(nullptr); now != date_of_) {
      date_of_ = now;
      date_text_ = coax::values::imf_fixdate(now);
    }
    return {date_text_.data(), date_text_.size()};
  }

  const settings &how;
  const site &pages;
  /// A whole head, and a whole trailer section, fit into buffers::in.
  http::limits limits{.request_line = 8192, .field_line = 8192, .head = 16'000, .trailers = 8192};
  std::array<http::field_ref, 100> table{};
  http::context context{.table = table, .limits = limits};
  std::array<char, 16 * 1024> scratch{};

private:
  std::vector<std::unique_ptr<buffers>> spare_;
  std::time_t date_of_ = -1;
  std::array<char, 29> date_text_{};
};

} // namespace http_server
