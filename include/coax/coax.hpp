// Everything.
#pragma once

#include "http.hpp"
