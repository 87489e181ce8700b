// What the program ends with.
#pragma once

namespace inspect {

inline constexpr int exit_clean = 0;
inline constexpr int exit_protocol_error = 1;
inline constexpr int exit_incomplete = 2;
// the rest as in BSD's sysexits.h; an input that cannot be read counts as a wrong command line
inline constexpr int exit_usage = 64;
inline constexpr int exit_no_input = exit_usage;
inline constexpr int exit_no_output = 74;

} // namespace inspect
