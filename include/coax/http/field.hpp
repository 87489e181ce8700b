// Field lines, as offsets and as views.
#pragma once

#include "../core/ascii.hpp"
#include "../core/bounded_writer.hpp"
#include "../core/outcome.hpp"
#include "errc.hpp"
#include "field_id.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace coax::inline v0_1::http {

/// Where one field line lies: offsets from the first byte of the section it belongs to (a head's start-line,
/// a trailer section's first field). Sections are shorter than 64 KiB.
struct field_ref {
  std::uint16_t name = 0;
  std::uint16_t value = 0; ///< without the whitespace around it
  std::uint16_t value_size = 0;
  std::uint8_t name_size = 0; ///< 255: as long as or longer than that, up to the first byte that is no tchar
  field_id framing = field_id::other; ///< set for the fields of to_framing_field()
};
static_assert(sizeof(field_ref) == 8 && std::is_trivially_copyable_v<field_ref>);

/// One field line. The views live as long as the bytes they were made from.
struct field {
  std::string_view name;  ///< as received
  std::string_view value; ///< as received, without the whitespace around it

  constexpr field_id id() const noexcept { return to_field_id(name); }
  /// Whether the line carries the field called `other`, compared without case.
  constexpr bool is(std::string_view other) const noexcept { return ascii::iequals(name, other); }
};

/// The value of a field that may occur once: how often it really does, and its first value.
struct single_value {
  std::size_t lines = 0;
  std::string_view value{};

  constexpr bool absent() const noexcept { return lines == 0; }
  constexpr bool duplicate() const noexcept { return lines > 1; }
  constexpr explicit operator bool() const noexcept { return lines == 1; }
};

/// The field lines of one section, in the order received. A view: it owns neither bytes nor table.
class fields {
public:
  class iterator {
  public:
    using value_type = field;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr iterator(const char *base, const field_ref *at) noexcept : base_(base), at_(at) {}
    constexpr field operator*() const noexcept { return view(base_, *at_); }
    constexpr iterator &operator++() noexcept {
      ++at_;
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      const iterator old = *this;
      ++at_;
      return old;
    }
    friend constexpr bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }

  private:
    const char *base_ = nullptr;
    const field_ref *at_ = nullptr;
  };

  constexpr fields() noexcept = default;
  /// `base` is the first byte of the section.
  constexpr fields(const char *base, std::span<const field_ref> refs) noexcept : base_(base), refs_(refs) {}

  constexpr iterator begin() const noexcept { return {base_, refs_.data()}; }
  constexpr iterator end() const noexcept { return {base_, refs_.data() + refs_.size()}; }
  constexpr std::size_t size() const noexcept { return refs_.size(); }
  constexpr bool empty() const noexcept { return refs_.empty(); }
  constexpr field operator[](std::size_t i) const noexcept { return view(base_, refs_[i]); }
  constexpr std::span<const field_ref> refs() const noexcept { return refs_; }
  constexpr const char *base() const noexcept { return base_; }

  /// Whether the line at `i` carries the field called `name`.
  constexpr bool carries(std::size_t i, std::string_view name) const noexcept {
    return carries(refs_[i], name);
  }
  constexpr bool contains(std::string_view name) const noexcept { return !single(name).absent(); }

  /// The value of a field that may occur once; says so when it is absent or a duplicate, and never picks one
  /// of several silently (RFC 9110 §5.3). Linear in the number of fields.
  constexpr single_value single(std::string_view name) const noexcept {
    single_value out;
    for (const field_ref &ref : refs_)
      if (carries(ref, name) && out.lines++ == 0) out.value = view(base_, ref).value;
    return out;
  }

  /// The value if exactly one line carries the field, else empty. Use single() to tell the cases apart.
  constexpr std::string_view operator[](std::string_view name) const noexcept {
    const single_value found = single(name);
    return found ? found.value : std::string_view{};
  }

  /// Writes the values of all lines of the field, in order, joined by ", " (RFC 9110 §5.3).
  ///
  /// Errors: buffer_too_small (`required` says how much it takes); duplicate_field for Set-Cookie, whose
  /// lines must not be combined.
  constexpr written<errc> combined(std::string_view name, std::span<char> out) const noexcept {
    bounded_writer w(out);
    std::size_t lines = 0;
    for (const field_ref &ref : refs_) {
      if (!carries(ref, name)) continue;
      if (lines++ != 0) w.put(", ");
      w.put(view(base_, ref).value);
    }
    if (lines > 1 && to_field_id(name) == field_id::set_cookie) return {errc::duplicate_field, 0, 0};
    return w.finish(errc::buffer_too_small);
  }

private:
  constexpr bool carries(const field_ref &ref, std::string_view name) const noexcept {
    const std::size_t stored = name.size() < 255 ? name.size() : 255;
    return ref.name_size == stored && view(base_, ref).is(name);
  }
  static constexpr field view(const char *base, const field_ref &ref) noexcept {
    std::size_t name_size = ref.name_size;
    if (name_size == 255)
      while (ascii::is(base[ref.name + name_size], ascii::tchar)) ++name_size;
    return {{base + ref.name, name_size}, {base + ref.value, ref.value_size}};
  }

  const char *base_ = nullptr;
  std::span<const field_ref> refs_{};
};

/// A trailer section: where it lies in the input of the call that reported it, and how many fields it has.
struct fields_ref {
  std::uint32_t start = 0;
  std::uint16_t size = 0;
  std::uint16_t count = 0;
};

/// The fields of a section whose table was just filled. `base` is the first byte of that call's input.
constexpr fields view_fields(fields_ref ref, const char *base, std::span<const field_ref> table) noexcept {
  return {base + ref.start, table.first(ref.count)};
}

} // namespace coax::inline v0_1::http
