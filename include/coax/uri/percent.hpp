// Percent-encoding (RFC 3986 §2.1): of one component at a time, after the URI has been taken apart.
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "../core/fault.hpp"
#include "../core/number.hpp"
#include "../core/outcome.hpp"
#include "../core/scan.hpp"
#include "errc.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace coax::inline v0_1::uri {

/// Where encoded octets are going to stand, which decides what need not be encoded there.
enum class component : std::uint8_t {
  userinfo, ///< user or password: unreserved / sub-delims
  host,     ///< a registered name: unreserved / sub-delims
  segment,  ///< one segment of a path: pchar, not "/". A segment "." or ".." cannot be protected by encoding.
  path,     ///< a whole path: pchar / "/"
  query,    ///< a whole query, its "&" and "=" included: pchar / "/" / "?"
  fragment, ///< pchar / "/" / "?"
  datum,    ///< one name or value within a query, or within anything else: unreserved only
};

/// The outcome of decoding. With bad_uri, `why` tells which octet of the input spoils a percent-encoding.
struct [[nodiscard]] decoded : written<errc> {
  fault why{};
};

namespace detail {

/// A fault at `at`; offsets that it cannot hold become its largest.
constexpr fault fault_at(std::size_t at, element what) noexcept {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  return {static_cast<std::uint32_t>(at < most ? at : most), what};
}

constexpr written<errc> finish(std::size_t required, std::span<char> out) noexcept {
  if (required > out.size()) return {errc::buffer_too_small, 0, required};
  return {errc::ok, required, required};
}

/// The octet that a percent-encoding at `text[at]` stands for, or -1 if there is none.
constexpr int encoded_octet(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 3 || text[at] != '%') return -1;
  const std::uint8_t high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 16 && low < 16 ? high * 16 + low : -1;
}

/// For a "%" at `text[at]` that begins no percent-encoding: the offset of the octet that spoils it, or the
/// text's size if it is cut off.
constexpr std::size_t spoiled_at(std::string_view text, std::size_t at) noexcept {
  return find_outside(text.substr(0, at + 2), at + 1, ascii::hexdig);
}

/// The first octet that spoils a percent-encoding, or npos.
constexpr std::size_t find_percent_error(std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3))
    if (encoded_octet(text, at) < 0) return spoiled_at(text, at);
  return std::string_view::npos;
}

/// The first octet that is neither in `set` nor part of a percent-encoding, or that spoils one; or npos.
constexpr std::size_t find_component_error(std::string_view text, ascii::char_set set) noexcept {
  for (std::size_t at = 0;; at += 3) {
    at = find_outside(text, at, set);
    if (at == text.size()) return std::string_view::npos;
    if (text[at] != '%') return at;
    if (encoded_octet(text, at) < 0) return spoiled_at(text, at);
  }
}

constexpr void put_octet(bounded_writer &to, char octet, bool encoded) noexcept {
  const unsigned value = static_cast<unsigned char>(octet);
  if (!encoded) {
    to.put(octet);
    return;
  }
  to.put('%').put("0123456789ABCDEF"[value >> 4]).put("0123456789ABCDEF"[value & 15]); // §2.1: upper case
}

/// The octets that may stand for themselves in a component.
constexpr ascii::char_set unencoded(component c) noexcept {
  constexpr ascii::char_set pchar = ascii::unreserved | ascii::sub_delims | ascii::pchar_mark;
  switch (c) {
  case component::userinfo:
  case component::host: return ascii::reg_name;
  case component::segment: return pchar;
  case component::path: return ascii::path;
  case component::query:
  case component::fragment: return ascii::query;
  default: return ascii::unreserved;
  }
}

/// Decodes into `out`, which may begin where `text` does.
constexpr decoded decode(std::string_view text, std::span<char> out) noexcept {
  bounded_writer to(out);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int octet = encoded_octet(text, at);
    to.put(octet < 0 ? text[at] : static_cast<char>(static_cast<unsigned char>(octet)));
    if (octet >= 0) at += 2;
  }
  return {finish(to.required(), out), {}};
}

} // namespace detail

/// Decodes one component, once: "%2F" becomes "/", "%00" a null octet, "%2541" becomes "%41" and stays that.
/// What comes out are octets without structure: split first (see segments), decode then, never decode twice
/// (RFC 3986 §2.4, §7.3). "+" is not a space here. `out` must not overlap `text`. Linear.
constexpr decoded percent_decode(std::string_view text, std::span<char> out) noexcept {
  const std::size_t bad = detail::find_percent_error(text);
  if (bad != std::string_view::npos) return {{errc::bad_uri}, detail::fault_at(bad, element::none)};
  return detail::decode(text, out);
}

/// The same, over the text itself: its first `size` octets are then the decoded ones. When the text is bad,
/// it is left as it was.
constexpr decoded percent_decode_in_place(std::span<char> text) noexcept {
  const std::string_view view(text.data(), text.size());
  const std::size_t bad = detail::find_percent_error(view);
  if (bad != std::string_view::npos) return {{errc::bad_uri}, detail::fault_at(bad, element::none)};
  return detail::decode(view, text);
}

/// Encodes any octets so that they may stand in component `c`. "%" is encoded too, so that decoding gives
/// the same octets back. Linear; the output is at most three times as long.
constexpr written<errc> percent_encode(std::string_view octets, component c, std::span<char> out) noexcept {
  const ascii::char_set keep = detail::unencoded(c);
  bounded_writer to(out);
  for (char octet : octets) detail::put_octet(to, octet, !ascii::is(octet, keep));
  return detail::finish(to.required(), out);
}

/// The segments of a path as they are written, to be decoded one by one: in "/a%2Fb/c" there are two,
/// "a%2Fb" and "c". "/" has one empty segment, the empty path none.
///
///     for (std::string_view segment : coax::uri::segments(path)) ...
class segments {
public:
  /// The end of the path. One of its own, as <iterator> takes long to compile.
  struct sentinel {};
  class iterator {
  public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr std::string_view operator*() const noexcept { return path_.substr(first_, end_ - first_); }
    constexpr iterator &operator++() noexcept {
      go_to(end_ + 1);
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      const iterator old = *this;
      ++*this;
      return old;
    }
    friend constexpr bool operator==(const iterator &a, const iterator &b) noexcept {
      return a.first_ == b.first_;
    }
    friend constexpr bool operator==(const iterator &i, sentinel) noexcept {
      return i.first_ > i.path_.size();
    }

  private:
    friend class segments;
    constexpr explicit iterator(std::string_view path) noexcept : path_(path) {
      go_to(path.empty() || path.front() == '/' ? 1 : 0);
    }
    constexpr void go_to(std::size_t first) noexcept {
      first_ = first;
      end_ = path_.find('/', first);
      if (end_ == std::string_view::npos) end_ = path_.size();
    }

    std::string_view path_{};
    std::size_t first_ = 1, end_ = 0;
  };

  constexpr explicit segments(std::string_view path) noexcept : path_(path) {}
  constexpr iterator begin() const noexcept { return iterator(path_); }
  constexpr sentinel end() const noexcept { return {}; }

private:
  std::string_view path_;
};

} // namespace coax::inline v0_1::uri
