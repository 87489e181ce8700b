// Bytes as visible ASCII: \r \n \t \0 \\ and \xNN for what cannot be printed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inspect {

/// How many columns visible() takes for `c`.
std::size_t visible_size(char c) noexcept;

/// All of `bytes`, however long that gets.
std::string visible(std::string_view bytes);

/// `bytes`, at most `width` columns: what does not fit is replaced by "..." (`width` >= 8).
std::string visible(std::string_view bytes, std::size_t width);

} // namespace inspect
