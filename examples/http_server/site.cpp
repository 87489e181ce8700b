#include "site.hpp"

#include "conditions.hpp"
#include "file_answer.hpp"
#include "listing.hpp"
#include "media_type.hpp"

#include <coax/uri/target.hpp>

#include <cerrno>

namespace http_server {

namespace uri = coax::uri;

namespace {

answer allowing(answer out, std::string_view methods = "GET, HEAD, OPTIONS, POST, PUT") {
  out.fields.emplace_back(http::field_id::allow, methods);
  return out;
}

answer moved(const uri::target &target) {
  answer out = text_answer(301);
  std::string location = std::string(target.path) + '/';
  if (target.has_query) location.append("?").append(target.query);
  out.fields.emplace_back(http::field_id::location, location);
  return out;
}

answer failure(int error) {
  switch (error) {
  case EACCES:
  case EPERM: return text_answer(403);
  case EMFILE:
  case ENFILE:
  case ENOMEM:
  case EAGAIN: return text_answer(503);
  case EIO: return text_answer(500);
  default: return text_answer(404);
  }
}

} // namespace

answer site::choose(const http::request &request, const http::framing &framing) const {
  using http::method;
  if (answer_all_)
    return request.method == method::connect
               ? allowing(text_answer(405), "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH")
               : text_answer(200);
  if (framing.unknown_expectation) return text_answer(417);
  switch (request.method) {
  case method::get:
  case method::head: return find(request, framing.accepts_trailers);
  case method::options: return allowing({.code = 204});
  case method::post:
  case method::put:
    if (auto refused = refusal(evaluate(request, {}))) return std::move(*refused);
    return {.reports_upload = true};
  case method::other: return text_answer(501); // RFC 9110 §15.6.2: not even known
  default: return allowing(text_answer(405));
  }
}

answer site::find(const http::request &request, bool with_trailers) const {
  const uri::target target = uri::parse_target(request.target, false, uri::syntax::browser).value;
  const std::string path = to_file_path(target.path);
  if (path.empty()) return text_answer(404);
  opened found = tree_.open(path);
  if (found.error != 0) return failure(found.error);
  if (found.is_file()) return file_answer(request, std::move(found), media_type(path));
  if (path.back() != '/') return moved(target);

  opened index = tree_.open(path + "index.html");
  if (index.is_file()) return file_answer(request, std::move(index), media_type("index.html"));
  if (index.error != 0 && index.error != ENOENT) return failure(index.error);
  if (auto refused = refusal(evaluate(request, {}))) return std::move(*refused);
  return listing(std::move(found.file), target.path, with_trailers);
}

} // namespace http_server
