// --verbose: what is sent and received, as lines on standard error.
#pragma once

#include "text.hpp"

#include <coax/http/leniency.hpp>

#include <iostream>
#include <string>
#include <string_view>

namespace http_client {

class trace {
public:
  explicit trace(bool on) noexcept : on_(on) {}

  void note(std::string_view text) const { line("* ", text); }
  /// A head or a trailer section.
  void sent(std::string_view section) const { lines("> ", section); }
  void received(std::string_view section) const { lines("< ", section); }
  /// Where the response departs from the RFCs.
  void tolerated(coax::http::deviations seen) const {
    for (unsigned bit = 0; bit < 16; ++bit)
      if (const auto d = static_cast<coax::http::deviation>(1u << bit); seen.has(d))
        note("tolerated: " + std::string(name(d)));
  }

private:
  void lines(std::string_view mark, std::string_view section) const {
    if (!on_) return;
    each_line(section, [&](std::string_view text) { line(mark, text); });
    line(mark, {});
  }
  void line(std::string_view mark, std::string_view text) const {
    if (on_) std::cerr << mark << visible(text) << '\n';
  }

  bool on_;
};

} // namespace http_client
