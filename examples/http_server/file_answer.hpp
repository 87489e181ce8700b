// A file as an answer: whole, in parts, or not at all because the client has it already.
#pragma once

#include "answer.hpp"
#include "file_tree.hpp"

#include <coax/http/head.hpp>

#include <string_view>

namespace http_server {

/// Answers a GET or HEAD for a file, with its conditions and ranges (RFC 9110 §13, §14).
answer file_answer(const http::request &request, opened found, std::string_view type);

} // namespace http_server
