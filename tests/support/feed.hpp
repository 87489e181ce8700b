// The one way in which decoders are fed in tests: whole, cut in two at every offset, byte by byte. All of
// them must give the same events, errors and consumed counts.
#pragma once

#include <coax/http.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coax_test {

/// How the input ends.
enum class eof { open, clean, unclean };

/// A stream of HTTP messages in one direction, and how to read it.
struct dialogue {
  bool responses = false;
  std::vector<std::string> methods{}; // that the responses answer, in order; GET beyond them
  coax::http::limits limits{};
  coax::http::leniency leniency{};
  std::size_t table = 100;
  std::size_t max_data = coax::no_cap;
  bool writable = false; // pass mutable bytes, so that folds can be replaced
  eof end = eof::open;
  std::string input{};
};

/// One event, as text, and the absolute offset behind what it consumed (of the error, for an error).
struct record {
  std::string text;
  std::size_t offset = 0;
  friend bool operator==(const record &, const record &) = default;
};
using transcript = std::vector<record>;

/// Reads the dialogue in pieces that end at the given offsets (and at the end of the input). Checks on the
/// way that no input byte is changed unasked, that nothing is allocated, that the state can be moved and the
/// table be overwritten between calls, and that an error repeats itself.
transcript read_in_pieces(const dialogue &d, const std::vector<std::size_t> &cuts);

/// Reads the dialogue whole, cut at every offset (beyond 2 KiB: around line ends and at random offsets), byte
/// by byte and by threes, checks that all agree, and returns what they agree on.
transcript read_every_way(const dialogue &d);

/// The texts of a transcript, one line each, for comparing and printing.
std::string to_text(const transcript &t);

/// Bytes as they stand in vectors: \r \n \t \0 \\ \xNN, the rest as is; and back.
std::string escape(std::string_view bytes);
std::string unescape(std::string_view text);

/// The names of the deviations in a set, joined by commas.
std::string names_of(coax::http::deviations seen);

} // namespace coax_test
