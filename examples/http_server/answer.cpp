#include "answer.hpp"

#include <coax/http/status_code.hpp>

#include <algorithm>

namespace http_server {

namespace {

class text_content final : public content {
public:
  explicit text_content(std::string text) : text_(std::move(text)) {}

  std::optional<std::uint64_t> size() const override { return text_.size(); }

  std::size_t read(std::span<char> out) override {
    const std::size_t n = text_.copy(out.data(), out.size(), read_);
    read_ += n;
    return n;
  }

private:
  std::string text_;
  std::size_t read_ = 0;
};

} // namespace

answer text_answer(std::uint16_t code, std::string_view text) {
  answer out{.code = code};
  out.fields.emplace_back(http::field_id::content_type, "text/plain; charset=utf-8");
  out.content = std::make_unique<text_content>(std::string(text) + '\n');
  return out;
}

answer text_answer(std::uint16_t code) {
  return text_answer(code, std::to_string(code) + ' ' + std::string(http::reason_phrase(code)));
}

answer upload_report(std::uint64_t octets, const http::fields &trailers) {
  std::string text = std::to_string(octets) + " octets received, none kept";
  for (const http::field trailer : trailers)
    text.append("\ntrailer ").append(trailer.name).append(": ").append(trailer.value);
  return text_answer(200, text);
}

} // namespace http_server
