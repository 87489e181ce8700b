// SHA-1 for the opening handshake, by OpenSSL's libcrypto.
#pragma once

#include "../websocket/key.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace coax::inline v0_1::openssl {

/// Computes SHA-1 for websocket::accept() and websocket::check(). Holds a fetched digest and a context, which
/// are expensive to get and cheap to use again: keep one for each thread. libcrypto allocates when one is
/// made; what cannot be allocated, or a provider that has no SHA-1, makes the digests all zeros, with which
/// no handshake succeeds.
class sha1 {
public:
  sha1() noexcept : digest_(fetch()), context_(EVP_MD_CTX_new()) {
    if (digest_ == nullptr || context_ == nullptr || EVP_DigestInit_ex(context_, digest_, nullptr) != 1) {
      EVP_MD_CTX_free(context_);
      context_ = nullptr;
    }
  }
  sha1(sha1 &&other) noexcept : digest_(other.digest_), context_(other.context_) {
    other.digest_ = nullptr;
    other.context_ = nullptr;
  }
  sha1 &operator=(sha1 &&other) noexcept {
    std::swap(digest_, other.digest_);
    std::swap(context_, other.context_);
    return *this;
  }
  sha1(const sha1 &) = delete;
  sha1 &operator=(const sha1 &) = delete;
  ~sha1() {
    EVP_MD_CTX_free(context_);
    release(digest_);
  }

  /// Whether it can compute anything.
  explicit operator bool() const noexcept { return context_ != nullptr; }

  std::array<char, 20> operator()(std::span<const char> message) noexcept {
    std::array<unsigned char, 20> bytes{};
    std::array<char, 20> out{};
    // Without the digest: naming the same one again costs as much as the hashing.
    if (!*this || EVP_DigestInit_ex(context_, nullptr, nullptr) != 1 ||
        EVP_DigestUpdate(context_, message.data(), message.size()) != 1 ||
        EVP_DigestFinal_ex(context_, bytes.data(), nullptr) != 1)
      return out;
    for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = static_cast<char>(bytes[i]);
    return out;
  }

private:
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
  using digest = EVP_MD *;
  static digest fetch() noexcept { return EVP_MD_fetch(nullptr, "SHA1", nullptr); }
  static void release(digest d) noexcept { EVP_MD_free(d); }
#else
  using digest = const EVP_MD *;
  static digest fetch() noexcept { return EVP_sha1(); }
  static void release(digest) noexcept {}
#endif

  digest digest_;
  EVP_MD_CTX *context_;
};
static_assert(websocket::sha1<sha1>);

} // namespace coax::inline v0_1::openssl
