#include "progress.hpp"

#include <array>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace http_client {

namespace {

std::string size_text(double octets) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; octets >= 1024 && unit + 1 < units.size(); ++unit) octets /= 1024;
  std::array<char, 32> out;
  std::snprintf(out.data(), out.size(), unit == 0 ? "%.0f %s" : "%.1f %s", octets, units[unit]);
  return out.data();
}

std::string time_text(double seconds) {
  const auto s = static_cast<std::uint64_t>(seconds + 0.5);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
}

} // namespace

void progress::begin(std::optional<std::uint64_t> total) {
  total_ = total;
  received_ = 0;
  begun_ = clock::now();
  next_ = begun_ + std::chrono::seconds(1);
}

void progress::update(std::uint64_t received) {
  received_ = received;
  if (!shown_ || clock::now() < next_) return;
  show();
  next_ = clock::now() + std::chrono::milliseconds(::isatty(STDERR_FILENO) != 0 ? 200 : 1000);
}

void progress::end() {
  if (!any_shown_) return;
  show();
  if (::isatty(STDERR_FILENO) != 0) std::cerr << '\n';
  any_shown_ = false;
}

void progress::show() {
  const std::string text = describe_progress(received_, total_, clock::now() - begun_);
  if (::isatty(STDERR_FILENO) != 0)
    std::cerr << '\r' << text << "\x1b[K" << std::flush; // in place of the last one
  else
    std::cerr << text << '\n';
  any_shown_ = true;
}

std::string describe_progress(std::uint64_t received, std::optional<std::uint64_t> total,
                              std::chrono::duration<double> elapsed) {
  const auto done = static_cast<double>(received);
  const double rate = elapsed.count() > 0 ? done / elapsed.count() : 0;
  std::string out = size_text(done);
  if (total && *total != 0) {
    const double all = static_cast<double>(*total);
    out += " of " + size_text(all) + ", " + std::to_string(static_cast<int>(100 * done / all)) + " %";
  }
  out += ", " + size_text(rate) + "/s";
  if (total && received < *total && rate > 0)
    out += ", " + time_text((static_cast<double>(*total) - done) / rate) + " left";
  return out;
}

} // namespace http_client
