// Everything.
#pragma once

#include "fields.hpp"
#include "http.hpp"
#include "websocket.hpp"
