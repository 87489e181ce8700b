// Masks for more than a vector, and whether text is UTF-8. Not a header by itself: text_avx2.hpp and
// text_half.hpp include it, with COAX_KERNEL_SET naming the namespace of an instruction set, in which there
// are already detail::load_short(), behind() and places().
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::COAX_KERNEL_SET {

/// Masks `size` octets. `from` and `to` are the same, or do not overlap.
void mask_octets(const char *from, char *to, std::size_t size, std::uint32_t key) noexcept;

namespace detail {

/// Octets from one unit of work to the next: what is masked is looked at again while it is near, and where
/// text is wrong is searched in no more than this.
inline constexpr std::size_t block = 4096;

/// The key of a mask in each place, as it meets the octet at `offset`.
[[gnu::always_inline]] inline bytes repeat_key(std::uint32_t key, std::size_t offset = 0) noexcept {
  using keys = std::uint32_t __attribute__((vector_size(width)));
  return reinterpret_cast<bytes>(keys{} + simd::turned_key(key, offset));
}

/// Finds what is not UTF-8, after Keiser and Lemire: each octet is judged together with the three in front.
struct utf8_check {
  bytes first_high, first_low, second_high, error;

  // written out, as one that the compiler adds would not be of the region
  [[gnu::always_inline]] inline utf8_check() noexcept
      : first_high(table(simd::utf8.first_high)), first_low(table(simd::utf8.first_low)),
        second_high(table(simd::utf8.second_high)), error{} {}

  /// Looks at the octets of `now`; the others hold the octets one, two and three places in front of each.
  [[gnu::always_inline]] inline void add(bytes now, bytes one, bytes two, bytes three) noexcept {
    const bytes pair = shuffle(first_high, high_nibbles(one)) & shuffle(first_low, one & splat(0x0F)) &
                       shuffle(second_high, high_nibbles(now));
    const bytes must =
        subtract_saturated(two, splat(0xE0 - 0x80)) | subtract_saturated(three, splat(0xF0 - 0x80));
    error = opaque(error | ((must & splat(0x80)) ^ pair));
  }
  /// Behind `last`, which a character must not go on behind.
  [[gnu::always_inline]] inline void end(bytes last) noexcept {
    bytes most = splat(0xFF);
    most[width - 3] = 0xEF;
    most[width - 2] = 0xDF;
    most[width - 1] = 0xBF;
    error |= subtract_saturated(last, most);
  }
  [[gnu::always_inline]] inline bool ok() const noexcept {
    return mask(equal(error, bytes{})) == 0xFFFF'FFFF >> (32 - width);
  }
};

/// `size` octets of `v`, less than `width`, and zeros behind them: these show that a character is not
/// complete.
[[gnu::always_inline]] inline bytes first_of(bytes v, std::size_t size) noexcept {
  return v & greater(splat(static_cast<unsigned char>(size)), places());
}

/// Whether the text of less than 2 * width octets, masked with `key`, is UTF-8.
inline bool valid_short(const char *text, std::size_t size, std::uint32_t key) noexcept {
  const bytes k = repeat_key(key), zero{};
  utf8_check check;
  bytes before{};
  std::size_t at = 0;
  if (size >= width) {
    before = load(text) ^ k;
    check.add(before, behind<1>(zero, before), behind<2>(zero, before), behind<3>(zero, before));
    at = width;
  }
  const bytes v = first_of(load_short(text + at, size - at) ^ k, size - at);
  check.add(v, behind<1>(before, v), behind<2>(before, v), behind<3>(before, v));
  return check.ok();
}

/// Whether the octets from `from` to `to`, of text masked with `key`, go on as UTF-8; with `ends`, and end
/// with a whole character. What is in front of `from` was looked at before. Precondition: `to` is at
/// least 2 * width.
template <bool Masked>
[[gnu::always_inline]] inline bool valid_long(const char *text, std::size_t from, std::size_t to, bool ends,
                                              std::uint32_t key = 0) noexcept {
  utf8_check check;
  bytes k0{}, k1{}, k2{}, k3{};
  if constexpr (Masked) {
    k0 = repeat_key(key);
    k1 = repeat_key(key, 3);
    k2 = repeat_key(key, 2);
    k3 = repeat_key(key, 1);
  }
  if (from == 0) {
    const bytes v = load(text) ^ k0, zero{};
    check.add(v, behind<1>(zero, v), behind<2>(zero, v), behind<3>(zero, v));
    from = width;
  }
  const std::size_t last = to - width;
  for (; from < last; from += width) {
    const char *at = text + from;
    check.add(load(at) ^ k0, load(at - 1) ^ k1, load(at - 2) ^ k2, load(at - 3) ^ k3);
  }
  if constexpr (Masked) {
    const std::uint32_t turned = simd::turned_key(key, last);
    k0 = repeat_key(turned);
    k1 = repeat_key(turned, 3);
    k2 = repeat_key(turned, 2);
    k3 = repeat_key(turned, 1);
  }
  const char *at = text + last;
  const bytes v = load(at) ^ k0;
  check.add(v, load(at - 1) ^ k1, load(at - 2) ^ k2, load(at - 3) ^ k3);
  if (ends) check.end(v);
  return check.ok();
}

/// All octets joined with `|`.
[[gnu::always_inline]] inline bytes join(const char *text, std::size_t size) noexcept {
  bytes a = load(text + size - width), b{}, c{}, d{};
  std::size_t at = 0;
  for (; size - at >= 4 * width; at += 4 * width) {
    a |= load(text + at);
    b |= load(text + at + width);
    c |= load(text + at + 2 * width);
    d |= load(text + at + 3 * width);
  }
  for (; size - at >= width; at += width) a |= load(text + at);
  return a | b | c | d;
}

/// Masks at least width octets; what they become, joined with `|`.
[[gnu::always_inline]] inline bytes mask_long(const char *from, char *to, std::size_t size,
                                              std::uint32_t key) noexcept {
  // Both ends are read before anything is written, as masking where the text lies cannot be done twice; what
  // is between them is written where a store does not touch two cache lines.
  const bytes first = load(from) ^ repeat_key(key);
  const bytes last = load(from + size - width) ^ repeat_key(key, size);
  bytes a = first, b = last, c{}, d{};
  std::size_t at = -reinterpret_cast<std::uintptr_t>(to) % width;
  const bytes k = repeat_key(key, at);
  for (; at + 4 * width <= size; at += 4 * width) {
    const bytes v = load(from + at) ^ k, w = load(from + at + width) ^ k, x = load(from + at + 2 * width) ^ k,
                y = load(from + at + 3 * width) ^ k;
    store(to + at, v);
    store(to + at + width, w);
    store(to + at + 2 * width, x);
    store(to + at + 3 * width, y);
    a |= v;
    b |= w;
    c |= x;
    d |= y;
  }
  for (; at + width <= size; at += width) {
    const bytes v = load(from + at) ^ k;
    store(to + at, v);
    a |= v;
  }
  store(to, first);
  store(to + size - width, last);
  return a | b | c | d;
}

/// See valid_utf8(), which is for what takes less: a function that has room for both is slow to enter.
[[gnu::noinline]] inline std::size_t valid_any(const char *text, std::size_t size) noexcept {
  if (size < 2 * width) return valid_short(text, size, 0) ? size : 0;
  bool before = false; // whether a character may be unfinished
  for (std::size_t from = 0; from < size;) {
    const std::size_t to = size - from < 2 * block ? size : from + block;
    const bool high = mask(join(text + from, to - from)) != 0;
    if ((high || before) && !valid_long<false>(text, from, to, to == size))
      return simd::begin_of_character(text, from);
    before = high;
    from = to;
  }
  return size;
}

} // namespace detail

/// Unmasks text where it lies. `good` is as valid_utf8() answers; the octets behind `done`, which is `size`
/// if all is well, are still masked.
inline simd::unmasked unmask_utf8(char *text, std::size_t size, std::uint32_t key) noexcept {
  if (size < 2 * width) {
    if (!detail::valid_short(text, size, key)) return {0, 0};
    mask_octets(text, text, size, key);
    return {size, size};
  }
  bool before = false;
  std::size_t to = 0;
  for (std::size_t from = 0; from < size; from = to) {
    const std::size_t end = from + detail::block - reinterpret_cast<std::uintptr_t>(text + from) % width;
    to = size < end + 2 * width ? size : end;
    const bool high =
        mask(detail::mask_long(text + from, text + from, to - from, simd::turned_key(key, from))) != 0;
    if ((high || before) && !detail::valid_long<false>(text, from, to, to == size))
      return {simd::begin_of_character(text, from), to};
    before = high;
  }
  return {size, size};
}

} // namespace coax::inline v0_1::COAX_KERNEL_SET

#endif
