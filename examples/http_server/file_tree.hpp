// A directory of which nothing outside can be reached.
#pragma once

#include "common/file_descriptor.hpp"

#include <string>
#include <string_view>
#include <sys/stat.h>

namespace http_server {

using net::file_descriptor;

/// What was opened, or why it was not.
struct opened {
  file_descriptor file{};
  struct stat status {};
  int error = 0; ///< an errno; ENOENT also for what is neither a file nor a directory

  bool is_directory() const noexcept { return file && S_ISDIR(status.st_mode); }
  bool is_file() const noexcept { return file && S_ISREG(status.st_mode); }
};

class file_tree {
public:
  /// Ask error() whether `root` could be opened.
  explicit file_tree(const std::string &root);

  /// 0, or the errno.
  int error() const noexcept { return error_; }

  /// Opens what `path`, relative to the root, names: a file or a directory, never anything that could block
  /// or act. Symbolic links that leave the tree are not followed; where the system cannot tell, none is.
  opened open(const std::string &path) const;

private:
  file_descriptor root_;
  int error_ = 0;
};

/// The path below the root that the path of a URI names: its segments are decoded, once. Empty if it can name
/// nothing that is served: a segment is empty, begins with a dot, or holds a slash, a backslash or a NUL. The
/// root is "./"; a path that ends with a slash still does.
std::string to_file_path(std::string_view uri_path);

} // namespace http_server
