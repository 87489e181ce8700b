// Plain heads, 64 octets at a time. Not a header by itself: quick_head.hpp includes it once for each
// instruction set, with COAX_KERNEL_SET naming the namespace of that set.
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET {

namespace ops = v0_1::COAX_KERNEL_SET;

[[gnu::always_inline]] inline std::size_t lowest(std::uint64_t mask) noexcept {
  return static_cast<unsigned>(__builtin_ctzll(mask));
}
/// The same for 32 bits; 32 if there is none.
[[gnu::always_inline]] inline int lowest32(std::uint32_t mask) noexcept {
  return mask != 0 ? __builtin_ctz(mask) : 32;
}

/// The same number, of which the compiler does not know how it came about: what a rare path makes of it is
/// not worked out before, and kept in a register.
[[gnu::always_inline]] inline std::ptrdiff_t opaque(std::ptrdiff_t n) noexcept {
  __asm__("" : "+r"(n));
  return n;
}

/// The classes of octets that a head is made of, as masks: the lowest bit stands for the first octet.
class octet_classes {
public:
  [[gnu::always_inline]] octet_classes() noexcept {
    const class_constant_table *table = &class_constants;
    __asm__("" : "+r"(table)); // gcc else puts each together from numbers, again and again
    one_ = ops::load(table->one);
    bound_ = ops::load(table->bound);
    low_half_ = ops::load(table->low_half);
    rows_ = ops::load(table->rows);
    token_ = ops::load(table->token);
  }

  /// Of 64 octets, those outside 0x20 to 0x7E.
  [[gnu::always_inline]] std::uint64_t not_plain64(const char *at) const noexcept {
    return not_plain32(at) | not_plain32(at + 32) << 32;
  }
  [[gnu::always_inline]] std::uint64_t not_plain32(const char *at) const noexcept {
    COAX_COUNT_WORK(8); // as much as for a word
    if constexpr (ops::width == 32) return ops::mask(not_plain(at));
    return ops::mask(not_plain(at)) | ops::mask(not_plain(at + 16)) << 16;
  }
  /// Of 32 octets, those outside ascii::tchar.
  [[gnu::always_inline]] std::uint32_t outside_token(const char *at) const noexcept {
    return outside(token_, at);
  }
  /// The same for ascii::query.
  [[gnu::always_inline]] std::uint32_t outside_query(const char *at) const noexcept {
    return outside(ops::table(query_columns.of), at);
  }
  /// Of 32 octets, those outside ascii::tchar; octets behind them count as such.
  [[gnu::always_inline]] std::uint64_t not_token32(const char *at) const noexcept {
    return outside_token(at) | std::uint64_t{1} << 32;
  }
  /// The same for letters, digits and "-._~".
  [[gnu::always_inline]] std::uint64_t not_host_name32(const char *at) const noexcept {
    return outside(ops::table(host_name_columns.of), at) | std::uint64_t{1} << 32;
  }

private:
  [[gnu::always_inline]] ops::bytes not_plain(const char *at) const noexcept {
    return ops::greater(bound_, ops::load(at) + one_);
  }
  [[gnu::always_inline]] ops::bytes not_in(ops::bytes columns, const char *at) const noexcept {
    const ops::bytes octets = ops::load(at);
    const ops::bytes row = ops::shuffle(rows_, ops::high_halves(octets, low_half_));
    return ops::equal(ops::shuffle_low(columns, octets) & row, ops::bytes{});
  }
  [[gnu::always_inline]] std::uint32_t outside(ops::bytes columns, const char *at) const noexcept {
    if constexpr (ops::width == 32) return ops::mask(not_in(columns, at));
    return ops::mask(not_in(columns, at)) | ops::mask(not_in(columns, at + 16)) << 16;
  }
  ops::bytes one_, bound_, low_half_, rows_, token_;
};

/// Tells which fields frame messages, of those in front of `end` that `maybe` has a bit for, the lowest for
/// the last one: their names have the size and the first letter of one that does, or no octet at all. Gives
/// framing_set::bits(), and framing_name::nameless with them if there is one of the latter. Precondition: at
/// least eight octets stand in front of the first line.
[[gnu::always_inline]] inline std::uint32_t mark_framing(const char *text, field_ref *end,
                                                         std::uint64_t maybe) noexcept {
  constexpr std::uint64_t lower = 0x2020202020202020;
  std::uint32_t found = 0, sum = 0;
  for (; maybe != 0; maybe &= maybe - 1) {
    field_ref &ref = end[~static_cast<std::ptrdiff_t>(lowest(maybe))];
    const std::size_t size = ref.name_size;
    const framing_name &expected = framing_names.of[size];
    const char *const name = text + ref.name;
    std::uint64_t first, last;
    __builtin_memcpy(&last, name + size - 8, 8);
    if ((((last | lower) ^ expected.last) & expected.mask) != 0) continue;
    if (size > 8) {
      __builtin_memcpy(&first, name, 8);
      if ((first | lower) != expected.first || (name[8] | 0x20) != expected.ninth) continue;
    }
    ref.framing = expected.id;
    found |= expected.set;
    sum += expected.set;
  }
  return found | (sum != found ? framing_set::of(0, true).bits() : 0);
}

/// What a start-line tells, where head_ref has it in its first and second eight octets; `second` is 0 if it
/// was not taken.
struct start_line_bits {
  std::uint64_t first = 0, second = 0;
};

/// Walks through what there is of a head, on a fixed grid of blocks: where a block is loaded from does not
/// depend on what was found in another. Precondition: there are 32 octets at least, and 8 in front of the
/// first field line.
class head_walk {
public:
  /// Begins at the offset `line`, the first of a line. Precondition: `line` is below the size.
  [[gnu::always_inline]] head_walk(const char *text, std::size_t size, std::size_t line) noexcept
      : text_(text), last_(static_cast<std::ptrdiff_t>(size) - 64), line_(static_cast<std::ptrdiff_t>(line)),
        base_(line_) {
    if (line_ < last_)
      marks_ = classes_.not_plain64(text_ + line_);
    else if (last_ >= 0)
      marks_ = last_block(line_);
    else
      marks_ = small_block(line_);
  }

  /// Takes the request-line, if it has a known method and a plain target in origin-form.
  [[gnu::always_inline]] start_line_bits request_line(const limits &lim) noexcept {
    while (marks_ == 0)
      if (base_ > lim.request_line || !next_block()) return {};
    const std::ptrdiff_t end = next_mark(), space = end - 9;
    if (end < 14 || end > lim.request_line) return {};
    const auto first = word<std::uint64_t>(0);
    const std::uint64_t minor = std::rotr(word<std::uint64_t>(space + 3) - version_end, 40); // the digit
    if (word<std::uint32_t>(space) != version_begin || minor > 9) return {};
    std::uint64_t told = (first & 0xFFFFFFFF) == get_sp ? get_method : known_method(first);
    const auto target = static_cast<std::ptrdiff_t>(told & 0xFF);
    if (told == 0 || lim.method < longest_method || text_[target] != '/') return {};
    const auto size = static_cast<std::size_t>(space - target);
    told += (minor << 48) + (size << 16);
    pass_line(end + 2);
    if (first_outside_query(target) != space && !is_plain_target({text_ + target, size})) return {};
    return {0, told};
  }

  /// Takes the status-line, if its reason is plain.
  [[gnu::always_inline]] start_line_bits status_line() noexcept {
    while (marks_ == 0)
      if (!next_block()) return {};
    const std::ptrdiff_t end = next_mark();
    if (end < 13 || word<std::uint16_t>(end) != cr_lf) return {};
    const std::uint64_t minor = std::rotl(word<std::uint64_t>(0) - version_1_0, 8);
    const std::uint32_t code = word<std::uint32_t>(9) ^ 0x20303030; // three digits and SP
    if (minor > 9 || text_[8] != ' ' || (((code + 0x00767676) | code) & 0xFF808080) != 0) return {};
    pass_line(end + 2);
    const std::uint64_t number = (code & 0xFF) * 100 + (code >> 8 & 0xFF) * 10 + (code >> 16);
    return {number << 48, 13 | static_cast<std::uint64_t>(end - 13) << 16 | minor << 48};
  }

  /// Takes plain field lines, no more than `table` has room for and 64, and the empty line behind them. What
  /// was taken is told by `head`, if there was anything.
  [[gnu::always_inline]] quick_lines lines(start_line_bits start, field_ref *table, std::size_t room,
                                           head_ref &head) noexcept {
    field_ref *next = table; // which may be null
    field_ref *const full = table + std::min<std::size_t>(room, 64);
    std::uint64_t maybe_framing = 0, start_line = start.second;
    head_ref *out = &head;
    // Registers are scarce in the loop: what is for later waits in memory, and nothing that was worked out
    // for the start-line is kept for the sake of rare paths.
    __asm__("" : "+m"(start_line), "+m"(out), "+m"(table), "+r"(text_), "+r"(last_));
    const quick taken = fill(next, full, maybe_framing);
    const std::uint64_t framing = mark_framing(text_, next, maybe_framing);
    if (framing >= framing_name::nameless) return {};
    const auto size = static_cast<std::uint64_t>(line_), count = static_cast<std::uint64_t>(next - table);
    using pair = std::uint64_t __attribute__((vector_size(16)));
    const pair parts{start.first | size << 16 | count << 32, start_line | framing << 56};
    __builtin_memcpy(static_cast<void *>(out), &parts, 16); // in one piece, as it is going to be read
    return {taken, size};
  }

private:
  static constexpr std::uint16_t cr_lf = 0x0A0D, colon_sp = 0x203A;

  /// Fills a table from `next` on. `maybe_framing`: see mark_framing().
  [[gnu::always_inline]] quick fill(field_ref *&next, field_ref *full,
                                    std::uint64_t &maybe_framing) noexcept {
    std::uint64_t ahead = block(base_ + 64); // the marks of the next block: they are not waited for
    for (;;) {
      while (marks_ == 0) {
        base_ += 64;
        marks_ = ahead;
        if (base_ + 64 < last_) [[likely]] {
          ahead = classes_.not_plain64(text_ + base_ + 64);
        } else {
          if (base_ >= last_ + 64) return quick::some;
          ahead = block(base_ + 64);
        }
      }
      std::ptrdiff_t end = next_mark();
      const std::ptrdiff_t next_line = end + 2;
      if (word<std::uint32_t>(end - 2) - 0x0A0D2100 >= 0xDF00) [[unlikely]] { // not a visible octet, CR LF
        if (word<std::uint16_t>(end) != cr_lf) {
          if (end + 1 != line_) return quick::some;
          marks_ &= marks_ - 1; // the LF of the line before, in a block of its own
          continue;
        }
        if (end == line_) {
          line_ = next_line;
          return quick::complete;
        }
        while (text_[end - 1] == ' ') --end; // the LF of the line before stops it
      }
      const std::ptrdiff_t name = token_size();
      COAX_COUNT_WORK(static_cast<std::size_t>(name) + 2);
      if (next == full) return quick::some;
      std::ptrdiff_t value = line_ + name + 2;
      if (word<std::uint16_t>(value - 2) != colon_sp || text_[value] <= ' ') [[unlikely]] {
        value = opaque(value) - 1;
        if (text_[value - 1] != ':') return quick::some;
        while (text_[value] == ' ') ++value;
        end = std::max(end, value);
      }
      maybe_framing += maybe_framing + (framing_names.letters[name] >> (text_[line_] & 31) & 1);
      *next++ = {static_cast<std::uint16_t>(line_), static_cast<std::uint16_t>(value),
                 static_cast<std::uint16_t>(end - value), static_cast<std::uint8_t>(name), field_id::other};
      pass_line(next_line);
    }
  }

  /// The octets from an offset on, as a number.
  template <class Integer> [[gnu::always_inline]] Integer word(std::ptrdiff_t at) const noexcept {
    Integer out;
    __builtin_memcpy(&out, text_ + at, sizeof out);
    return out;
  }

  /// Goes on to the next block. False if there is none.
  [[gnu::always_inline]] bool next_block() noexcept {
    if (base_ >= last_) return false;
    base_ += 64;
    marks_ = block(base_);
    return true;
  }

  /// Which octets of the block at `at` are not plain; none if it is behind the last one.
  [[gnu::always_inline]] std::uint64_t block(std::ptrdiff_t at) const noexcept {
    if (at < last_) [[likely]]
      return classes_.not_plain64(text_ + at);
    return at < last_ + 64 ? last_block(at) : 0;
  }
  /// Of the last octets, no more than 64, those from `at` on. The last of all counts as plain: a CR there
  /// cannot be judged yet, and an LF is looked at together with its CR.
  [[gnu::always_inline]] std::uint64_t last_block(std::ptrdiff_t at) const noexcept {
    return (classes_.not_plain64(text_ + last_) & ~(std::uint64_t{1} << 63)) >> (at - last_);
  }
  /// The same if there are less than 64 in all.
  [[gnu::always_inline]] std::uint64_t small_block(std::ptrdiff_t at) const noexcept {
    const std::ptrdiff_t far = last_ + 32;
    const std::uint64_t marks = classes_.not_plain32(text_) | classes_.not_plain32(text_ + far) << far;
    return (marks & ~(std::uint64_t{1} << (far + 31))) >> at;
  }

  /// Where the next octet is that is not plain. Precondition: the block has one.
  [[gnu::always_inline]] std::ptrdiff_t next_mark() const noexcept {
    return base_ + static_cast<std::ptrdiff_t>(lowest(marks_));
  }

  /// Passes CR and LF. The latter is not among the marks if the next block has it.
  [[gnu::always_inline]] void pass_line(std::ptrdiff_t next_line) noexcept {
    marks_ &= marks_ - 1;
    marks_ &= marks_ - 1;
    line_ = next_line;
  }

  /// How many octets of the line are those of a token; 32 if it has more. Precondition: its end was found.
  [[gnu::always_inline]] std::ptrdiff_t token_size() const noexcept {
    if (line_ <= last_ + 32) [[likely]]
      return lowest32(classes_.outside_token(text_ + line_));
    return lowest32(classes_.outside_token(text_ + last_ + 32) >> (line_ - last_ - 32));
  }

  /// The first octet that is outside ascii::query. Precondition: there is one.
  [[gnu::always_inline]] std::ptrdiff_t first_outside_query(std::ptrdiff_t from) const noexcept {
    const std::ptrdiff_t far = last_ + 32;
    for (; from <= far; from += 32)
      if (const std::uint32_t outside = classes_.outside_query(text_ + from); outside != 0)
        return from + lowest32(outside);
    return from + lowest32(classes_.outside_query(text_ + far) >> (from - far));
  }

  const char *text_;
  std::ptrdiff_t last_; // where the last 64 octets begin; negative if there are less
  octet_classes classes_;
  std::ptrdiff_t line_; // the first that was not taken
  std::ptrdiff_t base_; // of the block that `marks_` is about
  std::uint64_t marks_; // octets of the block that are not plain, from the first that was not passed
};

/// How many octets of a host name there are from `from` on, of 32. Precondition: `from` is below the size,
/// and the size 32 at least.
inline std::size_t host_name_size(const char *text, std::size_t size, std::size_t from) noexcept {
  const std::size_t at = std::min(from, size - 32);
  return lowest(octet_classes().not_host_name32(text + at) >> (from - at));
}

inline quick_lines quick_request(const char *text, std::size_t size, field_ref *table, std::size_t room,
                                 const limits &lim, head_ref &head) noexcept {
  head_walk walk(text, size, 0);
  const start_line_bits start = walk.request_line(lim);
  return start.second != 0 ? walk.lines(start, table, room, head) : quick_lines{};
}

inline quick_lines quick_response(const char *text, std::size_t size, field_ref *table, std::size_t room,
                                  head_ref &head) noexcept {
  head_walk walk(text, size, 0);
  const start_line_bits start = walk.status_line();
  return start.second != 0 ? walk.lines(start, table, room, head) : quick_lines{};
}

inline quick_lines quick_fields(const char *text, std::size_t size, field_ref *table, std::size_t room,
                                std::size_t line, head_ref &head) noexcept {
  head_walk walk(text, size, line);
  return walk.lines({}, table, room, head);
}

} // namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET

#endif
