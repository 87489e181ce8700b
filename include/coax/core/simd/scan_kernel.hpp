// Finding the first octet that no field value holds, 64 at a time. Not a header by itself: ../scan.hpp
// includes it once for each instruction set, with COAX_KERNEL_SET naming the namespace of that set.
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::COAX_KERNEL_SET {

namespace detail {

/// Of 64 octets, those outside 0x20 to 0x7E.
[[gnu::always_inline]] inline std::uint64_t not_plain64(const char *at) noexcept {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 64; i += width)
    out |= std::uint64_t{mask(greater(splat(0x21), load(at + i) + splat(1)))} << i;
  return out;
}

} // namespace detail

/// See v0_1::find_outside_field_text(). Precondition: `size` is 64 at least.
inline std::size_t find_outside_field_text(const char *text, std::size_t size, std::size_t from) noexcept {
  for (; from < size; from += 64) {
    COAX_COUNT_WORK(8); // as much as for a word
    const std::size_t at = from + 64 <= size ? from : size - 64;
    std::uint64_t others = detail::not_plain64(text + at) >> (from - at);
    for (; others != 0; others &= others - 1) {
      const std::size_t place = from + static_cast<unsigned>(__builtin_ctzll(others));
      if (!ascii::is(text[place], ascii::field_text)) return place;
    }
  }
  return size;
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET

#endif
