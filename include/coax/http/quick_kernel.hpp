// Plain heads, 64 octets at a time. Not a header by itself: quick_head.hpp includes it once for each
// instruction set, with COAX_KERNEL_SET naming the namespace of that set.
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET {

namespace ops = v0_1::COAX_KERNEL_SET;

[[gnu::always_inline]] inline std::size_t lowest(std::uint64_t mask) noexcept {
  return static_cast<unsigned>(__builtin_ctzll(mask));
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
  /// Of 32 octets, those outside ascii::tchar; octets behind them count as such.
  [[gnu::always_inline]] std::uint64_t not_token32(const char *at) const noexcept {
    return ~in32(token_, at);
  }
  /// The same for ascii::query.
  [[gnu::always_inline]] std::uint64_t not_query32(const char *at) const noexcept {
    return ~in32(ops::table(query_columns.of), at);
  }
  /// The same for letters, digits and "-._~".
  [[gnu::always_inline]] std::uint64_t not_host_name32(const char *at) const noexcept {
    return ~in32(ops::table(host_name_columns.of), at);
  }

private:
  [[gnu::always_inline]] ops::bytes not_plain(const char *at) const noexcept {
    return ops::greater(bound_, ops::load(at) + one_);
  }
  [[gnu::always_inline]] ops::bytes in(ops::bytes columns, const char *at) const noexcept {
    const ops::bytes octets = ops::load(at);
    const ops::bytes row = ops::shuffle(rows_, ops::high_halves(octets, low_half_));
    return ops::equal(ops::shuffle_low(columns, octets) & row, row);
  }
  [[gnu::always_inline]] std::uint64_t in32(ops::bytes columns, const char *at) const noexcept {
    if constexpr (ops::width == 32) return ops::mask(in(columns, at));
    return ops::mask(in(columns, at)) | ops::mask(in(columns, at + 16)) << 16;
  }
  ops::bytes one_, bound_, low_half_, rows_, token_;
};

/// Tells which fields frame messages, of those in front of `end` that `maybe` has a bit for, the lowest for
/// the last one: their names have the size and the first letter of one that does. Gives framing_set::bits().
/// Precondition: at least eight octets stand in front of the first line.
[[gnu::always_inline]] inline std::uint64_t mark_framing(const char *text, field_ref *end,
                                                         std::uint64_t maybe) noexcept {
  constexpr std::uint64_t lower = 0x2020202020202020;
  unsigned found = 0, repeated = 0;
  for (; maybe != 0; maybe &= maybe - 1) {
    field_ref &ref = *(end - 1 - lowest(maybe));
    const framing_name &expected = framing_names.of[ref.name_size];
    const char *const name = text + ref.name;
    std::uint64_t first, last;
    __builtin_memcpy(&last, name + ref.name_size - 8, 8);
    if ((((last | lower) ^ expected.last) & expected.mask) != 0) continue;
    if (ref.name_size > 8) {
      __builtin_memcpy(&first, name, 8);
      if ((first | lower) != expected.first || (name[8] | 0x20) != expected.ninth) continue;
    }
    ref.framing = expected.id;
    repeated |= found & expected.set;
    found |= expected.set;
  }
  return framing_set::of(found, repeated != 0).bits();
}

/// Walks through what there is of a head, on a fixed grid of blocks: where a block is loaded from does not
/// depend on what was found in another. Precondition: there are 32 octets at least, and 8 in front of the
/// first field line.
class head_walk {
public:
  /// Begins at the offset `line`, the first of a line. Precondition: `line` is below the size.
  [[gnu::always_inline]] head_walk(const char *text, std::size_t size, std::size_t line) noexcept
      : text_(text), size_(size), line_(line), base_(line) {
    marks_ = line + 64 < size_ ? classes_.not_plain64(text_ + line) : last_block();
  }

  /// Takes the request-line, if it has a known method and a plain target in origin-form.
  [[gnu::always_inline]] bool request_line(const limits &lim) noexcept {
    std::size_t end;
    if (!find_line_end(end, lim.request_line) || end > lim.request_line || end < 14) return false;
    std::uint64_t first, last;
    __builtin_memcpy(&first, text_, 8);
    __builtin_memcpy(&last, text_ + end - 8, 8);
    const std::uint64_t minor = std::rotl(last - version_1_0, 8); // the digit is the highest octet
    if (minor > 9 || text_[end - 9] != ' ') return false;
    const std::uint64_t method = (first & 0xFFFFFFFF) == get_sp ? get_method : known_method(first);
    const std::size_t target = (method >> 32 & 0xFF) + 1;
    if (method == 0 || target > lim.method + 1u || text_[target] != '/') return false;
    if (!is_query(target, end - 9) && !is_plain_target({text_ + target, end - 9 - target})) return false;
    start_line_ = target | (end - 9 - target) << 16 | method | minor << 48;
    line_ = end + 2;
    return true;
  }

  /// Takes the status-line, if its reason is plain.
  [[gnu::always_inline]] bool status_line() noexcept {
    std::size_t end;
    if (!find_line_end(end) || end < 13) return false;
    std::uint64_t first;
    std::uint32_t code;
    __builtin_memcpy(&first, text_, 8);
    __builtin_memcpy(&code, text_ + 9, 4);
    const std::uint64_t minor = std::rotl(first - version_1_0, 8);
    code ^= 0x20303030; // three digits and SP
    if (minor > 9 || text_[8] != ' ' || (((code + 0x00767676) | code) & 0xFF808080) != 0) return false;
    code_ = (code & 0xFF) * 100 + (code >> 8 & 0xFF) * 10 + (code >> 16);
    start_line_ = 13 | (end - 13) << 16 | minor << 48;
    line_ = end + 2;
    return true;
  }

  /// Takes plain field lines, no more than `table` has room for and 64, and the empty line behind them. What
  /// was taken is told by `head`.
  [[gnu::always_inline]] quick lines(field_ref *table, std::size_t room, head_ref &head) noexcept {
    field_ref *const full = table + std::min<std::size_t>(room, 64);
    field_ref *next = table;
    std::uint64_t maybe_framing = 0;
    quick taken = quick::some;
    for (std::size_t end; find_line_end(end); line_ = end + 2) {
      if (end == line_) {
        line_ += 2;
        taken = quick::complete;
        break;
      }
      const std::size_t name = token_size(line_);
      COAX_COUNT_WORK(name + 2);
      if (name == 0 || next == full) break;
      const std::size_t colon = line_ + name;
      std::uint16_t separator;
      __builtin_memcpy(&separator, text_ + colon, 2);
      std::size_t value = colon + 2, value_end = end;
      if (separator != 0x203A || text_[value] <= ' ' || text_[end - 1] == ' ') [[unlikely]] {
        if (text_[colon] != ':') break;
        value = colon + 1;
        while (text_[value] == ' ') ++value;
        while (value_end > value && text_[value_end - 1] == ' ') --value_end;
      }
      const unsigned differs =
          static_cast<unsigned char>((text_[line_] | 0x20) ^ framing_names.letters[name]);
      maybe_framing += maybe_framing + (differs < 1);
      *next++ = {static_cast<std::uint16_t>(line_), static_cast<std::uint16_t>(value),
                 static_cast<std::uint16_t>(value_end - value), static_cast<std::uint8_t>(name),
                 field_id::other};
    }
    const std::uint64_t framing = mark_framing(text_, next, maybe_framing); // `table` may be null
    const auto count = static_cast<std::uint64_t>(next - table);
    using pair = std::uint64_t __attribute__((vector_size(16)));
    const pair parts{line_ << 16 | count << 32 | code_ << 48, start_line_ | framing << 56};
    __builtin_memcpy(static_cast<void *>(&head), &parts, 16); // in one piece, as it is going to be read
    return taken;
  }

private:
  /// Passes the next line end, `end` being the offset of its CR. False if there is none, if another octet
  /// that is not plain comes first, or if it lies in no block that begins at `farthest` or before.
  [[gnu::always_inline]] bool find_line_end(std::size_t &end, std::size_t farthest = no_cap) noexcept {
    for (;;) {
      while (marks_ == 0) {
        base_ += 64;
        if (base_ + 64 < size_) [[likely]]
          marks_ = classes_.not_plain64(text_ + base_);
        else if (base_ < size_)
          marks_ = last_block();
        else
          return false;
        if (base_ > farthest) return false;
      }
      end = base_ + lowest(marks_);
      marks_ &= marks_ - 1;
      std::uint16_t pair;
      __builtin_memcpy(&pair, text_ + end, 2);
      if (pair == 0x0A0D) [[likely]] {
        marks_ &= marks_ - 1;
        return true;
      }
      if (end + 1 != line_) return false; // else it is the LF of the line before, in a block of its own
    }
  }

  /// Which octets of the last block are not plain. The last octet of all counts as plain: a CR there cannot
  /// be judged yet, and an LF is looked at together with its CR.
  [[gnu::always_inline]] std::uint64_t last_block() const noexcept {
    const std::size_t last = size_ - 1 - base_;
    std::uint64_t marks;
    if (size_ >= 64)
      marks = classes_.not_plain64(text_ + size_ - 64) >> (63 - last);
    else
      marks =
          (classes_.not_plain32(text_) | classes_.not_plain32(text_ + size_ - 32) << (size_ - 32)) >> base_;
    return marks & ~(std::uint64_t{1} << last);
  }

  /// How many octets from `from` on are those of a token, of 32 and of those that there are.
  [[gnu::always_inline]] std::size_t token_size(std::size_t from) const noexcept {
    if (from + 32 <= size_) [[likely]]
      return lowest(classes_.not_token32(text_ + from));
    return lowest(classes_.not_token32(text_ + size_ - 32) >> (from + 32 - size_));
  }

  /// Whether all octets are of ascii::query: such a target in origin-form is in order, whatever else.
  [[gnu::always_inline]] bool is_query(std::size_t from, std::size_t to) const noexcept {
    for (; from + 32 <= size_; from += 32)
      if (const std::size_t n = lowest(classes_.not_query32(text_ + from)); n < 32 || from + 32 >= to)
        return from + n >= to;
    return from + lowest(classes_.not_query32(text_ + size_ - 32) >> (from + 32 - size_)) >= to;
  }

  const char *text_;
  std::size_t size_;
  octet_classes classes_;
  std::size_t line_;             // the first that was not taken
  std::size_t base_;             // of the block that `marks_` is about
  std::uint64_t marks_;          // octets of the block that are not plain, from the first that was not passed
  std::uint64_t start_line_ = 0; // what it tells, as head_ref has it: the second eight octets,
  std::uint64_t code_ = 0;       // and the status code
};

/// How many octets of a host name there are from `from` on, of 32. Precondition: `from` is below the size,
/// and the size 32 at least.
inline std::size_t host_name_size(const char *text, std::size_t size, std::size_t from) noexcept {
  const std::size_t at = std::min(from, size - 32);
  return lowest(octet_classes().not_host_name32(text + at) >> (from - at));
}

inline quick quick_request(const char *text, std::size_t size, field_ref *table, std::size_t room,
                           const limits &lim, head_ref &head) noexcept {
  head_walk walk(text, size, 0);
  return walk.request_line(lim) ? walk.lines(table, room, head) : quick::nothing;
}

inline quick quick_response(const char *text, std::size_t size, field_ref *table, std::size_t room,
                            head_ref &head) noexcept {
  head_walk walk(text, size, 0);
  return walk.status_line() ? walk.lines(table, room, head) : quick::nothing;
}

inline quick quick_fields(const char *text, std::size_t size, field_ref *table, std::size_t room,
                          std::size_t line, head_ref &head) noexcept {
  head_walk walk(text, size, line);
  return walk.lines(table, room, head);
}

} // namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET

#endif
