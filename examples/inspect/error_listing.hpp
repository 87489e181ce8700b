// An error: the line, a caret under the byte, the rule that was broken, and what to do about it.
#pragma once

#include "listing.hpp"
#include "sink.hpp"

namespace inspect {

/// `hint` is one more remark, or empty.
void list_error(listing &rows, const failure &what, std::string_view hint);
void list_error(listing &rows, const frame_failure &what, std::string_view hint);

} // namespace inspect
