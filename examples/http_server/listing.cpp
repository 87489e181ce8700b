#include "listing.hpp"

#include <coax/uri/percent.hpp>

#include <array>
#include <dirent.h>
#include <memory>

namespace http_server {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += c;
    }
  return out;
}

std::string link(const dirent &entry) {
  const std::string_view name = entry.d_name;
  std::array<char, 3 * sizeof entry.d_name> encoded;
  const auto size = coax::uri::percent_encode(name, coax::uri::component::segment, encoded).size;
  const std::string_view slash = entry.d_type == DT_DIR ? "/" : "";
  // "./": a colon in the name would make it look like a scheme
  std::string out = "<li><a href=\"./";
  out.append(escaped({encoded.data(), size})).append(slash).append("\">");
  return out.append(escaped(name)).append(slash).append("</a></li>\n");
}

bool is_shown(const dirent &entry) {
  if (entry.d_name[0] == '.') return false;
  return entry.d_type == DT_REG || entry.d_type == DT_DIR || entry.d_type == DT_LNK ||
         entry.d_type == DT_UNKNOWN;
}

class listing_content final : public content {
public:
  listing_content(file_descriptor directory, std::string_view uri_path, bool with_trailers)
      : directory_(::fdopendir(directory.release())), with_trailers_(with_trailers) {
    const std::string title = "Index of " + escaped(uri_path);
    line_ = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>" + title +
            "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n";
  }

  std::optional<std::uint64_t> size() const override { return {}; }

  std::size_t read(std::span<char> out) override {
    std::size_t size = 0;
    while (size < out.size() && (taken_ < line_.size() || next_line())) {
      const std::size_t n = line_.copy(out.data() + size, out.size() - size, taken_);
      taken_ += n;
      size += n;
    }
    return size;
  }

  void write_trailers(http::trailer_writer &trailers) const override {
    if (with_trailers_) trailers.field("X-Entries", std::to_string(entries_));
  }

private:
  /// Puts what comes next into line_. False at the end of the page.
  bool next_line() {
    taken_ = 0;
    line_.clear();
    if (directory_ == nullptr) return false;
    while (const dirent *entry = ::readdir(directory_.get())) {
      if (!is_shown(*entry)) continue;
      ++entries_;
      line_ = link(*entry);
      return true;
    }
    directory_.reset();
    line_ = "</ul>\n</body>\n</html>\n";
    return true;
  }

  struct close_directory {
    void operator()(DIR *directory) const { ::closedir(directory); }
  };
  std::unique_ptr<DIR, close_directory> directory_; // null at the end
  std::string line_;
  std::size_t taken_ = 0; // octets of line_ that were read
  std::uint64_t entries_ = 0;
  bool with_trailers_;
};

} // namespace

answer listing(file_descriptor directory, std::string_view uri_path, bool with_trailers) {
  answer out;
  out.fields.emplace_back(http::field_id::content_type, "text/html; charset=utf-8");
  if (with_trailers) out.fields.emplace_back(http::field_id::trailer, "X-Entries");
  out.content = std::make_unique<listing_content>(std::move(directory), uri_path, with_trailers);
  return out;
}

} // namespace http_server
