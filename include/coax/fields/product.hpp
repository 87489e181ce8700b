// Product identifiers, as of User-Agent and Server (RFC 9110 §10.1.5, §10.2.4).
#pragma once

#include "comment.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coax::inline v0_1::values {

/// A product or a comment. Views into the text that was read.
struct product {
  std::string_view name;    ///< a token; empty if this is a comment
  std::string_view version; ///< a token; empty if the product has none
  std::string_view comment; ///< with its parentheses and backslashes, as written; empty if this is a product

  constexpr bool is_comment() const noexcept { return !comment.empty(); }
};

/// Reads the value of User-Agent or Server, in order:
///
///     value   = product *( RWS ( product / comment ) )
///     product = token [ "/" token ]
///
///     product_reader products(value);
///     for (product p; products.next(p);) ...
///     if (products.ec() != errc::ok) ... // products.at() tells where
///
/// Linear in the text's size, without recursion.
///
/// errc::empty: no text. errc::malformed: anything else than the above, as a value that begins with a
/// comment. errc::too_deep: comments nested deeper than limits::comment_depth.
class product_reader {
public:
  constexpr explicit product_reader(std::string_view text, const limits &lim = default_limits) noexcept
      : text_(text) {
    comments_.comment_depth = lim.comment_depth;
  }

  /// Takes the next product or comment; false at the end or at an error, and from then on.
  constexpr bool next(product &out) noexcept {
    if (ec_ != errc::ok) return false;
    std::size_t begin = at_;
    if (at_ > 0) {
      if (at_ == text_.size()) return false;
      begin = find_outside(text_, at_, ascii::blank);
      if (begin == at_) return fail(errc::malformed, at_);
    } else if (text_.empty()) {
      return fail(errc::empty, 0);
    }
    if (at_ > 0 && begin < text_.size() && text_[begin] == '(') return take_comment(begin, out);
    return take_product(begin, out);
  }

  constexpr errc ec() const noexcept { return ec_; }
  /// With an error: offset of the offending byte in the text, or the text's size if something is missing.
  constexpr std::size_t at() const noexcept { return at_; }

private:
  constexpr bool take_comment(std::size_t begin, product &out) noexcept {
    const parsed<std::size_t> comment = scan_comment(text_, begin, comments_);
    if (!comment) return fail(comment.ec, comment.at);
    out = {{}, {}, text_.substr(begin, *comment)};
    at_ = begin + *comment;
    return true;
  }

  constexpr bool take_product(std::size_t begin, product &out) noexcept {
    std::size_t end = find_outside(text_, begin, ascii::tchar);
    if (end == begin) return fail(errc::malformed, end);
    product found{text_.substr(begin, end - begin), {}, {}};
    if (end < text_.size() && text_[end] == '/') {
      const std::size_t version = end + 1;
      end = find_outside(text_, version, ascii::tchar);
      if (end == version) return fail(errc::malformed, end);
      found.version = text_.substr(version, end - version);
    }
    out = found;
    at_ = end;
    return true;
  }

  constexpr bool fail(errc ec, std::size_t at) noexcept {
    ec_ = ec;
    at_ = at;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  limits comments_{};
  errc ec_ = errc::ok;
};

/// Reads the whole of a User-Agent or Server value, and tells how many products and comments it has. Errors
/// as of product_reader.
constexpr parsed<std::size_t> check_products(std::string_view text,
                                             const limits &lim = default_limits) noexcept {
  product_reader products(text, lim);
  std::size_t count = 0;
  for (product p; products.next(p);) ++count;
  if (products.ec() != errc::ok) return {products.ec(), products.at(), 0};
  return {errc::ok, 0, count};
}

} // namespace coax::inline v0_1::values
