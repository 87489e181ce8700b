// Bytes that wait to be sent.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

/// A bounded send buffer: messages are written into room(), the socket takes from pending().
class outbox {
public:
  std::span<char> room() {
    std::copy(bytes_.begin() + begin_, bytes_.begin() + end_, bytes_.begin());
    end_ -= begin_;
    begin_ = 0;
    return std::span(bytes_).subspan(static_cast<std::size_t>(end_));
  }
  void commit(std::size_t n) { end_ += static_cast<std::ptrdiff_t>(n); }
  void put(std::string_view text) {
    std::copy(text.begin(), text.end(), room().begin());
    commit(text.size());
  }

  std::string_view pending() const {
    return {bytes_.data() + begin_, static_cast<std::size_t>(end_ - begin_)};
  }
  void consume(std::size_t n) { begin_ += static_cast<std::ptrdiff_t>(n); }
  bool empty() const { return begin_ == end_; }

private:
  std::array<char, 65536> bytes_;
  std::ptrdiff_t begin_ = 0, end_ = 0;
};
