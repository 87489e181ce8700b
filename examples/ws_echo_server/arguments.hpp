// The command line.
#pragma once

#include "settings.hpp"

namespace ws_echo {

inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 64; // as in BSD's sysexits.h

/// Reads the command line into `out`. False if the program is done: help was asked for, or something is
/// wrong; what there is to say was said, and `exit_status` is set.
bool read_arguments(int argc, char **argv, settings &out, int &exit_status);

} // namespace ws_echo
