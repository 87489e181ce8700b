// Conditional requests: what the fields of a request demand, given the state of what it asks for.
#pragma once

#include "answer.hpp"

#include <coax/fields/precondition.hpp>
#include <coax/http/head.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace http_server {

namespace values = coax::values;

/// All lines of a field, joined by commas; nothing if there is none.
std::optional<std::string> joined(const http::fields &fields, std::string_view name);

/// Evaluates the conditions of `request` (RFC 9110 §13.2).
values::evaluated evaluate(const http::request &request, const values::representation &state);

/// What to answer if the conditions do not let the request through; `unchanged` is the answer without content
/// for a client that has the current representation already.
std::optional<answer> refusal(const values::evaluated &conditions, answer unchanged = {});

} // namespace http_server
