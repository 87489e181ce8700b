#include "bench.hpp"

#include <coax/core/isa.hpp>

#include <benchmark/benchmark.h>
#if __has_include(<sys/resource.h>)
#include <sys/resource.h>
#endif
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>

namespace bench {
namespace {

constexpr std::size_t page = 4096;

std::vector<subject> &subjects() {
  static std::vector<subject> all;
  return all;
}

std::string full_name(const subject &s) { return s.group + "/" + s.input + "/" + s.name; }

/// What it takes to read the clock twice.
double clock_seconds() {
  static const double shortest = [] {
    double out = 1;
    for (int i = 0; i < 10000; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const auto end = std::chrono::steady_clock::now();
      out = std::min(out, std::chrono::duration<double>(end - begin).count());
    }
    return out;
  }();
  return shortest;
}

/// How often another program has taken the processor from this one.
long interruptions() {
#if defined(RUSAGE_THREAD)
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  return used.ru_nivcsw;
#else
  return 0;
#endif
}

/// One run between what is not timed, in seconds; below 0 if it went wrong. Once more where it was
/// interrupted.
double time_once(const subject &s) {
  for (int tries = 0;; ++tries) {
    s.prepare();
    const long before = interruptions();
    const auto begin = std::chrono::steady_clock::now();
    const bool good = s.run();
    const auto end = std::chrono::steady_clock::now();
    if (!good) return -1;
    if (interruptions() == before || tries == 3)
      return std::max(0.0, std::chrono::duration<double>(end - begin).count() - clock_seconds());
  }
}

void time(benchmark::State &state, const subject &s) {
  bool good = true;
  if (s.prepare) {
    for (auto _ : state) {
      const double seconds = time_once(s);
      good = good && seconds >= 0;
      state.SetIterationTime(seconds);
    }
  } else {
    for (auto _ : state) good = s.run() && good;
  }
  if (!good) state.SkipWithError("it did not do its work");
  state.counters["messages"] = static_cast<double>(s.messages);
  state.counters["bytes"] = static_cast<double>(s.bytes);
}

/// Each of coax's subjects once, each in a dump of its own of callgrind's, which has its name.
int count_instructions(std::string_view filter) {
#if __has_include(<valgrind/callgrind.h>)
  if (!RUNNING_ON_VALGRIND) {
    std::fprintf(stderr, "--instructions counts only under valgrind --tool=callgrind\n");
    return 64;
  }
  for (const subject &s : subjects()) {
    const std::string name = full_name(s);
    if (!s.counted || !s.name.starts_with("coax") || name.find(filter) == std::string::npos) continue;
    for (int i = 0; i < 2; ++i) { // the first time shows what happens once only, such as resolving symbols
      if (s.prepare) s.prepare();
      CALLGRIND_ZERO_STATS;
      const bool good = s.run();
      if (i == 1) CALLGRIND_DUMP_STATS_AT(name.c_str());
      if (!good) {
        std::fprintf(stderr, "%s: it did not do its work\n", name.c_str());
        return 70;
      }
    }
    std::printf("%s %zu\n", name.c_str(), s.messages);
  }
  return 0;
#else
  (void)filter;
  std::fprintf(stderr, "built without valgrind's headers\n");
  return 69;
#endif
}

} // namespace

void add(subject s) { subjects().push_back(std::move(s)); }

void missing(std::string_view peer, std::string_view needs) {
  benchmark::AddCustomContext("missing: " + std::string(peer), std::string(needs));
}
void present(std::string_view peer, std::string_view version) {
  benchmark::AddCustomContext("peer: " + std::string(peer), std::string(version));
}

std::string load(const std::string &name) {
  const std::string path = std::string(COAX_SOURCE_DIR "/benchmarks/corpus/") + name;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(66);
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

buffer::buffer(std::size_t size) : size_(size) {
  static std::size_t count = 0;
  const std::size_t offset = 17 * 64 * count++ % page; // two at the same place of a page hinder each other
  whole_ = static_cast<char *>(::operator new(offset + size + slack, std::align_val_t(page)));
  data_ = whole_ + offset;
  std::memset(data_, 0, size + slack);
}
buffer::buffer(std::string_view bytes) : buffer(bytes.size()) {
  std::memcpy(data_, bytes.data(), bytes.size());
}
buffer::~buffer() { ::operator delete(whole_, std::align_val_t(page)); }

int run(int argc, char **argv) {
  if (argc >= 2 && std::string_view(argv[1]) == "--instructions")
    return count_instructions(argc > 2 ? argv[2] : "");
  for (const subject &s : subjects()) {
    auto *registered =
        benchmark::RegisterBenchmark(full_name(s).c_str(), [&s](benchmark::State &state) { time(state, s); });
    if (s.prepare) registered->UseManualTime();
  }
#if defined(__VERSION__)
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", __VERSION__);
#else
  benchmark::AddCustomContext("compiler", "g++ " __VERSION__);
#endif
#endif
#if defined(COAX_BENCH_C_COMPILER)
  benchmark::AddCustomContext("C compiler", COAX_BENCH_C_COMPILER);
#endif
  benchmark::AddCustomContext("flags", COAX_BENCH_FLAGS);
  constexpr const char *sets[] = {"none (scalar code)", "SSSE3", "AVX2", "NEON"};
  std::string set = sets[static_cast<std::size_t>(coax::best_isa())];
#if defined(COAX_BENCH_ISA)
  set += ", as asked for";
#endif
  benchmark::AddCustomContext("instruction set", set);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

} // namespace bench

int main(int argc, char **argv) {
  add_subjects();
  return bench::run(argc, argv);
}
