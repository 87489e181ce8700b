// Bytes as they may stand in JSON.
#pragma once

#include <string>
#include <string_view>

namespace inspect {

/// Each byte as the code point of the same number (ISO 8859-1), in UTF-8: nothing is lost.
std::string to_utf8(std::string_view bytes);

/// RFC 4648 §4, with padding.
std::string to_base64(std::string_view bytes);

} // namespace inspect
