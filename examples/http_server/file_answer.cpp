#include "file_answer.hpp"

#include "conditions.hpp"

#include <coax/fields/boundary.hpp>
#include <coax/fields/content_range.hpp>
#include <coax/fields/date.hpp>
#include <coax/fields/multipart_writer.hpp>
#include <coax/fields/range.hpp>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <random>

namespace http_server {

namespace {

// From this age on the date of a file, which counts in seconds, tells its versions apart (RFC 9110 §8.8.2.2).
constexpr std::int64_t strong_age = 60;

/// Octets of a file, from `first` on.
class file_slice {
public:
  file_slice(file_descriptor file, values::byte_range range)
      : file_(std::move(file)), at_(range.first), left_(range.size) {}

  void go_to(values::byte_range range) noexcept {
    at_ = range.first;
    left_ = range.size;
  }
  std::uint64_t left() const noexcept { return left_; }

  /// 0 also if the file has become shorter, or cannot be read: the response then ends too early.
  std::size_t read(std::span<char> out) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, out.size()));
    const ssize_t n = ::pread(file_.get(), out.data(), most, static_cast<off_t>(at_));
    if (n <= 0) return 0;
    at_ += static_cast<std::uint64_t>(n);
    left_ -= static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  }

private:
  file_descriptor file_;
  std::uint64_t at_, left_;
};

class file_content final : public content {
public:
  file_content(file_descriptor file, values::byte_range range)
      : slice_(std::move(file), range), size_(range.size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  std::size_t read(std::span<char> out) override { return slice_.left() == 0 ? 0 : slice_.read(out); }

private:
  file_slice slice_;
  std::uint64_t size_;
};

/// multipart/byteranges (RFC 9110 §14.6).
class ranges_content final : public content {
public:
  ranges_content(file_descriptor file, std::uint64_t length, std::span<const values::byte_range> ranges,
                 std::string_view type, const values::boundary &boundary)
      : slice_(std::move(file), {}), length_(length), ranges_(ranges.begin(), ranges.end()), type_(type),
        frame_(boundary) {
    values::multipart_size size(boundary);
    for (const values::byte_range &range : ranges) size.add(part(range));
    size_ = size.total();
  }

  std::optional<std::uint64_t> size() const override { return size_; }

  std::size_t read(std::span<char> out) override {
    if (slice_.left() != 0) return slice_.read(out);
    if (next_ > ranges_.size()) return 0;
    if (next_++ == ranges_.size()) return frame_.end(out).size;
    const values::byte_range &range = ranges_[next_ - 1];
    slice_.go_to(range);
    return frame_.begin_part(part(range), out).size;
  }

private:
  values::byterange_part part(const values::byte_range &range) const {
    return {type_, values::to_content_range(range, length_)};
  }

  file_slice slice_;
  std::uint64_t length_, size_ = 0;
  std::vector<values::byte_range> ranges_;
  std::size_t next_ = 0; // the part that comes next; behind the last one comes the end
  std::string_view type_;
  values::multipart_writer frame_;
};

std::string hexadecimal(std::initializer_list<std::uint64_t> numbers) {
  std::string out;
  for (const std::uint64_t number : numbers) {
    char digits[18];
    std::snprintf(digits, sizeof digits, "%s%" PRIx64, out.empty() ? "" : "-", number);
    out += digits;
  }
  return out;
}

/// Changes whenever the file does, as far as the file system tells.
std::string entity_tag(const struct stat &status) {
#ifdef __APPLE__
  const timespec &modified = status.st_mtimespec;
#else
  const timespec &modified = status.st_mtim;
#endif
  return '"' +
         hexadecimal({std::uint64_t{status.st_ino}, static_cast<std::uint64_t>(status.st_size),
                      static_cast<std::uint64_t>(modified.tv_sec),
                      static_cast<std::uint64_t>(modified.tv_nsec)}) +
         '"';
}

std::string date(std::int64_t seconds) {
  const std::array<char, 29> text = values::imf_fixdate(seconds);
  return {text.data(), text.size()};
}

std::string content_range(const values::content_range &range) {
  std::array<char, 80> text;
  return {text.data(), values::write_content_range(range, text).size};
}

/// One that nobody can foresee, so that no file holds it.
values::boundary random_boundary() {
  std::random_device random;
  return values::make_boundary(hexadecimal({random(), random(), random(), random()})).value;
}

} // namespace

answer file_answer(const http::request &request, opened found, std::string_view type) {
  using http::field_id;
  const auto length = static_cast<std::uint64_t>(found.status.st_size);
  const std::int64_t now = std::time(nullptr);
  const std::int64_t modified = std::min<std::int64_t>(found.status.st_mtime, now); // RFC 9110 §8.8.2.1
  const std::string tag = entity_tag(found.status);

  answer out;
  out.fields = {{field_id::etag, tag}, {field_id::last_modified, date(modified)}};
  const values::evaluated conditions =
      evaluate(request, {.entity_tag = tag,
                         .has_last_modified = true,
                         .last_modified = modified,
                         .last_modified_is_strong = now - modified >= strong_age,
                         .now = now});
  if (auto refused = refusal(conditions, {.fields = out.fields})) return std::move(*refused);

  std::array<values::byte_range, values::default_limits.ranges> parts;
  values::range_answer form = values::range_answer::whole;
  std::span<const values::byte_range> ranges;
  if (conditions.use_range) {
    const auto resolved = values::resolve_ranges(*joined(request.fields, "Range"), length, parts);
    form = values::answer_for(resolved, length);
    ranges = std::span(parts).first(resolved.count);
  }

  out.fields.emplace_back(field_id::accept_ranges, "bytes");
  switch (form) {
  case values::range_answer::whole:
    out.fields.emplace_back(field_id::content_type, type);
    out.content = std::make_unique<file_content>(std::move(found.file), values::byte_range{0, length});
    break;
  case values::range_answer::single:
    out.code = 206;
    out.fields.emplace_back(field_id::content_type, type);
    out.fields.emplace_back(field_id::content_range,
                            content_range(values::to_content_range(ranges.front(), length)));
    out.content = std::make_unique<file_content>(std::move(found.file), ranges.front());
    break;
  case values::range_answer::multipart: {
    const values::boundary boundary = random_boundary();
    out.code = 206;
    out.fields.emplace_back(field_id::content_type,
                            "multipart/byteranges; boundary=" + std::string(boundary.view()));
    out.content = std::make_unique<ranges_content>(std::move(found.file), length, ranges, type, boundary);
    break;
  }
  case values::range_answer::unsatisfiable:
    out = text_answer(416);
    out.fields.emplace_back(field_id::content_range,
                            content_range({.length = length, .has_length = true, .unsatisfied = true}));
    break;
  }
  return out;
}

} // namespace http_server
