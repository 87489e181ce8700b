// What came in a while: how many messages, and how old they were.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define WS_FEED_READS_JSON
#endif

namespace ws_feed {

class tally {
public:
#ifdef WS_FEED_READS_JSON
  static constexpr bool reads_json = true;
#else
  static constexpr bool reads_json = false;
#endif

  /// `member` of a message, unless it is empty, tells when it was sent: in milliseconds since 1970.
  explicit tally(std::string member) : member_(std::move(member)) {}

  void take(std::string_view message) {
    ++messages_;
    octets_ += message.size();
#ifdef WS_FEED_READS_JSON
    if (member_.empty()) return;
    const auto parsed = nlohmann::json::parse(message, nullptr, false);
    const auto found = parsed.find(member_);
    if (found == parsed.end() || !found->is_number()) return;
    const std::chrono::duration<double, std::milli> now = std::chrono::system_clock::now().time_since_epoch();
    const double age = now.count() - found->get<double>();
    ++timed_;
    sum_ += age;
    worst_ = std::max(worst_, age);
#endif
  }

  /// Prints a line about what came, if anything, and begins anew.
  void print(const std::string &of) {
    std::string age;
    if (timed_ != 0)
      age = ", " + std::to_string(sum_ / static_cast<double>(timed_)) + " ms old, at most " +
            std::to_string(worst_) + " ms";
    if (messages_ != 0)
      std::printf("%s: %zu messages, %zu octets%s\n", of.c_str(), messages_, octets_, age.c_str());
    std::fflush(stdout);
    *this = tally(member_);
  }

private:
  std::string member_;
  std::size_t messages_ = 0, octets_ = 0, timed_ = 0;
  double sum_ = 0, worst_ = 0;
};

} // namespace ws_feed
