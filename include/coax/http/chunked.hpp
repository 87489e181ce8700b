// Chunk lines of the chunked transfer coding (RFC 9112 §7.1).
#pragma once

#include "../core/scan.hpp"
#include "line.hpp"
#include "quick_chunk.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// One chunk extension. Views into the chunk line.
struct chunk_extension {
  std::string_view name;
  std::string_view value; ///< a token, or a quoted string with its quotes; empty if there is none
};

/// The extensions of one chunk line that was accepted, in order. Other text gives no particular extensions,
/// but nothing outside it is read and the reader comes to an end.
///
///     chunk_extension_reader extensions(event.extensions);
///     for (chunk_extension x; extensions.next(x);) ...
class chunk_extension_reader {
public:
  constexpr explicit chunk_extension_reader(std::string_view text) noexcept : rest_(text) {}

  constexpr bool next(chunk_extension &out) noexcept {
    skip(ascii::blank);
    if (rest_.empty()) return false;
    rest_.remove_prefix(1); // ";"
    skip(ascii::blank);
    out = {take(find_outside(rest_, 0, ascii::tchar)), {}};
    skip(ascii::blank);
    if (!rest_.starts_with('=')) return true;
    rest_.remove_prefix(1);
    skip(ascii::blank);
    std::size_t end = 1;
    if (rest_.starts_with('"')) {
      for (; end < rest_.size() && rest_[end] != '"'; ++end)
        if (rest_[end] == '\\') ++end;
      ++end;
    } else {
      end = find_outside(rest_, 0, ascii::tchar);
    }
    out.value = take(end);
    return true;
  }

private:
  constexpr void skip(ascii::char_set set) noexcept { rest_.remove_prefix(find_outside(rest_, 0, set)); }
  constexpr std::string_view take(std::size_t n) noexcept {
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

namespace detail {

/// What a chunk line may still spend.
struct chunk_allowance {
  std::size_t extension; ///< octets between chunk-size and CR LF
  std::size_t overhead;  ///< octets of the whole line
  std::uint64_t payload; ///< chunk-size
};

/// What a body has had so far, in octets: too few for sums to wrap.
struct chunk_totals {
  std::uint64_t payload = 0;
  std::uint64_t lines = 0;
  std::uint32_t extensions = 0;

  constexpr chunk_allowance allowance(const limits &lim) const noexcept {
    constexpr std::uint64_t plenty = std::uint64_t{1} << 60;
    const std::uint64_t overhead = lim.chunk_overhead + 8 * std::min(payload, plenty);
    return {std::min<std::size_t>(lim.chunk_extension,
                                  lim.chunk_extensions - std::min(extensions, lim.chunk_extensions)),
            overhead > lines
                ? static_cast<std::size_t>(std::min<std::uint64_t>(overhead - lines, 0xFFFF'FFFF))
                : 0,
            lim.body - std::min(payload, lim.body)};
  }

  /// Counts a chunk whose line is plain. False, and nothing has changed, if a limit is reached, or nearly.
  constexpr bool add(const plain_chunk &chunk, const limits &lim) noexcept {
    const std::uint64_t all_payload = payload + chunk.size, all_lines = lines + chunk.line;
    if (all_payload > lim.body || all_lines / 8 >= payload + lim.chunk_overhead / 8) return false;
    payload = all_payload;
    lines = all_lines;
    return true;
  }
};

///     chunk-line = chunk-size [ chunk-ext ] CRLF
///     chunk-ext  = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
///
/// Resumable: sees the line from its first byte in every call. Ready: `consumed` is its size with CR LF.
class chunk_line {
public:
  constexpr step<errc> parse(std::string_view text, bool is_response, chunk_allowance may,
                             const leniency &len, deviations &seen) noexcept {
    std::size_t at = position_;
    if (text.size() < at) return need_more();
    const step<errc> out = run(text, is_response, may, len, seen, at);
    position_ = static_cast<std::uint32_t>(at);
    return out;
  }

  constexpr std::uint64_t size() const noexcept { return size_; }

  /// The extensions of `line`, which was parsed as ready; empty if there are none.
  constexpr std::string_view extensions(std::string_view line) const noexcept {
    return ascii::trim(line.substr(digits_, line.size() - 2 - digits_));
  }
  constexpr std::size_t extension_size(std::size_t line_size) const noexcept {
    return line_size - 2 - digits_;
  }

private:
  enum class state : std::uint8_t {
    size,
    after_size, ///< whitespace between chunk-size and ";" or CR
    before_name,
    name,
    after_name,
    before_value,
    token,
    quoted,
    escaped,
    after_value,
    end,
  };

  constexpr step<errc> run(std::string_view text, bool is_response, chunk_allowance may, const leniency &len,
                           deviations &seen, std::size_t &at) noexcept {
    constexpr errc bad = errc::bad_chunk_extension;
    for (;; ++at) {
      if (at == text.size()) return need_more();
      if (at >= may.overhead) return failed(errc::chunk_overhead, at, element::chunk_size);
      const char c = text[at];
      if (state_ == state::size) { // RFC 9112 §7.1
        const std::uint8_t value = hex_value(c);
        if (value < 16) {
          if (at == 16) return failed(errc::chunk_size_overflow, at, element::chunk_size);
          size_ = size_ * 16 + value;
          if (size_ > may.payload) return failed(errc::body_too_large, at, element::chunk_size);
          continue;
        }
        if (at == 0) return failed(errc::bad_chunk_size, at, element::chunk_size);
        digits_ = static_cast<std::uint8_t>(at);
        state_ = state::after_size;
      }
      if (state_ != state::end && c != '\r' && c != '\n' && at - digits_ >= may.extension)
        return failed(errc::chunk_extension_too_large, at, element::chunk_extension);
      switch (state_) {
      case state::size: break;

      case state::after_size:
        if (ascii::is(c, ascii::blank)) break;
        if (c == ';') {
          state_ = state::before_name;
        } else if (c == '\r' && (at == digits_ || (len.allow_chunk_size_trailing_ws && is_response))) {
          if (at != digits_) seen.add(deviation::chunk_size_trailing_ws);
          state_ = state::end;
        } else if (c == '\r') { // whitespace without an extension, RFC 9112 §7.1.1
          return failed(errc::bad_chunk_size, digits_, element::chunk_size);
        } else {
          return refuse_byte(text, at, errc::bad_chunk_size, element::chunk_size);
        }
        break;

      case state::before_name:
        if (ascii::is(c, ascii::blank)) break;
        if (!ascii::is(c, ascii::tchar)) return refuse_byte(text, at, bad, element::chunk_extension);
        state_ = state::name;
        break;

      case state::name:
        if (ascii::is(c, ascii::tchar)) break;
        state_ = state::after_name;
        [[fallthrough]];
      case state::after_name:
        if (c == '=') {
          state_ = state::before_value;
          break;
        }
        [[fallthrough]];
      case state::after_value:
        if (c == ';') {
          state_ = state::before_name;
        } else if (c == '\r' && !ascii::is(text[at - 1], ascii::blank)) { // BWS only before ";" and "="
          state_ = state::end;
        } else if (!ascii::is(c, ascii::blank)) {
          return refuse_byte(text, at, bad, element::chunk_extension);
        }
        break;

      case state::before_value:
        if (ascii::is(c, ascii::blank)) break;
        state_ = c == '"' ? state::quoted : state::token;
        if (c != '"' && !ascii::is(c, ascii::tchar))
          return refuse_byte(text, at, bad, element::chunk_extension);
        break;

      case state::token:
        if (ascii::is(c, ascii::tchar)) break;
        if (c == ';') {
          state_ = state::before_name;
        } else if (c == '\r') {
          state_ = state::end;
        } else if (ascii::is(c, ascii::blank)) {
          state_ = state::after_value;
        } else {
          return refuse_byte(text, at, bad, element::chunk_extension);
        }
        break;

      case state::quoted: // RFC 9110 §5.6.4
        if (ascii::is(c, ascii::qdtext)) break;
        if (c == '"') {
          state_ = state::after_value;
        } else if (c == '\\') {
          state_ = state::escaped;
        } else {
          return failed(bad, at, element::chunk_extension);
        }
        break;

      case state::escaped:
        if (!ascii::is(c, ascii::field_text)) return failed(bad, at, element::chunk_extension);
        state_ = state::quoted;
        break;

      case state::end: // RFC 9112 §7.1: CR LF only, under every option
        if (c != '\n') return failed(errc::bad_line_ending, at - 1, element::chunk_size);
        ++at;
        return ready(at);
      }
    }
  }

  /// A CR that ends the line too early is as wrong as any other byte; whether an LF follows does not matter.
  static constexpr step<errc> refuse_byte(std::string_view text, std::size_t at, errc ec,
                                          element what) noexcept {
    return failed(text[at] == '\n' ? errc::bad_line_ending : ec, at, what);
  }

  std::uint64_t size_ = 0;
  std::uint32_t position_ = 0;
  std::uint8_t digits_ = 0;
  state state_ = state::size;
};
static_assert(std::is_trivially_copyable_v<chunk_line> && sizeof(chunk_line) == 16);

} // namespace detail

} // namespace coax::inline v0_1::http
