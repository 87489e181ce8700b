// Heads in pieces: what has arrived of a line, 64 octets at a time. Not a header by itself: quick_pieces.hpp
// includes it once for each instruction set, with COAX_KERNEL_SET naming the namespace of that set.
#ifdef COAX_KERNEL_SET

namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET {

/// Walks through what has arrived of field lines, from anywhere in one to anywhere in another. Precondition:
/// there are 32 octets at least, and `place.at` is below the size.
class line_walk {
public:
  [[gnu::always_inline]] line_walk(const char *text, std::size_t size, const line_place &place) noexcept
      : text_(text), size_(size), at_(place.at), known_(place.at) {}

  /// Goes on as far as lines are plain. The next is begun only if there are less than `most` in front of it.
  [[gnu::always_inline]] void lines(std::size_t most, line_place &place) noexcept {
    do {
      if (place.state != line_state::value && !name(most, place)) break;
    } while (value(place));
    place.at = static_cast<std::uint16_t>(at_);
  }

private:
  /// Takes a name, or the rest of one, and its colon. False if it stops in front of that.
  [[gnu::always_inline]] bool name(std::size_t most, line_place &place) noexcept {
    const std::size_t name = token_size();
    COAX_COUNT_WORK(name + 2);
    if (place.state != line_state::name) {
      const std::size_t count = place.count + std::size_t{place.state == line_state::next_line};
      if (name == 0 || count >= most) return false;
      place.count = static_cast<std::uint16_t>(count);
      place.line = static_cast<std::uint16_t>(at_);
    }
    at_ += name;
    if (at_ == size_ || text_[at_] != ':') {
      place.state = line_state::name;
      return false;
    }
    ++at_;
    if (at_ > known_) {
      known_ = at_;
      marks_ = 0;
    }
    return true;
  }

  /// Takes a value, or the rest of one, and its line end. False if it stops in front of that, or of the end.
  [[gnu::always_inline]] bool value(line_place &place) noexcept {
    for (;;) {
      while (marks_ == 0) {
        if (known_ >= size_) {
          at_ = size_;
          place.state = line_state::value;
          return false;
        }
        marks_ = not_plain64(known_);
        known_ += 64;
      }
      at_ = known_ - 64 + lowest(marks_);
      marks_ &= marks_ - 1;
      if (at_ + 1 < size_ && text_[at_] == '\r' && text_[at_ + 1] == '\n') [[likely]] {
        marks_ &= marks_ - 1;
        at_ += 2;
        place.state = line_state::next_line;
        return at_ != size_;
      }
      if (!ascii::is(text_[at_], ascii::field_text)) {
        place.state = line_state::value;
        return false;
      }
    }
  }

  /// Which octets are not plain, of the 64 from `from` on and of those that there are; the lowest bit stands
  /// for the first.
  [[gnu::always_inline]] std::uint64_t not_plain64(std::size_t from) const noexcept {
    if (from + 64 <= size_) return classes_.not_plain64(text_ + from);
    const std::uint64_t last = classes_.not_plain32(text_ + size_ - 32);
    if (from + 32 >= size_) return last >> (from + 32 - size_);
    return classes_.not_plain32(text_ + from) | last << (size_ - 32 - from);
  }

  /// How many octets are those of a token, of 32 and of those that there are.
  [[gnu::always_inline]] std::size_t token_size() const noexcept {
    const std::size_t from = std::min(at_, size_ - 32);
    return lowest(classes_.not_token32(text_ + from) >> (at_ - from));
  }

  const char *text_;
  std::size_t size_;
  octet_classes classes_;
  std::size_t at_;
  std::size_t known_;       // in front of this, `marks_` tells of octets that are not plain
  std::uint64_t marks_ = 0; // of the 64 octets there, from the first that was not passed
};

/// See v0_1::http::detail::pass_lines().
inline bool pass_lines(line_place &place, const context &ctx, std::string_view section) noexcept {
  const std::size_t size = std::min(std::min<std::size_t>(section.size(), ctx.limits.head),
                                    std::size_t{place.line} + ctx.limits.field_line);
  if (size < 32 || size <= place.at || place.state == line_state::space_before_colon ||
      ctx.leniency.reject_underscore_names || ctx.leniency.allow_ctl_in_values)
    return false;
  line_walk(section.data(), size, place).lines(ctx.max_fields(), place);
  if (size != section.size()) return false;
  if (place.at + 1u == size) // a CR waits for what follows it
    return place.state == line_state::value && section[place.at] == '\r';
  return place.at == size;
}

} // namespace coax::inline v0_1::http::detail::COAX_KERNEL_SET

#endif
