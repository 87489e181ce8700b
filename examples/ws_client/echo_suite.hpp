// The client's side of a conformance suite whose server runs the cases.
#pragma once

#include "arguments.hpp"
#include "failure.hpp"

#include <http_client/trace.hpp>

namespace ws_client {

/// Asks BASE/getCaseCount how many cases there are, connects to BASE/runCase?case=N&agent=coax for each and
/// sends back every message as it came, and has the report written by BASE/updateReports?agent=coax. Tells
/// on standard error how it goes. How a case ends is no failure; not being able to connect is.
failure run_echo_suite(const arguments &wanted, const http_client::trace &log);

} // namespace ws_client
