// Small pieces of English.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inspect {

/// "1 octet", "2 octets".
std::string count(std::uint64_t n, std::string_view what);

/// The same for octets.
std::string octets(std::uint64_t n);

/// Breaks `text` at spaces into lines of at most `width` characters; longer words are cut. One line at least.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

} // namespace inspect
