// What the parts of a message mean, in a few words.
#pragma once

#include "sink.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace inspect {

std::string about_start_line(const message_head &head);

/// Empty for the many fields that mean nothing to the codec.
std::string about_field(const message_head &head, const http::field &field);

/// What the head as a whole says about body and connection.
std::string about_head(const message_head &head);

/// The deviations in `now` that were not in `before`, each as one sentence.
std::vector<std::string_view> about_deviations(http::deviations now, http::deviations before);

} // namespace inspect
