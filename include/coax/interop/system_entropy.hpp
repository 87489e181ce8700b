// Random octets from the operating system.
#pragma once

#include "../websocket/entropy.hpp"
#include "keystream.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#if defined(_WIN32)
#if defined(_MSC_VER)
#pragma comment(lib, "bcrypt")
#endif
// As <bcrypt.h> declares it. That header wants <windows.h>, whose macros nobody should get from here.
extern "C" long __stdcall BCryptGenRandom(void *algorithm, unsigned char *buffer, unsigned long size,
                                          unsigned long flags);
#elif defined(__linux__)
#include <cerrno>
#include <sys/random.h>
#elif defined(__APPLE__) || defined(__EMSCRIPTEN__)
#include <sys/random.h>
#include <unistd.h>
#elif defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__) ||       \
    defined(__sun)
#include <unistd.h>
#else
#error "coax knows no source of randomness on this system: give the writer one of your own"
#endif

namespace coax::inline v0_1::interop {

namespace detail {

/// Fills `out` by calls of `read(octets, size)`, of at most `most` octets each, that return how many octets
/// they wrote. 0 or less is a failure.
template <class Read> bool fill_by(std::span<char> out, std::size_t most, Read read) noexcept {
  while (!out.empty()) {
    const std::size_t size = std::min(out.size(), most);
    const auto done = static_cast<std::ptrdiff_t>(read(out.data(), size));
    if (done <= 0 || static_cast<std::size_t>(done) > size) return false;
    out = out.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

} // namespace detail

/// The operating system's cryptographically strong source: getrandom() on Linux, getentropy() on the BSDs and
/// macOS, BCryptGenRandom() on Windows (link bcrypt there, if the compiler is not Microsoft's). One system
/// call or more for each call. Waits, early after the start of a machine, until there is entropy. False if
/// the system refuses; there is no weaker source that it falls back to.
struct system_source {
  bool fill(std::span<char> out) noexcept {
#if defined(_WIN32)
    constexpr unsigned long preferred = 2; // BCRYPT_USE_SYSTEM_PREFERRED_RNG
    return detail::fill_by(out, std::size_t{1} << 20, [](char *octets, std::size_t size) {
      const long status = BCryptGenRandom(nullptr, reinterpret_cast<unsigned char *>(octets),
                                          static_cast<unsigned long>(size), preferred);
      return status >= 0 ? static_cast<std::ptrdiff_t>(size) : std::ptrdiff_t{-1};
    });
#elif defined(__linux__)
    return detail::fill_by(out, std::size_t{1} << 20, [](char *octets, std::size_t size) {
      ssize_t done;
      do done = ::getrandom(octets, size, 0);
      while (done < 0 && errno == EINTR); // a signal before the first octet
      return done;
    });
#else
    return detail::fill_by(out, 256, [](char *octets, std::size_t size) { // no more is allowed at once
      return ::getentropy(octets, size) == 0 ? static_cast<std::ptrdiff_t>(size) : std::ptrdiff_t{-1};
    });
#endif
  }
};

/// What a client draws its masking keys and nonces from: the operating system's source, expanded by ChaCha20,
/// as a system call for each key, or for each kibibyte of them, costs more than the rest of a small message.
/// See buffered_entropy for threads and forks.
///
///     interop::system_entropy random; // one for each thread
///     auto sent = client.text("Hello", random, out);
using system_entropy = websocket::buffered_entropy<keystream<system_source>, 992>; // and a key: 16 blocks

} // namespace coax::inline v0_1::interop
