// The command line.
#pragma once

#include "stream.hpp"

#include <string>

namespace inspect {

enum class color_mode : std::uint8_t { automatic, always, never };

struct arguments {
  settings how{};
  bool json = false;
  bool sizes = false;
  color_mode color = color_mode::automatic;
  std::string file = "-";
};

/// Reads the command line into `out`. False if the program is done: help was asked for, or something is
/// wrong; what there is to say was said, and `exit_status` is set.
bool read_arguments(int argc, char **argv, arguments &out, int &exit_status);

} // namespace inspect
