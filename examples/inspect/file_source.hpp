// A file or standard input as a source.
#pragma once

#include "source.hpp"

#include <string>

namespace inspect {

class file_source final : public source {
public:
  /// Opens `path`; "-" is standard input. Ask error() whether that worked.
  explicit file_source(const std::string &path);
  ~file_source() override;

  std::size_t read(std::span<char> out) override;
  bool failed() const override { return error_ != 0; }
  bool answers_soon() override;

  /// What went wrong, in words: "NAME: why".
  std::string error() const;

private:
  std::string name_;
  int file_ = -1;
  int error_ = 0; // an errno
};

} // namespace inspect
