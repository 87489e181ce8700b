#include "conditions.hpp"

namespace http_server {

namespace {

values::conditional_method to_conditional(http::method method) {
  switch (method) {
  case http::method::get: return values::conditional_method::get;
  case http::method::head: return values::conditional_method::head;
  default: return values::conditional_method::other;
  }
}

values::optional_value view(const std::optional<std::string> &value) {
  return value ? values::optional_value(*value) : values::optional_value();
}

} // namespace

std::optional<std::string> joined(const http::fields &fields, std::string_view name) {
  if (!fields.contains(name)) return {};
  std::string out(fields.combined(name, {}).required, '\0');
  out.resize(fields.combined(name, out).size);
  return out;
}

values::evaluated evaluate(const http::request &request, const values::representation &state) {
  const auto if_match = joined(request.fields, "If-Match");
  const auto if_none_match = joined(request.fields, "If-None-Match");
  const auto if_modified_since = joined(request.fields, "If-Modified-Since");
  const auto if_unmodified_since = joined(request.fields, "If-Unmodified-Since");
  const auto if_range = joined(request.fields, "If-Range");
  const auto range = joined(request.fields, "Range");
  return values::evaluate({.method = to_conditional(request.method),
                           .if_match = view(if_match),
                           .if_none_match = view(if_none_match),
                           .if_modified_since = view(if_modified_since),
                           .if_unmodified_since = view(if_unmodified_since),
                           .if_range = view(if_range),
                           .range = view(range)},
                          state);
}

std::optional<answer> refusal(const values::evaluated &conditions, answer unchanged) {
  switch (conditions.outcome) {
  case values::condition_outcome::proceed: return {};
  case values::condition_outcome::not_modified: unchanged.code = 304; return unchanged;
  case values::condition_outcome::precondition_failed: return text_answer(412);
  case values::condition_outcome::malformed: break;
  }
  return text_answer(400, "a condition is not a list of entity tags");
}

} // namespace http_server
