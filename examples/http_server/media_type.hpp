// The media type of a file, by its name.
#pragma once

#include <string_view>

namespace http_server {

/// application/octet-stream if the name tells nothing.
std::string_view media_type(std::string_view file_name);

} // namespace http_server
