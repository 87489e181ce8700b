// Decides what a request is answered with.
#pragma once

#include "answer.hpp"
#include "file_tree.hpp"
#include "settings.hpp"

#include <coax/http/framing.hpp>
#include <coax/http/head.hpp>

namespace http_server {

class site {
public:
  explicit site(const settings &how) : tree_(how.answer_all ? "." : how.root), answer_all_(how.answer_all) {}

  /// Why the directory cannot be served: an errno, or 0.
  int error() const noexcept { return tree_.error(); }

  /// The answer to a request of which the head is there, to be sent when it has ended.
  answer choose(const http::request &request, const http::framing &framing) const;

private:
  answer find(const http::request &request, bool with_trailers) const;

  file_tree tree_;
  bool answer_all_;
};

} // namespace http_server
