// Which requests still wait for their final response (RFC 9112 §9.2).
#pragma once

#include "method.hpp"

#include <cstddef>
#include <cstdint>

namespace coax::inline v0_1::http {

/// What a client has to remember of a request until its final response has begun.
struct outstanding_request {
  bool head = false;       ///< HEAD: the response has no body
  bool connect = false;    ///< CONNECT: a 2xx opens a tunnel
  bool idempotent = false; ///< it may be sent again if it stays unanswered (RFC 9110 §9.2.2)
  bool upgrade = false;    ///< it offered another protocol

  /// The method as far as framing goes.
  constexpr http::method method() const noexcept {
    return head ? method::head : connect ? method::connect : method::get;
  }
};

/// A queue of sixteen such requests in eight bytes.
class request_queue {
public:
  static constexpr std::size_t capacity = 16;

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool full() const noexcept { return size_ == capacity; }
  /// The request `i` places behind the oldest. Precondition: `i < size()`.
  constexpr outstanding_request operator[](std::size_t i) const noexcept {
    const std::uint64_t bits = bits_ >> (4 * i);
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
  }
  /// Precondition: not full().
  constexpr void push(outstanding_request r) noexcept {
    const unsigned bits =
        (r.head ? 1u : 0u) | (r.connect ? 2u : 0u) | (r.idempotent ? 4u : 0u) | (r.upgrade ? 8u : 0u);
    bits_ |= std::uint64_t{bits} << (4 * size_);
    ++size_;
  }
  /// Precondition: not empty.
  constexpr void pop() noexcept {
    bits_ >>= 4;
    --size_;
  }

private:
  std::uint64_t bits_ = 0;
  std::uint8_t size_ = 0;
};

} // namespace coax::inline v0_1::http
