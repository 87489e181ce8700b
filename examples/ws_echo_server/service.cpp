#include "service.hpp"

#include <coax/fields/date.hpp>

namespace ws_echo {

service::service(const settings &how_, transport_source &transports_)
    : how(how_), transports(transports_), subprotocols(how.subprotocols.begin(), how.subprotocols.end()),
      origins(how.origins.begin(), how.origins.end()) {
  limits.frame = limits.message = how.max_message;
  limits.fragments = how.max_fragments;
}

std::string_view service::date() {
  if (const std::time_t now = std::time(nullptr); now != date_of_) {
    date_of_ = now;
    date_text_ = coax::values::imf_fixdate(now);
  }
  return {date_text_.data(), date_text_.size()};
}

} // namespace ws_echo
