#include "file_tree.hpp"

#include <coax/uri/percent.hpp>

#include <cerrno>
#include <fcntl.h>

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

namespace http_server {

namespace uri = coax::uri;

namespace {

// O_NONBLOCK: opening a FIFO does not wait for somebody to write to it.
constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/// Component by component, without following any link.
file_descriptor open_plainly(int root, const std::string &path) {
  file_descriptor at(::openat(root, ".", flags | O_DIRECTORY));
  for (std::size_t first = 0; at && first < path.size();) {
    const std::size_t slash = path.find('/', first);
    const std::string name = path.substr(first, slash - first);
    const int directory = slash == std::string::npos ? 0 : O_DIRECTORY;
    at = file_descriptor(::openat(at.get(), name.c_str(), flags | O_NOFOLLOW | directory));
    first = slash == std::string::npos ? path.size() : slash + 1;
  }
  return at;
}

file_descriptor open_beneath(int root, const std::string &path) {
#ifdef SYS_openat2
  open_how how{};
  how.flags = flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  file_descriptor out(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
  if (out || (errno != ENOSYS && errno != EPERM)) return out;
#endif
  return open_plainly(root, path);
}

} // namespace

file_tree::file_tree(const std::string &root) : root_(::open(root.c_str(), flags | O_DIRECTORY)) {
  if (!root_) error_ = errno;
}

opened file_tree::open(const std::string &path) const {
  opened out;
  out.file = open_beneath(root_.get(), path);
  if (!out.file || ::fstat(out.file.get(), &out.status) != 0)
    out.error = errno;
  else if (!out.is_file() && !out.is_directory())
    out.error = ENOENT;
  if (out.error != 0) out.file = {};
  return out;
}

std::string to_file_path(std::string_view uri_path) {
  std::string out = "./";
  for (const std::string_view segment : uri::segments(uri_path)) {
    if (out.back() != '/') out += '/';
    if (segment.empty() && segment.data() + segment.size() == uri_path.data() + uri_path.size()) continue;
    std::string name(segment.size(), '\0');
    const uri::decoded decoded = uri::percent_decode(segment, name);
    if (!decoded) return {};
    name.resize(decoded.size);
    if (name.empty() || name.front() == '.' || name.find_first_of(std::string_view("/\\\0", 3)) != name.npos)
      return {};
    out += name;
  }
  return out;
}

} // namespace http_server
