// What the benchmarks have in common: subjects that do the same work on the same input, timed turn by turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One way to do the work of a row. A table (`group`) has a row for each input and a column for each name;
/// "coax" is what the others are compared with, and what instructions are counted of.
struct subject {
  std::string group, input, name;
  std::size_t messages = 1; ///< that one run takes care of
  std::size_t bytes = 0;    ///< of input or output that one run takes care of
  /// Does the work once; false if something went wrong, which ends the benchmark.
  std::function<bool()> run;
  /// Restores what a run changed. It is not timed.
  std::function<void()> prepare = {};
  /// Whether it is among those whose instructions are counted, if it is coax's: not where most of them are
  /// another library's.
  bool counted = true;
};

void add(subject s);

/// A peer that is not built in, and why. It is named, and has no figures.
void missing(std::string_view peer, std::string_view needs);

/// A peer that is, with its version.
void present(std::string_view peer, std::string_view version);

/// Makes the compiler believe that all memory is read and written.
inline void clobber() { asm volatile("" : : : "memory"); }
template <class T> void keep(const T &value) { asm volatile("" : : "m"(value) : "memory"); }

/// A file of benchmarks/corpus. Exits with 66 if it cannot be read.
std::string load(const std::string &name);

/// The same figures in every run and on every machine.
class random {
public:
  explicit random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33);
  }
  /// From `low` to `high`, both included.
  std::size_t between(std::size_t low, std::size_t high) { return low + next() % (high - low + 1); }

private:
  std::uint64_t state_;
};

/// Memory that begins with a cache line, in every run: where bytes lie must not make a difference between
/// subjects.
class buffer {
public:
  /// Octets behind the end that may be written as well: some libraries ask for that.
  static constexpr std::size_t slack = 64;

  explicit buffer(std::size_t size);
  explicit buffer(std::string_view bytes);
  ~buffer();
  buffer(const buffer &) = delete;
  buffer &operator=(const buffer &) = delete;

  char *data() { return data_; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {data_, size_}; }

private:
  char *whole_, *data_;
  std::size_t size_;
};

/// Runs what was added: `--instructions` under callgrind counts, all else is Google Benchmark's. Each program
/// defines add_subjects().
int run(int argc, char **argv);

} // namespace bench

void add_subjects();
