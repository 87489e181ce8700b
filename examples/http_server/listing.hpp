// The names in a directory, as a page of links.
#pragma once

#include "answer.hpp"
#include "common/file_descriptor.hpp"

#include <string_view>

namespace http_server {

using net::file_descriptor;

/// Answers with what is in `directory`, in the order in which the system tells it: the page is made while it
/// is sent, so that its size does not matter. The number of entries is known at its end: a trailer tells it
/// to those who take trailers.
answer listing(file_descriptor directory, std::string_view uri_path, bool with_trailers);

} // namespace http_server
