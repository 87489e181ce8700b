// The rows of a body: the first chunks and how their data begin, and the sum of what goes beyond.
#pragma once

#include "listing.hpp"

#include <cstdint>
#include <string_view>

namespace inspect {

class text_body {
public:
  explicit text_body(listing &rows) noexcept : rows_(rows) {}

  /// A new body begins.
  void reset() noexcept;
  void chunk(std::uint64_t offset, std::string_view line, std::string_view extensions);
  void data(std::uint64_t offset, std::string_view octets);
  /// Lists the sum of what was left out.
  void flush();

  std::uint64_t octets() const noexcept { return octets_; }
  /// Chunks with data.
  std::uint64_t chunks() const noexcept { return chunks_; }

private:
  static constexpr std::uint64_t chunks_shown = 8;

  listing &rows_;
  std::uint64_t octets_ = 0, chunks_ = 0;
  bool hides_ = false; // whether data go into the sum

  struct {
    std::uint64_t offset = 0, octets = 0, chunks = 0;
  } hidden_;
};

} // namespace inspect
