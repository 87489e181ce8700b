// Where the bytes of a connection come from.
#pragma once

#include <cstddef>
#include <span>

namespace inspect {

class source {
public:
  source() = default;
  source(const source &) = delete;
  source &operator=(const source &) = delete;
  virtual ~source() = default;

  /// Waits for bytes and puts them into `out`. Returns how many; 0 at the end of the input or when it fails.
  virtual std::size_t read(std::span<char> out) = 0;
  /// Whether the last 0 was a failure.
  virtual bool failed() const { return false; }
  /// Whether read() will answer within a moment.
  virtual bool answers_soon() { return true; }
};

} // namespace inspect
