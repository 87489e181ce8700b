// Redirects of the opening handshake (RFC 6455 §4.1), followed step by step.
#pragma once

#include "../uri/resolve.hpp"
#include "../uri/uri.hpp"
#include "errc.hpp"
#include "url.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::websocket {

/// Where a redirect leads.
struct hop {
  errc ec = errc::ok; ///< bad_redirect, insecure_redirect, too_many_redirects, buffer_too_small
  uri::parts to{};    ///< when ok: a ws or wss URI, whose views point into the span that was passed
  /// Whether Authorization, Cookie and the like may go along: scheme, host and port are the same.
  bool keep_credentials = false;
  std::size_t required = 0; ///< with buffer_too_small
};

/// Follows redirects. Each hop is a new attempt: a new connection, a new nonce, a new offer. Redirects are
/// followed only where the program wants it, as the server decides where the page's data goes.
///
///     redirects following;
///     hop next = following.follow(asking.to, location, store);  // store: not the one asking.to points into
class redirects {
public:
  constexpr redirects() noexcept = default;
  /// At most `cap` hops in all.
  constexpr explicit redirects(std::uint8_t cap) noexcept : left_(cap) {}

  /// Resolves the value of Location, and judges it. http stands for ws and https for wss; a fragment is
  /// dropped. From wss nothing leads to ws. Counts the hop in any case. `store` must overlap neither `from`
  /// nor `location`.
  constexpr hop follow(const uri::parts &from, std::string_view location, std::span<char> store) noexcept {
    if (left_ == 0) return {errc::too_many_redirects};
    --left_;
    const std::string_view reference = location.substr(0, std::min(location.find('#'), location.size()));
    const uri::resolved whole = uri::resolve(from, reference, store);
    if (whole.ec == uri::errc::buffer_too_small) {
      ++left_;
      return {errc::buffer_too_small, {}, false, whole.required};
    }
    const uri::parsed next =
        whole ? parse_url({store.data(), whole.size}, {.map_http = true}) : uri::parsed{};
    if (!whole || !next) return {errc::bad_redirect};
    const uri::parts &to = next.value;
    if (uri::is_secure(from.scheme) && !uri::is_secure(to.scheme)) return {errc::insecure_redirect};
    const bool same = uri::is_secure(from.scheme) == uri::is_secure(to.scheme) && from.port() == to.port() &&
                      ascii::iequals(from.authority.host, to.authority.host);
    return {errc::ok, to, same};
  }

private:
  std::uint8_t left_ = 10;
};
static_assert(std::is_trivially_copyable_v<redirects> && sizeof(redirects) == 1);

} // namespace coax::inline v0_1::websocket
