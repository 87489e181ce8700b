// Finding the first octet that no field value holds, 64 at a time. Not a header by itself: ../scan.hpp
// includes it once for each instruction set, with COAX_KERNEL_SET naming the namespace of that set.
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::COAX_KERNEL_SET {

/// See v0_1::find_outside_field_text(). Precondition: `size` is 64 at least, and `from` below it.
inline std::size_t find_outside_field_text(const char *text, std::size_t size, std::size_t from) noexcept {
  const bytes one = opaque(splat(1)), bound = opaque(splat(0x21));
  do {
    COAX_COUNT_WORK(8); // as much as for a word
    const std::size_t at = from + 64 <= size ? from : size - 64;
    std::uint64_t others = 0; // outside 0x20 to 0x7E
    for (std::size_t i = 0; i < 64; i += width)
      others |= std::uint64_t{mask(greater(bound, load(text + at + i) + one))} << i;
    others >>= from - at;
    for (; others != 0; others &= others - 1) {
      const std::size_t place = from + static_cast<unsigned>(__builtin_ctzll(others));
      if (!ascii::is(text[place], ascii::field_text)) return place;
    }
    from += 64;
  } while (from < size);
  return size;
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET

#endif
