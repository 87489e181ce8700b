// SHA-1 for the opening handshake, by OpenSSL's libcrypto.
#pragma once

#include "../websocket/key.hpp"

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

// Whether libcrypto's own SHA-1 can be called without its providers, which OpenSSL 3 calls deprecated.
#if !defined(OPENSSL_NO_DEPRECATED_3_0) && !defined(OPENSSL_IS_BORINGSSL) &&                                 \
    OPENSSL_VERSION_NUMBER < 0x40000000L
#define COAX_HAS_DIRECT_SHA1 1
#endif

namespace coax::inline v0_1::openssl {

/// Computes SHA-1 for websocket::accept() and websocket::check(), by whatever implementation OpenSSL chooses
/// for EVP. Holds a fetched digest and a context, which are expensive to get and cheap to use again: keep one
/// for each thread. libcrypto allocates when one is made; what cannot be allocated, or a provider that has no
/// SHA-1, makes the digests all zeros, with which no handshake succeeds.
class provided_sha1 {
public:
  provided_sha1() noexcept : digest_(fetch()), context_(EVP_MD_CTX_new()) {
    if (digest_ == nullptr || context_ == nullptr || EVP_DigestInit_ex(context_, digest_, nullptr) != 1) {
      EVP_MD_CTX_free(context_);
      context_ = nullptr;
    }
  }
  provided_sha1(provided_sha1 &&other) noexcept : digest_(other.digest_), context_(other.context_) {
    other.digest_ = nullptr;
    other.context_ = nullptr;
  }
  provided_sha1 &operator=(provided_sha1 &&other) noexcept {
    std::swap(digest_, other.digest_);
    std::swap(context_, other.context_);
    return *this;
  }
  provided_sha1(const provided_sha1 &) = delete;
  provided_sha1 &operator=(const provided_sha1 &) = delete;
  ~provided_sha1() {
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
static_assert(websocket::sha1<provided_sha1>);

#ifdef COAX_HAS_DIRECT_SHA1

/// The same by libcrypto's SHA-1 itself, in less than two thirds of the time: OpenSSL 3 comes to it through a
/// provider. Nothing is held or allocated, and nothing can fail.
class direct_sha1 {
public:
  constexpr explicit operator bool() const noexcept { return true; }

  std::array<char, 20> operator()(std::span<const char> message) const noexcept {
    const auto *const bytes = reinterpret_cast<const unsigned char *>(message.data());
    const std::size_t whole = message.size() / block * block, rest = message.size() - whole;
    std::array<unsigned char, 2 * block> end{}; // FIPS 180-4 §5.1.1
    std::copy_n(bytes + whole, rest, end.begin());
    end[rest] = 0x80;
    const std::size_t size = rest < block - 8 ? block : 2 * block;
    const std::uint64_t bits = std::uint64_t{message.size()} * 8;
    for (std::size_t i = 1; i <= 8; ++i) end[size - i] = static_cast<unsigned char>(bits >> (8 * (i - 1)));

    SHA_CTX state;
    begin(state);
    for (std::size_t at = 0; at < whole; at += block) transform(state, bytes + at);
    for (std::size_t at = 0; at < size; at += block) transform(state, end.data() + at);

    std::array<char, 20> out{};
    std::size_t at = 0;
    for (const std::uint32_t word : {state.h0, state.h1, state.h2, state.h3, state.h4})
      for (const int shift : {24, 16, 8, 0})
        out[at++] = static_cast<char>(static_cast<unsigned char>(word >> shift & 0xFF));
    return out;
  }

private:
  static constexpr std::size_t block = 64;

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#elif defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4996)
#endif
  static void begin(SHA_CTX &state) noexcept { SHA1_Init(&state); }
  static void transform(SHA_CTX &state, const unsigned char *at) noexcept { SHA1_Transform(&state, at); }
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(pop)
#endif
};
static_assert(websocket::sha1<direct_sha1>);

/// The faster of them that there is. Keep one for each thread.
using sha1 = direct_sha1;
#else
using sha1 = provided_sha1;
#endif

} // namespace coax::inline v0_1::openssl
