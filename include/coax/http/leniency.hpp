// Where the parsers may be told to deviate, and what they tolerated.
#pragma once

#include "../uri/target.hpp"

#include <bit>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::http {

/// What to do with a trailer field that may not be one (RFC 9110 §6.5.1).
enum class forbidden_trailer_policy : std::uint8_t {
  reject,
  drop, ///< deliver the trailer section without it
};

/// Deviations from the strict default, for one direction of a connection: give requests and responses a
/// value each. Everything is off by default. Flags that only make sense for one direction are ignored
/// for the other.
struct leniency {
  /// A lone LF ends start-lines and field lines (never chunk lines). For hand-made clients and old devices.
  /// Opens: request smuggling, wherever another hop takes LF for data.
  bool allow_bare_lf = false;
  /// Octets of request-targets.
  uri::syntax target = uri::syntax::browser;
  /// Stricter: refuse a status-line that ends right after the status code.
  bool require_reason_sp = false;
  /// Responses only: ignore whitespace between field name and colon, as proxies must (RFC 9112 §5.1).
  /// Opens: response smuggling through hops that read the field differently.
  bool strip_space_before_colon = false;
  /// Control characters other than NUL, CR and LF in values of fields that do not frame the message.
  /// Opens: log and terminal injection.
  bool allow_ctl_in_values = false;
  /// Replace obsolete line folding by spaces, in place: takes effect where the input is a span of mutable
  /// bytes. User agents must do this for responses (RFC 9112 §5.2). Opens: smuggling through hops that
  /// see the continuation as a field of its own.
  bool unfold = false;
  /// Stricter: refuse "_" in field names, which CGI-style mappings confuse with "-".
  bool reject_underscore_names = false;
  /// Requests only: accept HTTP/1.1 without Host. For closed test rigs.
  bool allow_missing_host = false;
  /// Stricter, requests only: refuse an empty Host.
  bool reject_empty_host = false;
  /// Requests only: accept "," in Host. Opens: routing by a merged duplicate.
  bool allow_comma_in_host = false;
  /// With Transfer-Encoding and Content-Length both present, the former wins and the connection closes
  /// after the exchange. Opens: CL.TE request smuggling behind hops that take the latter.
  bool te_overrides_cl = false;
  /// Accept transfer codings besides chunked: only chunked is decoded, the caller undoes the rest.
  bool expose_codings = false;
  /// Ignore empty members in Transfer-Encoding and Content-Length. Opens: smuggling, peers disagree on them.
  bool allow_empty_members_in_framing = false;
  /// Take a Content-Length that is repeated with the same digits for one.
  bool collapse_repeated_content_length = false;
  /// Stricter, requests only: refuse content with GET and HEAD.
  bool reject_body_on_get_head = false;
  /// Responses only: whitespace after a chunk-size that has no extension, as old servers padded it.
  bool allow_chunk_size_trailing_ws = false;
  /// Responses only: input that ends after the last chunk, before the final empty line, completes the body.
  bool complete_at_last_chunk = false;
  /// Trailer fields that may not be trailers.
  forbidden_trailer_policy on_forbidden_trailer = forbidden_trailer_policy::reject;
};

/// A deviation that was met and tolerated.
enum class deviation : std::uint16_t {
  bare_lf = 1 << 0,
  missing_reason_sp = 1 << 1, ///< tolerated by default
  space_before_colon = 1 << 2,
  ctl_in_value = 1 << 3,
  obs_fold = 1 << 4,
  missing_host = 1 << 5,
  comma_in_host = 1 << 6,
  length_and_transfer_encoding = 1 << 7,
  exposed_codings = 1 << 8,
  empty_member_in_framing = 1 << 9,
  repeated_content_length = 1 << 10,
  chunk_size_trailing_ws = 1 << 11,
  missing_final_line = 1 << 12,
  dropped_trailer = 1 << 13,
  unescaped_target = 1 << 14, ///< octets in the target that only a uri::syntax other than rfc3986 permits
};

/// The deviation's enumerator, for logs.
constexpr std::string_view name(deviation d) noexcept {
  constexpr std::string_view names[] = {"bare_lf",
                                        "missing_reason_sp",
                                        "space_before_colon",
                                        "ctl_in_value",
                                        "obs_fold",
                                        "missing_host",
                                        "comma_in_host",
                                        "length_and_transfer_encoding",
                                        "exposed_codings",
                                        "empty_member_in_framing",
                                        "repeated_content_length",
                                        "chunk_size_trailing_ws",
                                        "missing_final_line",
                                        "dropped_trailer",
                                        "unescaped_target"};
  return names[std::countr_zero(static_cast<std::uint16_t>(d))];
}

/// The set of deviations met in one message.
class deviations {
public:
  constexpr void add(deviation d) noexcept {
    bits_ = static_cast<std::uint16_t>(bits_ | static_cast<std::uint16_t>(d));
  }
  constexpr void add(deviations d) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | d.bits_); }
  constexpr bool has(deviation d) const noexcept { return (bits_ & static_cast<std::uint16_t>(d)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

  friend constexpr bool operator==(deviations, deviations) noexcept = default;

private:
  std::uint16_t bits_ = 0;
};

} // namespace coax::inline v0_1::http
